# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Keystone on loopback (uWSGI, SQLite), and what tests put into it through its own API.

with Keystone() as keystone:
    keystone.url, keystone.admin                     # http://127.0.0.1:PORT/v3, and options that log in as admin
    keystone.service("compute", {"RegionOne": url})  # an entry of the catalogue
    project = keystone.make("project", name="shop")
    user = keystone.user("anna", "secret", project)  # member of the project
    keystone.application_credential("anna", "secret", "shop", "robot")
"""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
import shutil

import requests
from integration.process import ROOT, Served

CONFIG = """\
[DEFAULT]
log_file = {folder}/keystone.log
[database]
connection = sqlite:///{folder}/keystone.sqlite
sqlite_synchronous = false
[token]
provider = fernet
expiration = {expiration}
allow_expired_window = 0
[fernet_tokens]
key_repository = {folder}/fernet
[fernet_receipts]
key_repository = {folder}/fernet
[credential]
key_repository = {folder}/credential
[cache]
# as it is advised; without, each request takes hundreds of questions to the database
enabled = true
backend = oslo_cache.dict
[identity]
# cheap hashes: tests only
password_hash_rounds = 4
"""
REGION = "RegionOne"


class Keystone(Served):
    """One Keystone. expiration: seconds that a token lives."""

    NAME = "Keystone"

    def __init__(self, expiration=86400):
        super().__init__()
        self.expiration, self.password = expiration, secrets.token_hex(16)
        self.api = requests.Session()
        self.api.trust_env = False

    @property
    def url(self):
        """The address of version 3."""
        return self.address + "/v3"

    @property
    def admin(self):
        """Options that log in as admin."""
        names = {"username": "admin", "project_name": "admin"}
        domains = {"user_domain_name": "Default", "project_domain_name": "Default"}
        return dict(names, **domains, auth_url=self.url, password=self.password, region_name=REGION)

    def environment(self):
        """Where its configuration lies."""
        return {"OS_KEYSTONE_CONFIG_FILES": str(self.folder / "keystone.conf")}

    def prepare(self):
        """The database, the keys, and the first user."""
        config = self.folder / "keystone.conf"
        config.write_text(CONFIG.format(folder=self.folder, expiration=self.expiration))
        manage = [self.program("keystone-manage"), "--config-file", str(config)]
        for part in ("fernet", "credential"):
            (self.folder / part).mkdir(mode=0o700, exist_ok=True)
            for name in ("0", "1"):  # the next key and the one in use, as keystone-manage fernet_setup makes them
                (self.folder / part / name).write_bytes(base64.urlsafe_b64encode(secrets.token_bytes(32)))
        self._tables(manage)
        places = [word for kind in ("admin", "internal", "public") for word in ("--bootstrap-%s-url" % kind, self.url)]
        first = ["--bootstrap-password", self.password, "--bootstrap-region-id", REGION]
        self.run(*manage, "bootstrap", *first, *places)

    def _tables(self, manage):
        """The empty database, which takes most of the time and is always the same: kept for the next one."""
        pins = hashlib.sha256((ROOT / "tests" / "openstack.txt").read_bytes()).hexdigest()[:12]
        kept, mine = ROOT / ".ansible" / "cache" / ("keystone-%s.sqlite" % pins), self.folder / "keystone.sqlite"
        if kept.exists():
            shutil.copy(kept, mine)
            return
        self.run(*manage, "db_sync")
        kept.parent.mkdir(parents=True, exist_ok=True)
        part = kept.with_suffix(".%d" % os.getpid())
        shutil.copy(mine, part)
        part.replace(kept)

    def command(self):
        """Keystone in uWSGI, which closes each connection and by itself would not say so."""
        served = ["--http-socket", "127.0.0.1:%d" % self.port, "--module", "keystone.wsgi.api:application"]
        served += ["--add-header", "Connection: close"]
        return [self.program("uwsgi"), *served, *"--master --need-app --processes 1 --threads 4 --die-on-term".split()]

    def __enter__(self):
        super().__enter__()
        try:
            self.log_in()
        except BaseException:
            self.stop()
            raise
        return self

    def log_in(self):
        """Get a new token for `call`."""
        scope = {"project": {"name": "admin", "domain": {"name": "Default"}}}
        self.api.headers["X-Auth-Token"] = self.token("admin", self.password, scope)

    def token(self, user, password, scope):
        """A token, asked for in Keystone's own words."""
        person = {"name": user, "domain": {"name": "Default"}, "password": password}
        identity = {"methods": ["password"], "password": {"user": person}}
        body = {"auth": {"identity": identity, "scope": scope}}
        answer = requests.post(self.url + "/auth/tokens", json=body, timeout=60)
        answer.raise_for_status()
        return answer.headers["X-Subject-Token"]

    def call(self, method, path, **kwargs):
        """One request as admin; returns the answer's JSON."""
        answer = self.api.request(method, self.url + path, timeout=60, **kwargs)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def project_of(self, token):
        """The project of somebody's token, as services ask for it; None when it is not valid."""
        answer = self.api.get(self.url + "/auth/tokens", headers={"X-Subject-Token": token}, timeout=60)
        return answer.json()["token"]["project"]["id"] if answer.ok else None

    def make(self, kind, **facts):
        """A new thing of that kind: project, user, region, service, endpoint, domain."""
        return self.call("POST", "/%ss" % kind, json={kind: facts})[kind]

    def find(self, kind, name):
        """The thing of that kind and name."""
        return self.call("GET", "/%ss" % kind, params={"name": name})["%ss" % kind][0]

    def user(self, name, password, project, role="member"):
        """A user with a role in the project."""
        made = self.make("user", name=name, password=password, domain_id="default")
        role = self.find("role", role)
        self.call("PUT", "/projects/%s/users/%s/roles/%s" % (project["id"], made["id"], role["id"]))
        return made

    def service(self, kind, places, interfaces=("public",)):
        """A service of the catalogue, at {region: url}."""
        made = self.make("service", type=kind, name=kind)
        for region, url in places.items():
            if not any(one["id"] == region for one in self.call("GET", "/regions")["regions"]):
                self.make("region", id=region)
            for interface in interfaces:
                self.make("endpoint", service_id=made["id"], interface=interface, region_id=region, url=url)
        return made

    def application_credential(self, user, password, project, name):
        """{id, secret, ...} of a new one, made by the user himself."""
        scope = {"project": {"name": project, "domain": {"name": "Default"}}}
        head = {"X-Auth-Token": self.token(user, password, scope)}
        mine = self.find("user", user)["id"]
        answer = requests.post(
            "%s/users/%s/application_credentials" % (self.url, mine),
            json={"application_credential": {"name": name}},
            headers=head,
            timeout=60,
        )
        answer.raise_for_status()
        return answer.json()["application_credential"]
