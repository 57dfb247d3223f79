# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""OpenStack's DNS service, Designate, version 2 of its API."""

from __future__ import annotations

import contextlib
import re
import threading
import time
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from ...clients.keystone import Keystone, keystone_options
from ...core.errors import Conflict, Failure, NotFound, Refused, TimedOut
from ...core.field import Field
from ...core.plan import Change
from ...core.progress import Progress
from ...core.wait import wait
from .. import names, rdata, text
from ..base import DnsDriver
from ..resource import TTL, kind_of

PAGE = 1000  # the most that Designate gives by default; a cloud may give fewer
POOL = 8
MOST = 160  # characters of a description
PAUSE = 0.3  # seconds between two looks at what is being deleted
TYPES = ("A", "AAAA", "CAA", "CNAME", "MX", "NAPTR", "NS", "PTR", "SPF", "SRV", "SSHFP", "TXT")
BARE = {"CAA": (2,), "NAPTR": (2, 3, 4)}  # the fields that Designate takes without quotes, and none with them
STAMP = re.compile(r"(?:^|(?<= ))rackwright/(\S+)\Z")
FAILED = "Designate could not carry out its last change"
RACKSPACE = (
    "provider designate: Rackspace Cloud DNS is no Designate: it has an API of its own, version 1.0; "
    "use the provider libcloud with the driver rackspace"
)
_NAME = re.compile(r"(?:\*\.)?(?:[a-z0-9_-]+\.)+\Z")
OWN = (
    Field(
        "email",
        env=("RACKWRIGHT_DESIGNATE_EMAIL",),
        help="The address in the SOA of a new zone. By default hostmaster at the zone's name.",
    ),
    Field(
        "patience",
        type="int",
        default=300,
        env=("RACKWRIGHT_DESIGNATE_PATIENCE",),
        help="Seconds until Designate must have brought all changes of one kind to its name servers.",
    ),
)
CAPS = {
    "comment": True,
    "kind=Native": "its zones are Primary or Secondary",
    "soa_edit_api": "it raises the serial number itself",
    "type=SOA": "it writes the SOA itself",
}
CAPS.update({"type=" + kind: "it has no such type" for kind in rdata.TYPES if kind not in TYPES + ("SOA",)})


class Designate(DnsDriver):
    """The zones of one project in one region. Each change is carried out after it was answered, and waited for."""

    NAME = "designate"
    TITLE = "OpenStack Designate"
    LINK = "https://docs.openstack.org/api-ref/dns/"
    REQUIRES = (("urllib3", "urllib3"),)
    OPTIONS = keystone_options("designate") + OWN
    CAPS = CAPS

    def __init__(self, options, transport=None):
        super().__init__(options, transport)
        self.keystone = Keystone(options, "provider designate", transport)
        if self.keystone.settings.get("profile") == "rackspace":
            raise Refused(RACKSPACE)
        self.patience = options.get("patience") or 300
        self._http, self.lock = None, threading.Lock()

    @classmethod
    def refuse(cls, resource, rows):
        """Also names and values that the API does not take."""
        super().refuse(resource, rows)
        problems = [text for row in rows for text in _problems(resource, row)]
        if problems:
            raise Refused(problems)

    @property
    def http(self):
        """The service's Http, below version 2."""
        with self.lock:
            if self._http is None:
                regions = self.keystone.regions("dns")
                if len(regions) > 1:
                    has = ", ".join(regions)
                    raise Refused("provider designate: name one region in designate.regions; there are %s" % has)
                region = regions[0] if self.keystone.settings.get("regions") else None
                self._http = self.keystone.service("dns", region, pool=POOL, explain=explained)
                if not self._http.base.endswith("/v2"):
                    self._http.base += "/v2"
            return self._http

    def listed(self, path, key, **query):
        """The items of a list, from every page."""
        query = dict({"limit": PAGE}, **query)
        while True:
            page = self.http.json("GET", "%s?%s" % (path, urlencode(query)))
            yield from page[key]
            following = (page.get("links") or {}).get("next")
            if not following:
                return
            query = dict(parse_qsl(urlsplit(following).query, keep_blank_values=True))

    def staying(self, path, key, **query):
        """A list without what is about to be gone."""
        return [one for one in self.listed(path, key, **query) if not _leaves(one)]

    def insist(self, path, key, body, **query):
        """Make something, and return the answer. Where one that is being deleted has its name, that is waited for."""
        end = time.monotonic() + self.patience
        while True:
            try:
                return self.http.json("POST", path, json=body)
            except Conflict:
                if not any(map(_leaves, self.listed(path, key, **query))) or time.monotonic() > end:
                    raise
            time.sleep(PAUSE)

    def arrived(self, those, changes, label):
        """{key: Failure} of those changes that have not come about. those: returns the keys of what has a status."""
        keys, failed = [change.key for change in changes], {}

        def look(left):
            pending = those("PENDING")
            return {key: "pending" if key in pending else None for key in left}

        try:
            wait(look, keys, self.patience, Progress("DNS"), "active", label=label)
        except TimedOut as late:
            failed = {key: Failure("Designate has not done it within %d s" % self.patience) for key in late.stuck}
        lost = those("ERROR")
        text = "Designate could not carry it out (status ERROR); its operator knows why"
        failed.update({key: Failure(text) for key in keys if key in lost})
        return failed

    def zones(self, wanted=None):
        """The store of zones: of one by its canonical name, or of all."""
        return Zones(self, wanted)

    def records(self, zone):
        """The store of one zone's record sets."""
        return Records(self, zone)


