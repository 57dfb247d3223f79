# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Between rows and rkt's words: its command line, and the unit that holds it and all that we must know; pure."""

from __future__ import annotations

import hashlib
import json
import re

from ...core.errors import Failure
from ..fields import EMPTY
from ..forms import OURS
from .client import FLAVOURS

PREFIX, ENDING = "rackwright-rkt-", ".service"
SECTION = "[X-Rackwright]"
CONTAINER, SPEC, POD = OURS["container"], OURS["spec"], OURS["pod"]
OF_POD = "pod:"  # begins the key of a pod of several apps; no container's name holds a colon
CAPABILITIES = (  # what a pod has unless it is told otherwise, recorded from rkt 1.30
    "AUDIT_WRITE CHOWN DAC_OVERRIDE FSETID FOWNER KILL MKNOD NET_RAW NET_BIND_SERVICE SETUID SETGID SETPCAP SETFCAP "
    "SYS_CHROOT"
).split()
SILENT = "stage1-fly ignores it without a word, since its pods have the host's own network and all its rights"
FLY = ("networks", "ports", "hostname", "dns_servers", "dns_search", "dns_options", "hosts")
FLY += ("cap_add", "cap_drop", "read_only")
KINDS = {
    "volume": "rkt has no volumes by name; make a folder on the host and name it by its path",
    "tmpfs": "rkt's empty volumes lie on the disk; bind a folder of a tmpfs that the host has mounted",
}
BEFORE = 'test -e "$0.uuid" && "$@" >/dev/null 2>&1; rm -f "$0.ended"'  # the pod that ended last is no longer needed
ENDED = 'echo "$EXIT_CODE $EXIT_STATUS $INVOCATION_ID" >"$0.ended"'
IDLE = "[Unit]\nDescription=%s\n\n[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n"
HEAD = "# Written by rackwright.platform.container. What is changed here by hand is found and taken back.\n"


def matters(row):
    """Whether it depends on the stage1 flavour what becomes of a row."""
    named = any(row.get(name) for name in (*FLY, "stop_signal", "volumes"))
    return named or row.get("network_mode") != "bridge" or _own_resolver(row)


def _own_resolver(row):
    return row.get("dns_mode") in ("host", "none")


def refusals(row, flavour):
    """(field, reason) of what rkt, or this stage1 flavour, cannot do as the row says."""
    if row.get("runtime") and row["runtime"] not in FLAVOURS:
        return [("runtime", "%s is no stage1 flavour, as are %s" % (row["runtime"], ", ".join(FLAVOURS)))]
    done = [(name, SILENT) for name in FLY if flavour == "fly" and row.get(name)]
    if flavour == "fly" and row.get("network_mode") == "none":
        done.append(("network_mode", SILENT))
    if flavour == "fly" and _own_resolver(row):
        done.append(("dns_mode", SILENT))
    if flavour != "fly" and row.get("stop_signal"):
        done.append(
            ("stop_signal", "the systemd in the pod ends its programs, by SIGTERM; only stage1-fly takes others")
        )
    return done + _of_volumes(row) + _of_ports(row) + _of_words(row)


def _of_volumes(row):
    volumes = row.get("volumes") or ()
    done = [("volumes", KINDS[one["type"]]) for one in volumes if one["type"] in KINDS]
    if any("," in one["source"] + one["target"] for one in volumes):
        done.append(("volumes", "rkt parts the settings of a volume by commas, so no path may hold one"))
    return done


def _of_ports(row):
    done = []
    for port in row.get("ports") or ():
        if not port["public"]:
            done.append(("ports", "rkt chooses no port; give a public number, a range or auto"))
        elif port["protocol"] not in ("tcp", "udp") or ":" in port["address"]:
            done.append(("ports", "rkt forwards TCP and UDP of IPv4 addresses only"))
    return done


