# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An engine that is elsewhere: through a door that speaks TLS, and on a host that is reached by SSH.

Behind both is this machine's real engine.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import ssl
import threading

import certifi
import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.containers.authority import Authority
from integration.containers_fixtures import SOCKET, fixtures
from integration.nspawn import Nspawn

engine, site = fixtures()
PIECE = 65536


class TlsDoor:
    """Speaks TLS on a port of its own, to who has a certificate of the authority, and passes all on to the engine."""

    def __init__(self, folder):
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=os.path.join(folder, "ca.pem"))
        self.context.load_cert_chain(os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem"))
        self.context.verify_mode = ssl.CERT_REQUIRED
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self):
        """No more."""
        self.listener.close()

    def _serve(self):
        while True:
            try:
                plain, _peer = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._pass, args=(plain,), daemon=True).start()

    def _pass(self, plain):
        with self.context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False) as near:
            try:
                near.do_handshake()
            except OSError:  # whom it does not let in reads why before the line is cut
                with contextlib.suppress(OSError):
                    near.shutdown(socket.SHUT_WR)
                    near.recv(PIECE)
                return
            with socket.socket(socket.AF_UNIX) as far:
                far.connect(SOCKET)
                back = threading.Thread(target=pump, args=(far, near), daemon=True)
                back.start()
                pump(near, far)
                back.join()


def pump(source, sink):
    """Pass on all that comes, to its end."""
    try:
        for piece in iter(lambda: source.recv(PIECE), b""):
            sink.sendall(piece)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


@pytest.fixture
def door(tmp_path):
    """The door, and the folder of who may pass."""
    authority = Authority(str(tmp_path / "ca"))
    with authority.alone():
        authority.make(authority.lacking("engine", ["127.0.0.1"]), "engine", ["127.0.0.1"])
    found = TlsDoor(authority.server("engine"))
    found.client = tmp_path / "client"
    found.client.mkdir()
    for name in ("cert.pem", "key.pem"):
        shutil.copy(authority.path("client", name), found.client)
    shutil.copy(authority.path("ca.pem"), found.client)
    yield found
    found.close()


def test_by_tls_with_a_certificate_on_each_side(site, door, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", certifi.where())  # whom others trust
    to = {"docker": {"url": "tcp://127.0.0.1:%d" % door.port, "tls_verify": True, "tls_folder": str(door.client)}}
    assert site.task(site.row(), site.row("other"), **to)["changed"] and site.names() == ["other", "web"]
    assert site.seen()["State"]["Running"] and not site.task(site.row(), site.row("other"), **to)["changed"]
    (door.client / "cert.pem").unlink()
    said = site.task(site.row(), fails=True, **to)["msg"]
    assert "127.0.0.1:%d and this client do not trust each other" % door.port in said, said
    said = site.task(site.row(), fails=True, docker=dict(to["docker"], tls_folder=None))["msg"]
    assert "127.0.0.1:%d and this client do not trust each other" % door.port in said, said


class Engine(Nspawn):
    """A host with this machine's engine and the program that talks to it."""

    def __init__(self):
        super().__init__()
        self.binds = [*self.binds, SOCKET + ":/run/docker.sock", shutil.which("docker") + ":/usr/bin/docker:ro"]


def test_by_ssh_on_another_host(site, tmp_path, monkeypatch):
    with Engine() as host:
        key, address = host.by_ssh(tmp_path)
        monkeypatch.setenv("PATH", "%s:%s" % (tmp_path, os.environ["PATH"]))
        to = {"docker": {"url": "ssh://root@%s:2022" % address}}
        assert site.task(site.row(), site.row("other"), **to)["changed"] and site.names() == ["other", "web"]
        assert site.seen()["State"]["Running"] and not site.task(site.row(), site.row("other"), **to)["changed"]
        key.unlink()
        said = site.task(site.row(), fails=True, **to)["msg"]
        assert "See what `ssh -p 2022 root@%s docker version` says" % address in said, said
