# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The DNS modules by real ansible-playbook on a real PowerDNS, behind a door that counts what passes."""

from __future__ import annotations

import json

import dns.name
import dns.query
import dns.rdatatype
import dns.zone
import pytest
import requests
import yaml
from contract.proxy import Proxy
from integration.play import play
from integration.powerdns import PowerDNS, free_port

KEYWORDS = ("check_mode", "ignore_errors", "register", "vars")
ZONES = "/api/v1/servers/localhost/zones"
DEFAULTS = {
    "group/rackwright.platform.dns": {"provider": "powerdns", "powerdns": {"url": "{{ url }}", "api_key": "{{ key }}"}}
}


@pytest.fixture(scope="module")
def server():
    with PowerDNS() as running:
        yield running


@pytest.fixture(scope="module")
def door(server):
    with Proxy(("127.0.0.1", server.port)) as proxy:
        yield proxy


@pytest.fixture(autouse=True)
def clean(door):
    door.clear()


class Site:
    """Runs tasks against the server, and asks the server itself what came of them."""

    def __init__(self, server, door):
        self.server, self.door = server, door
        self.api = requests.Session()
        self.api.headers["X-API-Key"] = server.api_key

    def run(self, tasks, **keywords):
        variables = dict({"url": self.door.url, "key": self.server.api_key}, **keywords.pop("vars", {}))
        keywords.setdefault("module_defaults", DEFAULTS)
        return play(tasks, vars=variables, secrets=[self.server.api_key], **keywords)

    def zone(self, name):
        answer = self.api.get("%s%s/%s" % (self.server.url, ZONES, name))
        return answer.json() if answer.ok else None

    def sets(self, name):
        """{(name, type): (ttl, values)} of a zone, without its SOA."""
        found = self.zone(name) or {"rrsets": []}
        return {
            (one["name"], one["type"]): (one["ttl"], sorted(r["content"] for r in one["records"]))
            for one in found["rrsets"]
            if one["type"] != "SOA"
        }

    def patch(self, zone, *sets):
        self.api.patch("%s%s/%s" % (self.server.url, ZONES, zone), json={"rrsets": sets}).raise_for_status()

    def calls(self):
        """The methods of what passed the door, in order."""
        return [request.method for request in self.door.seen]


@pytest.fixture(scope="module")
def site(server, door):
    return Site(server, door)


def rrset(name, kind, *values, **more):
    records = [{"content": value, "disabled": False} for value in values]
    return dict({"name": name, "type": kind, "ttl": 60, "changetype": "REPLACE", "records": records}, **more)


def task(name, module="dns_zone", **options):
    keywords = {
        word: options.pop(word) for word in ("check_mode", "ignore_errors", "register", "vars") if word in options
    }
    return dict({"name": name, "rackwright.platform." + module: options}, **keywords)


def test_twelve_steps(site):
    """Create, change, delete: in check mode, really, in check mode again, really again."""
    first = [{"name": "www", "type": "A", "values": ["192.0.2.1"]}, {"name": "@", "type": "MX", "values": ["10 www"]}]
    second = [dict(first[0], ttl=60, values=["192.0.2.2", "192.0.2.1"])]
    steps = []
    for what, options in (
        ("create", {"records": first}),
        ("modify", {"records": second, "prune": True}),
        ("delete", {"state": "absent"}),
    ):
        for how in ("check", "real", "check again", "real again"):
            steps.append(task("%s, %s" % (what, how), zone="steps.org", check_mode=how.startswith("check"), **options))
    played = site.run(steps)
    assert [result["changed"] for result in played.results] == [True, True, False, False] * 3
    for at in (0, 4, 8):
        assert played[at]["plan"] == played[at + 1]["plan"] != []
        assert played[at + 2]["plan"] == []
        assert played[at]["applied"] == [] and len(played[at + 1]["applied"]) == len(played[at]["plan"])
    assert [line["key"] for line in played[1]["plan"]] == ["steps.org.", "www.steps.org. A", "steps.org. MX"]
    assert [(line["verb"], line["key"]) for line in played[5]["plan"]] == [
        ("delete", "steps.org. MX"),
        ("update", "www.steps.org. A"),
    ]
    assert site.calls() == (  # where the zone is not there, a second GET asks whether the server is
        ["GET"] * 4
        + ["POST", "PATCH", "GET", "GET"]
        + ["GET", "GET", "PATCH", "GET", "GET"]
        + ["GET", "GET", "DELETE"]
        + ["GET"] * 4
    )
    assert site.zone("steps.org.") is None


