# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens and addresses from OpenStack's identity service, version 3, or 2 as Rackspace has it. It knows no servers."""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import re
import threading
import time

from ..core.errors import Failure, Refused
from ..core.field import Field
from ..core.http import Http
from ..core.lib import absolute, need

FOLDERS = (".", "~/.config/openstack", "/etc/openstack")  # where clouds.yaml is looked for, in this order
ENDINGS = (".yaml", ".yml", ".json")
RACKSPACE = {"compute_service_name": "cloudServersOpenStack"}  # the other one is of the first generation
RACKSPACE["auth_url"] = "https://identity.api.rackspacecloud.com/v2.0/"
PROFILES = {"rackspace": RACKSPACE}
ALIASES = {"tenant_name": "project_name", "tenant_id": "project_id", "endpoint_type": "interface", "cacert": "ca_file"}
ALIASES.update(
    region="region_name", cert="cert_file", key="key_file", apikey="api_key", auth_token="token", api_timeout="timeout"
)
KINDS = {"baremetal": ("baremetal", "bare-metal"), "volume": ("block-storage", "volumev3", "volumev2", "volume")}
SPOKEN = ("password", "token", "applicationcredential", "rackspace_apikey", "apikey")
UTC = datetime.timezone.utc
MARGIN = 60  # seconds before its end that a token is renewed, or a tenth of its life
OPTIONS = (
    ("cloud", "str", "The entry of C(clouds.yaml) to use; what is given beside it goes first."),
    ("clouds_file", "path", "A C(clouds.yaml) elsewhere than in the usual folders."),
    ("profile", "str", "A vendor whose addresses are known, and whose variables count, such as C(RAX_API_KEY)."),
    ("auth_url", "str", "Keystone's address, such as V(https://cloud.example.org:5000/v3)."),
    ("username", "str", "Who logs in."),
    ("user_id", "str", "The same by id."),
    ("password", "secret", "His password."),
    ("api_key", "secret", "His API key, at Rackspace."),
    ("user_domain_name", "str", "The domain of the user. By default the one whose id is C(default)."),
    ("user_domain_id", "str", "The same by id."),
    ("project_name", "str", "The project (tenant) to work in."),
    ("project_id", "str", "The same by id."),
    ("project_domain_name", "str", "The domain of the project. By default the user's."),
    ("project_domain_id", "str", "The same by id."),
    ("domain_name", "str", "Work on this domain instead of a project."),
    ("domain_id", "str", "The same by id."),
    ("system_scope", "str", "Work on the whole cloud instead of a project: V(all)."),
    ("application_credential_id", "str", "Log in by an application credential, which needs no project."),
    ("application_credential_name", "str", "The same by name; it then needs the user too."),
    ("application_credential_secret", "secret", "Its secret."),
    ("token", "secret", "Log in by a token that is there already."),
    ("regions", "list", "The regions to work in, read at the same time. By default all that the catalogue has."),
    ("interface", "str", "Which of a service's addresses to use. By default V(public)."),
    ("endpoints", "dict", "Addresses that count instead of the catalogue's, by the type of the service."),
    ("verify", "bool", "Whether certificates must be valid. By default they must."),
    ("ca_file", "path", "The authorities that certificates must come from."),
    ("cert_file", "path", "A certificate that shows who is asking."),
    ("key_file", "path", "The key of it, where it is in another file."),
    ("timeout", "int", "Seconds to wait for one answer. By default 60."),
)
CHOICES = {"profile": tuple(PROFILES), "interface": ("public", "internal", "admin"), "system_scope": ("all",)}
FROM = "Without it, O({0}.auth_url) and O({0}.profile), E(OS_CLOUD) and the like count, as for OpenStack's own tools."


def keystone_options(provider):
    """The fields of a login to OpenStack for the provider of this name."""
    done = []
    for name, kind, text in OPTIONS:
        more = {"secret": True} if kind == "secret" else {"type": kind}
        more.update({"elements": "str"} if kind == "list" else {})
        if kind != "dict":
            more["env"] = ("RACKWRIGHT_%s_%s" % (provider.upper(), name.upper()),)
        help = (text, FROM.format(provider)) if name == "cloud" else text
        done.append(Field(name, help=help, choices=CHOICES.get(name), **more))
    return tuple(done)


class _Login:
    """A token and what came with it, shared by all of this process who log in alike."""

    def __init__(self):
        self.lock = threading.Lock()
        self.token, self.ends, self.facts, self.catalogue = None, 0.0, {}, ()


_LOGINS = {}  # a digest of address and credentials -> _Login


