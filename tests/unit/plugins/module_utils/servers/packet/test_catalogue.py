# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Places, room and sizes; and lists that change while they are read."""

from __future__ import annotations

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Failure, NotFound
from ansible_collections.rackwright.platform.plugins.module_utils.servers.packet import api, catalogue
from hypothesis import given, settings
from hypothesis import strategies as st

SITES = [{"code": "sjc1", "metro": {"code": "sv"}}, {"code": "sv15", "metro": {"code": "sv"}}]


class FakeApi:
    """Answers GETs by path (a Failure is raised), and questions about room from `free`."""

    wanted = None

    def __init__(self, answers=None, free=None):
        self.answers, self.free, self.asked = answers or {}, free or {}, []

    def get(self, path, **_query):
        found = self.answers.get(path, NotFound("no %s" % path))
        if isinstance(found, Exception):
            raise found
        return found

    def ask(self, path, body):
        self.asked.append((path, len(body["servers"])))
        kind = "metro" if path.endswith("metros") else "facility"
        return {"servers": [{"available": self.free[one[kind]] >= int(one["quantity"])} for one in body["servers"]]}


@settings(deadline=None)
@given(free=st.dictionaries(st.sampled_from("abcd"), st.integers(0, 3000), min_size=1), number=st.integers(1, 3000))
def test_room_is_what_there_is_up_to_what_is_wanted(free, number):
    fake = FakeApi({"/facilities": {"facilities": [{"code": code} for code in "abcd"]}}, free)
    found = catalogue.Catalogue(fake).room({(site, "p"): number for site in free})
    assert found == {(site, "p"): min(number, room) for site, room in free.items()}
    assert len(fake.asked) <= 2 and all(questions <= catalogue.ASKED for _path, questions in fake.asked)


def test_room_of_the_documentations_examples_is_one_call():
    fake = FakeApi({"/facilities": {"facilities": [{"code": code} for code in "abc"]}}, {"a": 7, "b": 24, "c": 50})
    assert catalogue.Catalogue(fake).room({(site, "p"): 25 for site in "abc"}) == {
        ("a", "p"): 7,
        ("b", "p"): 24,
        ("c", "p"): 25,
    }
    assert len(fake.asked) == 1


def test_metros_are_another_question():
    fake = FakeApi({"/facilities": {"facilities": SITES}}, {"sv": 3, "sjc1": 1})
    assert catalogue.Catalogue(fake).room({("sv", "p"): 5, ("sjc1", "p"): 5}) == {("sv", "p"): 3, ("sjc1", "p"): 1}
    assert [path for path, _number in fake.asked] == ["/capacity", "/capacity/metros"]


def test_an_api_that_knows_no_facilities_any_more():
    answers = {"/locations/metros": {"metros": [{"code": "sv", "name": "Silicon Valley", "country": "US"}]}}
    answers["/capacity/metros"] = {"capacity": {"sv": {"p": {"level": "unavailable"}}}}
    found = catalogue.Catalogue(FakeApi(answers))
    assert [(one["name"], one["metro"]) for one in found.places()] == [("sv", "sv")]
    assert found.where("sv") == {"metro": "sv"} and found.level("sv", "p") == "sold_out"


def test_an_api_that_knows_no_metros_yet():
    found = catalogue.Catalogue(FakeApi({"/facilities": {"facilities": [{"code": "ewr1"}]}}))
    assert found.where("ewr1") == {"facility": "ewr1"} and found.metro_of("ewr1") == "ewr1"


@pytest.mark.parametrize(
    ("text", "size"), [("32GB", 32768), ("1.5 TB", 1572864), ("512MB", 512), ("", None), (None, None), ("much", None)]
)
def test_sizes(text, size):
    assert catalogue._size(text, 1024) == size


def test_the_successor_is_the_newest_of_the_same_kind_that_is_alive():
    def image(slug, version, end, distro="debian"):
        return {"slug": slug, "distro": distro, "version": version, "end_of_life_date": end}

    all_ = [
        image("debian_9", "9", "2022-06-30"),
        image("debian_13", "13", "2030-06-30"),
        image("debian_12", "12", "2028-06-30"),
        image("debian_14", "14", "2024-01-01"),
        image("ubuntu_99", "99", "2099-01-01", "ubuntu"),
    ]
    assert catalogue._image(all_[0], all_, "2026-11-28")["successor"] == "debian_13"
    assert "successor" not in catalogue._image(all_[1], all_, "2026-11-28")
    assert "successor" not in catalogue._image(all_[0], all_[:1], "2026-11-28")


class Turning(api.Api):
    """An Api whose list is the next of `lists` at each turn to its first page; two rows a page."""

    def __init__(self, *lists):
        super().__init__({"url": "http://127.0.0.1:1"}, 1)
        self.lists, self.now = list(lists), None

    def get(self, path, per_page, page, **_query):
        if page == 1 and self.lists:
            self.now = self.lists.pop(0)
        rows = self.now[page - 1] if page <= len(self.now) else []
        total = sum(len(one) for one in self.now) - (len(self.lists) > 0 and page > 1)
        return {"rows": [{"id": one} for one in rows], "meta": {"last_page": len(self.now), "total": total}}


def test_a_list_that_changes_while_it_is_read_is_read_again():
    found = Turning([["a", "b"], ["d"]], [["a", "b"], ["c", "d"]]).pages("/x", "rows")
    assert [row["id"] for row in found] == ["a", "b", "c", "d"]


def test_a_list_that_never_rests():
    with pytest.raises(Failure, match="changes faster than it can be read"):
        Turning(*[[["a"], ["b"]]] * 9).pages("/x", "rows")
