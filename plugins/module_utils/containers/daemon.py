# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a Docker engine's daemon.json may hold, and what a change of it asks of a running engine."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile

from ..core.errors import Refused
from ..core.runner import run

NONE, RELOAD, RESTART = "none", "reload", "restart"
DATA_ROOT = "/var/lib/docker"
SOCKET = "unix:///var/run/docker.sock"
PID_FILE = "/var/run/docker.pid"
SHALLOWEST = 2  # slashes in the path of a data folder that may be emptied
BINDS_NETWORKS_SINCE = (24,)  # from here on networks of one's own have defaults too
BINDING = "com.docker.network.bridge.host_binding_ipv4"
VALIDATES_SINCE = (23, 0)  # from here on the engine has --validate

# key -> type, of the engines before 23 that cannot validate a file themselves
TYPES = {
    bool: "cri-containerd debug experimental icc init ip-forward ip-masq ip6tables iptables ipv6 live-restore "
    "no-new-privileges raw-logs rootless selinux-enabled tls tlsverify userland-proxy",
    int: "cpu-rt-period cpu-rt-runtime max-concurrent-downloads max-concurrent-uploads max-download-attempts mtu "
    "network-control-plane-mtu network-diagnostic-port oom-score-adjust shutdown-timeout",
    list: "allow-nondistributable-artifacts authorization-plugins default-address-pools dns dns-opts dns-search "
    "exec-opts hosts insecure-registries labels node-generic-resources registry-mirrors storage-opts",
    dict: "builder cluster-store-opts default-ulimits features log-opts runtimes",
    str: "api-cors-header bip bridge cgroup-parent cluster-advertise cluster-store containerd containerd-namespace "
    "data-root default-cgroupns-mode default-gateway default-gateway-v6 default-ipc-mode default-runtime "
    "default-shm-size deprecated-key-path exec-root fixed-cidr fixed-cidr-v6 graph group host-gateway-ip init-path ip "
    "log-driver log-level metrics-addr pidfile seccomp-profile storage-driver swarm-default-advertise-addr tlscacert "
    "tlscert tlskey userland-proxy-path userns-remap",
}
TLS_FILES = ("tlscacert", "tlscert", "tlskey")
KNOWN = {key: kind for kind, keys in TYPES.items() for key in keys.split()}
SPELLED = {bool: "true or false", int: "a whole number", list: "a list", dict: "a mapping", str: "a text"}

# Keys that an engine takes up at SIGHUP
RELOADABLE = frozenset(
    "allow-nondistributable-artifacts authorization-plugins debug default-runtime features insecure-registries labels "
    "live-restore max-concurrent-downloads max-concurrent-uploads max-download-attempts registry-mirrors runtimes "
    "shutdown-timeout".split()
)


