#!/usr/bin/python3
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fake: kubeadm, kubelet, kubectl and crictl as one program, which runs no containers.

It follows the documented behaviour of those commands and flags that the role kubernetes uses, and refuses others. The
kubelet of a control plane serves an API of its own at port 6443; the first holds its data in /var/lib/etcd, the others
hand requests on to it. Which command was called with what is in /var/log/fake-kubernetes. A word in
/var/lib/fake-kubernetes/fail has that command of kubeadm die half-way.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import http.server
import json
import os
import pathlib
import secrets
import shutil
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

import yaml

VERSION = "0.0.0"  # the package's
ETC, PKI = pathlib.Path("/etc/kubernetes"), pathlib.Path("/etc/kubernetes/pki")
DATA, STATE = pathlib.Path("/var/lib/etcd/fake.json"), pathlib.Path("/var/lib/fake-kubernetes")
KUBELET = pathlib.Path("/var/lib/kubelet/config.yaml")
STATIC = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")
FIELDS = {
    "InitConfiguration": {"nodeRegistration", "localAPIEndpoint", "bootstrapTokens", "skipPhases", "patches"},
    "ClusterConfiguration": {
        "kubernetesVersion", "imageRepository", "controlPlaneEndpoint", "networking", "apiServer", "controllerManager",
        "scheduler", "etcd", "dns", "proxy", "clusterName", "certificatesDir", "featureGates", "encryptionAlgorithm",
        "certificateValidityPeriod", "caCertificateValidityPeriod",
    },
    "JoinConfiguration": {"nodeRegistration", "controlPlane", "discovery", "skipPhases", "patches", "caCertPath"},
    "KubeletConfiguration": None,
    "KubeProxyConfiguration": None,
}  # fmt: skip
CONTROL_PLANE = "node-role.kubernetes.io/control-plane"


def die(text, status=1):
    sys.exit((print(text, file=sys.stderr), status)[1])


def minor(version):
    return tuple(int(part) for part in version.lstrip("v").split(".")[:2])


