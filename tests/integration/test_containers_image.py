# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images on the real engine: built, imported, loaded, pulled from a real registry, tagged, taken away."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import tarfile

import docker
import docker.errors
import pytest
import requests
from contract.modules import run
from integration.containers_fixtures import PREFIX, SLEEP, fixtures
from integration.registry import Missing, Registry

engine, site = fixtures()
NAME = PREFIX + "image:1"
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
LIST = MANIFEST.replace("manifest", "manifest.list")


@pytest.fixture(scope="module")
def registry():
    """A real registry; the engine forgets what it has pulled from there."""
    try:
        with Registry() as found:
            yield found
            engine = docker.APIClient(version="auto")
            for image in engine.images():
                for name in (image["RepoTags"] or []) + (image["RepoDigests"] or []):
                    if name.startswith(found.name("")):
                        with contextlib.suppress(docker.errors.ImageNotFound):  # a digest goes with its last tag
                            engine.remove_image(name, force=True)
            engine.close()
    except Missing as missing:
        pytest.skip(str(missing))


def task(*images, check=False, fails=False, **more):
    """Run the module `container_image`."""
    args = dict({"provider": "docker", "images": list(images)}, **more)
    return run("container_image", args, check=check, diff=True, fails=fails)


def made(*images, **more):
    """Run it, and again in check mode in order to see that nothing is left to do; returns the first result."""
    result = task(*images, **more)
    again = task(*images, check=True, **more)
    assert not again["changed"], again["diff"]
    return result


def look(site, name=NAME):
    """The engine's own view of an image, or None."""
    try:
        return site.engine.inspect_image(name)
    except docker.errors.ImageNotFound:
        return None


def push(site, name, **config):
    """Put an image into the registry; the engine forgets it."""
    repository, _colon, tag = name.rpartition(":")
    made = site.engine.create_container(site.image, ["true"])
    site.engine.commit(made["Id"], repository=repository, tag=tag, **config)
    site.engine.remove_container(made["Id"])
    answer = site.engine.push(repository, tag=tag)
    assert "digest" in answer, answer
    site.engine.remove_image(name)


def context(tmp_path, **files):
    """A folder to build from."""
    (tmp_path / "Dockerfile").write_text('FROM scratch\nARG WORD\nCOPY . /\nENV WORD=$WORD\nCMD ["/none"]\n')
    for name, text in files.items():
        (tmp_path / name.replace("_", ".")).write_text(text)
    return str(tmp_path)


def test_a_folder_is_built_only_when_it_has_changed(site, tmp_path):
    row = {"name": NAME, "source": "build", "path": context(tmp_path, a_txt="one"), "args": {"WORD": "x"}}
    row.update(labels={"tier": "web"}, tags=[PREFIX + "image:stable"])
    assert task(row, check=True)["changed"] and look(site) is None
    result = made(row)
    first = look(site)
    assert first["Config"]["Labels"]["tier"] == "web" and "WORD=x" in first["Config"]["Env"]
    assert result["images"][0]["tags"] == [NAME, PREFIX + "image:stable"]
    (tmp_path / "a.txt").touch()
    assert not task(row)["changed"]
    (tmp_path / "a.txt").write_text("two")
    assert task(row, check=True)["plan"] == [{"verb": "update", "key": NAME, "fields": ["content"]}]
    assert look(site)["Id"] == first["Id"]
    made(row)
    assert look(site)["Id"] != first["Id"]
    assert task(dict(row, args={"WORD": "y"}), check=True)["changed"]
    (tmp_path / ".dockerignore").write_text("*.log\n.dockerignore\n")
    made(row)
    (tmp_path / "run.log").write_text("noise")
    assert not task(row)["changed"]
    assert task(row, recreate="always")["changed"]


def test_only_a_name_is_added(site, tmp_path):
    row = {"name": NAME, "source": "build", "path": context(tmp_path)}
    task(row)
    result = made(dict(row, tags=[PREFIX + "image:more"]))
    assert result["plan"] == [{"verb": "update", "key": NAME, "fields": ["tags"]}]
    assert look(site)["Id"] == look(site, PREFIX + "image:more")["Id"]


def test_a_tar_is_imported_with_changes(site, tmp_path):
    (tmp_path / "file").write_text("hello")
    with tarfile.open(tmp_path / "root.tar", "w") as tar:
        tar.add(tmp_path / "file", "file")
    row = {"name": NAME, "source": "import", "path": str(tmp_path / "root.tar"), "changes": ['CMD ["/init", "a"]']}
    row["labels"] = {"quoted": 'a "b" $c'}
    made(row)
    assert look(site)["Config"]["Cmd"] == ["/init", "a"] and look(site)["Config"]["Labels"]["quoted"] == 'a "b" $c'
    assert task(dict(row, changes=['CMD ["/init"]']), check=True)["changed"]


