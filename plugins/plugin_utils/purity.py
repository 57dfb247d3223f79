# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a Jinja expression reads, where its result depends on that alone."""

from __future__ import annotations

import functools
import os

import ansible
import jinja2
from jinja2 import nodes
from jinja2.parser import Parser

HOMES = tuple(os.path.dirname(os.path.abspath(package.__file__)) + os.sep for package in (ansible, jinja2))
DELIMITERS = ("{{", "{%", "{#")
UNUSUAL = ("self", "super", "loop", "caller", "varargs", "kwargs")
PLAIN = (
    nodes.Const,
    nodes.Name,
    nodes.Getattr,
    nodes.Getitem,
    nodes.Slice,
    nodes.Filter,
    nodes.Test,
    nodes.Call,
    nodes.CondExpr,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Concat,
    nodes.Add,
    nodes.Sub,
    nodes.Mul,
    nodes.Div,
    nodes.FloorDiv,
    nodes.Mod,
    nodes.Neg,
    nodes.Pos,
    nodes.List,
    nodes.Tuple,
    nodes.Dict,
    nodes.Pair,
    nodes.Keyword,
)
METHODS = {name for kind in (str, bytes, int, float, bool, type(None), list, tuple, dict) for name in dir(kind)}
CALLED = set(
    "capitalize casefold center count endswith find get index isalnum isalpha isdecimal isdigit islower isnumeric "
    "isspace istitle isupper items join keys ljust lower lstrip partition removeprefix removesuffix replace rfind "
    "rindex rjust rpartition rsplit rstrip split splitlines startswith strip swapcase title upper values zfill".split()
)
FILTERS = set(
    "abs b64decode b64encode basename bool capitalize center checksum combine count d default dict2items dictsort "
    "difference dirname first flatten float from_json hash int intersect items2dict join last length list log lower "
    "map mandatory max md5 min pow quote regex_escape regex_findall regex_replace regex_search reject rejectattr "
    "replace reverse root round select selectattr sha1 sort split splitext string sum symmetric_difference ternary "
    "title to_json trim truncate union unique upper wordcount zip".split()
)
TESTS = set(
    "!= < <= == > >= any all boolean contains defined divisibleby eq equalto even falsy false float ge greaterthan gt "
    "in integer iterable le lessthan lower lt mapping match ne none number odd regex search sequence string subset "
    "superset true truthy undefined upper version version_compare".split()
)
BY_NAME = {"map": 0, "select": 0, "reject": 0, "selectattr": 1, "rejectattr": 1}  # where a filter or test is named


class Impure(Exception):
    """The result may depend on more than the variables, or that cannot be told."""


def inputs(text, environment):
    """The paths of the variables that an expression reads, such as ("rackwright_tags", "role"); None: it may read more.

    What Jinja cannot parse reads nothing and fails in the same way each time.
    """
    if any(mark in text for mark in DELIMITERS):
        return None
    parser = Parser(environment, text, state="variable")
    try:
        tree = parser.parse_expression()
        if not parser.stream.eos:
            return ()
    except jinja2.TemplateSyntaxError:
        return ()
    reader = Reader(environment)
    try:
        reader.read(tree)
    except Impure:
        return None
    return tuple(sorted(reader.paths))


class Reader:
    """Walks an expression. paths: what it reads."""

    def __init__(self, environment):
        self.environment, self.paths = environment, set()

    def read(self, node):
        """Note what the node and all below it read. Raises Impure."""
        if type(node) not in PLAIN:
            raise Impure
        path = self._path(node)
        if path:
            self.paths.add(path)
            return
        check = getattr(self, "_" + type(node).__name__.lower(), None)
        for child in check(node) if check else node.iter_child_nodes():
            self.read(child)

    def _path(self, node):
        """The path of a name and the attributes after it, or None where the node is something else."""
        if isinstance(node, nodes.Name):
            if node.name in self.environment.globals or node.name in UNUSUAL:
                raise Impure
            return (node.name,)
        step = _attribute(node)
        path = self._path(node.node) if step is not None else None
        return path and path + (step,)

    @staticmethod
    def _const(node):
        if isinstance(node.value, str) and any(mark in node.value for mark in DELIMITERS):
            raise Impure  # core may render it
        return ()

    @staticmethod
    def _getattr(node):
        _attribute(node)
        return (node.node,)

    @staticmethod
    def _getitem(node):
        if _attribute(node) is None and not isinstance(node.arg, (nodes.Slice, nodes.Const)):
            raise Impure  # it may name a method
        return (node.node, node.arg)

    def _call(self, node):
        """Calls of methods that are known."""
        method = node.node
        if not isinstance(method, nodes.Getattr) or method.attr not in CALLED or node.dyn_args or node.dyn_kwargs:
            raise Impure
        return [method.node, *node.args, *node.kwargs]

    def _filter(self, node):
        self._builtin(node.name, FILTERS, self.environment.filters)
        if node.dyn_args or node.dyn_kwargs:
            raise Impure
        if node.name in BY_NAME or any(word.key == "attribute" for word in node.kwargs) or node.name in ATTRIBUTES:
            self._names(node)
        return node.iter_child_nodes()

    def _test(self, node):
        self._builtin(node.name, TESTS, self.environment.tests)
        if node.dyn_args or node.dyn_kwargs:
            raise Impure
        return node.iter_child_nodes()

    def _names(self, node):
        """Filters that are given the names of attributes, filters and tests: those are held to the same rules."""
        place = BY_NAME.get(node.name, -1)
        for number, argument in enumerate([*node.args, *[word.value for word in node.kwargs]]):
            if number == place and number < len(node.args):
                value = _literal(argument)
                known = (FILTERS, self.environment.filters) if node.name == "map" else (TESTS, self.environment.tests)
                self._builtin(value, *known)
                if value in BY_NAME or value in ATTRIBUTES:
                    raise Impure
            elif number > place >= 0 and number < len(node.args):
                continue  # what is passed on to them
            elif not METHODS.isdisjoint(str(_literal(argument)).split(".")):
                raise Impure

    @staticmethod
    def _builtin(name, names, plugins):
        """Raises Impure unless a filter or test is one of `names`, and not another's of the same name."""
        name = str(name)
        name = name[len("ansible.builtin.") :] if name.startswith("ansible.builtin.") else name
        if name not in names or not _of_core(plugins[name]):
            raise Impure


ATTRIBUTES = {"join", "max", "min", "sort", "sum", "unique"}


def _attribute(node):
    """The constant name that a node looks up in another, or None. Raises Impure for what may be a method."""
    name = None
    if isinstance(node, nodes.Getattr):
        name = node.attr
    elif isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
        name = node.arg.value
    if name in METHODS or (name or "").startswith("_"):
        raise Impure
    return name


def _literal(node):
    if not isinstance(node, nodes.Const):
        raise Impure
    return node.value


def _of_core(plugin):
    function = plugin.__wrapped__
    while isinstance(function, functools.partial) or hasattr(function, "__wrapped__"):
        function = function.func if isinstance(function, functools.partial) else function.__wrapped__
    code = getattr(function, "__code__", None)
    if code is None:
        return getattr(function, "__module__", None) in ("builtins", "_operator")
    return os.path.abspath(code.co_filename).startswith(HOMES)
