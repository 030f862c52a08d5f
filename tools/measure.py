"""`make measure`: what the first pages weigh on the wire, in a real browser.

Sign-in, and home as a signed-in member, each in a browser that has never been here (cold) and again in the same
browser (warm). Bytes as they come over the network layer, headers included, packed with gzip, without pictures of
people. Then how well search finds who knows, where data for it lies beside the house (`ranking`), whether slips of
the finger lead to what the right word finds (`typos`), among made-up people and in that data, and how well we
foretell who will meet (`meeting`), where there is data for it. Exit code 1 when something is not as promised.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, sync_playwright

from tools.meeting import meeting
from tools.ranking import DATA, ranking, typos
from tools.serving import BROWSER_FLAGS, demo_server, sign_in

COLD, WARM = 120_000, 25_000
KINDS = ("Document", "Stylesheet", "Script", "Font", "Image", "Other")


@dataclass
class Visit:
    """What one visit of a page brought over the wire."""

    bytes: dict[str, int] = field(default_factory=lambda: defaultdict(int))  # by address
    kinds: dict[str, str] = field(default_factory=dict)
    packed: set[str] = field(default_factory=set)  # how

    @property
    def total(self) -> int:
        return sum(self.bytes.values())

    def by_kind(self) -> dict[str, int]:
        found: dict[str, int] = defaultdict(int)
        for path, size in self.bytes.items():
            kind = self.kinds.get(path, "Other")
            found[kind if kind in KINDS else "Other"] += size
        return found


class Meter:
    """Listens to the network layer of one page."""

    def __init__(self, cdp: Any) -> None:
        self.visit = Visit()
        self._asked: dict[str, tuple[str, str]] = {}
        cdp.on("Network.requestWillBeSent", self._sent)
        cdp.on("Network.responseReceived", self._answered)
        cdp.on("Network.loadingFinished", self._finished)

    def start(self) -> None:
        self.visit = Visit()

    def _sent(self, event: dict[str, Any]) -> None:
        parts = urlsplit(event["request"]["url"])
        if parts.scheme.startswith("http"):
            self._asked[event["requestId"]] = (parts.path, event.get("type", "Other"))

    def _answered(self, event: dict[str, Any]) -> None:
        headers = {name.lower(): value for name, value in event["response"]["headers"].items()}
        if "content-encoding" in headers:
            self.visit.packed.add(headers["content-encoding"])

    def _finished(self, event: dict[str, Any]) -> None:
        path, kind = self._asked.get(event["requestId"], ("", ""))
        if path and not path.startswith("/photos/"):
            self.visit.bytes[path] += int(event["encodedDataLength"])
            self.visit.kinds[path] = kind


def weigh(browser: Browser, url: str, path: str, cookies: Any, locale: str = "en-GB") -> tuple[Visit, Visit]:
    """Cold and warm: a page in a browser that was never here, then again in the same one."""
    context = browser.new_context(
        base_url=url, locale=locale, storage_state=cookies, extra_http_headers={"Accept-Encoding": "gzip"}
    )
    page = context.new_page()
    cdp = context.new_cdp_session(page)
    cdp.send("Network.enable")
    meter = Meter(cdp)
    visits = []
    for _ in range(2):
        meter.start()
        answer = page.goto(path, wait_until="networkidle")
        if answer is None or answer.status != 200 or urlsplit(page.url).path != path:
            raise RuntimeError(f"{path} led to {page.url}")
        page.evaluate("document.fonts.ready.then(() => 1)")
        page.wait_for_timeout(300)
        visits.append(meter.visit)
        page.goto("about:blank")
    context.close()
    return visits[0], visits[1]


def session(browser: Browser, url: str, who: str) -> Any:
    """The cookies of somebody who is signed in."""
    context = browser.new_context(base_url=url)
    sign_in(context, who)
    cookies = context.storage_state()
    context.close()
    return cookies


def _row(name: str, visit: Visit, most: int) -> bool:
    right = visit.total <= most
    kinds = visit.by_kind()
    parts = ", ".join(f"{kind.lower()} {kinds[kind] / 1000:.1f}" for kind in KINDS if kinds.get(kind))
    verdict = "OK" if right else "MISSED"
    print(f"{name:<18}{visit.total / 1000:>7.1f} kB of {most / 1000:>4.0f}  {verdict:<7} {parts}")
    return right


def weights(detail: bool) -> bool:
    """The first pages; True when none is heavier than promised."""
    all_right = True
    with demo_server() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ.get("CHROMIUM") or None, args=BROWSER_FLAGS)
        pages = (("sign-in", "/sign-in", None), ("home", "/", session(browser, url, "maya")))
        for name, path, cookies in pages:
            cold, warm = weigh(browser, url, path, cookies)
            for how, visit, most in (("cold", cold, COLD), ("warm", warm, WARM)):
                all_right = _row(f"{name}, {how}", visit, most) and all_right
                if detail:
                    for part, size in sorted(visit.bytes.items(), key=lambda item: -item[1]):
                        print(f"{size / 1000:>12.1f} kB  {part}")
                if visit.packed - {"gzip"}:
                    raise RuntimeError(f"not gzip alone: {visit.packed}")
        browser.close()
    return all_right


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.measure", description=__doc__)
    parser.add_argument("--detail", action="store_true", help="also say what each file weighs")
    parser.add_argument("--data", type=Path, default=DATA, help="the folder with data for measuring")
    parser.add_argument("--only", choices=["weights", "ranking", "typos", "meeting"], help="measure one of them")
    parser.add_argument("--cut", type=float, help="whom to meet: with so many of the last days known as the truth")
    asked = parser.parse_args()
    measures = {"weights": lambda: weights(asked.detail), "ranking": lambda: ranking(asked.data)}
    measures |= {"typos": lambda: typos(asked.data), "meeting": lambda: meeting(asked.data, asked.cut)}
    verdicts = [measure() for name, measure in measures.items() if asked.only in (None, name)]
    right = all(verdicts)
    print("OK" if right else "MISSED")
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
