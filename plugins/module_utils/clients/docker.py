# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection to a Docker engine, with errors a person can read. It knows no containers and no servers."""

from __future__ import annotations

import json
import os
import platform
import threading
import time
from urllib.parse import quote

from ..core.errors import Ambiguous, Conflict, Failure, Unauthorized, Unreachable
from ..core.field import Field
from ..core.lib import absolute, need
from ..core.patience import failure_of, patiently
from ..core.unix import UnixHttp, is_json

SOCKETS = ("/var/run/docker.sock", "~/.docker/run/docker.sock", "$XDG_RUNTIME_DIR/docker.sock")
REFUSALS = ("overlap", "active endpoints", "already in use", "pre-defined", "already exists")  # the engine's own 403s
RESTART, PAUSE = 30, 0.3  # seconds that an engine may be away while it starts anew, and between two tries
NEVER_SENT = (
    "NewConnectionError",
    "ConnectTimeoutError",
    "ConnectTimeout",
    "NameResolutionError",
    "SSLError",
    "gaierror",
)


def docker_options(provider):
    """The fields of a Docker connection for the provider of this name."""
    prefix = "RACKWRIGHT_%s_" % provider.upper()
    return (
        Field(
            "url",
            env=(prefix + "URL", "DOCKER_HOST"),
            help=(
                "Where the engine listens: C(unix:///path), C(tcp://host:port), C(ssh://user@host) or C(npipe:////path).",
                "By default the local engine's socket. For SSH the Python library C(paramiko) must be there, too.",
            ),
        ),
        Field("tls", type="bool", default=False, env=(prefix + "TLS",), help="Speak TLS with the engine."),
        Field(
            "tls_verify",
            type="bool",
            env=(prefix + "TLS_VERIFY", "DOCKER_TLS_VERIFY"),
            help="Speak TLS and check the engine's certificate.",
        ),
        Field(
            "tls_folder",
            type="path",
            env=(prefix + "TLS_FOLDER", "DOCKER_CERT_PATH"),
            help="A folder with C(ca.pem), C(cert.pem) and C(key.pem), as the Docker command line has it.",
        ),
        Field(
            "timeout",
            type="int",
            default=60,
            env=(prefix + "TIMEOUT",),
            help="Seconds to wait for one answer of the engine.",
        ),
    )


class Direct(UnixHttp):
    """The calls that a task makes for each container, straight over a Unix socket, named as the SDK's.

    Loading the SDK, and going through it, takes longer than the engine's answers.
    """

    def info(self):
        """What the engine says of itself."""
        return self.send("GET", "/info")

    def containers(self, all=False, filters=None):
        """The list of containers."""
        return self.send("GET", "/containers/json", all=int(all), filters=_filters(filters))

    def inspect_container(self, container):
        """All about one container."""
        return self.send("GET", "/containers/%s/json" % quote(container))

    def create_container_from_config(self, config, name=None):
        """Make a container."""
        return self.send("POST", "/containers/create", config, name=name)

    def start(self, container):
        """Start it."""
        self.send("POST", "/containers/%s/start" % quote(container))

    def stop(self, container, timeout=None):
        """Ask it to end, and kill it after `timeout` seconds."""
        self.send(
            "POST", "/containers/%s/stop" % quote(container), longer=10 if timeout is None else timeout, t=timeout
        )

    def unpause(self, container):
        """Let it go on."""
        self.send("POST", "/containers/%s/unpause" % quote(container))

    def rename(self, container, name):
        """Give it another name."""
        self.send("POST", "/containers/%s/rename" % quote(container), name=name)

    def remove_container(self, container, v=False, force=False):
        """Take it away, with the volumes made for it alone where `v` says so."""
        self.send("DELETE", "/containers/%s" % quote(container), v=int(v), force=int(force))

    def remove_volume(self, name):
        """Take a volume away."""
        self.send("DELETE", "/volumes/%s" % quote(name))

    def networks(self, names=None, filters=None):
        """The list of networks."""
        wanted = dict(filters or {}, **({"name": names} if names else {}))
        return self.send("GET", "/networks", filters=_filters(wanted))

    def inspect_network(self, network):
        """All about one network."""
        return self.send("GET", "/networks/%s" % quote(network))

    def remove_network(self, network):
        """Take a network away."""
        self.send("DELETE", "/networks/%s" % quote(network))

    def volumes(self, filters=None):
        """The list of volumes."""
        return self.send("GET", "/volumes", filters=_filters(filters))

    def inspect_image(self, image):
        """All about one image."""
        return self.send("GET", "/images/%s/json" % quote(image, safe="/:@"))


