# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad user data is refused before any change, and never shown."""

from __future__ import annotations

import sys

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Refused
from ansible_collections.rackwright.platform.plugins.module_utils.servers.user_data import problems

from .catalogue_fake import Made

HEAD = "#cloud-config\n"


def told(text, limit=None):
    return problems([{"name": "web", "_user_data": text}], "made", limit)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [hunter2\n", "line 3, column 1 cannot be read as YAML"),
        ("a: *hunter2\n", "line 2, column 4 cannot be read as YAML"),
        ("a: !hunter2 x\n", "line 2, column 4 cannot be read as YAML"),
        ("a: \x07hunter2\n", "control characters"),
        ("a: 2026-99-99\nb: hunter2\n", "impossible dates"),
        ("- hunter2\n", "must be a mapping"),
        ("runcmd: hunter2\n", "runcmd must be a list"),
        ("chpasswd: [hunter2]\n", "chpasswd must be a mapping"),
    ],
)
def test_bad_cloud_config_is_named_and_not_shown(text, words):
    (problem,) = told(HEAD + text)
    assert problem.startswith("server web: its user data is no cloud-config: ")
    assert words in problem
    assert "hunter2" not in problem


def test_a_slip_is_told_with_what_was_meant():
    text = HEAD + "packges: [hunter2]\nwrite-files: []\nour_module: 1\n"
    assert told(text) == [
        "server web: cloud-init passes over the key packges of its user data; is it packages?",
        "server web: cloud-init passes over the key write-files of its user data; is it write_files?",
    ]


def test_old_keys_are_no_slips():
    old = (
        "apt_custom_sources_list apt_ftp_proxy apt_http_proxy apt_https_proxy apt_mirror apt_mirror_search apt_proxy "
        "apt_sources byobu cc_ready_cmd debconf_selections def_log_file emit_upstart growroot log_cfgs logcfg "
        "rightscale_userdata ssh_svcname syslog_fix_perms unverified_modules user_data vendor_data2"
    )
    assert told(HEAD + "".join("%s: x\n" % key for key in old.split())) == []


@pytest.mark.parametrize("text", ["", HEAD, HEAD + "runcmd: [a]\n", "#!/bin/sh\na: [\n", "#cloud-config-x\n- a\n"])
def test_the_rest_passes(text):
    assert told(text) == []


def test_the_limit_is_of_bytes():
    assert told("éé", 4) == []
    assert "has 4 bytes, provider made takes 3" in told("éé", 3)[0]


def test_without_pyyaml_only_the_size_is_checked(monkeypatch):
    monkeypatch.setitem(sys.modules, "yaml", None)
    assert told(HEAD + "a: [\n") == []
    assert len(told(HEAD + "a: [\n", 3)) == 1


def test_every_driver_refuses_it():
    row = {"name": "web", "facility": "sjc1", "plan": "small", "image": "debian_12", "_user_data": HEAD + "- x\n"}
    with pytest.raises(Refused, match="server web: its user data is no cloud-config"):
        Made().vet([row], [])
