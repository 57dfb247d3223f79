# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The canonical spellings of what people write about containers; pure. Each raises ValueError with the reason."""

from __future__ import annotations

import ipaddress
import os
import re
import shlex
import time

NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+\Z")
SIZE = re.compile(r"(\d+)\s*([bkmgt]?)i?b?\Z", re.IGNORECASE)
UNITS = ("", "K", "M", "G", "T")
RESTART = re.compile(r"(no|always|unless-stopped|on-failure(:[1-9]\d*)?)\Z")
REFERENCE = re.compile(
    r"(?P<name>[a-z0-9][a-z0-9._/:-]*?)(:(?P<tag>\w[\w.-]{0,127}))?(?P<digest>@sha256:[0-9a-f]{64})?\Z"
)
IMAGE_ID = re.compile(r"(sha256:)?[0-9a-f]{64}\Z")
AUTO = "auto"
RESOLVER = "/etc/resolv.conf"
SPAN = re.compile(r"(\d{1,5})-(\d{1,5})\Z")
SHARE = re.compile(r"(\d+)(%?)\Z")
ULIMIT = re.compile(r"(-1|\d+)(?::(-1|\d+))?\Z")
PORT_NAME = re.compile(r"[a-z](?:[a-z0-9-]*[a-z0-9])?\Z")
WORDS = ("container", "owner", "spec", "content", "network", "note", "volume", "archive", "image", "pod")
OURS = {word: "org.rackwright." + word for word in WORDS}  # our own labels
CONTROLLERS = {"cpu": "CpuCfsQuota", "memory": "MemoryLimit", "pids": "PidsLimit"}  # of cgroups -> Docker's words


def moment(seconds=None):
    """Seconds since 1970 as ISO 8601 in UTC; None is now."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def controls(controllers):
    """Which limits a kernel with these controllers of cgroups keeps, in the words of the Docker Engine API."""
    return {word: name in controllers for name, word in CONTROLLERS.items()}


def name(value, what="container"):
    """The name of a container, or of what else an engine has by name."""
    if not NAME.match(value):
        raise ValueError("%r is not a %s's name: 2 or more letters, digits and inner . _ -" % (value, what))
    return value


def reference(value):
    """An image's name in full: without Docker Hub's prefix, with its tag. An image's id or address stays as it is."""
    value = value.strip()
    if value.startswith(("http://", "https://")):
        return value
    if IMAGE_ID.match(value):
        return value if value.startswith("sha256:") else "sha256:" + value
    for prefix in ("docker.io/library/", "index.docker.io/library/", "docker.io/"):
        if value.startswith(prefix):
            value = value[len(prefix) :]
            break
    found = REFERENCE.match(value)
    if not found or found.group("name").endswith((":", "/")):
        raise ValueError("%r is not an image's name, such as registry.example/team/web:1.2 in lower case" % value)
    if found.group("digest"):
        return found.group("name") + found.group("digest")
    return "%s:%s" % (found.group("name"), found.group("tag") or "latest")


def texts(values):
    """A mapping of names to text; true and false as YAML writes them."""
    done = {}
    for key, value in values.items():
        if isinstance(value, (dict, list)):
            raise ValueError("%s must be one text, not a %s" % (key, type(value).__name__))
        done[str(key)] = str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
    return done


def environment(values):
    """Environment variables."""
    wrong = [key for key in values if not str(key) or "=" in str(key) or "\0" in str(key)]
    if wrong:
        raise ValueError("%r is not the name of an environment variable" % wrong[0])
    return texts(values)


def labels(values):
    """Labels of the user's own."""
    taken = [key for key in values if key in OURS.values()]
    if taken:
        raise ValueError("%s is a label of Rackwright's own; choose another name" % taken[0])
    return texts(values)


def others(values):
    """Labels without our own."""
    return {key: text for key, text in (values or {}).items() if key not in OURS.values()}


def words(value):
    """A command as a list of words; a text is split as a shell would."""
    if isinstance(value, str):
        return shlex.split(value)
    if not isinstance(value, (list, tuple)) or any(isinstance(word, (dict, list)) for word in value):
        raise ValueError("%r is neither a text nor a list of words" % (value,))
    return [str(word).lower() if isinstance(word, bool) else str(word) for word in value]


def size(value):
    """An amount of memory in the largest unit that fits it exactly: 512M. A unit is 1024 of the smaller."""
    found = SIZE.match(str(value).strip())
    if not found:
        raise ValueError("%r is not an amount of memory, such as 512M or 2G" % (value,))
    unit = found.group(2).upper()
    return size_of(int(found.group(1)) * 1024 ** UNITS.index("" if unit == "B" else unit))


def size_of(count):
    """Bytes as text: 536870912 is 512M."""
    power = 0
    while count and count % 1024 == 0 and power < len(UNITS) - 1:
        count, power = count // 1024, power + 1
    return "%d%s" % (count, UNITS[power])


