# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys in user data, read back by the rules of MIME."""

from __future__ import annotations

import email

import pytest
import yaml
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Refused
from ansible_collections.rackwright.platform.plugins.module_utils.servers.merging import merged
from ansible_collections.rackwright.platform.plugins.module_utils.servers.seeds import keys_digest, with_keys

KEYS = ["ssh-rsa AAAA anna: ops", "ssh-rsa BBBB"]


def parts(text):
    """[(subtype, text)] of a message."""
    found = email.message_from_string(text).get_payload()
    return [(one.get_content_subtype(), one.get_payload(decode=True).decode("utf-8")) for one in found]


def test_without_keys_the_text_stays():
    assert with_keys(None, []) is None and with_keys("whatever", ()) == "whatever"


def test_without_a_text_the_keys_are_a_cloud_config():
    text = with_keys(None, KEYS)
    assert text.startswith("#cloud-config\n") and yaml.safe_load(text)["ssh_authorized_keys"] == KEYS


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("#cloud-config\nhostname: grün\n", "cloud-config"),
        ("#!/bin/sh\necho hi\n", "x-shellscript"),
        ("#include\nhttps://192.0.2.1/a\n", "x-include-url"),
        ("#cloud-boothook\n#!/bin/sh\n", "cloud-boothook"),
        ("## template: jinja\n#cloud-config\n{}\n", "jinja2"),
    ],
)
def test_beside_a_text_that_stays_word_for_word(text, kind):
    found = parts(with_keys(text, KEYS))
    assert found[0] == (kind, text) and found[1][0] == "cloud-config"
    assert yaml.safe_load(found[1][1])["ssh_authorized_keys"] == KEYS
    assert with_keys(text, KEYS) == with_keys(text, KEYS)


def test_a_message_of_several_parts_gets_one_more():
    whole = merged(["#cloud-config\npackages: [a]\n", "#!/bin/sh\necho grün\n"])
    found = parts(with_keys(whole, KEYS))
    assert found[:2] == parts(whole) and len(found) == 3
    assert yaml.safe_load(found[2][1])["ssh_authorized_keys"] == KEYS


@pytest.mark.parametrize(
    "text", ['{"ignition": {"version": "3.3.0"}}', "hunter2", "Content-Type: text/plain\n\nhunter2"]
)
def test_what_cloud_init_does_not_read_in_parts_is_refused_and_not_quoted(text):
    with pytest.raises(Refused) as refusal:
        with_keys(text, KEYS)
    assert "more of them by cloud-init" in str(refusal.value) and "hunter2" not in str(refusal.value)


def test_the_digest_tells_keys_and_their_order_apart():
    assert keys_digest(KEYS) == keys_digest(list(KEYS)) != keys_digest(KEYS[::-1]) and len(keys_digest(KEYS)) == 32
