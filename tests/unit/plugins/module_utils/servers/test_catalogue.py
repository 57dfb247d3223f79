# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a provider does not have is refused by name before anything is made; what is there is left alone."""

from __future__ import annotations

import re

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.core.driver import Sunset
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Refused
from ansible_collections.rackwright.platform.plugins.module_utils.servers.addresses import IP_ADDRESS
from ansible_collections.rackwright.platform.plugins.module_utils.servers.resource import SERVER

from .catalogue_fake import Made

GOOD = {"name": "web", "facility": "sjc1", "plan": "small", "image": "debian_12"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"facility": "ams9"}, "server web: provider made has no facility ams9, it has dfw1, ewr1, sjc1"),
        (
            {"facility": "any"},
            "no facility any, .* sjc1. To have one chosen: `placement: .* in place of",
        ),
        ({"facility": "['sjc1', 'any']"}, "To have one chosen: `placement"),
        ({"plan": "huge"}, "server web: provider made has no plan huge, it has rare, small"),
        ({"plan": "rare"}, "plan rare is sold out everywhere"),
        ({"image": "plan9"}, "has no image plan9, it has debian_12, debian_9"),
        ({"image": "debian_9"}, "no security updates since 2022-06-30; its successor is debian_12.*end_of_life: allow"),
        ({"plan": None}, "it is not there, and to make it plan must be given"),
    ],
)
def test_what_is_not_to_be_had(change, words):
    row = {name: value for name, value in dict(GOOD, **change).items() if value}
    with pytest.raises(Refused, match=words):
        Made().vet([row], [])
    Made().vet([row], [dict(GOOD, **change)])  # it is there: nothing is made


def test_what_is_to_be_had_and_what_is_known_to_be_old():
    Made().vet([GOOD, dict(GOOD, name="two", facility="sv")], [])
    Made().vet([dict(GOOD, image="debian_9", _end_of_life="allow")], [])


def test_a_new_image_for_a_server_that_is_there_is_looked_at():
    with pytest.raises(Refused, match="successor is debian_12"):
        Made().vet([dict(GOOD, image="debian_9")], [GOOD])


def test_rare_fields_stores_and_actions_are_refused_unless_claimed():
    driver = Made()
    driver.refuse(SERVER, [dict(GOOD, locked=True)])
    with pytest.raises(Refused, match="server web: provider made cannot do spot: it has no spare machines"):
        driver.refuse(SERVER, [dict(GOOD, spot={"max_price": 1.0})])
    with pytest.raises(Refused, match="cannot do ipxe: it has no such thing"):
        driver.refuse(SERVER, [dict(GOOD, ipxe={"url": "http://192.0.2.1/x"})])
    with pytest.raises(Refused, match="provider made cannot do ip_addresses: it has no such thing"):
        driver.store(IP_ADDRESS, {})
    driver.refuse_action("reboot")
    with pytest.raises(Refused, match="cannot do the action rescue: it has no rescue system"):
        driver.refuse_action("rescue")


class Gone(Made):
    """A provider that was switched off."""

    SUNSET = Sunset("2026-06-30", re.compile("^https://api[.]gone[.]example/"), "give the url of a compatible API")


@pytest.mark.parametrize("url", [None, "https://api.gone.example/v1"])
def test_a_provider_that_was_switched_off_says_so(url):
    problems = Gone.missing({"url": url})
    assert problems == ["provider made: the service was switched off on 2026-06-30; give the url of a compatible API"]
    assert Gone.missing({"url": "http://127.0.0.1:1/v1"}) == []
