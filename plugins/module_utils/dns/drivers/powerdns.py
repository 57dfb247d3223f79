# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PowerDNS Authoritative Server over its HTTP API, version 4.3 and later."""

from __future__ import annotations

import json
import re

from ...core.errors import Failure, NotFound, Refused
from ...core.field import Field
from ...core.http import Http
from .. import names, rdata
from ..base import DnsDriver
from ..powerdns.zones import Zones, path_of, require_server, zone_row

BODY = 1500000  # bytes in one request; the server's default limit is about 2,090,000 (webserver-max-bodysize)
_EMPTY = {"\\# 0": "\\# 0 "}  # what PowerDNS insists on
STAMP = "rackwright/"  # a record set's comment bears the account `rackwright/<owner>`
_BLAMED = re.compile(r"(?:RRset (\S+) IN|Record (\S+?)[/ ](?:IN )?)\s?([A-Z0-9]+)")
READ_ONLY = (
    "API-RECTIFY",
    "AXFR-MASTER-TSIG",
    "LUA-AXFR-SCRIPT",
    "NSEC3NARROW",
    "NSEC3PARAM",
    "PRESIGNED",
    "TSIG-ALLOW-AXFR",
)
WRITABLE = (  # what the API changes, of PowerDNS 4.x and 5.0
    "ALLOW-AXFR-FROM",
    "ALLOW-DNSUPDATE-FROM",
    "ALSO-NOTIFY",
    "AXFR-SOURCE",
    "ENABLE-LUA-RECORDS",
    "FORWARD-DNSUPDATE",
    "GSS-ACCEPTOR-PRINCIPAL",
    "GSS-ALLOW-AXFR-PRINCIPAL",
    "IXFR",
    "NOTIFY-DNSUPDATE",
    "PUBLISH-CDNSKEY",
    "PUBLISH-CDS",
    "RFC1123-CONFORMANCE",
    "SIGNALING-ZONE",
    "SLAVE-RENOTIFY",
    "SOA-EDIT",
    "SOA-EDIT-DNSUPDATE",
    "TSIG-ALLOW-DNSUPDATE",
)
FIELD_OF = {"NSEC3PARAM": "nsec3param", "SOA-EDIT-API": "soa_edit_api"}  # what is a field of its own
_NAME = re.compile(r"(?:\*\.)?[a-z0-9_/.-]*\Z")


class PowerDNS(DnsDriver):
    """Zones and record sets; a PATCH changes any number of sets at once, or none."""

    NAME = "powerdns"
    TITLE = "PowerDNS Authoritative Server"
    LINK = "https://doc.powerdns.com/authoritative/http-api/"
    REQUIRES = (("urllib3", "urllib3"),)
    OPTIONS = (
        Field(
            "url",
            default="http://127.0.0.1:8081",
            env=("RACKWRIGHT_POWERDNS_URL",),
            help="Where the API answers.",
        ),
        Field(
            "api_key",
            required=True,
            secret=True,
            env=("RACKWRIGHT_POWERDNS_API_KEY",),
            help="The server's C(api-key).",
        ),
        Field(
            "server", default="localhost", env=("RACKWRIGHT_POWERDNS_SERVER",), help="The server's id behind the API."
        ),
        Field(
            "verify",
            type="bool",
            default=True,
            env=("RACKWRIGHT_POWERDNS_VERIFY",),
            help="Whether the certificate of an HTTPS address must be valid.",
        ),
        Field(
            "timeout",
            type="int",
            default=60,
            env=("RACKWRIGHT_POWERDNS_TIMEOUT",),
            help="Seconds to wait for an answer.",
        ),
    )

    CAPS = {
        "dnssec": True,
        "nsec3param": True,
        "metadata": True,
        "catalog": True,
        "kind=Producer": True,
        "kind=Consumer": True,
    }

    def __init__(self, options, transport=None):
        super().__init__(options, transport)
        url = re.sub(r"(?:/api(?:/v1)?)?/*\Z", "", options["url"])
        if not url.startswith(("http://", "https://")):
            raise Refused("provider powerdns: the url %r must begin with http:// or https://" % options["url"])
        self.http = transport or Http(
            "PowerDNS",
            "%s/api/v1/servers/%s" % (url, options["server"]),
            headers={"X-API-Key": options["api_key"]},
            timeout=options["timeout"],
            verify=options["verify"],
            explain=explained,
        )

    @classmethod
    def refuse(cls, resource, rows):
        """Also names that the API does not take."""
        super().refuse(resource, rows)
        if resource.name == "zone":
            _refuse_kinds(rows)
        label = resource.label
        problems = [
            "%s %s: PowerDNS takes names of letters, digits, hyphens, underscores and slashes, and * as the first label"
            % (resource.name, label(resource.key(row)))
            for row in rows
            if not _NAME.match(row["name"])
        ]
        if problems:
            raise Refused(problems)

    def zones(self, wanted=None):
        """The store of zones: of one by its canonical name, or of all."""
        return Zones(self.http, wanted)

    def records(self, zone):
        """The store of one zone's record sets."""
        return Records(self.http, zone)


