# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Spellings, and what follows from a declaration: data in, changes out."""

from __future__ import annotations

import pathlib

import pytest
import yaml
from ansible_collections.rackwright.platform.plugins.module_utils.containers import wire
from ansible_collections.rackwright.platform.plugins.module_utils.containers.resource import (
    CONTAINER,
    EMPTY,
    declared,
    fit,
    spec,
)
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Refused
from ansible_collections.rackwright.platform.plugins.module_utils.core.plan import plan
from hypothesis import given, settings
from hypothesis import strategies as st

from .engine import joined, made

CASES = pathlib.Path(__file__).resolve().parents[3] / "cases" / "containers"
FIELDS = {field.name: field for field in CONTAINER.fields}


def cases(name):
    """The cases of a file."""
    return yaml.safe_load((CASES / name).read_text(encoding="utf-8"))


def task(*rows, **options):
    """The options of a task."""
    return dict({"containers": list(rows), "state": "present", "owner": None, "prune": False}, **options)


def rows_of(*rows, **options):
    """The declared rows of a task."""
    return declared(task(*rows, **options))[0]


@pytest.mark.parametrize("case", cases("forms.yml"), ids=lambda case: "%s %s" % (case["field"], case["given"]))
def test_a_field_has_one_spelling(case):
    field = FIELDS[case["field"]]
    if "refused" in case:
        with pytest.raises(ValueError, match=case["refused"]):
            field.canonical(case["given"])
        return
    done = field.canonical(case["given"])
    assert done == case["canonical"]
    assert field.canonical(done) == done


@pytest.mark.parametrize("case", cases("changes.yml"), ids=lambda case: case["title"])
def test_a_declaration_leads_to_a_change(case):
    had = rows_of(case["had"])[0]
    answer = joined(made(had, case.get("image"), spec(had)), had)
    current = [dict(wire.seen(answer), _actual="web")]
    image_id = case["want"].pop("image_id", "sha256:old" if "image" in case["want"] else None)
    want = dict(rows_of(case["want"], owner=case["want"].pop("owner", None))[0], image_id=image_id)
    found = plan(CONTAINER, current, fit([{k: v for k, v in want.items() if v is not None}], current))
    assert [change.verb for change in found.changes] == ([case["verb"]] if "verb" in case else [])
    assert [change.fields for change in found.changes] == ([tuple(case["fields"])] if "verb" in case else [])


NAMES = st.from_regex(r"[A-Z][A-Z0-9_]{0,5}", fullmatch=True)
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6)
NETWORK = st.fixed_dictionaries(
    {"name": st.sampled_from(["front", "back", "side"])}, optional={"aliases": st.lists(NAMES, max_size=2)}
)
ROWS = st.fixed_dictionaries(
    {"name": st.just("web"), "image": st.just("img")},
    optional={
        "command": st.lists(WORDS, max_size=3),
        "env": st.dictionaries(NAMES, WORDS, max_size=3),
        "labels": st.dictionaries(NAMES, WORDS, max_size=3),
        "ports": st.lists(
            st.fixed_dictionaries({"private": st.integers(1, 9), "public": st.integers(0, 9)}),
            max_size=3,
            unique_by=(lambda one: one["private"], lambda one: one["public"] or -one["private"]),
        ),
        "networks": st.lists(NETWORK, max_size=3, unique_by=lambda one: one["name"]),
        "restart": st.sampled_from(["no", "always", "unless-stopped", "on-failure", "on-failure:2"]),
        "cpus": st.sampled_from([0, 0.5, 2]),
        "memory": st.sampled_from(["0", "6M", "1G"]),
        "pids_limit": st.integers(0, 5),
        "healthcheck": st.fixed_dictionaries({"test": st.just(["true"])}, optional={"interval": st.integers(0, 9)}),
        "stop_timeout": st.integers(0, 20),
        "read_only": st.booleans(),
        "dns_mode": st.sampled_from(["engine", "host"]),
        "init": st.booleans(),
        "user": st.sampled_from(["", "app"]),
        "cap_add": st.lists(st.sampled_from(["NET_ADMIN", "cap_sys_time"]), max_size=2),
        "volumes": st.lists(
            st.fixed_dictionaries(
                {"target": st.sampled_from(["/a", "/b"]), "source": st.sampled_from(["", "data", "/srv"])}
            ),
            max_size=2,
            unique_by=lambda one: one["target"],
        ),
    },
)


