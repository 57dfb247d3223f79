# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guards around Libcloud: lists that were cut, errors as kinds, and its dummy driver through ours."""

from __future__ import annotations

import json
import types

import pytest
import requests
from ansible_collections.rackwright.platform.plugins.module_utils.clients.libcloud import Guarded, has_more
from ansible_collections.rackwright.platform.plugins.module_utils.core import errors
from ansible_collections.rackwright.platform.plugins.module_utils.core.plan import Change
from ansible_collections.rackwright.platform.plugins.module_utils.servers.drivers.libcloud import Libcloud
from ansible_collections.rackwright.platform.plugins.module_utils.servers.resource import SERVER
from libcloud.common.exceptions import RateLimitReachedError
from libcloud.common.types import InvalidCredsError
from libcloud.dns.types import RecordDoesNotExistError


def answer(body="", **headers):
    return types.SimpleNamespace(body=body, headers=headers)


@pytest.mark.parametrize(
    ("told", "more"),
    [
        (answer("<a><nextToken>abc</nextToken></a>"), True),
        (answer("<a><nextToken/></a>"), False),
        (answer("{}", Link='<https://x/?page=2>; rel="next"'), True),
        (answer(json.dumps({"links": {"pages": {"next": "https://x/?page=2"}}})), True),
        (answer(json.dumps({"meta": {"links": {"next": "abc", "prev": ""}}})), True),
        (answer(json.dumps({"meta": {"links": {"next": ""}}})), False),
        (answer(json.dumps({"page": 1, "pages": 2})), True),
        (answer(json.dumps({"page": 2, "pages": 2})), False),
        (answer(json.dumps({"pagination": {"current_page": 1, "total_pages": 3}})), True),
        (answer(json.dumps({"result_info": {"page": 1, "total_pages": 2}})), True),
        (answer(json.dumps({"instances": [{"next": "x"}]})), False),
    ],
)
def test_a_further_page_is_seen(told, more):
    assert has_more(told) is more


class Paged:
    """A fake driver whose service has two pages. whole: whether it reads both."""

    def __init__(self, whole):
        self.whole, self.connection = whole, self

    def request(self, action, params=None):
        return answer(json.dumps({"meta": {"next": None if (params or {}).get("page") == 2 else "2"}}))

    def list_nodes(self):
        for page in (1, 2)[: 2 if self.whole else 1]:
            self.connection.request("/nodes", params={"page": page})
        return ["node"]


def guarded(driver):
    return Guarded("compute", "fake", {}, "provider libcloud", driver=driver)


def test_a_list_that_was_cut_is_no_list():
    assert guarded(Paged(whole=True)).listed("list_nodes") == ["node"]
    with pytest.raises(errors.Failure, match="the list was cut"):
        guarded(Paged(whole=False)).listed("list_nodes")


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (InvalidCredsError("no"), errors.Unauthorized),
        (requests.exceptions.ReadTimeout("slow"), errors.Ambiguous),
        (requests.exceptions.ConnectTimeout("slow"), errors.Unreachable),
        (ConnectionResetError(104, "reset"), errors.Ambiguous),
        (NotImplementedError(), errors.Refused),
        (KeyError("x"), errors.Failure),
        (RecordDoesNotExistError("", None, "1"), errors.NotFound),
    ],
)
def test_errors_are_kinds(raised, kind):
    def create_node():
        raise raised

    with pytest.raises(errors.Failure) as caught:
        guarded(types.SimpleNamespace(create_node=create_node)).call("create_node")
    assert type(caught.value) is kind


def test_what_shall_come_later_comes_later():
    answers = [RateLimitReachedError(headers={"retry-after": "0"}), None]

    def destroy_node():
        told = answers.pop(0)
        if told:
            raise told
        return True

    assert guarded(types.SimpleNamespace(destroy_node=destroy_node)).call("destroy_node") is True


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"driver": "equinixmetal", "secrets": {"key": "s3cret-token"}}, "args.project"),
        ({"driver": "nosuch"}, "no driver nosuch"),
        ({"driver": "dummy", "args": {"api_key": "s3cret-token"}}, "give it in secrets"),
    ],
)
def test_what_does_not_fit_is_told(options, words):
    with pytest.raises(errors.Refused) as caught:
        Libcloud(options)
    assert words in str(caught.value) and "s3cret-token" not in str(caught.value)


def test_arguments_that_do_not_fit_show_no_secret():
    driver = Libcloud({"driver": "dummy", "secrets": {"token": "s3cret-token"}})
    with pytest.raises(errors.Refused, match="do not fit the driver dummy") as caught:
        driver.read()
    assert "s3cret-token" not in str(caught.value)


def test_the_dummy_driver_can_what_its_class_has():
    driver = Libcloud({"driver": "dummy", "secrets": {"creds": "0"}})
    assert [row["name"] for row in driver.read()] == ["dummy-1", "dummy-2"]
    row = SERVER.normalise([{"name": "dummy-3", "plan": "1", "image": "Ubuntu 9.10"}])[0]
    driver.refuse(SERVER, [row])
    driver.vet([row], driver.read())
    driver.create(Change("create", "dummy-3", None, row, row))
    made = {one["name"]: one for one in driver.read()}["dummy-3"]
    driver.reboot(Change("reboot", "dummy-3", made, made, made))
    driver.delete(Change("delete", "dummy-3", made))
    assert len(driver.read()) == 2
    for field, value in (
        ("owner", "me"),
        ("tags", {"a": "b"}),
        ("power", "off"),
        ("facility", "1"),
        ("user_data", "x"),
    ):
        with pytest.raises(errors.Refused, match="provider libcloud cannot do %s" % field):
            driver.refuse(SERVER, [dict(row, **{field: value})])
    with pytest.raises(errors.Refused, match="no plan 9"):
        driver.vet([dict(row, name="x", plan="9")], driver.read())
