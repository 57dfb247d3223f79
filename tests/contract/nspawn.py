# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contract suite's machines of a real systemd-nspawn: the modules run on its host, and no API is between."""

from __future__ import annotations

import copy

import pytest
from contract.messages import Request
from contract.provider import OWNER, Provider
from integration.nspawn import SMALL, Nspawn

IMAGE = "small:1"
# Every file that makes a machine, with what tells that it was written again, and every start of one.
LOOK = """\
find /etc/systemd/nspawn /etc/systemd/system /var/lib/machines -maxdepth 5 -not -path '*/root/*' \
    -not -path '*/locks*' -printf '%p %i %T@ %l\\n' 2>/dev/null | sort
systemctl show --property Id,InvocationID,ActiveState 'systemd-nspawn@*'
"""
# One line a machine: its name, whether it runs, a variable of its first process, two settings of its unit.
TRUTH = """\
cd /var/lib/machines
for name in *; do
    [ -e "$name" ] || continue
    unit=systemd-nspawn@$name.service
    leader=$(machinectl show "$name" --property=Leader --value 2>/dev/null)
    word=$(tr '\\0' '\\n' <"/proc/${leader:-none}/environ" 2>/dev/null | sed -n 's/^WORD=//p')
    echo "$name" "$(systemctl is-active "$unit")" "${word:--}" \
        "$(systemctl show --property MemoryMax --value "$unit")" "$(systemctl show --property Restart --value "$unit")"
done
"""
FRESH = """\
systemctl stop 'systemd-nspawn@*'
cd /var/lib/machines && rm -rf -- * .rackwright/containers
rm -rf /etc/systemd/nspawn /etc/systemd/system/systemd-nspawn@* /etc/systemd/system/machines.target.wants
systemctl daemon-reload && systemctl reset-failed
"""
LITTER = """\
cd /var/lib/machines
for one in .rackwright/containers/*; do
    [ ! -e "$one" ] || [ "$(readlink "$(basename "${one%@*}")")" = "$one/root" ] || echo "$one"
done
ls -d /etc/systemd/nspawn/.[!.]* /etc/systemd/system/systemd-nspawn@*/.[!.]* .rackwright/locks/*.link 2>/dev/null
for one in /etc/systemd/nspawn/* /etc/systemd/system/systemd-nspawn@*; do
    name=$(basename "${one#*@}") && name=${name%.nspawn} && name=${name%.service.d}
    [ ! -e "$one" ] || [ -e "$name" ] || echo "$one"
done
"""


class Door:
    """A door to a host, in place of a Proxy: `writes` are the files that are not as they were at the last `clear`."""

    url, read_only = "", False

    def __init__(self, host):
        self.host = host
        self.clear()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        pass

    def clear(self):
        """Take what is there for granted."""
        self.before = self.host.shell(LOOK)

    @property
    def writes(self):
        """What has changed since."""
        return [Request("PUT", one, b"", b"") for one in sorted(set(self.host.shell(LOOK)) ^ set(self.before))]

    def fault(self, *_fault, **_which):
        """Nothing is between the module and its host."""
        pytest.skip("no API is between; tests/integration/test_containers_nspawn.py kills the runs")


class ContainersOnNspawn(Provider):
    """Machines of a small image on the real systemd-nspawn of a host of our own."""

    NAME, MODULE = "nspawn", "container"
    REMOTE = "the machines are on the host of the module"
    COMMON = {"image": IMAGE, "command": ["sleep", "3600"], "stop_signal": "SIGKILL", "network_mode": "none"}
    ROWS = (
        dict(COMMON, name="contract-one", env={"WORD": "one"}, memory="64M"),
        dict(COMMON, name="contract-two", env={"WORD": "two"}, memory="64M"),
    )
    CHANGED = (dict(ROWS[0], memory="96M", labels={"tier": "front"}), dict(ROWS[1], restart="on-failure:3"))
    REPLACED = (dict(ROWS[0], env={"WORD": "uno"}), ROWS[1])

    def start(self):
        """Start the host, and bring the image."""
        self.host = Nspawn().__enter__()
        image = {"name": IMAGE, "source": "import", "path": SMALL}
        self.host.module("container_image", {"provider": "nspawn", "images": [image]})

    def stop(self):
        """Take the host away."""
        self.host.__exit__()

    def door(self):
        """The host itself."""
        return Door(self.host)

    def run(self, module, args, **how):
        """On the host."""
        return self.host.module(module, args, **how)

    def answer(self, _status):
        """Programs of the host do not answer so."""
        return "programs of the host answer with no status of HTTP"

    def fresh(self):
        """No machines."""
        self.host.shell(FRESH)

    def args(self, _url, rows, **more):
        """A task of container."""
        task = {"provider": "nspawn", "owner": OWNER, "wait": False, "pull": "never"}
        return dict(task, containers=copy.deepcopy(list(rows)), **more)

    def removal(self, url, rows):
        """The same with state absent."""
        return self.MODULE, self.args(url, [{"name": row["name"]} for row in rows], state="absent")

    def many(self):
        """Nothing to page."""
        return "the list of a host's machines has no pages"

    def meddler(self):
        """Nobody."""
        return "no API is between; tests/integration/test_containers_nspawn.py has somebody else's machines"

    def strangers(self):
        """A machine that nobody of ours has made, and one of another owner."""
        self.host.shell("mkdir -p /var/lib/machines/contract-stranger/usr")
        other = dict(self.COMMON, name="contract-other")
        self.run("container", dict(self.args("", [other]), owner="other"))
        return {"contract-stranger", "contract-other"}

    def truth(self):
        """Machines by name: whether they run, a variable, memory, restart policy."""
        lines = [line.split() for line in self.host.shell(TRUTH)]
        return {name: tuple(facts) for name, *facts in lines}

    def facts(self, rows):
        """The same of declared rows."""
        policies = {None: "no", "on-failure:3": "on-failure"}
        return {
            row["name"]: (
                "active",
                row["env"]["WORD"],
                str(int(row["memory"][:-1]) << 20),
                policies[row.get("restart")],
            )
            for row in rows
        }

    def litter(self):
        """Folders that no name stands for, files that no machine has."""
        return self.host.shell(LITTER)
