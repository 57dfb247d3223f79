# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""REST of a service with several masters of which one leads, as Mesos and Marathon have them."""

from __future__ import annotations

import json
import time
from base64 import b64encode
from urllib.parse import urljoin, urlsplit

from ..core.errors import Ambiguous, Elsewhere, Failure, Refused, Unreachable
from ..core.field import Field
from ..core.http import SAFE, Http

PAUSE = 0.5  # seconds between two looks for a leader
PORTS = {"http": 80, "https": 443}


def options(title, port):
    """The options that say where the service is and who asks. port: its usual one."""
    prefix = "RACKWRIGHT_%s_" % title.upper()
    return (
        Field(
            "url",
            type="list",
            elements="str",
            required=True,
            env=(prefix + "URL",),
            help=(
                "Addresses of the masters, such as V(http://192.0.2.1:%d)." % port,
                "Whichever answers is asked. A redirect to the leader is followed where that is one of these, and "
                "refused otherwise, since the credentials would go with it.",
            ),
        ),
        Field("username", env=(prefix + "USERNAME",), help="Who asks, by HTTP basic authentication."),
        Field("password", secret=True, env=(prefix + "PASSWORD",), help="The password of O(username)."),
        Field("token", secret=True, env=(prefix + "TOKEN",), help="A token, in place of O(username)."),
        Field(
            "token_scheme",
            choices=("dcos", "bearer"),
            default="dcos",
            help="How the token is sent: V(dcos) as C(token=...), or V(bearer) as C(Bearer ...).",
        ),
        Field("ca_path", type="path", help="A file of the authorities that certificates may come from."),
        Field("validate_certs", type="bool", default=True, help="Whether certificates must be valid."),
        Field("leader_timeout", type="int", default=30, help="Seconds to wait for masters that have no leader."),
    )


def headers(params):
    """The credentials as headers. Raises Refused."""
    if params.get("token") and params.get("username"):
        raise Refused("username and token exclude each other; keep one")
    if params.get("token"):
        scheme = "Bearer " if params.get("token_scheme") == "bearer" else "token="
        return {"Authorization": scheme + params["token"]}
    if params.get("username"):
        pair = "%s:%s" % (params["username"], params.get("password") or "")
        return {"Authorization": "Basic " + b64encode(pair.encode()).decode()}
    return {}


def origin(url):
    """What tells one server from another: scheme, host and port."""
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or PORTS.get(parts.scheme)


def explain(answer):
    """The service's own words: those of a JSON object, with the details of what it found invalid."""
    try:
        told = json.loads(answer.text)
        details = ["%s %s" % (d.get("path") or "", ", ".join(d["errors"])) for d in told.get("details") or ()]
        return " ".join([told["message"], "; ".join(details)]).strip()[:500]
    except (ValueError, KeyError, TypeError, AttributeError):
        return answer.text[:500]


class Leaderless(Failure):
    """A master that knows no leader."""


class Leading(Http):
    """An Http for which 503 is nobody's to retry but that of all masters together."""

    def _failure(self, response, where, method):
        if response.status_code == 503:
            return Leaderless("%s answered 503: %s" % (where, self.explain(response).strip() or "no leader"))
        return super()._failure(response, where, method)


class Masters:
    """The masters of one service. title: how errors call it. params: see `options`. http: a kind of Leading."""

    def __init__(self, title, params, http=Leading, clock=time.monotonic, sleep=time.sleep):
        self.title, self.patience, self.clock, self.sleep = title, params["leader_timeout"], clock, sleep
        self.kind = http
        given = {"headers": headers(params), "verify": params.get("ca_path") or params["validate_certs"]}
        self.https = [self._http(url, given) for url in params["url"]]
        if not self.https:
            raise Refused("url is empty: give the address of one master at least")

    def _http(self, url, given):
        if "@" in urlsplit(url).netloc:
            raise Refused("url holds credentials, which logs would show: give them as username and password")
        return self.kind(self.title, url, explain=explain, **given)

    def json(self, method, path, safe=None, **content):
        """Send a request to the leader and return the decoded body.

        safe: whether it changes nothing, by default what its method says. Where masters have no leader, or none
        answers, what is safe is asked again until there is one. What is not raises Ambiguous, for the engine to look.
        """
        safe = method in SAFE if safe is None else safe
        end = self.clock() + self.patience
        while True:
            try:
                return self._round(method, path, safe, content)
            except (Leaderless, Unreachable) as failure:
                if self.clock() >= end or (isinstance(failure, Unreachable) and len(self.https) == 1):
                    raise
            self.sleep(PAUSE)

    def _round(self, method, path, safe, content):
        """Ask one after the other, the leader that was before the others."""
        left, asked, reasons, leaderless = list(self.https), [], [], False
        while left:
            http = left.pop(0)
            asked.append(http)
            try:
                answer = http.json(method, path, safe=safe, **content)
                self.https = [http, *(one for one in self.https if one is not http)]
                return answer
            except Elsewhere as sent:
                following = self._declared(urljoin(http.base + path, sent.location), http)
                reasons.append("%s names %s as the leader" % (http.base, following.base))
                left = [following, *(one for one in left if one is not following)] if following not in asked else left
            except Unreachable as failure:
                reasons.append(str(failure))
            except Leaderless as failure:
                if not safe:
                    raise Ambiguous(str(failure)) from None
                leaderless = True
                reasons.append(str(failure))
        raise (Leaderless if leaderless else Unreachable)("%s: %s" % (self.title, "; ".join(reasons)))

    def _declared(self, url, http):
        """The master at that address. Raises Failure when it is none of ours."""
        for one in self.https:
            if origin(one.base) == origin(url):
                return one
        raise Failure(
            "%s: %s sends us on to its leader %s://%s, which is not among those of `url`. Add it there, spelled like "
            "this; credentials go nowhere else" % (self.title, http.base, urlsplit(url).scheme, urlsplit(url).netloc)
        )
