# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Address sets in an UPDATE's bytes are what dnspython reads as those that its own are, and names are spelled alike."""

from __future__ import annotations

import dns.message
import dns.name
import dns.rrset
import dns.update
import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.dns import names
from ansible_collections.rackwright.platform.plugins.module_utils.dns.rows import spelling
from ansible_collections.rackwright.platform.plugins.module_utils.dns.wire import Addresses

ZONE = "example.org."


@pytest.mark.parametrize(
    ("name", "kind", "values"),
    [
        (ZONE, "A", ["192.0.2.1"]),
        ("www.example.org.", "A", ["192.0.2.1", "192.0.2.2"]),
        ("a.b.c.example.org.", "AAAA", ["2001:db8::1", "::"]),
        ("*.example.org.", "A", ["0.0.0.0"]),
        ("x" * 63 + ".example.org.", "A", ["255.255.255.255"]),
    ],
)
def test_the_bytes_are_read_as_the_same_sets(name, kind, values):
    ours, theirs = dns.update.UpdateMessage(ZONE), dns.update.UpdateMessage(ZONE)
    before, after = dns.rrset.from_text("a.example.org.", 9, "IN", "MX", "1 b.example.org."), []
    for message in (ours, theirs):
        message.update.append(before)
    ours.update.append(Addresses(name, ZONE, 2**31 - 1, kind, values))
    theirs.update.append(dns.rrset.from_text(name, 2**31 - 1, "IN", kind, *values))
    for message in (ours, theirs):
        message.update.append(dns.rrset.from_text("z.example.org.", 9, "IN", "NS", "b.example.org."))
        after.append(dns.message.from_wire(message.to_wire()))
    assert lines(after[0]) == lines(after[1])
    assert len(after[0].update) == 2 + len(values)


def lines(message):
    """The records of an update; those of one set are in any order."""
    found = [rrset.to_text() for rrset in message.update]
    return [found[0], *sorted(found[1:-1]), found[-1]]


@pytest.mark.parametrize(
    "text", [".", "a.", "A.Example.org.", "*.a.", "a\\.b.c.", "\\000.a.", "a\\ b.", "_x-1.a.", "\\@.a."]
)
def test_a_name_is_spelled_as_everywhere(text):
    assert spelling(dns.name.from_text(text)) == names.absolute(dns.name.from_text(text).to_text())
