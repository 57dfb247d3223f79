# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fakes of Hephy's and Drycc's controllers against the recorded conversations with real ones, call by call.

Recorded of Hephy 2.22 and Drycc 1.13.1 run from source, with their own mock of a cluster.
"""

from __future__ import annotations

import json
import pathlib
import re

import pytest
from fakes.deis import Drycc, Hephy
from urllib3 import PoolManager

CASES = pathlib.Path(__file__).resolve().parents[1] / "unit" / "cases" / "deis"
PAIRS = {name: json.loads((CASES / (name + ".json")).read_text()) for name in ("hephy", "drycc")}
NOT_ASKED = re.compile(  # what the modules never ask, so that the fakes do not know it
    r"/v2/(auth/(register|passwd|tokens|cancel)|users|admin|keys|tokens|limits|addon-classes|workspaces/$"
    r"|workspaces/\w+/|apps/\w+/(services|logs|gateways|routes|volumes|addons|events|ptypes/[\w-]+/describe))|/(healthz|readiness)$"
)
LEFT_OUT = {  # facts that nobody needs here
    *("id", "uid", "email", "first_name", "last_name", "is_staff", "groups", "user_permissions", "is_active"),
    *("san", "common_name", "expires", "starts", "issuer", "subject", "events", "conditions", "up_to_date"),
    *("available_replicas", "ready", "release", "name", "state", "deployed_ptypes"),
}
UUID = re.compile(r"(?<=/builds/)[0-9a-f-]{36}")


def asked(name):
    """The pairs that the fake knows."""
    return [pair for pair in PAIRS[name] if pair["as"] != "x" and not NOT_ASKED.search(pair["path"].split("?")[0])]


def replay(platform, pairs):
    """{name of the pair: (status, answer)} of the whole conversation."""
    web, done = PoolManager(), {}
    for pair in pairs:
        builds = [build for app in platform.apps.values() for build in app.builds]
        path = UUID.sub(builds[-1] if builds else "", pair["path"])
        headers = {"Content-Type": "application/json"}
        if pair["as"]:
            headers["Authorization"] = "token " + platform.users[pair["as"]]["token"]
        body = None if pair["body"] is None else json.dumps(pair["body"])
        answer = web.request(pair["method"], platform.url + path, body=body, headers=headers, retries=False)
        text = answer.data.decode()
        done[pair["name"]] = answer.status, json.loads(text) if text[:1] in ('"', "{", "[") else text.strip()
    web.clear()
    return done


@pytest.fixture(scope="module")
def told():
    """What the fakes answer to both conversations."""
    done = {}
    for name, kind in (("hephy", Hephy), ("drycc", Drycc)):
        with kind() as platform:
            platform.user("bob", "example-password")
            platform.user("bobby", "example-password")
            if name == "drycc":
                platform.passport = False
            platform.token = platform.users["admin"]["token"] = "0" * 40
            done[name] = replay(platform, asked(name))
    return done


def alike(recorded, answer, where=""):
    """Fail where the answer lacks what was recorded."""
    if isinstance(recorded, dict):
        assert isinstance(answer, dict), where
        for key, value in recorded.items():
            if key in ("config", "build") and isinstance(value, (str, type(None))) or key == "next":
                assert (value is None) == (answer[key] is None), where
            elif key == "summary" and " rolled back " not in value and " deployed " not in value:
                assert answer[key], where
            elif key == "token":
                assert re.fullmatch("[0-9a-f]{40}", answer[key]), where
            elif key == "detail" or key == "certificate" or key == "key":
                assert str(answer[key])[:18] == str(value)[:18], where
            elif key not in LEFT_OUT:
                alike(value, answer.get(key), "%s.%s" % (where, key))
    elif isinstance(recorded, list):
        assert len(recorded) == len(answer), (where, recorded, answer)
        pairs = zip(recorded, answer)
        if recorded and isinstance(recorded[0], dict) and "type" in recorded[0]:  # pods, in no order
            pairs = zip(*(sorted(one, key=lambda pod: pod["type"]) for one in (recorded, answer)))
        elif recorded and isinstance(recorded[0], str):
            pairs = zip(*([word[:40] for word in sorted(one)] for one in (recorded, answer)))
        for number, (one, other) in enumerate(pairs):
            alike(one, other, "%s[%d]" % (where, number))
    elif not str(recorded).startswith("<"):  # pages for people
        assert recorded == answer, where


@pytest.mark.parametrize(
    ("family", "pair"),
    [pytest.param(name, pair, id="%s-%s" % (name, pair["name"])) for name in PAIRS for pair in asked(name)],
)
def test_the_fake_answers_as_was_recorded(told, family, pair):
    status, answer = told[family][pair["name"]]
    assert status == pair["status"], answer
    alike(pair["answer"], answer)


def test_most_of_what_was_recorded_is_replayed():
    assert [len(asked(name)) for name in ("hephy", "drycc")] >= [100, 40]
