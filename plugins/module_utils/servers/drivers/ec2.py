# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Amazon EC2, and services that speak its API, by boto3."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count, islice

from ...clients.aws import Aws, aws_options
from ...core.errors import Ambiguous, Busy, Conflict, Failure, NotFound, Refused
from ...core.field import Field
from ...core.patience import patiently
from ..base import ServerDriver
from ..catalogue import IMAGE, PLAN
from ..ec2.addresses import Addresses
from ..ec2.catalogue import Images, Types, Zones, find_image, image_row
from ..ec2.keys import Keys
from ..ec2.launch import alike, decoded, request, token, too_much
from ..ec2.places import Places
from ..ec2.rows import LOCKED, OWNER, RESUME, row_of

PAGE = 1000  # instances of a page: the most that the API allows
SETTLED = 300  # seconds that an instance may take to stop before its plan is changed
AT_ONCE = 8  # regions, and calls of one batch
TURNS = 10  # tokens to try when those before belong to instances that are gone
NO_DISK = "an instance keeps its disk; declare another image with recreate, or remove it and make it anew"

OWN = (
    Field(
        "regions",
        type="list",
        elements="str",
        env=("RACKWRIGHT_EC2_REGIONS", "AWS_REGION", "AWS_DEFAULT_REGION"),
        help="The regions to look at, all at the same time; by default that of the profile.",
    ),
    Field(
        "image_owners",
        type="list",
        elements="str",
        default=["self", "amazon"],
        help="Whose images a name may mean (account ids, V(self), V(amazon)); the newest that fits is taken.",
    ),
    Field("user", default="ec2-user", env=("RACKWRIGHT_EC2_USER",), help="Who logs in by SSH."),
)


