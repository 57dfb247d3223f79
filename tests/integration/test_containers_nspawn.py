# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Containers as machines of a real systemd-nspawn, on a host of their own with systemd as its first process."""

from __future__ import annotations

import json
import os
import random
import subprocess

import pytest
from contract.names import ALL, SELDOM
from contract.nspawn import IMAGE, ContainersOnNspawn

ONE = ContainersOnNspawn.ROWS[:1]
NAME = ONE[0]["name"]
SCENES = {
    "create": ((), ONE, "started"),
    "change": (ONE, (dict(ONE[0], memory="96M", restart="on-failure:3"),), "started"),
    "replace": (ONE, (dict(ONE[0], env={"WORD": "uno"}),), "started"),
    "delete": (ONE, ONE, "absent"),
}
RELEASE = os.environ.get("RACKWRIGHT_NSPAWN", "debian-12")
LATE = 0.01  # seconds after which a program has begun and, as a rule, not ended
OPTIONS = {
    "name": "contract-all",
    "image": IMAGE,
    "command": ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.1; done"],
    "env": {"QUOTES": 'it\'s "so" \\n $HOME %h', "EMPTY": ""},
    "working_dir": "/www",
    "hostname": "inner",
    "network_mode": "none",
    "ulimits": {"nofile": "64:128"},
    "security_opts": ["no-new-privileges"],
    "cap_drop": ["MKNOD"],
    "read_only": RELEASE != "debian-11",  # systemd 247 cannot, with users of the container's own
    "dns_servers": ["192.0.2.53"],
    "dns_search": ["example.org"],
    "hosts": {"db": "192.0.2.7"},
    "volumes": [
        {"target": "/scratch", "size": "1M"},
        {"source": "/srv/system", "target": "/tmp", "read_only": True},
    ],
    "cpus": 0.5,
    "memory": "48M",
    "pids_limit": 50,
    "restart": "always",
    "stop_timeout": 3,
    "labels": {"tier": "front"},
}
INSIDE = """\
pwd; hostname; awk '/open files/ {print $4; print $5}' /proc/1/limits
cat /etc/resolv.conf; grep db /etc/hosts; printf '%s\\n' "$QUOTES"
df -k /scratch | tail -n 1 | awk '{print $2}'; ls -d /tmp/usr; touch /scratch/x && echo written
touch /x && echo wrote || echo kept
grep -E 'NoNewPrivs|CapBnd' /proc/1/status
"""
# A machine that was never started, the settings of one to come, and one that runs without either.
BY_HAND = """\
mkdir -p /var/lib/machines/by-hand/usr /etc/systemd/nspawn
echo '[Exec]' >/etc/systemd/nspawn/by-file.nspawn
cp -a /var/lib/machines/.rackwright/images/*/root /srv/by-run
systemd-run --quiet --unit by-run systemd-nspawn --quiet --keep-unit --machine by-run --directory /srv/by-run sleep 600
until machinectl show by-run >/dev/null 2>&1; do sleep 0.1; done
"""

# Where containers are is a disk of its own, and there is nothing left of it.
FULL = """\
cd /var/lib/machines/.rackwright/containers && cp -a . /kept && mount -t tmpfs -o size=64M full . && cd "$PWD"
cp -a /kept/. . && dd if=/dev/zero of="$(echo *@*)/fill" bs=4k 2>/dev/null; df --output=avail . | tail -n 1
"""
EMPTY = "umount -l /var/lib/machines/.rackwright/containers; rm -r /kept"
ANEW = "for turn in $(seq 8); do systemctl daemon-reexec; sleep 1; done"


@pytest.fixture(scope="module")
def machines():
    """The contract suite's provider, on its host."""
    found = ContainersOnNspawn()
    found.start()
    try:
        yield found
    finally:
        found.stop()


@pytest.fixture(autouse=True)
def nothing_left(machines):
    """No machines before, none after, and nothing of them."""
    machines.fresh()
    yield
    machines.fresh()
    assert machines.litter() == []


def declare(machines, *rows, **more):
    """Run `container` for the rows on the host."""
    how = {name: more.pop(name) for name in ("check", "fails") if name in more}
    return machines.run("container", machines.args("", rows, **more), **how)


def inside(machines, name, script, **more):
    """What a shell in a machine says."""
    task = dict(more, provider="nspawn", names=[name], command=["sh", "-c", script])
    return machines.run("container_exec", task)["stdout_lines"]


def moments(steps):
    """The steps at which a run is killed: all of them where there is time, else some."""
    if ALL:
        return range(1, steps + 1), "each of %d steps" % steps
    seed = int(os.environ.get("RACKWRIGHT_KILL_SEED") or random.randrange(10**6))
    return [random.Random(seed).randint(1, steps)], "RACKWRIGHT_KILL_SEED=%d" % seed


