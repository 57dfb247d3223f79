# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a name server's words mean, and rows from what it sends; real servers are in tests/integration."""

from __future__ import annotations

import dns.exception
import dns.name
import dns.rdata
import dns.tsig
import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import (
    Ambiguous,
    Failure,
    NotFound,
    Refused,
    Unauthorized,
)
from ansible_collections.rackwright.platform.plugins.module_utils.dns.nameserver import Nameserver
from ansible_collections.rackwright.platform.plugins.module_utils.dns.rows import of_transfer

KEY = ("k", "c2Vj cmV0\n", "hmac-sha256")


def nameserver(serves=True, **more):
    server = Nameserver("provider x", more.pop("host", "192.0.2.1"), **more)
    server.serves = lambda _zone: serves
    return server


@pytest.mark.parametrize("host, address", [("ns1", "ns1:53"), ("192.0.2.1", "192.0.2.1:53"), ("::1", "[::1]:53")])
def test_where_a_server_is(host, address):
    assert nameserver(host=host).address == address


def test_a_secret_may_be_broken_into_words_and_must_be_base64():
    assert nameserver(key=KEY).key.secret == b"secret"
    with pytest.raises(Refused, match="TSIG key k is not base64, or its algorithm"):
        nameserver(key=("k", "hush!", "hmac-sha256"))


@pytest.mark.parametrize(
    "code, serves, kind, words",
    [
        ("BADKEY", True, Unauthorized, "does not know the TSIG key k"),
        ("BADSIG", True, Unauthorized, "another secret"),
        ("BADTIME", True, Unauthorized, "clocks"),
        ("BADTRUNC", True, Unauthorized, "longer signature"),
        ("REFUSED", True, Unauthorized, "does not let the TSIG key k do that; see its allow-transfer"),
        ("NOTAUTH", True, Unauthorized, "does not let the TSIG key k do that"),
        ("NOTAUTH", False, NotFound, "does not serve it; check the zone's name and the server"),
        ("SERVFAIL", True, Ambiguous, "its log tells why"),
        ("NOTIMP", True, Failure, "answers NOTIMP to the update"),
    ],
)
def test_what_an_rcode_stands_for(code, serves, kind, words):
    failure = nameserver(serves, key=KEY).denied(code, "the update of example.org.", "example.org.")
    assert type(failure) is kind and words in str(failure) and code in str(failure)
    assert str(failure).startswith(("provider x: 192.0.2.1:53", "zone example.org.: provider x"))


@pytest.mark.parametrize(
    "error, kind, words",
    [
        (dns.tsig.PeerBadTime(), Unauthorized, "BADTIME"),
        (dns.tsig.PeerBadSignature(), Unauthorized, "BADSIG"),
        (dns.exception.Timeout(), Ambiguous, "has not answered for 30 s"),
        (EOFError("EOF"), Ambiguous, "broke before the answer was whole (it was closed)"),
        (ConnectionResetError(104, "reset"), Ambiguous, "broke before the answer was whole (reset)"),
        (dns.exception.TooBig(), Failure, "more than the 65535 bytes"),
        (dns.exception.FormError("odd"), Failure, "makes no sense: odd"),
    ],
)
def test_what_dnspython_raises_is_told_as_what_it_is(error, kind, words):
    with pytest.raises(kind) as failure, nameserver(key=KEY)._told("the update of example.org."):
        raise error
    assert type(failure.value) is kind and words in str(failure.value)


def piece(name, kind, *values, ttl=60):
    datas = [dns.rdata.from_text("IN", kind, value) for value in values]
    return dns.name.from_text(name), ttl, kind, datas


def test_pieces_of_a_set_are_put_together_in_canonical_spelling():
    found = [
        piece("WWW.example.org.", "A", "192.0.2.2"),
        piece("mx.example.org.", "MX", "5 MAIL.Example.org."),
        piece("www.example.org.", "A", "192.0.2.1", ttl=30),
        piece("odd.example.org.", "TYPE65280", "\\# 2 BEEF"),
        piece("gpos.example.org.", "GPOS", "1 2 3"),  # dnspython knows it, we do not
    ]
    assert of_transfer(found, "example.org.") == [
        {"name": "www.example.org.", "type": "A", "ttl": 30, "values": ["192.0.2.1", "192.0.2.2"]},
        {"name": "mx.example.org.", "type": "MX", "ttl": 60, "values": ["5 mail.example.org."]},
        {"name": "odd.example.org.", "type": "TYPE65280", "ttl": 60, "values": ["\\# 2 beef"]},
        {"name": "gpos.example.org.", "type": "TYPE27", "ttl": 60, "values": ["\\# 6 013101320133"]},
    ]


def test_a_name_of_another_zone_is_not_believed():
    for name in ("www.other.example.", "xexample.org."):
        with pytest.raises(Failure, match="a name of another zone"):
            of_transfer([piece(name, "A", "192.0.2.1")], "example.org.")
    assert of_transfer([piece("www.other.example.", "A", "192.0.2.1")], ".")