def _of_words(row):
    done = []
    if any(net.get("aliases") or net.get("address_v6") for net in row.get("networks") or ()):
        done.append(("networks", "rkt's networks have neither aliases nor fixed IPv6 addresses"))
    if "ALL" in (row.get("cap_add") or ()):
        done.append(("cap_add", "rkt keeps the capabilities that it is told one by one; name those that are needed"))
    if "host-gateway" in (row.get("hosts") or {}).values():
        done.append(("hosts", "rkt does not know host-gateway; give the address"))
    if "---" in (row.get("entrypoint") or []) + (row.get("command") or []):
        done.append(("command", "rkt takes a word --- for the end of the command"))
    if any("\n" in text for text in (row.get("env") or {}).values()):
        done.append(("env", "rkt reads variables line by line, so none may hold a line feed"))
    return done


def unit_name(name):
    """The unit of a container."""
    return PREFIX + name + ENDING


def app_name(name):
    """The app's name in the pod: lower-case letters, digits and inner hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "app"


def variables(row):
    """The text of the file of a row's variables."""
    return "".join("%s=%s\n" % pair for pair in sorted((row.get("env") or {}).items()))


def environment(text):
    """The variables in such a file."""
    return dict(line.partition("=")[::2] for line in (text or "").splitlines() if line)


def pod_key(name):
    """By what the unit and the files of a pod of several apps are called, where a container has its name."""
    return OF_POD + name


def command(name, row, manifest, flavour, path):
    """The words after `rkt` that run a row's pod. manifest: its image's. path: of its files. Raises Failure."""
    return together(row, [(name, row, manifest)], flavour, path)


def together(shared, apps, flavour, path, pod=None):
    """The same of a pod of `apps`, each (name, row, its image's manifest). shared: the row of what they have in common.
    pod: its name, where it is one of several apps. Raises Failure."""
    known = [manifest.get("app") or {} for _name, _row, manifest in apps]
    ports, mounted = [_port(port, known) for port in shared.get("ports") or ()], []
    for index, (name, row, _manifest) in enumerate(apps):
        others = _points(known[:index] + known[index + 1 :])
        prefix = "rackwright-" + app_name(name) if pod else "rackwright"
        mounted.append(_volumes(row, known[index], flavour, others, prefix))
    words = ["run", "--pull-policy=never", "--uuid-file-save=%s.uuid" % path]
    words += ["--stage1-from-dir=stage1-%s.aci" % shared["runtime"]] if shared.get("runtime") else []
    words += ["--set-env-file=%s.env" % path] if any(row.get("env") for _name, row, _manifest in apps) else []
    words += ([] if flavour == "fly" else _networking(shared)) + ports + sum((volumes for volumes, _ in mounted), [])
    program = []
    for index, (name, row, _manifest) in enumerate(apps):
        words += ["---"] if "--" in program else []
        program = _program(row)
        words += [row["image_id"], "--name=" + app_name(name), "--user-annotation=%s=%s" % (CONTAINER, name)]
        words += ["--user-annotation=%s=%s" % (POD, pod)] if pod else []
        words += ["--user-label=%s=%s" % pair for pair in sorted((row.get("labels") or {}).items())]
        words += _rights(row) + mounted[index][1] + program
    return words


def _networking(row):
    nets = [net["name"] + (":IP=" + net["address"] if net["address"] else "") for net in row.get("networks") or ()]
    nets = nets or [{"bridge": "default"}.get(row["network_mode"], row["network_mode"])]
    words = ["--net=" + net for net in nets]
    plain = (("dns_servers", "--dns="), ("dns_search", "--dns-search="), ("dns_options", "--dns-opt="))
    words += [option + value for field, option in plain for value in row.get(field) or ()]
    words += ["--dns=" + row["dns_mode"]] if _own_resolver(row) else []
    words += ["--hosts-entry=%s=%s" % (address, host) for host, address in sorted((row.get("hosts") or {}).items())]
    return words + (["--hostname=" + row["hostname"]] if row.get("hostname") else [])


