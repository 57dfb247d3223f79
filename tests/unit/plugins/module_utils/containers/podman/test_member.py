# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pods, and containers in them, in Podman's own words: data in, data out. What they do is tested on a real one."""

from __future__ import annotations

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.containers import member as pods
from ansible_collections.rackwright.platform.plugins.module_utils.containers import pod, wire
from ansible_collections.rackwright.platform.plugins.module_utils.containers.podman import member, words
from ansible_collections.rackwright.platform.plugins.module_utils.containers.resource import CONTAINER
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Failure

POD = {"id": "a1", "share": ["net"]}
TIMES = ("Interval", "Timeout", "StartPeriod", "Retries")


def made(**row):
    """The body that makes a container in a pod."""
    row = CONTAINER.normalise([dict(row, name="web", image="img")])[0]
    config = words.body(pods.into(wire.body(row, {}), "shop", POD), "id", old=True)
    return member.body(dict(config, Image="localhost/img"), "web")


def test_a_container_says_no_more_than_it_must():
    assert made() == {
        "name": "web",
        "pod": "shop",
        "image": "localhost/img",
        "stop_timeout": 10,
        "privileged": False,
        "read_only_filesystem": False,
        "image_volume_mode": "anonymous",
    }


@pytest.mark.parametrize(
    ("row", "body"),
    [
        ({"env": {"A": "b=c"}, "command": "sleep 1"}, {"env": {"A": "b=c"}, "command": ["sleep", "1"]}),
        ({"stop_signal": "hup"}, {"stop_signal": 1}),
        ({"restart": "on-failure:3"}, {"restart_policy": "on-failure", "restart_tries": 3}),
        ({"cpus": 0.5}, {"resource_limits": {"cpu": {"quota": 50000, "period": 100000}}}),
        ({"memory": "8M"}, {"resource_limits": {"memory": {"limit": 8 << 20, "swap": 16 << 20}}}),
        ({"pids_limit": 0}, {"resource_limits": {"pids": {"limit": 0}}}),
        ({"ulimits": {"nofile": "1:2"}}, {"r_limits": [{"type": "nofile", "soft": 1, "hard": 2}]}),
        ({"devices": ["/dev/fuse"]}, {"devices": [{"path": "/dev/fuse:/dev/fuse:rwm"}]}),
        ({"log_driver": "k8s-file"}, {"log_configuration": {"driver": "k8s-file"}}),
        ({"healthcheck": {"test": ["NONE"]}}, {"healthconfig": {"Test": ["NONE"], **dict.fromkeys(TIMES, 0)}}),
        (
            {"healthcheck": {"test": "true", "interval": 1}},
            {"healthconfig": dict(member.HEALTH, Test=["CMD-SHELL", "true"], Interval=wire.NANO)},
        ),
        (
            {"volumes": [{"source": "data", "target": "/data", "read_only": True}]},
            {"volumes": [{"Name": "data", "Dest": "/data", "Options": ["ro"]}]},
        ),
        (
            {"volumes": [{"target": "/tmp", "size": "1M"}]},
            {
                "mounts": [
                    {
                        "type": "tmpfs",
                        "source": "tmpfs",
                        "destination": "/tmp",
                        "options": ["rw", "size=1048576", "mode=1777"],
                    }
                ]
            },
        ),
        (
            {"security_opts": ["no-new-privileges", "label=disable", "seccomp=unconfined", "mask=/a:/b"]},
            {
                "no_new_privileges": True,
                "selinux_opts": ["disable"],
                "seccomp_profile_path": "unconfined",
                "mask": ["/a", "/b"],
                "annotations": {
                    "io.podman.annotations.label": "disable",
                    "io.podman.annotations.seccomp": "unconfined",
                },
            },
        ),
    ],
    ids=lambda value: next(iter(value)),
)
def test_a_setting_is_in_podmans_words(row, body):
    found = made(**row)
    assert {word: found[word] for word in body} == body


def test_a_security_option_that_podman_would_drop_is_refused():
    with pytest.raises(Failure, match="none that Podman takes"):
        made(security_opts=["credentialspec=file"])


def test_a_container_without_a_resolver_is_made_by_podmans_own_call():
    given = {
        "dns_mode": "none",
        "ports": [{"public": 80, "private": 8080}],
        "networks": [{"name": "front", "address": "10.0.0.9", "aliases": ["till"]}],
        "hosts": {"db": "192.0.2.1"},
        "sysctls": {"net.ipv4.ip_default_ttl": 32},
        "shm_size": "8M",
        "hostname": "inner",
    }
    row = CONTAINER.normalise([dict(given, name="web", image="img")])[0]
    config = words.body(wire.body(row, {}), "id", old=True)
    assert member.body(dict(config, Image="img"), "web")["use_image_resolve_conf"] is True
    assert "use_image_resolve_conf" not in made()
    assert member.alone(config) == {
        "hostname": "inner",
        "hostadd": ["db:192.0.2.1"],
        "sysctl": {"net.ipv4.ip_default_ttl": "32"},
        "shm_size": 8 << 20,
        "netns": {"nsmode": "bridge"},
        "Networks": {"front": {"aliases": ["till"], "static_ips": ["10.0.0.9"]}},
        "portmappings": [{"container_port": 8080, "host_port": 80, "host_ip": "127.0.0.1", "protocol": "tcp"}],
    }


def test_a_pod_is_in_podmans_words():
    given = {
        "name": "shop",
        "share": ["net"],
        "ports": [{"public": 80, "private": 8080, "address": "0.0.0.0"}],
        "networks": [{"name": "front", "address": "10.0.0.9", "aliases": ["till"]}],
        "hosts": {"db": "192.0.2.1"},
        "shm_size": "8M",
        "command": ["sleep", "1"],
    }
    body = member.pod(pod.POD.normalise([given])[0], {"ours": "1"}, "sha256:1")
    assert body["portmappings"] == [
        {"container_port": 8080, "host_port": 80, "host_ip": "0.0.0.0", "protocol": "tcp"},
    ]
    assert body["Networks"] == {"front": {"aliases": ["till"], "static_ips": ["10.0.0.9"]}}
    assert (body["hostname"], body["hostadd"], body["shm_size"]) == ("shop", ["db:192.0.2.1"], 8 << 20)
    assert (body["infra_image"], body["infra_command"], body["labels"]) == ("sha256:1", ["sleep", "1"], {"ours": "1"})
