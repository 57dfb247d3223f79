#!/usr/bin/env bash
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# The real Ironic, Keystone and Redfish emulator that the tests of servers start, in .venv-openstack.
set -eu
cd "$(dirname "$0")/.."
. tools/debian.sh

venv=.venv-openstack
if cmp -s tests/openstack.txt $venv/openstack.done; then exit 0; fi
say "Installing Ironic, Keystone and sushy-tools into $venv"
.venv/bin/python -m venv --clear $venv
$venv/bin/python -m pip install --quiet --quiet --disable-pip-version-check --requirement tests/openstack.txt
cp tests/openstack.txt $venv/openstack.done
