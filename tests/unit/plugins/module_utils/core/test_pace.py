# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A limit that one process has met is kept by all of the account; what cannot be shared is no error."""

from __future__ import annotations

import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.core import pace as module
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Busy, Failure
from ansible_collections.rackwright.platform.plugins.module_utils.core.pace import Pace
from ansible_collections.rackwright.platform.plugins.module_utils.core.patience import patiently

COLLECTIONS = module.__file__.split("/ansible_collections/")[0]
PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
from ansible_collections.rackwright.platform.plugins.module_utils.core.http import Http
http = Http("Fake API", sys.argv[2], headers={"X-Token": "t"})
for number in range(int(sys.argv[3])):
    http.json("GET", "/")
"""


@pytest.fixture
def naps():
    """What was slept instead of sleeping."""
    return []


@pytest.fixture
def made(tmp_path, naps):
    """A Pace in a folder of its own, at a time that the test sets; a wait that ends there ends at once."""
    now = [time.time()]
    made = Pace("https://api.example key", str(tmp_path / "pace"), clock=lambda: now[0], sleep=naps.append)
    made.now = now
    return made


@pytest.fixture(autouse=True)
def once(monkeypatch):
    """One wait only, since time stands still in these tests."""
    monkeypatch.setattr(module, "TURNS", 1)


def test_nothing_known_costs_no_file(made, naps, tmp_path):
    made.wait()
    assert naps == [] and not (tmp_path / "pace").exists()


def test_who_comes_later_waits_and_draws_a_number(made, naps):
    assert made.hold(5)
    for _turn in range(3):
        made.wait()
    assert [round(nap, 2) for nap in naps] == [5.0, 5.1, 5.2]
    made.now[0] += 6
    made.wait()
    assert len(naps) == 3


def test_a_shorter_word_does_not_end_a_longer_one(made, naps):
    made.hold(5)
    assert made.hold(1)
    made.wait()
    assert round(naps[0], 2) == 5.0


def test_who_waits_already_keeps_its_number_when_the_wait_grows(made, naps):
    made.hold(5)
    made.wait()
    assert made.hold(6)
    made.wait()
    assert [round(nap, 2) for nap in naps] == [5.0, 6.1]


def test_a_clock_that_was_set_back_blocks_nobody(made, naps):
    made.hold(5)
    made.now[0] -= 3600
    made.wait()
    assert naps == []


def test_the_credentials_are_not_in_the_name(made, tmp_path):
    made.hold(1)
    place = tmp_path / "pace"
    names = set(os.listdir(place)) - {"salt"}
    assert len(names) == 1 and place.stat().st_mode & 0o777 == 0o700
    other = Pace("https://api.example key", str(tmp_path / "other"))
    other.hold(1)
    assert not names & set(os.listdir(tmp_path / "other")), "the salt is the folder's own"
    assert Pace("https://api.example key", str(place))._left() > 0
    assert Pace("https://api.example another key", str(place))._left() == 0


@pytest.mark.parametrize("salt", [b"", b"cut short"])
def test_a_salt_that_is_not_whole_is_made_anew(made, naps, tmp_path, salt):
    (tmp_path / "pace").mkdir(0o700)
    (tmp_path / "pace" / "salt").write_bytes(salt)
    made.wait()
    assert naps == [] and made.hold(5)
    made.wait()
    assert len(naps) == 1 and len((tmp_path / "pace" / "salt").read_bytes()) == module.SALT


@pytest.mark.parametrize("what", ["link", "pipe", "folder", "open to all"])
def test_a_file_that_is_not_ours_alone_is_not_believed(made, naps, what):
    assert made.hold(5)
    path, until = made.path, made.now[0] + 30
    os.unlink(path)
    if what == "link":
        with open(path + ".else", "w"):
            os.symlink(path + ".else", path)
    elif what == "pipe":
        os.mkfifo(path)
    elif what == "folder":
        os.mkdir(path)
    else:
        with open(path, "w"):
            os.chmod(path, 0o666)
    os.utime(path, (0, until))
    made.wait()
    assert naps == []


def test_a_file_of_another_user_is_not_believed(made, naps, monkeypatch):
    assert made.hold(5)
    mine = os.getuid()
    monkeypatch.setattr(module.os, "getuid", lambda: mine + 1)
    made.wait()
    assert naps == [] and not made.hold(9)


def test_who_is_told_to_wait_longer_meanwhile_waits_again(made, monkeypatch):
    slept = []

    def sleep(seconds):
        slept.append(round(seconds, 2))
        made.now[0] += seconds
        if len(slept) == 1:
            other.hold(3)

    monkeypatch.setattr(module, "TURNS", 5)
    other = Pace("https://api.example key", made.where, clock=lambda: made.now[0])
    made.sleep = sleep
    made.hold(5)
    made.wait()
    assert slept == [5.0, 3.0]


@pytest.mark.parametrize("what", ["file", "open to all", "link"])
def test_a_folder_that_is_not_ours_alone_is_not_used(made, naps, tmp_path, what):
    place = tmp_path / "pace"
    if what == "file":
        place.touch()
    elif what == "link":
        (tmp_path / "elsewhere").mkdir()
        place.symlink_to(tmp_path / "elsewhere")
    else:
        place.mkdir()
        place.chmod(0o777)
    assert not made.hold(5)
    made.wait()
    assert naps == []


def test_a_lock_that_is_never_let_go_of_is_waited_for_no_longer_than_that(made, naps, monkeypatch):
    monkeypatch.setattr(module, "LOCKED", 0.05)
    made.hold(5)
    handle = module._locked(made.path)
    made.wait()
    assert not made.hold(20) and [round(nap, 2) for nap in naps] == [5.0]
    os.close(handle)
    assert made.hold(20)


def test_patience_waits_by_itself_where_nothing_is_shared(naps, tmp_path):
    (tmp_path / "pace").touch()
    answers = [Busy("429", 3.0, account=True), Busy("locked", 1.0), None]

    def call():
        answer = answers.pop(0)
        if answer:
            raise answer

    patiently(call, sleep=naps.append, pace=Pace("a", str(tmp_path / "pace")))
    assert naps == [3.0, 1.0]


def test_what_is_busy_for_itself_holds_nobody_else(made, naps):
    with pytest.raises(Failure, match="still after 2 tries"):
        patiently(lambda: (_ for _ in ()).throw(Busy("locked", 1.0)), tries=2, sleep=naps.append, pace=made)
    made.wait()
    assert naps == [1.0]


def test_who_is_killed_while_it_holds_the_lock_blocks_nobody(made, naps):
    made.hold(5)
    program = "import fcntl, os, sys, time; fd = os.open(sys.argv[1], os.O_RDWR); fcntl.flock(fd, fcntl.LOCK_EX)"
    program += "; print(1, flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", program, made.path], stdout=subprocess.PIPE) as holder:
        holder.stdout.read(1)
        waiting = threading.Thread(target=made.wait)
        waiting.start()
        waiting.join(0.2)
        assert waiting.is_alive()
        holder.send_signal(signal.SIGKILL)
        waiting.join(5)
        assert not waiting.is_alive() and len(naps) == 1


class Limited(http.server.BaseHTTPRequestHandler):
    """A fake: an API that takes so many calls a second of all together, and says 429 to the others."""

    protocol_version = "HTTP/1.1"
    limit, lock, windows, refused = 20, threading.Lock(), {}, []

    def do_GET(self):
        """Count, and answer."""
        now = time.time()
        with self.lock:
            self.windows[int(now)] = self.windows.get(int(now), 0) + 1
            late = self.windows[int(now)] > self.limit
            if late:
                self.refused.append(int(now))
        body = json.dumps({"late": late}).encode()
        self.send_response(429 if late else 200)
        if late:
            self.send_header("Retry-After", "%.2f" % (int(now) + 1 - now + 0.05))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        """Say nothing."""


def test_eight_processes_share_one_limit(tmp_path):
    Limited.windows, Limited.refused = {}, []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Limited)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    url = "http://127.0.0.1:%d" % server.server_address[1]
    env = dict(os.environ, XDG_RUNTIME_DIR=str(tmp_path))
    command = [sys.executable, "-c", PROGRAM, COLLECTIONS, url, "15"]
    try:
        jobs = [subprocess.Popen(command, env=env, stderr=subprocess.PIPE) for _number in range(8)]
        for job in jobs:
            _out, said = job.communicate(timeout=60)
            assert job.returncode == 0, said.decode()
    finally:
        server.shutdown()
        server.server_close()
    assert sum(Limited.windows.values()) - len(Limited.refused) == 8 * 15
    seconds = {second for second in Limited.windows if Limited.windows[second] > Limited.limit}
    assert seconds, "the limit was met"
    # Those under way when it is met are told, and no others: all eight at first, later the few who are back
    assert len(Limited.refused) <= 8 + 4 * len(seconds), Limited.refused
