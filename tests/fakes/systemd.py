#!/usr/bin/env python3
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fake: so much of systemctl and journalctl as pods of rkt need, for hosts that systemd does not run.

It reads the real unit files in $RKT_REPLAY_UNITS and keeps its own in $RKT_REPLAY_SYSTEMD. As the real one does, it
goes by a unit as it was when it was last loaded, until a daemon-reload.
"""

import json
import os
import re
import signal
import sys
import time

from rkt_pods import asked

UNITS, STATE = os.environ.get("RKT_REPLAY_UNITS", ""), os.environ.get("RKT_REPLAY_SYSTEMD", "")
WANTS = os.path.join(UNITS, "multi-user.target.wants")
WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')
DEAD = {"ActiveState": "inactive", "SubState": "dead", "ExecMainStatus": "0", "InvocationID": ""}


def at(unit, ending):
    return os.path.join(STATE, "%s.%s" % (unit, ending))


def text_of(path):
    with open(path, encoding="utf-8") as stream:
        return stream.read()


def state_of(unit):
    try:
        with open(at(unit, "json"), encoding="utf-8") as stream:
            return json.load(stream)
    except FileNotFoundError:
        return dict(DEAD)


def keep(unit, **more):
    draft = at(unit, "json.%d" % os.getpid())
    with open(draft, "w", encoding="utf-8") as stream:
        json.dump(dict(state_of(unit), **more), stream)
    os.replace(draft, at(unit, "json"))


def settings(unit):
    """{setting: [values]} of a unit as it was loaded."""
    if not os.path.exists(at(unit, "loaded")):
        with open(os.path.join(UNITS, unit), encoding="utf-8") as source, open(
            at(unit, "loaded"), "w", encoding="utf-8"
        ) as copy:
            copy.write(source.read())
    done = {}
    with open(at(unit, "loaded"), encoding="utf-8") as stream:
        for line in stream.read().partition("\n[X-")[0].splitlines():
            key, equals, value = line.partition("=")
            if equals and not line.startswith("#"):
                done.setdefault(key, []).append(value)
    return done


def words(line):
    """A command line's words, and whether its failure counts."""
    line, strict = (line[1:], False) if line.startswith("-") else (line, True)
    escapes = {"\\n": "\n", "\\t": "\t"}
    done = []
    for inside, plain in WORD.findall(line):
        word = re.sub(r"\\.", lambda found: escapes.get(found.group(), found.group()[1]), inside) if inside else plain
        done.append(word.replace("%%", "%").replace("$$", "$"))
    return done, strict


def start(unit):
    try:
        found = settings(unit)
    except FileNotFoundError:
        return fail("Failed to start %s: Unit %s not found." % (unit, unit), 5)
    if state_of(unit)["ActiveState"] == "active":
        return 0
    if found.get("Type") == ["oneshot"]:  # which here does nothing, and remains
        keep(unit, ActiveState="active", SubState="exited", InvocationID=os.urandom(16).hex(), supervisor=0)
        return 0
    keep(unit, ActiveState="activating", SubState="start", InvocationID=os.urandom(16).hex())
    if not os.fork():
        os.setsid()
        if os.fork():
            os._exit(0)
        null = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(null, number)
        os.closerange(3, 64)
        supervise(unit, found)
        os._exit(0)
    os.wait()
    while state_of(unit)["ActiveState"] == "activating":
        time.sleep(0.01)
    return 0


def supervise(unit, found):
    """The life of a unit, which this process stands for."""
    import subprocess  # most calls do without

    env = {key: value for key, value in os.environ.items() if key != "RKT_REPLAY_DOOR"}
    asked_to_end = []
    signal.signal(signal.SIGTERM, lambda *_got: asked_to_end.append(True))
    policy = found["Restart"][0]
    keep(unit, supervisor=os.getpid())
    while True:
        with open(at(unit, state_of(unit)["InvocationID"] + ".log"), "ab") as log:
            for line in found.get("ExecStartPre", ()):
                subprocess.run(words(line)[0], env=env, stdout=log, stderr=log, check=False)
            child = subprocess.Popen(words(found["ExecStart"][0])[0], env=env, stdout=log, stderr=log)
            keep(unit, ActiveState="active", SubState="running")
            status = attend(child, found, asked_to_end)
            how = ("killed", signal.Signals(-status).name[3:]) if status < 0 else ("exited", str(status))
            keep(unit, ActiveState="deactivating", SubState="stop-post")
            for line in found.get("ExecStopPost", ()):
                more = dict(env, EXIT_CODE=how[0], EXIT_STATUS=how[1], INVOCATION_ID=state_of(unit)["InvocationID"])
                subprocess.run(words(line)[0], env=more, stdout=log, stderr=log, check=False)
        again = policy == "always" or (policy == "on-failure" and status)
        if asked_to_end or not again:
            break
        keep(unit, ActiveState="activating", SubState="auto-restart", ExecMainStatus=str(status))
        time.sleep(1)
    bad = status not in (0, -signal.SIGTERM)
    keep(
        unit,
        ActiveState="failed" if bad else "inactive",
        SubState="failed" if bad else "dead",
        ExecMainStatus=str(status),
    )


