# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Volumes between rows and the words of an engine, and archives compared."""

from __future__ import annotations

import io
import tarfile

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.containers import archive, volume
from ansible_collections.rackwright.platform.plugins.module_utils.containers.things import declared
from ansible_collections.rackwright.platform.plugins.module_utils.containers.volume import VOLUME, fit
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Failure, Refused
from ansible_collections.rackwright.platform.plugins.module_utils.core.plan import plan

NFS = {"server": "192.0.2.4", "path": "/x", "options": "ro"}


def rows_of(row, current=(), recreate="auto"):
    """The declared row of a task, in the light of what is there."""
    params = {"volumes": [dict(row, name="data")], "state": "present", "owner": "shop", "prune": False}
    return fit(declared(VOLUME, params)[0], current, recreate)


def made(row):
    """The engine's view of a volume that was made as declared, as a row."""
    body = volume.body(rows_of(row)[0])
    return volume.seen(dict(body, Options=body["DriverOpts"] or None))


@pytest.mark.parametrize(
    ("had", "want", "fields"),
    [
        ({}, {}, None),
        ({"labels": {"a": 1}, "tmpfs": {"size": "64m"}}, {}, None),
        ({"tmpfs": {"size": "64M"}}, {"options": {"type": "tmpfs", "device": "tmpfs", "o": "size=64M"}}, None),
        ({"nfs": NFS}, {"nfs": dict(NFS, options="ro,soft")}, ("options",)),
        ({"nfs": NFS}, {"options": {}}, ("options",)),
        ({"labels": {"a": 1}}, {"labels": {}}, ("labels",)),
        ({}, {"driver": "other"}, ("driver",)),
    ],
)
def test_what_differs_takes_a_new_volume_and_needs_leave(had, want, fields):
    current = [made(had)]
    changes = [(c.verb, c.fields) for c in plan(VOLUME, current, rows_of(want, current), owner="shop").changes]
    assert changes == ([("replace", fields)] if fields else [])
    if fields:
        with pytest.raises(Refused, match="new volume would be empty"):
            rows_of(want, current, "never")
    else:
        rows_of(want, current, "never")


def test_what_was_tried_is_a_leftover_and_what_has_no_label_is_somebody_elses():
    body = volume.body(rows_of({})[0], "data" + volume.NEW)
    assert volume.seen(body)["_debris"] and volume.seen(body)["name"] == "data"
    with pytest.raises(Refused, match="did not make"):
        plan(VOLUME, [volume.seen({"Name": "data"})], rows_of({}))


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"nfs": dict(NFS, path="x")}, "'x' is not absolute"),
        ({"tmpfs": {"size": "much"}}, "not an amount of memory"),
        ({"tmpfs": {"size": "1M"}, "nfs": NFS}, "nfs and tmpfs exclude each other"),
        ({"nfs": NFS, "driver": "other"}, "nfs is of the driver local"),
    ],
)
def test_what_cannot_be_meant_is_refused(row, words):
    with pytest.raises(Refused, match=words):
        rows_of(row)


def tar(*members, mode="w"):
    """A tar (bytes) of (name, content or None for a folder, more about it)."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode=mode) as done:
        for name, content, more in members:
            info = tarfile.TarInfo(name)
            info.type = tarfile.DIRTYPE if content is None else tarfile.REGTYPE
            info.size, info.mtime = len(content or b""), 1
            for word, value in more.items():
                setattr(info, word, value)
            done.addfile(info, io.BytesIO(content or b""))
    return target.getvalue()


def listed(*members, **more):
    """The listing of such a tar."""
    return archive.listing(io.BytesIO(tar(*members, **more)))


FILE = ("./a", b"one", {})


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (("a", b"one", {}), True),
        (("/a", b"one", {"uname": "somebody"}), True),
        (("./a", b"two", {}), False),
        (("./a", b"one", {"mtime": 2}), False),
        (("./a", b"one", {"mode": 0o600}), False),
        (("./a", b"one", {"mode": 0o4644}), False),
        (("./a", b"one", {"uid": 7}), False),
        (("./a", b"", {"type": tarfile.SYMTYPE, "linkname": "b"}), False),
        (("./a", b"one", {"pax_headers": {"SCHILY.xattr.user.x": "1"}}), False),
    ],
)
def test_files_are_compared_with_everything_that_is_restored(other, same):
    assert (listed(FILE) == listed(other)) == same
    assert (archive.content(listed(FILE)) == archive.content(listed(other))) == same


def test_folders_are_compared_without_their_time_and_archives_without_their_kind():
    assert listed((".", None, {}), FILE) == listed(("./", None, {"mtime": 9}), FILE, mode="w:gz")
    assert archive.is_empty(listed(("./", None, {}))) and not archive.is_empty(listed(FILE))
    assert archive.holds(listed(FILE, ("b", b"", {})), listed(FILE)) and not archive.holds({}, listed(FILE))


def test_which_name_of_a_file_comes_first_does_not_matter():
    def two(first, second):
        link = (second, b"", {"type": tarfile.LNKTYPE, "linkname": first, "mode": 0o4755})
        return listed((first, b"one", {"mode": 0o4755}), link)

    assert two("a", "b") == two("b", "a") != two("a", "c")


def test_a_tar_that_is_cut_short_is_no_archive():
    whole, sink = tar(FILE), io.BytesIO()
    pieces = [whole[at : at + 700] for at in range(0, len(whole), 700)]
    assert archive.streamed(pieces, sink) == listed(FILE) and sink.getvalue() == whole
    for end in (515, 1024):  # within a file; where its end should be
        with pytest.raises(Failure, match="ended early|not a whole tar"):
            archive.streamed([whole[:end]])
