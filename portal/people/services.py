"""Rules and writes of people."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask_babel import gettext, ngettext
from sqlalchemy.orm import joinedload

from portal.audiences.queries import SHOWN_TO, members_of, teams_of_many
from portal.core import audit, clock
from portal.core.auth import EVERYONE, Viewer
from portal.core.db import after_commit, batches, db, insert_many
from portal.core.errors import ChangedMeanwhile, NotVisible, RuleBroken
from portal.core.events import publish
from portal.core.storage import storage

from . import names, queries
from .events import KindChanged, LastDayChanged, PersonAdded, PersonChanged, PersonLeft, PersonReturned
from .models import HUES, OPTIONAL, WEEK, Department, OldHandle, Person, PersonListing, Place
from .photos import Pictures

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


def free_handle(name: str, taken: set[str] | None = None) -> str:
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
        handle=free_handle(name),
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
    relist_many([person_id])


def relist_many(person_ids: Collection[int]) -> None:
    """The same for many. A fixed number of statements a batch."""
    db.session.flush()
    for some in batches(person_ids):
        # Locked in one order, so that two who share people wait for each other instead of crossing.
        people = db.session.scalars(
            sa.select(Person)
            .options(joinedload(Person.place))
            .where(Person.id.in_(some))
            .order_by(Person.id)
            .with_for_update(of=Person)
            .execution_options(populate_existing=True)
        ).all()
        teams = teams_of_many(some)
        db.session.execute(sa.delete(PersonListing).where(PersonListing.person_id.in_(some)))
        rows = [row for person in people if person.left_at is None for row in _rows(person, teams.get(person.id, []))]
        _list(rows)


def _rows(person: Person, teams: Sequence[int]) -> list[dict[str, Any]]:
    """What each audience sees of one person."""
    values = person.optional_values()
    rows = []
    for audience_id in [EVERYONE, *teams]:
        hidden_from = ("nobody", "teams") if audience_id == EVERYONE else ("nobody",)
        shown = {name: value for name, value in values.items() if person.shown.get(name) not in hidden_from}
        rows.append(listing_row(person, audience_id, shown))
    return rows


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
        _list(rows)


def _list(rows: list[dict[str, Any]]) -> None:
    insert_many(PersonListing, rows)


class Listed(Protocol):
    """What a listing is made of: a `Person`, or somebody who is just being added."""

    id: Any
    name: Any
    preferred_name: Any
    handle: Any
    department_id: Any
    place_id: Any
    starts_on: Any
    ends_on: Any


def list_new(*, people: Sequence[Listed], shown: Sequence[Mapping[str, Any]]) -> None:
    """Write what everybody sees of people who were just added, so in no team yet; shown: their optional fields."""
    _list([listing_row(person, EVERYONE, some) for person, some in zip(people, shown, strict=True)])


def listing_row(person: Listed, audience_id: int, shown: Mapping[str, Any]) -> dict[str, Any]:
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
        rename(person, name=name)
    if details.time_zone and not clock.is_zone(details.time_zone):
        raise RuleBroken("time_zone", gettext("We do not know this time zone. Pick one from the list."))
    if any(day not in WEEK for day in details.working_days):
        raise RuleBroken("working_days", gettext("Pick days of the week"))
    if details.hue is not None and details.hue not in HUES:
        raise RuleBroken("hue", gettext("Pick one of the eight colours"))
    for field, choice in details.shown.items():
        if field not in OPTIONAL or choice not in SHOWN_TO:
            raise RuleBroken("", gettext("Choose everyone, my teams or nobody"))
    # What they say about themselves is theirs from now on: the staff list does not keep it any more.
    own = {"preferred_name": details.preferred_name or None, "time_zone": details.time_zone or None}
    person.locked = [field for field in person.locked if field not in own or own[field] == getattr(person, field)]
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


def rename(person: Person, *, name: str, taken: set[str] | None = None) -> None:
    """Another name, and the handle that goes with it; the one before leads on. taken: handles to keep away from."""
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
        person.handle = free_handle(name, taken)


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
        drop_unused(before)

    after_commit(settle)
    publish(PersonChanged(person.id))


def remove_photo(*, person_id: int) -> None:
    """Back to initials."""
    person = _person(person_id)
    before = {person.portrait, person.square}
    person.portrait = person.square = None
    person.cutout = False
    after_commit(lambda: drop_unused(before))
    publish(PersonChanged(person.id))


def drop_unused(photo_names: Iterable[str | None]) -> None:
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
    publish(LastDayChanged(person_id))
    publish(PersonChanged(person_id))


def plan_last_day(*, person_id: int, ends_on: date | None, actor_id: int) -> None:
    """An admin says when somebody's last day is; it lies ahead, or is today. None takes it back."""
    person = _here(person_id)
    if ends_on is not None and ends_on < clock.today(person.zone):
        raise RuleBroken("ends_on", gettext("This day has passed. Say that they have left instead."))
    set_last_day(person_id=person_id, ends_on=ends_on)
    audit.record("last_day_set" if ends_on else "last_day_unset", actor_id=actor_id, subject_id=person_id)


