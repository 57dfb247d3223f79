# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contract suite's providers behind Packet's API: servers, and the things around them, on the simulator.

The simulator is a fake (tests/fakes/packet); where the published document is at hand, every exchange is held to it.
"""

from __future__ import annotations

import copy
import functools

from contract.modules import run
from contract.provider import OWNER, Meddler, Provider
from contract.proxy import Proxy
from fakes.packet import PacketAPI
from fakes.packet.check import DOCUMENT, Checker
from fakes.packet.devices import add, advance
from fakes.packet.projects import add_key, add_organization
from fakes.packet.wire import href

KEYS = (
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHN0IOZQPjhk0CTrcyJCEhZmCKD3RUqBRPa2YhmzLrz+",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMTk0Lk1nq2rC2uN9pmkL9s4mFq7Tg4c9m3Dx0B6W1dY",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJb2B6Pz0WuZq1j2uJxJ3V6VwT9cV0y0F2n1k3g5h7aQ",
)
NOBODY = "00000000-0000-4000-8000-000000000000"
ONE_PAGE = "the API gives them whole"


def unstamped(tags):
    """Tags without our stamps, and the owner's."""
    return sorted(tag for tag in tags if not tag.startswith("rackwright:") or tag.startswith("rackwright:owner="))


def stamped(row):
    """The same of a declared row."""
    tags = ["%s=%s" % pair for pair in (row.get("tags") or {}).items()]
    return sorted([*tags, "rackwright:owner=" + OWNER])


@functools.lru_cache(maxsize=None)
def checker():
    """Holds every exchange to the document, which takes seconds to load; None where it is not at hand."""
    return Checker() if DOCUMENT.exists() else None


def differs():
    """Fail if anything that passed so far differs from the document."""
    found = checker()
    if found:
        problems, found.problems = found.problems, []
        assert problems == [], "\n".join(problems[:20])


class OnPacket(Provider):
    """What is common. OPTION: the module's option that holds the rows. SERVERS: names that are there beforehand."""

    OPTION, SERVERS = "", ()
    LATE = True

    def start(self):
        """Start a simulator."""
        self.api = PacketAPI(delay=0.005, check=checker())
        self.api.__enter__()
        self.SECRET, self.upstream = self.api.token, self.api.address
        self.fresh()

    def stop(self):
        """End it; nothing that passed may differ from the document."""
        self.api.__exit__(None, None, None)
        differs()

    def fresh(self):
        """An empty project, but for SERVERS."""
        api = self.api
        with api.lock:
            for things in (api.devices, api.batches, api.events, api.keys, api.ips, api.vlans, api.used, api.free):
                things.clear()
            for name in self.SERVERS:
                add(
                    api, api.project, dict(hostname=name, plan="c3.small.x86", operating_system="debian_12", metro="sv")
                )

    def args(self, url, rows, **more):
        """A task."""
        where = {"url": url, "token": self.api.token, "project": self.api.project, "timeout": 10}
        task = {"provider": "packet", "packet": where, "owner": OWNER, self.OPTION: copy.deepcopy(list(rows))}
        if self.MODULE != "server":
            more.pop("recreate", None)  # what is no server is made anew unasked
        return dict(task, **more)

    def removal(self, url, rows):
        """The same with state absent."""
        return self.MODULE, self.args(url, [{"name": row["name"]} for row in rows], state="absent")

    def many(self):
        """Nothing to page."""
        return ONE_PAGE

    def of_others(self, rows):
        """Make rows that belong to another owner."""
        with Proxy(self.upstream) as door:
            run(self.MODULE, dict(self.args(door.url, rows), owner="other"))


