# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Podman whose disk is full, or that starts anew in the middle: told with the way out, nothing half-made."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from contract.proxy import forward
from integration.containers_fixtures import PREFIX, fixtures
from integration.podman_fixtures import own

engine, site = fixtures(own)
STORAGE = "/var/lib/containers/storage/"
FILL = """\
set -e; systemctl stop podman.service; rm -rf /kept; cp -a {0} /kept
mount -t tmpfs -o mode=0700,size={1} full {0}; cp -a /kept/. {0}
dd if=/dev/zero of={0}/fill bs=4k 2>/dev/null || true
"""


def restart(machine):
    """A fault: the service starts anew just before this call, while others are under way."""

    def fault(link, request):
        machine.run("systemctl", "restart", "podman.service")
        forward(link, request)

    return fault


@contextmanager
def full(site, folder, size):
    """That folder of Podman's is a disk of its own, with its files and as many bytes, all of them taken."""
    site.machine.run("sh", "-c", FILL.format(STORAGE + folder, size))
    try:
        yield
    finally:
        site.machine.run(
            "sh", "-c", "systemctl stop podman.service; ! mountpoint -q {0} || umount -l {0}".format(STORAGE + folder)
        )


def test_a_container_for_which_there_is_no_room_is_told_and_leaves_nothing(site):
    site.made(site.row("old"))
    with full(site, "overlay-containers", "512k"):
        said = site.task(site.row("old"), site.row("web"), fails=True)
        assert list(said["failed_keys"]) == [PREFIX + "web"]
        assert "no space left on device. Make room" in said["msg"] and site.names() == ["old"]
    site.made(site.row("old"), site.row("web"))


def test_an_image_for_which_there_is_no_room_is_told_and_leaves_nothing(site, tmp_path):
    (tmp_path / "Dockerfile").write_text("FROM %s\nRUN head -c 3000000 /dev/urandom >/big\n" % site.image)
    row = {"name": PREFIX + "built:1", "source": "build", "path": str(tmp_path)}
    with full(site, "overlay", "8M"):
        said = site.images(row, fails=True)["msg"]
        assert "no space left on device" in said and "Make room" in said, said
        assert site.look(PREFIX + "built:1") is None
    assert site.images(row)["changed"] and not site.images(row)["changed"]


def test_a_service_that_starts_anew_in_the_middle_is_waited_for(site):
    """Its socket starts it again at the next call; what was under way is looked for and not made twice."""
    rows = [site.row("n%d" % number) for number in range(8)]
    site.door.fault(restart(site.machine), method="POST", path="/start", times=1)
    result = site.task(*rows)
    assert len(result["applied"]) == 8 and site.names() == ["n%d" % number for number in range(8)]
    assert all(site.seen("n%d" % number)["State"]["Running"] for number in range(8))
    assert not site.task(*rows)["changed"]


@pytest.mark.parametrize(
    ("changed", "strategy", "writes"), [("env", {}, 6), ("labels", None, 4)], ids=["beside", "label"]
)
def test_a_replacement_that_is_killed_at_any_write_is_finished_by_the_next_run(site, changed, strategy, writes):
    row = site.row(networks=[])
    assert (
        site.killed(dict(row, **{changed: {"A": "1"}}), dict(row, **{changed: {"A": "2"}}), strategy=strategy) == writes
    )
