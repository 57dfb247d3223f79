# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""marathon_app and marathon_app_info through the module, against the fake of Marathon's documented API."""

from __future__ import annotations

import json

import pytest
from contract.modules import run
from fakes.marathon import Marathon

WEB = {
    "id": "/shop/web",
    "instances": 2,
    "cpus": 0.5,
    "cmd": "exec web",
    "env": {"DB_PASSWORD": "hunter22", "PORT": 80},
    "container": {"type": "DOCKER", "docker": {"image": "shop/web:1"}},
    "health_checks": [{"protocol": "MESOS_HTTP", "path": "/health"}],
    "constraints": [["hostname", "unique"]],
    "dependencies": ["shop/db"],
}
DB = {"id": "shop/db", "cmd": "exec db"}


@pytest.fixture
def marathon():
    with Marathon() as found:
        yield found


def app(marathon, *rows, check=False, fails=False, **more):
    args = {"url": marathon.urls, "apps": list(rows), "leader_timeout": 2, "timeout": 20}
    result = run("marathon_app", dict(args, **more), check=check, diff=True, fails=fails)
    assert "hunter22" not in str(result)
    return result


def verbs(result):
    return [(line["verb"], line["key"], line["fields"]) for line in result["plan"]]


def test_apps_are_deployed_and_the_defaults_of_marathon_are_no_differences(marathon):
    foretold = app(marathon, WEB, DB, owner="shop", check=True)
    assert marathon.writes == [] and len(foretold["plan"]) == 2
    first = app(marathon, WEB, DB, owner="shop")
    assert first["plan"] == foretold["plan"] and "hunter22" not in str(first["diff"])
    assert first["apps"][0]["tasks_running"] == first["apps"][0]["tasks_healthy"] == 2
    assert set(first["deployments"]) == {"/shop/web", "/shop/db"} and marathon.deployments == {}
    there = marathon.apps["/shop/web"]
    assert there["env"] == {"DB_PASSWORD": "hunter22", "PORT": "80"} and there["dependencies"] == ["/shop/db"]
    assert there["container"]["docker"]["forcePullImage"] is False and there["healthChecks"][0]["timeoutSeconds"] == 20
    assert there["labels"] == {"org.rackwright.owner": "shop"}
    again = app(marathon, WEB, DB, owner="shop")
    assert not again["changed"] and again["diff"] == [] and len(marathon.writes) == 2


def test_a_new_number_of_instances_is_a_put_of_that_alone_and_restarts_nothing(marathon):
    app(marathon, WEB, DB)
    before = set(marathon.tasks["/shop/web"])
    result = app(marathon, {"id": "/shop/web", "instances": 4})
    assert verbs(result) == [("update", "/shop/web", ["instances"])]
    assert marathon.writes[-1] == ("PUT", "/v2/apps/shop/web")
    assert before < set(marathon.tasks["/shop/web"]) and len(marathon.tasks["/shop/web"]) == 4
    assert app(marathon, dict(WEB, instances=4, cpus=1))["apps"][0]["cpus"] == 1
    assert not before & set(marathon.tasks["/shop/web"])


def test_what_is_left_out_inside_of_a_container_stays(marathon):
    app(marathon, WEB, DB)
    marathon.apps["/shop/web"]["container"]["volumes"] = [{"containerPath": "/data", "mode": "RW", "hostPath": "/srv"}]
    result = app(marathon, {"id": "/shop/web", "container": {"docker": {"image": "shop/web:2"}}})
    assert verbs(result) == [("update", "/shop/web", ["container"])]
    there = marathon.apps["/shop/web"]["container"]
    assert (there["type"], there["docker"]["image"], there["volumes"][0]["hostPath"]) == (
        "DOCKER",
        "shop/web:2",
        "/srv",
    )
    app(marathon, {"id": "/shop/web", "health_checks": [], "env": {}})
    assert marathon.apps["/shop/web"]["healthChecks"] == [] and marathon.apps["/shop/web"]["env"] == {}


