# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the inventory plugins share: several providers read at the same time, cached, and forgiven as the user says."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from ansible.errors import AnsibleParserError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Failure
from ansible_collections.rackwright.platform.plugins.module_utils.core.field import argument_spec
from ansible_collections.rackwright.platform.plugins.module_utils.core.lib import absolute
from ansible_collections.rackwright.platform.plugins.module_utils.core.options import provider_spec

AT_ONCE = 16  # sources


@dataclass
class Source:
    """One entry of `sources`. label: how messages call it. key: where its answer is cached."""

    label: str
    params: dict
    key: str


class SourcesPlugin(BaseInventoryPlugin, Constructable, Cacheable):
    """The base of an inventory plugin over drivers.

    DRIVERS: provider name -> Driver class. FIELDS: further options of a source. A subclass says what it reads from a
    driver (`rows`) and what host a row is (`host`).
    """

    DRIVERS = {}
    FIELDS = ()

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
        for source, rows in zip(sources, answers):
            for row in rows:
                self._add(row, source, seen)

    def _sources(self, path):
        spec = dict(provider_spec(self.DRIVERS), **argument_spec(self.FIELDS))
        sources, problems = [], []
        for number, given in enumerate(self.templar.template(self.get_option("sources")) or [], 1):
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
                text = json.dumps(params, sort_keys=True, default=str)
                key = "%s_%s" % (self.get_cache_key(path), hashlib.sha256(text.encode()).hexdigest()[:16])
                sources.append(Source("%s (%s)" % (label, params["provider"]), params, key))
        if problems:
            raise AnsibleParserError("\n".join(problems))
        return sources

    def _answers(self, sources, caching, may_read):
        """The rows of each source: cached, or read, all at the same time."""
        answers = {}
        for source in sources:
            if caching and may_read:
                try:
                    answers[source.key] = self._cache[source.key]
                except KeyError:  # not there, or too old
                    continue
        todo = [source for source in sources if source.key not in answers]
        with ThreadPoolExecutor(min(AT_ONCE, len(todo)) or 1) as pool:
            for source, (rows, failure) in zip(todo, pool.map(self._ask, todo)):
                if failure is not None:
                    rows = self._forgive(source, failure)
                else:
                    self._remember(source, rows)
                    if caching:
                        self._cache[source.key] = rows
                answers[source.key] = rows
        return [answers[source.key] for source in sources]

    def _ask(self, source):
        kind = self.DRIVERS[source.params["provider"]]
        try:
            return self.rows(kind(source.params.get(kind.NAME) or {}), source.params), None
        except Failure as failure:
            return None, failure

    def _forgive(self, source, failure):
        """The rows to use for a source that failed, as `on_error` says."""
        text = "%s: %s" % (source.label, failure)
        choice = self.get_option("on_error")
        if choice == "warn":
            self.display.warning("%s. Its hosts are left out" % text)
            return []
        if choice == "stale":
            try:
                with open(self._last_good(source), encoding="utf-8") as stored:
                    rows = json.load(stored)
                self.display.warning("%s. Its last good answer is used" % text)
                return rows
            except (OSError, ValueError):
                text += ". There is no last good answer to use"
        raise AnsibleParserError(text)

    def _remember(self, source, rows):
        """Keep an answer for the day when the source does not answer."""
        if self.get_option("on_error") != "stale":
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
        strict = self.get_option("strict")
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
        for variable, value in values.items():
            host.set_variable(variable, value)
        self._set_composite_vars(self.get_option("compose"), values, name, strict)
        self._add_host_to_composed_groups(self.get_option("groups"), values, name, strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), values, name, strict)
