"""Who works on something alike: whose line on it, as far as I read it, shares an uncommon word with mine."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from portal.audiences.queries import visible_to
from portal.core import clock
from portal.core.auth import Viewer
from portal.core.db import db
from portal.moderation.queries import who_keeps_apart
from portal.people.models import Person
from portal.people.queries import Card, cards
from portal.search.engines import engine
from portal.search.models import SearchItem, SearchWord
from portal.search.words import STOP, words_of
from portal.teams.queries import still_here

from .models import WORK_GOES_AFTER, Infomercial
from .queries import _readable

COMMON = 2_000  # things that everyone finds by a word, and more: it says nothing of what somebody works on
LOOKED_UP = 5  # words, the rarest ones
EACH = 40  # intros that are looked at for each
AT_MOST = 9  # lines with the same word; more of them have nothing in common by it
NAMED = 3  # people

# Of how many, of when, of which: whoever has such a word in common works on nothing alike.
_SAYS_NOTHING = """
three four five six seven eight nine ten eleven twelve twenty hundred thousand first second third half last next
more most less least fewer few many much every everybody everyone everything each both other another same own only
even still again ever never always often once twice today tomorrow yesterday minute hour day week month quarter year
time spring summer autumn winter season before after since until while during between among across through around
within without behind under over above below against along onto than then because instead rather quite very too well
better best good great new old big small large little long short early late whole right left side part thing way
kind sort people person somebody nobody anybody nothing something anything work works working worked make makes
making made take takes taking keep keeps keeping give gives giving find finds finding look looks looking help helps
helping move moves moving turn turns turning read reads reading write writes writing start begin end done being
going come comes coming zwei drei vier funf sechs sieben acht neun zehn zwolf hundert tausend erste ersten zweite
zweiten dritte letzte letzten nachste nachsten mehr meist weniger wenig viele vielen jede jeder jedes jeden alles
beide andere anderen gleiche eigene wieder immer heute morgen gestern minute stunde tag tage tagen woche wochen
monat monate jahr jahre jahren zeit vor nachdem seit zwischen durch ohne unter hinter gegen neue neuen alte alten
gute guten besser beste gross grosse kleine lange kurz ganze seite teil sache leute menschen niemand etwas nichts
arbeit arbeiten machen macht gehen geht kommen lesen schreiben finden helfen hilfe weil statt sehr damit dann dort
hier diese dieser dieses meine unsere
"""
SAYS_NOTHING = STOP | set(words_of(_SAYS_NOTHING))


def uncommon_words(line: str) -> set[str]:
    """The words of a line that may say what somebody works on."""
    return {word for word in words_of(line) if len(word) > 3 and word not in SAYS_NOTHING}


@dataclass(frozen=True)
class Touching:
    """word: as it stands in the viewer's own line; people: who has it as well, as many as `others` at most."""

    word: str
    people: list[Card]
    others: int


def touching_mine(viewer: Viewer) -> Touching | None:
    """Who else touches what I work on; None where nobody does, or my line says nothing. A fixed number of queries."""
    gone = clock.now() - WORK_GOES_AFTER
    mine = db.session.scalar(
        sa.select(Infomercial.working_on).where(
            Infomercial.person_id == viewer.person_id, Infomercial.work_changed_at > gone
        )
    )
    rare = _rarest(uncommon_words(mine)) if mine else {}
    if not mine or not rare:
        return None
    people = _who_has(viewer, rare)
    people = people - who_keeps_apart(viewer.person_id, people)
    lines = db.session.execute(
        sa.select(Infomercial.person_id, Infomercial.working_on)
        .join(Person, Person.id == Infomercial.person_id)
        .where(Infomercial.person_id.in_(people), Infomercial.work_changed_at > gone)
        .where(_readable(viewer), still_here(viewer))
        .order_by(Infomercial.work_changed_at.desc(), Infomercial.person_id)
    ).tuples()
    sharing = alike(rare, dict(lines.all()))
    word, who = sharing or ("", [])
    known = cards(viewer, who)
    return Touching(as_written(mine, word), known[:NAMED], len(known)) if known else None


def alike(rare: Mapping[str, int], lines: Mapping[int, str]) -> tuple[str, list[int]] | None:
    """Of words and how common each is: that which says most of those that other lines have, and whose, in order."""
    having: dict[str, list[int]] = defaultdict(list)
    for person_id, line in lines.items():
        for word in uncommon_words(line) & rare.keys():
            having[word].append(person_id)
    fit = [word for word, who in having.items() if len(who) <= AT_MOST]
    if not fit:
        return None
    best = min(fit, key=lambda word: (-len(having[word]) / math.log2(4 + rare[word]), word))
    return best, having[best]


def as_written(line: str, word: str) -> str:
    """A word of the index, as it stands in a line."""
    pieces = (piece.strip("_*`.,;:!?()[]\"'“”„«»") for piece in re.split(r"\s+", line))
    return next((piece for piece in pieces if word in words_of(piece)), word)


def _rarest(words: Collection[str]) -> dict[str, int]:
    """The rarest of these words, with how many things everyone finds by each."""
    if not words:
        return {}
    rows = db.session.execute(sa.select(SearchWord.word, SearchWord.items).where(SearchWord.word.in_(sorted(words))))
    counts = dict.fromkeys(words, 0) | dict(rows.tuples().all())
    rare = sorted((count, word) for word, count in counts.items() if count <= COMMON)
    return {word: count for count, word in rare[:LOOKED_UP]}


def _who_has(viewer: Viewer, words: Collection[str]) -> set[int]:
    """Whose intro, of those that the viewer may find, holds one of these words."""
    found = [
        engine()
        .holding(word, ())
        .where(
            SearchItem.kind == "intro",
            SearchItem.subject_id != viewer.person_id,
            visible_to(viewer, SearchItem.audience_id),
        )
        .limit(EACH)
        .subquery()
        for word in words
    ]
    ids = sa.union(*(sa.select(one.c.id) for one in found)) if len(found) > 1 else sa.select(found[0].c.id)
    rows = db.session.scalars(sa.select(SearchItem.subject_id).where(SearchItem.id.in_(ids)))
    return {person_id for person_id in rows if person_id is not None}
