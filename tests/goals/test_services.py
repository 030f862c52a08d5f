"""The rules of goals: who adds, keeps, owns, closes. On both databases."""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from portal.core import clock
from portal.core.audit import AuditEntry
from portal.core.db import db
from portal.core.errors import ChangedMeanwhile, NotVisible, RuleBroken
from portal.goals import services
from portal.goals.models import Goal
from portal.goals.services import MAX_NOTE, MAX_TITLE, MAX_WHY, Words
from portal.people import services as people
from tests.makers import Make


def add(make: Make, by: int, title: str = "Every club leaves with its data", **more: object) -> int:
    viewer = make.viewer(by, "admin")
    return make.do(lambda: services.add_goal(viewer=viewer, words=Words(title, **more)))  # type: ignore[arg-type]


def change(make: Make, by: int, goal_id: int, *roles: str, version: int | None = None, **words: object) -> None:
    viewer = make.viewer(by, *roles)
    row = kept(make, goal_id)
    wanted = replace(Words(row.title, row.why, row.owner_id, row.note), **words)  # type: ignore[arg-type]
    make.do(lambda: services.change_goal(viewer=viewer, goal_id=goal_id, words=wanted, version=version))


def close(make: Make, by: int, goal_id: int, *roles: str, **more: object) -> None:
    viewer = make.viewer(by, *roles)
    make.do(lambda: services.close_goal(viewer=viewer, goal_id=goal_id, **more))  # type: ignore[arg-type]


def reopen(make: Make, by: int, goal_id: int, *roles: str) -> None:
    viewer = make.viewer(by, *roles)
    make.do(lambda: services.reopen_goal(viewer=viewer, goal_id=goal_id))


def kept(make: Make, goal_id: int) -> Goal:
    return make.read(lambda: db.session.get_one(Goal, goal_id))


def audited(make: Make) -> list[str]:
    query = sa.select(AuditEntry.code).where(AuditEntry.code.like("goal%")).order_by(AuditEntry.id)
    return make.read(lambda: list(db.session.scalars(query)))


@pytest.fixture
def admin(make: Make) -> int:
    make.noise(1)
    return make.member("Amara Admin", "admin")


@pytest.fixture
def owner(make: Make) -> int:
    return make.member("Omar Owner")


@pytest.fixture
def other(make: Make) -> int:
    return make.member("Ines Other")


# ---- adding ------------------------------------------------------------------------------------------------


def test_an_admin_adds_a_goal(make: Make, admin: int, owner: int) -> None:
    now = clock.now()
    with clock.pinned(now):
        made = add(make, admin, "Leave with your data", why="It is theirs.", owner_id=owner, note="Two of nine.")
    row = kept(make, made)
    assert (row.slug, row.title, row.sort_key) == ("leave-with-your-data", "Leave with your data", row.title.lower())
    assert (row.why, row.owner_id, row.note, row.noted_at) == ("It is theirs.", owner, "Two of nine.", now)
    assert (row.closed_at, row.version, row.created_at, row.audience_id) == (None, 0, now, 1)
    assert audited(make) == ["goal_added"]


def test_a_title_is_enough(make: Make, admin: int) -> None:
    row = kept(make, add(make, admin, "One"))
    assert (row.why, row.owner_id, row.note, row.noted_at) == ("", None, "", None)


def test_nobody_else_adds_one(make: Make, other: int) -> None:
    guest = make.guest("Gus Guest")
    for viewer in (make.viewer(other), make.viewer(guest), make.viewer(guest, "guest", "admin")):
        with pytest.raises(NotVisible):
            make.do(lambda viewer=viewer: services.add_goal(viewer=viewer, words=Words("Mine")))  # type: ignore[misc]
    assert make.read(lambda: db.session.scalar(sa.select(sa.func.count(Goal.id)))) == 0
    assert audited(make) == []


