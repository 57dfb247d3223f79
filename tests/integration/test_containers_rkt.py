# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The provider rkt on a replay of recorded answers, or on the real one where it is on the PATH (as root)."""

from __future__ import annotations

import json
import stat
import subprocess

import pytest
from ansible.errors import AnsibleConnectionFailure
from ansible.playbook.play_context import PlayContext
from ansible.plugins.loader import connection_loader
from ansible_collections.rackwright.platform.plugins.module_utils.containers.rkt import services
from ansible_collections.rackwright.platform.plugins.module_utils.containers.rkt.client import RktClient
from contract.modules import run
from contract.names import SELDOM
from integration.play import listed
from integration.rkt import MOUNTS, REAL, Host, aci

IMAGE = "example.com/hello:1.0.0"
SLEEP = ["/bin/sleep", "3600"]
replay = pytest.mark.skipif(bool(REAL), reason="looks into the replay's own files, or runs programs of this host")


@pytest.fixture(scope="module")
def host():
    """A host with one image."""
    with Host() as found:
        found.rkt("fetch", aci(found.folder / "hello.aci"))
        yield found


@pytest.fixture
def clean(host):
    """The same, with nothing on it."""
    host.fresh()
    yield host
    host.fresh()


def task(host, *rows, options=None, **more):
    """A task of container."""
    args = {"provider": "rkt", "rkt": dict(host.options(), **(options or {})), "pull": "never", "timeout": 20}
    return dict(args, containers=[dict({"image": IMAGE, "stop_timeout": 1}, **row) for row in rows], **more)


def container(host, *rows, check=False, fails=False, **more):
    """The result of it."""
    return run("container", task(host, *rows, **more), check=check, diff=True, fails=fails)


def sh(line):
    """The words that run a line of shell."""
    return ["/bin/sh", "-c", line]


def path(host, name):
    """A container's unit."""
    return host.folder / "units" / ("rackwright-rkt-%s.service" % name)


def images(host, *rows, fails=False, options=None, **more):
    """The result of a task of container_image."""
    args = {"provider": "rkt", "rkt": dict(host.options(), **(options or {})), "images": list(rows)}
    return run("container_image", dict(args, **more), fails=fails)


def test_what_is_run_once_gives_its_status_and_its_words(clean):
    row = {"name": "job", "command": sh("echo $WORD $GREETING; exit $CODE"), "run_once": True}
    done = container(clean, dict(row, env={"WORD": "well", "CODE": "0"}))["containers"][0]
    assert (done["output"].strip(), done["exit_code"], done["status"]) == ("well hi", 0, "exited")
    assert not container(clean, dict(row, env={"WORD": "well", "CODE": "0"}))["changed"]
    failed = container(clean, dict(row, env={"WORD": "ill", "CODE": "7"}), fails=True)
    assert "exit status 7" in failed["msg"] and "ill hi" in failed["msg"]


def test_how_it_ended_outlives_the_pod(clean):
    row = {"name": "job", "command": sh("exit 0"), "run_once": True}
    container(clean, row)
    clean.rkt("gc", "--grace-period=0s")
    assert clean.pods() == []
    assert not container(clean, row)["changed"]


@pytest.mark.parametrize("flavour", ["fly", "coreos"])
def test_exit_status_comes_from_rkt_or_where_that_keeps_none_from_systemd(clean, flavour):
    container(clean, {"name": "job", "command": sh("exit 5"), "runtime": flavour}, wait=False)
    seen = run("container_info", {"provider": "rkt", "rkt": clean.options()})["containers"][0]
    assert (seen["exit_code"], seen["runtime"]) == (5, flavour)
    kept = [app.get("exit_code") for pod in clean.pods() for app in pod["apps"]]
    assert kept == ([None] if flavour == "fly" else [5])


def test_what_does_not_start_is_told_and_taken_away(clean):
    done = container(clean, {"name": "bad", "command": ["/bin/nosuch"]}, fails=True)
    assert "can't execute" in done["msg"] and "/bin/nosuch" in done["msg"]
    assert clean.units() == [] and clean.pods() == []


