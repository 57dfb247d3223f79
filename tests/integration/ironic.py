# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Ironic, with hardware that is made up by its own fake-hardware driver or by a Redfish emulator.

It asks nobody for a login, or by HTTP's basic authentication, or by a Keystone:

    Ironic(users={"anna": "secret"})
    Ironic(keystone=keystone)           # which is in `with` already
"""

from __future__ import annotations

import http.server
import json
import os
import secrets
import signal
import subprocess
import threading
import time

import requests
from integration.process import Served, children

CONFIG = """\
[DEFAULT]
auth_strategy = {auth}
rpc_transport = none
host = localhost
my_ip = 127.0.0.1
tempdir = {folder}/scratch
state_path = {folder}
enabled_hardware_types = fake-hardware,redfish
enabled_bios_interfaces = fake,no-bios,redfish
enabled_boot_interfaces = fake,redfish-virtual-media
enabled_console_interfaces = fake,no-console
enabled_deploy_interfaces = fake,direct,ramdisk,noop
enabled_firmware_interfaces = fake,no-firmware
enabled_inspect_interfaces = fake,no-inspect,redfish
enabled_management_interfaces = fake,noop,redfish
enabled_network_interfaces = noop
enabled_power_interfaces = fake,redfish
enabled_raid_interfaces = fake,no-raid
enabled_rescue_interfaces = fake,no-rescue
enabled_storage_interfaces = fake,noop
enabled_vendor_interfaces = fake,no-vendor,redfish
default_network_interface = noop
[api]
host_ip = 127.0.0.1
port = {port}
api_workers = 1
max_limit = {page}
[conductor]
automated_clean = false
workers_pool_size = 50
sync_power_state_interval = 60
deploy_kernel = file:///dev/null
[database]
connection = sqlite:///{folder}/ironic.sqlite
sqlite_synchronous = false
[oslo_concurrency]
lock_path = {folder}/locks
[dhcp]
dhcp_provider = none
[deploy]
http_root = {folder}/http
http_url = http://127.0.0.1:{files}
[pxe]
tftp_root = {folder}/tftp
images_path = {folder}/images
instance_master_path =
tftp_master_path =
"""
TOKENS = """\
[keystone_authtoken]
auth_type = password
auth_url = {keystone.url}
www_authenticate_uri = {keystone.url}
username = ironic
password = {password}
project_name = admin
user_domain_id = default
project_domain_id = default
service_token_roles_required = true
# each token is looked up: those that were taken back are refused at once
token_cache_time = -1
"""
# Ironic looks for an image before it begins: seconds where nobody answers, none where it is refused
IMAGE = "http://127.0.0.1:1/debian-12.raw"
VERSION = {"X-OpenStack-Ironic-API-Version": "1.80"}
FREE = ("available", "manageable", "enroll")


class _Quiet(http.server.SimpleHTTPRequestHandler):
    """Files of `folder`, without a word."""

    folder = None

    def __init__(self, *args):
        super().__init__(*args, directory=self.folder)

    def log_message(self, *_args):
        """Say nothing."""


class Ironic(Served):
    """One Ironic. page: rows that it gives at a time. delay: seconds of a fake deployment, as its file has it.

    users: {name: password} of those who may ask; the first does so here. keystone: who knows them instead.
    """

    NAME, END = "Ironic", 8

    def __init__(self, page=1000, delay=None, users=None, keystone=None):
        super().__init__()
        self.users, self.keystone, self.password = users, keystone, secrets.token_hex(16)
        self.page, self.delay, self.files = page, delay, None
        self.api = requests.Session()
        self.api.trust_env = False
        self.api.headers.update(VERSION)

    def prepare(self):
        """Folders, configuration, database."""
        for name in ("scratch", "http", "tftp", "images", "locks"):
            (self.folder / name).mkdir(exist_ok=True)
        files = self._serve_files()
        auth = "keystone" if self.keystone else "http_basic" if self.users else "noauth"
        text = CONFIG.format(folder=self.folder, port=self.port, page=self.page, files=files, auth=auth)
        text = text.replace("[api]", self._login() + "[api]", 1)
        if self.delay:
            text += "[fake]\ndeploy_delay = %s\n" % self.delay
        fresh = not (self.folder / "ironic.sqlite").exists()
        (self.folder / "ironic.conf").write_text(text)
        if fresh:
            conf = str(self.folder / "ironic.conf")
            self.run(self.program("ironic-dbsync"), "--config-file", conf, "create_schema")

    def _login(self):
        """What the configuration says of logins; readies the one of `ask`."""
        if self.users:
            file, hashed = self.folder / "htpasswd", "import bcrypt, sys; p = sys.argv[1].encode()"
            python, hashed = self.program("python"), hashed + "; print(bcrypt.hashpw(p, bcrypt.gensalt(4)).decode())"
            lines = []
            for name, password in self.users.items():
                done = subprocess.run([python, "-c", hashed, password], capture_output=True, check=True, text=True)
                lines.append("%s:%s" % (name, done.stdout))
            file.write_text("".join(lines))
            self.api.auth = next(iter(self.users.items()))
            return "http_basic_auth_user_file = %s\n" % file
        if self.keystone:
            if self.keystone.call("GET", "/users", params={"name": "ironic"})["users"] == []:
                self.keystone.user("ironic", self.password, self.keystone.find("project", "admin"), role="service")
            whole = {"system": {"all": True}}
            self.api.headers["X-Auth-Token"] = self.keystone.token("admin", self.keystone.password, whole)
            return TOKENS.format(keystone=self.keystone, password=self.password)
        return ""

    def _serve_files(self):
        """Serve what Ironic lays out for machines to boot from; returns the port."""
        if self.files is None:
            handler = type("Files", (_Quiet,), {"folder": str(self.folder / "http")})
            self.files = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
            threading.Thread(target=self.files.serve_forever, args=(0.1,), daemon=True).start()
        return self.files.server_address[1]

    def stop(self):
        """Also the files' server."""
        if self.files is not None:
            self.files.shutdown()
            self.files.server_close()
            self.files = None
        super().stop()

    def command(self):
        """API and conductor in one service; its worker is a child that listens."""
        return [self.program("ironic"), "--config-file", str(self.folder / "ironic.conf")]

    def _end(self):
        workers = children([self.process.pid]) if self.process else []
        super()._end()
        for pid in workers:  # after load the worker takes minutes to leave
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue

    def pids(self):
        """The master, and the worker that listens."""
        return [self.process.pid, *children([self.process.pid])]

    def ask(self, method, path, **body):
        """A call past the driver; returns the decoded answer."""
        answer = self.api.request(method, self.address + "/v1" + path, json=body or None, timeout=60)
        assert answer.status_code < 400, "%s %s: %d %s" % (method, path, answer.status_code, answer.text[:500])
        return json.loads(answer.text) if answer.content else None

    def nodes(self, fields="uuid,name,provision_state,instance_uuid,extra,resource_class,instance_info,power_state"):
        """All nodes, page by page."""
        found, path = [], "/nodes?limit=1000&fields=%s" % fields
        while path:
            answer = self.ask("GET", path)
            found += answer["nodes"]
            path = answer["next"].split("/v1", 1)[1] if answer.get("next") else None
        return found

    def enrol(self, name, plan="small", group=None):
        """A fake machine that is available."""
        more = {"conductor_group": group} if group else {}
        ident = self.ask("POST", "/nodes", name=name, driver="fake-hardware", resource_class=plan, **more)["uuid"]
        for verb, state in (("manage", "manageable"), ("provide", "available")):
            self.ask("PUT", "/nodes/%s/states/provision" % ident, target=verb)
            self.settle(ident, state)
        return ident

    def settle(self, ident, *states, seconds=30):
        """Wait until a node is in one of these states."""
        end = time.monotonic() + seconds
        while self.ask("GET", "/nodes/%s?fields=provision_state" % ident)["provision_state"] not in states:
            assert time.monotonic() < end, self.ask("GET", "/nodes/%s" % ident)
            time.sleep(0.05)

    def clear(self, keep=()):
        """No server anywhere, and no machine but those of these names."""
        for node in self.nodes():
            if node["instance_uuid"] and node["provision_state"] == "available":
                self.patch(node["uuid"], "/instance_uuid")
            elif node["provision_state"] not in FREE:
                if node["provision_state"] not in ("deleting", "cleaning"):
                    self.settle(node["uuid"], "active", "deploy failed", "error", "rescue", "deleting", *FREE)
                    self.ask("PUT", "/nodes/%s/states/provision" % node["uuid"], target="deleted")
                self.settle(node["uuid"], *FREE)
            if node["name"] not in keep:
                self.ask("DELETE", "/nodes/%s" % node["uuid"])
            elif node["extra"]:
                self.patch(node["uuid"], "/extra", {})

    def patch(self, ident, path, value=None):
        """Set a field of a node, or remove it."""
        step = {"op": "remove", "path": path} if value is None else {"op": "add", "path": path, "value": value}
        answer = self.api.patch("%s/v1/nodes/%s" % (self.address, ident), json=[step], timeout=60)
        assert answer.status_code < 400, answer.text
