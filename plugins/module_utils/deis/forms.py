# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The canonical spellings of what people write about apps; pure. Each raises ValueError with the reason."""

from __future__ import annotations

import hashlib
import ipaddress
import re
import ssl

from ..core.secrets import mark

NAME = re.compile(r"[a-z](?:[a-z0-9-]*[a-z0-9])?\Z")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
TYPE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
MEMORY = re.compile(r"(?:\d+[BKMG]|0)(?:/\d+[BKMG])?\Z")
CPU = re.compile(r"\d*\.?\d+m?(?:/\d*\.?\d+m?)?\Z")
HOST = re.compile(r"(?:\*\.)?(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\Z")
PROBES = {"liveness": "livenessProbe", "readiness": "readinessProbe"}
DEFAULT = "web/cmd"  # what old clients called the types that are there without a Procfile
STAMP = "rackwright-owner"  # our own label


def name(value):
    """An app's name."""
    if not NAME.match(value):
        raise ValueError("%r is not an app's name: a letter, then lower-case letters, digits and inner hyphens" % value)
    return value


def text(value):
    """A value as the platform keeps it; None stays None, which takes it away."""
    if isinstance(value, (dict, list)):
        raise ValueError("it must be one text, not a %s" % type(value).__name__)
    return str(value).lower() if isinstance(value, bool) else None if value is None else str(value)


def texts(values):
    """Names and texts."""
    return _each(values, text)


def _each(values, form):
    """`form` of every value that is not None; errors bear its name."""
    done = {}
    for key, value in values.items():
        try:
            done[str(key)] = None if value is None else form(value)
        except ValueError as error:
            raise ValueError("%s: %s" % (key, error)) from None
    return done


def _types(values):
    wrong = [key for key in values if not TYPE.match(str(key)) and key != DEFAULT]
    if wrong:
        raise ValueError("%r is not a process type: lower-case letters, digits and inner hyphens" % wrong[0])
    return values


def config(values):
    """Environment variables."""
    for key in values:
        if not VARIABLE.match(str(key)):
            raise ValueError("%r is not the name of an environment variable" % (key,))
        if str(key).startswith("HEALTHCHECK_"):
            raise ValueError("%s would become a health check and vanish; declare it in health" % key)
    return texts(values)


def scale(values):
    """How many of each process type."""
    return _each(_types(values), _count)


def _count(value):
    if isinstance(value, bool) or not str(value).isdigit():
        raise ValueError("%r is not a number of processes" % (value,))
    return int(value)


def procfile(values):
    """Process types and their commands."""
    empty = [key for key, value in _types(values).items() if value in (None, "")]
    if empty:
        raise ValueError("%s: the command is missing" % empty[0])
    return texts(values)


def by_type(form):
    """The `normal` of a mapping of process types, each value in the canonical `form`."""
    return lambda values: _each(_types(values), form)


def memory(value):
    """A limit of memory, or what is asked for and the limit."""
    done = re.sub(r"(?<=[KMG])B", "", str(value).strip().upper())
    if not MEMORY.match(done):
        raise ValueError("%r is neither a limit such as 512M nor request/limit as in 256M/512M (B, K, M, G)" % (value,))
    return done


def cpu(value):
    """A limit of processor time, or what is asked for and the limit."""
    done = str(value).strip()
    if not CPU.match(done):
        raise ValueError("%r is neither a limit such as 500m nor request/limit as in 250m/500m" % (value,))
    return done


def nested(values):
    """Names and texts, or such by process type."""
    if any(isinstance(value, dict) for value in values.values()):
        return _each(_types(values), lambda value: texts(value) if isinstance(value, dict) else _no_mixture())
    return texts(values)


def _no_mixture():
    raise ValueError("some values are by process type and some are not; keep to one")


def registry(values):
    """A login to a registry, or such by process type. Names are in lower case, as the platform keeps them."""
    if any(isinstance(value, dict) for value in values.values()):
        return nested({key: _lower(value) if isinstance(value, dict) else value for key, value in values.items()})
    return texts(_lower(values))


def _lower(values):
    return {str(key).lower(): value for key, value in values.items()}


def registry_shown(values):
    """A login as it may be shown: only the user's name is."""
    shown = lambda key, value: value if key == "username" or not value else mark(value)  # noqa: E731
    return {
        key: registry_shown(value) if isinstance(value, dict) else shown(key, value) for key, value in values.items()
    }


