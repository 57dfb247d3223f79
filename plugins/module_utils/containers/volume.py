# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a volume of containers is, and how a Docker Engine API spells it; pure, but for
a look at the folder that one stands for."""

from __future__ import annotations

import re

from ..core.errors import Refused
from ..core.field import MASK, Field
from ..core.resource import Resource
from ..core.secrets import hidden, masked
from . import folder, forms, things

MARK, OWNER = forms.OURS["volume"], forms.OURS["owner"]
NEW = ".rackwright-new"  # ends the name of a volume by which is tried whether the engine makes it
LEFT = "left behind by an interrupted replacement"
PASSWORD = re.compile(r"((?:^|,)pass(?:word)?2?=)([^,]+)")  # in mount options, as cifs has them
NFS = (
    Field("server", required=True, help="The server's name or address."),
    Field("path", required=True, help="What it exports, an absolute path."),
    Field("options", help="Mount options, such as V(nfsvers=4,soft,ro)."),
)
BIND = (
    Field("path", type="path", required=True, help="Its path on the engine's host."),
    Field("owner", help="The user that it belongs to, by name or number. Left out, whoever has it, or makes it."),
    Field("group", help="The group, in the same way."),
    Field("mode", help="Its mode, as octal digits in quotes, such as V('0750')."),
)
TMPFS = (Field("size", help="The most that it holds, such as V(64M); by default half of the host's memory."),)


def shown(values):
    """A driver's options as they may be shown."""
    return {key: PASSWORD.sub(lambda found: found.group(1) + MASK, text) for key, text in masked(values or {}).items()}


def secrets(rows):
    """The texts in the options of rows as they are given that must not be seen anywhere."""
    done = set()
    for row in rows:
        texts = {key: text for key, text in (row.get("options") or {}).items() if isinstance(text, str)}
        done |= hidden(texts)
        for text in [*texts.values(), (row.get("nfs") or {}).get("options") or ""]:
            done |= {found[1] for found in PASSWORD.findall(text) if len(found[1]) > 3}
    return done


def nfs(value):
    """An NFS export as options of the driver `local`."""
    if not value["path"].startswith("/"):
        raise ValueError("path %r is not absolute" % value["path"])
    more = ",%s" % value["options"] if value.get("options") else ""
    return {"type": "nfs", "device": ":" + value["path"], "o": "addr=%s%s" % (value["server"], more)}


def tmpfs(value):
    """A tmpfs as options of the driver `local`."""
    done = {"type": "tmpfs", "device": "tmpfs"}
    return dict(done, o="size=" + forms.size(value["size"])) if value.get("size") else done


DECLARED = (
    Field("name", required=True, normal=things.named("volume"), help="The volume's name."),
    Field("driver", mutable="replace", help="The driver that keeps it; by default V(local)."),
    Field(
        "options",
        type="dict",
        normal=forms.texts,
        mask=shown,
        mutable="replace",
        help=(
            "Options of the driver; V(local) takes C(type), C(device) and C(o) as mount does.",
            "Values are masked where their name looks secret, and where they give a password to mount.",
        ),
    ),
    Field(
        "nfs",
        type="dict",
        options=NFS,
        normal=nfs,
        compare="ignore",
        help="An NFS export, in place of O(volumes[].options).",
    ),
    Field(
        "tmpfs",
        type="dict",
        options=TMPFS,
        normal=tmpfs,
        compare="ignore",
        help="Memory, which is empty again when no container runs that has it. In place of O(volumes[].options).",
    ),
    Field(
        "bind",
        type="dict",
        options=BIND,
        normal=folder.bind,
        compare="subset",
        help=(
            "A folder of the engine's host, in place of O(volumes[].options). It is made where it is missing and kept",
            "with all that is in it when the volume goes. Owner, group and mode are its own, not those of what it",
            "holds, and change in place. The module must run on the engine's host.",
        ),
    ),
    Field("labels", type="dict", normal=forms.labels, mutable="replace", help="Labels of your own."),
)
REPORTED = (
    Field("owner", given=False, mutable="replace", help="Who it belongs to."),
    Field("containers", type="list", given=False, compare="ignore", help="The containers that have it."),
    Field("mountpoint", given=False, compare="ignore", help="Where it lies on the engine's host."),
    Field("created", given=False, compare="ignore", help="When it was made (ISO 8601)."),
)
IN_DIFFS = ("name", "driver", "options", "bind", "labels", "owner")
SHORT = ("nfs", "tmpfs", "bind")  # each for options of the driver local