def test_check_mode_and_diff_of_a_whole_run(site):
    tasks = [task("zone", zone="diff.org", records=[{"name": "www", "type": "A", "ttl": 60, "values": ["192.0.2.1"]}])]
    dry = site.run(tasks, check=True, diff=True)
    assert not site.door.writes and site.zone("diff.org.") is None
    assert "+www.diff.org.\t60\tIN\tA\t192.0.2.1" in dry.output and "+++ after: zone diff.org. (create)" in dry.output
    real = site.run(tasks, diff=True)
    assert real[0]["diff"] == dry[0]["diff"]
    tasks[0]["rackwright.platform.dns_zone"]["records"][0]["values"] = ["192.0.2.2"]
    changed = site.run(tasks, diff=True)
    assert "-www.diff.org.\t60\tIN\tA\t192.0.2.1\n+www.diff.org.\t60\tIN\tA\t192.0.2.2" in changed.output


def test_a_thousand_records_are_one_get_and_one_patch(site):
    rows = [{"name": "h%d" % i, "type": "A", "ttl": 60, "values": ["10.0.%d.%d" % divmod(i, 256)]} for i in range(1000)]
    zone = task("zone", zone="many.org")
    tasks = [task("fill", zone="many.org", records="{{ rows }}"), task("again", zone="many.org", records="{{ rows }}")]
    site.run([zone])
    site.door.clear()
    played = site.run(tasks, vars={"rows": rows})
    assert [result["changed"] for result in played.results] == [True, False]
    assert site.calls() == ["GET", "PATCH", "GET"]
    assert len(site.sets("many.org.")) == 1000


ZONE_FILE = r"""
$TTL 1h
@       SOA     ns1 hostmaster ( 7 3h 1h 1w 60 )
        NS      ns1
        NS      ns2.example.net.
        MX      10 mail
        CAA     0 issue "example.net; a=b"
ns1     A       192.0.2.1
        AAAA    2001:db8::1
mail 60 A       192.0.2.10
mail 60 A       192.0.2.11
www     CNAME   @
txt     TXT     "one; two" "fo\"ur" ( "five"
                "six" )
_sip._tcp SRV   0 5 5060 mail
$INCLUDE more lab
"""


def test_a_zone_file_is_served_as_it_stands(site, tmp_path):
    (tmp_path / "zone").write_text(ZONE_FILE)
    (tmp_path / "more").write_text('h1 A 192.0.2.21\n   TXT "%s"\n' % ("x" * 300))
    one = task("file", zone="file.org", file=str(tmp_path / "zone"), prune=True, kind="Primary")
    played = site.run([dict(one, check_mode=True), one, one, dict(one, check_mode=True)])
    assert [result["changed"] for result in played.results] == [True, True, False, False]
    assert played[1]["records"] == 12 and played[1]["zone"]["kind"] == "Primary"
    text = ZONE_FILE.replace("$INCLUDE more lab", "")
    wanted = dns.zone.from_text(text, origin=dns.name.from_text("file.org."), relativize=False)
    served = dns.zone.Zone("file.org.", relativize=False)
    dns.query.inbound_xfr("127.0.0.1", served, port=site.server.dns_port)
    for name, found in wanted.items():
        for rdataset in found:
            if rdataset.rdtype != dns.rdatatype.SOA:
                assert served.get_rdataset(name, rdataset.rdtype) == rdataset
    assert served.get_rdataset("h1.lab.file.org.", "A").ttl == 3600
    assert b"".join(served.get_rdataset("h1.lab.file.org.", "TXT")[0].strings) == b"x" * 300
    soa = served.get_rdataset("file.org.", "SOA")[0]
    assert (soa.minimum, str(soa.rname)) == (60, "hostmaster.file.org.") and soa.serial > 7


