# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images of Podman."""

from __future__ import annotations

import re

from ..image_store import Images, stream
from .words import plain

DIGEST = "sha256:[0-9a-f]{64}"
UNTRUSTED = ("rejected by policy", "signature")  # in what Podman says then
TRUST = (
    "The policy.json of Podman's host is against it. Have it signed by a key that stands there, or change it there "
    "(podman_policy of the role rackwright.platform.podman)"
)


class PodmanImages(Images):
    """The same, further names in the spelling in which they are compared."""

    def prepare(self, rows, current, pull="missing"):
        """The declared rows as Images has them."""
        rows = super().prepare(rows, current, pull)
        return [dict(row, tags=sorted(map(plain, row["tags"]))) if row.get("tags") else row for row in rows]

    def _made_from(self, row, have, pull):
        """What the registry has is the same where an image has its digest, be it that of several platforms."""
        done = super()._made_from(row, have, pull)
        if have and "%s@%s" % (row["name"].rpartition(":")[0], done.get("digest")) in have["_digests"]:
            done["digest"] = have["digest"]
        return done

    def _push(self, repository, tag):
        """Podman does not keep by which digest a registry has what it was sent, unless that is pulled: no more than the
        manifest, as all else is here. The name by which it came is no longer needed then."""
        lines = super()._push(repository, tag)
        digest = re.search(DIGEST, str(lines)).group()
        stream(self.client, "pull", repository, tag=digest, stream=True, decode=True)
        self.client.call("remove_image", "%s@%s" % (repository, digest), write=True)
        return lines

    @staticmethod
    def way_out(told):
        """Where the host's policy stands against it, that is where to go."""
        return TRUST if any(mark in told.lower() for mark in UNTRUSTED) else Images.way_out(told)
