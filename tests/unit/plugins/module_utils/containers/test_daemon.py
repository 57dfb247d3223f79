# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.containers import daemon
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Refused


@pytest.mark.parametrize(
    ("before", "after", "effect", "keys"),
    [
        ({}, {}, "none", []),
        ({"debug": True, "mtu": 1400}, {"mtu": 1400, "debug": True}, "none", []),
        ({}, {"live-restore": True}, "reload", ["live-restore"]),
        ({"labels": ["a"]}, {"labels": ["b"], "debug": True}, "reload", ["debug", "labels"]),
        ({}, {"live-restore": True, "mtu": 1400}, "restart", ["live-restore", "mtu"]),
        ({"debug": True}, {}, "restart", ["debug"]),
        ({"log-driver": "local"}, {}, "restart", ["log-driver"]),
    ],
)
def test_what_a_change_needs(before, after, effect, keys):
    assert daemon.effect(before, after) == (effect, keys)


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ({"live-restore": "yes"}, 'live-restore must be true or false, not "yes"'),
        ({"mtu": "1400"}, 'mtu must be a whole number, not "1400"'),
        ({"mtu": True}, "mtu must be a whole number, not true"),
        ({"hosts": "fd://"}, 'hosts must be a list, not "fd://"'),
        ({"log-opts": ["a"]}, 'log-opts must be a mapping, not ["a"]'),
        ({"log-opts": {"max-file": 3}}, 'log-opts: max-file must be a text: write "3" with quotes'),
        ({"data-root": None}, "data-root must be a text, not null"),
    ],
)
def test_wrong_types_are_named(config, problem):
    assert daemon.check(config) == ([problem], [])


def test_unknown_keys_are_left_to_the_caller():
    assert daemon.check({"live-restor": True, "debug": False}) == ([], ["live-restor"])


@pytest.mark.parametrize(
    ("version", "judges"), [("20.10.24+dfsg1", False), ("23.0.1", True), ("26.1.5+dfsg1", True), ("", False)]
)
def test_which_engines_validate_themselves(version, judges):
    assert daemon.validates({"path": "/usr/sbin/dockerd", "version": version}) is judges


class Engine:
    """An engine of some version that judges a file as it is told."""

    def __init__(self, version, said="", status=0):
        self.version, self.said, self.status, self.asked = version, said, status, []

    def __call__(self, argv):
        self.asked.append(argv[1])
        if argv[1] == "--version":
            return 0, "Docker version %s, build 297e128\n" % self.version
        return self.status, self.said % argv[-1] if self.said else ""


def test_the_version_is_read_from_the_program():
    assert daemon.engine(Engine("20.10.24+dfsg1"))["version"] == "20.10.24+dfsg1"
    assert daemon.engine(lambda argv: None) is None


def judged(config, engine):
    return daemon.judge(config, daemon.engine(engine) if engine else None, engine or (lambda argv: None))


def test_an_old_engine_is_judged_for():
    engine = Engine("20.10.24")
    assert judged({"proxies": {}}, engine) == (["Docker 20.10.24 does not know proxies"], [])
    assert judged({"debug": True}, engine) == ([], [])
    assert "--validate" not in engine.asked


def test_a_newer_engine_judges_itself():
    refusing = Engine("26.1.5", "unable to configure with file %s: no", 1)
    assert judged({"proxies": {}}, refusing) == (
        ["unable to configure with file the new file: no"],
        [],
    )
    assert judged({"proxies": {}}, Engine("26.1.5")) == ([], [])


def test_without_an_engine_a_key_is_only_doubted():
    problems, (warning,) = judged({"proxies": {}, "debug": True}, None)
    assert problems == []
    assert warning.endswith("daemon.json: proxies")


@pytest.mark.parametrize("text", [None, "", "{", "[]"])
def test_a_broken_file_counts_as_empty(text):
    assert daemon.parse(text) == {}


def test_only_a_deep_folder_is_emptied(tmp_path):
    with pytest.raises(Refused, match="no folder of an engine's own"):
        daemon.leftovers("/var")
    (tmp_path / "image").mkdir()
    (tmp_path / "image" / "x").write_text("")
    (tmp_path / "link").symlink_to("/etc")
    found = daemon.leftovers(str(tmp_path), pid_file=str(tmp_path / "no.pid"))
    daemon.remove(found)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_emptied_under_a_running_engine(tmp_path):
    (tmp_path / "image").mkdir()
    pid_file = tmp_path / "docker.pid"
    pid_file.write_text(str(os.getpid()))
    with pytest.raises(Refused, match="The engine runs"):
        daemon.leftovers(str(tmp_path), pid_file=str(pid_file))


def images(root, driver, number=1, place="var/lib/docker"):
    folder = root / place / "image" / driver / "imagedb" / "content" / "sha256"
    folder.mkdir(parents=True)
    for index in range(number):
        (folder / ("%064d" % index)).write_text("{}")


def test_a_storage_switch_is_refused_while_images_exist(tmp_path):
    images(tmp_path, "overlay2")
    (reason,) = daemon.held_back({}, {"storage-driver": "vfs"}, str(tmp_path))
    assert "overlay2" in reason and "docker save" in reason
    assert daemon.held_back({}, {"storage-driver": "overlay2"}, str(tmp_path)) == []
    assert daemon.held_back({"storage-driver": "vfs"}, {"storage-driver": "vfs"}, str(tmp_path)) == []
    assert daemon.held_back({}, {"storage-driver": "vfs", "data-root": "/srv/docker"}, str(tmp_path)) == []


def test_a_storage_switch_without_images_is_free(tmp_path):
    images(tmp_path, "overlay2", number=0)
    assert daemon.held_back({}, {"storage-driver": "vfs"}, str(tmp_path)) == []


def test_live_restore_is_refused_inside_a_swarm(tmp_path):
    state = tmp_path / "var/lib/docker/swarm/docker-state.json"
    state.parent.mkdir(parents=True)
    state.write_text("{}")
    (reason,) = daemon.held_back({}, {"live-restore": True}, str(tmp_path))
    assert "swarm" in reason
    assert daemon.held_back({}, {"live-restore": False}, str(tmp_path)) == []


def test_endpoint_and_ports_come_from_hosts():
    config = {"hosts": ["tcp://0.0.0.0:2376", "unix:///run/own.sock", "tcp://127.0.0.1:2375", "tcp://[::1]:2375"]}
    assert daemon.endpoint(config) == "unix:///run/own.sock"
    assert daemon.ports(config) == [{"port": 2376, "proto": "tcp", "purpose": "Docker API"}]
    assert daemon.endpoint({}) == "unix:///var/run/docker.sock"
    assert daemon.ports({}) == []


def test_passwords_in_addresses_are_masked():
    text = daemon.render({"proxies": {"http-proxy": "http://me:secret@proxy:3128"}})
    assert "secret" not in daemon.shown(text)
    assert "//***@proxy:3128" in daemon.shown(text)


def test_certificates_may_come_later(tmp_path):
    config = {"debug": True, "tlsverify": True, "tlscert": str(tmp_path / "cert.pem")}
    asked = []

    def ask(argv):
        with open(argv[-1]) as stream:
            asked.append(daemon.parse(stream.read()))
        return 0, ""

    engine = {"path": "/usr/sbin/dockerd", "version": "26.1.5"}
    daemon.judge(config, engine, ask)
    daemon.judge(config, engine, ask, early=True)
    (tmp_path / "cert.pem").write_text("")
    daemon.judge(config, engine, ask, early=True)
    assert asked == [config, {"debug": True}, config]
