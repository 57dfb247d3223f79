# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tests' small image, of Debian's busybox-static: `busybox()` returns its name, and makes it when it is missing.

It holds /bin/busybox with its applets, and /www/index.html ("hello"); it has no command of its own.
"""

from __future__ import annotations

import pathlib
import shutil
import subprocess
import tempfile

NAME = "rackwright/busybox:test"


def busybox():
    """The image's name. Raises RuntimeError when it cannot be made."""
    if _run("docker", "image", "inspect", NAME, check=False).returncode == 0:
        return NAME
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        root = work / "root"
        for name in ("bin", "www", "tmp"):
            (root / name).mkdir(parents=True)
        shutil.copy(_program(work), root / "bin" / "busybox")
        for applet in _run(root / "bin" / "busybox", "--list").stdout.split():
            if applet != "busybox":
                (root / "bin" / applet).symlink_to("busybox")
        (root / "www" / "index.html").write_text("hello\n")
        _run("tar", "-C", root, "--owner=0", "--group=0", "-cf", work / "root.tar", ".")
        _run("docker", "import", "--change", "ENV PATH=/bin", work / "root.tar", NAME)
    return NAME


def _program(work):
    """A static busybox: this machine's, else the one of Debian's package, which is fetched but not installed."""
    here = shutil.which("busybox")
    if here and "static" in _run("file", "-L", here, check=False).stdout:
        return here
    _run("apt-get", "download", "busybox-static", cwd=work)
    _run("dpkg-deb", "-x", next(work.glob("busybox-static_*.deb")), work / "package")
    return next(path for path in work.glob("package/**/busybox") if path.is_file() and "bin" in path.parts)


def _run(*command, check=True, **kwargs):
    """Run a program. Raises RuntimeError with its words."""
    command = [str(word) for word in command]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, **kwargs)
    except FileNotFoundError as error:
        if check:
            raise RuntimeError("the tests' image needs the program %s" % command[0]) from error
        return subprocess.CompletedProcess(command, 127, "", "")
    if check and done.returncode:
        raise RuntimeError("%s: %s" % (" ".join(command), done.stderr.strip()))
    return done


if __name__ == "__main__":
    print(busybox())
