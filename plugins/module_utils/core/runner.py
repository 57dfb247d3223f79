# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a program, raising Failure; safe in threads, where AnsibleModule.run_command is not."""

from __future__ import annotations

import subprocess

from .errors import Failure, TimedOut


def run(command, data=None, timeout=60, check=True, keep=()):
    """Run `command` (a list) with text `data` on its standard input; returns (exit status, stdout, stderr).

    timeout: seconds. check: raise Failure with the last lines of stderr when the exit status is not 0. keep: file
    descriptors, such as a lock's, that the program has as long as it lives.
    """
    try:
        done = subprocess.run(
            command,
            input=data,
            capture_output=True,
            text=True,
            errors="replace",  # what programs say may be anything
            timeout=timeout,
            pass_fds=keep,
            check=False,
        )
    except FileNotFoundError:
        raise Failure("The program %s is not installed here, or not on the PATH; install it" % command[0]) from None
    except PermissionError:
        raise Failure("The program %s may not be run by this user" % command[0]) from None
    except subprocess.TimeoutExpired:
        raise TimedOut("%s did not end within %s s" % (command[0], timeout)) from None
    said = done.returncode, done.stdout, done.stderr
    if check:
        succeed(command[0], *said)
    return said


def succeed(program, status, out, err):
    """Raise Failure with the last lines that a program has said, unless its exit status is 0."""
    if status:
        tail = " / ".join((err or out).strip().splitlines()[-3:])
        raise Failure("%s ended with exit status %d: %s" % (program, status, tail))
