# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pods of several containers: one unit of systemd, in which every container is an app; it bears the rows of them all.

A pod of rkt never changes, so each change of it, or of a container in it, is a new one with all that is in it. As all
of it is in the one unit, that is swapped whole, and no other place can tell another story.
"""

from __future__ import annotations

import os

from ...core.errors import Ambiguous, Failure
from ...core.files import read
from ..fields import EMPTY
from ..resource import spec
from . import words
from .services import LIVING, Services, marks

SHARES = ["ipc", "net", "pid", "uts"]  # what the apps of a pod have in common, always
SHARED = ("restart", "stop_timeout", "runtime")  # what counts for a unit's whole pod
LIMITED = "in a pod the unit's limits would be those of all that is in it"
ALONE = {
    "cpus": LIMITED,
    "memory": LIMITED,
    "pids_limit": LIMITED,
    "run_once": "rkt ends the whole pod with the first app that fails",
    "dns_mode": "the pod has one resolver for all",
}
GONE = "there is no pod %s any more; make it with container_pod, then run again"
ASLEEP = "pod %s is stopped, and rkt starts no app alone; start it with container_pod, or say state present"
AWAKE = "rkt stops no app of a pod alone; stop pod %s with container_pod"
OF_FLY = "pod %s: stage1-fly runs no more than one app in a pod; choose another runtime, or leave pod out"


def common(row, apps):
    """A pod's row with what its apps have in common."""
    first = next(iter(apps.values()), {"row": {}})["row"]
    return dict(EMPTY, **dict(row, **{name: first[name] for name in SHARED if name in first}))


def entry(row, memory):
    """What is kept of a container in a pod: as it is declared, whose it is, and the names of its variables."""
    return {
        "row": words.kept(row),
        "owner": row.get("owner") or "",
        "declared": memory,
        "env": sorted(row.get("env") or ()),
    }


def row_of(kept, env):
    """A container's row of what is kept. env: the variables of the whole pod."""
    return dict(EMPTY, **dict(kept["row"], env={name: env[name] for name in kept["env"] if name in env}))


def problems(pod, rows, own, flavour):
    """(container's name, text) of what cannot be in one pod.

    rows: the whole rows of all that is to be in it, by name, those first that are there already. own: its own row.
    flavour: a function that tells that of a row.
    """
    done, values, names = [], {}, {}
    stopped = own.get("state") == "stopped"
    for name, row in rows.items():
        if row.get("state") not in (None, "stopped" if stopped else "started"):
            done.append((name, "state %s: %s" % (row["state"], (ASLEEP if stopped else AWAKE) % pod)))
        done += [
            (name, "%s: %s" % (field, reason))
            for field, reason in ALONE.items()
            if row.get(field) not in (None, EMPTY.get(field, False))
        ]
        said = [(field, row[field]) for field in SHARED] + [("variable " + key, v) for key, v in row["env"].items()]
        for what, value in said:
            whose, theirs = values.setdefault(what, (name, value))
            if theirs != value:
                text = "another %s than container %s, which is in pod %s, too: that counts for the whole pod; %s"
                done.append((name, text % (what, whose, pod, "give both the same, or two pods")))
        twin = names.setdefault(words.app_name(name), name)
        if twin != name:
            done.append((name, "its name, as appc spells it, is that of container %s in pod %s, too" % (twin, pod)))
        if flavour(row) == "fly":
            done.append((name, OF_FLY % pod))
    return done


def strangers(pod, apps, owner):
    """Why a pod with these apps may not begin anew, as a list of texts: some are another owner's."""
    text = "container %s in pod %s belongs to owner %r, and would begin anew with it; only that owner may do so"
    theirs = {name: kept["owner"] for name, kept in apps.items() if owner and kept["owner"] not in ("", owner)}
    return [text % (name, pod, whose) for name, whose in sorted(theirs.items())]


class Groups(Services):
    """The units of such pods."""

    def _renew(self, name, row, memory, apps, env, anew=False):
        """Have a pod be of these apps, and run; where that does not start, it is as it was, and Failure tells.

        row: the pod's own. memory: what was declared of it. apps: {container's name: its `entry`}. env: all variables.
        anew: whether one that runs as it shall is to begin anew all the same.
        """
        apps = dict(sorted(apps.items()))  # in the order in which a unit keeps them
        key, shared = words.pod_key(name), common(row, apps)
        before, ran = (read(self._unit(key)), read(self._file(key, "env"))), self._is_up(key)
        text, variables = self._pod_texts(name, shared, memory, apps, env)
        try:
            self._write(key, text, variables)
            self._boot(key, shared)
            if shared.get("state") == "stopped":
                self._stop_unit(key)
            else:
                self._begin(key, text, apps, anew)
        except Ambiguous:
            raise
        except Failure as failure:
            own = words.ours(before[0])
            raise self._put_back(key, before, common(own["Row"], own["Apps"]), ran, failure, "pod") from None

    def _begin(self, key, text, apps, anew):
        """Have a pod run as the text of its unit has it."""
        same = not anew and self._is_as(key, text)
        if not same:
            self._stop_unit(key)
        if not apps:
            self._remove_pod(self._uuid(key))  # what ran before it is in nobody's way but shows
        if not same:
            self._start(key, text)

    def _pod_texts(self, name, shared, memory, apps, env):
        """(the unit's text, that of its variables) of a pod. Raises Failure for what its images do not allow."""
        client, path = self.client, os.path.join(self.client.folder, words.pod_key(name))
        rows = {app: row_of(kept, env) for app, kept in apps.items()}
        run, variables = [], ""
        if apps:
            told = [(app, row, client.manifest(row["image_id"])) for app, row in rows.items()]
            run = words.together(shared, told, client.flavour(shared), path, name)
            variables = words.variables({"env": {key: env[key] for row in rows.values() for key in row["env"]}})
        front, mark = client.front(), words.fingerprint(run, variables)
        return words.pod_unit(name, shared, front, run, mark, path, memory, apps), variables

    def _is_as(self, key, text):
        """Whether a pod runs as the text of its unit has it."""
        uuid = self._uuid(key)
        living = [pod for pod in self.client.pods() if pod["name"] == uuid and pod["state"] in LIVING]
        return self._is_up(key) and (marks(living[0]).get(words.SPEC) if living else "") == words.ours(text)["Pod"]

    def _in_pod(self, name, changes):
        """Carry out changes of one verb of containers in a pod, all at once."""
        key = words.pod_key(name)
        own = words.ours(read(self._unit(key)))
        if own is None:
            raise Failure(GONE % name)
        apps, env = dict(own["Apps"]), words.environment(read(self._file(key, "env")))
        over = [one for one in changes if one.before and one.after and one.before["state"] != one.after["state"]]
        for change in changes:
            if change.after is None:
                apps.pop(change.key, None)
                continue
            row = dict(EMPTY, **change.after)
            if not row.get("image_id"):
                raise Failure("there is no image to make it from; name one")
            apps[change.key] = entry(row, spec(change.want, (change.before or {}).get("_spec")))
            env.update(row["env"])
        self._renew(name, dict(own["Row"], owner=own.get("Owner")), own["Declared"], apps, env, bool(over))
        now = self.started.get(key)
        self.started.update((change.key, now) for change in changes if now is not None and change.after)
        return {change.key: change.after and dict(EMPTY, **change.after) for change in changes}
