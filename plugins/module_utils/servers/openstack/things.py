# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What OpenStack has beside servers: zones, flavors, images, key pairs and projects."""

from __future__ import annotations

import re
from urllib.parse import quote

from ...core.errors import Ambiguous, Conflict, NotFound, Refused
from ..base import Store
from ..keys import fingerprint
from .floating import Addresses

STAMP = "rackwright_owner="  # of a project's tag


class Facilities(Store):
    """Regions, and in them availability zones where the cloud tells them."""

    def read(self):
        """One call a region."""
        found = []
        for region, zones in self.driver.everywhere(lambda region: region.zones()):
            names = ["%s/%s" % (region.name, zone) for zone in zones] or [region.name]
            found += [{"name": name, "title": name, "metro": region.name} for name in names]
        return found


class Plans(Store):
    """Flavors, those of the same name in several regions as one."""

    def read(self):
        """One call a region."""
        found = {}
        for region, flavors in self.driver.everywhere(lambda region: region.flavors()):
            for one in flavors:
                row = {"name": one["name"], "id": one["id"], "cpus": one.get("vcpus"), "memory": one.get("ram")}
                row = found.setdefault(one["name"], dict(row, disk=one.get("disk"), facilities=[], _ids=set()))
                row["facilities"].append(region.name)
                row["_ids"].add(one["id"])
        return list(found.values())


class Images(Store):
    """Images that can be used, those of the same name as one: the newest."""

    def read(self):
        """One call a region and page."""
        found = {}
        for _region, images in self.driver.everywhere(lambda region: region.images()):
            for one in sorted(images, key=lambda one: one.get("created_at") or one.get("created") or ""):
                facts = {"distribution": one.get("os_distro"), "version": one.get("os_version")}
                row = found.setdefault(one["name"], {"name": one["name"], "_ids": set()})
                row.update({name: value for name, value in dict(facts, id=one["id"]).items() if value})
                row["_ids"].add(one["id"])
        return list(found.values())


class Keys(Store):
    """Key pairs of the user who is logged in; a key is there once every region has it."""

    STAMPS = False
    NEEDS = ("key", "name")

    def __init__(self, driver, params):
        super().__init__(driver, params)
        if params.get("scope") == "server":
            raise Refused(
                "provider openstack: key pairs belong to the user who is logged in; a server has none of its own"
            )

    def read(self):
        """One call a region. Keys that are in some regions only come without a name, so that the rest is made up."""
        found, regions = {}, 0
        for region, pairs in self.driver.everywhere(lambda region: region.keypairs()):
            regions += 1
            for pair in pairs:
                try:
                    mark = fingerprint(pair["public_key"])
                except (ValueError, KeyError):
                    continue  # a certificate, or of another kind
                row = found.setdefault(mark, {"fingerprint": mark, "key": " ".join(pair["public_key"].split()[:2])})
                row.setdefault("_in", {}).setdefault(region.name, []).append(pair["name"])
        return [self._named(row, regions) for row in found.values()]

    @staticmethod
    def _named(row, regions):
        names = sorted({name for there in row["_in"].values() for name in there})
        whole = len(row["_in"]) == regions and all(names[0] in there for there in row["_in"].values())
        return dict(row, name=names[0], id=names[0]) if whole else row

    def create(self, change):
        """Put it into every region that has it not."""
        have = (change.before or {}).get("_in") or {}
        want = change.after
        for region in self.driver.regions():
            if want["name"] not in have.get(region.name, ()):
                add_key(region, want["name"], want["key"])

    def update(self, change):
        """A key pair cannot be renamed: the new name comes first, then the old ones go."""
        self.create(change)
        for region in self.driver.regions():
            for name in (change.before.get("_in") or {}).get(region.name, ()):
                if name != change.after["name"]:
                    self._remove(region, name)

    def delete(self, change):
        """Take it out of every region; servers that have it keep it."""
        for region in self.driver.regions():
            for name in change.before["_in"].get(region.name, ()):
                self._remove(region, name)

    @staticmethod
    def _remove(region, name):
        try:
            region.nova.call("DELETE", "/os-keypairs/%s" % quote(name, safe=""))
        except NotFound:
            pass