def attend(child, found, asked_to_end):
    """Wait for the program, and end it when that is asked for; returns its exit status."""
    killed = None
    while child.poll() is None:
        if asked_to_end and killed is None:
            child.send_signal(getattr(signal, found.get("KillSignal", ["SIGTERM"])[0]))
            seconds = found.get("TimeoutStopSec", ["10"])[0]
            killed = time.monotonic() + (0.001 if seconds == "1ms" else float(seconds))
        if killed and time.monotonic() > killed:
            child.kill()
        time.sleep(0.01)
    return child.returncode


def stop(unit):
    seen = state_of(unit)
    if seen["ActiveState"] in ("inactive", "failed"):
        return 0
    if not seen["supervisor"]:
        keep(unit, ActiveState="inactive", SubState="dead")
        return 0
    os.kill(seen["supervisor"], signal.SIGTERM)
    while state_of(unit)["ActiveState"] not in ("inactive", "failed"):
        time.sleep(0.01)
    return 0


def show(rest):
    blocks = []
    for unit in rest:
        seen = {key: value for key, value in state_of(unit).items() if key != "supervisor"}
        there = os.path.exists(os.path.join(UNITS, unit))
        enabled = os.path.lexists(os.path.join(WANTS, unit))
        seen["NeedDaemonReload"] = "yes" if there and stale(unit) else "no"
        seen.update(Id=unit, LoadState="loaded" if there else "not-found")
        seen.update(UnitFileState=("enabled" if enabled else "disabled") if there else "")
        blocks.append("".join("%s=%s\n" % pair for pair in seen.items()))
    print("\n".join(blocks), end="")
    return 0


def stale(unit):
    """Whether a unit is another one than was loaded."""
    path = at(unit, "loaded")
    return os.path.exists(path) and text_of(path) != text_of(os.path.join(UNITS, unit))


def enable(unit):
    os.makedirs(WANTS, exist_ok=True)
    if not os.path.lexists(os.path.join(WANTS, unit)):
        os.symlink(os.path.join(UNITS, unit), os.path.join(WANTS, unit))
    return 0


def disable(unit):
    if os.path.lexists(os.path.join(WANTS, unit)):
        os.unlink(os.path.join(WANTS, unit))
    return 0


def reset_failed(unit):
    if state_of(unit)["ActiveState"] != "failed":
        return fail("Failed to reset failed state of unit %s: Unit %s not loaded." % (unit, unit), 1)
    keep(unit, ActiveState="inactive", SubState="dead")
    return 0


def reload():
    for name in os.listdir(STATE):
        if name.endswith(".loaded"):
            os.unlink(os.path.join(STATE, name))
    return 0


def fail(text, status):
    print(text, file=sys.stderr)
    return status


def systemctl(argv):
    verb, rest = argv[0], [word for word in argv[1:] if not word.startswith("--")]
    if verb == "daemon-reload":
        return reload()
    if verb == "show":
        return show(rest)
    verbs = {"start": start, "stop": stop, "enable": enable, "disable": disable, "reset-failed": reset_failed}
    return max(verbs[verb](unit) for unit in rest)


def journalctl(argv):
    lines = next(int(word.partition("=")[2]) for word in argv if word.startswith("--lines="))
    which = [word.partition("=")[2] for word in argv if word.startswith("_SYSTEMD_INVOCATION_ID=")]
    found = [name for name in os.listdir(STATE) if which and name.endswith(which[0] + ".log")]
    for name in found:
        with open(os.path.join(STATE, name), encoding="utf-8", errors="replace") as stream:
            print("".join(stream.readlines()[-lines:]), end="")
    return 0


def entry(program):
    """Be systemctl or journalctl."""
    act = journalctl if program == "journalctl" else systemctl
    sys.exit(asked(program, sys.argv[1:], lambda: act(sys.argv[1:])))
