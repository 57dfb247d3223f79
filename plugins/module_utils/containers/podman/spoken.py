# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The docker SDK's client in front of Podman: the same methods, with Docker's words on both sides."""

from __future__ import annotations

from ...core.errors import Failure
from ...core.lib import need
from . import words

OWN = "/v4.0.0/libpod/containers/json"  # Podman's own list, which tells health
ALONE = "Podman has no call that asks a registry what it has; pin it by its digest"


class Spoken:
    """api: the SDK's client. What Podman says and takes as Docker does passes through."""

    def __init__(self, api):
        self._api, self._release = api, None

    def __getattr__(self, name):
        return getattr(self._api, name)

    def release(self):
        """Podman's version as (major, minor); asked for once."""
        if self._release is None:
            self._release = tuple(int(part) for part in self._api.version()["Version"].split(".")[:2])
        return self._release

    def containers(self, **kwargs):
        """The list, with the health of each."""
        found = self._api.containers(**kwargs)
        if not found:
            return found
        api = self._api
        own = api._result(api._get(api.base_url + OWN, params={"all": "true"}), json=True)
        health = {item["Id"]: item.get("Status") for item in own}
        return [words.listed(item, health.get(item["Id"])) for item in found]

    def inspect_container(self, container):
        """One container."""
        return words.inspected(self._api.inspect_container(container), self._old())

    def create_container_from_config(self, config, name=None):
        """Make a container from the image that its name stands for here."""
        ident = self._image(config["Image"])["Id"]
        return self._api.create_container_from_config(words.body(config, ident, self._old()), name)

    def inspect_image(self, image):
        """The image that a name stands for."""
        return words.image(self._image(image))

    def remove_image(self, image, **kwargs):
        """Take the name away, in full as it may be."""
        gone = 0
        for name in words.candidates(image):
            if self._found(name):
                self._api.remove_image(name, **kwargs)
                gone += 1
        if not gone:
            self._image(image)  # says that there is none

    def tag(self, image, repository, tag=None, **kwargs):
        """Give an image a further name: one of the engine's own, unless the image is pulled by the digest."""
        found = self._name(image)
        by_digest = found.startswith(words.HUB) and found.partition("@")[0] == words.pulled(repository)
        target = words.pulled(repository) if by_digest else words.made(repository)
        return self._api.tag(found, target, tag, **kwargs)

    def pull(self, repository, **kwargs):
        """Pull, from Docker's registry where the name holds no other."""
        return self._api.pull(words.pulled(repository), **kwargs)

    def build(self, tag=None, **kwargs):
        """Build an image of the engine's own."""
        return self._api.build(tag=words.made(tag), **kwargs)

    def import_image(self, *args, **kwargs):
        """Import an image of the engine's own."""
        return self._api.import_image(*args, **dict(kwargs, repository=words.made(kwargs["repository"])))

    def inspect_distribution(self, image, **_kwargs):
        """Podman cannot tell."""
        raise Failure(ALONE)

    def _old(self):
        return self.release() < (5, 0)

    def _name(self, image):
        return next((name for name in words.candidates(image) if self._found(name)), image)

    def _found(self, name):
        errors = need("docker.errors", "docker", wanted_for="Podman")
        try:
            return self._api.inspect_image(name)
        except errors.NotFound:
            return None

    def _image(self, image):
        """The engine's answer for the image that a name stands for. Raises the SDK's NotFound."""
        names = words.candidates(image)
        found = next(filter(None, (self._found(name) for name in names[:-1])), None)
        return found or self._api.inspect_image(names[-1])