def test_a_yaml_file_holds_rows(site, tmp_path):
    rows = [
        {"name": "a", "type": "A", "ttl": 60, "values": ["192.0.2.1"]},
        {"name": "b", "type": "TXT", "values": "x, y"},
    ]
    (tmp_path / "rows.yml").write_text(yaml.safe_dump({"records": rows}))
    played = site.run([task("file", zone="yaml.org", file=str(tmp_path / "rows.yml"), ttl=120)])
    assert played[0]["changed"]
    assert site.sets("yaml.org.") == {
        ("a.yaml.org.", "A"): (60, ["192.0.2.1"]),
        ("b.yaml.org.", "TXT"): (120, ['"x, y"']),
    }


WRITTEN_BACK = {"records": "{{ found.records }}"}


def test_some_records_and_what_is_read_back(site):
    rows = [
        {"name": "a", "type": "A", "ttl": 60, "values": ["192.0.2.1", "192.0.2.2"]},
        {"name": "b", "type": "A", "values": ["192.0.2.3"]},
    ]
    fewer = [{"name": "a", "type": "A", "values": ["192.0.2.1"]}, {"name": "gone", "type": "TXT"}]
    played = site.run(
        [
            task("zone", zone="some.org"),
            task("present", "dns_record", zone="some.org", records=rows),
            task("same", "dns_record", zone="some.org", records=[dict(rows[0], ttl=None)]),
            task("a value less", "dns_record", zone="some.org", records=fewer, state="absent"),
            task("again", "dns_record", zone="some.org", records=fewer, state="absent"),
            task("a set less", "dns_record", zone="some.org", records=[{"name": "b", "type": "A"}], state="absent"),
            task("read", "dns_zone_info", zone="some.org", register="found"),
            task("written back", zone="some.org", records="{{ records }}", prune=True, vars=WRITTEN_BACK),
            task("all", "dns_zone_info"),
            task("none", "dns_zone_info", zone="nowhere.org"),
        ]
    )
    assert [r["changed"] for r in played.results] == [True, True, False, True, False, True, False, False, False, False]
    assert played["a value less"]["records"] == [
        {"name": "a.some.org.", "type": "A", "ttl": 60, "values": ["192.0.2.2"]}
    ]
    assert played["a set less"]["records"] == []
    assert [row["type"] for row in played["read"]["records"]] == ["A", "SOA"]
    assert "some.org." in [zone["name"] for zone in played["all"]["zones"]]
    assert played["none"]["zones"] == []


