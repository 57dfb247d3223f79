# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules deis_* on fakes of the controllers; what the contract suite shows of them is not shown again."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import random
import re
import signal

import pytest
from contract.modules import Forge, run
from contract.proxy import Proxy, forward
from fakes.deis import Drycc, Hephy
from fakes.deis.base import Refusal
from integration.play import play

CASES = pathlib.Path(__file__).resolve().parents[1] / "unit" / "cases" / "deis"
PEM = next(
    pair["body"]["certificate"]
    for pair in json.loads((CASES / "hephy.json").read_text())
    if pair["name"] == "066-cert-create"
)
OTHER = PEM.replace("MIIDNDCC", "MIIDNDCD")  # any other bytes
KINDS = {"hephy": Hephy, "drycc": Drycc}
BUILT = {"image": "example/demo:1", "procfile": {"web": "serve", "worker": "work"}}


class Controller:
    """A fake, and the modules with it. family: its provider."""

    def __init__(self, family, platform):
        self.family, self.platform = family, platform

    def provider(self, url=None, **options):
        """The arguments that every module takes."""
        options = dict({"url": url or self.platform.url, "token": self.platform.token, "timeout": 5}, **options)
        return {"provider": self.family, self.family: options}

    def task(self, module, /, url=None, check=False, fails=False, options=None, **args):
        """Run a module; returns its result."""
        return run(module, dict(self.provider(url, **(options or {})), **args), check=check, diff=True, fails=fails)

    def declare(self, *rows, **more):
        """Declare apps, of the one workspace where there are workspaces."""
        if self.family == "drycc":
            rows = [dict({"workspace": "teamone"}, **row) for row in rows]
        return self.task("deis_app", apps=list(rows), **dict({"owner": "team"}, **more))

    def writes(self):
        """(method, path below the app) of what was written since the last time."""
        found = [(method, path) for method, path, _headers in self.platform.requests if method != "GET"]
        self.platform.requests.clear()
        return [(method, re.sub("^/v2/(apps/[a-z]+/)?", "", path)) for method, path in found]


@pytest.fixture(params=sorted(KINDS))
def either(request):
    """Each family in turn."""
    with KINDS[request.param]() as platform:
        yield Controller(request.param, platform)


@pytest.fixture
def hephy():
    """Hephy, with two users more."""
    with Hephy() as platform:
        for name in ("ann", "bob"):
            platform.user(name, "example-password")
        yield Controller("hephy", platform)


@pytest.fixture
def drycc():
    """Drycc."""
    with Drycc() as platform:
        yield Controller("drycc", platform)


def test_all_configuration_is_one_release_and_only_what_differs_is_sent(either):
    either.declare(dict(BUILT, name="store", config={"A": "1", "B": "2"}, scale={"web": 2}))
    releases = len(either.platform.apps["store"].releases)
    either.writes()
    probe = {"web": {"liveness": {"httpGet": {"port": 5000}}}}
    row = {"name": "store", "config": {"A": "1", "B": None, "C": "3"}, "grace": {"web": 30}, "health": probe}
    result = either.declare(row)
    assert result["plan"] == [{"verb": "update", "key": "store", "fields": ["config", "health", "grace"]}]
    assert either.writes() == [("POST", "config/")]
    app = either.platform.apps["store"]
    assert len(app.releases) == releases + 1
    assert app.config["healthcheck"] == {"web": {"livenessProbe": {"httpGet": {"port": 5000}}}}
    assert app.config["termination_grace_period"] == {"web": "30"}
    assert not either.declare(row)["changed"] and either.writes() == []
    assert either.declare({"name": "store", "health": {"web": None}})["apps"][0]["health"] == {}
    assert not any(app.config["healthcheck"].values())


def test_that_another_has_done_it_meanwhile_is_no_failure(either, monkeypatch):
    either.declare({"name": "store", "config": {"A": "1"}})

    def refuse(ident, body):
        raise Refusal(409, {"detail": "admin changed nothing - release stopped"})

    monkeypatch.setattr(either.platform, "post_config", refuse)
    result = either.declare({"name": "store", "config": {"A": "2"}})
    assert result["applied"] == ["store"] and result["failed_keys"] == {}


