# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packet's simulator does what the service's documentation told of devices: placing, living, being taken back, keys."""

from __future__ import annotations

import pytest
from fakes.packet import PacketAPI
from fakes.packet.wire import stamp
from packet_raw import IMAGE, KEYS, ONE, PLAN, Caller, until

HOURS = 3600


@pytest.fixture
def api():
    """A simulator that is held to the document where that is."""
    with PacketAPI(validate=True) as made:
        yield made


@pytest.fixture
def slow():
    """One in which nothing happens unless the clock is moved."""
    with PacketAPI(delay={"queued": 60, "provisioning": 240, "powering_off": 30, "batch": 60}, validate=True) as made:
        yield made


def states(api):
    return sorted(row["state"] for row in api.state["devices"])


def placed(api, **more):
    """Where the devices of one batch went, {facility: number}, or the reason why they went nowhere."""
    ask = Caller(api)
    body = {"plan": PLAN, "operating_system": IMAGE, "hostname": "n{{index}}", **more}
    one = ask("POST", "PROJECT/devices/batch", {"batches": [body]})["batches"][0]["id"]
    done = until(lambda: next((b for b in [ask("GET", "batches/" + one)] if b["state"] != "queued"), None))
    if done["state"] == "failed":
        assert api.state["devices"] == [] and done["devices"] == []
        return done["error_messages"][0]
    found = {}
    for device in api.state["devices"]:
        found[device["_facility"]] = found.get(device["_facility"], 0) + 1
    return found


def room(api):
    """As in Packet's own examples."""
    api.free.update({("sjc1", PLAN): 7, ("ewr1", PLAN): 24, ("dfw1", PLAN): 50, ("ams1", PLAN): 0, ("sv15", PLAN): 0})


