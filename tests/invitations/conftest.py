"""A team, its lead, and ways to invite into it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from portal.accounts.models import Account
from portal.audiences.queries import teams_of
from portal.core import links, settings
from portal.core.auth import Viewer
from portal.core.db import db
from portal.core.outbox import OwedMail
from portal.invitations import queries, services
from portal.invitations.models import Invitation
from portal.people.models import Person
from portal.teams import services as teams
from portal.teams.models import TeamMember
from portal.teams.pasted import Invited
from tests.makers import Make

HANA = "hana@y.example"
FAR = date(2999, 1, 1)
HASH = "not looked at here"


def guest(email: str = HANA, name: str = "Hana Kim", ends_on: date = FAR) -> Invited:
    return Invited(email, name, "guest", ends_on)


class House:
    """Tomás leads Lighthouse; Priya is in it as well."""

    def __init__(self, make: Make) -> None:
        self.make = make
        self.lead, self.priya, self.team = make.once("lighthouse", self._begin)

    def _begin(self) -> tuple[int, int, int]:
        self.make.noise()
        self.make.do(lambda: settings.put("invite_domains", ["example.org"]))
        self.lead = self.make.member("Tomás Silva", email="tomas@example.org")
        priya = self.make.member("Priya Raman", email="priya@example.org")
        return self.lead, priya, self.start("Lighthouse", people=[priya])

    def start(self, name: str, *, people: Sequence[int] = (), invited: Sequence[Invited] = ()) -> int:
        viewer = self.make.viewer(self.lead)
        return self.make.do(
            lambda: teams.start_team(
                viewer=viewer, plan=teams.Plan(name), lead_id=None, person_ids=list(people), invited=list(invited)
            )
        )

    def add(
        self,
        *people: int,
        invited: Sequence[Invited] = (),
        by: int | None = None,
        team: int | None = None,
        role: str = "",
    ) -> None:
        viewer = self.make.viewer(by or self.lead, *([role, "member"] if role else []))
        self.make.do(
            lambda: teams.add_people(
                viewer=viewer, team_id=team or self.team, person_ids=list(people), invited=list(invited)
            )
        )

    def by_link(self, email: str) -> None:
        def ask() -> None:
            row = db.session.get_one(teams.Team, self.team)
            teams.ask_by_link(token=links.token_for("join", row.id, row.join_nonce or ""), email=email)

        self.make.do(ask)

    def close(self, team: int | None = None) -> None:
        viewer = self.make.viewer(self.lead)
        self.make.do(lambda: teams.close_team(viewer=viewer, team_id=team or self.team, learned=""))

    def reopen(self) -> None:
        viewer = self.make.viewer(self.lead)
        self.make.do(lambda: teams.reopen_team(viewer=viewer, team_id=self.team))

    def viewer(self, person_id: int, *roles: str) -> Viewer:
        return self.make.viewer(person_id, *roles)

    # ---- what there is ------------------------------------------------------------------------------------

    def rows(self, **which: Any) -> list[Invitation]:
        """Invitations, oldest first."""
        return self.make.read(
            lambda: list(db.session.scalars(sa.select(Invitation).filter_by(**which).order_by(Invitation.id)))
        )

    def row(self, **which: Any) -> Invitation:
        (found,) = self.rows(**which)
        return found

    def token(self, **which: Any) -> str:
        row = self.row(**which)
        return self.make.read(lambda: links.token_for("welcome", row.id, row.nonce))

    def state(self, token: str) -> str:
        return self.make.read(lambda: queries.welcome(token).state)

    def owed(self) -> list[tuple[int, int]]:
        """(invitation, occasion) of each mail that is owed."""
        wanted = sa.select(OwedMail.subject_id, OwedMail.occasion).where(OwedMail.kind == "invitation")
        return self.make.read(lambda: sorted((s, o) for s, o in db.session.execute(wanted)))

    def accept(self, token: str, name: str = "Hana Kim") -> int:
        return self.make.do(lambda: services.accept(token=token, name=name, password_hash=HASH))

    def send_again(self, by: int, number: int, *roles: str) -> None:
        viewer = self.viewer(by, *roles)
        self.make.do(lambda: services.send_again(viewer=viewer, invitation_id=number))

    def withdraw(self, by: int, number: int, *roles: str) -> None:
        viewer = self.viewer(by, *roles)
        self.make.do(lambda: services.withdraw(viewer=viewer, invitation_id=number))

    def is_in(self, person_id: int, team: int | None = None) -> bool:
        key = (team or self.team, person_id)
        return self.make.read(lambda: db.session.get(TeamMember, key) is not None)

    def sees(self, person_id: int) -> list[int]:
        return self.make.read(lambda: teams_of(person_id))

    def has_account(self, person_id: int) -> bool:
        return self.make.read(lambda: db.session.get(Account, person_id) is not None)

    def people(self) -> int:
        return self.make.read(lambda: db.session.scalar(sa.select(sa.func.count()).select_from(Person)) or 0)

    def person(self, person_id: int) -> Person:
        return self.make.read(lambda: db.session.get_one(Person, person_id))


@pytest.fixture
def house(make: Make) -> House:
    return House(make)


@pytest.fixture(autouse=True)
def _any_last_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """How far ahead a guest's last day may lie is the teams' rule, tested there; here the years jump."""
    monkeypatch.setattr(teams, "GUESTS_AT_MOST", timedelta(days=2_000_000))