def test_what_another_has_unset_meanwhile_is_looked_at_anew(either):
    either.declare({"name": "store", "config": {"A": "1", "B": "2"}})
    app, plain = either.platform.apps["store"], either.platform.post_config

    def unset(link, request):
        body = {"A": None} if either.family == "hephy" else [{"name": "A", "value": None, "group": "global"}]
        plain("store", {"values": body})
        forward(link, request)

    with Proxy(either.platform.address) as door:
        door.fault(unset, method="POST", path="/config/")
        result = either.declare({"name": "store", "config": {"A": None, "B": None}}, url=door.url)
    assert result["applied"] == ["store"]
    assert not app.config["values"] and door.count("POST", "/config/") == 2


def test_another_build_takes_the_procfile_along_and_a_type_of_before_is_ended(either):
    first = "cmd" if either.family == "hephy" else "web"
    assert either.declare({"name": "store", "image": "example/demo:0"})["apps"][0]["scale"] == {first: 1}
    either.declare(dict(BUILT, name="store", scale={first: 0, "worker": 2}))
    app = either.platform.apps["store"]
    assert {kind: number for kind, number in app.structure.items() if number} == {"worker": 2}
    either.declare({"name": "store", "image": "example/demo:2"})
    assert (app.build["image"], app.build["procfile"]) == ("example/demo:2", BUILT["procfile"])


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"scale": {"web": 1}}, "no build that could be scaled; declare image"),
        (dict(BUILT, scale={"nosuch": 1}), "process type nosuch is not in its Procfile"),
    ],
)
def test_a_number_that_nothing_could_come_of_is_refused(either, row, words):
    result = either.declare(dict(row, name="store"), fails=True)
    assert "app store: " in result["msg"] and words in result["msg"] and either.writes() == []


def test_a_deployment_is_waited_for(either):
    either.platform.lag = 2
    result = either.declare(dict(BUILT, name="store", scale={"web": 2, "worker": 1}))
    (app,) = result["apps"]
    assert {one["state"] for one in app["processes"]} == {"up"} and len(app["processes"]) == 3
    assert app["release"] == "v%d" % len(either.platform.apps["store"].releases)


def test_a_run_that_was_killed_while_it_waited_waits_again(either):
    row = dict(BUILT, name="store", scale={"web": 2})
    either.declare(row, wait=False)
    either.platform.apps["store"].lag = 2
    result = either.declare(row)
    assert not result["changed"] and {one["state"] for one in result["apps"][0]["processes"]} == {"up"}


def test_what_does_not_come_up_is_named(either):
    either.platform.lag = 10**6
    result = either.declare(dict(BUILT, name="store", scale={"web": 2, "worker": 1}), timeout=1, fails=True)
    assert result["applied"] == ["store"]
    assert "store web is in phase" in result["msg"] and "store worker is in phase" in result["msg"]
    waits = "starting (0 of 2 up)" if either.family == "hephy" else "is being deployed"
    assert waits in result["msg"] and "not up after 1 s" in result["msg"]


def test_a_release_of_others_that_failed_is_not_what_is_waited_for(either):
    row = dict(BUILT, name="store", scale={"web": 1})
    either.declare(row)
    either.platform.broken["example/broken:1"] = "no such image"
    either.declare({"name": "store", "image": "example/broken:1"}, fails=True)
    result = either.declare(row)
    assert not result["changed"] and result["apps"][0]["processes"]


def test_bounds_are_waited_for_by_their_lower_end(either):
    bounds = {"web": {"min": 1, "max": 5, "cpu_percent": 70}}
    either.declare(dict(BUILT, name="store", autoscale=bounds))
    app = either.platform.apps["store"]
    assert app.settings["autoscale"] == bounds
    assert not either.declare({"name": "store", "autoscale": bounds})["changed"]
    either.declare({"name": "store", "autoscale": {"web": None}})
    assert app.settings["autoscale"] == {}


