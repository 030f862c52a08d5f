"""Reads of people. What a viewer may not see is not in the answer."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload

from portal.audiences.queries import visible_to
from portal.core import clock
from portal.core.auth import EVERYONE, Viewer
from portal.core.db import among, db
from portal.core.errors import NotVisible
from portal.core.paging import PAGE, Page, Rows, cursor_of, page_of, read_cursor, top_of_audiences
from portal.core.panels import Narrowed

from . import names
from .models import NEW_FOR, Department, OldHandle, Person, PersonListing, Place


@dataclass(frozen=True)
class Card:
    """A person in one line, as this viewer may see them."""

    id: int
    handle: str
    name: str
    first_name: str
    initials: str
    hue: str
    title: str
    department: str
    place: str
    portrait_url: str | None
    square_url: str | None
    cutout: bool
    is_new: bool
    starts_on: date | None  # only when it lies ahead
    away_until: date | None
    is_guest: bool
    line: str = ""
    lang: str = ""
    time_zone: str = ""  # "" as well where the viewer may not see it

    def hour_there(self, zone: str) -> str:
        """What time it is where they are, "09:52"; "" where it is the same in that zone, or not shown."""
        return f"{clock.local(self.time_zone):%H:%M}" if self.time_zone not in ("", zone) else ""

    def with_line(self, line: tuple[str, str] | None) -> Card:
        """The same card with a headline and its language under the name."""
        return replace(self, line=line[0], lang=line[1]) if line else self


@dataclass(frozen=True)
class Profile:
    """A whole profile, as this viewer may see it. Fields that are hidden or empty are None or empty."""

    card: Card
    is_me: bool
    department_id: int | None
    place_id: int | None
    place_detail: str
    time_zone: str | None
    pronouns: str | None
    say_name: str | None
    languages: list[str]
    working_days: list[str]
    links: list[dict[str, str]]
    reach_me_by: str | None
    ends_on: date | None
    manager: Card | None
    stand_in: Card | None


def photo_url(name: str | None) -> str | None:
    """Where a photo's content name is served."""
    return f"/photos/{name}" if name else None


def may_see_photo(viewer: Viewer, name: str) -> bool:
    """May the viewer have the photo with this content name? Employees see everybody's."""
    if not viewer.is_guest:
        return True
    shown = sa.or_(Person.portrait == name, Person.square == name)
    listed = sa.select(PersonListing.person_id).where(
        PersonListing.listed_until >= clock.today(viewer.zone), visible_to(viewer, PersonListing.audience_id)
    )
    seen = sa.or_(Person.id.in_(listed), Person.id == viewer.person_id)
    return db.session.scalar(sa.select(Person.id).where(seen, shown).limit(1)) is not None


def _card(person: Person, shown: dict[str, Any]) -> Card:
    today = clock.today(person.zone)
    return Card(
        id=person.id,
        handle=person.handle,
        name=person.name,
        first_name=person.first_name,
        initials=names.initials(person.name),
        hue=person.colour,
        title=person.title or "",
        department=person.department.name if person.department else "",
        place=person.place.name if person.place and "place" in shown else "",
        portrait_url=photo_url(person.portrait),
        square_url=photo_url(person.square),
        cutout=person.cutout,
        is_new=person.is_new(today),
        starts_on=person.starts_on if person.starts_on and person.starts_on > today else None,
        away_until=person.away_until if person.is_away(today) else None,
        is_guest=person.kind == "guest",
        time_zone=shown.get("time_zone") or "",
    )


def _with_names(query: sa.Select[Any]) -> sa.Select[Any]:
    return query.options(joinedload(Person.department), joinedload(Person.place))


_ROW = aliased(PersonListing)  # made once: an alias makes its columns anew


def listed(viewer: Viewer, person_id: Any) -> sa.ColumnElement[bool]:
    """The condition that the viewer may see the person with that id (a column) today, themselves always."""
    row = _ROW
    seen = sa.select(row.person_id).where(row.person_id == person_id, *_listing(viewer, row))
    return sa.or_(seen.exists(), person_id == viewer.person_id)


def _listing(viewer: Viewer, row: Any = PersonListing) -> list[sa.ColumnElement[bool]]:
    """The conditions that a person stands in a row of their listing, as the viewer sees it today."""
    # "+ 0" keeps SQLite from beginning with the audience: most are a handful of people, but everyone is all rows.
    return [row.listed_until >= clock.today(viewer.zone), visible_to(viewer, row.audience_id + 0)]


def _may_see(viewer: Viewer, person_id: int) -> bool:
    row = sa.select(PersonListing.person_id).where(PersonListing.person_id == person_id, *_listing(viewer))
    return db.session.scalar(row.limit(1)) is not None


