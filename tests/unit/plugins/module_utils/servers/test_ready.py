# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ready means: signs by name, and those that are looked for from here on real sockets of this machine."""

from __future__ import annotations

import socket
import stat
import threading

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Failure, Refused
from ansible_collections.rackwright.platform.plugins.module_utils.servers import ready

from .catalogue_fake import Made


@pytest.fixture
def greeter():
    """A listener that says what an SSH server says; returns its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            while True:
                try:
                    link, _peer = listener.accept()
                except OSError:
                    return
                link.sendall(b"SSH-2.0-test\r\n")
                link.close()

        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]


@pytest.fixture
def mute():
    """A listener that accepts and says nothing; returns its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def server(port, **more):
    """A row that is active, with SSH at that port."""
    return dict(
        {"name": "web", "state": "active", "access": {"host": "127.0.0.1", "port": port, "user": "root"}}, **more
    )


def phase(rows, signs, known_hosts=None):
    """The phase of each row's server."""
    driver = Made(rows=rows)
    return ready.Watch(driver, signs, known_hosts).look([row["name"] for row in rows])


def test_signs_are_checked_by_name():
    assert ready.signs(Made(), None) == ["api", "ssh"]
    assert ready.signs(Made(), ["port:443", "api", "port:443"]) == ["port:443", "api"]
    for sign in ("sssh", "port:0", "port:65536", "port:x"):
        with pytest.raises(Refused, match="is none of api, ssh, cloud_init, user_state or port:NUMBER"):
            ready.signs(Made(), [sign])
    with pytest.raises(Refused, match="provider made does not hear from its servers"):
        ready.signs(Made(), ["user_state"])


def test_active_is_enough_when_nothing_else_is_asked():
    assert phase([server(1)], ["api"]) == {"web": None}


def test_what_the_provider_does_not_call_active_is_not_looked_at():
    assert phase([server(1, state="provisioning")], ["api", "ssh"]) == {"web": "provisioning"}


def test_ssh_greets(greeter, mute, monkeypatch):
    monkeypatch.setattr(ready, "PATIENCE", 0.3)
    assert phase([server(greeter)], ["ssh"]) == {"web": None}
    assert phase([server(mute)], ["ssh"]) == {"web": "ssh"}


def test_a_port_accepts(greeter, mute):
    assert phase([server(greeter)], ["ssh", "port:%d" % mute]) == {"web": None}
    with socket.create_server(("127.0.0.1", 0)) as listener:
        closed = listener.getsockname()[1]
    assert phase([server(greeter)], ["port:%d" % closed]) == {"web": "port:%d" % closed}


def test_no_address_is_a_phase_until_there_is_one(greeter):
    driver = Made(rows=[dict(server(greeter), access={})])
    watch = ready.Watch(driver, ["ssh"])
    assert watch.look(["web"]) == {"web": "without an address"}
    driver.rows = [server(greeter)]
    assert watch.look(["web"]) == {"web": None}


@pytest.fixture
def ssh(tmp_path, monkeypatch):
    """A program `ssh` (a fake) that says what the test wants said."""
    monkeypatch.setenv("PATH", str(tmp_path))

    def says(text, status=0):
        path = tmp_path / "ssh"
        path.write_text("#!/bin/sh\necho '%s'\necho refused >&2\nexit %d\n" % (text, status))
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    return says


@pytest.mark.parametrize(
    ("text", "status", "phase_is"),
    [
        ("status: done", 0, None),
        ("status: done", 2, None),  # done, with warnings
        ("status: disabled", 0, None),
        ("status: none", 0, None),  # an image without cloud-init
        ("status: running", 0, "cloud_init"),
        ("status: not started", 0, "cloud_init"),
        ("", 255, "cloud_init (refused)"),
    ],
)
def test_cloud_init_is_asked_by_ssh(ssh, text, status, phase_is):
    ssh(text, status)
    assert phase([server(22)], ["cloud_init"]) == {"web": phase_is}


def test_cloud_init_that_failed_ends_the_wait(ssh):
    ssh("status: error", 1)
    with pytest.raises(Failure, match="127.0.0.1: cloud-init ended with an error"):
        phase([server(22)], ["cloud_init"])
