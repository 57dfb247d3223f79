# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs on a managed host compiles and imports on Python 3.8, where no third-party library is installed."""

from __future__ import annotations

import os
import pathlib
import subprocess

import ansible
import pytest
from ansible.release import __version__

ROOT = pathlib.Path(__file__).resolve().parents[2]
FLOOR = "3.8"
LAST = (2, 19)  # the last ansible-core whose modules run there
PROGRAM = """
import importlib, sys, traceback
failed = 0
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except BaseException:
        failed = 1
        print(name)
        traceback.print_exc(limit=-1, file=sys.stdout)
sys.exit(failed)
"""


def floor_python():
    """The path of a real Python 3.8; None where there is none."""
    pyenv = pathlib.Path(os.environ.get("PYENV_ROOT", pathlib.Path.home() / ".pyenv"))
    for candidate in ["python" + FLOOR, *sorted(pyenv.glob("versions/%s.*/bin/python" % FLOOR))]:
        try:
            found = subprocess.run([candidate, "-V"], capture_output=True, text=True, check=False).stdout
        except OSError:
            continue
        if found.startswith("Python %s." % FLOOR):
            return str(candidate)
    return None


def names():
    """Every module and module utility of the collection by its Python name."""
    for folder in ("modules", "module_utils"):
        for path in sorted((ROOT / "plugins" / folder).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            if parts[-1] != "__init__":
                yield ".".join(("ansible_collections", "rackwright", "platform", *parts))


def test_modules_import_on_the_oldest_python(tmp_path):
    python = floor_python()
    if python is None:
        pytest.skip("no Python %s here" % FLOOR)
    if tuple(int(part) for part in __version__.split(".")[:2]) > LAST:
        pytest.skip("ansible-core %s does not run on Python %s" % (__version__, FLOOR))
    # ansible alone, without the libraries installed beside it
    (tmp_path / "ansible").symlink_to(pathlib.Path(ansible.__file__).parent)
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT / ".ansible" / "collections")]),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    done = subprocess.run(
        [python, "-W", "error::SyntaxWarning", "-c", PROGRAM, *names()],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert done.returncode == 0, done.stdout + done.stderr
