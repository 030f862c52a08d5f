"""Forms: what may be typed, who may send it, and that it is done once."""

from __future__ import annotations

import base64
import itertools
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa
from flask import Flask, jsonify, render_template_string
from hypothesis import given
from hypothesis import strategies as st

from portal.core import clock, settings
from portal.core.auth import public
from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.core.forms import Form, FormOnce, LineField, WordsField, act, author_of, tidy
from tests.client import Client
from tests.makers import PASSWORD, Make


class Sample(Form):
    line = LineField("Line", most=10)
    words = WordsField("Words", most=20, needed="Say something")


def put_one_more(word: str) -> int:
    """Counts in the database how often it was really done."""
    count = int(settings.get("count", 0)) + 1
    if word == "refuse":
        raise RuleBroken("line", "Not that word")
    if word == "refuse all":
        raise RuleBroken("", "Not now")
    if word == "refuse hidden":
        raise RuleBroken("once", "Not this one")
    settings.put("count", count)
    return count


PAGE = """<!doctype html><html lang=en><title>t</title><main><h1>t</h1><form method=post>
<input type=hidden name=csrf_token value="{{ csrf_token() }}">{{ form.once }}
<label>l {{ form.line }}</label><label>w {{ form.words }}</label></form>
{% for field, words in form.wrong %}<p class=wrong>{{ field }}: {{ words }}</p>{% endfor %}</main></html>"""


def sample() -> Any:
    form = Sample()
    if form.sent():
        done = act(form, lambda: put_one_more(form.words.data))
        if done is not None:
            return jsonify(result=done.result, again=done.again)
    return render_template_string(PAGE, form=form), form.status


@pytest.fixture
def sample_app(app: Flask) -> Iterator[Flask]:
    """An app with a page of the test's own."""
    app.add_url_rule("/sample", "test_sample", sample, methods=["GET", "POST"])
    app.add_url_rule("/sample-for-all", "test_open", public(sample), methods=["GET", "POST"])
    return app


@pytest.fixture
def me(sample_app: Flask, client: Client, make: Make) -> Client:
    return client.sign_in(make.email(make.member("Gita Rao")))


def fields(client: Client, path: str = "/sample") -> dict[str, Any]:
    return client.get(path).fields("words") | {"words": "hello", "line": ""}


def send(client: Client, data: dict[str, Any], path: str = "/sample") -> Any:
    return client.raw.post(path, data=data)


# ---- once --------------------------------------------------------------------------------------------------


@pytest.mark.both_databases
def test_sent_twice_is_done_once_and_answered_alike(me: Client) -> None:
    form = fields(me)
    assert send(me, form).json == {"result": 1, "again": False}
    assert send(me, form).json == {"result": 1, "again": True}
    # Other words under the same nonce (after Back) are another thing to do, once.
    assert send(me, form | {"words": "other"}).json == {"result": 2, "again": False}
    assert send(me, form | {"words": "other"}).json == {"result": 2, "again": True}
    assert send(me, fields(me)).json == {"result": 3, "again": False}


def test_a_form_that_was_refused_can_be_sent_again(me: Client) -> None:
    form = fields(me)
    refused = me.read(send(me, form | {"words": "refuse"}), 422)
    assert refused.fields("words")["once"] == form["once"]
    assert send(me, form).json == {"result": 1, "again": False}


def test_another_persons_nonce_does_not_hold_my_form_back(me: Client, make: Make) -> None:
    other = me.another().sign_in(make.email(make.member("Ines Other")))
    theirs = fields(other)
    assert send(other, theirs).json == {"result": 1, "again": False}
    mine = fields(me) | {"once": theirs["once"]}
    # It is not mine: it is done, and not counted as theirs.
    assert send(me, mine).json == {"result": 2, "again": False}
    assert send(other, theirs).json == {"result": 1, "again": True}


@pytest.mark.parametrize("once", ["", "forged", '[1,"x"]', "W10.x", "\x00", "a" * 5000, None])
def test_a_forged_nonce_is_as_good_as_none(me: Client, once: str | None) -> None:
    form = fields(me)
    form.pop("once") if once is None else form.update(once=once)
    assert send(me, form).json == {"result": 1, "again": False}
    assert send(me, form).json == {"result": 2, "again": False}