def test_a_replacement_that_does_not_start_brings_the_old_one_back(clean):
    container(clean, {"name": "web", "command": SLEEP, "env": {"A": "1"}})
    before = path(clean, "web").read_text()
    done = container(clean, {"name": "web", "command": ["/bin/nosuch"], "env": {"A": "2"}}, fails=True)
    assert "The old one is in its place again and runs" in done["msg"]
    assert path(clean, "web").read_text() == before
    assert not container(clean, {"name": "web", "command": SLEEP, "env": {"A": "1"}})["changed"]


def test_states_follow_the_declared(clean):
    row = {"name": "web", "command": SLEEP, "restart": "unless-stopped"}
    for state, status, enabled in (
        ("stopped", "created", False),
        ("started", "running", True),
        ("stopped", "exited", False),
    ):
        done = container(clean, dict(row, state=state))
        assert done["changed"] and done["containers"][0]["state"] == state
        seen = run("container_info", {"provider": "rkt", "rkt": clean.options()})["containers"][0]
        assert seen["status"] == status
        assert ("UnitFileState=enabled" in clean.state(path(clean, "web").name)) == enabled
        assert not container(clean, dict(row, state=state))["changed"]
    assert not container(clean, dict(row, state="present"))["changed"]


def test_limits_change_without_a_new_pod(clean):
    container(clean, {"name": "web", "command": SLEEP})
    before = clean.pods()[0]["name"]
    done = container(clean, {"name": "web", "command": SLEEP, "memory": "64M", "cpus": 0.5, "restart": "on-failure:2"})
    assert done["plan"][0]["verb"] == "update" and [pod["name"] for pod in clean.pods()] == [before]


@pytest.mark.parametrize("change", ["memory", "row"])
def test_a_unit_changed_by_hand_is_taken_back(clean, change):
    row = {"name": "web", "command": SLEEP, "memory": "64M"}
    container(clean, row)
    text = path(clean, "web").read_text()
    path(clean, "web").write_text(
        text.replace("MemoryMax=64M", "MemoryMax=1G") if change == "memory" else text + "# x\n"
    )
    assert container(clean, row)["changed"] and path(clean, "web").read_text() == text
    assert not container(clean, row)["changed"]


@replay
def test_variables_are_roots_alone_and_in_no_process_list(clean):
    container(clean, {"name": "web", "command": SLEEP, "env": {"DB_PASSWORD": "hunter22"}})
    kept = clean.folder / "pods" / "web.env"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600 and "hunter22" in kept.read_text()
    assert "hunter22" not in path(clean, "web").read_text()
    told = subprocess.run(["ps", "-ewwo", "args"], capture_output=True, text=True, check=True).stdout
    assert "web.env" in told and "hunter22" not in told


@replay
def test_what_rkt_leaves_behind_is_seen_and_removed_and_what_is_not_ours_stays(clean):
    container(clean, {"name": "web", "command": SLEEP})
    own = clean.pods()[0]["name"]
    folder = clean.folder / "data" / "pods"
    for ident in ("23729e5b-1f80-4d51-a69f-7acc4b24a713", "33729e5b-1f80-4d51-a69f-7acc4b24a713"):
        (folder / (ident + ".json")).write_text(json.dumps({"name": ident, "state": "aborted prepare"}))
    facts = json.loads((folder / (own + ".json")).read_text())
    ident = "43729e5b-1f80-4d51-a69f-7acc4b24a713"
    (folder / (ident + ".json")).write_text(json.dumps(dict(facts, name=ident, state="exited")))
    (clean.folder / "pods" / "web.uuid").write_text(own)
    done = container(clean, {"name": "web", "command": SLEEP})
    assert [(line["verb"], line["why"]) for line in done["plan"]] == [
        ("delete", "left behind by an interrupted replacement")
    ]
    subprocess.run(["systemctl", "stop", path(clean, "web").name], check=True)
    (clean.folder / "pods" / "web.uuid").write_text("23729e5b-1f80-4d51-a69f-7acc4b24a713")  # its preparation failed
    container(clean, {"name": "web", "command": SLEEP})
    left = sorted(entry.stem for entry in folder.glob("*.json"))
    assert "33729e5b-1f80-4d51-a69f-7acc4b24a713" in left and len([name for name in left if name != own]) == 2


