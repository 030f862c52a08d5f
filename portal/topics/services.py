"""Rules and writes of topics: claiming, vouching, naming somebody. What curators do is in `curating`."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from flask_babel import gettext, ngettext

from portal.core import clock
from portal.core.auth import Viewer
from portal.core.db import alone, at_the_end, db, insert_missing
from portal.core.errors import ChangedMeanwhile, NotVisible, RuleBroken
from portal.core.events import publish
from portal.moderation.queries import who_blocked, who_keeps_apart
from portal.people import names
from portal.people.models import Person
from portal.people.queries import listed
from portal.people.slugs import free_slug

from . import naming, queries
from .events import PersonNamed, TopicVouched, VouchWithdrawn
from .findable import put_claims, put_topics, put_vouches
from .models import (
    LEVELS,
    MOST_CLAIMS,
    OldTopicSlug,
    Topic,
    TopicAlias,
    TopicClaim,
    TopicHours,
    TopicNamed,
    TopicOff,
    TopicVouch,
    root_of,
)

MAX_LINE, MAX_WHY, MAX_HOURS = 200, 200, 120


# ---- topics --------------------------------------------------------------------------------------------------


def topic_for(*, viewer: Viewer, name: str) -> int:
    """The topic of that name (or with that other name), made where there is none; the id as which it is read."""
    key = checked_key(name)
    known = find(key)
    if known is None:
        alone("topic names")
        known = find(key)  # two who type the same at once mean the same
    if known is not None:
        if db.session.scalar(sa.select(Topic.retired_at).where(Topic.id == known)) is not None:
            raise RuleBroken("topics", gettext("“%(name)s” is not used any more. Take another name.", name=name))
        return known
    shown = naming.tidy(name)
    made = Topic(
        slug=free(shown), name=shown, key=key, sort_key=key[:200], made_by_id=viewer.person_id, created_at=clock.now()
    )
    db.session.add(made)
    db.session.flush()
    at_the_end(put_topics, [made.id])
    return made.id


def checked_key(name: str, field: str = "topics") -> str:
    """The key of a name that can be a topic's; else `RuleBroken`."""
    key = naming.key_of(name)
    if not key:
        raise RuleBroken(field, gettext("A topic needs a letter or a digit: “%(name)s” has none", name=name[:40]))
    over = len(naming.tidy(name)) - naming.LONGEST_NAME
    if over > 0:
        words = ngettext(
            "“%(name)s …” is %(num)d character too long for a topic",
            "“%(name)s …” is %(num)d characters too long for a topic",
            over,
            name=naming.tidy(name)[:30],
        )
        raise RuleBroken(field, words)
    return key


def find(key: str) -> int | None:
    """The topic of that key, as which it is read."""
    alias = sa.select(TopicAlias.topic_id).where(TopicAlias.key == key).scalar_subquery()
    return db.session.scalar(sa.select(root_of()).where(sa.or_(Topic.key == key, Topic.id == alias)).limit(1))


def free(name: str) -> str:
    """An address that no topic has or had."""
    words = naming.address_words(name)
    like = names.handle_for(words, nothing_left="topic") + "%"
    taken = set(db.session.scalars(sa.select(Topic.slug).where(Topic.slug.like(like))))
    taken |= set(db.session.scalars(sa.select(OldTopicSlug.slug).where(OldTopicSlug.slug.like(like))))
    return free_slug(words, taken, "topic")


def _there(viewer: Viewer, topic_id: int) -> int:
    """The id as which that topic is read, if the viewer may know of it."""
    found = queries.names_by_id([topic_id]).get(topic_id)
    if found is None or (viewer.is_guest and found.id not in queries.known_keys(viewer, retired=True).values()):
        raise NotVisible
    return found.id


def _family(topic_id: int) -> sa.Select[int]:
    """The topic and those that are read as it."""
    return sa.select(Topic.id).where(sa.or_(Topic.id == topic_id, Topic.merged_into_id == topic_id))


# ---- claims --------------------------------------------------------------------------------------------------


def claim_topics(
    *, viewer: Viewer, names: Sequence[str], level: str = "helping", line: str = "", is_open: bool = True
) -> list[int]:
    """Claim these topics, those that are new are made; ids of the claims, in order. Those I have already stay as they
    are. Raises `RuleBroken` on "topics", "level", "line"."""
    _check_level(level)
    _short("line", line, MAX_LINE)
    if not names:
        raise RuleBroken("topics", gettext("Say what you can be asked about"))
    if len(names) > MOST_CLAIMS:  # whatever they mean: nobody makes thousands of topics
        raise too_many(len(names) - MOST_CLAIMS)
    for name in names:
        checked_key(name)
    me = _locked(viewer.person_id)
    mine = {one.topic.id: one.id for one in queries.my_topics(viewer)}
    wanted = list(dict.fromkeys(topic_for(viewer=viewer, name=name) for name in names))
    over = len(set(mine) | set(wanted)) - MOST_CLAIMS
    if over > 0 and set(wanted) - set(mine):
        raise too_many(over)
    now = clock.now()
    made = [
        TopicClaim(
            topic_id=topic_id, person_id=me.id, level=level, line=line, is_open=is_open,
            title_mark=queries.title_mark(me.title), at=now, changed_at=now,
        )
        for topic_id in wanted
        if topic_id not in mine
    ]  # fmt: skip
    db.session.add_all(made)
    # Whoever claims it wants to be listed, and has answered whoever named them.
    _listed_again(me.id, wanted)
    _answered(me.id, wanted)
    db.session.flush()
    at_the_end(put_claims, [one.id for one in made])
    ids = {one.topic_id: one.id for one in made} | mine
    return [ids[topic_id] for topic_id in wanted]


