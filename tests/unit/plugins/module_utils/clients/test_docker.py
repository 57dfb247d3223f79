# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Docker's errors in the engine's kinds, and what is sent again."""

from __future__ import annotations

import http.server
import json
import socket
import socketserver
import threading

import pytest
import requests
from ansible_collections.rackwright.platform.plugins.module_utils.clients.docker import DockerClient
from ansible_collections.rackwright.platform.plugins.module_utils.core import errors

docker = pytest.importorskip("docker")


class Api:
    """Raises what it is told, then answers (a fake)."""

    def __init__(self, *faults):
        self.faults, self.calls = list(faults), 0

    def thing(self, value):
        self.calls += 1
        if self.faults:
            raise self.faults.pop(0)
        return value


def answer(status, words="the engine's words", **headers):
    response = requests.Response()
    response.status_code, response._content, response.reason = status, words.encode(), "reason"
    response.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return docker.errors.APIError("failed", response=response, explanation=words)


def call(*faults, write=False):
    api = Api(*faults)
    return DockerClient({}, "provider x", api).call("thing", 7, write=write), api.calls


@pytest.mark.parametrize(
    ("status", "words", "kind"),
    [
        (401, "who are you", errors.Unauthorized),
        (403, "authorization denied by plugin", errors.Unauthorized),
        (403, "Pool overlaps with other one on this address space", errors.Conflict),
        (404, "No such container", errors.NotFound),
        (409, "name in use", errors.Conflict),
        (400, "bad parameter", errors.Failure),
        (500, "port is already allocated", errors.Failure),
    ],
)
def test_kinds_of_errors(status, words, kind):
    with pytest.raises(errors.Failure) as failure:
        call(answer(status, words), write=True)
    assert type(failure.value) is kind
    assert words in str(failure.value) and "provider x" in str(failure.value)


def test_reading_is_repeated_and_writing_is_not():
    broken = requests.exceptions.ConnectionError("Connection aborted.", ConnectionResetError(104, "reset by peer"))
    assert call(answer(500), broken) == (7, 3)
    api = Api(broken)
    with pytest.raises(errors.Ambiguous, match="reset by peer"):
        DockerClient({}, "provider x", api).call("thing", 7, write=True)
    assert api.calls == 1


def test_a_busy_engine_is_asked_again_for_writes_too():
    assert call(answer(429, Retry_After="0"), answer(503, Retry_After="0"), write=True) == (7, 3)


def test_an_answer_with_its_words_elsewhere_is_told_by_them():
    with pytest.raises(KeyError) as fault:
        try:
            raise requests.HTTPError(response=answer(400, '{"errors": ["no such host"]}').response)
        except requests.HTTPError as error:
            error.response.json()["message"]  # as the SDK does
    with pytest.raises(errors.Failure, match="no such host"):
        call(fault.value)


def test_what_is_no_trouble_with_the_engine_is_not_hidden():
    with pytest.raises(TypeError):
        call(TypeError("a bug"))


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("tcp://127.0.0.1:9", "Connection refused"),
        ("unix:///nowhere/docker.sock", "No such file"),
        ("tcp://nowhere.invalid:2375", "nowhere.invalid"),
    ],
)
def test_no_engine(url, words):
    with pytest.raises(errors.Unreachable) as failure:
        DockerClient({"url": url}, "provider x").call("info")
    assert url in str(failure.value) and words in str(failure.value) and "DOCKER_HOST" in str(failure.value)


def test_a_port_that_is_no_engine():
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hang_up():
            for _turn in range(5):
                listener.accept()[0].close()

        threading.Thread(target=hang_up, daemon=True).start()
        with pytest.raises(errors.Ambiguous, match="connection broke"):
            DockerClient({"url": "tcp://127.0.0.1:%d" % listener.getsockname()[1]}, "provider x").call("info")


@pytest.mark.parametrize(
    ("url", "local", "host"),
    [
        ("unix:///var/run/docker.sock", True, "127.0.0.1"),
        ("tcp://engine.example.org:2376", False, "engine.example.org"),
        ("ssh://me@engine.example.org", False, "engine.example.org"),
        ("tcp://[2001:db8::1]:2376", False, "2001:db8::1"),
    ],
)
def test_where_the_engine_is(url, local, host):
    client = DockerClient({"url": url})
    assert (client.is_local(), client.host()) == (local, host)


class Engine(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """As much of an engine as a connection needs (a fake): it counts them."""

    daemon_threads = True

    def __init__(self, path):
        self.connections = 0
        super().__init__(path, Answers)

    def process_request(self, request, client_address):
        self.connections += 1
        super().process_request(request, client_address)


class Answers(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = json.dumps({"ApiVersion": "1.41", "path": self.path}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        name = self.path.split("/")[2]
        if name == "hang-up":
            self.close_connection = True
            return
        body = {"babble": b"{", "plain": b"OK\n"}.get(name) or json.dumps({"message": "because"}).encode()
        self.send_response(200 if name in ("babble", "plain") else int(name[1:]))
        self.send_header("Content-Type", "text/plain" if name == "plain" else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self):
        return "socket"

    def log_message(self, *args):
        pass


@pytest.fixture
def engine(tmp_path):
    with Engine(str(tmp_path / "engine.sock")) as engine:
        threading.Thread(target=engine.serve_forever, daemon=True).start()
        yield engine
        engine.shutdown()


def test_calls_over_a_socket_share_their_connections(engine):
    client = DockerClient({"url": "unix://" + engine.server_address})
    answers = [client.call("inspect_container", "c%d" % number)["path"] for number in range(20)]
    assert answers == ["/containers/c%d/json" % number for number in range(20)]
    assert engine.connections == 1


def test_an_answer_in_plain_text_is_none(engine):
    client = DockerClient({"url": "unix://" + engine.server_address})
    assert client.post("/containers/plain/start", {}) is None


def test_what_a_socket_answers_is_told_as_by_the_sdk(engine):
    client = DockerClient({"url": "unix://" + engine.server_address}, "provider x")
    for said, kind in (
        (404, errors.NotFound),
        (409, errors.Conflict),
        (500, errors.Failure),
        (401, errors.Unauthorized),
    ):
        with pytest.raises(kind, match="provider x.*: because"):
            client.call("start", "c%d" % said, write=True)


def test_a_socket_that_closes_or_babbles_leaves_it_open_what_became_of_a_write(engine):
    client = DockerClient({"url": "unix://" + engine.server_address}, "provider x")
    for name in ("hang-up", "babble"):
        with pytest.raises(errors.Ambiguous, match="connection broke"):
            client.call("start", name, write=True)
        assert client.call("inspect_container", "c")["path"] == "/containers/c/json"