def test_an_archive_is_loaded_once(site, tmp_path):
    site.engine.tag(site.image, PREFIX + "image", "1")
    with open(tmp_path / "image.tar", "wb") as sink:
        for piece in site.engine.get_image(NAME):
            sink.write(piece)
    site.engine.remove_image(NAME)
    row = {"name": NAME, "source": "load", "path": str(tmp_path / "image.tar")}
    assert task(row, check=True)["changed"] and look(site) is None
    made(row)
    assert look(site)["Id"] == look(site, site.image)["Id"]
    made(dict(row, name=PREFIX + "image:other"))
    assert look(site, PREFIX + "image:other")["Id"] == look(site)["Id"]


def test_an_image_is_pulled_when_it_is_missing_or_another_one(site, registry):
    name = registry.name("web:1")
    push(site, name, changes="ENV TURN=1")
    try:
        assert task({"name": name}, check=True)["changed"] and look(site, name) is None
        result = made({"name": name})
        digest = result["images"][0]["digest"]
        assert digest.startswith("sha256:")
        made({"name": name}, pull="always")
        push_again(site, name)
        assert not task({"name": name})["changed"]
        assert task({"name": name}, pull="always", check=True)["plan"][0]["fields"] == ["digest"]
        assert "TURN=1" in look(site, name)["Config"]["Env"]
        made({"name": name}, pull="always")
        assert "TURN=2" in look(site, name)["Config"]["Env"]
        made({"name": name, "digest": digest})
        assert "TURN=1" in look(site, name)["Config"]["Env"]
    finally:
        site.engine.remove_image(name, force=True)


def push_again(site, name):
    """Another image under the same name in the registry, while the engine keeps the one it has."""
    repository = name.rpartition(":")[0]
    site.engine.tag(name, repository, "kept")
    push(site, name, changes="ENV TURN=2")
    site.engine.tag(repository + ":kept", repository, "1")
    site.engine.remove_image(repository + ":kept")


def test_prune_takes_the_names_that_we_gave_and_no_others(site, tmp_path):
    names = [PREFIX + "%s:1" % one for one in ("kept", "old", "more", "theirs", "derived")]
    rows = [{"name": name, "source": "build", "path": context(tmp_path, a=name)} for name in names[:2]]
    rows[0]["tags"] = [names[2]]
    task(*rows, owner="tests")
    task({"name": names[3], "source": "build", "path": str(tmp_path)}, owner="other")
    list(site.engine.build(fileobj=io.BytesIO(b"FROM %s" % names[1].encode()), tag=names[4], rm=True))
    only = {"owner": "tests", "prune": True}
    assert "needs the option owner" in task(rows[0], prune=True, fails=True)["msg"]
    foreseen = task(rows[0], check=True, **only)
    assert [(one["verb"], one["key"]) for one in foreseen["plan"]] == [("delete", names[1])]
    made(rows[0], **only)
    assert [look(site, name) is not None for name in names] == [True, False, True, True, True]
    for name in names:
        task({"name": name}, state="absent")


def test_the_platform_is_compared_and_another_is_not_taken_for_it(site, registry):
    name = registry.name("many:1")
    parts = [
        {"digest": for_machine(registry, machine), "platform": {"os": "linux", "architecture": machine}}
        for machine in ("amd64", "arm64")
    ]
    sizes = [dict(part, mediaType=MANIFEST, size=len(manifest(part["platform"]["architecture"])[0])) for part in parts]
    put(registry, "1", LIST, json.dumps({"schemaVersion": 2, "mediaType": LIST, "manifests": sizes}))
    row = {"name": name, "platform": "linux/aarch64"}
    assert task(row, check=True)["changed"] and look(site, name) is None
    assert made(row)["images"][0]["platform"] == "linux/arm64" and look(site, name)["Architecture"] == "arm64"
    row["platform"] = "linux/amd64"
    assert task(row, check=True)["plan"][0]["fields"] == ["platform"]
    made(row)
    assert look(site, name)["Architecture"] == "amd64"
    alone = {"name": registry.name("many:arm64"), "platform": "linux/s390x"}
    assert "linux/s390x" in task(alone, fails=True)["msg"]
    assert "not a platform" in task(dict(alone, platform="arm64"), fails=True)["msg"]


def manifest(machine):
    """(a manifest, its blobs) of an image with one empty layer for this architecture; an engine makes only its own."""
    layer = bytes(10240)
    rootfs = {"type": "layers", "diff_ids": [named(layer)]}
    config = json.dumps({"architecture": machine, "os": "linux", "config": {}, "rootfs": rootfs}).encode()
    kinds = ("application/vnd.docker.container.image.v1+json", "application/vnd.docker.image.rootfs.diff.tar")
    parts = [{"mediaType": k, "digest": named(b), "size": len(b)} for k, b in zip(kinds, (config, layer), strict=True)]
    text = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "config": parts[0], "layers": parts[1:]})
    return text.encode(), (config, layer)