class Ec2(ServerDriver):
    """Instances of one account in any number of regions; also the store of the resource SERVER."""

    NAME = "ec2"
    TITLE = "Amazon EC2"
    LINK = "https://docs.aws.amazon.com/ec2/"
    REQUIRES = (("boto3", "boto3"),)
    OPTIONS = OWN + aws_options("ec2")
    WORKERS = 8
    STORES = {"ssh_key": Keys, "ip_address": Addresses, "facility": Zones, "plan": Types, "image": Images}
    CAPS = {
        "locked": True,
        "spot": True,
        "networks": True,
        "security_groups": True,
        "action=reinstall": NO_DISK,
        "resource=server_network": "subnets are its VPC's; name them in networks",
        "resource=project": "its accounts are managed by AWS Organizations",
        "resource=organization": "its accounts are managed by AWS Organizations",
    }

    def __init__(self, options, transport=None):
        super().__init__(options, transport)
        self.aws = Aws(options, "provider ec2", transport)
        self.image_owners = options.get("image_owners") or ["self", "amazon"]
        self.keys = Keys(self, {})
        self.places = Places(self.aws)
        self.gone, self.words, self.found = {}, {}, {}
        self.declared, self.sent = {}, set()  # this task's rows by name, and the names that were asked for
        self.made, self.ended = {}, set()  # what listings may not show yet, and what they may show still

    def regions(self):
        """The regions of this provider's options. Raises Refused."""
        named = self.options.get("regions") or [self.aws.region()]
        if not named[0]:
            raise Refused("provider ec2: no region is set; give ec2.regions, or set AWS_REGION")
        return named

    def region_of(self, place):
        """The region of a region's or zone's name. Raises Refused."""
        found = [region for region in self.regions() if place.startswith(region)]
        if not found:
            raise Refused("facility %s is in none of this provider's regions (%s)" % (place, ", ".join(self.regions())))
        return max(found, key=len)

    def everywhere(self, look):
        """{region: look(region)}, all at the same time."""
        regions = self.regions()
        with ThreadPoolExecutor(min(AT_ONCE, len(regions))) as pool:
            return dict(zip(regions, pool.map(look, regions)))

    def realm(self):
        """Amazon's, or another service's by its address."""
        return "ec2:%s" % (self.options.get("url") or "aws")

    def read(self):
        """All instances of every region, in as few pages as the API allows."""
        rows = []
        for region, found in self.everywhere(self._instances).items():
            for instance in found:
                row = row_of(instance, region, self.options.get("user") or "ec2-user", self.words)
                if row is not None:
                    rows.append(row)
                else:
                    self.gone[instance.get("ClientToken")] = True
                    self.made.pop(instance["InstanceId"], None)
        there = {row["id"] for row in rows}
        self.made = {one: row for one, row in self.made.items() if one not in there}
        rows = [row for row in rows + list(self.made.values()) if row["id"] not in self.ended]
        for row in rows:
            if row["name"] in self.declared:
                self._likened(row, self.declared[row["name"]])
        return rows

    def _likened(self, row, want):
        """What EC2 tells of a server in other words than its declaration, in the declaration's words."""
        if row["name"] in self.sent and want.get("facility") == row["metro"]:
            want["facility"] = row["facility"]  # a region was asked for, and this is the zone that EC2 took
        if want.get("image") and want["image"] != row["image"]:
            image = self._image(row["_region"], want["image"])
            if image and image["ImageId"] == row["_image"]:
                row["image"] = want["image"]
        self.places.liken(row, want)

    def _instances(self, region):
        pages = self.aws.pages("ec2", region, "describe_instances", "Reservations", MaxResults=PAGE)
        return [instance for reservation in pages for instance in reservation["Instances"]]

    def vet(self, rows, current):
        """Also: user data that is too long, subnets that are not there or elsewhere."""
        self.declared = {row["name"]: row for row in rows}
        there = {row["name"]: row for row in current}
        problems = []
        for row in rows:
            if row["name"] in there:
                self._likened(there[row["name"]], row)
            elif row.get("facility"):
                problems += [text for text in [too_much(row)] if text]
                try:
                    problems += self.places.problems(self.region_of(row["facility"]), row)
                except Refused as refusal:
                    problems.append("server %s: %s" % (row["name"], refusal))
        if problems:
            raise Refused(problems)
        super().vet(rows, current)

    def known(self, resource, names):
        """Plans and images are asked for by name: there are too many to list."""
        if resource is IMAGE:
            found = {word: [self._image(region, word) for region in self.regions()] for word in names}
            return {word: image_row(next(filter(None, some)), word) for word, some in found.items() if any(some)}
        if resource is PLAN:
            return {row["name"]: row for row in Types(self, {}).read(names)}
        found = super().known(resource, names)
        return dict({region: {"name": region} for region in self.regions() if region in names}, **found)

    def _image(self, region, word):
        if (region, word) not in self.found:
            self.found[(region, word)] = find_image(self, region, word)
            if self.found[(region, word)]:
                self.words[self.found[(region, word)]["ImageId"]] = word
        return self.found[(region, word)]

    def cut(self, changes):
        """Those that are made by one request; all others one by one, but for what takes many ids."""
        if changes[0].verb == "create":
            return list(alike(changes))
        regions = {}
        for change in changes:
            regions.setdefault(change.before["_region"], []).append(change)
        return [some[i : i + 100] for some in regions.values() for i in range(0, len(some), 100)]

    def create_all(self, changes):
        """Servers that are alike, by one request; then each gets its name."""
        row, names = changes[0].want, [change.key for change in changes]
        region = self.region_of(row["facility"])
        image = self._image(region, row["image"])
        if image is None:
            raise Failure("the region %s has no image %s" % (region, row["image"]))
        key_name = self.keys.named(region, row["ssh_keys"][0]) if row.get("ssh_keys") else row.get("_key_name")
        zone = None if row["facility"] == region else row["facility"]
        wanted = request(row, names, image["ImageId"], zone, key_name)
        wanted.update(self.places.words(region, row))
        self.sent.update(names)
        made = self._run(region, wanted)
        self._note(region, made)
        done = dict.fromkeys(names[len(made) :], Failure("there was room for %d of %d" % (len(made), len(names))))
        jobs = [(region, name, one["InstanceId"], row) for name, one in zip(names, made)]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            done.update(zip(names, pool.map(lambda job: self._finish(*job, several=len(names) > 1), jobs)))
        return done

    def _note(self, region, made):
        """Remember what was made: listings show it a little later."""
        user = self.options.get("user") or "ec2-user"
        self.made.update({one["InstanceId"]: row_of(one, region, user, self.words) for one in made})

    def _run(self, region, wanted):
        """RunInstances; its token makes a repeated request harmless, also one of a run that was killed."""
        marks = (token([region, wanted], turn) for turn in count())
        for mark in islice((mark for mark in marks if mark not in self.gone), TURNS):
            answer = self._ask(region, mark, wanted)
            alive = [one for one in answer["Instances"] if one["State"]["Name"] in ("pending", "running")]
            if alive:
                return sorted(alive, key=lambda one: one.get("AmiLaunchIndex", 0))
        raise Failure("EC2 answers with instances that are gone; wait an hour, or choose another name")

    def _ask(self, region, mark, wanted):
        """All of them, or where there is no room for all, as many as there is."""
        try:
            return self.aws.call("ec2", region, "run_instances", write=True, ClientToken=mark, **wanted)
        except Failure as failure:
            if "InsufficientInstanceCapacity" not in str(failure) or wanted["MaxCount"] == 1:
                raise
        some = dict(wanted, MinCount=1, ClientToken=mark[:-1] + "s")
        return self.aws.call("ec2", region, "run_instances", write=True, **some)

    def _finish(self, region, name, instance, row, several):
        """Name it; lock it, stop it where that is declared. Returns None, or the Failure."""
        try:
            if several:
                self._set(region, instance, {"Name": name})
            if row.get("locked"):
                self._lock(region, instance, True)
            if row.get("power") == "off":
                self._halt(region, instance)
        except Failure as failure:
            return failure
        return None

    def update(self, change):
        """Change in place; another plan takes a stop in between."""
        have, row = change.before, change.after
        region, one = have["_region"], have["id"]
        if "installed" in change.fields:
            self._set(region, one, {"Name": have["name"]})
        if "tags" in change.fields or "owner" in change.fields:
            self._tag(region, have, row)
        if "locked" in change.fields:
            self._lock(region, one, row["locked"])
        if "plan" in change.fields or have["_resume"]:
            self._resize(have, row)
        elif "power" in change.fields:
            if row["power"] == "on":
                self._halted(region, one)
                self.aws.call("ec2", region, "start_instances", write=True, InstanceIds=[one])
            else:
                self.aws.call("ec2", region, "stop_instances", write=True, InstanceIds=[one])

    def _resize(self, have, row):
        """Stop it, change its plan, start it; a tag remembers that it shall run again."""
        region, one, call = have["_region"], have["id"], self.aws.call
        runs = have["_resume"] or have["power"] == "on"
        if runs and not have["_resume"]:
            self._set(region, one, {RESUME: "yes"})
        self._halt(region, one)
        kind = {"Value": row["plan"]}
        call("ec2", region, "modify_instance_attribute", write=True, InstanceId=one, InstanceType=kind)
        if runs:
            if row.get("power") != "off" or have["_resume"]:
                call("ec2", region, "start_instances", write=True, InstanceIds=[one])
            call("ec2", region, "delete_tags", write=True, Resources=[one], Tags=[{"Key": RESUME}])

    def _set(self, region, one, tags):
        given = [{"Key": name, "Value": value} for name, value in sorted(tags.items())]

        def once():
            try:
                self.aws.call("ec2", region, "create_tags", write=True, Resources=[one], Tags=given)
            except NotFound as missing:
                if one not in self.made:
                    raise
                raise Busy(str(missing)) from None  # not all of EC2 knows yet what it has just made

        patiently(once)

    def replace(self, change):
        """An instance cannot move or change its image: it goes, and another one of its name is made."""
        row = dict(change.after)
        if row.get("_user_data") is None and change.before.get("user_data"):
            row["_kept_data"] = self._kept(change.before)
        told = self.delete_all([change])[change.key]
        if told is not None:
            raise told
        return self.create_all([replace(change, want=row)])[change.key]

    def _kept(self, have):
        """The user data that a server was made with, word for word."""
        asked = {"InstanceId": have["id"], "Attribute": "userData"}
        told = self.aws.call("ec2", have["_region"], "describe_instance_attribute", **asked)["UserData"]
        return decoded({"Output": told.get("Value")})

    def delete_all(self, changes):
        """Terminate many by one call; where it refuses, one by one, so that each has its own answer."""
        return self._each("terminate_instances", changes)

    def reboot_all(self, changes):
        """Reboot many by one call; what is off is started."""
        running = [change for change in changes if change.before["power"] == "on"]
        off = [change for change in changes if change.before["power"] == "off"]
        done = self._each("reboot_instances", running) if running else {}
        return dict(done, **(self.power_on_all(off) if off else {}))

    def power_on_all(self, changes):
        """Start many by one call."""
        return self._each("start_instances", changes)

    def power_off_all(self, changes):
        """Stop many by one call."""
        return self._each("stop_instances", changes)

    def _each(self, action, changes):
        region, keys = changes[0].before["_region"], [change.key for change in changes]
        ids = [change.before["id"] for change in changes]
        try:
            self.aws.call("ec2", region, action, write=True, InstanceIds=ids)
            self.ended.update(ids if action == "terminate_instances" else ())
            return dict.fromkeys(keys)
        except NotFound:
            if len(changes) == 1:
                return dict.fromkeys(keys)
        except (Conflict, Ambiguous):
            raise
        except Failure as failure:
            if failure.fatal or len(changes) == 1:
                return {change.key: self._told(change, failure) for change in changes}
        done = {}
        for change in changes:
            done.update(self._each(action, [change]))
        return done

    @staticmethod
    def _told(change, failure):
        if "disableApiTermination" in str(failure):
            return Failure("it is locked; declare it with `locked: false` first")
        return failure

    def power_cycle(self, change):
        """Stop by force, then start."""
        region, one = change.before["_region"], change.before["id"]
        if change.before["power"] == "on":
            self.aws.call("ec2", region, "stop_instances", write=True, InstanceIds=[one], Force=True)
        self._halted(region, one)
        self.aws.call("ec2", region, "start_instances", write=True, InstanceIds=[one])

    def _tag(self, region, have, row):
        gone = [{"Key": name} for name in have.get("tags") or {} if name not in (row.get("tags") or {})]
        if gone:
            self.aws.call("ec2", region, "delete_tags", write=True, Resources=[have["id"]], Tags=gone)
        tags = dict(row.get("tags") or {}, **({OWNER: row["owner"]} if row.get("owner") else {}))
        if tags:
            self._set(region, have["id"], tags)

    def _lock(self, region, one, locked):
        """The lock is an attribute that no list tells; a tag tells it."""
        value = {"Value": bool(locked)}
        call = self.aws.call
        call("ec2", region, "modify_instance_attribute", write=True, InstanceId=one, DisableApiTermination=value)
        self._set(region, one, {LOCKED: "true" if locked else "false"})

    def _halt(self, region, one):
        self.aws.call("ec2", region, "stop_instances", write=True, InstanceIds=[one])
        self._halted(region, one)

    def _halted(self, region, one):
        """Wait until an instance that is stopping has stopped. Raises Failure."""
        end, pause = time.monotonic() + SETTLED, 0.2
        while True:
            answer = self.aws.call("ec2", region, "describe_instances", InstanceIds=[one])
            state = answer["Reservations"][0]["Instances"][0]["State"]["Name"]
            if state == "stopped":
                return
            if time.monotonic() > end:
                raise Failure("it is still %s after %d s; run again" % (state, SETTLED))
            time.sleep(pause)
            pause = min(5.0, pause * 1.5)

    def phases(self, keys, signs=()):
        """One list call a region."""
        return {row["name"]: None if row["state"] == "active" else row["state"] for row in self.read()}

    def why(self, row, user_data=""):
        """EC2's reason for an instance's state."""
        return row.get("_why") or super().why(row, user_data)

    def console(self, row):
        """What EC2 kept of its console, which may be some minutes old."""
        return decoded(self.aws.call("ec2", row["_region"], "get_console_output", InstanceId=row["id"]))
