# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What servers and the API say of themselves: timelines, and the state that a server reports (`user_state`)."""

from __future__ import annotations

from ...core.errors import Failure, NotFound
from ..resource import masked
from .api import ident

PAGE = 1000
BEGINS = ("instance.reinstall", "provisioning.queued")  # what was said before belongs to an earlier installation
STATE = "user_state"


class Events:
    """api: an Api. Remembers what servers have reported: {id: (state, message)}."""

    def __init__(self, api):
        self.api, self.said = api, {}

    def look(self, rows):
        """Find out what the servers have reported since they were installed; one call for all."""
        left = {row["id"] for row in rows if self.said.get(row["id"], ("running",))[0] == "running"}
        number, last = 1, 1
        while left and number <= last:
            found = self.api.get(self.api.project + "/events", per_page=PAGE, page=number, include="relationships")
            for event in found.get("events") or ():  # the latest first
                kind = event.get("type") or ""
                for one in left & {ident(thing) for thing in event.get("relationships") or ()}:
                    if kind.startswith(STATE):
                        self.said[one] = (event.get("state"), event.get("body") or "")
                    if kind.startswith((STATE, *BEGINS)):
                        left.discard(one)
            last = (found.get("meta") or {}).get("last_page") or 1
            number += 1

    def forget(self, row):
        """What a server said before it is acted upon does not count any more."""
        self.said.pop(row["id"], None)

    def missing(self, row):
        """The phase of a server that has not reported success; None for one that has, or has reported failure."""
        state, message = self.said.get(row["id"], ("", ""))
        return None if state in ("succeeded", "failed") else "%s%s" % (STATE, ": " + message[:60] if message else "")

    def told(self, row):
        """The row; it has failed if the server says so."""
        return dict(row, state="failed") if self.said.get(row["id"], ("",))[0] == "failed" else row

    def why(self, row, user_data):
        """Why it has failed, from its timeline; secrets masked."""
        try:
            found = self.api.get("/devices/%s/events" % row["id"], per_page=100).get("events") or []
        except (Failure, NotFound):
            found = []
        bad = [event for event in found if event.get("state") == "failed"]
        if not bad:
            return "its timeline does not say why; reinstall it, or ask whoever runs the API"
        last = max(bad, key=lambda event: event.get("created_at") or "")
        who = "it has reported failure" if (last.get("type") or "").startswith(STATE) else "its installation failed"
        text = "%s: %s" % (who, last.get("interpolated") or last.get("body") or last.get("type"))
        return masked(text, user_data or row.get("_text") or "") + ". Reinstall it, or `recreate: always`"
