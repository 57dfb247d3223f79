# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""zoo.cfg as data. ZooKeeper writes the file itself when its membership changes: what counts is what it says."""

from __future__ import annotations

import base64
import hashlib

DYNAMIC = "dynamicConfigFile"
DIGEST = "DigestAuthenticationProvider.superDigest"
HEAD = "# Written by rackwright.platform.zookeeper_config, and by ZooKeeper when its membership changes\n"
# what belongs into the file of the membership
FORBIDDEN = ("server.", "group.", "weight.", DYNAMIC, "clientPort", DIGEST)


def parse(text):
    """{key: value} of a zoo.cfg."""
    lines = [line.strip() for line in (text or "").splitlines()]
    pairs = [line.partition("=") for line in lines if "=" in line and not line.startswith(("#", "!"))]
    return {key.strip(): value.strip() for key, _equals, value in pairs}


def render(settings):
    """The text of a zoo.cfg."""
    return HEAD + "".join("%s=%s\n" % pair for pair in sorted(settings.items()))


def plain(settings):
    """Settings from YAML as ZooKeeper reads them."""
    return {key: spelled(value) for key, value in settings.items() if value is not None}


def spelled(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def problems(settings):
    """Settings that the role must keep to itself, and values that would break out of their line."""
    found = ["%s belongs to the membership, which the role writes" % k for k in settings if k.startswith(FORBIDDEN)]
    found += ["%s must be one line" % k for k, v in settings.items() if "\n" in k + v or "\r" in k + v or "=" in k]
    return found


def digest(secret):
    """What ZooKeeper keeps of the superuser's password."""
    return "super:" + base64.b64encode(hashlib.sha1(b"super:" + secret.encode()).digest()).decode()


def fingerprint(settings, command):
    """A name for the settings and the command line, by which a process is known that has started with them."""
    text = render(settings) + command
    return hashlib.sha256(text.encode()).hexdigest()[:16]
