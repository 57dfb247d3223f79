# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AWX's credential types, one for each provider that has secrets, from the table of its options.

What AWX asks for and how it hands it on is described in its user guide under "Custom Credential Types".
"""

from __future__ import annotations

import re

TYPES = ("str", "list", "dict", "path")  # whether to check certificates and how long to wait is the task's to say
FILES = ("ca_file", "cert_file", "clouds_file", "key_file")  # their content is the credential; AWX writes the file

SHORT = ("api", "ca", "id", "soa", "ssh", "url")


def credential_types(providers):
    """The rows of `awx.awx.credential_type`. providers: {name: drivers of that name, of any domain}."""
    rows = []
    for name, drivers in sorted(providers.items()):
        fields = {field.name: field for driver in drivers for field in driver.OPTIONS if _is_part(field)}
        if any(field.secret for field in fields.values()):
            rows.append(_row(name, drivers[0].TITLE, list(fields.values())))
    return rows


def _is_part(field):
    return bool(field.env) and field.type in TYPES and (field.type != "path" or field.name in FILES)


def _row(name, title, fields):
    env = {field.env[0]: _handed_on(field) for field in fields}
    files = {"template.%s" % field.name: "{{ %s }}" % field.name for field in fields if field.type == "path"}
    return {
        "name": "Rackwright %s" % name,
        "description": "%s, for the modules and inventories of rackwright.platform" % title,
        "kind": "cloud",
        "inputs": {
            "fields": [_input(field) for field in fields],
            "required": [field.name for field in fields if field.required],
        },
        "injectors": dict({"env": env}, **({"file": files} if files else {})),
    }


def _handed_on(field):
    """A file that was left out is empty, and its name must not be told."""
    if field.type == "path":
        return "{{ tower.filename.%s if %s else '' }}" % (field.name, field.name)
    return "{{ %s }}" % field.name


def _input(field):
    words = [word.upper() if word in SHORT else word for word in field.name.split("_")]
    label = " ".join(words)
    asked = {"id": field.name, "label": label[0].upper() + label[1:], "type": "string", "help_text": _help(field)}
    if field.choices and field.type == "str":
        asked["choices"] = ["", *field.choices]
    if field.secret or field.name == "key_file":
        asked["secret"] = True
    if field.type in ("dict", "path"):
        asked["multiline"] = True
    return asked


def _help(field):
    """The option's description without markup."""
    text = field.help if isinstance(field.help, str) else " ".join(field.help)
    text = re.sub(r"\b[OCVEMPI]\(([^()]*)\)", r"\1", text)
    spelling = {"dict": " As JSON.", "list": " Separated by commas.", "path": " The file's content."}
    return text + spelling.get(field.type, "")
