# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers of OpenStack's Nova, in several regions at once; Rackspace is a profile of the login."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor

from ...clients.keystone import Keystone, keystone_options
from ...core.errors import Failure, Refused
from ...core.field import Field
from ..base import ServerDriver
from ..catalogue import FACILITY
from ..keys import fingerprint
from ..openstack import rows as shape
from ..openstack.nova import NovaHttp, Region
from ..openstack.things import STORES, add_key
from ..resource import mark_twins

OWN = (
    Field(
        "config_drive",
        type="bool",
        env=("RACKWRIGHT_OPENSTACK_CONFIG_DRIVE",),
        help="Give new servers their user data on a drive, where a cloud has no metadata service, as Rackspace.",
    ),
    Field(
        "ssh_user",
        env=("RACKWRIGHT_OPENSTACK_SSH_USER",),
        help="Who logs in by SSH. By default the usual first user of an image of that name, else V(root).",
    ),
    Field(
        "patience",
        type="int",
        default=600,
        env=("RACKWRIGHT_OPENSTACK_PATIENCE",),
        help="Seconds that a server may take for a step that others follow, such as a resize.",
    ),
)
MANY = {"plan": "flavors", "image": "images"}  # field -> what a Region calls those there are
BESIDE = {"networks": "network", "security_groups": "security group"}  # fields: what Neutron tells of
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
NEUTRON = "networks are made by their owner; name those a server shall be in with `networks`"
REBUILT = "2.57"  # the microversion from which a rebuild takes new user data


