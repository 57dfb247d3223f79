# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pieces of user data made one: cloud-config, shell scripts, Ignition. The same pieces give the same bytes.

Errors say which piece and what, and never quote it: user data holds secrets.
"""

from __future__ import annotations

import json

from ..core.lib import need
from . import ignition
from .seeds import multipart
from .user_data import HEADER, cloud_config, strangers

JINJA = "## template: jinja"
CLOUD, SHELL, IGNITION, TEMPLATE = "cloud-config", "shell", "ignition", "jinja"
PARTS = {CLOUD: "cloud-config", SHELL: "x-shellscript", TEMPLATE: "jinja2"}


class Wrong(ValueError):
    """A piece that cannot be used; its text says which and why."""


def kind_of(piece):
    """What a piece is: a dictionary or a text. Raises Wrong."""
    if isinstance(piece, dict):
        return IGNITION if "ignition" in piece else CLOUD
    first = piece.split("\n", 1)[0].rstrip()
    if first == HEADER:
        return CLOUD
    if first.startswith("#!"):
        return SHELL
    if first.startswith(JINJA):
        return TEMPLATE
    if piece.lstrip().startswith("{"):
        return IGNITION
    raise Wrong("it must begin with #cloud-config, #! or ## template: jinja, or be Ignition's JSON")


def merged(pieces, limit=None, unknown=False):
    """One user data of many pieces, in their order.

    limit: bytes that it may have. unknown: whether keys are taken that cloud-init does not document. Raises Wrong.
    """
    read = []
    for number, piece in enumerate(pieces, 1):
        try:
            kind = kind_of(piece)
            read.append((kind, _decoded(kind, piece, unknown)))
        except Wrong as wrong:
            raise Wrong("piece %d: %s" % (number, wrong)) from None
    text = _joined(read)
    size = len(text.encode("utf-8"))
    if limit is not None and size > limit:
        raise Wrong(
            "together they have %d bytes, %d are allowed; let the server fetch the rest when it boots" % (size, limit)
        )
    return text


def _joined(read):
    kinds = {kind for kind, _data in read}
    if IGNITION in kinds:
        if len(kinds) > 1:
            raise Wrong(
                "Ignition cannot be merged with %s; a server reads one of them"
                % " and ".join(sorted(kinds - {IGNITION}))
            )
        whole = ignition.laid([data for _kind, data in read])
        if whole is None:
            raise Wrong("Ignition 2 and 3 are two formats; a server reads one of them")
        return json.dumps(whole, indent=1, sort_keys=True) + "\n"
    clouds = [data for kind, data in read if kind == CLOUD]
    parts = [(CLOUD, _dumped(_folded(clouds)))] if clouds else []
    parts += [(kind, data) for kind, data in read if kind != CLOUD]
    if not parts:
        return ""
    return parts[0][1] if len(parts) == 1 else multipart([(PARTS[kind], text) for kind, text in parts])


def _decoded(kind, piece, unknown):
    """A piece as data, or as the text that it stays. Raises Wrong."""
    if kind in (SHELL, TEMPLATE):
        return piece
    if kind == CLOUD:
        return _cloud(piece, unknown)
    try:
        data = piece if isinstance(piece, dict) else json.loads(piece)
    except ValueError as error:
        raise Wrong("line %d: it cannot be read as JSON" % getattr(error, "lineno", 1)) from None
    reason = ignition.problem(data)
    if reason:
        raise Wrong(reason)
    return data


def _cloud(piece, unknown):
    need("yaml", "PyYAML", "merging cloud-config")
    text = piece if isinstance(piece, str) else _dumped(piece)
    data, reasons = cloud_config(text)
    if reasons:
        raise Wrong("it is no cloud-config: %s" % "; ".join(reasons))
    strange = {} if unknown else strangers(data)
    if strange:
        near = next(iter(strange.values()))
        hint = "; is it %s?" % near if near else ""
        raise Wrong("cloud-init knows no key %s%s (`unknown=true` takes it)" % (", ".join(strange), hint))
    if not all(isinstance(one, (str, dict)) for one in data.get("users") or () if isinstance(data.get("users"), list)):
        raise Wrong("an entry of users is neither a name nor a mapping")
    for entry in data.get("write_files") or ():
        if not isinstance(entry, dict) or not str(entry.get("path", "")).startswith("/"):
            raise Wrong("an entry of write_files has no absolute path")
    return data


def _dumped(data):
    yaml = need("yaml", "PyYAML", "merging cloud-config")
    return "%s\n%s" % (HEADER, yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=1000))


def _folded(datas):
    whole = {}
    for data in datas:
        whole = over(whole, data)
    return whole


def over(under, upper):
    """`upper` laid over `under`: dictionaries merge, lists are appended without what is there, the rest replaces.

    In which order pieces are put together does not matter as long as a key is of one kind in all of them. Where a list
    meets something else it does, as that forgets the list: pieces are laid one after the other, from the first on.
    """
    if isinstance(under, dict) and isinstance(upper, dict):
        return dict(under, **{key: over(under[key], upper[key]) if key in under else upper[key] for key in upper})
    if isinstance(under, list) and isinstance(upper, list):
        return under + [item for number, item in enumerate(upper) if item not in under and item not in upper[:number]]
    return upper