def _refuse_kinds(rows):
    """Refuse metadata that the API does not change or know, before anything is."""
    problems = []
    for row in rows:
        for kind in row.get("metadata") or ():
            if kind in FIELD_OF:
                problems.append("zone %s: metadata %s is the option `%s`" % (row["name"], kind, FIELD_OF[kind]))
            elif kind in READ_ONLY:
                text = "zone %s: metadata %s cannot be changed through the API; use `pdnsutil set-meta`"
                problems.append(text % (row["name"], kind))
            elif kind not in WRITABLE and not kind.startswith("X-"):
                text = "zone %s: PowerDNS has no metadata %s; it has %s, and what begins with X- is your own"
                problems.append(text % (row["name"], kind, ", ".join(WRITABLE)))
    if problems:
        raise Refused(problems)


def explained(response):
    """PowerDNS's own words about an error."""
    if response.status_code == 400 and response.text.strip() in ("", "Bad Request"):
        return "Bad Request; a body beyond `webserver-max-bodysize` is answered like this"
    try:
        found = response.json()
        return "; ".join([found["error"]] + [str(text) for text in found.get("errors", ())])
    except (ValueError, KeyError, TypeError):
        return response.text[:500]


class Records:
    """The store of one zone's record sets. `head` is the zone's own row once it was read."""

    def __init__(self, http, zone):
        self.http, self.zone, self.head = http, zone, None

    def read(self):
        """All record sets, with one GET. Raises NotFound when the zone is not there."""
        try:
            found = self.http.json("GET", path_of(self.zone))
        except NotFound:
            require_server(self.http)
            raise NotFound(
                "zone %s: it is not on the server %s; make it with `dns_zone`, or check the name"
                % (self.zone, self.http.base)
            ) from None
        self.head = zone_row(found)
        return [set_row(rrset) for rrset in found["rrsets"] if rrset["records"]]

    @staticmethod
    def chunks(changes):
        """Cut a plan into requests of at most BODY bytes; the changes of one name stay together."""
        chunk, size, groups = [], 0, {}
        for change in changes:
            groups.setdefault(change.key[0], []).append(change)
        for group in groups.values():
            more = sum(_weight(change) for change in group)
            if chunk and size + more > BODY:
                yield chunk
                chunk, size = [], 0
            chunk.extend(group)
            size += more
        if chunk:
            yield chunk

    def send(self, changes):
        """Change record sets, all or none; deletions first, as the server wants it where a CNAME makes way."""
        ordered = sorted(changes, key=lambda change: change.verb != "delete")
        body = json.dumps({"rrsets": [_patch(change) for change in ordered]}, separators=(",", ":"))
        try:
            self.http.call("PATCH", path_of(self.zone), data=body, headers={"Content-Type": "application/json"})
        except NotFound:
            raise NotFound("zone %s: it was deleted meanwhile; make it with `dns_zone`" % self.zone) from None
        except Failure as failure:
            raise _blamed(failure, ordered) from None


def set_row(rrset):
    """A record set as the API tells it, as a canonical row; disabled records are not served, so they do not count."""
    kind = rrset["type"]
    row = {"name": names.absolute(rrset["name"]), "type": kind, "ttl": rrset["ttl"]}
    row["values"] = sorted({_value(kind, r["content"]) for r in rrset["records"] if not r.get("disabled")})
    comments = rrset.get("comments")
    if comments:
        row["_comments"] = comments
        stamps = [c["account"] for c in comments if c.get("account", "").startswith(STAMP)]
        if stamps:
            row["owner"] = stamps[0][len(STAMP) :]
    return row


def _value(kind, content):
    try:
        return rdata.canonical(kind, content, names.absolute)
    except ValueError:
        return content  # what the server serves and we would refuse: shown as it is


def _patch(change):
    """A change in the API's words."""
    name, kind = change.key
    if change.verb == "delete":
        return {"name": name, "type": kind, "changetype": "DELETE"}
    row = change.after
    records = [{"content": _EMPTY.get(value, value), "disabled": False} for value in row["values"]]
    rrset = {"name": name, "type": kind, "ttl": row["ttl"], "changetype": "REPLACE", "records": records}
    before = change.before or {}
    if row.get("owner") and row["owner"] != before.get("owner"):
        stamp = {"content": "made by Rackwright for %s" % row["owner"], "account": STAMP + row["owner"]}
        rrset["comments"] = list(before.get("_comments", ())) + [stamp]
    return rrset


def _weight(change):
    """An upper bound of the bytes of a change in a request."""
    row = change.after or {}
    values = sum(len(value) + value.count('"') + value.count("\\") + 34 for value in row.get("values", ()))
    size = 100 + len(change.key[0]) + change.key[0].count("\\") + len(change.key[1]) + values
    if row.get("owner"):
        size += len(json.dumps((change.before or {}).get("_comments", ()))) + 12 * len(row["owner"]) + 100
    return size


def _blamed(failure, changes):
    """The failure, with the key of the record set that PowerDNS names, so that the others are told as not made."""
    match = _BLAMED.search(str(failure))
    if match:
        key = (names.absolute(match.group(1) or match.group(2)), match.group(3))
        if any(change.key == key for change in changes):
            failure.keys = [key]
    return failure
