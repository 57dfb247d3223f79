# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Refused
from ansible_collections.rackwright.platform.plugins.module_utils.kubernetes import versions


def test_a_version_is_whole():
    assert versions.parse("v1.33.2") == versions.parse("1.33.2") == (1, 33, 2)
    assert versions.minor("1.33.2") == "1.33"
    for wrong in ("1.33", "", "latest", "1.33.2-beta.0"):
        with pytest.raises(Refused, match="whole version"):
            versions.parse(wrong)


@pytest.mark.parametrize(
    ("version", "api", "validates"),
    [("1.22.0", "v1beta3", False), ("1.30.9", "v1beta3", True), ("1.31.0", "v1beta4", True)],
)
def test_each_minor_has_its_api(version, api, validates):
    assert versions.api(version) == "kubeadm.k8s.io/" + api
    assert versions.validates(version) is validates
    assert versions.too_old(version) is None


def test_what_is_too_old_is_told():
    assert "1.22 or later" in versions.too_old("1.21.14")


@pytest.mark.parametrize(
    ("now", "target", "words"),
    [
        ("1.32.1", "1.32.1", None),
        ("1.32.1", "1.32.9", None),
        ("1.32.1", "1.33.0", None),
        ("1.32.1", "1.34.0", "go to the newest 1.33 first"),
        ("1.32.1", "2.0.0", "more than one minor"),
        ("1.32.1", "1.32.0", "nothing goes back"),
        ("1.33.0", "1.32.9", "nothing goes back"),
    ],
)
def test_one_minor_at_a_time(now, target, words):
    reason = versions.step(now, target)
    assert reason is None if words is None else words in reason


@pytest.mark.parametrize(
    ("kubelet", "target", "words"),
    [
        ("1.30.0", "1.33.0", None),
        ("1.29.9", "1.33.0", "more than 3 minors behind"),
        ("1.25.0", "1.27.0", None),
        ("1.24.0", "1.27.0", "more than 2 minors behind"),
        ("1.33.1", "1.33.0", "newer than"),
    ],
)
def test_how_far_a_kubelet_may_be_behind(kubelet, target, words):
    reason = versions.lag(kubelet, target)
    assert reason is None if words is None else words in reason
