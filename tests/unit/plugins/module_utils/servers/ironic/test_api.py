# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ironic's wire: errors in text inside JSON, pages, versions, and nodes that are locked."""

from __future__ import annotations

import json

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import (
    Ambiguous,
    Busy,
    Conflict,
    Failure,
)
from ansible_collections.rackwright.platform.plugins.module_utils.servers.ironic.api import Ironic, IronicHttp, explain
from fakes.rest import Rest


class Answer:
    """An answer of the server."""

    def __init__(self, status, text, headers=()):
        self.status_code, self.text, self.headers = status, text, dict(headers)


def doubled(words):
    """As Ironic tells an error."""
    return json.dumps({"error_message": json.dumps({"faultcode": "Client", "faultstring": words})})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (doubled("Node n-1 is locked"), "Node n-1 is locked"),
        (json.dumps({"error_message": {"faultstring": "once"}}), "once"),
        (json.dumps({"error_message": "plain"}), "plain"),
        ("<html>502</html>", "<html>502</html>"),
        ("[]", "[]"),
    ],
)
def test_errors_in_ironics_own_words(text, words):
    assert explain(Answer(400, text)) == words


@pytest.mark.parametrize(
    ("status", "words", "kind"),
    [
        (409, "Node n-1 is locked by host a", Busy),
        (409, "a state transition is in progress", Busy),
        (409, "instance n-2 is already associated", Conflict),
        (400, "The requested action can not be performed on node n-1 while it is in state active", Ambiguous),
        (406, "Request not acceptable", Failure),
    ],
)
def test_kinds_of_refusals(status, words, kind):
    http = IronicHttp("provider ironic", "http://192.0.2.1/v1", explain=explain)
    found = http._failure(Answer(status, doubled(words)), "PUT /nodes/n-1", "PUT")
    assert type(found) is kind and words in str(found)
    assert status != 406 or "is older than microversion 1.80" in str(found)


def test_all_pages_are_read():
    first = {"nodes": [{"uuid": "a"}], "next": "http://elsewhere:1/v1/nodes?limit=1&marker=a"}
    with Rest((200, {}, json.dumps(first)), (200, {}, '{"nodes": [{"uuid": "b"}]}')) as rest:
        assert [node["uuid"] for node in Ironic({"url": rest.url}).nodes()] == ["a", "b"]
    assert rest.requests[1][1].endswith("/v1/nodes?limit=1&marker=a")
    assert rest.requests[1][2]["X-OpenStack-Ironic-API-Version"] == "1.80"


def test_name_and_password_are_https_basic_login():
    with Rest((200, {}, '{"nodes": []}')) as rest:
        Ironic({"url": rest.url, "username": "root", "password": "s3cret"}).nodes()
    assert rest.requests[0][2]["Authorization"] == "Basic cm9vdDpzM2NyZXQ="
