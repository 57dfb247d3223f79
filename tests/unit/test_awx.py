# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AWX's credential types hand every provider what it is to have. AWX itself is not here: its templates are Jinja's."""

from __future__ import annotations

import importlib
import pathlib

import pytest
import yaml
from ansible_collections.rackwright.platform.plugins.module_utils.core.field import env_fallback
from jinja2.sandbox import ImmutableSandboxedEnvironment

ROOT = pathlib.Path(__file__).resolve().parents[2]
REGISTRY = "ansible_collections.rackwright.platform.plugins.module_utils.%s.registry"
TYPES = yaml.safe_load((ROOT / "docs/awx_credential_types.yml").read_text(encoding="utf-8"))[
    "rackwright_credential_types"
]


def options(name):
    """{option: field} of a provider, in every domain."""
    fields = {}
    for domain in ("servers", "dns", "containers", "deis"):
        drivers = importlib.import_module(REGISTRY % domain).DRIVERS
        if name in drivers:
            fields.update({field.name: field for field in drivers[name].OPTIONS})
    return fields


def handed_on(kind, given):
    """The environment of a job whose credential has these inputs; a file has the name <input>.file."""
    render, files = ImmutableSandboxedEnvironment().from_string, kind["injectors"].get("file", {})
    names = {label.partition(".")[2]: label.partition(".")[2] + ".file" for label in files}
    space = dict(given, tower={"filename": names})
    return {name: render(text).render(space) for name, text in kind["injectors"]["env"].items()}


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind["name"].split()[1])
def test_every_input_reaches_its_option(kind, monkeypatch):
    fields = options(kind["name"].split()[1])
    inputs = {asked["id"]: asked for asked in kind["inputs"]["fields"]}
    given = {name: "value of " + name for name in inputs}
    for name, value in handed_on(kind, given).items():
        monkeypatch.setenv(name, value)
    for name, asked in inputs.items():
        expected = name + ".file" if fields[name].type == "path" else given[name]
        assert env_fallback(*fields[name].env) == expected
        assert asked.get("secret", False) == (fields[name].secret or name == "key_file")
    missing = {name for name, field in fields.items() if field.secret or field.required} - set(inputs)
    assert not missing


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind["name"].split()[1])
def test_what_is_left_out_is_not_said(kind):
    assert not any(handed_on(kind, {}).values())


def test_each_provider_with_a_secret_has_one():
    found = set()
    for domain in ("servers", "dns", "containers", "deis"):
        drivers = importlib.import_module(REGISTRY % domain).DRIVERS
        found |= {name for name in drivers if any(field.secret for field in drivers[name].OPTIONS)}
    assert {kind["name"] for kind in TYPES} == {"Rackwright " + name for name in found}
