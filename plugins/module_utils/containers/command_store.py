# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands in containers behind a Docker Engine API: begun, fed, listened to, and their exit status."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from ..core.errors import Ambiguous, Failure, NotFound, Refused, TimedOut
from . import command
from .things import Things
from .wire import called

HEAD = struct.Struct(">BxxxL")  # before each piece of output: which stream, how long
STDOUT, STDERR = 1, 2
ENDING = 5  # seconds in which an engine must know the exit status of what has said all


class Commands(Things):
    """The commands of `rows`, one a container. timeout: seconds for all of them together."""

    THING = "command"

    def __init__(self, client, rows, timeout):
        super().__init__(client)
        self.rows, self.timeout, self.end = rows, timeout, time.monotonic() + timeout
        self.done, self.spared = {}, set()  # what became of each by name; those whose `creates` is there

    def read(self):
        """One row a container that is there, with its command."""
        if any(row.get("stdin") is not None for row in self.rows) and self._by_tls():
            raise Refused("stdin: an engine that is reached by TLS cannot be told where it ends; use its socket or SSH")
        there = {called(item): item for item in self.containers()}
        found = []
        for row in self.rows:
            item = there.get(row["name"])
            if item is None:
                continue
            found.append(dict(row, _id=item["Id"]))
            if item.get("State") != "running":
                found[-1]["_foreign"] = "it does not run (%s)" % item.get("State")
        guarded = [row for row in found if row.get("creates") and "_foreign" not in row]
        with ThreadPoolExecutor(self.WORKERS) as pool:
            known = list(pool.map(self._is_there, guarded))
        self.spared = {row["name"] for row, there_already in zip(guarded, known) if there_already}
        return found

    def exec(self, change):
        """Run a command to its end. Raises Failure when its exit status is not 0."""
        row = change.before
        try:
            ident = self.client.post("/containers/%s/exec" % row["_id"], command.body(row))["Id"]
            stdout, stderr = self._talk(ident, row)
            rc = self._status(ident)
        except Ambiguous as failure:
            raise Failure("%s. Whether the command has run is not known" % failure) from None
        self.done[change.key] = command.told(row, rc, stdout, stderr)
        problem = command.failed(self.done[change.key])
        if problem:
            raise Failure(problem)
        return row

    def told(self, dry):
        """What to return: a row for each in the order of their declaration, and the parts of a single one as well.

        dry: whether nothing was run for that reason.
        """
        rows = [self.done.get(row["name"]) or self._not_run(row, dry) for row in self.rows]
        result = dict(rows[0]) if len(rows) == len(self.done) == 1 else {}
        result.pop("name", None)
        return dict(result, containers=rows, **({"changed": True} if self.done else {}))

    def _not_run(self, row, dry):
        if row["name"] in self.spared:
            why = "nothing was run, since %s is there" % row["creates"]
        else:
            why = "check mode: it would be run" if dry else "it was not run, or not to its end; see failed_keys"
        return {"name": row["name"], "skipped": True, "msg": why}

    def _by_tls(self):
        options = self.client.options
        return not self.client.is_local() and bool(options.get("tls") or options.get("tls_verify"))

    def _is_there(self, row):
        """Whether the path of `creates` is there."""
        api = self.client.api

        def look():
            api._raise_for_status(
                api.head(
                    api._url("/containers/{0}/archive", row["_id"]),
                    params={"path": row["creates"]},
                    timeout=api.timeout,
                )
            )

        try:
            self.client.call(look)
        except NotFound:
            return False
        return True

    def _talk(self, ident, row):
        """Begin it, give it its input, and return (stdout, stderr) when it has ended."""
        response = self.client.call(self._begin, ident, write=True)
        try:
            line = Line(response)
            watch = threading.Timer(max(0.0, self.end - time.monotonic()), line.hang_up)
            watch.daemon = True
            watch.start()
            try:
                if row.get("stdin") is not None:
                    threading.Thread(target=line.feed, args=(row["stdin"].encode("utf-8"),), daemon=True).start()
                return line.listen()
            finally:
                watch.cancel()
        except OSError as error:
            if not line.late:
                raise Ambiguous("the connection broke while it ran: %s" % error) from None
            text = "the command did not end within the task's %d s. It goes on in the container; end it there"
            raise TimedOut((text + ", or raise timeout") % self.timeout) from None
        finally:
            with contextlib.suppress(OSError):  # an SSH client that is gone cannot be told
                response.close()

    def _begin(self, ident):
        api = self.client.api
        headers = {"Connection": "Upgrade", "Upgrade": "tcp"}
        data = {"Detach": False, "Tty": False}
        response = api._post_json(api._url("/exec/{0}/start", ident), headers=headers, data=data, stream=True)
        api._raise_for_status(response)
        return response

    def _status(self, ident):
        end = time.monotonic() + ENDING
        while True:
            seen = self.client.call("exec_inspect", ident)
            if not seen.get("Running") and seen.get("ExitCode") is not None:
                return seen["ExitCode"]
            if time.monotonic() > end:
                raise Ambiguous("it has closed its output, or the connection broke, and the engine says that it runs")
            time.sleep(0.05)


class Line:
    """The connection to a command: both ways over one socket, or through the pipes of an SSH client."""

    def __init__(self, response):
        self.source = response.raw._fp.fp  # buffered: the first of it may have come with the answer's head
        self.ssh = getattr(self.source, "channel", None)
        self.socket = None if self.ssh else self.source.raw._sock
        self.late = False
        if self.socket:
            self.socket.settimeout(None)  # a command may be silent for as long as it likes

    def hang_up(self):
        """Time is up: whoever listens hears no more."""
        self.late = True
        with contextlib.suppress(OSError):  # it has ended in this very moment
            if self.ssh:
                self.ssh.proc.kill()
            else:
                socket.socket.shutdown(self.socket, socket.SHUT_RDWR)

    def feed(self, data):
        """Send its input, and that this is the end of it."""
        with contextlib.suppress(OSError, ValueError):  # it does not read all of it, or has ended
            if self.ssh:
                self.ssh.proc.stdin.write(data)
                self.ssh.proc.stdin.close()
            else:
                self.socket.sendall(data)
                self.socket.shutdown(socket.SHUT_WR)

    def listen(self):
        """(stdout, stderr), both whole. Raises OSError when time was up before, or half a piece came."""
        said = {STDOUT: [], STDERR: []}
        head = self.source.read(HEAD.size)
        while len(head) == HEAD.size:
            stream, length = HEAD.unpack(head)
            piece = self.source.read(length)
            said.setdefault(stream, []).append(piece)
            head = self.source.read(HEAD.size) if len(piece) == length else piece
        if self.late or head:
            raise OSError("time is up" if self.late else "what it said is cut short")
        return b"".join(said[STDOUT]), b"".join(said[STDERR])
