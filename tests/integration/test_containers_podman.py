# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where Podman is not as Docker is, on a real one: what is declared comes about, what others change is seen."""

from __future__ import annotations

import json
import os
import tarfile

import pytest
from contract.modules import run, start
from integration.containers_fixtures import PREFIX, SOCKET, fixtures
from integration.podman_fixtures import own
from integration.registry import Missing, Registry
from integration.test_containers_drift import DRIFTS, host

engine, site = fixtures(own)
NAME = PREFIX + "image:1"
UNTOLD = ("log_options", "runtime", "sysctls")  # of what changes by hand Podman tells nothing


def _limit(name, number):
    return {"Name": name, "Soft": number, "Hard": number}


OTHERS = dict(
    {option: DRIFTS[option] for option in DRIFTS if option not in UNTOLD},
    log_driver=("none", host(LogConfig={"Type": "k8s-file", "Config": {}})),
    cap_drop=(["CHOWN", "NET_RAW"], host(CapDrop=[])),
    ulimits=({"nofile": "512:1024", "nproc": "512"}, host(Ulimits=[_limit("nofile", 256), _limit("nproc", 512)])),
)


def test_drift_of_every_option_is_seen_and_put_right(site):
    rows = {option: site.row(option.replace("_", "-"), **{option: value}) for option, (value, _drift) in OTHERS.items()}
    site.made(*rows.values())
    for option, (_value, drift) in OTHERS.items():
        site.again(option.replace("_", "-"), drift)
    result = site.made(*rows.values())
    seen = {line["key"][len(PREFIX) :].replace("-", "_"): line["fields"] for line in result["plan"]}
    assert seen == {option: [option] for option in rows}


@pytest.mark.parametrize("option", [name for name in UNTOLD if name != "log_options"])
def test_what_podman_does_not_tell_is_as_it_was_declared(site, option):
    value = {"sysctls": {"net.ipv4.ip_default_ttl": "32"}, "runtime": "crun"}[option]
    site.made(site.row(**{option: value}))
    other = {"sysctls": {"net.ipv4.ip_default_ttl": "33"}, "runtime": ""}[option]
    assert [line["fields"] for line in site.made(site.row(**{option: other}))["plan"]] == [[option]]
    if option == "sysctls":
        ident = site.engine.exec_create(PREFIX + "web", ["cat", "/proc/sys/net/ipv4/ip_default_ttl"])
        assert site.engine.exec_start(ident) == b"33\n"


def test_a_container_without_a_resolver_has_that_of_its_image(site):
    row = site.row(dns_mode="none", ports=[{"private": 80, "public": 0}], hostname="inner", hosts={"db": "192.0.2.7"})
    site.made(row)
    look = site.engine.exec_create(PREFIX + "web", ["sh", "-c", "ls /etc/resolv.conf; hostname; grep db /etc/hosts"])
    said = site.engine.exec_start(look).decode()
    assert "No such file" in said and "inner" in said and "192.0.2.7" in said
    body = {"Image": site.image, "Labels": site.seen()["Config"]["Labels"], "Cmd": row["command"], "StopTimeout": 0}
    site.engine.remove_container(PREFIX + "web", force=True)
    site.engine.create_container_from_config(body, PREFIX + "web")
    site.engine.start(PREFIX + "web")
    assert "dns_mode" in site.made(row)["plan"][0]["fields"]
    assert [line["fields"] for line in site.made(dict(row, dns_mode="host"))["plan"]] == [["dns_mode"]]
    site.made(site.row("own", dns_mode="none"), site.row(dns_mode="engine"))
    body = next(json.loads(seen.body) for seen in site.door.seen if "/libpod/containers/create" in seen.path)
    body.update(name=PREFIX + "web", labels=site.seen()["Config"]["Labels"])
    site.engine.remove_container(PREFIX + "web", force=True)
    made = site.engine._post_json(site.engine.base_url + "/v4.0.0/libpod/containers/create", data=body)
    assert made.status_code == 201, made.text
    site.engine.start(PREFIX + "web")
    assert [line["fields"] for line in site.made(site.row(dns_mode="engine"))["plan"]] == [["dns_mode"]]


def test_limits_take_a_new_container_where_podman_forgets_them(site):
    site.task(site.row(memory="32M"))
    result = site.made(site.row(memory="64M", cpus=0.5, restart="always"))
    verb = "replace" if site.engine.version()["Version"] < "5.4" else "update"
    assert [(line["verb"], line["fields"]) for line in result["plan"]] == [(verb, ["restart", "cpus", "memory"])]
    site.engine.restart(PREFIX + "web", timeout=0)
    seen = site.seen()["HostConfig"]
    assert (seen["Memory"], seen["CpuQuota"], seen["RestartPolicy"]["Name"]) == (64 << 20, 50000, "always")
    site.made(site.row(memory="0", restart="no"))


