# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contract suite's providers, each in a file of its own."""

from __future__ import annotations

import contextlib

from contract.clouds import ServersOnEc2, ServersOnLibcloud
from contract.clouds_things import AddressesOnEc2, KeysOnEc2
from contract.deis import AppsOnDrycc, AppsOnHephy
from contract.designate import DnsOnDesignate
from contract.engines import ContainersOnDocker, ContainersOnPodman, ServersOnLab
from contract.engines_pods import PodsOnDocker, PodsOnPodman
from contract.engines_things import NetworksOnDocker, NetworksOnPodman, VolumesOnDocker, VolumesOnPodman
from contract.ironic import MachinesOnIronic, ServersOnIronic
from contract.libcloud_dns import DnsOnLibcloud, DnsOnVultr
from contract.marathon import AppsOnMarathon
from contract.names import ALL
from contract.nspawn import ContainersOnNspawn
from contract.openstack import AddressesOnNova, ServersOnNova
from contract.packets import (
    AddressesOnPacket,
    KeysOnPacket,
    NetworksOnPacket,
    OrganizationsOnPacket,
    ProjectsOnPacket,
    ServersOnPacket,
)
from contract.powerdns import DnsOnPowerDNS
from contract.redfish import MachinesOnSushy
from contract.rkt import ContainersOnRkt
from contract.route53 import DnsOnRoute53
from contract.updates import DnsOnBind, DnsOnKnot
from contract.zonefile import DnsInZoneFile

KINDS = (
    DnsOnPowerDNS,
    DnsOnRoute53,
    DnsOnBind,
    DnsOnKnot,
    DnsInZoneFile,
    DnsOnDesignate,
    DnsOnLibcloud,
    DnsOnVultr,
    ServersOnLab,
    ContainersOnDocker,
    ContainersOnPodman,
    NetworksOnDocker,
    VolumesOnDocker,
    MachinesOnSushy,
    ServersOnNova,
    AddressesOnNova,
    ServersOnEc2,
    KeysOnEc2,
    AddressesOnEc2,
    ServersOnIronic,
    ServersOnPacket,
    KeysOnPacket,
    AddressesOnPacket,
    NetworksOnPacket,
    ProjectsOnPacket,
    OrganizationsOnPacket,
    ServersOnLibcloud,
    AppsOnMarathon,
    AppsOnHephy,
)
MORE = (
    AppsOnDrycc,
    ContainersOnNspawn,
    ContainersOnRkt,
    MachinesOnIronic,
    NetworksOnPodman,
    PodsOnDocker,
    PodsOnPodman,
    VolumesOnPodman,
)  # what others show as well; `make platforms` runs them
PROVIDERS = {kind.NAME: kind for kind in KINDS + (MORE if ALL else ())}


@contextlib.contextmanager
def running(name):
    """The provider of that name, started; stopped at the end."""
    provider = PROVIDERS[name]()
    try:
        provider.start()
    except BaseException:
        with contextlib.suppress(Exception):  # of what was not started yet
            provider.stop()
        raise
    try:
        yield provider
    finally:
        provider.stop()
