# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the collection's modules without ansible-playbook: real arguments in, the printed result out.

In this process, which takes no start-up time; or as a process of its own, which can be killed at any moment.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import pathlib
import subprocess
import sys

from ansible.module_utils.testing import patch_module_args

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


if __name__ == "__main__":
    sys.path.insert(0, COLLECTIONS)
    print(json.dumps(run(**dict(json.load(sys.stdin), fails=None))))
