# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a new server is seeded with, where the API has no place for it: keys in user data, digests in notes; pure."""

from __future__ import annotations

import email
import hashlib
import json
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

from ..core.errors import Refused
from .user_data import HEADER

KINDS = {  # how a text begins -> the subtype by which cloud-init knows a part
    HEADER: "cloud-config",
    "#!": "x-shellscript",
    "#include": "x-include-url",
    "#cloud-boothook": "cloud-boothook",
    "## template: jinja": "jinja2",
}
MIME = ("content-type:", "mime-version:")
NO_PLACE = "ssh_keys: the first goes to the provider, more of them by cloud-init, and its user data is not for that"


def keys_digest(lines):
    """What a note on a server keeps of the keys that it was made with."""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]


def multipart(parts):
    """One message of (subtype, text); the same parts give the same bytes."""
    digest = hashlib.sha256(json.dumps(parts).encode("utf-8")).hexdigest()[:24]
    whole = MIMEMultipart(boundary="==rackwright-%s==" % digest)
    for kind, text in parts:
        whole.attach(_part(kind, text))
    return whole.as_string()


def with_keys(text, keys):
    """User data with further keys for the image's first user, beside the user's own, which stays word for word.

    text: the user's own, or None. Raises Refused where it is nothing that cloud-init reads in parts.
    """
    if not keys:
        return text
    how = "list(append)+dict(recurse_array)+str()"
    extra = "%s\nmerge_how: %s\nssh_authorized_keys: %s\n" % (HEADER, how, json.dumps(keys))
    if not text:
        return extra
    kind = next((kind for head, kind in KINDS.items() if text.startswith(head)), None)
    if kind:
        return multipart([(kind, text), ("cloud-config", extra)])
    whole = email.message_from_string(text) if text.lower().startswith(MIME) else None
    if whole is None or not whole.is_multipart():
        raise Refused(NO_PLACE)
    whole.attach(_part("cloud-config", extra))
    return whole.as_string()


def _part(kind, text):
    return MIMEText(text, kind, "us-ascii" if text.isascii() else "utf-8")
