# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets among environment variables and the like: which they are by their names, and how they are shown; pure."""

from __future__ import annotations

import hashlib
import os
import re

from .field import MASK

SECRET = re.compile(
    r"pass|secret|token|credential|private|api_?key|access_?key|auth|(^|_)(key|pwd|pw|dsn)($|_)", re.IGNORECASE
)
USERINFO = re.compile(r"(?<=://)([^/\s:@]*):([^/\s@]+)(?=@)")
SALT = os.urandom(8)  # so that what is shown of a secret cannot be looked up


def masked(values):
    """Variables as they may be shown: secret-looking ones hidden behind a mark that differs where they differ."""
    return {key: _shown(key, value) for key, value in values.items()}


def hidden(values):
    """The texts in variables that must not be seen anywhere."""
    done = {value for key, value in values.items() if SECRET.search(key) and len(value) > 3}
    done |= {found[1] for value in values.values() for found in USERINFO.findall(value)}
    return done


def hide(text, secrets):
    """`text` with every one of `secrets` masked."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, MASK)
    return text


def mark(value):
    """A secret as it may be shown: behind a mark that differs where secrets differ."""
    return "%s (%s)" % (MASK, hashlib.sha256(SALT + value.encode("utf-8")).hexdigest()[:6])


def _shown(key, value):
    if value and SECRET.search(key):
        return mark(value)
    return USERINFO.sub(lambda found: "%s:%s" % (found.group(1), MASK), value)
