"""Writes of the index. Whoever has a fact puts it in here, in the fact's own transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa

from portal.core import clock, settings
from portal.core.auth import EVERYONE
from portal.core.db import alone, among, batches, db, insert_many, insert_missing, unit_of_work, update_many
from portal.core.findable import Entry, sources

from . import words
from .engines import engine
from .models import NAMED, SearchItem, SearchLink, SearchPerson, SearchWord
from .scoring import ACTIVITY_HALF_LIFE, ROLE_WEIGHTS, day_of
from .vocabulary import TOTALS

_AT_A_TIME = 5_000


def put(
    *,
    kind: str,
    subject_id: int,
    title: str,
    text: str = "",
    people: Sequence[tuple[int, str]] = (),
    audience_ids: Collection[int],
    at: datetime | None = None,
    url: str | None = None,
) -> None:
    """One subject as it can be found from now on, by these audiences and no others (inside a unit of work)."""
    entries = [Entry(subject_id, one, title, text, people, at, url) for one in sorted(set(audience_ids))]
    put_many(kind=kind, subject_ids=[subject_id], entries=entries)


def remove(*, kind: str, subject_id: int) -> None:
    """Nobody finds it any more."""
    put_many(kind=kind, subject_ids=[subject_id], entries=[])


def put_many(*, kind: str, subject_ids: Collection[int], entries: Sequence[Entry]) -> None:
    """These subjects as they can be found from now on: the entries, and nothing else of them. A fixed number of
    statements a batch."""
    by_subject: dict[int, list[Entry]] = {}
    for entry in entries:
        by_subject.setdefault(entry.subject_id, []).append(entry)
    db.session.flush()
    for some in batches(subject_ids):
        hidden = _take_out(kind, some)
        _put_in(kind, [entry for subject_id in some for entry in by_subject.get(subject_id, [])], hidden)


def putter(*, kind: str, entries: Callable[[Sequence[int]], Sequence[Entry]]) -> Callable[[Sequence[int]], None]:
    """What a domain calls when subjects of its kind changed (inside a unit of work)."""

    def put_these(subject_ids: Sequence[int]) -> None:
        put_many(kind=kind, subject_ids=subject_ids, entries=entries(subject_ids))

    return put_these


def _take_out(kind: str, subject_ids: Sequence[int]) -> set[tuple[int, int]]:
    """Away with what was there; whose links were hidden (subject, person) is remembered."""
    mine = sa.and_(SearchItem.kind == kind, among(SearchItem.subject_id, subject_ids))
    kept = db.session.execute(sa.select(SearchItem.id, SearchItem.words).where(mine)).tuples().all()
    if not kept:
        return set()
    links = (
        sa.select(SearchItem.subject_id, SearchLink.person_id)
        .join(SearchItem, SearchItem.id == SearchLink.item_id)
        .where(mine, SearchLink.hidden.is_(True))
    )
    hidden = {(subject or 0, person) for subject, person in db.session.execute(links).tuples()}
    engine().take(list(kept))
    forget_items([item_id for item_id, _bag in kept])
    return hidden


def forget_items(item_ids: Sequence[int]) -> None:
    """These and their links; the engine has forgotten them already."""
    for some in batches(item_ids):
        db.session.execute(sa.delete(SearchLink).where(SearchLink.item_id.in_(some)))
        db.session.execute(sa.delete(SearchItem).where(SearchItem.id.in_(some)))


def _put_in(kind: str, entries: Sequence[Entry], hidden: set[tuple[int, int]]) -> None:
    if not entries:
        return
    rows = []
    for entry in entries:
        at = entry.at or clock.now()
        split = words.name_words if entry.is_name else words.words_of
        bag = words.bag(split(entry.title), words.words_of(entry.text))
        rows.append(
            {
                "kind": kind, "subject_id": entry.subject_id, "audience_id": entry.audience_id, "source_key": None,
                "digest": None, "title": entry.title, "url": entry.url, "at": at, "day": day_of(at),
                "size": bag.count(" ") + 1, "words": bag,
            }
        )  # fmt: skip
    ids = write_items(rows)
    links = [
        {
            "item_id": item_id,
            "person_id": person_id,
            "role": role,
            "hidden": (entry.subject_id, person_id) in hidden,
            "shown_from": None,
        }
        for item_id, entry in zip(ids, entries, strict=True)
        for person_id, role in dict(entry.people).items()
    ]
    insert_many(SearchLink, links)


def write_items(rows: Sequence[dict[str, Any]], known: set[str] | None = None) -> list[int]:
    """New items, known to the engine; their ids, in the order of the rows, which get them as well. The vocabulary
    learns the words of those that everyone may see, and no others: what it offers for a typo must not tell anybody
    what is written elsewhere.

    known: words that certainly stand in the vocabulary; grows.
    """
    ids = _ids(len(rows))
    for row, item_id in zip(rows, ids, strict=True):
        row["id"] = item_id
    insert_many(SearchItem, rows)
    engine().add([(row["id"], row["words"]) for row in rows])
    told = [row for row in rows if row["audience_id"] == EVERYONE]
    every = set(words.bare(" ".join([row["words"] for row in told])))
    learn(
        every - known if known is not None else every,
        {word for row in told if row["kind"] in NAMED for word in words.titled(row["words"])},
    )
    if known is not None:
        known |= every
    return ids


def _ids(count: int) -> list[int]:
    """Ids that nobody had; in one statement, so that what is written in bulk knows its own."""
    if db.engine.dialect.name == "postgresql":
        numbers = sa.text(
            "SELECT nextval((SELECT CAST(pg_get_serial_sequence('search_item', 'id') AS regclass)))"
            " FROM generate_series(1, CAST(:n AS int))"
        )
        return sorted(db.session.scalars(numbers, {"n": count}))
    # There is one writer at a time; the last id ever given away stands in SQLite's own table.
    last = db.session.scalar(sa.text("SELECT seq FROM sqlite_sequence WHERE name = 'search_item'")) or 0
    return list(range(last + 1, last + 1 + count))


def learn(new: Collection[str], named: Collection[str] = ()) -> None:
    """Words that may stand in the vocabulary for the first time; how often they do is counted later."""
    every = sorted(new)
    for start in range(0, len(every), _AT_A_TIME):
        some = every[start : start + _AT_A_TIME]
        insert_missing(SearchWord, [{"word": word, "items": 1, "named": int(word in named)} for word in some])


# ---- counting ------------------------------------------------------------------------------------------------


def recount() -> None:
    """Count anew how common each word is in what everyone may see, and what each person did lately (inside a unit of
    work)."""
    alone("search words")
    counted: Counter[str] = Counter()
    named: Counter[str] = Counter()
    items = size = 0
    query = sa.select(SearchItem.kind, SearchItem.words, SearchItem.size).where(SearchItem.audience_id == EVERYONE)
    query = query.execution_options(yield_per=_AT_A_TIME)
    for kind, bag, own in db.session.execute(query):
        counted.update(words.bare(bag))
        if kind in NAMED:
            named.update(words.titled(bag))
        items, size = items + 1, size + own
    there = {
        word: (word_id, many, called)
        for word_id, word, many, called in db.session.execute(
            sa.select(SearchWord.id, SearchWord.word, SearchWord.items, SearchWord.named)
        ).tuples()
    }
    gone = sorted(set(there) - set(counted))
    for start in range(0, len(gone), _AT_A_TIME):
        db.session.execute(sa.delete(SearchWord).where(SearchWord.word.in_(gone[start : start + _AT_A_TIME])))
    now = {word: (many, named[word]) for word, many in counted.items()}
    changed = [
        {"id": there[word][0], "items": now[word][0], "named": now[word][1]}
        for word in sorted(now)
        if word in there and there[word][1:] != now[word]
    ]
    for start in range(0, len(changed), _AT_A_TIME):
        update_many(SearchWord, changed[start : start + _AT_A_TIME])
    fresh = [
        {"word": word, "items": now[word][0], "named": now[word][1]} for word in sorted(now) if word not in there
    ]
    for start in range(0, len(fresh), _AT_A_TIME):
        insert_missing(SearchWord, fresh[start : start + _AT_A_TIME])
    last_id, every = db.session.execute(sa.select(sa.func.max(SearchItem.id), sa.func.count())).one()
    settings.put(
        TOTALS,
        {
            "items": items, "size": size, "words": len(now), "last_id": last_id, "every": every,
            "stamp": clock.now().isoformat(), "old_at": (clock.now() + timedelta(days=1)).isoformat(),
        },
    )  # fmt: skip
    _count_activity()


def _count_activity() -> None:
    """What everyone may see that people did, fading; in thousandths, relative to the newest item."""
    newest = db.session.scalar(sa.select(sa.func.max(SearchItem.day)).where(SearchItem.kind.not_in(NAMED))) or 0
    rows = (
        sa.select(SearchLink.person_id, SearchLink.role, SearchItem.day, sa.func.count())
        .join(SearchItem, SearchItem.id == SearchLink.item_id)
        .where(
            SearchItem.audience_id == EVERYONE,
            SearchItem.day > newest - 12 * ACTIVITY_HALF_LIFE,
            SearchItem.kind.not_in(NAMED),
            SearchLink.hidden.is_(False),
        )
        .group_by(SearchLink.person_id, SearchLink.role, SearchItem.day)
        .order_by(SearchLink.person_id, SearchItem.day, SearchLink.role)
    )
    active: dict[int, float] = {}
    for person_id, role, day, count in db.session.execute(rows):
        worth = ROLE_WEIGHTS[role] * count * 0.5 ** ((newest - day) / ACTIVITY_HALF_LIFE)
        active[person_id] = active.get(person_id, 0.0) + worth
    now = {person_id: round(1000 * worth) for person_id, worth in active.items()}
    before = dict(db.session.execute(sa.select(SearchPerson.person_id, SearchPerson.activity)).tuples().all())
    insert_rows = [{"person_id": one, "activity": worth} for one, worth in sorted(now.items()) if one not in before]
    if insert_rows:
        insert_missing(SearchPerson, insert_rows)
    changed = [{"p": one, "a": now.get(one, 0)} for one, worth in sorted(before.items()) if now.get(one, 0) != worth]
    if changed:
        table = SearchPerson.metadata.tables["search_person"]
        set_activity = sa.update(table).where(table.c.person_id == sa.bindparam("p"))
        db.session.connection().execute(set_activity.values(activity=sa.bindparam("a")), changed)


def rebuild_engine() -> None:
    """The engine's index anew, from the items (inside a unit of work). Nothing else is written: after a restore all
    the rest is as it was."""
    engine().rebuild()


def rebuild(tell: Callable[[int], None] = lambda _done: None) -> None:
    """Put everything in anew that a domain can say (imported work stays as it is), then the index and the counts. In
    units of work of its own."""
    for source in sources():
        last = 0
        while some := source.ids(last, 500):
            last = some[-1]
            unit_of_work(partial(putter(kind=source.kind, entries=source.entries), some))
            tell(len(some))
    unit_of_work(_drop_stale)
    unit_of_work(rebuild_engine)
    unit_of_work(recount)


def _drop_stale() -> None:
    """Items of subjects that are gone."""
    for source in sources():
        there = sa.select(SearchItem.subject_id).where(SearchItem.kind == source.kind).distinct()
        wanted: set[int] = set()
        last = 0
        while some := source.ids(last, _AT_A_TIME):
            last = some[-1]
            wanted.update(some)
        for some in batches([one for one in db.session.scalars(there) if one is not None and one not in wanted]):
            _take_out(source.kind, some)


def forget_nobodys_work() -> None:
    """Imported work that shows what nobody here knows any more (inside a unit of work)."""
    orphans = sa.select(SearchItem.id, SearchItem.words).where(
        SearchItem.kind == "work", ~sa.select(SearchLink.item_id).where(SearchLink.item_id == SearchItem.id).exists()
    )
    kept = db.session.execute(orphans).tuples().all()
    engine().take(list(kept))
    forget_items([item_id for item_id, _bag in kept])


def words_of_person(person_id: int) -> list[int]:
    """The numbers of the words by which somebody is found now."""
    bags = db.session.scalars(
        sa.select(SearchItem.words).where(SearchItem.kind == "person", SearchItem.subject_id == person_id)
    )
    every = {word for bag in bags for word in words.bare(bag)}
    return list(db.session.scalars(sa.select(SearchWord.id).where(SearchWord.word.in_(every))))


def forget_unused_words(word_ids: Collection[int]) -> None:
    """Out of the vocabulary with those of these words that stand in no item any more: an erased name goes at once,
    and not with the count of the night."""
    text = " " + SearchItem.words + " "
    for word_id, word in db.session.execute(
        sa.select(SearchWord.id, SearchWord.word).where(SearchWord.id.in_(word_ids))
    ).tuples():
        used = sa.or_(*(text.contains(f" {word}{end}", autoescape=True) for end in (" ", "=", "*")))
        if db.session.scalar(sa.select(SearchItem.id).where(used).limit(1)) is None:
            db.session.execute(sa.delete(SearchWord).where(SearchWord.id == word_id))


# ---- what people choose --------------------------------------------------------------------------------------


def hide_from_others(*, person_id: int, item_ids: Iterable[int], hidden: bool = True) -> None:
    """These items no longer show what this person knows (or do again)."""
    for some in batches(list(item_ids)):
        mine = sa.and_(SearchLink.person_id == person_id, SearchLink.item_id.in_(some))
        db.session.execute(sa.update(SearchLink).where(mine).values(hidden=hidden))


def show_work(*, person_id: int, shows: bool) -> None:
    """Work from elsewhere speaks for this person, or not at all."""
    insert_missing(SearchPerson, [{"person_id": person_id, "activity": 0, "shows_work": shows}])
    db.session.execute(sa.update(SearchPerson).where(SearchPerson.person_id == person_id).values(shows_work=shows))