class ServersOnPacket(OnPacket):
    """Servers."""

    NAME, MODULE, OPTION = "packet", "server", "servers"
    COMMON = {"facility": "sjc1", "plan": "c3.small.x86", "image": "debian_12"}
    ROWS = (
        dict(COMMON, name="one", tags={"role": "web"}, ssh_keys=[KEYS[0]], user_data="#cloud-config\n{}\n"),
        dict(COMMON, name="two", plan="c3.medium.x86", facility="ny"),
    )
    CHANGED = (dict(ROWS[0], tags={"role": "db"}), ROWS[1])
    REPLACED = (dict(ROWS[0], image="debian_13"), dict(ROWS[1], plan="m3.large.x86"))
    PAGES = 3
    SITES = {"ny": "ewr1"}  # the facility that a metro's servers go to

    def args(self, url, rows, **more):
        """A task that waits for nothing."""
        return dict(super().args(url, rows, **more), wait=False)

    def many(self):
        """Pages of a hundred."""
        self.api.most = 100
        return self.fleet(230)

    def fresh(self):
        """Pages of the usual size again."""
        super().fresh()
        self.api.most = 1000

    def fleet(self, number):
        """Servers in two facilities."""
        return [dict(self.COMMON, name="s%03d" % i, facility=("ams1", "ewr1")[i % 2]) for i in range(number)]

    def strangers(self):
        """A server without a stamp, and one of another owner."""
        self.of_others([dict(self.COMMON, name="other")])
        body = {"hostname": "stranger", "plan": "c3.small.x86", "operating_system": "debian_12", "facility": "dfw1"}
        with self.api.lock:
            add(self.api, self.api.project, dict(body, tags=["theirs"]))
        return {"stranger", "other"}

    def truth(self):
        """Devices by their host name; of two with the same name the second has the name twice."""
        found = {}
        for device in self.api.there().values():
            if device["state"] != "deprovisioning":
                name = device["hostname"]
                found[name if name not in found else "%s %s" % (name, name)] = self._facts(device)
        return found

    def _facts(self, device):
        keys = [key["key"] for key in self.api.keys.values() if key["entity"] == href("devices", device["id"])]
        place = (device["_facility"], device["_plan"], device["_os"])
        return (*place, unstamped(device["tags"]), sorted(keys), device["_userdata"])

    def facts(self, rows):
        """The same of declared rows."""
        return {
            row["name"]: (
                self.SITES.get(row["facility"], row["facility"]),
                row["plan"],
                row["image"],
                stamped(row),
                row.get("ssh_keys") or [],
                row.get("user_data") or "",
            )
            for row in rows
        }

    def meddler(self):
        """Somebody takes the last machines of the second server's plan."""
        place = ("ewr1", "c3.medium.x86")
        return Meddler(
            "GET",
            "/batches",
            label="two",
            key="two",
            words="no provisionable c3.medium.x86 servers",
            begin=lambda: self.api.free.update({place: 0}),
            end=lambda: self.api.free.pop(place),
        )

    def litter(self):
        """Batches that are still under way."""
        with self.api.lock:
            advance(self.api)
            return [one["id"] for one in self.api.batches.values() if one["state"] in ("queued", "in_progress")]


class KeysOnPacket(OnPacket):
    """SSH keys of a project."""

    NAME, MODULE, OPTION = "packet-ssh_key", "ssh_key", "ssh_keys"
    ROWS = ({"name": "alice", "key": KEYS[0]}, {"name": "bob", "key": KEYS[1]})
    CHANGED = ({"name": "alice at home", "key": KEYS[0]}, ROWS[1])
    REPLACED = "another key is another row"

    def removal(self, url, rows):
        """By the key."""
        return self.MODULE, self.args(url, [{"key": row["key"]} for row in rows], state="absent")

    def strangers(self):
        """A key without a stamp."""
        self._add("stranger", KEYS[2])
        return {KEYS[2]}

    def _add(self, label, key):
        with self.api.lock:
            add_key(self.api, {"label": label, "key": key}, href("projects", self.api.project))

    def truth(self):
        """Keys: label and tags."""
        return {one["key"]: (one["label"], unstamped(one["tags"])) for one in self.api.keys.values()}

    def facts(self, rows):
        """The same of declared rows."""
        return {row["key"]: (row["name"], stamped(row)) for row in rows}

    def meddler(self):
        """Somebody adds the second key, under a name of his own."""
        from ansible_collections.rackwright.platform.plugins.module_utils.servers.keys import fingerprint

        return Meddler(
            "POST",
            "/ssh-keys",
            label=fingerprint(KEYS[1]),
            key=KEYS[1],
            words="has already been taken",
            begin=lambda: self._add("theirs", KEYS[1]),
            end=self._gone,
        )

    def _gone(self):
        for one in [one for one, key in self.api.keys.items() if key["label"] == "theirs"]:
            del self.api.keys[one]


