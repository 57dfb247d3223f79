#!/usr/bin/env bash
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# The virtual environment .venv with the pinned requirements, and the checkout as the collection it is.
#
#     tools/setup.sh [test] [lint] [bench]      what the collection needs, and what these parts add
#
# PYTHON names the interpreter, VENV another folder.
set -eu
cd "$(dirname "$0")/.."
. tools/debian.sh

recent() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

able() { "$1" -c 'import ensurepip, venv' 2>/dev/null; }

# The system's own before one that was built by hand, which takes longer for the same; one that lacks venv last.
find_python() {
    local name fit
    for fit in able recent; do
        for name in ${PYTHON:-/usr/bin/python3 python3 python3.13 python3.12 python3.11 python3.14}; do
            if recent "$name" && "$fit" "$name"; then
                echo "$name"
                return
            fi
        done
    done
    say "Python 3.11 or newer is needed; python3 is $(python3 --version 2>&1 || true). PYTHON=/path/to/python names another."
    return 1
}

make_venv() {
    local python
    python=$(find_python)
    if ! able "$python"; then
        install_packages "the virtual environment" python3-venv
    fi
    "$python" -m venv --clear "$venv"
}

venv=${VENV:-.venv}
link=.ansible/collections/ansible_collections/rackwright/platform
if [ -d $link ] && [ ! -L $link ]; then rm -rf $link; fi # a copy that a tool has made
mkdir -p "$(dirname $link)"
ln -sfn ../../../.. $link

command -v ssh >/dev/null || install_packages "Ansible" openssh-client
if ! recent "$venv/bin/python"; then make_venv; fi
todo=()
for part in "" "$@"; do
    file=requirements${part:+-$part}.txt
    stamp=$venv/${file%.txt}.done
    if ! cat requirements.txt "$file" | cmp -s - "$stamp"; then todo+=("$file"); fi
done
if [ ${#todo[@]} -eq 0 ]; then exit 0; fi
say "Installing ${todo[*]} into $venv"
pip_install "$venv" "${todo[@]/#/--requirement=}"
for file in "${todo[@]}"; do cat requirements.txt "$file" >"$venv/${file%.txt}.done"; done