def test_a_nonce_names_its_writer_and_cannot_be_changed(me: Client, make: Make) -> None:
    once = fields(me)["once"]
    with me.app.app_context():
        person = author_of(once)
        assert make.handle(int(person or 0)) == "gita-rao"
        body, signature = once.rsplit(".", 1)
        raw = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
        other = base64.urlsafe_b64encode(raw.replace(f"[{person},".encode(), f"[{int(person or 0) + 1},".encode()))
        assert author_of(f"{other.decode().rstrip('=')}.{signature}") is None
        assert author_of(None) is author_of("") is author_of(once[:-1]) is author_of(once + "x") is None


def test_each_form_has_a_nonce_of_its_own_and_nobody_has_none(me: Client) -> None:
    assert len({fields(me)["once"] for _ in range(3)}) == 3
    assert fields(me.another(), "/sample-for-all")["once"] == ""


def test_without_a_person_it_is_done_each_time(sample_app: Flask, client: Client) -> None:
    form = fields(client, "/sample-for-all")
    assert [send(client, form, "/sample-for-all").json["result"] for _ in range(2)] == [1, 2]


@pytest.mark.both_databases
def test_what_was_done_is_forgotten_after_a_day(me: Client) -> None:
    form = fields(me)
    send(me, form)
    with clock.pinned(clock.now() + timedelta(hours=25)):
        send(me, fields(me))
    with me.app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(FormOnce)) == 1


@pytest.mark.both_databases
def test_two_sent_at_the_same_moment_are_done_once(me: Client) -> None:
    form, answers = fields(me), []
    cookie = me.raw.get_cookie("hallway").value  # type: ignore[union-attr]

    def one() -> None:
        browser = me.app.test_client()
        browser.set_cookie("hallway", cookie)
        answers.append(browser.post("/sample", data=form).json)

    threads = [threading.Thread(target=one) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(a["again"] for a in answers) == [False, True, True]
    assert {a["result"] for a in answers} == {1}


# ---- rules land on their field ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "where"),
    [("refuse", "line: Not that word"), ("refuse all", ": Not now"), ("refuse hidden", ": Not this one")],
)
def test_a_broken_rule_lands_on_its_field_with_the_words_kept(me: Client, words: str, where: str) -> None:
    page = me.read(send(me, fields(me) | {"words": words, "line": "mine"}), 422)
    assert [p.text_content() for p in page.all(".wrong")] == [where]
    assert (page.fields("words")["line"], page.fields("words")["words"].strip()) == ("mine", words)
    with me.app.app_context():
        assert settings.get("count") is None and db.session.scalars(sa.select(FormOnce.nonce)).all() == []


def test_wrong_lists_everything_in_the_order_of_the_page(me: Client) -> None:
    page = me.read(send(me, fields(me) | {"words": "", "line": "x" * 12}), 422)
    assert [p.text_content() for p in page.all(".wrong")] == ["line: 2 characters over", "words: Say something"]


# ---- what may be typed -------------------------------------------------------------------------------------


LENGTHS = [
    ("x" * 20, 200),
    ("x" * 21, 422),
    ("  " + "x" * 20 + "\n\n", 200),  # space around it is not counted
    ("👩" * 20, 200),
    ("👩" * 21, 422),
    ("👩🏽‍🚀" * 5, 200),  # 4 code points each
    ("👩🏽‍🚀" * 6, 422),
    ("a\r\n" * 6 + "ab", 200),  # a line end is one
    ("a\r\n" * 6 + "abcdefghi", 422),
    ("a\r" * 9 + "ab", 200),
    ("عرب" * 6, 200),
    ("e\u0301" * 11, 422),
    ("", 422),
    (" \t\r\n ", 422),
]


def test_length_is_counted_in_code_points_and_line_ends_as_one(me: Client) -> None:
    form = fields(me)
    said = [send(me, form | {"once": "", "words": words}).status_code for words, _status in LENGTHS]
    assert said == [status for _words, status in LENGTHS]


@pytest.mark.parametrize(
    ("over", "said"), [(1, "1 character over"), (2, "2 characters over"), (2980, "2980 characters over")]
)
def test_how_much_is_over_is_said_and_nothing_is_cut(me: Client, over: int, said: str) -> None:
    page = me.read(send(me, fields(me) | {"words": "x" * (20 + over)}), 422)
    assert said in page.main and len(page.fields("words")["words"].strip()) == 20 + over


@pytest.mark.parametrize("field", ["line", "words"])
def test_what_cannot_be_stored_is_taken_out_and_said(me: Client, field: str) -> None:
    page = me.read(send(me, fields(me) | {field: "be\x00fore"}), 422)
    assert "cannot be kept" in page.main
    kept = page.fields("words")
    assert kept[field].strip() == "before"
    assert send(me, kept | {"words": "fine"}).json["result"] == 1


