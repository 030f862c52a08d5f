"""What goes with somebody who is erased: their questions and answers leave the index of search as well."""

from __future__ import annotations

import sqlalchemy as sa

from portal.core.db import at_the_end, db
from portal.core.personal import Whom

from . import findable
from .models import HelpAsk, HelpPost


def forget_asks(whom: Whom) -> None:
    """What they asked, with what was written under it."""
    mine = sa.select(HelpAsk.id).where(HelpAsk.asker_id == whom.person_id)
    _leave_the_index(mine)
    gone = sa.delete(HelpAsk).where(HelpAsk.asker_id == whom.person_id)
    db.session.execute(gone.execution_options(synchronize_session=False))


def forget_posts(whom: Whom) -> None:
    """What they wrote under the asks of others: its words stand in what is found of those."""
    posts = sa.select(HelpPost.id).where(HelpPost.person_id == whom.person_id)
    at_the_end(findable.put_answers, db.session.scalars(posts).all())
    under = sa.select(HelpPost.ask_id).where(HelpPost.person_id == whom.person_id)
    at_the_end(findable.put_asks, db.session.scalars(under).all())
    gone = sa.delete(HelpPost).where(HelpPost.person_id == whom.person_id)
    db.session.execute(gone.execution_options(synchronize_session=False))


def _leave_the_index(asks: sa.Select[int]) -> None:
    answers = sa.select(HelpPost.id).where(HelpPost.ask_id.in_(asks))
    at_the_end(findable.put_answers, db.session.scalars(answers).all())
    at_the_end(findable.put_asks, db.session.scalars(asks).all())
