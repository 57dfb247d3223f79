# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every record type that a provider's table claims: made, read again, changed and pruned."""

from __future__ import annotations

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.dns import rdata
from ansible_collections.rackwright.platform.plugins.module_utils.dns.registry import DRIVERS
from contract.modules import run
from integration.dnsplaces import PROVIDERS, places
from integration.recordtypes import SAMPLES, claimed, row_of, walk

ZONE = "types.test."


@pytest.fixture(scope="module")
def there(tmp_path_factory):
    """The places."""
    with places(ZONE, tmp_path_factory.mktemp("zones")) as found:
        yield found


def test_there_is_a_sample_of_each():
    assert set(SAMPLES) - {"TYPE65280"} == set(rdata.TYPES) - {"SOA"}


@pytest.mark.parametrize("place", ["powerdns", "bind", "knot", "zonefile", "route53"])
def test_made_read_changed_and_pruned(there, place):
    walk(there[place], claimed(PROVIDERS[place], place))


@pytest.mark.parametrize("place", ["bind", "zonefile", "route53"])
def test_what_is_not_claimed_is_refused_with_the_tables_words(there, place):
    provider = PROVIDERS[place]
    for kind in set(SAMPLES) - set(claimed(provider)):
        told = run("dns_zone", dict(there[place], records=[row_of(kind)]), fails=True, check=True)["msg"]
        reason = DRIVERS[provider].abilities().get("type=" + kind, "does not have the type " + kind)
        assert kind in told and reason in told, told
