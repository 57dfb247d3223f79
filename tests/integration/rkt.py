# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host of rkt in a folder: the replay of rkt, or the real one where it is on the PATH, and a fake of systemd."""

from __future__ import annotations

import hashlib
import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile

FAKES = pathlib.Path(__file__).resolve().parents[1] / "fakes"
REAL = shutil.which("rkt")
MOUNTS = [{"name": "data", "path": "/data"}]
PORTS = [{"name": "http", "protocol": "tcp", "port": 8080}, {"name": "dns", "protocol": "udp", "port": 53}]


def aci(path, name="example.com/hello", version="1.0.0", ports=PORTS, mounts=(), program=("/bin/sleep", "3600")):
    """Write an image as recorded from the real rkt, with nothing in it; returns its path."""
    labels = [{"name": "version", "value": version}, {"name": "os", "value": "linux"}]
    app = {"exec": list(program), "user": "0", "group": "0", "ports": list(ports), "mountPoints": list(mounts)}
    app["environment"] = [{"name": "GREETING", "value": "hi"}]
    manifest = {"acKind": "ImageManifest", "acVersion": "0.8.11", "name": name, "labels": labels, "app": app}
    data = json.dumps(manifest).encode()
    with tarfile.open(str(path), "w:gz") as archive:
        info = tarfile.TarInfo("manifest")
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
        folder = tarfile.TarInfo("rootfs")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
    return str(path)


def program(path, main, others=("rkt_pods.py",)):
    """One file that can be executed, of a fake and what it imports."""
    with zipfile.ZipFile(str(path), "w") as archive:
        archive.write(str(FAKES / main), "__main__.py")
        for name in others:
            archive.write(str(FAKES / name), name)
    with open(str(path), "rb") as stream:
        data = stream.read()
    path.write_bytes(b"#!/usr/bin/env python3\n" + data)
    path.chmod(0o755)


def release(folder):
    """Make a release's archive in a folder, with the replay for the program; beside it its SHA-256 and an image."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    program(folder / "rkt", "rkt.py")
    path = folder / "rkt-v1.30.0.tar.gz"
    with tarfile.open(str(path), "w:gz") as archive:
        archive.add(str(folder / "rkt"), "rkt-v1.30.0/rkt")
        for flavour in ("coreos", "fly", "kvm"):
            stage1 = aci(folder / "stage1.aci", name="coreos.com/rkt/stage1-" + flavour, version="1.30.0")
            archive.add(stage1, "rkt-v1.30.0/stage1-%s.aci" % flavour)
    (folder / "SHA256").write_text(hashlib.sha256(path.read_bytes()).hexdigest() + "\n")
    aci(folder / "hello.aci")
    return path


class Host:
    """The folder, with what stands first on the PATH while it is entered."""

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="rackwright-rkt-"))
        for name in ("bin", "units", "systemd", "pods", "etc", "registry"):
            (self.folder / name).mkdir()
        if not REAL:
            self._script("rkt", "rkt")
        for name in ("systemctl", "journalctl"):
            self._script(name, "systemd")
        given = {
            "PATH": "%s:%s" % (self.folder / "bin", os.environ["PATH"]),
            "RKT_REPLAY_UNITS": str(self.folder / "units"),
            "RKT_REPLAY_SYSTEMD": str(self.folder / "systemd"),
            "RKT_REPLAY_REGISTRY": str(self.folder / "registry"),
        }
        self.before = {name: os.environ.get(name) for name in given}
        os.environ.update(given)
        return self

    def _script(self, name, fake):
        """As it is, not packed, since then its bytecode is kept; named as it is called."""
        path = self.folder / "bin" / name
        text = "#!%s -SE\nimport sys\nsys.path.insert(0, %r)\nfrom %s import entry\nentry(%r)\n"
        path.write_text(text % (sys.executable, str(FAKES), fake, name))
        path.chmod(0o755)

    def __exit__(self, *_error):
        self.fresh()
        for name, value in self.before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
        shutil.rmtree(str(self.folder))

    def options(self, **more):
        """The provider's options."""
        done = {"data": self.folder / "data", "config": self.folder / "etc", "units": self.folder / "units"}
        done = {name: str(path) for name, path in dict(done, folder=self.folder / "pods").items()}
        return dict(done, insecure=["image"], timeout=20, **more)

    def rkt(self, *words):
        """What a call of rkt says, past the driver."""
        front = ["rkt", "--dir=%s" % (self.folder / "data"), "--local-config=%s" % (self.folder / "etc")]
        done = subprocess.run([*front, "--insecure-options=image", *words], capture_output=True, text=True, check=True)
        return done.stdout

    def pods(self):
        """All pods, as rkt lists them."""
        return json.loads(self.rkt("list", "--format=json")) or []

    def units(self):
        """The names of the units."""
        return sorted(path.name for path in (self.folder / "units").glob("*.service"))

    def state(self, unit):
        """What systemd says of a unit."""
        return subprocess.run(["systemctl", "show", unit], capture_output=True, text=True, check=True).stdout

    def fresh(self):
        """No unit, no pod and no file; images stay."""
        for unit in self.units():
            subprocess.run(["systemctl", "stop", unit], check=True)
        for pod in self.pods():
            if pod["state"] == "running":
                subprocess.run(["rkt", "--dir=%s" % (self.folder / "data"), "stop", pod["name"]], check=True)
        for name in ("units", "systemd", "pods"):
            shutil.rmtree(str(self.folder / name))
            (self.folder / name).mkdir()
        shutil.rmtree(str(self.folder / "data" / "pods"), ignore_errors=True)


if __name__ == "__main__":
    release(sys.argv[1])
