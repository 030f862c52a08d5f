"""A new member writes an intro, from home to published, and what comes after."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from tests.journeys.conftest import NEWCOMER, Clicks, Visits

with_and_without_js = pytest.mark.parametrize("js", [True, False], ids=["js", "no-js"])
MOST_CLICKS = 12
HEADLINE = "I draw the screens that you tap at the front desk."
FACTS = (
    "A paper timetable that still hangs in the boat house.",
    "The printer. I own the same model, that is all.",
    "A walk round the block, in any weather.",
)
SUBJECTS = ("Icons", "Screen readers", "Rowing")
WORK = (
    "the **class timetable** on phones",
    "a trainer finds a free hall in one look",
    "Reading one page of your first draft, same day.",
)


def photo_of_somebody(folder: Path) -> Path:
    """A JPEG as a phone sends it: large, turned by its orientation tag."""
    picture = Image.new("RGB", (1600, 1200), "#4a7fb5")
    draw = ImageDraw.Draw(picture)
    draw.ellipse((500, 300, 1100, 900), fill="#e8c39e")
    exif = Image.Exif()
    exif[0x0112] = 6
    data = io.BytesIO()
    picture.save(data, "JPEG", exif=exif, quality=80)
    path = folder / "IMG_0001.jpg"
    path.write_bytes(data.getvalue())
    return path


def saved(page: Page) -> None:
    """Wait until the page has saved itself."""
    expect(page.locator("[data-saved]")).to_contain_text("Saved")


def typed(page: Page, clicks: Clicks, *words: str, first: str) -> None:
    """A click into the first field, then words and Tab."""
    clicks.on(page.get_by_label(first))
    for number, each in enumerate(words):
        if number:
            page.keyboard.press("Tab")
            if page.locator("select:focus").count():  # which goal it serves is left open
                page.keyboard.press("Tab")
        page.keyboard.type(each)


def to_published(page: Page, clicks: Clicks) -> None:
    """From home, by what the page offers next, to published."""
    go_on = page.get_by_role("button", name="Save and go on")
    page.goto("/")
    clicks.on(page.get_by_role("link", name="Begin"))
    expect(page.get_by_role("heading", level=1)).to_have_text("A photo, or your initials")
    clicks.on(page.get_by_role("button", name="Use my initials"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Headline and facts")
    typed(page, clicks, HEADLINE, *FACTS, first="Your headline")
    clicks.on(go_on)
    expect(page.get_by_role("heading", level=1)).to_have_text("Ask me about")
    typed(page, clicks, ", ".join(SUBJECTS), first="Ask me about")
    clicks.on(go_on)
    expect(page.get_by_role("heading", level=1)).to_have_text("Working on")
    typed(page, clicks, *WORK, first="I am working on")
    clicks.on(go_on)
    expect(page.get_by_role("heading", level=1)).to_have_text("Look it over")
    expect(page.locator(".preview-bar")).to_contain_text("Nobody sees it yet.")
    expect(page.get_by_text(HEADLINE)).to_be_visible()
    clicks.on(page.get_by_role("button", name="Publish"))
    expect(page.get_by_role("status").filter(has_text="Your intro is out.")).to_be_visible()


@pytest.mark.parametrize(("js", "width"), [(True, 1280), (True, 390), (False, 390)])
def test_from_home_to_published_in_a_few_clicks(fresh: Visits, js: bool, width: int) -> None:
    page = fresh.by(NEWCOMER, js=js, width=width)
    clicks = Clicks()
    to_published(page, clicks)
    print(f"{clicks.done} clicks from home to published (js={js}, {width} wide)")
    assert clicks.done <= MOST_CLICKS

    # Somebody else finds it.
    other = fresh.by("ben", js=js, width=width)
    other.goto("/people?q=noor")
    other.get_by_role("link", name="Noor Adeyemi").click()
    expect(other.get_by_role("heading", level=1)).to_have_text("Noor Adeyemi")
    for words in (HEADLINE, *FACTS, *SUBJECTS, *WORK[1:]):
        expect(other.get_by_role("main").get_by_text(words, exact=True)).to_be_visible()
    expect(other.locator("main strong", has_text="class timetable")).to_be_visible()
    other.goto("/")
    expect(other.locator(".feed").get_by_role("link", name="Noor Adeyemi").first).to_be_visible()


def test_left_half_way_with_javascript_nothing_is_lost(fresh: Visits) -> None:
    """Typed, paused, closed: what was typed before the pause is kept."""
    page = fresh.by(NEWCOMER)
    page.goto("/me/intro/facts")
    page.get_by_label("Your headline").press_sequentially(HEADLINE, delay=5)
    saved(page)
    page.get_by_label("First fact").press_sequentially(FACTS[0], delay=5)
    with page.expect_response(lambda r: r.request.method == "POST") as answer:
        pass
    assert answer.value.status == 200
    saved(page)
    page.close()

    again = fresh.by(NEWCOMER)
    again.goto("/")
    again.get_by_role("link", name="Go on").click()
    again.goto("/me/intro/facts")
    expect(again.get_by_label("Your headline")).to_have_value(HEADLINE)
    expect(again.get_by_label("First fact")).to_have_value(FACTS[0])


def test_left_half_way_without_javascript_the_step_before_is_kept(fresh: Visits) -> None:
    page = fresh.by(NEWCOMER, js=False)
    page.goto("/me/intro/facts")
    page.get_by_label("Your headline").fill(HEADLINE)
    page.get_by_label("First fact").fill(FACTS[0])
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_label("Ask me about").fill("Rowing")
    page.close()

    again = fresh.by(NEWCOMER, js=False)
    again.goto("/")
    again.get_by_role("link", name="Go on").click()
    again.goto("/me/intro/facts")
    expect(again.get_by_label("Your headline")).to_have_value(HEADLINE)
    expect(again.get_by_label("First fact")).to_have_value(FACTS[0])
    again.goto("/me/intro/ask")
    expect(again.get_by_label("Ask me about")).to_have_value("")


def test_leaving_with_unsaved_words_asks(fresh: Visits) -> None:
    """The browser asks before words go that no pause in typing has saved yet."""
    page = fresh.by(NEWCOMER)
    page.goto("/me/details")
    page.get_by_label("Pronouns, in your words").press_sequentially("they")
    asked: list[str] = []

    def stay(dialog: object) -> None:
        asked.append(dialog.type)  # type: ignore[attr-defined]
        dialog.accept()  # type: ignore[attr-defined]

    page.on("dialog", stay)
    page.get_by_role("link", name="Home").first.click()
    expect(page).to_have_url(f"{fresh.url}/")
    assert asked == ["beforeunload"]


@with_and_without_js
def test_a_photo_then_initials(fresh: Visits, js: bool, tmp_path: Path) -> None:
    page = fresh.by(NEWCOMER, js=js)
    page.goto("/me/intro/photo")
    expect(page.locator(".poster .initials")).to_have_text("NA")
    page.get_by_label("A photo of you").set_input_files(photo_of_somebody(tmp_path))
    page.get_by_role("button", name="Use this photo").click()
    expect(page).to_have_url(re.compile(r"/me/intro/photo\?done=1"))
    poster = page.locator(".poster img")
    expect(poster).to_be_visible()
    address = poster.get_attribute("src") or ""

    # Seen by others, in its upright shape; not by those outside.
    other = fresh.by("ben")
    other.goto("/p/noor-adeyemi")
    image = other.locator(".hero-pic img")
    expect(image).to_be_visible()
    assert image.evaluate("i => i.decode().then(() => [i.naturalWidth, i.naturalHeight])") == [800, 1000]
    stranger = fresh.by()
    assert stranger.request.get(address, max_redirects=0).status == 303

    page.get_by_role("button", name="Take the photo off, use my initials").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Headline and facts")
    other.reload()
    expect(other.locator(".hero-pic .initials")).to_have_text("NA")


@with_and_without_js
def test_what_is_no_photo_is_refused_in_plain_words(fresh: Visits, js: bool, tmp_path: Path) -> None:
    fresh.expect(422)
    page = fresh.by(NEWCOMER, js=js)
    page.goto("/me/intro/photo")
    page.get_by_role("button", name="Use this photo").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose a photo first, or use your initials")
    renamed = tmp_path / "me.jpg"
    renamed.write_bytes(b"%PDF-1.7\n" + b"0" * 4000)
    page.get_by_label("A photo of you").set_input_files(renamed)
    page.get_by_role("button", name="Use this photo").click()
    expect(page.get_by_role("alert")).to_contain_text("This is not a photo we can read.")


@with_and_without_js
def test_a_change_is_hidden_until_it_is_published(fresh: Visits, js: bool) -> None:
    page, other = fresh.by("priya", js=js), fresh.by("ben", js=js)
    page.goto("/p/me")
    page.get_by_role("link", name="Change my intro").click()
    page.get_by_role("link", name="Change it").click()
    old = page.get_by_label("Your headline").input_value()
    page.get_by_label("Your headline").fill("I make exports boring, still.")
    page.get_by_role("button", name="Save and go on").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ask me about")
    other.goto("/p/priya-raman")
    expect(other.locator(".hero-role")).to_have_text(old)

    page.goto("/")
    expect(page.get_by_text("Your changes are not out yet", exact=True)).to_be_visible()
    page.get_by_role("link", name="Look it over").first.click()
    expect(page.locator(".preview-bar")).to_contain_text("Nobody sees your changes yet.")
    page.get_by_role("button", name="Publish the changes").click()
    expect(page.get_by_role("status").filter(has_text="Your changes are out.")).to_be_visible()
    other.reload()
    expect(other.locator(".hero-role")).to_have_text("I make exports boring, still.")


def test_changes_dropped_and_the_intro_taken_back(fresh: Visits) -> None:
    page, other = fresh.by("priya"), fresh.by("ben")
    page.goto("/me/intro/facts")
    old = page.get_by_label("Your headline").input_value()
    page.get_by_label("Your headline").fill("Something rash.")
    page.get_by_role("button", name="Save and go on").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ask me about")
    page.goto("/me")
    page.get_by_role("button", name="Drop my changes").click()
    expect(page.get_by_role("status").filter(has_text="Your changes are dropped.")).to_be_visible()
    page.goto("/me/intro/facts")
    expect(page.get_by_label("Your headline")).to_have_value(old)
    page.goto("/me")
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_role("status").filter(has_text="Nobody sees your intro now.")).to_be_visible()
    other.goto("/p/priya-raman")
    expect(other.get_by_role("heading", name="No intro yet")).to_be_visible()


@with_and_without_js
def test_still_right_is_asked_after_half_a_year_and_then_not_again(fresh: Visits, js: bool) -> None:
    page = fresh.by("stefan", js=js)
    page.goto("/")
    expect(page.get_by_text("Is your intro still right?")).to_be_visible()
    page.get_by_role("button", name="Still right").click()
    expect(page.get_by_role("status").filter(has_text="We will ask again in half a year.")).to_be_visible()
    page.goto("/")
    expect(page.get_by_text("Nothing waits for you.")).to_be_visible()
