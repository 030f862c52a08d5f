"""Reported words: from a kudos to the moderators' page, and what is done there."""

from __future__ import annotations

from typing import Any

import pytest

from portal.kudos import services as kudos
from portal.kudos.services import Thanks
from portal.moderation import services as moderation
from tests.client import Client, Page
from tests.makers import Make

WHY = "For the <b>napkin</b> that saved the week."


@pytest.fixture
def people(make: Make) -> dict[str, int]:
    make.noise()
    return {
        "gita": make.member("Gita Rao"),
        "mo": make.member("Mo Mate"),
        "bo": make.member("Bo Lindgren"),
        "tim": make.member("Tim Tell", role="moderator"),
        "ada": make.member("Ada Admin", role="admin"),
    }


@pytest.fixture
def thanks(make: Make, people: dict[str, int]) -> str:
    viewer = make.viewer(people["gita"])
    return make.do(lambda: kudos.give_kudos(viewer=viewer, thanks=Thanks(WHY, did_ids=(people["mo"],))))


def browser(client: Client, make: Make, person_id: int) -> Client:
    return client.another().sign_in(make.email(person_id))


def report(client: Client, make: Make, by: int, public_id: str, why: str = "It names <i>a client</i>.") -> Page:
    theirs = browser(client, make, by)
    sent = theirs.get("kudos.report", public_id=public_id).submit({"why": why}, containing="why")
    return theirs.follow(sent)


def press(page: Page, do: str) -> Any:
    return page.submit({"do": do}, containing="do")


def test_reported_hidden_and_shown_again(client: Client, make: Make, people: dict[str, int], thanks: str) -> None:
    done = report(client, make, people["bo"], thanks)
    assert done.flashes == ["Thank you. A moderator looks at it; nobody else learns that it was you."]
    tims = browser(client, make, people["tim"])
    page = tims.get("admin.moderation")
    for words in (WHY, "Gita Rao", "Mo Mate", "Bo Lindgren", "It names <i>a client</i>."):
        assert words in page.main
    assert "It says today" not in page.main
    hidden = tims.follow(press(page, "hide"))
    assert hidden.flashes == ["Hidden. Its people are told."] and "Nothing is reported" in hidden.main
    settled = tims.get("admin.moderation", show="settled")
    assert "Hidden, Tim Tell" in settled.main
    shown = tims.follow(press(settled, "keep"))
    assert shown.flashes == ["It stands there again. Its people are told."] and "Left as it is" in shown.main


def test_the_late_one_is_told(client: Client, make: Make, people: dict[str, int], thanks: str) -> None:
    report(client, make, people["bo"], thanks)
    tims, adas = browser(client, make, people["tim"]), browser(client, make, people["ada"])
    both = [one.get("admin.moderation") for one in (tims, adas)]
    assert tims.follow(press(both[0], "keep")).flashes == ["Left as it is."]
    late = adas.follow(press(both[1], "hide"))
    assert late.flashes == ["Somebody else settled this meanwhile. Look at what they decided."]
    assert "Left as it is, Tim Tell" in late.main


def test_taken_back_it_can_be_read_and_settled(
    client: Client, make: Make, people: dict[str, int], thanks: str
) -> None:
    report(client, make, people["bo"], thanks)
    gita = make.viewer(people["gita"])
    make.do(lambda: kudos.take_back(viewer=gita, public_id=thanks))
    tims = browser(client, make, people["tim"])
    page = tims.get("admin.moderation")
    assert WHY in page.main and "Taken back" in page.main
    assert tims.follow(press(page, "keep")).flashes == ["It was taken back meanwhile. The report is settled."]


def test_paused_with_a_reason_and_the_pause_ended(
    client: Client, make: Make, people: dict[str, int], thanks: str
) -> None:
    report(client, make, people["bo"], thanks)
    tims = browser(client, make, people["tim"])
    form = next(link for link in tims.get("admin.moderation").links() if link.endswith("/pause"))
    missed = tims.read(tims.get(form).submit({"days": "28", "why": ""}, containing="days"), 422)
    assert missed.errors == ["Say why. They read it."] and missed.fields("days")["days"] == "28"
    done = tims.follow(missed.submit({"why": "Be <b>kinder</b>."}, containing="days"))
    assert done.flashes == ["Paused. They are told, with your reason."]
    assert "Gita Rao" in done.main and "Be <b>kinder</b>." in done.main
    assert "Paused until" in tims.get("admin.moderation").main
    ended = tims.follow(done.submit(action=tims.url("admin.end_pause", person_id=people["gita"])))
    assert ended.flashes == ["The pause is over. They are told."] and "Nobody is paused" in ended.main


def test_a_moderator_has_this_page_of_the_admins_and_no_other(
    client: Client, make: Make, people: dict[str, int], thanks: str
) -> None:
    report(client, make, people["bo"], thanks)
    tims = browser(client, make, people["tim"])
    path = tims.url("admin.moderation")
    for page in ("home.menu", "home.me", "home.home"):
        links = tims.get(page).links()
        assert path in links and not [one for one in links if one.startswith("/admin") and one != path]
    assert not [one for one in tims.get("admin.moderation").links() if one.startswith("/admin") and path not in one]
    for endpoint in ("admin.index", "admin.reports", "admin.values", "admin.log"):
        tims.get(endpoint, status=404)
    adas = browser(client, make, people["ada"])
    assert "One report waits for a moderator." in adas.get("admin.index").main
    for page in ("home.menu", "admin.index"):
        assert path in adas.get(page).links()
    bos = browser(client, make, people["bo"])
    bos.get("admin.moderation", status=404)
    for page in ("home.menu", "home.me", "home.home"):
        assert path not in bos.get(page).links()


def test_a_moderator_who_is_named_sees_nothing_of_it(client: Client, make: Make, people: dict[str, int]) -> None:
    tim = make.viewer(people["tim"])
    given = make.do(lambda: kudos.give_kudos(viewer=tim, thanks=Thanks(WHY, did_ids=(people["mo"],))))
    report(client, make, people["bo"], given)
    tims = browser(client, make, people["tim"])
    assert "Nothing is reported" in tims.get("admin.moderation").main
    assert "for a moderator" not in tims.get("home.home").main
    assert WHY in browser(client, make, people["ada"]).get("admin.moderation").main
    reports = browser(client, make, people["ada"]).get("admin.moderation")
    action = next(form.get("action") for form in reports.root.xpath("//form") if "/moderation/" in form.get("action"))
    assert tims.raw.get(f"{action}/pause").status_code == 404


def test_a_pause_of_somebody_who_left_meanwhile(make: Make, people: dict[str, int], client: Client) -> None:
    tim = make.viewer(people["tim"], "member", "moderator")
    make.do(lambda: moderation.pause(viewer=tim, person_id=people["gita"], days=1, why="Rest."))
    assert "Gita Rao" in browser(client, make, people["ada"]).get("admin.moderation", show="paused").main
