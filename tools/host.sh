#!/usr/bin/env bash
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Have the image of a host for the tests, with Podman or with systemd-nspawn, made from the lab's of the same release.
#
#     tools/host.sh podman|nspawn [debian-12 ...]
set -eu
cd "$(dirname "$0")/.."
. tools/debian.sh

kind=$1
shift
[ $# -gt 0 ] || set -- debian-12
for release in "$@"; do
    base=rackwright/lab:$release image=rackwright/$kind:$release label=org.rackwright.$kind.recipe
    recipe=$({ docker image inspect --format '{{.Id}}' "$base" && cat tools/"${kind}"_image/*; } | sha256sum | cut -c1-16)
    if [ "$(docker image inspect --format "{{index .Config.Labels \"$label\"}}" "$image" 2>/dev/null)" = "$recipe" ]; then
        continue
    fi
    say "Making the image $image: half a minute, once"
    log=$(mktemp)
    docker build -q --build-arg "BASE=$base" --label "$label=$recipe" -t "$image" "tools/${kind}_image" >"$log" 2>&1 || {
        tail -n 15 "$log" >&2
        say "$image could not be made: see above."
        exit 1
    }
    rm -f "$log"
done
