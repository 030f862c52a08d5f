"""The switch for work from elsewhere: off at first, written down, and with two weeks to look at it first."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from portal.admin import evidence
from portal.core import audit, clock
from portal.core.db import db
from portal.search.models import SearchLink
from portal.search.queries import work_is_shown
from tests.client import Client
from tests.makers import Make
from tests.search.conftest import Index

assert evidence  # what is looked at here, through its page


def test_on_and_off(client: Client, make: Make) -> None:
    admin, ben = make.member("Ada Admin", role="admin"), make.member("Ben Ode")
    index = Index(make)

    def press(**sent: str) -> None:
        later = client.another().sign_in(make.email(admin))
        token = later.get("admin.evidence").fields(action="/admin/evidence")["csrf_token"]
        assert later.raw.post("/admin/evidence", data={"csrf_token": token, **sent}).status_code == 303

    def bring(number: int, title: str) -> None:
        index.put(number, title, "", [ben], kind="work", role="author")
        look = clock.now() + timedelta(days=14)
        item = sa.select(SearchLink.item_id).order_by(SearchLink.item_id.desc()).limit(1).scalar_subquery()
        make.do(lambda: db.session.execute(
            sa.update(SearchLink).where(SearchLink.item_id == item).values(shown_from=look)
        ) and None)  # fmt: skip

    assert not make.read(work_is_shown)
    bring(1, "Fix the carillon")
    with clock.pinned(clock.now() + timedelta(days=100)):
        press(show="1")
        assert make.read(work_is_shown)
        assert index.people(admin, "carillon") == []  # nobody could look at it before
    with clock.pinned(clock.now() + timedelta(days=115)):
        assert index.people(admin, "carillon") == [ben]
        press()
        assert index.people(admin, "carillon") == []
        bring(2, "Tune the marimba")
    with clock.pinned(clock.now() + timedelta(days=200)):
        press(show="1")
        assert index.people(admin, "carillon") == [ben] and index.people(admin, "marimba") == []
    codes = make.read(lambda: [one.code for one in audit.entries().items])
    assert [code for code in codes if code.startswith("work_")] == ["work_shown", "work_hidden", "work_shown"]
