"""An offer that is made with the intro: one of its own, kept in step with it. Rules and writes."""

from __future__ import annotations

import sqlalchemy as sa

from portal.accounts.queries import as_viewer, reader
from portal.core import clock
from portal.core.db import db
from portal.core.events import publish
from portal.core.markup import plain, safe_html
from portal.infomercials.models import Infomercial
from portal.people import names

from . import asking, offers
from .events import OfferChanged
from .models import HelpOffer, HelpOfferTopic
from .offers import Words


def follow(person_id: int) -> None:
    """What their published intro offers, where it says that colleagues may take it up, is an offer: made once,
    changed with the words, closed with them. Words that it has taken over already are left as they are, so that what
    was changed, paused or closed here since stays so. `RuleBroken` where they have too many offers."""
    intro = db.session.get(Infomercial, person_id, populate_existing=True)
    said = intro.offer if intro is not None and intro.offer_stands else ""
    row = _followed(person_id, said)
    what = " ".join(plain(safe_html(said)).split())
    if intro is None or not names.is_visible(what):
        if row is not None:
            row.intro_words = None
            if row.state != "closed":
                offers.end(row)
        return
    if row is not None and row.intro_words == said:
        if row.shown_to != intro.shown_to:
            row.shown_to = intro.shown_to
            offers.list_anew([row])
        return
    if row is None or row.state == "closed":
        if row is not None:
            row.intro_words = None
        words = Words(what, topic_ids=_topics(person_id, what))
        offers.add(person_id, words, shown_to=intro.shown_to, intro_words=said)
        return
    row.what, row.intro_words, row.shown_to, row.confirmed_at = what, said, intro.shown_to, clock.now()
    row.version += 1
    about = sa.select(HelpOfferTopic.topic_id).where(HelpOfferTopic.offer_id == row.id)
    if db.session.scalar(about.limit(1)) is None:
        offers.note_topics(row.id, _topics(person_id, what))
    offers.list_anew([row])
    publish(OfferChanged(row.id))


def _followed(person_id: int, said: str) -> HelpOffer | None:
    """The one offer that follows their intro, held: of two (two entries became one) the one with its words, else the
    newest. The other is an offer like any from now on."""
    rows = db.session.scalars(
        sa.select(HelpOffer)
        .where(HelpOffer.person_id == person_id, HelpOffer.intro_words.is_not(None))
        .order_by(HelpOffer.id.desc())
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    first = next((row for row in rows if row.intro_words == said), rows[0] if rows else None)
    for row in rows:
        if row is not first:
            row.intro_words = None
    return first


def _topics(person_id: int, what: str) -> tuple[int, ...]:
    """What its words name."""
    mine = reader(person_id)
    return tuple(one.id for one in asking.suggested(as_viewer(mine), what)) if mine else ()
