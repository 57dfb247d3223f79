# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Places where a zone can live: real PowerDNS, BIND and Knot, a folder of zone files, and moto in Route 53's place."""

from __future__ import annotations

import contextlib

from integration.bind import Bind
from integration.knot import Knot
from integration.moto import KEY, Moto
from integration.powerdns import PowerDNS

PROVIDERS = {
    "powerdns": "powerdns",
    "another powerdns": "powerdns",
    "bind": "rfc2136",
    "knot": "rfc2136",
    "zonefile": "zonefile",
    "route53": "route53",
}


@contextlib.contextmanager
def places(zone, folder):
    """{place: the options of a task there: provider, its own, and the zone}. folder: for the zone files."""
    bare = zone.rstrip(".")
    with contextlib.ExitStack() as stack:
        first, second, bind, knot, moto = (
            stack.enter_context(one) for one in (PowerDNS(), PowerDNS(), Bind(bare), Knot(bare), Moto())
        )
        key = {"access_key": KEY["aws_access_key_id"], "secret_key": KEY["aws_secret_access_key"]}
        options = {
            "powerdns": {"url": first.url, "api_key": first.api_key},
            "another powerdns": {"url": second.url, "api_key": second.api_key},
            "bind": bind.options(),
            "knot": knot.options(),
            "zonefile": {"folder": str(folder)},
            "route53": dict(key, url=moto.url),
        }
        yield {
            place: {"provider": PROVIDERS[place], PROVIDERS[place]: one, "zone": zone} for place, one in options.items()
        }
