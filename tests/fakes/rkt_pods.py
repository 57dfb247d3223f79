# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The half of the fake rkt that runs pods, and what asks a test about each call; see rkt.py."""

import io
import json
import os
import signal
import sys
import time
from contextlib import redirect_stderr, redirect_stdout

GENERIC = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "SHELL": "/bin/sh"}
SWITCHES = {"inherit-env", "no-overlay", "private-users", "interactive"}
PR_SET_PDEATHSIG = 1


def run(rkt, options, words):
    """`rkt run`: begin a pod, run its programs as processes of this host, and end as the first that fails does."""
    import fcntl
    import grp
    import uuid

    flags, apps = parsed(rkt, words)
    flavour = flavour_of(options, flags)
    refused(rkt, flags, apps, flavour)
    chosen = [(app, image(rkt, options, app["image"])) for app in apps]
    ident = str(uuid.uuid4())
    for path in flags.get("uuid-file-save", ()):  # before anything else can go wrong
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(ident)
    pod = os.path.join(options.dir, "pods", ident)
    rkt.save(pod + ".json", {"name": ident, "state": "aborted prepare"})
    prepared(rkt, flags, chosen, flavour)
    try:
        grp.getgrnam("rkt")
    except KeyError:
        print('run: group "rkt" not found, will use default gid when rendering images', file=sys.stderr, flush=True)
    with open(pod + ".lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return lived(rkt, pod, facts_of(ident, flags, chosen, flavour), chosen, flavour)


def parsed(rkt, words):
    """({flag: [values]} of the pod, [{image, args, flag: [values]}] of the apps)."""
    flags, apps, rest = {}, [], list(words)
    while rest:
        word = rest.pop(0)
        key, equals, value = word.partition("=")
        name = key[2:]
        if word == "--":
            end = rest.index("---") if "---" in rest else len(rest)
            apps[-1]["args"], rest = rest[:end], rest[end + 1 :]
        elif not word.startswith("--"):
            apps.append({"image": word, "args": []})
        elif name in rkt.APP_FLAGS:
            if not apps:
                raise rkt.Died("run: error parsing app image arguments: --%s must follow an image" % name)
            apps[-1].setdefault(name, []).append(value if equals else rest.pop(0))
        elif name in rkt.POD_FLAGS or name in SWITCHES:
            flags.setdefault(name, []).append(value if equals or name in SWITCHES else rest.pop(0))
        else:
            raise rkt.Died("Error: unknown flag: %s" % key)
    if not apps:
        raise rkt.Died("run: must provide at least one image or specify the pod manifest")
    return flags, apps


def flavour_of(options, flags):
    known = [one for one in options.config if one["rktKind"] == "stage1"][-1]
    words = "".join(flags.get("stage1-from-dir") or [known.get("name") or "", known.get("location") or ""])
    return next((flavour for flavour in ("fly", "kvm", "host") if "stage1-" + flavour in words), "coreos")


def refused(rkt, flags, apps, flavour):
    if flags.get("port") and flags.get("net") in (["host"], ["none"]):
        raise rkt.Died("run: --port flag does not work with '%s' networking" % flags["net"][0])
    if flavour == "fly" and len(apps) > 1:
        raise rkt.Died("run: fly only supports 1 application per Pod for now")


def image(rkt, options, name):
    found = rkt.image_of(options, name)
    if found is None:
        text = 'run: unable to fetch image from image name "%s": either image was not found in the store or store was '
        raise rkt.Died((text + "disabled and fetching from remote yielded nothing or it was disabled") % name)
    return found


def prepared(rkt, flags, chosen, flavour):
    """What fails while a pod is prepared, and leaves it behind."""
    known = [port["name"] for _app, one in chosen for port in one["manifest"].get("app", {}).get("ports", [])]
    for port in flags.get("port", ()):
        name = port.split(":")[0]
        if known.count(name) > 1:
            raise rkt.Died('run: error setting up stage0: port name "%s" defined multiple apps' % name)
    volumes = [dict(part.partition("=")[::2] for part in one.split(",")) for one in flags.get("volume", ())]
    if flavour == "fly" and any(one.get("kind") == "empty" for one in volumes):
        raise rkt.Died('run: can\'t mount "" on "stage1/rootfs/opt/stage2" with flags 4096: invalid argument')


def facts_of(ident, flags, chosen, flavour):
    """The pod as its file has it."""
    now, apps = time.time_ns(), []
    for app, one in chosen:
        done = {"name": app.get("name", [one["name"].split("/")[-1].split(":")[0]])[0], "state": "running"}
        done.update(created_at=now, started_at=now, image_id=one["id"])
        for flag, key in (("user-label", "user_labels"), ("user-annotation", "user_annotations")):
            if flag in app:
                done[key] = dict(text.partition("=")[::2] for text in app[flag])
        apps.append(done)
    facts = {"name": ident, "state": "running", "app_names": [app["name"] for app in apps], "apps": apps}
    nets = [] if flavour == "fly" else [net.split(":")[0] for net in flags.get("net", ["default"])]
    ends = [("172.16.28.%d" % (2 + number), net) for number, net in enumerate(nets) if net not in ("host", "none")]
    if ends:
        facts["networks"] = [
            {
                "netName": net,
                "netConf": "net/99-%s.conf" % net,
                "ifName": "eth0",
                "ip": ip,
                "args": "",
                "mask": "255.255.255.0",
            }
            for ip, net in ends
        ]
    seconds = now // 10**9
    envs = [variables(flags, one) for one in chosen]
    return dict(facts, created_at=seconds, started_at=seconds, _env=envs[0], _envs=envs, _words=flags)


def variables(flags, chosen):
    """The environment of an app: the image's, then that of files, then of flags."""
    app, one = chosen
    env = dict(GENERIC, AC_APP_NAME=app.get("name", ["app"])[0])
    env.update((pair["name"], pair["value"]) for pair in one["manifest"].get("app", {}).get("environment", ()))
    for path in flags.get("set-env-file", ()):
        with open(path, encoding="utf-8") as stream:
            env.update(line.rstrip("\n").partition("=")[::2] for line in stream if line.strip() and line[0] != "#")
    env.update(text.partition("=")[::2] for text in flags.get("set-env", ()))
    return env


def lived(rkt, pod, facts, chosen, flavour):
    """Run the programs to their end; returns the exit status of the first that fails, with which all others end."""
    children = []
    for (app, one), env in zip(chosen, facts["_envs"]):
        words = app["exec"] if "exec" in app else list(one["manifest"].get("app", {}).get("exec", ()))
        try:
            children.append(begun(words + app["args"], env, app.get("working-dir", ["/"])[0]))
        except OSError:
            for child in children:
                child.kill()
            os.unlink(pod + ".json")
            raise rkt.Died('run: can\'t execute "%s": no such file or directory' % words[0]) from None
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1):
        signal.signal(number, lambda got, _frame: [child.send_signal(got) for child in children])
    rkt.save(pod + ".json", dict(facts, _pid=os.getpid()))
    status, ended = 0, {}
    while len(ended) < len(children):
        index, found = next_end(children, ended)
        ended[index] = 0 if status else found  # as recorded: who is ended with the pod has not failed
        if found and not status:
            status = found
            for child in children:
                child.terminate()
        done = dict(facts["apps"][index], state="exited")
        facts["apps"][index] = done if flavour == "fly" else dict(done, exit_code=ended[index])  # fly keeps none
        rkt.save(pod + ".json", dict(facts, _pid=os.getpid()))
    rkt.save(pod + ".json", dict(facts, state="exited", _pid=os.getpid()))
    return status


