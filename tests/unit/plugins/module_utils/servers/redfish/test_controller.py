# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the emulator has not: sessions and ETags, from answers by a script."""

from __future__ import annotations

import json

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Failure, Refused
from ansible_collections.rackwright.platform.plugins.module_utils.servers.redfish.controller import Controller, explain
from fakes.rest import Rest

SESSION = (201, {"X-Auth-Token": "t1", "Location": "/redfish/v1/SessionService/Sessions/7"}, "{}")


def controller(rest, **options):
    return Controller(rest.url, "root", "s3cret", options)


def test_the_password_goes_in_a_header():
    with Rest() as rest:
        controller(rest).get("/redfish/v1/Systems/1")
    assert rest.requests[0][2]["Authorization"] == "Basic cm9vdDpzM2NyZXQ="


def test_a_session_is_opened_once_renewed_and_closed():
    second = (
        201,
        dict(SESSION[1], **{"X-Auth-Token": "t2", "Location": "/redfish/v1/SessionService/Sessions/8"}),
        "{}",
    )
    with Rest(
        SESSION, (200, {}, "{}"), (200, {}, "{}"), (401, {}, "{}"), second, (200, {}, "{}"), (204, {}, "")
    ) as rest:
        bmc = controller(rest, login="session")
        for _turn in range(3):
            bmc.get("/redfish/v1/Systems/1")
        bmc.close()
        bmc.close()
    seen = [(method, path.rsplit("/", 1)[1], headers.get("X-Auth-Token")) for method, path, headers in rest.requests]
    assert seen == [
        ("POST", "Sessions", None),
        ("GET", "1", "t1"),
        ("GET", "1", "t1"),
        ("GET", "1", "t1"),
        ("POST", "Sessions", None),
        ("GET", "1", "t2"),
        ("DELETE", "8", "t2"),
    ]


def test_a_controller_without_sessions_says_so():
    with Rest((404, {}, "{}")) as rest, pytest.raises(Failure, match="use login: basic"):
        controller(rest, login="session").get("/redfish/v1/Systems/1")


def test_nothing_is_overwritten_that_has_changed_meanwhile():
    with Rest((200, {"ETag": '"1"'}, "{}"), (412, {}, "{}"), (200, {"ETag": '"2"'}, "{}"), (204, {}, "")) as rest:
        bmc = controller(rest)
        bmc.patch("/s", {"IndicatorLED": "Lit"}, bmc.get("/s")["_etag"])
    assert [headers.get("If-Match") for _m, _p, headers in rest.requests] == [None, '"1"', None, '"2"']


def test_collections_are_read_to_their_last_page():
    first = {"Members": [{"@odata.id": "/a/1"}], "Members@odata.nextLink": "/a?$skip=1"}
    last = {"Members": [{"@odata.id": "/a/2"}]}
    with Rest((200, {}, json.dumps(first)), (200, {}, json.dumps(last))) as rest:
        assert controller(rest).members("/a") == ["/a/1", "/a/2"]


def test_a_system_is_found_by_id_name_or_alone():
    pages = {"Members": [{"@odata.id": "/s/1"}, {"@odata.id": "/s/2"}]}
    one, two = ({"Name": name, "UUID": "u" + name} for name in ("left", "right"))
    for wanted, more, path in (("2", [], "/s/2"), ("right", [one, two], "/s/2"), ("uleft", [one], "/s/1")):
        with Rest(*((200, {}, json.dumps(body)) for body in [pages, *more])) as rest:
            assert controller(rest).find(wanted) == path
    with Rest((200, {}, json.dumps({"Members": pages["Members"][:1]}))) as rest:
        assert controller(rest).find(None) == "/s/1"
    with Rest((200, {}, json.dumps(pages))) as rest, pytest.raises(Refused, match="2 systems; say which.*It has 1, 2"):
        controller(rest).find(None)


def test_the_controllers_own_words():
    class Answer:
        text = "?"

        @staticmethod
        def json():
            return {"error": {"message": "general", "@Message.ExtendedInfo": [{"Message": "The value is bad."}]}}

    assert explain(Answer) == "The value is bad."
