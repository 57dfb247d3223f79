# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules that kube-proxy and the kubelet leave in the packet filter, and what undoes them and no more. Pure."""

from __future__ import annotations

import re

OURS = re.compile(r"KUBE-[A-Z0-9-]+$")


def undo(saved):
    """Of what iptables-save tells, the input of `iptables-restore --noflush` that removes the chains KUBE-*."""
    done = []
    for table, lines in tables(saved):
        chains = [line[1:].split()[0] for line in lines if line.startswith(":")]
        doomed = [chain for chain in chains if OURS.match(chain)]
        if not doomed:
            continue
        jumps = [line for line in lines if line.startswith("-A ") and into(line, doomed)]
        done.append("*" + table)
        done += ["-D" + line[2:] for line in jumps]
        done += ["-F " + chain for chain in doomed] + ["-X " + chain for chain in doomed]
        done.append("COMMIT")
    return "".join(line + "\n" for line in done)


def tables(saved):
    """(name, lines) of each table."""
    parts = re.split(r"^\*(\w+)\n", saved, flags=re.MULTILINE)[1:]
    return [(name, text.splitlines()) for name, text in zip(parts[::2], parts[1::2])]


def into(line, doomed):
    """Whether a rule of another chain jumps into one of these."""
    words = line.split()
    return words[1] not in doomed and any(a in ("-j", "-g") and b in doomed for a, b in zip(words, words[1:]))
