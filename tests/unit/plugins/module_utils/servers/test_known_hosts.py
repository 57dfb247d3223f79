# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines of known_hosts: ours are kept right, all others are left alone."""

from __future__ import annotations

import errno
import os
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.core.apply import apply
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Failure
from ansible_collections.rackwright.platform.plugins.module_utils.core.plan import plan
from ansible_collections.rackwright.platform.plugins.module_utils.servers.known_hosts import (
    KNOWN_HOST,
    KnownHosts,
    wanted,
)

OTHERS = "# mine\nweb1,10.0.0.9 ssh-ed25519 OTHER\n|1|hash|hash ssh-rsa X comment\n@cert-authority *.x ssh-rsa Y"


def server(name="web1", key="K1", port=22):
    return {
        "name": name,
        "host_key": "ssh-ed25519 " + key,
        "addresses": [{"address": "10.0.0.1"}, {"address": "10.1.0.1"}],
        "access": {"host": "10.0.0.1" if port == 22 else "127.0.0.1", "port": port},
    }


def write(path, servers, absent=()):
    store = KnownHosts(str(path))
    made = plan(KNOWN_HOST, store.read(), [wanted(one, "lab:t") for one in servers], absent)
    assert apply(store, made)
    return made


def test_lines_come_change_and_go(tmp_path):
    path = tmp_path / "deep" / "known_hosts"
    write(path, [server()])
    assert path.read_text() == "web1,10.0.0.1,10.1.0.1 ssh-ed25519 K1 rackwright:lab:t/web1\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not write(path, [server()])
    write(path, [server(key="K2"), server("web2", port=22022)])
    assert path.read_text().splitlines() == [
        "web1,10.0.0.1,10.1.0.1 ssh-ed25519 K2 rackwright:lab:t/web1",
        "web2,[127.0.0.1]:22022 ssh-ed25519 K1 rackwright:lab:t/web2",
    ]
    write(path, [], absent=["lab:t/web1", "lab:t/web2"])
    assert path.read_text() == ""


def test_other_lines_and_the_file_mode_stay(tmp_path):
    path = tmp_path / "known_hosts"
    path.write_text(OTHERS)
    path.chmod(0o644)
    link = tmp_path / "link"
    link.symlink_to(path)
    write(link, [server()])
    assert path.read_text() == OTHERS + "\nweb1,10.0.0.1,10.1.0.1 ssh-ed25519 K1 rackwright:lab:t/web1\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o644 and link.is_symlink()
    write(link, [], absent=["lab:t/web1"])
    assert path.read_text() == OTHERS + "\n"
    assert sorted(os.listdir(tmp_path)) == ["known_hosts", "link"]


def test_writers_at_the_same_time_lose_nothing(tmp_path):
    path = tmp_path / "known_hosts"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: write(path, [server("s%d" % number)]), range(40)))
    assert len(path.read_text().splitlines()) == 40


def test_a_place_that_cannot_be_used_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Failure, match="file/known_hosts cannot be read: Not a directory"):
        KnownHosts(str(tmp_path / "file" / "known_hosts")).read()


def test_a_server_without_key_or_address_has_no_line():
    assert wanted({"name": "a", "access": {"host": "x", "port": 22}}, "r") is None
    assert wanted({"name": "a", "host_key": "k", "access": {"host": "", "port": 22}}, "r") is None


def test_a_file_that_cannot_be_swapped_stays_and_nothing_is_left_beside_it(tmp_path, monkeypatch):
    path = tmp_path / "known_hosts"
    path.write_bytes(b"# caf\xe9\n")

    def full(_source, _target):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", full)
        changes = plan(KNOWN_HOST, [], [wanted(server(), "lab:t")]).changes
        with pytest.raises(Failure, match="known_hosts cannot be written: No space left"):
            KnownHosts(str(path)).send(changes)
    assert os.listdir(tmp_path) == ["known_hosts"]
    write(path, [server()])
    assert path.read_bytes().startswith(b"# caf\xe9\nweb1,")
