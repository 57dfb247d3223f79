# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs, rounds and the table. A ratio is taken within a round, so that a busy machine slows both of its sides."""

from __future__ import annotations

import resource
import signal
import statistics
import subprocess
import time
from dataclasses import dataclass
from subprocess import PIPE

COLUMNS = (
    ("case", 33),
    ("ours", 15),
    ("limit", 15),
    ("peer", 15),
    ("ratio", 17),
    ("cpu", 5),
    ("goal", 26),
    ("requests", 24),
    ("verdict", 0),
)
BUSY = 1.3  # clock over CPU seconds of N; on a free machine it is about 1.05


class Missing(Exception):
    """Something is needed for measuring and is not there; the text says what, and how to get it."""


class Wrong(Exception):
    """The work that was timed was not done, or done though nothing was to do."""


@dataclass(frozen=True)
class Run:
    """One timed run: wall and CPU seconds (user + system; a server's own are not in it), and what was printed."""

    wall: float
    cpu: float
    out: str = ""

    def __add__(self, other):
        return Run(self.wall + other.wall, self.cpu + other.cpu)

    def times(self, factor):
        """This run `factor` times over."""
        return Run(self.wall * factor, self.cpu * factor)


def command(argv, cwd, env):
    """Run a command and its children to their end. Raises Wrong with what it printed when it fails."""
    before = _children()
    begun = time.perf_counter()
    with subprocess.Popen(argv, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=PIPE, stderr=PIPE, text=True) as run:
        try:
            out, complaints = run.communicate()
        except BaseException:  # interrupted: let it end its own children, too
            run.send_signal(signal.SIGINT)
            run.communicate()
            raise
    wall = time.perf_counter() - begun
    if run.returncode:
        said = out + complaints
        said = said if len(said) < 4000 else said[:2500] + "\n[...]\n" + said[-1000:]
        raise Wrong("%s ended with %d:\n%s" % (argv[0], run.returncode, said))
    return Run(wall, _children() - before, out)


def calls(function, *args):
    """Run a function of this process, threads and all."""
    cpu, begun = time.process_time(), time.perf_counter()
    function(*args)
    return Run(time.perf_counter() - begun, time.process_time() - cpu)


def _children():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def rounds(groups, pairs):
    """Run every group once for warmth, then `pairs` times in turn; returns {name: [Run, ...]}.

    groups: lists of (name, function) that belong together, such as create and remove. Every other round runs the
    groups backwards, so that none always comes after the same one.
    """
    runs = {}
    for turn in range(pairs + 1):
        for group in groups if turn % 2 else reversed(groups):
            for name, function in group:
                run = function()
                if turn:
                    runs.setdefault(name, []).append(run)
    return runs


def tally(requests):
    """Requests by method, as `1 GET, 1 PATCH`."""
    methods = [request.method for request in requests]
    return ", ".join("%d %s" % (methods.count(method), method) for method in sorted(set(methods))) or "none"


class Table:
    """Prints a line a case; `holds` is false once one of them has fallen short."""

    def __init__(self):
        self.holds = True
        self.cases = self.short = 0
        self.waited = []

    def header(self):
        """The names of the columns, and what they mean."""
        print("Seconds are wall/CPU. N is the playbook with one task that does nothing, raw the API without Ansible.")
        self._print([name for name, _width in COLUMNS])

    def time(self, case, ours, against, goal, text, peer=False, requests="", counted=True):
        """Judge runs of ours by those they are held against, round for round.

        goal: the largest ratio that holds; text: the same in words. peer: whether `against` is another tool's.
        requests: what was counted in a run apart; counted: whether that many is right.
        """
        ratios = [our.wall / their.wall for our, their in zip(ours, against, strict=True)]
        ratio = statistics.median(ratios)
        cpu = _median([run.cpu for run in ours]) / max(1e-9, _median([run.cpu for run in against]))
        bound = _seconds(against)
        spread = "%.2f (%.2f-%.2f)" % (ratio, min(ratios), max(ratios))
        cells = [case, _seconds(ours), "-" if peer else bound, bound if peer else "-", spread, "%.2f" % cpu, text]
        self._judge([*cells, requests], ratio <= goal and counted)

    def count(self, case, found, goal, text):
        """Judge a number of requests by the number it may be."""
        self._judge([case, "-", "-", "-", "-", "-", text, found], goal)

    def beyond(self, case, ours, floor, goal):
        """Judge the CPU seconds that ours takes beyond the floor, round for round."""
        more = [our.cpu - their.cpu for our, their in zip(ours, floor, strict=True)]
        text = "CPU +%.2f s (%.2f-%.2f)" % (_median(more), min(more), max(more))
        self._judge(
            [case, _seconds(ours), _seconds(floor), "-", text, "", "CPU +%.2f s" % goal, ""], _median(more) <= goal
        )

    def note(self, case, ours, against):
        """A figure that is told and not judged: what ours takes beyond the other, in seconds."""
        more = [our.wall - their.wall for our, their in zip(ours, against, strict=True)]
        cpu = _median([run.cpu for run in ours]) - _median([run.cpu for run in against])
        text = "%+.2f s (%.2f to %.2f), CPU %+.2f s" % (_median(more), min(more), max(more), cpu)
        self._print([case, _seconds(ours), _seconds(against), "-", text])

    def broken(self, case, verdict, why):
        """A part that could not be measured."""
        self.holds = False
        self.cases += 1
        self.short += 1
        print("%s: %s: %s" % (case, verdict, why), flush=True)

    def note_machine(self, idle):
        """Remember how long the runs of N took by the clock for their CPU seconds: a free machine lets them run."""
        self.waited += [run.wall / run.cpu for run in idle]

    def verdict(self):
        """The last lines."""
        text = "All %d cases hold." % self.cases
        if not self.holds:
            text = "%d of %d cases fall short or were not measured." % (self.short, self.cases)
        if self.waited and _median(self.waited) > BUSY:
            text = (
                "The machine was busy: N took %.1f times its CPU seconds. Measure again when it is free; until then "
                "the column cpu tells more than the clock.\n%s" % (_median(self.waited), text)
            )
        return text

    def _judge(self, cells, good):
        self.cases += 1
        if not good:
            self.holds = False
            self.short += 1
        self._print([*cells, "holds" if good else "falls short"])

    def _print(self, cells):
        line = " ".join(cell.ljust(width) for cell, (_name, width) in zip(cells, COLUMNS))
        print(line.rstrip(), flush=True)


def _median(values):
    return statistics.median(values)


def _seconds(runs):
    return "%.2f/%.2f s" % (_median([run.wall for run in runs]), _median([run.cpu for run in runs]))
