"""16 people thank at once for 20 seconds: no error, no lock; none lost, none twice, and everybody is told once."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from portal.app import create_app
from portal.commands.bench_fill import PASSWORD
from portal.config import from_environ
from portal.core.db import db
from portal.core.outbox import OwedMail
from portal.kudos.models import Kudos, KudosPerson
from portal.kudos.services import A_DAY
from portal.notifications.models import Notice
from portal.people.models import Person
from tests.prove.house import Browser, Server

SECONDS = 20
PEOPLE = range(5, 21)


@dataclass
class Giver:
    """One person at one browser; `posted` is what the server acknowledged."""

    number: int
    to: str
    posted: list[str] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    refused: int = 0  # over the 20 of a day

    def give(self, url: str, stop: threading.Event) -> None:
        """Thank until told to stop; each form is sent twice, as by a double click."""
        try:
            browser = Browser(url)
            browser.sign_in(f"p{self.number}@bench.example", PASSWORD)
            turn = 0
            while not stop.is_set():
                why = f"You did thing number {turn} for {self.number}, and it helped all of us."
                started = time.perf_counter()
                action, fields = browser.form("/kudos/new", "why")
                # `value` is none of these; as it stands, the form is read to say "on" there
                sent = {"to": self.to, "why": why, "value": "", "audience": "everyone"}
                statuses = [browser.send(action, fields, sent) for _twice in range(2)]
                self.times.append(time.perf_counter() - started)
                turn += 1
                if statuses == [303, 303]:
                    self.posted.append(why)
                elif statuses == [422, 422] and len(self.posted) >= A_DAY:
                    self.refused += 1
                else:
                    self.wrong.append(str(statuses))
        except Exception as error:
            self.wrong.append(f"{type(error).__name__}: {error}")


def test_16_people_for_20_seconds(installation: dict[str, str], tmp_path: Path) -> None:
    app = create_app(from_environ(installation))
    with app.app_context():
        people = sa.select(Person.id, Person.handle).where(Person.id.in_(PEOPLE))
        handles = dict(db.session.execute(people).tuples().all())
        before = db.session.scalar(sa.select(sa.func.max(Kudos.id))) or 0
    # Everybody thanks their neighbour, and one whom all the others thank as well.
    givers = [
        Giver(number, f"{handles[PEOPLE[(place + 1) % len(PEOPLE)]]}, {handles[5 if number != 5 else 7]}")
        for place, number in enumerate(PEOPLE)
    ]
    server = Server(installation, tmp_path / "log")
    stop = threading.Event()
    threads = [threading.Thread(target=giver.give, args=(server.url, stop), daemon=True) for giver in givers]
    try:
        for thread in threads:
            thread.start()
        time.sleep(SECONDS)
    finally:
        stop.set()
        for thread in threads:
            thread.join(90)
        server.stop()
    assert [giver.wrong for giver in givers if giver.wrong] == []
    with app.app_context():
        rows = db.session.execute(sa.select(Kudos.giver_id, Kudos.why).where(Kudos.id > before)).tuples().all()
        named = sa.select(KudosPerson.side, sa.func.count()).where(KudosPerson.kudos_id > before)
        sides = dict(db.session.execute(named.group_by(KudosPerson.side)).tuples().all())
        about = sa.select(Notice.id).where(Notice.kind == "kudos", Notice.subject_id > before)
        told = set(db.session.scalars(about))
        owed = Counter(db.session.scalars(sa.select(OwedMail.subject_id).where(OwedMail.kind == "kudos")))
        db.session.remove()
        db.engine.dispose()
    posted = [(giver.number, why) for giver in givers for why in giver.posted]
    assert Counter(rows) == Counter(posted), "each once"
    assert sides["from"] == len(posted) and len(posted) <= sides["to"] <= 2 * len(posted)
    assert len(told) == sides["to"], "a notice for each of those thanked"
    assert owed == Counter(told), "and a mail for each notice: whoever is thanked here has an account"
    trouble = [line for line in server.trouble() if line.startswith("{") and "waitress.queue" not in line]
    assert trouble == []
    times = sorted(one for giver in givers for one in giver.times)
    database = "postgresql" if installation["DATABASE_URL"] else "sqlite"
    print(
        f"\n{database}: {len(posted)} kudos in {SECONDS} s by {len(givers)} people, "
        f"{sum(giver.refused for giver in givers)} over the day's limit refused; open and twice post: "
        f"median {times[len(times) // 2] * 1000:.0f} ms, slowest {times[-1] * 1000:.0f} ms"
    )
