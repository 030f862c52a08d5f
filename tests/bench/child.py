"""One installation in a process of its own: told a page by a line of JSON, it answers with a line of JSON.

{"do": "pages"} -> {page: [who, path]};  {"do": "count", "page": …} -> {"status", "queries", "size"};
{"do": "run", "page": …, "requests": n} -> {"ms"} per request.
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
from portal.commands.bench_fill import GUEST, MEMBER, OUTSIDER, PASSWORD
from portal.core.auth import EVERYONE
from portal.core.db import db
from portal.core.paging import cursor_of
from portal.people.models import Department, Person, PersonListing, Place

WHO = {"member": "member@bench.example", "outsider": "outsider@bench.example", "guest": "guest@bench.example"}
NUMBERS = {"member": MEMBER, "outsider": OUTSIDER, "guest": GUEST}


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
    }


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


def main() -> None:
    installation = Installation()
    for line in sys.stdin:
        asked = json.loads(line)
        if asked["do"] == "pages":
            answer: Any = installation.pages
        elif asked["do"] == "count":
            answer = installation.count(asked["page"])
        else:
            answer = installation.run(asked["page"], asked["requests"])
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
