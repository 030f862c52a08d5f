"""What has to be so about kudos."""

from __future__ import annotations

import sqlalchemy as sa

from portal.core.auth import NAMED
from portal.core.checks import Check, said
from portal.core.db import batches, db, unit_of_work
from portal.people.models import Person

from . import services
from .models import Kudos, KudosPerson


def _on_the_wrong_walls() -> list[int]:
    """Kudos that stand on walls where they should not, or on none where they should."""
    off = sa.select(KudosPerson.kudos_id).where(KudosPerson.kudos_id == Kudos.id, KudosPerson.off_wall)
    listed = sa.and_(
        Kudos.hidden_at.is_(None),
        Kudos.taken_back_at.is_(None),
        Kudos.audience_id != NAMED,
        sa.or_(Kudos.to_team, ~off.exists()),
    )
    wanted = sa.case((listed, Kudos.audience_id), else_=None)
    wrong = sa.select(Kudos.id).where(Kudos.wall_audience_id.is_distinct_from(wanted))
    return list(db.session.scalars(wrong.order_by(Kudos.id)))


def _put_up_again() -> None:
    for some in batches(_on_the_wrong_walls()):

        def mend(ids: list[int] = some) -> None:
            for kudos in db.session.scalars(sa.select(Kudos).where(Kudos.id.in_(ids))):
                services.relist(kudos=kudos)

        unit_of_work(mend)


def _without_giver() -> list[int]:
    """Kudos whose giver is not named in them, and so would not find them again."""
    named = sa.select(KudosPerson.kudos_id).where(
        KudosPerson.kudos_id == Kudos.id, KudosPerson.person_id == Kudos.giver_id, KudosPerson.side == "from"
    )
    here = sa.select(Person.id).where(Person.erased_at.is_(None))
    missing = sa.select(Kudos.id).where(Kudos.taken_back_at.is_(None), Kudos.giver_id.in_(here), ~named.exists())
    return list(db.session.scalars(missing.order_by(Kudos.id)))


def _name_givers() -> None:
    def mend() -> None:
        for kudos in db.session.scalars(sa.select(Kudos).where(Kudos.id.in_(_without_giver()))):
            db.session.merge(
                KudosPerson(kudos_id=kudos.id, person_id=kudos.giver_id, side="from", role="gave", at=kudos.at)
            )

    unit_of_work(mend)


CHECKS = [
    Check(
        "kudos stand on the walls they belong on",
        lambda: said("kudos stand on the wrong walls", _on_the_wrong_walls()),
        _put_up_again,
    ),
    Check("kudos name their giver", lambda: said("kudos do not name their giver", _without_giver()), _name_givers),
]
