"""Rules and writes of people."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask_babel import gettext, ngettext
from sqlalchemy.orm import joinedload

from portal.audiences.queries import SHOWN_TO, audiences_for, members_of
from portal.core import audit, clock
from portal.core.auth import Viewer
from portal.core.db import after_commit, batches, db
from portal.core.errors import ChangedMeanwhile, NotVisible, RuleBroken
from portal.core.events import publish
from portal.core.storage import storage

from . import names, queries
from .events import PersonAdded, PersonChanged, PersonLeft
from .models import HUES, OPTIONAL, WEEK, Department, OldHandle, Person, PersonListing, Place
from .photos import Pictures
from .staff_list import StaffLine

MAX_NAME = 120
MAX_LINKS, MAX_LINK_LABEL, MAX_LINK = 5, 60, 500


# ---- departments and places --------------------------------------------------------------------------------


def department_named(name: str) -> int:
    """The department of that name, made when there is none."""
    key = names.fold(name)
    found = db.session.scalar(sa.select(Department.id).where(Department.key == key))
    if found is None:
        department = Department(name=name, key=key)
        db.session.add(department)
        db.session.flush()
        found = department.id
    return found


def place_named(name: str, time_zone: str | None = None) -> int:
    """The place of that name, made when there is none."""
    key = names.fold(name)
    found = db.session.scalar(sa.select(Place.id).where(Place.key == key))
    if found is None:
        place = Place(name=name, key=key, time_zone=time_zone)
        db.session.add(place)
        db.session.flush()
        found = place.id
    return found


# ---- adding and listing ------------------------------------------------------------------------------------


def _free_handle(name: str, taken: set[str] | None = None) -> str:
    """A handle nobody has or had: "priya-raman", then "priya-raman-2"."""
    base = names.handle_for(name)
    if taken is None:
        like = base.replace("_", "\\_") + "%"
        taken = set(db.session.scalars(sa.select(Person.handle).where(Person.handle.like(like))))
        taken |= set(db.session.scalars(sa.select(OldHandle.handle).where(OldHandle.handle.like(like))))
    handle, number = base, 1
    while handle in taken:
        number += 1
        handle = f"{base}-{number}"
    taken.add(handle)
    return handle


def add_person(
    *,
    name: str,
    email: str | None,
    kind: str = "member",
    preferred_name: str | None = None,
    title: str | None = None,
    department: str | None = None,
    place: str | None = None,
    place_time_zone: str | None = None,
    place_detail: str | None = None,
    starts_on: date | None = None,
    ends_on: date | None = None,
    external_id: str | None = None,
    hue: str | None = None,
) -> int:
    """Add a person to the directory. They need no account for that."""
    if email is not None and not names.is_email(email):
        raise RuleBroken("email", gettext("This does not look like a mail address: name@example.org"))
    _check_name(name)
    if kind == "guest" and ends_on is None:
        raise RuleBroken("ends_on", gettext("A guest needs an end date"))
    if email is not None and queries.id_of_email(email) is not None:
        raise RuleBroken("email", gettext("Somebody here has this address already"))
    person = Person(
        name=name,
        preferred_name=preferred_name,
        handle=_free_handle(name),
        email=email,
        email_key=names.fold(email) if email else None,
        kind=kind,
        title=title,
        department_id=department_named(department) if department else None,
        place_id=place_named(place, place_time_zone) if place else None,
        place_detail=place_detail,
        starts_on=starts_on,
        ends_on=ends_on,
        external_id=external_id,
        hue=hue if hue in HUES else None,
        created_at=clock.now(),
    )
    db.session.add(person)
    db.session.flush()
    relist(person.id)
    publish(PersonAdded(person.id))
    return person.id


def _check_name(name: str, field: str = "name") -> None:
    if not names.is_visible(name):
        raise RuleBroken(field, gettext("Say the name; one word is enough"))
    over = len(name) - MAX_NAME
    if over > 0:
        raise RuleBroken(field, ngettext("%(num)d character over", "%(num)d characters over", over))


def relist(person_id: int) -> None:
    """Write anew what each audience sees of a person. A leaver is listed nowhere."""
    person = _person(person_id)
    db.session.execute(sa.delete(PersonListing).where(PersonListing.person_id == person_id))
    if person.left_at is not None:
        return
    values = person.optional_values()
    allowed = {field: audiences_for(person_id, person.shown.get(field, "everyone")) for field in OPTIONAL}
    rows = []
    for audience_id in audiences_for(person_id, "everyone"):
        shown = {field: value for field, value in values.items() if audience_id in allowed[field]}
        rows.append(listing_row(person, audience_id, shown))
    _list(rows)


def relist_in(*, audience_id: int, person_ids: Collection[int]) -> None:
    """Write anew what one team's audience sees of these people. A fixed number of statements a batch."""
    db.session.flush()
    for some in batches(person_ids):
        # Locked in one order, so that two teams that share people wait for each other instead of crossing.
        people = db.session.scalars(
            sa.select(Person)
            .options(joinedload(Person.place))
            .where(Person.id.in_(some), Person.left_at.is_(None))
            .order_by(Person.id)
            .with_for_update(of=Person)
            .execution_options(populate_existing=True)
        ).all()
        in_team = members_of(audience_id, some)
        db.session.execute(
            sa.delete(PersonListing).where(
                PersonListing.audience_id == audience_id, PersonListing.person_id.in_(some)
            )
        )
        rows = []
        for person in people:
            if person.id in in_team:
                hidden = {field for field, choice in person.shown.items() if choice == "nobody"}
                shown = {f: v for f, v in person.optional_values().items() if f not in hidden}
                rows.append(listing_row(person, audience_id, shown))
        if rows:
            _list(rows)


