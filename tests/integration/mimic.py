# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rackspace's own simulator of its cloud (mimic): identity version 2, and compute in several regions.

with Mimic() as cloud:
    cloud.url                   # of the identity service; every user and API key is taken
"""

from __future__ import annotations

import requests
from integration.process import Served


class Mimic(Served):
    """One simulator, in real time."""

    NAME, VENV = "Mimic", "mimic"

    @property
    def url(self):
        """Where its identity service is."""
        return self.address + "/identity/v2.0"

    def command(self):
        """Mimic as a plugin of Twisted."""
        options = ["--realtime", "--listen", "tcp:%d:interface=127.0.0.1" % self.port]
        return [self.program("twistd"), "-n", "--pidfile=", "mimic", *options]

    def catalogue(self, user, key):
        """What its identity service says to a user with an API key."""
        body = {"auth": {"RAX-KSKEY:apiKeyCredentials": {"username": user, "apiKey": key}}}
        answer = requests.post(self.url + "/tokens", json=body, timeout=30)
        answer.raise_for_status()
        return answer.json()["access"]
