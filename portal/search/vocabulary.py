"""The words that stand in what everyone may see: how common each is, what one begins with, and what one nearly is.

What only some may see is found by its whole words. Nobody can guess from an answer that a word stands there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from flask import current_app
from rapidfuzz import process
from rapidfuzz.distance import OSA

from portal.core import settings
from portal.core.db import db

from . import words
from .models import SearchWord
from .scoring import Statistics, Wanted
from .slips import likelihood

TOTALS = "search_totals"  # the setting with how many items there are, and how many words they have together
BEGINNINGS = 16  # words that a beginning may stand for
NEARLY = 8  # words that a typo may stand for
RARE = 3  # held by fewer items, a word may be a typo of another one
FAR = 9  # times as many items hold a far commoner word
SHORTEST_TYPO = 2  # letters
MANY_WORDS = 200_000  # with more, those that stand in one item alone are not compared
_NEAR = {0: 1.0, 1: 0.8, 2: 0.5}
_BEGINS = 0.9


@dataclass
class _Known:
    """The vocabulary as this process knows it, for comparing."""

    stamp: str = ""
    last_id: int = 0
    words: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Asked:
    """A question as the index understands it."""

    wanted: tuple[Wanted, ...]
    statistics: Statistics
    meant: tuple[
        str, ...
    ] = ()  # of one word alone, which stands nowhere: what it may be a typo of, the likeliest first

    def guesses(self, most: int) -> list[Asked]:
        """What was typed and goes on from it, then the likeliest of what may have been meant, each as if typed so."""
        typed = Wanted(tuple(one for one in self.wanted[0].alternatives if one[0] not in self.meant))
        return [Asked((one,), self.statistics) for one in (typed, *(Wanted(((word, 1.0),)) for word in self.meant))][
            :most
        ]

    @property
    def words(self) -> list[str]:
        """Every word that may stand for one that was asked for, each once."""
        return list(dict.fromkeys(word for one in self.wanted for word, _near in one.alternatives))


def understand(text: str, *, as_typed: bool = False, typos: bool = True) -> Asked:
    """What a question asks for. as_typed: its last word may be the beginning of one.

    At most three statements: how common the words are, what begins like the last one, and what is nearly one.
    """
    asked = words.asked_for(text)
    totals: dict[str, Any] = settings.get(TOTALS, {})
    counts = _counts(asked)
    if len(asked) > words.MOST_ASKED:  # the rarest say most
        rarest = sorted(asked, key=lambda word: (counts.get(word, 0) or 1 << 60, word))[: words.MOST_ASKED]
        asked = [word for word in asked if word in set(rarest)]
    statistics = Statistics(int(totals.get("items", 0)), int(totals.get("size", 0)), counts)
    alternatives: dict[str, dict[str, float]] = {word: {word: 1.0} for word in asked}
    last = words.last_piece(text) if as_typed and asked else ""
    begun = _beginnings(last) if last else {}
    stands = counts.get(asked[-1], 0) if asked else 0
    counts |= begun
    # What goes on from a word is never worth more than the word, or the commonest that does, only since it is rarer.
    most = statistics.rarity(asked[-1] if stands else max(begun, key=lambda word: begun[word])) if begun else 0.0
    for word in begun:
        alternatives[asked[-1]].setdefault(word, _BEGINS * min(1.0, most / statistics.rarity(word)))
    meant: tuple[str, ...] = ()
    if typos:
        doubtful = [word for word in asked if counts.get(word, 0) < RARE and len(word) >= SHORTEST_TYPO]
        if doubtful:
            near = _nearly(doubtful, totals)
            counts |= _counts([other for some in near.values() for other in some if other not in counts])
            for word, some in near.items():
                own = counts.get(word, 0)
                there = max(own, *begun.values()) if begun and word == asked[-1] else own
                # It stands somewhere, or begins what does: then only for a far commoner one, one slip away.
                likely = [one for one in some if not there or (some[one] == 1 and counts.get(one, 0) >= FAR * there)]
                likely = [one for one in likely if one not in begun]
                if likely:
                    guesses = _guesses(word, {one: some[one] for one in likely}, counts)
                    alternatives[word] |= guesses
                    meant = tuple(guesses) if not own and len(asked) == 1 else ()
    wanted = (
        Wanted(tuple((word, near) for word, near in alternatives[one].items() if word == one or counts.get(word)))
        for one in asked
    )
    return Asked(tuple(wanted), statistics, meant)


def _guesses(typed: str, near: Mapping[str, int], counts: Mapping[str, int]) -> dict[str, float]:
    """What may have been meant, the likeliest first: how common a word is, times how likely the slip is. A rarer
    guess is never worth more than a likelier one only since it is rare."""
    likely = {one: counts.get(one, 0) * likelihood(typed, one, slips) for one, slips in near.items()}
    best = sorted(near, key=lambda one: (-likely[one], one))[:NEARLY]
    top = max(counts.get(best[0], 0), 1)
    return {
        one: _NEAR[near[one]] * 0.7**place * (1.0 if counts.get(one, 0) >= top else (counts.get(one, 0) / top) ** 0.5)
        for place, one in enumerate(best)
    }


def _counts(some: Sequence[str]) -> dict[str, int]:
    if not some:
        return {}
    query = sa.select(SearchWord.word, SearchWord.items).where(SearchWord.word.in_(sorted(set(some))))
    return dict(db.session.execute(query).tuples().all())


def _beginnings(start: str) -> dict[str, int]:
    """The words that begin so, of which the commonest and those that most things are called by."""
    likely = SearchWord.word >= start, SearchWord.word < start + "\U0010ffff"
    by_use = sa.select(SearchWord.word, SearchWord.items).where(*likely)
    by_use = by_use.order_by(SearchWord.items.desc(), SearchWord.word).limit(BEGINNINGS)
    by_name = sa.select(SearchWord.word, SearchWord.items).where(*likely, SearchWord.named > 0)
    by_name = by_name.order_by(SearchWord.named.desc(), SearchWord.word).limit(BEGINNINGS)
    both = sa.union(sa.select(by_use.subquery()), sa.select(by_name.subquery())).subquery()
    rows = db.session.execute(sa.select(both.c.word, both.c["items"]).order_by(both.c["items"].desc(), both.c.word))
    return dict(rows.tuples().all())


def _nearly(doubtful: Sequence[str], totals: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    """For each of these words: others that it may be a typo of, and how many slips away they are."""
    known = _known(totals)
    found: dict[str, dict[str, int]] = {}
    for word in doubtful:
        most = 1 if len(word) < 6 else 2
        near = process.extract(word, known.words, scorer=OSA.distance, score_cutoff=most, limit=None, processor=None)
        found[word] = {other: int(distance) for other, distance, _place in near if other != word}
        if any(distance == 1 for distance in found[word].values()):
            found[word] = {other: distance for other, distance in found[word].items() if distance == 1}
    return found


def _known(totals: Mapping[str, Any]) -> _Known:
    """What this process knows of the vocabulary, and what came since: one statement."""
    kept: _Known = current_app.extensions.setdefault("hallway.vocabulary", _Known())
    stamp = str(totals.get("stamp", ""))
    if kept.stamp != stamp:
        kept = _Known(stamp)
    query = sa.select(SearchWord.id, SearchWord.word).where(SearchWord.id > kept.last_id).order_by(SearchWord.id)
    if not kept.last_id and int(totals.get("words", 0)) > MANY_WORDS:
        query = query.where(sa.or_(SearchWord.items > 1, SearchWord.named > 0))
    rows = db.session.execute(query).tuples().all()
    if rows:
        more = [word for _id, word in rows if SHORTEST_TYPO <= len(word) <= words.LONGEST]
        kept = _Known(stamp, rows[-1][0], kept.words + more)
        current_app.extensions["hallway.vocabulary"] = kept
    return kept