def test_an_image_that_cannot_be_deployed_is_told_and_tried_again(either):
    either.platform.broken["example/broken:1"] = "image example/broken:1 does not exist in registry"
    row = {"name": "store", "image": "example/broken:1"}
    result = either.declare(row, {"name": "other"}, fails=True)
    assert "app store: " in result["msg"] and "does not exist in registry" in result["msg"]
    either.platform.broken.clear()
    again = either.declare(row)
    assert again["plan"][0]["fields"] == ["image"] and either.platform.apps["store"].build["image"] == row["image"]


def test_the_way_in_is_shut_before_and_opened_after_the_deployment(hephy):
    hephy.declare(dict(BUILT, name="store"))
    hephy.writes()
    hephy.declare({"name": "store", "image": "example/demo:2", "maintenance": True, "labels": {"a": "b"}})
    assert hephy.writes() == [("POST", "settings/"), ("POST", "builds/")]
    hephy.declare({"name": "store", "image": "example/demo:3", "maintenance": False, "labels": {"a": "c"}})
    assert hephy.writes() == [("POST", "settings/"), ("POST", "builds/"), ("POST", "settings/")]
    app = hephy.platform.apps["store"]
    assert app.settings["label"] == {"a": "c", "rackwright-owner": "team"} and not app.settings["maintenance"]


def test_users_addresses_limits_and_login_of_hephy(hephy):
    row = {
        "name": "store",
        "config": {"PORT": "5000"},
        "permissions": ["ann", "bob"],
        "whitelist": ["192.0.2.1", "10.0.0.0/8"],
        "memory": {"web": "64M/128M"},
        "cpu": {"web": "100m/500m"},
        "tags": {"ssd": "true"},
        "registry": {"username": "deploy", "password": "hunter44"},
    }
    assert "hunter44" not in str(hephy.declare(row))
    app = hephy.platform.apps["store"]
    assert app.perms == ["ann", "bob"] and app.settings["whitelist"] == ["10.0.0.0/8", "192.0.2.1"]
    assert app.config["registry"] == row["registry"] and app.config["memory"] == row["memory"]
    hephy.writes()
    assert not hephy.declare(row)["changed"] and hephy.writes() == []
    hephy.declare({"name": "store", "permissions": ["bob"], "whitelist": [], "tags": {"ssd": None}})
    assert app.perms == ["bob"] and app.settings["whitelist"] == [] and app.config["tags"] == {}
    assert hephy.writes() == [("POST", "settings/"), ("DELETE", "perms/ann"), ("POST", "config/")]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"permissions": ["nobody"]}, "No User matches the given query. Check the user's name"),
        ({"tags": {"rack": "a1"}}, "No nodes matched the provided labels: rack=a1. Label a node so"),
        (
            {"registry": {"username": "u", "password": "hunter44"}},
            "registry: the platform wants PORT in config",
        ),
        ({"tags": {"web": {"ssd": "true"}}}, "tags: by process type is for Drycc"),
        ({"domains": [{"name": "a.example.com", "type": "api"}]}, "domains: a process type is for Drycc"),
        ({"workspace": "teamone"}, "provider hephy cannot do workspace: only Drycc has it"),
        ({"plans": {"web": "std1"}}, "provider hephy cannot do plans: limits are given in memory and cpu"),
    ],
)
def test_what_hephy_does_not_take_is_told_with_the_way_out(hephy, row, words):
    result = hephy.declare(dict(row, name="store"), fails=True)
    assert "app store: " in result["msg"] and words in result["msg"]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (
            {"permissions": ["bob"]},
            "provider drycc cannot do permissions: who may work on an app is decided by",
        ),
        ({"account": "bob"}, "provider drycc cannot do account"),
        ({"memory": {"web": "1G"}}, "provider drycc cannot do memory: its limits are plans; use plans"),
        ({"cpu": {"web": "1"}}, "provider drycc cannot do cpu"),
        ({"whitelist": ["192.0.2.1"]}, "provider drycc cannot do whitelist"),
        ({"maintenance": True}, "provider drycc cannot do maintenance"),
        ({"tags": {"ssd": "true"}}, "tags: say it by process type"),
        ({"workspace": None}, "to make it workspace must be given"),
        ({"name": "shop"}, "the name is too short"),
        ({"plans": {"web": "nope"}}, "The limit plan nope does not exist"),
    ],
)
def test_what_drycc_does_not_take_is_told_with_the_way_out(drycc, row, words):
    result = drycc.declare(dict({"name": "store"}, **row), fails=True)
    assert words in result["msg"]


