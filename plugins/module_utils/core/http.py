# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""REST over `urllib3`: pooled, thread-safe, retrying only what is safe to retry, with errors a person can read."""

from __future__ import annotations

import json
import ssl
from urllib.parse import urlsplit

from .errors import Ambiguous, Elsewhere, Failure, Unauthorized, Unreachable
from .lib import need
from .pace import Pace
from .patience import failure_of, patiently

SAFE = ("GET", "HEAD", "OPTIONS")
CONNECT = 30  # seconds for connecting at most, however long an answer may take


class Answer:
    """What came back: `status_code`, `reason`, `headers` (any case) and the whole body as `content`."""

    def __init__(self, response):
        self.status_code, self.reason = response.status, response.reason or ""
        self.headers, self.content = response.headers, response.data

    @property
    def text(self):
        """The body as text."""
        return self.content.decode("utf-8", "replace")

    def json(self):
        """The decoded body. Raises ValueError."""
        return json.loads(self.text)


class Http:
    """One provider's REST API.

    title: how errors call it. base: URL that paths are put behind. headers: sent with every request, or a function
    that returns them. renew: told the headers that a 401 has refused, which says whether there are better ones now;
    the request was not acted on, and is sent once more. timeout: seconds for each answer, and for connecting. verify:
    whether a certificate must be valid, or a file of the authorities it may come from. cert: a client's certificate,
    (file, file of its key or None). pool: connections kept open. explain: takes an Answer and returns the provider's
    own words. Redirects are not followed, which would carry the credentials elsewhere: they raise Elsewhere.
    """

    def __init__(self, title, base, headers=None, timeout=30, verify=True, pool=8, explain=None, renew=None, cert=None):
        if not _is_url(base):
            raise Failure(
                "%s: cannot send the request: %r is no URL that begins with http:// or https://" % (title, base)
            )
        self.urllib3 = need("urllib3", wanted_for=title)
        self.errors = self.urllib3.exceptions
        self.title, self.base, self.timeout = title, base.rstrip("/"), timeout
        self.explain = explain or (lambda answer: answer.text[:500])
        self.headers = {"User-Agent": "rackwright.platform", "Accept-Encoding": "gzip, deflate"}
        self.theirs = headers if callable(headers) else lambda: headers or {}
        self.renew = renew
        self.pace = Pace("%s %s" % (self.base, "" if callable(headers) else sorted((headers or {}).items())))
        self.pool = self._pool(verify, pool, cert)

    def _pool(self, verify, size, cert):
        """The connections: through the environment's proxy where it names one for this address."""
        more = {"maxsize": size, "timeout": self.urllib3.Timeout(connect=min(self.timeout, CONNECT), read=self.timeout)}
        if self.base.startswith("https:"):
            more["ssl_context"] = self._tls(verify, cert)
        proxy = None if _is_loopback(self.base) else _proxy(self.base)
        return self.urllib3.ProxyManager(proxy, **more) if proxy else self.urllib3.PoolManager(**more)

    def _tls(self, verify, cert):
        try:
            context = ssl.create_default_context(cafile=None if isinstance(verify, bool) else verify)
            if cert:
                context.load_cert_chain(*cert)
        except OSError as error:
            files = ", ".join(str(name) for name in (verify, *(cert or ())) if name and name is not True)
            raise Failure("%s: cannot use the certificates of %s: %s" % (self.title, files, error)) from None
        if not verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            self.urllib3.disable_warnings(self.errors.InsecureRequestWarning)
        return context

    def call(self, method, path, safe=None, **kwargs):
        """Send a request and return the Answer. Raises Failure in one of its kinds.

        safe: whether it may be sent again though it may have happened; by default only what changes nothing.
        json: data to send as JSON; data: text to send as it is; headers: further ones.
        """
        safe = method in SAFE if safe is None else safe
        return patiently(lambda: self._once(method, path, **kwargs), safe=safe, pace=self.pace)

    def json(self, method, path, **kwargs):
        """Like `call`, returning the decoded body, or None where there is none."""
        answer = self.call(method, path, **kwargs)
        if not answer.content:
            return None
        try:
            return answer.json()
        except ValueError:
            raise Failure(
                "%s answered %s %s with something that is not JSON: is %s really its API?"
                % (self.title, method, path, self.base)
            ) from None

    def _once(self, method, path, **kwargs):
        where = "%s %s%s" % (method, self.base, path)
        try:
            theirs = self.theirs()
            answer = self._send(method, path, theirs, **kwargs)
            if answer.status_code == 401 and self.renew and self.renew(theirs):
                answer = self._send(method, path, self.theirs(), **kwargs)
        except _unsent(self.errors) as error:
            raise Unreachable(self._nobody(error)) from None
        except self.errors.ReadTimeoutError:
            raise Ambiguous("%s: no answer within %s s" % (where, self.timeout)) from None
        except self.errors.HTTPError as error:
            raise Ambiguous(
                "%s: the connection broke before the answer was whole (%s)" % (where, _reason(error))
            ) from None
        except ValueError:  # its text would show the header, and with it the key
            raise Failure(
                "%s: cannot send the request: the address, or a key in a header, holds characters that HTTP forbids"
                % where
            ) from None
        if answer.status_code >= 400:
            failure = self._failure(answer, where, method)
            failure.status = answer.status_code
            raise failure
        if 300 <= answer.status_code < 400 and "Location" in answer.headers:
            place = answer.headers["Location"]
            raise Elsewhere("%s: %s sends us on to %s; give that as its URL" % (where, self.title, place), place)
        if _headless(answer, method):
            raise Ambiguous("%s: the answer was cut off in its head" % where)
        return answer

    def _send(self, method, path, theirs, data=None, headers=None, **content):
        headers = dict(self.headers, **dict(theirs, **(headers or {})))
        if "json" in content:
            data = json.dumps(content["json"])
            headers["Content-Type"] = "application/json"
        body = data.encode("utf-8") if isinstance(data, str) else data
        options = {"retries": False, "redirect": False, "enforce_content_length": True}
        return Answer(self.pool.request(method, self.base + path, body=body, headers=headers, **options))

    def _nobody(self, error):
        return "%s does not answer at %s (%s). Check the URL, that it runs, and the network between" % (
            self.title,
            self.base,
            _reason(error),
        )

    def _failure(self, response, where, method):
        status = response.status_code
        text = "%s: %s answered %d: %s" % (where, self.title, status, self.explain(response).strip() or response.reason)
        if status in (401, 403):
            return Unauthorized(
                "%s refuses the credentials (%d at %s). Check the key or token, and what it may do"
                % (self.title, status, where)
            )
        return failure_of(status, response.headers, text, reading=method in SAFE)


