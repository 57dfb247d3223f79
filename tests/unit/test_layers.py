# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layers of the design, held by reading the source: who may import whom, who may know Ansible, how long things are.

entry points (modules, inventory, action, filter) > registry > drivers > resource and its kin > clients > core
"""

from __future__ import annotations

import ast
import importlib
import pathlib
import re
import sys

import pytest

PLUGINS = pathlib.Path(__file__).resolve().parent.parent.parent / "plugins"
PACKAGE = "ansible_collections.rackwright.platform.plugins"
LONGEST_FILE, LONGEST_FUNCTION, LONGEST_MODULE = 400, 40, 60  # lines; of a module, code without its documents
DOCUMENTS = ("DOCUMENTATION", "EXAMPLES", "RETURN")
ANSIBLES_OWN = ("AnsibleModule", "check_mode", "fail_json", "exit_json")
GENERATED = "doc_fragments"

FILES = [p for p in sorted(PLUGINS.rglob("*.py")) if p.stat().st_size and p.parent.name != GENERATED]
UTILS = [p for p in FILES if p.is_relative_to(PLUGINS / "module_utils")]
MODULES = [p for p in FILES if p.parent.name == "modules"]
DRIVERS = [p for p in UTILS if p.parent.name == "drivers"]
DOMAINS = sorted({p.parent.parent.name for p in DRIVERS})
LAYERS = ("core", "clients", "resource", "drivers", "registry", "entry")
ENTRANCES = ("module_utils/core/module.py", "module_utils/core/onhost.py")  # with the engine, and without


def name_of(path):
    return str(path.relative_to(PLUGINS))


def tree_of(path):
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def place(parts):
    """The layer and the domain of a file, by the parts of its name below plugins/ without its ending."""
    if parts[0] != "module_utils":
        return "entry", None
    if len(parts) < 3 or parts[1] in ("core", "clients"):
        return (parts[1] if len(parts) > 1 else "core"), None
    layer = parts[2] if parts[2] in ("drivers", "registry") else "resource"
    return layer, parts[1]


def parts_of(path):
    return path.relative_to(PLUGINS).with_suffix("").parts


def targets(path, node):
    """What an import statement imports, as full dotted names."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if not node.level:
        base = node.module
    else:
        here = [*PACKAGE.split("."), *parts_of(path)]
        base = ".".join(here[: -node.level] + ([node.module] if node.module else []))
    return ["%s.%s" % (base, alias.name) for alias in node.names]


def imports(path, top_only=False):
    """The full names that a file imports; top_only: outside of functions."""
    tree = tree_of(path)
    inner = {
        id(n) for f in ast.walk(tree) if isinstance(f, (ast.FunctionDef, ast.AsyncFunctionDef)) for n in ast.walk(f)
    }
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)) and not (top_only and id(node) in inner):
            yield from targets(path, node)


def own(name):
    """The parts below plugins/ of the file that an imported name of ours lies in, or None."""
    if not name.startswith(PACKAGE + "."):
        return None
    parts = name[len(PACKAGE) + 1 :].split(".")
    while parts and not PLUGINS.joinpath(*parts).with_suffix(".py").exists():
        if PLUGINS.joinpath(*parts).is_dir():
            return tuple(parts)
        parts.pop()
    return tuple(parts)


def test_the_domains_are_there():
    assert {"containers", "dns", "servers"} <= set(DOMAINS) and len(DRIVERS) >= 3 and len(MODULES) >= 10


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_imports_run_downwards(path):
    layer, domain = place(parts_of(path))
    for name in imports(path):
        below = own(name)
        if below is None:
            continue
        other, others_domain = place(below)
        assert LAYERS.index(other) <= LAYERS.index(layer), "%s is above %s" % (name, layer)
        if domain and others_domain:
            assert domain == others_domain, "the domain %s knows the domain %s: %s" % (domain, others_domain, name)
        assert not (layer == other == "drivers" and below != parts_of(path)), "a driver imports a driver: %s" % name
        assert not (layer == other == "clients" and below != parts_of(path)), "a client imports a client: %s" % name
        if layer == "entry" and parts_of(path)[0] == "modules":
            assert below[0] == "module_utils", "AnsiballZ ships module_utils only: %s" % name


@pytest.mark.parametrize("path", UTILS + MODULES, ids=name_of)
def test_nothing_foreign_is_imported_before_it_is_needed(path):
    allowed = ("ansible.module_utils.",) if name_of(path) in ENTRANCES or path in MODULES else ()
    for name in imports(path, top_only=True):
        assert name.split(".")[0] in sys.stdlib_module_names or own(name) or name.startswith(allowed or "//"), name


@pytest.mark.parametrize("path", UTILS, ids=name_of)
def test_only_two_files_below_the_entry_points_know_ansibles_objects(path):
    if name_of(path) in ENTRANCES:
        return
    for node in ast.walk(tree_of(path)):
        word = getattr(node, "id", None) or getattr(node, "attr", None) or getattr(node, "arg", None)
        assert word not in ANSIBLES_OWN, "line %d: %s" % (node.lineno, word)
    assert not [name for name in imports(path) if name.endswith(ANSIBLES_OWN)]


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_module_decides_by_check_mode(path):
    """A module that goes through the engine cannot forget check mode, because it never sees it."""
    if not any(name.endswith("core.module.launch") for name in imports(path)):
        return
    words = {getattr(node, "attr", getattr(node, "id", None)) for node in ast.walk(tree_of(path))}
    assert not words & set(ANSIBLES_OWN), words & set(ANSIBLES_OWN)


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_files_and_functions_are_short(path):
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= LONGEST_FILE
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            length = node.end_lineno - node.lineno + 1
            assert length <= LONGEST_FUNCTION, "%s has %d lines" % (node.name, length)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_modules_are_thin(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    tree = tree_of(path)
    for node in tree.body:
        if isinstance(node, ast.Assign) and node.targets[0].id in DOCUMENTS:
            lines[node.lineno - 1 : node.end_lineno] = [""] * (node.end_lineno - node.lineno + 1)
    code = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
    assert len(code) <= LONGEST_MODULE, "%d lines of code" % len(code)


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_every_file_says_whose_it_is(path):
    head = path.read_text(encoding="utf-8").split("from __future__ import annotations")
    assert len(head) == 2, "from __future__ import annotations"
    assert "Copyright (c) 2026 Rackwright contributors" in head[0]
    assert re.search("SPDX-License-Identifier: GPL-3[.]0-or-later", head[0])


@pytest.mark.parametrize("domain", DOMAINS)
def test_the_registry_names_every_driver_by_its_name(domain):
    drivers = importlib.import_module("%s.module_utils.%s.registry" % (PACKAGE, domain)).DRIVERS
    assert drivers and all(name == driver.NAME for name, driver in drivers.items())
    files = {p.stem for p in DRIVERS if p.parent.parent.name == domain and p.stem != "__init__"}
    assert {driver.__module__.rsplit(".", 1)[1] for driver in drivers.values()} == files


@pytest.mark.parametrize("domain", DOMAINS)
def test_drivers_declare_themselves_whole(domain):
    for driver in importlib.import_module("%s.module_utils.%s.registry" % (PACKAGE, domain)).DRIVERS.values():
        assert re.fullmatch("[a-z][a-z0-9_]*", driver.NAME) and driver.TITLE and driver.LINK.startswith("https://")
        assert all(answer is True or (isinstance(answer, str) and answer) for answer in driver.CAPS.values())
        for option in driver.OPTIONS:
            assert option.help, "option %s has no help" % option.name
            assert option.env or not option.secret, "secret %s has no environment fallback" % option.name
