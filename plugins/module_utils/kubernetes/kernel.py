# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the kernel must have before a node runs: modules and settings, now and at each boot, and no swap."""

from __future__ import annotations

import re

from ..core.errors import Refused
from ..core.files import Write, carry_out, changes

MODULES = "/etc/modules-load.d/rackwright-kubernetes.conf"
SYSCTLS = "/etc/sysctl.d/90-rackwright-kubernetes.conf"
FSTAB = "/etc/fstab"
HEAD = "# Written by rackwright.platform.kubernetes_kernel\n"
MARK = "#rackwright# "
SIGNS = {"br_netfilter": "/proc/sys/net/bridge"}  # of a module that is part of the kernel


class Kernel:
    """The wanted modules, settings ({name: value}) and whether swap is to be off. here: a host.Host."""

    def __init__(self, here, modules, sysctls, swap_off):
        self.host, self.modules, self.swap_off = here, modules, swap_off
        self.sysctls = {name: str(value) for name, value in sysctls.items()}

    def writes(self):
        """The files that are to change."""
        host, found = self.host, []
        for path, lines in (
            (MODULES, self.modules),
            (SYSCTLS, ["%s = %s" % pair for pair in sorted(self.sysctls.items())]),
        ):
            after = HEAD + "".join(line + "\n" for line in lines) if lines else None
            found.append(Write(host.path(path), host.text(path), after))
        table = host.text(FSTAB)
        if self.swap_off and table is not None:
            found.append(Write(host.path(FSTAB), table, without_swap(table)))
        return changes(found)

    def missing(self):
        """The modules that are not in the kernel."""
        return [name for name in self.modules if not any(self.host.exists(sign) for sign in signs(name))]

    def unset(self):
        """The settings that are not in force; those of a module that is not loaded yet count as such."""
        return {name: value for name, value in self.sysctls.items() if self.value(name) != value.split()}

    def value(self, name):
        return (self.host.text(proc(name)) or "").split()

    def swapping(self):
        """Whether there is swap that must go."""
        return self.swap_off and len((self.host.text("/proc/swaps") or "").splitlines()) > 1

    def carry_out(self):
        """Make it so. Raises Refused for what the kernel does not have."""
        carry_out(self.writes())
        for name in self.missing():
            good, said = self.host.ask("modprobe", name)
            if not good:
                raise Refused("The kernel has no module %s: %s" % (name, said))
        for name, value in self.unset().items():
            if not self.host.exists(proc(name)):
                raise Refused("The kernel has no setting %s: is the module that brings it among the modules?" % name)
            with open(self.host.path(proc(name)), "w", encoding="ascii") as stream:
                stream.write(value)
        if self.swapping():
            self.host.run(["swapoff", "--all"])


def proc(name):
    """Where the kernel tells a setting."""
    return "/proc/sys/" + name.replace(".", "/")


def signs(name):
    return ["/sys/module/" + name.replace("-", "_")] + ([SIGNS[name]] if name in SIGNS else [])


def without_swap(table):
    """A file-system table whose swap is commented out, so that it is found again."""
    return re.sub(r"^(?=[^#\s]\S*\s+\S+\s+swap\s)", MARK, table, flags=re.MULTILINE)