@pytest.mark.parametrize("title", ["", "   ", "\u3164", "\u200d", "🎉", "🎉🎉 !", "…", "🎉\u3164", "\u0301"])
def test_a_title_holds_a_letter_or_a_number(make: Make, admin: int, title: str) -> None:
    with pytest.raises(RuleBroken, match="in a few words") as broken:
        add(make, admin, title)
    assert broken.value.field == "title"


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("بيانات لكل نادٍ", "bynt-lkl-nd"),
        ("每个俱乐部都能带走数据", "meigejulebudounengdaizoushuju"),
        ("Öffnen für alle", "offnen-fur-alle"),
        ("2030", "2030"),
        ("🎉 Half the paper", "half-the-paper"),
        ("new", "new-1"),
        ("New!", "new-1"),
        ("W" * MAX_TITLE, "w" * 60),
    ],
)
def test_titles_in_any_script_have_an_address(make: Make, admin: int, title: str, slug: str) -> None:
    assert kept(make, add(make, admin, title)).slug == slug


def test_a_title_that_cannot_be_transliterated_has_an_address(make: Make, admin: int) -> None:
    slugs = {kept(make, add(make, admin, "\u0294\u0295")).slug for _ in range(2)}
    assert len(slugs) == 2
    assert all(re.fullmatch("goal-[a-z]{6}", slug) for slug in slugs)


def test_the_same_title_twice_has_two_addresses(make: Make, admin: int) -> None:
    assert [kept(make, add(make, admin, title)).slug for title in ("Save paper", "Save  Paper!", "SAVE PAPER")] == [
        "save-paper",
        "save-paper-2",
        "save-paper-3",
    ]


def test_two_at_once_have_two_addresses(make: Make, admin: int) -> None:
    gate = threading.Barrier(3)
    made: list[int] = []
    wrong: list[Exception] = []

    def work() -> None:
        gate.wait()
        try:
            made.append(add(make, admin, "Save paper"))
        except Exception as error:
            wrong.append(error)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert {kept(make, one).slug for one in made} == {"save-paper", "save-paper-2", "save-paper-3"}


def test_every_word_has_its_limit(make: Make, admin: int) -> None:
    made = add(make, admin, "ä" * MAX_TITLE, why="ö" * MAX_WHY, note="ü" * MAX_NOTE)
    for field, words in (
        ("title", {"title": "x" * (MAX_TITLE + 1)}),
        ("why", {"why": "x" * (MAX_WHY + 1)}),
        ("note", {"note": "x" * (MAX_NOTE + 1)}),
    ):
        with pytest.raises(RuleBroken, match="1 character over") as broken:
            change(make, admin, made, "admin", **words)
        assert broken.value.field == field
        with pytest.raises(RuleBroken):
            add(make, admin, **({"title": "x"} | words))
    with pytest.raises(RuleBroken):
        close(make, admin, made, "admin", note="x" * (MAX_NOTE + 1))
    row = kept(make, made)
    assert (row.version, row.closed_at) == (0, None), "nothing of it was written"


def test_a_title_that_unfolds_still_fits_an_index(make: Make, admin: int) -> None:
    assert len(kept(make, add(make, admin, "\ufdfa" * MAX_TITLE)).sort_key) == 200


# ---- changing ----------------------------------------------------------------------------------------------


def test_owner_and_admins_keep_it(make: Make, admin: int, owner: int) -> None:
    made = add(make, admin, owner_id=owner)
    change(make, owner, made, title="By its owner")
    change(make, admin, made, "admin", title="By an admin")
    row = kept(make, made)
    assert (row.title, row.sort_key, row.version) == ("By an admin", "by an admin", 2)
    assert row.slug == "every-club-leaves-with-its-data", "the address stays"


def test_nobody_else_keeps_it(make: Make, admin: int, owner: int, other: int) -> None:
    made = add(make, admin, owner_id=owner)
    guest = make.guest("Gus Guest")
    for who, roles in ((other, ()), (guest, ()), (guest, ("guest", "admin"))):
        for verb in (
            lambda who=who, roles=roles: change(make, who, made, *roles, title="Mine"),  # type: ignore[misc]
            lambda who=who, roles=roles: close(make, who, made, *roles),  # type: ignore[misc]
            lambda who=who, roles=roles: reopen(make, who, made, *roles),  # type: ignore[misc]
        ):
            with pytest.raises(NotVisible):
                verb()
    row = kept(make, made)
    assert (row.title, row.closed_at, row.version) == ("Every club leaves with its data", None, 0)


