"""What has to be so about help."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa

from portal.core.checks import Check, derived, said
from portal.core.db import db

from . import offers, services
from .models import MOST_PROMISES, HelpAsk, HelpAskListing, HelpOffer, HelpOfferListing, HelpPromise

AT_A_TIME = 500
T = TypeVar("T", HelpAsk, HelpOffer)


def _wrongly_listed(
    model: type[T],
    key: str,
    listing: type[HelpAskListing | HelpOfferListing],
    wanted: Callable[[Sequence[T]], list[dict[str, Any]]],
) -> Iterator[int]:
    """Those that do not stand on exactly the lists they belong on."""
    columns, last = listing.__table__.columns, 0
    while rows := db.session.scalars(
        sa.select(model).where(model.id > last).order_by(model.id).limit(AT_A_TIME)
    ).all():
        ids, last = [row.id for row in rows], rows[-1].id
        right = {tuple(row[column.key] for column in columns) for row in wanted(rows)}
        place = columns.keys().index(key)
        there = set(db.session.execute(sa.select(*columns).where(columns[key].in_(ids))).tuples())
        yield from sorted({row[place] for row in right ^ there})
        db.session.expunge_all()


def _asks() -> Iterator[int]:
    return _wrongly_listed(HelpAsk, "ask_id", HelpAskListing, services.listings)


def _offers() -> Iterator[int]:
    return _wrongly_listed(HelpOffer, "offer_id", HelpOfferListing, offers.listings)


def _too_many() -> list[str]:
    """Nobody but a human being can say which of them is one too many."""
    open_ones = sa.select(HelpPromise.ask_id).where(
        HelpPromise.ask_id.is_not(None), HelpPromise.state == "open", HelpPromise.muted.is_(False)
    )
    full = open_ones.group_by(HelpPromise.ask_id).having(sa.func.count() > MOST_PROMISES)
    return said("asks have more promises than they take", db.session.scalars(full.order_by(HelpPromise.ask_id)).all())


CHECKS = [
    derived("asks stand where they may be read", words="asks are listed wrongly", wrong=_asks,
            again=services.list_again),
    derived("offers stand where they may be read", words="offers are listed wrongly", wrong=_offers,
            again=offers.list_again),
    Check("asks have no more promises than they take", _too_many),
]  # fmt: skip
