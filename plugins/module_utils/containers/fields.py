# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fields of a container as data: what is declared, what may change in place, what is reported."""

from __future__ import annotations

from ..core.field import Field, unless_true
from ..core.secrets import masked
from . import forms

STATES = ("started", "stopped", "present", "absent")
PORT = (
    Field(
        "private",
        required=True,
        help=(
            "The port inside of the container; V(auto) is the same number as outside, for programs that tell others "
            "where they are.",
        ),
    ),
    Field(
        "public",
        help=(
            "The port on the host: a number, V(auto) for a free one, or a range such as V(8000-8099) for a free one "
            "of it. What was found stays with the container. Without one the engine chooses at each start.",
        ),
    ),
    Field(
        "address", help="The host's address that it is bound to, V(127.0.0.1) by default; V(0.0.0.0) is all of them."
    ),
    Field("protocol", choices=("tcp", "udp", "sctp"), help="V(tcp) by default."),
    Field(
        "name",
        help=(
            "The program is told of the port by this name: V(http) makes E(PORT_HTTP), the number inside, "
            "and E(ADVERTISE_HTTP), address and port outside.",
        ),
    ),
)
VOLUME = (
    Field("target", required=True, help="The absolute path in the container."),
    Field("source", help="A volume's name, or with a slash a path on the engine's host. A tmpfs has none."),
    Field(
        "type", choices=("bind", "volume", "tmpfs"), help="By default what O(containers[].volumes[].source) looks like."
    ),
    Field("read_only", type="bool", help="Mount it read-only."),
    Field("size", help="The most that a tmpfs holds, such as V(64M)."),
)
NETWORK = (
    Field("name", required=True, help="A network that exists."),
    Field("address", help="A fixed address in it."),
    Field("address_v6", help="A fixed IPv6 address in it, beside an IPv4 one."),
    Field("aliases", type="list", elements="str", help="Further names of the container in it."),
)
HEALTH = (
    Field(
        "test",
        type="raw",
        help=(
            "The command: a list of words, or a text for the container's shell. V([NONE]) is no check at all.",
            "A leading C(CMD) or C(CMD-SHELL) is understood as engines do.",
        ),
    ),
    Field("interval", type="float", help="Seconds between two checks."),
    Field("timeout", type="float", help="Seconds that one check may take."),
    Field("start_period", type="float", help="Seconds in which failures do not count."),
    Field("retries", type="int", help="Failures in a row that make it unhealthy."),
)
NAMED = Field("name", required=True, normal=forms.name, help="The container's name.")
STATE = Field(
    "state",
    choices=STATES,
    help=(
        "V(started) and V(stopped) also make it when it is not there.",
        "V(present) starts a new one and leaves the others running or stopped. V(absent) stops and removes it.",
    ),
)
ALTERABLE = (  # what an engine changes in a container as it runs
    Field(
        "networks",
        type="list",
        elements="dict",
        options=NETWORK,
        normal=forms.networks,
        compare="set",
        help="The networks it is in; the first is the one it starts with. V([]) is the engine's default network.",
    ),
    Field(
        "restart",
        normal=forms.restart,
        help="When the engine starts it again: V(no), V(always), V(unless-stopped), V(on-failure) or V(on-failure:N).",
    ),
    Field(
        "unit",
        type="bool",
        help=(
            "Whether a unit of systemd, C(container-NAME.service), watches it in place of the engine. It begins with",
            "the machine and is restarted as O(containers[].restart) says, also where no daemon runs. The module must",
            "run on the engine's host; as a user other than root the unit is that user's.",
        ),
    ),
    Field(
        "cpus",
        type="float",
        normal=forms.cpus,
        help="The processors' time it may use, such as V(1.5). V(0) is no limit.",
    ),
    Field("memory", normal=forms.memory, help="The memory it may use, such as V(512M). V(0) is no limit."),
    Field("pids_limit", type="int", normal=forms.count, help="The processes it may have. V(0) is no limit."),
)
FIXED = (
    Field(
        "command",
        type="raw",
        normal=forms.words,
        help="What it runs: a list of words, or a text to be split as a shell would.",
    ),
    Field(
        "entrypoint", type="raw", normal=forms.words, help="The program in front of O(containers[].command), likewise."
    ),
    Field(
        "env",
        type="dict",
        normal=forms.environment,
        mask=masked,
        help="Environment variables. Values are masked where the name looks secret, as in C(DB_PASSWORD).",
    ),
    Field(
        "ports", type="list", elements="dict", options=PORT, normal=forms.ports, help="The ports published on the host."
    ),
    Field("volumes", type="list", elements="dict", options=VOLUME, normal=forms.volumes, help="What is mounted in it."),
    Field(
        "network_mode",
        choices=("bridge", "host", "none"),
        help="V(bridge), the engine's default network, V(host) or V(none). Not together with O(containers[].networks).",
    ),
    Field("labels", type="dict", normal=forms.labels, help="Labels of your own."),
    Field(
        "healthcheck",
        type="dict",
        options=HEALTH,
        normal=forms.health,
        help="How to tell whether it is healthy. What is left out is as the image has it, else as the engine does.",
    ),
    Field(
        "pod",
        normal=lambda value: value and forms.name(value, "pod"),
        help=(
            'The pod that it is in, made by M(rackwright.platform.container_pod); V("") is none.',
            "Ports, networks, the host name, DNS and what else the pod has for all are declared there, and not here.",
        ),
    ),
    Field("user", help="Who it runs as: a name or number, with V(:group) where wanted."),
    Field("working_dir", help="The folder it starts in."),
    Field("hostname", help="Its host name."),
    Field(
        "cap_add", type="list", elements="str", normal=forms.capabilities, help="Kernel capabilities to add, or V(ALL)."
    ),
    Field(
        "cap_drop",
        type="list",
        elements="str",
        normal=forms.capabilities,
        help="Kernel capabilities to drop, or V(ALL).",
    ),
    Field(
        "dns_servers",
        type="list",
        elements="str",
        normal=forms.addresses,
        help="The name servers it asks, in this order, instead of the engine's.",
    ),
    Field("dns_search", type="list", elements="str", help="Domains in which short names are looked up."),
    Field(
        "dns_options", type="list", elements="str", help="Options of the resolver, such as V(ndots:1) or V(timeout:2)."
    ),
    Field(
        "dns_mode",
        choices=("engine", "host", "none"),
        help=(
            "Whose F(/etc/resolv.conf) it has: the V(engine) writes one, V(host) is the host's own as it is,",
            "read-only, V(none) leaves it to the image. Only V(engine) goes with the other options of DNS.",
        ),
    ),
    Field(
        "hosts",
        type="dict",
        normal=forms.hosts,
        help="Lines of its F(/etc/hosts), name to address; V(host-gateway) stands for the engine's host.",
    ),
    Field(
        "devices",
        type="list",
        elements="str",
        normal=forms.devices,
        help="Devices of the host, as V(/dev/fuse), or V(/dev/sda:/dev/xvda:r) with the place inside and the rights.",
    ),
    Field(
        "ulimits",
        type="dict",
        normal=forms.ulimits,
        help="Limits of its processes by name, as V(1024) or with a soft and a hard one V(1024:4096). V(-1) is none.",
    ),
    Field("sysctls", type="dict", normal=forms.texts, help="Settings of the kernel that count in the container alone."),
    Field("shm_size", normal=forms.size, help="The size of F(/dev/shm), such as V(256M)."),
    Field(
        "security_opts",
        type="list",
        elements="str",
        compare="set",
        help="Options for SELinux, AppArmor and seccomp, such as V(no-new-privileges).",
    ),
    Field("log_driver", help="Where its output goes: V(json-file), V(journald), ... By default as the engine has it."),
    Field("log_options", type="dict", normal=forms.texts, help="Options of that driver, such as C(max-size)."),
    Field("runtime", help="The OCI runtime that runs it, one that the engine knows, such as V(runc)."),
    Field("privileged", type="bool", help="Give it the host's devices and all capabilities."),
    Field("read_only", type="bool", help="Mount its own file system read-only."),
    Field("init", type="bool", help="Run a small init that reaps processes and passes signals on."),
    Field("stop_signal", normal=forms.signal, help="The signal that asks it to end."),
    Field(
        "stop_timeout",
        type="int",
        normal=forms.count,
        help="Seconds until it is killed when it does not end; 10 by default. V(0) kills it at once.",
    ),
)
IMAGE_NAME = Field(
    "image",
    normal=forms.reference,
    compare="ignore",
    help=(
        "The image, by name or id. What is compared is the image's id: a tag that has moved means a new container.",
        "Needed to make a container. A row without it changes only what it names.",
    ),
)
ENV_FILES = Field(
    "env_files",
    type="list",
    elements="path",
    compare="ignore",
    help=(
        "Files on the machine where the module runs with a C(NAME=value) on each line, as engines read them.",
        "A later file wins over an earlier one, and O(containers[].env) over all.",
    ),
)
RUN_ONCE = Field(
    "run_once",
    type="bool",
    compare="ignore",
    help=(
        "It is to run to its end, once. The task waits for that, returns what it wrote as C(output), and fails when",
        "its exit status is not 0. One that has ended well runs again only when something about it changes, one that",
        "has failed runs again at once.",
    ),
)
DECLARED = (
    NAMED,
    IMAGE_NAME,
    STATE,
    RUN_ONCE,
    ENV_FILES,
    *ALTERABLE,
    *(Field(**dict(vars(field), mutable="replace")) for field in FIXED),
)
REPORTED = (
    Field("owner", given=False, mutable="replace", help="Who it belongs to."),
    Field("image_id", given=False, mutable="replace", mask=lambda value: value[:19], help="The image's id, shortened."),
    Field("settled", type="bool", given=False, mask=unless_true, help="False while an interrupted replacement waits."),
    Field(
        "limits_lifted",
        type="list",
        given=False,
        mutable="replace",
        help="Limits that only a new container can be without.",
    ),
    Field("id", given=False, compare="ignore", help="The engine's own name for it."),
    Field("status", given=False, compare="ignore", help="What the engine says, such as V(running) or V(exited)."),
    Field("output", given=False, compare="ignore", help="What one that is run once has written, its last 100 lines."),
    Field("exit_code", type="int", given=False, compare="ignore", help="The exit status of one that has ended."),
    Field(
        "health", given=False, compare="ignore", help="V(starting), V(healthy) or V(unhealthy), with a health check."
    ),
    Field("published", type="list", given=False, compare="ignore", help="The ports as they are published now."),
    Field("addresses", type="dict", given=False, compare="ignore", help="Its address by network."),
    Field("created", given=False, compare="ignore", help="When it was made (ISO 8601, UTC)."),
)
# What a field holds when nobody has set it.
EMPTY = {
    "networks": [],
    "restart": "no",
    "unit": False,
    "cpus": 0.0,
    "memory": "0",
    "pids_limit": 0,
    "command": [],
    "entrypoint": [],
    "env": {},
    "ports": [],
    "volumes": [],
    "network_mode": "bridge",
    "labels": {},
    "healthcheck": {},
    "pod": "",
    "user": "",
    "working_dir": "",
    "hostname": "",
    "cap_add": [],
    "cap_drop": [],
    "dns_servers": [],
    "dns_search": [],
    "dns_options": [],
    "dns_mode": "engine",
    "hosts": {},
    "devices": [],
    "ulimits": {},
    "sysctls": {},
    "shm_size": "0",
    "security_opts": [],
    "log_driver": "",
    "log_options": {},
    "runtime": "",
    "privileged": False,
    "read_only": False,
    "init": False,
    "stop_signal": "",
    "stop_timeout": 10,
}
# What a pod has for all that are in it, so that none of them has it itself.
OF_POD = (
    "ports",
    "networks",
    "network_mode",
    "hostname",
    "dns_servers",
    "dns_search",
    "dns_options",
    "hosts",
    "shm_size",
    "sysctls",
)
# What only tells of a container: the same with another value starts where this one starts, and nowhere else.
TELLING = frozenset(("labels", "owner"))

BACK, STOP = "rollback", "stop"
STRATEGY = Field(
    "strategy",
    type="dict",
    options=(
        Field(
            "batch",
            default="1",
            help="How many are replaced at a time: a number, or a share of those that need it, such as V(25%).",
        ),
        Field(
            "healthy_within",
            type="int",
            default=60,
            help="Seconds in which each must run, and be healthy where it has a health check.",
        ),
        Field(
            "on_failure",
            choices=(BACK, STOP),
            default=BACK,
            help=(
                "What becomes of the others when one fails: V(rollback) also puts back those replaced before,",
                "V(stop) leaves them new. The one that failed is put back in any case, and no further one is begun.",
            ),
        ),
    ),
    help=(
        "How containers are replaced, when there are several: in batches, each only when the one before is healthy.",
        "By default all at the same time. A new container starts beside the old one where that can be: no port or",
        "address of it is the old one's, and it writes to no volume or folder.",
    ),
)
