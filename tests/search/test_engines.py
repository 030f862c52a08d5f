"""The engines find what holds the words, the newest first; and say when their index is not that of the items."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from flask import Flask

from portal.core import clock, settings
from portal.core.db import db
from portal.search import checks, duties, services, vocabulary
from portal.search.engines import engine
from portal.search.models import SearchItem
from portal.search.vocabulary import TOTALS
from tests.makers import Make
from tests.search.conftest import Index


def held(make: Make, word: str, *beside: str) -> list[int | None]:
    def work() -> list[int | None]:
        ids = list(db.session.scalars(engine().holding(word, beside)))
        subject = dict(db.session.execute(sa.select(SearchItem.id, SearchItem.subject_id)).tuples().all())
        return [subject[one] for one in ids]

    return make.read(work)


def test_the_newest_first_and_only_whole_words(make: Make, index: Index) -> None:
    index.put(1, "Alpha beta", "gamma")
    index.put(2, "Alphabet", "beta")
    index.put(3, "Delta", "alpha alpha alpha")
    assert held(make, "alpha") == [3, 1]
    assert held(make, "alpha", "beta", "nothing") == [1]
    assert held(make, "c++") == [] == held(make, "'\"\\") == held(make, "*")


def test_a_lost_index_is_noticed_and_mended(app: Flask, make: Make, index: Index) -> None:
    index.put(1, "Alpha")
    look = checks.CHECKS[0]
    assert make.read(look.look) == []
    gone = "DELETE FROM fts_search_item_data WHERE id > 10" if make.read(
        lambda: db.engine.dialect.name
    ) == "sqlite" else "DROP INDEX fts_search_item_words"  # fmt: skip
    if gone.startswith("DELETE"):
        make.do(lambda: db.session.execute(sa.text(gone)))
        assert make.read(look.look)
        assert look.mend is not None
        make.read(look.mend)
        assert make.read(look.look) == []
        assert held(make, "alpha") == [1]


def test_what_is_missing_from_the_index_is_noticed_and_mended(make: Make, index: Index) -> None:
    me = make.person("Noor Haddad")
    look = checks.CHECKS[1]
    assert make.read(look.look) == []
    make.do(lambda: services.remove(kind="person", subject_id=me))
    assert make.read(look.look)
    assert look.mend is not None
    make.read(look.mend)
    assert make.read(look.look) == []
    assert index.people(me, "noor") == [me]


def test_the_vocabulary_learns_at_once_and_counts_later(make: Make, index: Index) -> None:
    index.put(1, "Terraform", "terraform state")
    index.put(2, "Terraform", "modules")
    asked = make.read(lambda: vocabulary.understand("terraform"))
    assert asked.statistics.holding["terraform"] == 1
    index.count()
    asked = make.read(lambda: vocabulary.understand("terraform"))
    assert (asked.statistics.holding["terraform"], asked.statistics.items) == (2, 2)
    assert make.read(lambda: vocabulary.understand("terrafrom")).words[-1] == "terraform"
    index.put(3, "Ansible")  # learned by a process that knew the others already
    assert make.read(lambda: vocabulary.understand("ansibel")).words[-1] == "ansible"
    assert make.read(lambda: vocabulary.understand("ansibel", typos=False)).words == ["ansibel"]


def test_a_question_is_bounded(make: Make, index: Index) -> None:
    for number in range(3):
        index.put(number, " ".join(f"word{n}x" for n in range(40)))
    asked = make.read(lambda: vocabulary.understand(" ".join(f"word{n}x" for n in range(200))))
    assert len(asked.wanted) <= 16


def test_words_are_counted_again_where_something_changed(make: Make, index: Index) -> None:
    index.put(1, "Terraform", kind="work")
    assert make.read(lambda: settings.get(TOTALS)) is None
    make.read(duties.count_again)
    first = make.read(lambda: settings.get(TOTALS))
    assert first["items"] == 1
    make.read(duties.count_again)
    assert make.read(lambda: settings.get(TOTALS)) == first
    index.put(2, "Terraform again", kind="work")
    make.read(duties.count_again)
    assert make.read(lambda: settings.get(TOTALS))["items"] == 2
    with clock.pinned(clock.now() + timedelta(days=2)):
        make.read(duties.count_again)
        assert make.read(lambda: settings.get(TOTALS))["stamp"] > first["old_at"]


def test_what_was_there_before_search_gets_in(make: Make, index: Index) -> None:
    me = make.person("Noor Haddad")
    make.do(lambda: services.remove(kind="person", subject_id=me))
    assert index.people(me, "noor") == []
    make.read(duties.count_again)
    assert index.people(me, "noor") == [me]
