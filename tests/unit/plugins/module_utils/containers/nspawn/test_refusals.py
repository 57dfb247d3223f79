# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What systemd-nspawn cannot do is refused by name; what it can is not."""

from __future__ import annotations

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.containers.drivers.nspawn import Nspawn
from ansible_collections.rackwright.platform.plugins.module_utils.containers.fields import EMPTY
from ansible_collections.rackwright.platform.plugins.module_utils.containers.image import IMAGE
from ansible_collections.rackwright.platform.plugins.module_utils.containers.nspawn import refusals
from ansible_collections.rackwright.platform.plugins.module_utils.containers.resource import CONTAINER
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Refused

PORT = {"public": 80, "private": 80, "address": "0.0.0.0"}


def row(**fields):
    return CONTAINER.normalise([dict({"name": "web", "command": ["sleep", "1"]}, **fields)])[0]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"networks": [{"name": "front"}]}, "cannot do networks"),
        ({"healthcheck": {"test": "true"}}, "cannot do healthcheck"),
        ({"sysctls": {"net.core.somaxconn": 5}}, "cannot do sysctls"),
        ({"shm_size": "1M"}, "cannot do shm_size"),
        ({"log_options": {"a": "b"}}, "cannot do log_options"),
        ({"runtime": "runc"}, "cannot do runtime"),
        ({"privileged": True}, "cannot do privileged"),
        ({"log_driver": "json-file"}, "log_driver json-file"),
        ({"security_opts": ["seccomp=unconfined"]}, "security_opts seccomp=unconfined"),
        ({"ulimits": {"cheese": 1}}, "cheese is none of"),
        ({"hosts": {"me": "host-gateway"}}, "knows no host-gateway"),
        ({"user": "www:www"}, "leave out the group"),
        ({"init": True}, "cannot do init"),
        ({"env": {"A.B": "1"}}, "A.B is no name"),
        ({"env": {"A": "1\n2"}}, "env: A holds a line feed"),
        ({"command": ["sh", "-c", "a\nb"]}, "command holds a line feed"),
        ({"ports": [dict(PORT, address="127.0.0.1")]}, "address 0.0.0.0"),
        ({"ports": [dict(PORT, protocol="sctp")]}, "not sctp"),
        ({"ports": [dict(PORT, public=None)]}, "give a number, or auto"),
        ({"volumes": [{"source": "data", "target": "/data"}]}, "volume data of /data"),
        ({"name": "a..b"}, "a machine's name"),
        ({"name": "web_"}, "a machine's name"),
        ({"name": "w" * 65}, "64 characters"),
    ],
)
def test_what_it_cannot_do(fields, words):
    with pytest.raises(Refused) as refusal:
        Nspawn.refuse(CONTAINER, [row(**fields)])
    assert words in str(refusal.value) and len(refusal.value.problems) == 1
    assert refusal.value.problems[0].startswith("container %s" % fields.get("name", "web"))


def test_what_is_declared_as_empty_is_refused_nowhere():
    Nspawn.refuse(CONTAINER, [dict(EMPTY, name="web")])


def test_what_it_can_do():
    Nspawn.refuse(
        CONTAINER,
        [
            row(
                ports=[PORT, dict(PORT, public="auto", private=81)],
                volumes=[{"source": "/srv", "target": "/srv"}, {"target": "/tmp"}],
                log_driver="journald",
                security_opts=["no-new-privileges:true"],
                ulimits={"nofile": 5},
                user="www",
            )
        ],
    )


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"source": "load", "path": "/x.tar"}, "cannot do source load"),
        ({"source": "build", "path": "/x"}, "cannot do source build"),
        ({"source": "import", "path": "/x.tar", "changes": ["CMD true"]}, "cannot do changes"),
    ],
)
def test_images_that_it_cannot_make(fields, words):
    with pytest.raises(Refused, match=words):
        Nspawn.refuse(IMAGE, IMAGE.normalise([dict(fields, name="web:1")]))


def driver(**options):
    """The driver on a host with systemd 247."""
    return Nspawn(options, lambda command, **_how: (0, "systemd 247 (247.3-7+deb11u4)\n+PAM\n", ""))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"volumes": [{"source": "/", "target": "/host"}]}, "can write to no folder"),
        ({"read_only": True}, "systemd 247 gives"),
    ],
)
def test_what_takes_the_users_of_the_host(fields, words):
    with pytest.raises(Refused, match=words) as refusal:
        driver(user_namespace=True).vet([row(**fields)], [], driver().containers(), [])
    assert "user_namespace: false" in str(refusal.value)
    driver(user_namespace=False).vet([row(**fields)], [], driver().containers(), [])
    driver().vet([row(volumes=[{"source": "/", "target": "/host", "read_only": True}])], [], driver().containers(), [])
    assert refusals.owned(row(read_only=True), 252) == []


@pytest.mark.parametrize("thing", ["network", "volume", "pod", "plugin"])
def test_things_that_it_has_not(thing):
    with pytest.raises(Refused, match="provider nspawn has no %ss" % thing):
        Nspawn({}).needs(thing)
    with pytest.raises(Refused, match="cannot do strategy"):
        Nspawn({}).containers(strategy={"batch": "1"})
