# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contract suite's containers on a replay of rkt: its calls, and those of systemctl, pass a door of their own."""

from __future__ import annotations

import copy
import json
import os
import tempfile

import pytest
from contract.messages import Hangup, Request
from contract.modules import run
from contract.names import RUN
from contract.provider import OWNER, Meddler, Provider
from contract.proxy import Proxy
from integration.rkt import Host, aci

READS = ("list", "status", "image list", "image cat-manifest", "config", "version", "show")
DOOR = "RKT_REPLAY_DOOR"


class Call:
    """One call of a program, which waits at the door."""

    over = False

    def __init__(self, client, _connect):
        self.client, self.from_client = client, client.makefile("rb")

    def ask(self, _request):
        """Let it do its work; returns the exit status and what it would say."""
        self.client.sendall(b"{}\n")
        line = self.from_client.readline()
        if not line:
            raise Hangup
        return json.loads(line)["rc"], iter([line])

    def reset(self):
        """It dies on the spot."""
        raise Hangup

    def close(self):
        """Let it go."""
        self.from_client.close()
        self.client.close()


class Door(Proxy):
    """Where the fakes ask about each call; a read is a GET, all else a POST."""

    link = property(lambda _self: Call)

    def __init__(self):
        super().__init__(None, at=tempfile.mktemp(prefix="rackwright-door-"))

    def __enter__(self):
        os.environ[DOOR] = self.at
        return self

    def __exit__(self, *error):
        del os.environ[DOOR]
        super().__exit__(*error)

    @staticmethod
    def read(source):
        """A call: the program and its words, without those that all calls have."""
        line = source.readline()
        if not line:
            raise Hangup
        asked = json.loads(line)
        words = [word for word in asked["argv"] if not word.startswith("--")]
        name = " ".join(words[: 2 if words[:1] == ["image"] else 1])
        method = "GET" if name in READS or asked["program"] == "journalctl" else "POST"
        path = "/%s/%s" % (asked["program"], "/".join(words))
        return Request(method, path, line, b"")

    @staticmethod
    def refusal():
        """The door is read-only."""
        return failing("this door is read-only")

    def fault(self, fault, method=".*", **which):
        """Programs of this host fail and die; there is no line to break while something is only read."""
        if isinstance(fault, str) or method == "GET":
            pytest.skip("a program on this host does not answer like that when it is asked what there is")
        super().fault(fault, method=method, **which)


def failing(words):
    """A fault: the program fails with these words and has done nothing."""

    def fault(link, request):
        request.status = 254
        link.client.sendall(json.dumps({"rc": 254, "out": "", "err": words + "\n"}).encode() + b"\n")

    return fault


class ContainersOnRkt(Provider):
    """Containers of one image."""

    NAME, MODULE = "rkt", "container"
    IMAGE = "example.com/hello:1.0.0"
    REMOTE = "rkt is on the host of the module"
    TROUBLE = "no space left"
    PREFIX = "contract%s-" % RUN
    COMMON = {"image": IMAGE, "command": ["/bin/sleep", "3600"], "stop_timeout": 0}
    ROWS = (
        dict(COMMON, name=PREFIX + "one", env={"WORD": "one"}, memory="64M"),
        dict(COMMON, name=PREFIX + "two", env={"WORD": "two"}, memory="64M", restart="always"),
    )
    CHANGED = (dict(ROWS[0], memory="96M", restart="unless-stopped"), ROWS[1])
    REPLACED = (dict(ROWS[0], env={"WORD": "uno"}), ROWS[1])

    def start(self):
        """Make the host and the image."""
        self.host = Host().__enter__()
        self.host.rkt("fetch", aci(self.host.folder / "hello.aci"))

    def stop(self):
        """Take the host away."""
        self.host.__exit__()

    def door(self):
        """Where all calls pass."""
        return Door()

    def answer(self, status):
        """Only failures of its own; no credentials and no counting of calls."""
        return failing(self.TROUBLE) if status == 500 else "a program on this host refuses nobody"

    def fresh(self):
        """Nothing is there."""
        door = os.environ.pop(DOOR, None)
        self.host.fresh()
        if door:
            os.environ[DOOR] = door

    def args(self, url, rows, **more):
        """A task of container."""
        task = {"provider": "rkt", "rkt": self.host.options(), "owner": OWNER, "wait": False, "pull": "never"}
        return dict(task, containers=copy.deepcopy(list(rows)), **more)

    def removal(self, url, rows):
        """The same with state absent."""
        return self.MODULE, self.args(url, [{"name": row["name"]} for row in rows], state="absent")

    def many(self):
        """Nothing to page."""
        return "rkt lists all pods at once"

    def strangers(self):
        """A unit by a name of ours that somebody else wrote, and a container of another owner."""
        names = {self.PREFIX + "stranger", self.PREFIX + "other"}
        self._hold(self.PREFIX + "stranger")
        run("container", dict(self.args("", [dict(self.ROWS[0], name=self.PREFIX + "other")]), owner="other"))
        return names

    def _path(self, name):
        return self.host.folder / "units" / ("rackwright-rkt-%s.service" % name)

    def _hold(self, name):
        self._path(name).write_text("[Service]\nExecStart=/bin/true\n")

    def truth(self):
        """By name: what the unit says of memory, whether it starts with the host, and the pod with its variable."""
        door = os.environ.pop(DOOR, None)
        pods = {}
        for pod in self.host.pods():
            mark = pod["apps"][0]["user_annotations"]["org.rackwright.container"]
            pods.setdefault(mark, []).append(pod)
        units = [name[len("rackwright-rkt-") : -len(".service")] for name in self.host.units()]
        done = {name: self._facts(name, pods.pop(name, [])) for name in units}
        assert not pods, pods
        if door:
            os.environ[DOOR] = door
        return done

    def _facts(self, name, pods):
        text = self._path(name).read_text()
        memory = [line.partition("=")[2] for line in text.splitlines() if line.startswith("MemoryMax=")]
        words = []
        for pod in pods:
            facts = json.loads((self.host.folder / "data" / "pods" / (pod["name"] + ".json")).read_text())
            words.append((pod["state"], facts["_env"].get("WORD")))
        state = self.host.state(self._path(name).name)
        assert "NeedDaemonReload=no" in state
        return memory, words, "UnitFileState=enabled" in state

    def facts(self, rows):
        """The same of declared rows."""
        return {
            row["name"]: ([row["memory"]], [("running", row["env"]["WORD"])], row.get("restart", "no") != "no")
            for row in rows
        }

    def meddler(self):
        """Nobody comes between, but the disk is full for the second pod."""
        name = self.PREFIX + "two"
        return Meddler(
            "POST",
            "/systemctl/start/rackwright-rkt-%s.service" % name,
            label=name,
            key=name,
            words=self.TROUBLE,
            begin=lambda: None,
            end=lambda: None,
            answer=failing(self.TROUBLE),
        )

    def litter(self):
        """Files of containers that are gone, and half-written ones."""
        units = [name[len("rackwright-rkt-") : -len(".service")] for name in self.host.units()]
        left = [
            path.name for path in (self.host.folder / "pods").iterdir() if path.name.rpartition(".")[0] not in units
        ]
        wants = self.host.folder / "units" / "multi-user.target.wants"
        links = [path.name for path in wants.iterdir() if not path.exists()] if wants.exists() else []
        return left + links + [path.name for path in (self.host.folder / "units").glob(".rackwright-*")]