def test_lone_surrogates_do_not_get_in(me: Client) -> None:
    """A browser sends none; what pretends to be one is no UTF-8, and is put right on the way in."""
    form = fields(me)
    body = urlencode({"csrf_token": form["csrf_token"], "once": form["once"]}) + "&line=&words=a%ED%A0%80b"
    answer = me.raw.post("/sample", data=body, content_type="application/x-www-form-urlencoded")
    assert answer.json == {"result": 1, "again": False}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (None, ""),
        ("", ""),
        ("  a  ", "a"),
        ("a\r\nb\rc\nd", "a\nb\nc\nd"),
        ("\r\n\r\na\r\n", "a"),
        ("\u00a0a\u2003", "a"),
        ("a\u200fb", "a\u200fb"),
    ],
)
def test_tidy(typed: str | None, kept: str) -> None:
    assert tidy(typed) == kept


@given(st.text())
def test_tidy_is_done_after_one_time_and_never_longer(text: str) -> None:
    once = tidy(text)
    assert tidy(once) == once and len(once) <= len(text) and "\r" not in once


def test_a_line_is_one_line(me: Client) -> None:
    page = me.read(send(me, fields(me) | {"line": " a\r\nb\nc ", "words": ""}), 422)
    assert page.fields("words")["line"] == "a b c"


# ---- CSRF --------------------------------------------------------------------------------------------------


def foreign(client: Client) -> str:
    """The token of another browser."""
    return str(fields(client.another(), "/sample-for-all")["csrf_token"])


TOKENS: list[Callable[[Client, str], str | None]] = [
    lambda client, mine: None,
    lambda client, mine: "",
    lambda client, mine: "forged",
    lambda client, mine: mine[:-4],
    lambda client, mine: mine[4:],
    lambda client, mine: mine[::-1],
    lambda client, mine: "ü" + mine,
    lambda client, mine: "A" * 3 + "=",
    lambda client, mine: base64.urlsafe_b64encode(b"odd").decode(),
    lambda client, mine: base64.urlsafe_b64encode(b"\xff" * 200).decode(),
    lambda client, mine: "\x00",
    lambda client, mine: foreign(client),
]


@pytest.mark.parametrize("token", TOKENS)
def test_without_my_own_token_nothing_is_done_and_my_words_come_back(
    me: Client, token: Callable[[Client, str], str | None]
) -> None:
    form = fields(me)
    given = token(me, form["csrf_token"])
    data = {k: v for k, v in form.items() if k != "csrf_token"} | ({} if given is None else {"csrf_token": given})
    page = me.read(send(me, data | {"words": "My long words are here."}), 400)
    assert page.h1 == "This page was too old to send"
    again = page.fields("words")
    assert again["words"].strip() == "My long words are here."
    assert send(me, again | {"words": "short"}).json == {"result": 1, "again": False}


def test_words_with_another_persons_nonce_do_not_come_back(me: Client, make: Make) -> None:
    """A page elsewhere that posts in my name gets no page of ours with a good token and its own words."""
    other = me.another().sign_in(make.email(make.member("Ines Other")))
    data = fields(other) | {"words": "Words that I have never typed."}
    for once in (data["once"], "", "forged"):
        page = me.read(send(me, data | {"once": once}), 400)
        assert "never typed" not in page.html and not page.root.xpath("//main//form")


def test_a_token_is_masked_anew_each_time_and_each_works(me: Client) -> None:
    pages = [me.get("/sample") for _ in range(3)]
    tokens = [page.fields("words")["csrf_token"] for page in pages]
    assert len(set(tokens)) == 3
    shared = min(len(token) for token in tokens)
    for one, two in itertools.pairwise(tokens):
        alike = sum(a == b for a, b in zip(one, two, strict=False))
        assert alike < shared / 4, "the same secret under two masks must not look alike"
    for token in tokens:
        assert send(me, fields(me) | {"csrf_token": token}).status_code == 200


def test_the_token_may_come_in_a_header(me: Client) -> None:
    form = fields(me)
    token = form.pop("csrf_token")
    assert me.raw.post("/sample", data=form).status_code == 400
    assert me.raw.post("/sample", data=form, headers={"X-CSRF-Token": token}).status_code == 200


def test_a_token_from_before_sign_in_is_refused(sample_app: Flask, client: Client, make: Make) -> None:
    """The session changes at sign-in, and what was made before it ends with it."""
    before = fields(client, "/sample-for-all")
    client.sign_in(make.email(make.member("Gita Rao")), PASSWORD)
    assert send(client, before, "/sample-for-all").status_code == 400