def test_the_wait_ends_with_health_or_the_last_words(site):
    well = site.row("well", healthcheck={"test": "true", "interval": 1}, run_once=False)
    row = site.made(well)["containers"][0]
    assert (row["status"], row["health"], list(row["addresses"])) == ("running", "healthy", ["bridge"])
    ill = site.row(
        "ill",
        command=["sh", "-c", "echo starting with $TOKEN; exec sleep 3600"],
        env={"TOKEN": "hunter22"},
        healthcheck={"test": "echo not yet; exit 3", "interval": 0.5, "retries": 1},
    )
    failed = site.task(ill, fails=True)
    assert "is unhealthy" in failed["msg"] and "starting with ********" in failed["msg"]
    assert "hunter22" not in str(failed)


def test_a_job_runs_once_and_its_output_is_shown(site):
    row = site.row("job", command=["sh", "-c", "echo $WORD"], env={"WORD": "done"}, run_once=True)
    first = site.made(row)["containers"][0]
    assert (first["status"], first["exit_code"], first["output"].strip()) == ("exited", 0, "done")
    failed = site.task(dict(row, command=["sh", "-c", "echo because; exit 3"]), fails=True)
    assert "has ended with exit status 3" in failed["msg"] and "because" in failed["msg"]


def test_what_does_not_start_leaves_the_old_one_in_its_place(site):
    site.task(site.row())
    before = site.seen()["Id"]
    failed = site.task(site.row(command=["/no/such/program"]), fails=True)
    assert "/no/such/program" in failed["msg"] and "Check command and entrypoint" in failed["msg"]
    assert "The old one is in its place again and runs" in failed["msg"]
    folder = [{"source": "/tmp", "target": "/bin/busybox"}]
    assert "compare source and target" in site.task(site.row(volumes=folder), fails=True)["msg"]
    assert site.names() == ["web"] and site.seen()["Id"] == before and site.seen()["State"]["Running"]


def test_networks_are_joined_and_left_in_place_and_the_name_leads_there(site):
    for name, number in (("front", 5), ("back", 4)):
        site.engine.create_network(PREFIX + name, ipam={"Config": [{"Subnet": "10.231.%d.0/28" % number}]})
    front, back = {"name": PREFIX + "front"}, {"name": PREFIX + "back", "address": "10.231.4.9", "aliases": ["db"]}
    server = site.row(command="httpd -f -p 8080 -h /www", networks=[front], ports=[{"private": 8080, "public": 18080}])
    site.made(server)
    before = site.seen()["Id"]
    result = site.made(dict(server, networks=[front, back]), site.row("client", networks=[{"name": back["name"]}]))
    assert [line["verb"] for line in result["plan"]] == ["create", "update"]
    site.made(dict(server, networks=[back]))
    assert site.seen()["Id"] == before
    # the name server learns of a name a moment later
    ask = "for turn in 1 2 3 4 5 6 7 8 9; do wget -q -O - http://db:8080/ && exit; sleep 1; done"
    ident = site.engine.exec_create(PREFIX + "client", ["sh", "-c", ask])
    assert site.engine.exec_start(ident) == b"hello\n"
    assert "hello" in site.machine.run("curl", "-s", "http://127.0.0.1:18080/")
    row = site.row("own", networks=[{"name": "podman"}])
    assert site.made(row)["containers"][0]["networks"][0]["name"] == "podman"


def test_volumes_that_an_image_asks_for_outlive_a_replacement_and_go_with_the_container(site):
    made = site.engine.create_container(site.image, ["true"])
    site.engine.commit(made["Id"], repository=PREFIX + "image", tag="1", changes="VOLUME /data")
    site.engine.remove_container(made["Id"])
    site.task(site.row(image=NAME, command="sh -c 'echo kept > /data/file; sleep 3600'"))
    volume = site.seen()["Mounts"][0]["Name"]
    site.made(site.row(image=NAME))
    site.made(site.row(image=NAME, labels={"note": "new"}))
    ident = site.engine.exec_create(PREFIX + "web", ["cat", "/data/file"])
    assert site.engine.exec_start(ident) == b"kept\n"
    site.task({"name": PREFIX + "web"}, state="absent")
    assert volume not in [one["Name"] for one in site.engine.volumes()["Volumes"] or ()]


