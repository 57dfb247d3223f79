# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Contexts of a docker client, and certificates that real TLS accepts or not."""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import socket
import ssl
import stat
import threading

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.containers import authority, client_context
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Refused

TCP = "tcp://127.0.0.1:2376"


@pytest.fixture
def home(tmp_path):
    return tmp_path


def work(home, dry=False, **given):
    declared = {"name": "web1", "endpoint": TCP, "description": "", "names": ["web1.example.org"], "state": "present"}
    declared.update(config=str(home / "docker"), authority=str(home / "ca"), days=authority.DAYS)
    return client_context.work(dry, **dict(declared, **given))


def tree(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def meta(home):
    (path,) = (home / "docker" / "contexts" / "meta").glob("*/meta.json")
    return json.loads(path.read_text())


def test_a_context_by_tls(home):
    done = work(home)
    assert done == {
        "changed": True,
        "server": str(home / "ca" / "servers" / "web1"),
        "made": ["ca", "client", "server"],
    }
    assert meta(home)["Endpoints"] == {"docker": {"Host": TCP, "SkipTLSVerify": False}}
    secrets = [path for path in home.rglob("*key.pem")]
    assert len(secrets) == 4, "the authority's, the client's, its copy in the context, the server's"
    assert {stat.S_IMODE(path.stat().st_mode) for path in secrets} == {0o600}
    before = tree(home)
    assert work(home) == dict(done, changed=False, made=[])
    assert tree(home) == before


def test_check_mode_writes_nothing(home):
    assert work(home, dry=True)["changed"] is True
    assert os.listdir(home) == []
    work(home)
    before = tree(home)
    assert work(home, dry=True)["changed"] is False
    assert work(home, dry=True, names=["other"])["made"] == ["server"]
    assert work(home, dry=True, endpoint="ssh://web1")["changed"] is True
    assert tree(home) == before


def test_a_context_by_ssh_has_no_certificates(home):
    done = work(home, endpoint="ssh://deploy@web1")
    assert done == {"changed": True, "server": "", "made": []}
    assert meta(home)["Endpoints"]["docker"]["Host"] == "ssh://deploy@web1"
    assert [path.name for path in home.rglob("*.pem")] == []
    assert work(home, endpoint="ssh://deploy@web1")["changed"] is False


def test_from_tls_to_ssh_the_certificates_go(home):
    work(home)
    assert work(home, endpoint="ssh://web1")["changed"] is True
    assert list((home / "docker").rglob("*.pem")) == []


def test_another_name_makes_the_servers_certificate_anew(home):
    work(home)
    client = (home / "ca" / "client" / "cert.pem").read_bytes()
    assert work(home, names=["web2.example.org"])["made"] == ["server"]
    assert (home / "ca" / "client" / "cert.pem").read_bytes() == client


@pytest.mark.parametrize("name", ["ca.pem", "cert.pem", "key.pem"])
def test_a_lost_file_is_made_anew(home, name):
    work(home)
    (home / "ca" / "servers" / "web1" / name).unlink()
    assert work(home)["made"] == ["server"]
    assert work(home)["changed"] is False


def test_what_is_about_to_end_is_made_anew(home, monkeypatch):
    work(home)
    monkeypatch.setattr(authority, "EARLY", authority.DAYS + 1)
    assert work(home, dry=True)["made"] == ["client", "server"]
    monkeypatch.setattr(authority, "EARLY", authority.YEARS + 1)
    with pytest.raises(Refused, match="all that trust it must change"):
        work(home)


def test_a_key_that_is_gone_is_no_reason_for_a_new_authority(home):
    work(home)
    (home / "ca" / "ca-key.pem").unlink()
    with pytest.raises(Refused, match="bring the key back"):
        work(home)


def test_an_authority_that_was_killed_between_its_two_files(home):
    (home / "ca").mkdir()
    (home / "ca" / "ca-key.pem").write_text("of a run that was killed")
    assert work(home)["made"] == ["ca", "client", "server"]


def test_what_someone_else_made_is_left_alone(home):
    work(home, endpoint="ssh://web1")
    (path,) = home.rglob("meta.json")
    path.write_text(json.dumps(dict(meta(home), Metadata={})))
    for state in ("present", "absent"):
        with pytest.raises(Refused, match="someone else"):
            work(home, state=state)


def test_absent_keeps_the_authority(home):
    work(home)
    assert work(home, dry=True, state="absent")["changed"] is True
    assert work(home, state="absent", endpoint=None)["changed"] is True
    assert list((home / "docker").rglob("*.pem")) == [] and (home / "ca" / "ca-key.pem").exists()
    assert work(home, state="absent")["changed"] is False


@pytest.mark.parametrize(
    "given",
    [{"name": "default"}, {"name": "a/b"}, {"endpoint": "http://web1"}, {"endpoint": "tcp://"}, {"authority": None}],
)
def test_what_is_refused(home, given):
    with pytest.raises(Refused):
        work(home, **given)
    assert list(home.iterdir()) == []


def test_a_whole_fleet_at_once_has_one_authority(home):
    names = ["web%d" % number for number in range(8)]
    threads = [threading.Thread(target=work, args=(home,), kwargs={"name": name}) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [work(home, name=name)["changed"] for name in names] == [False] * 8


def served(home, client, hostname):
    """Speak TLS as engine and client do, over a real socket; returns what the engine received."""
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(home / "ca/servers/web1/ca.pem"))
    server.load_cert_chain(home / "ca/servers/web1/cert.pem", home / "ca/servers/web1/key.pem")
    server.verify_mode = ssl.CERT_REQUIRED
    server.verify_flags |= ssl.VERIFY_X509_STRICT
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    seen, (left, right) = [], socket.socketpair()

    def serve():
        with contextlib.suppress(OSError), server.wrap_socket(left, server_side=True) as stream:
            seen.append(stream.recv(5))
            stream.send(b"done")

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        with client.wrap_socket(right, server_hostname=hostname) as stream:
            stream.send(b"hello")
            stream.recv(4)
    finally:
        right.close()
        thread.join()
    return seen


def trusting(home):
    (folder,) = (home / "docker" / "contexts" / "tls").glob("*/docker")
    client = ssl.create_default_context(cafile=str(folder / "ca.pem"))
    return client, folder


@pytest.mark.parametrize("hostname", ["127.0.0.1", "web1.example.org"])
def test_the_certificates_work(home, hostname):
    work(home)
    client, folder = trusting(home)
    client.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    assert served(home, client, hostname) == [b"hello"]


def test_nobody_else_gets_in(home):
    work(home)
    client, folder = trusting(home)
    client.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    with pytest.raises(ssl.SSLError, match="mismatch"):
        served(home, client, "web2.example.org")
    with contextlib.suppress(OSError):
        assert served(home, trusting(home)[0], "127.0.0.1") == [], "without the client's certificate"


def test_a_certificates_span(home):
    work(home, days=100)
    store = authority.Authority(str(home / "ca"))
    ends = authority.ending(store._certificate(store.path("client", "cert.pem")))
    assert datetime.timedelta(days=98) < ends - store.now <= datetime.timedelta(days=100)