def _filters(values):
    """Filters as the API wants them: each a list of texts."""
    lists = {name: value if isinstance(value, list) else [value] for name, value in (values or {}).items()}
    return json.dumps(lists) if lists else None


def _trusting(docker):
    """The SDK's client. Whom it trusts is its own matter: REQUESTS_CA_BUNDLE would go before the authority declared."""

    class Client(docker.APIClient):
        def request(self, method, url, **kwargs):
            return super().request(method, url, **dict(kwargs, verify=self.verify))

    return Client


class DockerClient:
    """One engine.

    options: values of `docker_options`. title: who needs it, for errors. transport: an APIClient to use.
    DIRECT: the class for the calls that go straight over a Unix socket. RENAMES: whether networks learn of the new name
    of a container that runs.
    """

    VERSION = "auto"  # of the API that the SDK speaks
    DIRECT = Direct
    RENAMES = True

    def __init__(self, options, title="Docker", transport=None):
        self.options, self.title = options, title
        self.url = options.get("url") or _socket()
        self._api, self._lock, self._info = transport, threading.Lock(), None
        self._answered_once, self._direct = False, None
        if transport is None and self.url.startswith("unix://"):
            self._direct = self.DIRECT(self.url[len("unix://") :], options.get("timeout") or 60)

    @property
    def api(self):
        """The SDK's low-level client, connected at the first use. Raises Failure."""
        with self._lock:
            if self._api is None:
                self._api = patiently(self._connect, safe=True)
            return self._api

    def call(self, method, *args, **kwargs):
        """Run a method of the SDK's low-level client, by its name, or a callable. Raises Failure in one of its kinds.

        write=True: it changes something, so that it is not sent again when it may have happened.
        """
        write = kwargs.pop("write", False)
        run = (getattr(self._direct, method, None) or getattr(self.api, method)) if isinstance(method, str) else method
        name = method if isinstance(method, str) else getattr(method, "__name__", "call")

        def once():
            try:
                answer = run(*args, **kwargs)
            except Exception as error:
                failure = self._failure(error, name.replace("_", " "), write)
                if failure is None:
                    raise
                raise failure from None
            self._answered_once = True
            return answer

        return patiently(lambda: self._outlast(once), safe=not write)

    def _outlast(self, once):
        """Run `once`, which an engine that has answered before may not hear for a moment, because it starts anew."""
        late = time.monotonic() + RESTART
        while True:
            try:
                return once()
            except Unreachable:
                if not self._answered_once or time.monotonic() >= late:
                    raise
            time.sleep(PAUSE)

    def post(self, path, data):
        """A write for which the SDK has no method, or one that knows less than the engine; returns its answer."""

        def post():
            if self._direct:
                return self._direct.send("POST", path, data)
            answer = self.api._post_json(self.api._url(path), data=data)
            text = self.api._result(answer).strip()
            return json.loads(text) if text and is_json(answer.headers) else None

        post.__name__ = " ".join(reversed(path.strip("/").split("/")[::2]))  # create networks
        return self.call(post, write=True)

    def info(self):
        """What the engine says of itself (`docker info`), asked for once."""
        if self._info is None:
            self._info = self.call("info")
        return self._info

    def unified(self):
        """Whether the engine's host has cgroups v2."""
        return self.info().get("CgroupVersion") == "2"

    def is_local(self):
        """Whether the engine runs on this machine, so that its containers' addresses may be reached from here."""
        return self.url.startswith(("unix:", "npipe:"))

    def host(self):
        """The name or address of the machine that the engine runs on, as it is reached from here."""
        if self.is_local():
            return "127.0.0.1"
        return self.url.split("//")[-1].split("@")[-1].split("/")[0].rsplit(":", 1)[0].strip("[]")

    def _connect(self):
        docker = need("docker", wanted_for=self.title)
        options, url = self.options, self._where()
        try:
            return _trusting(docker)(
                url,
                version=self.VERSION,
                timeout=options.get("timeout") or 60,
                tls=self._tls(docker),
                use_ssh_client=url.startswith("ssh:"),
            )
        except Exception as error:
            failure = self._failure(error.__cause__ or error, "version", write=False)
            if failure is None:
                failure = Failure("%s: cannot use the engine at %s: %s" % (self.title, self.url, error))
            if isinstance(failure, Ambiguous) and url.startswith("ssh:"):  # ssh has said why, and the SDK swallows it
                text = (
                    "%s: no engine answers at %s. See what `ssh %s docker version` says; it must not ask for anything"
                )
                failure = Unreachable(text % (self.title, self.url, _words_of_ssh(url)))
            raise failure from None

    def _where(self):
        """The address that the SDK is given."""
        return self.url

    def _tls(self, docker):
        """The SDK's TLS settings, or False."""
        verify = bool(self.options.get("tls_verify"))
        if not (verify or self.options.get("tls")):
            return False
        folder = self.options.get("tls_folder")
        names = ("ca", "cert", "key")
        part = {name: os.path.join(absolute(folder), name + ".pem") if folder else None for name in names}
        pair = (part["cert"], part["key"]) if folder and os.path.exists(part["cert"]) else None
        return docker.tls.TLSConfig(client_cert=pair, ca_cert=part["ca"] if verify else None, verify=verify)

    def _failure(self, error, doing, write):
        """The Failure that an SDK exception stands for; None for what is no trouble with the engine."""
        if isinstance(error, Failure):
            return error
        if isinstance(error, KeyError) and hasattr(error.__context__, "response"):
            error = error.__context__  # an answer of Podman's has its words where the SDK does not look for them
        response = getattr(error, "response", None)
        status = getattr(response, "status_code", None)
        if status is not None:
            return self._answered(error, response, status, doing, write)
        kinds = [kind.__module__.split(".")[0] for kind in type(error).__mro__]
        if not ({"requests", "urllib3", "docker"} & set(kinds) or isinstance(error, OSError)):
            return None
        chain = _chain(error)
        never = _never_sent(chain)
        if never is not None:
            return self._nobody(never)
        if kinds[0] == "docker":
            return Failure("%s: %s: %s" % (self.title, doing, error))
        text = "%s: %s at %s: the connection broke or timed out before an answer came (%s)"
        return Ambiguous(text % (self.title, doing, self.url, chain[-1] or type(chain[-1]).__name__))

    def _answered(self, error, response, status, doing, write):
        words = _words(error, response)
        text = "%s: %s: %s" % (self.title, doing, words)
        if status == 401 or (status == 403 and not any(word in words for word in REFUSALS)):
            return Unauthorized(
                "%s refuses this at %s (%d): %s. Check the certificates, and what the proxy or plugin before it allows"
                % (self.title, self.url, status, words)
            )
        return Conflict(text) if status == 403 else failure_of(status, response.headers, text, reading=not write)

    def _nobody(self, error):
        if isinstance(error, PermissionError):
            return Unauthorized(
                "%s: this user may not use %s. Add the user to the group docker and log in anew, or run as root"
                % (self.title, self.url)
            )
        if "certificate" in str(error).lower():
            return Unauthorized(
                "%s: the engine at %s and this client do not trust each other (%s). Check ca.pem, cert.pem and key.pem "
                "in tls_folder" % (self.title, self.url, error)
            )
        return Unreachable(
            "%s: no engine answers at %s (%s). Start it (`systemctl start docker`, `make engine` in a checkout, or "
            "Docker Desktop), or say where it is with the option url or the variable DOCKER_HOST"
            % (self.title, self.url, getattr(error, "strerror", None) or error)
        )


