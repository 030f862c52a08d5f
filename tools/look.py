"""make look: every page as a picture, wide and narrow, light and dark, and contact sheets of them.

Pictures go to build/look/. ARGS="home person" takes only pages whose name begins like that; ARGS=--readme writes
the few that the README shows to docs/pictures/.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, ImageDraw
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tools.serving import BROWSER_FLAGS, demo_server, sign_in

HOUSE = Path(__file__).resolve().parent.parent
OUT = HOUSE / "build" / "look"
WIDTHS = (1280, 390)
THEMES = ("light", "dark")
# name: (who looks, address). Who: "" nobody, else the first name of somebody of the demo company.
PAGES = {
    "sign-in": ("", "/sign-in"),
    "settings-signed-out": ("", "/settings"),
    "home-maya": ("maya", "/"),
    "home-amara": ("amara", "/"),
    "home-fatima": ("fatima", "/"),
    "people": ("amara", "/people"),
    "people-new": ("amara", "/people?new=1"),
    "people-found": ("amara", "/people?q=ra"),
    "people-none": ("amara", "/people?q=nobody+has+this"),
    "people-guest": ("imogen", "/people"),
    "find": ("amara", "/find?q=export"),
    "find-none": ("amara", "/find?q=zzqx"),
    "person-priya": ("maya", "/p/priya-raman"),
    "person-mine": ("maya", "/p/me"),
    "person-no-intro": ("maya", "/p/oskar-nilsen"),
    "person-away": ("maya", "/p/hugo-leblanc"),
    "person-arabic": ("maya", "/p/slma-lmnswry"),
    "me": ("maya", "/me"),
    "me-amara": ("amara", "/me"),
    "details": ("amara", "/me/details"),
    "away": ("hugo", "/me/away"),
    "sessions": ("amara", "/me/sessions"),
    "password": ("amara", "/me/password"),
    "intro-photo": ("maya", "/me/intro/photo"),
    "intro-facts": ("maya", "/me/intro/facts"),
    "intro-ask": ("maya", "/me/intro/ask"),
    "intro-work": ("maya", "/me/intro/work"),
    "intro-preview": ("maya", "/me/intro/preview"),
    "intro-preview-empty": ("fatima", "/me/intro/preview"),
    "topics": ("maya", "/topics"),
    "topics-found": ("maya", "/topics?q=k8s"),
    "topics-none": ("maya", "/topics?q=zeppelins"),
    "topic-exports": ("maya", "/topics/gdpr-exports"),
    "topic-everybody": ("maya", "/topics/gdpr-exports?all=1"),
    "topic-someone": ("maya", "/topics/new?q=zeppelins"),
    "topics-mine": ("priya", "/me/topics"),
    "topics-mine-none": ("maya", "/me/topics"),
    "topic-mine": ("priya", "/me/topics/gdpr-exports"),
    "topic-vouch": ("maya", "/topics/gdpr-exports/vouch/priya-raman"),
    "evidence": ("priya", "/me/evidence"),
    "admin-topics": ("amara", "/admin/topics"),
    "admin-topic": ("amara", "/admin/topics/accessibility"),
    "menu": ("maya", "/menu"),
    "settings": ("maya", "/settings"),
    "notices": ("maya", "/notices"),
    "notices-amara": ("amara", "/notices"),
    "notices-none": ("fatima", "/notices"),
    "settings-notices": ("amara", "/settings/notices"),
    "guide": ("maya", "/guide"),
    "about-data": ("maya", "/about/data"),
    "teams": ("tomas", "/teams"),
    "teams-guest": ("imogen", "/teams"),
    "team": ("tomas", "/t/lighthouse"),
    "team-maya": ("maya", "/t/lighthouse"),
    "team-late": ("yusuf", "/t/front-door"),
    "team-guest": ("imogen", "/t/timetable"),
    "team-closed": ("salma", "/t/night-desk"),
    "team-new": ("tomas", "/teams/new"),
    "team-invite": ("tomas", "/t/lighthouse/invite"),
    "team-settings": ("tomas", "/t/lighthouse/settings"),
    "team-close": ("tomas", "/t/lighthouse/close"),
    "reel": ("tomas", "/t/lighthouse/intros"),
    "reel-slide": ("tomas", "/t/lighthouse/intros/amara-okafor"),
    "reel-slide-text": ("tomas", "/t/lighthouse/intros/oskar-nilsen"),
    "sheet": ("tomas", "/t/lighthouse/sheet"),
    "kudos": ("maya", "/kudos"),
    "kudos-teams": ("amara", "/kudos?tab=teams"),
    "kudos-to-me": ("priya", "/kudos?tab=to-me"),
    "kudos-empty": ("fatima", "/kudos?tab=from-me"),
    "kudos-guest": ("imogen", "/kudos"),
    "kudos-new": ("maya", "/kudos/new?to=hana-kim"),
    "my-thanks": ("priya", "/me/kudos"),
    "screen-pick": ("tomas", "/kudos/screen?team=lighthouse"),
    "screen-asked": ("hana", "/kudos/screen/asked"),
    "help": ("maya", "/help"),
    "help-answered": ("maya", "/help?show=answered"),
    "help-offers": ("priya", "/help?show=offers"),
    "help-mine": ("leila", "/help?show=mine"),
    "help-none": ("fatima", "/help?show=mine"),
    "help-team": ("tomas", "/help?team=lighthouse"),
    "help-guest": ("imogen", "/help"),
    "help-new": ("maya", "/help/new?question=How+do+we+name+branches%3F"),
    "help-new-to": ("maya", "/help/new?to=priya-raman"),
    "offer-new": ("maya", "/help/offers/new"),
    "promises": ("maya", "/me/promises"),
    "promises-ended": ("tomas", "/me/promises?ended=1"),
    "promises-none": ("fatima", "/me/promises"),
    "promise-new": ("maya", "/me/promises/new?to=hana-kim"),
    "asked": ("maya", "/me/asked"),
    "goals": ("tomas", "/goals"),
    "goal": ("tomas", "/goals/cut-sign-up-time-in-half"),
    "goal-new": ("amara", "/goals/new"),
    "goal-edit": ("amara", "/goals/cut-sign-up-time-in-half/edit"),
    "people-team": ("tomas", "/people?team=lighthouse"),
    "admin": ("amara", "/admin"),
    "admin-start": ("amara", "/admin/start"),
    "admin-invite": ("amara", "/admin/invite?department=3"),
    "admin-people": ("amara", "/admin/people"),
    "admin-person": ("amara", "/admin/people/priya-raman"),
    "admin-merge": ("amara", "/admin/people/merge"),
    "admin-values": ("amara", "/admin/values"),
    "admin-value": ("amara", "/admin/values/make-it-simple"),
    "admin-moderation": ("paulina", "/admin/moderation"),
    "admin-paused": ("paulina", "/admin/moderation?show=paused"),
    "admin-import": ("amara", "/admin/people/import"),
    "admin-codes": ("amara", "/admin/codes"),
    "admin-outbox": ("amara", "/admin/outbox"),
    "admin-log": ("amara", "/admin/log"),
    "admin-reports": ("amara", "/admin/reports"),
    "admin-erasures": ("amara", "/admin/erasures"),
    "admin-evidence": ("amara", "/admin/evidence"),
    "admin-retention": ("amara", "/admin/retention"),
    "admin-contacts": ("amara", "/admin/contacts"),
    "erase-me": ("maya", "/me/erase"),
    "wrong": ("maya", "/p/priya-raman/wrong"),
    "block": ("maya", "/p/hugo-leblanc/block"),
    "meet": ("maya", "/meet"),
    "meet-fatima": ("fatima", "/meet"),
    "network": ("priya", "/me/network"),
    "network-none": ("fatima", "/me/network"),
    "meet-settings": ("maya", "/meet/settings"),
    "elsewhere": ("maya", "/me/elsewhere"),
    "measures": ("maya", "/about/measures"),
    "feed": ("maya", "/feed"),
    "feed-teams": ("maya", "/feed?only=teams"),
    "introductions": ("maya", "/introductions"),
    "introductions-made": ("noa", "/introductions"),
    "introductions-brought": ("rashid", "/introductions"),
    "introductions-new": ("maya", "/introductions/new?one=priya-raman"),
    "ask-manager": ("ronan", "/introductions/manager"),
    "ask-manager-asked": ("maya", "/introductions/manager"),
    "ask-manager-nobody": ("saskia", "/introductions/manager"),
    "hello": ("maya", "/p/priya-raman/hello"),
    "coffee": ("maya", "/p/priya-raman/coffee"),
    "colleagues": ("grace", "/me/colleagues"),
    "home-grace": ("grace", "/"),
    "how-we-suggest": ("maya", "/about/how-we-suggest"),
    "thanks-wish": ("maya", "/me/thanks"),
    "kept-apart": ("maya", "/me/kept-apart"),
    "reset": ("", "/reset"),
    "not-found": ("maya", "/nothing-here"),
    "styleguide": ("maya", "/styleguide"),
}
README = {
    "home-maya": 1280, "team": 1280, "person-priya": 1280, "people": 1280, "intro-facts": 1280,
    "person-priya-phone": 390,
}  # fmt: skip


@contextmanager
def looking(browser: Browser, url: str, width: int, theme: str, who: str) -> Iterator[BrowserContext]:
    """A browser context as that person, signed in."""
    context = browser.new_context(
        base_url=url,
        viewport={"width": width, "height": 900},
        color_scheme=theme,
        reduced_motion="reduce",
        bypass_csp=True,  # waiting for pictures evaluates text, which our own policy forbids
    )
    if who:
        sign_in(context, who)
    try:
        yield context
    finally:
        context.close()


def snap(page: Page, address: str, target: Path, whole: bool = True) -> None:
    """A picture of the page (of what is seen first with whole=False), everything that loads late loaded."""
    page.goto(address)
    page.evaluate("document.querySelectorAll('img[loading=lazy]').forEach(i => i.loading = 'eager')")
    page.wait_for_function("[...document.images].every(i => i.complete)")
    page.wait_for_load_state("networkidle")
    page.screenshot(path=str(target), full_page=whole)


def contact_sheet(pictures: list[Path], target: Path, thumb: int = 420, across: int = 4) -> None:
    """Several pictures on one, each cut at twice its width."""
    cells = []
    for path in pictures:
        with Image.open(path) as picture:
            small = picture.convert("RGB").resize((thumb, round(picture.height * thumb / picture.width)))
            cells.append((path.stem, small.crop((0, 0, thumb, min(small.height, thumb * 2)))))
    rows = [cells[i : i + across] for i in range(0, len(cells), across)]
    height = sum(max(c.height for _n, c in row) + 28 for row in rows)
    sheet = Image.new("RGB", (across * (thumb + 12), height), "#888888")
    draw = ImageDraw.Draw(sheet)
    top = 0
    for row in rows:
        for column, (name, cell) in enumerate(row):
            draw.text((column * (thumb + 12) + 4, top + 6), name, fill="white")
            sheet.paste(cell, (column * (thumb + 12), top + 24))
        top += max(c.height for _n, c in row) + 28
    sheet.save(target)


def main() -> None:
    wanted = [word for word in sys.argv[1:] if not word.startswith("-")]
    readme = "--readme" in sys.argv
    OUT.mkdir(parents=True, exist_ok=True)
    names = [n for n in PAGES if not wanted or any(n.startswith(w) for w in wanted)]
    total, done = len(names) * len(WIDTHS) * len(THEMES), 0
    with demo_server() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ["CHROMIUM"], args=BROWSER_FLAGS)
        if readme:
            for_readme(browser, url)
            return
        for width in WIDTHS:
            for theme in THEMES:
                pictures = []
                for who in dict.fromkeys(PAGES[name][0] for name in names):
                    with looking(browser, url, width, theme, who) as context:
                        page = context.new_page()
                        for name in (n for n in names if PAGES[n][0] == who):
                            target = OUT / f"{name}-{theme}-{width}.png"
                            snap(page, PAGES[name][1], target)
                            pictures.append(target)
                            done += 1
                            if sys.stderr.isatty():
                                print(f"\r{done}/{total} {name:<30}", end="", file=sys.stderr, flush=True)
                wide = width > 600
                per = 8 if wide else 14
                for first in range(0, len(pictures), per):
                    sheet = OUT / f"sheet-{theme}-{width}-{first // per + 1}.png"
                    contact_sheet(pictures[first : first + per], sheet, 480 if wide else 260, 4 if wide else 7)
        print(f"\n{OUT.relative_to(HOUSE)}", file=sys.stderr)


def for_readme(browser: Browser, url: str) -> None:
    """The few pictures that the README shows."""
    folder = HOUSE / "docs" / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    for name, width in README.items():
        who, address = PAGES[name.removesuffix("-phone")]
        with looking(browser, url, width, "light", who) as context:
            page = context.new_page()
            target = folder / f"{name}.png"
            snap(page, address, target, whole=False)
            with Image.open(target) as picture:
                small = picture.convert("RGB").quantize(200)
            small.save(target, optimize=True)


if __name__ == "__main__":
    main()
