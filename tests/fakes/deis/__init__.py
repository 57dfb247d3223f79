# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fake: controllers of the Deis line in this process, Hephy and Drycc, as far as the modules deis_* ask them.

They answer as real controllers were recorded to (tests/unit/cases/deis), each pair of request and answer replayed by
tests/integration/test_deis_fake.py. Pods are numbers here, nodes have the one label ssd=true, and nothing is deployed.

with Hephy() as platform:
    platform.url, platform.token, platform.apps      # {id: App}
"""

from __future__ import annotations

from fakes.deis.drycc import Drycc
from fakes.deis.hephy import Hephy

__all__ = ["Drycc", "Hephy"]
