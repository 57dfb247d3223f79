#!/usr/bin/env bash
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# The collections amazon.aws and community.docker, which the benchmark measures against, and kubernetes.core, which the role
# deis is tested with, out of the package `ansible` into .ansible/peers. That package holds a hundred collections; the others
# are not unpacked. And docker-compose of Debian's packages, where apt-get is there: unpacked beside them, and not installed.
set -eu
cd "$(dirname "$0")/.."
. tools/debian.sh

version=12.3.0 # the one of ansible-core 2.19
peers=.ansible/peers
stamp=$peers/ansible-$version-4.done

# Everything that docker-compose needs, but for what every Debian has.
compose() {
    local packages
    packages=$(apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances docker-compose |
        grep -E '^(docker-compose|python3-)' | grep -vE '^python3-(minimal|distutils|lib2to3)' | sort -u)
    (cd "$folder" && apt-get -q download $packages >/dev/null 2>&1) || return 1
    for package in "$folder"/*.deb; do dpkg-deb -x "$package" $peers/compose; done
}

if [ -e $stamp ]; then exit 0; fi
say "Fetching amazon.aws, community.docker and kubernetes.core out of ansible $version into $peers"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${VENV:-.venv}/bin/python" -m pip download --quiet --quiet --disable-pip-version-check --no-deps --only-binary :all: --dest "$folder" "ansible==$version"
rm -rf $peers
mkdir -p $peers
"${VENV:-.venv}/bin/python" - "$folder" $peers <<'END'
import pathlib, sys, zipfile

(wheel,) = pathlib.Path(sys.argv[1]).glob("*.whl")
with zipfile.ZipFile(wheel) as packed:
    wanted = tuple("ansible_collections/%s/" % name for name in ("amazon/aws", "community/docker", "community/library_inventory_filtering_v1", "kubernetes/core"))
    packed.extractall(sys.argv[2], [name for name in packed.namelist() if name.startswith(wanted)])
END
if command -v apt-get >/dev/null; then
    say "Fetching docker-compose from Debian's packages into $peers/compose"
    compose || say "docker-compose cannot be fetched; the benchmark goes without."
fi
touch $stamp