def test_a_lock_is_waited_for(marathon):
    app(marathon, WEB, DB)
    marathon.apps["/shop/web"]["cpus"] = 1
    with marathon.lock:
        foreign = marathon.deploy("RestartApplication", ["/shop/web"], False)["deploymentId"]
    marathon.stuck["/shop/web"] = "waiting"
    late = app(marathon, WEB, timeout=1, fails=True)
    assert "still locked after 1 s by deployment %s (/shop/web)" % foreign in late["msg"]
    assert "force: true" in late["msg"] and marathon.apps["/shop/web"]["cpus"] == 1
    marathon.stuck.clear()
    marathon.deployments[foreign]["_polls"] = 1
    assert app(marathon, WEB)["changed"] and marathon.apps["/shop/web"]["cpus"] == 0.5


def test_a_lock_is_broken_when_that_is_said(marathon):
    app(marathon, WEB, DB)
    with marathon.lock:
        foreign = marathon.deploy("RestartApplication", ["/shop/web"], False)["deploymentId"]
    result = app(marathon, dict(WEB, cpus=2), force=True)
    assert result["changed"] and foreign not in marathon.deployments
    assert marathon.writes[-1] == ("PUT", "/v2/apps/shop/web?force=true")


def test_an_app_that_somebody_has_made_meanwhile_is_looked_at_again(marathon):
    marathon.masters[0].script = []
    app(marathon, WEB)
    exists = (409, {}, json.dumps({"message": "An app with id [/shop/db] already exists."}))
    meddled = marathon.masters[0].reply

    def first_refused(method, path, headers, content):
        if method == "POST" and not marathon.apps.get("/shop/db"):
            meddled(method, path, headers, json.dumps(dict(DB, id="/shop/db", cmd="theirs")).encode())
            marathon.deployments.clear()
            return exists
        return meddled(method, path, headers, content)

    marathon.masters[0].reply = first_refused
    result = app(marathon, DB)
    assert result["changed"] and result["failed_keys"] == {} and marathon.apps["/shop/db"]["cmd"] == "exec db"
    del marathon.masters[0].reply
    marathon.apps["/shop/db"]["labels"] = {"org.rackwright.owner": "theirs"}
    assert "it belongs to owner 'theirs'" in app(marathon, DB, owner="shop", fails=True)["msg"]


def test_a_deployment_that_does_not_come_about_says_why(marathon):
    app(marathon, DB)
    marathon.stuck.update({"/shop/web": "failing", "/shop/cache": "waiting"})
    result = app(marathon, WEB, {"id": "/shop/cache", "cmd": "exec cache"}, timeout=1, fails=True)
    web, cache = result["failed_keys"]["/shop/web"], result["failed_keys"]["/shop/cache"]
    assert "not deployed within 1 s: it is failing; 0 of 2 tasks run; task shop_web." in web
    assert "is TASK_STAGING on agent1" in web and "TASK_FAILED on agent1" in web
    assert "Command exited with status 1" in web
    assert (
        "it is starting; 0 of 1 tasks run; 2 wait for an offer; offers were declined for InsufficientCpus (3 of"
        in cache
    )
    assert result["applied"] == []


def test_a_deployment_that_is_rolled_back_is_no_success(marathon):
    app(marathon, DB)
    old = marathon.apps["/shop/db"]
    look = marathon.look

    def rolled_back(query):
        marathon.apps["/shop/db"] = old
        marathon.deployments.clear()
        return look(query)

    marathon.look = rolled_back
    result = app(marathon, dict(DB, cpus=3), fails=True)
    assert "its deployment was cancelled or rolled back" in result["msg"]


def test_without_waiting_the_deployment_is_left_to_itself(marathon):
    result = app(marathon, DB, wait=False)
    assert result["changed"] and list(marathon.deployments) == [result["deployments"]["/shop/db"]]


def test_what_another_run_has_begun_is_waited_for(marathon):
    app(marathon, DB, wait=False)
    again = app(marathon, DB)
    assert not again["changed"] and marathon.deployments == {} and again["apps"][0]["tasks_running"] == 1
    app(marathon, DB, state="absent", wait=False)
    assert not app(marathon, DB, state="absent")["changed"] and marathon.deployments == marathon.tasks == {}
    marathon.stuck["/shop/db"] = "failing"
    app(marathon, DB, wait=False)
    assert "app /shop/db: not deployed within 1 s: it is failing" in app(marathon, DB, timeout=1, fails=True)["msg"]


