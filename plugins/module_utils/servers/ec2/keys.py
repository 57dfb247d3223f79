# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Key pairs: SSH keys by their fingerprint, in every region that the provider's options name."""

from __future__ import annotations

from ...core.errors import Conflict, NotFound
from ..base import Store
from ..keys import fingerprint
from ..resource import public_key
from .rows import OWNER


class Keys(Store):
    """Key pairs of the account. EC2 knows no other scope."""

    NEEDS = ("key",)

    def __init__(self, driver, params):
        super().__init__(driver, params)
        self.found = {}

    def vet(self, rows, current):
        """EC2 has one scope."""
        if self.params.get("scope") == "server":
            return ["scope: EC2 keeps no keys of a single server; give ssh_keys to the server"]
        return []

    def read(self):
        """The key pairs that are in every region, one call a region; what a run that was killed has left in some."""
        per_region = self.driver.everywhere(self._region)
        self.found = {region: {row["fingerprint"]: row for row in rows} for region, rows in per_region.items()}
        keys = dict.fromkeys(key for rows in self.found.values() for key in rows)
        rows = [self._joined([rows[key] for rows in self.found.values() if key in rows]) for key in keys]
        return [row for row in rows if row]

    def _joined(self, pairs):
        """A key's pairs as one row, which differs from what is declared where one of ours does."""
        ours = _ours(pairs)
        row = dict(ours[0], name=" and ".join(sorted({pair["name"] for pair in ours})))
        if len(pairs) == len(self.found):
            return row
        return dict(row, _debris="it is in some of the regions only") if row.get("owner") else None

    def _region(self, region):
        answer = self.driver.aws.call("ec2", region, "describe_key_pairs", IncludePublicKey=True)
        rows = []
        for pair in answer["KeyPairs"]:
            if not pair.get("PublicKey"):
                continue
            tags = {tag["Key"]: tag["Value"] for tag in pair.get("Tags") or ()}
            row = {"name": pair["KeyName"], "id": pair["KeyPairId"], "owner": tags.get(OWNER)}
            row.update(key=public_key(pair["PublicKey"]), fingerprint=fingerprint(pair["PublicKey"]))
            rows.append({name: value for name, value in row.items() if value is not None})
        return rows

    def create(self, change):
        """Import it where it is not."""
        row = change.want
        name = row.get("name") or row["fingerprint"].replace(":", "-").replace("/", "_")
        for region in self.driver.regions():
            if row["fingerprint"] not in self.found.get(region, {}):
                self._import(region, dict(row, name=name))

    def _import(self, region, row):
        tags = [{"Key": OWNER, "Value": row["owner"]}] if row.get("owner") else []
        more = {"TagSpecifications": [{"ResourceType": "key-pair", "Tags": tags}]} if tags else {}
        material = row["key"].encode()
        call = self.driver.aws.call
        call("ec2", region, "import_key_pair", write=True, KeyName=row["name"], PublicKeyMaterial=material, **more)

    def update(self, change):
        """Stamp it; another name means to import it anew, since EC2 renames nothing."""
        pairs = {region: rows[change.key] for region, rows in self.found.items()}
        for region, have in pairs.items():
            if have not in _ours(pairs.values()):
                continue  # somebody else's in that region, and good for servers as it is
            if have["name"] != change.after["name"]:
                self._delete(region, have)
                self._import(region, change.after)
            elif change.after.get("owner") != have.get("owner"):
                tags = [{"Key": OWNER, "Value": change.after["owner"]}]
                self.driver.aws.call("ec2", region, "create_tags", write=True, Resources=[have["id"]], Tags=tags)

    def delete(self, change):
        """Remove it everywhere."""
        for region in self.driver.regions():
            if change.key in self.found[region]:
                self._delete(region, self.found[region][change.key])
                del self.found[region][change.key]

    def _delete(self, region, row):
        try:
            self.driver.aws.call("ec2", region, "delete_key_pair", write=True, KeyName=row["name"])
        except NotFound:
            return

    def named(self, region, key):
        """The name of the key pair with this public key; imported when there is none."""
        if region not in self.found:
            self.found[region] = {row["fingerprint"]: row for row in self._region(region)}
        have = self.found[region].get(fingerprint(key))
        if have:
            return have["name"]
        name = "rackwright-%s" % fingerprint(key)[7:].replace("/", "_").replace("+", "-")
        try:
            self._import(region, {"name": name, "key": key})
        except Conflict:  # another thread or job was quicker
            pass
        self.found[region][fingerprint(key)] = {"name": name}
        return name


def _ours(pairs):
    """Those that bear a stamp; all where none does."""
    return [pair for pair in pairs if pair.get("owner")] or list(pairs)