def program(argv):
    """(exit status, text) of a program, None when it is not installed."""
    path = shutil.which(argv[0], path=os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin")
    if path is None:
        return None
    status, out, err = run([path] + list(argv[1:]), check=False)
    return status, out + err


def engine(ask=program):
    """{path, version} of the installed engine, None without one."""
    answer = ask(["dockerd", "--version"])
    if answer is None or answer[0]:
        return None
    found = re.search(r"version v?([0-9][^\s,]*)", answer[1])
    path = shutil.which("dockerd", path=os.environ.get("PATH", os.defpath) + ":/usr/sbin") or "dockerd"
    return {"path": path, "version": found.group(1) if found else ""}


def version(installed):
    """The first two numbers of the installed engine's version, () where it is not known."""
    return tuple(int(number) for number in re.findall(r"\d+", (installed or {}).get("version", ""))[:2])


def validates(installed):
    """Whether the installed engine can judge a configuration file itself."""
    return version(installed) >= VALIDATES_SINCE


def check(config):
    """(problems, unknown keys): what is wrong whatever the engine, and what an engine before 23 does not know."""
    problems = []
    for key, value in sorted(config.items()):
        kind = KNOWN.get(key)
        if kind and not _fits(value, kind):
            problems.append("%s must be %s, not %s" % (key, SPELLED[kind], json.dumps(value)))
    options = config.get("log-opts")
    for key, value in sorted(options.items()) if isinstance(options, dict) else ():
        if not isinstance(value, str):
            problems.append('log-opts: %s must be a text: write "%s" with quotes' % (key, json.dumps(value)))
    return problems, sorted(set(config) - set(KNOWN))


def judge(config, installed, ask=program, early=False):
    """(problems, warnings): whether the installed engine would start with the configuration.

    early: the files of TLS, which the engine opens to judge it, may be missing yet.
    """
    if early and any(not os.path.exists(config[key]) for key in TLS_FILES if isinstance(config.get(key), str)):
        config = {key: value for key, value in config.items() if key not in TLS_FILES + ("tls", "tlsverify")}
    problems, unknown = check(config)
    if problems or not (unknown or validates(installed)):
        return problems, []
    names = ", ".join(unknown)
    if validates(installed):
        return _validated(config, ask), []
    if installed:
        return ["Docker %s does not know %s" % (installed["version"], names)], []
    return [], ["No engine is installed yet that could judge these keys of daemon.json: %s" % names]


def _validated(config, ask):
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as candidate:
        candidate.write(render(config))
        candidate.flush()
        status, said = ask(["dockerd", "--validate", "--config-file", candidate.name])
    return [said.strip().replace(candidate.name, "the new file")] if status else []


def _fits(value, kind):
    return isinstance(value, kind) and not (kind is int and isinstance(value, bool))


def effect(before, after):
    """(none, reload or restart; the changed keys): what a running engine needs to take up the change."""
    changed = sorted(key for key in set(before) | set(after) if before.get(key) != after.get(key))
    if not changed:
        return NONE, changed
    # at a reload an engine keeps the old value of a key that has gone from the file
    light = all(key in RELOADABLE and key in after for key in changed)
    return RELOAD if light else RESTART, changed


def data_root(config):
    return config.get("data-root") or config.get("graph") or DATA_ROOT


def held_back(before, after, root="/"):
    """Why this host's data forbids the change: a list of sentences, empty when nothing does."""
    place = os.path.join(root, data_root(after).lstrip("/"))
    reasons = []
    wanted = after.get("storage-driver")
    others = [driver for driver in drivers_in_use(place) if driver != wanted]
    if wanted and before.get("storage-driver") != wanted and others:
        reasons.append(
            "storage-driver %s would hide the images that %s holds for %s: save them (docker save), empty %s, or set "
            "allow_storage_switch" % (wanted, data_root(after), ", ".join(others), data_root(after))
        )
    if after.get("live-restore") and os.path.exists(os.path.join(place, "swarm", "docker-state.json")):
        reasons.append("live-restore is refused by an engine that is in a swarm: set it to false, or leave the swarm")
    return reasons


def drivers_in_use(place):
    """Storage drivers for which `place` holds images."""
    drivers = sorted(listed(os.path.join(place, "image")))
    return [name for name in drivers if listed(image_folder(place, name))]


def image_folder(place, driver):
    """Where the images of a storage driver are listed."""
    return os.path.join(place, "image", driver, "imagedb", "content", "sha256")


def listed(folder):
    """Names within a folder, none where it cannot be read."""
    try:
        return os.listdir(folder)
    except OSError:
        return []


def bound(config, installed, address):
    """The configuration with `address` as that of published ports that name none, in every way the engine has."""
    if not address:
        return config
    config = dict(config, ip=address)
    if version(installed) >= BINDS_NETWORKS_SINCE:
        options = {kind: dict(given) for kind, given in (config.get("default-network-opts") or {}).items()}
        options.setdefault("bridge", {}).setdefault(BINDING, address)
        config["default-network-opts"] = options
    return config


def endpoint(config):
    """The address for clients on the host itself."""
    return next((host for host in config.get("hosts") or [] if host.startswith("unix://")), SOCKET)


def ports(config):
    """[{port, proto, purpose}]: what a firewall must let in for this configuration."""
    found = []
    for host in config.get("hosts") or []:
        matched = re.match(r"tcp://(.*):(\d+)$", host)
        if matched and matched.group(1) not in ("127.0.0.1", "localhost", "[::1]"):
            found.append({"port": int(matched.group(2)), "proto": "tcp", "purpose": "Docker API"})
    return found


def parse(text):
    """The mapping in a file's text; a text that is none counts as empty, it is to be replaced."""
    try:
        config = json.loads(text or "{}")
    except ValueError:
        return {}
    return config if isinstance(config, dict) else {}


def render(config):
    """The text of the file, the same for the same configuration."""
    return json.dumps(config, indent=2, sort_keys=True) + "\n"


def shown(text):
    """The text for a diff: passwords in addresses (proxies, mirrors) masked."""
    return re.sub(r"//[^/@\s\"]+@", "//***@", text)


def leftovers(place, pid_file=PID_FILE):
    """Paths inside an engine's data folder that may go. Raises Refused while emptying it would be unsafe."""
    place = os.path.realpath(place)
    if place.count("/") < SHALLOWEST:
        raise Refused("%s is no folder of an engine's own: it is not emptied" % place)
    names = sorted(os.listdir(place)) if os.path.isdir(place) else []
    if names and alive(pid_file):
        raise Refused("The engine runs: stop docker.service and docker.socket before %s is emptied" % place)
    busy = [point for point in mount_points() if point.startswith(place + "/")]
    if names and busy:
        raise Refused("%s is not emptied, as %s is mounted there: unmount it" % (place, ", ".join(busy)))
    return [os.path.join(place, name) for name in names]


def mount_points():
    """Where something is mounted, as this process sees it."""
    with open("/proc/self/mountinfo", encoding="utf-8") as stream:
        return [line.split()[4] for line in stream]


def alive(pid_file=PID_FILE):
    """Whether the engine runs. Its socket is not asked, as systemd would start the engine for that."""
    try:
        with open(pid_file, encoding="ascii") as stream:
            return os.path.exists("/proc/%d" % int(stream.read()))
    except (OSError, ValueError):
        return False


def remove(paths):
    """Delete files and whole folders."""
    for path in paths:
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        else:
            os.unlink(path)