def test_owners_stamps_comments_and_patterns(site):
    site.run([task("zone", zone="own.org")])
    note = {"content": "by hand", "account": "someone"}
    site.patch(
        "own.org.",
        rrset("hand.own.org.", "A", "192.0.2.1"),
        rrset("noted.own.org.", "A", "192.0.2.1", comments=[note]),
        rrset("_acme-challenge.own.org.", "TXT", '"x"'),
    )
    mine = {"zone": "own.org", "owner": "me", "prune": True}
    a = [{"name": "a", "type": "A", "ttl": 60, "values": ["192.0.2.1"]}]
    noted = [{"name": "noted", "type": "A", "ttl": 60, "values": ["192.0.2.1"]}]
    played = site.run(
        [
            task("mine", records=a + noted, **mine),
            task("again", records=a + noted, **mine),
            task("theirs", "dns_record", zone="own.org", owner="them", records=[dict(a[0], name="b")]),
            task("not theirs", "dns_record", zone="own.org", owner="them", records=a, ignore_errors=True),
            task("less", records=noted, **mine),
            task("all but", zone="own.org", prune=True, records=[], ignore=[{"name": "_acme*", "type": "TXT"}]),
        ]
    )
    assert [result["changed"] for result in played.results] == [True, False, True, False, True, True]
    assert "belongs to owner 'me', this task is 'them'" in played["not theirs"]["msg"]
    assert [line["key"] for line in played["less"]["plan"]] == ["a.own.org. A"]
    assert [line["key"] for line in played["all but"]["plan"]] == ["hand.own.org. A"]
    left = {one["name"]: [c["account"] for c in one["comments"]] for one in site.zone("own.org.")["rrsets"]}
    assert left == {
        "own.org.": [],
        "noted.own.org.": ["someone", "rackwright/me"],
        "b.own.org.": ["rackwright/them"],
        "_acme-challenge.own.org.": [],
    }


def test_settings_of_a_zone(site):
    zone = {"zone": "kind.org"}
    records = [{"name": "a", "type": "A", "values": "192.0.2.1"}]
    played = site.run(
        [
            task("secondary", kind="Slave", masters=["192.0.2.1"], **zone),
            task("again", kind="Secondary", masters=["192.0.2.1"], **zone),
            task("no records", records=records, ignore_errors=True, **zone),
            task("native", kind="Native", masters=[], soa_edit_api="INCREASE", records=records, **zone),
            task("left alone", **zone),
        ]
    )
    assert [result["changed"] for result in played.results] == [True, False, False, True, False]
    assert "zone kind.org.: it is a Secondary, whose records come from its primary" in played["no records"]["msg"]
    found = site.zone("kind.org.")
    assert (found["kind"], found["masters"], found["soa_edit_api"]) == ("Native", [], "INCREASE")
    assert played["left alone"]["zone"]["kind"] == "Native"


def test_an_alias_makes_way_in_one_patch(site):
    site.run([task("alias", zone="way.org", records=[{"name": "www", "type": "CNAME", "values": ["x.org."]}])])
    site.door.clear()
    played = site.run(
        [task("address", zone="way.org", prune=True, records=[{"name": "www", "type": "A", "values": "192.0.2.1"}])]
    )
    assert played.changed and site.calls() == ["GET", "PATCH"]
    assert [one["changetype"] for one in json.loads(site.door.writes[0].body)["rrsets"]] == ["DELETE", "REPLACE"]
    assert list(site.sets("way.org.")) == [("www.way.org.", "A")]


