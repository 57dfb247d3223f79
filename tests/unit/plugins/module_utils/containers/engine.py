# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fake: what a Docker engine answers about a container. The real one is used in tests/integration."""

from __future__ import annotations

from ansible_collections.rackwright.platform.plugins.module_utils.containers import wire

IDENT = "0123456789abcdef" * 4


def made(row, image=None, memory=None):
    """The answer of an inspection of `row`, made from an image that fills in what `image` (a row) says."""
    body = wire.body(row, wire.labels(row["name"], row, memory or {}))
    return inspected(row["name"], body, wire.body(dict(image or {}, image="img"), {}))


def inspected(name, body, image):
    """As the engine merges the two: lists are the container's or the image's, mappings are both."""
    config = {key: body.get(key) or image.get(key) for key in ("Cmd", "Entrypoint", "User", "WorkingDir", "StopSignal")}
    config.update(
        Image=body["Image"],
        Hostname=body["Hostname"] or IDENT[:12],
        Env=body["Env"] + [text for text in image["Env"] if text.split("=")[0] + "=" not in "".join(body["Env"])],
        Labels=dict(image["Labels"], **body["Labels"]),
        StopTimeout=body["StopTimeout"],
        Healthcheck=dict(image.get("Healthcheck") or {}, **{k: v for k, v in body.get("Healthcheck", {}).items() if v})
        or None,
    )
    host = dict(body["HostConfig"])
    ends = dict(body.get("NetworkingConfig", {}).get("EndpointsConfig", {}))
    networks = {
        net: dict(
            end, Aliases=(end["Aliases"] or []) + [IDENT[:12], body["Hostname"] or IDENT[:12]], IPAddress="10.9.9.9"
        )
        for net, end in ends.items()
    }
    return {
        "Id": IDENT,
        "Name": "/" + name,
        "Image": "sha256:old",
        "Created": "2026-01-02T03:04:05.678Z",
        "Config": config,
        "HostConfig": host,
        "State": {"Status": "running", "Running": True, "Paused": False, "ExitCode": 0},
        "NetworkSettings": {"Networks": networks or {host["NetworkMode"]: {"IPAddress": "172.17.0.9"}}},
        "Mounts": [],
    }


def joined(answer, row):
    """The answer once the row's further networks are connected."""
    for network in wire.joined(row):
        answer["NetworkSettings"]["Networks"][network["name"]] = dict(wire.endpoint(network), IPAddress="10.9.9.8")
    return answer
