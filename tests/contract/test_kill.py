# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Twenty servers made by one task that is killed (SIGKILL) at each of its API calls in turn, and run again.

The call that it is killed at is carried out, and nobody learns of it. The second run ends with exactly the declared
servers, and a third finds nothing to do. `make kill` takes every call of every provider; here the slow ones take some,
and the slowest none: the contract suite kills those at each kind of write.
"""

from __future__ import annotations

import os
import random
import signal

import pytest
from contract.modules import Forge, run
from contract.provider import Provider
from contract.providers import PROVIDERS, running

NUMBER = 20
SLOW = {
    "lab": 0,
    "ironic": 0,
    "ec2": 4,
    "ec2-ip_address": 0,
    "libcloud": 4,
    "libcloud-dns": 8,
    "libcloud-vultr": 8,
    "designate": 0,
    "openstack": 0,
    "openstack-ip_address": 0,
    "marathon": 12,
    "hephy": 6,
    "drycc": 6,
}  # provider -> calls that are tried unless all are
ALL = os.environ.get("RACKWRIGHT_KILL") == "all"
FLEETS = sorted(name for name, kind in PROVIDERS.items() if kind.fleet is not Provider.fleet)
KILLABLE = [name for name in FLEETS if ALL or SLOW.get(name) != 0]


@pytest.fixture(scope="module", params=KILLABLE)
def provider(request):
    """Each provider with servers to make, started once."""
    with running(request.param) as found:
        yield found


@pytest.fixture
def door(provider):
    """A proxy in front of it."""
    provider.fresh()
    with provider.door() as proxy:
        yield proxy
    provider.fresh()


def moments(provider, calls):
    """The indexes of the calls to be killed at, and how they were chosen."""
    some = SLOW.get(provider.NAME)
    if ALL or some is None or some >= calls:
        return range(calls), "each of %d calls" % calls
    seed = int(os.environ.get("RACKWRIGHT_KILL_SEED") or random.randrange(10**6))
    return sorted(random.Random(seed).sample(range(calls), some)), "RACKWRIGHT_KILL_SEED=%d" % seed


@pytest.mark.timeout(7200 if ALL else 1200)
def test_killed_at_each_call_and_run_again(provider, door):
    rows = provider.fleet(NUMBER)
    args = provider.args(door.url, rows)
    run(provider.MODULE, args)
    assert provider.truth() == provider.facts(rows)
    chosen, how = moments(provider, len(door.seen))
    print(how)
    killed = 0
    with Forge(provider.MODULE) as forge:
        for number, index in enumerate(chosen, 1):
            if ALL:  # it takes long; seen with -s
                print("%s: killed at call %d, %d of %d" % (provider.NAME, index, number, len(chosen)), flush=True)
            provider.fresh()
            door.clear()
            # which call comes when is not the same in each run; one may be less
            killed += forge.killed(door, args, after=index) == -signal.SIGKILL
            door.clear()
            door.drain()
            result = run(provider.MODULE, args)
            assert result["failed_keys"] == {}, (how, index, result)
            assert provider.truth() == provider.facts(rows), (how, index)
            assert provider.litter() == [], (how, index)
            door.clear()
            again = run(provider.MODULE, args)
            assert not again["changed"] and door.writes == [], (how, index, again["plan"])
    assert killed >= 0.8 * len(chosen), "only %d of %d runs were killed" % (killed, len(chosen))