def _list(rows: list[dict[str, Any]]) -> None:
    # With its nulls: else each change between those with a place and those without begins another statement.
    db.session.execute(sa.insert(PersonListing), rows, execution_options={"render_nulls": True})


def listing_row(person: Person, audience_id: int, shown: Mapping[str, Any]) -> dict[str, Any]:
    """One row of `person_listing`."""
    called = [person.name, person.preferred_name or "", person.handle.replace("-", " ")]
    return {
        "audience_id": audience_id,
        "person_id": person.id,
        # Short enough for any index entry and any cursor: one letter can unfold into 18.
        "sort_key": names.fold(person.name)[:200],
        "search_key": names.fold(" ".join(called))[:400],
        "department_id": person.department_id,
        "place_id": person.place_id if "place" in shown else None,
        "started_on": person.starts_on or date.min,
        "listed_until": person.ends_on or date.max,
        "shown": dict(shown),
    }


def _person(person_id: int) -> Person:
    db.session.flush()
    person = db.session.scalar(
        sa.select(Person)
        .options(joinedload(Person.place), joinedload(Person.department))
        .where(Person.id == person_id)
        # Whoever changes or lists a person anew does it one after the other: each sees what the other wrote.
        .with_for_update(of=Person)
        .execution_options(populate_existing=True)
    )
    if person is None:
        raise NotVisible
    return person


# ---- what a person changes about themselves ----------------------------------------------------------------


@dataclass(frozen=True)
class Details:
    """What a person says about themselves; `shown` says per optional field to whom."""

    name: str
    preferred_name: str | None
    pronouns: str | None
    say_name: str | None
    place_detail: str | None
    time_zone: str | None
    languages: Sequence[str]
    working_days: Sequence[str]
    links: Sequence[Mapping[str, str]]
    reach_me_by: str | None
    hue: str | None
    shown: Mapping[str, str]


