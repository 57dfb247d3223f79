# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The providers of servers. The imports are literal, so that Ansible ships the drivers with the modules."""

from __future__ import annotations

from .drivers.ec2 import Ec2
from .drivers.ironic import IronicDriver
from .drivers.lab import Lab
from .drivers.libcloud import Libcloud
from .drivers.openstack import OpenStack
from .drivers.packet import Packet
from .drivers.redfish import Redfish

DRIVERS = {driver.NAME: driver for driver in (Ec2, IronicDriver, Lab, Libcloud, OpenStack, Packet, Redfish)}
