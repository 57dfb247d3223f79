# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON over HTTP at a Unix socket, for services of this machine. It knows no service."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from urllib.parse import urlencode


class Answered(Exception):
    """An answer of 400 or more: the `response` with its `status_code`, and the service's `explanation`."""

    def __init__(self, response, body):
        text = body.decode("utf-8", "replace")
        super().__init__(text)
        self.response, response.status_code = response, response.status
        try:
            self.explanation = json.loads(text)["message"]
        except (ValueError, KeyError, TypeError):
            self.explanation = text or response.reason


class Link(http.client.HTTPConnection):
    """A connection to a Unix socket."""

    def __init__(self, path, timeout):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        """Connect."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class UnixHttp:
    """A service at the socket `path`; a connection for each thread. timeout: seconds for one answer."""

    def __init__(self, path, timeout):
        self.path, self.timeout, self.mine = path, timeout, threading.local()

    def send(self, method, path, data=None, longer=0, **query):
        """One request; returns the decoded answer, None without one. longer: seconds it may take beyond the timeout.

        Raises Answered, and OSError where no whole answer came.
        """
        query = {name: value for name, value in query.items() if value is not None}
        where = path + ("?" + urlencode(query) if query else "")
        return self._answer(method, where, None if data is None else json.dumps(data), longer)[1]

    def headers(self, path):
        """The headers of the answer to a GET. Raises the same."""
        return self._answer("GET", path)[0]

    def _answer(self, method, where, body=None, longer=0):
        link = getattr(self.mine, "link", None)
        if link is None:
            link = self.mine.link = Link(self.path, self.timeout)
        try:
            if link.sock is None:
                link.connect()
            link.sock.settimeout(self.timeout + longer)
            link.request(method, where, body, {"Content-Type": "application/json"})
            response = link.getresponse()
            content = response.read()
            if response.status >= 400:
                raise Answered(response, content)
            said = json.loads(content) if content.strip() and is_json(response.headers) else None
            return response.headers, said
        except (http.client.HTTPException, ValueError) as error:
            link.close()
            raise ConnectionResetError("%s: %s" % (type(error).__name__, error)) from None
        except OSError:
            link.close()
            raise


def is_json(headers):
    """Whether an answer with these headers is JSON; some say OK in plain text."""
    return "json" in headers.get("Content-Type", "json")
