#!/usr/bin/env bash
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Several of these scripts at once, since each of them waits for the network most of the time.
#
#     tools/parts.sh SCRIPT[ ARGUMENT...]...
set -eu
cd "$(dirname "$0")"

parts=()
for part in "$@"; do
    # shellcheck disable=SC2086 # its words are the script and its arguments
    ./$part &
    parts+=($!)
done
status=0
for part in "${parts[@]}"; do wait "$part" || status=$?; done
exit $status