def _leaves(one):
    return one["action"] == "DELETE" and one["status"] == "PENDING"


def _problems(resource, row):
    label = "%s %s" % (resource.name, resource.label(resource.key(row)))
    if not _NAME.match(row["name"]):
        yield "%s: Designate takes names of letters, digits, hyphens and underscores, and * as the first label" % label
    if row.get("type", "").startswith("TYPE"):
        yield "%s: provider designate cannot do type %s: it has no such type" % (label, row["type"])
    if row.get("type") == "NAPTR" and any(len(value.split(" ")) != 6 for value in row.get("values", ())):
        yield "%s: Designate takes no blank inside of a NAPTR's texts" % label


def explained(answer):
    """Designate's own words about an error."""
    try:
        told = answer.json()
        more = (told.get("errors") or {}).get("errors") or ()
        found = [told.get("message") or told.get("type")]
        found += ["%s: %s" % (".".join(map(str, one.get("path") or ())), one.get("message")) for one in more]
        return "; ".join(filter(None, found))[:500] or answer.text[:500]
    except (ValueError, AttributeError, TypeError):
        return answer.text[:500]


def zone_row(told):
    """A zone as the API tells it, as a row."""
    row = {"name": names.absolute(told["name"]), "kind": kind_of(told.get("type") or "PRIMARY")}
    row.update(masters=sorted(told.get("masters") or ()), comment=told.get("description") or "")
    row.update(serial=told.get("serial"), _id=told["id"], _status=told["status"], _ttl=told.get("ttl") or TTL)
    return row


class Zones:
    """The store of zones."""

    WORKERS = POOL

    def __init__(self, driver, wanted=None):
        self.driver, self.wanted = driver, wanted

    def read(self):
        """The wanted zone's row if it is there, or all of the project."""
        return [zone_row(one) for one in self.driver.staying("/zones", "zones", **self._query())]

    def _query(self):
        return {"name": self.wanted} if self.wanted else {}

    def amend(self, made, _desired, _owner):
        """Refuse what cannot be changed."""
        for change in made.changes:
            if change.verb == "update" and "kind" in change.fields:
                raise Refused("zone %s: Designate cannot change the kind of a zone that is there" % change.key)

    def create(self, change):
        """Make the zone."""
        row = change.want
        body = {"name": change.key, "type": (row.get("kind") or "Primary").upper()}
        if body["type"] == "PRIMARY":
            body["email"] = self.driver.options.get("email") or "hostmaster@" + change.key[:-1]
        body.update(_settings(row))
        return zone_row(self.driver.insist("/zones", "zones", body, name=change.key))

    def update(self, change):
        """Set what differs."""
        body = _settings({name: change.want[name] for name in change.fields})
        self.driver.http.call("PATCH", "/zones/%s" % change.before["_id"], json=body)

    def delete(self, change):
        """Remove the zone with all its records."""
        with contextlib.suppress(NotFound):
            self.driver.http.call("DELETE", "/zones/%s" % change.before["_id"])

    def arrive(self, changes):
        """Wait until the zones are served, or gone."""

        def those(status):
            found = self.driver.listed("/zones", "zones", **self._query())
            return {names.absolute(one["name"]) for one in found if one["status"] == status}

        return self.driver.arrived(those, changes, str)