def sh(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


# The API


def call(address, method, path, body=None, user="admin"):
    """One request; returns the answer as data. Raises OSError."""
    request = urllib.request.Request("https://%s%s" % (address, path), method=method)
    request.add_header("X-User", user)
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(request, data, timeout=10, context=ssl._create_unverified_context()) as answer:
        return json.load(answer)


class Handler(http.server.BaseHTTPRequestHandler):
    """Things by their path. PUT creates or replaces, PATCH merges."""

    lock = threading.Lock()

    def log_message(self, *_arguments):
        pass

    def answer(self, status, value):
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(value).encode())

    def handle_one(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        origin = DATA.with_name("origin")
        try:
            if origin.exists():
                self.answer(200, call(origin.read_text(), self.command, self.path, body, self.headers["X-User"] or ""))
            else:
                with self.lock:
                    self.answer(*self.served(body, self.headers["X-User"] or ""))
        except urllib.error.HTTPError as error:
            self.answer(error.code, json.load(error))
        except OSError as error:
            self.answer(503, str(error))

    do_GET = do_PUT = do_PATCH = do_DELETE = handle_one

    def served(self, body, user):
        things, path = json.loads(DATA.read_text()), self.path
        if path == "/readyz":
            return 200, "ok"
        if path.startswith("/tokens/") and self.command == "GET":
            token = things.get(path)
            return (200, token) if token and token["expires"] > time.time() else (401, "token unknown or expired")
        if user.startswith("node:") and path != "/nodes/" + user[5:]:
            return 403, "%s may not %s %s" % (user, self.command, path)
        if self.command == "GET":
            found = (
                [v for k, v in sorted(things.items()) if k.startswith(path)] if path[-1] == "/" else things.get(path)
            )
            return (404, "%s not found" % path) if found is None else (200, found)
        if self.command == "DELETE":
            things.pop(path, None)
        elif self.command == "PATCH" and path not in things:
            return 404, "%s not found" % path
        else:
            things[path] = merge(things[path], body) if self.command == "PATCH" else body
        DATA.write_text(json.dumps(things, indent=1))
        return 200, things.get(path)


def merge(old, new):
    """RFC 7386."""
    if not isinstance(new, dict) or not isinstance(old, dict):
        return new
    done = {**old, **{key: merge(old.get(key, {}), value) for key, value in new.items()}}
    return {key: value for key, value in done.items() if value is not None}


# kubelet


def kubelet(arguments):
    if arguments == ["--version"]:
        return print("Kubernetes v" + VERSION)
    serving = False
    while True:
        time.sleep(0.3)
        manifest = (ETC / "manifests/kube-apiserver.yaml").exists()
        if serving and not manifest:
            sys.exit(0)
        if manifest and not serving:
            server = http.server.ThreadingHTTPServer(("", 6443), Handler)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(PKI / "apiserver.crt", PKI / "apiserver.key")
            server.socket = context.wrap_socket(server.socket, server_side=True)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            serving = True
        if KUBELET.exists() and (ETC / "kubelet.conf").exists():
            register()


def register():
    """Have the node in the API, with the version of this process."""
    address, user = config_of(ETC / "kubelet.conf")
    name = user.split(":")[1]
    status = {"conditions": [{"type": "Ready", "status": "True"}], "nodeInfo": {"kubeletVersion": "v" + VERSION}}
    try:
        try:
            node = call(address, "GET", "/nodes/" + name, user=user)
            if node["status"] != status:
                call(address, "PATCH", "/nodes/" + name, {"status": status}, user)
        except urllib.error.HTTPError:
            labels = {"kubernetes.io/hostname": name}
            node = {"metadata": {"name": name, "labels": labels, "annotations": {}}, "spec": {}, "status": status}
            call(address, "PUT", "/nodes/" + name, node, user)
    except OSError:
        pass


def config_of(path):
    """(address, user) of a kubeconfig."""
    if not path.exists():
        die("error: stat %s: no such file or directory" % path)
    config = yaml.safe_load(path.read_text())
    return config["clusters"][0]["cluster"]["server"].split("//")[1], config["users"][0]["name"]


# kubectl


def kubectl(arguments):
    if arguments == ["version", "--client"]:
        return print("Client Version: v" + VERSION)
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for flag in (
        "--kubeconfig",
        "--request-timeout",
        "-n",
        "-o",
        "--raw",
        "--type",
        "--patch",
        "--timeout",
        "--filename",
    ):
        parser.add_argument(flag)
    for flag in ("--ignore-daemonsets", "--delete-emptydir-data", "--server-side", "--force-conflicts"):
        parser.add_argument(flag, action="store_true")
    parser.add_argument("words", nargs="+")
    given = parser.parse_args(arguments)
    address, user = config_of(pathlib.Path(given.kubeconfig))
    try:
        said = commanded(given, lambda *asked: call(address, *asked, user=user))
    except urllib.error.HTTPError as error:
        reason = {404: "NotFound", 403: "Forbidden"}.get(error.code, "InternalError")
        die("Error from server (%s): %s" % (reason, json.load(error)))
    except OSError as error:
        die("The connection to the server %s was refused: %s" % (address, error))
    print(said)


def commanded(given, api):
    words = given.words
    if words == ["get"]:
        return api("GET", given.raw)
    if words == ["get", "nodes"]:
        return json.dumps({"items": api("GET", "/nodes/")})
    if words[:2] == ["get", "node"]:
        return json.dumps(api("GET", "/nodes/" + words[2]))
    if words == ["get", "configmap", "kubeadm-config"]:
        return json.dumps(api("GET", "/configmaps/kubeadm-config"))
    if words[:2] == ["patch", "node"] and given.type == "merge":
        return api("PATCH", "/nodes/" + words[2], json.loads(given.patch)) and "patched"
    if words[:2] == ["delete", "node"]:
        return api("DELETE", "/nodes/" + words[2]) or "deleted"
    if words[0] == "drain" and given.ignore_daemonsets or words[0] == "uncordon":
        return api("PATCH", "/nodes/" + words[1], {"spec": {"unschedulable": words[0] == "drain" or None}}) and words[0]
    if words == ["apply"] and given.server_side and given.filename == "-":
        return [
            api("PUT", "/applied/" + d["metadata"]["name"], d)["kind"] for d in yaml.safe_load_all(sys.stdin.read())
        ]
    return die("error: this fake does not know: kubectl %s" % words)


# crictl


def crictl(arguments):
    endpoint, address, verb, *rest = arguments
    if endpoint != "--runtime-endpoint" or not address.startswith("unix:///"):
        die("unknown flag: %s" % endpoint)
    if not pathlib.Path(address[7:]).exists():
        die("connect: %s: no such file" % address)
    if verb == "pods" and rest[:3] == ["--namespace", "kube-system", "--name"] and rest[4:] == ["--quiet"]:
        return print("fake-" + rest[3] if (ETC / "manifests" / (rest[3] + ".yaml")).exists() else "")
    if verb == "rmp" and rest[0] == "--force" and rest[1].startswith("fake-"):
        return sh("systemctl", "restart", "kubelet") if rest[1] == "fake-kube-apiserver" else None
    return die("this fake does not know: crictl %s" % arguments)


# kubeadm


def kubeadm(arguments):
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for flag in ("-o", "--config", "--ttl", "--description", "--ignore-preflight-errors", "--cri-socket"):
        parser.add_argument(flag)
    for flag in ("--upload-certs", "--yes", "--force"):
        parser.add_argument(flag, action="store_true")
    parser.add_argument("words", nargs="+")
    given = parser.parse_args(arguments)
    verbs = {
        "version": lambda: print("v" + VERSION),
        "config validate": lambda: validated(given.config) and print("ok"),
        "init": lambda: init(validated(given.config), (given.ignore_preflight_errors or "").split(",")),
        "init phase upload-certs": lambda: upload(given),
        "token create": lambda: token(given),
        "join": lambda: join(given.config),
        "upgrade node": upgrade_node,
        "certs renew all": lambda: (admin(), certificate("apiserver")),
        "reset": lambda: reset() if given.force else die("error: aborted reset operation"),
    }
    words = " ".join(given.words)
    if words.startswith("upgrade apply v") and given.yes:
        return upgrade(words.split("v")[-1])
    if words not in verbs:
        die("error: this fake does not know: kubeadm %s" % words)
    return verbs[words]()


def validated(path):
    """The documents of a configuration, by kind. Strict, as kubeadm is."""
    found = {}
    for document in yaml.safe_load_all(pathlib.Path(path).read_text()):
        kind, group = document.get("kind"), document.get("apiVersion", "")
        if kind not in FIELDS:
            die("error: no kind %r is registered for version %r" % (kind, group))
        if group.startswith("kubeadm.k8s.io/"):
            if group.endswith("v1beta4") and minor(VERSION) < (1, 31) or group[-7:] not in ("v1beta3", "v1beta4"):
                die("error: no kind %r is registered for version %r" % (kind, group))
            unknown = set(document) - FIELDS[kind] - {"kind", "apiVersion"}
            if unknown:
                die("error: strict decoding error: unknown field %r" % sorted(unknown)[0])
            forms(document, list if group.endswith("v1beta4") else dict)
        found[kind] = document
    return found


def forms(node, form):
    """Arguments are a list of name and value, or a map, as the API has it."""
    for name, value in node.items() if isinstance(node, dict) else ():
        if name in ("extraArgs", "kubeletExtraArgs") and not isinstance(value, form):
            die("error: json: cannot unmarshal %s into Go struct field %s" % (type(value).__name__, name))
        forms(value, form)


def broken(word):
    """Die here, if a test wants it."""
    fail = STATE / "fail"
    if fail.exists() and fail.read_text().strip() == word:
        fail.unlink()
        die("error execution phase wait-control-plane: could not initialize a Kubernetes cluster")


def preflight(overlooked):
    swap = len(pathlib.Path("/proc/swaps").read_text().splitlines()) > 1
    wrong = ["Swap"] if swap and "Swap" not in overlooked else []
    wrong += [
        "FileAvailable--etc-kubernetes-%s" % p.name for p in (ETC / "kubelet.conf", ETC / "admin.conf") if p.exists()
    ]
    if wrong:
        die("[preflight] Some fatal errors occurred:\n" + "\n".join("\t[ERROR %s]" % name for name in wrong))


def init(documents, overlooked):
    cluster, begin = documents["ClusterConfiguration"], documents["InitConfiguration"]
    if cluster["kubernetesVersion"].lstrip("v") != VERSION:
        die("error: this version of kubeadm only supports deploying v%s" % VERSION)
    preflight(overlooked + ["Swap"] if documents["KubeletConfiguration"].get("failSwapOn") is False else overlooked)
    name, endpoint = begin["nodeRegistration"]["name"], cluster.get("controlPlaneEndpoint")
    endpoint = endpoint or begin["localAPIEndpoint"]["advertiseAddress"] + ":6443"
    PKI.mkdir(parents=True, exist_ok=True)
    sh("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-subj", "/CN=kubernetes",
       "-keyout", str(PKI / "ca.key"), "-out", str(PKI / "ca.crt"))  # fmt: skip
    kubeconfigs(endpoint, name)
    broken("init")
    DATA.parent.mkdir(parents=True, exist_ok=True)
    origin = begin["localAPIEndpoint"]["advertiseAddress"] + ":6443"
    things = {"/configmaps/kubeadm-config": settings(cluster), "/origin": origin, "/ca": (PKI / "ca.crt").read_text()}
    DATA.write_text(json.dumps(things))
    start(documents["KubeletConfiguration"], cluster)
    marked(endpoint, name)
    secret = "%s.%s" % (secrets.token_hex(3), secrets.token_hex(8))
    print("kubeadm join %s --token %s" % (endpoint, secret))


def settings(cluster):
    return {"data": {"ClusterConfiguration": yaml.safe_dump(cluster)}}


def kubeconfigs(endpoint, name, plane=True):
    """What this host talks to the API with."""
    users = {"kubelet.conf": "node:" + name}
    if plane:
        users.update({"admin.conf": "kubernetes-admin", "super-admin.conf": "kubernetes-super-admin"})
        certificate("apiserver")
    for file, user in users.items():
        cluster = {"name": "kubernetes", "cluster": {"server": "https://" + endpoint}}
        config = {"apiVersion": "v1", "kind": "Config", "clusters": [cluster], "users": [{"name": user, "user": {}}]}
        (ETC / file).write_text(yaml.safe_dump(config))
        (ETC / file).chmod(0o600)


def certificate(name):
    days = STATE / "days"  # a test's certificates may end soon
    sh("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=" + name, "-days",
       days.read_text() if days.exists() else "365", "-keyout", str(PKI / (name + ".key")),
       "-out", str(PKI / (name + ".crt")))  # fmt: skip


def start(kubelet, cluster=None):
    """What makes the kubelet run, and the control plane with it."""
    KUBELET.parent.mkdir(parents=True, exist_ok=True)
    KUBELET.write_text(yaml.safe_dump(kubelet))
    (ETC / "manifests").mkdir(parents=True, exist_ok=True)
    if cluster:
        manifests(cluster)
    sh("systemctl", "start", "kubelet")


def manifests(cluster):
    for name in STATIC:
        image = "%s/%s:%s" % (cluster["imageRepository"], name, cluster["kubernetesVersion"])
        pod = {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"name": name, "image": image}]}}
        (ETC / "manifests" / (name + ".yaml")).write_text(yaml.safe_dump(pod))


