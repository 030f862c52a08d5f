"""From an empty installation to a team that has met: a staff list, invitations that arrive by mail, one of them
accepted, an intro published, a team of eight pasted."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import DATABASE, Visits, env_of
from tests.journeys.test_teams import start_team
from tests.sink import Sink
from tools.serving import hallway, served

ADMIN, PASSWORD = "ada@lantern.example", "a lamp in every hallway"
DEPARTMENTS = ("Optics", "Boats", "Harbour")
TEAM = "\n".join(f"member{n}@lantern.example" for n in range(4, 11)) + "\nMember 11"


@dataclass
class House:
    """An installation with its mail server."""

    folder: Path
    sink: Sink
    visits: Visits

    def minute_passes(self) -> None:
        """What leaves the house waits 60 seconds for whoever takes it back: those are over."""
        with closing(sqlite3.connect(self.folder / DATABASE, timeout=20)) as now, now:
            now.execute("UPDATE owed_mail SET due_at = '2020-01-01 00:00:00.000000' WHERE sent_at IS NULL")

    def mail_to(self, address: str) -> EmailMessage:
        """The mail that arrives there (the worker looks every two seconds)."""
        found = self.sink.wait_for(lambda mail: address in str(mail["To"]), seconds=60)
        assert found is not None, f"no mail to {address}; there are {[str(m['To']) for m in self.sink.mails]}"
        return found


@pytest.fixture
def house(tmp_path: Path, chromium: Browser) -> Iterator[House]:
    sink = Sink()
    folder = tmp_path / "instance"
    mail = {"SMTP_URL": sink.url, "MAIL_FROM": "Lantern <hallway@lantern.example>", "MAIL_PER_MINUTE": "600"}
    env = env_of(folder) | mail | {"WORKER": "1"}
    made = hallway("init", "--email", ADMIN, "--password-stdin", env=env, input=PASSWORD + "\n")
    assert made.returncode == 0, made.stderr
    with served(env) as url:
        visits = Visits(chromium, url)
        yield House(folder, sink, visits)
        visits.leave()
    sink.stop()
    assert not visits.troubles, "the browser complained:\n" + "\n".join(visits.troubles)


def staff_list(folder: Path, people: int = 40) -> Path:
    """Of the shape that organizations have: an id, a name, an address, a department."""
    lines = ["id,name,email,department"]
    lines += [
        f"L{n},Member {n},member{n}@lantern.example,{DEPARTMENTS[n % len(DEPARTMENTS)]}" for n in range(1, people + 1)
    ]
    path = folder / "staff.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def signed_in(visits: Visits) -> Page:
    page = visits.by()
    page.goto("/sign-in")
    page.get_by_label("Mail address").fill(ADMIN)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Ada")
    return page


def heading(page: Page, words: str | re.Pattern[str]) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(words)


def test_from_nothing_to_a_team_that_meets(house: House, tmp_path: Path) -> None:
    page = signed_in(house.visits)

    # The first hour: who we are, and mail that arrives.
    page.get_by_role("link", name="Go on").click()
    heading(page, "First hour")
    page.get_by_label("Name", exact=True).fill("Lantern")
    page.locator("#at-organization").get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").filter(has_text="Saved.")).to_be_visible()
    page.get_by_role("button", name="Send me a test mail").click()
    assert house.mail_to(ADMIN)["From"] == "Lantern <hallway@lantern.example>"

    # The staff list.
    page.goto("/admin/people/import")
    page.get_by_label("Staff list").set_input_files(staff_list(tmp_path))
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Check it").click()
    expect(page.get_by_role("main")).to_contain_text("40")
    page.get_by_role("button", name=re.compile("^Import")).click()
    expect(page.get_by_role("main")).to_contain_text("40 added", timeout=30_000)
    page.goto("/people?q=Member+17")
    expect(page.get_by_role("main")).to_contain_text("Member 17")
    assert [str(mail["To"]) for mail in house.sink.mails if "member" in str(mail["To"])] == []

    # One department is invited; nobody else hears of it.
    page.goto("/admin/invite")
    page.get_by_label("Boats").check()
    page.get_by_role("button", name="Show who that is").click()
    page.get_by_role("button", name=re.compile("^Invite 14 people")).click()
    expect(page.get_by_role("status").filter(has_text="14 people are invited.")).to_be_visible()
    assert len(house.sink.mails) == 1, "a minute in which it can be taken back"
    house.minute_passes()
    mail = house.mail_to("member7@lantern.example")
    body = mail.get_body(("plain",))
    assert body is not None
    link = re.search(r"http://\S+/welcome/\S+", body.get_content())
    assert link, body.get_content()

    # One of them comes in, and publishes an intro.
    newcomer = house.visits.by(js=False, width=390)
    newcomer.goto(link[0])
    newcomer.get_by_label("Choose a password").fill("a boat with two oars")
    newcomer.get_by_role("button", name="Come in").click()
    newcomer.get_by_role("button", name="Use my initials").click()
    newcomer.get_by_label("Your headline").fill("Mends what leaks.")
    newcomer.get_by_label("First fact").fill("Rebuilt a dinghy from a barn door.")
    for title in ("Ask me about", "Working on", "Look it over"):
        newcomer.get_by_role("button", name="Save and go on").click()
        heading(newcomer, title)
    newcomer.get_by_role("button", name="Publish").click()
    expect(newcomer.get_by_role("status").filter(has_text="Your intro is out.")).to_be_visible()
    page.goto("/p/member-7")
    expect(page.get_by_role("main")).to_contain_text("Mends what leaks.")

    # Seven by address and one by name: a team, and the seven who have no account are asked in.
    start_team(page, "Lighthouse", TEAM)
    house.minute_passes()
    assert "Lighthouse" in str(house.mail_to("member5@lantern.example")["Subject"])
