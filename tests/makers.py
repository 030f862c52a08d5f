"""Makers with good defaults, through the services. `noise` adds people whom no test asked for, so that a query
without its filter fails."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, TypeVar

import sqlalchemy as sa
from flask import Flask

from portal.accounts import passwords
from portal.accounts import services as accounts
from portal.audiences import services as audiences
from portal.audiences.queries import audiences_of
from portal.core import clock
from portal.core.auth import EVERYONE, NAMED, Viewer
from portal.core.db import Base, db, unit_of_work
from portal.core.happening import Asked
from portal.infomercials import happening as new_intros
from portal.infomercials import services as intros
from portal.kudos import services as kudos
from portal.people import services as people
from portal.people.importing import Imported, import_people
from portal.people.models import Person
from portal.people.staff_list import read_staff_list
from portal.search.engines import engine
from portal.teams import services as teams
from portal.topics import services as topics
from portal.topics.models import Topic

T = TypeVar("T")
PASSWORD = "correct horse battery"
_NAMES = ("Ada Okoye", "Bo Lindgren", "Chiara Rossi", "Dmitri Volkov", "Esi Mensah", "Farah Aziz", "Gita Rao")


Rows = dict[str, list[dict[str, Any]]]
# What was made on an empty database on which day: what came of it, how many people were made, and every row.
_MADE: dict[tuple[Any, date], tuple[Any, int, Rows]] = {}


def _somebody_is_here() -> bool:
    return db.session.scalar(sa.select(Person.id).limit(1)) is not None


def _all_rows() -> Rows:
    """What stands in the database, but for what an empty one holds (the audiences that have no list)."""
    found = {
        table.name: [dict(row) for row in db.session.execute(sa.select(table)).mappings()]
        for table in Base.metadata.sorted_tables
    }
    found["audience"] = [row for row in found["audience"] if row["id"] not in (EVERYONE, NAMED)]
    return {name: rows for name, rows in found.items() if rows}


def _put_back(rows: Rows) -> None:
    counted = []
    for name, some in rows.items():
        table = Base.metadata.tables[name]
        db.session.execute(sa.insert(table), some, execution_options={"render_nulls": True})
        if "id" in table.columns:
            last = max(row["id"] for row in some)
            counted.append(f"setval(pg_get_serial_sequence('{name}', 'id'), {last})")
    if "search_item" in rows:
        engine().rebuild()  # full-text tables are no models
    if db.engine.dialect.name == "postgresql":  # SQLite counts on from what it finds
        db.session.execute(sa.text(f"SELECT {', '.join(counted)}"))


def whose_intro_is_new(viewer: Viewer, size: int = 50) -> list[int]:
    """Whose intros stand among what happened, the newest first."""
    asked = Asked(size, viewer.audience_ids, None, (), clock.now())
    rows = new_intros.latest(viewer, asked)
    return [row.id for row in db.session.execute(rows)] if rows is not None else []


class Make:
    """One app's makers; each works in an app context of its own and gives ids back."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self._people = 0

    def do(self, work: Callable[[], T]) -> T:
        """Run in a unit of work."""
        with self.app.app_context():
            return unit_of_work(work)

    def read(self, work: Callable[[], T]) -> T:
        """Run in an app context that ends afterwards."""
        with self.app.app_context():
            return work()

    def person(self, name: str | None = None, **more: Any) -> int:
        """A person without an account; a guest with kind="guest"."""
        self._people += 1
        number = self._people
        name = name or _NAMES[number % len(_NAMES)]
        more.setdefault("email", f"person{number}@example.org")
        if more.get("kind") == "guest":
            more.setdefault("ends_on", date(2999, 1, 1))
        return self.do(lambda: people.add_person(name=name, **more))

    def staff_list(self, text: str, **more: Any) -> Imported:
        """Import that staff list."""
        return self.read(lambda: import_people(read_staff_list(text.encode()), **more))

    def account(self, person_id: int | None = None, role: str = "member", password: str = PASSWORD) -> int:
        """An account for that person (or for a new one); the person's id."""
        found = self.person() if person_id is None else person_id
        hashed = passwords.hashed(password)
        self.do(lambda: accounts.set_password(person_id=found, password_hash=hashed, role=role))
        return found

    def member(self, name: str | None = None, role: str = "member", **more: Any) -> int:
        """A person with an account."""
        return self.account(self.person(name, **more), role=role)

    def guest(self, name: str | None = None, **more: Any) -> int:
        """A guest with an account."""
        return self.account(self.person(name, kind="guest", **more))

    def team(self, *person_ids: int) -> int:
        """A team's audience with those members; its id."""

        def work() -> int:
            audience_id = audiences.make_team_audience()
            for person_id in person_ids:
                audiences.join(audience_id=audience_id, person_ids=[person_id])
            return audience_id

        return self.do(work)

    def project(self, name: str, lead: int, *person_ids: int, **plan: Any) -> int:
        """A real team, with a page of its own; its id. `plan`: more of `teams.services.Plan`."""
        viewer = self.viewer(lead)
        made = teams.Plan(name, **plan)
        return self.do(lambda: teams.start_team(viewer=viewer, plan=made, lead_id=None, person_ids=list(person_ids)))

    def claim(self, person_id: int, *names: str, level: str = "expert", line: str = "") -> list[int]:
        """What that person can be asked about; ids of the claims."""
        who = self.viewer(person_id)
        return self.do(lambda: topics.claim_topics(viewer=who, names=names, level=level, line=line))

    def topic(self, name: str) -> int:
        """The id of the topic of that name; 0 where there is none."""
        return self.read(lambda: db.session.scalar(sa.select(Topic.id).where(Topic.name == name)) or 0)

    def viewer(self, person_id: int, *roles: str) -> Viewer:
        """That person as a viewer, with the audiences they have now."""

        def work() -> Viewer:
            guest = db.session.get_one(Person, person_id).kind == "guest"
            return Viewer(
                person_id=person_id,
                roles=frozenset(roles or ({"guest"} if guest else {"member"})),
                audience_ids=audiences_of(person_id, is_guest=guest),
            )

        return self.read(work)

    def intro(
        self,
        person_id: int,
        *,
        headline: str = "Keeps the queues short.",
        facts: Sequence[str] = ("Repairs radios on Sundays.",),
        ask: Sequence[str] = ("Queues",),
        working_on: str = "the export queue",
        so_that: str = "every club can leave with its data",
        offer: str = "15 minutes for any migration plan",
        lang: str = "en",
        shown_to: str = "everyone",
        publish: bool = True,
    ) -> int:
        """A whole intro, published unless told otherwise."""
        viewer = self.viewer(person_id)

        def work() -> None:
            written = [{"prompt": "made", "text": text} for text in facts]
            intros.save_facts(viewer=viewer, headline=headline, facts=written, lang=lang)
            intros.save_ask(viewer=viewer, ask_about=list(ask))
            intros.save_work(viewer=viewer, working_on=working_on, so_that=so_that, offer=offer)
            if publish:
                intros.publish(viewer=viewer, shown_to=shown_to)

        self.do(work)
        return person_id

    def kudos(
        self, giver: int, *receivers: int, why: str = "You stayed until every import was green.", **more: Any
    ) -> str:
        """A thank-you from one to others, by their ids; its public id. `more`: of `kudos.services.Thanks`."""
        viewer = self.viewer(giver)
        thanks = kudos.Thanks(why, tuple(receivers), **more)
        return self.do(lambda: kudos.give_kudos(viewer=viewer, thanks=thanks))

    def once(self, what: Any, work: Callable[[], T]) -> T:
        """What fixtures begin with: what the services wrote on an empty database the first time is put back row by
        row for those who come after on the same day. `what` names the work, which gives ids and words back."""
        if self.read(_somebody_is_here):
            return work()
        key = what, clock.today()
        if key not in _MADE:
            before = self.read(_all_rows)
            assert not before, f"{what} is made once, on an empty database: {sorted(before)}"
            made = work()
            _MADE[key] = made, self._people, self.read(_all_rows)
            return made
        made, self._people, rows = _MADE[key]
        self.do(lambda: _put_back(rows))
        return made

    def noise(self, count: int = 3) -> list[int]:
        """People, a team and intros that have nothing to do with the test."""
        return list(self.once(("noise", count), lambda: self._noise(count)))

    def _noise(self, count: int) -> list[int]:
        made = [self.member(f"Noise {chr(65 + n)}", department="Noise", place="Elsewhere") for n in range(count)]
        self.team(*made)
        for person_id in made[:2]:
            self.intro(person_id, headline="Noise, only noise.")
        return made

    def email(self, person_id: int) -> str:
        return str(self.read(lambda: db.session.get_one(Person, person_id).email))

    def handle(self, person_id: int) -> str:
        return self.read(lambda: db.session.get_one(Person, person_id).handle)
