# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Work of so many seconds that reports how far it is."""

from __future__ import annotations

import os
import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.rackwright.platform.plugins.module_utils.core.progress import Progress


def main():
    """Count to ten in so many seconds."""
    spec = {
        "seconds": {"type": "float", "default": 0.0},
        "fails": {"type": "bool", "default": False},
        "token": {"type": "str", "no_log": True},
    }
    module = AnsibleModule(argument_spec=spec, supports_check_mode=True)
    progress = Progress("work")
    progress.start(10)
    for _step in range(10):
        time.sleep(module.params["seconds"] / 10)
        progress.step()
    progress.finish()
    module.warn("the work was hard")
    result = {"changed": True, "check": module.check_mode, "user": os.geteuid(), "answer": [1, {"a": "ü"}]}
    if module.params["fails"]:
        module.fail_json(msg="the work failed with %s" % module.params["token"], **result)
    module.exit_json(**result)
