# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab on a fake engine: that no death at any write leaves a duplicate or an orphan, and what is refused."""

from __future__ import annotations

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.core.apply import apply
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Refused
from ansible_collections.rackwright.platform.plugins.module_utils.core.plan import actions, plan
from ansible_collections.rackwright.platform.plugins.module_utils.servers.drivers import lab as module
from ansible_collections.rackwright.platform.plugins.module_utils.servers.drivers.lab import Lab
from ansible_collections.rackwright.platform.plugins.module_utils.servers.options import declared
from ansible_collections.rackwright.platform.plugins.module_utils.servers.resource import SERVER, visible

from ..fake_engine import FakeEngine, Killed, Refusal

DATA = "#cloud-config\npassword: geheim99\n"


@pytest.fixture(autouse=True)
def quick_keys(monkeypatch):
    """A host key without a process; each is another one."""
    numbers = iter(range(10**6))
    monkeypatch.setattr(module, "host_key", lambda name: ("PRIVATE", "ssh-ed25519 KEY%d" % next(numbers)))


def rows_of(names=("web1", "web2"), state="present", owner="shop", **more):
    row = {"facility": "ams1", "plan": "lab.small", "image": "debian-12", "tags": {"role": "web"}}
    params = {"state": state, "owner": owner, "servers": [dict(row, name=name, **more) for name in names]}
    return declared(params)


def driver_on(engine, **options):
    return Lab(dict({"name": "t", "access": "address"}, **options), engine)


def converge(engine, rows, absent=(), prune=None, recreate="auto", **options):
    """What the module `server` does, without Ansible; a death of the caller ends it."""
    driver = driver_on(engine, **options)
    driver.WORKERS = 1
    current = list(driver.read())
    driver.vet(rows, current)
    made = plan(SERVER, current, rows, absent, prune, recreate)
    report = apply(driver, made)
    if engine.dead:
        raise Killed
    driver.tidy()
    return made, report


def shown(engine):
    return {row["name"]: row for row in visible(driver_on(engine).read())}


def test_made_changed_and_gone():
    engine = FakeEngine()
    made, report = converge(engine, rows_of())
    assert report and made.count("create") == 2
    assert engine.names() == ["t-web1", "t-web2"]
    row = shown(engine)["web1"]
    assert (row["state"], row["power"], row["installed"], row["tags"]) == ("active", "on", True, {"role": "web"})
    assert [(one["network"], one["public"]) for one in row["addresses"]] == [("backbone", True), ("ams1", False)]
    made, report = converge(engine, rows_of())
    assert not made
    made, report = converge(engine, rows_of(["web1"], tags={"role": "db"}, plan="lab.medium", power="off"))
    assert report and made.changes[0].fields == ("plan", "tags", "power")
    row = shown(engine)["web1"]
    assert (row["plan"], row["tags"], row["power"], row["state"]) == ("lab.medium", {"role": "db"}, "off", "off")
    converge(engine, [], absent=["web1", "web2"])
    assert (engine.boxes, engine.nets) == ({}, {})


def test_reinstalling_keeps_what_the_server_is():
    engine = FakeEngine()
    converge(engine, rows_of(["web1"], user_data=DATA))
    converge(engine, rows_of(["web1"], tags={"role": "db"}))
    before = shown(engine)["web1"]
    driver = driver_on(engine)
    assert apply(driver, actions(SERVER, driver.read(), ["web1"], "reinstall"))
    after = shown(engine)["web1"]
    assert after["host_key"] != before["host_key"] and after["id"] != before["id"]
    for field in ("name", "tags", "addresses", "user_data", "facility", "owner"):
        assert after[field] == before[field]
    assert engine.files[after["id"]]["var/lib/cloud/seed/nocloud/user-data"].decode() == DATA


def test_another_facility_keeps_the_public_address():
    engine = FakeEngine()
    converge(engine, rows_of(["web1"]))
    before = shown(engine)["web1"]["addresses"]
    converge(engine, rows_of(["web1"], facility="ewr1"))
    after = shown(engine)["web1"]["addresses"]
    assert after[0] == before[0] and after[1]["network"] == "ewr1"
    assert sorted(net["Name"] for net in engine.nets.values()) == ["t-backbone", "t-facility-ewr1"]


