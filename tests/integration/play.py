# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run tasks through the real ansible-playbook of the running interpreter, and look at what came of them.

played = play('''
  - name: The zone
    rackwright.platform.dns_zone: {zone: example.org, provider: powerdns, powerdns: {api_key: "{{ key }}"}}
''', vars={"key": key}, secrets=[key])
assert played["The zone"]["changed"]
"""

from __future__ import annotations

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import textwrap
import time

import forge
import yaml
from integration.loaded import Loaded, early

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
COLLECTIONS = ROOT / ".ansible" / "collections"
CALLBACKS = pathlib.Path(__file__).resolve().parent / "callbacks"
BIN = pathlib.Path(sys.executable).parent
TROUBLE = ("Traceback (most recent call last)", "Unexpected failure during module execution", "MODULE FAILURE")


class Played:
    """What came of a run: exit status `rc`, everything printed as `output`, one dict a task and host as `lines`."""

    def __init__(self, rc, output, lines, seconds):
        self.rc, self.output, self.lines, self.seconds = rc, output, lines, seconds

    def __getitem__(self, task):
        """The result of the task of that name, or by its number in order."""
        return self.line(task)["result"]

    def line(self, task):
        """The line of the task of that name, or by its number in order: host, task, action, status, result."""
        if isinstance(task, int):
            return self.lines[task]
        found = [line for line in self.lines if line["task"].endswith(task)]
        assert found, "no task %r ran; those that did: %s" % (task, [line["task"] for line in self.lines])
        return found[-1]

    @property
    def results(self):
        """The results in order."""
        return [line["result"] for line in self.lines]

    @property
    def changed(self):
        """Whether any task changed anything."""
        return any(result.get("changed") for result in self.results)


def environment(**more):
    """The environment of a run: the checkout's collection and configuration, no colours."""
    config = ROOT / "ansible.cfg"
    env = dict(os.environ, ANSIBLE_COLLECTIONS_PATH=str(COLLECTIONS), ANSIBLE_NOCOLOR="1", PYTHONUNBUFFERED="1")
    env.update(ANSIBLE_LOCALHOST_WARNING="false", ANSIBLE_INVENTORY_UNPARSED_WARNING="false", ANSIBLE_FORCE_COLOR="0")
    if config.exists():
        env["ANSIBLE_CONFIG"] = str(config)
    env.update(more)
    return {name: value for name, value in env.items() if value is not None}


def program(*command, env=None, stdin=None, timeout=300, secrets=(), trouble=TROUBLE):
    """Run one of Ansible's programs; returns (exit status, output). No traceback and no secret may be in the output."""
    env = environment(**(env or {}))
    with tempfile.TemporaryDirectory(prefix="rackwright-play-") as folder:
        given, output = pathlib.Path(folder, "stdin"), pathlib.Path(folder, "output")
        given.write_text(stdin or "", encoding="utf-8")
        output.touch()
        loaded = forge.kept(Loaded, early(env))
        pid = loaded.start(command=command, env=env, stdin=str(given), output=str(output))
        status = loaded.end(timeout)
        text = output.read_text(encoding="utf-8")
    inspect(text, secrets, trouble)
    if status is None:
        os.kill(pid, signal.SIGKILL)
        loaded.end()
        raise subprocess.TimeoutExpired(command, timeout, text)
    return status, text


def listed(plugin, folder, *sources, fails=False, **more):
    """What ansible-inventory makes of the sources of one of our plugins; where it `fails`, all that was printed."""
    path = folder / (plugin + ".yml")
    path.write_text(yaml.safe_dump(dict(more, plugin="rackwright.platform." + plugin, sources=list(sources))))
    rc, output = program("ansible-inventory", "-i", str(path), "--list", trouble=(*TROUBLE, "Traceback"))
    if fails:
        return output
    assert rc == 0, output
    return json.loads(output[output.index("{\n") :], object_hook=lambda found: found.get("__ansible_unsafe", found))


def inspect(output, secrets=(), trouble=TROUBLE):
    """Fail when the output shows a traceback or a secret."""
    for words in trouble:
        assert words not in output, output
    for secret in secrets:
        assert secret not in output, "a secret was shown: " + output.replace(secret, "<<<SECRET>>>")


def playbook(text, **play_keywords):
    """The playbook as data: a list of tasks becomes one play on localhost."""
    content = yaml.safe_load(textwrap.dedent(text)) if isinstance(text, str) else text
    if any("hosts" in item or "ansible.builtin.import_playbook" in item for item in content):
        return content
    return [dict({"hosts": "localhost", "gather_facts": False}, **play_keywords, tasks=content)]


def play(
    tasks,
    *,
    vars=None,
    check=False,
    diff=False,
    args=(),
    env=None,
    secrets=(),
    fails=False,
    timeout=300,
    trouble=TROUBLE,
    **keywords,
):
    """Run a playbook, or tasks on localhost, given as YAML text or as data; returns a Played.

    vars: extra variables. keywords: of the play, such as module_defaults. fails: whether the run must fail (None:
    either). secrets: what may appear nowhere in the output. timeout: seconds.
    """
    with tempfile.TemporaryDirectory(prefix="rackwright-play-") as folder:
        book, more, results = (pathlib.Path(folder, name) for name in ("play.yml", "vars.json", "results.json"))
        book.write_text(yaml.safe_dump(playbook(tasks, **keywords), sort_keys=False), encoding="utf-8")
        more.write_text(json.dumps(vars or {}), encoding="utf-8")
        command = ["ansible-playbook", str(book), "-e", "@%s" % more, *args]
        command += ["--check"] * check + ["--diff"] * diff
        env = dict({"ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS), "PLAY_RESULTS": str(results)}, **(env or {}))
        env.setdefault("ANSIBLE_CALLBACKS_ENABLED", "results")
        begun = time.monotonic()
        rc, output = program(*command, env=env, timeout=timeout, secrets=secrets, trouble=trouble)
        seconds = time.monotonic() - begun
        text = results.read_text(encoding="utf-8") if results.exists() else ""
        inspect(text, secrets, trouble)
    if fails is not None:
        assert bool(rc) == fails, output
    return Played(rc, output, [json.loads(line) for line in text.splitlines()], seconds)
