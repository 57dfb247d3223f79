# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Templar that compiles an expression once, and evaluates it once for each distinct input.

Whatever is evaluated, core's own engine evaluates it: this only spares what would come out the same. A result is used
again where the expression is pure (`purity` says so) and every value that it reads is equal, type for type, to that of
an earlier time. Where there is doubt, or where core is not as it is known here, everything is core's own way.
"""

from __future__ import annotations

import copy
from itertools import chain

from ansible.template import Templar

from .purity import inputs

try:
    from ansible._internal._datatag._tags import Origin
    from ansible._internal._templating._engine import TemplateEngine
    from ansible._internal._templating._jinja_bits import AnsibleTemplateExpression
    from ansible.module_utils._internal._datatag import AnsibleTagHelper
    from ansible.template import is_trusted_as_template

    from .direct import Direct

    COMPOSED = {type(Origin(path="/").tag(value)) for value in ("", 0)}  # what `compose` makes says where it is from
except Exception:  # another core
    Direct = TemplateEngine = AnsibleTemplateExpression = is_trusted_as_template = None
    COMPOSED = frozenset()

MOST = 100_000  # results that are kept of one expression
TRIAL = 500  # inputs after which it shows whether they come again
EXACT = frozenset((str, bool, int, type(None)))  # equal values of one of these types are the same
SCALARS = EXACT | {float}


class Unsure(Exception):
    """Two such values may look equal and not be."""


def templar(loader):
    """The Templar of an inventory plugin: ours, or core's where core is not as it is known here."""
    try:
        return OnceTemplar(loader)
    except Exception:  # whatever is different
        return Templar(loader=loader)


def known(evaluator, kind, text):
    """What is Known of an expression (kind: `expression` or `conditional`), or None."""
    return evaluator.know(kind, text) if isinstance(evaluator, OnceTemplar) and isinstance(text, str) else None


class OnceTemplar(Templar):
    """Core's Templar, sparing work that was done before."""

    def __init__(self, loader):
        super().__init__(loader=loader)
        self._engine = _once(self._engine, loader)
        self._known = {"expression": {}, "conditional": {}}
        self._direct = Direct(self._engine)

    def evaluate_expression(self, expression, **options):
        """As core's."""
        if options:
            return super().evaluate_expression(expression, **options)
        return self._remember("expression", super().evaluate_expression, expression)

    def evaluate_conditional(self, conditional):
        """As core's."""
        return self._remember("conditional", super().evaluate_conditional, conditional)

    def template(self, variable, *args, **options):
        """As core's, to which text without a template is what it is."""
        if variable is None or (isinstance(variable, str) and "{" not in variable and "#" not in variable):
            return variable
        return super().template(variable, *args, **options)

    def know(self, kind, text):
        """What is Known of an expression (kind: `expression` or `conditional`)."""
        fact = self._known[kind].get(text)
        if fact is None or fact.text is not text:  # the same words from elsewhere are not the same
            fact = self._known[kind][text] = Known(text, *self._learn(kind, text))
        return fact

    def _learn(self, kind, text):
        paths = direct = None
        try:
            if is_trusted_as_template(text):
                paths = inputs(text, self._engine.environment)
                direct = getattr(self._direct, kind)(text) if paths is not None else None
        except Exception:  # whatever is different, or a syntax error
            pass
        return paths, direct

    def _remember(self, kind, evaluate, text):
        if not isinstance(text, str):
            return evaluate(text)
        fact, variables = self.know(kind, text), self.available_variables
        if fact.paths is None or type(variables) is not dict:
            return evaluate(text)
        if fact.fresh:
            try:
                return fact.at_once(variables)
            except Exception:  # undefined, failing, unusual
                pass
        try:
            key = fact.key(variables)
        except (Unsure, RecursionError):
            return evaluate(text)
        found = fact.results.get(key)
        if found is None:
            value, failure = self._evaluate(fact, evaluate, variables)
            found = value, failure, _copier(value)
            if len(fact.results) < MOST:
                fact.results[key] = found
        value, failure, again = found
        if failure is not None:
            raise failure.with_traceback(None)
        return again(value) if again else value

    def _evaluate(self, fact, evaluate, variables):
        """(value, None) or (None, failure)."""
        if fact.direct:
            try:
                return fact.compute(variables), None
            except Exception:  # undefined, failing, unusual
                pass
        self.available_variables = {name: variables[name] for name in fact.names if name in variables}
        try:
            return evaluate(fact.text), None
        except Exception as failure:
            return None, failure
        finally:
            self.available_variables = variables


