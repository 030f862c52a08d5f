"""The reel's pages and panels as each kind of viewer reads them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from portal.core import clock
from portal.people import services as people
from portal.reel import printing
from portal.teams import services as teams
from tests.client import Client
from tests.makers import Make

from .conftest import Crew, crew, start_team

TEAM = "/t/lighthouse"
PRIYA = f"{TEAM}/intros/priya-raman"


def signed_in(client: Client, make: Make, person_id: int) -> Client:
    return client.another().sign_in(make.email(person_id))


def post(client: Client, path: str, **data: str) -> Any:
    token = client.get("home.settings").form("csrf_token").xpath("string(.//input[@name='csrf_token']/@value)")
    return client.raw.post(path, data={"csrf_token": token, **data})


# ---- who sees it ---------------------------------------------------------------------------------------------------


@pytest.fixture
def no_pdf(monkeypatch: pytest.MonkeyPatch) -> None:
    """A PDF that costs nothing."""
    monkeypatch.setattr(printing, "pdf_of", lambda *_a, **_k: b"%PDF-1.7\n%%EOF\n")


@pytest.mark.usefixtures("no_pdf")
@pytest.mark.parametrize(
    ("who", "status"), [("guest here", 200), ("guest elsewhere", 404), ("member", 200), ("lead", 200), ("admin", 200)]
)
def test_who_may_see_the_team_may_see_reel_and_sheet(
    lighthouse: Crew, client: Client, make: Make, who: str, status: int
) -> None:
    guest, other = make.guest("Gita Rao"), make.guest("Farah Aziz")
    lighthouse.add(guest)
    start_team(make, "Timetable", lighthouse.priya, [other])
    person = {
        "guest here": guest, "guest elsewhere": other, "member": lighthouse.oskar, "lead": lighthouse.lead,
    }.get(who) or make.member("Ada Admin", role="admin")  # fmt: skip
    client.sign_in(make.email(person))
    for path in (f"{TEAM}/intros", PRIYA, f"{TEAM}/sheet"):
        client.get(path, status=status)
    assert client.raw.get(f"{TEAM}/sheet.pdf").status_code == status
    assert post(client, f"{PRIYA}/seen").status_code == (303 if status == 200 else 404)
    mine = who in ("guest here", "member", "lead")
    assert post(client, f"{TEAM}/intros/quiet").status_code == (303 if mine else 404)
    assert post(client, f"{TEAM}/nudge").status_code == (303 if who == "lead" else 404)


def test_nobody_reads_anything_at_the_door(sqlite_lighthouse: Crew, sqlite_client: Client) -> None:
    for path in (f"{TEAM}/intros", PRIYA, f"{TEAM}/sheet", f"{TEAM}/sheet.pdf"):
        answer = sqlite_client.raw.get(path)
        assert answer.status_code == 303 and "/sign-in" in answer.headers["Location"]


def test_a_guest_of_a_closed_team_has_lost_it_and_a_colleague_reads_on(
    lighthouse: Crew, client: Client, make: Make
) -> None:
    guest = make.guest("Gita Rao")
    lighthouse.add(guest)
    lead = lighthouse.viewer(lighthouse.lead)
    make.do(lambda: teams.close_team(viewer=lead, team_id=lighthouse.id, learned=""))
    client.sign_in(make.email(guest)).get(PRIYA, status=404)
    colleague = signed_in(client, make, lighthouse.oskar)
    assert "Repairs radios" in colleague.get(PRIYA).main
    assert not colleague.get(f"{TEAM}/intros").all("form[action$=quiet]")


def test_private_fields_stand_on_neither(lighthouse: Crew, client: Client, make: Make) -> None:
    who = lighthouse.viewer(lighthouse.priya)
    details = people.Details(
        name="Priya Raman", preferred_name=None, pronouns="zhe", say_name="PREE-ya", place_detail="Desk 9",
        time_zone="Europe/Berlin", languages=["Tamil"], working_days=["mon"], links=[], reach_me_by="Pigeon",
        hue="sky", shown=dict.fromkeys(("pronouns", "say_name", "languages", "reach_me_by"), "nobody"),
    )  # fmt: skip
    make.do(lambda: people.change_details(viewer=who, details=details))
    client.sign_in(make.email(lighthouse.oskar))
    for path in (f"{TEAM}/intros", PRIYA, f"{TEAM}/sheet"):
        page = client.get(path)
        for secret in ("zhe", "PREE-ya", "Desk 9", "Tamil", "Pigeon", make.email(lighthouse.priya)):
            assert secret not in page.html


# ---- walking through -----------------------------------------------------------------------------------------------


def test_from_start_to_who_to_ask_without_javascript(lighthouse: Crew, client: Client, make: Make) -> None:
    client.sign_in(make.email(lighthouse.oskar))
    start = client.get(f"{TEAM}/intros")
    assert "You have seen 0 of 1" in start.main and "2 intros are on their way." in start.main
    listed = [link for link in start.links() if "/intros/" in link]
    assert len(set(listed)) == 3
    page, walked = client.get(start.all(".startcard-go")[0].get("href")), []
    while True:
        walked.append(page.h1)
        assert f"{len(walked)} of 3" in page.main
        answer = page.submit(action=f"{page.path}/seen")
        if "#" in answer.headers["Location"]:
            break
        page = client.follow(answer)
    assert walked == [" ".join(a.text_content().split()) for a in start.all(".reel-list b")]
    assert answer.headers["Location"] == f"{TEAM}#who-to-ask"
    assert client.get(TEAM).all("#who-to-ask")
    again = client.get(f"{TEAM}/intros")
    assert "You have seen 1 of 1" in again.main and len(again.all(".reel-list-seen")) == 1


def test_what_i_have_seen_stands_on_no_page_of_others(lighthouse: Crew, client: Client, make: Make) -> None:
    client.sign_in(make.email(lighthouse.oskar))
    client.get(PRIYA).submit(action=f"{PRIYA}/seen")
    for person in (lighthouse.lead, lighthouse.priya, make.member("Ada Admin", role="admin")):
        other = signed_in(client, make, person)
        page = other.get(f"{TEAM}/intros")
        assert "You have seen 1" not in page.main and not page.all(".reel-list-seen")
        assert "seen" not in other.get(TEAM).main.replace("seen by the lead alone", "")
        assert "seen" not in other.get(f"{TEAM}/sheet").main


def test_a_slide_of_words_is_as_good(lighthouse: Crew, client: Client, make: Make) -> None:
    client.sign_in(make.email(lighthouse.lead))
    page = client.get(f"{TEAM}/intros/oskar-nilsen")
    assert page.h1 == "Oskar Nilsen" and "Quality" in page.main and "Intro on its way." in page.main
    assert page.all(".reel.on-field") and not page.all("[href*=nudge], form[action*=nudge]")
    full = client.get(PRIYA)
    for words in ("Data engineer", "Keeps the queues short.", "Repairs radios on Sundays.", "GDPR exports, Postgres"):
        assert words in full.main


def test_old_names_lead_to_todays(lighthouse: Crew, client: Client, make: Make) -> None:
    lead, priya = lighthouse.viewer(lighthouse.lead), lighthouse.viewer(lighthouse.priya)
    plan = teams.Plan(name="Beacon")
    make.do(lambda: teams.change_team(viewer=lead, team_id=lighthouse.id, plan=plan))
    details = people.Details(
        name="Priya Menon", preferred_name=None, pronouns=None, say_name=None, place_detail=None, time_zone=None,
        languages=[], working_days=[], links=[], reach_me_by=None, hue=None, shown={},
    )  # fmt: skip
    make.do(lambda: people.change_details(viewer=priya, details=details))
    client.sign_in(make.email(lighthouse.oskar))
    for old, today in (
        (f"{TEAM}/intros?who=new", "/t/beacon/intros?who=new"),
        (f"{TEAM}/sheet", "/t/beacon/sheet"),
        (f"{TEAM}/sheet.pdf", "/t/beacon/sheet.pdf"),
        (f"{TEAM}/intros/oskar-nilsen", "/t/beacon/intros/oskar-nilsen"),
        ("/t/beacon/intros/priya-raman", "/t/beacon/intros/priya-menon"),
    ):
        answer = client.raw.get(old)
        assert (answer.status_code, answer.headers["Location"]) == (308, today)
    answer = post(client, f"{TEAM}/intros/priya-menon/seen")
    assert (answer.status_code, answer.headers["Location"]) == (308, "/t/beacon/intros/priya-menon/seen")
    client.get("/t/beacon/intros/nobody-here", status=404)
    client.get("/t/nowhere/intros", status=404)


def test_somebody_called_quiet_has_a_slide_too(lighthouse: Crew, client: Client, make: Make) -> None:
    lighthouse.add(make.member("Quiet"))
    client.sign_in(make.email(lighthouse.oskar))
    assert client.get(f"{TEAM}/intros/quiet").h1 == "Quiet"


def test_the_late_reel_keeps_to_itself(app: Flask, client: Client, make: Make) -> None:
    with clock.pinned(clock.now() - timedelta(days=5)):
        made = crew(make, at=clock.now() + timedelta(days=1))
    esi, bo = make.intro(make.member("Esi Mensah")), make.member("Bo Lindgren")
    made.add(esi)
    made.add(bo)
    client.sign_in(make.email(made.oskar))
    assert client.get(TEAM).all(f"a[href='{TEAM}/intros?who=new']")
    start = client.get(f"{TEAM}/intros?who=new")
    assert "2 people came since the kick-off." in start.main
    first = client.get(start.all(".startcard-go")[0].get("href"))
    assert first.h1 == "Bo Lindgren" and "1 of 2" in first.main
    second = client.follow(first.submit())
    assert second.h1 == "Esi Mensah" and second.response.request.query_string == b"who=new"
    back = second.all("[rel=prev]")[0].get("href")
    assert back.endswith("who=new") and second.submit().headers["Location"] == f"{TEAM}#who-to-ask"
    assert client.get(f"{TEAM}/intros").all(f"a[href='{TEAM}/intros?who=new']")


def test_skipping_my_slide_aloud(lighthouse: Crew, client: Client, make: Make) -> None:
    client.sign_in(make.email(lighthouse.priya))
    page = client.follow(client.get(f"{TEAM}/intros").submit(action=f"{TEAM}/intros/quiet"))
    assert page.flashes == ["Your slide is read now, and nobody waits for you to speak."]
    assert "Priya skips this slide aloud" in client.get(PRIYA).main
    page = client.follow(page.submit(action=f"{TEAM}/intros/quiet"))
    assert "skips this slide aloud" not in client.get(PRIYA).main


def test_a_hundred_slides_have_one_line_instead_of_ticks(lighthouse: Crew, client: Client, make: Make) -> None:
    client.sign_in(make.email(lighthouse.oskar))
    assert len(client.get(PRIYA).all(".reel-ticks li")) == 3
    ids = make.do(lambda: [people.add_person(name=f"Some {n}", email=f"some{n}@example.org") for n in range(40)])
    lighthouse.add(*ids)
    page = client.get(PRIYA)
    assert not page.all(".reel-ticks li") and page.all("progress.reel-line")


# ---- on other pages ------------------------------------------------------------------------------------------------


def test_what_the_lead_reads_beside_the_team(lighthouse: Crew, client: Client, make: Make) -> None:
    lighthouse.add(make.member("Esi Mensah", starts_on=clock.today() + timedelta(days=3)))
    client.sign_in(make.email(lighthouse.lead))
    page = client.get(TEAM)
    assert "1 of 4 intros are in" in page.main and "Make mine" in page.main
    named = [" ".join(li.text_content().split()) for li in page.all(".nudges li")]
    assert named[0] == "Oskar Nilsen Nudge Oskar" and named[1].startswith("Esi Mensah starts ")
    after = client.follow(page.submit(action=f"{TEAM}/nudge"))
    assert after.flashes == ["Nudged. A line about it stands on their home page."]
    assert "Oskar Nilsen nudged today" in after.main
    assert client.follow(post(client, f"{TEAM}/nudge", person="oskar-nilsen")).flashes == [
        "Oskar was nudged today. Once a week is enough."
    ]
    for wrong in ({}, {"person": "nobody"}, {"person": "../x"}):
        assert client.follow(post(client, f"{TEAM}/nudge", **wrong)).flashes == ["They are not in the team any more"]
    assert client.follow(post(client, f"{TEAM}/nudge", everybody="1")).flashes == ["Nobody can be nudged today."]


def test_nudge_all_says_how_many(lighthouse: Crew, client: Client, make: Make) -> None:
    lighthouse.add(make.member("Bo Lindgren"))
    client.sign_in(make.email(lighthouse.lead))
    page = client.get(TEAM)
    assert "Nudge the 2 missing" in page.main
    after = client.follow(page.submit(containing="everybody"))
    assert after.flashes == ["2 people find a line about it on their home page."]
    assert not after.all("form[action$=nudge]")


@pytest.mark.parametrize("who", ["member", "admin"])
def test_others_read_how_many_and_not_whose(lighthouse: Crew, client: Client, make: Make, who: str) -> None:
    person = lighthouse.priya if who == "member" else make.member("Ada Admin", role="admin")
    client.sign_in(make.email(person))
    page = client.get(TEAM)
    assert "1 of 3 intros are in" in page.main and "The others are on their way." in page.main
    assert not page.all(".nudges") and "Nudge" not in page.main


def test_no_intros_yet(sqlite_app: Flask, sqlite_client: Client, sqlite_make: Make) -> None:
    lead, other = sqlite_make.member("Bo Lindgren"), sqlite_make.member("Farah Aziz")
    start_team(sqlite_make, "Fresh", lead, [other])
    sqlite_client.sign_in(sqlite_make.email(other))
    page = sqlite_client.get("/t/fresh")
    assert "2 people, no intros yet" in page.main and "Yours can be the first. It takes 5 minutes." in page.main
    assert "Make mine" in page.main
    sqlite_make.intro(other, publish=False)
    assert "Finish mine" in sqlite_client.get("/t/fresh").main


def test_a_nudge_is_a_line_at_home_until_the_intro_is_out(lighthouse: Crew, client: Client, make: Make) -> None:
    lead = signed_in(client, make, lighthouse.lead)
    assert post(lead, f"{TEAM}/nudge", person="oskar-nilsen").status_code == 303
    client.sign_in(make.email(lighthouse.oskar))
    assert "Tomás would like your intro before the kick-off of Lighthouse" in client.get("home.home").main
    assert "would like your intro" not in lead.get("home.home").main
    make.intro(lighthouse.oskar)
    assert "would like your intro" not in client.get("home.home").main


def test_words_of_people_are_words(lighthouse: Crew, client: Client, make: Make) -> None:
    attack = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    make.intro(lighthouse.oskar, headline=attack, facts=(attack,) * 3, ask=("<b>x</b>",))
    client.sign_in(make.email(lighthouse.oskar))
    for path in (TEAM, f"{TEAM}/intros", f"{TEAM}/intros/oskar-nilsen", f"{TEAM}/sheet"):
        page = client.get(path)
        assert "alert(1)" in page.html and "<script>alert" not in page.html and not page.all("img[onerror]")


# ---- the sheet -----------------------------------------------------------------------------------------------------


def test_the_sheet_says_who_when_and_where_from(lighthouse: Crew, client: Client, make: Make) -> None:
    client.sign_in(make.email(lighthouse.oskar))
    page = client.get(f"{TEAM}/sheet")
    assert page.h1 == "Lighthouse" and "Room Oak" in page.main and "Kick-off" in page.main
    assert page.all("h2")[0].text_content() == "Tomás Rivera"
    assert page.main.count("Intro on its way.") == 2 and "Ask about GDPR exports, Postgres" in page.main
    assert f"from Hallway: {client.app.config['HALLWAY'].base_url.partition('://')[2]}/t/lighthouse" in page.main
    assert [sheet.get("href").rpartition("/")[2] for sheet in page.all("link[rel=stylesheet]")] == ["sheet.css"]
    assert page.all(f"a[href='{TEAM}/sheet.pdf']")


def test_where_there_is_much_to_say_it_is_set_smaller(lighthouse: Crew, client: Client, make: Make) -> None:
    client.sign_in(make.email(lighthouse.oskar))
    assert not client.get(f"{TEAM}/sheet").all(".sheet-dense")
    make.intro(lighthouse.oskar, facts=("A long story. " * 14,) * 2)
    assert client.get(f"{TEAM}/sheet").all(".sheet-dense")


def test_without_weasyprint_the_page_says_so(
    sqlite_lighthouse: Crew, sqlite_client: Client, sqlite_make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printing, "is_installed", lambda: False)
    monkeypatch.setattr(printing, "_COMMAND", ("/bin/echo", "missing"))
    sqlite_client.sign_in(sqlite_make.email(sqlite_lighthouse.oskar))
    page = sqlite_client.get(f"{TEAM}/sheet")
    assert "hallway[pdf]" in page.text and not page.all("a[href$='.pdf']")
    refused = sqlite_client.get(f"{TEAM}/sheet.pdf", status=501)
    assert "hallway[pdf]" in refused.main and "The browser's own print works" in refused.main


def test_a_large_team_prints_in_the_browser(
    sqlite_lighthouse: Crew, sqlite_client: Client, sqlite_make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printing, "MOST_PEOPLE", 2)
    sqlite_client.sign_in(sqlite_make.email(sqlite_lighthouse.oskar))
    page = sqlite_client.get(f"{TEAM}/sheet")
    assert "too large for a PDF" in page.text and not page.all("a[href$='.pdf']")
    assert "too large for a PDF" in sqlite_client.get(f"{TEAM}/sheet.pdf", status=501).main


@pytest.mark.parametrize(("code", "status"), [("busy", 503), ("too_slow", 503), ("broken", 503)])
def test_what_goes_wrong_is_said(
    sqlite_lighthouse: Crew,
    sqlite_client: Client,
    sqlite_make: Make,
    monkeypatch: pytest.MonkeyPatch,
    code: str,
    status: int,
) -> None:
    def none(*_a: object, **_k: object) -> bytes:
        raise printing.NoPdf(code)

    monkeypatch.setattr(printing, "pdf_of", none)
    sqlite_client.sign_in(sqlite_make.email(sqlite_lighthouse.oskar))
    assert "The browser's own print works" in sqlite_client.get(f"{TEAM}/sheet.pdf", status=status).main