def change_details(*, viewer: Viewer, details: Details, version: int | None = None) -> int:
    """Keep somebody's own details. `version` is the one that their form showed.

    Raises `RuleBroken` for a changed locked field, an unknown zone, a link that is none, or another tab's save.
    """
    person = _person(viewer.person_id)
    if version is not None and version != person.version:
        raise ChangedMeanwhile(
            "", gettext("This was changed in another tab meanwhile. Your words are below: look, then save again.")
        )
    name = details.name.strip()
    if name != person.name:
        if "name" in person.locked:
            raise RuleBroken("name", gettext("Your name comes from the staff list. Ask whoever keeps it."))
        _check_name(name)
        _rename(person, name)
    if details.time_zone and not clock.is_zone(details.time_zone):
        raise RuleBroken("time_zone", gettext("We do not know this time zone. Pick one from the list."))
    if any(day not in WEEK for day in details.working_days):
        raise RuleBroken("working_days", gettext("Pick days of the week"))
    if details.hue is not None and details.hue not in HUES:
        raise RuleBroken("hue", gettext("Pick one of the eight colours"))
    for field, choice in details.shown.items():
        if field not in OPTIONAL or choice not in SHOWN_TO:
            raise RuleBroken("", gettext("Choose everyone, my teams or nobody"))
    person.preferred_name = details.preferred_name or None
    person.pronouns = details.pronouns or None
    person.say_name = details.say_name or None
    person.place_detail = details.place_detail or None
    person.time_zone = details.time_zone or None
    person.languages = list(details.languages)
    person.working_days = [day for day in WEEK if day in details.working_days]
    person.links = _checked_links(details.links)
    person.reach_me_by = details.reach_me_by or None
    person.hue = details.hue
    person.shown = {field: choice for field, choice in details.shown.items() if choice != "everyone"}
    person.version += 1
    relist(person.id)
    publish(PersonChanged(person.id))
    return person.id


def _rename(person: Person, name: str) -> None:
    person.name = name
    if names.handle_for(name) == re.sub(r"-\d+$", "", person.handle):
        return
    db.session.add(OldHandle(handle=person.handle, person_id=person.id))
    db.session.flush()
    # Going back to an earlier name gives the earlier handle back.
    base = names.handle_for(name)
    mine = db.session.get(OldHandle, base)
    if mine is not None and mine.person_id == person.id:
        db.session.delete(mine)
        person.handle = base
    else:
        person.handle = _free_handle(name)


