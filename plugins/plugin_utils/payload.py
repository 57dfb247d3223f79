# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module as it is sent to a host: with the drivers that its task speaks of, and no others.

Ansible packs all that a module's source imports, so a module that knows ten providers carries ten drivers, and packing
them takes longer than its work. Here is a copy of the source whose registry holds the drivers at hand; and, for a host
that has the collection, since it is this one, a few lines that run the module where it is.
"""

from __future__ import annotations

import importlib
import os
import re
import tempfile

import ansible

COLLECTION = "rackwright.platform"
UTILS = "ansible_collections.%s.plugins.module_utils." % COLLECTION
REGISTRY = re.compile(r"^from %s(\w+)\.registry import DRIVERS$" % re.escape(UTILS), re.M)
LOADER = re.compile(r"^def _(\w+)\(\):\n    from \.drivers\.(\w+) import (\w+)$", re.M)
HEAD = "from %score.driver import Drivers\n" % UTILS
ROOTED = re.compile(r"(.*/ansible_collections)/%s/plugins/modules/(\w+)\.py$" % COLLECTION.replace(".", "/"))
HERE = """\
#!/usr/bin/python
import importlib
import sys
import types

%s

sys.modules["ansible_collections"] = package = types.ModuleType("ansible_collections")
package.__path__ = [%r]
if __name__ == "__main__":
    importlib.import_module("ansible_collections.%s.plugins.modules.%s").main()
"""
PACKED = "from ansible.module_utils.basic import AnsibleModule  # or Ansible takes this for no module of its own"
# What Ansible's wrapper does, for a module that Ansible is told to run as it is: WANT_JSON, arguments in a file.
BARE = """\
import os

sys.path.append(%r)
basic = importlib.import_module("ansible.module_utils.basic")
basic._ANSIBLE_PROFILE = "legacy"
with open(sys.argv[1], "rb") as arguments:  # WANT_JSON
    basic._ANSIBLE_ARGS = b'{"ANSIBLE_MODULE_ARGS": ' + arguments.read() + b"}"
os.unlink(sys.argv[1])  # secrets may be in it, and this may be killed"""
BODY = "\n\ndef _%s():\n    from " + UTILS + "%s.drivers.%s import %s\n\n    return %s\n"


def slim(path, args, folder):
    """The path of a copy in `folder` of the module at `path` for a task with these arguments; None: take it as it is.

    folder: the controller's own, which goes when it ends.
    """
    with open(path, encoding="utf-8") as stream:
        source = stream.read()
    domain = REGISTRY.search(source)
    if not domain:
        return None
    registry = importlib.import_module("%s%s.registry" % (UTILS, domain.group(1)))
    meant = spoken_of(args, list(registry.DRIVERS))
    loaders = {name: rest for name, *rest in LOADER.findall(_text(registry.__file__))}
    if not meant or not meant <= set(loaders):
        return None
    name = "rackwright_%s_%s.py" % (os.path.basename(path)[:-3], "_".join(sorted(meant)))
    target = os.path.join(folder, name)
    if not os.path.exists(target):
        _write(target, REGISTRY.sub(lambda _found: _drivers(domain.group(1), registry.DRIVERS, meant, loaders), source))
    return target


def here(path, folder, bare=False):
    """The path of a file in `folder` that runs the module at `path` where it is, compiled; None: it can't be told.

    bare: the Python that runs it has ansible-core of its own, so that it is not packed with a part of that, which takes
    longer to pack and to load than most modules take for their work.
    """
    found = ROOTED.match(path)
    if not found:
        return None
    target = os.path.join(folder, "rackwright_%s_%s.py" % ("bare" if bare else "here", found.group(2)))
    if not os.path.exists(target):
        start = BARE % os.path.dirname(os.path.dirname(ansible.__file__)) if bare else PACKED
        _write(target, HERE % (start, found.group(1), COLLECTION, found.group(2)))
    return target


def spoken_of(args, names):
    """The providers whose drivers a task needs; None where that cannot be told."""
    places = args.get("targets") or [args]
    if not isinstance(places, list) or not all(isinstance(place, dict) for place in places):
        return None
    chosen = [place.get("provider") for place in places]
    if not all(name in names for name in chosen):
        return None
    return set(chosen) | {name for name in names for place in [args, *places] if place.get(name) is not None}


def _drivers(domain, names, meant, loaders):
    loading = "".join(BODY % (name, domain, *loaders[name], loaders[name][1]) for name in sorted(meant))
    known = ", ".join("%s=%s" % (name, "_" + name if name in meant else None) for name in names)
    return "%s%s\n\nDRIVERS = Drivers(%s)\n" % (HEAD, loading, known)


def _text(path):
    with open(path, encoding="utf-8") as stream:
        return stream.read()


def _write(path, text):
    """Whole or not at all: other forks may want the same."""
    handle, draft = tempfile.mkstemp(dir=os.path.dirname(path))
    with open(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
    os.replace(draft, path)
