"""Reading what people paste: never at a loss, no address lost, in order, each once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.people import names
from portal.teams import pasted
from portal.teams.pasted import LONGEST, Pasted, name_of_address


def read(text: str) -> list[tuple[str, str]]:
    """(address, name) of each."""
    return [(one.email, one.name) for one in pasted.read(text)]


HANA, JONAS = ("hana@x.org", "Hana Kim"), ("jonas@x.org", "")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        (" \n\t;,, ;\r\n--- … \n", []),
        ("Hana Kim <hana@x.org>, jonas@x.org; Ben", [HANA, JONAS, ("", "Ben")]),
        ("hana@x.org", [("hana@x.org", "")]),
        ("<hana@x.org>", [("hana@x.org", "")]),
        ("< hana@x.org >", [("hana@x.org", "")]),
        ("HANA@X.org", [("HANA@X.org", "")]),
        ("Hana Kim hana@x.org", [HANA]),
        ("hana@x.org Hana Kim", [HANA]),
        ("hana@x.org (Hana Kim)", [HANA]),
        ('"Hana Kim" <hana@x.org>', [HANA]),
        ("'Hana Kim' <hana@x.org>", [HANA]),
        ('"Kim, Hana" <hana@x.org>; "Weber, Jonas" <jonas@x.org>', [HANA, ("jonas@x.org", "Jonas Weber")]),
        ("Kim, Hana <hana@x.org>", [HANA]),
        ("Kim, Hana <hana@x.org>; Weber, Jonas <jonas@x.org>", [HANA, ("jonas@x.org", "Jonas Weber")]),
        ("Kim, Hana Marie <hana.kim@x.org>", [("hana.kim@x.org", "Hana Marie Kim")]),
        ("Ben, Hana Kim <hana@x.org>", [("", "Ben"), HANA]),
        ("jonas@x.org, Hana Kim <hana@x.org>", [JONAS, HANA]),
        ("Hana Kim <MailTo:hana@x.org>", [HANA]),
        ("mailto:hana@x.org", [("hana@x.org", "")]),
        ("[hana@x.org](mailto:hana@x.org)", [("hana@x.org", "")]),
        ("hana@x.org <hana@x.org>", [("hana@x.org", "")]),
        ("Hana Kim\thana@x.org", [("", "Hana Kim"), ("hana@x.org", "")]),
        ("To: Hana Kim <hana@x.org>", [HANA]),
        ("Hana Kim – hana@x.org.", [HANA]),
        ("Hana Kim hana@x.org jonas@x.org", [HANA, JONAS]),
        ("hana@x.org jonas@x.org", [("hana@x.org", ""), JONAS]),
        ("Hana Kim <hana@x.org> Jo <jonas@x.org>", [HANA, ("jonas@x.org", "Jo")]),
        ("hana@x.org Hana Kim jonas@x.org Jo", [HANA, ("jonas@x.org", "Jo")]),
        ("Hana Kim <hana@x.org><jonas@x.org>", [HANA, JONAS]),
        ("Hana Kim hana@x.org jonas@x.org Ben", [HANA, JONAS, ("", "Ben")]),
        ('"hana@x.org, jonas@x.org,b@x.org"', [("hana@x.org", ""), JONAS, ("b@x.org", "")]),
        ('hana@x.org", "jonas@x.org', [("hana@x.org", ""), JONAS]),
        ("- Ben\n* Hana\n• Jo\n1. Ada\n12) Bo\n- 3. Cy", [("", n) for n in ("Ben", "Hana", "Jo", "Ada", "Bo", "Cy")]),
        ("Ben\rHana\r\nJo\u2028Ada", [("", n) for n in ("Ben", "Hana", "Jo", "Ada")]),
        ("山田 花子、鈴木；佐藤，李", [("", n) for n in ("山田 花子", "鈴木", "佐藤", "李")]),
        ("عبد الرحمن، علي", [("", "عبد الرحمن"), ("", "علي")]),
        ("Grace 🎉 Mwangi", [("", "Grace 🎉 Mwangi")]),
        ("Anne-Marie O'Neill", [("", "Anne-Marie O'Neill")]),
        ("Ben (Platform)", [("", "Ben Platform")]),
        ("Hana Kim <>", [("", "Hana Kim")]),
        ("Ada Ada@x.org ADA", [("Ada@x.org", "Ada ADA")]),
        ("@hana Hana Kim hana@x.org", [HANA]),
    ],
)  # fmt: skip
def test_what_people_paste(text: str, found: list[tuple[str, str]]) -> None:
    assert read(text) == found


@pytest.mark.parametrize(
    "text",
    ["@", "@hana", "hana@", "a@b@c.org", "hana@x.org..de", "x@@y", "12345", "+49 30 1234", "Hana <the boss>", "☎ 12",
     "n" * (LONGEST + 1), "https://user@"],
)  # fmt: skip
def test_what_is_neither_an_address_nor_a_name_is_said_to_be_so(text: str) -> None:
    found = pasted.read(text)
    if any(c.isalnum() for c in text):
        assert [one.is_nonsense for one in found] == [True]
        assert found[0].raw[: LONGEST - 1] == text[: LONGEST - 1]
        assert len(found[0].raw) <= LONGEST
    else:
        assert found == []


def test_nonsense_beside_an_address_takes_nothing_with_it() -> None:
    found = pasted.read("Hana x@@y hana@x.org")
    assert [(one.raw, one.is_nonsense) for one in found] == [("Hana <hana@x.org>", False), ("x@@y", True)]
    assert read("n" * 300 + " hana@x.org") == [("hana@x.org", "")], "a name of 300 letters is none"


def test_each_once_whatever_its_case_and_spaces() -> None:
    assert read("hana@x.org, HANA@X.ORG; <Hana@x.org>") == [("hana@x.org", "")]
    assert read("Ben Kim; ben  KIM\nBén Kim; Ben") == [("", "Ben Kim"), ("", "Ben")]
    assert read("hana@x.org, jonas@x.org, Hana Kim <hana@x.org>") == [HANA, JONAS], (
        "with the name, at the first place"
    )
    assert len(pasted.read("12345, 12345")) == 1


def test_300_lines_with_half_of_them_nonsense() -> None:
    lines = [f"p{n}@x.org" if n % 2 else f"{n} @@" for n in range(300)]
    found = pasted.read("\n".join(lines))
    assert [one.email for one in found if one.email] == lines[1::2]
    assert [one.raw for one in found if one.is_nonsense] == lines[::2]


def test_5000_people_in_any_form_are_read() -> None:
    for sep in ("\n", " "):
        found = pasted.read(sep.join(f"Person{n} <p{n}@x.org>" for n in range(5000)))
        assert [one.email for one in found] == [f"p{n}@x.org" for n in range(5000)], repr(sep)


@pytest.mark.parametrize("bad", ["<", '"', '"a<', "a@", "1. ", "(", "@", "a, b<", "<>", "x@y,"])
def test_long_rubbish_is_read_in_no_time(bad: str) -> None:
    assert len(pasted.read(bad * 10_000)) <= 3


# ---- whatever is pasted --------------------------------------------------------------------------------------

ODD = st.text(alphabet=st.sampled_from(list("aB@<>\"',;. \t\n\r()[]:-1|é山\u2028\u200d🎉")), max_size=60)


@given(st.one_of(st.text(max_size=200), ODD))
def test_nothing_is_too_odd(text: str) -> None:
    found = pasted.read(text)
    assert len({one.key for one in found}) == len(found), "each once"
    for one in found:
        assert one.raw and len(one.raw) <= LONGEST + 60 and "\n" not in one.raw
        assert not one.email or names.is_email(one.email)
        assert not one.name or names.is_visible(one.name)
        assert one.key


@given(st.one_of(st.text(max_size=200), ODD))
def test_what_is_read_reads_the_same_again(text: str) -> None:
    """The check list is sent once more as its lines."""
    found = [one for one in pasted.read(text) if not one.is_nonsense]
    again = pasted.read("\n".join(one.raw for one in found))
    assert {one.email_key for one in found} == {one.email_key for one in again}
    assert [one.key for one in again if one.email] == [one.key for one in found if one.email]


WORD = st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=8)
ADDRESS = st.builds(lambda a, b: f"{a}@{b}.org", WORD, WORD)
PERSON = st.tuples(st.one_of(st.just(""), WORD.map(str.title)), ADDRESS)
FORMS = st.sampled_from(["{n} <{a}>", '"{n}" <{a}>', "{n} {a}", "<{a}>", "{a}", "{n} <mailto:{a}>", "{n} ({a})"])
BETWEEN = st.sampled_from([", ", "; ", "\n", "\r\n", ",", ";", "\t", " ;\n", "，", "、", "\n- ", "\n1. "])


@given(st.lists(st.tuples(PERSON, FORMS, BETWEEN), max_size=12))
def test_no_address_is_lost_whatever_stands_between(people: list[tuple[tuple[str, str], str, str]]) -> None:
    text = "".join(form.format(n=name, a=email) + between for (name, email), form, between in people)
    wanted = list(dict.fromkeys(email for (_name, email), _form, _between in people))
    assert [one.email for one in pasted.read(text) if one.email] == wanted


@given(st.lists(ADDRESS, max_size=20), st.sampled_from([" ", "  ", " \u00a0", " and "]))
def test_no_address_is_lost_between_spaces(addresses: list[str], between: str) -> None:
    found = [one.email for one in pasted.read(between.join(addresses)) if one.email]
    assert found == list(dict.fromkeys(addresses))


# ---- keys and names ------------------------------------------------------------------------------------------


def test_keys_are_the_same_for_what_reads_the_same() -> None:
    assert Pasted("Hana <HANA@x.org>", "HANA@x.org", "Hana").key == Pasted("hana@x.org", "hana@x.org", "").key
    assert Pasted("Bén", "", "Bén").key == Pasted("ben", "", "ben").key
    assert Pasted("?", "", "").key == "?"
    assert Pasted("?", "", "").email_key == ""


@pytest.mark.parametrize(
    ("email", "name"),
    [
        ("ada.lovelace@x.org", "Ada Lovelace"),
        ("ada_lovelace-king@x.org", "Ada Lovelace King"),
        ("ada.lovelace2+team@x.org", "Ada Lovelace"),
        ("ADA@x.org", "ADA"),
        ("mcDonald@x.org", "McDonald"),
        ("o'neill@x.org", "O'neill"),
        ("émile.zola@x.org", "Émile Zola"),
        ("12345@x.org", "12345"),
        ("_@x.org", "_"),
        ("+49171@x.org", "+49171"),
        ("+@x.org", "+"),
    ],
)
def test_a_first_guess_at_a_name(email: str, name: str) -> None:
    assert name_of_address(email) == name


@given(st.text(alphabet="aÄ山+-_.'1", min_size=1, max_size=20).map(lambda local: f"{local}@x.org"))
def test_a_guess_is_never_empty(email: str) -> None:
    assert name_of_address(email)
