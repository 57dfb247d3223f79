#!/usr/bin/env python3
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fake: a replay of rkt 1.30, which cannot be had any more.

It answers as the real one was recorded to (1.30.0+git, stage1 fly and host, November 2026), error texts, exit status
and quirks alike, and keeps pods and images in --dir. What it does not do is contain: a pod's program runs as a plain
process of this host. A signature is a file .asc that holds the fingerprint of its key. What a registry or a
discovery would give lies in $RKT_REPLAY_REGISTRY as NAME.aci. With $RKT_REPLAY_DOOR, a test is asked about each call.
"""

import fcntl
import json
import os
import signal
import sys
import time
import types

OWN = 254
INSECURE = "none image tls ondisk http pubkey capabilities paths seccomp all-fetch all-run all".split()
POD_FLAGS = (
    "stage1-path stage1-url stage1-name stage1-hash stage1-from-dir volume set-env set-env-file net dns dns-search"
)
POD_FLAGS = (POD_FLAGS + " dns-opt hosts-entry hostname port pull-policy uuid-file-save").split()
APP_FLAGS = "name exec working-dir user group user-label user-annotation mount caps-retain caps-remove readonly-rootfs"
APP_FLAGS = APP_FLAGS.split()
VERSION = "rkt Version: 1.30.0+git\nappc Version: 0.8.11\nGo Version: go1.19.8\nGo OS/Arch: linux/amd64\n"
VERSION += "Features: -TPM -SDJOURNAL"


class Died(Exception):
    """The call ends with rkt's own failure; these are its lines on stderr."""


def main(argv):
    options, words = globals_of(argv)
    name = " ".join(words[: 2 if words[:1] == ["image"] else 1])
    act = COMMANDS.get(name)
    try:
        if act is None:
            raise Died('Error: unknown command "%s" for "rkt"\nRun \'rkt --help\' for usage.' % (words[:1] or [""])[0])
        if name != "version":
            options.config = configured(options, name)
        return act(options, words[len(name.split()) :]) or 0
    except Died as died:
        print(died, file=sys.stderr)
        return OWN


def globals_of(argv):
    """The global options, which are accepted anywhere before `--`, and the other words."""
    options = types.SimpleNamespace(dir=None, local_config="/etc/rkt", system_config="/usr/lib/rkt", insecure=[])
    words, rest = [], list(argv)
    while rest:
        word = rest.pop(0)
        if word == "--":
            return options, words + [word] + rest
        key, _equals, value = word.partition("=")
        if key in ("--dir", "--local-config", "--system-config"):
            setattr(options, key[2:].replace("-", "_"), value)
        elif key == "--insecure-options":
            options.insecure = value.split(",")
        elif key == "enter" and not words:
            return options, [word] + rest  # what follows is the pod's
        else:
            words.append(word)
    return options, words


def split(words, known, switches=()):
    """({flag: [values]}, other words) of a command's words."""
    flags, rest = {}, []
    for word in words:
        key, equals, value = word.partition("=")
        if key.startswith("--") and (key[2:] in known or key[2:] in switches):
            flags.setdefault(key[2:], []).append(value if equals else "true")
        elif word.startswith("--"):
            raise Died("Error: unknown flag: %s" % key)
        else:
            rest.append(word)
    return flags, rest


def configured(options, name):
    """All configuration, merged; a bad file breaks every command."""
    found, seen = [], {}
    for folder in (options.system_config, options.local_config):
        for path in [path for kind in ("paths.d", "stage1.d", "auth.d") for path in files(folder, kind)]:
            try:
                with open(path, encoding="utf-8") as stream:
                    one = json.load(stream)
                problem = wrong(one)
            except ValueError as error:
                problem = "invalid character in %s: %s" % (path, error)
            if problem:
                raise Died("%s: cannot get configuration: %s" % (name.split()[-1], problem))
            for key in one.get("domains") or one.get("registries") or [one["rktKind"]]:
                if seen.get((one["rktKind"], key)) == folder:
                    raise Died('%s: cannot get configuration: "%s" is already specified' % (name.split()[-1], key))
                seen[one["rktKind"], key] = folder
            found.append(one)
    kinds = {one["rktKind"] for one in found}
    if "paths" not in kinds:
        found.append({"rktVersion": "v1", "rktKind": "paths", "data": "", "stage1-images": ""})
    if "stage1" not in kinds:
        found.append({"rktVersion": "v1", "rktKind": "stage1", "name": "", "version": "", "location": ""})
    data = [one.get("data") for one in found if one["rktKind"] == "paths" and one.get("data")]
    options.dir = options.dir or (data[-1] if data else "/var/lib/rkt")
    return found