@pytest.mark.parametrize("strategy", [None, {}], ids=["after", "beside"])
def test_the_name_leads_to_the_new_container_in_its_networks(site, strategy):
    site.engine.create_network(PREFIX + "front")
    server = site.row(command="httpd -f -p 8080 -h /www", networks=[{"name": PREFIX + "front"}])
    client = site.row("client", networks=[{"name": PREFIX + "front"}])
    site.task(dict(server, env={"TURN": "1"}), client)
    began = site.seen()["State"]["StartedAt"]
    failed = site.task(dict(server, command=["/nothing"]), strategy=strategy, fails=True)
    assert "The old one is in its place again" in failed["msg"] and answered(site)
    assert (site.seen()["State"]["StartedAt"] == began) == (strategy is not None)
    site.made(dict(server, env={"TURN": "2"}), client, strategy=strategy)
    assert answered(site) and site.names() == ["client", "web"]


def answered(site):
    """Whether a client gets an answer by the server's name. Podman's name server is deaf while it reads its files."""
    ask = "wget -q -O - http://%sweb:8080/ 2>/dev/null" % PREFIX
    words = ["sh", "-c", "for n in 1 2 3; do %s && break; sleep 0.5; done" % ask]
    return site.engine.exec_start(site.engine.exec_create(PREFIX + "client", words)) == b"hello\n"


def test_somebody_elses_container_is_read_and_never_touched(site):
    site.hold(start=True, environment={"B": "2"})
    failed = site.task(site.row(), fails=True)
    assert "Rackwright did not make" in failed["msg"] and site.image in failed["msg"]
    args = {"provider": "podman", "podman": {"url": "unix://" + site.machine.socket}, "names": [PREFIX + "web"]}
    row = run("container_info", args)["containers"][0]
    assert (row["image"], row["env"]["B"], row["foreign"]) == (site.image, "2", True)
    assert row["network_mode"] == "bridge" and row["cap_add"] == row["cap_drop"] == row["networks"] == []


def test_an_image_is_built_loaded_and_imported_under_its_own_name(site, tmp_path):
    (tmp_path / "file").write_text("hello")
    (tmp_path / "Dockerfile").write_text("FROM scratch\nARG WORD\nCOPY file /\nENV WORD=$WORD\n")
    build = {"name": NAME, "source": "build", "path": str(tmp_path), "args": {"WORD": "x"}, "labels": {"tier": "web"}}
    build["tags"] = ["localhost/%simage:stable" % PREFIX]
    assert site.images(build, check=True)["changed"] and site.look(NAME) is None
    assert site.images(build)["images"][0]["tags"] == [NAME, PREFIX + "image:stable"]
    assert "localhost/" + NAME in site.look(NAME)["RepoTags"] and not site.images(build)["changed"]
    (tmp_path / "file").write_text("other")
    assert site.images(build, check=True)["plan"] == [{"verb": "update", "key": NAME, "fields": ["content"]}]

    with tarfile.open(tmp_path / "root.tar", "w") as tar:
        tar.add(tmp_path / "file", "file")
    root = {"name": PREFIX + "root:1", "source": "import", "path": str(tmp_path / "root.tar"), "changes": ["CMD /x"]}
    root["labels"] = {"quoted": 'a "b" $c'}
    assert site.images(root)["changed"] and not site.images(root)["changed"]
    assert site.look(PREFIX + "root:1")["Config"]["Labels"]["quoted"] == 'a "b" $c'

    with open(tmp_path / "image.tar", "wb") as sink:
        sink.writelines(site.engine.get_image(NAME))
    loaded = {"name": PREFIX + "other:1", "source": "load", "path": str(tmp_path / "image.tar")}
    assert site.images(loaded)["changed"] and not site.images(loaded)["changed"]
    assert site.images({"name": NAME}, state="absent")["changed"] and site.look("localhost/" + NAME) is None
    assert not site.images({"name": NAME}, state="absent")["changed"] and site.look(PREFIX + "other:1")


def test_a_name_never_means_an_image_that_only_ends_so(site):
    site.engine.tag("localhost/" + site.image, "localhost/someone/%simage" % PREFIX, "1")
    failed = site.task(site.row(image=NAME), fails=True)
    assert "image %s: it is not on the engine" % NAME in failed["msg"]
    assert not site.images({"name": NAME}, state="absent")["changed"]
    site.engine.remove_image("localhost/someone/" + NAME)


