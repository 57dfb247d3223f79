# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images behind a Docker Engine API: looked at by name, and pulled, loaded, built, imported, tagged and taken away."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

from ..core.errors import Ambiguous, Conflict, Failure, NotFound, Refused
from ..core.secrets import hidden, hide
from .context import archived, content, platform
from .forms import OURS, others
from .hints import explained

CONTENT, NAMES, OWNER = OURS["content"], OURS["image"], OURS["owner"]
CLOSED = "Bring it with rackwright.platform.container_image (load, build or import) where no registry can be reached"


class Images:
    """The images of these names on one engine. client: a clients.docker.DockerClient."""

    WORKERS = 4

    def __init__(self, client, names):
        self.client, self.names = client, sorted(set(names))

    @staticmethod
    def resource():
        """IMAGE, which is loaded only by who changes images."""
        from .image import IMAGE

        return IMAGE

    def read(self):
        """One row for each name that is there."""
        with ThreadPoolExecutor(self.WORKERS) as pool:
            return [row for row in pool.map(self._row, self.names) if row is not None]

    def owned(self, owner):
        """The names that were given here to images of this owner's. Who builds on one of them inherits its labels, but
        not the name that they tell."""
        done = set()
        for item in self.client.call("images", filters={"label": "%s=%s" % (OWNER, owner)}):
            done |= set(item.get("RepoTags") or ()) & set(((item.get("Labels") or {}).get(NAMES) or "").split())
        return done

    def prepare(self, rows, current, pull="missing"):
        """The declared rows with the hash of what they are made from, or what the registry has. Raises Refused."""
        there = {row["name"]: row for row in current}
        done, problems = [], []
        for row in rows:
            try:
                have = there.get(row["name"])
                done.append(dict(row, **self._made_from(row, have, pull)))
                if have and row.get("push"):
                    have["push"] = all(self._is_pushed(have, name) for name in _names(row))
            except Failure as failure:
                problems.append("image %s: %s" % (row["name"], failure))
        if problems:
            raise Refused(problems)
        return done

    def wanted(self, current, pull):
        """Rows that stand for pulling the images of this store, which is all that containers may ask for."""
        have = {row["name"] for row in current}
        missing = [name for name in self.names if name not in have]
        if missing and pull == "never":
            raise Refused(["image %s: it is not on the engine. %s" % (name, CLOSED) for name in missing])
        rows = [{"name": name, "source": "pull"} for name in (self.names if pull == "always" else missing)]
        return self.prepare(rows, current, pull)

    def create(self, change):
        """Bring an image, by its source."""
        row = change.want
        try:
            getattr(self, "_" + row.get("source", "pull"))(row)
        except Ambiguous:
            raise
        except Failure as failure:
            raise type(failure)(hide(str(failure), hidden(row.get("args") or {}))) from None
        self._fit(row)
        return self._tag(row)

    def update(self, change):
        """Bring it anew where it is another one, else only give it its further names, or send it to its registry."""
        return self._tag(change.want) if set(change.fields) <= {"tags", "push"} else self.create(change)

    replace = create  # recreate: always

    def delete(self, change):
        """Take a name away, and the image with its last name."""
        try:
            self.client.call("remove_image", change.key, write=True)
        except NotFound:
            pass
        except Conflict as conflict:
            raise Conflict("%s. Remove the containers that use it first" % conflict) from None

    def _row(self, name):
        try:
            answer = self.client.call("inspect_image", name)
        except NotFound:
            return None
        labels = (answer.get("Config") or {}).get("Labels") or {}
        repository = name.partition("@")[0].rpartition(":")[0]
        digests = [
            one.partition("@")[2] for one in answer.get("RepoDigests") or () if one.partition("@")[0] == repository
        ]
        return {
            "name": name,
            "id": answer["Id"],
            "content": labels.get(CONTENT, ""),
            "labels": others(labels),
            "tags": sorted(answer.get("RepoTags") or ()),
            "digest": digests[0] if digests else "",
            "platform": _platform(answer),
            "_digests": answer.get("RepoDigests") or (),
            "created": (answer.get("Created") or "").partition(".")[0].rstrip("Z") + "Z",
            "size": answer.get("Size"),
        }

    def _made_from(self, row, have, pull):
        source = row.get("source", "pull")
        if source in ("build", "import"):
            return {"content": content(row)}
        if source == "load":
            ids, _names = archived(row)
            return {"id": have["id"] if have and have["id"] in ids else sorted(ids)[0]}
        if (
            pull == "always"
            and not row.get("digest")
            and "@" not in row["name"]
            and not row["name"].startswith("sha256:")
        ):
            return {"digest": self._remote(row["name"])}
        return {}

    def _remote(self, name):
        """The digest that the registry has for a name now."""
        try:
            return self.client.call("inspect_distribution", name)["Descriptor"]["digest"]
        except Failure as failure:
            raise Failure("its registry does not tell what it has: %s. %s" % (failure, CLOSED)) from None

    def _tag(self, row):
        for name in row.get("tags") or ():
            repository, _colon, tag = name.rpartition(":")
            self.client.call("tag", row["name"], repository, tag, force=True, write=True)
        for name in _names(row) if row.get("push") else ():
            repository, _colon, tag = name.rpartition(":")
            try:
                self._push(repository, tag)
            except Ambiguous:
                raise
            except Failure as failure:
                raise type(failure)("it is here, but cannot be pushed as %s: %s" % (name, failure)) from None
        done = self._row(row["name"])
        return done and dict(done, push=row.get("push"))

    def _push(self, repository, tag):
        """Send an image to its registry; returns what the engine tells of it."""
        return stream(self.client, "push", repository, tag=tag, stream=True, decode=True)

    def _fit(self, row):
        """Raise Failure for another platform than the declared: registries and builds give what they have."""
        have = row.get("platform") and self._row(row["name"])["platform"]
        if have != row.get("platform"):
            raise Failure("it is there for %s only, and not for %s" % (have, row["platform"]))

    def _is_pushed(self, have, name):
        """Whether the registry has this image under this name. Raises Failure where it does not tell."""
        try:
            digest = self.client.call("inspect_distribution", name)["Descriptor"]["digest"]
        except NotFound:
            return False
        except Failure as failure:
            raise Failure("the registry of %s does not tell what it has: %s" % (name, failure)) from None
        return "%s@%s" % (name.rpartition(":")[0], digest) in have["_digests"]

    def _pull(self, row):
        name = row["name"]
        if name.startswith("sha256:"):
            raise Failure("an image's id says nothing about where to pull it from; give its name. %s" % CLOSED)
        repository, mark, tag = name.partition("@") if "@" in name else name.rpartition(":")
        wanted = row.get("digest") or tag
        try:
            stream(self.client, "pull", repository, tag=wanted, platform=row.get("platform"), stream=True, decode=True)
        except Ambiguous:
            raise
        except Failure as failure:
            told = str(failure).rstrip(".")
            raise type(failure)("it cannot be pulled: %s. %s" % (told, self.way_out(told))) from None
        if row.get("digest") and mark == ":":
            self.client.call("tag", "%s@%s" % (repository, wanted), repository, tag, force=True, write=True)

    @staticmethod
    def way_out(_told):
        """What to do about an image that cannot be pulled for the reason that the engine has told."""
        return CLOSED

    def _load(self, row):
        ids, names = archived(row)
        with open(row["path"], "rb") as source:
            stream(self.client, "load_image", source)
        if row["name"] not in names:
            found = [one for one in sorted(ids) if self._row(one)]
            if not found:
                raise Failure(
                    "%s was loaded, but the engine does not know it as any of %s" % (row["path"], " ".join(ids))
                )
            repository, _colon, tag = row["name"].rpartition(":")
            self.client.call("tag", found[0], repository, tag, force=True, write=True)

    def _build(self, row):
        stream(
            self.client,
            "build",
            path=row["path"],
            dockerfile=row.get("dockerfile"),
            tag=row["name"],
            buildargs=row.get("args"),
            target=row.get("target"),
            platform=row.get("platform"),
            labels=_labels(row),
            rm=True,
            forcerm=True,
            decode=True,
        )

    def _import(self, row):
        labels = _labels(row)
        changes = list(row.get("changes") or ()) + [
            "LABEL %s=%s" % (_quoted(one), _quoted(labels[one])) for one in sorted(labels)
        ]
        repository, _colon, tag = row["name"].rpartition(":")
        args = {"repository": repository, "tag": tag, "changes": changes}
        answer = self.client.call(
            "import_image", row["path"], write=True, **args
        )  # a path, since for a file the SDK sets a timeout
        _told([json.loads(line) for line in answer.splitlines() if line.startswith("{")])


def _labels(row):
    own = {CONTENT: row["content"], NAMES: " ".join(_names(row))}
    if row.get("_owner"):
        own[OWNER] = row["_owner"]
    return dict(row.get("labels") or {}, **own)


def _platform(answer):
    parts = [answer.get(name) for name in ("Os", "Architecture", "Variant")]
    return platform("/".join(filter(None, parts))) if all(parts[:2]) else None


def _names(row):
    return [row["name"], *(row.get("tags") or ())]


def stream(client, method, *args, **kwargs):
    """Do what the engine tells of as it works, to its end; returns its lines, or raises the Failure among them."""

    def work():
        return list(getattr(client.api, method)(*args, **kwargs))

    work.__name__ = method
    lines = client.call(work, write=True)
    _told(lines)
    return lines


def _told(lines):
    """Raise the Failure that is among the engine's lines."""
    before = []
    for line in lines:
        if "error" in line:
            text = str(line["error"]).strip()
            raise explained(Failure("%s. Before that: %s" % (text, " / ".join(before[-5:])) if before else text))
        if (line.get("stream") or "").strip():
            before.append(line["stream"].strip())


def _quoted(text):
    return '"%s"' % text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
