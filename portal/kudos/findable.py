"""How thanks get into the index of search, and whom they speak for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from flask import url_for
from flask_babel import gettext
from sqlalchemy.orm import aliased

from portal.core.auth import NAMED, Viewer
from portal.core.db import db
from portal.core.findable import Entry, Shown, Source, Why
from portal.core.markup import in_a_line, plain
from portal.people.queries import cards
from portal.search.services import putter
from portal.topics.models import Topic, root_of

from . import queries
from .models import Kudos, KudosPerson

KIND = "kudos"
_SHOWN = sa.and_(Kudos.taken_back_at.is_(None), Kudos.hidden_at.is_(None))


def _ids(after: int, most: int) -> Sequence[int]:
    return list(
        db.session.scalars(sa.select(Kudos.id).where(_SHOWN, Kudos.id > after).order_by(Kudos.id).limit(most))
    )


def kudos_entries(kudos_ids: Sequence[int]) -> list[Entry]:
    """Found by whoever's walls list it; what stands on none by those it names alone. It speaks for who was thanked by
    name, unless they took it off their profile, or had blocked the giver."""
    receivers: dict[int, list[tuple[int, str]]] = {}
    named = (
        sa.select(KudosPerson.kudos_id, KudosPerson.person_id)
        .join(Kudos, Kudos.id == KudosPerson.kudos_id)
        .where(KudosPerson.kudos_id.in_(kudos_ids), KudosPerson.side == "to", Kudos.to_team.is_(False))
        .where(KudosPerson.muted.is_(False), KudosPerson.off_profile.is_(False))
        .order_by(KudosPerson.kudos_id, KudosPerson.place)
    )
    for kudos_id, person_id in db.session.execute(named).tuples():
        receivers.setdefault(kudos_id, []).append((person_id, "receiver"))
    root = aliased(Topic)
    rows = db.session.execute(
        sa.select(Kudos.id, Kudos.wall_audience_id, Kudos.why, Kudos.at, root.name)
        .outerjoin(Topic, Topic.id == Kudos.topic_id)
        .outerjoin(root, root.id == root_of())
        .where(Kudos.id.in_(kudos_ids), _SHOWN)
    )
    return [
        Entry(kudos_id, NAMED if wall is None else wall, topic or "", why, receivers.get(kudos_id, ()), at)
        for kudos_id, wall, why, at, topic in rows.tuples()
    ]


def named(viewer: Viewer, kudos_id: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """The condition that a kudos names the viewer."""
    mine = sa.select(KudosPerson.kudos_id).where(
        KudosPerson.kudos_id == kudos_id, KudosPerson.person_id == viewer.person_id, KudosPerson.muted.is_(False)
    )
    return mine.exists()


def show(viewer: Viewer, kudos_ids: Sequence[int]) -> Mapping[int, Shown]:
    """The words, and from whom to whom."""
    found = {}
    for one in queries.views(viewer, kudos_ids):
        giver = one.giver.name if one.giver else _nobody(one)
        to = [one.to_team.name] if one.to_team else [receiver.person.name for receiver in one.receivers[:3]]
        more = one.more + max(0, len(one.receivers) - 3)
        said = {"giver": giver, "names": ", ".join(to)}
        line = gettext("From %(giver)s to %(names)s", **said) if to else giver
        if more and not one.to_team:
            line = gettext("From %(giver)s to %(names)s and %(count)s more", count=more, **said)
        found[one.id] = Shown(url_for("kudos.one", public_id=one.public_id), in_a_line(one.words), line)
    return found


def why(viewer: Viewer, kudos_ids: Sequence[int], _looked_for: Collection[str]) -> Mapping[int, Why]:
    """Who thanked them for it, by the name of whom the viewer may open."""
    rows = db.session.execute(
        sa.select(Kudos.id, Kudos.public_id, Kudos.giver_id, Kudos.why_html).where(
            Kudos.id.in_(kudos_ids), queries.seen_by(viewer)
        )
    )
    thanks = rows.tuples().all()
    givers = {card.id: card.name for card in cards(viewer, sorted({giver for _id, _at, giver, _why in thanks}))}
    found = {}
    for kudos_id, public_id, giver_id, html in thanks:
        name = givers.get(giver_id) or gettext("a colleague")
        address = url_for("kudos.one", public_id=public_id)
        found[kudos_id] = Why(gettext("Thanked by %(name)s", name=name), in_a_line(plain(html)), address)
    return found


def _nobody(one: queries.KudosView) -> str:
    return gettext("a former colleague") if one.giver_is_gone else gettext("a colleague")


put_kudos = putter(kind=KIND, entries=kudos_entries)

SOURCES = [Source(KIND, _ids, kudos_entries, named=named, show=show, why=why)]
