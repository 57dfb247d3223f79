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
output=$(mktemp)
trap 'rm -f "$output"' EXIT
failed=()

check() {
    local name=$1 start=$SECONDS
    shift
    case " $only " in *" $name "* | "  ") ;; *) return ;; esac
    if "$@" >"$output" 2>&1; then
        printf 'ok      %-18s %ss\n' "$name" $((SECONDS - start))
    else
        printf 'FAILED  %-18s %ss\n' "$name" $((SECONDS - start))
        cat "$output"
        failed+=("$name")
    fi
}

validate_modules() {
    local tool kind found=0
    tool=$(python -c 'import ansible_test; print(*ansible_test.__path__)')/_util/controller/sanity/validate-modules/validate.py
    for kind in modules inventory connection; do
        if ! compgen -G "plugins/$kind/*.py" >/dev/null; then continue; fi
        python "$tool" --arg-spec --collection "$PWD" --collection-version "$version" --plugin-type "${kind/modules/module}" \
            plugins/$kind || found=1
    done
    return $found
}

# The importer tells what it finds and goes on: here each such line counts, but for E203, where its flake8 wants other
# slices than ruff's formatter writes.
importer() {
    local status=0 log=.ansible/importer.log
    ansible-galaxy collection build --force --output-path .ansible/dist . || return
    (cd .ansible/dist && python -m galaxy_importer.main "rackwright-platform-$version.tar.gz") >$log 2>&1 || status=$?
    if grep -E '^(ERROR|WARNING|Traceback)' $log | grep -v ' E203 ' || [ $status -ne 0 ]; then
        echo "The whole log: $log"
        return 1
    fi
}

only="$*"
check ruff ruff check --quiet --output-format concise .
check ruff-format ruff format --check --quiet .
check yamllint yamllint --strict .
check reuse reuse lint --quiet
check changelog antsibull-changelog lint
check generated python tools/generate.py --check
check validate-modules validate_modules
check docs antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs self .
check ansible-lint ansible-lint --offline -q
check galaxy-importer importer
if [ ${#failed[@]} -gt 0 ]; then
    printf 'Not clean: %s\n' "${failed[*]}"
    exit 1
fi
