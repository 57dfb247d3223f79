# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Refused
from ansible_collections.rackwright.platform.plugins.module_utils.core.files import replace
from ansible_collections.rackwright.platform.plugins.module_utils.zookeeper import member, settings

from .test_ensemble import THREE, spec

SETTINGS = {"dataDir": "/var/lib/zookeeper", "reconfigEnabled": True, "4lw.commands.whitelist": ["srvr", "mntr"]}


@pytest.fixture
def make(tmp_path):
    def made(number=1, wanted=None):
        return member.Member("/etc/zookeeper/ours", number, THREE, wanted or SETTINGS, str(tmp_path))

    return made


def write(here, membership=None):
    planned = here.plan(membership or {}, here.secret())
    for change, mode in planned:
        os.makedirs(os.path.dirname(change.path), exist_ok=True)
        replace(change.path, change.after, mode)
    return [os.path.basename(change.path) for change, _mode in planned]


def test_a_member_is_written_once(make, tmp_path):
    assert write(make()) == ["ours.secret", "myid", "zoo.cfg.dynamic", "zoo.cfg"]
    assert write(make()) == []
    folder = tmp_path / "etc/zookeeper"
    assert (folder / "ours/zoo.cfg.dynamic").read_text().count("participant") == 3
    said = settings.parse((folder / "ours/zoo.cfg").read_text())
    assert said["reconfigEnabled"] == "true" and said["4lw.commands.whitelist"] == "srvr,mntr"
    assert said["dynamicConfigFile"] == "/etc/zookeeper/ours/zoo.cfg.dynamic"
    assert (folder / "ours.secret").stat().st_mode & 0o777 == 0o600
    assert (folder / "ours.secret").read_text().strip() not in (folder / "ours/zoo.cfg").read_text()


def test_what_zookeeper_has_written_itself_stays(make, tmp_path):
    write(make())
    folder = tmp_path / "etc/zookeeper/ours"
    (folder / "zoo.cfg.dynamic.100").write_text("server.1=%s\nserver.9=%s" % (spec(1), spec(9)))
    said = settings.parse((folder / "zoo.cfg").read_text())
    said["dynamicConfigFile"] += ".100"
    (folder / "zoo.cfg").write_text("".join("%s=%s\n" % pair for pair in reversed(sorted(said.items()))))
    assert write(make()) == []
    assert write(make(wanted=dict(SETTINGS, tickTime=1000))) == ["zoo.cfg"]
    assert "zoo.cfg.dynamic.100\n" in (folder / "zoo.cfg").read_text()


def test_who_had_left_begins_anew_as_an_observer(make, tmp_path):
    write(make())
    dynamic = tmp_path / "etc/zookeeper/ours/zoo.cfg.dynamic"
    dynamic.write_text("server.2=%s\n" % spec(2))
    assert write(make(), {2: spec(2)}) == ["zoo.cfg.dynamic"]
    assert dynamic.read_text() == "server.1=%s\nserver.2=%s\n" % (spec(1, "observer"), spec(2))


def test_the_data_of_another_member_is_refused(make, tmp_path):
    data = tmp_path / "var/lib/zookeeper"
    (data / "version-2").mkdir(parents=True)
    (data / "myid").write_text("replace this text with the cluster-unique id")
    make(2).refuse()
    (data / "myid").write_text("1\n")
    make(1).refuse()
    with pytest.raises(Refused, match="holds the data of member 1, not of 2"):
        make(2).refuse()


@pytest.mark.parametrize("key", ["server.1", "clientPort", "dynamicConfigFile", settings.DIGEST])
def test_settings_of_the_membership_are_refused(make, key):
    with pytest.raises(Refused, match="belongs to the membership"):
        make(wanted=dict(SETTINGS, **{key: "x"})).refuse()


def test_a_setting_is_one_line(make):
    with pytest.raises(Refused, match="tickTime must be one line"):
        make(wanted=dict(SETTINGS, tickTime="1\nserver.1=evil")).refuse()


def test_a_process_is_known_by_what_it_started_with(make):
    first = make().fingerprint("java -Xmx1g")
    assert make(2).fingerprint("java -Xmx1g") == first
    assert make().fingerprint("java -Xmx2g") != first
    assert make(wanted=dict(SETTINGS, tickTime=1000)).fingerprint("java -Xmx1g") != first
    assert member.running(0) == ""
    assert member.running(os.getpid()) == "other"


def test_the_digest_is_zookeepers():
    # DigestAuthenticationProvider.generateDigest("super:admin")
    assert settings.digest("admin") == "super:xQJmxLMiHGwaqBvst5y6rkB6HQs="
