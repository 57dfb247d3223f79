# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bare metal by OpenStack Ironic, alone or behind Keystone: a server is an instance on a machine."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from ...clients.keystone import keystone_options
from ...core.errors import Ambiguous, Conflict, Failure, Refused
from ...core.field import Field
from ..base import ServerDriver, Store
from ..ironic import rows as shape
from ..ironic.api import Ironic, in_environment
from ..ironic.machines import Machines
from ..seeds import keys_digest

OWN = (
    Field(
        "url",
        env=("RACKWRIGHT_IRONIC_URL", "IRONIC_URL"),
        help="The address of an Ironic without Keystone; C(username) and C(password) are then HTTP's.",
    ),
    Field(
        "images",
        type="dict",
        help=(
            "What images are called: each name with what Ironic takes in C(instance_info), such as C(image_source),",
            "C(image_checksum), C(kernel), C(ramdisk) or C(boot_iso). An address or path may be used as an image, too.",
        ),
    ),
    Field("user", default="root", env=("RACKWRIGHT_IRONIC_USER",), help="Who logs in by SSH."),
)
TAKEN = tuple(field.name for field in OWN)


class Plans(Store):
    """The resource classes of the machines that there are."""

    def read(self):
        """With how many machines of each are free."""
        free, all_of = {}, {}
        for node in self.driver.nodes():
            plan = node.get("resource_class")
            all_of[plan] = all_of.get(plan, 0) + 1
            free[plan] = free.get(plan, 0) + self.driver.is_free(node)
        return [
            {"name": plan, "title": "%d machines, %d free" % (all_of[plan], free[plan])}
            | {"capacity": "available" if free[plan] else "sold_out"}
            for plan in all_of
            if plan
        ]


class Facilities(Store):
    """The conductor groups."""

    def read(self):
        """Those that machines are in."""
        return [{"name": name} for name in sorted({_facility(node) for node in self.driver.nodes()})]


class Images(Store):
    """The images that the option `images` names."""

    UNLISTED = "give its address (http://, https://, file://), or name it in ironic.images"

    def read(self):
        """Without a call."""
        return [{"name": name, "title": info.get("image_source")} for name, info in self.driver.images.items()]


def _facility(node):
    return node.get("conductor_group") or "default"


def _moved(row, have):
    """Refusals of a server that is there and would need another machine."""
    text = "server %s: its machine is of %s %s; remove the server and make it anew for %s"
    return [
        text % (row["name"], field, have.get(field), row[field])
        for field in ("plan", "facility")
        if row.get(field) not in (None, have.get(field))
    ]


def _choosy(row):
    """Who can have one machine only comes first, then who wants one of a facility."""
    return (not row.get("machine"), not row.get("facility"))