class Keystone:
    """One login. options: of `keystone_options`. title: who needs it, for errors. transport: used in place of Http."""

    def __init__(self, options, title="OpenStack", transport=None):
        self.title, self.make = title, transport or Http
        self.settings = settings(options, title)
        self.version, self.url = _identity(self.settings)
        self.body = _body(self.settings, self.version, title)
        mark = json.dumps([self.url, self.body], sort_keys=True).encode("utf-8")
        self.login = _LOGINS.setdefault(hashlib.sha256(mark).hexdigest(), _Login())

    def token(self):
        """A token that is good for a while."""
        return self._logged_in().token

    def headers(self):
        """What a request to any service must bear."""
        return {"X-Auth-Token": self.token()}

    def renew(self, headers):
        """Forget the token of these headers, which a service has refused (401); the next call gets another."""
        with self.login.lock:
            if self.login.token == headers.get("X-Auth-Token"):
                self.login.token = None
        return True

    @property
    def project(self):
        """{id, name} of the project that the token is for; empty without one."""
        return self._logged_in().facts.get("project") or {}

    @property
    def domain(self):
        """The id of the domain that the token's project, or else its user, is in."""
        facts = self._logged_in().facts
        return ((facts.get("project") or facts.get("user") or {}).get("domain") or {}).get("id")

    def endpoint(self, service, region=None):
        """The address of a service, without a slash at its end. region: None takes the only one there is."""
        override = self._override(service)
        if override:
            return override
        found = [one for one in self._entries(service) if region in (None, one["region"])]
        urls = sorted({one["url"] for one in found})
        if len(urls) != 1:
            where = " in region %s" % region if region else ""
            wrong = "has no %s service with a %s address%s" % (service, self._interface(), where)
            if urls:
                wrong = "has the %s service in several regions; say in which" % service
            raise Refused("%s: the catalogue of this login %s. It has %s" % (self.title, wrong, self._offers()))
        return urls[0].rstrip("/")

    def regions(self, service):
        """The regions to work in, as asked for, else all where the catalogue has the service."""
        asked = self.settings.get("regions")
        if self._override(service):
            return asked or ["default"]
        have = sorted({one["region"] for one in self._entries(service)})
        lost = [name for name in asked or () if name not in have]
        if lost or not have:
            wrong = "has no %s service%s" % (service, " in region %s" % ", ".join(lost) if lost else "")
            raise Refused("%s: the catalogue of this login %s. It has %s" % (self.title, wrong, self._offers()))
        return asked or have

    def service(self, service, region=None, **more):
        """An Http for a service, which logs in when it must. more: further arguments of Http."""
        arguments = dict({"explain": explain, "headers": self.headers, "renew": self.renew}, **more)
        return self.make(self.title, self.endpoint(service, region), **dict(self._connection(), **arguments))

    def has(self, service):
        """Whether there is a service of this type."""
        return bool(self._override(service) or self._entries(service))

    def _override(self, service):
        own = (self.settings.get("endpoints") or {}).get(service)
        own = own or self.settings.get("%s_endpoint_override" % service.replace("-", "_"))
        own = re.sub(r"[%$]\((project|tenant)_id\)s", lambda _found: self.project.get("id", ""), own or "")
        return own.rstrip("/") or None

    def _interface(self):
        return (self.settings.get("interface") or "public").replace("URL", "")

    def _entries(self, service):
        kinds, name = KINDS.get(service, (service,)), self.settings.get("%s_service_name" % service)
        found = [one for one in self._logged_in().catalogue if one["interface"] == self._interface()]
        return [one for one in found if one["type"] in kinds and name in (None, one["name"])]

    def _offers(self):
        """The catalogue in one line: `compute (public: RegionOne, RegionTwo), identity (public: RegionOne)`."""
        found = {}
        for one in self._logged_in().catalogue:
            found.setdefault(one["type"], {}).setdefault(one["interface"], set()).add(one["region"] or "no region")
        parts = [
            "%s (%s)" % (kind, "; ".join("%s: %s" % (name, ", ".join(sorted(has[name]))) for name in sorted(has)))
            for kind, has in sorted(found.items())
        ]
        return ", ".join(parts) or "nothing: name a project to work in"

    def _connection(self):
        s = self.settings
        verify = s.get("verify", True) and (absolute(s["ca_file"]) if s.get("ca_file") else True)
        cert = (absolute(s["cert_file"]), s.get("key_file") and absolute(s["key_file"])) if s.get("cert_file") else None
        return {"verify": verify, "cert": cert, "timeout": int(s.get("timeout") or 60)}

    def _logged_in(self):
        with self.login.lock:
            if self.login.token is None or time.monotonic() >= self.login.ends:
                self._log_in()
            return self.login

    def _log_in(self):
        client = self.make("Keystone", self.url, **dict(self._connection(), explain=explain))
        path = "/auth/tokens" if self.version == 3 else "/tokens"
        answer = client.call("POST", path, json=self.body, safe=True)  # a token more does no harm
        try:
            told = answer.json()
            read = _version_3 if self.version == 3 else _version_2
            token, begin, end, facts, catalogue = read(told, answer.headers)
        except (ValueError, KeyError, TypeError):
            text = "%s: what answers at %s is no Keystone of version %d; check auth_url"
            raise Failure(text % (self.title, self.url, self.version)) from None
        life = _life(begin, end)
        self.login.ends = time.monotonic() + (life - min(MARGIN, life / 10) if life else 86400)
        self.login.token, self.login.facts, self.login.catalogue = token, facts, catalogue


