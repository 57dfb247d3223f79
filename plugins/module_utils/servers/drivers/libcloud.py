# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any compute driver of Apache Libcloud, by its name: what it can is what its class implements."""

from __future__ import annotations

import contextlib
import threading

from ...clients.libcloud import guarded, libcloud_options
from ...core.driver import refuse
from ...core.errors import Failure, NotFound, Refused
from ...core.field import Field
from ...core.lib import need
from ..base import ServerDriver
from ..libcloud import rows as shape
from ..libcloud.catalogue import STORES
from ..resource import mark_twins
from ..seeds import keys_digest

OPTIONS = libcloud_options(
    "V(vultr), V(digitalocean), V(openstack) or V(dummy)", "C(region), C(host), C(port) and C(secure)"
) + (Field("user", default="root", env=("RACKWRIGHT_LIBCLOUD_USER",), help="Who logs in by SSH."),)
KINDS = {"facility": "list_locations", "plan": "list_sizes", "image": "list_images"}
LIKENED = ("facility", "plan", "image", "ssh_keys", "user_data")  # what a list may not tell


class Libcloud(ServerDriver):
    """Nodes of one Libcloud driver; also the store of the resource SERVER."""

    NAME = "libcloud"
    TITLE = "any compute driver of Apache Libcloud"
    LINK = "https://libcloud.readthedocs.io/"
    REQUIRES = (("libcloud", "apache-libcloud"),)
    OPTIONS = OPTIONS
    WORKERS = 4
    TWICE = True
    STORES = STORES
    NEEDS = ("plan", "image")
    CAPS = {
        "action=reinstall": "Libcloud has no such call",
        "action=power_cycle": "Libcloud has no such call",
        "resource=ssh_key": "Libcloud does not tell what keys there are by their SHA-256",
    }

    def __init__(self, options, transport=None):
        super().__init__(options, transport)
        title = "provider libcloud"
        self.cloud = guarded("compute", options, transport)
        self.base = need("libcloud.compute.base", "apache-libcloud", title)
        self.kind, self.lists, self.declared = self.cloud.cls, {}, {}
        self.pairs, self.lock = set(), threading.Lock()
        self.abilities = self._abilities

    def _abilities(self):
        """What the class of the chosen driver implements."""
        found, has = dict(super().abilities()), self._has
        why = "Libcloud's driver %s does not do it" % self.options.get("driver")
        found["tags"] = bool(shape.stamps(self.kind) and shape.retags(self.kind)) or shape.NO_STAMP
        found["owner"] = shape.stamps(self.kind) or shape.NO_STAMP
        found["user_data"] = bool(shape.word_of(self.kind, shape.DATA_WORDS)) or why
        found["ssh_keys"] = bool("ssh_key" in self.kind.features.get("create_node", ()) and self._takes("auth")) or why
        found["facility"] = bool(self._takes("location") and has("list_locations")) or why
        found["power=off"] = found["action=power_off"] = bool(has("stop_node") or has("ex_stop_node")) or why
        found["action=power_on"] = bool(has("start_node") or has("ex_start_node")) or why
        found["action=reboot"] = has("reboot_node") or why
        found["resource=facility"] = has("list_locations") or why
        return found

    def _has(self, method):
        return shape.overrides(self.kind, self.base.NodeDriver, method)

    def _takes(self, word):
        return word in shape.takes(self.kind)

    def refuse(self, resource, rows):
        """By what the chosen driver can."""
        refuse(self.NAME, self.abilities(), resource, rows)

    def realm(self):
        """The driver, and where it is."""
        args = self.options.get("args") or {}
        return "libcloud:%s:%s" % (self.options.get("driver"), args.get("region") or args.get("host") or "")

    def read(self):
        """All nodes. Raises Failure when the list was cut."""
        found = (shape.row_of(node, self.options.get("user") or "root") for node in self.cloud.listed("list_nodes"))
        rows = [row for row in found if row]
        for row in rows:
            self._liken(row)
        return mark_twins(rows, lambda row: shape.PLAN in row["_tags"])

    def _liken(self, row):
        """What the driver does not tell of a server is taken to be as declared; what it tells otherwise is kept."""
        want = self.declared.get(row["name"])
        if want is None:
            return
        if want.get("ssh_keys") and row.get("_keys") == keys_digest(want["ssh_keys"]):
            row["ssh_keys"] = want["ssh_keys"]
        stamp = shape.OWNER in row["_tags"] or shape.PLAN in row["_tags"]
        for field in LIKENED:
            if row.get(field) is None and want.get(field) is not None and not stamp:
                row[field] = want[field]
            elif field in KINDS and want.get(field) not in (None, row.get(field)):
                thing = self._thing(field, want[field])
                if thing is not None and row.get(field) in (str(thing.id), thing.name):
                    row[field] = want[field]

    def things(self, method):
        """One of the driver's lists, read once; nothing where it has none."""
        if method not in self.lists:
            self.lists[method] = self.cloud.listed(method) if self._has(method) else []
        return self.lists[method]

    def _thing(self, field, word):
        """The location, size or image of that id or name, or None. Raises Refused for a name that several have."""
        if field == "image" and self._has("get_image") and (field, word) not in self.lists:
            try:
                self.lists[(field, word)] = self.cloud.call("get_image", word, safe=True)
            except Failure as failure:
                if failure.fatal:
                    raise
                self.lists[(field, word)] = None  # it may be a name
        known = self.lists.get((field, word))
        if known is not None:
            return known
        found = self.things(KINDS[field])
        by_id = [one for one in found if str(one.id) == word]
        by_name = [one for one in found if one.name == word]
        if len(by_name) > 1 and not by_id:
            ids = ", ".join(str(one.id) for one in by_name[:10])
            raise Refused("%s %s: more than one has this name (%s); name it by id" % (field, word, ids))
        return (by_id + by_name + [None])[0]

    def known(self, resource, names):
        """The rows of these names, by id or by name; a catalogue that the driver does not have tells nothing."""
        if resource.name not in KINDS or not self._has(KINDS[resource.name]):
            return None
        found = {name: self._thing(resource.name, name) for name in names}
        return {name: STORES[resource.name].row(one, name) for name, one in found.items() if one is not None}

    def vet(self, rows, current):
        """Also: more keys than a node is made with."""
        self.declared = {row["name"]: row for row in rows}
        for row in current:
            self._liken(row)
        text = "server %s: ssh_keys: Libcloud hands a new node one key; put the others into user_data"
        there = {row["name"] for row in current}
        problems = [
            text % row["name"] for row in rows if len(row.get("ssh_keys") or ()) > 1 and row["name"] not in there
        ]
        if problems:
            raise Refused(problems)
        super().vet(rows, current)

    def create(self, change):
        """Make a node, with its stamp in the same call where there is a place for it."""
        row, words = change.want, {}
        for field, word in (("plan", "size"), ("image", "image"), ("facility", "location")):
            if row.get(field):
                words[word] = self._thing(field, row[field])
        if shape.stamps(self.kind):
            words["ex_metadata"] = {
                name: text for name, text in shape.stamped(dict({"facility": ""}, **row)).items() if text
            }
        if row.get("ssh_keys"):
            words.update(self._key(row["ssh_keys"][0]))
        if row.get("_user_data"):
            words[shape.word_of(self.kind, shape.DATA_WORDS)] = row["_user_data"]
        made = self.cloud.call("create_node", row["name"], **words)
        if row.get("power") == "off":
            self._power(made, "stop")

    def _key(self, key):
        """What hands a new node its key. Where key pairs have names it is looked for by its name, and imported once."""
        name = "rackwright-%s" % keys_digest([key])[:16]
        if not (self._takes("ex_keyname") and self._has("import_key_pair_from_string") and self._has("list_key_pairs")):
            return {"auth": self.base.NodeAuthSSHKey("%s %s" % (key, name))}  # drivers that import it take its comment
        with self.lock:
            if name not in self.pairs:
                self.pairs.update(pair.name for pair in self.cloud.listed("list_key_pairs"))
            if name not in self.pairs:
                self.cloud.call("import_key_pair_from_string", name, key)
                self.pairs.add(name)
        return {"ex_keyname": name}

    def update(self, change):
        """Power and tags; a node keeps its size."""
        have, want = change.before, change.after
        if "plan" in change.fields:
            raise Failure("Libcloud has no common call to change a size; `recreate: always` makes a new server")
        if "tags" in change.fields or "owner" in change.fields:
            self._retag(have, want)
        if "power" in change.fields:
            self._power(have["_node"], "start" if want["power"] == "on" else "stop")

    def _retag(self, have, want):
        node, tags = have["_node"], dict(want.get("tags") or {})
        kept = {name: text for name, text in have["_tags"].items() if name not in have.get("tags", {})}
        if want.get("owner"):
            kept[shape.OWNER] = want["owner"]
        if shape.retags(self.kind) == "metadata":
            self.cloud.call("ex_set_metadata", node, dict(kept, **tags))
            return
        gone = {name: text for name, text in have.get("tags", {}).items() if name not in tags}
        if gone:
            self.cloud.call("ex_delete_tags", node, gone)
        self.cloud.call("ex_create_tags", node, dict(tags, **{n: t for n, t in kept.items() if n == shape.OWNER}))

    def _power(self, node, verb):
        method = "%s_node" % verb
        self.cloud.call(method if self._has(method) else "ex_" + method, node)

    def replace(self, change):
        """A node keeps its image and place: it goes, and another one of its name is made."""
        self.delete(change)
        rest = {
            name: value
            for name, value in change.after.items()
            if name in ("plan", "image", "facility", "tags", "owner")
        }
        return self.create(type(change)("create", change.key, None, change.after, dict(rest, **change.want)))

    def delete(self, change):
        """Destroy a node."""
        with contextlib.suppress(NotFound):
            self.cloud.call("destroy_node", change.before["_node"])

    def reboot(self, change):
        """Reboot a node."""
        self.cloud.call("reboot_node", change.before["_node"])

    def power_on(self, change):
        """Start a node; what is on stays so."""
        if change.before["power"] == "off":
            self._power(change.before["_node"], "start")

    def power_off(self, change):
        """Stop a node; what is off stays so."""
        if change.before["power"] == "on":
            self._power(change.before["_node"], "stop")

    def phases(self, keys, signs=()):
        """One list call."""
        rows = [row for row in self.read() if row["name"] in set(keys)]
        return {row["name"]: None if row["state"] in ("active", "failed") else row["state"] for row in rows}
