# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guards that Apache Libcloud lacks: timeouts, calls sent again where that is safe, lists that were cut."""

from __future__ import annotations

import json
import re
import threading

from ..core.errors import Ambiguous, Busy, Conflict, Failure, NotFound, Refused, Unauthorized, Unreachable
from ..core.field import Field
from ..core.lib import need
from ..core.patience import patiently, retry_after

TOKEN = re.compile(r"<nextToken>\s*[^<\s]", re.I)
PUT_AS_FALSE = ("destroy_node", "delete_record", "delete_zone")  # by what some drivers say that they were refused
GONE = ("ZoneDoesNotExistError", "RecordDoesNotExistError")
IN_MEMORY = ("dummy",)  # drivers that have no server: what they hold, one instance holds
SECRET = re.compile("key|secret|token|passw|creds", re.I)
MOST = {"equinixmetal": 1000}  # drivers that read one page of this size and no further


def libcloud_options(drivers, args):
    """The fields that name a driver and what its class takes. drivers, args: examples of each, for the help."""
    return (
        Field(
            "driver",
            required=True,
            env=("RACKWRIGHT_LIBCLOUD_DRIVER",),
            help="The name of Libcloud's driver, such as %s." % drivers,
        ),
        Field(
            "args",
            type="dict",
            env=("RACKWRIGHT_LIBCLOUD_ARGS",),
            help="What its class takes, such as %s; Libcloud's pages tell." % args,
        ),
        Field(
            "secrets",
            type="dict",
            secret=True,
            env=("RACKWRIGHT_LIBCLOUD_SECRETS",),
            help="More of the same that nobody may see, such as C(key) and C(secret).",
        ),
        Field(
            "timeout",
            type="int",
            default=60,
            env=("RACKWRIGHT_LIBCLOUD_TIMEOUT",),
            help="Seconds to wait for an answer.",
        ),
    )


def guarded(kind, options, transport=None):
    """The Guarded driver that options of `libcloud_options` name. Raises Refused. transport: an instance, for tests."""
    title, args = "provider libcloud", options.get("args") or {}
    open_ones = [word for word in args if SECRET.search(word)]
    if open_ones:
        raise Refused("%s: args.%s would be shown; give it in secrets" % (title, open_ones[0]))
    args = dict(args, **(options.get("secrets") or {}))
    return Guarded(kind, options.get("driver") or "", args, title, options.get("timeout") or 60, transport)


