# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SSH keys that a provider installs on new servers. The fingerprint is the identity, whatever a key is called."""

from __future__ import annotations

import base64
import hashlib
import re

from ..core.errors import Refused
from ..core.field import Field
from ..core.resource import Resource
from .resource import public_key
from .things import options

FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}\Z")


def fingerprint(line):
    """The SHA-256 fingerprint of a public key line, as `ssh-keygen -l` prints it."""
    blob = base64.b64decode(public_key(line).split()[1])
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def _fingerprint(text):
    if not FINGERPRINT.match(text):
        raise ValueError("%r is not a fingerprint as `ssh-keygen -l` prints it, SHA256:..." % text)
    return text


SSH_KEY = Resource(
    "ssh_key",
    "ssh_keys",
    identity=("fingerprint",),
    fields=(
        Field(
            "fingerprint",
            normal=_fingerprint,
            help="Its SHA-256 as C(ssh-keygen -l) prints it; follows from O(ssh_keys[].key). Enough to remove a key.",
        ),
        Field("key", normal=public_key, mutable="create_only", help="The public key, as in an C(id_ed25519.pub) file."),
        Field("name", help="What it is called; by default the comment of the key."),
        Field("owner", given=False, help="Who it belongs to."),
        Field("id", given=False, compare="ignore", help="The provider's own name for it."),
    ),
)
SCOPE = (
    Field(
        "scope",
        choices=("account", "project", "server"),
        default="project",
        help=(
            "Whose keys these are: of the user whose token this is, of the project, or of the one server O(server).",
            "A provider that has no such scope refuses it.",
        ),
    ),
    Field("server", help="With O(scope=server), the server's name."),
)
MANAGE = options(SSH_KEY, "ssh_keys", "The keys.", *SCOPE)
LOOK = SCOPE


def identified(rows):
    """The rows with the fingerprint that follows from their key, and a name. Raises Refused."""
    done, problems = [], []
    for row in rows:
        row, key = dict(row), row.get("key")
        try:
            if key:
                found = fingerprint(key)
                if row.get("fingerprint") not in (None, found):
                    problems.append("ssh_key %s: its fingerprint is %s" % (row["fingerprint"], found))
                words = key.split(None, 2)
                row.update(fingerprint=found, name=row.get("name") or (words[2].strip() if len(words) > 2 else None))
            elif not row.get("fingerprint"):
                problems.append("ssh_key %s: give its key, or its fingerprint to remove it" % (row.get("name") or "?"))
        except ValueError as error:
            problems.append("ssh_key %s: %s" % (row.get("name") or "?", error))
        done.append(row)
    if problems:
        raise Refused(problems)
    return done


def scoped(params):
    """Raise Refused when the scope and the server do not go together."""
    if (params["scope"] == "server") != bool(params.get("server")):
        raise Refused("scope: server and the option server go together; give both or neither")
