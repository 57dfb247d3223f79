# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import os
import pathlib
import stat

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Failure, Refused
from ansible_collections.rackwright.platform.plugins.module_utils.kubernetes import host, member

from .test_host import FILES, Cluster

TOKEN, KEY = "abcdef.0123456789abcdef", "f" * 64
DOCUMENT = {
    "kind": "JoinConfiguration",
    "controlPlane": {"certificateKey": KEY},
    "discovery": {"bootstrapToken": {"token": TOKEN}},
}


class Programs(Cluster):
    """kubeadm does what is told, on the files below `root`."""

    def __init__(self, root, **verbs):
        super().__init__()
        self.root, self.verbs, self.done = root, verbs, []

    def __call__(self, command, data=None, timeout=0, check=True):
        if command[0] != "kubeadm":
            return super().__call__(command, data, timeout, check)
        self.done.append(" ".join(word for word in command[1:3] if "/" not in word))
        if command[1] == "reset":
            for path in FILES:
                (self.root / path.lstrip("/")).unlink(missing_ok=True)
        elif command[1] in ("init", "join") and "phase" not in command:
            self.config = command[3]
            for path, text in FILES.items():
                target = self.root / path.lstrip("/")
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text)
        return self.verbs.get(command[1], lambda _c: (0, "", ""))(command)


@pytest.fixture
def make(tmp_path):
    def made(**verbs):
        programs = Programs(tmp_path, **verbs)
        here = host.Host(str(tmp_path), programs)
        clock = iter(range(10**6))
        return member.Member(here, "a", "unix:///x", 5, lambda: next(clock), lambda _s: None), programs

    return made


def test_a_cluster_begins(make, tmp_path):
    here, programs = make()
    here.initialise("/c.yaml", ["Swap"])
    assert programs.done == ["init --config"] and here.stage() == "member"
    assert not (tmp_path / host.BEGUN.lstrip("/")).exists()


def test_a_beginning_that_fails_is_told_and_made_up_for(make, tmp_path):
    here, programs = make(init=lambda _c: (1, "", "[preflight]\ncould not initialize"))
    with pytest.raises(Failure, match="could not initialize\nThe next run begins anew"):
        here.initialise("/c.yaml", [])
    programs.ready = False
    assert here.stage() == "unfinished"
    again, programs = make()
    programs.nodes = ["a"]
    again.initialise("/c.yaml", [])
    assert programs.done == ["reset --force", "init --config"] and again.stage() == "member"


def test_what_is_broken_and_not_ours_is_left_alone(make, tmp_path):
    here, programs = make()
    programs.ready = False
    for path, text in FILES.items():
        target = tmp_path / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    with pytest.raises(Refused, match="half a node"):
        here.initialise("/c.yaml", [])
    assert programs.done == []


def test_secrets_are_in_no_message_and_no_file_for_long(make):
    def join(command):
        path = command[3]
        seen.append((json.loads(pathlib.Path(path).read_text()), stat.S_IMODE(os.stat(path).st_mode), path, command))
        return 1, "", "token %s and key %s are wrong" % (TOKEN, KEY)

    seen = []
    here, programs = make(join=join)
    with pytest.raises(Failure) as failure:
        here.join(DOCUMENT, "1.33.2", [])
    ((document, mode, path, command),) = seen
    assert document == DOCUMENT and mode == 0o600 and not os.path.exists(path)
    assert TOKEN not in str(failure.value) and KEY not in str(failure.value) and TOKEN not in " ".join(command)
    assert programs.done == ["config validate", "join --config"]


def test_who_leads_upgrades_the_cluster_and_others_follow(make, tmp_path):
    here, programs = make()
    here.initialise("/c.yaml", [])
    here.upgrade("1.34.0", True)
    here.upgrade("1.34.0", False)
    assert programs.done[1:] == ["upgrade apply", "upgrade node"]


def test_an_invitation(make, tmp_path):
    here, programs = make(
        token=lambda command: (0, TOKEN + "\n", ""), init=lambda _c: (0, "Using certificate key:\n%s\n" % KEY, "")
    )
    with pytest.raises(Failure, match="ca.crt cannot be read"):
        member.invite(here.host, "15m", True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(host, "ca_hash", lambda _here: "sha256:1")
        assert member.invite(here.host, "15m", True) == {"token": TOKEN, "ca_hash": "sha256:1", "certificate_key": KEY}
        assert member.invite(here.host, "15m", False)["certificate_key"] == ""


def test_it_waits_for_the_node_and_gives_up(make):
    here, programs = make()
    programs.nodes = []
    with pytest.raises(Failure, match="no working node after 5 s: the cluster does not know it"):
        here.initialise("/c.yaml", [])
