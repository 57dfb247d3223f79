# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contract suite's servers of OpenStack: a real Keystone, and behind it a fake Nova that asks it about tokens."""

from __future__ import annotations

import copy
import json

from contract.provider import OWNER, Meddler, Provider
from contract.proxy import answer
from fakes.nova import OUTSIDE, Nova, ident
from integration.keystone import REGION, Keystone


class ServersOnNova(Provider):
    """Servers of a project in one region, whose changes are done at the next look."""

    NAME, MODULE = "openstack", "server"
    COMMON = {"facility": REGION, "plan": "m1.small", "image": "debian-12"}
    ROWS = (
        dict(COMMON, name="one", tags={"role": "web"}),
        dict(COMMON, name="two", facility=REGION + "/nova", user_data="#cloud-config\n"),
    )
    CHANGED = (dict(ROWS[0], tags={"role": "db"}, plan="m1.large"), ROWS[1])
    REPLACED = (dict(ROWS[0], image="debian-13"), ROWS[1])
    SECRET = "contract-s3cret"
    ASKS = 2  # a token may have ended before its time, so it gets a new one
    MANY, PAGE = 25, 10
    LATE = True
    PAGES = 3

    def start(self):
        """Start both; the user is a member of a project of the suite's."""
        self.keystone = Keystone()
        self.keystone.__enter__()
        project = self.keystone.make("project", name="contract", domain_id="default")
        self.keystone.user("contract", self.SECRET, project)
        self.nova = Nova(REGION, page=self.PAGE, allow=self.keystone.project_of)
        self.nova.__enter__()
        self.upstream = ("127.0.0.1", self.nova.port)

    def stop(self):
        """End them."""
        self.nova.__exit__()
        self.keystone.stop()

    def fresh(self):
        """No servers."""
        self.nova.fresh()

    def args(self, url, rows, **more):
        """A task of server: Keystone is asked directly, everything else through the door."""
        login = {"auth_url": self.keystone.url, "username": "contract", "password": self.SECRET}
        doors = {"compute": url + "/v2.1", "image": url + "/image", "network": url + "/network"}
        cloud = dict(login, project_name="contract", regions=[REGION], endpoints=doors, timeout=10, patience=20)
        task = {"provider": "openstack", "openstack": cloud, "owner": OWNER, "wait": False}
        return dict(task, servers=copy.deepcopy(list(rows)), **more)

    def removal(self, url, rows):
        """The same with state absent."""
        return self.MODULE, self.args(url, [{"name": row["name"]} for row in rows], state="absent")

    def many(self):
        """Three pages."""
        return [dict(self.COMMON, name="s%02d" % i) for i in range(self.MANY)]

    def fleet(self, number):
        """Servers of both sizes."""
        return [dict(self.COMMON, name="s%02d" % i, plan=("m1.small", "m1.large")[i % 2]) for i in range(number)]

    def strangers(self):
        """A server that somebody has made by hand, and one of another owner."""
        for name, metadata in (("stranger", {}), ("other", {"rackwright_owner": "other"})):
            body = {"name": name, "metadata": metadata, "user_data": None, "imageRef": list(self.nova.images)[0]}
            self.nova.project = "project"
            self.nova.create(dict(body, flavorRef=list(self.nova.flavors)[0]))
        return {"stranger", "other"}

    def truth(self):
        """Servers by name: how many of it, image, plan, tags, status."""
        self.nova.work()
        found = {}
        for server in self.nova.servers.values():
            tags = {name: value for name, value in server["metadata"].items() if "rackwright" not in name}
            image, plan = self.nova.images[server["image"]["id"]], self.nova.flavors[server["flavor"]["id"]]
            number = found.get(server["name"], (0,))[0] + 1
            found[server["name"]] = number, image, plan, tags, server["status"]
        return found

    def facts(self, rows):
        """The same of declared rows."""
        return {row["name"]: (1, row["image"], row["plan"], row.get("tags") or {}, "ACTIVE") for row in rows}

    def meddler(self):
        """Somebody who has used up the quota before the second server is asked for."""
        words = "Quota exceeded for instances: Requested 1, but already used 10 of 10 instances"
        return Meddler(
            "GET",
            "/servers/detail",
            label="two",
            key="two",
            words="Quota exceeded",
            begin=lambda: self.nova.full.update(two=words),
            end=lambda: self.nova.full.clear(),
        )


class AddressesOnNova(ServersOnNova):
    """Floating addresses, and the servers that they move between."""

    NAME, MODULE = "openstack-ip_address", "ip_address"
    SERVERS = ("web1", "web2")
    ROWS = (
        {"name": "www", "facility": REGION, "server": "web1", "tags": {"role": "web"}},
        {"name": "spare", "facility": REGION},
    )
    CHANGED = (dict(ROWS[0], server="web2", tags={"role": "db"}), ROWS[1])
    REPLACED = "an address of another region is another one; there is one region here"

    def fresh(self):
        """The servers, and no address."""
        self.nova.fresh()
        self.nova.project = "project"
        for name in self.SERVERS:
            body = {"name": name, "metadata": {}, "user_data": None, "imageRef": list(self.nova.images)[0]}
            self.nova.create(dict(body, flavorRef=list(self.nova.flavors)[0]))
        self.nova.work()

    def args(self, url, rows, **more):
        """A task of ip_address."""
        task = super().args(url, rows, **more)
        del task["wait"]
        return dict(task, ip_addresses=task.pop("servers"))

    def many(self):
        """Three pages, as Neutron gives where its operator says so."""
        return [{"name": "a%02d" % i, "facility": REGION} for i in range(self.MANY)]

    def fleet(self, number):
        """Addresses, two of them given to a server."""
        rows = [{"name": "a%02d" % i, "facility": REGION, "server": ""} for i in range(number)]
        rows[0]["server"], rows[1]["server"] = self.SERVERS
        return rows

    def strangers(self):
        """An address without a word of ours, and one of another owner."""
        for said in ("", '{"rackwright": "other", "owner": "other"}'):
            self.nova.float({"floating_network_id": self._outside(), "description": said})
        return {one["floating_ip_address"] for one in self.nova.floating.values() if not one["description"]} | {"other"}

    def _outside(self):
        return next(key for key, name in self.nova.networks.items() if name == OUTSIDE)

    def truth(self):
        """Addresses by name: how many of it, server, tags, owner."""
        ports, found = {ident("port", key): one["name"] for key, one in self.nova.servers.items()}, {}
        for one in self.nova.floating.values():
            said = json.loads(one["description"] or "{}")
            name = said.get("rackwright") or one["floating_ip_address"]
            number = found.get(name, (0,))[0] + 1
            found[name] = number, ports.get(one["port_id"], ""), said.get("tags") or {}, said.get("owner")
        return found

    def facts(self, rows):
        """The same of declared rows."""
        return {row["name"]: (1, row.get("server") or "", row.get("tags") or {}, OWNER) for row in rows}

    @staticmethod
    def spell(request):
        """A reservation is told by what is asked for."""
        asked = request.method == "POST" and request.path.endswith("/floatingips")
        return request.method, request.path + ("#" + request.body.decode() if asked else "")

    def meddler(self):
        """The quota of addresses is used up when the second one's turn comes, in Neutron's words."""
        words = b'{"NeutronError": {"type": "OverQuota", "message": "Quota exceeded for resources: [floatingip]."}}'
        return Meddler(
            "POST",
            "/floatingips#.*spare",
            label="spare",
            key="spare",
            words="Quota exceeded",
            begin=lambda: None,
            end=lambda: None,
            answer=answer(409, words),
        )
