# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Containers as pods of rkt, each behind a systemd unit that bears who it is, whose, and as what it was declared.

In a pod of several, as container_pod makes them, each is an app, and the unit is the pod's; see group.py.
"""

from __future__ import annotations

import os
from dataclasses import replace as altered

from ...core.errors import Ambiguous, Conflict, Failure, Refused
from ...core.files import read
from ...core.secrets import hidden, hide
from ..apart import LEFT
from ..fields import EMPTY
from ..resource import spec
from ..store import Containers
from . import group, words
from .services import AGAIN, UP, about, marks, settled

NOT_OURS = "the unit %s is there, and Rackwright did not make it"
ALIEN = "it is a pod that Rackwright did not make"


class RktContainers(group.Groups, Containers):
    """The pods of this host's rkt, and what is in those of several containers. client: a RktClient."""

    def read(self):
        """One row a container, and one a pod that is left of one or is somebody else's."""
        rows = self._rows()
        self.held = [(row["name"], port) for row in rows for port in row["published"]]
        self.held += [(name, port) for name, pod in self.pods.items() for port in pod["published"]]
        return [row for row in rows if self._matters(row)]

    def ports(self):
        """(container's or pod's name, port) of all that is published now, or would be if what is stopped started."""
        own = [(row["name"], port) for row in self._rows() for port in row["published"] or row["_ports"]]
        return own + [(name, port) for name, pod in self.pods.items() for port in pod["row"]["ports"]]

    def listing(self):
        """All pods, whoever made them."""
        return [row for row in self._rows() if not row.get("_debris")]

    def create(self, change):
        """Write the unit and start it; what does not start is taken away again."""
        row = dict(EMPTY, **change.want)
        if read(self._unit(change.key)) is not None:
            raise Conflict(NOT_OURS % self._unit(change.key))
        text, env = self._texts(change.key, row, spec(change.want))
        try:
            self._write(change.key, text, env)
            self._boot(change.key, row)
            if row.get("state") != "stopped":
                self._start(change.key, text)
        except Ambiguous:
            raise
        except Failure:
            self._clear(change.key)
            raise
        return row

    def update(self, change):
        """Write the unit anew where it is to be another; start, stop or renew the pod as that asks for."""
        row, key = change.after, change.key
        text, env = self._texts(key, row, spec(change.want, change.before["_spec"]))
        self._write(key, text, env)
        self._boot(key, row)
        runs, same = change.before["state"] == "started", change.before["_pod"] == words.ours(text)["Pod"]
        if row.get("state") == "stopped":
            self._stop_unit(key)
        elif row.get("state") == "started" and not (runs and same):
            self._stop_unit(key)
            self._start(key, text)
        return row

    def replace(self, change):
        """Write the unit anew and run it; where that does not start, the old one is back."""
        key, row = change.key, change.after
        before = read(self._unit(key)), read(self._file(key, "env"))
        text, env = self._texts(key, row, spec(change.want, change.before["_spec"]))
        try:
            self._write(key, text, env)
            self._boot(key, row)
            self._stop_unit(key)
            if row.get("state") != "stopped":
                self._start(key, text)
        except Ambiguous:
            raise
        except Failure as failure:
            raise self._put_back(key, before, change.before, change.before["state"] == "started", failure) from None
        return row

    def delete(self, change):
        """Stop a pod and remove it, its files, and at last its unit; or a pod that is left of one."""
        if change.before.get("_debris"):
            self._sweep(change.before)
        else:
            self._clear(change.key)

    def cut(self, changes):
        """Those of one pod go together, all others by themselves."""
        pods = {}
        for change in changes:
            pods.setdefault(_pod(change) or ("", change.key, bool(_debris(change))), []).append(change)
        return list(pods.values())

    def create_all(self, changes):
        """Make containers."""
        return self._all(changes, self.create)

    def update_all(self, changes):
        """Change what can be changed in them."""
        return self._all(changes, self.update)

    def replace_all(self, changes):
        """Put new ones in their places."""
        return self._all(changes, self.replace)

    def delete_all(self, changes):
        """Stop and remove them."""
        return self._all(changes, self.delete)

    def _all(self, changes, singly):
        pod = _pod(changes[0])
        return self._in_pod(pod, changes) if pod else {change.key: singly(change) for change in changes}

    def amend(self, made, _desired, owner):
        """Say of each change what else in its pod begins anew with it. Raises Refused where that is somebody else's."""
        problems = []
        for unit in self.cut([change for change in made.changes if _pod(change) in self.pods]):
            pod, keys = _pod(unit[0]), [change.key for change in unit if _ends(change)]
            others = {name: kept for name, kept in self.pods[pod]["apps"].items() if keys and name not in keys}
            problems += ["container %s: %s" % (keys[0], text) for text in group.strangers(pod, others, owner)]
            why = "pod %s is made anew, and with it %s" % (pod, ", ".join(sorted(others)))
            told = {
                change.key: "; ".join(filter(None, (change.why, why))) for change in unit if others and _ends(change)
            }
            made.changes[:] = [
                altered(change, why=told.get(change.key, change.why)) if change in unit else change
                for change in made.changes
            ]
        if problems:
            raise Refused(problems)

    def against(self, wholes, there, gone, flavour):
        """(container's name, text) of what cannot be in the pods that it is or shall be in.

        wholes: the declared, whole. there: the rows that are there. gone: names of those that shall not be. flavour: of
        a row's pod.
        """
        done = []
        for name, row in wholes.items():
            old = there.get(name, row)["pod"]
            if old != row["pod"] and "_foreign" not in there[name]:
                text = "pod %s: it is in %s, and rkt moves nothing; remove it first"
                done.append((name, text % (row["pod"] or "none", "pod " + old if old else "none")))
        for pod in sorted({row["pod"] for row in wholes.values()} & set(self.pods)):
            known = self.pods[pod]
            rows = {name: group.row_of(kept, known["env"]) for name, kept in known["apps"].items() if name not in gone}
            rows.update((name, row) for name, row in wholes.items() if row["pod"] == pod)
            mine = [name for name in rows if name in wholes]
            found = group.problems(pod, rows, known["row"], flavour) or self._runnable(pod, rows)
            done += [(name if name in mine else mine[0], text) for name, text in found]
        return done

    def _runnable(self, pod, rows):
        """The same of what the images of a pod's containers do not allow, as far as they are there."""
        row = group.common(self.pods[pod]["row"], {name: {"row": one} for name, one in rows.items()})
        if not all(one.get("image_id") for one in rows.values()):
            return []
        try:
            told = [(name, one, self.client.manifest(one["image_id"])) for name, one in rows.items()]
            words.together(row, told, self.client.flavour(row), "", pod)
        except Failure as failure:
            return [(name, "this: %s" % failure) for name in list(rows)[-1:]]
        return []

    def _texts(self, key, row, memory):
        """(the unit's text, that of its variables) of a row. Raises Failure for what its image does not allow."""
        client, path = self.client, os.path.join(self.client.folder, key)
        if not row.get("image_id"):
            raise Failure("there is no image to make it from; name one")
        run = words.command(key, row, client.manifest(row["image_id"]), client.flavour(row), path)
        env = words.variables(row)
        front = client.front()
        return words.unit(key, row, front, run, words.fingerprint(run, env), path, memory), env

    def _log(self, name, lines):
        return super()._log(self.keys.get(name, name), lines)

    def _last_words(self, name, row):
        key = self.keys.get(row["name"], row["name"])
        try:
            env = dict(words.environment(read(self._file(key, "env"))), **(row.get("env") or {}))
            return hide(self._said(key), hidden(env))
        except Failure as failure:
            return " (its log cannot be read: %s)" % failure

    def _rows(self):
        units, others = self._survey()
        self.pods, self.keys, rows = {}, {}, []
        for key, own, pod, seen in units:
            if key.startswith(words.OF_POD):
                rows += self._inside(key, own, pod, seen) if own else []
            else:
                rows.append(self._row(key, own, pod, seen))
        left = [(key, pod) for key, pod in others if not (key or "").startswith(words.OF_POD)]
        return rows + [_left(key, pod) if key else _alien(pod) for key, pod in left]

    def _row(self, name, own, pod, seen):
        """A container of ours, or who holds its name."""
        if own is None:
            return dict(_nothing(name), _foreign=NOT_OURS % self._unit(name))
        env = words.environment(read(self._file(name, "env")))
        row = dict(_nothing(name), **dict(own["Row"], env=env, owner=own.get("Owner") or None, _spec=own["Declared"]))
        app = pod["apps"][0] if pod and pod.get("apps") else {}
        self._see(row, name, own, (pod, app), seen)
        runs = row["status"] == "running"
        return dict(row, published=row["ports"] if runs else [], _ports=row["ports"])

    def _inside(self, key, own, pod, seen):
        """The containers in a pod of ours."""
        name, env = key[len(words.OF_POD) :], words.environment(read(self._file(key, "env")))
        running = bool(pod) and pod["state"] == "running"
        row = dict(EMPTY, **own["Row"])
        self.pods[name] = {
            "share": group.SHARES,
            "row": row,
            "apps": own["Apps"],
            "env": env,
            "published": row["ports"] if running else [],
        }
        done = []
        for called, kept in own["Apps"].items():
            self.keys[called] = key
            mine = dict(group.row_of(kept, env), owner=kept["owner"] or None, _spec=kept["declared"])
            app = [one for one in (pod or {}).get("apps") or () if one["name"] == words.app_name(called)]
            done.append(self._see(dict(_nothing(called), **mine), key, own, (pod, app[0] if app else {}), seen))
        return done

    def _see(self, row, key, own, told, seen):
        """Put into a row how it is. told: its pod, if there is one, and in that its app."""
        pod, app = told
        mark, up = marks(pod).get(words.SPEC) if pod else None, seen.get("ActiveState") in UP
        unit = dict(group.common(own["Row"], own["Apps"]), state="started" if up else "stopped")
        over = up and row["pod"] and app.get("state") == "exited"
        row.update(about(pod) if pod else {}, settled=settled(own, unit, pod, seen), _labels=row["labels"], _pod=mark)
        row.update(_app=app.get("name", ""), state="stopped" if over else unit["state"])
        row["status"] = "exited" if over else self._status(key, up, bool(pod) and pod["state"] == "running", seen)
        row["exit_code"] = app.get("exit_code", self._ended(key)) if row["state"] == "stopped" else None
        return row

    def _status(self, key, up, runs, seen):
        if up:
            return "restarting" if seen.get("SubState") == AGAIN else "running" if runs else "starting"
        return "created" if self._ended(key) is None else "exited"


def _nothing(name):
    """What a row says of a container of which nothing is known."""
    done = dict(EMPTY, name=name, id=None, health=None, created=None, addresses={}, published=[], owner=None)
    done.update(state="stopped", status="created", exit_code=None, settled=True, _actual=name, _id=name, _pod=None)
    return dict(done, _ports=[], _labels={}, _state=None)


def _left(name, pod):
    return dict(_nothing(name), _debris=LEFT, **about(pod))


def _alien(pod):
    """Somebody else's pod."""
    status, app = pod["state"], (pod.get("app_names") or [""])[0]
    row = dict(_nothing(pod["name"]), state="started" if status == "running" else "stopped", _foreign=ALIEN, _app=app)
    return dict(row, status="exited" if status.startswith("exited") else status, **about(pod))


def _pod(change):
    """The name of the pod that a change is in, "" for none."""
    return "" if _debris(change) else (change.after or change.before).get("pod") or ""


def _debris(change):
    return (change.before or {}).get("_debris")


def _ends(change):
    """Whether a change ends the pod that runs."""
    return change.verb != "update" or bool({"state", "settled"} & {*change.fields})
