# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a module with the drivers that it needs, and print how far it is while it works."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import threading
import time

from ansible import constants as C
from ansible.plugins.action.normal import ActionModule as Plain
from ansible.utils.display import Display
from ansible_collections.rackwright.platform.plugins.module_utils.core.progress import VARIABLE, sentence
from ansible_collections.rackwright.platform.plugins.plugin_utils.payload import here, slim

FIRST = 3.0  # seconds of work before the first line
PAUSE = 4.0  # seconds between two lines at the least
LONGEST = 30.0  # seconds of silence when nothing moves
COPY = "ansible.legacy."  # how a module is called that no collection has

display = Display()


class ActionModule(Plain):
    """The action of the modules of this collection that speak to providers; which ones stands in meta/runtime.yml."""

    def run(self, tmp=None, task_vars=None):
        """Run the module as ever; over a local connection, tell its progress."""
        if self._connection.transport != "local" or self._task.async_val or not wanted():
            return super().run(tmp, task_vars)
        handle, path = tempfile.mkstemp(prefix="rackwright-progress-")
        os.fchmod(handle, 0o622)  # the module may run as another user
        os.close(handle)
        over = threading.Event()
        teller = threading.Thread(target=tell, args=(path, over), daemon=True)
        self._task.environment = [*(self._task.environment or []), {VARIABLE: path}]
        teller.start()
        try:
            return super().run(tmp, task_vars)
        finally:
            over.set()
            teller.join()
            os.unlink(path)

    def _execute_module(self, module_name=None, *args, **options):
        """Run the module, or a copy of it that takes less time to pack."""
        own = module_name in (None, self._task.action) and self._copy(options.get("task_vars") or {})
        return super()._execute_module(own or module_name, *args, **options)

    def _update_module_args(self, module_name, module_args, *args, **options):
        """Messages of the copy name the module that the user knows."""
        super()._update_module_args(module_name, module_args, *args, **options)
        if module_name.startswith(COPY):
            module_args["_ansible_module_name"] = self._task.action

    def _copy(self, variables):
        """The name of the copy, None where there is none."""
        loader, folder = self._shared_loader_obj.module_loader, C.DEFAULT_LOCAL_TMP
        try:
            found = loader.find_plugin_with_context(self._task.action, collection_list=self._task.collections)
            # another user may not be allowed to read what is ours
            own = self._connection.transport == "local" and not self._connection.become
            path = own and here(found.plugin_resolved_path, folder, self._may_be_bare(variables))
            path = path or slim(found.plugin_resolved_path, self._task.args, folder)
        except (OSError, TypeError) as error:
            display.vvv("%s is sent with all its drivers: %s" % (self._task.action, error))
            return None
        if path is None:
            return None
        loader.add_directory(os.path.dirname(path))
        return COPY + os.path.basename(path)[:-3]

    def _may_be_bare(self, variables):
        """Whether the task runs on Ansible's own Python, and its arguments may lie in a file until it begins."""
        if self._task.async_val or self._is_pipelining_enabled("new") or C.DEFAULT_KEEP_REMOTE_FILES:
            return False
        if self._task.delegate_to:
            variables = (variables.get("ansible_delegated_vars") or {}).get(self._task.delegate_to) or {}
        return self._templar.template(variables.get("ansible_python_interpreter")) == sys.executable


def wanted():
    """Whether the user wants to see progress."""
    return os.environ.get("RACKWRIGHT_PROGRESS_LINES", "true").lower() not in ("0", "false", "no", "off")


def tell(path, over):
    """Print the newest line of the file `path` now and then, until `over` is set."""
    begun = time.monotonic()
    told, last = None, begun + FIRST - PAUSE
    while not over.wait(0.5):
        now = time.monotonic()
        if now - last < PAUSE:
            continue
        line = newest(path)
        if line and (line != told or now - last >= LONGEST):
            display.display(sentence(line, now - begun), color="cyan")
            told, last = line, now


def newest(path):
    """The last whole line of the file, decoded; None while there is none."""
    try:
        with open(path, "rb") as source:
            source.seek(max(0, os.path.getsize(path) - 4096))
            lines = source.read().split(b"\n")[:-1]
        return json.loads(lines[-1]) if lines else None
    except (OSError, ValueError):
        return None
