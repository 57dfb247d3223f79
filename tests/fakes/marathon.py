# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fake: Marathon's API as its documentation describes it, in this process. Nothing was compared with Marathon.

Any number of masters, of which one leads; the others answer 307, and all of them 503 while there is no leader. A
deployment goes one step at each request. It locks the apps that it affects: 409, unless forced, which
cancels it. Apps are told with the defaults that nobody declared.

with Marathon(masters=2) as marathon:
    marathon.urls, marathon.apps, marathon.deployments
    marathon.stuck["/shop/web"] = "failing"      # its tasks never run; or "waiting", for offers
"""

from __future__ import annotations

import copy
import json
import re
import threading
import uuid
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qs, unquote, urlsplit

from fakes.rest import Rest

LOCKED = (
    "App is locked by one or more deployments. Override with the option '?force=true'. View details at "
    "'/v2/deployments/<DEPLOYMENT_ID>'."
)
DEFAULTS = {
    "acceptedResourceRoles": ["*"],
    "backoffFactor": 1.15,
    "backoffSeconds": 1,
    "constraints": [],
    "cpus": 0.1,
    "dependencies": [],
    "disk": 0,
    "env": {},
    "executor": "",
    "fetch": [],
    "gpus": 0,
    "healthChecks": [],
    "instances": 1,
    "killSelection": "YOUNGEST_FIRST",
    "labels": {},
    "maxLaunchDelaySeconds": 300,
    "mem": 128,
    "networks": [{"mode": "host"}],
    "portDefinitions": [{"labels": {}, "name": "default", "port": 10000, "protocol": "tcp"}],
    "readinessChecks": [],
    "requirePorts": False,
    "upgradeStrategy": {"maximumOverCapacity": 1, "minimumHealthCapacity": 1},
    "unreachableStrategy": {"inactiveAfterSeconds": 0, "expungeAfterSeconds": 0},
}
CHECK = {
    "gracePeriodSeconds": 300,
    "intervalSeconds": 60,
    "maxConsecutiveFailures": 3,
    "timeoutSeconds": 20,
    "delaySeconds": 15,
    "ipProtocol": "IPv4",
    "protocol": "HTTP",
}
DOCKER = {"forcePullImage": False, "parameters": [], "privileged": False}
SCALING = {"instances"}


class Refusal(Exception):
    """An error that the service answers: status, words, and what else is in the body."""


class Master(Rest):
    """One master."""

    def __init__(self, cluster):
        self.cluster = cluster
        super().__init__()

    def reply(self, method, path, headers, content):
        """As the leader, or send to it."""
        with self.cluster.lock:
            status, body, more = self.cluster.answer(self, method, path, headers, content)
        return status, more, "" if body is None else json.dumps(body)


class Marathon:
    """All masters of one Marathon. polls: requests that a deployment takes. authorization: the header that it wants."""

    def __init__(self, masters=1, polls=2, authorization=None):
        self.lock, self.polls, self.authorization = threading.RLock(), polls, authorization
        self.masters = [Master(self) for _one in range(masters)]
        self.leader, self.most = self.masters[0], 100
        self.clock = datetime(2026, 1, 1, tzinfo=timezone.utc)
        self.fresh()

    def fresh(self):
        """Nothing is there."""
        with self.lock:
            self.apps, self.groups, self.tasks = {}, {}, {}
            self.deployments, self.stuck = {}, {}

    @property
    def urls(self):
        """The addresses of the masters."""
        return [master.url for master in self.masters]

    @property
    def writes(self):
        """(method, path) of all that came and was no look."""
        return [(m, p) for master in self.masters for m, p, _h in master.requests if m != "GET"]

    def __enter__(self):
        return self

    def __exit__(self, *error):
        for master in self.masters:
            master.__exit__(*error)

    def now(self):
        """A time later than any before."""
        self.clock += timedelta(milliseconds=1)
        return self.clock.strftime("%Y-%m-%dT%H:%M:%S.") + "%03dZ" % (self.clock.microsecond // 1000)

    def answer(self, master, method, path, headers, content):
        """(status, data, headers) of a request."""
        if self.leader is None:
            return 503, {"message": "Could not determine the current leader"}, {}
        if master is not self.leader:
            return 307, None, {"Location": "//127.0.0.1:%d%s" % (self.leader.address[1], path)}
        if self.authorization and headers.get("Authorization") != self.authorization:
            return 401, {"message": "Invalid username or password."}, {}
        self.step()
        parts = urlsplit(path)
        force = parse_qs(parts.query).get("force") == ["true"]
        try:
            body = json.loads(content) if content else None
            status, told = self.route(method, unquote(parts.path), body, force, parts.query)
            return status, told, {}
        except ValueError:
            return 400, {"message": "Invalid JSON"}, {}
        except Refusal as refusal:
            status, words, *more = refusal.args
            return status, dict({"message": words}, **(more[0] if more else {})), {}

    def route(self, method, path, body, force, query):
        """Find the one who answers."""
        kind, _slash, key = path[len("/v2/") :].partition("/")
        if method == "GET":
            looks = {"apps": self.list_apps, "groups": self.tree, "deployments": self.look, "queue": self.queue}
            if kind == "info":
                return 200, {"name": "marathon", "version": "1.11.24", "elected": True}
            if kind == "leader":
                return 200, {"leader": "127.0.0.1:%d" % self.leader.address[1]}
            return 200, looks[kind](query)
        if kind == "apps":
            return self.write_app(method, "/" + key, body, force)
        return self.write_group(method, "/" + key, body, force)

    def list_apps(self, query):
        """GET /v2/apps, as much as is embedded."""
        return {"apps": [self.told(app, query) for _key, app in sorted(self.apps.items())]}

    def told(self, app, query):
        """An app with its counts."""
        tasks = list(self.tasks.get(app["id"], {}).values())
        running = [task for task in tasks if task["state"] == "TASK_RUNNING"]
        done = dict(copy.deepcopy(app), tasksRunning=len(running), tasksStaged=len(tasks) - len(running))
        healthy = len(running) if app["healthChecks"] else 0
        done.update(tasksHealthy=healthy, tasksUnhealthy=0, deployments=self.at(app["id"]))
        if "apps.tasks" in query:
            done["tasks"] = tasks
        if self.stuck.get(app["id"]) == "failing":
            failure = {"message": "Command exited with status 1", "state": "TASK_FAILED", "host": "agent1"}
            failure.update(taskId="web.1", timestamp="2026-01-01T00:00:00.000Z", version=app["version"])
            done["lastTaskFailure"] = dict(failure, appId=app["id"])
        return done

    def at(self, key):
        """The deployments that affect an app."""
        return [{"id": one["id"]} for one in self.deployments.values() if key in one["affectedApps"]]

    def look(self, _query):
        """GET /v2/deployments."""
        told = [{k: v for k, v in one.items() if not k.startswith("_")} for one in self.deployments.values()]
        return copy.deepcopy(told)

    def step(self):
        """Let each deployment go on."""
        for one in list(self.deployments.values()):
            one["_polls"] -= 1
            one["currentStep"] = min(one["currentStep"] + 1, one["totalSteps"])
            if one["_polls"] < 0 and all(self.run(key) for key in one["affectedApps"]):
                self.deployments.pop(one["id"], None)

    def run(self, key):
        """Bring the tasks of an app to what is declared; returns whether they run."""
        app, tasks = self.apps.get(key), self.tasks.setdefault(key, {})
        if app is None:
            self.tasks.pop(key, None)
            return True
        if key in self.stuck:
            if self.stuck[key] == "failing":
                tasks.update(self.task(app, "TASK_STAGING") if not tasks else {})
            return False
        for name in [name for name, task in tasks.items() if task["version"] < app["_restarted"]]:
            del tasks[name]
        while len(tasks) < app["instances"]:
            tasks.update(self.task(app, "TASK_RUNNING"))
        while len(tasks) > app["instances"]:
            tasks.popitem()
        return True

    def task(self, app, state):
        """A new task."""
        name = "%s.%s" % (app["id"].strip("/").replace("/", "_"), uuid.uuid4())
        one = {"id": name, "state": state, "host": "agent1", "ports": [31000], "version": app["version"]}
        return {name: dict(one, appId=app["id"], stagedAt=self.now())}

    def queue(self, _query):
        """GET /v2/queue."""
        rejected = [{"reason": "InsufficientCpus", "declined": 3, "processed": 4}]
        rejected.append({"reason": "InsufficientMemory", "declined": 0, "processed": 1})
        summary = {"processedOffersCount": 4, "unusedOffersCount": 3, "rejectSummaryLastOffers": rejected}
        waiting = [key for key, how in self.stuck.items() if how == "waiting" and key in self.apps]
        return {"queue": [{"app": {"id": k}, "count": 2, "processedOffersSummary": summary} for k in waiting]}

    def deploy(self, action, keys, force):
        """Begin a deployment of apps, whose locks are heeded or broken."""
        self.heed(keys, force)
        made = {"id": str(uuid.uuid4()), "version": self.now(), "affectedApps": sorted(keys), "_polls": self.polls}
        made.update(currentActions=[{"action": action, "app": key} for key in keys], currentStep=0, totalSteps=1)
        self.deployments[made["id"]] = made
        return {"version": made["version"], "deploymentId": made["id"]}

    def heed(self, keys, force):
        """Refuse what is locked."""
        locks = [one for one in self.deployments.values() if set(keys) & set(one["affectedApps"])]
        if locks and not force:
            raise Refusal(409, LOCKED, {"deployments": [{"id": one["id"]} for one in locks]})
        if len(self.deployments) - len(locks) >= self.most:
            raise Refusal(403, "Max number (%d) of running deployments is achieved. Wait for ..." % self.most)
        for one in locks:
            del self.deployments[one["id"]]

    def write_app(self, method, key, body, force):
        """POST, PUT and DELETE of apps."""
        key = body["id"] if method == "POST" else key
        if method == "POST" and key in self.apps:
            raise Refusal(409, "An app with id [%s] already exists." % key)
        if method == "DELETE":
            if key not in self.apps:
                raise Refusal(404, "App '%s' does not exist" % key)
            begun = self.deploy("StopApplication", [key], force)
            del self.apps[key]
            return 200, begun
        before = self.apps.get(key)
        after = self.whole(dict(before or DEFAULTS, **body), key)
        only = before is not None and set(body) <= SCALING
        verb = "StartApplication" if before is None else "ScaleApplication" if only else "RestartApplication"
        begun = self.deploy(verb, [key], force)
        after.update(version=begun["version"], _restarted=before["_restarted"] if only else begun["version"])
        after["versionInfo"] = {"lastScalingAt": begun["version"], "lastConfigChangeAt": after["_restarted"]}
        self.apps[key] = after
        if method == "POST":
            return 201, self.told(after, "")
        return (201 if before is None else 200), begun

    def whole(self, app, key):
        """An app as Marathon keeps it, with its defaults. Refuses what is not valid."""
        app = copy.deepcopy(dict(app, id=key))
        errors = []
        if app.get("cmd") and app.get("args"):
            errors.append({"path": "/", "errors": ["AppDefinition must not contain both 'cmd' and 'args'"]})
        if not (app.get("cmd") or app.get("args") or app.get("container")):
            errors.append({"path": "/", "errors": ["AppDefinition must either contain one of 'cmd' or 'args'"]})
        unknown = [name for name in app if not re.fullmatch(r"_?[a-z][A-Za-z]*", name)]
        errors += [{"path": "/" + name, "errors": ["is not a field"]} for name in unknown]
        if errors:
            raise Refusal(422, "Object is not valid", {"details": errors})
        container = app.get("container")
        if container:
            container.update(type=container.get("type", "MESOS"), volumes=container.get("volumes", []))
            if "docker" in container:
                container["docker"] = dict(DOCKER, **container["docker"])
        app["healthChecks"] = [dict(CHECK, **one) for one in app["healthChecks"]]
        app["constraints"] = [[*one, ""][:3] for one in app["constraints"]]
        return app

    def tree(self, _query):
        """GET /v2/groups."""
        nodes = {"/": {"id": "/", "apps": [], "groups": [], "dependencies": []}}
        paths = set(self.groups)
        for key in list(self.apps) + list(self.groups):
            parts = key.split("/")[1:-1]
            paths |= {"/" + "/".join(parts[: n + 1]) for n in range(len(parts))}
        for key in sorted(paths):
            nodes[key] = {"id": key, "apps": [], "groups": [], "dependencies": [], **self.groups.get(key, {})}
            nodes[key.rpartition("/")[0] or "/"]["groups"].append(nodes[key])
        for key, app in self.apps.items():
            nodes[key.rpartition("/")[0] or "/"]["apps"].append({"id": key, "cmd": app.get("cmd")})
        return nodes["/"]

    def write_group(self, method, key, body, force):
        """POST, PUT and DELETE of groups; whoever deletes one deletes all that is in it."""
        key = body["id"] if method == "POST" else key
        inside = [app for app in self.apps if app.startswith(key + "/")]
        if method == "DELETE":
            if key not in self.groups and not inside:
                raise Refusal(404, "Group '%s' does not exist" % key)
            begun = self.deploy("StopApplication", inside, force)
            self.apps = {one: app for one, app in self.apps.items() if one not in inside}
            self.groups.pop(key, None)
            return 200, begun
        if method == "POST" and (key in self.groups or inside):
            raise Refusal(409, "Group %s is already created. Use PUT to change this group." % key)
        begun = self.deploy("RestartApplication", [], force)
        self.groups[key] = dict(self.groups.get(key, {}), **{k: v for k, v in body.items() if k != "id"})
        return (201 if method == "POST" else 200), begun