def test_what_is_not_ours_is_never_touched(clean):
    path(clean, "web").write_text("[Service]\nExecStart=/bin/true\n")
    for more in ({}, {"state": "absent"}):
        done = container(clean, {"name": "web", "command": SLEEP}, fails=True, **more)
        assert "Rackwright did not make it" in done["msg"]
    assert path(clean, "web").read_text() == "[Service]\nExecStart=/bin/true\n"
    mine = container(clean, {"name": "mine", "command": SLEEP}, owner="a")
    assert mine["changed"] and "owner 'a'" in container(clean, {"name": "mine"}, owner="b", fails=True)["msg"]


def test_prune_takes_only_what_the_owner_has(clean):
    container(clean, {"name": "one", "command": SLEEP}, {"name": "two", "command": SLEEP}, owner="a")
    container(clean, {"name": "other", "command": SLEEP}, owner="b")
    path(clean, "alien").write_text("[Service]\nExecStart=/bin/true\n")
    done = container(clean, {"name": "one", "command": SLEEP}, owner="a", prune=True)
    assert [(line["verb"], line["key"], line["why"]) for line in done["plan"]] == [("delete", "two", "prune")]
    assert [path(clean, name).exists() for name in ("one", "two", "other", "alien")] == [True, False, True, True]
    assert len(clean.pods()) == 2


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"runtime": "fly", "read_only": True}, "read_only: stage1-fly ignores it"),
        ({"runtime": "fly", "network_mode": "bridge"}, "network_mode bridge: stage1-fly ignores it"),
        ({"runtime": "fly", "ports": [{"private": 8080, "public": 18080}]}, "ports: stage1-fly ignores it"),
        ({"healthcheck": {"test": "true"}}, "healthcheck: it has no health checks"),
        ({"privileged": True}, "privileged: "),
        ({"ports": [{"private": 9, "public": 18080}]}, "no name for the port 9/tcp"),
        ({"networks": [{"name": "nowhere"}]}, "no network nowhere"),
        ({"volumes": [{"source": "/nowhere", "target": "/data"}]}, "/nowhere does not exist"),
    ],
)
def test_what_rkt_cannot_do_is_refused_before_anything_is_done(clean, row, words):
    done = container(clean, dict(row, name="web", command=SLEEP), fails=True)
    assert words in done["msg"] and clean.units() == []


def test_what_is_declared_as_none_is_not_refused(clean):
    assert container(clean, {"name": "web", "command": SLEEP, "privileged": False, "ulimits": {}, "init": False})[
        "changed"
    ]


def test_a_pod_that_exists_is_held_to_its_own_flavour(clean):
    container(clean, {"name": "web", "command": SLEEP, "runtime": "fly"})
    args = dict(task(clean), containers=[{"name": "web", "read_only": True}])
    assert "stage1-fly ignores it" in run("container", args, fails=True)["msg"]
    args["strategy"] = {"batch": "1"}
    assert "cannot do strategy" in run("container", args, fails=True)["msg"]


def test_free_ports_are_leased_and_the_program_is_told(clean):
    row = {"name": "web", "command": SLEEP, "ports": [{"private": 8080, "public": "auto", "name": "http"}]}
    done = container(clean, row)["containers"][0]
    number = done["published"][0]["public"]
    assert done["env"]["PORT_HTTP"] == "8080" and done["env"]["ADVERTISE_HTTP"].endswith(":%d" % number)
    assert not container(clean, row)["changed"]


