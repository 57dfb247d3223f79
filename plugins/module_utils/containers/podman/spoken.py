# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client of Docker's API in front of Podman: the same methods, with Docker's words on both sides."""

from __future__ import annotations

from ...clients.docker import Direct
from ...core.errors import Failure
from . import words

OWN = "/v4.0.0/libpod/containers/json"  # Podman's own list, which tells health
PING, VERSION = "/_ping", "Libpod-Api-Version"
ALONE = "Podman has no call that asks a registry what it has; pin it by its digest"


class Spoken:
    """api: the client. What Podman says and takes as Docker does passes through."""

    def __init__(self, api):
        self._api, self._release = api, None

    def __getattr__(self, name):
        return getattr(self._api, name)

    def release(self):
        """Podman's version as (major, minor); asked for once, by a ping, since to tell more takes Podman longer."""
        if self._release is None:
            said = self.pinged().get(VERSION)
            if not said:
                raise Failure("what answers is no Podman; the provider docker is for Docker engines")
            self._release = tuple(int(part) for part in said.split(".")[:2])
        return self._release

    def containers(self, **kwargs):
        """The list, with the health of each."""
        self.release()  # says so where this is no Podman
        found = self._api.containers(**kwargs)
        health = {item["Id"]: item.get("Status") for item in self.own()} if found else {}
        return [words.listed(item, health.get(item["Id"])) for item in found]

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
        ident = self.image(config["Image"])["Id"]
        return self._api.create_container_from_config(words.body(config, ident, self._old()), name)

    def networks(self, **kwargs):
        """The networks, the default one by its own name."""
        return [words.network(one, self._old()) for one in self._api.networks(**kwargs)]

    def inspect_image(self, image):
        """All about the image that a name stands for."""
        return words.image(self.image(image))

    def image(self, image):
        """The engine's own answer about it."""
        names = words.candidates(image)
        found = next(filter(None, (self.found(name) for name in names[:-1])), None)
        return found or self._api.inspect_image(names[-1])

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

    def own(self):
        """Podman's own list."""
        return self._api.send("GET", OWN, all="true")


class Whole(Spoken):
    """All calls, by the SDK."""

    def pinged(self):
        """The head of an answer."""
        answer = self._api._get(self._api.base_url + PING)
        self._api._raise_for_status(answer)
        return answer.headers

    def own(self):
        """Podman's own list."""
        api = self._api
        return api._result(api._get(api.base_url + OWN, params={"all": "true"}), json=True)

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

    def inspect_distribution(self, image, **_kwargs):
        """Podman cannot tell."""
        raise Failure(ALONE)