HERE = {"url": "{{ url }}", "api_key": "{{ key }}"}
FAULTS = [
    ("a wrong key", {"powerdns": {"url": "{{ url }}", "api_key": "wrong"}}, "PowerDNS refuses the credentials (401"),
    (
        "no key",
        {"powerdns": {"url": "{{ url }}"}},
        "powerdns.api_key is not set; give it, or set the environment variable",
    ),
    (
        "nothing there",
        {"powerdns": {"url": "{{ closed }}", "api_key": "k"}},
        "PowerDNS does not answer at {{ closed }}",
    ),
    ("no scheme", {"powerdns": {"url": "localhost:1", "api_key": "k"}}, "must begin with http:// or https://"),
    ("wrong server", {"powerdns": dict(HERE, server="x")}, "PowerDNS has no server at"),
    ("absent on a wrong server", {"powerdns": dict(HERE, server="x"), "state": "absent"}, "check powerdns.url and"),
    ("bad zone", {"zone": "a..b"}, "zone a..b: the name 'a..b' has an empty label"),
    (
        "bad address",
        {"records": [{"name": "a", "type": "A", "values": "192.0.2.300"}]},
        "record set a A: '192.0.2.300' is no IPv4",
    ),
    (
        "outside",
        {"records": [{"name": "a.net.", "type": "A", "values": "192.0.2.1"}]},
        "a.net. A: the name is outside the zone bad.org.",
    ),
    (
        "unclear",
        {"records": [{"name": "a", "type": "CNAME", "values": "b.net"}]},
        "b.net is unclear; write b.net. or b.net.bad.org.",
    ),
    (
        "alias beside data",
        {"records": [{"name": "a", "type": "CNAME", "values": "b"}, {"name": "a", "type": "A", "values": "192.0.2.1"}]},
        "a.bad.org. CNAME: a name with a CNAME holds nothing else; here it also has A",
    ),
    (
        "alias beside what is there",
        {"records": [{"name": "there", "type": "CNAME", "values": "b"}]},
        "there.bad.org. CNAME: the zone has A of that name",
    ),
    ("no file", {"file": "/nowhere/zone"}, "file /nowhere/zone: it cannot be read on this host: No such file"),
    ("bad file", {"file": "{{ bad }}"}, "bad.zone:2: 'x' is no IPv4 address"),
    ("both", {"file": "{{ bad }}", "records": []}, "mutually exclusive"),
    ("prune all", {"records": [], "prune": True}, "the plan would delete 12 of 13 record sets"),
    ("ttl", {"records": [{"name": "a", "type": "A", "ttl": -1, "values": "192.0.2.1"}]}, "'-1' is no time"),
]


def test_errors_are_one_clear_text_and_nothing_is_written(site, tmp_path):
    (tmp_path / "bad.zone").write_text("a A 192.0.2.1\nb A x\n")
    site.run([task("zone", zone="bad.org")])
    site.patch(
        "bad.org.", *[rrset("%s.bad.org." % n, "A", "192.0.2.1") for n in ["there", *("x%d" % i for i in range(11))]]
    )
    site.door.clear()
    tasks = [
        task(name, **dict({"zone": "bad.org", "ignore_errors": True}, **options)) for name, options, _text in FAULTS
    ]
    tasks.append(
        task(
            "absent zone",
            "dns_record",
            zone="gone.org",
            records=[{"name": "a", "type": "A", "values": "192.0.2.1"}],
            ignore_errors=True,
        )
    )
    closed = "http://127.0.0.1:%d" % free_port()
    played = site.run(
        tasks, vars={"closed": closed, "bad": str(tmp_path / "bad.zone")}, env={"RACKWRIGHT_POWERDNS_API_KEY": None}
    )
    for name, _options, text in FAULTS:
        assert text.replace("{{ closed }}", closed) in played[name]["msg"], name
        assert played.line(name)["status"] == "failed" and not played[name]["changed"]
    assert "zone gone.org.: it is not on the server" in played["absent zone"]["msg"]
    assert site.door.writes == []


def test_what_only_the_server_knows_is_told_in_its_words(site):
    rows = [
        {"name": "a", "type": "A", "values": "192.0.2.1"},
        {"name": "m", "type": "AAAA", "values": "::ffff:192.0.2.1"},
    ]
    played = site.run([task("refused", zone="words.org", records=rows)], fails=True)
    assert "record set m.words.org. AAAA" in played[0]["msg"] and "Invalid IPv6 address" in played[0]["msg"]
    assert list(played[0]["failed_keys"]) == ["m.words.org. AAAA"] and played[0]["pending"] == ["a.words.org. A"]
    assert site.sets("words.org.") == {}, "a PATCH is all or nothing"


def test_options_from_the_environment(site):
    env = {"RACKWRIGHT_POWERDNS_URL": site.door.url + "/api/v1", "RACKWRIGHT_POWERDNS_API_KEY": site.server.api_key}
    played = site.run([task("zones", "dns_zone_info", provider="powerdns")], env=env, module_defaults={})
    assert site.calls() == ["GET"] and played[0]["zones"] == sorted(played[0]["zones"], key=lambda zone: zone["name"])
