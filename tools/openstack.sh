#!/usr/bin/env bash
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# What the tests of servers start: the real Ironic, Keystone and Redfish emulator in .venv-openstack, Rackspace's
# simulator in .venv-mimic.
set -eu
cd "$(dirname "$0")/.."
. tools/debian.sh

command -v xorrisofs >/dev/null || install_packages "discs that real machines boot from" xorriso

for name in openstack mimic; do
    venv=.venv-$name
    if cmp -s tests/$name.txt "$venv/$name.done"; then continue; fi
    say "Installing what tests/$name.txt names into $venv"
    .venv/bin/python -m venv --clear "$venv"
    pip_install "$venv" --requirement "tests/$name.txt"
    cp "tests/$name.txt" "$venv/$name.done"
done