class Guarded:
    """One Libcloud driver by its name; each thread has an instance of its own, since their connections are not shared.

    kind: `compute` or `dns`. args: what its constructor takes. driver: an instance to use instead, for tests.
    """

    def __init__(self, kind, name, args, title, timeout=60, driver=None):
        self.name, self.args, self.title, self.timeout = name, dict(args or {}), title, timeout
        self.local, self.one, self.lock = threading.local(), driver, threading.Lock()
        self.cls = type(driver) if driver else self._class(kind)

    def _class(self, kind):
        need("libcloud", "apache-libcloud", self.title)
        providers = need("libcloud.%s.providers" % kind, "apache-libcloud", self.title)
        if self.name == "equinixmetal" and not self.args.get("project"):
            raise Refused(
                "%s: the driver equinixmetal needs args.project; without it Libcloud fails on Python 3.11 and newer"
                % self.title
            )
        try:
            return providers.get_driver(self.name)
        except (AttributeError, ImportError) as error:
            names = ", ".join(sorted(str(name) for name in providers.DRIVERS))
            raise Refused(
                "%s: Libcloud has no driver %s (%s); it has %s" % (self.title, self.name, error, names)
            ) from None

    def driver(self):
        """This thread's instance. Raises Refused for arguments that its class does not take."""
        if self.one is not None:
            return self.one
        if not hasattr(self.local, "driver"):
            made = self._made()
            if self.name in IN_MEMORY:
                with self.lock:
                    self.one = self.one or made
                    return self.one
            self.local.driver = made
        return self.local.driver

    def _made(self):
        try:
            made = self.cls(**self.args)
        except (TypeError, ValueError) as error:
            text = str(error)
            for value in self.args.values():
                text = text.replace(str(value), "***") if isinstance(value, str) and len(value) > 3 else text
            raise Refused("%s: args do not fit the driver %s: %s" % (self.title, self.name, text)) from None
        connection = getattr(made, "connection", None)
        if connection is not None and hasattr(connection, "timeout"):
            connection.timeout = self.timeout
        session = getattr(getattr(connection, "connection", None), "session", None)
        if session is not None:
            session.timeout = self.timeout
        return made

    def call(self, method, *args, safe=False, **words):
        """Call a method of the driver by its name. safe: it changes nothing, so that it may be sent again."""
        return patiently(lambda: self._once(method, args, words), safe=safe)

    def listed(self, method, *args, **words):
        """Call a method that lists. Raises Failure for an answer of which a further page was not read."""
        driver, pages = self.driver(), []
        with _Recorded(driver, pages):
            found = list(self.call(method, *args, safe=True, **words))
        cut = any(
            more and all(other != who for other, _more in pages[at + 1 :]) for at, (who, more) in enumerate(pages)
        )
        if cut or (method == "list_nodes" and len(found) == MOST.get(self.name)):
            raise Failure(
                "%s: the list was cut: there is another page, which Libcloud's driver %s does not read (%d entries "
                "came). Narrow its scope by args, such as a project or region" % (self.title, self.name, len(found))
            )
        return found

    def _once(self, method, args, words):
        driver = self.driver()
        wire = getattr(getattr(driver, "connection", None), "connection", None)
        if getattr(wire, "response", None) is not None:
            wire.response = None
        try:
            done = getattr(driver, method)(*args, **words)
        except Failure:
            raise
        except NotImplementedError:
            raise Refused("%s: Libcloud's driver %s cannot do %s" % (self.title, self.name, method)) from None
        except Exception as error:
            raise self._failure(error, getattr(wire, "response", None), method) from None
        if done is False and method in PUT_AS_FALSE:
            raise self._failure(Exception(), getattr(wire, "response", None), method)
        return done

    def _failure(self, error, response, method):
        """The Failure that an exception of Libcloud's, or of what it sends with, is."""
        where, kind = "%s of the driver %s" % (method, self.name), type(error).__name__
        names = {base.__name__ for base in type(error).__mro__}
        if "RequestException" in names or isinstance(error, OSError):  # whatever an earlier answer of this call was
            if "ConnectTimeout" in kind or "refused" in str(error) or "NewConnection" in str(error) or "SSL" in kind:
                text = "%s: nobody answers at %s (%s). Check host, port, region and the network between"
                return Unreachable(text % (self.title, self._address(), kind))
            return Ambiguous("%s: the connection broke before the answer was whole (%s)" % (where, kind))
        status = (
            getattr(response, "status_code", None) or getattr(error, "code", None) or getattr(error, "http_code", 0)
        )
        status = status if isinstance(status, int) else 0
        said = "%s: %s answered %s: %s" % (
            where,
            self.title,
            status or kind,
            (str(error) or getattr(response, "text", ""))[:500],
        )
        if "InvalidCredsError" in names or status in (401, 403):
            text = "%s refuses the credentials (%s at %s). Check args, and what the key may do"
            return Unauthorized(text % (self.title, status or kind, where))
        if "RateLimitReachedError" in names or status == 429:
            headers = getattr(response, "headers", None) or {"Retry-After": str(getattr(error, "retry_after", ""))}
            return Busy(said, retry_after(headers))
        if response is not None and status < 400 and kind in ("MalformedResponseError", "ParseError"):
            return Ambiguous("%s: the answer was cut off, or is not what Libcloud can read" % where)
        if status in (502, 504) or (status >= 500 and method.startswith(("list_", "get_"))):
            return Ambiguous(said)
        if names.intersection(GONE):
            return NotFound(said)
        return {404: NotFound, 409: Conflict}.get(status, Failure)(said)

    def _address(self):
        connection = getattr(self.driver(), "connection", None)
        return "%s:%s" % (getattr(connection, "host", "its address"), getattr(connection, "port", ""))


class _Recorded:
    """Notes of each request whether its answer says that there is more: (which list, whether there is)."""

    def __init__(self, driver, pages):
        self.connection, self.pages = getattr(driver, "connection", None), pages

    def __enter__(self):
        request = getattr(self.connection, "request", None)
        if request is not None:
            self.connection.request = lambda *args, **words: self._note(request(*args, **words), args, words)

    def __exit__(self, *_error):
        if self.connection is not None and "request" in vars(self.connection):
            del self.connection.request

    def _note(self, response, args, words):
        action = words.get("action") or (args[0] if args else "")
        params = words.get("params") or (args[1] if len(args) > 1 else None) or {}
        self.pages.append(((str(action).split("?")[0], params.get("Action")), has_more(response)))
        return response


def has_more(response):
    """Whether an answer names a further page: by its Link header, an XML token, or a `next` in its JSON."""
    headers = {str(name).lower(): str(value) for name, value in (getattr(response, "headers", None) or {}).items()}
    if 'rel="next"' in headers.get("link", "").replace("'", '"'):
        return True
    body = getattr(response, "body", None) or ""
    body = body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body)
    if body[:1] != "{":
        return bool(TOKEN.search(body))
    try:
        told = json.loads(body)
    except ValueError:
        return False
    places = [told] + [told[name] for name in ("meta", "links", "pagination") if isinstance(told.get(name), dict)]
    places += [p[name] for p in places[:] for name in ("links", "pages") if isinstance(p.get(name), dict)]
    places += [told[name] for name in ("result_info",) if isinstance(told.get(name), dict)]
    return any(_goes_on(place) for place in places)


def _goes_on(place):
    """Whether a part of an answer names a next page, or says that this one is not the last."""
    if isinstance(place.get("next"), (str, dict)) and place["next"]:
        return True
    page, last = (place.get(a, place.get(b)) for a, b in (("page", "current_page"), ("pages", "total_pages")))
    return isinstance(page, int) and isinstance(last, int) and page < last
