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
import subprocess
import sys

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


class Forge:
    """A process that has loaded a module once, and runs it in a child of its own as often as asked: a run costs no
    start, and can be killed at any moment."""

    def __init__(self, name):
        self.process = subprocess.Popen(
            [sys.executable, __file__, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.name = name

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()

    def start(self, args):
        """Begin a run; returns its process id."""
        self.process.stdin.write(json.dumps({"name": self.name, "args": args}) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def end(self):
        """Wait until the run is over; returns the signal that ended it, or 0."""
        return json.loads(self.process.stdout.readline())


def forge(name):
    """The life of a Forge's process: a line of arguments in, the child's id out, and how it ended."""
    importlib.import_module("%s.modules.%s" % (PLUGINS, name))
    for line in sys.stdin:
        child = os.fork()
        if not child:
            run(**dict(json.loads(line), fails=None))
            os._exit(0)
        print(child, flush=True)
        _pid, status = os.waitpid(child, 0)
        print(os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0, flush=True)


if __name__ == "__main__":
    sys.path.insert(0, COLLECTIONS)
    if len(sys.argv) > 1:
        forge(sys.argv[1])
    else:
        print(json.dumps(run(**dict(json.load(sys.stdin), fails=None))))
