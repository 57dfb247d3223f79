# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every recorded answer of a real controller, as the client takes it."""

from __future__ import annotations

import json
import pathlib

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import (
    Ambiguous,
    Conflict,
    Failure,
    NotFound,
    Refused,
    Unauthorized,
)
from ansible_collections.rackwright.platform.plugins.module_utils.deis.client import Client
from ansible_collections.rackwright.platform.plugins.module_utils.deis.registry import DRIVERS
from fakes.rest import Rest

CASES = pathlib.Path(__file__).resolve().parents[4] / "unit" / "cases" / "deis"
PAIRS = [
    pytest.param(family, pair, id="%s-%s" % (family, pair["name"]))
    for family in ("hephy", "drycc")
    for pair in json.loads((CASES / (family + ".json")).read_text())
]
FAMILY = {"hephy": "DEIS", "drycc": "DRYCC"}
TOKEN = "s3cret-token"


def script(family, status, answer, kind="application/json", version="2.3"):
    """What a controller answers, for Rest."""
    body = json.dumps(answer) if kind == "application/json" else answer
    return status, {FAMILY[family] + "_API_VERSION": version, "Content-Type": kind}, "" if status == 204 else body


def client(rest, family="hephy", **options):
    """A Client of the fake."""
    options = dict({"url": rest.url, "token": TOKEN, "timeout": 5}, **options)
    return DRIVERS[family](options).client


@pytest.fixture(scope="module")
def server():
    """A fake to be told what to answer."""
    with Rest() as rest:
        yield rest


@pytest.mark.parametrize(("family", "pair"), PAIRS)
def test_every_recorded_answer_is_understood(server, family, pair):
    status, answer = pair["status"], pair["answer"]
    server.script[:] = [script(family, status, answer, pair["type"])] * 2
    server.requests.clear()
    asks = client(server, family)
    act = lambda: asks.post(pair["path"], pair["body"], pair["method"])  # noqa: E731
    if status >= 400 and not (status == 409 and "changed nothing" in str(answer)):
        with pytest.raises(Failure) as caught:
            act()
        told = str(caught.value)
        kind = {401: Unauthorized, 403: Unauthorized, 404: NotFound, 409: Conflict, 422: Ambiguous}.get(status, Failure)
        assert type(caught.value) is kind
        assert all(word in told for word in first_words(answer)) and json.dumps(answer) not in told
        assert status not in (401, 403) or "refuses the credentials" in told
        assert status != 422 or "meanwhile" in told
    elif pair["type"] == "application/json" and answer != "" and status < 400:
        assert act() == answer
    elif answer and status < 400:
        with pytest.raises(Failure, match="is not JSON"):
            act()
    else:
        assert act() is None
    assert server.requests[0][:2] == (pair["method"], pair["path"])


def first_words(answer):
    """Words that a message about an error must have."""
    text = json.dumps(answer)
    return [
        word for word in ("already", "valid", "required", "internal error", "nodes matched", "PORT") if word in text
    ]


def test_a_list_is_read_page_by_page_whatever_its_links_say():
    page = lambda names, follow: script("hephy", 200, {"next": follow, "results": names})  # noqa: E731
    with Rest(page(["a", "b"], "http://10.0.0.1:8000/v2/apps/?limit=2&offset=2"), page(["c"], None)) as rest:
        assert list(client(rest).pages("/v2/apps/")) == ["a", "b", "c"]
    assert [path for _method, path, _headers in rest.requests] == [
        "/v2/apps/?limit=100&offset=0",
        "/v2/apps/?limit=100&offset=2",
    ]


@pytest.mark.parametrize(
    ("family", "answer", "words"),
    [
        ("hephy", script("drycc", 200, {}), "Drycc that answers there .*use `provider: drycc`"),
        ("drycc", script("hephy", 200, {}), "Deis that answers there .*use `provider: hephy`"),
        ("hephy", (200, {}, "{}"), "is no controller: .* Check the URL"),
        ("hephy", script("hephy", 200, {}, version="1.7"), "speaks API 1.7, and this provider knows 2.3"),
        ("hephy", script("drycc", 404, "<!doctype html>", "text/html"), "an unknown address.*use `provider: drycc`"),
    ],
)
def test_who_answers_is_looked_at(family, answer, words):
    with Rest(answer) as rest, pytest.raises(Failure, match=words):
        client(rest, family).get("/v2/apps/")


def test_another_minor_version_is_remarked():
    with Rest(script("hephy", 200, {}, version="2.4")) as rest:
        asks = client(rest)
        asks.get("/v2/apps/")
    assert asks.remarks == {"the controller speaks API 2.4, and this provider was made for 2.3"}


def test_a_login_gives_a_token_and_a_stale_one_is_renewed_once():
    login = lambda token: script("hephy", 200, {"token": token})  # noqa: E731
    answers = (login("one"), script("hephy", 401, {"detail": "Invalid token."}), login("two"), script("hephy", 200, {}))
    with Rest(*answers) as rest:
        asks = client(rest, token=None, username="admin", password="hunter22")
        assert asks.get("/v2/apps/") == {}
    assert [path for _method, path, _headers in rest.requests] == ["/v2/auth/login/", "/v2/apps/"] * 2
    assert [headers.get("Authorization") for _method, _path, headers in rest.requests][1::2] == [
        "token one",
        "token two",
    ]


def test_a_login_that_fails_says_so_without_the_password():
    refusal = script("hephy", 400, {"non_field_errors": ["Unable to log in with provided credentials."]})
    with Rest(refusal) as rest, pytest.raises(Failure, match="Check username and password") as caught:
        client(rest, token=None, username="admin", password="hunter22").get("/v2/apps/")
    assert "hunter22" not in str(caught.value)


def test_a_token_that_is_refused_is_not_asked_for_again():
    with Rest(script("hephy", 401, {"detail": "Invalid token."})) as rest, pytest.raises(Unauthorized) as caught:
        client(rest).get("/v2/apps/")
    assert len(rest.requests) == 1 and TOKEN not in str(caught.value)


def test_without_credentials_nothing_is_asked():
    with Rest() as rest, pytest.raises(Refused, match="give token, or username and password"):
        client(rest, token=None).get("/v2/apps/")
    assert rest.requests == []


def test_the_class_of_a_client_takes_a_stand_in_for_http():
    made = []
    Client({"url": "https://d", "ca_file": "/ca"}, "t", "DEIS", None, lambda *args, **more: made.append((args, more)))
    assert [more["verify"] for _args, more in made] == ["/ca", "/ca"]
    made.clear()
    Client({"url": "https://d", "verify": False}, "t", "DEIS", None, lambda *args, **more: made.append((args, more)))
    assert [more["verify"] for _args, more in made] == [False, False]
