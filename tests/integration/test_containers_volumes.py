# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Volumes of containers on the real engine: shared, refused where data would go, saved and restored."""

from __future__ import annotations

import signal
import tarfile

import pytest
from contract.modules import Forge, run
from contract.proxy import cut
from integration.containers_fixtures import PREFIX, fixtures

engine, site = fixtures()
DATA = PREFIX + "data"
FILL = (
    "cd /d && mkdir -p x/y && echo one > x/a && ln -s a x/l && ln x/a x/hard && mkfifo p && chown 7:8 x/a . && "
    "chmod 640 x/a && chmod 4750 x/y && chmod 2710 . && cp x/a big-s && chmod 4755 big-s && "
    "touch -d '2020-01-02 03:04:05' x/a && head -c 300000 /dev/urandom > big"
)


def volume(*rows, check=False, fails=False, **more):
    """Run `container_volume`."""
    args = dict({"provider": "docker", "owner": "tests", "volumes": list(rows)}, **more)
    return run("container_volume", args, check=check, diff=True, fails=fails)


def archive(site, path, name=DATA, check=False, fails=False, **more):
    """Run `container_volume_archive`."""
    rows = [{"volume": name, "path": str(path)}]
    args = dict({"provider": "docker", "image": site.image, "archives": rows}, **more)
    result = run("container_volume_archive", args, check=check, fails=fails)
    if not more.get("docker"):
        assert not [n for n in site.names() if "rackwright-" in n]  # nothing that we made in order to look
    return result


def inside(site, name, command):
    """What a shell says that has the volume at /d."""
    host = site.engine.create_host_config(binds=["%s:/d" % name])
    made = site.engine.create_container(site.image, ["sh", "-ec", command], name=PREFIX + "shell", host_config=host)
    try:
        site.engine.start(made["Id"])
        assert site.engine.wait(made["Id"])["StatusCode"] == 0, site.engine.logs(made["Id"])
        return site.engine.logs(made["Id"]).decode()
    finally:
        site.engine.remove_container(made["Id"], force=True)


def state(site, name):
    """Everything about what is in a volume, as text."""
    times = "find . -type f -exec stat -c '%n %Y' {} + | sort"
    links = "stat -c '%h' x/a; md5sum x/a x/hard big; readlink x/l"
    return inside(site, name, "cd /d; find . -exec stat -c '%%n %%F %%a %%u %%g' {} + | sort; %s; %s" % (times, links))


@pytest.fixture
def filled(site):
    """A volume with all kinds of files."""
    volume({"name": DATA})
    inside(site, DATA, FILL)
    return site


def test_a_volume_stands_for_a_folder_with_owner_and_mode(site, tmp_path):
    path, file = tmp_path / "a" / "b", tmp_path / "file"
    file.touch()
    row = {"name": DATA, "bind": {"path": str(path), "owner": "7", "group": "nogroup", "mode": "0750"}}

    def facts():
        found = path.stat()
        return found.st_uid, path.group(), oct(found.st_mode)[-4:]

    ahead = volume(row, check=True)
    assert ahead["changed"] and not path.exists()
    assert volume(row)["plan"] == ahead["plan"] and not volume(row)["changed"]
    assert facts() == (7, "nogroup", "0750")
    assert inside(site, DATA, "echo hello > /d/word") == "" and (path / "word").read_text() == "hello\n"

    path.chmod(0o700)  # by hand
    drift = volume(row, check=True)
    assert drift["plan"][0]["verb"] == "update" and "0700" in drift["diff"][0]["before"]
    volume(row)
    assert facts() == (7, "nogroup", "0750") and not volume(row)["changed"]
    told = volume({"name": DATA, "bind": {"path": str(tmp_path / "c")}}, fails=True)["msg"]
    assert "new volume would be empty" in told and not (tmp_path / "c").exists()
    assert volume({"name": DATA}, state="absent")["changed"] and (path / "word").exists()

    for bind, words in (
        ({"path": str(file)}, "is no folder"),
        ({"path": str(path), "owner": "nobody-here"}, "owner nobody-here: there is none on the engine's host"),
        ({"path": "x/../.."}, "is not an absolute path"),
        ({"path": str(path), "mode": "488"}, "octal digits in quotes"),
    ):
        assert words in volume({"name": DATA, "bind": bind}, fails=True)["msg"]
    far = volume({"name": DATA, "bind": {"path": str(path)}}, docker={"url": site.url}, fails=True)
    assert "the task must run there" in far["msg"]


