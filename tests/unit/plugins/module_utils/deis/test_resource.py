# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Apps between what is declared and what is there."""

from __future__ import annotations

import json
import pathlib

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Refused
from ansible_collections.rackwright.platform.plugins.module_utils.core.plan import plan
from ansible_collections.rackwright.platform.plugins.module_utils.deis import forms
from ansible_collections.rackwright.platform.plugins.module_utils.deis.resource import APP, declared, fit, secrets

CASES = pathlib.Path(__file__).resolve().parents[4] / "unit" / "cases" / "deis"
CERTIFICATE = next(pair for pair in json.loads((CASES / "hephy.json").read_text()) if pair["name"] == "066-cert-create")
PEM, PRINT = CERTIFICATE["body"]["certificate"], CERTIFICATE["answer"]["fingerprint"]
PROBE = {"httpGet": {"path": "/", "port": 5000}}


def rows_of(*rows, **options):
    """The declared rows of a task."""
    return declared(dict({"apps": list(rows), "state": "present", "owner": "shop", "prune": False}, **options))[0]


def change(have, want, known=None):
    """(fields that change, the row that results) where `have` is there and `want` is declared; None for no change."""
    have = dict({"name": "shop", "owner": "shop"}, **have)
    (row,) = rows_of(dict(want, name="shop"))
    changes = plan(APP, [have], [fit(row, have, known or {})], owner="shop").changes
    return (changes[0].fields, changes[0].after) if changes else None


@pytest.mark.parametrize(
    ("have", "want", "result"),
    [
        ({"config": {"A": "1", "B": "2"}}, {"config": {"A": 1}}, None),
        ({"config": {"A": "1", "B": "2"}}, {"config": {"A": None, "C": True}}, {"config": {"B": "2", "C": "true"}}),
        ({"config": {}}, {"config": {"GONE": None}}, None),
        ({"scale": {"web": 1}}, {"scale": {"web": 1, "worker": 0}}, None),
        ({"scale": {"web": 1, "cmd": 1}}, {"scale": {"cmd": 0}}, {"scale": {"web": 1, "cmd": 0}}),
        ({"memory": {"web": "256M/512M"}}, {"memory": {"web": "256mb/512m"}}, None),
        ({"memory": {"web": "256M"}}, {"memory": {"web": None}}, {"memory": {}}),
        ({"cpu": {}}, {"cpu": {"web": "100m/500m"}}, {"cpu": {"web": "100m/500m"}}),
        ({"grace": {"web": "60"}}, {"grace": {"web": 60}}, None),
        ({"tags": {"web": {"ssd": "true"}}}, {"tags": {"web": {"ssd": None}}}, {"tags": {}}),
        ({"tags": {"ssd": "true"}}, {"tags": {"rack": "a1"}}, {"tags": {"ssd": "true", "rack": "a1"}}),
        ({"registry": {"username": "u"}}, {"registry": {"Username": "u"}}, None),
        (
            {"health": {"web": {"liveness": dict(PROBE, timeoutSeconds=1)}}},
            {"health": {"web": {"liveness": PROBE, "readiness": None}}},
            {"health": {"web": {"liveness": PROBE}}},
        ),
        ({"health": {"web": {"liveness": PROBE}}}, {"health": {"web": {"livenessProbe": PROBE}}}, None),
        ({"health": {"web": {"liveness": PROBE}, "cmd": {}}}, {"health": {"web": None}}, {"health": {"cmd": {}}}),
        ({"whitelist": ["10.0.0.0/8", "192.0.2.1"]}, {"whitelist": ["192.0.2.1/32", "10.0.0.0/8"]}, None),
        ({"whitelist": ["10.0.0.0/8"]}, {"whitelist": []}, {"whitelist": []}),
        ({"permissions": ["ann", "bob"]}, {"permissions": ["bob", "ann"]}, None),
        ({"permissions": ["ann"]}, {"permissions": ["bob"]}, {"permissions": ["bob"]}),
        (
            {"domains": [{"name": "old.example.com", "type": ""}]},
            {"domains": [{"name": "*.Example.com"}, {"name": "müller.example.com"}]},
            {"domains": [{"name": "*.example.com", "type": ""}, {"name": "xn--mller-kva.example.com", "type": ""}]},
        ),
        ({"labels": {"team": "a"}}, {"labels": {"team": None, "tier": 1}}, {"labels": {"tier": "1"}}),
        ({"maintenance": True}, {"maintenance": False}, {"maintenance": False}),
        ({"https_only": False}, {"https_only": True}, {"https_only": True}),
        ({"image": "i:1", "procfile": {"web": "a"}}, {"image": "i:2"}, {"image": "i:2", "procfile": {"web": "a"}}),
        ({"image": "i:1", "procfile": {"web": "a"}}, {"procfile": {}}, {"image": "i:1", "procfile": {}}),
        ({"account": "ann"}, {"account": "bob"}, {"account": "bob"}),
    ],
)
def test_field_by_field_only_what_differs_changes(have, want, result):
    found = change(have, want)
    if result is None:
        assert found is None
    else:
        fields, after = found
        assert set(fields) <= set(want) and {name: after[name] for name in result} == result


