# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One zone at two providers in one task, and servers that are asked whether they say what was declared.

Against a real PowerDNS and two real BINDs.
"""

from __future__ import annotations

import pytest
from contract.modules import run
from integration.bind import Bind
from integration.powerdns import PowerDNS

ZONE = "targets.test"
ROWS = [
    {"name": "www", "type": "A", "ttl": 300, "values": ["192.0.2.1", "192.0.2.2"]},
    {"name": "note", "type": "TXT", "values": ["v=spf1 -all"]},
]


@pytest.fixture(scope="module")
def servers():
    """(PowerDNS, BIND, another BIND that nobody changes)."""
    with PowerDNS() as pdns, Bind(ZONE) as bind, Bind(ZONE) as other:
        yield pdns, bind, other


@pytest.fixture
def declare(servers):
    """Runs dns_zone or dns_record at both; changes: to the connection of PowerDNS."""
    pdns, bind, _other = servers

    def declare(module="dns_zone", check=False, fails=False, at=None, **more):
        api = dict({"url": pdns.url, "api_key": pdns.api_key}, **(at or {}))
        targets = [{"provider": "powerdns", "powerdns": api}, {"provider": "rfc2136", "rfc2136": bind.options()}]
        args = dict({"targets": targets, "zone": ZONE, "records": ROWS}, **more)
        return run(module, args, check=check, diff=True, fails=fails)

    return declare


def test_each_is_compared_and_changed_on_its_own(servers, declare):
    pdns, bind, _other = servers
    foretold = declare(check=True)
    result = declare()
    assert foretold["plan"] == result["plan"] and result["changed"]
    assert [one["provider"] for one in result["targets"]] == ["powerdns", "rfc2136"]
    assert {line["key"] for line in result["plan"] if "www" in line["key"]} == {
        "www.targets.test. A, target 1 (powerdns)",
        "www.targets.test. A, target 2 (rfc2136)",
    }
    headers = [diff["before_header"] for diff in result["diff"]]
    assert headers[-2:] == ["2 record sets, target 1 (powerdns)", "2 record sets, target 2 (rfc2136)"]
    assert bind.sets(ZONE)["www.targets.test.", "A"] == {"192.0.2.1", "192.0.2.2"}
    again = declare()
    assert not again["changed"] and again["diff"] == []
    one = declare("dns_record", records=[{"name": "www", "type": "A", "values": ["192.0.2.9"]}])
    assert len(one["plan"]) == 2 and one["targets"][0]["records"] == one["targets"][1]["records"]
    secrets = (pdns.api_key, bind.secret)
    assert not any(secret in str(result) for secret in secrets)


def test_what_fails_at_one_does_not_keep_the_other_from_being_done(servers, declare):
    _pdns, bind, _other = servers
    rows = [{"name": "new", "type": "A", "values": ["192.0.2.7"]}]
    result = declare(at={"api_key": "wrong"}, records=rows, fails=True)
    assert result["msg"].startswith("target 1 (powerdns): PowerDNS refuses") and "target 2" not in result["msg"]
    assert result["applied"] == ["new.targets.test. A, target 2 (rfc2136)"] and result["changed"]
    assert ("new.targets.test.", "A") in bind.sets(ZONE)


def test_a_task_needs_one_or_the_other(servers):
    result = run("dns_zone", {"zone": ZONE, "records": ROWS}, fails=True)
    assert result["msg"] == "one of the following is required: provider, targets"
    result = run("dns_zone", {"zone": ZONE, "targets": [{"provider": "nothing"}]}, fails=True)
    assert "value of provider must be one of" in result["msg"]
    result = run("dns_zone", {"zone": ZONE, "targets": [{"provider": "rfc2136"}], "records": []}, fails=True)
    assert result["msg"].startswith("target 1 (rfc2136): provider rfc2136: rfc2136.server is not set")


def asked(*servers):
    """The servers as a task names them."""
    return ["127.0.0.1:%d" % getattr(server, "dns_port", server.port) for server in servers]


def test_servers_that_agree_are_enough(servers, declare):
    pdns, bind, _other = servers
    declare(verify=True, verify_servers=asked(pdns, bind), verify_timeout=20)
    rows = [{"name": "new", "type": "A"}, {"name": "note", "type": "TXT"}]
    declare("dns_record", records=rows, state="absent", verify=True, verify_servers=asked(pdns, bind))


def test_who_lags_is_told(servers, declare):
    _pdns, bind, other = servers
    rows = [{"name": "late", "type": "A", "ttl": 60, "values": ["192.0.2.8"]}]
    result = declare(records=rows, verify=True, verify_servers=asked(bind, other), verify_timeout=1, fails=True)
    late = "127.0.0.1:%d: late.targets.test. A is not there instead of 192.0.2.8 (TTL 60)" % other.port
    assert late in result["msg"] and "127.0.0.1:%d" % bind.port not in result["msg"]
    assert "not every server says so" in result["msg"] and len(result["applied"]) == 2, "it was changed, though"


@pytest.mark.parametrize("server", ["127.0.0.1:dns", ":53"])
def test_a_server_must_be_one(declare, server):
    result = declare(verify=True, verify_servers=[server], fails=True)
    assert "verify_servers: %r is no server" % server in result["msg"]


def look(server, name, *types, fails=False, **more):
    """A live answer of a server."""
    port = getattr(server, "dns_port", server.port)
    args = dict({"name": name, "types": list(types), "server": "127.0.0.1", "port": port, "recursive": False}, **more)
    return run("dns_answer_info", args, fails=fails)


def test_a_chosen_server_answers_in_the_same_rows(servers, declare):
    pdns, bind, _other = servers
    declare()
    told = {"www": {"name": "www.targets.test.", "type": "A", "ttl": 300, "values": ["192.0.2.1", "192.0.2.2"]}}
    for server in (pdns, bind):
        found = look(server, "www.targets.test", "A", "AAAA", "MX")
        assert found["records"] == [told["www"]] and found["rcode"] == "NOERROR" and found["authoritative"]
        assert found["server"] == "127.0.0.1:%d" % getattr(server, "dns_port", server.port) and not found["changed"]
    assert look(bind, "nobody.targets.test", "A")["rcode"] == "NXDOMAIN"
    assert look(bind, "elsewhere.test", "A")["rcode"] == "REFUSED"
    assert look(bind, "192.0.2.1", "PTR")["records"] == []


def test_bad_questions_are_told(servers):
    _pdns, bind, _other = servers
    assert "the name 'a..b' has an empty label" in look(bind, "a..b", "A", fails=True)["msg"]
    assert "is no record type known here" in look(bind, "a.test", "ADDRESS", fails=True)["msg"]
    assert "no nameserver answers" in look(bind, "a.test", "A", port=1, timeout=1, fails=True)["msg"]
