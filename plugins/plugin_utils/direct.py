# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Evaluate a pure expression over plain values without core's lazy containers, which only serve templates in values.

The code is compiled by core's environment, and looks up, calls and tests as core does. The moment that anything is
undefined, fails, or is of another type than plain data, this gives up: core's own way is then asked, and is right.
"""

from __future__ import annotations

import functools
from collections.abc import ItemsView, Iterator, KeysView, Mapping, ValuesView
from types import BuiltinMethodType

from ansible._internal._templating._engine import TemplateOptions
from ansible._internal._templating._jinja_bits import _TemplateCompileContext
from ansible._internal._templating._utils import TemplateContext

from .purity import METHODS

ITERATORS = (Iterator, ItemsView, KeysView, ValuesView, range)
SCALARS = frozenset((str, int, float, bool, type(None)))
PLAIN = SCALARS | {list, dict, tuple}


class GivesUp(Exception):
    """Let core evaluate it."""


class Direct:
    """The pure expressions of one engine."""

    def __init__(self, engine):
        self.engine = engine
        self.environment = engine.environment.overlay()
        self.environment.undefined = _undefined
        self.environment.filters = Plugins(engine.environment.filters, _filter)
        self.environment.tests = Plugins(engine.environment.tests, _test)
        self.environment.call = _call
        self.environment.getitem = _item
        self.environment.getattr = functools.partial(_attribute, self.environment.getattr)

    def expression(self, text):
        """A function from variables to what core's evaluate_expression returns; it raises where core is to be asked."""
        options = TemplateOptions(preserve_trailing_newlines=False)
        run = self._compiled(text, True)

        def finish(result):
            result = self.engine._post_render_mutation(text, result, options)
            return self.engine._finalize_top_level_template_result(text, options, result, is_expression=True)

        finish_string = _like(finish("a"), finish("b"))
        place = TemplateContext(template_value=text, templar=self.engine, options=options)

        def evaluate(variables):
            with place:
                result = run(variables)
                if type(result) is str:
                    return finish_string(result)
                if type(result) not in PLAIN:
                    raise GivesUp
                return finish(result)

        return evaluate

    def conditional(self, text):
        """The same for evaluate_conditional."""
        options = TemplateOptions(escape_backslashes=False, preserve_trailing_newlines=False)
        run = self._compiled(text.strip(), False)
        place = TemplateContext(template_value=text, templar=self.engine, options=options)

        def evaluate(variables):
            with place:
                result = run(variables)
            if type(result) is not bool:
                raise GivesUp
            return result

        return evaluate

    def _compiled(self, text, escape_backslashes):
        with _TemplateCompileContext(escape_backslashes=escape_backslashes):
            template = self.environment.compile_expression(text, False)._template

        context = self.environment.context_class(self.environment, {}, None, {})

        def run(variables):
            context.parent, context.vars = variables, {}
            for _nothing in template.root_render_func(context):
                pass
            return context.vars["result"]

        return run


def _like(sample, other):
    """A function that makes of a string what `sample` is. Raises GivesUp unless `other`, of another, is like it."""
    kind = type(sample)
    if kind is not type(other):
        raise GivesUp
    if kind is str:
        return str
    tags = sample._ansible_tags_mapping
    if tags != other._ansible_tags_mapping:
        raise GivesUp
    return lambda value: kind._instance_factory(value, tags)  # as core's own copies, with the same tags


class Plugins(Mapping):
    """Core's filters or tests without the wrapping that makes their arguments lazy."""

    def __init__(self, wrapped, unwrap):
        self.wrapped, self.unwrap, self.done = wrapped, unwrap, {}

    def __getitem__(self, name):
        if name not in self.done:
            self.done[name] = self.unwrap(self.wrapped[name].__wrapped__)
        return self.done[name]

    def __iter__(self):
        return iter(self.done)

    def __len__(self):
        return len(self.done)


def _filter(function):
    @functools.wraps(function)
    def call(*args, **options):
        return _plain(function(*args, **options))

    return call


def _test(function):
    @functools.wraps(function)
    def call(*args, **options):
        result = function(*args, **options)
        if type(result) is not bool:
            raise GivesUp
        return result

    return call


def _item(value, key):
    """The environment's: of a plain value, what it contains."""
    try:
        return value[key]
    except (LookupError, TypeError):
        raise GivesUp from None


def _attribute(usual, value, name):
    """The environment's: a pure expression reads methods to call them, and else the entries of dictionaries."""
    if name in METHODS:
        return usual(value, name)
    if type(value) is not dict:
        raise GivesUp
    return _item(value, name)


def _call(_context, method, *args, **options):
    """The environment's: what is called in a pure expression are methods of plain values."""
    if type(method) is not BuiltinMethodType:
        raise GivesUp
    return _plain(method(*args, **options))


def _plain(result):
    if type(result) in PLAIN:
        return result
    if isinstance(result, ITERATORS):
        return list(result)
    raise GivesUp


def _undefined(*_args, **_options):
    raise GivesUp
