"""A kick-off as a calendar file: read back by the library that calendars use."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from icalendar import Calendar

from portal.teams.calendar import kickoff_ics

AT = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # in Amsterdam, the hour that comes twice that night


def event(**more: object) -> tuple[bytes, dict[str, object]]:
    values = {
        "uid": "u@hallway", "sequence": 3, "at": AT, "zone": "Europe/Amsterdam", "name": "Kick-off of Elm",
        "place": "", "words": "", "url": "https://h.example/t/elm", "now": datetime(2026, 6, 1, tzinfo=UTC),
    }  # fmt: skip
    data = kickoff_ics(**(values | more))  # type: ignore[arg-type]
    return data, dict(Calendar.from_ical(data).walk("VEVENT")[0])


def test_it_says_when_where_and_that_it_may_have_moved() -> None:
    data, said = event(place="Oak", words="What for")
    assert (said["UID"], said["SEQUENCE"], said["LOCATION"]) == ("u@hallway", 3, "Oak")
    assert said["DTSTART"].dt.astimezone(UTC) == AT  # type: ignore[attr-defined]
    assert said["DURATION"].dt.total_seconds() == 3600  # type: ignore[attr-defined]
    assert said["DESCRIPTION"] == "What for\n\nhttps://h.example/t/elm"
    assert b"METHOD" not in data, "that is for mail"


@pytest.mark.parametrize("words", ["a;b,c\\d", "zwei\nZeilen", "日本語 " * 60, "BEGIN:VEVENT\nATTACH:x", "\r\nX-A:b"])
def test_no_words_break_out_of_their_line(words: str) -> None:
    data, said = event(name=words, place=words)
    assert len(Calendar.from_ical(data).walk("VEVENT")) == 1
    assert "ATTACH" not in said and "X-A" not in said
    assert max(len(line) for line in data.split(b"\r\n")) <= 75
    assert str(said["SUMMARY"]).split() == words.split()


def test_a_place_without_its_own_words_is_left_out() -> None:
    _data, said = event()
    assert "LOCATION" not in said
    assert said["DESCRIPTION"] == "https://h.example/t/elm"