LIST = ["sjc1", "ewr1", "any"]
EXAMPLES = {  # Packet's documentation of batches
    "none is split": (dict(facility=LIST, facility_diversity_level=1, quantity=10), {"ewr1": 10}),
    "two at most": (dict(facility=LIST, facility_diversity_level=2, quantity=25), {"sjc1": 7, "ewr1": 18}),
    "no limit": (dict(facility=LIST, quantity=40), {"sjc1": 7, "ewr1": 24, "dfw1": 9}),
    "any is where most are": (dict(facility=["any"], quantity=50), {"dfw1": 50}),
    "a metro": (dict(metro="ny", quantity=24), {"ewr1": 24}),
    "too many": (dict(facility=LIST, quantity=82), "no provisionable"),
    "too many for so few": (dict(facility=LIST, facility_diversity_level=1, quantity=51), "no provisionable"),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_batches_are_placed(name):
    body, expected = EXAMPLES[name]
    with PacketAPI() as api:  # the priority list and the diversity are older than the document
        room(api)
        found = placed(api, **body)
        assert expected in found if isinstance(expected, str) else found == expected
        used = sum(api.used.values())
        assert used == (0 if isinstance(expected, str) else body["quantity"])


def test_devices_go_where_their_addresses_are():
    """Three /29 of a /28 in one place and a /29 in another: two and one."""
    with PacketAPI() as api:
        ask = Caller(api)
        blocks = [("ny", 16), ("am", 8)]
        ids = [ask("POST", "PROJECT/ips", {"type": "public_ipv4", "quantity": n, "metro": m})["id"] for m, n in blocks]
        wanted = [{"address_family": 4, "public": False}]
        wanted.append({"address_family": 4, "public": True, "cidr": 29, "ip_reservations": ids})
        assert placed(api, facility=["ewr1", "ams1"], quantity=3, ip_addresses=wanted) == {"ewr1": 2, "ams1": 1}
        assert all(ask("GET", "ips/%s/available" % one, cidr="29")["available"] == [] for one in ids)
        message = ask.refused("POST", "PROJECT/devices", dict(ONE, metro="ny", ip_addresses=wanted))
        assert "no provisionable" in message and len(api.state["devices"]) == 3


def test_states_move_by_the_clock(slow):
    ask = Caller(slow)
    one = ask("POST", "PROJECT/devices", ONE)["id"]
    assert states(slow) == ["queued"]
    assert "provisioning" in ask.refused("DELETE", "devices/" + one)
    slow.clock.jump(60)
    slow.clock.jump(120)
    found = ask("GET", "devices/" + one)
    assert found["state"] == "provisioning" and 50 <= found["provisioning_percentage"] <= 60
    assert found["provisioning_events"] and "root_password" not in found
    slow.clock.jump(121)
    found = ask("GET", "devices/" + one)
    assert found["state"] == "active" and found["root_password"] and "provisioning_percentage" not in found
    slow.clock.jump(24 * HOURS)
    assert "root_password" not in ask("GET", "devices/" + one)
    assert "Cannot power_on" in ask.refused("POST", "devices/%s/actions" % one, {"type": "power_on"})
    ask("POST", "devices/%s/actions" % one, {"type": "power_off"}, status=202)
    assert states(slow) == ["powering_off"]
    slow.clock.jump(31)
    assert states(slow) == ["inactive"]


def test_a_long_jump_lives_through_all_states(slow):
    ask = Caller(slow)
    row = dict(ONE, hostname="b", quantity=2)
    batch = ask("POST", "PROJECT/devices/batch", {"batches": [row]})["batches"][0]["id"]
    assert states(slow) == []
    slow.clock.jump(60 + 60 + 240 + 1)
    assert ask("GET", "batches/" + batch)["state"] == "completed" and states(slow) == ["active", "active"]


def test_what_is_refused(api):
    ask = Caller(api)
    where = "PROJECT/devices"
    for more, words in (
        ({"plan": "huge"}, "huge is not a valid plan"),
        ({"plan": ""}, "plan can't be blank"),
        ({"operating_system": "beos"}, "beos is not a valid operating system"),
        ({"metro": "zz"}, "zz is not a valid facility or metro"),
        ({"hostname": "under_score"}, "Hostname is not valid"),
        ({"userdata": "x" * 65537}, "Userdata is too long"),
        ({"operating_system": "custom_ipxe"}, "ipxe_script_url can't be blank"),
        ({"features": ["tpm"]}, "feature tpm"),
        ({"storage": {"disks": []}}, "reserved hardware only"),
        ({"ip_addresses": [{"address_family": 4, "public": True}]}, "private IPv4"),
        ({"hardware_reservation_id": "next-available"}, "not available"),
        ({"spot_instance": True, "spot_price_max": 0.01}, "below the current market price"),
        ({"project_ssh_keys": ["0" * 8 + "-0000-4000-8000-" + "0" * 12]}, "not a key of this project"),
    ):
        assert words in ask.refused("POST", where, dict(ONE, **more)), more
    api.free[("sjc1", PLAN)] = api.free[("sv15", PLAN)] = 0
    assert "no provisionable" in ask.refused("POST", where, ONE)
    assert api.state["devices"] == [] and api.state["keys"] == [] and not any(api.used.values())


def test_capacity_counts(api):
    ask = Caller(api)
    api.free.update({("sjc1", PLAN): 1, ("sv15", PLAN): 1})

    def fits(number):
        body = {"servers": [{"metro": "sv", "plan": PLAN, "quantity": str(number)}]}
        return ask("POST", "capacity/metros", body, status=200)["servers"][0]["available"]

    assert fits(2) and not fits(3)
    one = ask.device()["id"]
    assert fits(1) and not fits(2) and ask("GET", "capacity/metros")["capacity"]["sv"][PLAN]["level"] == "limited"
    ask.device()
    assert ask("GET", "capacity/metros")["capacity"]["sv"][PLAN]["level"] == "unavailable"
    ask("DELETE", "devices/" + one)
    until(lambda: fits(1))


def test_a_name_may_repeat_and_a_lock_protects(api):
    ask = Caller(api)
    one, other = ask.device(), ask.device()
    assert one["hostname"] == other["hostname"] and one["id"] != other["id"]
    where = "devices/" + one["id"]
    ask("PUT", where, {"locked": True})
    assert "locked" in ask.refused("DELETE", where)
    assert "locked" in ask.refused("POST", where + "/actions", {"type": "reinstall"})
    ask("PUT", where, {"locked": False})
    ask("DELETE", where)
    until(lambda: len(api.state["devices"]) == 1)
    assert ask.refused("GET", where, status=404) == "Device not found"


def test_a_broken_image_fails_and_can_be_reinstalled(api):
    ask = Caller(api)
    api.broken.add(IMAGE)
    one = ask("POST", "PROJECT/devices", ONE)["id"]
    until(lambda: states(api) == ["failed"])
    assert ask("GET", "devices/%s/events" % one)["events"][0]["state"] == "failed"
    ask("POST", "devices/%s/actions" % one, {"type": "reinstall", "operating_system": "debian_13"}, status=202)
    ask.active(one)
    assert ask("GET", "devices/" + one, include="operating_system")["operating_system"]["slug"] == "debian_13"


def test_spot_devices_are_taken_back(api):
    ask = Caller(api)
    spot = ask.device(spot_instance=True, spot_price_max=0.5)["id"]
    kept = ask.device(spot_instance=True, spot_price_max=0.5)["id"]
    assert not ask("GET", "devices/" + spot).get("termination_time")
    api.price[PLAN] = 0.6
    assert ask("GET", "devices/" + spot)["termination_time"]
    ask("PUT", "devices/" + kept, {"spot_instance": False})
    api.clock.jump(100)
    assert spot in api.there()
    api.clock.jump(21)
    until(lambda: set(api.there()) == {kept})


def test_a_device_ends_at_its_time():
    with PacketAPI() as api:  # the document's prose allows what its schema forbids: a time without a zone is in UTC
        ask = Caller(api)
        end = stamp(api.clock.now() + HOURS)
        for text in (end, end[:-1], end.replace("Z", "+00:00")):
            assert ask("POST", "PROJECT/devices", dict(ONE, termination_time=text))["termination_time"] == end
        kept = ask.device()["id"]
        api.clock.jump(HOURS - 60)
        assert len(api.there()) == 4
        api.clock.jump(120)
        until(lambda: set(api.there()) == {kept})
        assert "not a valid time" in ask.refused("POST", "PROJECT/devices", dict(ONE, termination_time="soon"))


def test_reserved_hardware(api):
    ask = Caller(api)
    first, spare = api.reserve(PLAN, "ewr1"), api.reserve(PLAN, "ewr1", spare=True)
    api.free[("ewr1", PLAN)] = 0
    body = {"metro": "ny", "hardware_reservation_id": "next-available"}
    one = ask.device(**body)
    assert one["hardware_reservation"]["href"].endswith(first) and not any(api.used.values())
    assert "not available" in ask.refused("POST", "PROJECT/devices", dict(ONE, **body))
    listed = ask("GET", "PROJECT/hardware-reservations", provisionable="only")
    assert listed["meta"]["total"] == 0
    ask("POST", "hardware-reservations/%s/activate" % spare, {})
    assert ask.device(metro="ny", hardware_reservation_id=spare)["id"]
    ask("DELETE", "devices/" + one["id"])
    until(lambda: ask("GET", "hardware-reservations/" + first)["provisionable"])
    assert ask("GET", "PROJECT/devices", type="reserved")["meta"]["total"] == 1


def test_keys_enter_once(api):
    ask = Caller(api)
    mine = ask("POST", "ssh-keys", {"label": "alice", "key": KEYS[0]})["id"]
    its = ask("POST", "PROJECT/ssh-keys", {"label": "bob", "key": KEYS[1]})["id"]
    assert ask.refused("POST", "PROJECT/ssh-keys", {"label": "again", "key": KEYS[1]}) == "Key has already been taken"
    assert "not a valid" in ask.refused("POST", "ssh-keys", {"label": "x", "key": "rubbish"})

    def labels(device):
        return sorted(row["label"] for row in ask("GET", "devices/%s/ssh-keys" % device["id"])["ssh_keys"])

    every, none = ask.device(), ask.device(no_ssh_keys=True)
    named, inline = ask.device(project_ssh_keys=[its]), ask.device(ssh_keys=[{"label": "carol", "key": KEYS[2]}])
    assert [labels(one) for one in (every, none, named, inline)] == [["alice", "bob"], [], ["bob"], ["carol"]]
    body = {"label": "later", "key": KEYS[2], "instances_ids": [none["id"]]}
    later = ask("POST", "PROJECT/ssh-keys", body)["id"]
    assert [labels(one) for one in (every, none, ask.device())] == [["alice", "bob"], ["later"], ["alice", "bob"]]
    ask("DELETE", "ssh-keys/" + mine)
    assert labels(every) == ["bob"] and later in {row["id"] for row in api.state["keys"]}
    ask("DELETE", "devices/" + inline["id"])
    until(lambda: "carol" not in {row["label"] for row in api.state["keys"]})


def test_a_device_tells_of_itself(api):
    ask = Caller(api)
    one = ask.device(tags=["t"], customdata={"a": 1})
    inside = ask("GET", "device-only/%s/metadata" % one["id"])
    assert inside["hostname"] == "one" and inside["customdata"] == {"a": 1} and len(inside["network"]["addresses"]) == 3
    where = inside["user_state_url"][len(api.url) + 1 :]
    nobody = Caller(api, "no token at all")
    nobody("POST", where, {"state": "running", "code": 1001, "message": "halfway"}, status=204)
    nobody("POST", where, {"state": "succeeded", "code": 1002, "message": "done"}, status=204)
    assert "1099" in nobody.refused("POST", where, {"state": "succeeded", "code": 7})
    events = ask("GET", "devices/%s/events" % one["id"])["events"]
    assert [(row["body"], row["state"]) for row in events[:2]] == [("done", "succeeded"), ("halfway", "running")]
