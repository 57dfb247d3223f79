# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contract suite's providers of things beside servers behind Amazon's API, as moto imitates it."""

from __future__ import annotations

import copy

from ansible_collections.rackwright.platform.plugins.module_utils.servers.keys import fingerprint
from contract.clouds import OnMoto
from contract.packets import KEYS, ONE_PAGE
from contract.provider import OWNER, Meddler
from contract.proxy import answer
from integration.moto import KEY

STAMP = "rackwright:owner"
NO_MORE = b"""<?xml version="1.0"?><Response><Errors><Error><Code>AddressLimitExceeded</Code>
<Message>The maximum number of addresses has been reached.</Message></Error></Errors><RequestID>1</RequestID>
</Response>"""


def tags_of(one):
    """The tags of a thing."""
    return {tag["Key"]: tag["Value"] for tag in one.get("Tags") or ()}


class ThingsOnEc2(OnMoto):
    """What is common. OPTION: the module's option that holds the rows. REGIONS: one, as each takes calls of its own;
    that things are the same in several is tested in test_servers_ec2.py."""

    OPTION, REGIONS = "", ("us-east-1",)

    def start(self):
        """Also a client for each region."""
        super().start()
        self.clients = {region: self.moto.client(region=region) for region in self.REGIONS}

    def args(self, url, rows, **more):
        """A task of the module."""
        ec2 = {"url": url, "regions": list(self.REGIONS), "access_key": KEY["aws_access_key_id"]}
        task = {"provider": "ec2", "ec2": dict(ec2, secret_key=self.SECRET, timeout=20), "owner": OWNER}
        return dict(task, **{self.OPTION: copy.deepcopy(list(rows))}, **more)

    def removal(self, url, rows):
        """The same with state absent."""
        return self.MODULE, self.args(url, [{"name": row["name"]} for row in rows], state="absent")

    def many(self):
        """No pages."""
        return ONE_PAGE


class KeysOnEc2(ThingsOnEc2):
    """Key pairs."""

    NAME, MODULE, OPTION = "ec2-ssh_key", "ssh_key", "ssh_keys"
    ROWS = ({"name": "alice", "key": KEYS[0]}, {"name": "bob", "key": KEYS[1]})
    CHANGED = ({"name": "alice at home", "key": KEYS[0]}, ROWS[1])
    REPLACED = "another key is another row"

    def removal(self, url, rows):
        """By the key."""
        return self.MODULE, self.args(url, [{"key": row["key"]} for row in rows], state="absent")

    def fresh(self):
        """No key pair anywhere."""
        for client in self.clients.values():
            for pair in client.describe_key_pairs()["KeyPairs"]:
                client.delete_key_pair(KeyName=pair["KeyName"])

    def strangers(self):
        """A key without a stamp."""
        for client in self.clients.values():
            client.import_key_pair(KeyName="stranger", PublicKeyMaterial=KEYS[2].encode())
        return {"stranger"}

    def truth(self):
        """Key pairs by name: the key, the owner, and where they are."""
        found = {}
        for region, client in self.clients.items():
            for pair in client.describe_key_pairs(IncludePublicKey=True)["KeyPairs"]:
                fact = (" ".join(pair["PublicKey"].split()[:2]), tags_of(pair).get(STAMP), [])
                found.setdefault(pair["KeyName"], fact)[2].append(region)
        return found

    def facts(self, rows):
        """The same of declared rows."""
        return {row["name"]: (row["key"], OWNER, list(self.REGIONS)) for row in rows}

    def meddler(self):
        """Somebody takes the second one's name."""
        client = self.clients["us-east-1"]
        return Meddler(
            "POST",
            "ImportKeyPair.*KeyName=bob",
            label=fingerprint(KEYS[1]),
            key="bob",
            words="already exists",
            begin=lambda: client.import_key_pair(KeyName="bob", PublicKeyMaterial=KEYS[2].encode()),
            end=lambda: client.delete_key_pair(KeyName="bob"),
        )


class AddressesOnEc2(ThingsOnEc2):
    """Elastic addresses."""

    NAME, MODULE, OPTION = "ec2-ip_address", "ip_address", "ip_addresses"
    SERVERS = ("web1", "web2")
    ROWS = (
        {"name": "www", "facility": "us-east-1", "server": "web1", "tags": {"role": "web"}},
        {"name": "spare", "facility": "us-east-1"},
    )
    CHANGED = (dict(ROWS[0], server="web2", tags={"role": "db"}), ROWS[1])
    REPLACED = "an address of another region is another one; test_servers_ec2.py"

    def start(self):
        """Also the servers."""
        super().start()
        self.ids = {}
        for name in self.SERVERS:
            spec = [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": name}]}]
            made = self.ec2.run_instances(ImageId=self.image, MinCount=1, MaxCount=1, TagSpecifications=spec)
            self.ids[made["Instances"][0]["InstanceId"]] = name

    def fresh(self):
        """Every address is given back."""
        for client in self.clients.values():
            for one in client.describe_addresses()["Addresses"]:
                if one.get("AssociationId"):
                    client.disassociate_address(AssociationId=one["AssociationId"])
                client.release_address(AllocationId=one["AllocationId"])

    def fleet(self, number):
        """Addresses, two of them given to a server."""
        rows = [{"name": "a%02d" % i, "facility": "us-east-1", "server": ""} for i in range(number)]
        rows[0]["server"], rows[1]["server"] = self.SERVERS
        return rows

    def strangers(self):
        """One of another owner."""
        spec = [{"ResourceType": "elastic-ip", "Tags": [{"Key": "Name", "Value": "other"}]}]
        spec[0]["Tags"].append({"Key": STAMP, "Value": "other"})
        self.ec2.allocate_address(Domain="vpc", TagSpecifications=spec)
        return {"other"}

    def truth(self):
        """Addresses by name: region, server, a tag, owner; one without a name by its id."""
        found = {}
        for region, client in self.clients.items():
            for one in client.describe_addresses()["Addresses"]:
                tags = tags_of(one)
                name = tags.get("Name", one["AllocationId"])
                name = name if name not in found else name + " again"
                held = self.ids.get(one.get("InstanceId"), "")
                found[name] = (region, held, tags.get("role"), tags.get(STAMP))
        return found

    def facts(self, rows):
        """The same of declared rows."""
        return {
            row["name"]: (row["facility"], row.get("server") or "", (row.get("tags") or {}).get("role"), OWNER)
            for row in rows
        }

    def meddler(self):
        """The account has no address left when the second one's turn comes, in Amazon's words."""
        return Meddler(
            "POST",
            "AllocateAddress.*Value=spare",
            label="spare",
            key="spare",
            words="AddressLimitExceeded",
            begin=lambda: None,
            end=lambda: None,
            answer=answer(400, NO_MORE, Content_Type="text/xml"),
        )
