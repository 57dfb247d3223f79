# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of container images: verified, loaded once, and noted on the host."""

from __future__ import annotations

import json
import os

from ..core.errors import Refused
from ..core.files import Write, carry_out, sha256
from .host import IMAGES

LOADERS = {
    "containerd": ["ctr", "--namespace", "k8s.io", "images", "import"],
    "crio": ["podman", "load", "--input"],  # CRI-O and Podman have one store
}
LONGEST = 1800  # seconds


class Images:
    """The images of a host. here: a host.Host."""

    def __init__(self, here, runtime):
        self.host, self.loader = here, LOADERS[runtime]

    def noted(self):
        """{file name: sha256} of what was loaded."""
        return json.loads(self.host.text(IMAGES) or "{}")

    def lacking(self, wanted):
        """Those of {path: sha256} that are still to be loaded."""
        noted = self.noted()
        return {path: digest for path, digest in wanted.items() if noted.get(os.path.basename(path)) != digest.lower()}

    def load(self, wanted):
        """Verify all of them, then load them. Raises Refused before any is loaded that is not what was meant."""
        wrong = list(unlike(self.host, wanted))
        if wrong:
            raise Refused("The images are not those that were meant: %s" % "; ".join(wrong))
        noted = self.noted()
        for path, digest in sorted(wanted.items()):
            self.host.run([*self.loader, path], timeout=LONGEST)
            noted[os.path.basename(path)] = digest.lower()
            carry_out([Write(self.host.path(IMAGES), None, json.dumps(noted, sort_keys=True) + "\n")])
            os.unlink(self.host.path(path))


def unlike(here, wanted):
    """What is wrong with files, one clause each."""
    for path, digest in sorted(wanted.items()):
        try:
            found = sha256(here.path(path))
        except OSError as error:
            yield "%s cannot be read (%s)" % (path, error.strerror)
            continue
        if found != digest.lower():
            yield "%s has the checksum %s, not %s" % (path, found, digest)
