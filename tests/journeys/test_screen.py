"""Thanks in a meeting: the host by keys and without JavaScript, somebody in the room, a TV on a link."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.checks import too_wide, violations, wrong
from tests.journeys.conftest import Visits

WEBHOOKS = "You explained webhooks to Finance without one acronym."
CLUB = "All of you got the first club across."


def thank(visits: Visits, who: str, to: str, why: str) -> None:
    """From the composer, filled in by its address."""
    page = visits.by(who, js=False)
    page.goto(f"/kudos/new?to={to}&team=lighthouse&why={why.replace(' ', '+')}")
    page.get_by_role("button", name="Post thanks").click()
    expect(page.locator("main")).to_contain_text(why)


def started(visits: Visits, *words: str, **how: object) -> Page:
    """Tomás has started with these thanks; his page, on the opening card."""
    page = visits.by("tomas", **how)  # type: ignore[arg-type]
    page.goto("/t/lighthouse")
    page.get_by_role("link", name="Thanks on the screen").click()
    for each in words or (CLUB,):
        page.get_by_role("checkbox", name=each).check()
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thanks")
    return page


def answered(visits: Visits, who: str, answer: str) -> None:
    page = visits.by(who)
    page.goto("/")
    page.get_by_role("link", name="Answer").click()
    page.get_by_role("button", name=answer).click()


@pytest.mark.parametrize("width", [1280, 390])
def test_the_host_goes_through_it_by_keys(fresh: Visits, width: int) -> None:
    thank(fresh, "ben", "priya-raman", WEBHOOKS)
    thank(fresh, "hana", "lighthouse", CLUB)
    page = started(fresh, CLUB, WEBHOOKS, width=width)
    answered(fresh, "priya", "Yes, show it")
    heading = page.get_by_role("heading", level=1)
    page.keyboard.press("ArrowRight")
    expect(heading).to_have_text("Hana Kim thanked Lighthouse")
    page.keyboard.press("Space")
    expect(heading).to_have_text("Ben Achterberg thanked Priya Raman")
    page.keyboard.press("ArrowLeft")
    expect(heading).to_have_text("Hana Kim thanked Lighthouse")
    page.keyboard.press("ArrowRight")
    expect(heading).to_have_text("Ben Achterberg thanked Priya Raman")
    page.keyboard.press("ArrowRight")
    expect(heading).to_have_text("Send it round?")
    page.keyboard.press("Escape")
    expect(heading).to_have_text("Thanks in the meeting")
    assert not too_wide(page)


def test_without_javascript_it_is_the_same_sequence_to_the_end(fresh: Visits) -> None:
    thank(fresh, "hana", "lighthouse", CLUB)
    page = started(fresh, js=False)
    expect(page.locator(".playbtn")).to_be_hidden()
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hana Kim thanked Lighthouse")
    page.get_by_role("link", name="Next").click()
    page.get_by_role("button", name="End, and send it round").click()
    page.get_by_role("checkbox", name="Hana Kim").check()
    page.get_by_role("button", name="Send it round").click()
    expect(page.get_by_text("Sent to 1 person.")).to_be_visible()
    hana = fresh.by("hana")
    hana.goto(page.url.replace("/round", "/shown"))
    expect(hana.locator("main")).to_contain_text(CLUB)


def test_it_goes_on_by_itself_only_when_started(fresh: Visits) -> None:
    thank(fresh, "hana", "lighthouse", CLUB)
    page = started(fresh)
    expect(page.locator(".playbtn")).to_be_hidden()  # less motion is what the visits ask for
    page.emulate_media(reduced_motion="no-preference")
    page.clock.install()
    page.reload()
    page.clock.run_for(30_000)
    expect(page.get_by_role("heading", level=1)).to_have_text("Thanks")
    page.get_by_role("button", name="Play").click()
    page.clock.run_for(12_500)
    expect(page.get_by_role("heading", level=1)).to_have_text("Hana Kim thanked Lighthouse")
    page.get_by_role("button", name="Pause").click()
    page.clock.run_for(30_000)
    expect(page.get_by_role("heading", level=1)).to_have_text("Hana Kim thanked Lighthouse")


def test_somebody_in_the_room_adds_theirs_and_nothing_jumps(fresh: Visits) -> None:
    thank(fresh, "hana", "lighthouse", CLUB)
    host = started(fresh)
    address = re.sub(r"/0$", "", host.url)
    host.clock.install()
    host.goto(f"{address}/1")
    room = fresh.by("ben", width=390)
    room.goto(address)
    room.get_by_role("button", name="I am here").click()
    expect(room.get_by_text("You are in.").first).to_be_visible()
    room.goto(f"{address}/add")  # what the code leads to
    room.locator("#to").fill("Lighthouse")
    room.keyboard.press("Escape")
    room.locator("#why").fill("You found the room, the cake and the right cable.")
    room.get_by_role("button", name="Post thanks").click()
    expect(room.get_by_text("It stands on the screen, as the last one.")).to_be_visible()
    host.clock.run_for(11_000)
    expect(host.get_by_role("link", name="One more came in")).to_be_visible()
    expect(host.get_by_role("heading", level=1)).to_have_text("Hana Kim thanked Lighthouse")
    host.get_by_role("link", name="One more came in").click()
    expect(host.get_by_role("heading", level=1)).to_have_text("Ben Achterberg thanked Lighthouse")


def test_a_tv_shows_it_read_from_the_back_until_the_meeting_ends(fresh: Visits) -> None:
    thank(fresh, "hana", "lighthouse", CLUB)
    host = started(fresh)
    host.get_by_role("link", name="Leave").click()
    link = host.get_by_label("Link for the TV").input_value()
    tv = fresh.by("", width=1920, theme="dark")
    tv.clock.install()
    tv.goto(link)
    tv.keyboard.press("ArrowRight")
    expect(tv.get_by_role("heading", level=1)).to_have_text("Hana Kim thanked Lighthouse")
    sizes = tv.evaluate(
        """['.meeting-names', '.meeting-words'].map(
            s => parseFloat(getComputedStyle(document.querySelector(s)).fontSize))"""
    )
    assert sizes[0] >= 0.04 * 1920 and sizes[1] >= 0.0175 * 1920
    assert tv.evaluate("document.querySelector('main').firstElementChild.querySelector('button') !== null")
    host.get_by_role("button", name="End the meeting").click()
    fresh.expect(410)
    tv.clock.run_for(11_000)
    expect(tv.get_by_role("heading", level=1)).to_have_text("This meeting is over")


def test_no_violation_on_any_of_its_pages(fresh: Visits) -> None:
    thank(fresh, "ben", "priya-raman", WEBHOOKS)
    thank(fresh, "hana", "lighthouse", CLUB)
    page = fresh.by("tomas", bypass_csp=True)
    page.goto("/kudos/screen?team=lighthouse")
    found = wrong(page)
    address = re.sub(r"/0$", "", started(fresh, CLUB, WEBHOOKS).url)
    for path in ("/0", "/1", "/end", "", "/round"):
        page.goto(address + path)
        found += wrong(page)
    priya = fresh.by("priya", bypass_csp=True)
    priya.goto("/kudos/screen/asked")
    found += violations(priya)
    assert not found, "\n".join(found)
