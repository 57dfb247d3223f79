# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contract suite's providers behind Amazon's API, as moto imitates it."""

from __future__ import annotations

import copy
import re
from urllib.parse import parse_qs, urlsplit

from contract.names import ALL
from contract.provider import OWNER, Meddler, Provider
from contract.proxy import Proxy, answer
from integration.moto import KEY, Moto

SSH_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHN0IOZQPjhk0CTrcyJCEhZmCKD3RUqBRPa2YhmzLrz+"
NO_ROOM = b"""<?xml version="1.0"?><Response><Errors><Error><Code>InsufficientInstanceCapacity</Code>
<Message>There is no Spot capacity available.</Message></Error></Errors><RequestID>1</RequestID></Response>"""
ALIVE = ("pending", "running", "stopping", "stopped")


class OnMoto(Provider):
    """What is common to providers that make instances on moto."""

    MODULE = "server"
    LATE = ALL  # it takes long
    SECRET = KEY["aws_secret_access_key"]
    REGION = "us-east-1"

    @staticmethod
    def spell(request):
        """The action that the body or the query names: what describes something is a GET."""
        said = request.body.decode() or urlsplit(request.path).query
        action = parse_qs(said).get("Action", [""])[0]
        return "GET" if action.startswith(("Describe", "Get")) else "POST", "/%s?%s" % (action, said)

    def start(self):
        """Start a moto of its own."""
        self.moto = Moto()
        self.moto.__enter__()
        self.upstream = ("127.0.0.1", self.moto.port)
        self.ec2 = self.moto.client()
        self.image, self.other = self.moto.images[:2]

    def stop(self):
        """End it."""
        self.moto.__exit__()

    def fresh(self):
        """Nothing, ended instances neither: moto lists them for ever, which makes each test slower than the last, and
        Libcloud reads the first hundred, and says so here where there are more."""
        self.moto.reset()

    def pairs(self):
        """The key pairs."""
        return self.ec2.describe_key_pairs()["KeyPairs"]

    def instances(self):
        """All that are not gone."""
        pages = self.ec2.get_paginator("describe_instances").paginate()
        found = [one for page in pages for some in page["Reservations"] for one in some["Instances"]]
        return [one for one in found if one["State"]["Name"] in ALIVE]

    def rows(self, *changes):
        """Rows of two servers, with these changes of the first."""
        common = {"facility": self.REGION + "a", "plan": "t3.small", "image": self.image}
        first = dict(common, name="one", tags={"role": "web"})
        for change in changes:
            first.update(change)
        return first, dict(common, name="two", ssh_keys=[SSH_KEY])


