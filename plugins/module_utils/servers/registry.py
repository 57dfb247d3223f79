# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The providers of servers. The imports are literal, so that Ansible ships the drivers with the modules."""

from __future__ import annotations

from ..core.driver import Drivers


def _ec2():
    from .drivers.ec2 import Ec2

    return Ec2


def _ironic():
    from .drivers.ironic import IronicDriver

    return IronicDriver


def _lab():
    from .drivers.lab import Lab

    return Lab


def _libcloud():
    from .drivers.libcloud import Libcloud

    return Libcloud


def _openstack():
    from .drivers.openstack import OpenStack

    return OpenStack


def _packet():
    from .drivers.packet import Packet

    return Packet


def _redfish():
    from .drivers.redfish import Redfish

    return Redfish


DRIVERS = Drivers(
    ec2=_ec2,
    ironic=_ironic,
    lab=_lab,
    libcloud=_libcloud,
    openstack=_openstack,
    packet=_packet,
    redfish=_redfish,
)