def bytes_of(text):
    """The bytes of a canonical size."""
    return int(text[:-1]) * 1024 ** UNITS.index(text[-1]) if text[-1] in UNITS else int(text)


def memory(value):
    """A limit of memory; 0 is none."""
    done = size(value)
    if 0 < bytes_of(done) < 6 * 1024**2:
        raise ValueError("%s is less than 6M, the least that an engine accepts; 0 is no limit" % done)
    return done


def cpus(value):
    """A limit in processors; 0 is none."""
    if value < 0 or 0 < value < 0.01:
        raise ValueError("%s is not a number of processors: 0.01 or more, 0 is no limit" % value)
    return round(float(value), 4)


def count(value):
    """A number that is not negative."""
    if value < 0:
        raise ValueError("%d is negative" % value)
    return value


def restart(value):
    """A restart policy. YAML takes a bare `no` for false."""
    value = {"false": "no"}.get(value.lower(), value.lower())
    if not RESTART.match(value):
        raise ValueError("%r is none of no, always, unless-stopped, on-failure and on-failure:N" % value)
    return value


def capabilities(values):
    """Capabilities without CAP_, each once, in order."""
    done = {value.upper() for value in values}
    return sorted({value[4:] if value.startswith("CAP_") else value for value in done})


def addresses(values):
    """Addresses, each in its one spelling."""
    return [_address(value) for value in values]


def _address(value):
    try:
        return str(ipaddress.ip_address(str(value)))
    except ValueError:
        raise ValueError("%r is not an address" % value) from None


def hosts(values):
    """Names and their addresses, `host-gateway` being the engine's own word."""
    wrong = [name for name in values if not str(name) or re.search(r"[\s:]", str(name))]
    if wrong:
        raise ValueError("%r is not the name of a host" % wrong[0])
    return {str(name): text if text == "host-gateway" else _address(text) for name, text in values.items()}


def devices(values):
    """Devices in full, host's path:path inside:rights, in order."""
    done = []
    for value in values:
        outside, *rest = value.split(":")
        inside = rest.pop(0) if rest and rest[0].startswith("/") else outside
        rights = "".join(letter for letter in "rwm" if letter in rest[0]) if rest else "rwm"
        if not outside.startswith("/") or len(rest) > 1 or (rest and not set(rest[0]) <= set("rwm")) or not rights:
            raise ValueError("%r is not a device, such as /dev/fuse or /dev/sda:/dev/xvda:r" % value)
        done.append("%s:%s:%s" % (outside, inside, rights))
    return sorted(set(done))


def ulimits(values):
    """Limits of processes as soft:hard."""
    done = {}
    for key, value in values.items():
        found = ULIMIT.match(str(value))
        if not found:
            raise ValueError("%s: %r is neither a number nor two as in 1024:4096; -1 is no limit" % (key, value))
        soft, hard = int(found.group(1)), int(found.group(2) or found.group(1))
        if hard != -1 and (soft > hard or soft == -1):
            raise ValueError("%s: the soft limit of %s is above the hard one" % (key, value))
        done[str(key).lower()] = "%d:%d" % (soft, hard)
    return done


def env_file(path):
    """The variables in a file of NAME=value lines; a bare NAME takes its value from this process, as engines do."""
    try:
        with open(path, encoding="utf-8") as stream:
            lines = [line.strip("\r\n").lstrip() for line in stream]
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError("%s cannot be read: %s" % (path, getattr(error, "strerror", None) or error)) from None
    done = {}
    for number, line in enumerate(lines, 1):
        key, given, value = line.partition("=")
        if not line or line.startswith("#"):
            continue
        if not key or re.search(r"\s", key):
            raise ValueError("%s, line %d: %r is not the name of an environment variable" % (path, number, key))
        if given or key in os.environ:
            done[key] = value if given else os.environ[key]
    return done


