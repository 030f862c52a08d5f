"""One installation in a process of its own: told a page by a line of JSON, it answers with a line of JSON.

{"do": "pages"} -> {page: [who, path]};  {"do": "count", "page": …} -> {"status", "queries", "size"};
{"do": "run", "page": …, "requests": n} -> {"ms"} per request;
{"do": "start", "people": n} -> {"seconds", "queries"} of a team that is started with n pasted addresses;
{"do": "words", "most": n} -> {third: [word]}: rare, middle, and of the top 1 % of the vocabulary;
{"do": "search", "words": […]} -> {"ms": [[the page, as typed] …], "queries": […]}, one after the other.
"""

from __future__ import annotations

import itertools
import json
import re
import sys
import time
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.app import create_app
from portal.audiences.models import Audience
from portal.audiences.queries import audiences_of
from portal.commands import bench_asks
from portal.commands.bench_fill import LEAD, MATE, MEMBER, PASSWORD, TEAM_OF_8, TEAM_OF_1000, TEAM_OF_5000
from portal.core import outbox
from portal.core.auth import EVERYONE, Viewer
from portal.core.db import batches, db, unit_of_work
from portal.core.paging import cursor_of
from portal.help.models import HelpAsk, HelpAsked, HelpAskListing, HelpOffer, HelpPromise
from portal.invitations.models import Invitation
from portal.invitations.services import MAIL
from portal.kudos.models import CompanyValue, Kudos
from portal.people.models import Department, Person, PersonListing, Place
from portal.search.models import SearchWord
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
POSTING = "posting thanks"  # opens the form, and measures sending it; then it is undone
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
        "whom to meet": ("member", "/meet"),
        "my network": ("member", "/me/network"),
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
        **_help_pages(),
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
        "notices": ("member", "/notices"),
        "picking for the screen": ("mate", f"/kudos/screen?team={TEAM_OF_1000}"),
        "saying thanks": ("member", f"/kudos/new?to={handle}"),
        "a name begun": ("member", "/kudos/names?q=an&teams=1"),
        POSTING: ("member", f"/kudos/new?to={handle}"),
    }


