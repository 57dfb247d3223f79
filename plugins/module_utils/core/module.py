# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where Ansible's module object ends: options in, result out. The only code that knows check mode."""

from __future__ import annotations

import json

from ansible.module_utils import basic
from ansible.module_utils.basic import AnsibleModule

from .apply import Report, apply
from .driver import refuse_verbs
from .errors import Failure, Refused, bug
from .field import argument_spec
from .options import limits_of, provider_spec
from .plan import actions, guard, plan
from .progress import Progress

MANY = 20  # rows of an option that the result repeats


def launch(work, fields, drivers=None, several=False, **constraints):
    """Run a module: `work` takes a Task and returns what to add to the result.

    fields: the module's own options. drivers: provider name -> Driver class, None for a module without a provider.
    several: whether it takes `targets`, for each of which `work` runs. constraints: mutually_exclusive and the like,
    for AnsibleModule.
    """
    spec = argument_spec(fields)
    if drivers:
        spec.update(provider_spec(drivers, _meant(drivers), several))
        if several:
            constraints["required_one_of"] = [("provider", "targets")]
    module = AnsibleModule(argument_spec=spec, supports_check_mode=True, **constraints)
    task = Task(module, drivers)
    invocation = {"module_args": {name: _brief(value) for name, value in module.params.items()}}
    try:
        extra = task.at_each(work)
    except Failure as failure:
        module.fail_json(msg=str(failure), **task.result())
    except Exception as error:
        module.fail_json(**dict(task.result(), **bug(error)))
    module.exit_json(**dict(task.result(), invocation=invocation, **extra))


def _meant(drivers):
    """The providers that the arguments speak of; None where that cannot be told, or the one chosen is unknown."""
    try:
        given = json.loads(basic._ANSIBLE_ARGS)["ANSIBLE_MODULE_ARGS"]
        places = given.get("targets") or [given]
        if all(place["provider"] in drivers for place in places):
            named = {name for name in drivers for place in [given, *places] if place.get(name) is not None}
            return named | {place["provider"] for place in places}
    except (TypeError, ValueError, KeyError, AttributeError):
        pass
    return None


def _brief(value):
    """An option as the result repeats it: long lists by their length; repeating them costs more than the work."""
    return "%d rows" % len(value) if isinstance(value, list) and len(value) > MANY else value


class Outcome:
    """A plan and what became of it; in check mode, what would. target: which of several it was for, for people."""

    def __init__(self, made, report, target=None):
        self.plan, self.report, self.target = made, report, target
        self.resource = made.resource
        self.rows = dict(made.kept)
        done, rows = (made.changes, {}) if report is None else (report.applied, report.rows)
        for change in done:
            if change.after is not None:
                self.rows[change.key] = rows.get(change.key) or change.after
        self.done = done

    def shown(self, keys=None):
        """The rows for the result, secrets masked; of `keys` in their order, or of all."""
        keys = self.rows if keys is None else [key for key in keys if key in self.rows]
        return [self.resource.shown(self.rows[key]) for key in keys]