@pytest.fixture
def registry(site):
    """A real registry that the machine reaches, and trusts without TLS."""
    gateway = site.machine.engine.inspect_container(site.machine.ident)["NetworkSettings"]["Gateway"]
    try:
        with Registry(gateway) as found:
            text = '[[registry]]\nlocation = "%s"\ninsecure = true\n' % found.name("").rstrip("/")
            site.machine.write("/etc/containers/registries.conf.d/tests.conf", text)
            site.machine.run("systemctl", "stop", "podman.service")  # which its socket starts anew
            yield found
    except Missing as missing:
        pytest.skip(str(missing))


def test_an_image_is_pulled_from_its_registry_and_pinned_by_its_digest(site, registry):
    name = registry.name("web:1")
    site.engine.tag("localhost/" + site.image, registry.name("web"), "1")
    list(site.engine.push(registry.name("web"), tag="1", stream=True))
    site.engine.remove_image(name)
    assert site.images({"name": name}, check=True)["changed"] and site.look(name) is None
    digest = site.images({"name": name})["images"][0]["digest"]
    assert digest.startswith("sha256:") and not site.images({"name": name, "digest": digest})["changed"]
    site.engine.remove_image(name)
    plan = site.made(site.row(image=name), pull="missing")["plan"]
    assert [(line["verb"], line["key"]) for line in plan] == [("create", name), ("create", PREFIX + "web")]
    site.clean()
    site.engine.remove_image(name)


def test_an_image_is_pushed_once_and_again_where_the_registry_has_another(site, registry, tmp_path):
    name, other = registry.name("built:1"), registry.name("built:stable")
    (tmp_path / "Dockerfile").write_text("FROM %s\nENV TURN=1\n" % site.image)
    row = {"name": name, "source": "build", "path": str(tmp_path), "tags": [other], "push": True}
    images = site.images
    assert images(row, check=True)["changed"] and site.look(name) is None
    assert images(row)["changed"] and not images(row)["changed"] and not images(row, check=True)["changed"]
    (tmp_path / "Dockerfile").write_text("FROM %s\nENV TURN=2\n" % site.image)
    assert images(row)["changed"] and not images(row)["changed"]
    site.engine.tag("localhost/" + site.image, registry.name("else"), "1")
    site.machine.run("podman", "push", "--quiet", "--tls-verify=false", registry.name("else:1"), other)
    for check in (True, False):
        assert images(row, check=check)["plan"][0]["fields"] == ["push"]
    assert not images(row)["changed"]
    assert images(dict(row, tags=[registry.name("built:3")]), check=True)["plan"][0]["fields"] == ["tags", "push"]
    gone = dict(row, tags=["127.0.0.1:1/built:1"])
    assert "the registry of 127.0.0.1:1/built:1 does not tell" in images(gone, fails=True)["msg"]
    names = [one for image in site.engine.images() for one in image["RepoTags"] or ()]
    assert not [one for one in names if "asked" in one or "@" in one], names
    for one in (name, other, registry.name("else:1")):
        site.engine.remove_image(one)


def test_what_the_registry_has_now_is_pulled_where_that_is_always_wanted(site, registry):
    name, kept = registry.name("web:1"), registry.name("kept:1")
    for turn in (1, 2):
        line = "printf 'FROM localhost/%s\\nENV TURN=%d\\n' | podman build -q -t $0 -f - /root"
        site.machine.run("sh", "-c", line % (site.image, turn) + " && podman push -q --tls-verify=false $0", name)
        if turn == 1:
            site.engine.remove_image(name)
            assert site.images({"name": name}, pull="always")["changed"]
            assert not site.images({"name": name}, pull="always")["changed"]
            site.engine.tag(name, *kept.rsplit(":", 1))
    site.engine.tag(kept, *name.rsplit(":", 1))
    assert not site.images({"name": name})["changed"]
    assert site.images({"name": name}, pull="always", check=True)["plan"][0]["fields"] == ["digest"]
    assert "TURN=1" in site.look(name)["Config"]["Env"]
    assert site.images({"name": name}, pull="always")["changed"]
    assert "TURN=2" in site.look(name)["Config"]["Env"] and not site.images({"name": name}, pull="always")["changed"]
    for one in (name, kept):
        site.engine.remove_image(one, force=True)


SIGNED = """\
set -e
export GNUPGHOME=/root/signer
mkdir -pm 700 $GNUPGHOME /etc/containers/registries.d
printf 'default-docker: {%s: file:///root/signatures, %s: file:///root/signatures}' "$0" "$0-staging" \
    >/etc/containers/registries.d/default.yaml
gpg --batch --quiet --passphrase '' --quick-generate-key signer@example.org
gpg --batch --armor --export >/etc/containers/signer.asc
podman push --quiet --sign-by signer@example.org --tls-verify=false "$1"
"""


