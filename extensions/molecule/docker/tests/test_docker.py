# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host with the role docker can do."""

from __future__ import annotations

import json


def test_the_engine_runs_and_starts_at_boot(host):
    service = host.service("docker")
    assert service.is_running
    assert service.is_enabled


def test_the_engine_has_its_configuration(host):
    info = json.loads(host.check_output("docker info --format '{{json .}}'"))
    assert info["LiveRestoreEnabled"] is True
    assert info["Driver"] == "overlay2"
    settings = json.loads(host.file("/etc/docker/daemon.json").content_string)
    tls = {"tls" + name: "/etc/docker/tls/%s.pem" % name for name in ("cert", "key")}
    tls.update(hosts=["fd://", "tcp://0.0.0.0:2376"], tlsverify=True, tlscacert="/etc/docker/tls/ca.pem")
    assert settings == dict({"live-restore": True, "log-opts": {"max-size": "11m"}}, **tls)
    assert host.file("/etc/docker/daemon.json").mode == 0o644


def test_the_engine_has_its_environment(host):
    pid = host.check_output("systemctl show docker.service --property=MainPID --value")
    environment = host.check_output("tr '\\000' '\\n' < /proc/%s/environ" % pid).splitlines()
    assert 'NO_PROXY=50%,"quoted"' in environment
    assert host.file("/etc/systemd/system/docker.service.d/rackwright.conf").mode == 0o600


def test_the_authoritys_key_is_not_here(host):
    assert sorted(host.file("/etc/docker/tls").listdir()) == ["ca.pem", "cert.pem", "key.pem"]
    assert host.file("/etc/docker/tls").mode == 0o700 and host.file("/etc/docker/tls/key.pem").mode == 0o600


def test_published_ports_are_closed_before_the_engine_starts(host):
    assert host.service("docker-published").is_enabled
    rules = host.check_output("iptables -S RACKWRIGHT-PUBLISHED").splitlines()
    assert len(rules) == 6 and rules[-1].endswith("-j DROP"), rules
    assert host.check_output("iptables -S DOCKER-USER").count("-j RACKWRIGHT-PUBLISHED") == 1


def test_a_container_runs(host):
    ran = host.run("docker run --rm busybox:1 /bin/busybox sh -c 'exit 4'")
    assert ran.rc == 4


def test_a_containers_limit_holds(host):
    version = host.check_output("docker info --format '{{.CgroupVersion}}'")
    path = {"1": "/sys/fs/cgroup/memory/memory.limit_in_bytes", "2": "/sys/fs/cgroup/memory.max"}[version]
    ran = host.run("docker run --rm --memory 64m busybox:1 /bin/busybox cat " + path)
    assert ran.stdout.strip() == str(64 * 2**20), ran.stdout + ran.stderr


def test_a_container_reaches_the_network(host):
    ran = host.run("docker run --rm busybox:1 /bin/busybox nslookup deb.debian.org")
    assert ran.rc == 0, ran.stdout + ran.stderr


def test_a_published_port_answers(host):
    host.check_output(
        "docker run --detach --rm --name web --publish 8080:8080 busybox:1 /bin/busybox httpd -f -p 8080 -h /bin"
    )
    try:
        address = host.check_output("hostname -I").split()[0]
        assert (
            host.run(
                "curl --silent --fail --retry 5 --retry-connrefused -o /dev/null http://%s:8080/busybox" % address
            ).rc
            == 0
        )
    finally:
        host.run("docker rm --force web")


def test_only_the_named_users_may_talk_to_the_engine(host):
    assert "docker" in host.user("deploy").groups
    assert host.run("runuser -u deploy -- docker ps").rc == 0
    assert host.run("runuser -u nobody -- docker ps").rc != 0


def test_the_sdk_talks_to_the_engine(host):
    assert host.check_output("python3 -c 'import docker; print(docker.from_env().ping())'") == "True"