def _checked_links(links: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    kept = []
    for link in links:
        url = link["url"].strip()
        if "://" not in url and not url.startswith("mailto:"):
            url = f"https://{url}"
        label = link["label"].strip()
        over = max(len(label) - MAX_LINK_LABEL, len(url) - MAX_LINK)
        if over > 0:
            raise RuleBroken("links", ngettext("%(num)d character over", "%(num)d characters over", over))
        try:
            parts = urlsplit(url)
        except ValueError:  # half an IPv6 address, letters that turn into a slash
            parts = urlsplit("")
        if not (parts.path if parts.scheme == "mailto" else parts.scheme in ("http", "https") and parts.netloc):
            raise RuleBroken("links", gettext("A link starts with https://"))
        kept.append({"label": label or (parts.netloc or parts.path)[:MAX_LINK_LABEL], "url": url})
    if len(kept) > MAX_LINKS:
        raise RuleBroken("links", gettext("At most %(most)d links", most=MAX_LINKS))
    return kept


def set_away(*, viewer: Viewer, until: date | None, stand_in_id: int | None = None) -> None:
    """Away until that day (inclusive), and who stands in; None ends it."""
    person = _person(viewer.person_id)
    if until is None:
        person.away_until = person.stand_in_id = None
    else:
        today = clock.today(person.zone)
        if until < today:
            raise RuleBroken("until", gettext("This day has passed"))
        if (until - today).days > 366:
            raise RuleBroken("until", gettext("Pick a day within a year"))
        if stand_in_id == person.id:
            raise RuleBroken("stand_in", gettext("You cannot stand in for yourself"))
        stand_in = db.session.get(Person, stand_in_id) if stand_in_id else None
        if stand_in is not None and stand_in.is_away(today):
            raise RuleBroken("stand_in", gettext("%(name)s is away as well", name=stand_in.first_name))
        person.away_until, person.stand_in_id = until, stand_in_id
    publish(PersonChanged(person.id))


def set_photo(*, person_id: int, pictures: Pictures) -> None:
    """Show these pictures; the ones before are dropped unless somebody else shows the same."""
    person = _person(person_id)
    before = {person.portrait, person.square}
    person.portrait = storage().put(pictures.portrait, "webp")
    person.square = storage().put(pictures.square, "webp")
    person.cutout = pictures.cutout

    def settle() -> None:
        # Somebody who showed the same pictures may have dropped the files since we found them there.
        storage().put(pictures.portrait, "webp")
        storage().put(pictures.square, "webp")
        _drop_unused(before)

    after_commit(settle)
    publish(PersonChanged(person.id))


def remove_photo(*, person_id: int) -> None:
    """Back to initials."""
    person = _person(person_id)
    before = {person.portrait, person.square}
    person.portrait = person.square = None
    person.cutout = False
    after_commit(lambda: _drop_unused(before))
    publish(PersonChanged(person.id))


def _drop_unused(photo_names: Iterable[str | None]) -> None:
    """Content names are shared: two people with the same picture share its file."""
    for name in photo_names:
        used = sa.select(Person.id).where(sa.or_(Person.portrait == name, Person.square == name)).limit(1)
        if name and db.session.scalar(used) is None:
            storage().drop(name)


# ---- what the organization changes -------------------------------------------------------------------------


def set_manager(*, person_id: int, manager_id: int | None) -> None:
    """Who somebody reports to."""
    _person(person_id).manager_id = manager_id


def set_last_day(*, person_id: int, ends_on: date | None) -> None:
    """Until when a guest is here (inclusive). What each audience sees of them is written anew."""
    person = _person(person_id)
    if person.kind == "guest" and ends_on is None:
        raise RuleBroken("ends_on", gettext("A guest needs an end date"))
    person.ends_on = ends_on
    relist(person_id)
    publish(PersonChanged(person_id))


def mark_left(*, person_id: int, actor_id: int | None) -> None:
    """They have left: no access, listed nowhere."""
    person = _person(person_id)
    person.left_at = clock.now()
    relist(person_id)
    audit.record("person_left", actor_id=actor_id, subject_id=person_id)
    publish(PersonLeft(person_id))


@dataclass(frozen=True)
class Imported:
    """How many people a staff list added, changed, and left as they were."""

    added: int
    changed: int
    same: int


LOCKED_BY_IMPORT = ["name", "email", "department"]


def import_people(lines: Sequence[StaffLine]) -> Imported:
    """Write a checked staff list: people are found by id, else by address. Repeating it changes nothing.

    Raises `RuleBroken("line N", …)` where a line contradicts the people who are here.
    """
    by_external, by_email, taken = _people_by_keys()
    imported = set(by_external.values())
    departments: dict[str, int] = {}
    added = changed = same = 0
    for line in lines:
        key = names.fold(line.email)
        owner = by_email.get(key)
        person_id = by_external.get(line.external_id)
        # An address that another id holds already is a contradiction; a person without an id is taken over.
        if owner is not None and owner != person_id and (person_id is not None or owner in imported):
            raise RuleBroken(f"line {line.number}", "the address belongs to another person here; mend the address")
        if line.department and line.department not in departments:
            departments[line.department] = department_named(line.department)
        department_id = departments.get(line.department or "")
        found = person_id or owner
        if found is None:
            person = Person(
                external_id=line.external_id,
                name=line.name,
                handle=_free_handle(line.name, taken),
                email=line.email,
                email_key=key,
                kind="member",
                department_id=department_id,
                locked=list(LOCKED_BY_IMPORT),
                created_at=clock.now(),
            )
            db.session.add(person)
            db.session.flush()
            added += 1
            publish(PersonAdded(person.id))
        else:
            person = _person(found)
            wanted = (line.external_id, line.name, line.email, department_id or person.department_id)
            if wanted == (person.external_id, person.name, person.email, person.department_id):
                same += 1
                continue
            if line.name != person.name:
                _rename(person, line.name)
                taken.add(person.handle)
            by_email.pop(person.email_key or "", None)
            person.external_id, person.email, person.email_key = line.external_id, line.email, key
            person.department_id = department_id or person.department_id
            person.locked = sorted({*person.locked, *LOCKED_BY_IMPORT})
            changed += 1
            publish(PersonChanged(person.id))
        by_external[line.external_id], by_email[key] = person.id, person.id
        imported.add(person.id)
        relist(person.id)
    audit.record("people_imported", actor_id=None)
    return Imported(added, changed, same)


def _people_by_keys() -> tuple[dict[str, int], dict[str, int], set[str]]:
    by_external: dict[str, int] = {}
    by_email: dict[str, int] = {}
    taken = set(db.session.scalars(sa.select(OldHandle.handle)))
    for row in db.session.execute(sa.select(Person.id, Person.external_id, Person.email_key, Person.handle)):
        taken.add(row.handle)
        if row.external_id:
            by_external[row.external_id] = row.id
        if row.email_key:
            by_email[row.email_key] = row.id
    return by_external, by_email, taken
