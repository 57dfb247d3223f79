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
    "systemd systemd-sysv dbus python3 python3-apt sudo iproute2 iputils-ping ca-certificates openssh-server "
    "cloud-init locales iptables procps kmod curl"
).split()
MASKED = (
    "console-getty.service getty.target apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer e2scrub_reap.service "
    "systemd-modules-load.service systemd-remount-fs.service sys-kernel-debug.mount sys-kernel-tracing.mount"
).split()
FILES = {  # in the recipe's folder: where it goes, and its mode
    "phase": ("/usr/local/lib/rackwright/phase", "755"),
    "health": ("/usr/local/lib/rackwright/health", "755"),
    "sshd.conf": ("/etc/ssh/sshd_config.d/50-lab.conf", "644"),
    "cloud.cfg": ("/etc/cloud/cloud.cfg.d/90-lab.cfg", "644"),
}
OWN = (  # what each server makes for itself
    "/etc/ssh/ssh_host_* /etc/resolv.conf /etc/hostname /var/lib/dbus/machine-id /etc/machine-id"
).split()
MIRROR = os.environ.get("RACKWRIGHT_APT_MIRROR", "http://deb.debian.org/debian").rstrip("/")
REPOSITORY = "rackwright/lab"
LABEL = "org.rackwright.lab"
ROOT = [] if os.geteuid() == 0 else ["sudo", "-n"]


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
    print("Making the images %s: a minute or two, once" % ", ".join(todo), flush=True)
    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(lambda name: told(name, make(name)), todo))
    tidy()
    return 0 if all(made) else 1


def told(name, done):
    """Say how the making of an image ended; whether it worked."""
    image = "%s:%s" % (REPOSITORY, name)
    if done.returncode:
        tail = "\n".join((done.stderr or done.stdout).strip().splitlines()[-8:])
        print("%s could not be made:\n%s" % (image, tail), file=sys.stderr)
    else:
        print("%s is ready" % image, flush=True)
    return done.returncode == 0


def tidy():
    """Drop the images that newer ones have replaced; the engine keeps those from which a server still runs."""
    ours = ["--filter", "dangling=true", "--filter", "label=%s.recipe" % LABEL]
    for image in run(["docker", "image", "ls", "--quiet", *ours]).stdout.split():
        run(["docker", "image", "rm", image])


def recipe(name):
    """A hash of all that goes into the image."""
    parts = [SUITES[name], MIRROR, *PACKAGES, *finish("")]
    parts += [(RECIPE / source).read_text(encoding="utf-8") + "".join(FILES[source]) for source in sorted(FILES)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def recorded(name):
    """The recipe hash of the image that is there; empty where there is none."""
    form = '{{index .Config.Labels "%s.recipe"}}' % LABEL
    return run(["docker", "image", "inspect", "--format", form, "%s:%s" % (REPOSITORY, name)]).stdout.strip()


def mmdebstrap():
    """Whether mmdebstrap can be used; installs it where this is Debian and we may."""
    if not shutil.which("mmdebstrap") and shutil.which("apt-get"):
        script = '. "$0" && can_install && install_packages "the lab images" mmdebstrap'
        subprocess.run(["bash", "-c", script, str(RECIPE.parent / "debian.sh")], check=False)
    return bool(shutil.which("mmdebstrap")) and run([*ROOT, "true"]).returncode == 0


def bootstrap(name):
    """Make one image from Debian's packages alone."""
    suite = SUITES[name]
    with tempfile.TemporaryDirectory(prefix="rackwright-image-") as folder:
        tar = os.path.join(folder, "root.tar")
        command = [*ROOT, "mmdebstrap", "--quiet", "--variant=minbase", "--include=%s" % ",".join(PACKAGES)]
        for source, (target, mode) in FILES.items():
            command.append('--customize-hook=install -D -m %s "%s" "$1"%s' % (mode, RECIPE / source, target))
        command += ["--customize-hook=%s" % line for line in finish('"$1"')]
        command += [suite, tar, "deb %s %s main" % (MIRROR, suite)]
        done = run([*command, "deb %s-security %s-security main" % (MIRROR, suite)])
        if done.returncode == 0:
            done = import_image(name, tar, pathlib.Path(folder))
    return done


def import_image(name, tar, folder):
    """Load the tar as an image, then add the labels, which import does not take."""
    base = "%s:%s-base" % (REPOSITORY, name)
    done = run(["docker", "import", tar, base])
    os.unlink(tar)
    if done.returncode == 0:
        done = dockerfile(name, folder, ["FROM %s" % base])
        run(["docker", "image", "rm", base])
    return done


def build(name):
    """Make one image from the registry's Debian."""
    install = "apt-get update && apt-get install -y --no-install-recommends %s" % " ".join(PACKAGES)
    lines = ["FROM debian:%s" % SUITES[name], "RUN %s && rm -rf /var/lib/apt/lists/*" % install]
    with tempfile.TemporaryDirectory(prefix="rackwright-image-") as folder:
        for source, (target, mode) in FILES.items():
            shutil.copy(RECIPE / source, folder)
            lines += ["COPY %s %s" % (source, target), "RUN chmod %s %s" % (mode, target)]
        lines.append("RUN %s" % " && ".join(finish("")))
        return dockerfile(name, pathlib.Path(folder), lines)


def dockerfile(name, folder, lines):
    """Build the image from these lines and what every image ends with."""
    (folder / "Dockerfile").write_text("\n".join(lines) + "\n" + settings(name), encoding="utf-8")
    return run(["docker", "build", "-q", "-t", "%s:%s" % (REPOSITORY, name), str(folder)])


def finish(root):
    """Shell lines that end the work on a root folder."""
    units = " ".join("%s/etc/systemd/system/%s" % (root, unit) for unit in MASKED)
    return [
        "mkdir -p %s/etc/systemd/system %s/var/lib/cloud/seed" % (root, root),
        "for unit in %s; do ln -sf /dev/null $unit; done" % units,
        "{ rm -f %s || true; }" % " ".join(root + path for path in OWN),  # a build step cannot remove them all
        ": > %s/etc/machine-id" % root,
    ]


def settings(name):
    """The end of the Dockerfile: how it starts, and what it is."""
    labels = '%s.image="%s" %s.recipe="%s"' % (LABEL, name, LABEL, recipe(name))
    return 'ENV container=docker\nSTOPSIGNAL SIGRTMIN+3\nLABEL %s\nCMD ["/sbin/init"]\n' % labels


def run(command):
    """Run a command, its output kept."""
    try:
        return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    except FileNotFoundError:
        return subprocess.CompletedProcess(command, 127, "", "%s is not installed" % command[0])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
