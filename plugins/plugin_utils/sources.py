# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the inventory plugins share: several providers read at the same time, cached, and forgiven as the user says."""

from __future__ import annotations

import contextlib
import functools
import gc
import hashlib
import json
import os
import re
import tempfile
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Optional

from ansible.errors import AnsibleParserError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.template import Templar
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Failure
from ansible_collections.rackwright.platform.plugins.module_utils.core.field import Field, argument_spec
from ansible_collections.rackwright.platform.plugins.module_utils.core.lib import absolute
from ansible_collections.rackwright.platform.plugins.module_utils.core.options import provider_spec
from ansible_collections.rackwright.platform.plugins.plugin_utils.near import Near

AT_ONCE = 64  # sources; they only wait
OF_SOURCE = (Field("on_error", choices=("fail", "warn", "stale")), Field("min_hosts", type="int"))


@dataclass
class Source:
    """One entry of `sources`. label: how messages call it. key: where its answer is cached."""

    label: str
    params: dict
    key: str
    on_error: str
    min_hosts: Optional[int]


class SourcesPlugin(BaseInventoryPlugin, Constructable, Cacheable):
    """The base of an inventory plugin over drivers.

    DRIVERS: provider name -> Driver class. FIELDS: further options of a source. A subclass says what it reads from a
    driver (`rows`) and what host a row is (`host`).
    """

    DRIVERS = {}
    FIELDS = ()

    @functools.cached_property
    def templar(self):
        """What evaluates expressions."""
        from .expressions import templar  # many inventories have none

        return templar(self.loader)

    def rows(self, driver, params):
        """The rows of one source as plain data. Raises Failure."""
        raise NotImplementedError

    def host(self, row):
        """(name, variables) of a row."""
        raise NotImplementedError

    def verify_file(self, path):
        """Any .yml or .yaml file that names this plugin."""
        if not super().verify_file(path) or not path.endswith((".yml", ".yaml")):
            return False
        try:
            with open(path, encoding="utf-8") as source:
                says = re.search(r"""^plugin:\s*['"]?([\w.]+)['"]?\s*(#.*)?$""", source.read(), re.M)
        except (OSError, UnicodeDecodeError):
            return False
        return bool(says) and says.group(1) == self.NAME

    def parse(self, inventory, loader, path, cache=True):
        """Read every source and fill the inventory."""
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        sources = self._sources(path)
        self.load_cache_plugin()
        answers, seen = self._answers(sources, bool(self.get_option("cache")), cache), {}
        self.inventory = Near(inventory)
        with _collecting_later():
            for source, rows in zip(sources, answers):
                for row in rows:
                    self._add(row, source, seen)
        for kept in ("_entries", "templar"):  # thousands of results, which every garbage collection would go through
            self.__dict__.pop(kept, None)

    def _sources(self, path):
        entries = Templar(loader=self.loader).template(self.get_option("sources")) or []
        named = {str(given.get("provider")) for given in entries if isinstance(given, dict)}
        spec = dict(provider_spec(self.DRIVERS, named), **argument_spec(self.FIELDS + OF_SOURCE))
        sources, problems = [], []
        for number, given in enumerate(entries, 1):
            label = "source %d" % number
            if not isinstance(given, dict):
                problems.append("%s: it must be a dictionary with `provider` and its options" % label)
                continue
            checked = ArgumentSpecValidator(spec).validate(given)
            problems += ["%s: %s" % (label, text) for text in checked.error_messages]
            if not checked.error_messages:
                params = checked.validated_parameters
                kind = self.DRIVERS[params["provider"]]
                problems += ["%s: %s" % (label, text) for text in kind.missing(params.get(kind.NAME) or {})]
                sources.append(self._source(label, params, path))
        if problems:
            raise AnsibleParserError("\n".join(problems))
        return sources

    def _source(self, label, params, path):
        on_error, least = params.pop("on_error", None), params.pop("min_hosts", None)
        text = json.dumps(params, sort_keys=True, default=str)
        key = "%s_%s" % (self.get_cache_key(path), hashlib.sha256(text.encode()).hexdigest()[:16])
        label = "%s (%s)" % (label, params["provider"])
        return Source(label, params, key, on_error or self.get_option("on_error"), least)

    def _answers(self, sources, caching, may_read):
        """The rows of each source: cached, or read, all at the same time."""
        answers = {source.key: self._cached(source) for source in sources} if caching and may_read else {}
        todo = [source for source in sources if answers.get(source.key) is None]
        fresh = {}
        with ThreadPoolExecutor(min(AT_ONCE, len(todo)) or 1) as pool:
            for source, (rows, failure) in zip(todo, pool.map(self._ask, todo)):
                if failure is None:
                    fresh[source.key] = rows
                answers[source.key] = rows if failure is None else self._forgive(source, failure)
        self._enough(sources, answers)
        for source in sources:
            if source.key in fresh and caching:
                self._cache[source.key] = fresh[source.key]
            if source.key in fresh or not os.path.exists(self._last_good(source)):
                self._remember(source, answers[source.key])
        return [answers[source.key] for source in sources]

    def _cached(self, source):
        """The rows that the cache holds, or None: not there, too old, or damaged."""
        try:
            return _sound(self._cache[source.key])
        except KeyError:
            return None
        except Exception as error:  # every cache plugin has its own way of reading what is damaged
            self.display.warning("%s: its cached answer cannot be used: %s" % (source.label, error))
            return None

    def _ask(self, source):
        kind = self.DRIVERS[source.params["provider"]]
        try:
            rows = self.rows(kind(source.params.get(kind.NAME) or {}), source.params)
        except Failure as failure:
            return None, failure
        except Exception as error:  # an answer that the driver does not understand, too, is for `on_error` to judge
            self.display.vvv(traceback.format_exc())
            return None, Failure("unexpected %s: %s (-vvv shows where)" % (type(error).__name__, error))
        if source.min_hosts is not None and len(rows) < source.min_hosts:
            return None, TooFew("%d hosts came back, and min_hosts is %d" % (len(rows), source.min_hosts))
        return rows, None

    def _forgive(self, source, failure):
        """The rows to use for a source that failed, as `on_error` says."""
        text = "%s: %s" % (source.label, failure)
        if source.on_error == "warn" and not isinstance(failure, TooFew):
            self.display.warning("%s. Its hosts are left out" % text)
            return []
        if source.on_error == "stale":
            try:
                with open(self._last_good(source), encoding="utf-8") as stored:
                    rows = _sound(json.load(stored))
                if len(rows) >= (source.min_hosts or 0):
                    self.display.warning("%s. Its last good answer is used" % text)
                    return rows
            except (OSError, ValueError):
                pass
            text += ". There is no last good answer to use"
        raise AnsibleParserError(text)

    def _enough(self, sources, answers):
        """Raises AnsibleParserError when there are fewer hosts than `min_hosts`, in all or of a source."""
        counts = [len(answers[source.key]) for source in sources]
        for source, count in zip(sources, counts):
            if count < (source.min_hosts or 0):
                raise AnsibleParserError(
                    "%s: it has %d hosts, and min_hosts is %d" % (source.label, count, source.min_hosts)
                )
        least = self.get_option("min_hosts")
        if sum(counts) < least:
            told = ", ".join("%s: %d" % (source.label, count) for source, count in zip(sources, counts))
            raise AnsibleParserError("%d hosts came back, and min_hosts is %d (%s)" % (sum(counts), least, told))

    def _remember(self, source, rows):
        """Keep an answer for the day when the source does not answer."""
        if source.on_error != "stale":
            return
        path = self._last_good(source)
        try:
            os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
            handle, draft = tempfile.mkstemp(dir=os.path.dirname(path))
            with open(handle, "w", encoding="utf-8") as sink:
                json.dump(rows, sink)
            os.replace(draft, path)
        except OSError as error:
            self.display.warning("%s: its answer cannot be kept in %s: %s" % (source.label, path, error.strerror))

    def _last_good(self, source):
        return os.path.join(absolute(self.get_option("stale_folder")), source.key + ".json")

    def _add(self, row, source, seen):
        name, values = self.host(row)
        if self.get_option("hostname"):
            try:
                name = str(self._compose(self.get_option("hostname"), values))
            except Exception as error:  # whatever the user's expression does
                raise AnsibleParserError("hostname of %s in %s: %s" % (name, source.label, error)) from None
        if name in seen:
            raise AnsibleParserError(
                "The host %s is in %s and in %s; tell them apart with `hostname`, such as "
                "rackwright_name ~ '.' ~ rackwright_facility, or with filters" % (name, seen[name], source.label)
            )
        seen[name] = source.label
        host = self.inventory.get_host(self.inventory.add_host(name))
        if host.vars.keys().isdisjoint(values):
            host.vars.update(values)
        else:  # a host of another inventory, too
            for variable, value in values.items():
                host.set_variable(variable, value)
        self._construct(host, values)

    def _construct(self, host, values):
        """Compose variables and groups, all by core's own methods."""
        if not self._constructs:
            return
        self._set_composite_vars(self.get_option("compose"), values, host.name, self.get_option("strict"))
        for entry in self._entries:
            entry.apply(self.inventory, host, values)

    @functools.cached_property
    def _constructs(self):
        return any(self.get_option(name) for name in ("compose", "groups", "keyed_groups"))

    @functools.cached_property
    def _entries(self):
        from .constructed import entries

        return entries(self)


class TooFew(Failure):
    """A source says that it has fewer hosts than it must have."""


def _sound(rows):
    """The rows of a stored answer. Raises ValueError for anything else."""
    if not isinstance(rows, list) or not all(isinstance(row, dict) and row.get("name") for row in rows):
        raise ValueError("it is damaged")
    return rows


@contextlib.contextmanager
def _collecting_later():
    """No garbage collection meanwhile: all that is made stays, and going through it again and again takes its time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
