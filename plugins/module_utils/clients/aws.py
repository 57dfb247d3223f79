# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection to Amazon Web Services by boto3, with errors a person can read. It knows no servers and no zones."""

from __future__ import annotations

import threading

from ..core.errors import Ambiguous, Busy, Conflict, Failure, NotFound, Refused, Unauthorized, Unreachable
from ..core.field import Field
from ..core.lib import need
from ..core.pace import Pace
from ..core.patience import patiently, retry_after

LATER = ("Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException", "SlowDown")
SOON = ("PriorRequestNotComplete",)  # it is still at work on the thing
REFUSED = (
    "AuthFailure",
    "UnauthorizedOperation",
    "AccessDenied",
    "AccessDeniedException",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "ExpiredToken",
    "ExpiredTokenException",
    "RequestExpired",
    "SignatureDoesNotMatch",
    "MissingAuthenticationToken",
    "OptInRequired",
)


def aws_options(provider):
    """The fields of a connection for the provider of this name."""
    prefix = "RACKWRIGHT_%s_" % provider.upper()
    return (
        Field("access_key", env=(prefix + "ACCESS_KEY", "AWS_ACCESS_KEY_ID"), help="The id of the access key."),
        Field(
            "secret_key",
            secret=True,
            env=(prefix + "SECRET_KEY", "AWS_SECRET_ACCESS_KEY"),
            help="The access key's secret. Without both, boto3 looks in its usual places, such as the instance's role.",
        ),
        Field(
            "session_token",
            secret=True,
            env=(prefix + "SESSION_TOKEN", "AWS_SESSION_TOKEN"),
            help="The session token of credentials for a limited time.",
        ),
        Field("profile", env=(prefix + "PROFILE", "AWS_PROFILE"), help="A profile of C(~/.aws) to take all that from."),
        Field("url", env=(prefix + "URL",), help="The address of a compatible service; by default Amazon's own."),
        Field("timeout", type="int", default=30, env=(prefix + "TIMEOUT",), help="Seconds to wait for one answer."),
    )


