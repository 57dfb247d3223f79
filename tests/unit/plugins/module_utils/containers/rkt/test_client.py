# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What rkt answers, as it was recorded, and what it becomes."""

from __future__ import annotations

import json

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.containers.rkt import images
from ansible_collections.rackwright.platform.plugins.module_utils.containers.rkt.client import RktClient
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import (
    Ambiguous,
    Failure,
    NotFound,
    TimedOut,
)

EMPTY = {"rktVersion": "v1", "rktKind": "stage1", "name": "", "version": "", "location": ""}
MERGED = dict(EMPTY, name="coreos.com/rkt/stage1-fly", version="1.30.0+git", location="/usr/lib/rkt/stage1-fly.aci")
SECRET = {"rktKind": "dockerAuth", "registries": ["r"], "credentials": {"user": "foo", "password": "bar"}}
NOISE = 'run: group "rkt" not found, will use default gid when rendering images\n'


def client(*answers, **options):
    """A client whose calls are answered so, in order; its `calls` are remembered."""
    left, calls = list(answers), []

    def run(words, **_how):
        calls.append(words)
        found = left.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    made = RktClient(dict(options, command="/bin/sh"), transport=run)
    made.calls = calls
    return made


def test_an_empty_store_says_null():
    assert client((0, "null\n", "")).pods() == [] and client((0, "null\n", "")).images() == []


@pytest.mark.parametrize(
    ("answer", "write", "kind", "words"),
    [
        ((254, "", 'rm: cannot get pod: no matches found for "11111111"\nrm: failed'), True, NotFound, "no matches"),
        (
            (254, "", NOISE + "run: open /nonexistent.aci: no such file or directory\n"),
            True,
            Failure,
            "^rkt: run: open",
        ),
        ((254, "", "list: cannot get configuration: invalid stage1 configuration"), False, Failure, "stage1"),
        ((-9, "", ""), True, Ambiguous, "signal 9"),
        ((-9, "", ""), False, Failure, "exit status -9"),
        (TimedOut("late"), True, Ambiguous, "late"),
        (TimedOut("late"), False, TimedOut, "late"),
    ],
)
def test_failures_are_told_by_kind(answer, write, kind, words):
    with pytest.raises(kind, match=words):
        client(answer).rkt("rm", "11111111", write=write)


@pytest.mark.parametrize(("config", "flavour"), [([EMPTY], "coreos"), ([SECRET, MERGED], "fly")])
def test_the_flavour_is_that_of_the_row_the_options_or_the_configuration(config, flavour):
    made = client((0, json.dumps({"stage0": config}), ""))
    assert made.flavour({}) == flavour == made.flavour({}) and len(made.calls) == 1
    assert "bar" not in str(vars(made))
    assert client(stage1="kvm").flavour({}) == "kvm" and client(stage1="kvm").flavour({"runtime": "host"}) == "host"


def test_checks_are_left_out_only_when_asked_for():
    assert client().front() == ["/bin/sh"]
    assert client(insecure=["image", "http"], data="/d").front()[1:] == ["--dir=/d", "--insecure-options=image,http"]


def test_a_program_that_is_not_there_is_told_with_the_way_out():
    with pytest.raises(Failure, match="nowhere is not on this host.*role rackwright.platform.rkt"):
        RktClient({"command": "nowhere"}).pods()


def image(name, when=1):
    return {"id": "sha512-%02d" % when + "0" * 62, "name": name, "import_time": when * 10**9, "size": 1}


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("example.com/hello:1.0.0", "example.com/hello:1.0.0"),
        ("example.com/hello:latest", "example.com/hello:2.0.0"),
        ("docker://127.0.0.1:5137/demo/hello:1", "127.0.0.1_5137/demo/hello:1"),
        ("docker://busybox:1", "registry-1.docker.io/library/busybox:1"),
        ("sha512-03:latest", "127.0.0.1_5137/demo/hello:1"),
        ("example.com/other:1", None),
        ("example.com/hell:latest", None),
    ],
)
def test_images_are_found_by_what_people_call_them(name, found):
    there = [image("example.com/hello:1.0.0", 1), image("example.com/hello:2.0.0", 2)]
    there += [image("127.0.0.1_5137/demo/hello:1", 3), image("registry-1.docker.io/library/busybox:1", 4)]
    row = images._row(name, there)
    assert (row and row["tags"][0]) == found