def _port(port, apps):
    """A published port: an image, and no second one, must have a name for the number inside."""
    for one in _ports(apps):
        if one["port"] == port["private"] and one.get("protocol", "tcp") == port["protocol"]:
            if [other["name"] for other in _ports(apps)].count(one["name"]) > 1:
                raise Failure("two images of the pod name a port %s, of which rkt publishes none" % one["name"])
            return "--port=%s:%s:%d" % (one["name"], port["address"], port["public"])
    known = ", ".join("%s/%s" % (one["port"], one.get("protocol", "tcp")) for one in _ports(apps))
    raise Failure(
        "its image has no name for the port %s/%s, by which rkt publishes it; the image's ports are: %s"
        % (port["private"], port["protocol"], known or "none")
    )


def _ports(apps):
    return [one for app in apps for one in app.get("ports") or ()]


def _points(apps):
    return {point["name"] for app in apps for point in app.get("mountPoints") or ()}


def _volumes(row, app, flavour, others, prefix):
    """What is mounted, as volumes and as mounts: where the image names the place, the volume bears that name, unless
    it is among those of the `others` in the pod."""
    points = [point for point in app.get("mountPoints") or () if point["name"] not in others]
    places = {point["path"].rstrip("/"): point["name"] for point in points}
    volumes, mounts = [], []
    for number, one in enumerate(row.get("volumes") or ()):
        name = places.pop(one["target"], None)
        if name is None:
            name = "%s-%d" % (prefix, number)
            mounts.append("--mount=volume=%s,target=%s" % (name, one["target"]))
        only = ",readOnly=true" if one["read_only"] else ""
        volumes.append("--volume=%s,kind=host,source=%s%s" % (name, one["source"], only))
    if places and flavour == "fly":
        raise Failure(
            "its image wants %s mounted, and stage1-fly does not do that by itself; name them in volumes"
            % (" and ".join(sorted(places)))
        )
    return volumes, mounts


def _rights(row):
    user, _colon, group = (row.get("user") or "").partition(":")
    words = ["--user=" + user] if user else []
    words += ["--group=" + group] if group else []
    words += ["--working-dir=" + row["working_dir"]] if row.get("working_dir") else []
    added, dropped = row.get("cap_add") or [], row.get("cap_drop") or []
    if added:
        kept = set(added) | (set() if "ALL" in dropped else set(CAPABILITIES) - set(dropped))
        words.append("--caps-retain=" + ",".join("CAP_" + name for name in sorted(kept)))
    elif dropped:
        gone = CAPABILITIES if "ALL" in dropped else dropped
        words.append("--caps-remove=" + ",".join("CAP_" + name for name in sorted(gone)))
    return words + (["--readonly-rootfs=true"] if row.get("read_only") else [])


def _program(row):
    words = (row.get("entrypoint") or []) + (row.get("command") or [])
    return (["--exec=" + words[0]] + (["--"] + words[1:] if words[1:] else [])) if words else []


