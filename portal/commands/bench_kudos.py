"""Made-up kudos for `hallway bench fill`: as many for each person in an organization of any size."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from portal.core import clock
from portal.core.auth import EVERYONE, NAMED
from portal.core.db import Base, db
from portal.kudos.models import CompanyValue, Kudos, KudosCheer, KudosPerson

BATCH = 5_000
EACH = 20  # kudos for each person
VALUES = (("start-simple", "Start simple"), ("share", "Share what we know"), ("finish", "Finish what we start"))
WORDS = [
    "import",
    "queue",
    "export",
    "invoice",
    "calendar",
    "timetable",
    "printer",
    "contract",
    "figure",
    "sketch",
    "call",
    "answer",
    "draft",
    "test",
]


def fill(
    people: Sequence[int],
    teams_of: Mapping[int, Sequence[int]],
    audience_ids: Sequence[int],
    progress: Callable[[int], object] = lambda _done: None,
) -> int:
    """Thank as many times as there are people, `EACH` times over (inside a unit of work); how many there are.

    people: numbers of who is here; teams_of: number -> places in `audience_ids`, whose team has the id place + 1.
    Seven in ten are for everyone, the others for a team or only us; a team's people are thanked more often.
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
    value_ids = list(db.session.scalars(sa.select(CompanyValue.id).order_by(CompanyValue.id)))
    total = len(people) * EACH
    rows: dict[type[Base], list[dict[str, Any]]] = {Kudos: [], KudosPerson: [], KudosCheer: []}
    for number in range(1, total + 1):
        for table, row in _one(rng, number, total, now, people, teams_of, audience_ids, value_ids):
            rows[table].append(row)
        if number % BATCH == 0 or number == total:
            for table, some in rows.items():
                db.session.execute(sa.insert(table.__table__), some)  # type: ignore[arg-type]
                some.clear()
            progress(BATCH)
    return total


def _one(
    rng: random.Random,
    number: int,
    total: int,
    now: datetime,
    people: Sequence[int],
    teams_of: Mapping[int, Sequence[int]],
    audience_ids: Sequence[int],
    value_ids: Sequence[int],
) -> Iterator[tuple[type[Base], dict[str, Any]]]:
    giver, receiver = rng.choice(people), rng.choice(people)
    if giver == receiver:
        receiver = people[(people.index(giver) + 1) % len(people)]
    teams = teams_of.get(giver) or ()
    place = rng.choice(teams) if teams else None
    kind = rng.choices(("everyone", "team", "us"), (70, 15, 15))[0]
    if kind == "team" and place is None:
        kind = "everyone"
    audience_id = {"everyone": EVERYONE, "us": NAMED}.get(kind)
    if audience_id is None and place is not None:
        audience_id = audience_ids[place]
    # Before yesterday, so that whoever is measured may thank as often as anybody.
    at = now - timedelta(days=2, minutes=total - number, seconds=rng.randrange(60))
    why = f"Your {rng.choice(WORDS)} made the {rng.choice(WORDS)} work for all of us, number {number}."
    yield (
        Kudos,
        {
            "id": number, "public_id": f"{number:016x}", "giver_id": giver, "why": why, "why_html": f"<p>{why}</p>",
            "why_key": str(number), "value_id": rng.choice([None, *value_ids]), "goal_id": None,
            "team_id": place + 1 if place is not None and kind != "us" else None, "to_team": False, "shown_to": kind,
            "audience_id": audience_id, "wall_audience_id": None if kind == "us" else audience_id, "at": at,
            "version": 0,
        },
    )  # fmt: skip
    for person_id, side, role in ((giver, "from", "gave"), (receiver, "to", "did")):
        yield (
            KudosPerson,
            {
                "kudos_id": number, "person_id": person_id, "side": side, "role": role, "at": at, "place": 0,
                "off_wall": False, "off_profile": False, "off_screen": False, "muted": False,
            },
        )  # fmt: skip
    for person_id in {rng.choice(people) for _ in range(rng.randrange(3))} - {giver}:
        yield KudosCheer, {"kudos_id": number, "person_id": person_id, "kind": "celebrate", "at": at}