class AddressesOnPacket(OnPacket):
    """Elastic addresses."""

    NAME, MODULE, OPTION = "packet-ip_address", "ip_address", "ip_addresses"
    SERVERS = ("web1", "web2")
    ROWS = (
        {"name": "www", "facility": "sv", "size": 1, "server": "web1", "tags": {"role": "web"}},
        {"name": "anycast", "kind": "global", "size": 4},
    )
    CHANGED = (dict(ROWS[0], server="web2", tags={"role": "db"}), ROWS[1])
    REPLACED = (dict(ROWS[0], size=2), ROWS[1])

    def fresh(self):
        """Every address is free again."""
        super().fresh()
        self.api.taken.clear()

    def strangers(self):
        """A reservation of another owner."""
        self.of_others([{"name": "other", "facility": "ny"}])
        return {"other"}

    def truth(self):
        """Reservations by name: kind, size, who has them, tags."""
        with self.api.lock:
            found = {}
            for one in self.api.ips.values():
                held = [self.api.devices[each["_device"]]["hostname"] for each in one["_assigned"]]
                name = one["details"] if one["details"] not in found else one["details"] * 2
                found[name] = (one["type"], one["_quantity"], held, unstamped(one["tags"]))
            return found

    def facts(self, rows):
        """The same of declared rows."""
        return {
            row["name"]: (
                "global_ipv4" if row.get("kind") == "global" else "public_ipv4",
                row["size"],
                [row["server"]] if row.get("server") else [],
                stamped(row),
            )
            for row in rows
        }

    def meddler(self):
        """Somebody takes the last global addresses."""
        return Meddler(
            "POST",
            "/ips",
            label="anycast",
            key="anycast",
            words="no more addresses",
            begin=lambda: self.api.taken.update(global_ipv4=256),
            end=lambda: self.api.taken.pop("global_ipv4"),
        )


class NetworksOnPacket(OnPacket):
    """VLANs and who is attached."""

    NAME, MODULE, OPTION = "packet-server_network", "server_network", "server_networks"
    SERVERS = ("web1", "web2")
    ROWS = (
        {"name": "front", "facility": "sv", "vlan": 1100, "servers": [{"name": "web1"}], "tags": {"role": "web"}},
        {"name": "back", "facility": "sjc1", "vlan": 1200, "servers": [{"name": "web1"}, {"name": "web2"}]},
    )
    CHANGED = (dict(ROWS[0], servers=[{"name": "web2"}], tags={"role": "db"}), ROWS[1])
    REPLACED = (dict(ROWS[0], vlan=1101), ROWS[1])

    def strangers(self):
        """A network of another owner."""
        self.of_others([{"name": "other", "facility": "ny", "vlan": 1300}])
        return {"other"}

    def truth(self):
        """Networks by name: number, attached servers, tags."""
        with self.api.lock:
            advance(self.api)
            found = {}
            for one in self.api.vlans.values():
                held = sorted(d["hostname"] for d in self.api.devices.values() if one["id"] in d["_vlans"])
                name = one["description"] if one["description"] not in found else one["description"] * 2
                found[name] = (one["vxlan"], held, unstamped(one["tags"]))
            return found

    def facts(self, rows):
        """The same of declared rows."""
        return {
            row["name"]: (row["vlan"], sorted(one["name"] for one in row.get("servers", ())), stamped(row))
            for row in rows
        }

    def meddler(self):
        """Somebody takes the second one's number, in a network of his own that he removes later."""
        theirs = {"id": NOBODY, "vxlan": 1200, "description": "theirs", "tags": []}
        theirs["created_at"] = "2026-01-01T00:00:00Z"

        def begin():
            self.api.vlans[NOBODY] = dict(theirs, _project=self.api.project, _code="sjc1")

        return Meddler(
            "POST",
            "/virtual-networks",
            label="back",
            key="back",
            words="already used",
            begin=begin,
            end=lambda: self.api.vlans.pop(NOBODY),
        )