def add_key(region, name, key):
    """Make a key pair; one of this name and key that is there already is as good."""
    try:
        region.nova.call("POST", "/os-keypairs", json={"keypair": {"name": name, "public_key": key}}, safe=True)
    except Conflict:
        there = next((pair for pair in region.keypairs() if pair["name"] == name), None)
        if there is None:
            raise Ambiguous("somebody else changed the key pair %s at the same time" % name) from None
        if fingerprint(there["public_key"]) != fingerprint(key):
            raise Refused("a key pair %s with another key is there already; choose another name" % name) from None


class Projects(Store):
    """Keystone's projects. A tag of the project bears the owner's stamp."""

    def __init__(self, driver, params):
        super().__init__(driver, params)
        if driver.keystone.version != 3:
            raise Refused("provider openstack: projects are managed through version 3 of the identity API only")
        self.http = driver.keystone.service("identity")
        self.base = "" if re.search(r"/v3\Z", self.http.base) else "/v3"
        self.declared = params.get("projects") is not None
        self.wanted = {row["organization"] for row in params.get("projects") or () if row.get("organization")}

    def read(self):
        """Those of the domains that are declared, else of the login's own; all for a module that only lists."""
        domains = {}
        if self.wanted:
            domains = {one["id"]: one["name"] for one in self._get("domains")}
        found = self._get("projects")
        if self.declared:
            mine = {ident for pair in domains.items() if self.wanted & set(pair) for ident in pair[:1]}
            found = [one for one in found if one["domain_id"] in (mine or {self.driver.keystone.domain})]
        return [self._row(one, domains) for one in found]

    def _get(self, name):
        return self.http.json("GET", "%s/%s" % (self.base, name))[name]

    def _row(self, project, domains):
        domain, tags = project["domain_id"], project.get("tags") or []
        row = {"name": project["name"], "id": project["id"], "enabled": project["enabled"], "_tags": tags}
        row["description"] = project.get("description") or ""
        row["organization"] = domain if domain in self.wanted else domains.get(domain, domain)
        owner = next((tag[len(STAMP) :] for tag in tags if tag.startswith(STAMP)), None)
        return dict(row, owner=owner) if owner else row

    def vet(self, rows, current):
        """What Keystone has not, or does not take."""
        found = []
        for row in rows:
            if row.get("payment_method"):
                found.append("project %s: provider openstack knows no payment methods" % row["name"])
            if row.get("owner") and re.search("[/,]", row["owner"]):
                found.append("project %s: an owner's name must have neither slash nor comma here" % row["name"])
        return found

    def create(self, change):
        """Make it in its domain, or in the one of the login."""
        body = self._body(change.want, ())
        domain = change.want.get("organization")
        if domain:
            body["domain_id"] = {one["name"]: one["id"] for one in self._get("domains")}.get(domain, domain)
        made = self.http.json("POST", self.base + "/projects", json={"project": body})["project"]
        return dict(change.after, id=made["id"])

    def update(self, change):
        """Change what differs."""
        body = self._body({name: change.after.get(name) for name in change.fields}, change.before["_tags"])
        self.http.call("PATCH", "%s/projects/%s" % (self.base, change.before["id"]), json={"project": body})

    def delete(self, change):
        """Delete it, unless it has servers, which Keystone would leave without an owner."""
        held = "/servers?all_tenants=1&limit=1&project_id=%s" % change.before["id"]
        for region in self.driver.regions() if self.driver.keystone.has("compute") else ():
            if region.nova.json("GET", held)["servers"]:
                raise Refused("it still has servers in %s; delete them first" % region.name)
        try:
            self.http.call("DELETE", "%s/projects/%s" % (self.base, change.before["id"]))
        except NotFound:
            pass

    @staticmethod
    def _body(want, tags):
        body = {name: want[name] for name in ("name", "description", "enabled") if want.get(name) is not None}
        if want.get("owner"):
            body["tags"] = [tag for tag in tags if not tag.startswith(STAMP)] + [STAMP + want["owner"]]
        return body


STORES = {
    "ip_address": Addresses,
    "facility": Facilities,
    "plan": Plans,
    "image": Images,
    "ssh_key": Keys,
    "project": Projects,
}