class Known:
    """What is known of one expression. paths: what it reads, None where that cannot be told. results: by input.

    direct: a function that evaluates it over plain values, or None.
    fresh: whether hardly any input has come twice, so that evaluating it is less work than looking for a result.
    """

    def __init__(self, text, paths, direct):
        self.text, self.paths, self.direct, self.results = text, paths, direct, {}
        self.names = {path[0] for path in paths or ()}
        self.asked, self.computed, self.fresh = 0, 0, False

    def key(self, variables):
        """The values that the expression reads. Raises Unsure."""
        self.asked += 1
        return tuple([_walk(variables, path) for path in self.paths])

    def compute(self, variables):
        """The result for values that `key` has seen. Raises anything where only core can tell."""
        result = self.direct(variables)
        self.computed += 1
        if self.asked >= TRIAL:
            self.fresh = 4 * self.computed > 3 * self.asked
        return result

    def at_once(self, variables):
        """The result for any values. Raises anything where only core can tell."""
        for path in self.paths:
            if not plain(_end(variables, path)[1]):
                raise Unsure
        return self.direct(variables)


def _end(value, path):
    """How far a path leads through plain dictionaries, and what stands there."""
    for depth, step in enumerate(path):
        if type(value) is not dict or step not in value:
            return depth, value if depth else None
        value = value[step]
    return len(path), value


def _walk(value, path):
    depth, value = _end(value, path)
    return frozen(value) if depth == len(path) else (depth, frozen(value))


def plain(value):
    """Whether a value is plain data, all the way down, that holds no template."""
    kind = type(value)
    if kind is dict:
        if not EXACT.issuperset(map(type, value)):
            return False
        value = value.values()
    elif kind is not list:
        return kind in SCALARS
    return SCALARS.issuperset(map(type, value)) or all(map(plain, value))


def frozen(value):
    """A hashable value that is equal for equal values of equal types and tags only. Raises Unsure: a template, say."""
    kind = type(value)
    if kind is str:
        return value
    if kind is bool or kind is int or value is None:
        return kind, value
    if kind is list:
        kinds = tuple(map(type, value))
        return (kind, kinds, *value) if EXACT.issuperset(kinds) else (kind, tuple([frozen(one) for one in value]))
    if kind is dict:
        kinds = tuple(map(type, chain(value, value.values())))
        if EXACT.issuperset(kinds):
            return kind, kinds, *value, *value.values()
        return kind, tuple([(frozen(name), frozen(one)) for name, one in value.items()])
    if kind is float:
        return kind, repr(value)  # tells 0.0 and -0.0 apart
    if kind in COMPOSED:
        tags = AnsibleTagHelper.tags(value)
        if all(type(tag) is Origin for tag in tags):
            return kind, value, tags
    raise Unsure


def _copier(value):
    """What makes a value that nobody else holds, or None where it cannot be changed anyway."""
    if not isinstance(value, (list, dict)):
        return None
    inner = value.values() if isinstance(value, dict) else value
    return copy.deepcopy if any(isinstance(one, (list, dict)) for one in inner) else copy.copy


def _once(engine, loader):
    """An engine like core's that compiles each expression once."""

    class Engine(type(engine)):
        def _compile_expression(self, *args, **options):
            key = (args, tuple(options.items()))
            done = compiled.get(key)
            if done is None:
                done = super()._compile_expression(*args, **options)
                if isinstance(done, AnsibleTemplateExpression):  # and not a failure of the moment
                    compiled[key] = done
            return done

    if type(engine) is not TemplateEngine or not callable(TemplateEngine._compile_expression):
        raise Unsure
    compiled = {}
    return Engine(loader=loader)
