"""Links that let somebody in: made of a secret, for one purpose and one row, as it stands today."""

from __future__ import annotations

import pytest
from flask import Flask

from portal.core import links
from portal.core.db import MAX_ID


def test_a_token_fits_its_row_its_purpose_and_its_nonce_alone(sqlite_app: Flask) -> None:
    with sqlite_app.app_context():
        token = links.token_for("welcome", 17, "abc")
        assert token.startswith("17-") and len(token) == 43
        assert token == links.token_for("welcome", 17, "abc")
        assert links.fits(token, "welcome", 17, "abc")
        for purpose, row, nonce in (
            ("join", 17, "abc"),
            ("welcome", 18, "abc"),
            ("welcome", 1, "7\x1fabc"),
            ("welcome", 17, "abd"),
            ("welcome", 17, ""),
            ("welcome", 17, None),
        ):
            assert not links.fits(token, purpose, row, nonce)


def test_without_the_secret_there_is_no_token(sqlite_app: Flask) -> None:
    with sqlite_app.app_context():
        token = links.token_for("welcome", 17, "abc")
        sqlite_app.secret_key = "another one, of another house, long enough"
        assert not links.fits(token, "welcome", 17, "abc")


@pytest.mark.parametrize(
    ("token", "row"),
    [
        ("17-" + "a" * 40, 17),
        ("017-" + "a" * 40, 17),
        (f"{MAX_ID}-" + "0" * 40, MAX_ID),
        (f"{MAX_ID + 1}-" + "0" * 40, None),
        ("9" * 19 + "-" + "0" * 40, None),
        ("9" * 20 + "-" + "0" * 40, None),
        ("-17-" + "a" * 40, None),
        ("17-" + "a" * 39, None),
        ("17-" + "a" * 41, None),
        ("17-" + "A" * 40, None),
        ("17-" + "g" * 40, None),
        ("17" + "a" * 40, None),
        ("١٧-" + "a" * 40, None),
        ("17-" + "a" * 40 + "\n", None),
        (" 17-" + "a" * 40, None),
        ("", None),
        ("-", None),
    ],
)
def test_which_row_a_token_speaks_of(token: str, row: int | None) -> None:
    assert links.row_of(token) == row


@pytest.mark.parametrize("token", ["", "x", "ä", "17-" + "ä" * 40, "\ud800"])
def test_what_is_no_token_fits_nothing(sqlite_app: Flask, token: str) -> None:
    with sqlite_app.app_context():
        assert not links.fits(token, "welcome", 17, "abc")


def test_nonces_differ() -> None:
    assert len({links.new_nonce() for _ in range(100)}) == 100
    assert "." not in "".join(links.new_nonce() for _ in range(100))


def test_a_secret_is_taken_out_of_any_text(sqlite_app: Flask) -> None:
    with sqlite_app.app_context():
        token = links.token_for("welcome", 17, "abc")
    for text in (f"GET /welcome/{token} 200", f"/sign-in?next=%2Fwelcome%2F{token}&x=1", f'"{token}"'):
        assert token not in links.redacted(text) and "[link]" in links.redacted(text)
    for text in ("17-03-2031", "a" * 40, "/p/priya-raman", f"x-{'a' * 40}"):
        assert links.redacted(text) == text