def _headless(response, method):
    """Whether an answer broke off before its body: Python's http.client takes that for the end of the headers."""
    if response.content or method == "HEAD" or response.status_code in (204, 304):
        return False
    return not any(name in response.headers for name in ("Content-Length", "Transfer-Encoding", "Connection"))


def _is_url(text):
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _is_loopback(url):
    host = urlsplit(url).hostname or ""
    return host == "localhost" or host.startswith("127.") or host == "::1"


def _proxy(url):
    """The proxy that the environment names for this address, or None."""
    from urllib.request import getproxies, proxy_bypass  # not for addresses of this machine

    parts = urlsplit(url)
    return None if proxy_bypass(parts.hostname or "") else getproxies().get(parts.scheme)


def _unsent(errors):
    """The exceptions that come before any byte of the request was sent."""
    return (
        errors.NewConnectionError,
        errors.ConnectTimeoutError,
        errors.SSLError,
        errors.ProxyError,
        errors.LocationValueError,
    )


def _reason(error):
    """The innermost reason of an exception, in its own few words."""
    while True:
        inner = getattr(error, "reason", None) or next((a for a in error.args if isinstance(a, Exception)), None)
        if not isinstance(inner, Exception) or inner is error:
            return str(error).rsplit(">: ", 1)[-1].rsplit("object at 0x", 1)[-1] or type(error).__name__
        error = inner
