# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""systemd-nspawn, 247 and later: containers as machines of the host that the task runs on."""

from __future__ import annotations

from dataclasses import replace

from ...core.errors import Refused
from ...core.field import Field
from ..base import Engine
from ..fields import EMPTY
from ..nspawn import refusals
from ..nspawn.host import Host
from ..nspawn.store import Machines
from ..resource import CONTAINER

USERS = Field(
    "user_namespace",
    type="bool",
    default=True,
    env=("RACKWRIGHT_NSPAWN_USER_NAMESPACE",),
    help=(
        "Whether a container has users of its own, so that its root is nobody on the host.",
        "With V(false) its users are the host's: it can write to folders of the host that are mounted in it, and its "
        "root keeps capabilities such as C(CAP_SYS_ADMIN), so that only what is trusted should run in it.",
    ),
)
OWNED = Field("user_namespace", type="bool", given=False, mutable="replace", help="Whether it has users of its own.")
IN_PLACE = ("labels", "limits_lifted")
NO_ADDRESS = "ports: the host's systemd-networkd gives the container its address, and does not run; start it"


class Nspawn(Engine):
    """Containers and images of systemd-nspawn on this machine."""

    NAME = "nspawn"
    TITLE = "systemd-nspawn"
    LINK = "https://www.freedesktop.org/software/systemd/man/latest/systemd-nspawn.html"
    REQUIRES = ()
    OPTIONS = (USERS,)
    CLIENT = Host
    CAPS = refusals.CAPS

    def __init__(self, options, transport=None):
        super().__init__(options, transport)
        self.owned = options.get("user_namespace") is not False

    def resource(self):
        """CONTAINER, of which labels and limits change in place."""
        fields = (replace(one, mutable="yes") if one.name in IN_PLACE else one for one in CONTAINER.fields)
        return replace(CONTAINER, fields=(*fields, OWNED))

    @classmethod
    def refuse(cls, resource, rows):
        """Raise Refused also for values that a machine cannot have. What is declared as empty is no wish."""
        meant = [{name: value for name, value in row.items() if value != EMPTY.get(name, "")} for row in rows]
        found = []
        try:
            super().refuse(resource, meant)
        except Refused as refusal:
            found += refusal.problems
        if resource is CONTAINER:
            found += ["container %s: %s" % (row["name"], text) for row in meant for text in refusals.problems(row)]
        if found:
            raise Refused(found)

    def containers(self, names=None, also=(), owner=None, strategy=None, progress=None, _watched=False):
        """The store of containers."""
        if strategy is not None:
            raise Refused("provider nspawn cannot do strategy: %s" % self.CAPS["strategy"])
        return Machines(self.client, names, also, owner)

    def images(self, names):
        """The store of the images of these names."""
        from ..nspawn.images import MachineImages

        return MachineImages(self.client, names)

    def own(self, kind):
        """Its own way to run commands."""
        if kind.THING != "command":
            return kind
        from ..nspawn.commands import MachineCommands

        return MachineCommands

    def complete(self, rows, current):
        """Whether the containers have users of their own is the task's to say; a limit can be lifted in place."""
        for row in rows:
            row.pop("limits_lifted", None)
            if row.get("image"):
                row["user_namespace"] = self.owned

    def vet(self, rows, current, store, gone, later=None):
        """Raise Refused for what cannot run on this host as it is now."""
        found = []
        if self.owned:
            version = self.client.version()
            found += [(row, text) for row in rows for text in refusals.owned(row, version)]
        published = [row for row in rows if row.get("ports") and row.get("network_mode") in (None, "bridge")]
        if published and self.client.systemctl("is-active", "systemd-networkd", check=False).strip() != "active":
            found += [(row, NO_ADDRESS) for row in published]
        if found:
            raise Refused(["container %s: %s" % (row["name"], text) for row, text in found])
        super().vet(rows, [row for row in current if "_foreign" not in row], store, gone, later)

    def inside(self):
        """The variables by which Ansible runs its modules in a container of this host."""
        return {"ansible_connection": "rackwright.platform.nspawn"}