@dataclass
class _Known:
    """Somebody and the optional fields that the viewer may see; `is_seen` is whether they may see the person."""

    person: Person
    is_seen: bool
    shown: dict[str, Any]


def _known(viewer: Viewer, person_ids: Sequence[int], *, leavers: bool = False) -> dict[int, _Known]:
    """Those of these people whom the viewer may see; with `leavers` also who has left. One query."""
    listing = sa.and_(PersonListing.person_id == Person.id, *_listing(viewer))
    there = [PersonListing.person_id.is_not(None), Person.id == viewer.person_id]
    if leavers:
        there.append(Person.left_at.is_not(None))
    rows = db.session.execute(
        _with_names(sa.select(Person, PersonListing.person_id, PersonListing.shown))
        .outerjoin(PersonListing, listing)
        .where(among(Person.id, person_ids), sa.or_(*there))
    )
    found: dict[int, _Known] = {}
    for person, listed_id, shown in rows.tuples():
        known = found.setdefault(person.id, _Known(person, listed_id is not None, {}))
        known.shown.update(shown or {})
    if viewer.person_id in found:
        mine = found[viewer.person_id]
        mine.is_seen, mine.shown = True, mine.person.optional_values()
    return found


def cards(viewer: Viewer, person_ids: Sequence[int]) -> list[Card]:
    """The cards of those people, in that order, without whom the viewer may not see. One query, whether there are
    any or not."""
    found = _known(viewer, person_ids)
    return [_card(found[one].person, found[one].shown) for one in person_ids if one in found]


def cards_and_leavers(viewer: Viewer, person_ids: Sequence[int]) -> tuple[dict[int, Card], list[Person]]:
    """The cards of those of these people whom the viewer may see, by id, and the others who have left (the erased
    among them). One query, whether there are any or not."""
    found = _known(viewer, person_ids, leavers=True)
    seen = {one: _card(known.person, known.shown) for one, known in found.items() if known.is_seen}
    return seen, [known.person for known in found.values() if not known.is_seen]


def me(viewer: Viewer) -> Person:
    """The viewer's own row, to edit."""
    person: Person | None = db.session.scalar(_with_names(sa.select(Person).where(Person.id == viewer.person_id)))
    if person is None:
        raise NotVisible
    return person


def profile(viewer: Viewer, handle: str) -> Profile:
    """The profile at that handle. `NotVisible` when there is none for this viewer."""
    if not names.may_be_handle(handle):
        raise NotVisible
    found = db.session.execute(
        sa.select(Person.id, Person.manager_id, Person.stand_in_id).where(Person.handle == handle)
    ).one_or_none()
    if found is None:
        raise NotVisible
    person_id, manager_id, stand_in_id = found
    people = _known(viewer, [i for i in (person_id, manager_id, stand_in_id) if i])
    if person_id not in people:
        raise NotVisible
    person, shown = people[person_id].person, people[person_id].shown
    manager, stand_in = people.get(manager_id or 0), people.get(stand_in_id or 0)
    card = _card(person, shown)
    return Profile(
        card=card,
        is_me=person_id == viewer.person_id,
        department_id=person.department_id,
        place_id=person.place_id if "place" in shown else None,
        place_detail=shown.get("place", ""),
        time_zone=shown.get("time_zone"),
        pronouns=shown.get("pronouns"),
        say_name=shown.get("say_name"),
        languages=shown.get("languages", []),
        working_days=shown.get("working_days", []),
        links=shown.get("links", []),
        reach_me_by=shown.get("reach_me_by"),
        ends_on=person.ends_on if person.kind == "guest" else None,
        manager=_card(manager.person, manager.shown) if manager else None,
        stand_in=_card(stand_in.person, stand_in.shown) if stand_in and card.away_until else None,
    )


def handle_today(viewer: Viewer, old: str) -> str:
    """The handle of the person who once had that one. `NotVisible` when there is none for this viewer."""
    if not names.may_be_handle(old):
        raise NotVisible
    row = db.session.execute(
        sa.select(Person.id, Person.handle)
        .join(OldHandle, OldHandle.person_id == Person.id)
        .where(OldHandle.handle == old)
    ).one_or_none()
    if row is None or (row.id != viewer.person_id and not _may_see(viewer, row.id)):
        raise NotVisible
    handle: str = row.handle
    return handle


def id_of_handle(viewer: Viewer, handle: str) -> int | None:
    """The id behind a handle whom the viewer may see, else None."""
    if not names.may_be_handle(handle):
        return None
    person_id = db.session.scalar(sa.select(Person.id).where(Person.handle == handle))
    return person_id if person_id and _may_see(viewer, person_id) else None


