# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows as Route 53 spells them, and back; pure. Its escapes are octal (`\\052` is `*`), those of zone files decimal."""

from __future__ import annotations

import re

from .. import names, rdata

TYPES = "A AAAA CAA CNAME DS HTTPS MX NAPTR NS PTR SOA SPF SRV SSHFP SVCB TLSA TXT".split()
FOREIGN = {  # what a set may have that no row can say
    "TrafficPolicyInstanceId": "a traffic policy made it; change that",
    "CidrRoutingConfig": "Route 53 chooses it by address blocks, which cannot be declared here",
    "GeoProximityLocation": "Route 53 chooses it by distance, which cannot be declared here",
}
_ESCAPE = re.compile(r"\\([0-9]{3}|.)", re.DOTALL)
_ODD = re.compile(r"\\([0-9]{3}|.)|([^a-z0-9._*-])", re.DOTALL)
_GEO = {"continent": "ContinentCode", "country": "CountryCode", "subdivision": "SubdivisionCode"}


def to_decimal(text):
    """What Route 53 says, with the escapes of zone files."""
    return _ESCAPE.sub(_decimal, text) if "\\" in text else text


def _decimal(match):
    code = match.group(1)
    return "\\%03d" % int(code, 8) if len(code) == 3 and code < "400" and not set(code) & {"8", "9"} else match.group()


def name_in(text):
    """A name of Route 53's in canonical spelling."""
    return names.absolute(to_decimal(text))


def name_out(name):
    """A canonical name as Route 53 takes it."""
    return _ODD.sub(_octal, name)


def _octal(match):
    code = match.group(1) or match.group(2)
    return "\\%03o" % (int(code) if len(code) == 3 else ord(code))


def value_out(value):
    """A canonical value as Route 53 takes it; within quotes, a quote and a backslash are escaped by a backslash."""
    return _ESCAPE.sub(lambda m: m.group() if m.group(1) in '"\\' else _octal_one(m.group(1)), value)


def _octal_one(code):
    return "\\%03o" % (int(code) if len(code) == 3 else ord(code))


def key_of(found):
    """What identifies a record set of the API's, as the key of its row does."""
    key = (name_in(found["Name"]), found["Type"])
    return (*key, found["SetIdentifier"]) if found.get("SetIdentifier") else key


def row_of(found):
    """A record set as the API tells it, as a canonical row."""
    kind = found["Type"]
    row = {"name": name_in(found["Name"]), "type": kind}
    if "AliasTarget" in found:
        target = found["AliasTarget"]
        row["alias"] = {
            "name": name_in(target["DNSName"]),
            "zone_id": target["HostedZoneId"],
            "evaluate_health": target["EvaluateTargetHealth"],
        }
    elif "ResourceRecords" in found:
        row["ttl"] = found.get("TTL", 0)
        row["values"] = sorted({_value(kind, record["Value"]) for record in found["ResourceRecords"]})
    if found.get("SetIdentifier"):
        row["set"], row["routing"] = found["SetIdentifier"], _routing(found)
    reasons = [reason for name, reason in FOREIGN.items() if name in found]
    if reasons:
        row["_foreign"] = reasons[0]
    return row


def _value(kind, text):
    text = to_decimal(text)
    try:
        return rdata.canonical(kind, text, names.absolute)
    except ValueError:
        return text  # what is served and we would refuse: shown as it is


def _routing(found):
    done = {}
    if "Weight" in found:
        done["weight"] = found["Weight"]
    if "Region" in found:
        done["region"] = found["Region"]
    if "Failover" in found:
        done["failover"] = found["Failover"].lower()
    if "GeoLocation" in found:
        done["geo"] = {
            name: found["GeoLocation"][word] for name, word in _GEO.items() if found["GeoLocation"].get(word)
        }
    if found.get("MultiValueAnswer"):
        done["multivalue"] = True
    if found.get("HealthCheckId"):
        done["health_check"] = found["HealthCheckId"]
    return done


def record_set(row, zone_id):
    """A row as the API takes it. zone_id: of the zone that the row is in."""
    made = {"Name": name_out(row["name"]), "Type": row["type"]}
    if "set" in row:
        made.update(_choice(row["routing"]), SetIdentifier=row["set"])
    alias = row.get("alias")
    if alias:
        made["AliasTarget"] = {
            "HostedZoneId": alias.get("zone_id") or zone_id,
            "DNSName": name_out(alias["name"]),
            "EvaluateTargetHealth": alias["evaluate_health"],
        }
    else:
        made["TTL"] = row["ttl"]
        made["ResourceRecords"] = [{"Value": value_out(value)} for value in row["values"]]
    return made


def _choice(routing):
    words = {"weight": "Weight", "region": "Region", "multivalue": "MultiValueAnswer", "health_check": "HealthCheckId"}
    made = {words[name]: value for name, value in routing.items() if name in words}
    if "failover" in routing:
        made["Failover"] = routing["failover"].upper()
    if "geo" in routing:
        made["GeoLocation"] = {_GEO[name]: value for name, value in routing["geo"].items()}
    return made