def marked(endpoint, name, plane=True):
    """Wait for the node, and mark a control plane as one."""
    labels, taint = {CONTROL_PLANE: ""}, {"key": CONTROL_PLANE, "effect": "NoSchedule"}
    for _turn in range(60):
        try:
            if plane:
                call(endpoint, "PATCH", "/nodes/" + name, {"metadata": {"labels": labels}, "spec": {"taints": [taint]}})
            return call(endpoint, "GET", "/nodes/" + name)
        except OSError:
            time.sleep(0.5)
    return die("error: timed out waiting for the condition")


def admin():
    return config_of(ETC / "admin.conf")[0]


def token(given):
    amount, unit = int(given.ttl[:-1]), given.ttl[-1]
    secret = "%s.%s" % (secrets.token_hex(3), secrets.token_hex(8))
    expires = time.time() + amount * {"s": 1, "m": 60, "h": 3600}[unit]
    call(admin(), "PUT", "/tokens/" + secret, {"expires": expires, "description": given.description})
    print(secret)


def upload(given):
    if not given.upload_certs:
        die("error: --upload-certs is needed")
    key = secrets.token_hex(32)
    files = {path.name: path.read_text() for path in PKI.glob("ca.*")}
    call(admin(), "PUT", "/certificates/" + key, files)
    print("[upload-certs] Storing the certificates in Secret\n[upload-certs] Using certificate key:\n%s" % key)


