"""Ways to fill and to ask the index."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from portal.core.auth import EVERYONE
from portal.search import queries, services
from portal.search.queries import Found, PersonHit
from portal.search.scoring import Mode
from tests.makers import Make


class Index:
    """One app's index: put in, count, ask."""

    def __init__(self, make: Make) -> None:
        self.make = make

    def put(
        self,
        subject_id: int,
        title: str,
        text: str = "",
        people: Sequence[int] = (),
        *,
        kind: str = "kudos",
        audience_ids: Sequence[int] = (EVERYONE,),
        at: datetime = datetime(2026, 1, 2, tzinfo=UTC),
        role: str = "receiver",
    ) -> None:
        self.make.do(
            lambda: services.put(
                kind=kind, subject_id=subject_id, title=title, text=text, people=[(one, role) for one in people],
                audience_ids=audience_ids, at=at,
            )
        )  # fmt: skip

    def count(self) -> None:
        self.make.do(services.recount)

    def find(self, person_id: int, text: str, *, as_typed: bool = False) -> Found:
        viewer = self.make.viewer(person_id)
        return self.make.read(lambda: queries.find(viewer, text, as_typed=as_typed))

    def people(self, person_id: int, text: str, *, as_typed: bool = False) -> list[int]:
        return [hit.person_id for hit in self.find(person_id, text, as_typed=as_typed).people]

    def who_knows(self, person_id: int, text: str, mode: Mode = "expert") -> list[PersonHit]:
        viewer = self.make.viewer(person_id)
        return self.make.read(lambda: queries.who_knows(viewer, text, mode=mode))


@pytest.fixture
def index(make: Make) -> Index:
    return Index(make)