def named(data):
    """The digest of bytes."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def for_machine(registry, machine):
    """Put such an image into the registry, under its architecture as tag; returns its digest."""
    text, blobs = manifest(machine)
    for blob in blobs:
        begun = requests.post("http://" + registry.name("v2/many/blobs/uploads/"), timeout=9)
        done = requests.put(begun.headers["Location"], params={"digest": named(blob)}, data=blob, timeout=9)
        assert done.status_code == 201, done.text
    put(registry, machine, MANIFEST, text)
    return named(text)


def put(registry, tag, kind, text):
    """Give the registry a manifest."""
    done = requests.put(
        "http://" + registry.name("v2/many/manifests/" + tag), data=text, headers={"Content-Type": kind}, timeout=9
    )
    assert done.status_code == 201, done.text


def test_what_is_built_is_pushed_once(site, registry, tmp_path):
    name, other = registry.name("built:1"), registry.name("built:stable")
    (tmp_path / "Dockerfile").write_text("FROM %s\nENV TURN=1\n" % site.image)
    row = {"name": name, "source": "build", "path": str(tmp_path), "tags": [other], "push": True}
    try:
        assert task(row, check=True)["changed"] and look(site, name) is None
        made(row)
        first = site.engine.inspect_distribution(name)["Descriptor"]["digest"]
        assert site.engine.inspect_distribution(other)["Descriptor"]["digest"] == first
        (tmp_path / "Dockerfile").write_text("FROM %s\nENV TURN=2\n" % site.image)
        made(row)
        assert site.engine.inspect_distribution(other)["Descriptor"]["digest"] != first
        assert task(dict(row, tags=[registry.name("built:third")]), check=True)["plan"][0]["fields"] == ["tags", "push"]
        gone = dict(row, tags=["127.0.0.1:1/built:1"])
        assert "the registry of 127.0.0.1:1/built:1 does not tell" in task(gone, fails=True)["msg"]
    finally:
        for one in (name, other):
            site.engine.remove_image(one, force=True)


def test_a_container_pulls_what_it_needs(site, registry):
    name = registry.name("app:1")
    push(site, name, changes="ENV TURN=1")
    try:
        row = site.row(image=name)
        result = site.task(row, pull="missing")
        assert [(line["verb"], line["key"]) for line in result["plan"]] == [("create", name), ("create", row["name"])]
        push_again(site, name)
        assert not site.task(row, pull="missing")["changed"]
        ahead = site.task(row, pull="always", check=True)
        assert [line["verb"] for line in ahead["plan"]] == ["update", "replace"]
        site.task(row, pull="always")
        assert "TURN=2" in site.seen()["Config"]["Env"]
        assert not site.task(row, pull="always")["changed"]
    finally:
        site.clean()
        site.engine.remove_image(name, force=True)


def test_a_name_is_taken_away_unless_it_is_needed(site):
    site.engine.tag(site.image, PREFIX + "image", "1")
    assert task({"name": NAME}, state="absent", check=True)["changed"] and look(site)
    made({"name": NAME}, state="absent")
    assert look(site) is None and look(site, site.image)
    made_here = site.engine.create_container(site.image, SLEEP, name=PREFIX + "user")
    site.engine.commit(made_here["Id"], repository=PREFIX + "image", tag="1")
    site.engine.remove_container(made_here["Id"])
    site.engine.create_container(NAME, SLEEP, name=PREFIX + "user")
    result = task({"name": NAME}, state="absent", fails=True)
    assert NAME in result["msg"] and "Remove the containers that use it first" in result["msg"]


def test_what_cannot_be_made_is_refused_with_all_its_reasons(site, tmp_path):
    (tmp_path / "text").write_text("no tar")
    result = task(
        {"name": PREFIX + "a", "source": "build", "path": str(tmp_path)},
        {"name": PREFIX + "b", "source": "load", "path": str(tmp_path / "none")},
        {"name": PREFIX + "c", "source": "load", "path": str(tmp_path / "text")},
        fails=True,
    )
    told = result["msg"].splitlines()
    assert "holds no Dockerfile" in told[0] and "is not a file on this machine" in told[1]
    assert "is not an archive of `docker save`" in told[2] and result["plan"] == []
    wrong = task({"name": "a", "path": "/x"}, {"name": "b", "source": "build"}, {"name": "C"}, fails=True)["msg"]
    assert "source pull does not take path" in wrong or "lower case" in wrong


def test_a_build_that_fails_shows_the_engines_words(site, tmp_path):
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY none /\n")
    result = task({"name": NAME, "source": "build", "path": str(tmp_path)}, fails=True)
    assert "COPY none" in result["msg"] and not result["changed"] and look(site) is None


def test_a_registry_that_does_not_answer_is_told_with_the_way_out(site):
    result = task({"name": "127.0.0.1:9/none:1"}, fails=True)
    assert "cannot be pulled" in result["msg"] and "container_image (load, build or import)" in result["msg"]
