# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the servers' modules ask of a provider beyond the engine's `read` and verbs."""

from __future__ import annotations

from ..core.driver import Driver
from ..core.errors import Refused
from . import catalogue, user_data
from .resource import RARE, SERVER, lacking

STORES = (
    "ssh_key",
    "ip_address",
    "server_network",
    "bgp_config",
    "bgp_session",
    "project",
    "organization",
    "machine",
    "facility",
    "plan",
    "image",
)
RARELY = {  # what a driver must say that it can, with the reason of those that do not
    **{field.name: "it has no such thing" for field in RARE},
    "parts": "its addresses are assigned as they are reserved",
    "action=rescue": "it has no rescue system",
    "action=unrescue": "it has no rescue system",
    "ready=user_state": "it does not hear from its servers",
}


class ServerDriver(Driver):
    """A provider of servers; it is the store of the resource SERVER as well.

    Rows that `read` yields hold `installed: True` unless an installation waits to be finished. Verbs: create, update,
    replace, delete, and the actions of options.ACTIONS. NEEDS: the fields without which no server can be made. READY:
    the signs that are waited for by default. SEES: those of them that the provider itself tells; see ready.py. FIXED:
    fields that others change in place and this provider cannot. STORES: resource name -> Store class, for what there
    is beside servers; CAPS may say why one is missing, as `resource=name`, and that there is no `action=delete` or
    `action=replace`. USER_DATA_LIMIT: the most bytes of user data, None where there is no limit.
    TWICE: see core/apply.py.
    """

    NEEDS = ("facility", "plan", "image")
    READY = ("api", "ssh")
    SEES = ()
    FIXED = ()
    TWICE = False
    USER_DATA_LIMIT = None
    STORES = {}

    @classmethod
    def abilities(cls):
        """CAPS, with a refusal for what only some providers have and this one does not claim."""
        found = dict(RARELY)
        found.update({"resource=%s" % name: name in cls.STORES or "it has no such thing" for name in STORES})
        found.update({"ready=%s" % sign: True for sign in cls.SEES})
        found.update(cls.CAPS)
        return found

    @classmethod
    def resource(cls):
        """SERVER as it is here: with what cannot be changed in place."""
        return SERVER.taking(cls.FIXED)

    def store(self, resource, params):
        """The Store of another resource than SERVER, within the scope that the options `params` name."""
        kind = self.STORES.get(resource.name)
        if kind is None:
            reason = self.abilities().get("resource=%s" % resource.name)
            raise Refused("provider %s cannot do %s: %s" % (self.NAME, resource.plural, reason))
        return kind(self, params)

    def refuse_action(self, action):
        """Raise Refused for an action that this provider does not have."""
        reason = self.abilities().get("action=%s" % action, True)
        if reason is not True:
            raise Refused("provider %s cannot do the action %s: %s" % (self.NAME, action, reason))

    def realm(self):
        """What tells this account's servers from those of another account, for the marks in known_hosts files."""
        return self.NAME

    def vet(self, rows, current):
        """Raise Refused for declared rows that this account cannot make. current: the rows that are there."""
        problems = lacking(rows, current, self.NEEDS) or catalogue.problems(self, rows, current)
        problems = user_data.problems(rows, self.NAME, self.USER_DATA_LIMIT) + problems
        if problems:
            raise Refused(problems)

    def sites(self):
        """All facilities, as rows of FACILITY."""
        return self.store(catalogue.FACILITY, {}).read()

    def room(self, wants):
        """How many more servers fit: {(facility, plan): number}; None where nobody knows.

        wants: {(facility or metro, plan): number}. The count may end at that number, where going on costs calls.
        """
        return dict.fromkeys(wants)

    def known(self, resource, names):
        """The catalogue's rows of these names: {name: row}; None when this provider keeps no such catalogue."""
        if resource.name not in self.STORES:
            return None
        found = list(self.store(resource, {}).read())
        known = {row["name"]: row for row in found}
        if resource is catalogue.FACILITY:  # each understood as its metro, too
            known = dict({row["metro"]: row for row in found if row.get("metro")}, **known)
        return {name: row for name, row in known.items() if name in names}

    def tidy(self):
        """Remove what no server needs any more: plumbing that is no server itself."""

    def phases(self, keys, signs=()):
        """{name: phase} of those of `keys` that are there; None for what is ready or has failed. One list call.

        signs: those of SEES that are waited for, beside `api`.
        """
        raise NotImplementedError

    def why(self, row, user_data=""):
        """Why a server is in the state `failed`; secrets masked, those in the user data too."""
        return "the provider does not say why"

    def console(self, row):
        """The last lines of a server's console as text."""
        raise Refused("provider %s cannot show a console" % self.NAME)


class Store:
    """Where one resource of a provider lives, for the engine: `read` and its verbs; see core/apply.py.

    WORKERS: calls at once. STAMPS: whether rows have a place for the owner's stamp. NEEDS: the fields without which no
    row can be made. params: the module's options, for those that name a scope. TWICE: see core/apply.py.
    UNLISTED: of a catalogue that does not list all there is, how to name it.
    """

    WORKERS = 4
    UNLISTED = ""
    TWICE = False
    STAMPS = True
    NEEDS = ()

    def __init__(self, driver, params):
        self.driver, self.params = driver, params

    def read(self):
        """All rows of the scope, from every page."""
        raise NotImplementedError

    def vet(self, rows, current):
        """Problems of declared rows that cannot be made so, as a list; see also NEEDS."""
        return []
