# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""LOC values (RFC 1876): latitude, longitude, altitude, size and precision."""

from __future__ import annotations

import re
from decimal import Decimal

FORM = "%s N|S %s E|W <altitude>m [<size>m [<horizontal>m [<vertical>m]]]" % (
    ("<degrees> [<minutes> [<seconds>]]",) * 2
)
DEFAULTS = ("1m", "10000m", "10m")
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]{1,3})?\Z")
_METRES = re.compile(r"(-?[0-9]+(?:\.[0-9]{1,2})?)m?\Z", re.IGNORECASE)


def canonical(found, _resolve):
    """The one spelling of a value given as tokens: every field, seconds with 3 decimals, metres with 2."""
    words = [word.upper() for word in found]
    north = next((at for at, word in enumerate(words) if word in "NS"), None)
    east = next((at for at, word in enumerate(words) if word in "EW"), None)
    if north is None or east is None or east < north or len(words) < east + 2:
        raise ValueError("it is: %s" % FORM)
    sizes = list(words[east + 2 :])
    if len(sizes) > len(DEFAULTS):
        raise ValueError("it is: %s" % FORM)
    sizes += DEFAULTS[len(sizes) :]
    parts = [_angle(words[:north], 90), words[north], _angle(words[north + 1 : east], 180), words[east]]
    parts.append(_metres(words[east + 1], Decimal("-100000.00"), Decimal("42849672.95")))
    return " ".join(parts + [_size(word) for word in sizes])


def _angle(words, most):
    if not 1 <= len(words) <= 3 or not all(_NUMBER.match(word) for word in words):
        raise ValueError("%r is no angle: <degrees> [<minutes> [<seconds>]]" % " ".join(words))
    degrees, minutes, seconds = [Decimal(word) for word in words] + [Decimal(0)] * (3 - len(words))
    if degrees != int(degrees) or minutes != int(minutes):
        raise ValueError("degrees and minutes are whole numbers; %s are not" % " ".join(words))
    if minutes >= 60 or seconds >= 60 or degrees * 3600 + minutes * 60 + seconds > most * 3600:
        raise ValueError("%s is beyond %d degrees, or 60 minutes or seconds" % (" ".join(words), most))
    return "%d %d %.3f" % (degrees, minutes, seconds)


def _metres(word, least, most):
    match = _METRES.match(word)
    if not match or not least <= Decimal(match.group(1)) <= most:
        raise ValueError("%r is no length in metres from %s to %s" % (word, least, most))
    return "%.2fm" % Decimal(match.group(1))


def _size(word):
    """A size, cut to the one digit that the wire format has."""
    centimetres = int(Decimal(_metres(word, Decimal(0), Decimal("90000000.00"))[:-1]) * 100)
    digits = str(centimetres)
    return "%.2fm" % (Decimal(int(digits[0]) * 10 ** (len(digits) - 1)) / 100)
