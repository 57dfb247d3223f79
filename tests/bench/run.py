# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure what the collection costs, against the raw API and against its peers, in one run.

    python tests/bench/run.py                    # everything
    python tests/bench/run.py --only containers
    python tests/bench/run.py --pairs 5

Prints a line a case and exits with 1 when a case falls short or could not be measured. docs/performance.md says how.
"""

from __future__ import annotations

import argparse
import datetime
import importlib
import os
import pathlib
import platform
import signal
import sys
import tempfile
import traceback

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[0] = str(ROOT / "tests")  # in place of this folder, whose dns.py would stand before the library of that name
sys.path.append(str(ROOT / ".ansible" / "collections"))  # which some of the servers under test ask

from bench.measure import Missing, Table, Wrong
from bench.playbook import Ansible

PARTS = ("dns", "dns_rfc2136", "dns_route53", "dns_zonefile", "containers", "podman", "containers_inventory")
PARTS += ("servers", "inventory", "ec2", "ironic", "zookeeper")


def main():
    """Run the parts that are asked for; returns the exit status."""
    options = parse(sys.argv[1:])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was made is taken away
    table = Table()
    print(machine(options.pairs), flush=True)
    table.header()
    for name in [options.only] if options.only else PARTS:
        with tempfile.TemporaryDirectory(prefix="rackwright-bench-") as folder:
            ansible = Ansible(ROOT, pathlib.Path(folder))
            try:
                importlib.import_module("bench." + name).measure(table, ansible, options.pairs)
            except Missing as missing:
                table.broken(name, "not measured", missing)
            except Wrong as wrong:
                table.broken(name, "wrong", wrong)
            except Exception:  # the other parts are measured all the same
                table.broken(name, "not measured", traceback.format_exc())
    print(table.verdict(), flush=True)
    return 0 if table.holds else 1


def parse(argv):
    """The command line's options."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--only", choices=PARTS, help="measure this part alone")
    parser.add_argument("--pairs", type=int, default=3, help="timed rounds of each case (default: %(default)s)")
    options = parser.parse_args(argv)
    if options.pairs < 1:
        parser.error("--pairs: at least 1")
    return options


def machine(pairs):
    """What the figures below were measured on."""
    return "%s, %d cores, load %.2f, Python %s, median of %d rounds after one that does not count" % (
        datetime.datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %Z"),
        os.cpu_count(),
        os.getloadavg()[0],
        platform.python_version(),
        pairs,
    )


if __name__ == "__main__":
    sys.exit(main())
