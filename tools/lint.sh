#!/usr/bin/env bash
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Everything that must be clean. Each check runs, quiet when it is content; one that is not fails the whole.
#
#     tools/lint.sh [name...]      only these checks
set -u
cd "$(dirname "$0")/.."
export PATH=$PWD/.venv/bin:$PATH
export ANSIBLE_COLLECTIONS_PATH=$PWD/.ansible/collections NO_COLOR=1 GALAXY_IMPORTER_CONFIG=$PWD/tests/galaxy-importer.cfg
version=$(sed -n 's/^version: *//p' galaxy.yml)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Two at a time; what a check says comes in one piece.
check() {
    case " $only " in *" $1 "* | "  ") ;; *) return ;; esac
    while [ "$(jobs -rp | wc -l)" -ge 2 ]; do wait -n; done
    judge "$@" &
}

judge() {
    local name=$1 start=$SECONDS verdict=ok
    shift
    "$@" >"$work/$name" 2>&1 || verdict=FAILED
    {
        printf '%-7s %-18s %ss\n' $verdict "$name" $((SECONDS - start))
        if [ $verdict = FAILED ]; then cat "$work/$name"; fi
    } >"$work/$name.told"
    cat "$work/$name.told"
    [ $verdict = ok ] || echo "$name" >>"$work/failed"
}

validate_modules() {
    local tool kind found=0 collection=ansible_collections/rackwright/platform
    tool=$(python -c 'import ansible_test; print(*ansible_test.__path__)')/_util/controller/sanity/validate-modules/validate.py
    for kind in modules inventory connection; do
        if ! compgen -G "plugins/$kind/*.py" >/dev/null; then continue; fi
        python "$tool" --arg-spec --collection $collection --collection-version "$version" \
            --plugin-type "${kind/modules/module}" plugins/$kind/*.py || found=1
    done
    return $found
}

# The importer tells what it finds and goes on: here each such line counts.
importer() {
    local status=0 log=.ansible/importer.log
    ansible-galaxy collection build --force --output-path .ansible/dist . || return
    (cd .ansible/dist && python -m galaxy_importer.main "rackwright-platform-$version.tar.gz") >$log 2>&1 || status=$?
    if grep -E '^(ERROR|WARNING|Traceback)' $log || [ $status -ne 0 ]; then
        echo "The whole log: $log"
        return 1
    fi
}

only="$*"
check ansible-lint ansible-lint --offline -q
check galaxy-importer importer
check docs antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs self .
check validate-modules validate_modules
check yamllint yamllint --strict .
check changelog antsibull-changelog lint
check reuse reuse lint --lines
check generated python tools/generate.py --check
check ruff ruff check --quiet --output-format concise .
check ruff-format ruff format --check --quiet .
wait
if [ -e "$work/failed" ]; then
    echo "Not clean: $(tr '\n' ' ' <"$work/failed")"
    exit 1
fi