def test_images_are_loaded_compared_by_id_and_removed(clean):
    file = aci(clean.folder / "two.aci", name="example.com/two")
    row = {"name": "example.com/two:1.0.0", "source": "load", "path": file}
    plain = {"insecure": []}
    assert "no signature" in images(clean, row, fails=True, options=plain)["msg"]
    assert images(clean, row)["changed"]
    assert not images(clean, row)["changed"]
    aci(clean.folder / "two.aci", name="example.com/two", program=("/bin/true",))
    assert images(clean, row)["plan"][0]["fields"] == ["id"]
    assert "holds the image example.com/two" in images(clean, dict(row, name="example.com/x:1"), fails=True)["msg"]
    assert images(clean, {"name": row["name"]}, state="absent")["changed"]
    assert not images(clean, {"name": row["name"]}, state="absent")["changed"]


@replay
def test_signed_images_take_a_trusted_key(clean):
    file, key = clean.folder / "signed.aci", "18e9af8f87c0732ccc95b34cef29833c9d51ec26"
    aci(file, name="example.com/signed")
    (clean.folder / "signed.aci.asc").write_text(key)
    row = {"name": "example.com/signed:1.0.0", "source": "load", "path": str(file)}
    assert "Trust the key" in images(clean, row, fails=True, options={"insecure": []})["msg"]
    (clean.folder / "key").write_text(key)
    clean.rkt("trust", "--skip-fingerprint-review", "--prefix=example.com/signed", str(clean.folder / "key"))
    assert images(clean, row, options={"insecure": []})["changed"]


@replay
def test_images_are_pulled_as_rkt_finds_them(clean):
    there = clean.folder / "registry" / "127.0.0.1_5137" / "demo"
    there.mkdir(parents=True)
    row = {"name": "docker://127.0.0.1:5137/demo/hello:1"}
    assert "connection refused" in images(clean, row, fails=True)["msg"]
    aci(there / "hello:1.aci", name="demo/hello")
    assert images(clean, row)["changed"] and not images(clean, row)["changed"]
    assert "only by fetching it" in images(clean, row, fails=True, pull="always")["msg"]
    assert "cannot do source build" in images(clean, dict(row, source="build", path="/srv"), fails=True)["msg"]


def command(host, fails=False, **more):
    """The result of a task of container_exec."""
    return run(
        "container_exec", dict({"provider": "rkt", "rkt": host.options(), "names": ["web"]}, **more), fails=fails
    )


@replay
def test_commands_run_in_a_pod(clean):
    container(clean, {"name": "web", "command": SLEEP})
    assert command(clean, command=sh("cat; exit 0"), stdin="hello")["stdout"] == "hello"
    assert command(clean, command=sh("echo no >&2; exit 5"), fails=True)["rc"] == 5
    assert command(clean, command=["true"], creates="/etc")["containers"][0]["skipped"]
    assert "rkt enter is root" in command(clean, command=["true"], user="x", fails=True)["msg"]
    assert "did not end within" in command(clean, command=["sleep", "60"], timeout=1, fails=True)["msg"]
    container(clean, {"name": "web", "command": SLEEP, "state": "stopped"})
    assert "does not run" in command(clean, command=["true"], fails=True)["msg"]


class Killed(BaseException):
    """The run ends here, whatever it was about to do."""


@replay
@SELDOM
@pytest.mark.parametrize("scene", ["create", "change", "replace", "delete"])
def test_a_run_that_ends_between_any_two_steps_is_made_good_by_the_next(clean, monkeypatch, scene):
    first = {"name": "web", "command": SLEEP, "env": {"A": "1"}, "restart": "always"}
    then = {"change": {"memory": "64M", "restart": "no"}, "replace": {"env": {"A": "2"}}}.get(scene, {})
    absent = {"state": "absent"} if scene == "delete" else {}
    last, step, killed = dict(first, **then), 0, True
    while killed:
        clean.fresh()
        if scene != "create":
            container(clean, first)
        with monkeypatch.context() as patched:
            kill_at(patched, step)
            try:
                container(clean, last, **absent)
                killed = False
            except Killed:
                step += 1
        container(clean, last, **absent)
        assert not container(clean, last, **absent)["changed"]
        assert len(clean.pods()) == len(clean.units()) == (0 if absent else 1)
        if not absent:
            assert env_of(clean) == last["env"]["A"]
    assert step >= 3


