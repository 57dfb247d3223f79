# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client of Docker's API in front of Podman: the same methods, with Docker's words on both sides."""

from __future__ import annotations

import hashlib
import threading
from urllib.parse import quote

from ...clients.docker import Direct
from ...core.errors import Failure, NotFound
from ..forms import controls
from ..rarer import NO_RESOLVER
from . import member, words

OWN = "/v4.0.0/libpod"  # where Podman's own calls are
LIST = "/containers/json"  # of which this one tells health and pods
PING, VERSION = "/_ping", "Libpod-Api-Version"
ASKED = "localhost/rackwright-asked:"  # begins the names of lists by which a registry is asked
UNKNOWN = ("manifest unknown", "name unknown")  # in what is said of a name that a registry does not have


class Spoken:
    """api: the client. What Podman says and takes as Docker does passes through."""

    def __init__(self, api):
        self._api, self._release, self._made_from, self._asking = api, None, {}, threading.Lock()

    def __getattr__(self, name):
        return getattr(self._api, name)

    def own(self):
        """Podman's own list."""
        return self.libpod("GET", LIST, all="true")

    def release(self):
        """Podman's version as (major, minor); asked for once, by a ping, since to tell more takes Podman longer."""
        if self._release is None:
            said = self.pinged().get(VERSION)
            if not said:
                raise Failure("what answers is no Podman; the provider docker is for Docker engines")
            self._release = tuple(int(part) for part in said.split(".")[:2])
        return self._release

    def info(self):
        """What it says of itself. On cgroups v2 its answer in Docker's words denies limits that are kept."""
        said = self._api.info()
        if said.get("CgroupVersion") == "2":
            said.update(controls(self.libpod("GET", "/info")["host"].get("cgroupControllers") or ()))
        return said

    def containers(self, **kwargs):
        """The list, with the health of each, and its pod."""
        self.release()  # says so where this is no Podman
        found = self._api.containers(**kwargs)
        own = {item["Id"]: item for item in self.own()} if found else {}
        return [words.listed(item, own.get(item["Id"], {})) for item in found]

    def inspect_container(self, container):
        """All about one container."""
        return words.inspected(self._api.inspect_container(container), self._old())

    def addresses(self, container):
        """What a container's addresses are now, {network: {field: address}}, be they fixed or not."""
        nets = self._api.inspect_container(container)["NetworkSettings"]["Networks"] or {}
        return {
            name: {field: net.get(now) or "" for field, _word, now in words.ADDRESSES} for name, net in nets.items()
        }

    def create_container_from_config(self, config, name=None):
        """Make a container from the image that its name stands for here."""
        with self._asking:  # once, however many are made from it
            if config["Image"] not in self._made_from:
                self._made_from[config["Image"]] = self._image(config["Image"])
        full, found = self._made_from[config["Image"]]
        config = words.body(config, found["Id"], self._old())
        if "Pod" not in config and config["HostConfig"].get("Dns") != NO_RESOLVER:  # Docker's call knows neither
            return self._api.create_container_from_config(config, name)
        more = {} if "Pod" in config else member.alone(config)
        return self.libpod("POST", "/containers/create", dict(member.body(dict(config, Image=full), name), **more))

    def create_pod(self, row, labels):
        """Make a pod; returns the id of the container that holds it."""
        image = self.image(row["image"])["Id"] if row.get("image") else None
        self.libpod("POST", "/pods/create", member.pod(row, labels, image))
        return self.libpod("GET", "/pods/%s/json" % quote(row["name"]))["InfraContainerID"]

    def remove_pod(self, name):
        """Take a pod away, in which nothing is any more."""
        self.libpod("DELETE", "/pods/%s" % quote(name))

    def networks(self, **kwargs):
        """The networks, the default one by its own name."""
        return [words.network(one, self._old()) for one in self._api.networks(**kwargs)]

    def inspect_image(self, image):
        """All about the image that a name stands for."""
        return words.image(self.image(image))

    def image(self, image):
        """The engine's own answer about it."""
        return self._image(image)[1]

    def _image(self, image):
        """(the full name that an image's name stands for here, the engine's answer about it)."""
        *first, last = words.candidates(image)
        found = next(((name, answer) for name, answer in ((name, self.found(name)) for name in first) if answer), None)
        return found or (last, self._api.inspect_image(last))

    def found(self, name):
        """The engine's answer about the image of this full name, None where there is none."""
        try:
            return self._api.inspect_image(name)
        except Exception as error:
            if getattr(getattr(error, "response", None), "status_code", None) != 404:
                raise
            return None

    def _old(self):
        return self.release() < (5, 0)


