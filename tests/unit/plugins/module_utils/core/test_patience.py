# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import (
    Ambiguous,
    Busy,
    Conflict,
    Failure,
    NotFound,
)
from ansible_collections.rackwright.platform.plugins.module_utils.core.patience import failure_of


@pytest.mark.parametrize(
    ("status", "headers", "reading", "writing"),
    [
        (400, {}, Failure, Failure),
        (404, {}, NotFound, NotFound),
        (409, {}, Conflict, Conflict),
        (429, {}, Busy, Busy),
        (500, {}, Ambiguous, Failure),
        (501, {}, Failure, Failure),
        (502, {}, Ambiguous, Ambiguous),
        (503, {}, Ambiguous, Failure),
        (503, {"Retry-After": "7"}, Busy, Busy),
        (504, {}, Ambiguous, Ambiguous),
    ],
)
def test_what_a_status_stands_for(status, headers, reading, writing):
    for kind, flag in ((reading, True), (writing, False)):
        failure = failure_of(status, headers, "the words", reading=flag)
        assert type(failure) is kind and str(failure) == "the words"
        assert getattr(failure, "retry_after", 7.0) == (7.0 if headers or kind is not Busy else 0.5)
