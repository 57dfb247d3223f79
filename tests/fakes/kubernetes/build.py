#!/usr/bin/env python3
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build Debian packages of the fake Kubernetes: python3 build.py FOLDER VERSION...

They are called kubeadm, kubelet, kubectl and cri-tools, as the real ones, and say in their description that they are
fakes. Beside them are an archive of an image with nothing in it, and the checksums of all.
"""

from __future__ import annotations

import hashlib
import io
import json
import pathlib
import subprocess
import sys
import tarfile
import tempfile

PROGRAM = pathlib.Path(__file__).resolve().parent / "program.py"
DEPENDS = {"kubeadm": "kubelet, kubectl, cri-tools, openssl, ", "cri-tools": "", "kubelet": "", "kubectl": ""}
UNIT = """[Unit]
Description=A fake kubelet
After=network-online.target
[Service]
ExecStart=/usr/bin/kubelet daemon
Restart=always
RestartSec=1
StartLimitInterval=0
[Install]
WantedBy=multi-user.target
"""


def build(folder, package, version):
    """One package."""
    with tempfile.TemporaryDirectory() as work:
        root = pathlib.Path(work) / "root"
        program = root / "usr/bin" / {"cri-tools": "crictl"}.get(package, package)
        files = {
            root / "DEBIAN/control": (
                "Package: %s\nVersion: %s-1.1\nArchitecture: all\nMaintainer: Rackwright contributors\n"
                "Depends: %spython3, python3-yaml\nDescription: a fake of %s for tests\n"
            )
            % (package, version, DEPENDS[package], package),
            program: PROGRAM.read_text(encoding="utf-8").replace('VERSION = "0.0.0"', 'VERSION = "%s"' % version),
        }
        if package == "kubelet":
            files[root / "lib/systemd/system/kubelet.service"] = UNIT
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            path.chmod(0o755 if path == program else 0o644)
        subprocess.run(
            ["dpkg-deb", "--root-owner-group", "--build", str(root), str(folder)], check=True, stdout=subprocess.DEVNULL
        )


def image(path, name):
    """An archive of an image, as `docker save` writes it."""
    layer = io.BytesIO()
    tarfile.open(fileobj=layer, mode="w").close()
    digest = "sha256:" + hashlib.sha256(layer.getvalue()).hexdigest()
    settings = {
        "architecture": "amd64",
        "os": "linux",
        "config": {},
        "rootfs": {"type": "layers", "diff_ids": [digest]},
    }
    manifest = [{"Config": "config.json", "RepoTags": [name], "Layers": ["layer.tar"]}]
    with tarfile.open(path, "w") as archive:
        for entry, content in (
            ("layer.tar", layer.getvalue()),
            ("config.json", json.dumps(settings).encode()),
            ("manifest.json", json.dumps(manifest).encode()),
        ):
            header = tarfile.TarInfo(entry)
            header.size = len(content)
            archive.addfile(header, io.BytesIO(content))


def main(folder, *versions):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for version in versions:
        for package in DEPENDS:
            build(folder, package, version)
    image(folder / "pause.tar", "example.org/pause:1")
    files = sorted(path for path in folder.iterdir() if path.suffix in (".deb", ".tar"))
    lines = ["%s  %s\n" % (hashlib.sha256(path.read_bytes()).hexdigest(), path.name) for path in files]
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