ATTACHED = {"name": "cert", "fingerprint": PRINT, "domains": ["a.example.com"]}
HAVE = {"domains": [{"name": "a.example.com", "type": ""}, {"name": "b.example.com", "type": ""}]}


@pytest.mark.parametrize(
    ("certificates", "want", "known", "result"),
    [
        ([ATTACHED], {"certificate": PEM, "key": "k"}, {"cert": ATTACHED}, None),
        ([ATTACHED], {"domains": ["b.example.com"]}, {"cert": ATTACHED}, [dict(ATTACHED, domains=["b.example.com"])]),
        ([dict(ATTACHED, fingerprint="AA")], {"certificate": PEM, "key": "k"}, {"cert": ATTACHED}, [ATTACHED]),
        ([ATTACHED], {"state": "absent"}, {"cert": ATTACHED}, []),
        ([], {"state": "absent"}, {}, None),
        ([], {"domains": ["a.example.com"]}, {"cert": dict(ATTACHED, domains=[])}, [ATTACHED]),
        ([], {"certificate": PEM, "key": "k", "domains": ["a.example.com"]}, {}, [ATTACHED]),
    ],
)
def test_certificates_are_told_apart_by_their_fingerprint(certificates, want, known, result):
    have = dict(HAVE, certificates=certificates)
    found = change(have, {"certificates": [dict(want, name="cert")]}, known)
    assert (found and found[1]["certificates"]) == result


