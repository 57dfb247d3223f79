#!/usr/bin/env python3
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the images that lab servers boot from: Debian with systemd, sshd and cloud-init, one a release.

    python tools/images.py                 all of them, or what is missing
    python tools/images.py debian-12       this one

With mmdebstrap where it is or can be installed; else from the registry's debian images. RACKWRIGHT_APT_MIRROR names
another Debian mirror. An image whose recipe has not changed is kept.
"""

from __future__ import annotations

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

RECIPE = pathlib.Path(__file__).resolve().parent / "lab_image"
SUITES = {"debian-11": "bullseye", "debian-12": "bookworm", "debian-13": "trixie"}
PACKAGES = (
    "systemd systemd-sysv dbus python3 python3-apt sudo iproute2 iputils-ping ca-certificates openssh-server cloud-init locales "
    "iptables procps kmod curl"
).split()
MASKED = (
    "console-getty.service getty.target apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer "
    "systemd-modules-load.service systemd-remount-fs.service sys-kernel-debug.mount sys-kernel-tracing.mount"
).split()
FILES = {
    "phase": "usr/local/lib/rackwright/phase",
    "health": "usr/local/lib/rackwright/health",
    "sshd.conf": "etc/ssh/sshd_config.d/50-lab.conf",
    "cloud.cfg": "etc/cloud/cloud.cfg.d/90-lab.cfg",
}
MIRROR = os.environ.get("RACKWRIGHT_APT_MIRROR", "http://deb.debian.org/debian")
REPOSITORY = "rackwright/lab"
LABEL = "org.rackwright.lab"


def main(names):
    """Make the named images that are missing or stale; returns the exit status."""
    unknown = [name for name in names if name not in SUITES]
    if unknown:
        print("no such image: %s; there are %s" % (", ".join(unknown), ", ".join(SUITES)), file=sys.stderr)
        return 2
    todo = [name for name in names or SUITES if recorded(name) != recipe(name)]
    if not todo:
        return 0
    make = bootstrap if mmdebstrap() else build
    print("Making %s (a minute or two, once)" % ", ".join(todo), flush=True)
    with ThreadPoolExecutor(2) as pool:
        failed = [name for name, done in zip(todo, pool.map(make, todo)) if not done]
    return 1 if failed else 0


def recipe(name):
    """A hash of all that goes into the image."""
    parts = [SUITES[name], MIRROR, *PACKAGES, *finish()] + [
        (RECIPE / source).read_text(encoding="utf-8") + target for source, target in sorted(FILES.items())
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def recorded(name):
    """The recipe hash of the image that is there; empty where there is none."""
    form = '{{index .Config.Labels "%s.recipe"}}' % LABEL
    done = run(["docker", "image", "inspect", "--format", form, "%s:%s" % (REPOSITORY, name)], quiet=True)
    return done.stdout.strip()


def mmdebstrap():
    """Whether mmdebstrap can be used; installs it where this is Debian and we may."""
    if not shutil.which("mmdebstrap") and shutil.which("apt-get"):
        become = [] if os.geteuid() == 0 else ["sudo", "-n"]
        run([*become, "apt-get", "update", "-q"], quiet=True)
        run([*become, "apt-get", "install", "-y", "-q", "--no-install-recommends", "mmdebstrap"], quiet=True)
    return shutil.which("mmdebstrap") and os.geteuid() == 0


def bootstrap(name):
    """Make one image from Debian's packages alone."""
    with tempfile.TemporaryDirectory(prefix="rackwright-image-") as folder:
        tar = os.path.join(folder, "root.tar")
        command = ["mmdebstrap", "--quiet", "--variant=minbase", "--include=%s" % ",".join(PACKAGES)]
        command += ["--customize-hook=%s" % step for step in copies() + finish()]
        done = run([*command, SUITES[name], tar, *sources(SUITES[name])])
        if done.returncode == 0:
            done = import_image(name, tar, folder)
    return told(name, done)


def import_image(name, tar, folder):
    """Load the tar as an image, then add the labels, which import does not take."""
    base = "%s:%s-base" % (REPOSITORY, name)
    done = run(["docker", "import", tar, base])
    if done.returncode == 0:
        (pathlib.Path(folder) / "Dockerfile").write_text("FROM %s\n%s" % (base, settings(name)), encoding="utf-8")
        os.unlink(tar)
        done = run(["docker", "build", "-q", "-t", "%s:%s" % (REPOSITORY, name), folder])
        run(["docker", "image", "rm", base], quiet=True)
    return done


def build(name):
    """Make one image from the registry's Debian."""
    suite = SUITES[name]
    with tempfile.TemporaryDirectory(prefix="rackwright-image-") as folder:
        root = pathlib.Path(folder)
        for source in FILES:
            shutil.copy(RECIPE / source, root / source)
        steps = ["FROM debian:%s" % suite]
        steps += ["RUN apt-get update && apt-get install -y --no-install-recommends %s" % " ".join(PACKAGES)]
        steps += ["COPY %s /%s" % item for item in FILES.items()]
        steps += ["RUN chmod 755 /usr/local/lib/rackwright/*"]
        steps += ["RUN %s" % step.replace('"$1"', "") for step in finish()]
        (root / "Dockerfile").write_text("\n".join(steps) + "\n" + settings(name), encoding="utf-8")
        return told(name, run(["docker", "build", "-q", "-t", "%s:%s" % (REPOSITORY, name), folder]))


def sources(suite):
    """The apt lines of a release: its packages, and where it has them its security updates."""
    security = MIRROR.rstrip("/") + "-security"
    return ["deb %s %s main" % (MIRROR, suite), "deb %s %s-security main" % (security, suite)]


def copies():
    """Shell lines that copy the recipe's files below the root folder `$1`."""
    return [
        'install -D -m %d %s "$1"/%s' % (755 if "lib/" in target else 644, RECIPE / source, target)
        for source, target in FILES.items()
    ]


def finish():
    """Shell lines that mask what cannot run in a container, and leave no identity in the root folder `$1`."""
    lines = ['mkdir -p "$1"/etc/systemd/system "$1"/var/lib/cloud/seed']
    lines += ['ln -sf /dev/null "$1"/etc/systemd/system/%s' % unit for unit in MASKED]
    lines.append('rm -f "$1"/etc/ssh/ssh_host_* "$1"/etc/hostname "$1"/var/lib/dbus/machine-id')
    lines.append('rm -f "$1"/etc/resolv.conf || :')
    lines.append(': > "$1"/etc/machine-id')
    return lines


def settings(name):
    """The end of the Dockerfile: how it starts, and what it is."""
    labels = '%s.image="%s" %s.recipe="%s"' % (LABEL, name, LABEL, recipe(name))
    return 'ENV container=docker\nSTOPSIGNAL SIGRTMIN+3\nLABEL %s\nCMD ["/sbin/init"]\n' % labels


def told(name, done):
    """Whether the last command worked; its last words when it did not."""
    if done.returncode:
        tail = "\n".join((done.stderr or done.stdout).strip().splitlines()[-8:])
        print("%s could not be made:\n%s" % (name, tail), file=sys.stderr)
    else:
        print("%s:%s is ready" % (REPOSITORY, name), flush=True)
    return done.returncode == 0


def run(command, quiet=False):
    """Run a command, its output kept."""
    try:
        return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    except FileNotFoundError:
        if not quiet:
            raise SystemExit("%s is not installed" % command[0]) from None
        return subprocess.CompletedProcess(command, 127, "", "")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
