# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What looks like a secret is not shown."""

from __future__ import annotations

from ansible_collections.rackwright.platform.plugins.module_utils.core import secrets


def test_secrets_are_masked_and_still_told_apart():
    shown = secrets.masked({"DB_PASSWORD": "one", "API_KEY": "two", "URL": "http://me:three@host/", "MONKEY": "four"})
    assert shown["DB_PASSWORD"].startswith("********")
    assert "one" not in shown["DB_PASSWORD"] and "two" not in shown["API_KEY"] and "three" not in shown["URL"]
    assert shown["MONKEY"] == "four"
    assert shown["DB_PASSWORD"] != secrets.masked({"DB_PASSWORD": "other"})["DB_PASSWORD"]
    assert secrets.hide("log: hunter22 came", secrets.hidden({"TOKEN": "hunter22"})) == "log: ******** came"
