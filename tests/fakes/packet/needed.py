# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an answer must have, since the document requires next to nothing: the fields that clients read."""

from __future__ import annotations

PLACE = ("id", "code", "name")
NEEDED = {  # the name of a list -> what each of its rows has, whether listed or single
    "facilities": (*PLACE, "features", "metro"),
    "metros": (*PLACE, "country"),
    "plans": ("id", "slug", "name", "specs", "pricing", "available_in", "available_in_metros", "deployment_types"),
    "operating_systems": ("id", "slug", "name", "distro", "version", "provisionable_on"),
    "organizations": ("id", "name", "projects", "href"),
    "projects": ("id", "name", "organization", "devices", "ssh_keys", "created_at", "href"),
    "ssh_keys": ("id", "label", "key", "fingerprint", "entity", "created_at", "href"),
    "api_keys": ("id", "token", "description", "read_only"),
    "users": ("id", "email", "full_name"),
    "devices": (
        *("id", "short_id", "hostname", "state", "tags", "locked", "billing_cycle", "user", "created_at", "href"),
        *("facility", "metro", "plan", "operating_system", "project", "ip_addresses", "network_ports", "ssh_keys"),
        *("spot_instance", "always_pxe", "switch_uuid", "iqn", "userdata", "customdata"),
    ),
    "batches": ("id", "state", "quantity", "error_messages", "created_at"),
    "hardware_reservations": ("id", "plan", "facility", "project", "provisionable", "spare", "need_of_service"),
    "spot_market_requests": ("id", "devices_min", "devices_max", "max_bid_price", "project"),
    "ip_addresses": (
        *("id", "address", "network", "netmask", "cidr", "address_family", "public", "management", "manageable"),
        *("enabled", "href"),
    ),
    "virtual_networks": ("id", "vxlan", "metro", "metro_code", "assigned_to", "instances", "tags", "href"),
    "ports": ("id", "name", "type", "network_type", "data", "virtual_networks", "href"),
    "vlan_assignments": ("id", "state", "native", "vlan"),
    "bgp_sessions": ("id", "address_family", "default_route", "status", "device", "href"),
    "bgp_neighbors": ("address_family", "customer_as", "customer_ip", "md5_enabled", "peer_as", "peer_ips"),
    "bgp_configs": ("id", "asn", "deployment_type", "status", "max_prefix"),
    "global_bgp_ranges": ("id", "range", "address_family"),
    "events": ("id", "type", "state", "body", "created_at", "href"),
    "metadata": ("id", "hostname", "plan", "facility", "metro", "tags", "ssh_keys", "network", "state", "iqn"),
    "userdata": ("userdata",),
    "capacity": ("capacity",),
}
SINGLE = {  # the last word of a path that is no id -> the list that its object belongs to
    "actions": None,
    "bgp-config": "bgp_configs",
    "user": "users",
    "metadata": "metadata",
    "userdata": "userdata",
    "customdata": None,
    "history": None,
    "prices": None,
    "metros": None,
    "available": None,
    "validate": None,
    "capacity": None,
}
PAGES = ("total", "current_page", "last_page", "first", "last", "self")


def lacking(where, body):
    """What an answer to that path lacks."""
    missing = ["meta.%s" % name for name in PAGES if name not in body.get("meta", PAGES)]
    lists = [name for name in NEEDED if isinstance(body.get(name), list) and "id" not in body]
    for name in lists:
        missing += ["%s.%s" % (name, word) for row in body[name] for word in NEEDED[name] if word not in row]
    if not lists:
        kind = _kind(where)
        missing += ["%s.%s" % (kind, word) for word in NEEDED.get(kind, ()) if word not in body]
    return ["it lacks %s" % name for name in dict.fromkeys(missing)]


def _kind(where):
    """The list that a single object at a path belongs to."""
    words = [word for word in where.split("/") if word]
    names = [word.replace("-", "_") for word in words if len(word) != 36]
    last = words[-1]
    if last in SINGLE:
        return SINGLE[last]
    if names[0] == "ports" and names[-1] in (
        "assign",
        "unassign",
        "bond",
        "disbond",
        "native_vlan",
        "layer_2",
        "layer_3",
    ):
        return "ports"
    if names[-1] in ("activate", "move"):
        return "hardware_reservations"
    if names[-1] == "ips":
        return "ip_addresses"
    return "bgp_sessions" if names[:2] == ["bgp", "sessions"] or names[-1] == "sessions" else names[-1]
