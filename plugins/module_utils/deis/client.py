# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One connection to a controller of the Deis line: who asks, which family answers, pages, and errors in words."""

from __future__ import annotations

import threading

from ..core.errors import Ambiguous, Conflict, Failure, Refused
from ..core.field import Field
from ..core.http import Http

VERSION = "2.3"  # of the API, the same in all of them
FAMILIES = {"DEIS": "hephy", "DRYCC": "drycc"}  # how the header of the version begins: the provider to say
PAGE = 100  # items of a list in one answer, at most
HINTS = (  # what an answer says, and the way out
    ("already exists", "Choose another name"),
    ("in use by another application", "Take the domain from that app first"),
    ("No nodes matched", "Label a node so, or leave the tags out"),
    ("PORT needs to be set", "Declare PORT in config"),
    ("No build associated", "Declare image"),
    ("does not exist in application", "Declare the type in procfile"),
    ("Unable to log in", "Check username and password"),
    ("No User matches", "Check the user's name, and that he has registered"),
    ("already has a certificate", "Detach the other certificate from the domain first"),
    ("does not exist in registry", "Check the image's name, and that the platform may pull it"),
)


def options(provider, login):
    """The fields of a connection. login: what is said about user name and password."""
    field = lambda name, help, **more: Field(  # noqa: E731
        name, help=help, env=("RACKWRIGHT_%s_%s" % (provider.upper(), name.upper()),), **more
    )
    return (
        field("url", "The controller's address, such as V(https://deis.example.com).", required=True),
        field("token", "The token of the user who asks.", secret=True),
        field("username", ("Log in by name and password, without a token.", login)),
        field("password", "The password.", secret=True),
        field("verify", "Whether the certificate of an HTTPS address must be valid.", type="bool", default=True),
        field("ca_file", "A file of the authorities that the certificate must come from.", type="path"),
        field(
            "timeout",
            "Seconds to wait for one answer. The controller answers only when it has deployed, so give it time.",
            type="int",
            default=300,
        ),
    )


class Client:
    """A controller. options: of `options`. title: who needs it. family: a key of FAMILIES. log_in: takes the Client and
    returns a token for the user name and password. transport: used in place of Http."""

    def __init__(self, options, title, family, log_in, transport=None):
        self.options, self.title, self.family, self.log_in = options, title, family, log_in
        self.lock, self.token, self.remarks = threading.Lock(), options.get("token"), set()
        verify = options.get("verify") is not False
        kinds = {"verify": options.get("ca_file") or True if verify else False, "pool": 16}
        kinds.update(explain=self._explain, timeout=options.get("timeout") or 300)
        make = transport or Http
        self.plain = make(title, options["url"].rstrip("/"), **kinds)
        self.http = make(title, options["url"].rstrip("/"), headers=self._headers, renew=self._renew, **kinds)

    def _headers(self):
        with self.lock:
            if not self.token:
                if not (self.options.get("username") and self.options.get("password")):
                    raise Refused("%s: give token, or username and password" % self.title)
                self.token = self.log_in(self)
        return {"Authorization": "token " + self.token}

    def _renew(self, headers):
        """Whether there may be another token than the one of these headers, which a controller has refused."""
        with self.lock:
            if self.options.get("token") or not self.options.get("password"):
                return False
            if headers["Authorization"] == "token " + self.token:
                self.token = None
        return True

    def call(self, method, path, http=None, **kwargs):
        """The Answer to a request. Raises Failure."""
        answer = (http or self.http).call(method, path, **kwargs)
        self._check(answer)
        return answer

    def get(self, path):
        """The decoded answer to a GET."""
        return self._decoded(self.call("GET", path), path)

    def post(self, path, body, method="POST", http=None):
        """The decoded answer to a write; None where it has none, and where there was nothing to change.

        Raises Ambiguous where what is there is no longer what it was when it was read.
        """
        try:
            answer = self.call(method, path, http, json=body)
        except Conflict as conflict:
            if "changed nothing" not in str(conflict):
                raise
            return None
        except Failure as failure:
            if failure.status == 422:  # what is to be taken away is gone already, and nothing else of it was done
                raise Ambiguous("%s. Somebody else has changed it meanwhile" % failure) from None
            raise
        return self._decoded(answer, path) if answer.content else None

    def pages(self, path, size=PAGE):
        """The items of a list, page by page. The controller's own links may lead elsewhere, so none is followed."""
        begin = 0
        while True:
            page = self.get("%s?limit=%d&offset=%d" % (path, size, begin))
            yield from page["results"]
            begin += len(page["results"])
            if not page.get("next") or not page["results"]:
                return

    def _decoded(self, answer, path):
        try:
            return answer.json()
        except ValueError:
            raise Failure(
                "%s answered %s with something that is not JSON: is %s really a controller?"
                % (self.title, path, self.options["url"])
            ) from None

    def _check(self, answer):
        """Raise Failure unless it is a controller of this family who answers."""
        told = answer.headers.get(self.family + "_API_VERSION")
        other = _other(answer, self.family)
        if told is None:
            raise Failure(
                other
                or "%s is no controller: its answers bear no %s_API_VERSION. Check the URL"
                % (self.options["url"], self.family)
            )
        if told.split(".")[0] != VERSION.split(".")[0]:
            text = "%s speaks API %s, and this provider knows %s; use a controller of that line"
            raise Failure(text % (self.options["url"], told, VERSION))
        if told != VERSION:
            self.remarks.add("the controller speaks API %s, and this provider was made for %s" % (told, VERSION))

    def _explain(self, answer):
        """What an error answer says, and the way out where one is known."""
        text = words(answer)
        hint = next((". %s" % hint for mark, hint in HINTS if mark in text), "")
        other = _other(answer, self.family)
        return text.rstrip(".") + hint + (". %s" % other if other else "")


def _other(answer, family):
    """What to say where it is another family that answers."""
    for name, provider in FAMILIES.items():
        told = answer.headers.get(name + "_API_VERSION")
        if told is not None and name != family:
            return "It is a %s that answers there (%s_API_VERSION %s): use `provider: %s`" % (
                name.capitalize(),
                name,
                told,
                provider,
            )
    return ""


def words(answer):
    """The message of an error answer, in whichever of its many shapes."""
    try:
        body = answer.json()
    except ValueError:
        return "an unknown address" if answer.status_code == 404 else answer.text[:200]
    return _words(body) or answer.text[:500]


def _words(body):
    if isinstance(body, str):
        return body
    if isinstance(body, list):
        return "; ".join(_words(one) for one in body)
    if not isinstance(body, dict):
        return str(body)
    if isinstance(body.get("error"), dict):
        return str(body["error"].get("message") or "")
    if set(body) == {"detail"}:
        return _words(body["detail"])
    return "; ".join("%s: %s" % (key, _words(value)) for key, value in body.items())
