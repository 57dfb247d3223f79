# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook internal_dns with zones at a provider: a real PowerDNS, with what it sends counted, and Route 53."""

from __future__ import annotations

import dns.message
import dns.query
import dns.rdatatype
import pytest
import yaml
from contract.modules import run
from integration.moto import KEY, Moto
from integration.play import program
from integration.powerdns import PowerDNS

ZONE, REVERSE = "rack.internal.", "10.in-addr.arpa."


class Site:
    """An inventory and the server that is to say the same."""

    def __init__(self, server, folder):
        self.server, self.inventory = server, folder / "hosts.yml"
        self.options = {"url": server.url, "api_key": server.api_key}
        self.variables = {
            "internal_dns_zone": "rack.internal",
            "internal_dns_reverse": ["10.0.0.0/8"],
            "internal_dns_services": [{"group": "web", "service": "http", "port": 80}],
            "internal_dns_provider": {"provider": "powerdns", "powerdns": self.options},
        }
        self.hosts = {"web1": "10.0.0.1", "web2": "10.0.0.2", "db": "10.0.1.1"}

    def converge(self, *more):
        """Run the playbook; returns the writes that it took as (method, zone)."""
        hosts = {name: {"ansible_host": address} for name, address in self.hosts.items()}
        web = {"hosts": {name: None for name in hosts if name.startswith("web")}}
        self.inventory.write_text(
            yaml.safe_dump({"all": {"hosts": hosts, "vars": self.variables, "children": {"web": web}}})
        )
        before = len(self.server.requests())
        command = ["ansible-playbook", "-i", str(self.inventory), "rackwright.platform.internal_dns", *more]
        rc, self.output = program(*command, secrets=[self.server.api_key])
        assert rc == 0, self.output
        calls = self.server.requests()[before:]
        return sorted((method, path.rpartition("/")[2]) for method, path in calls if method != "GET")

    def answer(self, name, kind):
        """The values that the server gives for a name."""
        query = dns.message.make_query(name, kind)
        found = dns.query.udp(query, "127.0.0.1", port=self.server.dns_port, timeout=10).answer
        return sorted(rdata.to_text() for rrset in found for rdata in rrset)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with PowerDNS({"query-cache-ttl": 0, "cache-ttl": 0, "negquery-cache-ttl": 0}) as server:
        yield Site(server, tmp_path_factory.mktemp("internal_dns"))


def test_zones_from_nothing_and_again(site):
    assert site.converge() == [("PATCH", REVERSE), ("PATCH", ZONE), ("POST", "zones"), ("POST", "zones")]
    assert site.answer("web1.rack.internal", "A") == ["10.0.0.1"]
    assert site.answer("1.1.0.10.in-addr.arpa", "PTR") == ["db.rack.internal."]
    served = ["0 0 80 web1.rack.internal.", "0 0 80 web2.rack.internal."]
    assert site.answer("_http._tcp.web.rack.internal", "SRV") == served
    assert site.converge() == []


def test_an_address_that_changes_is_one_batch_a_zone(site):
    site.hosts["db"] = "10.0.1.9"
    assert site.converge("--check") == []
    assert site.converge("--tags", "records") == [("PATCH", REVERSE), ("PATCH", ZONE)]
    assert site.answer("db.rack.internal", "A") == ["10.0.1.9"]
    assert site.answer("9.1.0.10.in-addr.arpa", "PTR") == ["db.rack.internal."]
    assert site.answer("1.1.0.10.in-addr.arpa", "PTR") == []


def test_who_has_left_is_gone_and_what_others_made_stays(site):
    row = {"name": "printer", "type": "A", "values": ["10.0.9.9"]}
    run("dns_record", {"provider": "powerdns", "powerdns": site.options, "zone": ZONE, "records": [row]})
    del site.hosts["web2"]
    assert site.converge() == [("PATCH", REVERSE), ("PATCH", ZONE)]
    assert site.answer("web2.rack.internal", "A") == site.answer("2.0.0.10.in-addr.arpa", "PTR") == []
    assert site.answer("_http._tcp.web.rack.internal", "SRV") == ["0 0 80 web1.rack.internal."]
    assert site.answer("printer.rack.internal", "A") == ["10.0.9.9"]


def test_private_zones_in_route53(site, tmp_path):
    """At moto, which imitates Amazon: two zones of one network, filled, changed, and then left as they are."""
    with Moto() as moto:
        network = moto.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        api = moto.client("route53")
        aws = {"url": moto.url, "access_key": KEY["aws_access_key_id"], "secret_key": KEY["aws_secret_access_key"]}
        options = {"provider": "route53", "route53": aws, "vpcs": [{"id": network, "region": "us-east-1"}]}
        route53 = Site(site.server, tmp_path)
        route53.variables["internal_dns_provider"] = options

        def served():
            zones = {zone["Name"]: zone for zone in api.list_hosted_zones()["HostedZones"]}
            assert all(zone["Config"]["PrivateZone"] for zone in zones.values()) and len(zones) == 2
            found = {}
            for zone in zones.values():
                for one in api.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]:
                    found[one["Name"], one["Type"]] = [value["Value"] for value in one["ResourceRecords"]]
            return found

        route53.converge()
        made = served()
        assert made["web1.rack.internal.", "A"] == ["10.0.0.1"]
        assert made["1.1.0.10.in-addr.arpa.", "PTR"] == ["db.rack.internal."]
        assert len(made["_http._tcp.web.rack.internal.", "SRV"]) == 2
        route53.converge()
        assert "changed=0 " in route53.output and served() == made
        route53.hosts["db"] = "10.0.1.9"
        route53.converge("--tags", "records")
        changed = served()
        assert changed["db.rack.internal.", "A"] == ["10.0.1.9"]
        assert ("1.1.0.10.in-addr.arpa.", "PTR") not in changed and ("9.1.0.10.in-addr.arpa.", "PTR") in changed
