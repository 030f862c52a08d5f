"""Reports, wishes to be erased, and for how long data is kept: the admins' pages."""

from __future__ import annotations

import pytest

from portal.admin import erasures, reports
from portal.core import personal
from portal.core.db import db
from portal.moderation import services as moderation
from portal.people import erasing
from portal.people.histories import requests
from portal.people.models import Person
from tests.client import Client
from tests.makers import Make


@pytest.fixture
def boss(client: Client, make: Make) -> int:
    assert reports.bp is erasures.bp
    found = make.member("Ada Admin", role="admin")
    client.sign_in(make.email(found))
    return found


def test_a_report_leads_to_the_right_act_and_is_settled(client: Client, make: Make, boss: int) -> None:
    gita, mo = make.member("Gita Rao"), make.viewer(make.member("Mo Mate"))
    assert client.get("admin.reports").all(".empty")
    for kind in ("left", "duplicate"):
        make.do(
            lambda kind=kind: moderation.report(  # type: ignore[misc]
                viewer=mo, person_id=gita, kind=kind, words="<i>Look</i>", goes_to="admins"
            )
        )
    assert "2 reports wait" in client.get("admin.index").main
    page = client.get("admin.reports")
    assert "Mo Mate" in page.main and "<i>Look</i>" in page.main
    assert client.url("admin.merge", keep="gita-rao") in page.links()
    assert client.url("admin.person", handle="gita-rao") in page.links()
    action = page.root.xpath("//form[contains(@action, 'settle')]/@action")[0]
    client.follow(page.submit(action=action))
    assert len(client.get("admin.reports").all("li.card")) == 1
    assert len(client.get("admin.reports", settled=1).all("li.card")) == 1
    assert client.raw.post("/admin/reports/999/settle", data=page.fields(action=action)).status_code == 404


def test_a_wish_to_be_erased_is_asked_taken_back_and_confirmed(client: Client, make: Make, boss: int) -> None:
    gita = make.member("Gita Rao")
    hers = client.another().sign_in(make.email(gita))
    assert client.get("admin.erasures").all(".empty")
    page = hers.follow(hers.get("home.erase").submit({"do": "ask"}, action="/me/erase"))
    assert "You asked for it" in page.main
    hers.follow(page.submit({"do": "back"}, action="/me/erase"))
    assert make.read(requests) == []
    hers.follow(hers.get("home.erase").submit({"do": "ask"}, action="/me/erase"))
    assert "Gita Rao" in client.get("admin.erasures").main
    assert "One person waits for an admin" in client.get("admin.index").main
    look = client.get("admin.erase", handle="gita-rao")
    make.do(lambda: erasing.take_back(viewer=make.viewer(gita)))
    late = client.read(look.submit({"sure": "y"}, containing="sure"), 422)
    assert "took it back" in late.errors[0]
    hers.follow(hers.get("home.erase").submit({"do": "ask"}, action="/me/erase"))
    client.follow(client.get("admin.erase", handle="gita-rao").submit({"sure": "y"}, containing="sure"))
    assert make.read(lambda: db.session.get_one(Person, gita).name) == ""
    assert hers.raw.get("/me").status_code == 303


def test_days_are_chosen_and_stand_on_the_page_about_data(client: Client, make: Make, boss: int) -> None:
    page = client.get("admin.retention")
    wrong = client.read(page.submit({"reports": "3", "audit": "40"}, containing="reports"), 422)
    assert wrong.errors == ["A number from 7 to 365"] and wrong.fields("reports")["audit"] == "40"
    for typed in ("many", "-1", "9" * 30, "٣٠"):
        assert client.read(page.submit({"reports": typed}, containing="reports"), 422).errors
    client.follow(wrong.submit({"reports": "33", "audit": ""}, containing="reports"))
    assert make.read(lambda: (personal.days_of("reports"), personal.days_of("audit"))) == (33, personal.FOR_EVER)
    about = client.get("home.about_data").main
    assert "33 days after it was settled" in about and "as long as Hallway is here" in about
