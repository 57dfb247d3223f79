# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engines by name. The imports are literal, so that Ansible ships the drivers with the modules."""

from __future__ import annotations

from ..core.driver import Drivers


def _docker():
    from .drivers.docker import Docker

    return Docker


def _nspawn():
    from .drivers.nspawn import Nspawn

    return Nspawn


def _podman():
    from .drivers.podman import Podman

    return Podman


def _rkt():
    from .drivers.rkt import Rkt

    return Rkt


DRIVERS = Drivers(docker=_docker, nspawn=_nspawn, podman=_podman, rkt=_rkt)
