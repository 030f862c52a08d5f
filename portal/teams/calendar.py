"""A kick-off as a calendar file. Pure function."""

from __future__ import annotations

from datetime import datetime

from icalendar import Calendar, Event, vText

from portal.core import clock

from .kickoff import LASTS


def kickoff_ics(
    *, uid: str, sequence: int, at: datetime, zone: str, name: str, place: str, words: str, url: str, now: datetime
) -> bytes:
    """An iCalendar object (RFC 5545) of one event.

    The UID is the same for as long as the team lives and SEQUENCE grows when the kick-off moves, so that a calendar
    that has it moves it too.
    """
    event = Event()
    event.add("uid", uid)
    event.add("sequence", sequence)
    event.add("dtstamp", now)
    event.add("dtstart", at.astimezone(clock.zone(zone)))
    # How long, not until when: an end on the wall has no meaning in the hour that comes twice.
    event.add("duration", LASTS)
    event.add("summary", name)
    if place:
        event["location"] = vText(place)
    event.add("description", f"{words}\n\n{url}".strip())
    event.add("url", url)
    calendar = Calendar()
    calendar.add("prodid", "-//Hallway//Teams//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add_component(event)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())