def test_plans_tags_and_domains_by_process_type_of_drycc(drycc):
    row = dict(
        BUILT,
        name="store",
        plans={"web": "std1.large.c1m2"},
        tags={"web": {"ssd": "true"}},
        registry={"web": {"username": "deploy", "password": "hunter44"}},
        domains=[{"name": "a.example.com"}, {"name": "w.example.com", "type": "worker"}],
    )
    assert "hunter44" not in str(drycc.declare(row))
    app = drycc.platform.apps["store"]
    assert app.config["limits"]["web"] == "std1.large.c1m2" and app.config["limits"]["run"] == "std1.large.c1m1"
    assert app.config["tags"] == row["tags"] and app.config["registry"] == row["registry"]
    assert app.domains == {"a.example.com": "web", "w.example.com": "worker"}
    drycc.writes()
    assert not drycc.declare(row)["changed"] and drycc.writes() == []
    drycc.platform.apps["store"].config["values"].append({"name": "A", "value": "1", "group": "web"})
    assert drycc.declare({"name": "store"})["changed"] is False
    assert drycc.task("deis_app_info", names=["store"])["apps"][0]["config"] == {}, "variables of groups are not ours"


def test_certificates_are_made_attached_renewed_and_taken_away(either):
    domains = [{"name": "a.example.com"}, {"name": "b.example.com"}]
    one = {"name": "cert", "certificate": PEM, "key": "hunter55", "domains": ["a.example.com"]}
    row = {"name": "store", "domains": domains, "certificates": [one]}
    assert "hunter55" not in str(either.declare(row))
    certs = lambda: (  # noqa: E731
        either.platform.certs if either.family == "hephy" else either.platform.certs["store"]
    )
    mark = certs()["cert"]["fingerprint"]
    assert certs()["cert"]["domains"] == ["a.example.com"]
    either.writes()
    assert not either.declare(row)["changed"] and either.writes() == []
    either.declare(dict(row, certificates=[{"name": "cert", "domains": ["b.example.com"]}]))
    assert certs()["cert"]["domains"] == ["b.example.com"] and certs()["cert"]["fingerprint"] == mark
    either.declare({"name": "another", "domains": [{"name": "of-another-app.example.com"}]})
    certs()["cert"]["domains"].append("of-another-app.example.com")
    either.declare(dict(row, certificates=[{"name": "cert", "certificate": OTHER, "key": "hunter55"}]))
    assert certs()["cert"]["fingerprint"] != mark
    assert sorted(certs()["cert"]["domains"]) == ["b.example.com", "of-another-app.example.com"]
    either.declare(dict(row, certificates=[{"name": "cert", "state": "absent"}]))
    assert certs() == {}


def test_killed_at_any_call_of_a_large_change_and_run_again(hephy):
    """Certificate, users, domains, configuration, build, numbers, maintenance: what is half done is gone on with."""
    cert = {"name": "cert", "certificate": PEM, "key": "hunter55", "domains": ["a.example.com"]}
    before = dict(BUILT, name="store", config={"A": "1"}, scale={"web": 1}, domains=[{"name": "a.example.com"}])
    before.update(certificates=[cert], permissions=["ann"], maintenance=True)
    after = dict(before, config={"A": None, "B": "2"}, image="example/demo:2", scale={"web": 2, "worker": 1})
    after.update(domains=[{"name": "b.example.com"}], permissions=["bob"], maintenance=False, https_only=True)
    after["certificates"] = [dict(cert, certificate=OTHER, domains=["b.example.com"])]
    platform = hephy.platform

    def facts():
        app = platform.apps["store"]
        numbers = (app.build["image"], app.config["values"], app.structure, app.domains, app.perms, app.https)
        cert = {name: (one["fingerprint"], one["domains"]) for name, one in platform.certs.items()}
        return json.dumps([numbers, app.settings, cert], sort_keys=True)

    def begin():
        platform.fresh()
        hephy.declare(before)

    with Proxy(platform.address) as door, Forge("deis_app") as forge:
        begin()
        hephy.declare(after, url=door.url)
        calls, meant = len(door.seen), facts()
        chosen = range(calls) if os.environ.get("RACKWRIGHT_KILL") == "all" else random.sample(range(calls), 6)
        for index in chosen:
            begin()
            door.clear()
            task = dict(hephy.provider(door.url), apps=[after], owner="team")
            assert forge.killed(door, task, after=index) == -signal.SIGKILL
            door.drain()
            hephy.declare(after)
            assert facts() == meant, "killed at call %d of %d" % (index, calls)
            assert not hephy.declare(after)["changed"]


