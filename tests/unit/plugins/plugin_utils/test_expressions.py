# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Expressions evaluated once for each distinct input mean what core's own mean: values, types, tags, errors, groups."""

from __future__ import annotations

import contextlib
import copy
import random

import pytest
from ansible._internal._datatag._tags import Origin
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.inventory import BaseInventoryPlugin, Constructable
from ansible.template import Templar, trust_as_template
from ansible_collections.rackwright.platform.plugins.plugin_utils import expressions
from ansible_collections.rackwright.platform.plugins.plugin_utils.near import Near
from ansible_collections.rackwright.platform.plugins.plugin_utils.sources import SourcesPlugin
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from . import made

KINDS = ("evaluate_expression", "evaluate_conditional")
EXTRA = {"site": trust_as_template("{{ note | default('t') }}"), "note": "extra"}


def trusted(value):
    """What stands in a file of the user's: templates, with where they come from."""
    if isinstance(value, dict):
        return {name: trusted(one) for name, one in value.items()}
    if isinstance(value, list):
        return [trusted(one) for one in value]
    return Origin(path="/fleet.yml").tag(trust_as_template(value)) if isinstance(value, str) else value


@contextlib.contextmanager
def given_up_after(number):
    """So many inputs that have not come twice, and the results of an expression are kept no more."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(expressions, "TRIAL", number)
        yield


def outcome(templar, kind, text, variables):
    """What an evaluation comes to, an error with its words."""
    templar.available_variables = variables
    try:
        return made.exact(getattr(templar, kind)(text))
    except Exception as error:
        return type(error), str(error)


def compare(texts, rows):
    """Evaluate each text on each row, twice, with one Templar of ours and one of core's."""
    ours, core = expressions.templar(DataLoader()), Templar(loader=DataLoader())
    assert isinstance(ours, expressions.OnceTemplar)
    before = copy.deepcopy(rows)
    for text in texts:
        for kind in KINDS:
            expected = [outcome(core, kind, text, row) for row in rows]
            for _again in range(2):
                assert [outcome(ours, kind, text, row) for row in rows] == expected, (kind, text, rows)
    assert made.exact(rows) == made.exact(before)
    return ours


@pytest.mark.parametrize("seed", range(10))
def test_a_corpus_of_expressions(seed):
    pick = random.Random(seed)
    rows = [made.host(pick) for _number in range(8)]
    with given_up_after(1 if seed % 2 else 500):
        ours = compare([trusted(made.expression(pick)) for _number in range(60)], rows)
    assert sum(known.paths is not None for known in ours._known["expression"].values()) > 20
    assert sum(known.fresh for known in ours._known["expression"].values()) > 3 or not seed % 2


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.randoms(use_true_random=False))
def test_any_expression(pick):
    with given_up_after(pick.choice((1, 500))):
        compare([trusted(made.expression(pick))], [made.host(pick) for _number in range(3)])


@pytest.mark.parametrize("text", made.OTHERS)
def test_unusual_expressions(text):
    with given_up_after(1):
        compare([trusted(text)], [made.host(random.Random(number)) for number in range(4)])
    compare([trusted(text)], [made.host(random.Random(number)) for number in range(4)])


@pytest.mark.parametrize("text", [None, True, 1, [], ["name"], {"a": 1}, "name", "{{ name }}"])
def test_what_is_no_trusted_expression(text):
    compare([text], [{"name": "web"}, {}])


def test_values_that_are_templates():
    row = {"name": trust_as_template("{{ site ~ 1 }}"), "tags": {"role": trust_as_template("{{ site }}")}}
    rows = [dict(row, site=site) for site in ("ams1", "ewr1", "ams1")]
    compare([trusted(text) for text in ("name", "tags", "tags.role", "tags['role'] ~ 'x'", "name is match('a')")], rows)
    plain = [{"name": "{{ 6 * 7 }}", "tags": {"role": "{{ lookup('pipe', 'false') }}"}}]
    compare([trusted(text) for text in ("name", "tags", "tags.role | upper", "name ~ '!'")], plain)