def wrong(one):
    if one.get("rktVersion") != "v1" or one.get("rktKind") not in ("paths", "stage1", "auth", "dockerAuth"):
        return "no configuration parser for kind %r, version %r" % (one.get("rktKind"), one.get("rktVersion"))
    if one["rktKind"] == "stage1" and bool(one.get("name")) != bool(one.get("version")):
        given, lacking = ("name", "version") if one.get("name") else ("version", "name")
        return "invalid stage1 configuration: default stage1 image %s specified, but %s is missing" % (given, lacking)
    return None


def files(*folders):
    """The paths of the JSON files in a folder."""
    folder = os.path.join(*folders)
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else ()
    return [os.path.join(folder, name) for name in names if name.endswith(".json")]


def load(path):
    with open(path, encoding="utf-8") as stream:
        return json.load(stream)


def save(path, value):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    draft = "%s.%d" % (path, os.getpid())
    with open(draft, "w", encoding="utf-8") as stream:
        json.dump(value, stream)
    os.replace(draft, path)


# Images


def images(options):
    found = [load(path) for path in files(options.dir, "images")]
    return sorted(found, key=lambda image: image["import_time"])


def image_of(options, name):
    base, _colon, version = name.partition(":")
    for image in reversed(images(options)):
        if (
            image["id"].startswith(name)
            or image["name"] == name
            or (not version and image["name"].split(":")[0] == base)
        ):
            return image
    return None


def fetch(options, words):
    flags, rest = split(words, ("pull-policy", "signature"), ("full",))
    for name in rest:
        ident = bring(options, name, flags)
        print(ident if "full" in flags else ident[: len("sha512-") + 32])


def bring(options, name, flags):
    skips = set(options.insecure) & {"image", "all-fetch", "all"}
    if os.path.exists(name) or name.startswith("/"):
        path, called = name, None
    else:
        path, called = from_afar(options, name, flags, skips)
        if path is None:
            return called
    if not os.path.exists(path):
        raise Died("fetch: open %s: no such file or directory" % path)
    if not skips:
        verify(options, path)
    return keep(options, path, called)


def from_afar(options, name, flags, skips):
    have = image_of(options, name)
    if have and flags.get("pull-policy", ["update"])[0] == "new":
        return None, have["id"]
    folder, docker = os.environ.get("RKT_REPLAY_REGISTRY", "/nonexistent"), name.startswith("docker://")
    called = name[len("docker://") :] if docker else name
    host = called.split("/")[0]
    if docker:
        called = called.replace(host, host.replace(":", "_"), 1)
    path = os.path.join(folder, called + ".aci")
    if docker and not skips:
        raise Died("fetch: signature verification for docker images is not supported (try --insecure-options=image)")
    if not os.path.exists(path):
        down = 'fetch: Get "https://%s/v2/": dial tcp %s: connect: connection refused' % (host, host)
        raise Died(down if docker else "fetch: discovery failed")
    return path, called if docker else None


def verify(options, path):
    if not os.path.exists(path + ".asc"):
        raise Died("fetch: open %s.asc: no such file or directory" % path)
    import glob

    with open(path + ".asc", encoding="utf-8") as stream:
        key = stream.read().strip().lower()
    if not glob.glob(os.path.join(options.local_config, "trustedkeys", "*.d", "**", key), recursive=True):
        raise Died(
            "image: If you expected the signing key to change, try running:\nimage:     rkt trust --prefix <image>\n"
            "fetch: openpgp: signature made by unknown entity"
        )
    print("image: signature verified:\n  Test Signer <t@example.com>", file=sys.stderr)


def keep(options, path, called):
    import gzip  # these take longer to load than most calls
    import hashlib
    import tarfile

    with open(path, "rb") as stream:
        data = stream.read()
    data = gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data
    with tarfile.open(path) as archive:
        manifest = json.load(archive.extractfile("manifest"))
    version = [label["value"] for label in manifest.get("labels", []) if label["name"] == "version"]
    ident, now = "sha512-" + hashlib.sha512(data).hexdigest()[:64], time.time_ns()
    one = {"id": ident, "name": called or ":".join([manifest["name"], *version]), "import_time": now}
    save(
        os.path.join(options.dir, "images", ident + ".json"),
        dict(one, manifest=manifest, last_used_time=now, size=len(data)),
    )
    return ident


