# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Contexts as the docker client has them: an engine's address by a name, with the certificates to reach it."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from urllib.parse import urlsplit

from ..core import files
from ..core.errors import Refused
from .authority import CLIENT, PEMS, Authority

NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.+-]+\Z")
MARK = "rackwright"  # in the metadata of those that are ours; the client keeps fields that it does not know


class Context:
    """The context `name` below the docker client's `folder`."""

    def __init__(self, folder, name):
        if not NAME.match(name) or name == "default":
            raise Refused("%s is no name of a context: use letters, digits and _.+-, and not default" % name)
        self.name, ident = name, hashlib.sha256(name.encode("utf-8")).hexdigest()
        self.meta = os.path.join(folder, "contexts", "meta", ident, "meta.json")
        self.tls = os.path.join(folder, "contexts", "tls", ident)

    def present(self, endpoint, description, pems):
        """[Write]: what makes the context be so. pems: texts by the file's name, none without TLS."""
        before = self._ours()
        there = {"Host": endpoint, "SkipTLSVerify": False}
        told = {"Description": description, MARK: True}
        meta = {"Name": self.name, "Metadata": told, "Endpoints": {"docker": there}}
        same = before is not None and before == meta
        writes = [files.Write(self._pem(name), files.read(self._pem(name)), pems.get(name)) for name in PEMS]
        text = files.read(self.meta)
        return files.changes([*writes, files.Write(self.meta, text, text if same else json.dumps(meta) + "\n")])

    def absent(self):
        """Folders that are to go."""
        self._ours()
        return [path for path in (os.path.dirname(self.meta), self.tls) if os.path.isdir(path)]

    def _pem(self, name):
        return os.path.join(self.tls, "docker", name)

    def _ours(self):
        text = files.read(self.meta)
        try:
            found = json.loads(text) if text else None
        except ValueError:
            found = {}
        if found is not None and not (found.get("Metadata") or {}).get(MARK):
            raise Refused(
                "The docker client here has a context %s already, made by someone else: give another name, or remove "
                "it with docker context rm" % self.name
            )
        return found


def work(dry, name, endpoint, description, config, authority, names, days, state):
    """Make the context be there or not; what the module returns. Raises Failure."""
    context = Context(config, name)
    if state == "absent":
        gone = context.absent()
        server = os.path.join(authority, "servers", name) if authority else ""
        gone += [server] if os.path.isdir(server) else []
        for path in [] if dry else gone:
            shutil.rmtree(path)
        return {"changed": bool(gone), "server": "", "made": []}
    host = address(endpoint)
    if not endpoint.startswith("tcp://"):
        return _written(dry, context.present(endpoint, description, {}), "", [])
    if not authority:
        raise Refused("%s needs authority, a folder for its certificates" % endpoint)
    store = Authority(authority, days)
    made, pems = _certified(dry, store, name, sorted({host, *names}))
    # what is not made yet in check mode cannot be compared
    writes = [] if dry and made else context.present(endpoint, description, pems)
    return _written(dry, writes, store.server(name), made)


def address(endpoint):
    """The host that an endpoint names."""
    found = urlsplit(endpoint)
    if found.scheme not in ("tcp", "ssh") or not found.hostname:
        raise Refused("%s is no address such as tcp://192.0.2.21:2376 or ssh://deploy@web1" % endpoint)
    return found.hostname


def _certified(dry, store, name, names):
    """(what was made, the client's files)."""
    if dry:
        made = store.lacking(name, names)
    else:
        with store.alone():
            made = store.lacking(name, names)
            store.make(made, name, names)
    return made, {pem: files.read(store.path(CLIENT, pem)) for pem in PEMS}


def _written(dry, writes, server, made):
    if not dry:
        files.carry_out(writes, 0o600)
    return {"changed": bool(writes or made), "server": server, "made": made}