@pytest.mark.parametrize(
    ("want", "words"),
    [
        ({"certificates": [{"name": "cert"}]}, "certificate cert is not there; give certificate and key"),
        (
            {"certificates": [{"name": "cert", "certificate": PEM, "key": "k", "domains": ["c.example.com"]}]},
            "c.example.com is no domain of the app; declare it",
        ),
    ],
)
def test_a_certificate_must_be_there_and_for_a_domain_of_the_app(want, words):
    with pytest.raises(ValueError, match=words):
        change(HAVE, want)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"name": "Bad_Name"}, "'Bad_Name' is not an app's name"),
        ({"name": "shop-"}, "is not an app's name"),
        ({"name": "shop", "config": {"1A": 1}}, "config: '1A' is not the name of an environment variable"),
        ({"name": "shop", "config": {"HEALTHCHECK_URL": "/"}}, "would become a health check and vanish"),
        ({"name": "shop", "config": {"A": [1]}}, "config: A: it must be one text, not a list"),
        ({"name": "shop", "scale": {"web": "two"}}, "scale: web: 'two' is not a number of processes"),
        ({"name": "shop", "scale": {"web": -1}}, "is not a number of processes"),
        ({"name": "shop", "scale": {"Web": 1}}, "'Web' is not a process type"),
        ({"name": "shop", "procfile": {"web": ""}}, "procfile: web: the command is missing"),
        ({"name": "shop", "memory": {"web": "huge"}}, "memory: web: 'huge' is neither a limit"),
        ({"name": "shop", "cpu": {"web": "much"}}, "cpu: web: 'much' is neither a limit"),
        ({"name": "shop", "tags": {"web": {"a": "b"}, "ssd": "true"}}, "some values are by process type"),
        ({"name": "shop", "health": {"web": {"nope": {}}}}, "'nope' is neither liveness nor readiness"),
        ({"name": "shop", "health": {"web": {"liveness": {}}}}, "needs one of httpGet, tcpSocket and exec"),
        ({"name": "shop", "autoscale": {"web": {"min": 5, "max": 1, "cpu_percent": 70}}}, "not above max"),
        ({"name": "shop", "labels": {"rackwright-owner": "me"}}, "a label of Rackwright's own"),
        ({"name": "shop", "whitelist": ["x"]}, "'x' is neither an address nor a network"),
        ({"name": "shop", "domains": [{"name": "a b"}]}, "'a b' is not a domain"),
        ({"name": "shop", "domains": [{"name": "a.de"}, {"name": "A.de"}]}, "a.de is given more than once"),
        ({"name": "shop", "certificates": [{"name": "c", "certificate": "x", "key": "k"}]}, "not in PEM form"),
        ({"name": "shop", "certificates": [{"name": "c", "certificate": PEM}]}, "c: its key is missing"),
        (
            {"name": "shop", "scale": {"web": 1}, "autoscale": {"web": {"min": 1, "max": 2, "cpu_percent": 9}}},
            "type web has a number in scale and bounds in autoscale",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(row, words):
    with pytest.raises(Refused, match=words) as caught:
        rows_of(row)
    assert str(caught.value).startswith("app ")


def test_an_app_cannot_be_both_and_prune_needs_an_owner():
    with pytest.raises(Refused, match="declared both as there and as absent"):
        rows_of({"name": "shop"}, {"name": "shop", "state": "absent"})
    with pytest.raises(Refused, match="needs the option owner"):
        rows_of({"name": "shop"}, owner=None, prune=True)


def test_no_secret_is_in_what_is_shown():
    (row,) = rows_of(
        {
            "name": "shop",
            "config": {"DB_PASSWORD": "hunter22", "URL": "redis://me:hunter33@host/", "COLOUR": "blue"},
            "registry": {"username": "deploy", "password": "hunter44"},
            "certificates": [{"name": "cert", "certificate": PEM, "key": "hunter55"}],
        }
    )
    hidden = {"hunter22", "hunter33", "hunter44", "hunter55"}
    assert secrets([row]) == hidden
    shown = APP.as_text(row) + json.dumps(APP.shown(row))
    assert not [word for word in hidden if word in shown] and PEM not in shown
    assert "config.COLOUR: blue" in shown and "registry.username: deploy" in shown and PRINT in shown
    other = dict(row, config=dict(row["config"], DB_PASSWORD="hunter23"))
    assert APP.as_text(other) != APP.as_text(row), "that a secret differs is seen"


def test_login_by_process_type_is_masked_as_well():
    (row,) = rows_of({"name": "shop", "registry": {"web": {"username": "deploy", "password": "hunter44"}}})
    (short,) = rows_of({"name": "shop", "registry": {"password": "abc"}})
    assert secrets([short]) == set() and "abc" not in str(APP.shown(short))
    assert secrets([row]) == {"hunter44"} and "hunter44" not in str(APP.shown(row))
    assert APP.shown(row)["registry"]["web"]["username"] == "deploy"


@pytest.mark.parametrize(
    ("before", "after", "result"),
    [
        ({"a": 1}, {"a": 1}, {}),
        ({"a": 1, "b": 2}, {"b": 3, "c": 4}, {"a": None, "b": 3, "c": 4}),
    ],
)
def test_a_delta_turns_one_mapping_into_another(before, after, result):
    assert forms.delta(before, after) == result
    assert forms.merged(before, forms.delta(before, after)) == after


def test_deltas_go_one_level_down():
    before, after = {"web": {"liveness": 1, "readiness": 2}, "cmd": {"liveness": 3}}, {"web": {"readiness": 4}}
    changes = forms.deltas(before, after)
    assert changes == {"cmd": {"liveness": None}, "web": {"liveness": None, "readiness": 4}}
    assert forms.merged(before, changes, 2) == after
