# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Packet API, later Equinix Metal's, version 1, at any address that still speaks it."""

from __future__ import annotations

from ...core.errors import Failure, NotFound, Refused, TimedOut
from ...core.progress import Progress
from ...core.wait import wait
from ..base import ServerDriver
from ..packet import accounts, bgp, catalogue
from ..packet import rows as shape
from ..packet.addresses import Addresses
from ..packet.api import Api
from ..packet.events import Events
from ..packet.keys import Keys
from ..packet.make import Maker, alike
from ..packet.networks import Networks
from ..packet.options import OPTIONS, SUNSET
from ..packet.vet import crowded, problems
from ..resource import visible

INSTALLED = 1800  # seconds that an installation may take of a server that shall be off afterwards
STOPPED = 300  # seconds that a server may take to shut down
LOCKED = "it is locked; declare `locked: false` first"
PLACED = ("facility", "plan")  # what takes another machine


class Packet(ServerDriver):
    """One project's servers; also the store of the resource SERVER."""

    NAME = "packet"
    TITLE = "Packet / Equinix Metal API"
    LINK = "https://deploy.equinix.com/developers/api/metal/"
    REQUIRES = (("urllib3", "urllib3"),)
    OPTIONS = OPTIONS
    SUNSET = SUNSET
    WORKERS = 8
    TWICE = True
    SEES = ("api", "user_state")
    FIXED = ("plan",)
    STORES = dict(
        accounts.STORES, ssh_key=Keys, ip_address=Addresses, server_network=Networks, **bgp.STORES, **catalogue.STORES
    )
    USER_DATA_LIMIT = 65536  # the API's documents name no number
    CAPS = {
        "locked": True,
        "spot": True,
        "reservation": True,
        "ends_at": True,
        "ipxe": True,
        "parts": True,
        "action=rescue": True,
        "action=unrescue": True,
        "ready=user_state": True,
        "networks": "servers are attached to networks by server_network",
        "machine": "machines are chosen by plan, or by reservation",
        "boot": "it boots from disk, or with ipxe from the network",
        "subnet": "its networks hand out no addresses",
    }

    def __init__(self, options, transport=None):
        super().__init__(options, transport)
        self.api = transport or Api(options, self.WORKERS)
        self.catalogue = catalogue.Catalogue(self.api)
        self.events = Events(self.api)
        self.maker = Maker(self.api, self.catalogue, self.rows)

    def realm(self):
        """What tells this project's servers from those of another."""
        return "packet:%s" % self.api.project.rsplit("/", 1)[1]

    def rows(self, more=""):
        """All servers as they are now. more: what else to embed."""
        embed = shape.EMBED + ("," + more if more else "")
        found = self.api.pages(self.api.project + "/devices", "devices", include=embed)
        rows = [shape.row_of(device) for device in found if device.get("state") not in shape.GOING]
        return shape.mark_debris([self.events.told(row) for row in rows])

    def read(self):
        """All servers of the project."""
        self.maker.forget()
        return self.rows()

    def find(self, name):
        """The row of the server of that name. Raises Refused."""
        found = [row for row in visible(self.rows()) if row["name"] == name]
        if len(found) != 1:
            reason = "it is not there; make it first" if not found else "the project has %d of this name" % len(found)
            raise Refused("server %s: %s, or name another" % (name, reason))
        return found[0]

    def vet(self, rows, current):
        """Raise Refused for declared rows that this project cannot make."""
        found = problems(rows, current, self.catalogue)
        try:
            super().vet(rows, current)
        except Refused as refusal:
            found = refusal.problems + found
        found = found or crowded(rows, current, self.catalogue)
        if found:
            raise Refused(found)

    def sites(self):
        """All facilities."""
        return self.catalogue.places()

    def room(self, wants):
        """How many more servers fit."""
        return self.catalogue.room(wants)

    def cut(self, changes):
        """Like servers are made together."""
        return alike(changes)

    def create_all(self, changes):
        """Make servers that are alike; one that shall be off is installed first."""
        found = self.maker.make(changes)
        made = [c for c in changes if isinstance(found.get(c.key), dict) and c.want.get("power") == "off"]
        if made:
            found.update(self._rest({found[change.key]["id"]: change.key for change in made}))
        return found

    def update(self, change):
        """Change what can be changed in place."""
        self._put(change)
        row = change.before
        if "power" in change.fields:
            if row["state"] == "provisioning":
                self._put_to_rest(row["id"], change.key)
            else:
                self._act(row, "power_on" if change.after["power"] == "on" else "power_off")

    def replace(self, change):
        """Install anew; another plan or facility takes another machine, which is there before the old one goes."""
        row = change.before
        if row["locked"] and change.want.get("locked") is not False:
            raise Failure(LOCKED)
        if not set(change.fields) & set(PLACED):
            self._put(change, userdata=change.want.get("_user_data"))
            self._act(row, "reinstall", operating_system=change.after["image"])
            new = row["id"]
        else:
            text = change.want.get("_user_data")
            new = self.maker.one(change.after, row["_text"] if text is None else text, replaces=row["id"])["id"]
            if row["locked"]:
                self.api.send("PUT", "/devices/" + row["id"], {"locked": False})
            self._end(row)
        if change.want.get("power") == "off":
            self._put_to_rest(new, change.key)

    def delete(self, change):
        """Remove a server, or what is left of an interrupted run."""
        if change.before["locked"]:
            raise Failure(LOCKED)
        self._end(change.before)

    def reboot(self, change):
        """Shut down and start again; what is off is started."""
        self._act(change.before, "reboot" if change.before["power"] == "on" else "power_on")

    def power_cycle(self, change):
        """Take the power away and give it back."""
        row = change.before
        if row["power"] == "on":
            self._act(row, "power_off")
            self._until({row["id"]: row["name"]}, "inactive", STOPPED)
        self._act(row, "power_on")

    def power_on(self, change):
        """Give it power; what is on stays so."""
        if change.before["power"] == "off":
            self._act(change.before, "power_on")

    def power_off(self, change):
        """Shut down; what is off stays so."""
        if change.before["power"] == "on":
            self._act(change.before, "power_off")

    def reinstall(self, change):
        """A new disk with the same image; id, addresses, tags and user data stay."""
        if change.before["locked"]:
            raise Failure(LOCKED)
        self._act(change.before, "reinstall")

    def rescue(self, change):
        """Boot the rescue system."""
        self._act(change.before, "rescue")

    def unrescue(self, change):
        """Boot the server's own system again; the API has a reboot for that."""
        self._act(change.before, "reboot")

    def phases(self, keys, signs=()):
        """{name: phase} of the servers `keys` that are there, None for those that are ready or have failed."""
        wanted = set(keys)
        rows = [row for row in visible(self.rows(more="provisioning_events")) if row["name"] in wanted]
        phases = {row["name"]: shape.phase(row) for row in rows}
        if "user_state" in signs:
            alive = [row for row in rows if row["state"] == "active"]
            self.events.look(alive)
            phases.update((row["name"], self.events.missing(row)) for row in alive)
        return phases

    def why(self, row, user_data=""):
        """The last thing that went wrong in its timeline."""
        return self.events.why(row, user_data)

    def console(self, row):
        """The API shows none; it lets SSH in."""
        door = "%s@%s" % (row["id"], row["_sos"]) if row.get("_sos") else "its SOS address"
        raise Refused("provider packet cannot show a console; open it yourself: ssh %s" % door)

    def _put(self, change, **body):
        """Change tags, owner, lock and iPXE, as far as they differ."""
        fields, row = set(change.fields), change.before
        body = {name: value for name, value in body.items() if value is not None}
        if fields & {"tags", "owner"}:
            body["tags"] = shape.retagged(row["_tags"], change)
        if "locked" in fields:
            body["locked"] = change.after["locked"]
        if "ipxe" in fields:
            body.update(shape.boots(change.after["ipxe"]))
        if body:
            self.api.send("PUT", "/devices/" + row["id"], body)

    def _act(self, row, kind, **more):
        self.events.forget(row)
        self.api.send("POST", "/devices/%s/actions" % row["id"], dict(more, type=kind))

    def _end(self, row):
        force = "?force_delete=true" if row["state"] == "provisioning" else ""
        try:
            self.api.send("DELETE", "/devices/%s%s" % (row["id"], force))
        except NotFound:
            return

    def _put_to_rest(self, one, name):
        """Turn off one server that is being installed, once that is done."""
        rested = self._rest({one: name})[name]
        if isinstance(rested, Failure):
            raise rested

    def _rest(self, names):
        """Turn off servers that are being installed, once that is done. names: {id: name}; {name: row or Failure}."""
        try:
            rows = self._until(names, "active", INSTALLED)
        except TimedOut as late:
            return {
                name: Failure("it was made, but not yet turned off: %s; run again" % late) for name in names.values()
            }
        found = {}
        for row in rows:
            try:
                self._act(row, "power_off")
                found[row["name"]] = dict(row, state="off", power="off")
            except Failure as failure:
                found[row["name"]] = failure
        return found

    def _until(self, names, state, seconds):
        """Wait until servers are in that state, or have failed; returns their rows. Raises TimedOut."""
        rows = {}

        def look(_left):
            rows.update((row["id"], row) for row in self.rows() if row["id"] in names)
            return {one: None if row["_state"] in (state, "failed") else row["_state"] for one, row in rows.items()}

        wait(look, list(names), seconds, Progress("server", path=""), what=state, label=lambda one: names[one])
        return list(rows.values())
