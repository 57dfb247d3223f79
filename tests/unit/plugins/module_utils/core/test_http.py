# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import socket
import ssl
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.core import patience
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import (
    Ambiguous,
    Busy,
    Conflict,
    Elsewhere,
    Failure,
    NotFound,
    Unauthorized,
    Unreachable,
)
from ansible_collections.rackwright.platform.plugins.module_utils.core.http import Http
from ansible_collections.rackwright.platform.plugins.module_utils.core.pace import Pace
from ansible_collections.rackwright.platform.plugins.module_utils.core.patience import patiently, retry_after
from contract.proxy import Proxy, cut, cut_head, delay, reset_after, reset_before
from fakes.rest import Rest

KEY = "s3cret-api-key"


def http(url, **kwargs):
    return Http("Fake API", url, headers={"X-API-Key": KEY}, **dict({"timeout": 5}, **kwargs))


@pytest.fixture
def naps(monkeypatch):
    """Waiting takes no time; returns the seconds that were asked for."""
    seconds = []
    monkeypatch.setattr(patience.patiently, "__defaults__", (False, patience.TRIES, seconds.append, None))
    monkeypatch.setattr(Pace, "hold", lambda _pace, _seconds: False)  # each for itself
    return seconds


def test_answers_are_decoded_and_the_key_goes_in_a_header_only():
    with Rest((200, {}, '{"a": 1}'), (204, {}, "")) as rest:
        client = http(rest.url)
        assert client.json("GET", "/a") == {"a": 1}
        assert client.json("DELETE", "/a") is None
    assert [(method, path) for method, path, _headers in rest.requests] == [("GET", "/a"), ("DELETE", "/a")]
    assert all(headers["X-API-Key"] == KEY for _method, _path, headers in rest.requests)


def test_who_may_take_long_to_answer_must_still_be_reached_soon():
    kept = http("http://127.0.0.1", timeout=600).pool.connection_pool_kw["timeout"]
    assert (kept.connect_timeout, kept.read_timeout) == (30, 600)


def test_an_answer_that_is_not_json_is_told():
    with Rest((200, {}, "<html>")) as rest, pytest.raises(Failure, match="is http://.* really its API"):
        http(rest.url).json("GET", "/a")


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, Failure), (401, Unauthorized), (403, Unauthorized), (404, NotFound), (409, Conflict), (422, Failure)],
)
def test_refusals_are_told_at_once_in_the_providers_words(status, kind):
    with Rest((status, {}, "no such colour")) as rest, pytest.raises(Failure) as caught:
        http(rest.url).call("POST", "/things")
    assert type(caught.value) is kind and len(rest.requests) == 1
    assert "/things" in str(caught.value) and str(status) in str(caught.value)
    assert "no such colour" in str(caught.value) or kind is Unauthorized


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_retry_after_is_honoured(naps, status, method):
    with Rest((status, {"Retry-After": "3"}, ""), (status, {"Retry-After": "4.5"}, "")) as rest:
        assert http(rest.url).call(method, "/a").status_code == 200
    assert naps == [3.0, 4.5] and len(rest.requests) == 3


def test_patience_ends(naps):
    answers = [(429, {"Retry-After": "900"}, "quota")] * 9
    with Rest(*answers) as rest, pytest.raises(Failure, match="quota, still after 5 tries"):
        http(rest.url).call("GET", "/a")
    assert len(rest.requests) == patience.TRIES and set(naps) == {patience.LONGEST}


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_reading_is_repeated_after_a_server_error(naps, status):
    with Rest((status, {}, "oops"), (status, {}, "oops")) as rest:
        assert http(rest.url).call("GET", "/a").status_code == 200
    assert len(rest.requests) == 3 and naps == [0.2, 0.4]


@pytest.mark.parametrize(("status", "kind"), [(500, Failure), (502, Ambiguous), (503, Failure), (504, Ambiguous)])
def test_writing_is_never_repeated_after_a_server_error(naps, status, kind):
    with Rest((status, {}, "oops")) as rest, pytest.raises(Failure) as caught:
        http(rest.url).call("POST", "/a")
    assert type(caught.value) is kind and len(rest.requests) == 1 and not naps


@pytest.mark.parametrize("fault", [reset_before, reset_after, cut, cut_head])
def test_a_broken_write_is_of_unknown_fate_and_sent_once(fault):
    with Rest() as rest, Proxy(rest.address) as door:
        door.fault(fault, method="POST")
        with pytest.raises(Ambiguous, match="POST .*/a: "):
            http(door.url).call("POST", "/a")
        assert door.count("POST") == 1
    assert len(rest.requests) == (0 if fault is reset_before else 1)


def test_a_write_on_a_connection_gone_stale_is_of_unknown_fate():
    with Rest() as rest, Proxy(rest.address) as door:
        client = http(door.url)
        client.call("GET", "/a")
        door.fault(reset_after, method="POST")
        with pytest.raises(Ambiguous):
            client.call("POST", "/a")
        assert client.call("GET", "/a").status_code == 200
        assert door.count("POST") == 1


