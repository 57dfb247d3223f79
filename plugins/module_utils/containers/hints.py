# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way out of what an engine says when it cannot do something."""

from __future__ import annotations

HINTS = (
    ("already allocated", "Choose another public port, or stop what publishes it"),
    ("address already in use", "Choose another public port, or stop the process that listens there"),
    ("No such image", "Bring it with rackwright.platform.container_image, or let `pull: missing` fetch it"),
    ("bind source path does not exist", "Create it on the engine's host first"),
    ("executable file `", "Check command and entrypoint against what the image holds"),
    ("mountpoint for volume", "The source of a volume is below a file of the engine's host: correct its path"),
    (
        "to be able to reuse that name",
        "Where no container of that name is listed, an engine that was killed has left its files: "
        "`podman rm --force` with the name removes them",
    ),
    ("unable to find user", "Name a user that the image's /etc/passwd has, or give a number"),
    ("not a directory", "A folder was to be mounted on a file, or a file on a folder: compare source and target"),
    (
        "no space left",
        "Make room where the engine keeps its data (`docker system df` or `podman system df` tells what it holds)",
    ),
    (
        "join network of a non running container",
        "Its pod does not run: start it with rackwright.platform.container_pod",
    ),
    ('exec: "', "Check command and entrypoint against what the image holds"),
)


def explained(failure, hints=HINTS):
    """The failure with the way out, where we know one; of the same kind. hints: what is said, and the way out of it."""
    words = str(failure)
    for mark, hint in hints:
        if mark.lower() in words.lower() and hint not in words:
            return type(failure)("%s. %s" % (words.rstrip("."), hint))
    return failure
