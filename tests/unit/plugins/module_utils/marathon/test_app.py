# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Refused
from ansible_collections.rackwright.platform.plugins.module_utils.core.plan import plan
from ansible_collections.rackwright.platform.plugins.module_utils.marathon import app, forms

THERE = {  # as Marathon answers
    "id": "/shop/web",
    "cmd": None,
    "args": None,
    "instances": 2,
    "cpus": 0.5,
    "mem": 128.0,
    "env": {"A": "1"},
    "labels": {"org.rackwright.owner": "shop"},
    "constraints": [["hostname", "UNIQUE", ""], ["rack", "GROUP_BY", "3"]],
    "dependencies": ["/shop/db", "/base"],
    "container": {
        "type": "DOCKER",
        "docker": {"image": "web:1", "forcePullImage": False, "parameters": [{"key": "hostname", "value": "x"}]},
        "volumes": [],
    },
    "healthChecks": [{"protocol": "HTTP", "path": "/", "timeoutSeconds": 20}, {"protocol": "TCP", "portIndex": 0}],
    "upgradeStrategy": {"maximumOverCapacity": 1, "minimumHealthCapacity": 1},
}


def fields(row):
    """What differs of what is declared."""
    rows = app.APP.normalise([dict(row, id="shop/web")])
    found = plan(app.APP, [app.seen(THERE)], app.fit(rows, [app.seen(THERE)])).changes
    return found[0].fields if found else ()


@pytest.mark.parametrize(
    ("row", "differs"),
    [
        ({}, ()),
        ({"cpus": 0.5, "mem": 128, "instances": 2, "env": {"A": 1}, "cmd": None}, ()),
        ({"instances": 0}, ("instances",)),
        ({"env": {}}, ("env",)),
        ({"labels": {}, "args": [], "fetch": [], "require_ports": False}, ()),
        ({"constraints": [["rack", "group_by", 3], ["hostname", "UNIQUE"]], "dependencies": ["base", "/shop/db"]}, ()),
        ({"constraints": [["hostname", "UNIQUE"]]}, ("constraints",)),
        ({"container": {"docker": {"image": "web:1"}}}, ()),
        ({"container": {"docker": {"image": "web:1", "privileged": None}}}, ()),
        ({"container": {"docker": {"image": "web:2"}}}, ("container",)),
        ({"container": {"docker": {"parameters": None}}}, ("container",)),
        ({"health_checks": [{"path": "/"}, {"protocol": "TCP"}]}, ()),
        ({"health_checks": [{"path": "/"}]}, ("health_checks",)),
        ({"upgrade_strategy": {"minimumHealthCapacity": 0.5}}, ("upgrade_strategy",)),
        ({"owner": "shop"}, ()),
    ],
)
def test_only_what_is_declared_can_differ(row, differs):
    assert fields(row) == differs


def test_what_differs_keeps_what_was_not_declared():
    want = {"docker": {"image": "web:2", "parameters": None}}
    merged = forms.overlaid(THERE["container"], want)
    assert merged == {"type": "DOCKER", "volumes": [], "docker": {"image": "web:2", "forcePullImage": False}}
    checks = forms.overlaid(THERE["healthChecks"], [{"path": "/"}, {"protocol": "HTTP", "path": "/x", "none": None}])
    assert checks == [THERE["healthChecks"][0], {"protocol": "HTTP", "path": "/x"}]
    assert forms.overlaid(None, {"a": {"b": None, "c": [{"d": None}]}}) == {"a": {"c": [{}]}}


def test_a_stamp_is_a_label_among_others():
    assert app.body({"id": "/a", "labels": {"x": "1"}, "owner": "me"}, ("labels",)) == {
        "labels": {"x": "1", "org.rackwright.owner": "me"}
    }
    assert app.body({"id": "/a", "instances": 3, "owner": "me"}, ("instances",)) == {"instances": 3}
    assert app.body({"id": "/a", "owner": None}, ("id", "owner")) == {"id": "/a", "labels": {}}


def test_secrets_are_masked_and_names_are_not():
    row = {
        "id": "/a",
        "env": {"DB_PASSWORD": "hunter22", "OTHER": {"secret": "reference"}},
        "container": {"docker": {"parameters": [{"key": "hostname", "value": "x"}], "auth_token": "hunter33"}},
        "fetch": [{"uri": "https://me:hunter44@files.example/x"}],
    }
    assert app.secrets([row]) == {"hunter22", "hunter33", "hunter44"}
    shown = app.APP.shown(row)
    assert shown["env"]["DB_PASSWORD"].startswith("********") and shown["env"]["OTHER"] == {"secret": "reference"}
    assert shown["container"]["docker"]["parameters"] == [{"key": "hostname", "value": "x"}]
    assert shown["container"]["docker"]["auth_token"].startswith("********")
    text = app.as_text(row)
    assert "hunter" not in text and "me:********@files.example" in text


@pytest.mark.parametrize("name", ["/Shop", "/a_b", "/a//b", "/", "/-a", "/a/.."])
def test_a_path_that_marathon_would_refuse(name):
    with pytest.raises(Refused, match="each part is of"):
        app.APP.normalise([{"id": name}])


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"container": {"type": "DOKER"}}, "container: the type 'DOKER' is unknown; it is one of MESOS, DOCKER"),
        ({"health_checks": [{}, {"protocol": "HTTTP"}]}, "health_checks: the protocol 'HTTTP' is unknown"),
        ({"networks": [{"mode": "bridge"}]}, "networks: the mode 'bridge' is unknown"),
        ({"constraints": [["hostname", "ONCE"]]}, "constraints: 'ONCE' is no operator"),
    ],
)
def test_words_that_marathon_would_refuse(more, why):
    with pytest.raises(Refused, match=re.escape(why)):
        app.APP.normalise([dict(more, id="/web")])


def test_a_new_app_runs_something():
    rows = [{"id": "/web", "instances": 2}]
    assert app.empty(rows, []) == ["app /web: it is new, so it needs cmd, args or a container to run"]
    assert app.empty(rows, [{"id": "/web", "cmd": "run"}]) == app.empty([dict(rows[0], args=["x"])], []) == []


def test_names_are_spelled_both_ways():
    assert forms.camel("task_kill_grace_period_seconds") == "taskKillGracePeriodSeconds"
    assert forms.snake("currentStep") == "current_step"
