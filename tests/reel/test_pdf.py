"""The sheet as a real PDF, and what its maker reaches: our stylesheet, our fonts, nothing else."""

from __future__ import annotations

import base64
import io
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image, ImageFile
from weasyprint.urls import URLFetcher

from portal.config import HOUSE
from portal.people import services as people
from portal.people.photos import Pictures
from portal.reel import pdf
from tests.client import Client
from tests.makers import Make

# WeasyPrint lets Pillow take half a picture for a whole one, in this process and for good. In the house it lives in a
# process of its own; here the photos' tests come after it.
ImageFile.LOAD_TRUNCATED_IMAGES = False

from .conftest import Crew

STATIC = HOUSE / "static"


def streams(made: bytes) -> Iterator[bytes]:
    for found in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", made, re.DOTALL):
        try:
            yield zlib.decompress(found[1])
        except zlib.error:
            yield found[1]


def pages(made: bytes) -> int:
    """How many pages it has (they may lie in packed streams)."""
    return len(re.findall(rb"/Type\s*/Page\b", made + b"".join(streams(made))))


def letters(made: bytes) -> set[str]:
    """Which letters its fonts can draw, by their maps back to Unicode: they are cut down to what is on the page."""
    found = set()
    for stream in streams(made):
        for code in re.findall(rb"<[0-9a-fA-F]+>\s+<([0-9a-fA-F]{4})>", stream):
            found.add(chr(int(code, 16)))
    return found


def webp(colour: str) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (400, 500), colour).save(data, "WEBP")
    return data.getvalue()


def test_the_sheet_as_pdf(sqlite_lighthouse: Crew, sqlite_client: Client, sqlite_make: Make) -> None:
    pictures = Pictures(webp("#336699"), webp("#336699"), False)
    sqlite_make.do(lambda: people.set_photo(person_id=sqlite_lighthouse.priya, pictures=pictures))
    sqlite_lighthouse.add(*[sqlite_make.intro(sqlite_make.member(f"Žofie Łukaszewska {n}")) for n in range(16)])
    sqlite_client.sign_in(sqlite_make.email(sqlite_lighthouse.oskar))
    answer = sqlite_client.raw.get("/t/lighthouse/sheet.pdf")
    made = answer.get_data()
    assert answer.status_code == 200 and made.startswith(b"%PDF-")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == 'inline; filename="lighthouse-intros.pdf"'
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert pages(made) == 2  # 19 people, 10 to 12 on a page
    assert set("TomásRiverŽfŁukszw") <= letters(made)
    fonts = b"".join([made, *streams(made)])
    assert b"BricolageSheet" in fonts.replace(b"-", b"") or b"Bricolage" in fonts
    assert b"/Subtype /Image" in fonts


def test_it_reaches_our_stylesheet_and_fonts_and_pictures_within_the_page() -> None:
    ours = pdf.OnlyOurs(STATIC)
    assert ours.fetch(f"{pdf.BASE}sheet.css").read().startswith(b"/* Team intro sheet")
    names = re.findall(r'url\("\.\./(fonts/[^"]+)"', (STATIC / "css" / "sheet.css").read_text(encoding="utf-8"))
    assert len(names) == 4
    for name in names:
        assert ours.fetch(pdf.BASE.removesuffix("css/") + name).read()[:4] == b"wOF2"
    picture = "data:image/webp;base64," + base64.b64encode(webp("red")).decode()
    assert ours.fetch(picture).read() == webp("red")


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "FILE:///etc/passwd",
        "/etc/passwd",
        "http://127.0.0.1:1/",
        "https://static.invalid/css/../../portal/config.py",
        "https://static.invalid/css/base.css",
        "https://static.invalid/css/sheet.css?x",
        "https://static.invalid/fonts/../css/sheet.css",
        "ftp://127.0.0.1/x",
        "data:text/css,h1{color:red}",
        "data:text/html,<p>x",
    ],
)
def test_it_reaches_nothing_else(url: str) -> None:
    with pytest.raises(ValueError, match="not ours"):
        pdf.OnlyOurs(STATIC).fetch(url)


def test_a_page_full_of_ways_out_takes_nothing_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("swordfish " * 50)
    asked: list[str] = []
    own = URLFetcher.fetch

    def fetch(self: URLFetcher, url: str, headers: object = None) -> object:
        asked.append(url)
        return own(self, url, headers)

    monkeypatch.setattr(URLFetcher, "fetch", fetch)
    svg = base64.b64encode(
        f'<svg xmlns="http://www.w3.org/2000/svg"><image href="file://{secret}" width="9" height="9"/></svg>'.encode()
    ).decode()
    page = (
        f'<link rel="attachment" href="file://{secret}"><link rel="stylesheet" href="file://{secret}">'
        f'<style>@import url("file://{secret}"); p {{ background: url("http://127.0.0.1:1/x") }}</style>'
        f'<img src="file://{secret}"><object data="file://{secret}"></object><embed src="file://{secret}">'
        f'<img src="data:image/svg+xml;base64,{svg}"><a rel="attachment" href="file://{secret}">x</a><p>Hello'
    )
    made = pdf.pdf(page, STATIC)
    assert made.startswith(b"%PDF-")
    assert b"swordfish" not in b"".join([made, *streams(made)])
    assert all(url.startswith("data:image/") for url in asked)


def test_a_block_is_never_split_and_long_words_stay_on_the_paper(sqlite_app: Flask) -> None:
    """Twelve who say as much as they may: more pages, none lost."""
    one = (
        '<li class="hue-sky"><div class="sheet-one"><div class="sheet-pic"></div><div class="sheet-txt"><h2>'
        + "Wolfeschlegelsteinhausenbergerdorff " * 2
        + "</h2><ol class='sheet-facts'>"
        + f"<li>{'word ' * 40}</li>" * 3
        + "</ol></div></div></li>"
    )
    page = (
        f'<link rel="stylesheet" href="sheet.css"><main class="sheet"><ul class="sheet-grid">{one * 12}</ul></main>'
    )
    assert pages(pdf.pdf(page, STATIC)) in (3, 4)


def test_a_page_is_filled_before_the_next_one_begins(sqlite_app: Flask) -> None:
    """Six rows fit; a seventh goes on to the second page alone."""
    one = '<li class="hue-sky"><div class="sheet-one"><div class="sheet-pic"></div>x</div></li>'
    head = (
        '<link rel="stylesheet" href="sheet.css"><main class="sheet"><header class="sheet-head"><h1>T</h1></header>'
    )
    for count, wanted in ((12, 1), (14, 2), (24, 2)):
        made = pdf.pdf(f'{head}<ul class="sheet-grid">{one * count}</ul></main>', STATIC)
        assert pages(made) == wanted, count
