"""One installation in a process of its own: told a page by a line of JSON, it answers with a line of JSON.

{"do": "pages"} -> {page: [who, path]};  {"do": "count", "page": …} -> {"status", "queries", "size"};
{"do": "run", "page": …, "requests": n} -> {"ms"} per request;
{"do": "start", "people": n} -> {"seconds", "queries"} of a team that is started with n pasted addresses.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from portal.app import create_app
from portal.audiences.models import Audience
from portal.audiences.queries import audiences_of
from portal.commands.bench_fill import LEAD, MATE, MEMBER, PASSWORD, TEAM_OF_8, TEAM_OF_1000, TEAM_OF_5000
from portal.core import outbox
from portal.core.auth import EVERYONE, Viewer
from portal.core.db import batches, db, unit_of_work
from portal.core.paging import cursor_of
from portal.invitations.models import Invitation
from portal.invitations.services import MAIL
from portal.kudos.models import CompanyValue, Kudos
from portal.people.models import Department, Person, PersonListing, Place
from portal.teams import pasted
from portal.teams.models import Team
from portal.teams.queries import who_is_meant
from portal.teams.services import Plan, start_team

# lead and mate are in the teams of 8, of 1,000 and of 5,000; member and guest in the one of 8; outsider in none.
WHO = {
    "member": "member@bench.example",
    "outsider": "outsider@bench.example",
    "guest": "guest@bench.example",
    "lead": f"p{LEAD}@bench.example",
    "mate": f"p{MATE}@bench.example",
}
# The one of 1,000 is all but guests of the first 1,000 people: the same ones in any installation.
TEAMS = {"of 8": TEAM_OF_8, "of 1,000": TEAM_OF_1000, "of 5,000": TEAM_OF_5000}


def pages() -> dict[str, tuple[str, str]]:
    """What is measured: a name, who looks, and the address."""
    listed = sa.select(PersonListing.sort_key, PersonListing.person_id).where(PersonListing.audience_id == EVERYONE)
    count = db.session.scalar(sa.select(sa.func.count()).select_from(listed.subquery())) or 0
    ordered = listed.order_by(PersonListing.sort_key, PersonListing.person_id)
    deep = cursor_of(*db.session.execute(ordered.offset(count // 2).limit(1)).one())
    department = db.session.scalar(sa.select(Department.key).where(Department.name == "Sales North"))
    place = db.session.scalar(sa.select(Place.key).where(Place.name == "Osaka"))
    handle = db.session.scalar(sa.select(Person.handle).where(Person.email_key == "p10@bench.example"))
    return {
        "home": ("member", "/"),
        "home as guest": ("guest", "/"),
        "home, the newest hidden": ("outsider", "/"),
        "directory": ("member", "/people"),
        "directory as guest": ("guest", "/people"),
        "directory, the newest hidden": ("outsider", "/people"),
        "?q= of many": ("member", "/people?q=an"),
        "?q= of one": ("member", "/people?q=quillf"),
        "?q= of nobody": ("member", "/people?q=zzyx"),
        "?department=": ("member", f"/people?department={department}"),
        "?place=": ("member", f"/people?place={place}"),
        "?place=, the newest hidden": ("outsider", f"/people?place={place}"),
        "?new=1": ("member", "/people?new=1"),
        "deep page": ("member", f"/people?after={deep}"),
        "profile": ("member", f"/p/{handle}"),
        "profile, the newest hidden": ("outsider", f"/p/{handle}"),
        "teams": ("member", "/teams"),
        "teams as guest": ("guest", "/teams"),
        **_kudos_pages(),
        **_team_pages(),
    }


def _kudos_pages() -> dict[str, tuple[str, str]]:
    """The wall for whoever sees nearly all of it and for a guest, who sees one in a thousand; one kudos; thanking."""
    listed = sa.select(Kudos.at, Kudos.id, Kudos.public_id).where(Kudos.wall_audience_id == EVERYONE)
    newest = listed.order_by(Kudos.at.desc(), Kudos.id.desc())
    at, number, public_id = db.session.execute(newest.offset(400).limit(1)).one()
    deep = cursor_of(at.isoformat(), number)
    value = db.session.scalar(sa.select(CompanyValue.slug).order_by(CompanyValue.id).limit(1))
    handle = db.session.scalar(sa.select(Person.handle).where(Person.email_key == "p10@bench.example"))
    return {
        "wall": ("member", "/kudos"),
        "wall as guest": ("guest", "/kudos"),
        "wall, deep": ("member", f"/kudos?after={deep}"),
        "wall ?value=": ("member", f"/kudos?value={value}"),
        "wall ?value= as guest": ("guest", f"/kudos?value={value}"),
        "wall of my teams": ("member", "/kudos?tab=teams"),
        "wall, to me": ("member", "/kudos?tab=to-me"),
        "wall, from me": ("member", "/kudos?tab=from-me"),
        "one kudos": ("member", f"/k/{public_id}"),
        "saying thanks": ("member", f"/kudos/new?to={handle}"),
        "a name begun": ("member", "/kudos/names?q=an&teams=1"),
    }


def _team_pages() -> dict[str, tuple[str, str]]:
    """A team's pages, for each team that is there; whoever looks is in it unless the name says otherwise."""
    there = set(db.session.scalars(sa.select(Team.slug).where(Team.slug.in_(TEAMS.values()))))
    whose = sa.select(Person.id, Person.handle).where(Person.id.in_([MEMBER, 12]))
    handles = dict(db.session.execute(whose).tuples().all())
    found = {}
    for size, slug in TEAMS.items():
        if slug not in there:
            continue
        small = slug == TEAM_OF_8
        slide = f"/t/{slug}/intros/{handles[MEMBER if small else 12]}"
        found[f"team {size}"] = ("mate", f"/t/{slug}")
        found[f"team {size} as lead"] = ("lead", f"/t/{slug}")
        found[f"reel {size}"] = ("mate", f"/t/{slug}/intros")
        found[f"slide {size}"] = ("mate", slide)
        found[f"?team= {size}"] = ("mate", f"/people?team={slug}")
        found[f"?team= {size} from outside"] = ("outsider", f"/people?team={slug}")
        if small:
            found[f"sheet {size}"] = ("mate", f"/t/{slug}/sheet")
            found[f"team {size} as guest"] = ("guest", f"/t/{slug}")
            found[f"reel {size} as guest"] = ("guest", f"/t/{slug}/intros")
            found[f"slide {size} as guest"] = ("guest", slide)
            found[f"?team= {size} as guest"] = ("guest", f"/people?team={slug}")
        else:
            found[f"team {size} from outside"] = ("outsider", f"/t/{slug}")
    return found


