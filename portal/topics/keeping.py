"""Keeping the index of what people claim in step with the people."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from portal.core.db import db
from portal.core.personal import Whom
from portal.search.models import SearchItem, SearchLink
from portal.search.services import put_many

from .findable import put_claims, put_vouches
from .models import TopicClaim, TopicVouch


def _indexed(kind: str, person_ids: Sequence[int]) -> set[int]:
    """What the index holds of these people (of rows that were merged away as well)."""
    rows = db.session.scalars(
        sa.select(SearchItem.subject_id)
        .join(SearchLink, SearchLink.item_id == SearchItem.id)
        .where(SearchLink.person_id.in_(person_ids), SearchItem.kind == kind)
    )
    return {one for one in rows if one is not None}


def put_people(person_ids: Sequence[int]) -> None:
    """Their claims, and every vouch for or by them, anew; a fixed number of statements for each 500 of them."""
    claims = set(db.session.scalars(sa.select(TopicClaim.id).where(TopicClaim.person_id.in_(person_ids))))
    named = sa.or_(TopicVouch.person_id.in_(person_ids), TopicVouch.voucher_id.in_(person_ids))
    vouches = set(db.session.scalars(sa.select(TopicVouch.id).where(named)))
    for subjects, put in (
        (claims | _indexed("claim", person_ids), put_claims),
        (vouches | _indexed("vouch", person_ids), put_vouches),
    ):
        if subjects:
            put(sorted(subjects))


def forget_claims(whom: Whom) -> None:
    """Somebody is erased: their claims go, from the index as well."""
    mine = TopicClaim.person_id == whom.person_id
    put_many(kind="claim", subject_ids=list(db.session.scalars(sa.select(TopicClaim.id).where(mine))), entries=[])
    db.session.execute(sa.delete(TopicClaim).where(mine))


def forget_vouches(whom: Whom) -> None:
    """What colleagues said of them, and they of colleagues."""
    mine = sa.or_(TopicVouch.person_id == whom.person_id, TopicVouch.voucher_id == whom.person_id)
    put_many(kind="vouch", subject_ids=list(db.session.scalars(sa.select(TopicVouch.id).where(mine))), entries=[])
    db.session.execute(sa.delete(TopicVouch).where(mine))
