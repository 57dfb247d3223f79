# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pods of several containers, as container_pod makes them: a unit that runs nothing until a container is in it."""

from __future__ import annotations

from ...core.errors import Ambiguous, Conflict, Failure, Refused
from ...core.files import read
from ..apart import LEFT
from ..fields import EMPTY
from ..pod import POD
from ..pod_store import Pods
from ..resource import spec
from ..vet import Local, networks, ports
from . import group, words
from .services import UP, about, settled
from .store import NOT_OURS, RktContainers

NOT = {
    "image": "the pod is held by its stage1 image; give a container a runtime for another one",
    "command": "the pod is held by its stage1 image, which runs nothing of yours",
    "labels": "its labels are of apps; give them to the containers",
}


def refusals(row):
    """(field, reason) of what no pod of rkt has."""
    done = [(name, NOT[name]) for name in NOT if row.get(name)]
    if row.get("share") and row["share"] != group.SHARES:
        done.append(("share %s" % " ".join(row["share"]), "its pods always share %s" % ", ".join(group.SHARES)))
    return done + words.refusals(dict(EMPTY, **row), None)


class RktPods(group.Groups, Pods):
    """The pods of this host's rkt. client: a RktClient."""

    def __init__(self, client, owner=None, later=None):
        super().__init__(client, owner, later)
        self.started, self.held = {}, []

    def read(self):
        """One row a pod, and one what is left of one."""
        units, others = self._survey()
        beside = RktContainers(self.client)
        self.held = [("container " + row["name"], port) for row in beside.listing() for port in row["published"]]
        found = [self._seen_of(key, *told) for key, *told in units if key.startswith(words.OF_POD)]
        self.held += [("pod " + row["name"], port) for row in found for port in row["_published"]]
        left = [(key, pod) for key, pod in others if (key or "").startswith(words.OF_POD)]
        return found + [dict(_nothing(key), _debris=LEFT, **about(pod)) for key, pod in left]

    def amend(self, made, _desired, owner):
        """Raise Refused for what would not run, or would end somebody else's containers."""
        problems, local = [], Local(self.client)
        gone = {"pod " + change.key for change in made.changes if change.verb in ("delete", "replace")}
        for change in made.changes:
            if change.before and change.before.get("_debris"):
                continue
            problems += [(change, text) for text in self._against(change, owner)]
            if change.verb in ("create", "replace") and change.after.get("state") != "stopped":
                row = dict(change.after, name="pod " + change.key)
                problems += [(change, text) for text in ports(row, self.held, gone, local, "%s")]
        if problems:
            raise Refused(["pod %s: %s" % (change.key, text) for change, text in problems])

    def _against(self, change, owner):
        """What speaks against a change, as a list of texts."""
        apps, row = (change.before or {}).get("_apps", {}), change.after
        if change.verb == "delete":
            text = "container %s is in it; remove that first, with state absent of rackwright.platform.container"
            return [text % ", ".join(sorted(apps))] if apps else []
        texts = [text for _row, text in networks(self.client, [row])]
        if self.later:
            for text in texts:
                self.later("pod %s: %s" % (change.key, text))
            texts = []
        texts += group.strangers(change.key, apps, owner)
        if apps and not texts:
            try:
                self._texts_of(change)
            except Failure as failure:
                texts.append(str(failure))
        return texts

    def create(self, change):
        """Write the unit, and start it; it runs nothing yet."""
        name, row = change.key, dict(EMPTY, **change.want)
        key = words.pod_key(name)
        if read(self._unit(key)) is not None:
            raise Conflict(NOT_OURS % self._unit(key))
        text, env = self._pod_texts(name, group.common(row, {}), spec(change.want), {}, {})
        try:
            self._write(key, text, env)
            if row.get("state") != "stopped":
                self._start(key, text)
        except Ambiguous:
            raise
        except Failure:
            self._clear(key)
            raise
        return row

    def update(self, change):
        """Start it or stop it with all that is in it; make good what an interrupted run has left."""
        return self.replace(change)

    def replace(self, change):
        """A new pod with all that is in it; the old one again where that does not start."""
        before = change.before
        self._renew(change.key, self._row_of(change), self._memory(change), before["_apps"], before["_env"])
        return change.after

    def delete(self, change):
        """Remove a pod, in which nothing is, or what is left of one."""
        if change.before.get("_debris"):
            self._sweep(change.before)
        else:
            self._clear(words.pod_key(change.key))

    def _texts_of(self, change):
        """The unit and the variables that a change leads to. Raises Failure where it cannot be."""
        before, shared = change.before, group.common(self._row_of(change), change.before["_apps"])
        return self._pod_texts(change.key, shared, self._memory(change), before["_apps"], before["_env"])

    @staticmethod
    def _row_of(change):
        """The pod's row in a unit's words; a state that is not declared stays what it was declared last."""
        state = change.want.get("state") or change.before["_declared"]
        return dict(EMPTY, **dict(change.after, state=state))

    @staticmethod
    def _memory(change):
        return spec(change.want, change.before["_spec"])

    def _seen_of(self, key, own, pod, seen):
        """A pod of ours, or who holds its name."""
        if own is None:
            return dict(_nothing(key), _foreign=NOT_OURS % self._unit(key))
        up, running = seen.get("ActiveState") in UP, bool(pod) and pod["state"] == "running"
        row = dict(_nothing(key), **{name: value for name, value in own["Row"].items() if name in _nothing(key)})
        unit = dict(group.common(own["Row"], own["Apps"]), state="started" if up else "stopped")
        row.update(about(pod) if pod else {}, state=unit["state"], owner=own.get("Owner") or None)
        row.update(
            settled=settled(own, unit, pod, seen),
            containers=sorted(own["Apps"]),
            _apps=own["Apps"],
            _env=words.environment(read(self._file(key, "env"))),
            _spec=own["Declared"],
            _declared=own["Row"].get("state"),
            _published=row["ports"] if running else [],
        )
        return row


def _nothing(key):
    """What a row says of a pod of which nothing is known."""
    own = {field.name for field in POD.fields}
    done = {name: value for name, value in EMPTY.items() if name in own}
    done.update(name=key[len(words.OF_POD) :], share=group.SHARES, image=None, command=[], labels={}, owner=None)
    done.update(state="stopped", settled=True, containers=[], addresses={}, id=None, created=None)
    return dict(done, _published=[], _apps={}, _env={}, _spec={}, _declared=None, _state=None)
