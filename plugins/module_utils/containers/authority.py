# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A certificate authority of one's own in a folder: one client, any number of servers. Its key stays there."""

from __future__ import annotations

import contextlib
import datetime
import fcntl
import ipaddress
import os

from ..core import files
from ..core.errors import Refused
from ..core.lib import need

YEARS = 10 * 365  # days that the authority itself is good for
DAYS = 825  # days that a certificate is good for
EARLY = 30  # days before its end that a certificate is made anew
CLIENT = "client"
PEMS = ("ca.pem", "cert.pem", "key.pem")  # what a client or a server has


class Authority:
    """Certificates in `folder`: ca.pem, client/{cert,key}.pem and servers/NAME/{ca,cert,key}.pem."""

    def __init__(self, folder, days=DAYS):
        self.folder, self.days = folder, days
        need("cryptography", wanted_for="certificates")
        self.x509 = need("cryptography.x509")
        self.hashes = need("cryptography.hazmat.primitives.hashes")
        self.ec = need("cryptography.hazmat.primitives.asymmetric.ec")
        self.forms = need("cryptography.hazmat.primitives.serialization")
        self.now = datetime.datetime.now(datetime.timezone.utc)

    def path(self, *parts):
        """A path within the folder."""
        return os.path.join(self.folder, *parts)

    def server(self, name):
        """The folder with what a server needs."""
        return self.path("servers", name)

    @contextlib.contextmanager
    def alone(self):
        """Hold the folder, which several runs may want at once."""
        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        with open(self.path(".lock"), "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def lacking(self, name, names):
        """Which of ca, client and server are to be made, in this order."""
        whole = os.path.exists(self.path("ca.pem")) and os.path.exists(self.path("ca-key.pem"))
        if not whole and os.path.exists(self.path("ca.pem")):
            text = "%s has ca.pem without ca-key.pem: bring the key back, or name another folder"
            raise Refused(text % self.folder)
        if not whole:
            return ["ca", "client", "server"]
        ca = self._certificate(self.path("ca.pem"))
        if self._left(ca) < EARLY:
            text = "the authority in %s ends on %s: make a new one in another folder, as all that trust it must change"
            raise Refused(text % (self.folder, ending(ca).date()))
        sound = {"client": self._sound(ca, self.path(CLIENT), []), "server": self._sound(ca, self.server(name), names)}
        return [what for what, good in sound.items() if not good]

    def make(self, wanted, name, names):
        """Make what is lacking."""
        if "ca" in wanted:
            self._make_authority()
        if "client" in wanted:
            self._issue(self.path(CLIENT), CLIENT, [])
        if "server" in wanted:
            self._issue(self.server(name), name, names)

    def _certificate(self, path):
        try:
            with open(path, "rb") as stream:
                return self.x509.load_pem_x509_certificate(stream.read())
        except ValueError:
            raise Refused("%s is no certificate: remove it, or name another folder" % path) from None

    def _left(self, certificate):
        return (ending(certificate) - self.now).days

    def _sound(self, ca, folder, names):
        """Whether a certificate and its key are there, the authority's, for these names and for a while yet."""
        paths = [os.path.join(folder, name) for name in PEMS]
        if not all(os.path.exists(path) for path in paths):
            return False
        found = self._certificate(paths[1])
        pair = self._key(paths[2]).public_key().public_numbers() == found.public_key().public_numbers()
        return bool(
            pair
            and files.read(paths[0]) == files.read(self.path("ca.pem"))
            and self._signed(ca, found)
            and self._left(found) >= EARLY
            and self._names(found) == sorted(names)
        )

    def _key(self, path):
        with open(path, "rb") as stream:
            return self.forms.load_pem_private_key(stream.read(), None)

    def _signed(self, ca, found):
        wrong = need("cryptography.exceptions").InvalidSignature
        try:
            how = self.ec.ECDSA(found.signature_hash_algorithm)
            ca.public_key().verify(found.signature, found.tbs_certificate_bytes, how)
        except wrong:
            return False
        return True

    def _names(self, found):
        try:
            held = found.extensions.get_extension_for_class(self.x509.SubjectAlternativeName).value
        except self.x509.ExtensionNotFound:
            return []
        return sorted(str(name.value) for name in held)

    def _make_authority(self):
        key, x509 = self.ec.generate_private_key(self.ec.SECP256R1()), self.x509
        name = self._called("Rackwright " + os.path.basename(self.folder.rstrip("/")))
        made = self._begun(name, name, key, YEARS).add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        made = made.add_extension(self._usage(key_cert_sign=True, crl_sign=True), True)
        self._write(self.folder, made.sign(key, self.hashes.SHA256()), key, ("ca.pem", "ca-key.pem"))

    def _issue(self, folder, name, names):
        x509, oid = self.x509, need("cryptography.x509.oid").ExtendedKeyUsageOID
        ca, ca_key = self._certificate(self.path("ca.pem")), self._key(self.path("ca-key.pem"))
        key = self.ec.generate_private_key(self.ec.SECP256R1())
        made = self._begun(self._called(name), ca.subject, key, min(self.days, self._left(ca)))
        made = made.add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
        made = made.add_extension(self._usage(digital_signature=True), True)
        made = made.add_extension(x509.ExtendedKeyUsage([oid.SERVER_AUTH if names else oid.CLIENT_AUTH]), False)
        made = made.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca.public_key()), False)
        if names:
            made = made.add_extension(x509.SubjectAlternativeName([self._spelled(one) for one in names]), False)
        self._write(folder, made.sign(ca_key, self.hashes.SHA256()), key, ("cert.pem", "key.pem"))
        files.replace(os.path.join(folder, "ca.pem"), files.read(self.path("ca.pem")))

    def _called(self, name):
        oid = need("cryptography.x509.oid").NameOID.COMMON_NAME
        return self.x509.Name([self.x509.NameAttribute(oid, name[:64])])

    def _begun(self, name, issuer, key, days):
        span = datetime.timedelta(days=days)
        made = self.x509.CertificateBuilder().subject_name(name).issuer_name(issuer).public_key(key.public_key())
        made = made.serial_number(self.x509.random_serial_number())
        made = made.not_valid_before(self.now - datetime.timedelta(hours=1)).not_valid_after(self.now + span)
        return made.add_extension(self.x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)

    def _usage(self, **said):
        every = "digital_signature content_commitment key_encipherment data_encipherment key_agreement key_cert_sign"
        names = every.split() + ["crl_sign", "encipher_only", "decipher_only"]
        return self.x509.KeyUsage(**{name: said.get(name, False) for name in names})

    def _spelled(self, name):
        try:
            return self.x509.IPAddress(ipaddress.ip_address(name))
        except ValueError:
            return self.x509.DNSName(name)

    def _write(self, folder, certificate, key, into):
        os.makedirs(folder, mode=0o700, exist_ok=True)
        plain, pem = self.forms.NoEncryption(), self.forms.Encoding.PEM
        text = key.private_bytes(pem, self.forms.PrivateFormat.PKCS8, plain).decode("ascii")
        # the certificate last, as it is what says that there are both
        writes = [(into[1], text, 0o600), (into[0], certificate.public_bytes(pem).decode("ascii"), 0o644)]
        for name, content, mode in writes:
            files.replace(os.path.join(folder, name), content, mode)


def ending(certificate):
    """When a certificate ends. Libraries before 42 tell it without a time zone."""
    found = getattr(certificate, "not_valid_after_utc", None)
    return found or certificate.not_valid_after.replace(tzinfo=datetime.timezone.utc)