def too_many(over: int) -> RuleBroken:
    words = ngettext("At most 15 topics: %(num)d too many", "At most 15 topics: %(num)d too many", over)
    return RuleBroken("topics", words)


def _locked(person_id: int) -> Person:
    """Whoever acts, locked: two tabs at once do not claim more than one of them may. Rows that name them meanwhile do
    not wait for it."""
    person = db.session.get(Person, person_id, with_for_update={"key_share": True}, populate_existing=True)
    if person is None or person.left_at is not None:
        raise NotVisible
    return person


def change_claim(
    *, viewer: Viewer, claim_id: int, level: str, line: str, is_open: bool, version: int | None = None
) -> None:
    """Level, line and whether I am open for questions. `ChangedMeanwhile` where another tab was quicker."""
    claim = _mine(viewer, claim_id)
    _check_level(level)
    _short("line", line, MAX_LINE)
    mark = queries.title_mark(_locked(viewer.person_id).title)
    changes = (claim.level, claim.line, claim.is_open) != (level, line, is_open)
    if changes and version is not None and version != claim.version:
        raise ChangedMeanwhile(
            "", gettext("This was changed in another tab meanwhile. Your words are below: look, then save again.")
        )
    claim.title_mark = mark
    if changes:
        claim.level, claim.line, claim.is_open = level, line, is_open
        claim.version += 1
        claim.changed_at = clock.now()
        at_the_end(put_claims, [claim.id])


def _mine(viewer: Viewer, claim_id: int) -> TopicClaim:
    claim = db.session.get(TopicClaim, claim_id, with_for_update=True, populate_existing=True)
    if claim is None or claim.person_id != viewer.person_id:
        raise NotVisible
    return claim


def drop_claim(*, viewer: Viewer, topic_id: int) -> None:
    """I am not to be asked about it any more. What colleagues said of me stays, in case I claim it again."""
    mine = sa.select(TopicClaim).where(
        TopicClaim.topic_id.in_(_family(topic_id)), TopicClaim.person_id == viewer.person_id
    )
    for claim in db.session.scalars(mine).all():
        at_the_end(put_claims, [claim.id])
        at_the_end(put_vouches, _vouches_of(viewer.person_id))
        db.session.delete(claim)
    db.session.flush()


def _vouches_of(person_id: int) -> list[int]:
    return list(db.session.scalars(sa.select(TopicVouch.id).where(TopicVouch.person_id == person_id)))


def set_hours(*, viewer: Viewer, words: str) -> None:
    """When I am easily asked, in my words; "" for nothing said."""
    _short("hours", words, MAX_HOURS)
    _locked(viewer.person_id)
    row = db.session.get(TopicHours, viewer.person_id)
    if words and row is None:
        db.session.add(TopicHours(person_id=viewer.person_id, words=words))
    elif row is not None and words:
        row.words = words
    elif row is not None:
        db.session.delete(row)


def confirm(*, viewer: Viewer) -> None:
    """All I claim is still right, under the title I have now."""
    mark = queries.title_mark(_locked(viewer.person_id).title)
    db.session.execute(sa.update(TopicClaim).where(TopicClaim.person_id == viewer.person_id).values(title_mark=mark))


def set_off(*, viewer: Viewer, topic_id: int, off: bool) -> None:
    """Do not list me for this topic (or do again), whatever shows that I know it. A claim of it ends."""
    root_id = _there(viewer, topic_id)
    if off:
        drop_claim(viewer=viewer, topic_id=root_id)
        insert_missing(TopicOff, [{"topic_id": root_id, "person_id": viewer.person_id, "at": clock.now()}])
        _answered(viewer.person_id, [root_id])
    else:
        _listed_again(viewer.person_id, [root_id])


def _listed_again(person_id: int, topic_ids: Sequence[int]) -> None:
    family = sa.select(Topic.id).where(root_of().in_(topic_ids))
    db.session.execute(sa.delete(TopicOff).where(TopicOff.person_id == person_id, TopicOff.topic_id.in_(family)))


# ---- vouches -------------------------------------------------------------------------------------------------


