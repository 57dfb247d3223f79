# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user may say about machines with a Redfish controller, and whether it makes sense."""

from __future__ import annotations

from ...core.errors import Refused
from ...core.field import Field
from ..resource import hostname

LOGIN = ("url", "username", "password")
MACHINES = Field(
    "machines",
    type="list",
    elements="dict",
    options=(
        Field("name", required=True, help="What the server is called."),
        Field("url", help="Its controller's address. By default O(redfish.url)."),
        Field("username", help="Who logs in there. By default O(redfish.username)."),
        Field("password", secret=True, help="His password. By default O(redfish.password)."),
        Field(
            "system", help="Which of the controller's systems it is: its id or name. Needed where there are several."
        ),
        Field("facility", help="Where it stands."),
        Field("address", help="Where its operating system is reached by SSH; the controller does not know."),
        Field("user", help="Who logs in by SSH there. By default V(root)."),
    ),
    help=("The machines.", "Without them, every system of the controller at O(redfish.url), by the name it has there."),
)
OPTIONS = (
    Field("url", env=("RACKWRIGHT_REDFISH_URL",), help="A controller's address, such as V(https://10.0.0.5)."),
    Field("username", env=("RACKWRIGHT_REDFISH_USERNAME",), help="Who logs in, by default without a login."),
    Field("password", secret=True, env=("RACKWRIGHT_REDFISH_PASSWORD",), help="His password."),
    Field(
        "login",
        choices=("basic", "session"),
        default="basic",
        env=("RACKWRIGHT_REDFISH_LOGIN",),
        help=(
            "Send the password with each request, or open a session first, which ends with the task.",
            "Controllers have few sessions; those of a task that is killed last until they time out.",
        ),
    ),
    MACHINES,
    Field("verify", type="bool", default=True, env=("RACKWRIGHT_REDFISH_VERIFY",), help="Check certificates."),
    Field("ca_file", type="path", env=("RACKWRIGHT_REDFISH_CA_FILE",), help="The authorities they must come from."),
    Field(
        "timeout",
        type="int",
        default=30,
        env=("RACKWRIGHT_REDFISH_TIMEOUT",),
        help="Seconds to wait for one answer of a controller.",
    ),
    Field(
        "shutdown",
        type="int",
        default=120,
        env=("RACKWRIGHT_REDFISH_SHUTDOWN",),
        help="Seconds that an operating system has to shut down before the power is taken away.",
    ),
    Field(
        "patience",
        type="int",
        default=300,
        env=("RACKWRIGHT_REDFISH_PATIENCE",),
        help="Seconds that a machine may take to go on or off.",
    ),
)


def machines(options):
    """The machines as given, with what they leave out; None for all of one controller. Raises Refused."""
    given = options.get("machines")
    if given is None:
        if not options.get("url"):
            raise Refused(
                "provider redfish: neither redfish.url nor redfish.machines is set; give one, or set the environment "
                "variable RACKWRIGHT_REDFISH_URL"
            )
        return None
    done, problems, seen = [], [], set()
    for row in given:
        row = dict(row, **{name: row.get(name) or options.get(name) for name in LOGIN})
        try:
            row["name"] = hostname(row["name"])
        except ValueError as error:
            problems.append("redfish.machines: %s" % error)
        if not row["url"]:
            problems.append("redfish.machines: %s has no url; give it there or for all" % row["name"])
        if row["name"] in seen:
            problems.append("redfish.machines: %s is there more than once; keep one of them" % row["name"])
        seen.add(row["name"])
        done.append(row)
    if problems:
        raise Refused(problems)
    return done
