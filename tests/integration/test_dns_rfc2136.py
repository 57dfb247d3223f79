# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rfc2136 driver on a real BIND and a real Knot: every record type, many records, other writers, and all that is
refused, broken or not what it says."""

from __future__ import annotations

import base64
import pathlib
import signal
from functools import partial

import dns.message
import dns.name
import dns.query
import dns.rdatatype
import dns.rrset
import dns.tsig
import dns.update
import pytest
import yaml
from ansible_collections.rackwright.platform.plugins.module_utils.core.apply import apply
from ansible_collections.rackwright.platform.plugins.module_utils.core.plan import plan
from ansible_collections.rackwright.platform.plugins.module_utils.dns.drivers import rfc2136
from ansible_collections.rackwright.platform.plugins.module_utils.dns.resource import record_sets
from contract.dnsdoor import DnsProxy, read_frame
from contract.messages import Hangup
from contract.modules import Forge, run
from contract.proxy import cut, forward
from integration.bind import Bind
from integration.knot import Knot
from integration.play import play
from integration.process import until

CASES = yaml.safe_load((pathlib.Path(__file__).parents[1] / "unit/cases/dns/values.yml").read_text(encoding="utf-8"))
ZONES = ("example.org", "other.example", "0/25.2.0.192.in-addr.arpa", "_odd.example", "xn--bcher-kva.example")
ROW = {"name": "www", "type": "A", "ttl": 60, "values": ["192.0.2.1"]}
WRONG = base64.b64encode(b"not the secret of any server").decode()


@pytest.fixture(scope="module", params=["bind", "knot"])
def server(request):
    kind = Knot if request.param == "knot" else partial(Bind, more="check-names primary ignore;")
    with kind(*ZONES) as running:
        yield running


@pytest.fixture
def door(server):
    """A door in front of the server, whose zone is the same before and after."""
    clear(server)
    with DnsProxy(("127.0.0.1", server.port)) as proxy:
        yield proxy
    clear(server)


def update(server, zone, *acts):
    """Change the zone past the driver: ("add", name, ttl, type, value) or ("delete", name[, type])."""
    message = dns.update.UpdateMessage(zone)
    for act, *what in acts:
        getattr(message, act)(*what)
    message.use_tsig(dns.tsig.Key(server.KEY, server.secret, "hmac-sha256"))
    assert dns.query.tcp(message, "127.0.0.1", port=server.port, timeout=20).rcode() == 0


def clear(server, zone="example.org"):
    """Take away all but the zone's start: SOA, NS and the NS's address."""
    kept = ("%s." % zone, "ns1.%s." % zone)
    gone = sorted({name for name, _kind in server.sets(zone) if name not in kept})
    apex = sorted({kind for name, kind in server.sets(zone) if name == kept[0] and kind != "NS"})
    for at in range(0, len(gone), 1000):
        update(server, zone, *[("delete", name) for name in gone[at : at + 1000]])
    update(server, zone, *[("delete", kept[0], kind) for kind in apex], ("delete", kept[1], "TXT"))


def options(server, door=None, **more):
    return server.options(**dict({"port": door.port} if door else {}, **more))


def task(server, door=None, rows=(ROW,), zone="example.org", connection=None, **more):
    found = {"provider": "rfc2136", "rfc2136": options(server, door, **(connection or {})), "zone": zone}
    return dict(found, records=list(rows), **more)


def converge(store, resource, rows, prune=None):
    """Plan and apply; returns the plan."""
    made = plan(resource, list(store.read()), rows, prune=prune)
    store.amend(made, [], None)
    report = apply(store, made)
    assert report, report.failed
    return made


def stores(server, zone="example.org.", **more):
    return rfc2136.RFC2136(options(server, **more)).records(zone)


def paths(door, kind):
    return [request.path for request in door.seen if request.path.startswith("/%s/" % kind)]


def test_every_type_comes_back_as_it_was_sent(server, door):
    resource, rows = record_sets("example.org.", ttl=60), []
    for kind, case in CASES.items():
        for number, (value, _wanted) in enumerate(case["good"]):
            if kind not in ("SOA", "ALIAS", "DNSKEY", "CDS", "CDNSKEY"):
                rows.append({"name": "%s-%d" % (kind.lower(), number), "type": kind, "values": value})
    rows += [{"name": row["name"], "type": "NS", "values": "ns1"} for row in rows if row["type"] == "DS"]
    rows += [{"name": "mail", "type": "A", "values": "192.0.2.1"}]  # BIND wants an MX's target to have an address
    rows = resource.normalise(rows)
    store = stores(server)
    made = converge(store, resource, rows)
    assert len(made.changes) == len(rows) > 50
    assert [change.key for change in plan(resource, list(store.read()), rows).changes] == []
    deleted = converge(store, resource, [], prune=lambda row: row["name"] not in ("example.org.", "ns1.example.org."))
    assert deleted.count("delete") == len(rows)
    assert {key for key in server.sets("example.org")} == {("example.org.", "NS"), ("ns1.example.org.", "A")}


def test_a_thousand_records_are_one_transfer_and_two_updates(server, door):
    rows = [dict(ROW, name="host%d" % number) for number in range(1000)]
    assert run("dns_zone", task(server, door, rows, owner="fleet"))["changed"]
    assert [request.path for request in door.seen] == ["/AXFR/example.org."] + ["/UPDATE/example.org."] * 2
    door.clear()
    assert not run("dns_zone", task(server, door, rows, owner="fleet"))["changed"]
    assert [request.path for request in door.seen] == ["/AXFR/example.org."]
    assert len(server.sets("example.org")) == 2002
    door.clear()
    assert run("dns_zone", task(server, door, rows[:1], owner="fleet", prune=True, limits={"deletes": 100}))["changed"]
    assert len(paths(door, "UPDATE")) == 2 and len(server.sets("example.org")) == 4


def test_ten_thousand_records(server, door):
    rows = [dict(ROW, name="host%d" % number) for number in range(10_000)]
    resource = record_sets("example.org.", ttl=60)
    rows, store = resource.normalise(rows), stores(server)
    assert converge(store, resource, rows).count("create") == 10_000
    assert not converge(store, resource, rows)


@pytest.mark.parametrize("zone", ZONES[2:])
def test_zone_names_that_need_care(server, zone):
    resource = record_sets(zone + ".", ttl=60)
    rows = resource.normalise(
        [
            {"name": "10", "type": "PTR", "values": "h.example.org."},
            {"name": "*", "type": "TXT", "values": "wild", "owner": "fleet"},
            {"name": "@", "type": "TXT", "values": "apex", "owner": "fleet"},
        ]
    )
    rows = [dict(row, owner="fleet") for row in rows]
    store = stores(server, zone + ".")
    assert converge(store, resource, rows) and not converge(store, resource, rows)
    assert {("_wildcard._rackwright.%s." % zone, "TXT"), ("_rackwright.%s." % zone, "TXT")} <= set(server.sets(zone))
    clear(server, zone)


def test_what_a_zone_itself_is_cannot_be_changed(server):
    made = dict(task(server), kind="Native")
    assert "cannot do kind: it is the server's configuration" in run("dns_zone", made, fails=True)["msg"]
    result = run("dns_zone", task(server, rows=(), state="absent"), fails=True)
    assert "zone example.org. is there, and provider rfc2136 cannot delete it: dynamic updates" in result["msg"]
    assert "server's configuration" in result["msg"] and not result["changed"]
    result = run("dns_zone", task(server, zone="absent.example"), fails=True)
    assert "zone absent.example. is not there, and provider rfc2136 cannot create it" in result["msg"]
    result = run("dns_record", task(server, zone="absent.example"), fails=True)
    assert "zone absent.example.:" in result["msg"] and "does not serve it; check" in result["msg"]


def test_updates_by_datagrams(server, door):
    udp = {"protocol": "udp"}
    assert run("dns_record", task(server, connection=udp))["changed"]
    big = [dict(ROW, name="big%d" % number) for number in range(100)]
    assert run("dns_record", task(server, rows=big, connection=udp))["changed"]
    assert len(server.sets("example.org")) == 103
    assert not run("dns_record", task(server, rows=[ROW, *big], connection=udp))["changed"]


def meddling(door, server, *acts):
    """Let somebody else change the zone just before the next update arrives."""

    def meddle(link, request):
        update(server, "example.org", *acts)
        forward(link, request)

    door.fault(meddle, method="PATCH")


def test_two_writers_lose_nothing(server, door):
    meddling(door, server, ("add", "theirs.example.org.", 60, "A", "192.0.2.7"))
    assert run("dns_zone", task(server, door))["changed"]
    assert {name for name, _kind in server.sets("example.org")} >= {"www.example.org.", "theirs.example.org."}
    assert (len(paths(door, "AXFR")), len(paths(door, "UPDATE"))) == (2, 2)


def test_a_set_that_another_owner_has_made_meanwhile_is_his(server, door):
    theirs = [
        ("add", "www.example.org.", 60, "A", "192.0.2.7"),
        ("add", "www._rackwright.example.org.", 60, "TXT", '"A them"'),
    ]
    meddling(door, server, *theirs)
    result = run("dns_zone", task(server, door, owner="us"), fails=True)
    assert "belongs to owner 'them'" in result["msg"] and list(result["failed_keys"]) == ["www.example.org. A"]
    assert server.sets("example.org")["www.example.org.", "A"] == {"192.0.2.7"}


def test_killed_at_each_message_and_run_again(server, door):
    rows = [dict(ROW, name="host%d" % number) for number in range(1100)]
    args = task(server, door, rows, owner="fleet")
    there = {("host%d.example.org." % number, "A") for number in range(1100)}
    with Forge("dns_zone") as forge:
        for index in range(4):  # a transfer, three updates
            clear(server)
            door.clear()
            assert forge.killed(door, args, after=index) == -signal.SIGKILL and len(door.seen) == index + 1
            door.clear()
            door.drain()
            run("dns_zone", args)
            found = set(server.sets("example.org"))
            assert there <= found and len(found) == 2 + 2 * len(there)
            door.clear()
            assert not run("dns_zone", args)["changed"] and paths(door, "UPDATE") == []


def test_the_way_is_barred_to_wrong_keys(server, door):
    for connection, words in (
        ({"key_secret": WRONG}, "BADSIG"),
        ({"key_name": "nobody"}, "BADKEY"),
        ({"key_algorithm": "hmac-sha512"}, "BAD"),
        ({"key_name": None, "key_secret": None}, "does not let somebody without a TSIG key do that"),
    ):
        door.clear()
        result = run("dns_zone", task(server, door, connection=connection), fails=True)
        assert words in result["msg"] and not result["changed"], result["msg"]
        assert len(result["msg"].splitlines()) == 1 and WRONG not in result["msg"]
        assert paths(door, "UPDATE") == []
    assert len(server.sets("example.org")) == 2


def test_a_key_that_may_only_read(server, door):
    connection = {"key_name": "other", "key_secret": server.other}
    assert run("dns_zone", task(server, door, connection=connection), check=True)["changed"]
    result = run("dns_zone", task(server, door, connection=connection), fails=True)
    words = {"BIND": "does not let the TSIG key other do that", "Knot": "does not know the TSIG key other, or not for"}
    assert words[server.NAME] in result["msg"] and len(result["msg"].splitlines()) == 1
    assert list(result["failed_keys"]) == ["www.example.org. A"] and len(server.sets("example.org")) == 2


def signed(server, *rrsets):
    """A fault: a question is answered with these record sets, signed as the server would."""
    key = dns.tsig.Key(server.KEY, server.secret, "hmac-sha256")

    def fault(link, request):
        answer = dns.message.make_response(dns.message.from_wire(request.head[2:], keyring=key))
        answer.answer = [dns.rrset.from_text(*rrset) for rrset in rrsets]
        wire = answer.to_wire()
        link.client.sendall(len(wire).to_bytes(2, "big") + wire)
        raise Hangup

    return fault


def soa(zone):
    return (zone, 60, "IN", "SOA", "ns1.%s h.%s 1 3600 600 86400 300" % (zone, zone))


def first_message(link, request):
    """A fault: of a transfer of several messages, the first alone comes."""
    link.server = link.connect()
    link.from_server = link.server.makefile("rb")
    link.server.sendall(request.head)
    link.client.sendall(read_frame(link.from_server))
    raise Hangup


def test_a_transfer_that_is_cut_anywhere_changes_nothing(server, door):
    rows = [dict(ROW, name="host%d" % number) for number in range(3000)]
    run("dns_zone", task(server, rows=rows))
    there = server.sets("example.org")
    lonely = signed(server, soa("example.org."), ("a.example.org.", 60, "IN", "A", "192.0.2.1"))
    for fault in (cut, first_message, lonely):
        door.clear()
        door.fault(fault, method="GET", path="AXFR", times=0)
        pruned = task(server, door, prune=True, limits={"deletes": 100})
        result = run("dns_zone", pruned, fails=True)
        assert "the transfer of example.org." in result["msg"] and "before the answer was whole" in result["msg"]
        assert paths(door, "UPDATE") == [] and not result["changed"]
    assert server.sets("example.org") == there


def test_a_server_that_answers_another_zone_is_not_believed(server, door):
    other = [soa("other.example."), ("a.other.example.", 60, "IN", "A", "192.0.2.1"), soa("other.example.")]
    mixed = [soa("example.org."), ("a.other.example.", 60, "IN", "A", "192.0.2.1"), soa("example.org.")]
    for answers in (other, mixed):
        door.clear()
        door.fault(signed(server, *answers), method="GET", path="AXFR", times=0)
        result = run("dns_zone", task(server, door, prune=True, limits={"deletes": 100}), fails=True)
        assert "the transfer of example.org." in result["msg"] and not result["changed"], result["msg"]
        assert "another zone" in result["msg"], result["msg"]
        assert paths(door, "UPDATE") == []
    assert len(server.sets("example.org")) == 2


def test_an_answer_that_nobody_has_signed_is_not_believed(server, door):
    def unsigned(link, request):
        answer = dns.message.make_response(dns.message.from_wire(request.head[2:], keyring=False))
        wire = answer.to_wire()
        link.client.sendall(len(wire).to_bytes(2, "big") + wire)

    door.fault(unsigned, method="PATCH", times=0)
    result = run("dns_zone", task(server, door), fails=True)
    assert "without a signature" in result["msg"] and not result["changed"]


def test_options_from_the_environment_and_a_playbooks_view(server, door, monkeypatch):
    for name, value in options(server, door).items():
        monkeypatch.setenv("RACKWRIGHT_RFC2136_" + name.upper(), str(value))
    played = play(
        """
        - name: The zone
          rackwright.platform.dns_zone:
            provider: rfc2136
            zone: example.org
            records: [{name: www, type: A, values: [192.0.2.1]}]
        - name: What is there
          rackwright.platform.dns_zone_info: {provider: rfc2136, zone: example.org}
        - name: All zones
          rackwright.platform.dns_zone_info: {provider: rfc2136}
          ignore_errors: true
        """,
        secrets=[server.secret],
    )
    assert played["The zone"]["changed"]
    assert {row["type"] for row in played["What is there"]["records"]} == {"A", "NS", "SOA"}
    assert "a nameserver does not list its zones" in played["All zones"]["msg"]


class TestOnBindAlone:
    """What only BIND is configured for, or does."""

    RULES = {
        "a key that may not change the SOA": "update-policy { grant rackwright zonesub A AAAA; };",
        "any update": "allow-update { key rackwright; };",
        "signed": "update-policy { grant rackwright zonesub ANY; }; dnssec-policy default;",
    }

    @pytest.mark.parametrize("rule", RULES.values(), ids=[name.replace(" ", "-") for name in RULES])
    def test_ways_to_let_a_key_update(self, rule, monkeypatch):
        monkeypatch.setattr(rfc2136, "CHANGES", 20)
        resource = record_sets("example.org.", ttl=60)
        with Bind("example.org", rule=rule) as bind:
            store = stores(bind)
            for value in ("192.0.2.1", "192.0.2.2"):
                rows = resource.normalise(dict(ROW, name="h%d" % number, values=value) for number in range(50))
                assert len(converge(store, resource, rows).changes) == 50
                until(lambda rows=rows: not plan(resource, list(store.read()), rows))
            with DnsProxy(("127.0.0.1", bind.port)) as door:
                meddling(door, bind, ("delete", "h1.example.org."), ("add", "h1.example.org.", 9, "A", "192.0.2.9"))
                changed = resource.normalise(dict(ROW, name="h%d" % number, values="192.0.2.3") for number in range(3))
                converge(stores(bind, port=door.port), resource, changed)
                assert len(paths(door, "AXFR")) == 2, "the other writer was not noticed"

    def test_what_an_mx_points_to_comes_first_and_its_lack_is_told(self, monkeypatch):
        monkeypatch.setattr(rfc2136, "CHANGES", 2)
        rows = [{"name": "m%d" % n, "type": "MX", "values": "5 t%d" % n} for n in range(5)]
        rows += [{"name": "t%d" % n, "type": "AAAA", "values": "2001:db8::1"} for n in range(5)]
        rows += [{"name": "@", "type": "NS", "values": ["ns1", "t1"]}]
        resource = record_sets("example.org.", ttl=60)
        with Bind("example.org") as bind:
            store = stores(bind)
            converge(store, resource, resource.normalise(rows))
            assert len(bind.sets("example.org")) == 12
            result = run("dns_record", task(bind, rows=[ROW, dict(rows[0], values="5 nowhere")]), fails=True)
            assert list(result["failed_keys"]) == ["m0.example.org. MX"] and result["pending"] == ["www.example.org. A"]
            assert "because nowhere.example.org. has no address in the zone" in result["msg"]
            back = resource.normalise([dict(rows[-1], values="ns1")])
            converge(store, resource, back, prune=lambda row: row["name"][0] in "mt")
            assert len(bind.sets("example.org")) == 2

    def test_glue_is_not_pruned_and_the_message_says_why(self):
        with Bind("example.org") as bind:
            result = run("dns_zone", task(bind, prune=True), fails=True, check=True)
            assert "record set ns1.example.org. A: the zone's own NS set names this host" in result["msg"]
            ignoring = task(bind, prune=True, ignore=[{"name": "ns1"}])
            assert run("dns_zone", ignoring)["changed"] and len(bind.sets("example.org")) == 3