def kill_at(patched, number):
    """Every change of a file and every call that may change something is a step; the run ends before that one."""
    left = iter(range(number + 1))

    def step(function, counts):
        def instead(*args):
            if counts(args) and next(left) == number:
                raise Killed
            return function(*args)

        return instead

    patched.setattr(services, "replace", step(services.replace, lambda _args: True))
    ours = (".env", ".service")
    patched.setattr(services.os, "unlink", step(services.os.unlink, lambda args: str(args[0]).endswith(ours)))
    patched.setattr(RktClient, "_ask", step(RktClient._ask, lambda args: args[3]))


def env_of(host):
    """The variable that the program of the only pod has."""
    facts = json.loads((host.folder / "data" / "pods" / (host.pods()[0]["name"] + ".json")).read_text())
    return facts["_env"]["A"]


def test_fly_wants_what_the_image_wants_mounted(clean):
    clean.rkt("fetch", aci(clean.folder / "data.aci", name="example.com/data", mounts=MOUNTS))
    row = {"name": "web", "image": "example.com/data:1.0.0", "command": SLEEP, "runtime": "fly"}
    assert "wants /data mounted" in container(clean, row, fails=True)["msg"]
    assert container(clean, dict(row, volumes=[{"source": str(clean.folder), "target": "/data"}]))["changed"]


def test_networks_and_volumes_are_told_to_be_none_of_its_things(clean):
    for module, option in (("container_network", "networks"), ("container_volume", "volumes")):
        done = run(module, {"provider": "rkt", "rkt": clean.options(), option: [{"name": "lan"}]}, fails=True)
        assert "provider rkt has no " + option in done["msg"]


def connection(host, name):
    """The connection plugin, set as a playbook would."""
    found = connection_loader.get("rackwright.platform.rkt", PlayContext(), "/dev/null")
    found.set_options(var_options={"ansible_host": name, "ansible_rkt_data": str(host.folder / "data")})
    return found


@replay
def test_a_playbook_runs_inside(clean, tmp_path):
    container(clean, {"name": "web", "command": SLEEP, "env": {"WORD": "in"}})
    for name in ("web", clean.pods()[0]["name"], clean.pods()[0]["name"][:8]):
        inside = connection(clean, name)
        inside._connect()
        assert inside.exec_command("echo $WORD; cat; exit 5", in_data=b"side")[:2] == (5, b"in\nside")
        (tmp_path / "from").write_bytes(b"\0data")
        inside.put_file(str(tmp_path / "from"), str(tmp_path / "a b"))
        inside.fetch_file(str(tmp_path / "a b"), str(tmp_path / "to"))
        assert (tmp_path / "to").read_bytes() == b"\0data"
        with pytest.raises(AnsibleConnectionFailure, match="cannot be read in the pod"):
            inside.fetch_file("/nowhere", str(tmp_path / "to"))
    container(clean, {"name": "web", "command": SLEEP, "state": "stopped"})
    with pytest.raises(AnsibleConnectionFailure, match="no pod that runs by the name or UUID web"):
        connection(clean, "web")._connect()
    with pytest.raises(AnsibleConnectionFailure, match="isn't currently running"):
        inside.exec_command("true")


def test_the_inventory_says_how_to_get_inside(clean, tmp_path):
    container(clean, {"name": "web", "command": SLEEP, "labels": {"tier": "x"}})
    found = listed("containers", tmp_path, {"provider": "rkt", "rkt": clean.options()})
    (web,) = found["_meta"]["hostvars"].values()
    assert (web["ansible_host"], web["rackwright_status"]) == ("web", "running")
    assert web["rackwright_labels"] == {"tier": "x"}
    assert web["ansible_connection"] == "rackwright.platform.rkt"
    assert web["ansible_rkt_data"] == str(clean.folder / "data")
