# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a plugin of a Docker engine is, how the engine spells it, and what it may do; pure."""

from __future__ import annotations

from ..core.field import Field
from ..core.resource import Resource
from ..core.secrets import masked
from . import forms, things

HUB = "docker.io/"


def source(value):
    """Where a plugin comes from, as the engine spells it: with registry and tag."""
    text = forms.reference(value)
    first, slash, _rest = text.partition("/")
    there = slash and ("." in first or ":" in first or first == "localhost")
    return text if there else HUB + text


def privileges(values):
    """What is granted, by its kind, as lists of texts."""
    done = {}
    for kind, value in values.items():
        listed = value if isinstance(value, list) else [value]
        done[kind] = [str(one).lower() if isinstance(one, bool) else str(one) for one in listed]
    return done


DECLARED = (
    Field(
        "name", required=True, normal=forms.reference, help="The plugin's name on the engine; without a tag C(latest)."
    ),
    Field("source", normal=source, help="Where it comes from, with a tag or digest; left out, the name says it."),
    Field(
        "privileges",
        type="dict",
        normal=privileges,
        compare="ignore",
        help=(
            "What it may do, by kind, such as V({network: [host], capabilities: [CAP_SYS_ADMIN]}).",
            "A plugin that asks for more is refused, and the error says what it asks for.",
        ),
    ),
    Field(
        "settings",
        type="dict",
        normal=forms.texts,
        compare="subset",
        mask=masked,
        help=(
            "What can be set of it: environment variables by name, C(args), C(<mount>.source) and C(<device>.path).",
            "Others stay as they are. Values are masked where their name looks secret.",
        ),
    ),
    Field(
        "enabled",
        type="bool",
        default=True,
        help="Whether it runs. It is stopped for as long as its settings or its source are changed.",
    ),
)
REPORTED = (
    Field("id", given=False, compare="ignore", help="The engine's id of it."),
    Field(
        "types", type="list", given=False, compare="ignore", help="What it is for, such as C(docker.volumedriver/1.0)."
    ),
    Field("description", given=False, compare="ignore", help="What it says of itself."),
)
PLUGIN = Resource("plugin", "plugins", fields=DECLARED + REPORTED)
MANAGE = (
    Field(
        "plugins", type="list", elements="dict", required=True, options=(*DECLARED, things.STATE), help="The plugins."
    ),
    Field(
        **dict(vars(things.STATE), default="present", help="The state of every plugin that names none itself."),
    ),
    Field("timeout", type="int", default=30, help="Seconds that each may take to answer once it is enabled."),
)
READ = (Field("names", type="list", elements="str", help="Only the plugins of these names."),)


def chosen(rows, names):
    """The rows of these names in any spelling, None for all, by name."""
    wanted = None if names is None else {forms.reference(name) for name in names}
    return sorted((row for row in rows if wanted is None or row["name"] in wanted), key=PLUGIN.key)


def seen(answer):
    """A plugin as the engine tells it, as a row."""
    settings, config = answer["Settings"], answer["Config"]
    values = dict(text.partition("=")[::2] for text in settings.get("Env") or ())
    values["args"] = " ".join(settings.get("Args") or ())
    values.update((one["Name"] + ".source", one.get("Source") or "") for one in settings.get("Mounts") or ())
    values.update((one["Name"] + ".path", one.get("Path") or "") for one in settings.get("Devices") or ())
    return {
        "name": answer["Name"],
        "source": answer.get("PluginReference") or None,
        "settings": values,
        "enabled": answer["Enabled"],
        "id": answer.get("Id"),
        "types": list((config.get("Interface") or {}).get("Types") or ()),
        "description": config.get("Description") or "",
    }


def ungranted(asked, granted):
    """What a plugin asks for (the engine's list) beyond what is granted, in the words in which it is declared."""
    missing = []
    for one in asked:
        values = [str(value) for value in one.get("Value") or ()]
        free = one["Name"] == "network" and values == ["none"]  # the engine asks for this, too
        if not free and not set(values) <= set(granted.get(one["Name"], ())):
            missing.append("%s: [%s]" % (one["Name"], ", ".join(values)))
    return ", ".join(missing)
