"""Who may be nudged for their intro, and if not, why not. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import format_date, gettext

from portal.core import clock
from portal.core.i18n import day

from .models import NUDGE_AGAIN_AFTER


@dataclass(frozen=True)
class Obstacle:
    """Why somebody is not nudged now: closed, me, in, starts, kickoff or nudged; and the day it speaks of."""

    code: str
    on: date | None = None


def obstacle(
    *,
    is_open: bool,
    is_me: bool,
    is_in: bool,
    starts_on: date | None,
    kickoff_is_today: bool,
    nudged_at: datetime | None,
    zone: str,
) -> Obstacle | None:
    """What stands in the way of a nudge; None: nothing does.

    is_in: the intro is in; starts_on: the first day, if it lies ahead; zone: of whoever reads the answer.
    """
    if not is_open:
        return Obstacle("closed")
    if is_me:
        return Obstacle("me")
    if is_in:
        return Obstacle("in")
    if starts_on is not None:
        return Obstacle("starts", starts_on)
    if kickoff_is_today:
        return Obstacle("kickoff")
    if nudged_at is not None and clock.now() - nudged_at < NUDGE_AGAIN_AFTER:
        return Obstacle("nudged", nudged_at.astimezone(clock.zone(zone)).date())
    return None


def _near(on: date, zone: str) -> str:
    """ "Wednesday", or "12 November" for what is a week away and more."""
    return str(format_date(on, "EEEE")) if abs((on - clock.today(zone)).days) < 7 else day(on, zone)


def in_short(found: Obstacle, zone: str) -> str:
    """A few words beside the name, for the lead."""
    if found.code == "starts" and found.on:
        return gettext("starts %(day)s", day=_near(found.on, zone))
    if found.code == "nudged" and found.on:
        if found.on == clock.today(zone):
            return gettext("nudged today")
        return gettext("nudged on %(day)s", day=_near(found.on, zone))
    return gettext("today is the kick-off") if found.code == "kickoff" else ""


def in_words(found: Obstacle, name: str, zone: str) -> str:
    """A sentence for whoever tried all the same."""
    if found.code == "starts" and found.on:
        return gettext("%(name)s starts %(day)s. Nobody is nudged before the first day.", name=name,
                       day=_near(found.on, zone))  # fmt: skip
    if found.code == "nudged" and found.on:
        if found.on == clock.today(zone):
            return gettext("%(name)s was nudged today. Once a week is enough.", name=name)
        return gettext("%(name)s was nudged on %(day)s. Once a week is enough.", name=name,
                       day=_near(found.on, zone))  # fmt: skip
    return {
        "closed": gettext("This team is closed. Its lead can open it again."),
        "me": gettext("This is your own intro: write it when you like."),
        "in": gettext("The intro of %(name)s is in.", name=name),
        "kickoff": gettext("Today is the kick-off. Nobody is nudged on the day itself."),
    }[found.code]
