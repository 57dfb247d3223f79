# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replacement in batches on the real engine: nobody is turned away, and what fails is put back."""

from __future__ import annotations

import contextlib
import http.client
import threading
import time
import urllib.request

import pytest
from integration.containers_fixtures import PREFIX, fixtures
from integration.powerdns import free_port

engine, site = fixtures()
HEALTH = {"test": ["CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8080/"], "interval": 0.3, "retries": 20}
SERVE = "mkdir -p /tmp/www; echo $VERSION > /tmp/www/index.html; exec httpd -f -p 8080 -h /tmp/www"
BROKEN = "sleep 3600"


def replica(site, number, version, port=None, script=SERVE, **more):
    """One of several web servers that say their version."""
    row = site.row("web%d" % number, command=["sh", "-c", script], env={"VERSION": version}, healthcheck=HEALTH, **more)
    return dict(row, ports=[{"private": 8080, "public": port}]) if port else row


class Client(threading.Thread):
    """Asks over and over, as a balancer does: the next replica where one does not answer."""

    def __init__(self, ports):
        super().__init__(daemon=True)
        self.ports, self.over = ports, threading.Event()
        self.answers, self.failures = [], []

    def run(self):
        """Until told to end."""
        while not self.over.is_set():
            answer = next(filter(None, map(self.ask, self.ports)), None)
            (self.answers if answer else self.failures).append(answer or time.monotonic())
            time.sleep(0.005)

    @staticmethod
    def ask(port):
        """What a replica says, None without an answer."""
        with contextlib.suppress(OSError, http.client.HTTPException):
            return urllib.request.urlopen("http://127.0.0.1:%d/" % port, timeout=5).read().decode().strip()


@contextlib.contextmanager
def asking(ports):
    """A client at work."""
    client = Client(ports)
    client.start()
    try:
        yield client
    finally:
        client.over.set()
        client.join()


def test_two_replicas_are_changed_and_no_request_fails(site):
    ports = [free_port(), free_port()]
    site.made(*(replica(site, n, "one", port) for n, port in enumerate(ports)))
    with asking(ports) as client:
        site.made(*(replica(site, n, "two", port) for n, port in enumerate(ports)), strategy={"batch": "1"})
    assert not client.failures and {"one", "two"} == set(client.answers)
    assert [Client.ask(port) for port in ports] == ["two", "two"] and site.names() == ["web0", "web1"]


def test_all_at_once_would_have_failed_requests(site):
    ports = [free_port(), free_port()]
    site.made(*(replica(site, n, "one", port) for n, port in enumerate(ports)))
    with asking(ports) as client:
        site.made(*(replica(site, n, "two", port) for n, port in enumerate(ports)))
    assert client.failures


def test_a_failure_puts_back_what_was_replaced_before(site):
    old = [replica(site, n, "one") for n in range(3)]
    site.made(*old)
    before = {name: site.seen(name)["Id"] for name in site.names()}
    new = [replica(site, 0, "two"), replica(site, 1, "two", script=BROKEN), replica(site, 2, "two")]
    failed = site.task(*new, strategy={"healthy_within": 2}, fails=True)
    web = ["%sweb%d" % (PREFIX, n) for n in range(3)]
    assert set(failed["failed_keys"]) == set(web[:2]) and failed["pending"] == [web[2]]
    assert "is in phase starting" in failed["failed_keys"][web[1]]
    assert "it was replaced, and then container %s failed" % web[1] in failed["failed_keys"][web[0]]
    assert {name: site.seen(name)["Id"] for name in site.names()} == before
    assert all(site.seen(name)["State"]["Running"] for name in before)
    assert not site.task(*old)["changed"]


def test_stop_leaves_new_what_was_replaced_before(site):
    site.made(*(replica(site, n, "one") for n in range(3)))
    third = site.seen("web2")["Id"]
    new = [replica(site, 0, "two"), replica(site, 1, "two", script="exit 4"), replica(site, 2, "two")]
    failed = site.task(*new, strategy={"healthy_within": 5, "on_failure": "stop"}, fails=True)
    said = failed["failed_keys"][PREFIX + "web1"]
    assert "ended with exit status 4" in said and "The old one is in its place again and runs" in said
    versions = [site.seen("web%d" % n)["Config"]["Env"][0] for n in range(3)]
    assert versions == ["VERSION=two", "VERSION=one", "VERSION=one"] and site.seen("web2")["Id"] == third
    assert all(site.seen(name)["State"]["Running"] for name in ("web0", "web1", "web2"))


def test_the_new_one_starts_beside_the_old_one_where_it_can(site):
    site.made(replica(site, 0, "one"))
    old = site.seen("web0")["Id"]
    failed = site.task(replica(site, 0, "two", script=BROKEN), strategy={"healthy_within": 1}, fails=True)
    assert failed["failed_keys"] and site.seen("web0")["Id"] == old
    assert site.seen("web0")["RestartCount"] == 0 and site.names() == ["web0"]
    began = site.seen("web0")["State"]["StartedAt"]
    site.task(replica(site, 0, "two", script="exit 1"), strategy={}, fails=True)
    assert site.seen("web0")["State"]["StartedAt"] == began  # it never stopped


def test_two_that_write_to_one_volume_never_run_together(site):
    shared = [{"source": PREFIX + "data", "target": "/data"}]
    site.made(replica(site, 0, "one", volumes=shared))
    began = site.seen("web0")["State"]["StartedAt"]
    site.task(replica(site, 0, "two", script="exit 1", volumes=shared), strategy={}, fails=True)
    assert site.seen("web0")["State"]["StartedAt"] > began  # it was stopped first, and put back


@pytest.mark.parametrize("batch", ["0", "some", "101%", "-1"])
def test_a_batch_that_is_none_is_refused(site, batch):
    said = site.task(replica(site, 0, "one"), strategy={"batch": batch}, fails=True)["msg"]
    assert "strategy: batch '%s' is neither a number" % batch in said and site.names() == []


def test_a_share_is_taken_of_what_changes(site):
    site.made(*(replica(site, n, "one") for n in range(4)))
    began = time.time()
    site.made(*(replica(site, n, "two") for n in range(4)), strategy={"batch": "50%"})
    starts = sorted(site.seen("web%d" % n)["State"]["StartedAt"] for n in range(4))
    ends = sorted(site.seen("web%d" % n)["State"]["Health"]["Log"][0]["End"] for n in range(4))
    assert starts[1] < ends[0] < starts[2] and time.time() > began


def test_killed_at_any_write_and_run_again_it_ends_as_declared(site):
    assert site.killed(site.row(env={"TURN": "1"}), site.row(env={"TURN": "2"}), strategy={}) == 6
    assert "TURN=2" in site.seen()["Config"]["Env"]
