# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every endpoint of Packet's simulator, called with well-formed requests, satisfies the published OpenAPI document; and
what holds it to the document can tell when it does not. Skipped where the document does not lie beside the checkout."""

from __future__ import annotations

import datetime
import json
import re

import pytest
from fakes.packet import PARTS, PacketAPI
from fakes.packet.check import DOCUMENT, Checker, operations
from fakes.packet.wire import DEVICE_ONLY
from packet_raw import IMAGE, KEYS, ONE, PLAN, Caller, until

pytestmark = pytest.mark.skipif(not DOCUMENT.exists(), reason="the OpenAPI document is not beside this checkout")

NOT_SERVED = {  # what no client of ours needs: (pattern of the path) -> why
    r"/(connections|virtual-circuits)|/.*/connections": "Fabric: circuits to other companies' networks",
    r"/(vrfs|routes|metal-gateways|bgp-dynamic-neighbors)|/projects/.*/(vrfs|metal-gateways)": "VRFs and gateways",
    r"/(invitations|memberships|emails|transfers)|/.*/(invitations|memberships|transfers)": "people",
    r"/user/otp|/verify-email|/reset-password|/users/.*/customdata": "logging in",
    r"/(invoices|payment-methods|licenses|support-requests|incidents)|/.*/(invoices|payment-methods|licenses)": "money",
    r"/.*/(usages|bandwidth|traffic|firmware-sets)|/devices/.*/diagnostics": "measurements of real hardware",
    r"/projects/.*/self-service": "bought from people",
}
NOT_SERVED_EXACTLY = {("PUT", "/user"), ("POST", "/users")}


def plain(path):
    """A path with its names blanked."""
    return re.sub(r"\{\w+\}", "{}", path)


SERVED = {(method, plain(path)) for part in PARTS for method, path, _act in part.ROUTES if DEVICE_ONLY not in path}


@pytest.fixture
def checker():
    """No exchange may differ from the document."""
    found = Checker()
    yield found
    assert found.problems == [], "\n".join(found.problems)


@pytest.fixture
def api(checker):
    """A simulator that is held to the document."""
    with PacketAPI(check=checker) as made:
        yield made


def catalogue(ask):
    organization = "organizations/" + ask.api.organization
    for owner in ("", "PROJECT/", organization + "/"):
        assert ask("GET", owner + "facilities")["facilities"]
        assert ask("GET", owner + "plans")["plans"]
    assert [row["slug"] for row in ask("GET", "plans", slug=PLAN, type="standard")["plans"]] == [PLAN]
    for where in ("operating-systems", organization + "/operating-systems", "operating-system-versions"):
        assert ask("GET", where)["operating_systems"]
    metro = ask("GET", "locations/metros")["metros"][0]
    assert ask("GET", "locations/metros/" + metro["id"]) == metro
    for where in ("capacity", organization + "/capacity"):
        assert ask("GET", where)["capacity"]["sjc1"][PLAN]["level"] == "normal"
        assert ask("GET", where + "/metros")["capacity"]["sv"][PLAN]["level"] == "normal"
    for where, place in (("capacity", "facility"), ("capacity/metros", "metro")):
        body = {"servers": [{place: "sjc1" if place == "facility" else "sv", "plan": PLAN, "quantity": "2"}]}
        assert ask("POST", where, body, status=200)["servers"][0]["available"] is True


def account(ask):
    organization = "organizations/" + ask.api.organization
    assert ask("GET", "users")["users"][0] == ask("GET", "user") == ask("GET", "users/" + ask.api.user)
    made = ask("POST", "organizations", {"name": "second", "description": "d", "customdata": {"a": 1}})
    assert made["id"] in {row["id"] for row in ask("GET", "organizations")["organizations"]}
    where = "organizations/" + made["id"]
    assert ask("PUT", where, {"name": "renamed"})["name"] == "renamed" == ask("GET", where)["name"]
    assert ask("GET", where + "/customdata") == {"a": 1}
    ask("DELETE", where)
    project = ask("POST", organization + "/projects", {"name": "inside", "tags": ["t"], "customdata": {"b": 2}})
    assert project["id"] in {row["id"] for row in ask("GET", organization + "/projects")["projects"]}
    other = ask("POST", "projects", {"name": "root"})
    assert {project["id"], other["id"]} <= {row["id"] for row in ask("GET", "projects")["projects"]}
    where = "projects/" + project["id"]
    assert ask("PUT", where, {"name": "again"})["name"] == ask("GET", where)["name"] == "again"
    assert ask("GET", where + "/customdata") == {"b": 2}
    ask("DELETE", where)
    for owner in ("user", "PROJECT"):
        token = ask("POST", owner + "/api-keys", {"description": "ci", "read_only": True})
        assert token["id"] in {row["id"] for row in ask("GET", owner + "/api-keys")["api_keys"]}
        ask("DELETE", ("user/" if owner == "user" else "") + "api-keys/" + token["id"])


def keys(ask):
    mine = ask("POST", "ssh-keys", {"label": "alice", "key": KEYS[0]})
    its = ask("POST", "PROJECT/ssh-keys", {"label": "bob", "key": KEYS[1], "tags": ["t"]})
    assert [row["id"] for row in ask("GET", "ssh-keys")["ssh_keys"]] == [mine["id"]]
    assert [row["id"] for row in ask("GET", "PROJECT/ssh-keys")["ssh_keys"]] == [its["id"]]
    where = "ssh-keys/" + its["id"]
    assert ask("PUT", where, {"label": "robert"})["label"] == ask("GET", where)["label"] == "robert"
    ask("DELETE", "ssh-keys/" + mine["id"])


def devices(ask):
    body = dict(ONE, description="d", customdata={"a": 1}, userdata="#cloud-config\n{}\n", tags=["t"])
    made = ask("POST", "PROJECT/devices", body, include="plan,facility,metro,operating_system,project.organization")
    assert made["plan"]["slug"] == PLAN and made["project"]["organization"]["name"] == "Example"
    one, where = ask.active(made["id"]), "devices/" + made["id"]
    for owner in ("PROJECT", "organizations/" + ask.api.organization):
        assert [row["id"] for row in ask("GET", owner + "/devices")["devices"]] == [one["id"]]
    assert ask("PUT", where, {"hostname": "uno", "tags": ["u"]})["hostname"] == "uno"
    assert ask("GET", where + "/userdata")["userdata"] == body["userdata"]
    assert ask("GET", where + "/customdata") == {"a": 1}
    assert ask("GET", where + "/metadata")["hostname"] == "uno"
    assert [row["label"] for row in ask("GET", where + "/ssh-keys")["ssh_keys"]] == ["robert"]
    ask("POST", "userdata/validate", status=204, userdata="#!/bin/sh\n")
    ask("POST", where + "/actions", {"type": "reboot"}, status=202)
    ask.active(one["id"])
    event = ask("GET", where + "/events")["events"][0]
    assert ask("GET", "events/" + event["id"]) == event
    for owner in ("", "PROJECT/", "organizations/%s/" % ask.api.organization):
        assert ask("GET", owner + "events")["meta"]["total"] >= 4
    return one


def batches(ask):
    body = {"batches": [dict(ONE, hostname="n{{index}}", quantity=2), dict(ONE, hostnames=["x"])]}
    first, second = ask("POST", "PROJECT/devices/batch", body)["batches"]
    done = until(lambda: [row for row in ask("GET", "PROJECT/batches")["batches"] if row["state"] == "completed"])
    assert {row["id"] for row in done} == {first["id"], second["id"]}
    shown = ask("GET", "batches/" + first["id"], include="devices")
    assert [row["hostname"] for row in shown["devices"]] == ["n01", "n02"]
    for one in (first, second):
        ask("DELETE", "batches/" + one["id"], remove_associated_instances="true")
    until(lambda: ask("GET", "PROJECT/devices")["meta"]["total"] == 1)


def addresses(ask, device):
    block = ask("POST", "PROJECT/ips", {"type": "public_ipv4", "quantity": 4, "metro": "sv", "customdata": {"a": 1}})
    where = "ips/" + block["id"]
    assert block["id"] in {row["id"] for row in ask("GET", "PROJECT/ips", types="public_ipv4")["ip_addresses"]}
    assert ask("PATCH", where, {"details": "www", "tags": ["t"]})["details"] == ask("GET", where)["details"] == "www"
    assert len(ask("GET", where + "/available", cidr="32")["available"]) == 4
    given = ask("POST", "devices/%s/ips" % device["id"], {"address": block["address"] + "/32"})
    assert given["id"] in {row["id"] for row in ask("GET", "devices/%s/ips" % device["id"])["ip_addresses"]}
    for owner in ("", "PROJECT/", "devices/%s/" % device["id"]):
        assert ask("GET", owner + where + "/customdata") == {"a": 1}
    assert ask("GET", "ips/" + given["id"])["assigned_to"]["href"].endswith(device["id"])
    ask("DELETE", "ips/" + given["id"])
    ask("DELETE", where)


def networks(ask, device):
    made = [ask("POST", "PROJECT/virtual-networks", {"metro": "sv", "vxlan": n, "tags": ["t"]}) for n in (1100, 1200)]
    where = "virtual-networks/" + made[0]["id"]
    assert ask("PUT", where, {"description": "front"})["description"] == ask("GET", where)["description"] == "front"
    assert len(ask("GET", "PROJECT/virtual-networks", metro="sv")["virtual_networks"]) == 2
    bond = "ports/" + next(port["id"] for port in device["network_ports"] if port["name"] == "bond0")
    ask("POST", bond + "/assign", {"vnid": made[0]["id"]}, status=200)
    rows = [{"vlan": "1200", "state": "assigned", "native": True}]
    batch = ask("POST", bond + "/vlan-assignments/batches", {"vlan_assignments": rows})
    its = bond + "/vlan-assignments/batches/" + batch["id"]
    until(lambda: ask("GET", its)["state"] == "completed")
    assert [row["id"] for row in ask("GET", bond + "/vlan-assignments/batches")["batches"]] == [batch["id"]]
    listed = ask("GET", bond + "/vlan-assignments")["vlan_assignments"]
    assert {row["vlan"]: row["native"] for row in listed} == {1100: False, 1200: True}
    assert ask("GET", bond + "/vlan-assignments/" + listed[0]["id"]) == listed[0]
    assert ask("POST", bond + "/native-vlan", status=200, vnid="1100")["network_type"] == "hybrid-bonded"
    ask("DELETE", bond + "/native-vlan", status=200)
    for one in made:
        ask("POST", bond + "/unassign", {"vnid": one["id"]}, status=200)
    assert ask("POST", bond + "/convert/layer-2", {"vnid": "1100"}, status=200)["network_type"] == "layer2-bonded"
    assert "unassigned first" in ask.refused("POST", bond + "/convert/layer-3", {})
    ask("POST", bond + "/unassign", {"vnid": "1100"}, status=200)
    assert ask("POST", bond + "/convert/layer-3", {}, status=200)["network_type"] == "layer3"
    assert ask("POST", bond + "/disbond", status=200, bulk_disable="true")["network_type"] == "layer2-individual"
    ask("POST", bond + "/bond", status=200, bulk_enable="true")
    ask("POST", bond + "/convert/layer-3", {"request_ips": [{"address_family": 4, "public": False}]}, status=200)
    assert ask("GET", bond)["network_type"] == "layer3"
    for one in made:
        ask("DELETE", "virtual-networks/" + one["id"])


def bgp(ask, device):
    ask.api.ranges[ask.api.project] = ["198.51.100.0/24", "2001:db8:ff::/48"]
    body = {"asn": 65000, "deployment_type": "local", "md5": "Abcdef12345"}
    ask("POST", "PROJECT/bgp-configs", body, status=204)
    assert ask("GET", "PROJECT/bgp-config")["status"] == "enabled"
    assert [row["address_family"] for row in ask("GET", "PROJECT/global-bgp-ranges")["global_bgp_ranges"]] == [4, 6]
    where = "devices/%s/bgp/" % device["id"]
    made = ask("POST", where + "sessions", {"address_family": "ipv4"})
    for owner in ("PROJECT/bgp/", where):
        assert [row["id"] for row in ask("GET", owner + "sessions")["bgp_sessions"]] == [made["id"]]
    assert ask("GET", where + "neighbors")["bgp_neighbors"][0]["md5_enabled"] is True
    ask("PUT", "bgp/sessions/" + made["id"], True)
    assert ask("GET", "bgp/sessions/" + made["id"])["default_route"] is True
    ask("DELETE", "bgp/sessions/" + made["id"])


def market(ask):
    assert ask("GET", "market/spot/prices", facility="sjc1")["spot_market_prices"]["sjc1"][PLAN]["price"] > 0
    assert ask("GET", "market/spot/prices/metros", metro="sv")["spot_market_prices"]["sv"][PLAN]["price"] > 0
    now = int(ask.api.clock.now())
    query = {"facility": "sjc1", "plan": PLAN, "from": str(now - 7200), "until": str(now)}
    assert len(ask("GET", "market/spot/prices/history", **query)["prices_history"]["datapoints"]) == 2
    end = datetime.datetime.fromtimestamp(now + 3600, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    body = {"devices_min": 1, "devices_max": 2, "max_bid_price": 0.5, "end_at": end, "metro": "ny"}
    body["instance_parameters"] = {"plan": PLAN, "operating_system": IMAGE, "hostname": "spot"}
    made = ask("POST", "PROJECT/spot-market-requests", body)
    assert [row["id"] for row in ask("GET", "PROJECT/spot-market-requests")["spot_market_requests"]] == [made["id"]]
    where = "spot-market-requests/" + made["id"]
    assert ask("GET", where)["metro"]["code"] == "ny"
    until(lambda: ask("GET", "PROJECT/devices", type="spot")["meta"]["total"] == 2)
    ask("DELETE", where, force_termination="true")
    until(lambda: ask("GET", "PROJECT/devices", type="spot")["meta"]["total"] == 0)


def reservations(ask):
    one = ask.api.reserve(PLAN, "ewr1", spare=True)
    assert ask("GET", "PROJECT/hardware-reservations", state="spare")["meta"]["total"] == 1
    where = "hardware-reservations/" + one
    assert ask("POST", where + "/activate", {})["provisionable"] is True
    goal = ask("POST", "projects", {"name": "goal"})["id"]
    assert ask("POST", where + "/move", {"project_id": goal})["project"]["href"].endswith(goal)
    assert ask("GET", where, include="project")["project"]["name"] == "goal"


def test_every_endpoint(api, checker):
    ask = Caller(api)
    catalogue(ask)
    account(ask)
    keys(ask)
    device = devices(ask)
    batches(ask)
    addresses(ask, device)
    networks(ask, device)
    bgp(ask, device)
    market(ask)
    reservations(ask)
    ask("DELETE", "devices/" + device["id"])
    assert {(method, plain(path)) for method, path in checker.seen} == SERVED, "each route was called"


def test_what_is_not_served_is_named():
    left = {(method, path) for method, path, _pattern, _statuses in operations() if (method, plain(path)) not in SERVED}
    unnamed = [one for one in left if not any(re.match("(%s)" % pattern, one[1]) for pattern in NOT_SERVED)]
    assert set(unnamed) == NOT_SERVED_EXACTLY
    assert {(method, plain(path)) for method, path, _pattern, _statuses in operations()} >= SERVED


DEVICES = "/projects/%s/devices" % ("0" * 8 + "-0000-4000-8000-" + "0" * 12)
FORGED = {  # what is wrong: (method, path, body, status, answer, words of the problem)
    "a required field of a request": ("POST", DEVICES, {"plan": PLAN, "metro": "sv"}, 201, {}, "Request body"),
    "a request's type": ("POST", DEVICES, dict(ONE, tags="x"), 201, {}, "Request body"),
    "a query": ("GET", DEVICES + "?per_page=1001", None, 200, {"devices": []}, "per_page"),
    "an answer's type": ("GET", DEVICES, None, 200, {"devices": [{"state": "asleep"}]}, "asleep"),
    "a null": ("GET", DEVICES, None, 200, {"devices": [{"hostname": None}]}, "None for not nullable"),
    "a field that clients read": ("GET", DEVICES, None, 200, {"devices": [{}]}, "lacks devices.hostname"),
    "what turns pages": ("GET", DEVICES, None, 200, {"devices": [], "meta": {}}, "lacks meta.total"),
    "a status": ("GET", DEVICES, None, 201, {"devices": []}, "no such status"),
    "a refusal's status": ("GET", DEVICES, None, 409, {"errors": ["x"]}, "no such status"),
    "a refusal without words": ("GET", DEVICES, None, 404, {"errors": []}, "without words"),
    "a path": ("GET", "/machines", None, 200, {}, "no such operation"),
}


@pytest.mark.parametrize("name", FORGED)
def test_the_checker_sees(name):
    method, path, body, status, answer, words = FORGED[name]
    checker = Checker()
    raw = json.dumps(body).encode() if body is not None else b""
    checker.exchange(method, path, {"X-Auth-Token": "t"}, raw, status, json.dumps(answer).encode())
    assert words in "\n".join(checker.problems)


def test_validating_by_itself():
    with pytest.raises(AssertionError, match="Request body"), PacketAPI(validate=True) as api:
        Caller(api)("POST", "PROJECT/devices", dict(ONE, tags=[1]))
