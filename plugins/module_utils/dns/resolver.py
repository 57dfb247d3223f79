# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host's own resolver: which mechanism rules it, what it asks now, and the file that makes it ask somebody else."""

from __future__ import annotations

import ipaddress
import os
import re
from collections import namedtuple

from ..core.files import Write, changes, read

FILE, RESOLVED = "file", "systemd-resolved"
RESOLV_CONF = "/etc/resolv.conf"
DROPIN = "/etc/systemd/resolved.conf.d/rackwright.conf"
UPLINKS = "/run/systemd/resolve/resolv.conf"
SAVED = "/var/lib/rackwright/resolv.conf"
MARK = "# Written by rackwright.platform.resolver"
MOST_NAMESERVERS = 3  # glibc reads no more

Settings = namedtuple("Settings", "nameservers search domains options")


class Host:
    """The host's files below `root`."""

    def __init__(self, root="/"):
        self.root = root

    def path(self, name):
        return os.path.join(self.root, name.lstrip("/"))

    def text(self, name):
        """The text of a file, None when there is none."""
        return read(self.path(name))

    def target(self, name):
        """Where a symbolic link leads, empty for anything else."""
        path = self.path(name)
        return os.readlink(path) if os.path.islink(path) else ""


def method(host):
    """file, systemd-resolved, or the name of a program that the module does not know."""
    target = host.target(RESOLV_CONF)
    if "systemd/resolve" in target:
        return RESOLVED
    for program in ("resolvconf", "NetworkManager", "netconfig"):
        if program in target:
            return program
    return FILE


def parse(text):
    """Settings of a resolv.conf."""
    found = {"nameserver": [], "search": [], "options": []}
    for line in (text or "").splitlines():
        word, _space, rest = line.strip().partition(" ")
        if word == "nameserver":
            found[word] += rest.split()[:1]
        elif word in ("search", "options"):
            found[word] = rest.split()
    return Settings(found["nameserver"], found["search"], [], found["options"])


def upstream(host):
    """Addresses of the resolvers that this host was given by its network, ours left out."""
    if method(host) == RESOLVED:
        ours = re.findall(r"^DNS=(.*)$", host.text(DROPIN) or "", re.MULTILINE)
        given = parse(host.text(UPLINKS)).nameservers
        return [address for address in given if address not in " ".join(ours).split()]
    text = host.text(RESOLV_CONF)
    return parse(host.text(SAVED) if is_ours(text) else text).nameservers


def is_ours(text):
    return (text or "").startswith(MARK)


def problems(settings, ruled_by):
    """Sentences about settings that would not work."""
    found = []
    for address in settings.nameservers:
        try:
            ipaddress.ip_address(address)
        except ValueError:
            found.append("nameservers: %s is no IP address" % address)
    if ruled_by == FILE and len(settings.nameservers) > MOST_NAMESERVERS:
        found.append("nameservers: resolv.conf takes %d, not %d" % (MOST_NAMESERVERS, len(settings.nameservers)))
    for name in settings.search + settings.domains:
        if not re.match(r"^(\.|[\w-]+(\.[\w-]+)*\.?)$", name):
            found.append("%s is no domain name" % name)
    if ruled_by not in (FILE, RESOLVED):
        found.append(
            "%s is ruled by %s on this host: set the name servers there, or replace the link by a plain file"
            % (RESOLV_CONF, ruled_by)
        )
    return found


def writes(host, settings):
    """[Write] that make the host ask `settings.nameservers`."""
    if method(host) == RESOLVED:
        return changes([Write(DROPIN, host.text(DROPIN), _dropin(settings))])
    text = host.text(RESOLV_CONF)
    wanted = [Write(RESOLV_CONF, text, _resolv_conf(settings))]
    if text is not None and not is_ours(text):
        wanted.insert(0, Write(SAVED, host.text(SAVED), text))
    return changes(wanted)


def undo(host):
    """[Write] that give the host its own resolvers back."""
    saved, text = host.text(SAVED), host.text(RESOLV_CONF)
    wanted = [Write(DROPIN, host.text(DROPIN), None)]
    if method(host) == FILE and is_ours(text):
        wanted.append(Write(RESOLV_CONF, text, saved))
    return changes(wanted + [Write(SAVED, saved, None)])


def _resolv_conf(settings):
    lines = [MARK + "; the original is kept in " + SAVED]
    if settings.search:
        lines.append("search " + " ".join(settings.search))
    lines += ["nameserver " + address for address in settings.nameservers]
    if settings.options:
        lines.append("options " + " ".join(settings.options))
    return "\n".join(lines) + "\n"


def _dropin(settings):
    # ~domain: only names below it are asked here; without any, all names are
    routed = ["~" + name for name in settings.domains] or ["~."]
    lines = [MARK, "[Resolve]", "DNS=" + " ".join(settings.nameservers)]
    return "\n".join(lines + ["Domains=" + " ".join(settings.search + routed)]) + "\n"
