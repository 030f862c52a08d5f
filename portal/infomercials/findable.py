"""How intros get into the index of search, and what they say for whom."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa
from flask import url_for
from flask_babel import gettext

from portal.core import clock
from portal.core.auth import Viewer
from portal.core.db import db
from portal.core.findable import Entry, Source, Why
from portal.people.models import Person
from portal.search.services import putter
from portal.search.words import words_of

from .models import Infomercial, InfomercialListing
from .queries import _readable

KIND = "intro"


def _ids(after: int, most: int) -> Sequence[int]:
    listed = sa.select(InfomercialListing.person_id).where(InfomercialListing.person_id > after).distinct()
    return list(db.session.scalars(listed.order_by(InfomercialListing.person_id).limit(most)))


def intro_entries(person_ids: Sequence[int]) -> list[Entry]:
    """Whoever may read an intro finds its person by it. What it says of work goes when the page drops it."""
    rows = db.session.execute(
        sa.select(Infomercial, InfomercialListing.audience_id)
        .join(InfomercialListing, InfomercialListing.person_id == Infomercial.person_id)
        .where(Infomercial.person_id.in_(person_ids))
        .order_by(Infomercial.person_id, InfomercialListing.audience_id)
    )
    now = clock.now()
    entries = []
    for intro, audience_id in rows.tuples():
        work = [] if intro.work_is_gone(now) else [intro.working_on, intro.so_that]
        told = [intro.headline, *(fact["text"] for fact in intro.facts), *work, intro.offer]
        who = [(intro.person_id, "author")]
        entries.append(
            Entry(
                intro.person_id, audience_id, " \n ".join(intro.ask_about), " \n ".join(told), who, intro.confirmed_at
            )
        )
    return entries


def why(viewer: Viewer, person_ids: Sequence[int], looked_for: Collection[str]) -> Mapping[int, Why]:
    """What of an intro holds most of the words: the subject to be asked about, else the sentence."""
    rows = db.session.execute(
        sa.select(Infomercial, Person)
        .join(Person, Person.id == Infomercial.person_id)
        .where(Infomercial.person_id.in_(person_ids), _readable(viewer))
    )
    now, wanted = clock.now(), set(looked_for)
    found = {}
    for intro, person in rows.tuples():
        work = [] if intro.work_is_gone(now) else [intro.working_on, intro.so_that]
        told = [*intro.ask_about, intro.headline, *(fact["text"] for fact in intro.facts), *work, intro.offer]
        best = max(told, key=lambda one: len(wanted & set(words_of(one))))
        if not wanted & set(words_of(best)):
            continue
        words = (
            gettext("%(name)s can be asked about", name=person.first_name)
            if best in intro.ask_about
            else gettext("In the intro of %(name)s", name=person.first_name)
        )
        found[intro.person_id] = Why(words, best, url_for("people.person", handle=person.handle), intro.lang)
    return found


put_intros = putter(kind=KIND, entries=intro_entries)

SOURCES = [Source(KIND, _ids, intro_entries, why=why)]
