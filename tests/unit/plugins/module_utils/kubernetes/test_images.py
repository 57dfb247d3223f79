# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import hashlib

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Refused
from ansible_collections.rackwright.platform.plugins.module_utils.kubernetes.host import Host
from ansible_collections.rackwright.platform.plugins.module_utils.kubernetes.images import Images

SUM = hashlib.sha256(b"image").hexdigest()


def test_a_file_is_loaded_once_and_only_if_it_is_right(tmp_path):
    ran = []

    def run(command, timeout=0):
        ran.append(command)
        return 0, "", ""

    here = Images(Host(str(tmp_path), run), "containerd")
    (tmp_path / "kube.tar").write_bytes(b"image")
    with pytest.raises(Refused, match="kube.tar has the checksum %s, not 00; /none.tar cannot be read" % SUM):
        here.load({"/kube.tar": "00", "/none.tar": SUM})
    assert ran == []
    wanted = {"/kube.tar": SUM.upper()}
    assert here.lacking(wanted) == wanted
    here.load(wanted)
    assert ran == [["ctr", "--namespace", "k8s.io", "images", "import", "/kube.tar"]]
    assert here.lacking(wanted) == {} and not (tmp_path / "kube.tar").exists()
    assert here.lacking({"/kube.tar": "00"}) == {"/kube.tar": "00"}
