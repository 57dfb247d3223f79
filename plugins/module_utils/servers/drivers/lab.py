# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A laboratory on a Docker engine: each server is a container that boots systemd and cloud-init."""

from __future__ import annotations

import json
import platform
import time

from ...clients.docker import DockerClient, docker_options
from ...core.errors import Ambiguous, Conflict, Failure, NotFound, Refused
from .. import user_data
from ..base import ServerDriver
from ..lab import rows as shape
from ..lab.boot import Boot, plain
from ..lab.catalogue import STORES
from ..lab.install import SEED, config, host_key, limits, rights, seed, user_data_of
from ..lab.networks import Networks
from ..lab.options import FACILITIES, OWN, PLANS, check
from ..resource import lacking, visible

NO_USER_DATA = b"#cloud-config\n{}\n"
STOP = 30  # seconds that a server has to shut down
INSTALLED = 300  # seconds that the first boot of a server may take that shall be off afterwards
GONE = 60  # seconds that the engine may take to finish a removal
TRIES = 6  # places to try when addresses or ports are taken meanwhile
LINES = 300  # of the console
RLIMIT = "setting rlimit"  # in what an engine says that may not


class Lab(ServerDriver):
    """Servers as containers of one Docker engine; also the store of the resource SERVER."""

    NAME = "lab"
    TITLE = "servers on a Docker engine"
    LINK = "https://docs.docker.com/engine/api/"
    REQUIRES = (("docker", "docker"),)
    OPTIONS = OWN + docker_options("lab")
    WORKERS = 4
    READY = SEES = ("api", "ssh", "cloud_init")  # its health check tells all of them
    STORES = STORES

    def __init__(self, options, transport=None):
        super().__init__(options, transport)
        self.lab = options.get("name") or "lab"
        self.facilities = dict(options.get("facilities") or FACILITIES)
        self.plans = dict(PLANS)
        self.plans.update(options.get("plans") or {})
        self.repository = options.get("images") or "rackwright/lab"
        check(self.lab, self.facilities, self.plans, options.get("backbone"))
        self.client = DockerClient(options, "provider lab", transport)
        self.networks = Networks(self.client, self.lab, self.facilities, options.get("backbone"))
        self.boot = Boot(self.client)
        self.items, self.touched = [], False
        self.raises = True  # limits of a server, until the engine says that it may not

    def realm(self):
        """What tells this lab's servers from those of another lab."""
        return "lab:%s" % self.lab

    def read(self):
        """All servers of the lab, in one call."""
        self.items = self.client.call("containers", all=True, filters=shape.name_filter(self.lab))
        return shape.read(self.items, self.lab)

    def vet(self, rows, current):
        """Raise Refused for what this lab does not have. rows: declared. current: as read.

        Images past their end of life are taken without a word: a lab is where old systems are tried.
        """
        problems = user_data.problems(rows, self.NAME) + lacking(rows, current, ("facility", "plan", "image"))
        have = {row["name"]: row.get("image") for row in current if "_debris" not in row}
        known = {"facility": self.facilities, "plan": self.plans}
        if any(row.get("image") not in (None, have.get(row["name"])) for row in rows):
            known["image"] = self.images()
        advice = "; `make images` in a checkout makes the usual ones, docs/servers/lab.md says how to make others"
        for row in rows:
            for field, names in known.items():
                if row.get(field) is not None and row[field] not in names:
                    problems.append(
                        "server %s: the lab %s has no %s %s, it has %s%s"
                        % (
                            row["name"],
                            self.lab,
                            field,
                            row[field],
                            ", ".join(sorted(names)) or "none",
                            advice if field == "image" else "",
                        )
                    )
        if problems:
            raise Refused(problems)

    def images(self):
        """The names of the images that servers can have."""
        found = self.client.call("images", name=self.repository)
        tags = [tag for image in found for tag in image.get("RepoTags") or []]
        return sorted(tag.rsplit(":", 1)[1] for tag in tags if tag.rsplit(":", 1)[0] == self.repository)

    def create(self, change):
        """Make a server and start it; one that shall be off is installed first."""
        self.touched = True
        row = change.want
        text = row.get("_user_data")
        made = self._install(row, shape.container_name(self.lab, row["name"]), text and text.encode("utf-8"))
        if row.get("power") == "off":
            self._settle_and_stop(made)

    def update(self, change):
        """Change what can be changed in place; also finish an interrupted installation."""
        row, after = change.before, change.after
        if "installed" in change.fields:
            self._finish(row)
        if "plan" in change.fields:
            self._resize(row, self.plans[after["plan"]])
        if any(field in shape.NOTED for field in change.fields):
            self._note(row, {field: after[field] for field in shape.NOTED if after.get(field) is not None})
        if "power" in change.fields:
            if after["power"] == "on":
                self.client.call("start", row["_id"], write=True)
            else:
                self._stop(row["_id"])

    def replace(self, change):
        """Reinstall with another image, or in another facility: a new disk and host key, the name and tags stay.

        The new container is complete before the old one goes; from then on a rerun carries on where this one stopped.
        """
        row = change.before
        if not row["installed"]:
            self._finish(row)
            if change.verb == "reinstall":
                return
        text = change.want.get("_user_data")
        data = text.encode("utf-8") if text is not None else self._user_data(row)
        name = shape.container_name(self.lab, row["name"])
        made = self._install(change.after, name + shape.NEW, data, row)
        self._retire(row)
        self._finish(dict(row, _id=made, _name=name + shape.NEW))
        if change.verb == "replace" and change.want.get("power") == "off":
            self._settle_and_stop(made)

    reinstall = replace  # the action: nothing differs, everything is new

    def delete(self, change):
        """Remove a server, or what is left of one, with its disk."""
        self._retire(change.before)

    def reboot(self, change):
        """Shut down and start again; what is off is started."""
        self._restart(change.before, STOP)

    def power_cycle(self, change):
        """Take the power away and give it back."""
        self._restart(change.before, 0)

    def power_on(self, change):
        """Give it power; what is on stays so."""
        self._restart(change.before, 0) if not change.before["installed"] else self.client.call(
            "start", change.before["_id"], write=True
        )

    def power_off(self, change):
        """Shut down; what is off stays so."""
        self._stop(change.before["_id"])

    def tidy(self):
        """Remove the networks that have no server any more, and old notes; also those of interrupted runs."""
        if self.touched:
            self.read()
        for note in shape.stale_notes(self.items, self.lab):
            self._remove(note)
        used = shape.used_facilities(self.items, self.lab)
        self.networks.remove([net for site, net in self.networks.ours() if site not in used])

    def phases(self, keys, signs=()):
        """{name: phase} of the servers `keys` that are there, None for those that are ready or have failed."""
        rows = [row for row in visible(self.read()) if row["name"] in set(keys)]
        words = {row["name"]: None if row["state"] in ("active", "failed") else row["state"] for row in rows}
        words.update(self.boot.phases([row for row in rows if row["state"] == "booting"]))
        return words

    def why(self, row, user_data=""):
        """Why a server is in state `failed`."""
        return self.boot.why(row, user_data)

    def console(self, row):
        """The last lines of a server's console."""
        return plain(self.client.call("logs", row["_id"], stdout=True, stderr=True, tail=LINES))

    def _published(self):
        """The host on whose ports SSH is published; None where the servers' own addresses are reached."""
        access = self.options.get("access") or "auto"
        if access == "auto" and self.client.is_local() and platform.system() == "Linux":
            info = self.client.info()
            desktop = "Docker Desktop" in info.get("OperatingSystem", "")
            access = "port" if desktop or "name=rootless" in (info.get("SecurityOptions") or []) else "address"
        return None if access == "address" else self.client.host()

    def _install(self, row, name, user_data, old=None):
        """Make a container for `row` and start it, or leave it to be started when it replaces `old`; returns its id."""
        private, public = host_key(row["name"])
        row = dict(row, host_key=public)
        archive = seed(row, private, user_data or NO_USER_DATA)
        keep, replaces = (old or {}).get("addresses") or (), (old or {}).get("_id")
        what = (self.lab, "%s:%s" % (self.repository, row["image"]), self.plans[row["plan"]])
        for turn in range(TRIES):
            place = self.networks.place(row["facility"], self.items, keep, self._published())
            may = rights(self.client.unified(), self._raises(replaces))
            made = self._make(name, config(row, *what, place, may, replaces))
            try:
                self._furnish(made, archive, place)
                if old is None:
                    self.client.call("start", made, write=True)
                return made
            except Ambiguous:
                raise
            except Failure as failure:
                self._remove(made)
                held = RLIMIT in str(failure)
                if turn == TRIES - 1 or not (held or _elsewhere(failure)):
                    raise
                self.raises = self.raises and not held
                self.networks.forget()
        raise AssertionError("unreachable")

    def _raises(self, old):
        """Whether the engine may lift limits; an `old` server was started as far as it may."""
        if old is None or not self.client.unified():
            return self.raises
        return bool(self.client.call("inspect_container", old)["HostConfig"].get("Ulimits"))

    def _furnish(self, made, archive, place):
        self.client.call("put_archive", made, "/", archive, write=True)
        network, address = place.backbone
        self.client.call("connect_container_to_network", made, network, ipv4_address=address, write=True)

    def _make(self, name, wanted):
        """Create a container, whose name is the lock on the server; returns its id."""
        try:
            return self.client.call("create_container_from_config", wanted, name, write=True)["Id"]
        except Conflict:
            holder = next((row for row in self.read() if row["_name"] == name), None)
        if holder and "_foreign" in holder:
            raise Refused("%s; choose another name, or remove it yourself" % holder["_foreign"])
        if holder and "_debris" not in holder:
            raise Ambiguous("somebody else made it at the same time")
        if holder:
            self._remove(holder["_id"])
        return self.client.call("create_container_from_config", wanted, name, write=True)["Id"]

    def _finish(self, row):
        """Give a reinstalled server its name and start it."""
        self.touched = True
        name = shape.container_name(self.lab, row["name"])
        if row["_name"] != name:
            self.client.call("rename", row["_id"], name, write=True)
        self.client.call("start", row["_id"], write=True)

    def _resize(self, row, plan):
        words = limits(plan)
        self.client.call(
            "update_container",
            row["_id"],
            cpu_period=words["CpuPeriod"],
            cpu_quota=words["CpuQuota"],
            mem_limit=words["Memory"],
            memswap_limit=words["MemorySwap"],
            write=True,
        )

    def _note(self, row, facts):
        """Write down what has changed about a server; see lab/rows.py."""
        self.touched = True
        number = shape.next_note(self.items, row["_id"])
        name = "%s.note.%d" % (shape.container_name(self.lab, row["name"]), number)
        labels = {shape.LAB: self.lab, shape.NOTE: row["_id"], shape.SPEC: json.dumps(facts, sort_keys=True)}
        wanted = {"Image": row["_image"], "Cmd": ["note"], "Labels": labels, "HostConfig": {"NetworkMode": "none"}}
        try:
            self.client.call("create_container_from_config", wanted, name, write=True)
        except Conflict:
            raise Ambiguous("somebody else changed it at the same time") from None

    def _user_data(self, row):
        """The user data that a server was installed with."""
        path = "/%s/user-data" % SEED
        return user_data_of(self.client.call(lambda: b"".join(self.client.api.get_archive(row["_id"], path)[0])))

    def _restart(self, row, patience):
        if row["installed"]:
            self.client.call("restart", row["_id"], timeout=patience, write=True)
        else:
            self._finish(row)

    def _stop(self, container):
        self.client.call("stop", container, timeout=STOP, write=True)

    def _settle_and_stop(self, container):
        """Let the installation of a server that shall be off come to its end, then stop it."""
        self._until(lambda: self._health(container) != "starting", INSTALLED)
        self._stop(container)

    def _health(self, container):
        return self.client.call("inspect_container", container)["State"]["Health"]["Status"]

    def _retire(self, row):
        """Remove a server. Its name goes first, so that nobody takes it for one while the engine is still at it."""
        if "_debris" not in row:
            name = "%s%s%s" % (shape.container_name(self.lab, row["name"]), shape.GONE, row["_id"][:12])
            try:
                self.client.call("rename", row["_id"], name, write=True)
            except NotFound:
                return
        self._remove(row["_id"])

    def _remove(self, container):
        self.touched = True
        try:
            self.client.call("remove_container", container, force=True, v=True, write=True)
        except NotFound:
            return
        except Conflict as failure:  # the engine is at it already
            if "in progress" not in str(failure):
                raise
            self._until(lambda: self._is_gone(container), GONE)

    def _is_gone(self, container):
        try:
            self.client.call("inspect_container", container)
        except NotFound:
            return True
        return False

    @staticmethod
    def _until(done, seconds):
        """Wait until `done()` is true. Raises Failure after as many seconds."""
        end = time.monotonic() + seconds
        while not done():
            if time.monotonic() > end:
                raise Failure("it took longer than %d s; look at it with server_info, then run again" % seconds)
            time.sleep(0.3)


def _elsewhere(failure):
    """Whether a failure to start goes away at other addresses or ports, or once its network is made again."""
    words = str(failure)
    if isinstance(failure, NotFound):
        return "network" in words
    return any(part in words for part in ("already in use", "already allocated", "address already"))
