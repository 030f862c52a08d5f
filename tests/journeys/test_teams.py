"""A team from its first line to its late joiners: the lead, an invited newcomer, a guest, somebody who comes late."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.checks import wrong
from tests.journeys.conftest import NEW_PASSWORD, NEWCOMER, Clicks, Visits

two_ways = pytest.mark.parametrize(
    ("width", "js"), [(1280, True), (390, False)], ids=["wide with script", "narrow without script"]
)
# Eight people as they come out of a mail, a calendar and a head: "Mar" could be two, nobody has Nova's address.
EIGHT = """Hana Kim <hana@hallway.example>, jonas@hallway.example; Amara Okafor
"Nilsen, Oskar"
- Priya Raman
* MAYA@hallway.example
Mar
Nova Lang <nova.lang@example.org>"""
ALLOWED = "INSERT INTO setting (key, value) VALUES (?, ?)"
PASSWORD = "a walk along the canal"


@pytest.fixture
def database(_writing: tuple[str, Path]) -> Path:
    """What lies under the house of `fresh`."""
    return _writing[1]


def write(database: Path, statement: str, *values: object) -> None:
    """What no page can do: set what an admin chose, or let a day pass."""
    with closing(sqlite3.connect(database, timeout=20)) as now, now:
        assert now.execute(statement, values).rowcount == 1


def heading(page: Page) -> Locator:
    return page.get_by_role("heading", level=1)


def said(page: Page, words: str) -> None:
    expect(page.get_by_role("status").filter(has_text=words)).to_be_visible()


def line_up(page: Page) -> Locator:
    return page.get_by_role("list", name="The team", exact=True).get_by_role("listitem")


def start_team(page: Page, name: str, people: str, guests_until: date | None = None) -> str:
    """The quick way: check and start. The address of the team's page."""
    page.goto("/teams/new")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("People", exact=True).fill(people)
    page.get_by_role("button", name="Check who is meant").click()
    if guests_until:
        page.get_by_label("Last day of guests").fill(guests_until.isoformat())
    page.get_by_role("button", name="Start the team").click()
    expect(heading(page)).to_have_text(f"Invite people to {name}")
    return page.url.removesuffix("/invite")


def link_for(page: Page, called: str) -> str:
    """The link to pass on, from a team's invite page."""
    return page.get_by_label(f"Link for {called}", exact=True).input_value()


def through_the_reel(page: Page) -> list[str]:
    """From its start card to its end; whose slides it had."""
    names = [text.strip() for text in page.locator(".reel-list b").all_inner_texts()]
    page.get_by_role("link", name="Start", exact=True).click()
    for number, name in enumerate(names, 1):
        expect(heading(page)).to_have_text(name)
        page.get_by_role("button", name="Who to ask" if number == len(names) else "Next").click()
    return names


# ---- who leads -----------------------------------------------------------------------------------------------------