def test_removal_and_groups(marathon):
    app(marathon, WEB, DB, groups=[{"id": "/shop", "dependencies": ["/base"]}])
    assert marathon.groups["/shop"]["dependencies"] == ["/base"]
    assert not app(marathon, WEB, DB, groups=[{"id": "/shop", "dependencies": ["/base"]}])["changed"]
    assert app(marathon, groups=[{"id": "shop", "dependencies": []}])["groups"][0]["dependencies"] == []
    wrong = app(marathon, DB, groups=[{"id": "/shop"}], state="absent", fails=True)
    assert "it has the apps /shop/web, which would go with it" in wrong["msg"] and len(marathon.apps) == 2
    gone = app(marathon, {"id": "/shop/web"}, {"id": "/shop/db"}, groups=[{"id": "/shop"}], state="absent")
    assert gone["changed"] and marathon.apps == marathon.groups == marathon.deployments == marathon.tasks == {}
    assert not app(marathon, {"id": "/shop/web"}, groups=[{"id": "/shop"}], state="absent")["changed"]


def test_prune_takes_what_bears_the_owners_label_and_nothing_else(marathon):
    app(marathon, WEB, DB, owner="shop")
    app(marathon, {"id": "/other", "cmd": "x"}, owner="other")
    app(marathon, {"id": "/nobodys", "cmd": "x"})
    result = app(marathon, WEB, owner="shop", prune=True)
    assert verbs(result) == [("delete", "/shop/db", [])]
    assert set(marathon.apps) == {"/shop/web", "/other", "/nobodys"}


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"id": "/Shop"}, "each part is of a-z"),
        ({"id": "/a", "cmd": "x", "args": ["y"]}, "cmd and args exclude each other"),
        ({"id": "/a", "constraints": [["hostname"]]}, "is no constraint"),
        ({"id": "/a", "labels": {"org.rackwright.owner": "me"}}, "use the option owner"),
        ({"id": "/a", "instances": -1}, "-1 is negative"),
        ({"id": "/a"}, "it is new, so it needs cmd, args or a container to run"),
    ],
)
def test_what_cannot_be_is_told(marathon, row, words):
    assert words in app(marathon, row, fails=True)["msg"] and marathon.apps == {}


def test_the_leader_is_found_and_credentials_reach_masters_only():
    with Marathon(masters=3, authorization="Basic bWU6aHVudGVyMjI=") as marathon:
        marathon.leader = marathon.masters[2]
        login = {"username": "me", "password": "hunter22"}
        assert app(marathon, DB, **login)["changed"]
        assert "refuses the credentials" in app(marathon, DB, fails=True)["msg"]
        result = app(marathon, DB, fails=True, url=marathon.urls[:2], **login)
        assert "not among those of `url`" in result["msg"] and marathon.urls[2] in result["msg"]
        marathon.leader = None
        assert (
            "Could not determine the current leader" in app(marathon, DB, fails=True, leader_timeout=1, **login)["msg"]
        )


def test_too_many_deployments_are_waited_for(marathon):
    app(marathon, DB)
    marathon.most = 0
    late = app(marathon, dict(DB, cpus=2), timeout=1, fails=True)
    assert "Max number (0) of running deployments" in late["msg"]


def test_the_info_module_tells_tasks_groups_and_deployments(marathon):
    app(marathon, WEB, DB, owner="shop")
    marathon.polls = 99
    app(marathon, {"id": "/other", "cmd": "x"}, wait=False)
    found = run("marathon_app_info", {"url": marathon.urls, "ids": ["shop"]})
    assert [one["id"] for one in found["apps"]] == ["/shop/db", "/shop/web"]
    assert found["apps"][1]["tasks"][0]["state"] == "TASK_RUNNING" and found["apps"][1]["owner"] == "shop"
    assert found["groups"] == [
        {"id": "/shop", "dependencies": [], "enforce_role": False, "apps": ["/shop/db", "/shop/web"]}
    ]
    assert [one["affected_apps"] for one in found["deployments"]] == [["/other"]]
    assert found["version"] == "1.11.24" and found["leader"] in marathon.urls[0]
    assert [a["id"] for a in run("marathon_app_info", {"url": marathon.urls, "owner": "shop"})["apps"]] == [
        "/shop/db",
        "/shop/web",
    ]