class IronicDriver(ServerDriver):
    """Servers on Ironic's nodes; also the store of the resource SERVER."""

    NAME = "ironic"
    TITLE = "bare metal by OpenStack Ironic"
    LINK = "https://docs.openstack.org/ironic/latest/"
    REQUIRES = (("urllib3", "urllib3"),)
    OPTIONS = OWN + tuple(field for field in keystone_options("ironic") if field.name not in TAKEN)
    WORKERS = 4
    NEEDS = ("plan",)
    READY = SEES = ("api",)
    STORES = {"machine": Machines, "plan": Plans, "facility": Facilities, "image": Images}
    CAPS = {
        "machine": True,
        "action=rescue": True,
        "action=unrescue": True,
        "resource=ssh_key": "keys are given to each server; Ironic keeps none",
    }

    def __init__(self, options, transport=None):
        super().__init__(options, transport)
        self.api = Ironic(options, transport)
        self.images = options.get("images") or {}
        self.lock, self.seen, self.taken, self.meant = threading.Lock(), None, set(), {}
        self.patience = 1800

    @classmethod
    def missing(cls, options):
        """It needs an address, or a login, which the variables of OpenStack's own tools may name."""
        if any(options.get(name) for name in ("url", "auth_url", "cloud", "profile")) or in_environment():
            return []
        return [
            "provider ironic: neither ironic.url nor a login by Keystone is set; give one, or set the environment "
            "variable RACKWRIGHT_IRONIC_URL or OS_CLOUD"
        ]

    def realm(self):
        """This Ironic, by its address or that of its Keystone."""
        return "ironic:%s" % self.api.place()

    def nodes(self):
        """All nodes, as last read."""
        if self.seen is None:
            self.seen = self.api.nodes()
        return self.seen

    def read(self):
        """All servers, in one list."""
        self.seen = self.api.nodes()
        rows = [shape.server(node, self.realm()) for node in self.seen]
        return [dict(row, access=self._access(row)) for row in rows if row]

    def _access(self, row):
        addresses = row.get("addresses")
        host = addresses[0]["address"] if addresses else None
        return {"host": host, "port": 22, "user": self.options.get("user") or "root"}

    @staticmethod
    def is_free(node):
        """Whether a node can take a server now."""
        return node["provision_state"] == "available" and not node.get("instance_uuid") and not node.get("maintenance")

    def known(self, resource, names):
        """An image may also be an address or a path."""
        found = super().known(resource, names)
        if resource.name == "image":
            found.update({name: {"name": name} for name in names if "://" in name or name.startswith("/")})
        return found

    def vet(self, rows, current):
        """Also: enough free machines for all new servers together; keys compare by what was noted of them."""
        there = {row["name"]: row for row in current if "_debris" not in row}
        for row in rows:
            have = there.get(row["name"])
            if have and row.get("ssh_keys") and have.get("_keys") == keys_digest(row["ssh_keys"]):
                have["ssh_keys"] = row["ssh_keys"]
        super().vet(rows, current)
        going = {row["_node"] for row in current if "_debris" in row}
        problems = [text for row in rows if row["name"] in there for text in _moved(row, there[row["name"]])]
        left = {node["uuid"]: node for node in self.nodes() if self.is_free(node) or node["uuid"] in going}
        for row in sorted((one for one in rows if one["name"] not in there), key=_choosy):
            fits = [ident for ident, node in left.items() if self._fits(node, row)]
            if fits:
                self.meant[row["name"]] = fits[0]
                del left[fits[0]]
            else:
                problems.append(self._no_machine(row))
        if problems:
            raise Refused(problems)

    @staticmethod
    def _fits(node, row):
        if row.get("machine") and row["machine"] not in (node.get("name"), node["uuid"]):
            return False
        place = row.get("facility")
        return node.get("resource_class") == row["plan"] and place in (None, _facility(node))

    def _no_machine(self, row):
        same = [node for node in self.nodes() if self._fits(node, dict(row, machine=None))]
        free = sum(1 for node in same if self.is_free(node))
        which = "machine %s is not" % row["machine"] if row.get("machine") else "there is no machine left that is"
        where = " in facility %s" % row["facility"] if row.get("facility") else ""
        text = "server %s: %s free for plan %s%s: of %d such machines %d were free; machine_info tells of each"
        return text % (row["name"], which, row["plan"], where, len(same), free)

    def room(self, wants):
        """Free machines by facility and plan."""
        free = [node for node in self.nodes() if self.is_free(node)]
        return {
            (place, plan): sum(1 for node in free if _facility(node) == place and node.get("resource_class") == plan)
            for place, plan in wants
        }

    def create(self, change):
        """Claim a free machine, then install on it."""
        row = change.want
        node = self._claim(row)
        self._deploy(node, row)
        if row.get("power") == "off":
            self._rest([node], "active")
            self.api.power(node, "power off")

    def _claim(self, row):
        """Take a machine: the instance's id is on one node at a time. Returns the node's id. Raises Failure."""
        claim = shape.instance(self.realm(), row["name"])
        patch = {"/instance_uuid": claim, "/extra/" + shape.SERVER: shape.noted(row)}
        patch["/instance_info"] = dict(self._info(row), display_name=row["name"])
        while True:
            with self.lock:
                node = self._next(row)
                self.taken.add(node)
            if node is None:
                raise Failure("somebody else took the last machine that fits; run again when one is free")
            try:
                self.api.patch(node, patch)
                return node
            except Conflict as conflict:  # the node was taken meanwhile, or a killed run's last request came late
                if claim in str(conflict):
                    raise Ambiguous(str(conflict)) from None

    def _next(self, row):
        """The id of the machine that was meant for a row, else of one that nobody of this task is meant to have."""
        meant = self.meant.get(row["name"])
        if meant and meant not in self.taken:
            return meant
        others = self.taken | {one for name, one in self.meant.items() if name != row["name"]}
        fits = (node for node in self.nodes() if self.is_free(node) and node["uuid"] not in others)
        return next((one["uuid"] for one in fits if self._fits(one, row)), None)

    def _info(self, row):
        image = row.get("image")
        if image in self.images:
            return dict(self.images[image])
        return {"image_source": image} if image else {}

    def _deploy(self, node, row, target="active"):
        meta = {"uuid": shape.instance(self.realm(), row["name"]), "name": row["name"], "hostname": row["name"]}
        if row.get("ssh_keys"):
            meta["public_keys"] = {"key-%d" % number: key for number, key in enumerate(row["ssh_keys"])}
        drive = {"meta_data": meta}
        if row.get("_user_data"):
            drive["user_data"] = row["_user_data"]
        self.api.provision(node, target, configdrive=drive)

    def update(self, change):
        """Change in place; also carry on where an installation stopped."""
        have, row, fields = change.before, change.after, change.fields
        self._quiet(have)
        if {"tags", "owner"} & set(fields):
            note = shape.noted(dict(row, ssh_keys=None))
            self.api.patch(have["_node"], {"/extra/" + shape.SERVER: dict(note, **self._kept(have))})
        if "installed" in fields:
            again = dict(row, _user_data=change.want.get("_user_data"))
            self._deploy(have["_node"], again, self._verb(have))
        if "power" in fields:
            self._rest([have["_node"]], "active")
            self.api.power(have["_node"], "power on" if row["power"] == "on" else "power off")

    @staticmethod
    def _kept(have):
        return {"keys": have["_keys"]} if have.get("_keys") else {}

    def replace(self, change):
        """Another image goes onto the same machine."""
        have, row = change.before, dict(change.after, _user_data=change.want.get("_user_data"))
        self._quiet(have)
        patch = {"/instance_info": dict(self._info(row), display_name=row["name"])}
        note = dict(self._kept(have), since=have.get("_since"))  # until Ironic is at it: see rows.server
        patch["/extra/" + shape.SERVER] = dict(note, **shape.noted(row))
        self.api.patch(have["_node"], patch)
        self._deploy(have["_node"], row, self._verb(have))

    @staticmethod
    def _verb(have):
        return "active" if have["_phase"] in ("available", "deploy failed") else "rebuild"

    def _quiet(self, have):
        """Wait for what is under way on a server's machine: Ironic lets nothing be changed meanwhile."""
        if have["_moves"]:
            for found in self.api.until([have["_node"]], self._stands, self.patience).values():
                if isinstance(found, Failure):
                    raise found

    @staticmethod
    def _stands(node):
        return node is None or not node["target_provision_state"] or node["provision_state"].endswith("failed")

    def reinstall(self, change):
        """The same image again."""
        self.replace(change)

    def cut(self, changes):
        """What waits, waits for all at once."""
        return [changes]

    def delete_all(self, changes):
        """Tear all down and wait until their machines are free again."""
        nodes = {change.key: change.before["_node"] for change in changes}
        done = self._each(self._tear_down, changes)
        going = [nodes[key] for key, failure in done.items() if failure is None]
        found = self.api.until(going, self._is_free_again, self.patience)
        done.update((key, found[node]) for key, node in nodes.items() if isinstance(found.get(node), Failure))
        return done

    def _each(self, act, changes):
        def one(change):
            try:
                act(change)
            except Failure as failure:
                return failure
            return None

        with ThreadPoolExecutor(self.WORKERS) as pool:
            return {change.key: failure for change, failure in zip(changes, pool.map(one, changes))}

    def _tear_down(self, change):
        have = change.before
        if have["_phase"] == "available":  # claimed, and nothing more
            self.api.patch(have["_node"], {"/instance_uuid": None, "/extra/" + shape.SERVER: None})
        elif have["state"] != "deleting":
            self.api.provision(have["_node"], "deleted")

    @staticmethod
    def _is_free_again(node):
        """Whether a teardown has let go of the node. Raises Failure where it failed."""
        if node is None or (not node["instance_uuid"] and not node["target_provision_state"]):
            return True
        if node["provision_state"] in ("error", "clean failed") and not node["target_provision_state"]:
            raise Failure("its removal failed: %s" % (node["last_error"] or "Ironic does not say why"))
        return False

    def reboot(self, change):
        """Shut down and start again."""
        self.api.power(change.before["_node"], "soft rebooting" if change.before["power"] == "on" else "power on")

    def power_cycle(self, change):
        """Take the power away and give it back."""
        self.api.power(change.before["_node"], "rebooting")

    def power_on(self, change):
        """Give it power."""
        self.api.power(change.before["_node"], "power on")

    def power_off(self, change):
        """Take its power."""
        self.api.power(change.before["_node"], "power off")

    def rescue(self, change):
        """Boot the rescue system, with a password that nobody needs to know: keys open it."""
        import secrets

        self.api.provision(change.before["_node"], "rescue", rescue_password=secrets.token_urlsafe(24))

    def unrescue(self, change):
        """Boot its own system again."""
        self.api.provision(change.before["_node"], "unrescue")

    def _rest(self, nodes, state):
        """Wait until the nodes are in that state and nothing is under way. Raises Failure."""

        def done(node):
            if node is None or (node["provision_state"].endswith("failed") and not node["target_provision_state"]):
                raise Failure("it failed: %s" % ((node or {}).get("last_error") or "Ironic does not say why"))
            return node["provision_state"] == state and not node["target_provision_state"]

        for found in self.api.until(nodes, done, self.patience).values():
            if isinstance(found, Failure):
                raise found

    def phases(self, keys, signs=()):
        """Ironic's own words for how far each is, from one list."""
        rows = {row["name"]: row for row in self.read() if "_debris" not in row}
        settled = ("active", "failed", "off", "rescue")
        return {key: None if rows[key]["state"] in settled else rows[key]["_phase"] for key in keys if key in rows}

    def why(self, row, user_data=""):
        """Ironic's last error, which it tells a moment after the state."""
        if row.get("_error"):
            return row["_error"]
        node = self.api.until([row["_node"]], lambda node: node is None or node["last_error"], 3)[row["_node"]]
        told = node.get("last_error") if isinstance(node, dict) else None
        return told or "Ironic does not say why it is in the state %s" % row["_phase"]
