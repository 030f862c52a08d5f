"""What kudos do when something happened to them, or to whom and what they name: search finds them as they are now."""

from __future__ import annotations

import sqlalchemy as sa

from portal.core.db import at_the_end, db
from portal.people.events import PeopleMerged, PeopleParted
from portal.topics.events import TopicsRenamed

from .events import KudosChanged, KudosGiven, KudosWithdrawn
from .findable import put_kudos
from .models import Kudos, KudosPerson


def on_kudos(event: KudosGiven | KudosChanged | KudosWithdrawn) -> None:
    at_the_end(put_kudos, [event.kudos_id])


def on_topics(event: TopicsRenamed) -> None:
    about = sa.select(Kudos.id).where(Kudos.topic_id.in_(event.topic_ids))
    at_the_end(put_kudos, db.session.scalars(about).all())


def on_people(event: PeopleMerged | PeopleParted) -> None:
    both = (event.kept_id, event.gone_id)
    naming = sa.select(KudosPerson.kudos_id).where(KudosPerson.person_id.in_(both), KudosPerson.side == "to")
    at_the_end(put_kudos, db.session.scalars(naming).all())


SUBSCRIPTIONS = (
    (KudosGiven, on_kudos),
    (KudosChanged, on_kudos),
    (KudosWithdrawn, on_kudos),
    (TopicsRenamed, on_topics),
    (PeopleMerged, on_people),
    (PeopleParted, on_people),
)