def vouch(*, viewer: Viewer, topic_id: int, person_id: int, why: str) -> int:
    """Say of a colleague's claim that it is so, in one line of why (or say it otherwise); the id of the vouch."""
    if person_id == viewer.person_id:
        raise RuleBroken("why", gettext("Nobody vouches for themselves. Add a line of your own instead."))
    if not names.is_visible(why):
        raise RuleBroken("why", gettext("Say in a line how you know"))
    _short("why", why, MAX_WHY)
    claimed = next((one for one in queries.claims_of(viewer, person_id) if one.topic.id == topic_id), None)
    if claimed is None:
        raise NotVisible
    _locked(viewer.person_id)  # the same from two tabs is said once
    said = db.session.scalars(
        sa.select(TopicVouch)
        .where(
            TopicVouch.topic_id.in_(_family(topic_id)),
            TopicVouch.person_id == person_id,
            TopicVouch.voucher_id == viewer.person_id,
        )
        .order_by(TopicVouch.at.desc(), TopicVouch.id.desc())
        .limit(1)
        .with_for_update()
    ).one_or_none()
    if said is None:
        said = TopicVouch(
            topic_id=topic_id, person_id=person_id, voucher_id=viewer.person_id, why=why, at=clock.now()
        )
        db.session.add(said)
        db.session.flush()
        if not who_blocked(viewer.person_id, [person_id]):  # they are not told, and nobody is told that
            publish(TopicVouched(topic_id, person_id, viewer.person_id))
    elif said.why != why:
        said.why = why
    at_the_end(put_vouches, [said.id])
    return said.id


def withdraw_vouch(*, viewer: Viewer, topic_id: int, person_id: int) -> None:
    """Take back what I said; nothing happens where I said nothing."""
    mine = sa.select(TopicVouch).where(
        TopicVouch.topic_id.in_(_family(topic_id)),
        TopicVouch.person_id == person_id,
        TopicVouch.voucher_id == viewer.person_id,
    )
    for said in db.session.scalars(mine).all():
        at_the_end(put_vouches, [said.id])
        publish(VouchWithdrawn(said.topic_id, person_id, viewer.person_id))
        db.session.delete(said)
    db.session.flush()


# ---- "I know who" --------------------------------------------------------------------------------------------


def name_somebody(*, viewer: Viewer, topic_id: int, person_id: int) -> None:
    """Somebody comes to mind: they alone are told, once by each, and claim it or do not."""
    root_id = _there(viewer, topic_id)
    if person_id == viewer.person_id:
        raise RuleBroken("who", gettext("That is you. Press “I do” instead."))
    seen = db.session.scalar(sa.select(Person.id).where(Person.id == person_id, listed(viewer, Person.id)))
    if seen is None:
        raise RuleBroken("who", gettext("Nobody with that name"))
    row = {
        "topic_id": root_id, "person_id": person_id, "by_id": viewer.person_id,
        "at": clock.now(), "answered_at": None,
    }  # fmt: skip
    before = db.session.scalar(
        sa.select(TopicNamed.id).where(
            TopicNamed.topic_id.in_(_family(root_id)),
            TopicNamed.person_id == person_id,
            TopicNamed.by_id == viewer.person_id,
        )
    )
    off = sa.select(TopicOff.person_id).where(
        TopicOff.topic_id.in_(_family(root_id)), TopicOff.person_id == person_id
    )
    claimed = sa.select(TopicClaim.id).where(
        TopicClaim.topic_id.in_(_family(root_id)), TopicClaim.person_id == person_id
    )
    # Whoever does not want to be listed, or is already, or is kept apart, is not asked; and nobody is told that.
    apart = who_keeps_apart(viewer.person_id, [person_id])
    if before is None and not apart and not db.session.scalar(sa.select(sa.or_(off.exists(), claimed.exists()))):
        insert_missing(TopicNamed, [row])
        publish(PersonNamed(root_id, person_id, viewer.person_id))


def answer_no(*, viewer: Viewer, topic_id: int) -> None:
    """Not me: nobody is told, and home no longer asks."""
    _answered(viewer.person_id, [topic_id])


def _answered(person_id: int, topic_ids: Sequence[int]) -> None:
    family = sa.select(Topic.id).where(root_of().in_(topic_ids))
    db.session.execute(
        sa.update(TopicNamed)
        .where(TopicNamed.person_id == person_id, TopicNamed.topic_id.in_(family), TopicNamed.answered_at.is_(None))
        .values(answered_at=clock.now())
    )


# ---- shape ---------------------------------------------------------------------------------------------------


def _check_level(level: str) -> None:
    if level not in LEVELS:
        raise RuleBroken("level", gettext("Pick one from the list"))


def _short(field: str, text: str, most: int) -> str:
    over = len(text) - most
    if over > 0:
        raise RuleBroken(field, ngettext("%(num)d character over", "%(num)d characters over", over))
    return text
