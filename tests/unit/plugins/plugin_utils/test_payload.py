# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules as they are sent: the same, with the drivers of the task's providers and no others."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
from ansible.plugins.loader import module_loader
from ansible_collections.rackwright.platform.plugins.action.progress import ActionModule
from ansible_collections.rackwright.platform.plugins.plugin_utils.payload import UTILS, here, slim, spoken_of

MODULES = os.path.join(os.path.dirname(importlib.import_module("%score" % UTILS).__file__), "..", "..", "modules")
NAMES = ["lab", "packet", "ironic"]


def path_of(name):
    """A module's file."""
    return os.path.normpath(os.path.join(MODULES, name + ".py"))


def loaded(path):
    """The registry that a copy brings with it."""
    spec = importlib.util.spec_from_file_location("copy", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.DRIVERS


@pytest.mark.parametrize(
    ("args", "meant"),
    [
        ({"provider": "lab"}, {"lab"}),
        ({"provider": "lab", "packet": {"token": "x"}, "ironic": None}, {"lab", "packet"}),
        ({"targets": [{"provider": "lab"}, {"provider": "ironic"}]}, {"lab", "ironic"}),
        ({"provider": "other"}, None),
        ({}, None),
        ({"provider": ["lab"]}, None),
        ({"targets": "lab"}, None),
        ({"targets": ["lab"]}, None),
    ],
)
def test_which_providers_a_task_speaks_of(args, meant):
    assert spoken_of(args, NAMES) == meant


@pytest.mark.parametrize(
    ("module", "domain", "provider"),
    [("server_info", "servers", "packet"), ("dns_zone", "dns", "powerdns"), ("ssh_key", "servers", "ec2")],
)
def test_a_copy_has_the_drivers_it_needs_and_knows_the_others_by_name(tmp_path, module, domain, provider):
    whole = importlib.import_module("%s%s.registry" % (UTILS, domain)).DRIVERS
    path = slim(path_of(module), {"provider": provider}, str(tmp_path))
    drivers = loaded(path)
    assert list(drivers) == list(whole) and drivers[provider] is whole[provider]
    source = (tmp_path / os.path.basename(path)).read_text()
    assert source.count("%s.drivers." % domain) == 1 and "registry" not in source.split("RETURN")[-1]
    assert slim(path_of(module), {"provider": provider}, str(tmp_path)) == path
    assert {one.name for one in tmp_path.iterdir()} - {"__pycache__"} == {os.path.basename(path)}


def test_every_provider_of_a_registry_is_found(tmp_path):
    for module, domain in (("server", "servers"), ("dns_record", "dns"), ("container", "containers")):
        for provider in importlib.import_module("%s%s.registry" % (UTILS, domain)).DRIVERS:
            assert slim(path_of(module), {"provider": provider}, str(tmp_path)), provider


@pytest.mark.parametrize(
    ("module", "args"),
    [
        ("resolver", {}),  # speaks to no provider
        ("server", {"provider": "nothing"}),
    ],
)
def test_others_are_sent_as_they_are(tmp_path, module, args):
    assert slim(path_of(module), args, str(tmp_path)) is None and os.listdir(tmp_path) == []


PACKED, SENT = "rackwright_here_container_info", "rackwright_container_info_docker"
BARE = "rackwright_bare_container_info"
OURS, OTHER = {"ansible_python_interpreter": sys.executable}, {"ansible_python_interpreter": "/usr/bin/python4"}


@pytest.mark.parametrize(
    ("transport", "become", "variables", "more", "name"),
    [
        ("local", None, OURS, {}, BARE),
        ("local", None, OTHER, {}, PACKED),
        ("local", None, {}, {}, PACKED),
        ("local", None, OURS, {"async_val": 60}, PACKED),  # which outlives the run, and its files
        ("local", None, OURS, {"pipelining": True}, PACKED),  # which wants nothing in files
        ("local", None, dict(OTHER, ansible_delegated_vars={"here": OURS}), {"delegate_to": "here"}, BARE),
        ("local", None, dict(OURS, ansible_delegated_vars={"here": OTHER}), {"delegate_to": "here"}, PACKED),
        ("local", "sudo", OURS, {}, SENT),  # who may not be allowed to read the collection
        ("ssh", None, OURS, {}, SENT),
    ],
)
def test_only_where_the_collection_is_and_can_be_read_a_module_runs_in_its_place(
    transport, become, variables, more, name
):
    action = ActionModule.__new__(ActionModule)
    action._shared_loader_obj = SimpleNamespace(module_loader=module_loader)
    action._connection = SimpleNamespace(transport=transport, become=become)
    action._templar = SimpleNamespace(template=lambda value: value)
    asked = {"action": "rackwright.platform.container_info", "args": {"provider": "docker"}, "collections": []}
    asked.update({"async_val": 0, "delegate_to": None}, **more)
    action._is_pipelining_enabled = lambda _style: more.get("pipelining", False)
    action._task = SimpleNamespace(**asked)
    assert action._copy(variables) == "ansible.legacy." + name


@pytest.mark.parametrize("bare", [False, True])
def test_a_module_in_its_place_is_found_whatever_else_python_knows(tmp_path, bare):
    (tmp_path / "ansible_collections").mkdir()
    (tmp_path / "ansible_collections" / "__init__.py").write_text("")  # as the package `ansible` brings one
    copy = here(path_of("container_info"), str(tmp_path), bare)
    args = {"provider": "docker", "docker": {"url": "nonsense"}}
    told = json.dumps({"ANSIBLE_MODULE_ARGS": args})
    if bare:
        told = str(tmp_path / "args")
        (tmp_path / "args").write_text(json.dumps(args))
    command = [sys.executable, copy, told]
    done = subprocess.run(command, env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=False)
    assert "nonsense" in json.loads(done.stdout)["msg"], done.stderr
    assert not (tmp_path / "args").exists()  # secrets may be in it
    assert here("/elsewhere/rackwright/platform/plugins/modules/container_info.py", str(tmp_path)) is None
