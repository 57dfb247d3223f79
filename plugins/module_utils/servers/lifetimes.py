# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Until when operating systems get security updates that need no contract, for providers that do not say. Pure.

A date is the last day; where a vendor tells a month only, its last day. What is not in the table is not judged.
"""

from __future__ import annotations

import re

# {distribution: {version: last day}}, versions in the order of their release; "" is for every version
ENDS = {
    # https://wiki.debian.org/LTS and distro-info-data: with the years of long-term support
    "debian": {
        "8": "2020-06-30",
        "9": "2022-06-30",
        "10": "2024-06-30",
        "11": "2026-08-31",
        "12": "2028-06-30",
        "13": "2030-06-30",
    },
    # https://ubuntu.com/about/release-cycle and distro-info-data: standard support, without Pro
    "ubuntu": {
        "14.04": "2019-04-25",
        "16.04": "2021-04-30",
        "18.04": "2023-05-31",
        "20.04": "2025-05-31",
        "22.04": "2027-06-01",
        "24.04": "2029-05-31",
        "26.04": "2031-05-29",
    },
    # https://www.centos.org/centos-linux-eol/
    "centos": {"6": "2020-11-30", "7": "2024-06-30", "8": "2021-12-31"},
    # https://www.centos.org/cl-vs-cs/; of 10 only the year is told, 2030
    "centos-stream": {"8": "2024-05-31", "9": "2027-05-31", "10": "2030-01-01"},
    # https://access.redhat.com/support/policy/updates/errata: the end of maintenance support
    "rhel": {"7": "2024-06-30", "8": "2029-05-31", "9": "2032-05-31", "10": "2035-05-31"},
    # https://wiki.rockylinux.org/rocky/version/
    "rocky": {"8": "2029-05-31", "9": "2032-05-31", "10": "2035-05-31"},
    # https://wiki.almalinux.org/release-notes/
    "almalinux": {"8": "2029-03-01", "9": "2032-05-31", "10": "2035-05-31"},
    # https://docs.fedoraproject.org/en-US/releases/eol/; the last one as scheduled, its day may still move
    "fedora": {
        "38": "2024-05-21",
        "39": "2024-11-26",
        "40": "2025-05-13",
        "41": "2025-12-15",
        "42": "2026-05-13",
        "43": "2026-12-09",
    },
    # CoreOS Container Linux, not Fedora CoreOS: the announcement of its end, 4 February 2020
    "coreos": {"": "2020-05-26"},
    # Version 1, the last one: Rancher's terms of support
    "rancheros": {"": "2021-06-29"},
    # https://en.opensuse.org/Lifetime
    "opensuse-leap": {
        "15.0": "2019-12-03",
        "15.1": "2021-02-02",
        "15.2": "2022-01-04",
        "15.3": "2022-12-31",
        "15.4": "2023-12-07",
        "15.5": "2024-12-31",
        "15.6": "2026-04-30",
        "16.0": "2027-10-31",
    },
    # https://alpinelinux.org/releases/
    "alpine": {
        "3.16": "2024-05-23",
        "3.17": "2024-11-22",
        "3.18": "2025-05-09",
        "3.19": "2025-11-01",
        "3.20": "2026-04-01",
        "3.21": "2026-11-01",
        "3.22": "2027-05-01",
        "3.23": "2027-11-01",
    },
    # https://aws.amazon.com/amazon-linux-ami/faqs/, /amazon-linux-2/faqs/, /linux/amazon-linux-2023/faqs/
    "amazon": {"1": "2023-12-31", "2": "2026-06-30", "2023": "2029-06-30"},
    # https://learn.microsoft.com/lifecycle/products/: the end of extended support, without Extended Security Updates
    "windows": {
        "2008": "2020-01-14",
        "2008 R2": "2020-01-14",
        "2012": "2023-10-10",
        "2012 R2": "2023-10-10",
        "2016": "2027-01-12",
        "2019": "2029-01-09",
        "2022": "2031-10-14",
        "2025": "2034-10-10",
    },
    # https://www.freebsd.org/security/ and /security/unsupported/: of the branch, whose releases end earlier
    "freebsd": {"11": "2021-09-30", "12": "2023-12-31", "13": "2026-04-30", "14": "2028-11-30", "15": "2029-12-31"},
}
TITLES = {
    "debian": "Debian",
    "ubuntu": "Ubuntu",
    "centos-stream": "CentOS Stream",
    "rhel": "Red Hat Enterprise Linux",
    "rocky": "Rocky Linux",
    "almalinux": "AlmaLinux",
    "fedora": "Fedora",
    "opensuse-leap": "openSUSE Leap",
    "alpine": "Alpine Linux",
    "amazon": "Amazon Linux",
    "windows": "Windows Server",
    "freebsd": "FreeBSD",
}
# Of those that end: after CentOS Linux come its rebuilds. Flatcar carries Container Linux on; for RancherOS it is
# what is closest, since Rancher names none
HEIRS = {
    "centos": "Rocky Linux or AlmaLinux",
    "coreos": "Flatcar Container Linux",
    "rancheros": "Flatcar Container Linux",
}
# What providers and os-release (ID) call them
ALIASES = {
    "redhat": "rhel",
    "red hat": "rhel",
    "red hat enterprise linux": "rhel",
    "rocky linux": "rocky",
    "rockylinux": "rocky",
    "alma": "almalinux",
    "amzn": "amazon",
    "amazon linux": "amazon",
    "amazonlinux": "amazon",
    "opensuse": "opensuse-leap",
    "centos stream": "centos-stream",
    "windows server": "windows",
    "container linux": "coreos",
}
_GAP = r"[\s_./-]*"
_WORDS = r"(?:[\s_/-]+\(?[a-z][a-z0-9]*\)?)*?"  # such as a codename, or the folders of an AMI's name
_NAMES = tuple(
    (distribution, re.compile(r"(?<![a-z0-9])" + pattern.replace("~", _GAP).replace("#", _WORDS) + r"(?![0-9])"))
    for distribution, pattern in (
        ("debian", r"debian(?:~gnu/linux)?~(\d{1,2})"),
        ("debian", r"debian#~(jessie|stretch|buster|bullseye|bookworm|trixie)"),
        ("ubuntu", r"ubuntu#~(\d\d[._-]?(?:04|10))"),
        ("ubuntu", r"ubuntu#~(trusty|xenial|bionic|focal|jammy|noble|resolute)"),
        ("centos", r"centos(?:~linux)?~(\d{1,2})(?!\d)(?!(?:\.\d+)*~stream)"),
        ("centos-stream", r"centos~stream~(\d{1,2})"),
        ("centos-stream", r"centos~(\d{1,2})~stream"),
        ("rhel", r"(?:rhel|red~hat~enterprise~linux(?:~server)?)~(\d{1,2})"),
        ("rocky", r"rocky(?:~linux)?~(\d{1,2})"),
        ("almalinux", r"alma(?:~linux)?(?:~os)?~(\d{1,2})"),
        ("fedora", r"fedora(?!~coreos)(?:[\s_-]+(?:64|[a-z][a-z0-9.]*))*?~(?!64)(\d\d)"),
        ("coreos", r"(?<!fedora-)(?<!fedora )(?<!fedora_)coreos(?![a-z])()"),
        ("rancheros", r"rancher~os(?![a-z])()"),
        ("opensuse-leap", r"opensuse~leap~(\d\d[._-]\d)"),
        ("opensuse-leap", r"opensuse~(1[56][._-]\d)"),
        ("alpine", r"alpine(?:~linux)?#~(3[._-]\d{1,2})"),
        ("amazon", r"(?:al|amzn|amazon~linux~)(2023|2(?!\d))"),
        ("amazon", r"(?:amzn-ami(?![a-z])|amazon~linux~ami(?!~2(?:023)?(?!\d)))()"),
        ("windows", r"windows(?:~server)?~(20(?:08|12|16|19|22|25)(?:~r2)?)"),
        ("freebsd", r"freebsd~(\d\d)"),
    )
)
_CODENAMES = {
    "debian": dict(jessie="8", stretch="9", buster="10", bullseye="11", bookworm="12", trixie="13"),
    "ubuntu": dict(
        trusty="14.04", xenial="16.04", bionic="18.04", focal="20.04", jammy="22.04", noble="24.04", resolute="26.04"
    ),
    "amazon": {"": "1"},
}


def completed(row):
    """The row of the catalogue's IMAGE with what its name or title tells and the provider does not say.

    distribution, version, and of those that are known end_of_life and successor.
    """
    told = parsed(row.get("name") or "") or parsed(row.get("title") or "")
    said = (row.get("distribution") or "").lower()
    said = ALIASES.get(said, said)
    if told and said and said != told[0] and not told[0].startswith(said + "-"):
        told = None  # the provider knows better
    distribution = told[0] if told else said
    version = str(row.get("version") or (told[1] if told else ""))
    done = {"distribution": distribution, "version": version}
    if not row.get("end_of_life"):
        done["end_of_life"], done["successor"] = lifetime(distribution, version)
    return dict(row, **{name: value for name, value in done.items() if value and not row.get(name)})


def parsed(text):
    """(distribution, version) of the operating system that a name tells of; None where it tells none, or several."""
    found = set()
    for distribution, name in _NAMES:
        for match in name.finditer(text.lower()):
            found.add((distribution, _version(distribution, match.group(1))))
    return found.pop() if len(found) == 1 else None


def lifetime(distribution, version):
    """(last day, successor) of a version; (None, None) where that is not known."""
    ends = ENDS.get(distribution, {})
    if distribution == "centos" and version.split(".")[0] in ("9", "10"):  # there is no other with these numbers
        distribution, ends = "centos-stream", ENDS["centos-stream"]
    parts = version.split(".")
    known = next((one for one in (version, ".".join(parts[:2]), parts[0], "") if one in ends), None)
    if known is None:
        return None, None
    heir, newest = HEIRS.get(distribution), list(ends)[-1]
    if heir is None and newest != known:
        heir = "%s %s" % (TITLES[distribution], newest)
    return ends[known], heir


def _version(distribution, text):
    """A version as its vendor spells it."""
    named = _CODENAMES.get(distribution, {}).get(text)
    if named:
        return named
    if distribution == "windows":
        return re.sub(r"[\s_./-]*r2", " R2", text)
    if distribution == "ubuntu":
        return text[:2] + "." + text[-2:]
    return re.sub("[_-]", ".", text)