def begun(words, env, folder):
    """A program that dies with this one."""
    import ctypes
    import subprocess

    libc = ctypes.CDLL(None)
    die = lambda: libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # noqa: E731
    return subprocess.Popen(words, env=env, cwd=folder, preexec_fn=die)


def next_end(children, ended):
    """(place, exit status) of the next program that ends."""
    if len(children) == 1:
        status = children[0].wait()
        return 0, 128 - status if status < 0 else status
    while True:
        for index, child in enumerate(children):
            status = child.poll() if index not in ended else None
            if status is not None:
                return index, 128 - status if status < 0 else status
        time.sleep(0.01)


def asked(program, argv, act):
    """Do `act`, a function that returns the exit status, unless a test says otherwise; returns the exit status.

    The test at $RKT_REPLAY_DOOR hears of the call, may answer in its place, and of what was done may let nobody learn.
    """
    door = os.environ.get("RKT_REPLAY_DOOR")
    if not door:
        return act()
    import socket

    with socket.socket(socket.AF_UNIX) as sock, sock.makefile("rw", encoding="utf-8") as line:
        sock.connect(door)
        verdict = told(line, {"program": program, "argv": argv})
        if "rc" not in verdict:
            out, err = io.StringIO(), io.StringIO()
            with redirect_stdout(out), redirect_stderr(err):
                status = act()
            verdict = told(line, {"rc": status, "out": out.getvalue(), "err": err.getvalue()})
    sys.stdout.write(verdict["out"])
    sys.stderr.write(verdict["err"])
    return verdict["rc"]


def told(line, words):
    """Say it to the test; returns what it answers. Where it hangs up, this process dies on the spot."""
    try:
        line.write(json.dumps(words) + "\n")
        line.flush()
        answer = line.readline()
    except OSError:
        answer = ""
    if not answer:
        os.kill(os.getpid(), signal.SIGKILL)
    return json.loads(answer)
