"""Names of topics: what is one name, what is nearly one, and addresses."""

from __future__ import annotations

import pytest

from portal.people.names import handle_for
from portal.topics import naming


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Machine learning", "machine-learning"), ("  Kubernetes ", "KUBERNETES"), ("Café culture", "cafe culture"),
        ("Rocket 🚀", "rocket"), ("kuber\u200bnetes", "Kubernetes"), ("kuber\u200dnetes", "Kubernetes"),
        ("\u202eKubernetes", "Kubernetes"), ("U.S.", "u.s"), ("Ｋubernetes", "kubernetes"),
    ],
)  # fmt: skip
def test_one_name_in_two_spellings(one: str, other: str) -> None:
    assert naming.key_of(one) == naming.key_of(other) != ""


def test_signs_that_tell_tell_and_nothing_is_no_name() -> None:
    names = ["c", "C++", "C#", ".NET", "net", "R&D", "RD", "node.js", "数据库", "مشروع", "Базы данных"]
    assert len({naming.key_of(name) for name in names}) == len(names)
    assert len({handle_for(naming.address_words(name)) for name in names if name.isascii()}) == 8
    for nothing in ("", "  ", "🚀", "+++", "...", "\u200b\u200d", "&", "!?"):
        assert naming.key_of(nothing) == ""
    assert naming.tidy("a\u202e\u200bb   c") == "ab c"
    assert naming.split("Kubernetes, kubernetes;\nSQL，数据库、SQL ,, ") == ["Kubernetes", "SQL", "数据库"]


def test_what_is_nearly_a_name() -> None:
    keys = ["kubernetes", "c++", "c", "python 2", "python 3", "contract reading", "java", "javascript", "sql"]
    known = {key: number for number, key in enumerate(keys)}
    for typed, meant in {
        "kubernets": ["kubernetes"], "kubernetse": ["kubernetes"], "reading contracts": ["contract reading"],
        "sqls": ["sql"], "c#": [], "python": [], "python 3": [], "jave": ["java"], "sq": [],
    }.items():  # fmt: skip
        assert naming.near(typed, known) == meant, typed
    assert naming.completing("kuber", known) == [0]
    assert naming.completing("Java", known) == [6, 7]
    assert naming.completing("script", known) == [7]
    assert naming.completing("🚀", known) == []


def test_likely_duplicates_are_found_without_comparing_all_with_all() -> None:
    keys = [(f"subject number {number:04d} of {number % 7}", number) for number in range(3_000)]
    keys += [("kubernetes", 9001), ("kubernets", 9002), ("data retention", 9003), ("retention data", 9004),
             ("c", 9005), ("c++", 9006)]  # fmt: skip
    pairs = naming.pairs_alike(keys)
    assert {(9001, 9002), (9003, 9004)} <= set(pairs)
    assert not any(9005 in pair or 9006 in pair for pair in pairs)