STEPS = {
    "create": ({}, {}),
    "update": ({}, {"tags": {"role": "db"}, "plan": "lab.medium"}),
    "replace": ({}, {"image": "debian-13"}),
    "move": ({}, {"facility": "sjc1"}),
    "absent": ({}, None),
}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_no_death_leaves_a_duplicate_or_an_orphan(step, when):
    """Die at the first write, then at the second, and so on until a run gets through; each time run again."""
    deaths = 0
    for number in range(60):
        engine = FakeEngine()
        before, after = STEPS[step]
        if step != "create":
            converge(engine, rows_of(**before))
        engine.alive()
        engine.die_at = (number, when)
        wanted = [] if after is None else rows_of(**after)
        absent = ["web1", "web2"] if after is None else ()
        try:
            converge(engine, wanted, absent)
        except Killed:
            deaths += 1
        else:
            break
        engine.alive()
        _made, report = converge(engine, wanted, absent)
        assert report, report.failed
        made, _report = converge(engine, wanted, absent)
        assert not made, "not settled after a death at write %d: %s" % (number, made.changes)
        check_whole(engine, wanted)
    assert deaths > 3


@pytest.mark.parametrize("step", ["replace", "move", "absent"])
def test_a_removal_that_the_engine_is_still_at_is_not_taken_for_a_server(step):
    """Die during each removal in turn; then bring the fleet back as it was."""
    deaths = 0
    for number in range(40):
        engine = FakeEngine()
        converge(engine, rows_of())
        engine.alive()
        engine.die_at = (number, "during")
        after = STEPS[step][1]
        try:
            converge(engine, [] if after is None else rows_of(**after), ["web1", "web2"] if after is None else ())
        except Killed:
            deaths += 1
        engine.alive()
        converge(engine, rows_of())
        check_whole(engine, rows_of())
    assert deaths == 2


def check_whole(engine, wanted):
    """Exactly the declared servers are there and run, each with its networks, and nothing else."""
    rows = shown(engine)
    assert sorted(rows) == sorted(row["name"] for row in wanted)
    about = {row["id"] for row in rows.values()}
    for box in engine.boxes.values():
        assert box["Id"] in about or box["Labels"].get("org.rackwright.lab.note") in about, engine.names()
    assert all(row["state"] == "active" and row["installed"] for row in rows.values())
    for want in wanted:
        assert not SERVER.differing(rows[want["name"]], want)
    used = {net for row in rows.values() for net in engine.boxes[row["id"]]["NetworkSettings"]["Networks"]}
    assert {net["Name"] for net in engine.nets.values()} == used


def test_an_address_that_is_taken_meanwhile_is_left_to_its_user():
    engine = FakeEngine()
    converge(engine, rows_of(["web1"]))
    stranger = engine.create_container_from_config({"Image": "x", "Labels": {}}, "stranger")["Id"]
    engine.connect_container_to_network(stranger, "t-backbone", "10.88.1.3")
    engine.start(stranger)
    _made, report = converge(engine, rows_of())
    assert report, report.failed
    assert shown(engine)["web2"]["addresses"][0]["address"] == "10.88.1.4"
    _made, report = converge(engine, [], absent=["web1", "web2"])
    assert report and [net["Name"] for net in engine.nets.values()] == ["t-backbone"]  # the stranger is still in it


def test_a_network_that_vanishes_is_made_again():
    engine = FakeEngine()
    engine.faults["start"] = [Refusal(404, "network t-facility-ams1 not found")]
    _made, report = converge(engine, rows_of(["web1"]))
    assert report and engine.names() == ["t-web1"]


def test_a_server_that_somebody_made_meanwhile_is_adopted():
    engine = FakeEngine()
    driver = driver_on(engine)
    made = plan(SERVER, driver.read(), rows_of(["web1"]))
    converge(engine, rows_of(["web1"]))
    report = apply(driver, made)
    assert report and engine.names() == ["t-web1"]


def test_a_connection_lost_after_the_write_makes_nothing_twice():
    engine = FakeEngine()
    for number in range(8):
        engine.boxes.clear(), engine.nets.clear(), engine.alive()
        driver = driver_on(engine)
        driver.WORKERS = 1
        cut = Cut(engine, number)
        driver.client._api = cut
        report = apply(driver, plan(SERVER, driver.read(), rows_of()))
        assert report, report.failed
        driver.tidy()
        check_whole(engine, rows_of())


class Cut:
    """Passes calls on to the fake engine; one write's answer gets lost after it was carried out."""

    def __init__(self, engine, number):
        self.engine, self.left = engine, number

    def __getattr__(self, name):
        call = getattr(self.engine, name)
        if name in ("containers", "networks", "images", "info", "inspect_container", "get_archive"):
            return call

        def cut(*args, **kwargs):
            answer = call(*args, **kwargs)
            self.left -= 1
            if self.left == -1:
                raise ConnectionResetError("the fake connection broke")
            return answer

        return cut


