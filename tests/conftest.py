# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every test finds the collection, wherever the checkout lies, and the helpers below tests/ by their folder's name."""

from __future__ import annotations

import contextlib
import os
import pathlib
import sys

import hypothesis

hypothesis.settings.register_profile(
    "busy", deadline=None
)  # machines that do something else, too, are slow now and then
hypothesis.settings.load_profile("busy")
ROOT = pathlib.Path(__file__).resolve().parent.parent
LINK = ROOT / ".ansible" / "collections" / "ansible_collections" / "rackwright" / "platform"

if not LINK.exists():
    LINK.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):  # two workers begin at once
        LINK.symlink_to(os.path.relpath(ROOT, LINK.parent))

COLLECTIONS = str(LINK.parents[2])
if COLLECTIONS not in sys.path:
    sys.path.insert(0, COLLECTIONS)

from ansible.plugins.loader import init_plugin_loader

with contextlib.suppress(ValueError):  # done already
    init_plugin_loader([COLLECTIONS])


def pytest_collection_modifyitems(items):
    """See sharing.py."""
    from sharing import first_the_longest

    first_the_longest(items)


def pytest_xdist_make_scheduler(config, log):
    """Whole files and whole providers; see sharing.py."""
    from contract.providers import PROVIDERS
    from sharing import ByProvider

    return ByProvider(config, log, PROVIDERS)