def as_text(row):
    """A volume for a diff: what is set, one line each."""
    seen_row = VOLUME.shown(row)
    return "".join("%s: %s\n" % (name, seen_row[name]) for name in IN_DIFFS if seen_row.get(name))


def check(rows):
    """What excludes each other in a row, as a list of problems."""
    problems = []
    for row in rows:
        given = [name for name in ("options", *SHORT) if row.get(name)]
        if len(given) > 1:
            problems.append("volume %s: %s exclude each other; keep one" % (row["name"], " and ".join(given)))
        elif given != ["options"] and given and row.get("driver", "local") != "local":
            problems.append("volume %s: %s is of the driver local, not %s" % (row["name"], given[0], row["driver"]))
    return problems


VOLUME = Resource("volume", "volumes", fields=DECLARED + REPORTED, check=check, text=as_text)

MANAGE = things.options(
    VOLUME,
    "The volumes. What is left out is not managed; what differs takes a new volume, which is an empty one.",
    "never",
)
READ = things.reading(VOLUME)


def fit(rows, current, recreate):
    """The declared rows, with options where something stands for them. Raises Refused for what would lose data."""
    there = {row["name"]: row for row in current if not row.get("_debris")}
    done, problems = [], []
    for row in rows:
        want = dict(row)
        for name in ("nfs", "tmpfs"):
            if name in want:
                want.update(options=want.pop(name), driver="local")
        have = there.get(want["name"])
        if "bind" in want:
            want.update(options={"type": "none", "o": "bind", "device": want["bind"]["path"]}, driver="local")
            if have:
                have["bind"] = folder.seen(want["bind"]["path"], want["bind"])
        done.append(want)
        fields = VOLUME.differing(have, want) if have and not have.get("_foreign") else ()
        fields = [field for field in fields if field.mutable == "replace"]
        if fields and recreate == "never" and have["owner"] in (None, want.get("owner")):
            problems.append(_data(have, [field.name for field in fields]))
    if problems:
        raise Refused(problems)
    return done


def _data(have, names):
    seen_row = VOLUME.shown(have)
    there = ", ".join("%s: %s" % (name, seen_row.get(name) or "none") for name in names)
    return (
        "volume %s: %s cannot be changed in place, and a new volume would be empty. Declare what is there (%s), or "
        "allow a new one with `recreate: auto`, once what is in it is saved"
        % (have["name"], " and ".join(names), there)
    )


def seen(answer):
    """A volume as the engine tells it, as a row."""
    labels = answer.get("Labels") or {}
    name = answer["Name"]
    row = {
        "name": name,
        "driver": answer.get("Driver"),
        "options": answer.get("Options") or {},
        "labels": forms.others(labels),
        "owner": labels.get(OWNER),
        "mountpoint": answer.get("Mountpoint"),
        "created": answer.get("CreatedAt"),
        "_actual": name,
    }
    if MARK not in labels:
        row["_foreign"] = "it is a volume that Rackwright did not make"
    elif name == labels[MARK] + NEW:
        row.update(name=labels[MARK], _debris=LEFT)
    return row


def body(row, actual=None):
    """A row as what the engine takes to make a volume. actual: the name, where it is a passing one."""
    labels = dict(row.get("labels") or {}, **{MARK: row["name"]})
    if row.get("owner"):
        labels[OWNER] = row["owner"]
    return {
        "Name": actual or row["name"],
        "Driver": row.get("driver") or "local",
        "DriverOpts": row.get("options") or {},
        "Labels": labels,
    }
