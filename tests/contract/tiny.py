# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lab images that are ready at once: the real ones with a few lines of shell instead of systemd.

For what happens between the driver and the engine, where a real boot adds nothing but seconds. Real boots are tested
in tests/integration/test_servers*.py.
"""

from __future__ import annotations

import contextlib
import io
import tarfile

DOCKERFILE = """\
FROM rackwright/lab:debian-12
LABEL rackwright.test={repository}
RUN rm /usr/sbin/init
COPY init /usr/sbin/init
COPY health /usr/local/lib/rackwright/
"""
FILES = {
    "init": "#!/bin/sh\ntrap 'exit 0' TERM RTMIN+3\nwhile :; do sleep 3600 & wait $!; done\n",
    "health": "#!/bin/sh\n[ ! -e /run/ready ] || sleep 600\n: >/run/ready\n",
}


def context(repository):
    """What the image is built from, as a tar archive; its label makes it an image of this repository alone."""
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w") as archive:
        for name, text in dict(FILES, Dockerfile=DOCKERFILE.format(repository=repository)).items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(text), 0o755
            archive.addfile(entry, io.BytesIO(text.encode()))
    sink.seek(0)
    return sink


@contextlib.contextmanager
def lab_images(api, repository, tags=("debian-12", "debian-13")):
    """Tiny images of that repository, on the engine of the SDK's client `api`; untagged at the end."""
    first = "%s:%s" % (repository, tags[0])
    log = list(
        api.build(fileobj=context(repository), custom_context=True, tag=first, rm=True, forcerm=True, decode=True)
    )
    assert not any("error" in line for line in log), log
    try:
        for tag in tags[1:]:
            api.tag(first, repository, tag)
        yield
    finally:
        for tag in tags:
            api.remove_image("%s:%s" % (repository, tag), force=True)