def test_a_volume_is_shared_between_containers_and_kept_while_one_has_it(site):
    rows = {"name": DATA, "labels": {"tier": 1}}, {"name": PREFIX + "mem", "tmpfs": {"size": "8M"}}
    ahead = volume(*rows, check=True)
    assert volume(*rows)["plan"] == ahead["plan"] and not volume(*rows)["changed"]
    both = [{"source": DATA, "target": "/data"}, {"source": PREFIX + "mem", "target": "/mem"}]
    site.task(site.row("one", volumes=both), site.row("two", volumes=both, state="started"))
    say = site.engine.exec_create(PREFIX + "one", ["sh", "-c", "echo hello > /data/word"])
    assert site.engine.exec_start(say) == b""
    hear = site.engine.exec_create(PREFIX + "two", ["sh", "-c", "cat /data/word; df -m /mem | tail -1"])
    word, mem = site.engine.exec_start(hear).decode().splitlines()
    assert word == "hello" and mem.split()[:2] == ["tmpfs", "8"]
    for refused in (volume({"name": DATA}, state="absent", fails=True), volume(prune=True, fails=True)):
        assert "container %sone, %stwo has it, so it cannot go" % (PREFIX, PREFIX) in refused["msg"]
    found = run("container_volume_info", {"provider": "docker", "names": [DATA]})["volumes"]
    assert [(one["labels"], one["containers"], one["foreign"]) for one in found] == [
        ({"tier": "1"}, [PREFIX + "one", PREFIX + "two"], False)
    ]
    site.task({"name": PREFIX + "one"}, {"name": PREFIX + "two"}, state="absent")
    assert volume(prune=True, limits={"deletes": 100})["plan"][0]["verb"] == "delete"
    assert not [one for one in site.engine.volumes()["Volumes"] or () if one["Name"].startswith(PREFIX)]


def test_a_volume_that_differs_is_not_replaced_unless_that_is_allowed(filled):
    site, other = filled, {"name": DATA, "tmpfs": {"size": "8M"}}
    refused = volume(other, fails=True)
    assert "a new volume would be empty" in refused["msg"] and "options: none" in refused["msg"]
    bad = volume({"name": DATA, "options": {"colour": "red"}}, recreate="auto", fails=True)
    assert "The old one is as it was" in bad["msg"] and "one" in inside(site, DATA, "cat /d/x/a")
    assert volume(other, recreate="auto")["plan"][0]["verb"] == "replace" and not volume(other)["changed"]


def test_what_is_not_ours_or_cannot_be_meant_is_refused(site):
    site.engine.create_volume(DATA)
    assert "Rackwright did not make" in volume({"name": DATA}, fails=True)["msg"]
    assert "not ours to delete" in volume({"name": DATA}, state="absent", fails=True)["msg"]
    both = {"name": PREFIX + "x", "tmpfs": {"size": "8M"}, "options": {"type": "nfs"}}
    assert "options and tmpfs exclude each other" in volume(both, fails=True)["msg"]
    cifs = {"name": PREFIX + "x", "options": {"type": "cifs", "device": "//h/s", "o": "username=u,password=hunter22"}}
    made = volume(cifs)
    assert made["volumes"][0]["options"]["o"] == "username=u,password=********" and "hunter22" not in str(made)
    nfs = {"name": PREFIX + "n", "nfs": {"server": "192.0.2.4", "path": "/x", "options": "ro"}}
    volume(nfs)
    options = site.engine.inspect_volume(PREFIX + "n")["Options"]
    assert options == {"type": "nfs", "device": ":/x", "o": "addr=192.0.2.4,ro"} and not volume(nfs)["changed"]


