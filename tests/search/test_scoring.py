"""What candidates are worth: pure reckoning."""

from __future__ import annotations

from datetime import UTC, datetime

from portal.search import scoring, words
from portal.search.scoring import Candidate, Link, Statistics, Wanted

STATISTICS = Statistics(1000, 10_000, {"rare": 5, "common": 600})
BOTH = [Wanted((("rare", 1.0),)), Wanted((("common", 1.0),))]


def item(item_id: int, title: str, text: str = "", day: int = 100, kind: str = "work") -> Candidate:
    bag = words.bag(title.split(), text.split())
    return Candidate(item_id, kind, None, day, 10, bag)


def order(*items: Candidate, wanted: list[Wanted] = BOTH) -> list[int]:
    return [one.item.id for one in scoring.score_items(items, wanted, STATISTICS)]


def test_all_words_before_the_rare_one_before_the_common_one() -> None:
    assert order(item(1, "common"), item(2, "rare"), item(3, "rare common"), item(4, "other")) == [3, 2, 1]


def test_the_title_counts_more_and_often_counts_more() -> None:
    assert order(item(1, "x", "rare"), item(2, "rare", "x"), item(3, "x", "rare rare rare rare rare")) == [3, 2, 1]


def test_part_of_a_word_is_no_word() -> None:
    assert order(item(1, "rarely unrare", "rarer")) == []


def test_what_is_nearly_the_word_counts_less() -> None:
    near = [Wanted((("rare", 0.5), ("common", 1.0)))]
    (far,) = scoring.score_items([item(1, "rare")], near, STATISTICS)
    (exact,) = scoring.score_items([item(1, "rare")], BOTH[:1], STATISTICS)
    assert 0 < far.score < exact.score


def test_equals_stand_by_day_and_then_by_id() -> None:
    assert order(item(1, "rare", day=5), item(2, "rare", day=9), item(3, "rare", day=9)) == [3, 2, 1]


def ranked(links: list[Link], *items: Candidate, mode: scoring.Mode = "expert", **more: object) -> list[int]:
    scored = scoring.score_items(items, BOTH[:1], STATISTICS)
    return [one.person_id for one in scoring.rank_people(scored, links, mode, **more)]  # type: ignore[arg-type]


def test_people_are_the_sum_of_their_items_and_equals_stand_by_id() -> None:
    links = [Link(1, 7, "author"), Link(2, 8, "author"), Link(3, 8, "reviewer"), Link(1, 6, "author")]
    assert ranked(links, item(1, "rare"), item(2, "rare"), item(3, "rare")) == [8, 6, 7]


def test_a_learner_is_nobody_to_ask() -> None:
    assert ranked([Link(1, 7, "learner"), Link(1, 8, "helper")], item(1, "rare", kind="claim")) == [8]


def test_an_answer_fades_and_an_expert_hardly_does() -> None:
    links = [Link(1, 7, "author"), Link(2, 7, "author"), Link(3, 8, "author")]
    items = item(1, "rare", day=10), item(2, "rare", day=11), item(3, "rare", day=1_500)
    assert ranked(links, *items) == [7, 8]
    assert ranked(links, *items, mode="answer") == [8, 7]


def test_who_is_active_comes_first_among_equals_where_an_answer_is_sought() -> None:
    links = [Link(1, 7, "author"), Link(1, 8, "author")]
    assert ranked(links, item(1, "rare"), mode="answer", activity={7: 10, 8: 900}) == [8, 7]
    assert ranked(links, item(1, "rare"), mode="expert", activity={7: 10, 8: 900}) == [7, 8]


def test_who_answered_the_asker_before_comes_first_among_equals_where_an_answer_is_sought() -> None:
    links, items = (
        [Link(1, 7, "author"), Link(2, 8, "author"), Link(3, 9, "author")],
        [item(n, "rare") for n in (1, 2, 3)],
    )
    before = {8: [10], 9: [9, 10]}
    assert ranked(links, *items, mode="answer", answers=before) == [9, 8, 7]
    assert ranked(links, *items, mode="answer", answers={8: [10_000], 9: [9, 10]}) == [8, 9, 7]  # it fades
    assert ranked(links, *items, mode="expert", answers=before) == [7, 8, 9]


def test_nothing_found_is_nobody() -> None:
    assert ranked([]) == []
    assert scoring.score_items([], [], Statistics(0, 0, {})) == []
    assert scoring.day_of(datetime(2026, 1, 2, tzinfo=UTC)) == datetime(2026, 1, 2, tzinfo=UTC).toordinal()