def test_what_may_differ_each_time_is_evaluated_each_time():
    ours = expressions.templar(DataLoader())
    ours.available_variables = {"ips": list(range(1000))}
    texts = (
        "ips | random",
        "ips | shuffle | first",
        "now().microsecond",
        "lookup('random_choice', *ips)",
        "'x' | password_hash",
    )
    for text in map(trusted, texts):
        assert ours.know("expression", text).paths is None
        if "hash" not in text:
            assert len({str(ours.evaluate_expression(text)) for _number in range(20)}) > 1


@pytest.mark.parametrize("trial", [1, 500])
def test_results_are_nobody_elses(monkeypatch, trial):
    monkeypatch.setattr(expressions, "TRIAL", trial)
    ours, text = expressions.templar(DataLoader()), trusted("tags")
    for tags in ({"role": "web"}, {"a": {"b": ["c"]}}):
        ours.available_variables = {"tags": copy.deepcopy(tags)}
        first, second = ours.evaluate_expression(text), ours.evaluate_expression(text)
        first["new"] = 1
        first.get("a", {})["new"] = 1
        assert second == tags and ours.available_variables == {"tags": tags} and ours.evaluate_expression(text) == tags


@pytest.mark.parametrize("seed", range(5))
def test_keys_tell_apart_what_is_not_the_same(seed):
    pick = random.Random(seed)
    values = [*made.TAGS, *made.NESTED, (), {}, 1, True, 1.0, "1", 0.0, -0.0, None, [1], [True], {1: "a"}, {True: "a"}]
    values += [value for _number in range(30) for value in made.host(pick).values()]
    values += [[pick.choice(values), pick.choice(values)] for _number in range(60)]
    values += [{key: pick.choice(values) for key in pick.sample("abc", 2)} for _number in range(60)]
    keys = {}
    for value in values:
        try:
            keys.setdefault(expressions.frozen(value), made.exact(value))
        except expressions.Unsure:
            assert not expressions.plain(value)
        else:
            assert keys[expressions.frozen(value)] == made.exact(value), value
    assert len(keys) == len({repr(one) for one in keys.values()}) > 100


@pytest.mark.parametrize("value", [trust_as_template("{{ a }}"), Origin(path="/a").tag("b"), ("a",), {"a"}, b"a", 1j])
def test_what_is_not_plain(value):
    for one in (value, [value], {"a": ["b", {"c": value}]}, {value: 1} if type(value) is not set else [value]):
        assert not expressions.plain(one), one
    assert expressions.plain({"a": ["b", {"c": [1.5, None, True, {}]}], 1: "d"})


class Core(BaseInventoryPlugin, Constructable):
    """Core's constructed, as every inventory plugin has it."""

    def construct(self, host, values):
        """Its three steps."""
        self._set_composite_vars(self.get_option("compose"), values, host.name, self.get_option("strict"))
        self._add_host_to_composed_groups(self.get_option("groups"), values, host.name, self.get_option("strict"))
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), values, host.name, self.get_option("strict"))


class Ours(SourcesPlugin):
    """The same by our plugins."""

    def construct(self, host, values):
        """As it is done for each row."""
        if not isinstance(self.inventory, Near):
            self.inventory = Near(self.inventory)
        self._construct(host, values)


def inventory(kind, options, rows):
    """All that a plugin makes of some hosts: groups with hosts and children in order, variables, or the error."""
    plugin = kind()
    plugin.loader, plugin.inventory, plugin._vars = DataLoader(), InventoryData(), EXTRA
    plugin.get_option = options.__getitem__
    error = None
    for number, row in enumerate(rows):
        host = plugin.inventory.get_host(plugin.inventory.add_host("host%d" % number))
        host.vars.update(copy.deepcopy(row))
        try:
            plugin.construct(host, row)
        except Exception as failure:
            error = type(failure), str(failure)
            break
    groups = [
        (name, [host.name for host in group.hosts], [child.name for child in group.child_groups])
        for name, group in plugin.inventory.groups.items()
    ]
    return error, groups, [(name, made.exact(host.vars)) for name, host in plugin.inventory.hosts.items()]


