# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client against a small fake of ZooKeeper's client port."""

from __future__ import annotations

import socket
import struct
import threading

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.clients import zookeeper
from ansible_collections.rackwright.platform.plugins.module_utils.clients.zookeeper import Session, word
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import (
    Ambiguous,
    Conflict,
    Failure,
    Unauthorized,
    Unreachable,
)

CONFIG = "server.1=192.0.2.1:2888:3888:participant;0.0.0.0:2181\nversion=100000000"


class Fake:
    """A fake server for one connection: answers the requests in turn with (error, data), or hangs up on None."""

    def __init__(self, *answers, letters=None):
        self.answers, self.letters, self.got = list(answers), letters, []
        self.door = socket.create_server(("127.0.0.1", 0))
        self.port = self.door.getsockname()[1]
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.thread.join(10)
        self.door.close()

    def serve(self):
        link, _peer = self.door.accept()
        with link:
            if self.letters is not None:
                self.got.append(link.recv(4))
                link.sendall(self.letters)
                return
            self.read(link)
            self.send(link, struct.pack(">iiq", 0, 10000, 1) + zookeeper.buffer(b"\0" * 16) + b"\0")
            for answer in self.answers:
                request = self.read(link)
                self.got.append(request)
                if answer is None:
                    return
                error, data = answer
                (number,) = struct.unpack(">i", request[:4])
                self.send(link, struct.pack(">iqi", -1, 0, 0) + b"an event that nobody asked for")
                self.send(link, struct.pack(">iqi", number, 7, error) + data)
            self.read(link)

    def read(self, link):
        head = link.recv(4, socket.MSG_WAITALL)
        return link.recv(struct.unpack(">i", head)[0], socket.MSG_WAITALL) if len(head) == 4 else b""

    def send(self, link, body):
        link.sendall(struct.pack(">i", len(body)) + body)


def test_a_word_is_asked_and_its_answer_read_whole():
    with Fake(letters=b"Mode: leader\n" * 9000) as fake:
        assert word("127.0.0.1", fake.port, "srvr") == "Mode: leader\n" * 9000
    assert fake.got == [b"srvr"]


def test_nobody_there():
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    with pytest.raises(Unreachable, match="127.0.0.1:%d does not answer" % port):
        word("127.0.0.1", port, "srvr")
    with pytest.raises(Unreachable, match="takes no session"):
        Session("127.0.0.1", port)


def test_the_configuration_is_read_past_events():
    with Fake((0, zookeeper.text(CONFIG) + b"\0" * 68)) as fake, Session("127.0.0.1", fake.port) as session:
        assert session.config() == CONFIG
    assert fake.got[0] == struct.pack(">ii", 1, 4) + zookeeper.text("/zookeeper/config") + b"\0"


def test_a_reconfiguration_is_sent_with_the_proof_before_it():
    with Fake((0, b""), (0, zookeeper.text(CONFIG))) as fake, Session("127.0.0.1", fake.port) as session:
        session.prove("secret")
        assert session.reconfigure(leaving="2,3") == CONFIG
    assert fake.got[0].endswith(zookeeper.text("digest") + zookeeper.text("super:secret"))
    none = struct.pack(">i", -1)
    assert fake.got[1] == struct.pack(">ii", 1, 16) + none + zookeeper.text("2,3") + none + struct.pack(">q", -1)


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (-13, Conflict, "no quorum of the new ensemble"),
        (-14, Conflict, "another reconfiguration"),
        (-102, Unauthorized, "may not reconfigure"),
        (-123, Failure, "reconfigEnabled is false"),
        (-99, Failure, "error -99"),
    ],
)
def test_errors_are_told_apart(error, kind, words):
    with Fake((error, b"")) as fake, Session("127.0.0.1", fake.port) as session, pytest.raises(
        kind, match=words
    ) as told:
        session.reconfigure(leaving="2")
    assert type(told.value) is kind


def test_an_answer_that_does_not_come_leaves_it_open_what_happened():
    with Fake(None) as fake, Session("127.0.0.1", fake.port) as session, pytest.raises(Ambiguous, match="not answer"):
        session.reconfigure(leaving="2")