def test_an_image_is_pulled_only_when_the_hosts_policy_trusts_it(site, registry):
    good, bad = registry.name("signed:1"), registry.name("unsigned:1")
    for name in (good, bad):
        site.engine.tag("localhost/" + site.image, *name.rsplit(":", 1))
    list(site.engine.push(bad.rpartition(":")[0], tag="1", stream=True))
    site.machine.run("sh", "-c", SIGNED, "sigstore", good)
    for name in (good, bad):
        site.engine.remove_image(name)
    before = site.machine.run("cat", "/etc/containers/policy.json")
    key = {"type": "signedBy", "keyType": "GPGKeys", "keyPath": "/etc/containers/signer.asc"}
    policy = {"default": [{"type": "reject"}], "transports": {"docker": {registry.name("").rstrip("/"): [key]}}}
    site.machine.write("/etc/containers/policy.json", json.dumps(policy))
    try:
        result = site.images({"name": bad}, {"name": good}, fails=True)
        assert "image %s: it cannot be pulled" % bad in result["msg"] and "signature was required" in result["msg"]
        assert "podman_policy of the role" in result["msg"] and "no registry can be reached" not in result["msg"]
        assert ".." not in result["msg"]
        assert result["applied"] == [good] and site.look(good) and site.look(bad) is None
        refused = site.task(site.row(image=bad), pull="missing", fails=True)["msg"]
        assert "podman_policy of the role" in refused and site.names() == []
        site.made(site.row(image=good), pull="missing")
    finally:
        site.machine.write("/etc/containers/policy.json", before)
        site.clean()
        site.engine.remove_image(good)


def test_a_volume_below_a_file_of_another_machine_is_told_by_podman(site):
    volume = {"source": "/etc/hostname/data", "target": "/data"}
    result = site.task(site.row(volumes=[volume]), site.row("good"), fails=True)
    assert "is below a file of the engine's host" in result["msg"] and site.names() == ["good"]


def test_what_podman_cannot_do_is_refused_by_name(site):
    always = site.images({"name": "127.0.0.1:9/none:1"}, pull="always", fails=True)["msg"]
    assert "its registry does not tell what it has" in always and "connection refused" in always
    options = site.task(site.row(log_options={"max-size": "1m"}), fails=True)["msg"]
    assert "provider podman cannot do log_options" in options and site.names() == []
    nobody = site.task(site.row(), podman={"url": "unix:///nowhere/podman.sock"}, fails=True)["msg"]
    other = site.task(site.row(), podman={"url": "unix://" + SOCKET}, fails=True)["msg"]
    assert "what answers is no Podman; the provider docker is for Docker engines" in other
    assert "no Podman answers at unix:///nowhere/podman.sock" in nobody and "systemctl start podman.socket" in nobody


def test_where_nothing_listens_a_service_of_our_own_does(site, tmp_path, monkeypatch):
    program, socket = tmp_path / "podman", "%s/own.sock" % site.machine.folder.name
    program.write_text(  # the machine's Podman is not this machine's, and sees the folder elsewhere
        '#!/bin/sh\nset -e\n[ "$1 $2" = "system service" ]\nln -s %s "${4#unix://}"\n'
        'exec docker exec %s podman "$1" "$2" "$3" unix:///run/engine/own.sock\n' % (socket, site.machine.ident)
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", "%s:%s" % (tmp_path, os.environ["PATH"]))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    site.made(site.row(), podman={})
    assert site.seen()["State"]["Running"]
    program.write_text("#!/bin/sh\necho no such luck >&2\nexit 125\n")
    assert (
        "`podman system service` does not come up: no such luck" in site.task(site.row(), podman={}, fails=True)["msg"]
    )


def test_another_machine_is_reached_by_ssh(site, tmp_path, monkeypatch):
    key, address = site.machine.by_ssh(tmp_path)
    monkeypatch.setenv("PATH", "%s:%s" % (tmp_path, os.environ["PATH"]))
    url = {"url": "ssh://root@%s:2022/run/engine/podman.sock" % address}
    process = start("container", site.args(site.row(), podman=url))
    said = json.loads(process.stdout.read())
    assert process.wait(60) == 0
    assert said["changed"] and site.seen()["State"]["Running"]
    assert not site.task(site.row(), podman=url)["changed"]
    key.unlink()
    refused = site.task(site.row(), podman=url, fails=True)["msg"]
    assert "no way to ssh://root@%s" % address in refused and "Permission denied" in refused
