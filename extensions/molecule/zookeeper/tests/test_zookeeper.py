# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host with the role zookeeper can do."""

from __future__ import annotations

import json

ASK = "import urllib.request as r; print(r.urlopen('http://127.0.0.1:8081/commands/%s').read().decode())"


def command(host, name):
    """The AdminServer's answer."""
    return json.loads(host.check_output("python3 -c %s", ASK % name))


def test_the_member_runs_and_starts_at_boot(host):
    service = host.service("zookeeper")
    assert service.is_running
    assert service.is_enabled


def test_it_is_in_an_ensemble_of_three(host):
    assert len(command(host, "voting_view")["current_config"]) == 3


def test_it_listens_where_it_should(host):
    assert host.socket("tcp://0.0.0.0:2181").is_listening or host.socket("tcp://:::2181").is_listening
    assert not host.socket("tcp://0.0.0.0:8081").is_listening


def test_it_has_its_number_its_data_and_its_settings(host):
    number = host.file("/var/lib/zookeeper/myid").content_string.strip()
    assert number == host.check_output("hostname")[-1]
    assert host.file("/var/lib/zookeeper/version-2").is_directory
    assert command(host, "configuration")["max_client_cnxns"] == 70


def test_the_data_is_kept(host):
    client = "java -cp /usr/share/java/zookeeper.jar org.apache.zookeeper.ZooKeeperMain -server 127.0.0.1:2181"
    assert "hello" in host.check_output(client + " get /kept").splitlines()


def test_it_logs(host):
    assert "QuorumPeer" in host.check_output("journalctl --unit=zookeeper --no-pager --lines=400")


def test_its_secret_is_roots(host):
    secret = host.file("/etc/zookeeper/rackwright.secret")
    assert (secret.user, secret.mode) == ("root", 0o600)
    assert host.run("runuser -u nobody -- cat /etc/zookeeper/rackwright/zoo.cfg").rc != 0


def test_it_runs_as_an_account_of_its_own(host):
    process = host.process.get(comm="java")
    assert process.user == "zookeeper"