def image_list(options, words):
    flags, _rest = split(words, ("format", "fields", "order", "sort"), ("full", "no-legend"))
    found = images(options)
    if flags.get("format") == ["json"]:
        shown = [
            {key: image[key] for key in ("id", "name", "import_time", "last_used_time", "size")} for image in found
        ]
        print(json.dumps(shown or None, separators=(",", ":")))
        return
    for image in found:
        print("\t".join([image["id"] if "full" in flags else image["id"][:19], image["name"], str(image["size"])]))


def image_rm(options, words):
    removed = 0
    for name in words:
        image = image_of(options, name)
        if image is None:
            text = 'rm: cannot find aci satisfying name: "%s" and labels: [] in the local store'
            print(text % name, file=sys.stderr)
            continue
        os.unlink(os.path.join(options.dir, "images", image["id"] + ".json"))
        print('successfully removed aci for image: "%s"' % image["id"])
        removed += 1
    if removed:
        print("rm: %d image(s) successfully removed" % removed, file=sys.stderr)


def cat_manifest(options, words):
    image = image_of(options, words[0])
    if image is None:
        raise Died('cat-manifest: cannot find aci satisfying name: "%s" and labels: [] in the local store' % words[0])
    print(json.dumps(image["manifest"], indent="\t"))


# Pods


class Pod:
    """One pod's file. It runs as long as whoever runs it holds the lock on the other one."""

    def __init__(self, options, ident):
        self.path = os.path.join(options.dir, "pods", ident)
        self.facts = load(self.path + ".json")

    def living(self):
        with open(self.path + ".lock", "a", encoding="utf-8") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return True
        return False

    def told(self):
        """The pod as JSON tells it."""
        facts = {key: value for key, value in self.facts.items() if not key.startswith("_")}
        if facts["state"] == "running" and not self.living():
            facts["state"] = "exited"
            facts["apps"] = [dict(app, state="exited") for app in facts["apps"]]
        return facts


def pods(options):
    return [Pod(options, os.path.basename(path)[:-5]) for path in files(options.dir, "pods")]


def pod_of(options, words, flags):
    """The pod that is meant, by its UUID, the beginning of it, or a file that holds it."""
    ident = words[0] if words else ""
    if "uuid-file" in flags:
        with open(flags["uuid-file"][0], encoding="utf-8") as stream:
            ident = stream.read().strip()
    if not ident:
        raise Died("UUID cannot be empty")
    found = [pod for pod in pods(options) if pod.facts["name"].startswith(ident)]
    if not found:
        raise Died('no matches found for "%s"' % ident)
    return found[0]


def list_pods(options, words):
    flags, _rest = split(words, ("format",), ("full", "no-legend"))
    found = [pod.told() for pod in pods(options)]
    broken = [pod for pod in found if pod["state"] == "aborted prepare"]
    if flags.get("format") == ["json"]:
        print(json.dumps([pod for pod in found if pod not in broken] or None, separators=(",", ":")))
        if broken:
            bar = "list: ----------------------------------------"
            lines = [
                "list: %d error(s) encountered when listing pods:" % len(broken),
                bar,
                "list: invalid creation time",
                bar,
            ]
            print("\n".join([*lines, "list: misc:", "list:   rkt's appc version: 0.8.11", "list: "]), file=sys.stderr)
        return
    for pod in found:
        ident = pod["name"] if "full" in flags else pod["name"][:8]
        print("\t".join([ident, ",".join(pod.get("app_names", ["-"])), pod["state"]]))


def status(options, words):
    flags, rest = split(words, ("format", "uuid-file", "wait", "wait-ready"))
    try:
        pod = pod_of(options, rest, flags)
    except Died as died:
        raise Died("status: problem retrieving pod: %s" % died) from None
    facts = pod.told()
    if "wait-ready" in flags:
        raise Died("status: error waiting for pod readiness: context deadline exceeded")
    if flags.get("format") == ["json"]:
        if facts["state"] == "aborted prepare":
            raise Died("status: unable to print status: error converting pod: invalid creation time")
        print(json.dumps(facts, separators=(",", ":")))
        return
    print("state=%s\ncreated=%s" % (facts["state"], facts.get("created_at")))
    if "started_at" in facts:
        nets = ",".join("%(netName)s:ip4=%(ip)s" % net for net in facts.get("networks", []))
        print("networks=%s\npid=%d\nexited=%s" % (nets, pod.facts["_pid"], str(facts["state"] == "exited").lower()))
    for app in facts.get("apps", []):
        if "exit_code" in app:
            print("app-%s=%d" % (app["name"], app["exit_code"]))