def settings(options, title):
    """One flat dict of what counts: the options, then the cloud's entry or the environment, then the profile."""
    given = {name: value for name, value in options.items() if value not in (None, "", [], {})}
    own = "auth_url" in given or "profile" in given
    cloud = given.get("cloud") or (None if own else os.environ.get("OS_CLOUD"))
    found = _cloud(cloud, given.get("clouds_file"), title) if cloud else {} if own else _variables("OS_")
    profile = given.get("profile") or found.get("profile")
    found = dict(_variables("RAX_" if profile == "rackspace" else None), **found)
    found = {ALIASES.get(name, name): value for name, value in found.items() if value not in (None, "")}
    done = dict(PROFILES.get(profile, {}), **dict(found, **given))
    if not done.get("regions"):
        done["regions"] = [done["region_name"]] if done.get("region_name") else None
    done["regions"] = [one["name"] if isinstance(one, dict) else one for one in done["regions"] or ()] or None
    kind = re.sub(r"^v[23]", "", str(done.get("auth_type") or "password"))
    if kind not in SPOKEN:
        text = "%s: auth_type %s is not spoken here; use a password, an application credential, a token or an API key"
        raise Refused(text % (title, done["auth_type"]))
    if not done.get("auth_url"):
        raise Refused(
            "%s: auth_url is not set; give it, or a cloud of clouds.yaml, or set OS_CLOUD or OS_AUTH_URL" % title
        )
    return done


def _variables(prefix):
    names = [name for name in os.environ if prefix and name.startswith(prefix)]
    return {name[len(prefix) :].lower(): os.environ[name] for name in names}


def _cloud(name, path, title):
    """The entry of clouds.yaml, what secure.yaml has of it merged in, its `auth` flattened."""
    clouds, where = _file("clouds", path or os.environ.get("OS_CLIENT_CONFIG_FILE"), title)
    secure, _where = _file("secure", os.environ.get("OS_CLIENT_SECURE_FILE"), title)
    entry = clouds.get(name)
    if entry is None:
        looked = where or "none of the folders %s has a clouds.yaml" % ", ".join(FOLDERS)
        has = ", ".join(sorted(clouds)) or "none"
        raise Refused("%s: there is no cloud %s; it has %s (%s)" % (title, name, has, looked))
    entry = _merged(entry, secure.get(name) or {})
    return dict({n: v for n, v in entry.items() if n != "auth"}, **(entry.get("auth") or {}))


def _merged(old, new):
    done = dict(old)
    for name, value in new.items():
        both = isinstance(value, dict) and isinstance(done.get(name), dict)
        done[name] = _merged(done[name], value) if both else value
    return done


def _file(kind, path, title):
    """({cloud: entry}, path) of the first file of this kind."""
    yaml = need("yaml", "PyYAML", title)
    places = [path] if path else ["%s/%s%s" % (folder, kind, ending) for folder in FOLDERS for ending in ENDINGS]
    for place in map(absolute, places):
        if not path and not os.path.exists(place):
            continue
        try:
            with open(place, encoding="utf-8") as file:
                return dict((yaml.safe_load(file) or {}).get("clouds") or {}), place
        except OSError as error:
            raise Failure("%s: cannot read %s: %s" % (title, place, error.strerror)) from None
        except (ValueError, AttributeError, yaml.YAMLError):  # its text would show secrets
            raise Failure("%s: %s is not the YAML of a clouds.yaml" % (title, place)) from None
    return {}, None


