# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What drivers of Libcloud understand by a record: where each differs from what Libcloud's own pages say. One table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Dict, Tuple

from . import names, rdata, text

PRIORITY = {"MX": ("priority",)}
SERVICE = dict(PRIORITY, SRV=("priority", "weight", "port"))
URGENT = dict(PRIORITY, SRV=("priority",))
NAMED = ("CNAME", "DNAME", "NS", "PTR", "MX", "SRV", "ALIAS", "AFSDB")  # values of these end in a name


@dataclass(frozen=True)
class Dialect:
    """names: `relative` (www, and `apex` for the zone itself), `full` (www.example.org) or `rooted`
    (www.example.org.). rooted: whether names in values end in a dot. quoted: whether texts stand in quotes. extra:
    the fields that go beside a value, by type. ttl: what the TTL is called there. single: why a set holds one value.
    replaces: whether create_record then puts it in place of the one that is there. lone: why a name holds one set.
    without: types that it has and cannot write, with the reason. zone: what create_zone is given. workers: names
    changed at once. refused: why the driver is not used at all.
    """

    names: str = "relative"
    apex: str = ""
    rooted: bool = False
    quoted: bool = False
    extra: Dict[str, Tuple[str, ...]] = field(default_factory=lambda: PRIORITY)
    ttl: str = "ttl"
    single: str = ""
    replaces: bool = False
    lone: str = ""
    without: Dict[str, str] = field(default_factory=dict)
    zone: Dict = field(default_factory=dict)
    workers: int = 4
    refused: str = ""

    def name(self, name, zone):
        """A canonical name as the driver wants it."""
        if self.names == "relative":
            return self.apex if name == zone else names.relative(name, zone)
        return name if self.names == "rooted" else name[:-1]

    def domain(self, zone):
        """A zone's name as create_zone wants it."""
        return zone if self.names == "rooted" else zone[:-1]

    def written(self, kind, value):
        """(data, extra) of a canonical value."""
        if kind in rdata.TEXTS and not self.quoted:
            return b"".join(map(text.string, text.tokens(value))).decode("utf-8", "replace"), {}
        words = text.tokens(value) if kind in self.extra or kind in NAMED else [value]
        if kind in NAMED and not self.rooted and words[-1] != ".":
            words[-1] = words[-1][:-1]
        beside = self.extra.get(kind, ())
        return " ".join(words[len(beside) :]), {name: int(word) for name, word in zip(beside, words)}

    def read(self, kind, data, extra, zone):
        """The canonical value; what cannot be one is shown as it is."""
        beside = [str((extra or {}).get(name)) for name in self.extra.get(kind, ())]
        if kind in rdata.TEXTS and not data.startswith('"'):
            return text.strings([data.encode("utf-8")])
        words = data.split()
        if beside and "None" not in beside and len(words) + len(beside) == WORDS[kind]:
            words = beside + words
        if kind in NAMED and words[-1:] == ["@"]:
            words[-1] = zone
        try:
            return rdata.canonical(kind, " ".join(words) if kind in NAMED else data, names.absolute)
        except ValueError:
            return data


WORDS = {"MX": 2, "SRV": 4}
LONE = "it keeps one record of a name"
DIALECTS = {
    "powerdns": Dialect(
        names="rooted",
        rooted=True,
        quoted=True,
        extra={},
        single="its create_record replaces all values of a set by one",
        replaces=True,
        zone={"nameservers": []},
        workers=1,
    ),
    "dummy": Dialect(rooted=True, extra={}, single=LONE, lone=LONE),
    "cloudflare": Dialect(names="full", without={"SRV": "its driver has no place for the parts of it"}),
    "digitalocean": Dialect(apex="@", rooted=True, extra=SERVICE, zone={"ip": None}),
    "vultr": Dialect(extra=URGENT, quoted=True),
    "linode": Dialect(ttl="ttl_sec", without={"SRV": "its driver wants service and protocol apart"}),
    "rackspace": Dialect(names="full", extra=URGENT),
    "gandi_live": Dialect(apex="@", rooted=True, quoted=True, single="its create_record fails where a set is there"),
    "nsone": Dialect(names="full", single="its create_record makes a set of one value"),
    "route53": Dialect(refused="use the provider route53, which does more"),
    "google": Dialect(refused="its records are not in Libcloud's own form"),
    "buddyns": Dialect(refused="it has secondary zones only, whose records come from elsewhere"),
}


def dialect(name):
    """The Dialect of the driver of that name."""
    return DIALECTS.get(name) or Dialect()