def remove(options, words):
    flags, rest = split(words, ("uuid-file",))
    try:
        pod = pod_of(options, rest, flags)
    except (Died, OSError) as died:
        raise Died("rm: cannot get pod: %s\nrm: failed to remove one or more pods" % died) from None
    ident, state = pod.facts["name"], pod.told()["state"]
    if state == "running":
        raise Died('rm: pod "%s" is currently running\nrm: failed to remove one or more pods' % ident)
    if state == "aborted prepare":
        print('rm: moving failed prepare "%s" to garbage' % ident, file=sys.stderr)
    drop(pod)
    print('"%s"' % ident)


def drop(pod):
    for ending in (".json", ".lock"):
        if os.path.exists(pod.path + ending):
            os.unlink(pod.path + ending)


def stop(options, words):
    flags, rest = split(words, ("uuid-file",), ("force",))
    try:
        pod = pod_of(options, rest, flags)
    except Died as died:
        raise Died("stop: cannot get pod: %s\nstop: failed to stop 1 pod(s)" % died) from None
    ident, state = pod.facts["name"], pod.told()["state"]
    if state == "exited":
        print('pod "%s" is already stopped' % ident)
        return
    if state != "running":
        raise Died('stop: pod "%s" is not running\nstop: failed to stop 1 pod(s)' % ident)
    os.kill(pod.facts["_pid"], signal.SIGTERM)
    print('"%s"' % ident)


def collect(options, words):
    flags, _rest = split(words, ("grace-period", "expire-prepared"), ("mark-only",))
    gone = [pod for pod in pods(options) if pod.told()["state"] in ("exited", "aborted prepare")]
    if "mark-only" in flags or flags.get("grace-period") != ["0s"]:
        return
    for pod in gone:
        print('gc: moving pod "%s" to garbage' % pod.facts["name"], file=sys.stderr)
        drop(pod)


def enter(options, words):
    app = None
    if words and words[0].startswith("--app="):
        app, words = words[0][6:], words[1:]
    try:
        pod = pod_of(options, words[:1], {})
    except Died as died:
        raise Died("enter: problem retrieving pod: %s" % died) from None
    if pod.told()["state"] != "running":
        raise Died('enter: pod "%s" isn\'t currently running' % pod.facts["name"])
    import subprocess

    if app not in [None, *pod.facts["app_names"]]:
        raise Died('enter: unable to determine app name: no app named "%s" in the pod' % app)
    try:
        env = pod.facts["_envs"][pod.facts["app_names"].index(app) if app else 0]
        return subprocess.run(words[1:] or ["/bin/sh"], env=env, check=False).returncode
    except OSError:
        raise Died("enter: exec of %s failed" % words[1]) from None


def run(options, words):
    from rkt_pods import run as begin  # the larger half; see there

    return begin(sys.modules[__name__], options, words)


# What is beside pods


def config(options, _words):
    print(json.dumps({"stage0": options.config}, indent="\t"))


def trust(options, words):
    flags, rest = split(words, ("prefix",), ("root", "skip-fingerprint-review"))
    with open(rest[0], encoding="utf-8") as stream:
        key = "".join(stream.read().split()).lower()
    if "skip-fingerprint-review" not in flags:
        raise Died(
            "trust: error adding keys: error reviewing key: unable to ask user to review fingerprint due to lack of tty"
        )
    where = "root.d" if "root" in flags else os.path.join("prefix.d", flags["prefix"][0])
    path = os.path.join(options.local_config, "trustedkeys", where, key[-40:])
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as stream:
        stream.write(key)
    print('Added %s at "%s"' % ("root key" if "root" in flags else 'key for prefix "%s"' % flags["prefix"][0], path))


def serve(_options, words):
    print("service starting... %s" % " ".join(words), file=sys.stderr, flush=True)
    signal.pause()


COMMANDS = {
    "version": lambda _options, _words: print(VERSION),
    "config": config,
    "list": list_pods,
    "status": status,
    "run": run,
    "enter": enter,
    "stop": stop,
    "rm": remove,
    "gc": collect,
    "fetch": fetch,
    "image list": image_list,
    "image rm": image_rm,
    "image cat-manifest": cat_manifest,
    "image gc": lambda _options, _words: None,
    "trust": trust,
    "api-service": serve,
    "metadata-service": serve,
}


def entry(program="rkt"):
    """Be rkt."""
    from rkt_pods import asked

    sys.stdout.reconfigure(line_buffering=True)
    sys.exit(asked(program, sys.argv[1:], lambda: main(sys.argv[1:])))


if __name__ == "__main__":
    entry()
