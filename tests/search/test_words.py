"""One way of taking text apart, for what is written and for what is asked."""

from __future__ import annotations

import pytest

from portal.search import words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("net/mlx5", ["net", "mlx5", "netmlx5"]),
        ("E-Mail", ["e", "mail", "email"]),
        ("getUserName", ["getusername", "get", "user", "name"]),
        ("C++ and C#, .NET", ["c++", "and", "c#", ".net", "net"]),
        ("ASP.NET", ["asp", "net", "aspnet"]),
        ("Müller Straße İstanbul", ["muller", "strasse", "istanbul"]),
        ("ｆｕｌｌ ﬁt", ["full", "fit"]),
        ("王小明", ["王小", "小明"]),
        ("王", ["王"]),
        ("हिन्दी", ["हिन्दी"]),
        ("bo\u200bok \u202eabc\u202c", ["book", "abc"]),
        ("exports queries boxes", ["export", "query", "box"]),
        ("gas bus class analysis", ["gas", "bus", "class", "analysis"]),
        ("😀 !!! --- \" ' ; DROP", ["drop"]),
        ("", []),
        ("a" * 41 + " short", ["short"]),
    ],
)
def test_text_is_taken_apart(text: str, found: list[str]) -> None:
    assert words.words_of(text) == found


def test_a_name_is_looked_for_in_latin_letters_too() -> None:
    assert {"мария", "mariya"} <= set(words.name_words("Мария"))


def test_a_bag_says_where_and_how_often_and_not_in_which_order() -> None:
    bag = words.bag(
        words.words_of("Fix the queue"), words.words_of("The zebra queue: queue zebra, queue, queue apple")
    )
    assert bag == "apple fix= queue=** the= zebra*"
    assert words.bare(bag) == ["apple", "fix", "queue", "the", "zebra"]
    assert words.titled(bag) == ["fix", "queue", "the"]


def test_common_words_are_asked_for_only_alone() -> None:
    assert words.asked_for("who knows about the queue") == ["queue"]
    assert words.asked_for("who is the") == ["who", "is", "the"]


def test_endless_text_is_bounded() -> None:
    endless = " ".join(f"w{number}" for number in range(100_000))
    bag = words.bag(["title"], words.words_of(endless))
    assert len(bag.split()) <= words.MOST_WORDS + 1
    assert len(words.asked_for(endless)) <= 4 * words.MOST_ASKED


@pytest.mark.parametrize(("typed", "last"), [("ann mü", "mu"), ("ann ", ""), ("", ""), ("net/ml", "ml"), ("...", "")])
def test_the_last_piece_is_what_is_still_being_typed(typed: str, last: str) -> None:
    assert words.last_piece(typed) == last