def _help_pages() -> dict[str, tuple[str, str]]:
    """Help for whoever sees nearly all of it, for the one in a large team, and for a guest."""
    newest = sa.select(HelpAskListing.ask_id).where(
        HelpAskListing.audience_id == EVERYONE, HelpAskListing.is_open.is_(True)
    )
    newest = newest.order_by(HelpAskListing.at.desc(), HelpAskListing.ask_id.desc())
    deep = cursor_of(db.session.execute(newest.offset(100).limit(1)).scalar_one())
    put_to_me = sa.select(HelpAsk.public_id).join(HelpAsked, HelpAsked.ask_id == HelpAsk.id)
    mine = db.session.scalar(
        put_to_me.where(HelpAsked.person_id == MEMBER, HelpAsk.state == "open").order_by(HelpAsk.id.desc()).limit(1)
    )
    answered = sa.select(HelpAsk.public_id).where(HelpAsk.state == "answered", HelpAsk.shown_to == "everyone")
    other = db.session.scalar(answered.order_by(HelpAsk.id.desc()).limit(1))
    promise = db.session.scalar(
        sa.select(HelpPromise.public_id).where(HelpPromise.giver_id == MEMBER, HelpPromise.state == "open").limit(1)
    )
    offerer = db.session.scalar(
        sa.select(Person.handle).join(HelpOffer, HelpOffer.person_id == Person.id).order_by(HelpOffer.id).limit(1)
    )
    common, rare = bench_asks.COMMON[0].lower(), bench_asks.RARE.lower().replace(" ", "-")
    return {
        "help": ("member", "/help"),
        "help as mate": ("mate", "/help"),
        "help as guest": ("guest", "/help"),
        "help, deep": ("member", f"/help?after={deep}"),
        "help, answered": ("member", "/help?show=answered"),
        "help, mine": ("member", "/help?show=mine"),
        "help, offers": ("member", "/help?show=offers"),
        "help, offers as guest": ("guest", "/help?show=offers"),
        "help ?topic= common": ("member", f"/help?topic={common}"),
        "help ?topic= rare": ("member", f"/help?topic={rare}"),
        "help ?topic= rare as guest": ("guest", f"/help?topic={rare}"),
        "help offers ?topic= rare": ("member", f"/help?show=offers&topic={rare}"),
        "help ?team=": ("member", f"/help?team={TEAM_OF_8}"),
        "help, an ask put to me": ("member", f"/h/{mine}"),
        "help, an answered ask": ("member", f"/h/{other}"),
        "help, promises": ("member", "/me/promises"),
        "help, ended promises": ("member", "/me/promises?ended=1"),
        "help, one promise": ("member", f"/me/promises/{promise}"),
        "help, asking": ("member", "/help/new"),
        "help on a common topic": ("member", f"/topics/{common}"),
        "help on a rare topic": ("member", f"/topics/{rare}"),
        "help on a profile": ("member", f"/p/{offerer}"),
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


def _hidden(page: str, name: str) -> str:
    """What a hidden field of a page holds."""
    return page.split(f'name="{name}"')[1].split('value="')[1].split('"')[0]


def signed_in(app: Flask, email: str) -> FlaskClient:
    """A client with a session, through the form."""
    client = app.test_client()
    page = client.get("/sign-in").get_data(as_text=True)
    token = _hidden(page, "csrf_token")
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
        self.turns = itertools.count(time.time_ns())  # no two posts say the same
        self.clients = {who: signed_in(self.app, email) for who, email in WHO.items()}
        self.pages |= self._stage()

    def _stage(self) -> dict[str, tuple[str, str]]:
        """A meeting that goes on, with the newest thanks of the team of 8: its opening, and its first card."""
        path = f"/kudos/screen?team={TEAM_OF_8}"
        page = self.clients["lead"].get(path).get_data(as_text=True)
        if found := re.search(r"/kudos/screen/([0-9a-f]+)", page):  # from the last time
            public_id = found[1]
        else:
            for _ in range(2):  # whom those who made the others chose is chance; of these nobody is asked
                self._thank("lead", f"/kudos/new?to={TEAM_OF_8}")
            page = self.clients["lead"].get(path).get_data(as_text=True)
            sent = {name: _hidden(page, name) for name in ("csrf_token", "once")}
            picked = re.findall(r'name="pick" value="(\w+)"', page)[:7]
            answer = self.clients["lead"].post(path, data={**sent, "pick": picked})
            public_id = answer.location.split("/")[3]
        # the first card that may be shown: it goes on by itself from those that may not
        card = self.clients["mate"].get(f"/kudos/screen/{public_id}/1", follow_redirects=True).request.path
        opening = ("mate", f"/kudos/screen/{public_id}/0")
        return {"opening of the screen": opening, "first card of the screen": ("mate", card)}

    def _filled(self, who: str, path: str) -> dict[str, str]:
        """What is sent to thank whom that address names, each time in other words."""
        form = self.clients[who].get(path).get_data(as_text=True)
        names = {name: _hidden(form, name) for name in ("csrf_token", "once", "started")}
        return {**names, "to": path.partition("to=")[2], "why": f"It helped us all, number {next(self.turns)}."}

    def _thank(self, who: str, path: str) -> None:
        answer = self.clients[who].post("/kudos/new", data=self._filled(who, path))
        if answer.status_code != 303:
            raise RuntimeError(f"{who} cannot thank: {answer.status_code}")

    def _counted(self, _connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if not statement.startswith(("BEGIN", "SAVEPOINT", "RELEASE")):
            self.statements.append(statement)

    def _asked(self, page: str) -> tuple[TestResponse, float]:
        """Ask once: the answer, and the seconds that it took."""
        who, path = self.pages[page]
        client, prepared = self.clients[who], None
        if page == POSTING:
            prepared = self._filled(who, path)
        self.statements.clear()
        started = time.perf_counter()
        answer = client.get(path) if prepared is None else client.post("/kudos/new", data=prepared)
        return answer, time.perf_counter() - started

    def _undone(self, page: str, answer: TestResponse) -> None:
        """Nothing is left of what was posted: at most 20 a day, and more are measured."""
        if page == POSTING and answer.status_code == 303:
            path = answer.location.partition("?")[0]
            token = _hidden(self.clients["member"].get(path).get_data(as_text=True), "csrf_token")
            self.clients["member"].post(f"{path}/undo", data={"csrf_token": token})

    def count(self, page: str) -> dict[str, Any]:
        """Ask once: how it answers and how many queries it takes."""
        for _ in range(2):  # what a process does once is not counted
            answer, _seconds = self._asked(page)
            statements = list(self.statements)
            self._undone(page, answer)
        size = len(answer.get_data())
        status = 200 if page == POSTING and answer.status_code == 303 else answer.status_code
        return {"status": status, "queries": len(statements), "size": size, "statements": statements}

    def run(self, page: str, requests: int) -> dict[str, Any]:
        """Ask many times: milliseconds for one."""
        took = 0.0
        for _ in range(requests):
            answer, seconds = self._asked(page)
            took += seconds
            self._undone(page, answer)
        self.statements.clear()
        return {"ms": took / requests * 1000}

    def words(self, most: int) -> dict[str, list[str]]:
        """So many words by a fixed rule, as many rare, middle and common ones, evenly among their third."""
        with self.app.app_context():
            ordered = (
                sa.select(SearchWord.word).where(SearchWord.items > 1).order_by(SearchWord.items, SearchWord.word)
            )
            every = list(db.session.scalars(ordered))
        top = max(len(every) // 100, 1)
        thirds = {"rare": every[: len(every) // 4], "middle": every[len(every) // 4 : -top], "top 1 %": every[-top:]}
        number = most // len(thirds)
        return {name: [some[i * len(some) // number] for i in range(number)] for name, some in thirds.items() if some}

    def search(self, words: list[str]) -> dict[str, Any]:
        """Ask for each word, on the page and as typed: milliseconds, and how many queries the page took."""
        took, queries = [], []
        client = self.clients["member"]
        for word in words:
            both = []
            for path in ("/find", "/find/suggest"):
                self.statements.clear()
                started = time.perf_counter()
                answer = client.get(path, query_string={"q": word})
                both.append((time.perf_counter() - started) * 1000)
                if answer.status_code != 200:
                    raise RuntimeError(f"{path} {word}: {answer.status_code}")
                if path == "/find":
                    queries.append(len(self.statements))
            took.append(both)
        return {"ms": took, "queries": queries}

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
        elif asked["do"] == "words":
            answer = installation.words(asked["most"])
        elif asked["do"] == "search":
            answer = installation.search(asked["words"])
        elif asked["do"] == "start":
            answer = installation.start(asked["people"])
        else:
            answer = installation.run(asked["page"], asked["requests"])
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
