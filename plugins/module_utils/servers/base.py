# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the servers' modules ask of a provider beyond the engine's `read` and verbs."""

from __future__ import annotations

from ..core.driver import Driver
from ..core.errors import Refused
from .resource import lacking


class ServerDriver(Driver):
    """A provider of servers; it is the store of the resource SERVER as well.

    Verbs: create, update, replace, delete, and the actions reboot, power_cycle, reinstall. NEEDS: the fields without
    which no server can be made.
    """

    NEEDS = ("facility", "plan", "image")

    def realm(self):
        """What tells this account's servers from those of another account, for the marks in known_hosts files."""
        return self.NAME

    def vet(self, rows, current):
        """Raise Refused for declared rows that this account cannot make. current: the rows that are there."""
        problems = lacking(rows, current, self.NEEDS)
        if problems:
            raise Refused(problems)

    def tidy(self):
        """Remove what no server needs any more: plumbing that is no server itself."""

    def phases(self, keys):
        """{name: phase} of those of `keys` that are there; None for what is ready or has failed. One list call."""
        raise NotImplementedError

    def why(self, row, user_data=""):
        """Why a server is in the state `failed`; secrets masked, those in the user data too."""
        return "the provider does not say why"

    def console(self, row):
        """The last lines of a server's console as text."""
        raise NotImplementedError