@pytest.mark.timeout(3600 if ALL else 300)
@pytest.mark.parametrize("late", [0, LATE] if ALL else [0], ids=lambda late: "late" if late else "before")
@pytest.mark.parametrize("scene", SCENES if ALL else ("replace",))
def test_a_run_that_is_killed_at_any_step_and_run_again_ends_with_what_was_declared(machines, scene, late):
    before, rows, state = SCENES[scene]
    args = machines.args("", rows, state=state)

    def broken(at):
        machines.fresh()
        if before:
            declare(machines, *before)
        process = machines.host.start("container", args, script="contract/killed.py", at=at, late=late)
        return process, process.communicate(timeout=120)

    _process, (out, err) = broken(0)
    chosen, how = moments(json.loads(out)["steps"])
    killed = 0
    for at in chosen:
        process, (out, err) = broken(at)
        killed += process.returncode == 137
        assert late or process.returncode == 137, (how, at, out, err)
        result = machines.run("container", args)
        facts = machines.facts(rows) if state == "started" else {}
        assert result["failed_keys"] == {} and machines.truth() == facts, (how, at, result)
        assert machines.litter() == [], (how, at)
        again = machines.run("container", args)
        assert not again["changed"] and again["plan"] == [], (how, at, again["plan"])
    assert killed, how


def test_what_is_declared_comes_about_and_what_is_done_by_hand_is_put_right(machines):
    declare(machines, OPTIONS, wait=True)
    said = inside(machines, OPTIONS["name"], INSIDE)
    assert said[:5] == ["/www", "inner", "64", "128", "nameserver 192.0.2.53"], said
    assert said[5:9] == ["search example.org", "192.0.2.7 db", OPTIONS["env"]["QUOTES"], "1024"], said
    assert said[9:12] == ["/tmp/usr", "written", "kept" if OPTIONS["read_only"] else "wrote"], said
    assert said[13].split() == ["NoNewPrivs:", "1"], said
    assert not int(said[12].split()[1], 16) >> 27 & 1, said  # CAP_MKNOD
    unit = "systemd-nspawn@%s.service" % OPTIONS["name"]
    show = "systemctl show --property CPUQuotaPerSecUSec,MemoryMax,TasksMax,Restart,UnitFileState %s" % unit
    wanted = {
        "Restart=always",
        "CPUQuotaPerSecUSec=500ms",
        "MemoryMax=50331648",
        "TasksMax=50",
        "UnitFileState=enabled",
    }
    assert set(machines.host.shell(show)) == wanted
    assert not declare(machines, OPTIONS)["changed"]
    for by_hand, field in (
        ("systemctl set-property %s MemoryMax=96M" % unit, "memory"),
        ("sed -i s/Hostname=inner/Hostname=outer/ /etc/systemd/nspawn/%s.nspawn" % OPTIONS["name"], "settled"),
        ("rm /etc/systemd/system/%s.d/rackwright.conf && systemctl daemon-reload" % unit, "settled"),
        ("systemctl stop %s" % unit, "state"),
    ):
        machines.host.shell(by_hand)
        seen = declare(machines, OPTIONS)
        assert seen["plan"][0]["verb"] == "update" and field in seen["plan"][0]["fields"], (by_hand, seen["plan"])
        assert set(machines.host.shell(show)) == wanted, by_hand
        assert not declare(machines, OPTIONS)["changed"], by_hand
    assert inside(machines, OPTIONS["name"], "hostname") == ["inner"]


@SELDOM
def test_limits_and_labels_change_while_it_runs(machines):
    declare(machines, *ONE)
    before = machines.host.shell("machinectl show %s --property Leader" % NAME)
    row = dict(ONE[0], memory="0", cpus=1.5, labels={"tier": "back"}, restart="unless-stopped")
    result = declare(machines, row)
    assert [line["verb"] for line in result["plan"]] == ["update"]
    assert machines.host.shell("machinectl show %s --property Leader" % NAME) == before
    assert machines.truth()[NAME] == ("active", "one", "infinity", "always")
    info = machines.run("container_info", {"provider": "nspawn", "owner": "nobody"})
    assert info["containers"] == []
    found = machines.run("container_info", {"provider": "nspawn"})["containers"][0]
    assert (found["labels"], found["cpus"], found["status"]) == ({"tier": "back"}, 1.5, "running")