def test_an_app_is_transferred_last_and_not_out_of_reach(hephy):
    hephy.declare(dict(BUILT, name="store"))
    hephy.writes()
    hephy.declare({"name": "store", "account": "ann", "config": {"A": "1"}})
    assert hephy.platform.apps["store"].owner == "ann"
    assert hephy.writes() == [("POST", "config/"), ("POST", "")]
    token = {"token": hephy.platform.users["ann"]["token"]}
    result = hephy.declare({"name": "store", "account": "bob"}, options=token, fails=True)
    assert "it is out of reach; list ann in permissions" in result["msg"] and hephy.writes() == []
    row = {"name": "store", "account": "bob", "permissions": ["ann"]}
    hephy.declare(row, options=token)
    assert hephy.platform.apps["store"].owner == "bob"
    assert not hephy.declare(row, options=token)["changed"]


def test_an_app_of_another_user_is_refused_already_in_check_mode(hephy):
    hephy.declare({"name": "store"})
    token = {"token": hephy.platform.users["bob"]["token"]}
    for more in ({}, {"state": "absent"}):
        result = hephy.declare({"name": "store"}, options=token, check=True, fails=True, **more)
        assert "app store: it is another user's, and not shared with this one" in result["msg"]


def test_an_app_without_a_stamp_is_taken_over_and_anothers_is_not(either):
    either.declare({"name": "store"}, owner=None)
    assert either.declare({"name": "store"})["plan"][0]["fields"] == ["owner"]
    for more in ({}, {"state": "absent"}):
        result = either.declare({"name": "store"}, owner="rival", fails=True, **more)
        assert "it belongs to owner 'team'" in result["msg"]


def test_a_command_tells_its_exit_status_and_output(hephy):
    hephy.declare(dict(BUILT, name="store"))
    hephy.platform.codes = {"migrate 'a b'": (0, "done\nwell\n"), "fail": (3, "no table\nbye")}
    result = hephy.task("deis_run", name="store", command=["migrate", "a b"])
    assert result["changed"] and (result["rc"], result["stdout_lines"]) == (0, ["done", "well"])
    result = hephy.task("deis_run", name="store", command="fail", fails=True)
    assert "app store: the command ended with exit status 3: no table / bye" in result["msg"]
    assert (result["rc"], result["stdout"], result["changed"]) == (3, "no table\nbye", True)
    ran = list(hephy.platform.apps["store"].ran)
    foretold = hephy.task("deis_run", name="store", command="fail", check=True)
    assert foretold["changed"] and "rc" not in foretold and hephy.platform.apps["store"].ran == ran
    assert (
        "app nosuch: it is not there, so it cannot run"
        in hephy.task("deis_run", name="nosuch", command="x", fails=True)["msg"]
    )
    result = hephy.task("deis_run", name="store", command="x", detach=True, fails=True)
    assert "provider hephy cannot do detach" in result["msg"]


def test_drycc_runs_a_command_only_without_an_answer(drycc):
    drycc.declare(dict(BUILT, name="store"))
    result = drycc.task("deis_run", name="store", command="migrate", fails=True)
    assert "it tells neither exit status nor output of a command; begin it with detach" in result["msg"]
    result = drycc.task("deis_run", name="store", command="migrate", detach=True)
    assert result["changed"] and "rc" not in result and drycc.platform.apps["store"].ran == ["migrate"]