class Task:
    """One run of one module. `params` are the options; the rest is the engine."""

    def __init__(self, module, drivers=None):
        self.params = module.params
        self._module = module
        self._drivers = drivers or {}
        self._outcomes, self._abilities = [], {}
        self._checks, self._tellers = [], []
        self._place, self._target = module.params, None  # where the provider is named, and which of several it is

    @property
    def dry(self):
        """Whether nothing may be changed; for `wait` and the like, never for deciding what to change."""
        return self._module.check_mode

    def at_each(self, work):
        """What `work` returns; of several targets, a list of it. Raises Failure once all had their turn."""
        targets = self.params.get("targets")
        if not targets:
            done = work(self) or {}
            self._check()
            return done
        done, problems = [], []
        for number, self._place in enumerate(targets, 1):
            self._target = "target %d (%s)" % (number, self._place["provider"])
            try:
                done.append(dict(work(self) or {}, provider=self._place["provider"]))
            except Failure as failure:
                problems += ["%s: %s" % (self._target, line) for line in str(failure).splitlines()]
        if problems:
            raise Failure("\n".join(problems))
        self._check()
        return {"targets": done}

    def afterwards(self, check):
        """Call `check` once everything is changed everywhere; not in check mode."""
        self._checks.append(check)

    def _check(self):
        for check in self._checks if not self.dry else ():
            check()

    def driver(self, transport=None):
        """The chosen provider's driver, its options checked."""
        kind = self._drivers[self._place["provider"]]
        options = self._place.get(kind.NAME) or {}
        problems = kind.missing(options)
        if problems:
            raise Refused(problems)
        self._abilities = kind.abilities()
        return kind(options, transport)

    def progress(self, title):
        """A new progress report; silent unless the action plugin listens."""
        return Progress(title)

    def conceal(self, *texts):
        """Keep secrets that options hold in places without `no_log` out of everything this module returns."""
        self._module.no_log_values.update(*texts)

    def warn(self, text):
        """Show a warning."""
        self._module.warn(text)

    def reconcile(self, store, resource, desired, absent=(), prune=None, recreate="auto", current=None):
        """Make what is there what is declared, or in check mode say what would be done. Raises Failure.

        store: see `apply`. desired: canonical rows. absent: keys. prune: see `plan`. current: rows, when already read.
        """
        return self.carry_out(store, self.foresee(store, resource, desired, absent, prune, recreate, current))

    def foresee(self, store, resource, desired, absent=(), prune=None, recreate="auto", current=None):
        """The plan that `reconcile` carries out. Raises Refused."""
        rows = list(store.read()) if current is None else current
        made = plan(resource, rows, desired, absent, prune, recreate, self.params.get("owner"))
        guard(made, limits_of(self.params, resource))
        refuse_verbs(self._place.get("provider"), self._abilities, made)
        if hasattr(store, "amend"):
            store.amend(made, desired, self.params.get("owner"))
        return made

    def tell(self, teller):
        """Add what `teller` returns to the result, also to that of a failure."""
        self._tellers.append(teller)

    def act(self, store, resource, keys, verb, current=None):
        """Do `verb` to each of `keys`, or in check mode say that it would be done. Raises Failure.

        current: rows, when already read.
        """
        rows = list(store.read()) if current is None else current
        return self.carry_out(store, actions(resource, rows, keys, verb))

    def carry_out(self, store, made):
        """Do what a plan of `foresee` says, or in check mode say that it would be done. Raises Failure."""
        for text in made.warnings:
            self.warn(text)
        report = None
        if not self._module.check_mode:
            report = apply(store, made, self.progress(made.resource.name)) if made else Report()
        outcome = Outcome(made, report, self._target)
        self._outcomes.append(outcome)
        if report is not None and not report:
            raise Failure(_partly(made, report))
        if report and report.applied and hasattr(store, "served"):
            store.served(self.progress(made.resource.name))
        return outcome

    def result(self):
        """What is common to every result: changed, plan, diff, and what became of each key."""
        result = {"changed": any(outcome.done for outcome in self._outcomes), "plan": [], "summary": {}}
        result.update(applied=[], failed_keys={}, pending=[])
        diffs = []
        for outcome in self._outcomes:
            made, label = outcome.plan, _label(outcome)
            result["plan"] += [_line(label, change) for change in made.changes]
            result["summary"][_at(outcome, made.resource.plural)] = made.summary()
            if outcome.report is not None:
                keys = dict.fromkeys(change.key for change in outcome.report.applied)  # its leftover is no second
                result["applied"] += [label(key) for key in keys]
                result["failed_keys"].update({label(key): str(why) for key, why in outcome.report.failed.items()})
                result["pending"] += [label(change.key) for change in outcome.report.pending]
            if self._module._diff:
                diffs += _diffs(outcome)
        if self._module._diff:
            result["diff"] = diffs
        for teller in self._tellers:
            result.update(teller())
        return result


def _at(outcome, words):
    """Words about an outcome; where there are several targets, of which one it is."""
    return "%s, %s" % (words, outcome.target) if outcome.target else words


def _label(outcome):
    return lambda key: _at(outcome, outcome.resource.label(key))


def _line(label, change):
    fields = [] if change.before is None else list(change.fields)  # of what is new, every field is
    line = {"verb": change.verb, "key": label(change.key), "fields": fields}
    if change.why:
        line["why"] = change.why
    return line


def _partly(made, report):
    """One failure text for a plan that was carried out in part."""
    label = made.resource.label
    parts = ["%s %s: %s" % (made.resource.name, label(key), why) for key, why in report.failed.items()]
    same = {str(why) for why in report.failed.values()}
    if len(parts) > 1 and len(same) == 1:
        parts = ["%s (%s)" % (same.pop(), ", ".join(label(key) for key in list(report.failed)[:10]))]
    text = "; ".join(parts[:10]) + (" ... and %d more" % (len(parts) - 10) if len(parts) > 10 else "")
    if len(made.changes) > 1:
        counts = ". Of %d changes %d were made, %d failed, %d were not begun; see applied, failed_keys and pending"
        text = text.rstrip(".") + counts % (
            len(made.changes),
            len(made.changes) - len(report.failed) - len(report.pending),
            len(report.failed),
            len(report.pending),
        )
    return text


def _diffs(outcome):
    resource, changes = outcome.resource, outcome.done
    if not changes:
        return []
    if resource.one_diff:
        before = "".join(resource.as_text(change.before) for change in changes)
        after = "".join(resource.as_text(change.after) for change in changes)
        header = _at(outcome, "%d %s" % (len(changes), resource.plural))
        return [{"before": before, "after": after, "before_header": header, "after_header": header}]
    return [_diff(resource, change, _at(outcome, "")) for change in changes]


def _diff(resource, change, place):
    name = "%s %s%s" % (resource.name, resource.label(change.key), place)
    after = resource.as_text(change.after)
    if change.verb not in resource.order:  # an action such as reboot leaves the row as it is
        after += "%s: now\n" % change.verb
    verb = "%s, %s" % (change.verb, change.why) if change.why else change.verb
    return {
        "before": resource.as_text(change.before),
        "after": after,
        "before_header": name,
        "after_header": "%s (%s)" % (name, verb),
    }