class ServersOnEc2(OnMoto):
    """Instances by boto3."""

    NAME = "ec2"
    REPLACED = ()

    def start(self):
        """Also the rows, which need the images' ids."""
        super().start()
        self.ROWS = self.rows()
        self.CHANGED = self.rows({"tags": {"role": "db"}, "plan": "t3.medium"})
        self.REPLACED = self.rows({"image": self.other})

    def args(self, url, rows, **more):
        """A task of server."""
        ec2 = {"url": url, "regions": [self.REGION], "access_key": KEY["aws_access_key_id"], "secret_key": self.SECRET}
        task = {"provider": "ec2", "ec2": dict(ec2, timeout=20), "owner": OWNER, "wait": False}
        return dict(task, servers=copy.deepcopy(list(rows)), **more)

    def removal(self, url, rows):
        """The same with state absent."""
        return self.MODULE, self.args(url, [{"name": row["name"]} for row in rows], state="absent")

    def many(self):
        """moto pages by request, and one request of ours makes fifty."""
        return "moto ends a page only between two requests; pages are tested in test_servers_ec2.py"

    def fleet(self, number):
        """Servers of two plans, so that they take two requests."""
        row = dict(self.rows()[1])
        return [dict(row, name="s%02d" % i, plan=("t3.small", "t3.medium")[i % 2]) for i in range(number)]

    def strangers(self):
        """An instance without a stamp, and one of another owner."""
        for name, tags in (("unstamped", []), ("others", [{"Key": "rackwright:owner", "Value": "other"}])):
            tags = [{"Key": "Name", "Value": name}, *tags]
            spec = [{"ResourceType": "instance", "Tags": tags}]
            self.ec2.run_instances(ImageId=self.image, MinCount=1, MaxCount=1, TagSpecifications=spec)
        return {"unstamped", "others"}

    def truth(self):
        """Instances by name: image, plan, whether it runs, one tag; a name that stands twice is told twice."""
        found = {}
        for one in self.instances():
            tags = {tag["Key"]: tag["Value"] for tag in one.get("Tags") or ()}
            name = tags.get("Name", one["InstanceId"])
            name = name if name not in found else "%s again" % name
            found[name] = (one["ImageId"], one["InstanceType"], one["State"]["Name"], tags.get("role"))
        return found

    def facts(self, rows):
        """The same of declared rows."""
        return {
            row["name"]: (row["image"], row["plan"], "running", (row.get("tags") or {}).get("role")) for row in rows
        }

    def meddler(self):
        """No room for the second server when its turn comes, in Amazon's words."""
        return Meddler(
            "POST",
            "RunInstances.*KeyName",
            label="two",
            key="two",
            words="InsufficientInstanceCapacity",
            begin=lambda: None,
            end=lambda: None,
            answer=answer(500, NO_ROOM, Content_Type="text/xml"),
        )


def _counted(found):
    return found.group(1) + b"%d" % (int(found.group(2)) + 1)


def slashed(link, request):
    """What Libcloud sends and expects as Amazon has it, and moto has not: lists that are counted from 0, an XML
    namespace that ends with a slash, and none at all in errors."""
    if b"ResourceId.0=" in request.head:
        request.head = re.sub(rb"([?&](?:Tag|ResourceId)[.])([0-9]+)", _counted, request.head)
    request.status, pieces = link.ask(request)
    head, body = next(pieces), b"".join(pieces)
    body = body.replace(b'amazonaws.com/doc/2016-11-15"', b'amazonaws.com/doc/2016-11-15/"')
    body = re.sub(rb"<Response xmlns=[^>]*>", b"<Response>", body)
    head = re.sub(rb"(?i)(content-length: *)[0-9]+", lambda found: found.group(1) + b"%d" % len(body), head)
    link.client.sendall(head + body)


class ServersOnLibcloud(ServersOnEc2):
    """Nodes by Libcloud's own EC2 driver."""

    NAME = "libcloud"

    def start(self):
        """Rows of what Libcloud has a common call for."""
        super().start()
        self.CHANGED = self.rows({"tags": {"role": "db"}})
        self.slashed = Proxy(self.upstream)
        self.slashed.fault(slashed, times=0)
        self.upstream = ("127.0.0.1", self.slashed.port)

    def stop(self):
        """End both."""
        self.slashed.close()
        super().stop()

    def args(self, url, rows, **more):
        """A task of server."""
        where = {"region": self.REGION, "host": "127.0.0.1", "port": urlsplit(url).port, "secure": False}
        where["signature_version"] = "4"  # by which moto tells services apart
        keys = {"key": KEY["aws_access_key_id"], "secret": self.SECRET}
        libcloud = {"driver": "ec2", "args": where, "secrets": keys, "timeout": 20}
        task = {"provider": "libcloud", "libcloud": libcloud, "owner": OWNER, "wait": False}
        return dict(task, servers=copy.deepcopy(list(rows)), **more)

    def strangers(self):
        """An instance without a stamp, and one of another owner."""
        super().strangers()
        spec = [{"Key": "rackwright-owner", "Value": "other"}]
        others = [one["InstanceId"] for one in self.instances() if {"Key": "Name", "Value": "others"} in one["Tags"]]
        self.ec2.create_tags(Resources=others, Tags=spec)
        return {"unstamped", "others"}
