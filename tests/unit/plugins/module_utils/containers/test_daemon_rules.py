# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pathlib
import re

import pytest
import yaml
from ansible_collections.rackwright.platform.plugins.module_utils.containers import daemon, daemon_rules

GOOD = {
    "registry-mirrors": ["https://mirror.example.org", "http://10.0.0.5:5000/"],
    "insecure-registries": ["10.0.0.5:5000", "10.0.0.0/8"],
    "log-driver": "json-file",
    "log-opts": {"max-size": "10m", "max-file": "3"},
    "default-address-pools": [{"base": "10.200.0.0/16", "size": 24}, {"base": "fd00:d0c:2::/48", "size": 64}],
    "ipv6": True,
    "fixed-cidr-v6": "fd00:d0c:1::/64",
    "bip": "10.199.0.1/24",
    "fixed-cidr": "10.199.0.128/25",
    "ip": "127.0.0.1",
}


def test_the_example_of_the_roles_readme():
    readme = pathlib.Path(__file__).parents[5] / "roles" / "docker" / "README.md"
    (example,) = re.findall(r"the_roles_readme -->\n```yaml\n(.*?)```", readme.read_text(), re.DOTALL)
    config = yaml.safe_load(example)["docker_config"]
    assert daemon.check(config) == ([], [])
    assert daemon_rules.contradictions(config, (20, 10)) == []


def test_a_good_configuration():
    assert daemon_rules.contradictions(GOOD, (20, 10)) == []
    assert daemon_rules.contradictions({}, ()) == []


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"default-address-pools": [{"base": "10.0.0.0/8", "size": 7}]}, "size 7 is not between the /8"),
        ({"default-address-pools": [{"base": "10.0.0.0/8", "size": 33}]}, "and 32"),
        ({"default-address-pools": [{"base": "10.0.0.0/8"}]}, "needs base"),
        ({"default-address-pools": [{"base": "ten", "size": 24}]}, "needs base"),
        ({"default-address-pools": ["10.0.0.0/8"]}, "needs base"),
        (
            {"default-address-pools": [{"base": "10.0.0.0/8", "size": 24}, {"base": "10.1.0.0/16", "size": 24}]},
            "10.1.0.0/16 overlaps 10.0.0.0/8",
        ),
        ({"fixed-cidr-v6": None}, "ipv6 needs fixed-cidr-v6"),
        ({"fixed-cidr-v6": "10.0.0.0/24"}, "is no IPv6 network"),
        ({"ip6tables": True}, "experimental"),
        ({"ip": "localhost"}, "ip: localhost is no IP address"),
        ({"bip": "10.199.0.1"}, "with its prefix"),
        ({"bip": "ten/24"}, "with its prefix"),
        ({"bridge": "br0"}, "exclude each other"),
        ({"fixed-cidr": "10.1.0.0/24"}, "outside of the bridge's 10.199.0.0/24"),
        ({"fixed-cidr": "2001:db8::/64"}, "is no IPv4 network"),
        ({"fixed-cidr": "all"}, "fixed-cidr: all is no IPv4"),
        ({"registry-mirrors": ["mirror.example.org"]}, "registry-mirrors: mirror.example.org is not"),
        ({"registry-mirrors": ["https://mirror.example.org/v2"]}, "without a path"),
        ({"insecure-registries": ["http://10.0.0.5:5000"]}, "without http://"),
        ({"log-driver": "journald", "log-opts": {"max-size": "10m"}}, "not known to the log-driver journald"),
        ({"log-opts": {"max-file": "3"}}, "no effect without max-size"),
        ({"log-opts": {"max-size": "10 meg"}}, "max-size 10 meg"),
    ],
)
def test_what_is_wrong_is_one_sentence(change, word):
    (problem,) = daemon_rules.contradictions(dict(GOOD, **change), (20, 10))
    assert word in problem


def test_a_password_is_not_shown():
    (problem,) = daemon_rules.contradictions({"registry-mirrors": ["https://me:secret@mirror.example.org"]}, ())
    assert "secret" not in problem and "mirror.example.org" in problem


def test_later_engines_choose_the_network_themselves():
    assert daemon_rules.contradictions({"ipv6": True, "ip6tables": True}, (27, 1)) == []
    assert daemon_rules.contradictions({"ipv6": True}, ()) == [], "no engine yet that could be asked"


def test_who_reaches_published_ports():
    rows = [{"sources": ["10.0.0.0/8", "here"], "ports": [443, "8000-8010", "0", "9-8", "http", 70000]}]
    found = list(daemon_rules.published(rows))
    assert [text.split()[1] for text in found] == ["here", "0", "9-8", "http", "70000"]
