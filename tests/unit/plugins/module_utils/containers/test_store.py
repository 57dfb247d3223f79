# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A container whose making was begun by a run that was killed, at a stand-in for an engine that tells of it late."""

from __future__ import annotations

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.containers import store
from ansible_collections.rackwright.platform.plugins.module_utils.core import errors
from ansible_collections.rackwright.platform.plugins.module_utils.core.plan import Change

ROW = {"name": "web", "image": "img", "state": "started"}


class Engine:
    """Refuses the name, and shows its container only when asked for the third time, if at all."""

    def __init__(self, labels, looks=3):
        self.labels, self.looks = labels, looks

    def call(self, method, *args, **kwargs):
        if method == "create_container_from_config":
            raise errors.Conflict('the container name "web" is already in use')
        assert method == "inspect_container"
        self.looks -= 1
        if self.looks:
            raise errors.NotFound("no such container: web")
        return {"Id": "1", "Config": {"Labels": self.labels}}


@pytest.mark.parametrize(
    ("engine", "failure"),
    [
        (Engine({"org.rackwright.container": "web"}), errors.Ambiguous),  # the engine reads again, and adopts it
        (Engine({"org.rackwright.container": "shop"}), errors.Conflict),
        (Engine(None), errors.Conflict),
        (Engine(None, looks=9), errors.Conflict),
    ],
)
def test_a_name_that_is_taken_by_what_does_not_show_yet(monkeypatch, engine, failure):
    monkeypatch.setattr(store.time, "sleep", lambda seconds: None)
    with pytest.raises(failure) as told:
        store.Containers(engine).create(Change("create", "web", want=ROW, after=ROW))
    assert type(told.value) is failure
