"""Made-up kudos and their notices for `hallway bench fill`: as many for each person in any organization."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from portal.core import clock
from portal.core.auth import EVERYONE, NAMED
from portal.core.db import Base, db
from portal.kudos.models import CompanyValue, Kudos, KudosCheer, KudosPerson, ThanksWish
from portal.notifications.models import Notice

BATCH = 10_000
EACH = 20  # kudos for each person, and from each
SPAN = timedelta(days=730)  # over which they were given
READ_AFTER = timedelta(days=30)  # notices older than that have been read
VALUES = (("start-simple", "Start simple"), ("share", "Share what we know"), ("finish", "Finish what we start"))
WORDS = (
    "import", "queue", "export", "invoice", "calendar", "timetable", "printer", "contract", "figure", "sketch",
    "call", "answer", "draft", "test",
)  # fmt: skip
# Millions of rows are poured in as they are: what is written into which columns, in this order.
POURED: dict[type[Base], tuple[str, ...]] = {
    Kudos: (
        "id", "public_id", "giver_id", "why", "why_html", "why_key", "value_id", "team_id", "to_team", "shown_to",
        "audience_id", "wall_audience_id", "at", "version",
    ),
    KudosPerson: (
        "kudos_id", "person_id", "side", "role", "at", "place", "off_wall", "off_profile", "off_screen", "muted",
    ),
    KudosCheer: ("kudos_id", "person_id", "kind", "at"),
    ThanksWish: ("person_id", "shown", "on_screen"),
    Notice: ("person_id", "kind", "subject_id", "occasion", "at", "read_at"),
}  # fmt: skip
Rows = dict[type[Base], list[tuple[Any, ...]]]


def fill(people: Sequence[int], teams_of: Mapping[int, Sequence[int]], audience_ids: Sequence[int]) -> int:
    """Thank as many times as there are people, `EACH` times over (inside a unit of work); how many there are.

    people: numbers of who is here; teams_of: number -> places in `audience_ids`, whose team has the id place + 1.
    Everybody thanks, and is thanked, as often as anybody. Seven in ten are for everyone, the others for one of the
    giver's teams or only us.
    """
    rng = random.Random("kudos")  # noqa: S311 - the same ones each time
    now = clock.now()
    db.session.execute(
        sa.insert(CompanyValue),
        [
            {"slug": slug, "name": name, "icon": "heart", "position": place, "created_at": now}
            for place, (slug, name) in enumerate(VALUES)
        ],
    )
    value_ids = [None, *db.session.scalars(sa.select(CompanyValue.id).order_by(CompanyValue.id))]
    total = len(people) * EACH
    driven = moment()
    connection = db.session.connection()
    indexes = [index for table in POURED for index in table.metadata.tables[table.__tablename__].indexes]
    for index in indexes:  # quicker made once than kept in step with each row
        index.drop(connection)
    rows: Rows = {table: [] for table in POURED}
    rows[ThanksWish] = [(person_id, "wall", "yes") for person_id in people[::2]]  # the others are asked
    shift = 1
    for number in range(1, total + 1):
        place = (number - 1) % len(people)
        if not place and len(people) > 1:
            shift = rng.randrange(1, len(people))  # everybody's receiver is another one in each round
        # Before yesterday, so that whoever is measured may thank as often as anybody.
        at = now - timedelta(days=2) - SPAN * ((total - number) / total)
        giver, receiver = people[place], people[(place + shift) % len(people)]
        _one(
            rows,
            rng,
            number,
            at,
            now,
            giver,
            receiver,
            people,
            teams_of.get(giver) or (),
            audience_ids,
            value_ids,
            driven,
        )
        if number % BATCH == 0 or number == total:
            for table, some in rows.items():
                pour(table, POURED[table], some)
                some.clear()
    for index in indexes:
        index.create(connection)
    return total


def _one(
    rows: Rows,
    rng: random.Random,
    number: int,
    at: datetime,
    now: datetime,
    giver: int,
    receiver: int,
    people: Sequence[int],
    teams: Sequence[int],
    audience_ids: Sequence[int],
    value_ids: Sequence[int | None],
    driven: Callable[[datetime], Any],
) -> None:
    """The rows of one kudos: who is named, who cheered, and what they were told."""
    place = rng.choice(teams) if teams else None
    kind = rng.choices(("everyone", "team", "us"), (70, 15, 15))[0]
    if kind == "team" and place is None:
        kind = "everyone"
    audience_id = {"everyone": EVERYONE, "us": NAMED}.get(kind)
    if audience_id is None and place is not None:
        audience_id = audience_ids[place]
    why = f"Your {rng.choice(WORDS)} made the {rng.choice(WORDS)} work for all of us, number {number}."
    team_id = place + 1 if place is not None and kind != "us" else None
    then = driven(at)
    rows[Kudos].append((
        number, f"{number:016x}", giver, why, f"<p>{why}</p>", str(number), rng.choice(value_ids), team_id, False,
        kind, audience_id, None if kind == "us" else audience_id, then, 0,
    ))  # fmt: skip
    for person_id, side, role in ((giver, "from", "gave"), (receiver, "to", "did")):
        rows[KudosPerson].append((number, person_id, side, role, then, 0, False, False, False, False))
    cheering = {rng.choice(people) for _ in range(rng.randrange(3))} - {giver, receiver}
    rows[KudosCheer] += [(number, person_id, "celebrate", then) for person_id in sorted(cheering)]
    read_at = then if at < now - READ_AFTER else None
    rows[Notice].append((receiver, "kudos", number, 1, then, read_at))
    if cheering:
        rows[Notice] += [(person_id, "cheer", number, 1, then, read_at) for person_id in (giver, receiver)]


def moment() -> Callable[[datetime], Any]:
    """How a moment is given to the driver itself."""
    if db.engine.dialect.name == "postgresql":
        return lambda at: at
    return lambda at: at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")  # as `UtcDateTime` keeps it


def pour(table: type[Base], columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """Insert rows past everything that is between us and the driver."""
    driver: Any = db.session.connection().connection
    into = f"{table.__tablename__} ({', '.join(columns)})"
    if db.engine.dialect.name == "postgresql":
        with driver.cursor() as cursor, cursor.copy(f"COPY {into} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return
    marks = ", ".join("?" * len(columns))
    driver.executemany(f"INSERT INTO {into} VALUES ({marks})", rows)  # noqa: S608 - names of our own
