# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Zone files that a real BIND and a real Knot serve: they learn of it by rndc and knotc."""

from __future__ import annotations

import time

import dns.message
import dns.query
import dns.rcode
import pytest
from contract.modules import run
from integration.bind import Bind, program
from integration.knot import Knot
from integration.powerdns import free_port

CONFIG = """\
key "rndc" {{ algorithm hmac-sha256; secret "{secret}"; }};
options {{
    directory "{folder}"; pid-file "{folder}/named.pid"; session-keyfile "{folder}/session.key";
    managed-keys-directory "{folder}"; lock-file none; allow-new-zones yes;
    listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
    recursion no; dnssec-validation no; notify no; allow-query {{ any; }};
}};
controls {{ inet 127.0.0.1 port {control} allow {{ 127.0.0.1; }} keys {{ "rndc"; }}; }};
"""
KEY = 'key "rndc" {{ algorithm hmac-sha256; secret "{secret}"; }};\n'
ROWS = [
    {"name": "@", "type": "NS", "ttl": 60, "values": ["ns1"]},
    {"name": "ns1", "type": "A", "ttl": 60, "values": ["127.0.0.1"]},
    {"name": "www", "type": "A", "ttl": 60, "values": ["192.0.2.1"]},
]


class Asked:
    """A server that is asked for names."""

    def ask(self, name):
        """(rcode, addresses) of a name."""
        answer = dns.query.udp(dns.message.make_query(name, "A"), "127.0.0.1", port=self.port, timeout=5)
        values = sorted(value.to_text() for found in answer.answer for value in found)
        return dns.rcode.to_text(answer.rcode()), values

    def comes_to(self, name, wanted):
        """Wait until the name is answered with this; a reload may go on after its command is back."""
        end = time.monotonic() + 10
        while self.ask(name) != wanted and time.monotonic() < end:
            time.sleep(0.05)
        return self.ask(name) == wanted


class AskedKnot(Asked, Knot):
    """A knotd that reads its zone from a file, whole."""

    def prepare(self):
        """As `Knot`, but that the journal has no say."""
        super().prepare()
        path = self.folder / "knot.conf"
        text = path.read_text().replace("difference-no-serial", "whole")
        path.write_text(text.replace("journal-content: all", "journal-content: none"))


class Told(Asked, Bind):
    """A named without zones, which rndc adds."""

    def prepare(self):
        """Its configuration, and rndc's key."""
        self.control = free_port()
        known = {"folder": self.folder, "port": self.port, "control": self.control, "secret": self.secret}
        self.write("named.conf", CONFIG.format(**known))
        self.write("rndc.key", KEY.format(**known))

    def rndc(self, *words):
        """The command that tells it."""
        where = ["-s", "127.0.0.1", "-p", str(self.control), "-k", str(self.folder / "rndc.key")]
        return [program("rndc"), *where, *words]


@pytest.fixture(scope="module")
def bind():
    with Told() as server:
        yield server


@pytest.fixture
def zone(bind, tmp_path):
    """A function that runs dns_zone on a folder that the BIND is told of."""
    options = {
        "folder": str(tmp_path),
        "check": [program("named-checkzone"), "{zone}", "{file}"],
        "reload": bind.rndc("reload", "{zone}"),
        "on_create": bind.rndc("addzone", "{zone}", '{type primary; file "{file}"; };'),
        "on_delete": bind.rndc("delzone", "{zone}"),
    }

    def task(records=None, fails=False, zone="example.org", zonefile=None, **more):
        args = {"provider": "zonefile", "zonefile": dict(options, **(zonefile or {})), "zone": zone}
        return run("dns_zone", dict(args, records=records, **more), fails=fails)

    return task


def test_a_zone_comes_changes_and_goes(bind, zone):
    assert bind.ask("www.example.org") == ("REFUSED", [])
    zone(ROWS)
    assert bind.comes_to("www.example.org", ("NOERROR", ["192.0.2.1"]))
    zone([dict(ROWS[2], values=["192.0.2.1", "192.0.2.9"])])
    assert bind.comes_to("www.example.org", ("NOERROR", ["192.0.2.1", "192.0.2.9"]))
    assert not zone(ROWS[:2])["changed"]
    zone(ROWS[:2], prune=True, limits={"deletes": 100})
    assert bind.comes_to("www.example.org", ("NXDOMAIN", []))
    zone(state="absent")
    assert bind.comes_to("www.example.org", ("REFUSED", []))


def test_a_thousand_names_are_one_reload(bind, zone):
    many = [{"name": "h%d" % i, "type": "A", "ttl": 60, "values": ["192.0.2.%d" % (i % 250)]} for i in range(1000)]
    zone(ROWS + many, zone="many.example")
    assert bind.comes_to("h999.many.example", ("NOERROR", ["192.0.2.249"]))
    assert bind.log().count("loaded serial") >= 1
    before = bind.log().count("zone many.example/IN: loaded serial")
    zone([dict(row, ttl=5) for row in many], zone="many.example", limits={"changes": 100})
    time.sleep(0.5)
    assert bind.log().count("zone many.example/IN: loaded serial") == before + 1
    zone(zone="many.example", state="absent")


def test_what_rndc_refuses_is_told_and_taken_back(bind, zone):
    result = zone(ROWS, zone="lost.example", zonefile={"on_create": []}, fails=True)
    assert "the file is again as it was: zonefile.reload:" in result["msg"] and "not found" in result["msg"]
    zone(ROWS, zone="lost.example")
    assert bind.comes_to("www.lost.example", ("NOERROR", ["192.0.2.1"]))
    zone(zone="lost.example", state="absent")


def test_without_a_check_bind_takes_what_it_cannot_load(bind, zone):
    """Why a check is worth its line: rndc says nothing of what BIND finds in the file a moment later."""
    zone(ROWS, zone="unchecked.example")
    assert bind.comes_to("www.unchecked.example", ("NOERROR", ["192.0.2.1"]))
    lost = [dict(ROWS[0], values=["ns2"]), dict(ROWS[2], values=["192.0.2.9"])]
    assert zone(lost, zone="unchecked.example", fails=True)["failed_keys"]
    assert zone(lost, zone="unchecked.example", zonefile={"check": []})["changed"]
    end = time.monotonic() + 10
    while "zone unchecked.example/IN: not loaded due to errors" not in bind.log() and time.monotonic() < end:
        time.sleep(0.05)
    assert "zone unchecked.example/IN: not loaded due to errors" in bind.log()
    assert bind.ask("www.unchecked.example") == ("NOERROR", ["192.0.2.1"])


def test_knot_takes_what_is_written_for_it():
    with AskedKnot("example.org") as knot:
        options = {
            "folder": str(knot.folder),
            "check": [program("named-checkzone"), "{zone}", "{file}"],
            "reload": [program("knotc"), "-s", str(knot.folder / "knot.sock"), "-b", "zone-reload", "{zone}"],
        }
        task = {"provider": "zonefile", "zonefile": dict(options, take_over=True), "zone": "example.org"}
        assert run("dns_zone", dict(task, records=ROWS))["changed"]
        assert knot.comes_to("www.example.org", ("NOERROR", ["192.0.2.1"]))
        assert run("dns_zone", dict(task, records=ROWS[:2], prune=True))["changed"]
        assert knot.comes_to("www.example.org", ("NXDOMAIN", []))
