# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A release of rkt: brought from a mirror or a folder, verified whole, and only then put in place."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import tarfile
import tempfile
import urllib.error
import urllib.request

from ...core import files
from ...core.errors import Failure, Refused
from ...core.runner import run

RECORD = "rackwright.json"  # beside the stage1 images: what was put in place, from which archive
PIECE, WAIT = 1 << 20, 60
BEGIN, ARMOUR = b"-----BEGIN PGP", b"-----END PGP"


class Release:
    """One archive, and where its parts go.

    source: the folder it lies in, as a path here or as an address. checksum: its SHA-256, signature: the name of the
    file that signs it; one of both must be given. key: the one that signed it, in ASCII armour, fingerprint: the
    key's. binary: where the program goes, images: the folder of stage1 images. flavours: those that are wanted.
    """

    def __init__(self, source, archive, checksum, signature, key, fingerprint, binary, images, flavours):
        self.source, self.archive, self.checksum = source.rstrip("/"), archive, checksum.lower().replace("sha256:", "")
        self.signature, self.key, self.fingerprint = signature, key, fingerprint.replace(" ", "").upper()
        self.binary, self.images, self.flavours = binary, images, flavours

    def refuse(self):
        """Raise Refused for what can never be verified."""
        problems = []
        if not self.checksum and not self.signature:
            problems.append("neither a checksum nor a signature is given, so %s could be anything" % self.archive)
        if self.signature and not (self.key and self.fingerprint):
            problems.append("a signature needs key and fingerprint, the key that must have made it")
        if problems:
            raise Refused(problems)

    def installed(self):
        """Whether all is in place as this release has it."""
        record = self.record()
        if not record or (self.checksum and record["sha256"] != self.checksum) or record["archive"] != self.archive:
            return False
        wanted = [self.binary] + [self._image(flavour) for flavour in self.flavours]
        return all(_sum(path) == record["files"].get(path, "") for path in wanted)

    def record(self):
        """What was put in place, or None."""
        try:
            return json.loads(files.read(os.path.join(self.images, RECORD)) or "null")
        except ValueError:
            return None

    def verify(self, folder):
        """Bring the archive into a folder and look it over; returns its path. Raises Failure."""
        path = self._bring(self.archive, folder)
        found = _sum(path)
        if self.checksum and found != self.checksum:
            raise Failure(
                "%s: its SHA-256 is %s, and not %s; it was not used" % (self._at(self.archive), found, self.checksum)
            )
        if self.signature:
            self._verify_signature(path, self._bring(self.signature, folder), folder)
        missing = [name for name in self._members() if name not in _names(path)]
        if missing:
            raise Failure("%s does not hold %s" % (self._at(self.archive), " and ".join(missing)))
        return path

    def install(self, path):
        """Put the parts of the verified archive in place."""
        record = {"archive": self.archive, "sha256": _sum(path), "files": {}}
        before = (self.record() or {}).get("files", {})
        targets = dict(self._members())
        os.makedirs(self.images, mode=0o755, exist_ok=True)
        with tarfile.open(path) as archive:
            for member in archive:
                target = targets.get(os.path.basename(member.name)) if member.isfile() else None
                if target:
                    _place(archive.extractfile(member), target, 0o755 if target == self.binary else 0o644)
                    record["files"][target] = _sum(target)
        for old in set(before) - set(record["files"]):
            _unlink(old)
        files.replace(os.path.join(self.images, RECORD), json.dumps(record, indent=2, sort_keys=True) + "\n")

    def remove(self):
        """Take away what was put in place; raises Refused while pods run."""
        record = self.record() or {"files": {}}
        if os.path.exists(self.binary):
            pods = json.loads(run([self.binary, "list", "--format=json"])[1]) or []
            living = [pod["name"] for pod in pods if pod["state"] == "running"]
            if living:
                raise Refused("pods still run: %s; stop and remove them first" % ", ".join(living[:5]))
        for path in [*record["files"], os.path.join(self.images, RECORD)]:
            _unlink(path)
        for folder in (self.images, os.path.dirname(self.images)):
            with contextlib.suppress(OSError):  # somebody else's files are in it
                os.rmdir(folder)

    def version(self):
        """What the program in place says that it is; "" where there is none."""
        if not os.path.exists(self.binary):
            return ""
        return run([self.binary, "version"])[1].splitlines()[0].partition(":")[2].strip()

    def _image(self, flavour):
        return os.path.join(self.images, "stage1-%s.aci" % flavour)

    def _members(self):
        return {"rkt": self.binary, **{"stage1-%s.aci" % one: self._image(one) for one in self.flavours}}

    def _at(self, name):
        return "%s/%s" % (self.source, name)

    def _bring(self, name, folder):
        """A file of the source, here. Raises Failure."""
        if "://" not in self.source:
            if not os.path.isfile(self._at(name)):
                raise Failure("%s is not there" % self._at(name))
            return self._at(name)
        path = os.path.join(folder, name)
        try:
            with urllib.request.urlopen(self._at(name), timeout=WAIT) as answer, open(path, "wb") as target:
                shutil.copyfileobj(answer, target, PIECE)
        except (urllib.error.URLError, OSError, ValueError) as error:
            told = isinstance(error, urllib.error.URLError) and not isinstance(error, urllib.error.HTTPError)
            reason = error.reason if told else error
            raise Failure(
                "%s cannot be had: %s. Name a mirror that has it, or a folder" % (self._at(name), reason)
            ) from None
        return path

    def _verify_signature(self, path, signature, folder):
        """Raises Failure unless the key of that fingerprint has signed it."""
        ring = os.path.join(folder, "keyring.gpg")
        with open(ring, "wb") as target:
            target.write(dearmoured(self.key.encode("utf-8")))
        rc, out, err = run(["gpgv", "--status-fd", "1", "--keyring", ring, signature, path], check=False)
        made = [line.split()[2:] for line in out.splitlines() if line.startswith("[GNUPG:] VALIDSIG ")]
        if rc or not made:
            tail = " / ".join(err.strip().splitlines()[-2:])
            raise Failure("%s does not sign %s: %s" % (self._at(self.signature), self.archive, tail))
        if not any(self.fingerprint in words for words in made):
            raise Failure("%s is signed by %s, and not by %s" % (self.archive, made[0][0], self.fingerprint))


def dearmoured(data):
    """A key as GnuPG's keyrings have it, from its ASCII armour."""
    done = b""
    for part in data.split(BEGIN)[1:]:
        body = part.partition(ARMOUR)[0].replace(b"\r", b"").partition(b"\n\n")[2]
        lines = [line for line in body.splitlines() if line and not line.startswith(b"=")]
        done += base64.b64decode(b"".join(lines))
    return done


@contextlib.contextmanager
def workplace():
    """A folder that is gone afterwards."""
    folder = tempfile.mkdtemp(prefix="rackwright-rkt-")
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _sum(path):
    return files.sha256(path) if os.path.isfile(path) else None


def _names(path):
    try:
        with tarfile.open(path) as archive:
            return {os.path.basename(member.name) for member in archive if member.isfile()}
    except (tarfile.TarError, OSError, EOFError) as error:
        raise Failure("%s is no archive that can be read: %s" % (path, error)) from None


def _place(source, target, mode):
    handle, candidate = tempfile.mkstemp(dir=os.path.dirname(target), prefix=files.CANDIDATE)
    try:
        with os.fdopen(handle, "wb") as stream:
            shutil.copyfileobj(source, stream, PIECE)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(candidate, mode)
        os.replace(candidate, target)
    except BaseException:
        os.unlink(candidate)
        raise


def _unlink(path):
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
