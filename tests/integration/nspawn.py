# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host with a real systemd-nspawn for tests: `with Nspawn() as host:`. Its image is made by tools/host.sh.

Modules run on the host itself, with Debian's Python and no library: the checkout and Ansible's own package are mounted
in it. It holds two file systems to import: the tests' small image, and a system that boots.
"""

from __future__ import annotations

import os
import subprocess
import time

from integration.busybox import busybox
from integration.host import SECONDS, Host, packages

SMALL, SYSTEM = "/srv/small.tar", "/srv/system"  # a program and no more; a system, which needs the host's /usr
# A system whose programs are the host's: what is mounted read-only takes no time to make.
MAKE_SYSTEM = """\
set -e
mkdir -p /srv/system/etc/systemd/system/multi-user.target.wants /srv/system/usr /srv/system/var/lib /srv/system/root
cd /srv/system
for name in bin sbin lib lib64; do ln -s usr/$name $name; done
cd etc
cp -L /etc/os-release .
cp -a /etc/passwd /etc/shadow /etc/group /etc/nsswitch.conf /etc/login.defs .
cp -a /etc/dbus-1 /etc/pam.d /etc/security /etc/ld.so.* /etc/alternatives .
sed -i /pam_systemd/d pam.d/*  # there is nobody in it who would answer
cd ..
systemd-id128 new >etc/machine-id
ln -s /usr/lib/systemd/system/systemd-networkd.service etc/systemd/system/multi-user.target.wants
ln -s /usr/lib/systemd/system/multi-user.target etc/systemd/system/default.target
"""


class Nspawn(Host):
    """One host with systemd-nspawn."""

    DATA = "/var/lib/machines"

    def __init__(self):
        self.release = os.environ.get("RACKWRIGHT_NSPAWN", "debian-12")
        self.image = "rackwright/nspawn:" + self.release
        self.binds = packages("ansible", "jinja2", "markupsafe", "packaging", "resolvelib", "yaml")

    def furnish(self):
        """Wait for systemd, and make the file systems."""
        late = time.monotonic() + SECONDS
        ask = self.command("systemctl", "is-active", "--quiet", "machines.target")
        while subprocess.run(ask, capture_output=True, check=False).returncode:
            assert time.monotonic() < late, "no systemd came up within %d seconds" % SECONDS
            time.sleep(0.1)
        small = self.engine.create_container(busybox(), ["true"])["Id"]
        try:
            put = subprocess.Popen(self.command("sh", "-c", "cat >" + SMALL), stdin=subprocess.PIPE)
            for piece in self.engine.export(small):
                put.stdin.write(piece)
            put.stdin.close()
            assert put.wait(60) == 0
        finally:
            self.engine.remove_container(small, force=True)
        self.run("sh", "-c", MAKE_SYSTEM)
