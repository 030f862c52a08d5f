"""Whatever two people are to each other changes nothing that a manager, a lead, a moderator or an admin can read.

All pages of the URL map, the files among them, are read by each of them, before and after: who talked with whom, who
knows whom, what was seen, set aside, suggested, left out by lot, answered, and who was brought together with whom and
what they said. So is the weekly digest that each would get. What is random on a page (tokens of forms) is put aside;
all else has to be the same to the letter.
"""

from __future__ import annotations

import io
import re
import zipfile
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.core import clock, mail
from portal.core.db import db
from portal.core.outbox import OwedMail
from portal.help import promises
from portal.introductions import services as introductions
from portal.meet import met, pages, services
from portal.meet.models import Suggestion, SuggestionDraw
from portal.notifications import queries as notices
from portal.notifications.models import Digest, Notice
from portal.people import services as people
from portal.reel import services as reel
from portal.ties import importing
from portal.ties import services as ties
from tests.client import Client
from tests.house.test_routes import GETS, PUBLIC, Visit
from tests.makers import Make
from tests.sink import words

NOON = datetime(2030, 5, 7, 12, 0, tzinfo=UTC)
WORDS = "zqxwords"  # of what is written between the two; nobody else writes like that
RANDOM = re.compile(r'(name="(?:csrf_token|once)"[^>]*value=")[^"]*|(hx-headers=\')[^\']*')
SKIPPED = {"reel.sheet_pdf"}  # the sheet as paper, made by another process


NUMBERS = {"/admin/outbox"}


