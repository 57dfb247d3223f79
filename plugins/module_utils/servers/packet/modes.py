# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modes of a server's ports, and the calls that lead from one to another.

The API's word for bonded ports on layer 3 is layer3 without a VLAN, and hybrid-bonded with one. Whatever is changed, a
server that was changed half-way is in one of the modes, from which the next run goes on.
"""

from __future__ import annotations

BOND = "bond0"
LAYER_3, BONDED, INDIVIDUAL, HYBRID = "hybrid-bonded", "layer2-bonded", "layer2-individual", "hybrid"
ALIKE = {"layer3": LAYER_3}


def mode_of(ports):
    """The mode of a server by its ports as the API shows them, None where it does not tell."""
    told = next((port["network_type"] for port in ports if port.get("network_type")), None)
    return ALIKE.get(told, told)


def bonded(mode, port):
    """Whether a port of that name can have networks of its own in that mode."""
    return mode in ((LAYER_3, BONDED, HYBRID) if port == BOND else (INDIVIDUAL, HYBRID))


def steps(have, want, port):
    """[(port's name, what is done to it)] from one mode to another. port: the one that a hybrid has out."""
    found = []
    if have in (HYBRID, INDIVIDUAL):
        found.append((BOND, "bond?bulk_enable=true"))
    flat = have in (BONDED, INDIVIDUAL)
    if flat and want in (LAYER_3, HYBRID):
        found.append((BOND, "convert/layer-3"))
    elif not flat and want == BONDED:
        found.append((BOND, "convert/layer-2"))
    if want == HYBRID:
        found.append((port, "disbond"))
    elif want == INDIVIDUAL:
        found.append((BOND, "disbond?bulk_disable=true"))
    return found


def problems(name, port, mode, have, free):
    """Why a server's port cannot be attached in a mode; a list. mode: the declared one, or None for the one it has,
    `have`. free: whether the server has no elastic addresses."""
    found = []
    if (mode or have) and not bonded(mode or have, port):
        can = " or ".join(one for one in (LAYER_3, BONDED, HYBRID, INDIVIDUAL) if bonded(one, port))
        found.append("port %s of server %s takes networks in mode %s, not in %s" % (port, name, can, mode or have))
    if mode in (BONDED, INDIVIDUAL) and have in (LAYER_3, HYBRID) and not free:
        found.append("server %s has elastic addresses, which layer 2 cannot reach; take them from it first" % name)
    return found