@SELDOM
def test_a_new_one_that_does_not_start_leaves_the_old_one(machines):
    declare(machines, *ONE)
    result = declare(machines, dict(ONE[0], devices=["/dev/no-such-device"]), fails=True)
    assert "The old one is in its place again and runs" in result["msg"]
    if RELEASE != "debian-13":  # whose journal tells of no unit where control groups are of version 1, as here
        assert "/dev/no-such-device" in result["msg"]
    assert machines.truth() == machines.facts(ONE) and machines.litter() == []
    result = declare(machines, dict(ONE[0], name="contract-bad", devices=["/dev/no-such-device"]), fails=True)
    assert "log lines" in result["msg"] and machines.truth() == machines.facts(ONE)
    assert not declare(machines, *ONE)["changed"]


@SELDOM
def test_what_is_run_once_tells_how_it_ended(machines):
    row = dict(ONE[0], run_once=True, command=["sh", "-c", "echo done with $WORD; exit $CODE"])
    good, bad = (dict(row, env={"WORD": "it", "CODE": code}) for code in "03")
    result = declare(machines, good, wait=True)
    assert (result["containers"][0]["exit_code"], result["containers"][0]["status"]) == (0, "exited")
    assert result["containers"][0]["output"].split() == ["done", "with", "it"]
    assert not declare(machines, good, wait=True)["changed"]
    result = declare(machines, bad, wait=True, fails=True)
    assert "has ended with exit status 3" in result["msg"] and "done with it" in result["msg"]


def test_machines_made_by_hand_are_never_touched(machines):
    machines.host.shell(BY_HAND)
    look = "find /var/lib/machines/by-hand /etc/systemd/nspawn/by-file.nspawn -printf '%p %i %T@\\n'"
    before, strangers = (
        machines.host.shell(look),
        {"by-hand": "did not make", "by-file": "did not write", "by-run": "runs"},
    )
    for name, words in strangers.items():
        for state in ("started", "absent"):
            result = declare(machines, dict(ONE[0], name=name), state=state, fails=True)
            assert words in result["msg"], result["msg"]
    declare(machines, ONE[0], prune=True)
    assert machines.host.shell(look) == before
    names = {"provider": "nspawn", "names": ["by-hand", NAME]}
    found = machines.run("container_info", names)["containers"]
    assert {row["name"]: row["foreign"] for row in found} == {"by-hand": True, NAME: False}
    assert "by-run" in machines.host.shell("machinectl list --no-legend | cut -d ' ' -f 1")
    machines.host.shell("systemctl stop by-run; rm -r /var/lib/machines/by-hand")


def test_commands_in_a_machine(machines):
    declare(machines, *ONE)
    task = {"provider": "nspawn", "names": [NAME]}
    done = machines.run(
        "container_exec", dict(task, command=["sh", "-c", "cat; echo to $WORD >&2; exit 4"], stdin="in"), fails=True
    )
    assert (done["rc"], done["stdout"], done["stderr"]) == (4, "in", "to one")
    assert (
        machines.run("container_exec", dict(task, command="id -u", user="1234:5", working_dir="/www"))["stdout"]
        == "1234"
    )
    assert not machines.run("container_exec", dict(task, command="false", creates="/www"))["changed"]
    late = machines.run("container_exec", dict(task, command="sleep 5", timeout=1), fails=True)
    assert "did not end within" in late["msg"]
    gone = machines.run("container_exec", dict(task, names=["contract-gone"], command="true"), fails=True)
    assert "it is not there" in gone["msg"]


def test_the_resolver_is_the_hosts_or_the_images_own(machines):
    hosts = machines.host.shell("cat /etc/resolv.conf")
    for mode, said in (("host", hosts), ("none", [])):
        row = dict(ONE[0], name="contract-dns", dns_mode=mode)
        assert declare(machines, row)["changed"] and not declare(machines, row)["changed"]
        assert inside(machines, "contract-dns", "cat /etc/resolv.conf 2>/dev/null || true") == said


def test_a_full_disk_is_told_and_nothing_is_left_of_what_it_kept_from_coming(machines):
    declare(machines, *ONE)
    assert machines.host.shell(FULL)[-1].strip() == "0"
    try:
        said = declare(machines, *ONE, dict(ONE[0], name="contract-big"), fails=True)
        assert list(said["failed_keys"]) == ["contract-big"] and "No space left on device" in said["msg"]
        assert "Make room" in said["msg"], said["msg"]
        assert machines.truth() == machines.facts(ONE)
    finally:
        machines.host.shell(EMPTY)


@SELDOM
def test_a_systemd_that_starts_anew_in_the_middle_is_outlasted(machines):
    rows = [dict(ONE[0], name="contract-n%d" % number) for number in range(4)]
    meddler = subprocess.Popen(machines.host.command("sh", "-c", ANEW))
    try:
        assert len(declare(machines, *rows)["applied"]) == 4
    finally:
        assert meddler.wait(60) == 0
    assert machines.truth() == machines.facts(rows) and not declare(machines, *rows)["changed"]