class Aws:
    """One account.

    options: values of `aws_options`. title: who needs it, for errors. transport: a function of (service, region) that
    returns a client to use, for tests. pool: connections kept open.
    """

    def __init__(self, options, title="AWS", transport=None, pool=64):
        self.options, self.title, self.pool = options, title, pool
        self.pace = Pace("aws %s %s" % (options.get("url"), options.get("access_key") or options.get("profile")))
        self.transport, self.lock, self.clients, self.session = transport, threading.Lock(), {}, None

    def call(self, service, region, action, write=False, **args):
        """Call an API action by its Python name. Raises Failure in one of its kinds.

        write: it changes something, so that it is not sent again when it may have happened.
        """
        run = getattr(self._client(service, region), action)

        def once():
            try:
                return run(**args)
            except Failure:
                raise
            except Exception as error:
                raise self._failure(error, "%s in %s" % (action, region), write) from None

        return patiently(once, safe=not write, pace=self.pace)

    def pages(self, service, region, action, key, **args):
        """All pages of a list, one after the other; yields the items below `key`."""
        token = {}
        while True:
            answer = self.call(service, region, action, **dict(args, **token))
            yield from answer[key]
            if not answer.get("NextToken"):
                return
            token = {"NextToken": answer["NextToken"]}

    def region(self):
        """The region that the user's configuration names, or None."""
        return self._session().region_name

    def _client(self, service, region):
        with self.lock:
            key = (service, region)
            if key not in self.clients:
                self.clients[key] = self.transport(service, region) if self.transport else self._made(service, region)
            return self.clients[key]

    def _session(self):
        if self.session is None:
            boto3 = need("boto3", wanted_for=self.title)
            names = {"access_key": "aws_access_key_id", "secret_key": "aws_secret_access_key"}
            names.update(session_token="aws_session_token", profile="profile_name")
            given = {word: self.options[name] for name, word in names.items() if self.options.get(name)}
            try:
                self.session = boto3.session.Session(**given)
            except Exception as error:  # botocore's own: a profile that is not there, a file that cannot be read
                raise Refused("%s: %s" % (self.title, error)) from None
        return self.session

    def _made(self, service, region):
        session, timeout = self._session(), self.options.get("timeout") or 30
        config = need("botocore.config", "boto3").Config(
            retries={"total_max_attempts": 1},  # what may be sent again is decided here
            connect_timeout=timeout,
            read_timeout=timeout,
            max_pool_connections=self.pool,
            user_agent_extra="rackwright.platform",
        )
        url = self.options.get("url") or None
        try:
            client = session.client(service, region_name=region, endpoint_url=url, config=config)
        except ValueError as error:
            raise Refused("%s: %s" % (self.title, error)) from None
        client.meta.events.register("before-parse.%s" % service, self._look)
        return client

    def _look(self, response_dict, **_more):
        """Errors that are not the service's own, such as a proxy's: boto3 cannot read them."""
        status, body = response_dict["status_code"], response_dict["body"] or b""
        if status >= 400 and body.lstrip()[:1] != b"<" and not body.lstrip().startswith(b'{"__type'):
            text = body[:300].decode("utf-8", "replace")
            raise _Foreign(status, text, response_dict["headers"])

    def _failure(self, error, action, write):
        if isinstance(error, _Foreign):
            return self._by_status(error.status, "", error.text, error.headers, action, write)
        response = getattr(error, "response", None)
        if isinstance(response, dict) and "Error" in response:
            told, meta = response["Error"], response.get("ResponseMetadata") or {}
            status, headers = meta.get("HTTPStatusCode") or 0, meta.get("HTTPHeaders") or {}
            return self._by_status(status, told.get("Code", ""), told.get("Message", ""), headers, action, write)
        return self._broken(error, action, type(error).__name__)

    def _by_status(self, status, code, text, headers, action, write):
        said = "%s: %s answered %d %s: %s" % (action, self.title, status, code, text)
        if code in LATER or status == 429:
            after = retry_after({"Retry-After": headers.get("retry-after", headers.get("Retry-After", ""))})
            return Busy(said, after, account=True)
        if code in SOON:
            return Busy(said)
        if code in REFUSED or status == 401 or (status == 403 and not code):
            why = "%s %d" % (code or "status", status)
            text = "%s refuses the credentials (%s at %s). Check the key, when it ends, and what it may do"
            return Unauthorized(text % (self.title, why, action))
        if "NotFound" in code or code in ("NoSuchEntity", "NoSuchHostedZone"):
            return NotFound(said)
        if "Duplicate" in code or "AlreadyExists" in code or code == "IncorrectInstanceState":
            return Conflict(said)
        if (status >= 500 and not write) or status in (502, 504):
            return Ambiguous(said)
        return Failure(said)

    def _broken(self, error, action, kind):
        url = self.options.get("url") or "its address"
        if kind in ("EndpointConnectionError", "ConnectTimeoutError", "ProxyConnectionError", "SSLError"):
            text = "%s does not answer at %s (%s). Check the address, the region, and the network between"
            return Unreachable(text % (self.title, url, kind))
        if kind in ("NoCredentialsError", "PartialCredentialsError", "TokenRetrievalError", "SSOTokenLoadError"):
            text = "%s: there are no credentials (%s); give access_key and secret_key, a profile, or a role"
            return Unauthorized(text % (self.title, error))
        if kind in ("ReadTimeoutError", "ConnectionClosedError", "HTTPClientError", "ResponseStreamingError"):
            return Ambiguous("%s: the connection broke before the answer was whole (%s)" % (action, kind))
        if kind in ("ResponseParserError", "IncompleteReadError"):
            return Ambiguous("%s: %s answered something that is cut off or not its own" % (action, self.title))
        return Failure("%s: %s: %s" % (action, kind, error))


class _Foreign(Exception):
    """An error answer that is not the service's own."""

    def __init__(self, status, text, headers):
        super().__init__(text)
        self.status, self.text, self.headers = status, text, headers