class Walk:
    """Everything that one person can read."""

    def __init__(self, client: Client, addresses: list[str], person_id: int, make: Make) -> None:
        self.client, self.addresses, self.person_id, self.make = client, addresses, person_id, make

    def read(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for address in self.addresses:
            said = self.client.raw.get(address)
            if said.mimetype == "application/zip":
                with zipfile.ZipFile(io.BytesIO(said.get_data())) as files:
                    found[address] = {name: files.read(name) for name in files.namelist()}
            else:
                found[address] = (said.status_code, RANDOM.sub(r"\1\2", said.get_data().decode("utf-8", "replace")))
        found["mail and notices"] = self.make.read(self._told)
        found["digest"] = self.make.read(self._digest)
        return found

    def _told(self) -> list[Any]:
        mine = [
            sa.select(OwedMail.kind, OwedMail.subject_id).where(OwedMail.person_id == self.person_id),
            sa.select(Notice.kind, Notice.subject_id).where(Notice.person_id == self.person_id),
        ]
        return [sorted(db.session.execute(query).tuples().all()) for query in mine]

    def _digest(self) -> str:
        """What this week's would say; nothing of it is kept."""
        reader, _way = notices.digest_reader(self.person_id)
        now = clock.now()
        assert reader is not None
        chosen = notices.around(reader, since=now - timedelta(weeks=1), until=now)
        row = Digest(person_id=self.person_id, week=0, due_at=now, frozen_at=now, number=1, chosen=chosen)
        db.session.add(row)
        db.session.flush()
        letter = mail.written("digest", row.id, 1)
        db.session.rollback()
        return words(letter.message) if letter else ""


def test_nobody_else_learns_of_it(
    sqlite_app: Flask, sqlite_client: Client, sqlite_make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = sqlite_make
    monkeypatch.setattr(pages, "INTROS_NEEDED", 0)
    with clock.pinned(NOON):
        visit = Visit(sqlite_client, make, "lead")
        one, other, third = (make.member(name) for name in ("Uma Unseen", "Olaf Unseen", "Thea Third"))
        # Two walk for four: a moderator who leads their team and is their manager, and an admin.
        boss = make.member("Bo Boss", role="moderator")
        admin = make.member("Adi Admin", role="admin")
        for person_id in (one, other):
            make.intro(person_id)
            make.do(partial(people.set_manager, person_id=person_id, manager_id=boss))
        ash = make.project("Ash", boss, one, other, third)
        # Whom the digest of either has not heard from, and whom they might meet.
        for person_id in (boss, admin):
            with clock.pinned(NOON - timedelta(days=60)):
                make.kudos(person_id, other, why="The plan of the harbour.")
            make.do(partial(suggest, person_id, one))
            make.kudos(third, person_id)
        addresses = [visit.url(name) for name in sorted(set(GETS) - PUBLIC - SKIPPED)]
        addresses += [
            f"{place}{handle}{page}"
            for handle in (make.handle(one), make.handle(other))
            for place, page in (("/p/", ""), ("/p/", "/hello"), ("/admin/people/", ""))
        ]
        addresses += ["/t/ash", f"/t/ash/intros/{make.handle(other)}", "/find?q=unseen", "/people?q=unseen"]
        walkers = {"boss": boss, "admin": admin}
        theirs = Walk(sqlite_client.another().sign_in(make.email(one)), ["/me/network", "/meet", "/"], one, make)
        walks = {
            name: Walk(sqlite_client.another().sign_in(make.email(person_id)), addresses, person_id, make)
            for name, person_id in walkers.items()
        }
        before = {name: walk.read() for name, walk in walks.items()}
        mine = theirs.read()
        plant(make, one, other, third, ash)
        # It is there for the one whose it is.
        now = theirs.read()
        assert all(now[address] != mine[address] for address in ("/me/network", "/", "mail and notices"))
        assert "Olaf Unseen" in now["/me/network"][1]
        changed = []
        for name, walk in walks.items():
            after = walk.read()
            for address, was in before[name].items():
                other_lines = differs(was, after[address])
                # How many mails of a kind are on their way, whoever they are for.
                if address in NUMBERS and not [line for line in other_lines if "Unseen" in line or "Thea" in line]:
                    continue
                changed += [(name, address, other_lines)] if after[address] != was else []
                assert WORDS not in str(after[address])
        assert not changed
        there = [said for said in before["admin"].values() if isinstance(said, tuple) and said[0] == 200]
        assert len(there) > 70, "the walk has led somewhere"
        told = {name: was["digest"] for name, was in before.items()}
        assert "Somebody to meet\n- Uma Unseen" in told["boss"]
        assert all("To hear from again\n- Olaf Unseen: Nothing here since" in text for text in told.values())


def suggest(person_id: int, other_id: int) -> None:
    db.session.add(Suggestion(person_id=person_id, other_id=other_id, place=1, score=1.0))


def differs(was: Any, now: Any) -> list[str]:
    """The lines that are not in both."""
    one, other = (said[1] if isinstance(said, tuple) else str(said) for said in (was, now))
    return sorted(set(one.splitlines()) ^ set(other.splitlines()))


def plant(make: Make, one: int, other: int, third: int, ash: int) -> None:
    """Everything that two can be to each other."""
    viewers = {person_id: make.viewer(person_id) for person_id in (one, other, third)}

    def by(who: int, work: Any, **given: Any) -> Any:
        return make.do(lambda: work(viewer=viewers[who], **given))

    by(one, ties.say_we_talked, other_id=other)
    by(other, ties.say_known, other_ids=[one])
    by(one, services.not_now, other_id=third)
    by(other, met.say_hello_was_sent, other_id=third, medium="coffee")
    make.kudos(one, other, why=f"Between us two: {WORDS}.", shown_to="us")
    by(one, promises.make_promise, what=f"A promise of {WORDS}", due_on=clock.today(), to_id=other)
    lines = {"line_one": f"About Olaf: {WORDS}.", "line_other": f"About Uma: {WORDS}."}
    this = by(third, introductions.propose, one_id=one, other_id=other, **lines)
    by(one, introductions.answer, public_id=this, yes=True)
    by(other, introductions.answer, public_id=this, yes=False)
    by(one, reel.mark_seen, team_id=ash, person_id=other)
    make.do(partial(suggest, one, third))
    draw = SuggestionDraw(low_id=one, high_id=third, at=clock.now(), until=clock.now(), is_left_out=True)
    make.do(lambda: db.session.add(draw))
    found = importing.Contacts(media=["email"])
    found.low.append(min(one, other))
    found.high.append(max(one, other))
    found.at.append(int(clock.ago(days=3).timestamp()) * 1_000_000)
    found.medium.append(0)
    make.read(lambda: importing.write(found))
