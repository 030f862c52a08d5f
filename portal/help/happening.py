"""Who could use a hand, and who offers one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portal.audiences.queries import visible_to
from portal.core.auth import Viewer
from portal.core.happening import Asked, Source
from portal.core.paging import Rows, top_of_audiences
from portal.moderation.queries import keeps_apart
from portal.people.queries import listed
from portal.topics.models import Topic, TopicClaim, root_of

from . import offers, queries
from .models import HelpAsk, HelpAskListing, HelpAskTopic, HelpOffer, HelpOfferListing, HelpOfferTopic

_NAME = aliased(Topic)  # beside the topics that it is among


def _topics(viewer: Viewer, learning: bool) -> sa.Select[int]:
    """The topics that the viewer is learning, or can be asked about, by whatever name."""
    wanted = TopicClaim.level == "learning" if learning else TopicClaim.level != "learning"
    mine = sa.select(root_of()).join(TopicClaim, TopicClaim.topic_id == Topic.id)
    mine = mine.where(TopicClaim.person_id == viewer.person_id, wanted)
    return sa.select(_NAME.id).where(sa.or_(_NAME.id.in_(mine), _NAME.merged_into_id.in_(mine)))


# ---- asks ------------------------------------------------------------------------------------------------------


def _asks(viewer: Viewer) -> Rows:
    row = HelpAskListing
    rows: Rows = sa.select(row.at.label("at"), row.ask_id.label("id"), HelpAsk.asker_id.label("by"))
    rows = rows.join(HelpAsk, HelpAsk.id == row.ask_id)
    return rows.where(row.is_open.is_(True), HelpAsk.asker_id != viewer.person_id)


def latest_asks(viewer: Viewer, asked: Asked) -> Rows | None:
    """Open asks of others that stand on the viewer's lists."""
    row = HelpAskListing

    def branch(audience: sa.ColumnElement[bool]) -> Rows:
        return _asks(viewer).where(audience, *asked.behind(row.at, row.ask_id))

    return top_of_audiences(asked.audience_ids, branch, row.audience_id, ("at", "id"), asked.size, descending=True)


def near_asks(viewer: Viewer, asked: Asked) -> Rows | None:
    """About what the viewer can be asked about, or by people close to them."""
    row, mine = HelpAskListing, _topics(viewer, learning=False)
    about = sa.select(HelpAskTopic.ask_id).where(HelpAskTopic.ask_id == row.ask_id, HelpAskTopic.topic_id.in_(mine))

    def branch(audience: sa.ColumnElement[bool]) -> Rows:
        apart = keeps_apart(viewer.person_id, HelpAsk.asker_id)
        return _asks(viewer).where(audience, row.at > asked.since, queries.for_each(about), ~apart)

    theirs = _asks(viewer).where(
        HelpAsk.asker_id.in_(asked.people), visible_to(viewer, row.audience_id + 0), row.at > asked.since
    )
    return _near(asked, row.audience_id, branch, theirs)


def _near(
    asked: Asked,
    audience: sa.orm.InstrumentedAttribute[int],
    branch: Callable[[sa.ColumnElement[bool]], Rows],
    theirs: Rows,
) -> Rows:
    """About topics, along the lists from the newest on (a topic may have thousands of old ones), or by certain
    people."""
    about = top_of_audiences(asked.audience_ids, branch, audience, ("at", "id"), asked.size, descending=True)
    parts = [theirs] if about is None else [sa.select(about.subquery()), theirs]
    found = sa.union(*parts).subquery()
    return sa.select(found).order_by(found.c.at.desc(), found.c.id.desc()).limit(asked.size)


def asks_shown(viewer: Viewer, ask_ids: Sequence[int]) -> Mapping[int, Any]:
    return {one.id: one for one in queries.views(viewer, ask_ids)}


# ---- offers ----------------------------------------------------------------------------------------------------


def _offers(viewer: Viewer) -> Rows:
    row = HelpOfferListing
    rows: Rows = sa.select(row.at.label("at"), row.offer_id.label("id"), HelpOffer.person_id.label("by"))
    rows = rows.join(HelpOffer, HelpOffer.id == row.offer_id)
    return rows.where(HelpOffer.person_id != viewer.person_id, listed(viewer, HelpOffer.person_id))


def latest_offers(viewer: Viewer, asked: Asked) -> Rows | None:
    """Open offers of others whom the viewer sees."""
    row = HelpOfferListing

    def branch(audience: sa.ColumnElement[bool]) -> Rows:
        return _offers(viewer).where(audience, *asked.behind(row.at, row.offer_id))

    return top_of_audiences(asked.audience_ids, branch, row.audience_id, ("at", "id"), asked.size, descending=True)


def near_offers(viewer: Viewer, asked: Asked) -> Rows | None:
    """About what the viewer is learning, or by people close to them."""
    row, mine = HelpOfferListing, _topics(viewer, learning=True)
    about = sa.select(HelpOfferTopic.offer_id).where(HelpOfferTopic.offer_id == row.offer_id)
    about = about.where(HelpOfferTopic.topic_id.in_(mine))

    def branch(audience: sa.ColumnElement[bool]) -> Rows:
        apart = keeps_apart(viewer.person_id, HelpOffer.person_id)
        return _offers(viewer).where(audience, row.at > asked.since, queries.for_each(about), ~apart)

    theirs = _offers(viewer).where(
        HelpOffer.person_id.in_(asked.people), visible_to(viewer, row.audience_id + 0), row.at > asked.since
    )
    return _near(asked, row.audience_id, branch, theirs)


def offers_shown(viewer: Viewer, offer_ids: Sequence[int]) -> Mapping[int, Any]:
    return {one.id: one for one in offers.views(viewer, offer_ids)}


SOURCES = [
    Source("ask", latest_asks, near_asks, asks_shown, "help/_happening_ask.html"),
    Source("offer", latest_offers, near_offers, offers_shown, "help/_happening_offer.html"),
]