def test_back_to_an_earlier_release_by_what_it_was_of(either):
    either.declare(dict(BUILT, name="store", config={"A": "1"}))
    good = len(either.platform.apps["store"].releases)
    either.declare({"name": "store", "config": {"A": "2"}})
    app, back = either.platform.apps["store"], lambda **more: either.task("deis_release", name="store", **more)
    foretold = back(check=True)
    assert foretold["changed"] and app.now["version"] == good + 1
    result = back()
    assert (result["release"]["as_of"], result["release"]["version"]) == ("v%d" % good, good + 2)
    assert result["plan"] == foretold["plan"] and app.config == app.configs[app.releases[good - 1]["config"]]
    assert not back()["changed"], "one who has gone back stays there"
    assert not back(version=good)["changed"] and back(version=good + 1)["changed"]
    assert "there is no release v99; the newest are v" in back(version=99, fails=True)["msg"]
    assert "v1 cannot be gone back to: it has no build" in back(version=1, fails=True)["msg"]
    either.platform.broken["example/broken:1"] = "no such image"
    either.declare({"name": "store", "image": "example/broken:1"}, fails=True)
    broken = len(app.releases)
    result = back(version=broken, fails=True)
    assert "cannot be gone back to: it failed (no such image)" in result["msg"]
    missing = either.task("deis_release", name="nosuch", fails=True)
    assert "app nosuch: it is not there" in missing["msg"]


def test_apps_are_listed_with_what_runs(either):
    either.declare(dict(BUILT, name="store", config={"DB_PASSWORD": "hunter22"}), {"name": "empty"})
    either.declare({"name": "others"}, owner="rival")
    names = lambda result: [row["name"] for row in result["apps"]]  # noqa: E731
    every = either.task("deis_app_info")
    assert names(every) == ["empty", "others", "store"] and "hunter22" not in str(every)
    assert names(either.task("deis_app_info", owner="team")) == ["empty", "store"]
    (row,) = either.task("deis_app_info", names=["store", "nosuch"])["apps"]
    assert row["owner"] == "team" and row["image"] == BUILT["image"] and row["processes"][0]["state"] == "up"


def test_the_wrong_family_is_told(either):
    wrong = Controller({"hephy": "drycc", "drycc": "hephy"}[either.family], either.platform)
    assert "use `provider: %s`" % either.family in wrong.task("deis_app_info", fails=True)["msg"]


def test_a_login_by_name_and_password(either):
    login = {"token": None, "username": "admin", "password": "example-password"}
    assert either.task("deis_app_info", options=login)["apps"] == []


def test_a_play_with_defaults_progress_and_failed_when(hephy):
    hephy.platform.lag = 7
    hephy.platform.codes = {"check": (2, "two warnings")}
    tasks = [
        {"name": "Apps", "rackwright.platform.deis_app": {"apps": [dict(BUILT, name="store", scale={"web": 2})]}},
        {
            "name": "Check",
            "rackwright.platform.deis_run": {"name": "store", "command": "check"},
            "register": "checked",
            "failed_when": "checked.rc > 2",
        },
    ]
    secret = hephy.platform.token
    defaults = {"group/rackwright.platform.deis": hephy.provider()}
    played = play(tasks, module_defaults=defaults, secrets=[secret], args=["-vv"])
    assert [line["status"] for line in played.lines] == ["ok", "ok"] and played["Check"]["rc"] == 2
    assert re.search(r"app: 0/1 up, 1 starting \(0 of 2 up\), 0 failed", played.output)


def test_a_command_without_an_answer_may_have_run():
    with Hephy() as platform, contextlib.closing(Proxy(platform.address)) as door:
        door.fault(lambda link, _request: link.client.recv(1), method="POST", path="/run/")
        asks = Controller("hephy", platform)
        asks.declare(dict(BUILT, name="store"))
        result = asks.task("deis_run", url=door.url, name="store", command="x", timeout=1, fails=True)
    assert "no answer within 1 s. Whether the command has run is not known" in result["msg"]