def _words_of_ssh(url):
    """What the program ssh takes in place of ssh://user@host:port."""
    where, _colon, port = url[len("ssh://") :].partition("/")[0].rpartition(":")
    return "-p %s %s" % (port, where) if where else port


def _socket():
    """The first of the usual sockets that exists, else the usual one."""
    if platform.system() == "Windows":
        return "npipe:////./pipe/docker_engine"
    found = [os.path.expandvars(os.path.expanduser(path)) for path in SOCKETS]
    return "unix://" + next((path for path in found if os.path.exists(path)), found[0])


def _words(error, response):
    """The engine's own words about an error."""
    words = getattr(error, "explanation", None) or getattr(response, "text", "") or response.reason or ""
    return (words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)).strip()[:800]


def _chain(error):
    """The exception and those inside it, the innermost last."""
    chain = []
    while isinstance(error, BaseException) and error not in chain:
        chain.append(error)
        inner = [getattr(error, "reason", None)] + list(error.args) + [error.__cause__, error.__context__]
        error = next((one for one in inner if isinstance(one, BaseException) and one not in chain), None)
    return chain


def _never_sent(chain):
    """The exception that shows that no connection came about; None when the request may have been sent."""
    for error in reversed(chain):
        if isinstance(error, (FileNotFoundError, ConnectionRefusedError, PermissionError)):
            return error
        if type(error).__name__ in NEVER_SENT:
            return error
    return None