def health(value):
    """The health checks of one process type."""
    if not isinstance(value, dict):
        raise ValueError("%r is no mapping of liveness and readiness to checks" % (value,))
    done = {}
    for key, check in value.items():
        word = {api: word for word, api in PROBES.items()}.get(key, key)
        if word not in PROBES:
            raise ValueError("%r is neither liveness nor readiness" % (key,))
        if check is not None and (not isinstance(check, dict) or not {"httpGet", "tcpSocket", "exec"} & set(check)):
            raise ValueError("%s: a check needs one of httpGet, tcpSocket and exec" % word)
        done[word] = check
    return done


def autoscale(value):
    """The bounds of one process type's number."""
    try:
        done = {key: int(value[key]) for key in ("min", "max", "cpu_percent")}
    except (TypeError, KeyError, ValueError):
        raise ValueError("it needs the numbers min, max and cpu_percent") from None
    if not 0 < done["min"] <= done["max"]:
        raise ValueError("min must be 1 or more, and not above max")
    return done


def grace(value):
    """Seconds, as the platform keeps them."""
    return str(_count(value))


def labels(values):
    """Labels of the user's own."""
    if STAMP in values:
        raise ValueError("%s is a label of Rackwright's own; choose another name" % STAMP)
    return texts(values)


def addresses(values):
    """Addresses and networks, each once, in order."""
    done = set()
    for value in values:
        try:
            net = ipaddress.ip_network(str(value).strip())
        except ValueError as error:
            raise ValueError("%r is neither an address nor a network: %s" % (value, error)) from None
        done.add(str(net.network_address if net.num_addresses == 1 else net))
    return sorted(done)


def domain(value):
    """A domain as the platform keeps it: in lower case and ASCII."""
    done = value.strip().lower().rstrip(".")
    if not done.isascii():
        done = done.encode("idna").decode("ascii")
    if not HOST.match(done):
        raise ValueError("%r is not a domain such as shop.example.com or *.example.com" % value)
    return done


def domains(values):
    """Domains in order."""
    done = [{"name": domain(value["name"]), "type": value.get("type") or ""} for value in values]
    _once(done)
    return sorted(done, key=lambda one: one["name"])


def domains_shown(values):
    """Domains as they are shown: with a type where there is one."""
    return [{key: part for key, part in one.items() if part} for one in values]


def certificates(values):
    """Certificates in order, each with what is given of it."""
    done = []
    for value in values:
        one = {key: part for key, part in value.items() if part is not None}
        if one.get("certificate"):
            one["fingerprint"] = fingerprint(one["certificate"])
            if "key" not in one:
                raise ValueError("%s: its key is missing" % one["name"])
        if "domains" in one:
            one["domains"] = sorted({domain(name) for name in one["domains"]})
        done.append(one)
    _once(done)
    return sorted(done, key=lambda one: one["name"])


def _once(values):
    names = [one["name"] for one in values]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise ValueError("%s is given more than once" % twice[0])


def fingerprint(pem):
    """What tells one certificate from another: the SHA-256 of the first in the text."""
    end = "-----END CERTIFICATE-----"
    try:
        first = pem[pem.index("-----BEGIN CERTIFICATE-----") : pem.index(end) + len(end)]
        raw = ssl.PEM_cert_to_DER_cert(first)
    except ValueError:
        raise ValueError("the certificate is not in PEM form (-----BEGIN CERTIFICATE-----)") from None
    return ":".join("%02X" % byte for byte in hashlib.sha256(raw).digest())


def certificates_shown(values):
    """Certificates as they may be shown: neither key nor text."""
    return [{key: part for key, part in one.items() if key not in ("certificate", "key", "state")} for one in values]


def delta(before, after):
    """What turns one mapping into another where null takes away: only what differs."""
    names = sorted(set(before) | set(after))
    return {key: after.get(key) for key in names if before.get(key) != after.get(key)}


def deltas(before, after):
    """The same, one level down."""
    names = sorted(set(before) | set(after))
    found = {key: delta(before.get(key) or {}, after.get(key) or {}) for key in names}
    return {key: value for key, value in found.items() if value}


def merged(have, want, depth=1):
    """A mapping with what is declared put over it; null takes away. depth: levels that are merged, not replaced."""
    done = dict(have)
    for key, value in want.items():
        if depth > 1 and isinstance(value, dict):
            before = done.get(key)
            value = merged(before if isinstance(before, dict) else {}, value, depth - 1)
        if value in (None, {}):
            done.pop(key, None)
        else:
            done[key] = value
    return done
