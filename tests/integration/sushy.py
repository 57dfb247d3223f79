# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""OpenStack's Redfish emulator (sushy-tools) with systems that exist only in it.

with Sushy(count=20) as bmc:
    bmc.url                     # the root of the Redfish service
    bmc.systems                 # {name: path}, such as {"fake1": "/redfish/v1/Systems/00000001-..."}
    bmc.system("fake1")         # what it says of one
    bmc.reset()                 # all off, as they were at the start

delay: seconds between a request and its effect; the emulator's own are 1 to 11.
"""

from __future__ import annotations

import time

import requests
from integration.process import Served

CONFIG = """\
SUSHY_EMULATOR_LISTEN_IP = "127.0.0.1"
SUSHY_EMULATOR_LISTEN_PORT = {port}
SUSHY_EMULATOR_FAKE_DRIVER = True
SUSHY_EMULATOR_STATE_DIR = "{folder}"
SUSHY_EMULATOR_AUTH_FILE = {auth!r}
SUSHY_EMULATOR_FAKE_SYSTEMS = [
    {{"uuid": "%08x-0000-4000-8000-000000000000" % i, "name": "fake%d" % i, "power_state": "Off",
     "external_notifier": False,
     "nics": [{{"address": "52:54:00:aa:%02x:%02x" % (i // 256, i % 256), "network": "provisioning"}}]}}
    for i in range(1, {count} + 1)]
"""
EMULATOR = """\
import random, sys
from sushy_tools.emulator import main
random.randint = lambda low, high: {delay}  # seconds until a request takes effect
sys.exit(main.main())
"""
HASH = """\
import bcrypt, sys
name, password = sys.argv[2:]
hashed = bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode()
open(sys.argv[1], "w").write("%s:%s\\n" % (name, hashed))
"""


class Sushy(Served):
    """One emulator. auth: (user, password) that it asks for, or None."""

    NAME = "Sushy"

    def __init__(self, count=4, delay=None, auth=None):
        super().__init__()
        self.count, self.delay, self.auth = count, delay, auth

    @property
    def url(self):
        """Its address."""
        return self.address

    @property
    def systems(self):
        """{name: path}."""
        return {
            "fake%d" % i: "/redfish/v1/Systems/%08x-0000-4000-8000-000000000000" % i for i in range(1, self.count + 1)
        }

    def prepare(self):
        """Write its configuration."""
        secret = self.folder / "htpasswd"
        if self.auth:
            self.run(self.program("python"), "-c", HASH, str(secret), *self.auth)
        text = CONFIG.format(
            port=self.port, folder=self.folder, count=self.count, auth=str(secret) if self.auth else None
        )
        (self.folder / "sushy.conf").write_text(text)
        if self.delay is not None:
            (self.folder / "emulator.py").write_text(EMULATOR.format(delay=self.delay))

    def command(self):
        """The emulator, or a script that runs it with a delay of its own."""
        config = ["--config", str(self.folder / "sushy.conf")]
        if self.delay is None:
            return [self.program("sushy-emulator"), *config]
        return [self.program("python"), str(self.folder / "emulator.py"), *config]

    def call(self, method, path, **kwargs):
        """One request, past any driver; returns the answer's JSON."""
        answer = requests.request(method, self.url + path, auth=self.auth, timeout=30, **kwargs)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def system(self, name):
        """What it says of a system."""
        return self.call("GET", self.systems[name])

    def reset(self, *names):
        """Turn the systems off, boot from disk, no medium, light off."""
        for name in names or self.systems:
            path = self.systems[name]
            seen = self.system(name)
            if seen["PowerState"] != "Off":
                self.call("POST", path + "/Actions/ComputerSystem.Reset", json={"ResetType": "ForceOff"})
            self.call("PATCH", path, json={"IndicatorLED": "Off"})
            boot = {"BootSourceOverrideTarget": "Hdd", "BootSourceOverrideEnabled": "Continuous"}
            self.call("PATCH", path, json={"Boot": boot})
        end = time.monotonic() + 60
        while any(self.system(name)["PowerState"] != "Off" for name in names or self.systems):
            assert time.monotonic() < end, "the systems do not go off"
            time.sleep(0.1)