class OpenStack(ServerDriver):
    """The servers of one project; also the store of the resource SERVER."""

    NAME = "openstack"
    TITLE = "OpenStack, and Rackspace"
    LINK = "https://docs.openstack.org/api-ref/compute/"
    REQUIRES = (("urllib3", "urllib3"),)
    OPTIONS = keystone_options("openstack") + OWN
    WORKERS = 8
    TWICE = True
    STORES = STORES
    CAPS = {
        "networks": True,
        "security_groups": True,
        "action=rescue": True,
        "action=unrescue": True,
        "resource=server_network": NEUTRON,
        "resource=organization": "domains are the cloud's operator's",
    }

    def __init__(self, options, transport=None):
        super().__init__(options, transport)
        self.keystone = Keystone(options, "provider openstack", transport or NovaHttp)
        self._regions, self.leaving = None, []
        self.patience = options.get("patience") or 600

    def realm(self):
        """What tells this project's servers from those of another."""
        return "openstack:%s" % (self.keystone.project.get("id") or self.keystone.url)

    def regions(self):
        """The regions to work in."""
        if self._regions is None:
            self._regions = [Region(self.keystone, name) for name in self.keystone.regions("compute")]
        return self._regions

    def everywhere(self, look):
        """(region, what `look` finds there) of every region, all asked at the same time."""
        regions = self.regions()
        with ThreadPoolExecutor(len(regions)) as pool:
            return list(zip(regions, pool.map(look, regions)))

    def read(self):
        """All servers of all regions, from every page."""
        found = [row for _region, rows in self.everywhere(self._read) for row in rows]
        return mark_twins(found, lambda row: row["_metadata"].get(shape.SITE))

    def _read(self, region):
        found, plans, images = [one for one in region.servers() if not shape.leaving(one)], {}, {}
        if any(shape.untold(one) for one in found):
            plans, images = ({one["id"]: one["name"] for one in many} for many in (region.flavors(), region.images()))
        return [shape.row(one, region.name, plans, images, self.options.get("ssh_user")) for one in found]

    def vet(self, rows, current):
        """Raise Refused for what this cloud has not. Ids become the names that rows are read with."""
        there = {row["name"]: row for row in current}
        for want in rows:
            self._spell(want, there.get(want["name"]))
        found = [text for want in rows for text in shape.problems(want)]
        if found:
            raise Refused(found)
        super().vet(rows, current)
        found = self._lost(rows, there)
        for want in rows:
            found += self._not_there(want, there.get(want["name"]) or {})
        if found:
            raise Refused(found)

    def _not_there(self, want, have):
        """What another region may have, and the one of this row has not."""
        name = want.get("facility", have.get("facility")).partition("/")[0]
        region = next((one for one in self.regions() if one.name == name), None)
        if region is None:
            has = ", ".join(one.name for one in self.regions())
            return ["server %s: there is no region %s here, there are %s" % (want["name"], name, has)]
        asked = {field: want[field] for field in MANY if want.get(field) not in (None, have.get(field))}
        return [
            "server %s: region %s has no %s %s" % (want["name"], name, field, said)
            for field, said in asked.items()
            if not any(one["name"] == said for one in getattr(region, MANY[field])())
        ]

    def _spell(self, want, have):
        """What is declared in other words than it is read: ids, a zone by its region, and what only a digest tells."""
        for name, many in MANY.items():
            said = want.get(name)
            if said and said != (have or {}).get(name):
                found = (
                    one["name"] for region in self.regions() for one in getattr(region, many)() if one["id"] == said
                )
                want[name] = next(found, said)
        if have is None:
            return
        if want.get("facility") == have["_whole"]:
            want["facility"] = have["facility"]
        if want.get("ssh_keys") and have["_metadata"].get(shape.KEYS) == shape.digest(want["ssh_keys"]):
            have["ssh_keys"] = want["ssh_keys"]
        for field in BESIDE:
            if want.get(field):
                if field == "networks" or have["state"] == "provisioning":
                    have.setdefault(field, want[field])  # what it has is not told yet
                alike = set(want[field]) <= set(have.get(field) or ())  # and nobody need be asked
                known = {} if alike else getattr(self._region(have), field)() or {}
                names = {ident: name for name, ident in known.items() if name != ident}
                want[field] = sorted({names.get(word, word) for word in want[field]})

    def _lost(self, rows, there):
        """Networks and security groups that are not where a server shall be made, or made anew."""
        found, text = [], "server %s: there is no %s %s in %s%s"
        for want in rows:
            have = there.get(want["name"]) or {}
            region = (want.get("facility") or have.get("facility") or "").partition("/")[0]
            if region not in [one.name for one in self.regions()]:
                continue  # which is told by its own words
            for field, what in BESIDE.items():
                asked = want.get(field) if want.get(field) != have.get(field) else None
                known = getattr(self._region({"_region": region}), field)() if asked else {}
                for word in asked or ():
                    if known is None and (field != "networks" or UUID.match(word)):
                        continue  # nobody can tell
                    if word not in (known or ()):
                        has = ", ".join(sorted(name for name in known or () if not UUID.match(name)))
                        has = "; it has %s" % (has or "none") if known is not None else "; give its id"
                        found.append(text % (want["name"], what, word, region, has))
        return found

    def known(self, resource, names):
        """The catalogue's rows of these names; a facility is understood as its region too."""
        known = super().known(resource, names)
        if resource is FACILITY and known is not None:
            names = {one.name for one in self.regions()} & set(names)
            known.update({name: {"name": name, "metro": name} for name in names})
        return known

    def room(self, wants):
        """What the quota still lets in; the hypervisors' own room is told to the cloud's operator alone."""
        region_of = {pair: pair[0].partition("/")[0] for pair in wants}
        regions = {region.name: region for region in self.regions() if region.name in region_of.values()}
        left = {name: region.left() for name, region in regions.items()}
        return {
            pair: regions[name].room(pair[1], left[name]) if name in regions else None
            for pair, name in region_of.items()
        }

    def _region(self, row):
        name = row.get("_region") or row["facility"].partition("/")[0]
        return next(one for one in self.regions() if one.name == name)

    def create(self, change):
        """Make a server; one that shall be off is stopped once it is there."""
        want = change.want
        region = self._region(want)
        made = region.create(self._body(region, want))
        if want.get("power") == "off":
            self._settled(region, made)
            region.act(made, "os-stop")

    def _body(self, region, want):
        keys = want.get("ssh_keys") or ()
        plan, image = self._id(region.flavors(), want["plan"]), self._id(region.images(), want["image"])
        noted = dict(shape.note(shape.PLAN, plan, want["plan"]), **shape.note(shape.IMAGE, image, want["image"]))
        body = {
            "name": want["name"],
            "flavorRef": plan,
            "imageRef": image,
            "metadata": dict(shape.stamp(want), **noted),
            "availability_zone": want["facility"].partition("/")[2] or None,
            "user_data": shape.user_data(want.get("_user_data"), keys[1:]),
            "config_drive": self.options.get("config_drive"),
        }
        if keys:
            body["key_name"] = shape.key_name(fingerprint(keys[0]))
            add_key(region, body["key_name"], keys[0])
        if want.get("networks"):
            known = region.networks() or {}
            body["networks"] = [{"uuid": known.get(word, word)} for word in want["networks"]]
        if want.get("security_groups"):
            body["security_groups"] = [{"name": word} for word in want["security_groups"]]
        return {name: value for name, value in body.items() if value is not None}

    @staticmethod
    def _id(things, name):
        """The id of the newest thing of this name."""
        found = [one for one in things if name == one["name"]]
        return max(found, key=lambda one: one.get("created_at") or one.get("created") or "")["id"]

    def update(self, change):
        """Change what can be changed in place; a resize that was interrupted is carried on."""
        row, after, ident = change.before, change.after, change.before["id"]
        region = self._region(row)
        plan = self._id(region.flavors(), after["plan"]) if "plan" in change.fields else None
        if {"tags", "owner", "plan"} & set(change.fields):
            said = {name: after[name] for name in ("tags", "owner") if name in change.fields}
            noted = shape.note(shape.PLAN, plan, after["plan"]) if plan else {}
            region.metadata(ident, dict(shape.metadata(said, row["_metadata"]), **noted))
        if "installed" in change.fields:
            self._confirm(region, ident)
        if plan:
            self._settled(region, ident)
            region.act(ident, "resize", {"flavorRef": plan})
            self._confirm(region, ident)
            if region.server(ident)["flavor"].get("id") != plan:
                raise Failure("Nova has taken the resize back; its reason is in the server's actions, for the operator")
        if "power" in change.fields:
            self._settled(region, ident)
            region.act(ident, "os-start" if after["power"] == "on" else "os-stop")

    def _confirm(self, region, ident):
        """Wait for a resize and confirm it, after which its old disk is gone."""
        seen = region.settled(ident, self.patience, ("VERIFY_RESIZE", "ACTIVE", "SHUTOFF"))
        if seen["status"] == "ERROR":
            raise Failure(
                "the resize failed: %s" % ((seen.get("fault") or {}).get("message") or "Nova does not say why")
            )
        if seen["status"] == "VERIFY_RESIZE":
            region.act(ident, "confirmResize")
            self._settled(region, ident, ("ACTIVE", "SHUTOFF"))

    def _settled(self, region, ident, until=None):
        """Wait until a server can be told the next thing."""
        seen = region.settled(ident, self.patience, until)
        if seen["status"] == "ERROR":
            raise Failure(
                "it is in status ERROR: %s" % ((seen.get("fault") or {}).get("message") or "Nova does not say why")
            )

    def replace(self, change):
        """Another image is a rebuild, which keeps id, addresses and keys; another facility takes a new server."""
        row, want = change.before, change.want
        region = self._region(row)
        if "facility" in change.fields:
            self.delete(change)
            self.create(_made_of(change))
            return
        image = self._id(region.images(), change.after["image"])
        body = {"imageRef": image, "metadata": shape.metadata(want, row["_metadata"])}
        body["metadata"].update(shape.note(shape.IMAGE, image, change.after["image"]))
        version = None
        if want.get("_user_data") is not None:
            body["user_data"] = shape.user_data(want["_user_data"], (want.get("ssh_keys") or ())[1:])
            body["metadata"][shape.DATA], version = want["user_data"], REBUILT
        self._settled(region, row["id"])
        region.act(row["id"], "rebuild", body, version)
        if "plan" in change.fields or want.get("power") not in (None, row["power"]):
            self._settled(region, row["id"])
            self.update(change)

    def delete(self, change):
        """Delete it; `tidy` waits until it is gone."""
        region = self._region(change.before)
        region.delete(change.before["id"])
        self.leaving.append((region, change.before["id"]))

    def tidy(self):
        """Wait until what was deleted is gone: one list call a poll and region."""
        end, pause = time.monotonic() + self.patience, 0.2
        while self.leaving:
            there = {}
            for region in {region for region, _ident in self.leaving}:
                there[region] = {one["id"] for one in region.servers() if one.get("status") not in shape.GONE}
            self.leaving = [pair for pair in self.leaving if pair[1] in there[pair[0]]]
            if self.leaving and time.monotonic() > end:
                raise Failure("%d servers are still being deleted after %d s" % (len(self.leaving), self.patience))
            if self.leaving:
                time.sleep(pause)
                pause = min(2.0, pause * 1.4)

    def reboot(self, change):
        """Shut down and start again; what is off is started."""
        self._act(change, *(("os-start",) if change.before["power"] == "off" else ("reboot", {"type": "SOFT"})))

    def power_cycle(self, change):
        """Take the power away and give it back."""
        self._act(change, "reboot", {"type": "HARD"})

    def power_on(self, change):
        """Start it; what is on stays so."""
        if change.before["power"] == "off":
            self._act(change, "os-start")

    def power_off(self, change):
        """Shut it down; what is off stays so."""
        if change.before["power"] == "on":
            self._act(change, "os-stop")

    def reinstall(self, change):
        """A new disk from the image that it has; addresses, keys and user data stay."""
        if not change.before.get("_image"):
            raise Refused("it boots from a volume, which Nova does not rebuild")
        self._act(change, "rebuild", {"imageRef": change.before["_image"]})

    def rescue(self, change):
        """Boot the cloud's rescue image; the key pair of the server opens it."""
        self._act(change, "rescue", {})

    def unrescue(self, change):
        """Boot its own system again."""
        self._act(change, "unrescue")

    def _act(self, change, action, body=None):
        region = self._region(change.before)
        self._settled(region, change.before["id"])
        region.act(change.before["id"], action, body)

    def phases(self, keys, signs=()):
        """{name: phase} of the servers `keys`: one list call a region."""
        rows = [row for row in self.read() if row["name"] in set(keys)]
        return {row["name"]: None if row["state"] in ("active", "failed", "rescue") else row["state"] for row in rows}

    def why(self, row, user_data=""):
        """What Nova says about a server in status ERROR."""
        return row.get("_fault") or "Nova does not say why"

    def console(self, row):
        """The last lines of a server's console."""
        told = self._region(row).act(row["id"], "os-getConsoleOutput", {"length": 300})
        return (told or {}).get("output") or ""


def _made_of(change):
    """A replacement as a creation."""
    kept = {name: change.after[name] for name in ("plan", "image", "tags", "owner") if change.after.get(name)}
    return type(change)("create", change.key, None, change.after, dict(kept, **change.want), ())