@pytest.mark.parametrize("fault", [reset_before, reset_after, cut, cut_head])
def test_a_broken_read_is_repeated(naps, fault):
    with Rest() as rest, Proxy(rest.address) as door:
        door.fault(fault, times=2)
        assert http(door.url).json("GET", "/a") == {"method": "GET", "path": "/a"}
        assert door.count("GET") == 3


def test_no_answer_in_time_is_of_unknown_fate():
    with Rest() as rest, Proxy(rest.address) as door:
        door.fault(delay(2))
        with pytest.raises(Ambiguous, match=r"no answer within 0\.2 s"):
            http(door.url, timeout=0.2).call("POST", "/a")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nobody_there_was_never_sent(method):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(Unreachable, match="Fake API does not answer at http://127.0.0.1:%d .*Check the URL" % port):
        http("http://127.0.0.1:%d" % port).call(method, "/a")


def test_a_name_nobody_knows_was_never_sent():
    with pytest.raises(Unreachable, match="does not answer at http://no-such-host.invalid"):
        http("http://no-such-host.invalid").call("POST", "/a")


@pytest.mark.parametrize("url", ["not a url", "http://[::1", "ftp://127.0.0.1/"])
def test_a_url_that_is_none_is_told(url):
    with pytest.raises(Failure, match="cannot send the request"):
        http(url).call("GET", "/a")


def test_no_failure_shows_the_key():
    texts, answers = [], [(status, {}, "bad") for status in (401, 500, 422, 404)]
    with Rest(*answers) as rest, Proxy(rest.address) as door:
        for fault in (None, None, None, None, reset_before, cut):
            if fault:
                door.fault(fault)
            with pytest.raises(Failure) as caught:
                http(door.url).call("POST", "/a")
            texts.append("%s %r" % (caught.value, caught.value))
    assert len(texts) == 6 and not any(KEY in text for text in texts)


def test_threads_share_a_few_connections():
    with Rest(pause=0.02) as rest:
        client = http(rest.url, pool=4)
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda i: client.json("GET", "/%d" % i)["path"], range(40)))
    assert answers == ["/%d" % i for i in range(40)]
    assert len(rest.peers) <= 4


def test_loopback_is_never_asked_through_a_proxy(monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with Rest() as rest:
        assert http(rest.url).call("GET", "/a").status_code == 200


def test_patience_of_its_own_accord():
    naps, tries = [], []

    def call():
        tries.append(1)
        if len(tries) < 3:
            raise Busy("later", 0.25)
        return "done"

    assert patiently(call, sleep=naps.append) == "done" and naps == [0.25, 0.25]


@pytest.mark.parametrize(("given", "seconds"), [("7", 7.0), ("0.5", 0.5), ("soon", 0.5), (None, 0.5)])
def test_retry_after_in_seconds(given, seconds):
    assert retry_after({} if given is None else {"Retry-After": given}) == seconds


@pytest.fixture
def secure(tmp_path):
    """A server that speaks TLS by a certificate that it has signed itself; its file."""
    cert, key = str(tmp_path / "cert.pem"), str(tmp_path / "key.pem")
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=127.0.0.1"
    subject = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert]
    subprocess.run(command.split() + subject, check=True, capture_output=True)
    with Rest() as rest:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        rest.server.socket = context.wrap_socket(rest.server.socket, server_side=True)
        rest.url = rest.url.replace("http:", "https:")
        yield rest, cert


def test_a_certificate_must_be_valid_or_of_an_authority_that_is_named(secure):
    rest, cert = secure
    with pytest.raises(Unreachable, match="certificate"):
        http(rest.url).call("GET", "/")
    assert http(rest.url, verify=cert).call("GET", "/").status_code == 200
    assert http(rest.url, verify=False).call("GET", "/").status_code == 200
    assert http(rest.url, verify=False, cert=(cert, cert.replace("cert.pem", "key.pem"))).call("GET", "/")
    with pytest.raises(Failure, match="cannot use the certificates of /nowhere"):
        http(rest.url, verify="/nowhere")


def test_headers_may_be_renewed_once_after_a_401():
    keys = ["old"]

    def renew(used):
        keys.append("after " + used["Key"])
        return True

    with Rest((401, {}, ""), (200, {}, "{}"), (401, {}, ""), (401, {}, "")) as rest:
        client = Http("Fake API", rest.url, headers=lambda: {"Key": keys[-1]}, renew=renew)
        client.call("POST", "/")
        with pytest.raises(Unauthorized):
            client.call("POST", "/")
    assert [headers["Key"] for _m, _p, headers in rest.requests] == ["old", "after old", "after old", "after after old"]


def test_retry_after_may_be_a_date():
    assert 55 < retry_after({"Retry-After": formatdate(time.time() + 60, usegmt=True)}) <= 60
    assert retry_after({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}) == 0.0
    assert retry_after({"Retry-After": "soon"}) == 0.5


def test_who_is_sent_on_learns_where_to_and_does_not_go():
    with Rest((307, {"Location": "//other:5050/api"}, "")) as rest:
        with pytest.raises(Elsewhere, match="sends us on to //other:5050/api; give that as its URL") as caught:
            http(rest.url).call("POST", "/api")
        assert caught.value.location == "//other:5050/api" and len(rest.requests) == 1