def batch(value):
    """How many of a number go together, as a function of that number: a count, or a share such as 25%, at least 1."""
    found = SHARE.match(str(value).strip())
    if not found or not int(found.group(1)) or (found.group(2) and int(found.group(1)) > 100):
        raise ValueError("batch %r is neither a number from 1 nor a share such as 25%%" % (value,))
    number = int(found.group(1))
    return lambda whole: max(1, whole * number // 100) if found.group(2) else number


def signal(value):
    """A signal's name, or its number."""
    value = value.upper()
    return value if not value or value.isdigit() or value.startswith("SIG") else "SIG" + value


def health(value):
    """A health check: only what is set. An empty one leaves it to the image, test NONE switches the image's off."""
    value = {key: one for key, one in value.items() if one not in (None, 0, "", [])}
    if not value:
        return {}
    if "test" not in value:
        raise ValueError("test is missing: the command that tells whether it is healthy")
    test = value["test"]
    test = ["CMD-SHELL", test] if isinstance(test, str) else words(test)
    if test[0] not in ("CMD", "CMD-SHELL", "NONE"):
        test = ["CMD"] + test
    done = {key: float(value[key]) for key in ("interval", "timeout", "start_period") if key in value}
    for key, seconds in done.items():
        if seconds < 0.001:
            raise ValueError("%s is %s s; an engine wants 0.001 or more" % (key, seconds))
    if "retries" in value:
        done["retries"] = count(value["retries"])
    return {"test": ["NONE"]} if test[0] == "NONE" else dict(done, test=test)


def ports(values):
    """Published ports in order. What is left out: address 127.0.0.1, protocol tcp, public port chosen by the engine.

    `auto` and ranges are kept as they are; leases.py finds numbers for them.
    """
    done = [_port(value) for value in values]
    names = [one["name"] for one in done if "name" in one]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError("two ports are called %s" % twice[0])
    return in_order(done)


def in_order(values):
    """Ports in the order in which they are compared; those without a number first."""

    def place(port):
        return [(isinstance(port[part], int), port[part]) for part in ("private", "protocol", "address", "public")]

    return sorted(values, key=place)


def _port(value):
    one = {
        "address": value.get("address") or "127.0.0.1",
        "public": _end("public", value.get("public") or 0, 0),  # 0 is left to the engine
        "private": _end("private", value["private"], 1),
        "protocol": value.get("protocol") or "tcp",
    }
    try:
        one["address"] = str(ipaddress.ip_address(one["address"]))
    except ValueError:
        raise ValueError("address %r is not an address of the engine's host" % one["address"]) from None
    if value.get("name"):
        if not PORT_NAME.match(value["name"]):
            raise ValueError("%r is no name for a port: lower-case letters, digits and inner hyphens" % value["name"])
        one["name"] = value["name"]
    if one["private"] == AUTO:
        if "name" not in one:
            raise ValueError("private: auto needs a name, by which the program is told of its port")
        one["public"] = one["public"] or AUTO
    return one


def _end(which, value, least):
    """One end of a published port: a number, `auto`, or for the host's end a range."""
    text = str(value).strip().lower()
    if text == AUTO or (which == "public" and span(text)):
        return text
    if not text.isdigit():
        more = ", a range such as 8000-8099" if which == "public" else ""
        raise ValueError("%s port %r is neither a number%s nor auto" % (which, value, more))
    if not least <= int(text) <= 65535:
        raise ValueError("%s port %s is not between 1 and 65535" % (which, text))
    return int(text)


def span(value):
    """(lowest, highest) of a number or a range of ports; None for `auto`. Raises ValueError."""
    if isinstance(value, int):
        return value, value
    found = SPAN.match(value)
    if not found:
        return None
    low, high = int(found.group(1)), int(found.group(2))
    if not 1 <= low <= high <= 65535:
        raise ValueError("%s is no range of ports from 1 to 65535, the lower one first" % value)
    return low, high


def networks(values):
    """Networks in the order given; the first one is the one that the container starts with."""
    done = []
    for value in values:
        both = [_address(value[part]) for part in ("address", "address_v6") if value.get(part)]
        four, six = ([one for one in both if (":" in one) == is_six] for is_six in (False, True))
        if len(four) > 1 or len(six) > 1:
            raise ValueError("%s: address and address_v6 are of one family" % value["name"])
        one = {"name": value["name"], "address": "".join(four), "address_v6": "".join(six)}
        done.append(dict(one, aliases=sorted(set(value.get("aliases") or ()))))
    twice = {one["name"] for one in done if sum(one["name"] == other["name"] for other in done) > 1}
    if twice:
        raise ValueError("%s is given more than once" % sorted(twice)[0])
    return done


def volumes(values):
    """What is mounted where, in order of the places. Without a type, a source with a slash is a path of the host."""
    done = []
    for value in values:
        source, target = value.get("source") or "", os.path.normpath(value["target"])
        source = os.path.normpath(source) if source.startswith("/") else source
        kind = value.get("type") or ("bind" if "/" in source else "volume" if source else "tmpfs")
        if not target.startswith("/") or target == "/":
            raise ValueError("target %r is not an absolute path in the container" % value["target"])
        if kind == "bind" and not source.startswith("/"):
            raise ValueError("source %r of %s is not an absolute path on the engine's host" % (source, target))
        if kind == "volume" and not NAME.match(source):
            raise ValueError("source %r of %s is not a volume's name" % (source, target))
        if kind == "tmpfs" and source:
            raise ValueError("%s is a tmpfs and cannot have the source %r" % (target, source))
        one = {"type": kind, "source": source, "target": target, "read_only": bool(value.get("read_only"))}
        if value.get("size"):
            if kind != "tmpfs":
                raise ValueError("size is only for a tmpfs, %s is a %s" % (target, kind))
            one["size"] = size(value["size"])
        done.append(one)
    places = [one["target"] for one in done]
    twice = sorted({place for place in places if places.count(place) > 1})
    if twice:
        raise ValueError("%s is mounted more than once" % twice[0])
    return sorted(done, key=lambda one: one["target"])