def mark_left(*, person_id: int, actor_id: int | None) -> None:
    """They have left: no access, listed nowhere. Nothing happens to who is gone already."""
    person = _person(person_id)
    if person.left_at is not None:
        return
    person.left_at = clock.now()
    relist(person_id)
    audit.record("person_left", actor_id=actor_id, subject_id=person_id)
    publish(PersonLeft(person_id))


def come_back(*, person_id: int, actor_id: int | None, ends_on: date | None = None) -> None:
    """They are here again, as they were: listed, with their account. Teams and sessions are not taken up again.

    ends_on: a guest's new last day; somebody who works here has none.
    """
    person = _person(person_id)
    if person.erased_at is not None or person.merged_into_id is not None:
        raise NotVisible
    if person.has_access(clock.today(person.zone)):
        return
    if person.kind == "guest" and (ends_on is None or ends_on < clock.today(person.zone)):
        raise RuleBroken("ends_on", gettext("Pick the last day of this guest; it lies ahead"))
    person.left_at = None
    person.ends_on = ends_on if person.kind == "guest" else None
    person.version += 1
    relist(person_id)
    audit.record("person_returned", actor_id=actor_id, subject_id=person_id)
    publish(PersonReturned(person_id))


def change_kind(*, person_id: int, kind: str, actor_id: int, ends_on: date | None = None) -> None:
    """A guest works here from now on; or somebody who worked here is a guest until `ends_on`."""
    person = _here(person_id)
    if person.kind == kind:
        return
    if kind == "guest" and (ends_on is None or ends_on < clock.today(person.zone)):
        raise RuleBroken("ends_on", gettext("Pick the last day of this guest; it lies ahead"))
    person.kind, person.ends_on = kind, ends_on if kind == "guest" else None
    person.version += 1
    relist(person_id)
    audit.record("kind_changed", actor_id=actor_id, subject_id=person_id)
    publish(KindChanged(person_id))
    publish(PersonChanged(person_id))


def _here(person_id: int) -> Person:
    """Their row, locked; `RuleBroken` for who has left meanwhile."""
    person = _person(person_id)
    if person.erased_at is not None:
        raise NotVisible
    if person.left_at is not None:
        raise RuleBroken("", gettext("They are not here any more"))
    return person


def mark_address(*, person_id: int, takes_mail: bool) -> None:
    """A mail server took a mail for somebody, or never will."""
    known = Person.email_refused_at.is_not(None) if takes_mail else Person.email_refused_at.is_(None)
    marked = sa.update(Person).where(Person.id == person_id, known)
    marked = marked.values(email_refused_at=None if takes_mail else clock.now())
    db.session.execute(marked.execution_options(synchronize_session=False))
