# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad declarations and bad answers, wherever the zone is: the error names set and rule, and nothing was written.

Doors in front of real BIND and Knot and of moto see what is sent; files are compared byte by byte.
"""

from __future__ import annotations

import contextlib
import os

import pytest
from contract.dnsdoor import DnsProxy, rcode
from contract.modules import run
from contract.proxy import Proxy, answer, cut
from contract.route53 import DnsOnRoute53
from integration.badrows import BAD, THERE, refused, row
from integration.dnsplaces import PROVIDERS, places

ZONE = "bad.test."
SEEN = ["powerdns", "bind", "knot", "route53"]  # places with a door

WRONG = "d3JvbmcgYW5kIHdyb25n"
FORBIDDEN = b"""<?xml version="1.0"?><ErrorResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><Error>
<Type>Sender</Type><Code>SignatureDoesNotMatch</Code><Message>The request signature we calculated does not match the
signature you provided.</Message></Error><RequestId>1</RequestId></ErrorResponse>"""


class Place:
    """A zone with THERE in it; what is written is counted, and the zone is read past the door."""

    def __init__(self, options, door):
        self.provider, self.direct, self.door = options["provider"], options, door
        self.base = options if door is None else self._through(door)

    def _through(self, door):
        where = {"port": door.port} if self.provider == "rfc2136" else {"url": door.url}
        return dict(self.direct, **{self.provider: dict(self.direct[self.provider], **where)})

    def writes(self):
        """What was sent that writes."""
        return [seen.path for seen in self.door.writes]

    def facts(self):
        """The sets as they are; of a folder, its files."""
        if self.door is None:
            folder = self.direct["zonefile"]["folder"]
            files = [os.path.join(folder, name) for name in sorted(os.listdir(folder)) if not name.startswith(".")]
            return [(path, open(path, "rb").read(), os.stat(path).st_mtime_ns) for path in files]
        return run("dns_zone_info", self.direct)

    def login(self, **wrong):
        """The options with other credentials."""
        return dict(self.base, **{self.provider: dict(self.base[self.provider], **wrong)})


def door_of(options):
    """A door in front of the place, None where it is a folder."""
    own = options[options["provider"]]
    if options["provider"] == "zonefile":
        return contextlib.nullcontext()
    if options["provider"] == "rfc2136":
        return DnsProxy(("127.0.0.1", own["port"]))
    spell = DnsOnRoute53.spell if options["provider"] == "route53" else None
    return Proxy(("127.0.0.1", int(own["url"].rsplit(":", 1)[1])), spell=spell)


@pytest.fixture(scope="module")
def there(tmp_path_factory):
    """{place: its Place}."""
    with places(ZONE, tmp_path_factory.mktemp("zones")) as found, contextlib.ExitStack() as stack:
        made = {name: Place(options, stack.enter_context(door_of(options))) for name, options in found.items()}
        for place in made.values():
            run("dns_zone", dict(place.direct, records=THERE))
        yield made


@pytest.fixture
def place(there, request):
    """One of them, whose zone is the same after the test, and which nobody has written to."""
    found = there[request.param]
    before = found.facts()
    if found.door:
        found.door.clear()
    yield found
    if found.door:
        assert found.writes() == []
        found.door.clear()
    assert found.facts() == before


everywhere = pytest.mark.parametrize("place", list(PROVIDERS), indirect=True)
behind_a_door = pytest.mark.parametrize("place", SEEN, indirect=True)


@everywhere
def test_a_bad_declaration_is_refused_by_set_and_rule(place):
    for case in BAD:
        refused(place.base, case)


@everywhere
def test_a_zone_that_is_not_there_is_told_by_name(place):
    missing = dict(place.base, zone="absent.test.", records=[row("a", "A", "192.0.2.1")])
    result = run("dns_record", missing, fails=True)
    assert "zone absent.test." in result["msg"] and not result["changed"], result["msg"]
    result = run("dns_zone_info", {**place.base, "zone": "absent.test."}, fails=None)
    assert "absent.test." in result.get("msg", "absent.test."), result


@behind_a_door
def test_a_wrong_key_opens_nothing(place):
    option = {"rfc2136": "key_secret", "powerdns": "api_key", "route53": "secret_key"}[place.provider]
    options = place.login(**{option: WRONG})
    if place.provider == "route53":  # moto lets everybody in; Amazon answers so
        place.door.fault(answer(403, FORBIDDEN), times=0)
    result = run("dns_zone", dict(options, records=[row("good", "A", "192.0.2.9")]), fails=True)
    told = "it has another secret" if place.provider == "rfc2136" else "refuses the credentials"
    assert told in result["msg"] and not result["changed"], result["msg"]
    assert WRONG not in result["msg"]


@behind_a_door
def test_a_listing_that_is_cut_half_way_is_no_smaller_zone(place):
    place.door.fault(cut, method="GET", times=0)
    task = dict(place.base, records=[row("good", "A", "192.0.2.9")], prune=True, limits={"deletes": 100})
    result = run("dns_zone", task, fails=True)
    assert not result["changed"] and len(result["msg"].splitlines()) == 1, result["msg"]


@pytest.mark.parametrize("place", ["bind", "knot"])
@pytest.mark.parametrize("code", ["REFUSED", "NOTAUTH", "SERVFAIL"])
def test_a_refused_update_is_told_in_one_sentence_and_the_rest_is_pending(there, place, code):
    found = there[place]
    before = found.facts()
    found.door.fault(rcode(code), method="PATCH", times=0)
    result = run("dns_zone", dict(found.base, records=[row("good", "A", "192.0.2.9")]), fails=True)
    found.door.clear()
    assert code in result["msg"] and "the update of bad.test." in result["msg"], result["msg"]
    assert list(result["failed_keys"]) == ["good.bad.test. A"] and result["applied"] == []
    assert len(result["msg"].splitlines()) == 1 and found.facts() == before
