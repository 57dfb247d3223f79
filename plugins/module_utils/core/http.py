# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""REST over `requests`: pooled, thread-safe, retrying only what is safe to retry, with errors a person can read."""

from __future__ import annotations

import time

from .errors import Ambiguous, Busy, Conflict, Failure, NotFound, Unauthorized, Unreachable
from .lib import need

SAFE = ("GET", "HEAD", "OPTIONS")
TRIES = 5  # for answers that say "not now"
LONGEST = 60.0  # seconds a Retry-After may ask for


def patiently(call, safe=False, tries=TRIES, sleep=time.sleep):
    """Run `call`, again after Busy (it has not acted) and, when it is safe to repeat, after Ambiguous."""
    for turn in range(tries):
        try:
            return call()
        except Busy as busy:
            if turn == tries - 1:
                raise Failure("%s, still after %d tries" % (busy, tries)) from None
            sleep(min(LONGEST, max(0.0, busy.retry_after)))
        except Ambiguous:
            if not safe or turn == tries - 1:
                raise
            sleep(0.2 * 2**turn)
    raise AssertionError("unreachable")


def retry_after(headers, turn=0):
    """Seconds that an answer asks to wait: its Retry-After as a number, else a growing pause."""
    try:
        return float(headers.get("Retry-After", ""))
    except ValueError:
        return 0.5 * 2**turn


class Http:
    """One provider's REST API.

    title: how errors call it. base: URL that paths are put behind. headers: sent with every request. timeout: seconds
    for connecting, and for each answer. explain: takes a response and returns the provider's own words.
    """

    def __init__(self, title, base, headers=None, timeout=30, verify=True, pool=8, explain=None):
        requests = need("requests", wanted_for=title)
        self.errors = requests.exceptions
        self.title, self.base, self.timeout = title, base.rstrip("/"), timeout
        self.explain = explain or (lambda response: response.text[:500])
        self.session = requests.Session()
        self.session.headers.update(headers or {})
        self.session.verify = verify
        self.session.trust_env = not _is_loopback(base)
        adapter = requests.adapters.HTTPAdapter(pool_connections=pool, pool_maxsize=pool, max_retries=0)
        self.session.mount("http://", adapter)
        self.session.mount("https://", adapter)

    def call(self, method, path, safe=None, **kwargs):
        """Send a request and return the response. Raises Failure in one of its kinds.

        safe: whether it may be sent again though it may have happened; by default only what changes nothing.
        """
        safe = method in SAFE if safe is None else safe
        return patiently(lambda: self._once(method, path, kwargs), safe=safe)

    def json(self, method, path, **kwargs):
        """Like `call`, returning the decoded body, or None where there is none."""
        response = self.call(method, path, **kwargs)
        if not response.content:
            return None
        try:
            return response.json()
        except ValueError:
            raise Failure(
                "%s answered %s %s with something that is not JSON: is %s really its API?"
                % (self.title, method, path, self.base)
            ) from None

    def _once(self, method, path, kwargs):
        where = "%s %s%s" % (method, self.base, path)
        try:
            response = self.session.request(method, self.base + path, timeout=self.timeout, **kwargs)
        except (self.errors.ConnectTimeout, self.errors.SSLError, self.errors.ProxyError) as error:
            raise Unreachable(self._nobody(error)) from None
        except self.errors.ConnectionError as error:
            if _never_sent(error):
                raise Unreachable(self._nobody(error)) from None
            raise Ambiguous("%s: the connection broke before an answer came (%s)" % (where, _reason(error))) from None
        except self.errors.Timeout:
            raise Ambiguous("%s: no answer within %s s" % (where, self.timeout)) from None
        except (self.errors.ChunkedEncodingError, self.errors.ContentDecodingError) as error:
            raise Ambiguous("%s: the answer was cut off (%s)" % (where, _reason(error))) from None
        except (self.errors.RequestException, ValueError) as error:
            raise Failure("%s: cannot send the request: %s" % (where, error)) from None
        if response.status_code < 400:
            if _headless(response, method):
                raise Ambiguous("%s: the answer was cut off in its head" % where)
            return response
        raise self._failure(response, where, method)

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
        if status == 429 or (status == 503 and "Retry-After" in response.headers):
            return Busy(text, retry_after(response.headers))
        if status == 404:
            return NotFound(text)
        if status == 409:
            return Conflict(text)
        if status in (500, 502, 503, 504) and method in SAFE:
            return Ambiguous(text)  # reading is safe to repeat
        if status in (502, 504):
            return Ambiguous(text)  # a gateway cannot tell whether the write happened
        return Failure(text)


def _headless(response, method):
    """Whether an answer broke off before its body: Python's http.client takes that for the end of the headers."""
    if response.content or method == "HEAD" or response.status_code in (204, 304):
        return False
    return not any(name in response.headers for name in ("Content-Length", "Transfer-Encoding", "Connection"))


def _is_loopback(url):
    host = url.split("//")[-1].split("/")[0]
    return host.startswith(("127.", "localhost", "[::1]"))


def _never_sent(error):
    """Whether a connection error came before any byte of the request was sent."""
    text = repr(error)
    return any(
        word in text for word in ("NewConnectionError", "NameResolutionError", "Connection refused", "No such file")
    )


def _reason(error):
    """The innermost reason of a requests exception, in its own few words."""
    while True:
        inner = getattr(error, "reason", None) or next((a for a in error.args if isinstance(a, Exception)), None)
        if not isinstance(inner, Exception) or inner is error:
            return str(error) or type(error).__name__
        error = inner
