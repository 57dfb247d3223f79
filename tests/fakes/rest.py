# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fake: a REST server in this process that answers by a script; for tests of the HTTP client, and for other fakes."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Rest:
    """Answers each request with the next of `script`, (status, headers, body), then with 200 and what was asked.

    requests: (method, path, headers) of all that came. peers: the client ports they came from. pause: seconds that
    each answer takes. at: where it listens.
    """

    def __init__(self, *script, pause=0.0, at=("127.0.0.1", 0)):
        self.script, self.pause = list(script), pause
        self.requests, self.peers, self.lock = [], set(), threading.Lock()
        handler = type("Handler", (_Handler,), {"rest": self})
        self.server = ThreadingHTTPServer(at, handler)
        self.address = self.server.server_address
        self.url = "http://127.0.0.1:%d" % self.address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def reply(self, method, path, headers, body):
        """(status, headers, body) where the script has nothing."""
        return 200, {}, json.dumps({"method": method, "path": path})

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.server.shutdown()
        self.server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def answer(self):
        """Do as the script says."""
        rest = self.rest
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with rest.lock:
            rest.requests.append((self.command, self.path, dict(self.headers)))
            rest.peers.add(self.client_address[1])
            scripted = rest.script.pop(0) if rest.script else None
            status, headers, body = scripted or rest.reply(self.command, self.path, self.headers, sent)
        time.sleep(rest.pause)
        self.send_response(status)
        for name, value in dict({"Content-Length": len(body.encode())}, **headers).items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(body.encode())

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    def log_message(self, *_args):
        """Say nothing."""