@settings(max_examples=150, deadline=None)
@given(ROWS, ROWS)
def test_what_was_made_as_declared_needs_no_change(first, second):
    row = rows_of(first)[0]
    current = [wire.seen(joined(made(row, None, spec(row)), row))]
    assert not plan(CONTAINER, current, fit([row], current)).changes
    later = fit(rows_of(second), current)
    change = plan(CONTAINER, current, later).changes
    if change and change[0].verb == "replace":
        after = change[0].after
        current = [wire.seen(joined(made(after, None, spec(change[0].want, current[0]["_spec"])), after))]
        assert not plan(CONTAINER, current, fit(rows_of(second), current)).changes


def test_each_field_that_is_declared_has_an_empty_value_that_reads_back():
    current = wire.seen(made({"name": "web", "image": "img"}))
    assert {name: current[name] for name in EMPTY} == EMPTY


@pytest.mark.parametrize("aliases", [["shop"], ["shop", "web1"]])
def test_the_hosts_name_is_an_alias_only_where_it_is_declared(aliases):
    row = {"name": "web", "image": "img", "hostname": "web1", "networks": [{"name": "front", "aliases": aliases}]}
    row = rows_of(row)[0]
    assert wire.seen(made(row, None, spec(row)))["networks"] == row["networks"]


def test_problems_within_and_between_rows_are_told_at_once():
    rows = [
        {"name": "a1", "image": "i", "ports": [{"public": 80, "private": 1}, {"public": 80, "private": 2}]},
        {"name": "b1", "image": "i", "ports": [{"public": 80, "private": 1, "address": "0.0.0.0"}]},
        {
            "name": "c1",
            "image": "i",
            "ports": [{"public": 80, "private": 1, "protocol": "udp"}],
            "network_mode": "host",
        },
        {"name": "d1", "image": "i", "networks": [{"name": "n"}], "network_mode": "none"},
        {"name": "e1", "image": "i", "ports": [{"public": 80, "private": 1}], "state": "stopped"},
    ]
    with pytest.raises(Refused) as refusal:
        rows_of(*rows)
    assert refusal.value.problems == [
        "container a1: publishes 127.0.0.1:80/tcp more than once",
        "container c1: ports cannot be published with network_mode host; leave out one",
        "container d1: networks and network_mode exclude each other; keep one",
        "container b1: container a1 publishes 0.0.0.0:80/tcp, too",
    ]


def test_a_resolver_is_the_engines_or_somebody_elses():
    volume = {"source": "/srv/resolv.conf", "target": "/etc/resolv.conf/"}
    with pytest.raises(Refused) as refusal:
        rows_of({"name": "web", "image": "i", "dns_mode": "host", "dns_search": ["example.org"], "volumes": [volume]})
    text = "container web: dns_mode host and %s exclude each other; keep one"
    assert refusal.value.problems == [text % "dns_search", text % "a volume at /etc/resolv.conf"]


def test_duplicates_and_contradictions_are_refused():
    with pytest.raises(Refused, match="web: declared more than once"):
        rows_of({"name": "web", "image": "i"}, {"name": "web", "image": "i"})
    with pytest.raises(Refused, match="both as there and as absent"):
        rows_of({"name": "web", "image": "i"}, {"name": "web", "state": "absent"})
    with pytest.raises(Refused, match="needs the option owner"):
        rows_of({"name": "web", "image": "i"}, prune=True)


def test_a_new_container_needs_an_image():
    with pytest.raises(Refused, match="web: it is not there, and to make it image must be given"):
        fit(rows_of({"name": "web"}), [])


def test_the_diff_shows_what_is_set():
    row = rows_of({"name": "web", "image": "img", "env": {"A": "1"}, "memory": "0", "restart": "always"})[0]
    assert CONTAINER.as_text(row) == "name: web\nimage: img:latest\nrestart: always\nenv.A: 1\n"
