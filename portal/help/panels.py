"""What help lends to other pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from portal.core.auth import Viewer
from portal.core.db import db
from portal.core.panels import Panel
from portal.teams.queries import audience_of, team_by_id

from . import offers, promises, queries
from .models import HelpAsk, HelpPost

ON_OTHERS = 3


def on_home(viewer: Viewer, _person_id: int) -> Mapping[str, Any] | None:
    """What came of help, as far as people shared it."""
    outcomes = promises.shared_outcomes(viewer)
    return {"outcomes": outcomes} if outcomes else None


def owed(viewer: Viewer, _person_id: int) -> Mapping[str, Any] | None:
    """Lines in what I owe: asks that were put to me, promises, answers that may be found, offers that still stand."""
    found = {
        "asked": queries.waiting_for_me(viewer, most=3),
        "promises": promises.owed(viewer),
        "answers": _may_be_found(viewer),
        "still": offers.asks_still(viewer),
    }
    return found if any(found.values()) else None


def _may_be_found(viewer: Viewer) -> list[dict[str, Any]]:
    """Answers of mine that were useful, of which I have not said whether they may be found."""
    rows = db.session.execute(
        sa.select(HelpPost.id, HelpAsk.public_id, HelpAsk.question)
        .join(HelpAsk, HelpAsk.id == HelpPost.ask_id)
        .where(
            HelpPost.person_id == viewer.person_id,
            HelpPost.useful_at.is_not(None),
            HelpPost.may_be_found.is_(None),
            HelpAsk.state != "closed",
            HelpAsk.shown_to != "asked",  # nobody would find it there
            queries.seen_by(viewer),
        )
        .order_by(HelpPost.id)
        .limit(2)
    )
    return [{"id": post_id, "ask": ask, "question": question} for post_id, ask, question in rows]


def on_person(viewer: Viewer, person_id: int) -> Mapping[str, Any] | None:
    """What somebody offers."""
    found = offers.offers_of(viewer, person_id)
    is_me = person_id == viewer.person_id
    return {"offers": found, "is_me": is_me} if found else None


def ask_person(viewer: Viewer, person_id: int) -> Mapping[str, Any] | None:
    """The way to ask somebody, on their profile."""
    return None if person_id == viewer.person_id else {}


def on_team(viewer: Viewer, team_id: int) -> Mapping[str, Any] | None:
    """Who of a team needs a hand."""
    team = team_by_id(viewer, team_id)
    found = queries.asks(viewer, team_audience_id=audience_of(team_id), size=ON_OTHERS).items
    return {"asks": found, "slug": team.slug} if found else None


def after_meeting(_viewer: Viewer, _meeting_id: int) -> Mapping[str, Any] | None:
    """The way to promise what one said in a meeting."""
    return {}


def on_topic(viewer: Viewer, topic_id: int) -> Mapping[str, Any] | None:
    """Open asks and offers about a topic."""
    return {
        "asks": queries.asks(viewer, topic_id=topic_id, size=ON_OTHERS).items,
        "answered": queries.asks(viewer, topic_id=topic_id, answered=True, size=ON_OTHERS).items,
        "offers": offers.offers(viewer, topic_id=topic_id, size=ON_OTHERS).items,
    }


PANELS = [
    Panel("home", 8, "help/_on_home.html", on_home),
    Panel("home_owed", 4, "help/_owed.html", owed),
    Panel("person_acts", 20, "help/_ask_person.html", ask_person),
    Panel("person", 14, "help/_on_person.html", on_person),
    Panel("team", 25, "help/_on_team.html", on_team),
    Panel("meeting", 10, "help/_on_meeting.html", after_meeting),
    Panel("topic", 20, "help/_on_topic.html", on_topic),
]
