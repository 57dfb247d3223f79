# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Third-party libraries, imported late and reported in one way."""

from __future__ import annotations

import importlib
import os
import platform
import sys

from .errors import Failure


def need(module, package=None, wanted_for=""):
    """Import `module`, or raise Failure that says what to install where.

    package: its name on PyPI when it differs. wanted_for: what cannot work without it.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = package or module
        purpose = " and needed for %s" % wanted_for if wanted_for else ""
        raise Failure(
            "The Python library %s is missing on %s%s (%s). Install it for the Python that runs this module: "
            "%s -m pip install %s" % (package, platform.node(), purpose, error, sys.executable, package)
        ) from None


def absolute(path):
    """A path of the user's with `~` and variables resolved."""
    return os.path.abspath(os.path.expanduser(os.path.expandvars(path)))