def _settings(row):
    """What can be set of a zone at any time, in the API's words."""
    words = {"masters": "masters", "comment": "description"}
    return {word: row[name] for name, word in words.items() if row.get(name) is not None}


class Records:
    """The store of one zone's record sets. `head` is the zone's own row once it was read."""

    WORKERS = POOL

    def __init__(self, driver, zone):
        self.driver, self.zone, self.head = driver, zone, None
        self.lock = threading.Lock()

    def read(self):
        """All record sets, from every page. Raises NotFound when the zone is not there."""
        self._find()
        return [self._row(one) for one in self.driver.staying(self._path() + "/recordsets", "recordsets")]

    def _find(self):
        found = Zones(self.driver, self.zone).read()
        if not found:
            project = self.driver.keystone.project.get("name")
            text = "zone %s: it is not in the project %s; make it with `dns_zone`, or check the name"
            raise NotFound(text % (self.zone, project))
        self.head = found[0]

    def _path(self):
        with self.lock:
            if self.head is None:
                self._find()
        return "/zones/%s" % self.head["_id"]

    def _row(self, told):
        kind = told["type"]
        row = {"name": names.absolute(told["name"]), "type": kind, "ttl": told.get("ttl") or self.head["_ttl"]}
        row["values"] = sorted({_value(kind, value) for value in told["records"]})
        row.update(_id=told["id"], _status=told["status"], _description=told.get("description") or "")
        stamp = STAMP.search(row["_description"])
        if stamp:
            row["owner"] = unquote(stamp.group(1))
        return row

    def amend(self, made, desired, _owner):
        """Refuse the zone's own NS, which Designate writes; do again what it has failed to do."""
        own = (self.zone, "NS")
        if any(change.key == own for change in made.changes):
            raise Refused("record set %s NS: Designate writes it itself, by the name servers of its pool" % self.zone)
        for want in desired:
            key = made.resource.key(want)
            if made.kept.get(key, {}).get("_status") == "ERROR":
                row = made.kept.pop(key)
                made.changes.append(Change("update", key, row, row, want, ("values",), FAILED))

    def create(self, change):
        """Make a set."""
        key = dict(zip(("name", "type"), change.key))
        self.driver.insist(self._path() + "/recordsets", "recordsets", dict(_body(change), **key), **key)

    def update(self, change):
        """Change a set."""
        self.driver.http.call("PUT", self._of(change), json=_body(change))

    def delete(self, change):
        """Remove a set."""
        with contextlib.suppress(NotFound):
            self.driver.http.call("DELETE", self._of(change))

    def _of(self, change):
        return "%s/recordsets/%s" % (self._path(), change.before["_id"])

    def arrive(self, changes):
        """Wait until the name servers have the changes: one list a poll, of what is under way."""
        path = self._path() + "/recordsets"

        def those(status):
            found = self.driver.listed(path, "recordsets", status=status)
            return {(names.absolute(one["name"]), one["type"]) for one in found}

        return self.driver.arrived(those, changes, "{0[0]} {0[1]}".format)


def _value(kind, value):
    try:
        return rdata.canonical(kind, _quoted(kind, value), names.absolute)
    except ValueError:
        return value  # what is there and we would refuse: shown as it is


def _quoted(kind, value):
    """A value with quotes where zone files have them."""
    if kind not in BARE:
        return value
    words = value.split(" ", 2 if kind == "CAA" else 5)
    for at in BARE[kind]:
        if at < len(words) and not words[at].startswith('"'):
            words[at] = text.quoted(words[at].encode("utf-8"))
    return " ".join(words)


def _bare(kind, value):
    """A canonical value as Designate takes it."""
    words = text.tokens(value) if kind in BARE else [value]
    for at in BARE.get(kind, ()):
        words[at] = text.string(words[at]).decode("utf-8", "replace")
    return " ".join(words)


def _body(change):
    """A set in the API's words."""
    row, before = change.after, change.before or {}
    body = {"ttl": row["ttl"], "records": [_bare(change.key[1], value) for value in row["values"]]}
    if row.get("owner") and row["owner"] != before.get("owner"):
        body["description"] = stamped(before.get("_description") or "", row["owner"])
    return body


def stamped(description, owner):
    """What people have written, with the owner's stamp behind it."""
    stamp = "rackwright/" + quote(owner, safe="/:@+=,.~")
    theirs = STAMP.sub("", description).strip()[: max(0, MOST - len(stamp) - 1)]
    return ("%s %s" % (theirs, stamp)).strip()