def _identity(s):
    """(version, address) of the identity service."""
    url = s["auth_url"].rstrip("/")
    ending = re.search(r"/v([23])(?:\.0)?\Z", url)
    if ending:
        return int(ending.group(1)), url
    version = int(str(s.get("identity_api_version") or "3")[0])
    return version, url + ("/v3" if version == 3 else "/v2.0")


def _named(s, prefix):
    """{id: ...}, {name: ...} or None."""
    if s.get(prefix + "_id"):
        return {"id": s[prefix + "_id"]}
    name = s.get(prefix + "_name") or (s.get("username") if prefix == "user" else None)
    return {"name": name} if name else None


def _body(s, version, title):
    """The request that logs in. Raises Refused for what is missing."""
    body = _body_3(s) if version == 3 else _body_2(s)
    if body is None:
        ways = "user (username, password)"
        ways += ", application credential (id, secret) or token" if version == 3 else ", user and api_key, or token"
        raise Refused("%s: the credentials for %s are not complete; give a %s" % (title, s["auth_url"], ways))
    return {"auth": body}


def _body_2(s):
    if s.get("api_key") and s.get("username"):
        body = {"RAX-KSKEY:apiKeyCredentials": {"username": s["username"], "apiKey": s["api_key"]}}
    elif s.get("password") and s.get("username"):
        body = {"passwordCredentials": {"username": s["username"], "password": s["password"]}}
    elif s.get("token"):
        body = {"token": {"id": s["token"]}}
    else:
        return None
    tenant = {"tenantId": s.get("project_id"), "tenantName": s.get("project_name") if not s.get("project_id") else None}
    return dict(body, **{name: value for name, value in tenant.items() if value})


def _body_3(s):
    domain = _named(s, "user_domain") or {"id": "default"}
    user = _named(s, "user")
    if user and "name" in user:
        user["domain"] = domain
    if s.get("application_credential_secret"):
        credential = _named(s, "application_credential")
        if credential is None or ("name" in credential and user is None):
            return None
        credential.update(
            {"secret": s["application_credential_secret"]}, **({"user": user} if "name" in credential else {})
        )
        return {"identity": {"methods": ["application_credential"], "application_credential": credential}}
    if s.get("password") and user:
        identity = {"methods": ["password"], "password": {"user": dict(user, password=s["password"])}}
    elif s.get("token"):
        identity = {"methods": ["token"], "token": {"id": s["token"]}}
    else:
        return None
    project, whole = _named(s, "project"), _named(s, "domain")
    if project and "name" in project:
        project["domain"] = _named(s, "project_domain") or domain
    scope = {"system": {"all": True}} if s.get("system_scope") else {"project": project} if project else None
    scope = scope or ({"domain": whole} if whole else None)
    return dict({"identity": identity}, **({"scope": scope} if scope else {}))


def _entry(service, interface, region, url):
    return {"type": service["type"], "name": service.get("name"), "interface": interface, "region": region, "url": url}


def _version_3(told, headers):
    token = told["token"]
    catalogue = [
        _entry(s, e["interface"], e.get("region_id") or e.get("region"), e["url"])
        for s in token.get("catalog") or ()
        for e in s["endpoints"]
    ]
    facts = {name: token.get(name) for name in ("project", "domain", "user")}
    return headers["X-Subject-Token"], token.get("issued_at"), token.get("expires_at"), facts, catalogue


def _version_2(told, _headers):
    access = told["access"]
    token = access["token"]
    catalogue = [
        _entry(s, name[:-3], e.get("region"), url)
        for s in access.get("serviceCatalog") or ()
        for e in s["endpoints"]
        for name, url in e.items()
        if name in ("publicURL", "internalURL", "adminURL")
    ]
    facts = {"project": token.get("tenant"), "user": access.get("user")}
    return token["id"], token.get("issued_at"), token.get("expires"), facts, catalogue


def _life(begin, end):
    """Seconds between two times as Keystone writes them; None where it does not tell."""
    begin, end = (re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", text or "") for text in (begin, end))
    if not end:
        return None
    form = "%Y-%m-%dT%H:%M:%S"
    now = datetime.datetime.strptime(begin.group(), form) if begin else datetime.datetime.now(UTC).replace(tzinfo=None)
    return max(0.0, (datetime.datetime.strptime(end.group(), form) - now).total_seconds()) or None


def explain(answer):
    """An OpenStack service's own words for a refusal: {"error": {"message": ...}} and its kin."""
    try:
        told = answer.json()
        inner = next((value for value in told.values() if isinstance(value, dict)), told)
        return str(inner.get("message") or inner.get("detail") or answer.text)[:500]
    except (ValueError, AttributeError):
        return answer.text[:500]
