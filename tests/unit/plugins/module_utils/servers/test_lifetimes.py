# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a name tells of an operating system, how long it lives, and that nobody is overruled."""

from __future__ import annotations

import datetime
import re
import time

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.servers import catalogue, lifetimes
from ansible_collections.rackwright.platform.plugins.module_utils.servers.lifetimes import completed, lifetime, parsed

from .catalogue_fake import Made, store_of


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("debian_12", ("debian", "12")),
        ("debian12", ("debian", "12")),
        ("Debian 11 (bullseye)", ("debian", "11")),
        ("Debian GNU/Linux 12", ("debian", "12")),
        ("debian-12-amd64-20240101-1", ("debian", "12")),
        ("136693071363/debian-12-amd64-*", ("debian", "12")),
        ("debian-9.13.22-20220706-openstack-amd64", ("debian", "9")),
        ("debian-bookworm-amd64", ("debian", "12")),
        ("golden-debian-11-v3", ("debian", "11")),
        ("ubuntu_24_04", ("ubuntu", "24.04")),
        ("ubuntu2204", ("ubuntu", "22.04")),
        ("Ubuntu 22.04.3 LTS", ("ubuntu", "22.04")),
        ("Ubuntu 14.04 LTS (Trusty Tahr) (PV)", ("ubuntu", "14.04")),
        ("ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-20240301", ("ubuntu", "22.04")),
        ("ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20241010", ("ubuntu", "24.04")),
        ("jammy-server-ubuntu-jammy", ("ubuntu", "22.04")),
        ("Ubuntu 9.10", None),
        ("Ubuntu 23.10", ("ubuntu", "23.10")),
        ("centos_7", ("centos", "7")),
        ("CentOS-8-ec2-8.4.2105-20210603.0.x86_64", ("centos", "8")),
        ("CentOS 8 Stream", ("centos-stream", "8")),
        ("CentOS Stream 9 x86_64 20240101", ("centos-stream", "9")),
        ("RHEL-9.3.0_HVM-20231101-x86_64-5-Hourly2-GP2", ("rhel", "9")),
        ("Red Hat Enterprise Linux 8", ("rhel", "8")),
        ("Rocky-9-EC2-Base-9.3-20231113.0.x86_64", ("rocky", "9")),
        ("AlmaLinux OS 9.3.20231113 x86_64", ("almalinux", "9")),
        ("Fedora-Cloud-Base-40-1.14.x86_64", ("fedora", "40")),
        ("Fedora-Cloud-Base-AmazonEC2.x86_64-42-1.1", ("fedora", "42")),
        ("fedora-coreos-40.20240519.3.0", None),
        ("Fedora CoreOS stable", None),
        ("rhcos-417.94", None),
        ("CoreOS-stable-2512.3.0-hvm", ("coreos", "")),
        ("coreos_stable", ("coreos", "")),
        ("flatcar_stable", None),
        ("rancheros_1_5", ("rancheros", "")),
        ("openSUSE-Leap-15-6-v20240620-hvm-ssd-x86_64", ("opensuse-leap", "15.6")),
        ("opensuse_15_5", ("opensuse-leap", "15.5")),
        ("alpine-3.20.3-x86_64-bios-cloudinit-r0", ("alpine", "3.20")),
        ("alpine_3", None),
        ("al2023-ami-2023.4.20240416.0-kernel-6.1-x86_64", ("amazon", "2023")),
        ("amzn2-ami-kernel-5.10-hvm-2.0.20240412.0-x86_64-gp2", ("amazon", "2")),
        ("amzn-ami-hvm-2018.03.0.20230807.0-x86_64-gp2", ("amazon", "1")),
        ("Amazon Linux AMI 2018.03", ("amazon", "1")),
        ("Amazon Linux 2", ("amazon", "2")),
        ("Windows_Server-2012-R2_RTM-English-64Bit-Base-2023.10.11", ("windows", "2012 R2")),
        ("windows_2019", ("windows", "2019")),
        ("windows-11", None),
        ("FreeBSD 14.2-RELEASE-amd64", ("freebsd", "14")),
        ("debian 11 to debian 12", None),
        ("ubuntu 22.04 on debian 11", None),
        ("debian-20240101", None),
        ("notdebian-11", None),
        ("cirros", None),
        ("ami-0123456789abcdef0", None),
        ("", None),
    ],
)
def test_what_a_name_tells(text, told):
    assert parsed(text) == told