def test_a_goal_that_is_not_there(make: Make, admin: int) -> None:
    viewer = make.viewer(admin, "admin")
    for goal_id in (0, -1, 999):
        for verb in (
            lambda: services.change_goal(viewer=viewer, goal_id=goal_id, words=Words("x")),  # noqa: B023
            lambda: services.close_goal(viewer=viewer, goal_id=goal_id),  # noqa: B023
            lambda: services.reopen_goal(viewer=viewer, goal_id=goal_id),  # noqa: B023
        ):
            with pytest.raises(NotVisible):
                make.do(verb)


def test_the_note_has_the_day_its_words_changed(make: Make, admin: int) -> None:
    start = clock.now()
    with clock.pinned(start):
        made = add(make, admin, note="Two of nine.")
    with clock.pinned(start + timedelta(days=3)):
        change(make, admin, made, "admin", why="Another why.")
        assert kept(make, made).noted_at == start, "the same words are as old as they were"
        change(make, admin, made, "admin", note="Three of nine.")
        assert kept(make, made).noted_at == start + timedelta(days=3)
        change(make, admin, made, "admin", note="")
    row = kept(make, made)
    assert (row.note, row.noted_at) == ("", None)


def test_two_tabs_notice_each_other(make: Make, admin: int) -> None:
    made = add(make, admin)
    change(make, admin, made, "admin", version=0, title="First tab")
    with pytest.raises(ChangedMeanwhile):
        change(make, admin, made, "admin", version=0, title="Second tab")
    assert kept(make, made).title == "First tab"
    change(make, admin, made, "admin", version=0, title="First tab")
    change(make, admin, made, "admin", version=1, title="Second tab")
    row = kept(make, made)
    assert (row.title, row.version) == ("Second tab", 2), "the same words are no change and no conflict"


