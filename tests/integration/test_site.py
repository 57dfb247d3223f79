# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job, as `make lab` does it: a site from nothing, again without a change, a change, and away with it."""

from __future__ import annotations

import json
import re
import subprocess

import pytest
from integration.play import program

LAB = "sitetest"
RECAP = re.compile(r"^(\S+) +: ok=\d+ +changed=(\d+) +unreachable=0 +failed=0 ", re.M)


def engine(*command):
    """The lines that the docker command prints."""
    done = subprocess.run(["docker", *command], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def left_over():
    """Everything on the engine that bears the lab's name."""
    return (
        engine("ps", "-a", "--filter", "name=%s-" % LAB, "--format", "{{.Names}}")
        + engine("network", "ls", "--filter", "name=%s-" % LAB, "--format", "{{.Name}}")
        + engine("volume", "ls", "--filter", "name=%s-" % LAB, "--format", "{{.Name}}")
    )


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Runs a playbook of the collection in a lab of its own; returns {host: changes} and the output."""
    folder = tmp_path_factory.mktemp("site") / "lab"

    def run(name, *more, **variables):
        extra = json.dumps(dict(variables, site_dir=str(folder)))
        command = ["ansible-playbook", "-i", "inventories/lab", "rackwright.platform.%s" % name, "-e", extra, *more]
        rc, output = program(*command, env={"RACKWRIGHT_LAB_NAME": LAB}, timeout=900)
        assert rc == 0, output
        return {host: int(changed) for host, changed in RECAP.findall(output)}, output

    before = set(engine("volume", "ls", "-q"))
    yield run
    run("site_down")
    assert left_over() == [] and not folder.exists()
    assert not [name for name in set(engine("volume", "ls", "-q")) - before if name.startswith(LAB)]


def test_check_mode_on_nothing_makes_nothing(run):
    _changed, output = run("site", "--check", "--diff")
    assert left_over() == [] and "+name: app2" in output


def test_site_from_nothing(run):
    changed, output = run("site")
    assert set(changed) == {"localhost", "ns1", "app1", "app2"} and all(changed.values())
    assert re.search(r"- app2 +sjc1 +lab.medium +debian-13 +[0-9.]+ +http://app2.rack.internal/", output)


def test_again_changes_nothing(run):
    changed, _output = run("site")
    assert changed == {"localhost": 0, "ns1": 0, "app1": 0, "app2": 0}


def test_a_server_that_leaves_is_gone_from_dns_too(run):
    place = {"facility": "ams1", "image": "debian-12"}
    fleet = [
        dict(place, name="ns1", plan="lab.small", tags={"role": "nameserver"}),
        dict(place, name="app1", plan="lab.medium", tags={"role": "application"}),
    ]
    changed, output = run("site", "--diff", site_servers=fleet)
    assert set(changed) == {"localhost", "ns1", "app1"} and changed["app1"] == 0
    assert re.search(r"^-app2\.rack\.internal\.\s+60\s+IN\s+A\s", output, re.M), output
    assert engine("ps", "-a", "--filter", "name=%s-app2" % LAB, "--format", "{{.Names}}") == []