def signed_in(app: Flask, email: str) -> FlaskClient:
    """A client with a session, through the form."""
    client = app.test_client()
    page = client.get("/sign-in").get_data(as_text=True)
    token = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    answer = client.post("/sign-in", data={"email": email, "password": PASSWORD, "csrf_token": token})
    if answer.status_code != 303:
        raise RuntimeError(f"{email} cannot sign in: {answer.status_code}")
    return client


class Installation:
    """The app of this process, with everybody who looks signed in."""

    def __init__(self) -> None:
        self.app = create_app()
        with self.app.app_context():
            self.pages = pages()
            sa.event.listen(db.engine, "before_cursor_execute", self._counted)
        self.statements: list[str] = []
        self.clients = {who: signed_in(self.app, email) for who, email in WHO.items()}

    def _counted(self, _connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if not statement.startswith(("BEGIN", "SAVEPOINT", "RELEASE")):
            self.statements.append(statement)

    def count(self, page: str) -> dict[str, Any]:
        """Ask once: how it answers and how many queries it takes."""
        who, path = self.pages[page]
        self.clients[who].get(path)  # what a process does once is not counted
        self.statements.clear()
        answer = self.clients[who].get(path)
        return {
            "status": answer.status_code,
            "queries": len(self.statements),
            "size": len(answer.get_data()),
            "statements": list(self.statements),
        }

    def run(self, page: str, requests: int) -> dict[str, Any]:
        """Ask many times: milliseconds for one."""
        who, path = self.pages[page]
        client = self.clients[who]
        started = time.perf_counter()
        for _ in range(requests):
            client.get(path)
        took = (time.perf_counter() - started) / requests * 1000
        self.statements.clear()
        return {"ms": took}

    def start(self, people: int) -> dict[str, Any]:
        """Start a team with so many pasted addresses, as the page does: seconds and statements. It is gone again
        afterwards."""
        with self.app.app_context():
            here = sa.select(Person.email).where(Person.left_at.is_(None), Person.kind == "member")
            here = here.where(Person.id > MEMBER)
            text = "\n".join(str(email) for email in db.session.scalars(here.order_by(Person.id).limit(people)))
            who = Viewer(MEMBER, frozenset({"member"}), audiences_of(MEMBER, is_guest=False))
            db.session.rollback()
            self.statements.clear()
            started = time.perf_counter()
            meant = who_is_meant(who, pasted.read(text), {}, frozenset({MEMBER}))
            person_ids = [one.person.id for one in meant if one.person and one.state == "known"]
            plan = Plan("Pasted")
            team_id = unit_of_work(lambda: start_team(viewer=who, plan=plan, lead_id=None, person_ids=person_ids))
            took = time.perf_counter() - started
            queries = len(self.statements)
            unit_of_work(lambda: _forget_team(team_id))
        return {"seconds": took, "queries": queries, "people": len(person_ids)}


def _forget_team(team_id: int) -> None:
    audience_id = db.session.scalar(sa.select(Team.audience_id).where(Team.id == team_id))
    invited = db.session.scalars(sa.select(Invitation.id).where(Invitation.team_id == team_id)).all()
    for some in batches(invited):
        outbox.forget_mail(MAIL, some)
    db.session.execute(sa.delete(Team).where(Team.id == team_id))
    db.session.execute(sa.delete(Audience).where(Audience.id == audience_id))


def main() -> None:
    installation = Installation()
    for line in sys.stdin:
        asked = json.loads(line)
        if asked["do"] == "pages":
            answer: Any = installation.pages
        elif asked["do"] == "count":
            answer = installation.count(asked["page"])
        elif asked["do"] == "start":
            answer = installation.start(asked["people"])
        else:
            answer = installation.run(asked["page"], asked["requests"])
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
