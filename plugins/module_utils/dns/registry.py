# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The DNS providers by name. The imports are literal, so that Ansible ships the drivers with the modules."""

from __future__ import annotations

from ..core.driver import Drivers


def _designate():
    from .drivers.designate import Designate

    return Designate


def _libcloud():
    from .drivers.libcloud import Libcloud

    return Libcloud


def _powerdns():
    from .drivers.powerdns import PowerDNS

    return PowerDNS


def _rfc2136():
    from .drivers.rfc2136 import RFC2136

    return RFC2136


def _route53():
    from .drivers.route53 import Route53

    return Route53


def _zonefile():
    from .drivers.zonefile import ZoneFile

    return ZoneFile


DRIVERS = Drivers(
    designate=_designate,
    libcloud=_libcloud,
    powerdns=_powerdns,
    rfc2136=_rfc2136,
    route53=_route53,
    zonefile=_zonefile,
)
