# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the collection's modules without ansible-playbook: real arguments in, the printed result out.

In this process, which takes no start-up time; or as a process of its own, which can be killed at any moment.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import io
import json
import os
import pathlib
import signal
import subprocess
import sys

if __name__ == "__main__":
    sys.path[0] = str(pathlib.Path(__file__).resolve().parents[1])

import forge
from ansible.module_utils.testing import patch_module_args

with contextlib.suppress(ImportError):
    import botocore.session

    # Amazon's description of its services is read once, and not by each run of a module.
    botocore.session.create_loader = functools.lru_cache(botocore.session.create_loader)

PLUGINS = "ansible_collections.rackwright.platform.plugins"
COLLECTIONS = str(pathlib.Path(__file__).resolve().parents[2] / ".ansible" / "collections")


def run(name, args, check=False, diff=False, fails=False):
    """Run the module and return its result. fails: whether it must fail (None: either)."""
    module = importlib.import_module("%s.modules.%s" % (PLUGINS, name))
    out = io.StringIO()
    with patch_module_args(dict(args, _ansible_check_mode=check, _ansible_diff=diff)), contextlib.redirect_stdout(out):
        try:
            module.main()
        except SystemExit:
            pass
    text = out.getvalue()
    result = json.loads(text)
    assert "Traceback" not in text, text
    if fails is not None:
        assert bool(result.get("failed")) == fails, result.get("msg", result)
    return result


def start(name, args):
    """Start the module as a process of its own; returns the Popen. Its result is on its standard output."""
    process = subprocess.Popen(
        [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    process.stdin.write(json.dumps({"name": name, "args": args}).encode())
    process.stdin.close()
    return process


class Forge(forge.Forge):
    """A process that has loaded a module, and runs it as often as asked."""

    def __init__(self, name):
        super().__init__(__file__, name)
        self.name = name

    def start(self, args):
        """Begin a run; returns its process id."""
        return super().start(name=self.name, args=args, fails=None)

    def killed(self, door, args, **which):
        """Run it, and kill it (SIGKILL) at that request to `door`, which is carried out, and nobody learns of it.

        Returns the status: -SIGKILL when there was such a request.
        """
        begun = []

        def fault(link, request):
            link.carry_out(request)
            os.kill(begun[0], signal.SIGKILL)
            link.reset()

        door.fault(fault, **which)
        with door.lock:  # the first request may come before its sender's id is known
            begun.append(self.start(args))
        return self.end(300)


if __name__ == "__main__":
    sys.path.insert(0, COLLECTIONS)
    if len(sys.argv) > 1:
        importlib.import_module("%s.modules.%s" % (PLUGINS, sys.argv[1]))
        forge.serve(run)
    else:
        print(json.dumps(run(**dict(json.load(sys.stdin), fails=None))))
