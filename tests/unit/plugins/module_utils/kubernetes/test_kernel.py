# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Refused
from ansible_collections.rackwright.platform.plugins.module_utils.kubernetes.host import Host
from ansible_collections.rackwright.platform.plugins.module_utils.kubernetes.kernel import Kernel, without_swap

FSTAB = """# swap was on /dev/sda5
UUID=1 / ext4 defaults 0 1
UUID=2 none swap sw 0 0
/swapfile\tnone\tswap\tsw\t0 0
"""


@pytest.fixture
def root(tmp_path):
    for name, text in {
        "etc/fstab": FSTAB,
        "proc/swaps": "Filename Type\n/dev/sda5 partition\n",
        "proc/sys/net/ipv4/ip_forward": "0\n",
        "proc/sys/net/bridge/bridge-nf-call-iptables": "1\n",
        "sys/module/overlay/x": "",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def run_in(root, ran):
    def run(command, timeout=0, check=True, data=None):
        ran.append(command)
        if command[0] == "swapoff":
            (root / "proc/swaps").write_text("Filename Type\n")
        return (1, "", "not found") if command == ["modprobe", "nothing"] else (0, "", "")

    return run


def test_all_is_made_and_then_nothing_is_left_to_do(root):
    ran = []
    wanted = {"net.ipv4.ip_forward": 1, "net.bridge.bridge-nf-call-iptables": 1}
    kernel = Kernel(Host(str(root), run_in(root, ran)), ["overlay", "br_netfilter"], wanted, True)
    assert kernel.missing() == [] and kernel.unset() == {"net.ipv4.ip_forward": "1"} and kernel.swapping()
    assert len(kernel.writes()) == 3
    kernel.carry_out()
    assert ran == [["swapoff", "--all"]]
    assert kernel.writes() == [] and kernel.unset() == {} and not kernel.swapping()
    assert (root / "etc/modules-load.d/rackwright-kubernetes.conf").read_text().splitlines()[1:] == [
        "overlay",
        "br_netfilter",
    ]
    nothing = Kernel(Host(str(root), run_in(root, ran)), [], {}, False)
    nothing.carry_out()
    assert os.listdir(root / "etc/sysctl.d") == os.listdir(root / "etc/modules-load.d") == []


def test_a_module_that_the_kernel_does_not_have(root):
    with pytest.raises(Refused, match="no module nothing"):
        Kernel(Host(str(root), run_in(root, [])), ["nothing"], {}, False).carry_out()
    with pytest.raises(Refused, match="no setting net.x"):
        Kernel(Host(str(root), run_in(root, [])), [], {"net.x": 1}, False).carry_out()


def test_swap_is_commented_out_once():
    after = without_swap(FSTAB)
    assert [line for line in after.splitlines() if not line.startswith("#")] == ["UUID=1 / ext4 defaults 0 1"]
    assert after.count("#rackwright# ") == 2 and without_swap(after) == after