@two_ways
def test_eight_people_in_six_clicks_and_two_to_the_reel(fresh: Visits, width: int, js: bool) -> None:
    fresh.expect(422)
    page, clicks, team = fresh.by("tomas", width=width, js=js), Clicks(), f"Lantern {width}"
    page.goto("/")
    clicks.on(page.get_by_role("link", name="Teams", exact=True))
    clicks.on(page.get_by_role("link", name="Start a team"))
    clicks.on(page.get_by_label("Name", exact=True))  # from here on by Tab
    for label, words in (
        ("Name", team),
        ("What for, in one line", "A light that every club finds."),
        ("Day of the kick-off", (date.today() + timedelta(days=7)).isoformat()),
        ("Time", "10:30"),
        ("Place", "Room Elm"),
        ("People", EIGHT),
    ):
        page.get_by_label(re.compile(rf"^{label}( \(optional\))?$")).fill(words)
    clicks.on(page.get_by_role("button", name="Check who is meant"))

    summary = page.get_by_role("alert")
    expect(summary).to_contain_text("Some names fit several people.")
    expect(summary).to_be_focused()
    expect(page.get_by_text("6 people found")).to_be_visible()
    expect(page.get_by_text("1 address is new here and gets an invitation")).to_be_visible()
    expect(page.get_by_label("People", exact=True)).to_have_value(EIGHT)  # nothing that was typed is lost
    clicks.on(page.get_by_role("group", name="Who is Mar?").get_by_text("Marek Dvořák"))
    clicks.on(page.get_by_role("button", name="Start the team"))

    expect(heading(page)).to_have_text(f"Invite people to {team}")
    said(page, "The team is there.")
    expect(page.get_by_label("Pass it on")).to_have_value(re.compile(r"^http.+/join/\S+$"))
    assert "/welcome/" in link_for(page, "Nova Lang")
    print(f"{clicks.done} clicks for eight people ({width} wide, js={js})")
    assert clicks.done <= 6

    page.goto("/")
    clicks = Clicks()
    clicks.on(page.get_by_role("link", name=team).first)
    expect(page.get_by_text("Kick-off").first).to_be_visible()
    expect(line_up(page)).to_have_count(8)  # seven, and who leads; Nova has still to say yes
    clicks.on(page.get_by_role("link", name="Play the intros"))
    expect(heading(page)).to_contain_text(team)
    print(f"{clicks.done} clicks from home to the reel ({width} wide, js={js})")
    assert clicks.done <= 2
    page.get_by_role("link", name="Start", exact=True).click()
    expect(page).to_have_url(re.compile(r"/intros/[a-z-]+$"))


