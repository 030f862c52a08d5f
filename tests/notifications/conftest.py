"""What tests of notices share: a few colleagues in a team, at noon on a Wednesday."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.core import clock
from portal.core.db import db
from portal.core.outbox import OwedMail
from portal.kudos.models import Kudos
from portal.notifications import queries
from portal.notifications.models import Notice
from tests.makers import Make

NOON = datetime(2030, 5, 22, 12, tzinfo=UTC)  # a Wednesday


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with clock.pinned(NOON):
        yield


@dataclass
class Colleagues:
    """Ada, Bo, Cleo and Dan work here and are in the team "Elm", which Ada leads; Gil is a guest in it."""

    make: Make
    ada: int
    bo: int
    cleo: int
    dan: int
    gil: int
    team: int

    def notices(self, person_id: int) -> list[tuple[str, str]]:
        """(kind, words) of what somebody may read, the newest first."""
        viewer = self.make.viewer(person_id)

        def read() -> list[tuple[str, str]]:
            with self.make.app.test_request_context():
                return [(one.kind.code, one.words) for one in queries.notices(viewer).items]

        return self.make.read(read)

    def kinds(self, person_id: int) -> list[str]:
        return [kind for kind, _words in self.notices(person_id)]

    def unread(self, person_id: int) -> int:
        viewer = self.make.viewer(person_id)
        return self.make.read(lambda: queries.unread(viewer))

    def id_of(self, public_id: str) -> int:
        found = self.make.read(lambda: db.session.scalar(sa.select(Kudos.id).where(Kudos.public_id == public_id)))
        assert found
        return found

    def rows(self) -> list[tuple[int, str]]:
        """(person, kind) of every notice there is."""
        query = sa.select(Notice.person_id, Notice.kind).order_by(Notice.person_id, Notice.kind)
        return self.make.read(lambda: [(one, kind) for one, kind in db.session.execute(query)])

    def mail(self) -> list[tuple[str, datetime]]:
        """(kind, when due) of what is owed and about notices."""
        query = sa.select(OwedMail.kind, OwedMail.due_at).where(OwedMail.kind != "invitation").order_by(OwedMail.id)
        return self.make.read(lambda: [(kind, due) for kind, due in db.session.execute(query)])


@pytest.fixture
def house(app: Flask, make: Make) -> Colleagues:
    def come() -> list[int]:
        make.noise()
        ada, bo, cleo, dan = (make.member(name) for name in ("Ada Okoye", "Bo Lindgren", "Cleo Roy", "Dan Wu"))
        gil = make.guest("Gil Guest")
        return [ada, bo, cleo, dan, gil, make.project("Elm", ada, bo, cleo, gil)]

    return Colleagues(make, *make.once("colleagues", come))
