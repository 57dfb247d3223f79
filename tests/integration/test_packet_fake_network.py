# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packet's simulator does what the service's documentation told of addresses, ports, VLANs and BGP; and its manners:
tokens, pages, embedding, refusals."""

from __future__ import annotations

import ipaddress
import threading

import pytest
import requests
from fakes.packet import PacketAPI
from packet_raw import KEYS, ONE, PLAN, Caller, until

HOURS = 3600


@pytest.fixture
def api():
    """A simulator that is held to the document where that is."""
    with PacketAPI(validate=True) as made:
        yield made


def own(device):
    """What a device has for itself: {(family, public): prefix length}."""
    rows = [row for row in device["ip_addresses"] if row["management"]]
    return {(row["address_family"], row["public"]): row["cidr"] for row in rows}


# Addresses


def test_each_device_has_three_addresses_of_its_own(api):
    ask = Caller(api)
    made = [ask.device() for _number in range(3)]
    assert all(own(one) == {(4, True): 31, (6, True): 127, (4, False): 31} for one in made)
    texts = [row["address"] for one in made for row in one["ip_addresses"]]
    assert len(set(texts)) == 9
    blocks = {row["type"]: row for row in ask("GET", "PROJECT/ips")["ip_addresses"]}
    assert set(blocks) == {"private_ipv4", "public_ipv6"} and not any(row["addon"] for row in blocks.values())
    for kind, family in (("private_ipv4", 4), ("public_ipv6", 6)):
        block = ipaddress.ip_network("%s/%d" % (blocks[kind]["network"], blocks[kind]["cidr"]))
        inside = [
            row
            for one in made
            for row in one["ip_addresses"]
            if (row["address_family"], row["public"]) == (family, family == 6)
        ]
        assert len(blocks[kind]["assignments"]) == 3 == sum(ipaddress.ip_address(r["address"]) in block for r in inside)
        assert "management" in ask.refused("DELETE", "ips/" + blocks[kind]["id"])
    assert "management" in ask.refused("DELETE", "ips/" + made[0]["ip_addresses"][0]["id"])


def test_a_full_private_block_is_followed_by_another(api):
    ask = Caller(api)
    batch = dict(ONE, hostname="n{{index}}", quantity=65)
    ask("POST", "PROJECT/devices/batch", {"batches": [batch]})
    until(lambda: len(api.state["devices"]) == 65)
    devices = ask("GET", "PROJECT/devices", per_page=1000)["devices"]
    assert len({row["address"] for one in devices for row in one["ip_addresses"]}) == 3 * 65
    assert len(ask("GET", "PROJECT/ips", types="private_ipv4")["ip_addresses"]) == 2


def test_elastic_addresses_move(api):
    ask = Caller(api)
    one, other, far = ask.device(), ask.device(), ask.device(metro="ny")
    block = ask("POST", "PROJECT/ips", {"type": "public_ipv4", "quantity": 4, "metro": "sv"})
    whole = ipaddress.ip_network("%s/%d" % (block["network"], block["cidr"]))
    first, last = str(whole[0]) + "/32", str(whole[2]) + "/31"
    given = ask("POST", "devices/%s/ips" % one["id"], {"address": first})
    assert "already assigned" in ask.refused("POST", "devices/%s/ips" % other["id"], {"address": first})
    assert "not in the metro" in ask.refused("POST", "devices/%s/ips" % far["id"], {"address": last})
    assert "not in a reservation" in ask.refused("POST", "devices/%s/ips" % one["id"], {"address": "8.8.8.8/32"})
    assert "not a valid address" in ask.refused("POST", "devices/%s/ips" % one["id"], {"address": "x"})
    ask("POST", "devices/%s/ips" % other["id"], {"address": last})
    assert ask("GET", "ips/%s/available" % block["id"], cidr="32")["available"] == [str(whole[1]) + "/32"]
    assert "has assignments" in ask.refused("DELETE", "ips/" + block["id"])
    ask("DELETE", "ips/" + given["id"])
    ask("POST", "devices/%s/ips" % other["id"], {"address": first})
    ask("DELETE", "devices/" + other["id"])
    until(lambda: not ask("GET", "ips/" + block["id"])["assignments"])
    ask("DELETE", "ips/" + block["id"])
    assert (
        ask("POST", "PROJECT/ips", {"type": "public_ipv4", "quantity": 4, "metro": "sv"})["address"] == block["address"]
    )


def test_quotas_and_reviews(api):
    ask = Caller(api)
    body = {"type": "public_ipv4", "quantity": 128, "metro": "sv"}
    assert "reviewed" in ask.refused("POST", "PROJECT/ips", dict(body, fail_on_approval_required=True))
    block = ask("POST", "PROJECT/ips", body)
    assert block["state"] == "pending"
    one = ask.device()["id"]
    assert "reviewed" in ask.refused("POST", "devices/%s/ips" % one, {"address": block["address"] + "/32"})
    api.clock.jump(24 * HOURS + 1)
    assert ask("GET", "ips/" + block["id"])["state"] == "created"
    assert "power of two" in ask.refused("POST", "PROJECT/ips", dict(body, quantity=3))
    assert "facility or metro" in ask.refused("POST", "PROJECT/ips", {"type": "public_ipv4", "quantity": 1})
    ask("POST", "PROJECT/ips", dict(body, quantity=64))
    ask("POST", "PROJECT/ips", dict(body, quantity=64, metro="ny"))
    assert ask.refused("POST", "PROJECT/ips", dict(body, quantity=1)) == "There are no more addresses"
    assert ask("POST", "PROJECT/ips", {"type": "public_ipv6", "quantity": 1, "metro": "sv"})["cidr"] == 56


def test_a_global_address_is_in_each_facility_once(api):
    ask = Caller(api)
    block = ask("POST", "PROJECT/ips", {"type": "global_ipv4", "quantity": 2})
    assert "can have 4" in ask.refused("POST", "PROJECT/ips", {"type": "global_ipv4", "quantity": 4})
    near, far = ask.device(metro="am"), ask.device(metro="ny")
    second = ask.device(metro="ny")
    address = {"address": block["address"] + "/32"}
    for one in (near, far):
        ask("POST", "devices/%s/ips" % one["id"], address)
    assert "already assigned" in ask.refused("POST", "devices/%s/ips" % second["id"], address)


# Ports and VLANs


def ports(ask, device):
    return {port["name"]: port["id"] for port in ask("GET", "devices/" + device["id"])["network_ports"]}


def test_network_types(api):
    ask = Caller(api)
    one = ask.device()
    bond, eth1 = (ports(ask, one)[name] for name in ("bond0", "eth1"))
    vlan = ask("POST", "PROJECT/virtual-networks", {"metro": "sv"})
    assert vlan["vxlan"] == 1000
    assert "is bonded" in ask.refused("POST", "ports/%s/assign" % eth1, {"vnid": vlan["id"]})
    assert ask("POST", "ports/%s/disbond" % eth1, status=200)["network_type"] == "hybrid"
    assert ask("POST", "ports/%s/assign" % eth1, {"vnid": "1000"}, status=200)["virtual_networks"]
    assert "unassigned first" in ask.refused("POST", "ports/%s/bond" % eth1)
    assert "assigned to ports" in ask.refused("DELETE", "virtual-networks/" + vlan["id"])
    assert ask("GET", "virtual-networks/" + vlan["id"])["instances"] == [{"href": one["href"]}]
    ask("POST", "ports/%s/unassign" % eth1, {"vnid": "1000"}, status=200)
    assert ask("POST", "ports/%s/bond" % eth1, status=200)["network_type"] == "layer3"
    ask("PUT", "devices/" + one["id"], {"network_frozen": True})
    assert "frozen" in ask.refused("POST", "ports/%s/convert/layer-2" % bond, {})


def test_layer_2_drops_the_addresses_for_good(api):
    ask = Caller(api)
    one = ask.device()
    bond = ports(ask, one)["bond0"]
    assert ask("POST", "ports/%s/convert/layer-2" % bond, {}, status=200)["network_type"] == "layer2-bonded"
    assert ask("GET", "devices/" + one["id"])["ip_addresses"] == []
    ask("POST", "ports/%s/convert/layer-3" % bond, {}, status=200)
    again = ask("GET", "devices/" + one["id"])
    assert own(again) == own(one)
    assert not {row["address"] for row in again["ip_addresses"]} & {row["address"] for row in one["ip_addresses"]}


def test_vlans(api):
    ask = Caller(api)
    made = [ask("POST", "PROJECT/virtual-networks", {"metro": "sv"})["vxlan"] for _number in range(2)]
    assert made == [1000, 1001]
    assert "already used" in ask.refused("POST", "PROJECT/virtual-networks", {"metro": "sv", "vxlan": 1000})
    ask("POST", "PROJECT/virtual-networks", {"metro": "ny", "vxlan": 1000})
    assert "between" in ask.refused("POST", "PROJECT/virtual-networks", {"metro": "sv", "vxlan": 4000})
    assert ask("GET", "PROJECT/virtual-networks", metro="ny")["virtual_networks"][0]["metro_code"] == "ny"
    bond = ports(ask, ask.device(metro="am"))["bond0"]
    assert "not in the metro" in ask.refused("POST", "ports/%s/assign" % bond, {"vnid": "1000"})
    bond = ports(ask, ask.device())["bond0"]
    ask("POST", "ports/%s/assign" % bond, {"vnid": "1000"}, status=200)
    assert "at least two" in ask.refused("POST", "ports/%s/native-vlan" % bond, vnid="1000")
    rows = [{"vlan": "1001", "state": "assigned", "native": True}, {"vlan": "1000", "state": "unassigned"}]
    one = ask("POST", "ports/%s/vlan-assignments/batches" % bond, {"vlan_assignments": rows})
    assert one["state"] == "queued"
    where = "ports/%s/vlan-assignments/batches/%s" % (bond, one["id"])
    done = until(lambda: next((b for b in [ask("GET", where)] if b["state"] == "completed"), None))
    assert done["error_messages"] == []
    assert [row["vlan"] for row in ask("GET", "ports/%s/vlan-assignments" % bond)["vlan_assignments"]] == [1001]
    again = ask("POST", "ports/%s/vlan-assignments/batches" % bond, {"vlan_assignments": rows[1:]})["id"]
    where = "ports/%s/vlan-assignments/batches/%s" % (bond, again)
    until(lambda: ask("GET", where)["state"] == "completed")


# BGP


def test_bgp(api):
    ask = Caller(api)
    one = ask.device()["id"]
    assert ask.refused("GET", "PROJECT/bgp-config", status=404)
    assert "not enabled" in ask.refused("POST", "devices/%s/bgp/sessions" % one, {"address_family": "ipv4"})
    for md5 in ("short1A", "alllowercase1", "With-Punctuation1", "NoDigitsHere"):
        body = {"asn": 65000, "deployment_type": "local", "md5": md5}
        assert "md5" in ask.refused("POST", "PROJECT/bgp-configs", body)
    assert "65000" in ask.refused("POST", "PROJECT/bgp-configs", {"asn": 64512, "deployment_type": "local"})
    ask("POST", "PROJECT/bgp-configs", {"asn": 64512, "deployment_type": "global"}, status=204)
    assert ask("GET", "PROJECT/bgp-config")["status"] == "requested"
    assert "not enabled" in ask.refused("POST", "devices/%s/bgp/sessions" % one, {"address_family": "ipv4"})
    api.clock.jump(24 * HOURS + 1)
    assert ask("GET", "PROJECT/bgp-config")["status"] == "enabled"
    for family in ("ipv4", "ipv6"):
        ask("POST", "devices/%s/bgp/sessions" % one, {"address_family": family})
    assert "already" in ask.refused("POST", "devices/%s/bgp/sessions" % one, {"address_family": "ipv6"})
    ends = {row["address_family"]: row for row in ask("GET", "devices/%s/bgp/neighbors" % one)["bgp_neighbors"]}
    private = [row for row in ask("GET", "devices/" + one)["ip_addresses"] if not row["public"]][0]["address"]
    assert set(ends) == {4, 6} and ends[4]["customer_ip"] == private and ends[4]["customer_as"] == 64512
    ask("DELETE", "devices/" + one)
    until(lambda: api.state["sessions"] == [])


# Manners


def test_tokens(api):
    ask = Caller(api)
    body = {"description": "ci"}
    project = Caller(api, ask("POST", "PROJECT/api-keys", body)["token"])
    reading = Caller(api, ask("POST", "PROJECT/api-keys", dict(body, read_only=True))["token"])
    other = ask("POST", "projects", {"name": "other"})["id"]
    theirs = ask("POST", "projects/%s/devices" % other, ONE)["id"]
    mine = project.device()["id"]
    assert [row["id"] for row in project("GET", "projects")["projects"]] == [api.project]
    assert reading("GET", "devices/" + mine)["id"] == mine and project("GET", "plans")["plans"]
    port = ports(ask, {"id": theirs})["bond0"]
    for path in ("devices/" + theirs, "projects/" + other, "user", "organizations", "ssh-keys", "ports/" + port):
        assert "not authorized" in project.refused("GET", path, status=403), path
    assert project.refused("GET", "devices/" + "0" * 36, status=404)
    for caller in (reading, Caller(api, api.read_only)):
        assert "not authorized" in caller.refused("DELETE", "devices/" + mine, status=403)
    assert "token" in Caller(api, "wrong").refused("GET", "projects", status=401)
    assert requests.get(api.url + "/projects").status_code == 401
    token = next(row for row in ask("GET", "PROJECT/api-keys")["api_keys"] if not row["read_only"])
    ask("DELETE", "api-keys/" + token["id"])
    assert project.refused("GET", "devices/" + mine, status=401)


def test_pages(api):
    ask = Caller(api)
    ask("POST", "PROJECT/devices/batch", {"batches": [dict(ONE, hostname="n{{index}}", quantity=23)]})
    until(lambda: len(api.state["devices"]) == 23)
    first = ask("GET", "PROJECT/devices", include="plan")
    assert len(first["devices"]) == 10 and first["meta"]["total"] == 23 and first["meta"]["last_page"] == 3
    names, turns, found = [], 0, first
    while True:
        assert all(row["plan"]["slug"] == PLAN for row in found["devices"])  # the links keep the rest of the query
        names += [row["hostname"] for row in found["devices"]]
        turns += 1
        if found["meta"]["next"] is None:
            break
        found = ask("GET", found["meta"]["next"]["href"].lstrip("/"))
    assert turns == 3 and sorted(names) == ["n%02d" % (i + 1) for i in range(23)]
    assert ask("GET", "PROJECT/devices", page=4)["devices"] == []
    for query in ({"per_page": 1001}, {"per_page": 0}, {"page": 0}, {"page": "x"}):
        assert ask.refused("GET", "PROJECT/devices", **query)
    assert len(ask("GET", "PROJECT/devices", per_page=1000)["devices"]) == 23
    api.most = 5
    assert len(ask("GET", "PROJECT/devices", per_page=1000)["devices"]) == 5


def test_filters(api):
    ask = Caller(api)
    web = ask.device(hostname="web1", tags=["front"], description="the shop")
    ask.device(hostname="db1", metro="ny", tags=["back"])
    ask.device(hostname="web2", spot_instance=True, spot_price_max=1.0, termination_time="2099-01-01T00:00:00Z")
    mac = next(port["data"]["mac"] for port in web["network_ports"] if port["name"] == "eth0")
    for query, names in (
        ({"hostname": "web"}, ["web1", "web2"]),
        ({"search": "shop"}, ["web1"]),
        ({"tag": "back"}, ["db1"]),
        ({"metro": "ny"}, ["db1"]),
        ({"facility": "ewr1"}, ["db1"]),
        ({"type": "spot"}, ["web2"]),
        ({"type": "ondemand"}, ["web1", "db1"]),
        ({"has_termination_time": "true"}, ["web2"]),
        ({"reserved": "true"}, []),
        ({"mac_address": mac}, ["web1"]),
    ):
        assert [row["hostname"] for row in ask("GET", "PROJECT/devices", **query)["devices"]] == names, query


def test_embedding(api):
    ask = Caller(api)
    ask("POST", "PROJECT/ssh-keys", {"label": "bob", "key": KEYS[1]})
    where = "devices/" + ask.device()["id"]
    bare = ask("GET", where)
    assert set(bare["project"]) == {"href"} == set(bare["plan"]) == set(bare["ssh_keys"][0])
    full = ask("GET", where, include="plan,ssh_keys,project.organization.projects")
    assert full["plan"]["slug"] == PLAN and full["ssh_keys"][0]["label"] == "bob"
    assert full["project"]["organization"]["projects"][0]["name"] == "shop"
    listed = ask("GET", "PROJECT/devices", include="facility,metro", exclude="network_ports")["devices"][0]
    assert listed["facility"]["metro"]["code"] == listed["metro"]["code"] == "sv"
    assert all(set(port) == {"href"} for port in listed["network_ports"])
    assert ask("GET", where) == bare, "nothing that is kept was changed"


def test_what_cannot_be_read_is_refused(api):
    ask = Caller(api)
    where = api.url + ask.project + "/devices"
    for text in ("{", "[1]", '"x"', "7"):
        assert ask.session.post(where, data=text).status_code == 422
    assert ask.refused("GET", "nowhere", status=404) == "Not found"
    assert ask.session.get("%s//metal/v1%s" % (api.url, ask.project)).json()["name"] == "shop"


def test_a_hole_in_the_simulator_is_told():
    with pytest.raises(AssertionError, match="POST /projects/.*/devices\n"), PacketAPI() as api:
        assert Caller(api).refused("POST", "PROJECT/devices", dict(ONE, ip_addresses=7), status=500)


def test_many_at_once(api):
    failed = []

    def work(number):
        ask = Caller(api)
        try:
            for turn in range(5):
                one = ask.device(hostname="n%d-%d" % (number, turn))["id"]
                ask("DELETE", "devices/" + one)
        except Exception as error:  # told below
            failed.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    until(lambda: api.state["devices"] == [])
    assert not any(api.used.values())
