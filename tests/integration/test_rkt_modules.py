# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role rkt is made of: an archive that is verified before use, and a configuration that rkt reads first."""

from __future__ import annotations

import functools
import http.server
import json
import os
import shutil
import stat
import subprocess
import threading

import pytest
from contract.modules import run
from integration.rkt import Host, release

KEY = "18e9af8f87c0732ccc95b34cef29833c9d51ec26"  # a replay takes the fingerprint for the key
DOCKER = {"rktKind": "dockerAuth", "registries": ["r.example"], "credentials": {"user": "foo", "password": "hunter22"}}
LAN = {"name": "lan", "type": "bridge"}


@pytest.fixture(scope="module")
def host():
    """A host with the replay, and a release beside it."""
    with Host() as found:
        release(found.folder / "mirror")
        yield found


@pytest.fixture
def install(host, tmp_path):
    """A function that runs rkt_release there."""
    mirror = host.folder / "mirror"
    common = {"source": str(mirror), "checksum": (mirror / "SHA256").read_text().strip()}
    common.update(binary=str(tmp_path / "bin" / "rkt"), images=str(tmp_path / "lib" / "stage1-images"))
    (tmp_path / "bin").mkdir()

    def call(check=False, fails=False, **more):
        return run("rkt_release", dict(common, **more), check=check, fails=fails)

    return call


def test_a_release_is_installed_once_and_removed(install, tmp_path):
    assert install(check=True)["changed"] and os.listdir(str(tmp_path / "bin")) == []
    done = install()
    assert done["changed"] and done["version"] == "1.30.0+git" and not install()["changed"]
    images = tmp_path / "lib" / "stage1-images"
    assert {path.name for path in images.glob("*.aci")} == {"stage1-coreos.aci", "stage1-fly.aci"}
    (images / "stage1-fly.aci").write_text("spoiled")
    assert install()["changed"] and not install()["changed"]
    assert install(flavours=["kvm"])["changed"] and [path.name for path in images.glob("*.aci")] == ["stage1-kvm.aci"]
    (images / "theirs.aci").write_text("not ours")
    assert install(state="absent")["changed"] and not install(state="absent")["changed"]
    assert os.listdir(str(tmp_path / "bin")) == [] and os.listdir(str(images)) == ["theirs.aci"]


@pytest.mark.parametrize("state", ["present", "verified"])
@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"checksum": "0" * 64}, "its SHA-256 is"),
        ({"checksum": ""}, "neither a checksum nor a signature"),
        ({"checksum": "", "signature": "x.asc"}, "needs key and fingerprint"),
        ({"source": "/nowhere"}, "/nowhere/rkt-v1.30.0.tar.gz is not there"),
        ({"source": "http://127.0.0.1:9/x"}, "http://127.0.0.1:9/x/rkt-v1.30.0.tar.gz cannot be had"),
        ({"archive": "hello.aci", "checksum": ""}, "neither"),
    ],
)
def test_what_cannot_be_trusted_is_not_used(install, tmp_path, state, given, words):
    assert words in install(fails=True, check=True, state=state, **given)["msg"]
    assert words in install(fails=True, state=state, **given)["msg"]
    assert os.listdir(str(tmp_path / "bin")) == []


def test_a_mirror_gives_the_same(host, install):
    kind = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(host.folder / "mirror"))
    kind.func.log_message = lambda *_words: None
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), kind) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            source = "http://127.0.0.1:%d" % server.server_port
            assert install(source=source)["changed"] and not install(source=source)["changed"]
            assert "404" in install(source=source, archive="other.tar.gz", fails=True)["msg"]
        finally:
            server.shutdown()


