"""What was found, as the viewer may open it: people with why and whether they can be reached, then all else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import gettext

from portal.core.auth import Viewer
from portal.core.findable import Shown, Why, source_of
from portal.core.i18n import lazy as _
from portal.people.queries import Card, cards
from portal.search import queries as search
from portal.search.findable import why_people
from portal.search.queries import Found, PersonHit
from portal.search.telling import reasons_told
from portal.search.words import MOST_ASKED, STOP, words_of
from portal.topics.queries import Reach, not_listed_for, reach_of

PEOPLE, OTHERS = 8, 5  # of each on the page with everything
MOST = 60  # of one kind on a page of its own
FEW = 3  # of each but people, as letters come
# (kind, name, icon), in the order of the page; people come first.
KINDS: tuple[tuple[str, Any, str], ...] = (
    ("topic", _("Topics"), "lightbulb"),
    ("team", _("Teams"), "users"),
    ("goal", _("Goals"), "target"),
    ("kudos", _("Thanks"), "party-popper"),
    ("ask", _("Questions"), "hand-helping"),
)


@dataclass(frozen=True)
class FoundPerson:
    """Somebody, why they were found, and whether they can be reached: the hour where they are, questions."""

    card: Card
    why: tuple[Why, ...]
    there: str
    reach: Reach


@dataclass(frozen=True)
class Section:
    """What was found of one kind. more: there is more of it than this."""

    kind: str
    name: Any
    icon: str
    items: list[Shown]
    more: bool


@dataclass(frozen=True)
class Answer:
    """What a question led to. note: in words, what of the question could not be looked for as it stands."""

    people: list[FoundPerson]
    more_people: bool
    sections: list[Section]
    note: str = ""

    @property
    def count(self) -> int:
        return len(self.people) + sum(len(one.items) for one in self.sections)


def note_on(q: str) -> str:
    """What there is to say about a question before it is asked; "" for most."""
    words = list(dict.fromkeys(words_of(q[:2_000])))
    if not words:
        return gettext("There is no word in that to look for. Type a name, or what it is about.")
    if all(word in STOP for word in words):
        return gettext("These words stand nearly everywhere. Add one that says what it is about.")
    if len(words) > MOST_ASKED:
        return gettext("That is long: looked for are the %(most)s words that say most.", most=MOST_ASKED)
    if _is_one_letter(words):
        return gettext("One letter is little. With two or more, beginnings of words are found as well.")
    return ""


def _is_one_letter(words: Sequence[str]) -> bool:
    """Of a script in which a letter is no word."""
    return len(words) == 1 and len(words[0]) == 1 and words[0] < "\u0e00"


def answer(viewer: Viewer, q: str, *, only: str | None = None) -> Answer:
    """Everything that was found, the best first; with `only` one kind, and more of it. The last word may be the
    beginning of one. A fixed number of queries."""
    words = words_of(q[:2_000])
    if not words:
        return Answer([], False, [], note_on(q) if q else "")
    found = search.find(viewer, q, as_typed=not _is_one_letter(words), most=MOST if only else PEOPLE + 1)
    most_people = 0 if only and only != "person" else MOST if only else PEOPLE
    found = replace(found, people=_listed(found.people, q))
    people = _people(viewer, found, most_people)
    sections = [
        section
        for kind, name, icon in KINDS
        if only in (None, kind) and (section := _section(viewer, found, kind, name, icon, MOST if only else OTHERS))
    ]
    return Answer(people, len(found.people) > most_people and not only, sections, note_on(q))


def as_typed(viewer: Viewer, q: str) -> Answer:
    """The few best while letters come, each with one line of why."""
    words = words_of(q[:2_000])
    if not words or _is_one_letter(words):
        return Answer([], False, [])
    found = search.find(viewer, q, as_typed=True, most=OTHERS)
    sections = [
        section
        for kind, name, icon in KINDS
        if (section := _section(viewer, found, kind, name, icon, FEW)) is not None
    ]
    people = _people(viewer, replace(found, people=_listed(found.people, q)), OTHERS)
    return Answer(people, False, sections)


def _listed(hits: Sequence[PersonHit], q: str) -> list[PersonHit]:
    """Without those who do not want to be listed for the topic of that name; whoever is called so is meant."""
    off = not_listed_for(q) if hits else set()
    return [hit for hit in hits if hit.is_called_so or hit.person_id not in off]


def _section(viewer: Viewer, found: Found, kind: str, name: Any, icon: str, most: int) -> Section | None:
    hits = found.hits.get(kind, [])
    source = source_of(kind)
    if not hits or source is None or source.show is None:
        return None
    shown = source.show(viewer, [hit.subject_id for hit in hits[:most]])
    items = [shown[hit.subject_id] for hit in hits[:most] if hit.subject_id in shown]
    return Section(kind, name, icon, items, len(hits) > most) if items else None


def _people(viewer: Viewer, found: Found, most: int) -> list[FoundPerson]:
    hits = {hit.person_id: hit for hit in found.people[:most]}
    if not hits:
        return []
    seen = cards(viewer, list(hits))
    why = _reasons(viewer, list(hits.values()), found.words)
    reach = reach_of([card.id for card in seen])
    return [
        FoundPerson(
            card,
            tuple(why[card.id]),
            card.hour_there(viewer.zone),
            reach[card.id],
        )
        for card in seen
    ]


def _reasons(viewer: Viewer, hits: Sequence[PersonHit], words: Sequence[str]) -> Mapping[int, list[Why]]:
    """For each person why: what speaks for them, else what of their profile holds the words."""
    told = reasons_told(viewer, [reason for hit in hits for reason in hit.reasons], words)
    plain = [hit.person_id for hit in hits if not hit.reasons and not hit.is_called_so]
    profiles = why_people(viewer, plain, words) if plain else {}
    found: dict[int, list[Why]] = {}
    for hit in hits:
        found[hit.person_id] = [told[reason.item_id] for reason in hit.reasons if reason.item_id in told]
        if hit.person_id in profiles:
            found[hit.person_id].append(profiles[hit.person_id])
    return found
