# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds the simulator to the published OpenAPI document: every request it takes and every answer it gives."""

from __future__ import annotations

import json
import pathlib
import re

from openapi_core import OpenAPI
from openapi_core.testing import MockRequest, MockResponse

DOCUMENT = pathlib.Path(__file__).resolve().parents[4] / "shared" / "specs" / "packet-openapi.yaml"
HOST = "https://api.equinix.com"


class Checker:
    """`exchange` validates; what does not fit is in `problems`."""

    def __init__(self):
        self.api = OpenAPI.from_file_path(str(DOCUMENT))
        self.problems, self.paths = [], set()

    def exchange(self, method, path, headers, body, status, text):
        """One request and its answer. What is outside the document (a device's own words) is not looked at."""
        if path.startswith("/device-only/") or status in (401, 405):
            return
        if status >= 400:  # the document names few of them
            assert isinstance(json.loads(text)["errors"], list)
            return
        text = json.dumps(_without_nulls(json.loads(text))).encode() if text else text
        old = "packet-python" in headers.get("User-Agent", "")  # it sends what the document forbids
        method = "PUT" if old and method == "PATCH" else method
        where, _, query = path.partition("?")
        args = dict(pair.split("=", 1) for pair in query.split("&") if "=" in pair)
        request = MockRequest(
            HOST,
            method.lower(),
            "/metal/v1" + where,
            args=args,
            headers={"X-Auth-Token": headers.get("X-Auth-Token")},
            data=body or None,
        )
        answer = MockResponse(text, status_code=status, content_type="application/json; charset=utf-8")
        self.paths.add((method, re.sub("[0-9a-f-]{36}", "{id}", where)))
        try:
            if not old:
                self.api.validate_request(request)
            if text:
                self.api.validate_response(request, answer)
        except Exception as error:  # whatever the library finds
            self.problems.append("%s %s -> %d: %s" % (method, path, status, _reasons(error)))


def _without_nulls(value):
    """The API says null where the document knows no null: `next` on the last page, for one."""
    if isinstance(value, dict):
        return {name: _without_nulls(one) for name, one in value.items() if one is not None}
    return [_without_nulls(one) for one in value] if isinstance(value, list) else value


def _reasons(error):
    """An error of openapi-core with what is behind it."""
    found = [str(error)]
    cause = error
    while cause is not None:
        found += [str(one.message) for one in getattr(cause, "schema_errors", None) or ()]
        cause = cause.__cause__
    return "; ".join(found)[:600]