@pytest.mark.parametrize("seed", range(10))
def test_a_corpus_of_inventories(seed):
    pick = random.Random(seed)
    for number in range(10):
        options, rows = trusted(made.constructed(pick)), [made.host(pick) for _number in range(20)]
        with given_up_after(1 if number % 2 else 500):
            assert inventory(Ours, options, rows) == inventory(Core, options, rows), options


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.randoms(use_true_random=False))
def test_any_inventory(pick):
    options, rows = trusted(made.constructed(pick)), [made.host(pick) for _number in range(4)]
    with given_up_after(pick.choice((1, 500))):
        assert inventory(Ours, options, rows) == inventory(Core, options, rows), options


@pytest.mark.parametrize(
    ("owner", "name", "other"),
    [
        ("ansible._internal._templating._engine.TemplateEngine", "_compile_expression", None),
        ("ansible_collections.rackwright.platform.plugins.plugin_utils.expressions", "TemplateEngine", None),
        ("ansible_collections.rackwright.platform.plugins.plugin_utils.expressions", "Direct", None),
        ("ansible_collections.rackwright.platform.plugins.plugin_utils.direct", "Plugins", None),
    ],
)
def test_another_core_is_left_to_its_own_way(monkeypatch, owner, name, other):
    monkeypatch.setattr("%s.%s" % (owner, name), other)
    assert type(expressions.templar(DataLoader())) is Templar
    if owner.startswith("ansible_collections"):
        pick = random.Random(1)
        options, rows = trusted(made.constructed(pick)), [made.host(pick) for _number in range(5)]
        assert inventory(Ours, options, rows) == inventory(Core, options, rows)


@pytest.mark.parametrize(
    "name",
    ["direct.TemplateContext", "direct._TemplateCompileContext", "expressions.inputs", "expressions.AnsibleTagHelper"],
)
def test_what_breaks_later_is_left_to_core_too(monkeypatch, name):
    def broken(*_args, **_options):
        raise TypeError("another signature")

    package = "ansible_collections.rackwright.platform.plugins.plugin_utils."
    monkeypatch.setattr(package + name, broken)
    pick = random.Random(2)
    for _number in range(5):
        options, rows = trusted(made.constructed(pick)), [made.host(pick) for _number in range(8)]
        assert inventory(Ours, options, rows) == inventory(Core, options, rows), options


def test_a_filter_of_ones_own_with_a_known_name_is_not_taken_for_pure(monkeypatch):
    ours, calls = expressions.templar(DataLoader()), []
    wrapped = ours._engine.environment.filters["upper"]

    def upper(value):
        calls.append(value)
        return "%s%d" % (value, len(calls))

    monkeypatch.setattr(wrapped, "__wrapped__", upper)
    assert ours.know("expression", trusted("name | upper")).paths is None
    assert ours.know("expression", trusted("name | lower")).paths == (("name",),)


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("rackwright_tags.role", (("rackwright_tags", "role"),)),
        ("a.b['c'] ~ d | upper", (("a", "b", "c"), ("d",))),
        ("a[0].b", (("a",),)),
        ("a is defined and b.c.startswith('x')", (("a",), ("b", "c"))),
        ("ips | selectattr('public') | map(attribute='address') | first", (("ips",),)),
        ("1 +", ()),
        ("a.items", None),
        ("a.items()", (("a",),)),
        ("a[b]", None),
        ("a.append(1)", None),
        ("ips | map('random')", None),
        ("ips | map(attribute=a)", None),
        ("ips | sort(attribute='items')", None),
        ("ips | selectattr('x', 'sameas', 1)", None),
        ("'{{ a }}' ~ b", None),
    ],
)
def test_what_an_expression_reads(text, paths):
    assert expressions.templar(DataLoader()).know("expression", trusted(text)).paths == paths
