#!/usr/bin/env bash
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# The tests that hang on Ansible's version, on the newest ansible-core that a newer Python here installs.
#
#     tools/newest.sh [ready | all]      ready: only what they need; all: with the unit tests of every driver
set -eu
cd "$(dirname "$0")/.."

is() { "$1" -c "import sys; sys.exit(not ($2))" 2>/dev/null; }

if is .venv/bin/python 'sys.version_info >= (3, 12)'; then
    echo "The tests run on the newest ansible-core anyway: $(.venv/bin/ansible --version | head -n 1)"
    exit 0
fi
newest=""
for minor in 14 13 12; do
    for python in "python3.$minor" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.$minor.*/bin/python; do
        if is "$python" "sys.version_info[:2] == (3, $minor)"; then
            newest=$python
            break 2
        fi
    done
done
if [ -z "$newest" ]; then
    echo "Skipped: the newest ansible-core needs Python 3.12 or newer, and there is none here."
    exit 0
fi
VENV=.venv-newest PYTHON=$newest tools/setup.sh test
if [ "${1:-}" = ready ]; then exit 0; fi
echo "On $(.venv-newest/bin/ansible --version | head -n 1), $(.venv-newest/bin/python --version):"
export PATH=$PWD/.venv-newest/bin:$PATH
dns=tests/integration/test_dns.py  # as much of it as has playbooks of every kind
units=(tests/unit)
if [ "${1:-}" != all ]; then
    units=(tests/unit/test_*.py tests/unit/plugins/{action,filter,inventory,module_utils/core,modules,plugin_utils})
fi
# what takes long comes first
exec python -m pytest -q -n 4 --no-loadscope-reorder tests/integration/test_{progress,containers}.py \
    $dns::test_twelve_steps $dns::test_check_mode_and_diff_of_a_whole_run $dns::test_options_from_the_environment "${units[@]}"