class Near(Spoken):
    """The calls that go straight over a Unix socket."""

    def __init__(self, path, timeout):
        super().__init__(Direct(path, timeout))

    def pinged(self):
        """The head of an answer."""
        return self._api.headers(PING)

    def libpod(self, method, path, data=None, **query):
        """One of Podman's own calls."""
        return self._api.send(method, OWN + path, data, **query)


class Whole(Spoken):
    """All calls, by the SDK."""

    def pinged(self):
        """The head of an answer."""
        answer = self._api._get(self._api.base_url + PING)
        self._api._raise_for_status(answer)
        return answer.headers

    def libpod(self, method, path, data=None, **query):
        """One of Podman's own calls."""
        api, options = self._api, self._api._set_request_timeout({"params": query, "json": data})
        answer = api.request(method, api.base_url + OWN + path, **options)
        api._raise_for_status(answer)
        return answer.json() if answer.content else None

    def volumes(self, *args, **kwargs):
        """The volumes."""
        found = self._api.volumes(*args, **kwargs)
        return dict(found, Volumes=[words.volume(one) for one in found.get("Volumes") or ()])

    def inspect_network(self, *args, **kwargs):
        """All about one network."""
        return words.network(self._api.inspect_network(*args, **kwargs), self._old())

    def remove_image(self, image, **kwargs):
        """Take the name away, in full as it may be."""
        names = words.candidates(image)
        for name in [name for name in names if self.found(name)] or names[-1:]:  # never one that only ends so
            self._api.remove_image(name, **kwargs)

    def tag(self, image, repository, tag=None, **kwargs):
        """Give an image a further name: one of the engine's own, unless the image is pulled by the digest."""
        names = words.candidates(image)
        found = next((name for name in names if self.found(name)), names[-1])
        by_digest = found.startswith(words.HUB) and found.partition("@")[0] == words.pulled(repository)
        target = words.pulled(repository) if by_digest else words.made(repository)
        return self._api.tag(found, target, tag, **kwargs)

    def pull(self, repository, **kwargs):
        """Pull, from Docker's registry where the name holds no other."""
        return self._api.pull(words.pulled(repository), **kwargs)

    def build(self, tag=None, **kwargs):
        """Build an image of the engine's own."""
        return self._api.build(tag=words.made(tag), **kwargs)

    def import_image(self, src, repository, tag, changes=()):
        """Import an image of the engine's own, the tag with its name: Podman 4.3 overlooks it elsewhere."""
        name = words.made("%s:%s" % (repository, tag))
        return self._api.import_image(src, repository=name, changes=[words.instruction(line) for line in changes])

    def push(self, repository, tag=None, **kwargs):
        """Send an image to the registry of its name, which is Docker's where it holds no other."""
        target, full = words.pulled(repository), self._image("%s:%s" % (repository, tag))[0]
        if full != "%s:%s" % (target, tag):
            self._api.tag(full, target, tag)
        return self._api.push(target, tag=tag, **kwargs)

    def inspect_distribution(self, image, **_kwargs):
        """What a registry has by a name, as Docker tells it.

        Podman has no such call. It says so of what it has put into a list of manifests, so there is one for a moment.
        """
        from docker.auth import get_config_header, resolve_repository_name

        name = words.pulled(image)
        login = get_config_header(self._api, resolve_repository_name(name)[0])
        path = "/manifests/" + ASKED + hashlib.sha256(name.encode()).hexdigest()[:12]
        self._forget(path)  # one that an interrupted run has left
        try:
            self.libpod("POST", path)
            self._list(path, name, {"X-Registry-Auth": login} if login else {})
            found = self.libpod("GET", path + "/json")["manifests"]
        finally:
            self._forget(path)
        return {"Descriptor": {"digest": found[0]["digest"]}}

    def _list(self, path, name, headers):
        """Put what a registry has by a name into a list. Raises Failure: this call has a form of its own to say why."""
        api, body = self._api, {"operation": "update", "images": ["docker://" + name]}
        options = api._set_request_timeout({"json": body, "headers": headers})
        answer = api.request("PUT", api.base_url + OWN + path, **options)
        said = answer.json() if answer.status_code == 400 else {}
        if said.get("errors"):
            text = "; ".join(said["errors"])
            raise (NotFound if any(mark in text for mark in UNKNOWN) else Failure)(text)
        api._raise_for_status(answer)

    def _forget(self, path):
        try:
            self.libpod("DELETE", path)
        except Exception as error:
            if getattr(getattr(error, "response", None), "status_code", None) != 404:
                raise