@pytest.mark.skipif(not (shutil.which("gpg") and shutil.which("gpgv")), reason="takes GnuPG")
def test_a_signature_must_be_that_of_the_declared_key(host, install, tmp_path):
    home, mirror = tmp_path / "gnupg", host.folder / "mirror"
    home.mkdir(mode=0o700)

    def gpg(*words):
        front = [
            "gpg",
            "--homedir",
            str(home),
            "--batch",
            "--yes",
            "--quiet",
            "--pinentry-mode",
            "loopback",
            "--passphrase",
            "",
        ]
        return subprocess.run([*front, *words], capture_output=True, text=True, check=True).stdout

    try:
        gpg("--quick-generate-key", "Test <t@example.com>", "rsa2048", "sign", "never")
        listed = gpg("--list-keys", "--with-colons")
        fingerprint = next(line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr:"))
        gpg("--armor", "--detach-sign", "--output", str(mirror / "good.asc"), str(mirror / "rkt-v1.30.0.tar.gz"))
        gpg("--armor", "--detach-sign", "--output", str(mirror / "bad.asc"), str(mirror / "hello.aci"))
        key = gpg("--armor", "--export")
    finally:
        subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=False)
    signed = {"checksum": "", "key": key, "fingerprint": fingerprint}
    assert "does not sign" in install(fails=True, signature="bad.asc", **signed)["msg"]
    other = dict(signed, fingerprint="0" * 40)
    assert "and not by 0000" in install(fails=True, signature="good.asc", **other)["msg"]
    assert install(signature="good.asc", **signed)["changed"] and not install(signature="good.asc", **signed)["changed"]


@pytest.fixture
def configure(host, tmp_path):
    """A function that runs rkt_config in a folder."""

    def call(check=False, fails=False, **more):
        return run("rkt_config", dict({"path": str(tmp_path)}, **more), check=check, diff=True, fails=fails)

    return call


def test_a_configuration_is_as_declared_and_no_more(configure, tmp_path):
    args = {
        "paths": {"data": "/srv/rkt"},
        "auth": [DOCKER],
        "networks": [LAN],
        "keys": [{"fingerprint": KEY, "key": KEY}],
    }
    foretold = configure(check=True, **args)
    assert foretold["changed"] and list(tmp_path.iterdir()) == []
    done = configure(**args)
    assert done["files"] == foretold["files"] and "hunter22" not in json.dumps(done)
    assert not configure(**args)["changed"]
    secret = tmp_path / "auth.d" / "rackwright-00.json"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600 and "hunter22" in secret.read_text()
    secret.chmod(0o644)
    assert configure(**args)["files"] == [str(secret)] and stat.S_IMODE(secret.stat().st_mode) == 0o600
    (tmp_path / "net.d" / "10-theirs.conf").write_text('{"name": "theirs", "type": "ptp"}')
    assert (tmp_path / "trustedkeys" / "root.d" / KEY).exists()
    assert len(configure(paths=args["paths"])["files"]) == 4
    assert configure(state="absent")["changed"] and not configure(state="absent")["changed"]
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["10-theirs.conf"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"stage1": {"name": "x"}}, "name and version go together"),
        ({"auth": [{"rktKind": "paths"}]}, "rktKind is auth or dockerAuth"),
        ({"auth": [DOCKER, DOCKER]}, "rkt would refuse this configuration"),
        ({"networks": [{"name": "lan"}]}, "one has no type"),
        ({"networks": [LAN, LAN]}, "more than one lan"),
        ({"networks": [dict(LAN, name="theirs")]}, "more than one theirs"),
        ({"keys": [{"fingerprint": "0" * 40, "key": KEY}]}, "the key that is given is another one, " + KEY),
    ],
)
def test_what_rkt_would_refuse_never_gets_there(configure, tmp_path, given, words):
    (tmp_path / "net.d").mkdir()
    (tmp_path / "net.d" / "10-theirs.conf").write_text('{"name": "theirs", "type": "ptp"}')
    result = configure(fails=True, **given)
    assert words in result["msg"] and "hunter22" not in json.dumps(result)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["10-theirs.conf"]


def test_without_rkt_it_is_foretold_and_not_written(configure, tmp_path):
    assert configure(check=True, command="nowhere", keys=[{"fingerprint": KEY, "key": KEY}])["changed"]
    assert "install it first" in configure(command="nowhere", networks=[LAN], fails=True)["msg"]
    assert list(tmp_path.iterdir()) == []
