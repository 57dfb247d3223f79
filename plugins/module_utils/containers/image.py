# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a container image is, whichever engine holds it; pure."""

from __future__ import annotations

import re

from ..core.errors import Refused
from ..core.field import Field
from ..core.options import LIMITS, OWNER, PRUNE, owner_of_prune, recreate
from ..core.resource import Resource
from ..core.secrets import masked
from . import context, forms

SOURCES = ("pull", "load", "build", "import")
DIGEST = re.compile(r"sha256:[0-9a-f]{64}\Z")
TAKES = {  # which inputs each source has; the first is needed
    "pull": ("digest", "platform"),
    "load": ("path",),
    "build": ("path", "dockerfile", "args", "target", "labels", "platform"),
    "import": ("path", "changes", "labels"),
}
INPUTS = ("path", "dockerfile", "args", "target", "labels", "changes", "digest", "platform")
NEEDED = ("load", "build", "import")


def tagged(value):
    """An image's name with its tag, as it can be given to an image."""
    done = forms.reference(value)
    if "@" in done or forms.IMAGE_ID.match(done):
        raise ValueError("%r is no name that an image can be given, such as team/web:1.2" % value)
    return done


def names(values):
    """Names in order, each once."""
    return sorted({tagged(value) for value in values})


def digest(value):
    """A registry's digest."""
    if not DIGEST.match(value):
        raise ValueError("%r is not a digest: sha256: and 64 hexadecimal digits" % value)
    return value


IMAGE_STATE = Field(
    "state", choices=("present", "absent"), help="V(absent) takes this name away, and the image with its last name."
)
DECLARED = (
    Field("name", required=True, normal=forms.reference, help="The image's name; without a tag it is V(latest)."),
    Field(
        "source",
        choices=SOURCES,
        compare="ignore",
        help=(
            "V(pull) it from its registry, V(load) an archive of C(docker save), V(build) a folder with a Dockerfile,",
            "or V(import) a tar of a whole file system. By default V(pull).",
        ),
    ),
    Field(
        "path",
        type="path",
        compare="ignore",
        help="The archive, the folder or the tar, on the machine that the module runs on.",
    ),
    Field("dockerfile", compare="ignore", help="The Dockerfile within the folder; by default C(Dockerfile)."),
    Field(
        "args",
        type="dict",
        compare="ignore",
        normal=forms.environment,
        mask=masked,
        help="Arguments of the build. An image remembers them: they are no place for secrets.",
    ),
    Field("target", compare="ignore", help="The stage of the Dockerfile to build; by default the last."),
    Field(
        "labels",
        type="dict",
        normal=forms.labels,
        compare="subset",
        help="Labels for the image that is built or imported.",
    ),
    Field(
        "changes",
        type="list",
        elements="str",
        compare="ignore",
        help='Dockerfile instructions for an imported image, such as V(CMD ["/sbin/init"]).',
    ),
    Field(
        "digest",
        normal=digest,
        help="The digest that the registry must give for it. A different one is pulled, and the tag moves to it.",
    ),
    Field(
        "platform",
        normal=context.platform,
        help="For which platform it is to be, such as V(linux/arm64); by default the engine's own.",
    ),
    Field(
        "tags", type="list", elements="str", normal=names, compare="subset", help="Further names for the same image."
    ),
    Field(
        "push",
        type="bool",
        normal=lambda value: value or None,
        help="Have it in its registry too, by its name and O(images[].tags); what is there already is not sent again.",
    ),
)
REPORTED = (
    Field("content", given=False, help="What it is made from, as a SHA-256."),
    Field("id", given=False, help="The image's id."),
    Field("created", given=False, compare="ignore", help="When it was made (ISO 8601, UTC)."),
    Field("size", type="int", given=False, compare="ignore", help="Its size in bytes."),
)


def check(rows):
    """What an image's source needs and what it cannot take."""
    problems = []
    for row in rows:
        source, label = row.get("source", "pull"), "image %s" % row["name"]
        if source in NEEDED and not row.get("path"):
            problems.append("%s: source %s needs path" % (label, source))
        stray = [name for name in INPUTS if row.get(name) is not None and name not in TAKES[source]]
        if stray:
            problems.append("%s: source %s does not take %s; leave it out" % (label, source, " and ".join(stray)))
        if source != "pull" and (forms.IMAGE_ID.match(row["name"]) or "@" in row["name"]):
            problems.append("%s: an image that is made here needs a name with a tag" % label)
    return problems


def as_text(row):
    """An image for a diff: what is set, one line each."""
    shown = IMAGE.shown(row)
    return "".join("%s: %s\n" % (name, value) for name, value in shown.items() if value not in ("", [], {}))


IMAGE = Resource("image", "images", fields=DECLARED + REPORTED, check=check, text=as_text)

IMAGES = Field(
    "images",
    type="list",
    elements="dict",
    required=True,
    options=DECLARED + (IMAGE_STATE,),
    help="The images. An image that is made here is made anew only when what it is made from has changed.",
)
STATE = Field(**dict(vars(IMAGE_STATE), default="present", help="The state of every image that names none itself."))
PULL = Field(
    "pull",
    choices=("missing", "always"),
    default="missing",
    help="V(always) asks the registry, and pulls what differs from there; in check mode it only asks.",
)
STAMPED = Field(
    **dict(
        vars(OWNER),
        help=(
            "Who the images belong to that are built or imported here: a name that is put into their labels.",
            "Images that are pulled or loaded have no place for it and are nobody's.",
        ),
    )
)
MANAGE = (IMAGES, STATE, PULL, STAMPED, PRUNE, recreate("auto"), LIMITS)


def declared(params):
    """The canonical rows and the names that must not be there, from the options of `container_image`."""
    owner_of_prune(params)
    rows, gone, problems = [], [], []
    for given in params["images"]:
        if (given.get("state") or params["state"]) == "absent":
            try:
                gone.append(forms.reference(given["name"]))
            except ValueError as error:
                problems.append("image %s: %s" % (given["name"], error))
        else:
            rows.append(dict(given, source=given.get("source") or "pull"))
    rows = IMAGE.normalise(rows)
    for row in rows:
        if row["source"] in ("build", "import"):
            row["_owner"] = params["owner"]
    problems += ["image %s: declared both as there and as absent" % row["name"] for row in rows if row["name"] in gone]
    if problems:
        raise Refused(problems)
    return rows, gone
