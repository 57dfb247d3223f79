# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""deb_index on real packages: what is still to be brought, what is indexed, and how APT is told."""

from __future__ import annotations

import subprocess

import pytest
from ansible_collections.rackwright.platform.plugins.filter.deb_files import deb_files
from contract.modules import run

CONTROL = "Package: tool\nVersion: %s\nArchitecture: all\nMaintainer: Rackwright contributors\nDescription: a test\n"


@pytest.fixture
def brought(tmp_path):
    """A folder with two versions of a package."""
    folder = tmp_path / "packages"
    folder.mkdir()
    for version in ("1.0", "2.0"):
        control = tmp_path / version / "DEBIAN" / "control"
        control.parent.mkdir(parents=True)
        control.write_text(CONTROL % version)
        command = ["dpkg-deb", "--root-owner-group", "--build", str(tmp_path / version), str(folder)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return folder


def test_packages_are_indexed_once_all_are_there(brought, tmp_path):
    meant = deb_files(str(brought))
    options = {"path": str(brought), "files": meant, "source": str(tmp_path / "local.sources")}
    lost = brought / "tool_2.0_all.deb"
    kept = lost.read_bytes()
    lost.unlink()
    result = run("deb_index", options)
    assert result["changed"] and result["lacking"] == [lost.name] and not (brought / "Packages").exists()
    lost.write_bytes(kept)
    assert run("deb_index", options, check=True)["changed"] and not (brought / "Packages").exists()
    result = run("deb_index", options)
    assert result["changed"] and result["lacking"] == [] and result["packages"] == ["tool", "tool"]
    assert "URIs: file:%s\n" % brought in (tmp_path / "local.sources").read_text()
    assert not run("deb_index", options)["changed"]


def test_what_an_earlier_run_has_brought_is_left_out(brought):
    meant = {name: digest for name, digest in deb_files(str(brought)).items() if "2.0" in name}
    run("deb_index", {"path": str(brought), "files": meant, "checksums": meant})
    assert "Version: 1.0" not in (brought / "Packages").read_text()
    result = run("deb_index", {"path": str(brought), "checksums": meant}, fails=True)
    assert "tool_1.0_all.deb is not among the checksums" in result["msg"]
