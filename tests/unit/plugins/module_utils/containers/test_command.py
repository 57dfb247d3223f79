# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands in containers: what is asked for, what is told, and what comes over the wire."""

from __future__ import annotations

import io
import socket
import types

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.containers import command
from ansible_collections.rackwright.platform.plugins.module_utils.containers.command_store import HEAD, Commands, Line
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Refused


def rows_of(**params):
    """The rows of a task."""
    options = {field.name: None for field in command.MANAGE}
    return command.declared(dict(options, **params))


def test_what_a_row_says_counts_before_what_the_task_says():
    row = {"name": "db", "command": "psql -c 'select 1'", "env": {"B": 3}, "user": None}
    first, second = rows_of(names=["web"], containers=[row], command=["id"], env={"A": 1, "B": 2}, user="shop")
    assert first == {"name": "web", "command": ["id"], "env": {"A": "1", "B": "2"}, "user": "shop"}
    assert second["command"] == ["psql", "-c", "select 1"] and second["env"] == {"A": "1", "B": "3"}
    body = command.body(second)
    assert body["Env"] == ["A=1", "B=3"] and body["User"] == "shop" and not body["AttachStdin"]


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"command": "id"}, "no container"),
        ({"names": ["web"]}, "there is no command"),
        ({"names": ["web"], "command": ""}, "there is no command"),
        ({"names": ["web"], "containers": [{"name": "web"}], "command": "id"}, "more than once"),
        ({"names": ["web"], "command": "id", "creates": "a"}, "not an absolute path"),
        ({"names": ["web"], "command": "id", "env": {"A=B": 1}}, "not the name of an environment variable"),
    ],
)
def test_what_cannot_be_meant_is_refused(params, words):
    with pytest.raises(Refused, match=words):
        rows_of(**params)


def test_an_exit_status_is_told_with_the_last_of_what_was_said():
    assert command.failed(command.told({"name": "web"}, 0, b"\xff\n", b"x")) is None
    lines = b"".join(b"%d\n" % number for number in range(9))
    assert command.failed(command.told({"name": "web"}, 3, lines, b"")).endswith("status 3: 4 / 5 / 6 / 7 / 8")
    assert command.failed(command.told({"name": "web"}, 3, lines, b"no\n")).endswith("status 3: no")


def test_input_by_tls_is_refused_before_anything_is_asked():
    client = types.SimpleNamespace(options={"tls_verify": True}, is_local=lambda: False)
    with pytest.raises(Refused, match="by TLS cannot be told where it ends"):
        Commands(client, [{"name": "web", "command": ["cat"], "stdin": ""}], 1).read()


def line(data, over):
    """A Line that hears `data`, and then the end where the connection is over."""
    mine, theirs = socket.socketpair()
    theirs.sendall(data)
    if over:
        theirs.close()
    source = io.BufferedReader(socket.SocketIO(mine, "r"))
    response = types.SimpleNamespace(raw=types.SimpleNamespace(_fp=types.SimpleNamespace(fp=source)))
    return Line(response), theirs


def frame(stream, text):
    """A piece of output as the engine sends it."""
    return HEAD.pack(stream, len(text)) + text


def test_output_is_taken_apart():
    said = frame(1, b"one") + frame(2, b"two") + frame(1, b"") + frame(1, b" three")
    assert line(said, over=True)[0].listen() == (b"one three", b"two")


@pytest.mark.parametrize("left", [1, 7, 9])
def test_output_that_is_cut_short_is_not_taken_for_whole(left):
    with pytest.raises(OSError, match="cut short"):
        line(frame(1, b"one") + frame(1, b"two")[:left], over=True)[0].listen()


def test_who_is_late_is_not_heard_any_more():
    heard, theirs = line(frame(1, b"one"), over=False)
    heard.hang_up()
    with pytest.raises(OSError, match="time is up"):
        heard.listen()
    theirs.close()
