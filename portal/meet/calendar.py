"""A coffee as a calendar file. Pure function."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from icalendar import Calendar, Event

from .times import LASTS


def coffee_ics(*, uids: Collection[tuple[str, datetime]], name: str, url: str, now: datetime) -> bytes:
    """An iCalendar object (RFC 5545) with an event for each time that was proposed, in UTC.

    uids: (a name that stays the same for this event, when). Proposed is not agreed on, so they are tentative.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Hallway//Meet//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    for uid, at in uids:
        event = Event()
        event.add("uid", uid)
        event.add("dtstamp", now)
        event.add("dtstart", at)
        event.add("dtend", at + LASTS)
        event.add("summary", name)
        event.add("description", url)
        event.add("url", url)
        event.add("status", "TENTATIVE")
        calendar.add_component(event)
    return bytes(calendar.to_ical())