def ca_hash(text):
    key = subprocess.run(["openssl", "x509", "-pubkey", "-noout"], input=text, capture_output=True, text=True).stdout
    return "sha256:" + hashlib.sha256(base64.b64decode("".join(key.splitlines()[1:-1]))).hexdigest()


def join(path):
    if os.stat(path).st_mode & 0o077:
        die("error: this fake wants secrets to be readable for root only: %s" % path)
    document = validated(path)["JoinConfiguration"]
    preflight([])
    entry, name = document["discovery"]["bootstrapToken"], document["nodeRegistration"]["name"]
    endpoint = entry["apiServerEndpoint"]
    try:
        call(endpoint, "GET", "/tokens/" + entry["token"])
        cluster = yaml.safe_load(call(endpoint, "GET", "/configmaps/kubeadm-config")["data"]["ClusterConfiguration"])
    except OSError as error:
        die("error execution phase preflight: couldn't validate the identity of the API Server: %s" % error)
    if cluster["kubernetesVersion"].lstrip("v") != VERSION:
        die("error: kubeadm v%s cannot join a cluster of %s" % (VERSION, cluster["kubernetesVersion"]))
    PKI.mkdir(parents=True, exist_ok=True)
    plane = document.get("controlPlane")
    if plane:
        if "certificateKey" not in plane:
            die("error: a control plane needs a certificateKey")
        for file, text in call(endpoint, "GET", "/certificates/" + plane["certificateKey"]).items():
            (PKI / file).write_text(text)
        if ca_hash((PKI / "ca.crt").read_text()) not in entry["caCertHashes"]:
            die("error: cluster CA found in cluster-info ConfigMap is invalid: none of the public keys are pinned")
        DATA.parent.mkdir(parents=True, exist_ok=True)
        DATA.with_name("origin").write_text(call(endpoint, "GET", "/origin"))
    else:
        (PKI / "ca.crt").write_text(call(endpoint, "GET", "/ca"))
    kubeconfigs(endpoint, name, bool(plane))
    broken("join")
    start({"cgroupDriver": "systemd"}, cluster if plane else None)
    marked(endpoint, name, bool(plane))


