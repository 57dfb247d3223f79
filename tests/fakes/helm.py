# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fake: the program helm, as far as kubernetes.core's helm, helm_info and helm_pull ask it; releases are in a file.

with Helm(folder) as helm:
    helm.program, helm.kubeconfig, helm.charts      # where `pull` finds charts: NAME-VERSION.tgz
    helm.releases()                                 # {name: facts}
"""

from __future__ import annotations

import io
import json
import sys
import tarfile

PROGRAM = '''#!%(python)s
"""A fake of helm 3; see tests/fakes/helm.py."""
import json, os, pathlib, shutil, sys, tarfile
import yaml

home = pathlib.Path(%(folder)r)
path = home / "releases.json"
releases = json.loads(path.read_text()) if path.exists() else {}
words = [word for word in sys.argv[1:] if not word.startswith("-")]
given = [word[3:] for word in sys.argv[1:] if word.startswith("-f=")]
with (home / "asked").open("a") as log:
    log.write(json.dumps(sys.argv[1:]) + "\\n")


def end(text, status=0):
    print(text, file=sys.stderr if status else sys.stdout)
    sys.exit(status)


def chart(archive):
    with tarfile.open(archive) as tar:
        return yaml.safe_load(tar.extractfile("workflow/Chart.yaml"))


if words[0] == "version":
    end('version.BuildInfo{Version:"v3.14.0", GitCommit:"", GitTreeState:"clean", GoVersion:"go1.21.7"}')
if words[0] == "plugin":
    end("NAME\\tVERSION\\tDESCRIPTION")
if words[0] == "pull":
    options = dict(zip(sys.argv[1:], sys.argv[2:]))
    found = home / "charts" / ("%%s-%%s.tgz" %% (words[1].rsplit("/", 1)[-1], options["--version"]))
    if not found.exists():
        end("Error: chart %%r not found in %%s" %% (words[1], options.get("--repo", "")), 1)
    shutil.copy(found, options["--destination"])
    end("")
if words[0] == "show":
    end(yaml.safe_dump(chart(words[2])))
if "clusters" not in pathlib.Path(os.environ["KUBECONFIG"]).read_text() or (home / "down").exists():
    end("Error: Kubernetes cluster unreachable", 1)
if words[0] == "list":
    end(yaml.safe_dump([one for one in releases.values()]))
if words[0] == "get":
    end(yaml.safe_dump(json.loads((home / (words[-1] + ".values")).read_text())))
if words[0] == "upgrade":
    name, archive = words[-2:]
    if (home / "broken").exists():
        end("Error: timed out waiting for the condition", 1)
    facts = chart(archive)
    values = yaml.safe_load(pathlib.Path(given[0]).read_text()) if given else None
    releases[name] = {
        "name": name,
        "namespace": os.environ["HELM_NAMESPACE"],
        "revision": str(int(releases.get(name, {}).get("revision", 0)) + 1),
        "status": "deployed",
        "chart": "%%s-%%s" %% (facts["name"], facts["version"]),
        "app_version": "",
        "updated": "",
    }
    (home / (name + ".values")).write_text(json.dumps(values))
if words[0] == "uninstall":
    del releases[words[-1]]
path.write_text(json.dumps(releases))
'''


class Helm:
    """The program in a folder of its own, with a cluster that answers."""

    def __init__(self, folder):
        self.folder, self.charts = folder, folder / "charts"
        self.program, self.kubeconfig = folder / "helm", folder / "kubeconfig"

    def __enter__(self):
        self.charts.mkdir(parents=True)
        self.program.write_text(PROGRAM % {"python": sys.executable, "folder": str(self.folder)})
        self.program.chmod(0o755)
        self.kubeconfig.write_text(json.dumps({"clusters": []}))
        return self

    def __exit__(self, *_error):
        """The folder goes with the test."""

    def chart(self, version, folder=None):
        """A chart of nothing; returns its path."""
        path = (folder or self.charts) / ("workflow-%s.tgz" % version)
        text = ("name: workflow\nversion: %s\n" % version).encode()
        with tarfile.open(path, "w:gz") as tar:
            entry = tarfile.TarInfo("workflow/Chart.yaml")
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text))
        return path

    def releases(self):
        """What is installed, with its values, by name."""
        path = self.folder / "releases.json"
        found = json.loads(path.read_text()) if path.exists() else {}
        return {name: dict(one, values=self._values(name)) for name, one in found.items()}

    def _values(self, name):
        return json.loads((self.folder / (name + ".values")).read_text())

    def asked(self):
        """What it was called with since the last time."""
        path = self.folder / "asked"
        lines = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        path.write_text("")
        return lines
