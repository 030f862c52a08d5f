"""Names in any script: handles, keys to look for, first names, initials, addresses."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.people import names

WORDS = st.text(st.characters(exclude_categories=("Cs",)), max_size=120)


@pytest.mark.parametrize(
    ("name", "handle"),
    [
        ("Priya Raman", "priya-raman"),
        ("Suryani", "suryani"),
        ("Tomás Ferreira", "tomas-ferreira"),
        ("Søren Ørsted", "soren-orsted"),
        ("Jürgen Groß", "jurgen-gross"),
        ("Łukasz Żółć", "lukasz-zolc"),
        ("Nguyễn Thị Hương", "nguyen-thi-huong"),
        ("Anne-Marie O'Neill", "anne-marie-o-neill"),
        ("Ольга Коваленко", "olga-kovalenko"),
        ("Γιώργος", "giorgos"),
        ("Grace 🎉 Mwangi", "grace-mwangi"),
        ("R2 D2", "r2-d2"),
        ("  Ada   Lovelace ", "ada-lovelace"),
        ("a/b?c#d&e=f", "a-b-c-d-e-f"),
        ("../../etc/passwd", "etc-passwd"),
        ("<script>alert(1)</script>", "script-alert-1-script"),
    ],
)
def test_a_handle_is_the_name_in_lower_case_ascii_with_dashes(name: str, handle: str) -> None:
    assert names.handle_for(name) == handle


@pytest.mark.parametrize("name", ["عبد الرحمن الخطيب", "山田 花子", "김민준", "प्रिया रमन", "שרה כהן", "王伟", "ไพลิน"])
def test_names_of_other_scripts_are_transliterated(name: str) -> None:
    handle = names.handle_for(name)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", handle)
    assert not handle.startswith("person-")
    assert names.handle_for(name) == handle, "the same name gives the same handle"


@pytest.mark.parametrize("name", ["🎉", "🎉 🦄", "...", "---", "?!", " ", ""])
def test_where_nothing_is_left_it_is_person_and_six_letters(name: str) -> None:
    first, second = names.handle_for(name), names.handle_for(name)
    assert re.fullmatch(r"person-[a-z]{6}", first)
    assert first != second, "two such people get two handles"


@pytest.mark.parametrize("name", ["New", "me", "ALL", "Search", "import", "People"])
def test_reserved_words_are_nobodys_handle(name: str) -> None:
    assert names.handle_for(name) == f"{name.lower()}-1"


def test_a_name_that_only_begins_with_a_reserved_word_keeps_its_handle() -> None:
    assert names.handle_for("Newton") == "newton"
    assert names.handle_for("Me Too") == "me-too"


def test_a_name_of_120_characters_gives_a_short_handle() -> None:
    handle = names.handle_for("ab " * 40)
    assert len(handle) <= names.MAX_HANDLE
    assert not handle.endswith("-")
    assert handle.startswith("ab-ab-")


def test_composed_and_decomposed_letters_give_the_same_handle() -> None:
    name = "Zoë Müller"
    assert names.handle_for(unicodedata.normalize("NFD", name)) == names.handle_for(name) == "zoe-muller"


@given(WORDS)
def test_every_name_gives_a_handle_that_can_stand_in_an_address(name: str) -> None:
    handle = names.handle_for(name)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", handle)
    assert len(handle) <= names.MAX_HANDLE + 2
    assert handle not in names.RESERVED


@pytest.mark.parametrize(
    ("written", "looked_for"),
    [
        ("Tomás", "tomas"),
        ("TOMÁS", "tomás"),
        ("Müller", "MULLER"),
        ("Groß", "gross"),
        ("Ｐｒｉｙａ", "priya"),
        ("Priya\u00a0 Raman", "priya raman"),
        ("İpek", "ipek"),
        ("Ёлка", "елка"),
        ("ﬁnn", "finn"),
        (unicodedata.normalize("NFD", "한국어"), "한국어"),
        ("ﾔﾏﾀﾞ", "ヤマダ"),
    ],
)
def test_fold_forgets_case_accents_and_width(written: str, looked_for: str) -> None:
    assert names.fold(written) == names.fold(looked_for)


@pytest.mark.parametrize(("one", "other"), [("हिन्दी", "हिनद"), ("がく", "かく"), ("عَلي", "عُلي"), ("ไพลิน", "ไพลน")])
def test_fold_keeps_marks_that_are_letters_to_their_readers(one: str, other: str) -> None:
    assert names.fold(one) != names.fold(other)


@given(WORDS)
def test_folding_twice_is_folding_once(text: str) -> None:
    once = names.fold(text)
    assert names.fold(once) == once
    assert once == once.strip()
    assert "  " not in once


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("Priya Raman", "PR"),
        ("Suryani", "S"),
        ("Maria Magdalena von Hohenberg", "MH"),
        ("山田 花子", "山花"),
        ("عبد الرحمن", "عا"),
        ("(Kim) Lee", "KL"),
        ("Grace 🎉", "G"),
        ("🎉 Grace", "G"),
        ("e\u0301mile zola", "E\u0301Z"),
        ("ßarah Kim", "SSK"),
        ("ნინო ბერიძე", "ნბ"),
        ("🎉", "🎉"),
        ("", ""),
        ("   ", ""),
    ],
)
def test_initials(name: str, initials: str) -> None:
    assert names.initials(name) == initials


@given(WORDS)
def test_any_name_has_initials_that_are_short(name: str) -> None:
    initials = names.initials(name)
    assert bool(initials) == bool(name.split())


@pytest.mark.parametrize(
    ("name", "preferred", "first"),
    [
        ("Priya Raman", None, "Priya"),
        ("Priya Raman", "Pri", "Pri"),
        ("Priya Raman", "", "Priya"),
        ("Suryani", None, "Suryani"),
        ("山田 花子", None, "山田"),
        ("", None, ""),
    ],
)
def test_first_name(name: str, preferred: str | None, first: str) -> None:
    assert names.first_name(name, preferred) == first


@pytest.mark.parametrize(
    "text", ["a@b", "priya.raman+x@mail.example.org", "jürgen@münchen.de", "x_1@sub.example", "o'neill@a.b"]
)
def test_these_look_like_addresses(text: str) -> None:
    assert names.is_email(text)


@pytest.mark.parametrize(
    "text",
    ["", "a", "@b", "a@", "a@@b", "a@b@c", "a b@c", "a@b c", "a..b@c", "a@b..c", "a@b.", "<a@b>", "a@b, c@d", "a@b\n",
     "a@b\nBcc: c@d", "x" * 65 + "@b", "a@" + "b" * 190],
)  # fmt: skip
def test_these_do_not_look_like_addresses(text: str) -> None:
    assert not names.is_email(text)