def upgrade(version):
    """Of the whole cluster."""
    endpoint = admin()
    cluster = yaml.safe_load(call(endpoint, "GET", "/configmaps/kubeadm-config")["data"]["ClusterConfiguration"])
    now, there = minor(cluster["kubernetesVersion"]), minor(version)
    if version != VERSION or there[1] - now[1] not in (0, 1):
        die("[ERROR] Specified version to upgrade to %s does not go with kubeadm %s and %s" % (version, VERSION, now))
    cluster["kubernetesVersion"] = "v" + version
    manifests(cluster)
    broken("upgrade")
    call(endpoint, "PUT", "/configmaps/kubeadm-config", settings(cluster))


def upgrade_node():
    if not (ETC / "manifests/kube-apiserver.yaml").exists():
        return print("[upgrade] The configuration for this node was successfully updated!")
    cluster = yaml.safe_load(call(admin(), "GET", "/configmaps/kubeadm-config")["data"]["ClusterConfiguration"])
    return manifests(cluster)


def reset():
    subprocess.run(["systemctl", "stop", "kubelet"], check=False)
    for folder in (ETC / "manifests", PKI, DATA.parent, KUBELET.parent):
        shutil.rmtree(folder, ignore_errors=True)
    for path in ETC.glob("*.conf"):
        path.unlink()
    print("The reset process does not reset or clean up iptables rules or IPVS tables.")


def main():
    name, arguments = os.path.basename(sys.argv[0]), sys.argv[1:]
    STATE.mkdir(parents=True, exist_ok=True)
    with open("/var/log/fake-kubernetes", "a", encoding="utf-8") as log:
        log.write("%s %s\n" % (name, " ".join(arguments)))
    {"kubeadm": kubeadm, "kubelet": kubelet, "kubectl": kubectl, "crictl": crictl}[name](arguments)


if __name__ == "__main__":
    main()