@pytest.mark.parametrize(
    ("system", "found"),
    [
        (("debian", "11"), ("2026-08-31", "Debian 13")),
        (("debian", "13"), ("2030-06-30", None)),
        (("debian", "12.5"), ("2028-06-30", "Debian 13")),
        (("ubuntu", "22.04.3"), ("2027-06-01", "Ubuntu 26.04")),
        (("ubuntu", "23.10"), (None, None)),
        (("centos", "8"), ("2021-12-31", "Rocky Linux or AlmaLinux")),
        (("centos", "9"), ("2027-05-31", "CentOS Stream 10")),
        (("coreos", "2512.3.0"), ("2020-05-26", "Flatcar Container Linux")),
        (("amazon", "1"), ("2023-12-31", "Amazon Linux 2023")),
        (("plan9", "4"), (None, None)),
    ],
)
def test_how_long_it_lives(system, found):
    assert lifetime(*system) == found


def test_the_table_is_whole():
    for distribution, ends in lifetimes.ENDS.items():
        assert distribution in lifetimes.TITLES or distribution in lifetimes.HEIRS
        assert all(datetime.date.fromisoformat(end).isoformat() == end for end in ends.values())
        numbers = [[int(part) for part in re.findall(r"\d+", version)] for version in ends]
        assert numbers == sorted(numbers), "the newest is the last one"
    assert set(lifetimes.ALIASES.values()) <= set(lifetimes.ENDS)


def test_nothing_that_the_provider_says_is_changed():
    said = {
        "name": "debian_11",
        "distribution": "Debian",
        "version": "11.0",
        "end_of_life": "2031-01-01",
        "plans": [],
        "id": "7",
    }
    assert completed(said) == said
    assert completed({"name": "x", "distribution": "arch"}) == {"name": "x", "distribution": "arch"}
    mine = {"name": "debian-11-like", "distribution": "devuan"}
    assert completed(mine) == mine, "the provider knows better than the name"


def test_what_is_missing_is_filled_in():
    full = {"distribution": "debian", "version": "11", "end_of_life": "2026-08-31", "successor": "Debian 13"}
    assert completed({"name": "debian_11"}) == dict(full, name="debian_11")
    ami = {"name": "ami-1", "title": "debian-11-amd64-20240101-1613"}
    assert completed(ami) == dict(full, **ami)
    glance = {"name": "gold", "distribution": "debian", "version": "11"}
    assert completed(glance) == dict(full, **glance)
    stream = completed({"name": "CentOS 8 Stream", "distribution": "centos", "version": "8"})
    assert (stream["distribution"], stream["end_of_life"]) == ("centos", "2024-05-31")
    redhat = completed({"name": "gold", "distribution": "Red Hat", "version": "7.9"})
    assert (redhat["distribution"], redhat["end_of_life"]) == ("Red Hat", "2024-06-30")
    assert completed({"name": "cirros"}) == {"name": "cirros"}


@pytest.mark.parametrize("begin", ["ubuntu", "fedora", "alpine", "debian"])
def test_a_long_name_takes_no_time(begin):
    before = time.process_time()
    parsed(begin + "_a-b" * 200 + "!")
    assert time.process_time() - before < 0.5


def test_an_old_image_is_refused_where_the_provider_does_not_say():
    class Silent(Made):
        STORES = dict(Made.STORES, image=store_of([{"name": "debian_11"}, {"name": "debian_12"}, {"name": "cirros"}]))

    def problems(image, today, **more):
        row = dict({"name": "web", "image": image}, **more)
        return catalogue.problems(Silent(), [row], [], today)

    said = "server web: image debian_11 has had no security updates since 2026-08-31; its successor is Debian 13"
    assert [text.split(". To use")[0] for text in problems("debian_11", "2026-09-01")] == [said]
    assert problems("debian_11", "2026-08-31") == [], "on the last day there are"
    assert problems("debian_11", "2026-09-01", _end_of_life="allow") == []
    assert problems("debian_12", "2026-09-01") == problems("cirros", "2026-09-01") == []
