# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AWS's errors as kinds, told without secrets; pages; clients that are made once."""

from __future__ import annotations

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.clients import aws
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import (
    Ambiguous,
    Busy,
    Conflict,
    Failure,
    NotFound,
    Refused,
    Unauthorized,
    Unreachable,
)

SECRET = "wJalrXUtnFEMI"
OPTIONS = {"access_key": "AKIA", "secret_key": SECRET}


class Trouble(Exception):
    """An error as botocore has them; made under the name that it goes by."""


class Client:
    """A service whose actions do what the test says; a fake."""

    def __init__(self, **actions):
        self.asked = []
        for name, answers in actions.items():
            setattr(self, name, self._action(name, list(answers)))

    def _action(self, name, answers):
        def act(**args):
            self.asked.append((name, args))
            answer = answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

        return act


def account(client, **options):
    """An account whose service is this client."""
    return aws.Aws(dict(OPTIONS, **options), "provider ec2", transport=lambda _service, _region: client)


def said(code, status=400, **headers):
    """An error of the service's own."""
    error = Trouble(code)
    meta = {"HTTPStatusCode": status, "HTTPHeaders": headers}
    error.response = {"Error": {"Code": code, "Message": "the words"}, "ResponseMetadata": meta}
    return error


def broke(name):
    """An error of botocore's of that name."""
    return type(name, (Trouble,), {})("it broke")


@pytest.mark.parametrize(
    ("error", "write", "kind"),
    [
        (said("AuthFailure", 401), False, Unauthorized),
        (said("ExpiredToken"), False, Unauthorized),
        (said("UnauthorizedOperation", 403), True, Unauthorized),
        (said("InvalidInstanceID.NotFound"), True, NotFound),
        (said("NoSuchHostedZone", 404), True, NotFound),
        (said("InvalidKeyPair.Duplicate"), True, Conflict),
        (said("IncorrectInstanceState"), True, Conflict),
        (said("InternalError", 502), True, Ambiguous),
        (said("InsufficientInstanceCapacity", 500), True, Failure),
        (said("InvalidParameterValue"), True, Failure),
        (broke("EndpointConnectionError"), True, Unreachable),
        (broke("NoCredentialsError"), True, Unauthorized),
        (broke("ReadTimeoutError"), True, Ambiguous),
        (broke("ResponseParserError"), True, Ambiguous),
        (broke("ParamValidationError"), True, Failure),
    ],
)
def test_errors_have_their_kinds(error, write, kind):
    found = account(Client())._failure(error, "act in us-east-1", write)
    assert type(found) is kind and SECRET not in str(found)


@pytest.mark.parametrize("code", ["RequestLimitExceeded", "Throttling"])
def test_a_rate_limit_is_the_accounts_and_tells_how_long(code):
    found = account(Client())._failure(said(code, 503, **{"retry-after": "7"}), "act", True)
    assert type(found) is Busy and found.account and found.retry_after == 7
    assert not account(Client())._failure(said("PriorRequestNotComplete"), "act", True).account


def test_what_only_reads_is_asked_again_and_what_writes_is_not():
    client = Client(read=[broke("ReadTimeoutError"), {"Rows": []}], make=[broke("ReadTimeoutError")])
    assert account(client).call("ec2", "r", "read") == {"Rows": []}
    with pytest.raises(Ambiguous):
        account(client).call("ec2", "r", "make", write=True)
    assert [name for name, _args in client.asked] == ["read", "read", "make"]


def test_all_pages_are_read():
    client = Client(read=[{"Rows": [1, 2], "NextToken": "next"}, {"Rows": [3]}])
    assert list(account(client).pages("ec2", "r", "read", "Rows", MaxResults=2)) == [1, 2, 3]
    assert client.asked[1] == ("read", {"MaxResults": 2, "NextToken": "next"})


def test_a_client_is_made_once_a_region():
    made = []
    account_ = aws.Aws(OPTIONS, transport=lambda *where: made.append(where) or Client(read=[{}, {}]))
    for region in ("a", "a", "b"):
        account_.call("ec2", region, "read")
    assert made == [("ec2", "a"), ("ec2", "b")]


def test_a_profile_that_is_not_there_is_told():
    with pytest.raises(Refused, match="provider ec2: .*nowhere"):
        aws.Aws({"profile": "nowhere"}, "provider ec2").region()


def test_what_a_proxy_says_is_told_as_it_is():
    told = {"status_code": 502, "body": b"<html>bad gateway</html>", "headers": {}}
    account(Client())._look(dict(told))  # what looks like XML is the parser's
    with pytest.raises(aws._Foreign) as error:
        account(Client())._look(dict(told, body=b"bad gateway"))
    assert type(account(Client())._failure(error.value, "act", True)) is Ambiguous