def test_two_tabs_at_once(make: Make, admin: int) -> None:
    made, viewer, gate = add(make, admin), make.viewer(admin, "admin"), threading.Barrier(3)
    results: list[str] = []

    def work(title: str) -> None:
        gate.wait()
        try:
            make.do(
                lambda: services.change_goal(viewer=viewer, goal_id=made, words=Words(title), version=0),
            )
            results.append("saved")
        except ChangedMeanwhile:
            results.append("told")

    threads = [threading.Thread(target=work, args=(f"Tab {n}",)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["saved", "told", "told"]
    assert kept(make, made).version == 1


# ---- the owner ---------------------------------------------------------------------------------------------


def test_handing_it_over(make: Make, admin: int, owner: int, other: int) -> None:
    made = add(make, admin, owner_id=owner)
    change(make, owner, made, owner_id=other)
    assert kept(make, made).owner_id == other
    with pytest.raises(NotVisible):
        change(make, owner, made, title="I am no longer the owner")
    change(make, other, made, owner_id=None)
    assert kept(make, made).owner_id is None
    with pytest.raises(NotVisible):
        change(make, other, made, title="Nor am I")


def test_the_owner_is_somebody_who_works_here(make: Make, admin: int) -> None:
    made = add(make, admin)
    guest, gone, over = make.guest("Gus Guest"), make.member("Gone Person"), make.member("Over Person")
    make.do(lambda: people.mark_left(person_id=gone, actor_id=None))
    yesterday = date.today() - timedelta(days=2)
    make.do(lambda: db.session.execute(sa.text("UPDATE person SET ends_on = :d WHERE id = :i"),
                                       {"d": yesterday, "i": over}))  # fmt: skip
    for person_id, said in ((guest, "works here"), (gone, "Nobody"), (over, "Nobody"), (99999, "Nobody")):
        for verb in (
            lambda p=person_id: change(make, admin, made, "admin", owner_id=p),
            lambda p=person_id: add(make, admin, owner_id=p),
        ):
            with pytest.raises(RuleBroken, match=said) as broken:
                verb()
            assert broken.value.field == "owner"
    assert kept(make, made).owner_id is None


def test_a_leaver_owns_nothing(make: Make, admin: int, owner: int, other: int) -> None:
    mine, theirs = add(make, admin, "Mine", owner_id=owner), add(make, admin, "Theirs", owner_id=other)
    closed = add(make, admin, "Closed", owner_id=owner)
    close(make, admin, closed, "admin")
    make.do(lambda: people.mark_left(person_id=owner, actor_id=None))
    assert [kept(make, one).owner_id for one in (mine, theirs, closed)] == [None, other, None]
    assert [kept(make, one).version for one in (mine, theirs, closed)] == [1, 0, 1], "an open form notices"
    with pytest.raises(NotVisible):
        change(make, owner, mine, title="From a tab that was still open")


def test_leaving_while_it_is_handed_to_them(make: Make, admin: int) -> None:
    """Whoever is first: a leaver is never left as the owner."""
    viewer = make.viewer(admin, "admin")
    for _ in range(4):
        made, heir, gate = add(make, admin), make.member("Heir Apparent"), threading.Barrier(2)

        def hand_over(made: int = made, heir: int = heir, gate: threading.Barrier = gate) -> None:
            words = Words("Handed", owner_id=heir)
            gate.wait()
            try:
                make.do(lambda: services.change_goal(viewer=viewer, goal_id=made, words=words))
            except RuleBroken as broken:
                assert broken.field == "owner"

        def leave(heir: int = heir, gate: threading.Barrier = gate) -> None:
            gate.wait()
            make.do(lambda: people.mark_left(person_id=heir, actor_id=None))

        threads = [threading.Thread(target=hand_over), threading.Thread(target=leave)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert kept(make, made).owner_id is None


def test_an_owner_who_is_erased(make: Make, admin: int) -> None:
    gone = make.person("Gone Person")
    made = add(make, admin, owner_id=gone)
    make.do(lambda: db.session.execute(sa.text("DELETE FROM person WHERE id = :id"), {"id": gone}))
    assert kept(make, made).owner_id is None


# ---- closing -----------------------------------------------------------------------------------------------


def test_closing_and_opening_again(make: Make, admin: int, owner: int) -> None:
    made = add(make, admin, owner_id=owner, note="Two of nine.")
    now = clock.now()
    with clock.pinned(now):
        close(make, owner, made, note="Reached.", version=0)
    row = kept(make, made)
    assert (row.closed_at, row.note, row.noted_at) == (now, "Reached.", now)
    with clock.pinned(now + timedelta(days=1)):
        close(make, admin, made, "admin")
        close(make, admin, made, "admin", note="Reached.")
    row = kept(make, made)
    assert (row.closed_at, row.noted_at) == (now, now), "a second time changes nothing"
    reopen(make, owner, made)
    reopen(make, owner, made)
    row = kept(make, made)
    assert (row.closed_at, row.note) == (None, "Reached.")
    assert audited(make) == ["goal_added", "goal_closed", "goal_reopened"]


def test_closing_without_a_word_leaves_the_note(make: Make, admin: int) -> None:
    made = add(make, admin, note="Two of nine.")
    close(make, admin, made, "admin")
    row = kept(make, made)
    assert (row.note, row.version) == ("Two of nine.", 0)


def test_closing_never_writes_over_anothers_note(make: Make, admin: int) -> None:
    made = add(make, admin, note="Two of nine.")
    change(make, admin, made, "admin", note="Three of nine.")
    with pytest.raises(ChangedMeanwhile):
        close(make, admin, made, "admin", note="Reached.", version=0)
    assert kept(make, made).closed_at is None
    close(make, admin, made, "admin", note="Three of nine.", version=0)
    assert kept(make, made).closed_at is not None, "with the note as it stands there is nothing to lose"


def test_an_open_form_does_not_mind_that_it_was_closed_meanwhile(make: Make, admin: int) -> None:
    made = add(make, admin)
    close(make, admin, made, "admin")
    change(make, admin, made, "admin", version=0, why="Written before it was closed.")
    row = kept(make, made)
    assert row.why and row.closed_at is not None, "the words are kept, and it stays closed"