class ProjectsOnPacket(OnPacket):
    """Projects."""

    NAME, MODULE, OPTION = "packet-project", "project", "projects"
    ROWS = ({"name": "one", "description": "first"}, {"name": "two", "organization": "Other"})
    CHANGED = (dict(ROWS[0], description="another"), ROWS[1])
    REPLACED = "a project is always changed in place"
    PAGES = 3

    def fresh(self):
        """The simulator's own project in its own organization, and an empty one."""
        super().fresh()
        api, self.api.most = self.api, 1000
        with api.lock:
            for one in [one for one in api.projects if one != api.project]:
                del api.projects[one]
            for one in [one for one in api.organizations if one != api.organization]:
                del api.organizations[one]
            self.other = add_organization(api, {"name": "Other"})["id"]

    def args(self, url, rows, **more):
        """Without a project."""
        task = super().args(url, rows, **more)
        del task["packet"]["project"]
        return task

    def many(self):
        """Pages of a hundred."""
        self.api.most = 100
        return [{"name": "p%03d" % i} for i in range(230)]

    def strangers(self):
        """A project of another owner."""
        self.of_others([{"name": "other"}])
        return {"other"}

    def truth(self):
        """Projects by name: organization, our note, tags."""
        found = {}
        for one in self.api.projects.values():
            if one["id"] != self.api.project:
                name = one["name"] if one["name"] not in found else one["name"] * 2
                note = (one["customdata"].get("rackwright") or {}).get("description")
                found[name] = (one["organization"]["href"].rsplit("/", 1)[1], note, unstamped(one["tags"]))
        return found

    def facts(self, rows):
        """The same of declared rows."""
        places = {None: self.api.organization, "Other": self.other}
        return {row["name"]: (places[row.get("organization")], row.get("description"), stamped(row)) for row in rows}

    def meddler(self):
        """Somebody removes the second one's organization."""
        kept = self.api.organizations[self.other]
        return Meddler(
            "POST",
            "/projects",
            label="two",
            key="two",
            words="Organization not found",
            begin=lambda: self.api.organizations.pop(self.other),
            end=lambda: self.api.organizations.update({self.other: kept}),
        )


class OrganizationsOnPacket(ProjectsOnPacket):
    """Organizations."""

    NAME, MODULE, OPTION = "packet-organization", "organization", "organizations"
    ROWS = ({"name": "one", "website": "https://one.example.org"}, {"name": "two", "description": "second"})
    CHANGED = (dict(ROWS[0], website="https://1.example.org"), ROWS[1])
    REPLACED = "an organization is always changed in place"

    def truth(self):
        """Organizations by name: website, description, owner."""
        found = {}
        for one in self.api.organizations.values():
            if one["id"] not in (self.api.organization, self.other):
                name = one["name"] if one["name"] not in found else one["name"] * 2
                owner = one["customdata"]["rackwright"]["owner"]
                found[name] = (one.get("website"), one.get("description"), owner)
        return found

    def facts(self, rows):
        """The same of declared rows."""
        return {row["name"]: (row.get("website"), row.get("description"), OWNER) for row in rows}

    def meddler(self):
        """The API takes any number of any name."""
        return "nothing that somebody else does keeps an organization from being made"