def test_somebody_elses_container_is_refused_while_planning():
    engine = FakeEngine()
    engine.create_container_from_config({"Image": "x", "Labels": {}}, "t-web2")
    with pytest.raises(Refused, match="web2: the name is taken by the container t-web2"):
        converge(engine, rows_of())
    assert engine.names() == ["t-web2"]
    converge(engine, [], prune=lambda row: True)
    assert engine.names() == ["t-web2"]


def test_what_the_lab_does_not_have_is_named_with_what_it_has():
    engine = FakeEngine()
    rows = rows_of(["a"], facility="mars1") + rows_of(["b"], plan="huge") + rows_of(["c"], image="beos")
    with pytest.raises(Refused) as refusal:
        converge(engine, rows)
    one, two, three = refusal.value.problems
    assert "a: the lab t has no facility mars1, it has ams1, ewr1, sjc1" in one
    assert "b: the lab t has no plan huge, it has lab.large, lab.medium, lab.small" in two
    assert "c: the lab t has no image beos, it has debian-12, debian-13; `make images`" in three
    assert engine.boxes == {}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"name": "Bad Name"}, "name"),
        ({"facilities": {"ams1": "10.1.2.3/24"}}, "facility ams1: 10.1.2.3/24 has host bits set"),
        ({"facilities": {"AMS": None}}, "'AMS' must be lower-case"),
        ({"backbone": "fd00::/64"}, "backbone: fd00::/64 is not an IPv4 subnet"),
        ({"plans": {"x": {"cpus": 1}}}, "plan x: it needs cpus above 0 and a memory"),
        ({"plans": {"x": {"cpus": 1, "memory": "lots"}}}, "plan x: 'lots' is not a size"),
    ],
)
def test_options_that_make_no_sense(options, words):
    with pytest.raises(Refused) as refusal:
        driver_on(FakeEngine(), **options)
    assert words in str(refusal.value)


def test_a_chosen_subnet_that_overlaps_is_told():
    engine = FakeEngine()
    pool = {"Config": [{"Subnet": "10.77.0.0/16"}]}
    engine.create_network("office", "bridge", ipam=pool, check_duplicate=True, labels={})
    _made, report = converge(engine, rows_of(["web1"]), facilities={"ams1": "10.77.1.0/24"})
    assert "10.77.1.0/24 of ams1 overlaps another network" in str(report.failed["web1"])
    assert engine.boxes == {}


def test_two_hundred_servers_are_one_call():
    engine = FakeEngine()
    converge(engine, rows_of(["a%d" % number for number in range(200)]))
    engine.calls.clear()
    driver = driver_on(engine)
    assert len(visible(driver.read())) == 200
    assert engine.calls == ["containers"]
    assert driver.phases(["a%d" % number for number in range(200)])["a7"] is None
    assert engine.calls == ["containers"] * 2


def test_another_labs_servers_are_not_ours():
    engine = FakeEngine()
    converge(engine, rows_of(["web1"]), name="t-2")
    converge(engine, rows_of(["web1"]))
    assert engine.names() == ["t-2-web1", "t-web1"]
    assert sorted(shown(engine)) == ["web1"]
    converge(engine, [], prune=lambda row: True)
    assert engine.names() == ["t-2-web1"]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_reinstallation_that_died_is_finished_with_all_that_nobody_declared(when):
    bare = declared({"state": "present", "servers": [{"name": "web1"}]})
    for number in range(60):
        engine = FakeEngine()
        converge(engine, rows_of(["web1"], user_data=DATA))
        before = shown(engine)["web1"]
        engine.alive()
        engine.die_at = (number, when)
        driver = driver_on(engine)
        try:
            apply(driver, actions(SERVER, driver.read(), ["web1"], "reinstall"))
        except Killed:
            engine.alive()
        else:
            break
        converge(engine, bare, recreate="never")
        after = shown(engine)["web1"]
        assert after["state"] == "active" and len(engine.boxes) == 1
        for field in ("tags", "addresses", "user_data", "owner", "plan"):
            assert after[field] == before[field]
        assert engine.files[after["id"]]["var/lib/cloud/seed/nocloud/user-data"].decode() == DATA
    assert number > 4


@pytest.mark.parametrize("raises", [True, False])
def test_limits_are_lifted_where_the_engine_may(raises):
    engine = FakeEngine()
    engine.cgroups, engine.raises = "2", raises
    assert converge(engine, rows_of())[1]
    assert engine.count("start") == (2 if raises else 3)
    made, report = converge(engine, rows_of(image="debian-13"))
    assert report and made.count("replace") == 2
    assert [bool(engine.specs[box]["HostConfig"].get("Ulimits")) for box in engine.boxes] == [raises] * 2
    assert engine.count("start") == (4 if raises else 5)
