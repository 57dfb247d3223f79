# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where Podman is looked for, and its errors in the engine's kinds."""

from __future__ import annotations

import pytest
import requests
from ansible_collections.rackwright.platform.plugins.module_utils.containers.podman.client import (
    ROOT,
    PodmanClient,
    podman_options,
)
from ansible_collections.rackwright.platform.plugins.module_utils.core import errors

docker = pytest.importorskip("docker")


class Api:
    """Answers with a status and words (a fake)."""

    def __init__(self, status, words):
        self.response, self.words = requests.Response(), words
        self.response.status_code = status

    def thing(self):
        raise docker.errors.APIError("failed", response=self.response, explanation=self.words)


@pytest.mark.parametrize(
    ("status", "words", "kind"),
    [
        (500, 'the container name "web" is already in use by 00a0e42d0b5f', errors.Conflict),
        (500, "network name web already used: network already exists", errors.Conflict),
        (500, "cannot listen on the TCP port: listen tcp4 127.0.0.1:22: bind: address already in use", errors.Failure),
        (500, "crun: setrlimit: Operation not permitted", errors.Failure),
        (409, "in use", errors.Conflict),
        (404, "no such container", errors.NotFound),
    ],
)
def test_kinds_of_errors(status, words, kind):
    with pytest.raises(errors.Failure) as failure:
        PodmanClient({}, "provider podman", Api(status, words)).call("thing", write=True)
    assert type(failure.value) is kind and words in str(failure.value)


def test_a_users_own_socket_comes_before_the_systems(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert PodmanClient({}).url == "unix://" + ROOT
    (tmp_path / "podman").mkdir()
    (tmp_path / "podman" / "podman.sock").touch()
    assert PodmanClient({}).url == "unix://%s/podman/podman.sock" % tmp_path
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    assert PodmanClient({}).url == "unix://" + ROOT
    assert PodmanClient({"url": "tcp://engine.example.org:1"}).host() == "engine.example.org"


def test_docker_variables_do_not_lead_to_podman():
    names = [name for field in podman_options("podman") for name in field.env]
    assert "CONTAINER_HOST" in names and "RACKWRIGHT_PODMAN_URL" in names
    assert not any(name.startswith("DOCKER") for name in names)
