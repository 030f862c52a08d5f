"""The page that finds, and what it offers as letters come. On both databases."""

from __future__ import annotations

import pytest

from portal.core import clock
from portal.finding.queries import PEOPLE
from portal.people import services as people
from tests.client import Client, Page
from tests.makers import Make

pytestmark = pytest.mark.both_databases


@pytest.fixture
def mara(client: Client, make: Make) -> int:
    """Who looks."""
    make.noise()
    person_id = make.member("Mara Weiss", email="mara@example.org")
    client.sign_in("mara@example.org")
    return person_id


def rows(page: Page) -> list[str]:
    return [" ".join(one.text_content().split()) for one in page.all("#results .foundrow")]


def found(client: Client, q: str, **more: str) -> list[str]:
    return rows(client.get("finding.find", q=q, **more))


def test_people_with_why_and_whether_they_can_be_reached(client: Client, make: Make, mara: int) -> None:
    priya, ben = make.member("Priya Raman", title="Data engineer"), make.member("Ben Ode")
    make.intro(priya, ask=["GDPR exports"])
    make.claim(priya, "GDPR")
    make.kudos(ben, priya, why="You rescued the GDPR audit.")
    make.kudos(ben, priya, why="The GDPR quarrel was ours alone.", shown_to="us")
    away = make.viewer(priya)
    make.do(lambda: people.set_away(viewer=away, until=clock.today().replace(year=clock.today().year + 1)))
    page = client.get("finding.find", q="gdpr")
    first, topic, thanks = rows(page)
    assert first.startswith("PR Priya Raman Away until")
    assert "Data engineer" in first and "Priya can be asked about: GDPR exports" in first
    assert "Expert in GDPR" in first and topic == "GDPR 1 person to ask"
    assert "Thanked by Ben Ode: You rescued the GDPR audit." in first
    assert thanks == "You rescued the GDPR audit. From Ben Ode to Priya Raman"
    assert "quarrel" not in page.text  # nor in a number
    assert [one.text_content() for one in page.all("[data-say]")] == ["3 found"]
    assert client.raw.get("/find/suggest?q=gdp").text.index(f'data-url="/p/{make.handle(priya)}"') > 0
    # The name of a giver is for whoever may open them.
    guest = make.guest("Gil Guest", email="gil@example.org")
    make.project("Blue Harbour", priya, guest)
    seen = found(client.another().sign_in("gil@example.org"), "gdpr")
    assert len(seen) == 1 and "GDPR exports" in seen[0] and "Ben" not in seen[0]


@pytest.mark.parametrize(
    "q", ["priya", "Raman Pri", "pryia", "priya ramna", "rámán", "PRIYA", "data engneer"],
)  # fmt: skip
def test_names_and_titles_as_they_are_typed(client: Client, make: Make, mara: int, q: str) -> None:
    make.member("Priya Raman", title="Data engineer")
    make.member("Otto Weber", title="Gardener")
    assert "Priya Raman" in found(client, q)[0]


def test_scripts_teams_goals_and_more_of_one_kind(client: Client, make: Make, mara: int) -> None:
    cem = make.viewer(make.member("Cem Aydin"))
    detail = people.Details(
        name="Cem Aydin", preferred_name=None, pronouns=None, say_name=None, place_detail=None, time_zone=None,
        languages=["Turkish", "Low German"], working_days=[], links=[], reach_me_by="Semaphore, mast 7", hue=None,
        shown={"reach_me_by": "teams"},
    )  # fmt: skip
    make.do(lambda: people.change_details(viewer=cem, details=detail))
    assert "On the profile of Cem: Low German" in found(client, "german")[0]
    assert found(client, "semaphore") == found(client, "c++") == []  # his teams alone; nor is "c++" how Cem begins
    make.member("田中 葵")
    make.member("Ольга Коваленко")
    assert "田中 葵" in found(client, "葵")[0] and "田中 葵" in found(client, "tian zhong")[0]
    assert "Коваленко" in found(client, "коваленко ольга")[0] and "Коваленко" in found(client, "kovalenko")[0]
    for number in range(9):
        make.member(f"Zelda Number{number}")
    make.project("Zelda Harbour", mara, purpose="Ships for all")
    page = client.get("finding.find", q="zelda")
    assert len(rows(page)) == PEOPLE + 1 and "Zelda Harbour Ships for all" in rows(page)[-1]
    assert page.all("#results a[href*='kind=person']")
    assert len(found(client, "zelda", kind="person")) == 9
    assert len(found(client, "zelda", kind="team")) == 1


@pytest.mark.parametrize(
    ("q", "said"),
    [
        ("", "By any word"),
        ("?!", "There is no word in that"),
        ("\u200b\u200f", "There is no word in that"),
        ("🎉", "There is no word in that"),
        ("x", "One letter is little"),
        ("who is the", "stand nearly everywhere"),
        (" ".join(f"word{n}" for n in range(500)), "That is long"),
        ("zzqx", "another word may lead there"),
        ("\" OR 1=1; DROP TABLE person; --", "another word may lead there"),
        ("foo* NEAR(bar) ^baz {words}: -qux !zap & | <-> 'zzqx", "another word may lead there"),
        ("c++ .net \\ % _", "another word may lead there"),
        ("مرحبا", "another word may lead there"),
        ("<script>alert(1)</script>", "another word may lead there"),
    ],
)  # fmt: skip
def test_nothing_is_lost_and_all_is_said(client: Client, make: Make, mara: int, q: str, said: str) -> None:
    page = client.get("finding.find", q=q)
    assert said in page.main
    assert page.all("#find-q")[0].get("value") == " ".join(q.split())
    options = client.raw.get("/find/suggest", query_string={"q": q})
    assert options.status_code == 200 and b"option" not in options.data


def test_a_part_of_the_page(client: Client, make: Make, mara: int) -> None:
    part = client.raw.get("/find?q=mara", headers={"HX-Request": "true"})
    assert part.status_code == 200 and b"<html" not in part.data and b"Mara Weiss" in part.data
