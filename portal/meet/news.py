"""Something to say to somebody one has not heard from: their open ask, their thanks, their new intro."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal

import sqlalchemy as sa

from portal.audiences.queries import visible_to
from portal.core.auth import Viewer
from portal.core.db import db
from portal.help.queries import open_asks_of
from portal.infomercials.models import Infomercial, InfomercialListing
from portal.kudos.walls import last_thanks


@dataclass(frozen=True)
class News:
    """What I may see of them, and could begin with. key: of the ask or the thanks; "" for an intro."""

    kind: Literal["ask", "kudos", "intro"]
    words: str
    key: str = ""


def news_of(viewer: Viewer, since: Mapping[int, date]) -> dict[int, News]:
    """For each of these people one thing, where there is any: an ask that is open; else thanks, else an intro, if
    newer than that day. Three queries."""
    if not since:
        return {}
    found = {one: News("intro", words) for one, words in _intros(viewer, since).items()}
    for one, (public_id, words) in last_thanks(viewer, since).items():
        found[one] = News("kudos", words, public_id)
    for one, (public_id, question) in open_asks_of(viewer, since).items():
        found[one] = News("ask", question, public_id)
    return found


def _intros(viewer: Viewer, since: Mapping[int, date]) -> dict[int, str]:
    """The headlines of what they published since then, of what I may read."""
    listing = InfomercialListing
    rows = db.session.execute(
        sa.select(listing.person_id, Infomercial.headline, listing.published_at)
        .join(Infomercial, Infomercial.person_id == listing.person_id)
        .where(
            listing.person_id.in_(list(since)),
            visible_to(viewer, listing.audience_id),
            listing.published_at > datetime.combine(min(since.values()), datetime.min.time(), UTC),
        )
    ).tuples()
    return {one: headline for one, headline, at in rows if at.date() > since[one]}