def test_a_team_is_started_without_a_mouse(fresh: Visits) -> None:
    """Tab, Enter, Space and letters; after a mistake the summary has the focus and leads to the field."""
    fresh.expect(422)
    page = fresh.by("tomas")

    def to(role: str, name: str | re.Pattern[str]) -> None:
        target = page.get_by_role(role, name=name)  # type: ignore[arg-type]
        for _ in range(60):
            if target.evaluate("e => e === document.activeElement"):
                return
            page.keyboard.press("Tab")
        raise AssertionError(f"Tab did not come to {name}")

    page.goto("/")
    to("link", re.compile("^Teams$"))
    page.keyboard.press("Enter")
    to("link", "Start a team")
    page.keyboard.press("Enter")
    expect(heading(page)).to_have_text("Start a team")
    to("textbox", "People")
    page.keyboard.type("Hana Kim, Mar")
    to("button", "Check who is meant")
    page.keyboard.press("Enter")

    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    page.keyboard.press("Tab")
    expect(summary.get_by_role("link", name="Give the team a name")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    page.keyboard.type("Lantern by keys")
    expect(page.get_by_label("People", exact=True)).to_have_value("Hana Kim, Mar")
    page.keyboard.press("Enter")  # looks again; only the button starts
    expect(summary).to_contain_text("Some names fit several people.")
    expect(summary).to_be_focused()
    to("radio", re.compile("Marek"))
    page.keyboard.press("Space")
    expect(page.get_by_role("radio", name=re.compile("Marek"))).to_be_checked()
    to("button", "Start the team")
    page.keyboard.press("Space")
    expect(heading(page)).to_have_text("Invite people to Lantern by keys")


# ---- who is invited ------------------------------------------------------------------------------------------------


@two_ways
def test_from_the_link_to_a_published_intro(fresh: Visits, database: Path, width: int, js: bool) -> None:
    write(database, ALLOWED, "invite_domains", json.dumps(["hallway.example"]))
    lead = fresh.by("tomas", width=width, js=js)
    team = start_team(
        lead, f"Harbour {width}", "hana@hallway.example, Jonas Weber; Fatima Sheikh\nzora.quist@hallway.example"
    )
    link = link_for(lead, "zora.quist@hallway.example")
    lead.goto(team)
    intros_in = lead.get_by_role("heading", name="intros are in")
    expect(intros_in).to_have_text("3 of 4 intros are in")

    # The line-up comes before any question, and says no more than first names.
    page, clicks = fresh.by(width=width, js=js), Clicks()
    page.goto(link)
    expect(heading(page)).to_have_text(f"Tomás invites you to Harbour {width}")
    faces = page.get_by_role("list", name="Who is on the team")
    assert sorted(faces.get_by_role("listitem").all_inner_texts()) == ["Fatima", "Hana", "Jonas", "Tomás"]
    expect(faces).to_be_in_viewport()
    shown = page.content()
    assert not [word for word in ("Kim", "Weber", "Sheikh", "Rivera", "Designer", "/p/") if word in shown]
    expect(page.locator("main img")).to_have_count(0)

    expect(page.get_by_label("Your name")).to_have_value("Zora Quist")
    clicks.on(page.get_by_label("Password"))
    page.keyboard.type(PASSWORD)
    clicks.on(page.get_by_role("button", name="Come in"))
    expect(heading(page)).to_have_text("A photo, or your initials")
    clicks.on(page.get_by_role("button", name="Use my initials"))
    expect(heading(page)).to_have_text("Headline and facts")
    clicks.on(page.get_by_label("Your headline"))
    page.keyboard.type("I draw harbours.")
    page.keyboard.press("Tab")
    page.keyboard.type("I once swam to work.")
    clicks.on(page.get_by_role("button", name="Save and go on"))
    expect(heading(page)).to_have_text("Ask me about")
    clicks.on(page.get_by_label("Ask me about"))
    page.keyboard.type("Tides, ropes")
    clicks.on(page.get_by_role("button", name="Save and go on"))
    expect(heading(page)).to_have_text("Working on")
    clicks.on(page.get_by_label("I am working on"))
    page.keyboard.type("a map of the harbour")
    clicks.on(page.get_by_role("button", name="Save and go on"))
    expect(heading(page)).to_have_text("Look it over")
    clicks.on(page.get_by_role("button", name="Publish"))
    said(page, "Your intro is out.")
    expect(heading(page)).to_have_text("Zora Quist")
    print(f"{clicks.done} clicks from the link to published ({width} wide, js={js})")
    assert clicks.done <= 12

    page.get_by_role("link", name="Hallway", exact=True).click()
    page.get_by_role("link", name=f"Harbour {width}").first.click()
    expect(line_up(page).filter(has_text="Zora")).to_have_count(1)
    expect(line_up(page)).to_have_count(5)
    lead.reload()
    expect(intros_in).to_have_text("4 of 5 intros are in")
    expect(line_up(lead).filter(has_text="Zora")).to_have_count(1)
    lead.goto(f"{team}/invite")
    expect(lead.get_by_text("Zora is in")).to_be_visible()

    # It has worked once.
    fresh.expect(410)
    again = fresh.by(width=width, js=js)
    answer = again.goto(link)
    assert answer and answer.status == 410
    expect(again.get_by_text("ask Tomás for a new link")).to_be_visible()


@two_ways
def test_a_guest_sees_the_team_and_nothing_else_until_the_last_day(
    fresh: Visits, database: Path, width: int, js: bool
) -> None:
    lead = fresh.by("tomas", width=width, js=js)
    last_day = date.today() + timedelta(days=30)
    team = start_team(lead, f"Quay {width}", "Hana Kim, Gus Ardent <gus@example.org>", guests_until=last_day)
    expect(lead.get_by_text(re.compile(rf"Guest until \w* ?{last_day.day}\b"))).to_be_visible()
    page = fresh.by(width=width, js=js)
    page.goto(link_for(lead, "Gus Ardent"))
    expect(page.get_by_label("Your name")).to_have_value("Gus Ardent")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Come in").click()
    expect(heading(page)).to_have_text("A photo, or your initials")

    # The team, its reel and its sheet.
    page.get_by_role("link", name="Hallway", exact=True).click()
    page.get_by_role("link", name=f"Quay {width}").first.click()
    expect(line_up(page)).to_have_count(3)
    expect(page.get_by_role("link", name="Invite people")).to_have_count(0)
    page.get_by_role("link", name="Play the intros").click()
    assert set(through_the_reel(page)) == {"Gus Ardent", "Hana Kim", "Tomás Rivera"}
    expect(page).to_have_url(re.compile("#who-to-ask$"))
    page.get_by_role("link", name="Print the intro sheet").click()
    expect(page.get_by_role("listitem").filter(has=page.get_by_role("heading", level=2))).to_have_count(3)

    # Nobody and nothing else.
    page.goto("/people")
    assert set(page.locator("#results .pcard-name").all_inner_texts()) == {"Gus Ardent", "Hana Kim", "Tomás Rivera"}
    page.goto("/teams")
    expect(page.locator(".teamline")).to_have_count(1)
    fresh.expect(404)
    own = team.removeprefix(fresh.url)
    for address in (
        "/t/lighthouse",
        "/t/lighthouse/intros",
        "/t/lighthouse/intros/hana-kim",
        "/t/lighthouse/sheet",
        "/t/lighthouse/kickoff.ics",
        "/p/ben-achterberg",
        "/goals",
        "/teams/new",
        f"{own}/invite",
        f"{own}/settings",
    ):
        answer = page.goto(address)
        assert answer and answer.status == 404, address
    expect(page.get_by_role("link", name="Go to home")).to_be_visible()

    # The last day passes.
    yesterday = (date.today() - timedelta(days=1)).isoformat()
    write(database, "UPDATE person SET ends_on = ? WHERE email = ?", yesterday, "gus@example.org")
    page.goto(own)
    expect(page).to_have_url(re.compile("/sign-in"))
    fresh.expect(422)
    page.get_by_label("Mail address").fill("gus@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()
    lead.goto(team)
    expect(line_up(lead)).to_have_count(2)


# ---- who comes late ------------------------------------------------------------------------------------------------


@two_ways
def test_who_comes_late_is_announced_and_finds_a_buddy(fresh: Visits, width: int, js: bool) -> None:
    lead = fresh.by("yusuf", width=width, js=js)
    lead.goto("/t/front-door/invite")
    link = lead.get_by_label("Pass it on").input_value()

    page = fresh.by(width=width, js=js)
    page.goto(link)
    expect(heading(page)).to_have_text("Join Front Door")
    page.get_by_role("main").get_by_role("link", name="Sign in").click()
    page.get_by_label("Mail address").fill(f"{NEWCOMER}@hallway.example")
    page.get_by_label("Password").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page).to_have_url(link)
    page.get_by_role("button", name="Join").click()
    said(page, "You are in.")
    expect(page.locator(".newcomers").get_by_role("link", name="Noor Adeyemi")).to_be_visible()
    page.get_by_role("link", name="Meet who came since").click()
    expect(page.get_by_text("2 people came since the kick-off.")).to_be_visible()
    assert set(through_the_reel(page)) == {"Grace Mwangi", "Noor Adeyemi"}
    expect(page).to_have_url(re.compile("/t/front-door#who-to-ask$"))

    # The lead asks quietly: the newcomer hears only of a yes.
    def ask(name: str) -> None:
        lead.goto("/t/front-door")
        for_noor = lead.get_by_role("region", name="A buddy for Noor")
        for_noor.get_by_label("Who could it be?").select_option(label=name)
        for_noor.get_by_role("button", name="Ask", exact=True).click()
        said(lead, "Asked. They answer first.")

    ask("Femke Bakker")
    expect(lead.locator(".newcomers").get_by_role("link", name="Noor Adeyemi")).to_be_visible()
    asked = fresh.by("femke", width=width, js=js)
    asked.goto("/")
    expect(asked.get_by_text("Will you be the buddy of Noor Adeyemi?")).to_be_visible()
    asked.get_by_role("button", name="Not this time").click()
    said(asked, "Fine.")
    page.reload()
    expect(page.get_by_text("not this time")).to_have_count(0)
    expect(page.get_by_role("region", name="Your buddy")).to_have_count(0)

    ask("Callum Reid")
    expect(lead.get_by_text("Femke: not this time")).to_be_visible()
    buddy = fresh.by("callum", width=width, js=js)
    buddy.goto("/")
    buddy.get_by_role("listitem").filter(has_text="buddy of Noor Adeyemi").get_by_role("button", name="Yes").click()
    said(buddy, "Good.")
    page.reload()
    mine = page.get_by_role("region", name="Your buddy")
    expect(mine.get_by_role("link", name="Callum Reid")).to_be_visible()


# ---- states that no address alone leads to -------------------------------------------------------------------------


def oskars_link(visits: Visits) -> str:
    """An invitation of the demo that is still open."""
    lead = visits.by("tomas")
    lead.goto("/t/lighthouse/invite")
    return link_for(lead, "Oskar Nilsen")


def join_link(visits: Visits) -> str:
    lead = visits.by("tomas")
    lead.goto("/t/lighthouse/invite")
    return lead.get_by_label("Pass it on").input_value()


def _unclear(visits: Visits) -> Page:
    page = visits.by("tomas", bypass_csp=True)
    page.goto("/teams/new")
    page.get_by_label("Name", exact=True).fill("Lantern")
    page.get_by_label("People", exact=True).fill(EIGHT + "\nNobody Atall, who@")
    page.get_by_label("Who leads it").fill("Bra")
    page.get_by_role("button", name="Check who is meant").click()
    expect(page.get_by_role("group", name="Who is Mar?")).to_be_visible()
    expect(page.get_by_role("group", name="Who do you mean?")).to_be_visible()
    expect(page.get_by_text("2 lines match nobody here")).to_be_visible()
    return page


def _to_be_added(visits: Visits) -> Page:
    page = visits.by("amara", bypass_csp=True)
    page.goto("/t/lighthouse/invite")
    page.get_by_label("People", exact=True).fill(
        "Hana Kim; sana@hallway.example; new@example.org; willem@hallway.example"
    )
    page.get_by_role("button", name="Check who is meant").click()
    expect(page.get_by_role("button", name="Add and invite")).to_be_visible()
    return page


def _welcome(visits: Visits) -> Page:
    link, page = oskars_link(visits), visits.by(bypass_csp=True)
    page.goto(link)
    expect(page.get_by_role("list", name="Who is on the team")).to_be_visible()
    return page


def _welcome_with_an_error(visits: Visits) -> Page:
    page = _welcome(visits)
    page.get_by_label("Password").fill("short")
    page.get_by_role("button", name="Come in").click()
    expect(page.get_by_role("alert")).to_be_focused()
    return page


def _welcome_as_somebody_else(visits: Visits) -> Page:
    link, page = oskars_link(visits), visits.by("ben", bypass_csp=True)
    page.goto(link)
    expect(page.get_by_role("heading", name="You are signed in as Ben Achterberg")).to_be_visible()
    return page


def _unknown_link(visits: Visits) -> Page:
    page = visits.by(bypass_csp=True)
    page.goto("/welcome/nothing")
    expect(heading(page)).to_have_text("We do not know this link")
    return page


def _join(visits: Visits) -> Page:
    link, page = join_link(visits), visits.by("grace", bypass_csp=True)
    page.goto(link)
    expect(page.get_by_role("button", name="Join")).to_be_visible()
    return page


def _join_signed_out(visits: Visits) -> Page:
    link, page = join_link(visits), visits.by(bypass_csp=True)
    page.goto(link)
    page.get_by_label("Your mail address").fill("somebody@example.org")
    page.get_by_role("button", name="Ask to come in").click()
    expect(page.get_by_text("Tomás can invite you as a guest.")).to_be_visible()
    return page


def _close(visits: Visits) -> Page:
    page = visits.by("tomas", bypass_csp=True)
    page.goto("/t/lighthouse/close")
    page.get_by_label("What we learned").fill("much " * 400)
    page.get_by_role("button", name="Close the team").click()
    expect(page.get_by_role("alert")).to_be_focused()
    return page


def _saved_meanwhile(visits: Visits) -> Page:
    page = visits.by("tomas", bypass_csp=True)
    page.goto("/t/lighthouse/settings")
    page.locator("[name=version]").evaluate("e => { e.value = '999' }")  # as if another tab had saved since
    page.get_by_label("What for, in one line").fill("Something else.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="What is saved by now")).to_be_visible()
    return page


def _settings_with_a_guest(visits: Visits) -> Page:
    page = visits.by("aoi", bypass_csp=True)
    page.goto("/t/timetable/settings")
    expect(page.get_by_label("Guest until Imogen Hart")).to_be_visible()
    return page


def _a_join_link_of_the_past(visits: Visits) -> Page:
    link = join_link(visits)
    page = visits.by(bypass_csp=True)
    answer = page.goto(link[:-1] + ("0" if link[-1] != "0" else "1"))
    assert answer and answer.status == 410
    return page


def _goal(visits: Visits) -> Page:
    page = visits.by("amara", bypass_csp=True)
    page.goto("/goals/new")
    page.get_by_label("Goal", exact=True).fill("Answer within a day")
    page.get_by_label("Who to ask about it").fill("Mar")
    page.get_by_role("button", name="Add the goal").click()
    expect(page.get_by_role("group", name="Who do you mean?")).to_be_visible()
    return page


STATES: dict[str, Callable[[Visits], Page]] = {
    "a list with unclear names": _unclear,
    "a list to be added": _to_be_added,
    "welcome": _welcome,
    "welcome, a password too short": _welcome_with_an_error,
    "welcome, somebody else is signed in": _welcome_as_somebody_else,
    "a link that never was": _unknown_link,
    "joining": _join,
    "joining, signed out": _join_signed_out,
    "closing, too many words": _close,
    "settings, saved meanwhile": _saved_meanwhile,
    "settings, with a guest": _settings_with_a_guest,
    "joining, too late": _a_join_link_of_the_past,
    "a goal, to be mended": _goal,
}


@pytest.mark.parametrize("state", STATES)
def test_no_violation_and_no_sideways_scroll(shared: Visits, state: str) -> None:
    shared.expect(404, 410, 422)
    page = STATES[state](shared)
    found = wrong(page, (1280, 390, 320))
    assert not found, "\n".join(found)


def _taken_back(visits: Visits) -> Page:
    link, lead = oskars_link(visits), visits.by("tomas")
    lead.goto("/t/lighthouse/invite")
    lead.get_by_role("button", name=re.compile("^Withdraw.*Oskar Nilsen")).click()
    said(lead, "The invitation is taken back.")
    page = visits.by(bypass_csp=True)
    answer = page.goto(link)
    assert answer and answer.status == 410
    expect(heading(page)).to_have_text("This invitation was taken back")
    return page


def _asked_to_come_in(visits: Visits) -> Page:
    link, page = join_link(visits), visits.by(bypass_csp=True)
    page.goto(link)
    page.get_by_label("Your mail address").fill("somebody@hallway.example")
    page.get_by_role("button", name="Ask to come in").click()
    expect(page.get_by_role("button", name="Ask to come in")).to_have_count(0)
    expect(page.get_by_role("alert")).to_have_count(0)
    return page


def _just_started(visits: Visits) -> Page:
    page = visits.by("tomas", bypass_csp=True)
    start_team(page, "Breakwater", EIGHT.replace("Mar\n", ""))
    return page


def _nobody_but_me(visits: Visits) -> Page:
    page = visits.by("fatima", bypass_csp=True)
    page.goto(start_team(page, "A team of one", ""))
    expect(line_up(page)).to_have_count(1)
    return page


def _late(visits: Visits) -> Page:
    page = visits.by("yusuf", bypass_csp=True)
    page.goto("/t/front-door")
    page.get_by_label("Who could it be?").select_option(label="Femke Bakker")
    page.get_by_role("button", name="Ask", exact=True).click()
    said(page, "Asked. They answer first.")
    return page


def _asked_to_be_a_buddy(visits: Visits) -> Page:
    _late(visits)
    page = visits.by("femke", bypass_csp=True)
    page.goto("/")
    expect(page.get_by_text("Will you be the buddy of Grace Mwangi?")).to_be_visible()
    return page


WRITTEN: dict[str, Callable[[Visits], Page]] = {
    "a link that was taken back": _taken_back,
    "asked to come in": _asked_to_come_in,
    "just started": _just_started,
    "a team of one": _nobody_but_me,
    "who came late": _late,
    "asked to be a buddy": _asked_to_be_a_buddy,
}


@pytest.mark.parametrize("state", WRITTEN)
def test_the_same_where_something_was_written(fresh: Visits, database: Path, state: str) -> None:
    write(database, ALLOWED, "invite_domains", json.dumps(["hallway.example"]))
    fresh.expect(410)
    write(database, "DELETE FROM team_buddy")  # nobody has one yet
    page = WRITTEN[state](fresh)
    found = wrong(page, (1280, 390, 320))
    assert not found, "\n".join(found)
