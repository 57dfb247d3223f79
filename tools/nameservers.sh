#!/usr/bin/env bash
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PowerDNS, BIND and Knot DNS for the tests, which start them themselves: the packages, without their services.
set -eu
cd "$(dirname "$0")/.."
. tools/debian.sh

export PATH="$PATH:/usr/sbin:/sbin"
if command -v pdns_server named knotd named-checkzone >/dev/null &&
    ls /usr/lib/*/pdns/libgsqlite3backend.so >/dev/null 2>&1; then exit 0; fi
install_packages "the DNS tests" pdns-server pdns-backend-sqlite3 bind9 bind9-utils knot
if command -v systemctl >/dev/null; then as_root systemctl --quiet disable pdns.service named.service knot.service; fi
