# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role deis with the real modules of kubernetes.core and a fake of helm.

kubernetes.core is no requirement of this collection. RACKWRIGHT_KUBERNETES_CORE names the folder that holds it as
`ansible_collections/kubernetes/core`, as `tools/peers.sh` brings it for `make platforms`; without that the tests are
skipped.
"""

from __future__ import annotations

import hashlib
import os

import pytest
from fakes.helm import Helm
from integration.play import COLLECTIONS, play

CORE = os.environ.get("RACKWRIGHT_KUBERNETES_CORE")
pytestmark = pytest.mark.skipif(not CORE, reason="RACKWRIGHT_KUBERNETES_CORE names no kubernetes.core")
SECRET = "hunter22andMore"
VALUES = {"controller": {"platform_domain": "apps.example.com"}, "s3": {"secretkey": SECRET}}


@pytest.fixture
def helm(tmp_path):
    """The fake, with the default chart in its repository."""
    with Helm(tmp_path / "helm") as found:
        found.chart("v2.23.0")
        yield found


def run(helm, check=False, fails=False, **options):
    """The role's run; returns what was played."""
    where = {"deis_helm": str(helm.program), "deis_kubeconfig": str(helm.kubeconfig), "deis_values": VALUES}
    where["deis_folder"] = str(helm.folder / "cache")
    tasks = [
        {
            "name": "The role",
            "ansible.builtin.import_role": {"name": "rackwright.platform.deis"},
            "vars": dict(where, **options),
        },
        {"name": "The facts", "ansible.builtin.debug": {"var": "rackwright_deis"}},
    ]
    env = {"ANSIBLE_COLLECTIONS_PATH": "%s:%s" % (COLLECTIONS, CORE)}
    return play(tasks, env=env, check=check, diff=True, fails=fails, secrets=[SECRET], args=["-vv"])


def test_from_nothing_to_a_release_and_back(helm):
    path = helm.charts / "workflow-v2.23.0.tgz"
    options = {"deis_checksums": {path.name: hashlib.sha256(path.read_bytes()).hexdigest()}}
    assert run(helm, check=True, **options).changed and helm.releases() == {}
    played = run(helm, **options)
    assert played.changed and played["The facts"]["rackwright_deis"]["controller"] == "deis-controller"
    (release,) = helm.releases().values()
    assert (release["namespace"], release["chart"], release["values"]) == ("deis", "workflow-v2.23.0", VALUES)
    helm.asked()
    again = run(helm, **options)
    tasks = [line for line in again.lines if line["status"] != "skipped"]
    assert not again.changed and len(tasks) <= 13  # one of them is ours
    assert not [words for words in helm.asked() if words[0] in ("upgrade", "pull")]
    assert run(helm, deis_values=dict(VALUES, extra=1)).changed
    assert helm.releases()["hephy"]["values"] == dict(VALUES, extra=1)
    assert run(helm, deis_state="absent").changed and helm.releases() == {}
    assert not run(helm, deis_state="absent").changed


def test_a_chart_of_the_control_node_and_the_other_platform(helm, tmp_path):
    path = helm.chart("1.8.3", tmp_path)
    mark = hashlib.sha256(path.read_bytes()).hexdigest()
    options = {"deis_platform": "drycc", "deis_source": str(path), "deis_checksums": {path.name: mark}}
    played = run(helm, **options)
    assert played["The facts"]["rackwright_deis"]["provider"] == "drycc"
    assert helm.releases()["drycc"]["namespace"] == "drycc" and not [w for w in helm.asked() if w[0] == "pull"]


def test_a_chart_that_is_not_the_one_meant_is_not_installed(helm):
    played = run(helm, fails=True, deis_checksums={"workflow-v2.23.0.tgz": "0" * 64})
    assert "deis_checksums says 000" in played.results[-1]["msg"] and helm.releases() == {}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"deis_kubeconfig": "/nosuch"}, "There is no /nosuch: name the kubeconfig"),
        ({"deis_source": "chart.tgz"}, "neither repository nor the absolute path"),
        ({"deis_checksums": {"other.tgz": "0" * 64}}, "has no SHA256 of workflow-v2.23.0.tgz"),
        ({"deis_helm": "/nosuch/helm"}, "Install helm 3, and check deis_helm"),
    ],
)
def test_what_cannot_work_is_refused_before_anything_is_fetched(helm, options, words):
    played = run(helm, check=True, fails=True, **options)
    assert words in played.results[-1]["msg"], played.results[-1]
    assert not [asked for asked in helm.asked() if asked[0] in ("pull", "upgrade")]


def test_a_cluster_that_does_not_answer_and_an_older_chart_are_refused(helm):
    helm.chart("v2.22.0")
    run(helm)
    played = run(helm, fails=True, deis_version="v2.22.0")
    assert "has chart v2.23.0, newer than v2.22.0" in played.results[-1]["msg"]
    (helm.folder / "down").touch()
    played = run(helm, fails=True)
    assert "Kubernetes cluster unreachable" in played.results[-1]["msg"]


def test_why_a_release_does_not_come_about_is_told_without_the_values(helm):
    (helm.folder / "broken").touch()
    played = run(helm, fails=True)
    assert "timed out waiting for the condition" in played.results[-1]["msg"]