@pytest.mark.parametrize("ending", ["tar", "tar.gz"])
def test_what_is_saved_is_restored_whole(filled, tmp_path, ending):
    site, path, copy = filled, tmp_path / ("data." + ending), PREFIX + "copy"
    assert archive(site, path, check=True)["changed"] and not path.exists()
    saved = archive(site, path)
    assert saved["plan"][0]["verb"] == "create" and saved["archives"][0]["files"] == 9
    first = path.read_bytes()
    assert not archive(site, path)["changed"] and path.read_bytes() == first and path.stat().st_mode & 0o777 == 0o600
    with tarfile.open(path) as tar:
        assert "./x/a" in tar.getnames()
    volume({"name": copy})
    assert archive(site, path, copy, state="restored")["plan"][0]["verb"] == "create"
    assert state(site, copy) == state(site, DATA)
    assert not archive(site, path, copy, state="restored")["changed"]
    assert not archive(site, path, copy)["changed"]


def test_a_volume_with_something_in_it_is_filled_only_by_force(filled, tmp_path):
    site, path = filled, tmp_path / "data.tar"
    archive(site, path)
    inside(site, DATA, "echo two > /d/x/a; echo three > /d/more")
    refused = archive(site, path, state="restored", fails=True)
    assert "the volume is not empty and differs (9 files and folders)" in refused["msg"]
    forced = archive(site, path, state="restored", force=True)
    assert forced["plan"] == [{"verb": "update", "key": "%s %s" % (DATA, path), "fields": ["content"]}]
    assert inside(site, DATA, "cat /d/x/a /d/more") == "one\nthree\n"
    assert not archive(site, path, state="restored")["changed"]
    assert archive(site, path)["plan"][0]["verb"] == "update"  # it holds more than the archive


def test_check_mode_looks_through_a_container_that_has_it_and_makes_none(filled, tmp_path):
    site, path = filled, tmp_path / "data.tar"
    archive(site, path)
    door = {"docker": {"url": site.url}}
    site.door.read_only = True
    try:
        assert archive(site, path, check=True, **door)["changed"]  # nobody has it, so nobody can tell
        site.hold("theirs", host_config=site.engine.create_host_config(binds=["%s:/d" % DATA]))
        assert not archive(site, path, check=True, **door)["changed"]
        assert not archive(site, path, check=True, state="restored", **door)["changed"]
        inside(site, DATA, "echo more > /d/more")
        assert archive(site, path, check=True, **door)["changed"]
    finally:
        site.door.read_only = False
    assert not site.door.writes


def test_an_interrupted_run_is_done_again_and_leaves_nothing(filled, tmp_path):
    site, path, copy = filled, tmp_path / "data.tar", PREFIX + "copy"
    door = {"docker": {"url": site.url}}
    site.door.fault(cut, method="GET", path="/archive", times=0)
    assert archive(site, path, fails=True, **door)["failed_keys"] and not list(tmp_path.iterdir())
    site.door.clear()
    archive(site, path)
    volume({"name": copy})
    args = dict(door, provider="docker", image=site.image, state="restored")
    args["archives"] = [{"volume": copy, "path": str(path)}]
    whole = state(site, DATA)
    with Forge("container_volume_archive") as forge:
        for number in range(5):  # look, look no more, fill, put, put the root
            site.door.clear()
            assert forge.killed(site.door, args, method="POST|PUT|DELETE", after=number) == -signal.SIGKILL
            site.door.drain()
            site.door.clear()
            assert archive(site, path, copy, state="restored")["changed"]
            assert state(site, copy) == whole
            assert not archive(site, path, copy, state="restored")["changed"]
            site.engine.remove_volume(copy)
            volume({"name": copy})


@pytest.mark.parametrize(
    ("name", "path", "more", "words"),
    [
        ("nowhere", "x.tar", {}, "make it with rackwright.platform.container_volume"),
        ("data", "no/x.tar", {}, "its folder is not there"),
        ("data", "x.tar", {"state": "restored"}, "cannot be read: No such file"),
        ("data", "words.txt", {"state": "restored"}, "not a whole tar archive"),
        ("data", "words.txt", {}, "not a whole tar archive"),
        ("data", "x.tar", {"image": "no/such:1"}, "name one that is on the engine"),
    ],
)
def test_what_cannot_be_saved_or_restored_is_told(filled, tmp_path, name, path, more, words):
    (tmp_path / "words.txt").write_text("words")
    result = archive(filled, tmp_path / path, PREFIX + name, fails=True, **more)
    assert words in result["msg"] and not (tmp_path / "x.tar").exists()
    assert (tmp_path / "words.txt").read_text() == "words"
