"""What is left of kudos when somebody is erased.

What they gave stands on under "former colleague": it belongs to whoever was thanked as well. What was for them alone
goes; where others were thanked too, and where others' words name them, their name is taken out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.orm import aliased

from portal.core.db import db
from portal.core.events import publish
from portal.core.markup import mentioned
from portal.core.personal import Whom
from portal.people.models import Person

from . import words
from .events import KudosChanged, KudosWithdrawn
from .models import Kudos, KudosMention, KudosPerson


def forget_giver(whom: Whom) -> None:
    """Their own name leaves the words they wrote."""
    _take_out(whom, db.session.scalars(sa.select(Kudos.id).where(Kudos.giver_id == whom.person_id)).all())


def forget_named(whom: Whom) -> None:
    """They are named nowhere any more; thanks for them alone are deleted, with all that hangs on them."""
    other = aliased(KudosPerson)
    others = sa.select(other.kudos_id).where(
        other.kudos_id == KudosPerson.kudos_id, other.side == "to", other.person_id != whom.person_id
    )
    mine = sa.select(KudosPerson.kudos_id).where(KudosPerson.person_id == whom.person_id, KudosPerson.side == "to")
    for kudos_id in db.session.scalars(mine.where(~others.exists())).all():
        db.session.execute(sa.delete(Kudos).where(Kudos.id == kudos_id))
        publish(KudosWithdrawn(kudos_id))
    _take_out(whom, db.session.scalars(mine.where(others.exists())).all())
    db.session.execute(sa.delete(KudosPerson).where(KudosPerson.person_id == whom.person_id))


def forget_mentions(whom: Whom) -> None:
    """Their name leaves the words of others."""
    naming = sa.select(KudosMention.kudos_id).where(KudosMention.person_id == whom.person_id)
    _take_out(whom, db.session.scalars(naming).all())
    db.session.execute(sa.delete(KudosMention).where(KudosMention.person_id == whom.person_id))


def _take_out(whom: Whom, kudos_ids: Sequence[int]) -> None:
    """Write the words of these anew, without the name and the handle."""

    if not kudos_ids:
        return
    person = db.session.execute(sa.select(Person.handle, Person.name).where(Person.id == whom.person_id)).one()
    said = {*whom.words, *(part for part in person.name.split() if len(part) > 2)}
    names = sorted((re.escape(word) for word in said), key=len, reverse=True)
    by_name = re.compile(rf"(?<!\w)(?:{'|'.join(names)})(?!\w)", re.IGNORECASE) if names else None
    somebody = gettext("a former colleague")
    for kudos in db.session.scalars(sa.select(Kudos).where(Kudos.id.in_(kudos_ids))):
        why = kudos.why
        if person.handle in mentioned(why):
            why = re.sub(rf"@{re.escape(person.handle)}(?![\w-])", somebody, why)
        kudos.why = by_name.sub(somebody, why) if by_name else why
        kudos.why_html, _ids = words.render(kudos.why)
        kudos.why_key = words.key_of(kudos.why)
        publish(KudosChanged(kudos.id))