def id_of_email(email: str) -> int | None:
    """The id of the person with that address or login name (in any case), else None: one sign-in field takes both, so
    nobody's address is another one's login name."""
    key = names.fold(email)
    meant = sa.select(Person.id).where(sa.or_(Person.email_key == key, Person.login_key == key))
    return db.session.scalar(meant.order_by(sa.case((Person.email_key == key, 0), else_=1)).limit(1))


def above(person_id: int) -> set[int]:
    """Everybody above somebody: their manager, that one's manager, and so on. One query, whatever goes in circles."""
    chain = sa.select(Person.manager_id.label("id")).where(Person.id == person_id).cte("above", recursive=True)
    # Whoever has nobody above them ends it with a NULL, which is nobody's id. (Asked for in here, SQLite would go
    # through everybody who has a manager, for each step up.)
    chain = chain.union(sa.select(Person.manager_id).join(chain, Person.id == chain.c.id))
    return {one for one in db.session.scalars(sa.select(chain.c.id)) if one is not None} - {person_id}


def anybody() -> bool:
    """Is there anybody at all?"""
    return db.session.scalar(sa.select(Person.id).limit(1)) is not None


# ---- the directory -----------------------------------------------------------------------------------------


def _like(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def directory(
    viewer: Viewer,
    *,
    q: str = "",
    department_id: int | None = None,
    place_id: int | None = None,
    new: bool = False,
    narrowed: Collection[Narrowed | None] = (),
    cursor: str | None = None,
    size: int = PAGE,
) -> Page[Card]:
    """A page of people by name, or the newest first with `new`; of a team alone, of those with a topic alone.

    q: any parts of a name, in any order; narrowed: None is what nobody has. A fixed number of queries, however
    many people there are.
    """
    if None in narrowed:
        return Page([], None)
    team_audience_id = next((one.audience_id for one in narrowed if one and one.audience_id is not None), None)
    among = [one.people for one in narrowed if one and one.people is not None]
    if team_audience_id is not None and not viewer.audience_ids & {EVERYONE, team_audience_id}:
        return Page([], None)  # not even whom they see anyway: who is in it is not a guest's to know
    words = names.fold(q).split()[:8]
    today = clock.today(viewer.zone)
    start = read_cursor(cursor, str, int)

    row = aliased(PersonListing)

    def narrow(listing: type[PersonListing]) -> list[sa.ColumnElement[bool]]:
        wanted = [listing.department_id == department_id] if department_id is not None else []
        return wanted + ([listing.place_id == place_id] if place_id is not None else [])

    def branch(audience: sa.ColumnElement[bool]) -> Rows:
        key = row.started_on if new else row.sort_key
        rows: Rows = sa.select(row.person_id, key).where(audience, row.listed_until >= today)
        for word in words:
            rows = rows.where(row.search_key.like(_like(word), escape="\\"))
        if team_audience_id is None:
            rows = rows.where(*narrow(row))
        else:
            # The team's rows give the order; what may be seen of each person stands in the viewer's own.
            mine = aliased(PersonListing)
            seen = sa.select(mine.person_id).where(mine.person_id == row.person_id, *narrow(mine))
            rows = rows.where(seen.where(visible_to(viewer, mine.audience_id + 0)).exists())
        for some in among:
            rows = rows.where(row.person_id.in_(some))
        if new:
            rows = rows.where(row.started_on >= today - NEW_FOR, row.started_on <= today)
        if start and new:
            on = _date(start[0])
            rows = rows.where(sa.tuple_(row.started_on, row.person_id) < sa.tuple_(sa.literal(on), start[1]))
        elif start:
            rows = rows.where(sa.tuple_(row.sort_key, row.person_id) > sa.tuple_(sa.literal(start[0]), start[1]))
        return rows

    key = "started_on" if new else "sort_key"
    audience_ids = viewer.audience_ids if team_audience_id is None else [team_audience_id]
    query = top_of_audiences(audience_ids, branch, row.audience_id, (key, "person_id"), size + 1, descending=new)
    rows = db.session.execute(query).all() if query is not None else []
    page = page_of(rows, size, lambda row: cursor_of(str(getattr(row, key)), row.person_id))
    return page.map(lambda found: cards(viewer, [row.person_id for row in found]))


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return date.max - timedelta(days=1)


@dataclass(frozen=True)
class Choice:
    """A department or a place that the directory can be narrowed to; `key` stands in the address."""

    id: int
    key: str
    name: str


@dataclass(frozen=True)
class Filters:
    """What the directory can be narrowed to, by name."""

    departments: list[Choice]
    places: list[Choice]


def filters(viewer: Viewer) -> Filters:
    """Departments and places; a guest is offered only those of people they may see."""
    departments = sa.select(Department.id, Department.key, Department.name).order_by(Department.key)
    places = sa.select(Place.id, Place.key, Place.name).order_by(Place.key)
    if viewer.is_guest:
        seen = (
            sa.select(PersonListing)
            .where(visible_to(viewer, PersonListing.audience_id))
            .where(PersonListing.listed_until >= clock.today(viewer.zone))
            .subquery()
        )
        departments = departments.where(Department.id.in_(sa.select(seen.c.department_id)))
        places = places.where(Place.id.in_(sa.select(seen.c.place_id)))
    return Filters(
        [Choice(*row) for row in db.session.execute(departments)],
        [Choice(*row) for row in db.session.execute(places)],
    )


# ---- who is meant by what somebody typed or pasted ---------------------------------------------------------


@dataclass(frozen=True)
class Found:
    """Somebody with an address: gone, or whom the viewer may see."""

    person_id: int
    has_left: bool


def by_addresses(viewer: Viewer, email_keys: Collection[str]) -> dict[str, Found]:
    """Who has these addresses (folded): people whom the viewer may see, and who has left. Two queries a batch."""
    keys = sorted(set(email_keys))
    today = clock.today(viewer.zone)
    found: dict[str, Found] = {}
    for start in range(0, len(keys), 500):
        rows = db.session.scalars(sa.select(Person).where(Person.email_key.in_(keys[start : start + 500]))).all()
        seen = _known(viewer, [person.id for person in rows]) if rows else {}
        for person in rows:
            left = not person.has_access(today) and EVERYONE in viewer.audience_ids
            if left or person.id in seen:
                found[str(person.email_key)] = Found(person.id, left)
    return found


def by_names(viewer: Viewer, written: Sequence[str], most: int = 8) -> dict[str, list[int]]:
    """Whom each written name may mean, among whom the viewer may see: whoever is called just that, else whoever has
    all of its words. At most `most` each, by name; one query for each 500 names, and one for those left over."""
    folded = {text: names.fold(text) for text in written}
    asked = sorted({key for key in folded.values() if key})
    row = PersonListing
    listed = (visible_to(viewer, row.audience_id), row.listed_until >= clock.today(viewer.zone))
    meant: dict[str, list[int]] = {}
    for start in range(0, len(asked), 500):
        some = asked[start : start + 500]
        called = sa.select(row.sort_key, row.person_id).where(*listed, row.sort_key.in_(some)).distinct().subquery()
        place = sa.func.row_number().over(partition_by=called.c.sort_key, order_by=called.c.person_id)
        ranked = sa.select(called, place.label("place")).subquery()
        first = sa.select(ranked.c.sort_key, ranked.c.person_id).where(ranked.c.place <= most)
        for key, person_id in db.session.execute(first.order_by(ranked.c.sort_key, ranked.c.place)):
            meant.setdefault(key, []).append(person_id)
    left = [key for key in asked if key not in meant]
    if left:
        # Parts of names have no index, so everybody is read once, however many names are left.
        everybody = sa.select(row.person_id, row.search_key).where(*listed).order_by(row.sort_key, row.person_id)
        if len(left) <= 5:  # the database drops most of them sooner
            has = [[row.search_key.like(_like(word), escape="\\") for word in key.split()[:8]] for key in left]
            everybody = everybody.where(sa.or_(*(sa.and_(*some) for some in has)))
        meant |= _by_parts({i: key.split() for i, key in db.session.execute(everybody).tuples()}, left, most)
    return {text: meant.get(key, []) for text, key in folded.items()}


def _by_parts(everybody: dict[int, list[str]], asked: Collection[str], most: int) -> dict[str, list[int]]:
    """Who has all the words of each key, whole ("Ben" is Ben where there is a Ben), else begun ("Benedikt")."""
    known = sorted({word for words in everybody.values() for word in words})
    keys_by_word: dict[str, list[str]] = {}
    parts = {key: key.split()[:8] for key in asked}
    for key in asked:
        longest = max(parts[key], key=len)
        for word in known[bisect_left(known, longest) :]:
            if not word.startswith(longest):
                break
            keys_by_word.setdefault(word, []).append(key)
    whole: dict[str, list[int]] = {}
    begun: dict[str, list[int]] = {}
    for person_id, words in everybody.items():
        for key in {key for word in words if word in keys_by_word for key in keys_by_word[word]}:
            found = whole if all(part in words for part in parts[key]) else begun
            some = found.setdefault(key, [])
            if len(some) < most and all(any(word.startswith(part) for word in words) for part in parts[key]):
                some.append(person_id)
    return begun | whole
