# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a module about the very host that it runs on: no provider, no plan, check mode left to the module."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

from .errors import Failure, bug


def launch(work, spec, **constraints):
    """Run a module: `work(module, **params)` returns its result, or raises Failure, which is its error.

    spec: the argument spec. constraints: required_if and the like, for AnsibleModule.
    """
    module = AnsibleModule(argument_spec=spec, supports_check_mode=True, **constraints)
    try:
        result = work(module, **module.params)
    except Failure as failure:
        module.fail_json(msg=str(failure))
    except Exception as error:
        module.fail_json(**bug(error))
    module.exit_json(**result)
