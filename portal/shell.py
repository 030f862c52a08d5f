"""The frame around every page: the bar with the rooms that exist, theme, language, who I am."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask, g, request, url_for
from flask_babel import gettext
from werkzeug.local import LocalProxy

from .core import brand, i18n, panels
from .core.auth import viewer_or_none
from .core.i18n import lazy as _
from .notifications.queries import unread
from .people.forms import DAYS
from .people.models import WEEK
from .people.queries import Card, cards


@dataclass(frozen=True)
class Room:
    """An entry of the bar. `narrow`: also in the bar at the foot of small screens; `guests`: for guests, too."""

    endpoint: str
    name: Any
    icon: str
    narrow: bool = True
    guests: bool = True


ROOMS = (
    Room("home.home", _("Home"), "house"),
    Room("people.directory", _("People"), "users"),
    Room("teams.teams", _("Teams"), "presentation"),
    Room("kudos.wall", _("Kudos"), "party-popper", narrow=False),
    Room("help.index", _("Help"), "hand-helping", narrow=False),
    Room("goals.goals", _("Goals"), "target", narrow=False, guests=False),
)


def _my_card() -> Card | None:
    """My own card, asked for once per page."""
    if "my_card" not in g:
        who = viewer_or_none()
        found = cards(who, [who.person_id]) if who else []
        g.my_card = found[0] if found else None
    card: Card | None = g.my_card
    return card


def _unread_notices() -> int:
    """How many notices I have not read, for the bell."""
    who = viewer_or_none()
    return unread(who) if who else 0


def weekdays(days: list[str]) -> str:
    """ "Monday to Friday", or the days with commas."""
    names = dict(DAYS)
    places = [WEEK.index(day) for day in days]
    if len(places) > 2 and places == list(range(places[0], places[-1] + 1)):
        return gettext("%(first)s to %(last)s", first=names[days[0]], last=names[days[-1]])
    return ", ".join(str(names[day]) for day in days)


def _context() -> dict[str, Any]:
    who = viewer_or_none() if request.endpoint else None
    return {
        "viewer": who,
        "zone": who.zone if who else "UTC",
        "rooms": [room for room in ROOMS if room.guests or not (who and who.is_guest)],
        "organization": LocalProxy(brand.organization),  # asked for only where it is shown: errors need no database
        "theme": i18n.chosen_theme(),
        "language": i18n.language(),
        "keys_off": request.cookies.get("keys") == "off",
    }


def init_app(app: Flask) -> None:
    """Give templates what the frame needs."""
    app.context_processor(_context)
    app.jinja_env.globals.update(my_card=_my_card, unread_notices=_unread_notices)
    app.jinja_env.globals.update(panels=panels.filled, url_for=url_for)
    app.jinja_env.filters.update(
        day=i18n.day,
        long_day=i18n.long_day,
        near_day=i18n.near_day,
        share=i18n.share,
        points=i18n.points,
        when=i18n.when,
        hour=i18n.hour,
    )
    app.jinja_env.filters.update(weekdays=weekdays)