def fingerprint(words, env):
    """What tells one pod from another: its command line and the file of its variables."""
    return hashlib.sha256("\0".join([*words, env]).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def unit(name, row, front, words, mark, path, memory):
    """The text of a container's unit.

    front: the program with its own options. words: of `command`. mark: the pod's fingerprint, which it bears.
    memory: what was declared.
    """
    own = {"Container": name, "Owner": row.get("owner") or "", "Pod": mark, "Row": one_line(kept(row))}
    return _signed(_runs("Container " + name, row, front, words, mark, path), own, memory)


def pod_unit(name, row, front, words, mark, path, memory, apps):
    """The text of the unit of a pod of several apps, or of none yet, whose `words` are none.

    row: the pod's, with what its apps have in common. apps: {container's name: what is kept of it}.
    """
    title = "Pod " + name
    text = _runs(title, row, front, words, mark, path) if words else IDLE % title
    state = {"state": "stopped"} if row.get("state") == "stopped" else {}
    own = {"Container": pod_key(name), "Owner": row.get("owner") or "", "Pod": mark if words else ""}
    return _signed(text, dict(own, Row=one_line(dict(kept(row), **state)), Apps=one_line(apps)), memory)


def kept(row):
    """What is kept of a row: what it says, but for the variables, and its image."""
    done = {field: row[field] for field in EMPTY if field != "env" and row.get(field) not in (None, EMPTY[field])}
    return dict(done, image=row.get("image"), image_id=row.get("image_id"))


def _runs(title, row, front, words, mark, path):
    """The text of a unit that runs a pod."""
    at = next(index for index, word in enumerate(words) if word.startswith("--name="))
    run = front + words[:at] + ["--user-annotation=%s=%s" % (SPEC, mark)] + words[at:]
    policy, _colon, tries = row["restart"].partition(":")
    lines = ["[Unit]", "Description=" + title, "Wants=network-online.target", "After=network-online.target"]
    lines += ["StartLimitIntervalSec=infinity", "StartLimitBurst=%d" % (int(tries) + 1)] if tries else []
    lines += ["StartLimitIntervalSec=0"] if policy != "no" and not tries else []
    lines += ["", "[Service]", "Type=exec", "Slice=machine.slice", "KillMode=mixed"]
    remove = [*front, "rm", "--uuid-file=%s.uuid" % path]
    lines += ["ExecStartPre=-/bin/sh -c " + " ".join(map(quoted, [BEFORE, path, *remove]))]
    lines += ["ExecStart=" + " ".join(map(quoted, run))]
    lines += ["ExecStopPost=-/bin/sh -c " + " ".join(map(quoted, [ENDED, path]))]
    lines += ["Restart=%s" % {"unless-stopped": "always"}.get(policy, policy)]
    lines += ["RestartSec=1"] if policy != "no" else []
    lines += ["TimeoutStopSec=%s" % (row["stop_timeout"] or "1ms")]
    lines += ["KillSignal=%s" % row["stop_signal"]] if row.get("stop_signal") else []
    return "\n".join([*lines, *_limits(row), "", "[Install]", "WantedBy=multi-user.target", ""])


def _signed(text, own, memory):
    """A unit's text with our section: what it is, what was declared, and the sum by which it is known as ours."""
    text = HEAD + text
    own = dict(own, Declared=one_line(memory), Sum=checksum(text))
    return text + "\n%s\n%s\n" % (SECTION, "\n".join("%s=%s" % pair for pair in own.items()))


def _limits(row):
    done = ["CPUQuota=%g%%" % (row["cpus"] * 100)] if row["cpus"] else []
    done += ["MemoryMax=%s" % row["memory"]] if row["memory"] != "0" else []
    return done + (["TasksMax=%d" % row["pids_limit"]] if row["pids_limit"] else [])


def one_line(value):
    """A value as a line of JSON."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def quoted(word):
    """A word of a command line as systemd reads it."""
    for mark, instead in (("\\", "\\\\"), ('"', '\\"'), ("%", "%%"), ("$", "$$"), ("\n", "\\n"), ("\t", "\\t")):
        word = word.replace(mark, instead)
    return '"%s"' % word


def checksum(text):
    """Of a unit without our section."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def ours(text):
    """What our section of a unit says, with Row, Declared and Apps as data, and whether it is `intact`; else None."""
    head, mark, tail = (text or "").partition("\n%s\n" % SECTION)
    found = dict(line.partition("=")[::2] for line in tail.splitlines())
    try:
        done = dict(found, **{name: json.loads(found[name]) for name in ("Row", "Declared")})
        done["Apps"] = json.loads(found.get("Apps", "{}"))
    except (KeyError, ValueError):
        return None
    done["intact"] = checksum(head) == found.get("Sum")
    return done if mark and found.get("Container") else None
