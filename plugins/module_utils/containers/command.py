# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a command that is run in a container is, and what is told of it; pure."""

from __future__ import annotations

from ..core.errors import Refused
from ..core.field import Field
from ..core.options import TIMEOUT
from ..core.resource import Resource
from ..core.secrets import masked
from . import forms

TAIL = 5  # lines of a command's output in an error
WHAT = (
    Field(
        "command",
        type="raw",
        normal=forms.words,
        help=(
            "The program and its arguments: a list of words, or a text to be split as a shell would.",
            "There is no shell, unless you name one, as in V([sh, -c, 'echo $HOME']).",
        ),
    ),
    Field(
        "env",
        type="dict",
        normal=forms.environment,
        mask=masked,
        help="Environment variables beside those of the container. Values are masked where the name looks secret.",
    ),
    Field("user", help="Who it runs as: a name or number, with V(:group) where wanted. By default as the container."),
    Field("working_dir", help="The folder it starts in; by default as the container."),
    Field("stdin", help="What it reads on its standard input. Not by TLS, where the end of it could not be told."),
    Field("creates", help="An absolute path in the container. Where it is there already, nothing is run."),
)
COMMAND = Resource(
    "container",
    "containers",
    fields=(Field("name", required=True, normal=forms.name, help="The container's name."), *WHAT),
)
MANAGE = (
    Field("names", type="list", elements="str", help="Containers in which O(command) is run."),
    Field(
        "containers",
        type="list",
        elements="dict",
        options=COMMAND.fields,
        help="Containers with a command of their own, or whatever else differs from the options of the same name.",
    ),
    *WHAT,
    TIMEOUT,
)


def declared(params):
    """The canonical rows, one a container, from the options of `container_exec`. Raises Refused."""
    common = {field.name: params[field.name] for field in WHAT if params[field.name] is not None}
    rows = [dict(common, name=name) for name in params["names"] or ()]
    for given in params["containers"] or ():
        row = dict(common, **{name: value for name, value in given.items() if value is not None})
        if common.get("env") and given.get("env"):
            row["env"] = dict(common["env"], **given["env"])
        rows.append(row)
    if not rows:
        raise Refused("there is no container to run anything in; name some in names or containers")
    rows = COMMAND.normalise(rows)
    problems = ["container %s: there is no command" % row["name"] for row in rows if not row.get("command")]
    problems += [
        "container %s: creates %r is not an absolute path" % (row["name"], row["creates"])
        for row in rows
        if not row.get("creates", "/").startswith("/")
    ]
    if problems:
        raise Refused(problems)
    return rows


def body(row):
    """A row as what the engine takes to run a command."""
    return {
        "Cmd": row["command"],
        "Env": ["%s=%s" % pair for pair in sorted((row.get("env") or {}).items())],
        "User": row.get("user") or "",
        "WorkingDir": row.get("working_dir") or "",
        "AttachStdin": row.get("stdin") is not None,
        "AttachStdout": True,
        "AttachStderr": True,
        "Tty": False,
    }


def told(row, rc, stdout, stderr):
    """What became of a command."""
    out, err = (text.decode("utf-8", "replace").rstrip("\r\n") for text in (stdout, stderr))
    return {
        "name": row["name"],
        "rc": rc,
        "stdout": out,
        "stderr": err,
        "stdout_lines": out.splitlines(),
        "stderr_lines": err.splitlines(),
    }


def failed(done):
    """Why a command that has ended counts as failed, secrets and all; None when it does not."""
    if done["rc"] == 0:
        return None
    lines = (done["stderr_lines"] or done["stdout_lines"])[-TAIL:]
    return "the command ended with exit status %s: %s" % (done["rc"], " / ".join(lines) or "it said nothing")
