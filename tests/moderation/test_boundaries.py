"""Who is kept apart, and for how long somebody is paused."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.core import clock
from portal.core.audit import AuditEntry
from portal.core.db import db
from portal.core.errors import NotVisible, RuleBroken
from portal.moderation import queries, services
from portal.moderation.models import Boundary, Pause
from portal.people import merging
from portal.people import services as people
from tests.client import Client
from tests.makers import Make


def put(make: Make, by: int, about: int, kind: str) -> None:
    make.do(lambda: db.session.add(Boundary(person_id=by, other_id=about, kind=kind, at=clock.now())))


@pytest.fixture
def four(make: Make) -> tuple[int, int, int, int]:
    noise = make.noise()
    put(make, noise[0], noise[1], "block")
    return make.member("Gita Rao"), make.member("Mo Mate"), make.member("Bo Lindgren"), make.member("Esi Mensah")


def test_a_block_is_one_sided_and_of_those_who_are_asked_about(make: Make, four: tuple[int, int, int, int]) -> None:
    gita, mo, bo, esi = four
    put(make, mo, gita, "block")
    put(make, bo, gita, "never")
    put(make, esi, gita, "block")
    assert make.read(lambda: queries.who_blocked(gita, [mo, bo])) == {mo}
    assert make.read(lambda: queries.who_blocked(gita, [])) == set()
    assert make.read(lambda: queries.who_blocked(mo, list(four))) == set()


def test_kept_apart_holds_both_ways_and_for_never_as_well(make: Make, four: tuple[int, int, int, int]) -> None:
    gita, mo, bo, esi = four
    put(make, mo, gita, "block")
    put(make, gita, bo, "never")
    assert make.read(lambda: queries.who_keeps_apart(gita, list(four))) == {mo, bo}
    assert make.read(lambda: queries.who_keeps_apart(bo, [gita, mo])) == {gita}
    assert make.read(lambda: queries.who_keeps_apart(esi, list(four))) == set()


def test_a_pause_ends_by_itself(make: Make, four: tuple[int, int, int, int]) -> None:
    gita, mo, _bo, _esi = four
    now = clock.now()
    pause = Pause(person_id=gita, until=now + timedelta(days=7), why="Calm down", by_id=mo, at=now)
    make.do(lambda: db.session.add(pause))
    found = make.read(lambda: queries.pause_of(gita))
    assert found is not None and found.why == "Calm down"
    assert make.read(lambda: queries.pause_of(mo)) is None
    with clock.pinned(now + timedelta(days=7)):
        assert make.read(lambda: queries.pause_of(gita)) is None


# ---- setting and undoing -----------------------------------------------------------------------------------


def apart(make: Make, by: int, about: int, kind: str) -> None:
    viewer = make.viewer(by)
    make.do(lambda: services.set_boundary(viewer=viewer, other_id=about, kind=kind))


def rows(make: Make) -> set[tuple[int, int, str]]:
    mine = sa.select(Boundary.person_id, Boundary.other_id, Boundary.kind)
    return set(make.read(lambda: db.session.execute(mine).tuples().all()))


def test_what_was_said_last_holds_and_twice_does_no_harm(make: Make, four: tuple[int, int, int, int]) -> None:
    gita, mo, _bo, _esi = four
    before = rows(make)
    for kind in ("never", "never", "block", "block"):
        apart(make, gita, mo, kind)
    assert rows(make) - before == {(gita, mo, "block")}
    apart(make, gita, mo, "never")
    assert rows(make) - before == {(gita, mo, "never")}
    viewer = make.viewer(gita)
    for _twice in range(2):
        make.do(lambda: services.undo_boundary(viewer=viewer, other_id=mo))
        assert rows(make) == before


def test_not_about_oneself_nor_a_leaver_nor_whom_a_guest_does_not_see(
    make: Make, four: tuple[int, int, int, int]
) -> None:
    gita, mo, bo, _esi = four
    guest = make.guest("Gus Guest")
    make.project("Elm", gita, guest)
    make.do(lambda: people.mark_left(person_id=mo, actor_id=None))
    with pytest.raises(RuleBroken, match="That is you"):
        apart(make, gita, gita, "block")
    for by, about, kind in ((gita, mo, "never"), (guest, bo, "block"), (gita, bo, "other"), (gita, 999, "never")):
        with pytest.raises(NotVisible):
            apart(make, by, about, kind)
    apart(make, guest, gita, "block")
    assert make.read(lambda: queries.who_blocked(gita, [guest])) == {guest}


def test_my_list_is_mine_and_keeps_leavers(make: Make, four: tuple[int, int, int, int]) -> None:
    gita, mo, bo, _esi = four
    for about, kind in ((mo, "never"), (bo, "block")):
        apart(make, gita, about, kind)
    apart(make, bo, gita, "block")
    make.do(lambda: people.mark_left(person_id=mo, actor_id=None))
    viewer = make.viewer(gita)
    first = make.read(lambda: queries.kept_apart(viewer, size=1))
    second = make.read(lambda: queries.kept_apart(viewer, cursor=first.next, size=1))
    assert [(one.name, one.kind) for one in (*first.items, *second.items)] == [
        ("Mo Mate", "never"), ("Bo Lindgren", "block"),
    ]  # fmt: skip
    assert second.next is None
    assert make.read(lambda: queries.boundary_of(viewer, bo)) == "block"
    assert make.read(lambda: queries.boundary_of(viewer, gita)) is None


def test_two_entries_of_one_person_are_not_kept_apart_from_themselves(
    make: Make, four: tuple[int, int, int, int]
) -> None:
    gita, mo, bo, _esi = four
    apart(make, gita, mo, "never")
    apart(make, bo, mo, "block")
    make.do(lambda: merging.merge_people(kept_id=gita, gone_id=mo, actor_id=bo))
    assert make.read(lambda: queries.who_keeps_apart(gita, [gita, mo, bo])) == {bo}
    viewer = make.viewer(gita)
    assert make.read(lambda: queries.kept_apart(viewer).items) == []


def test_nothing_is_written_down_for_others_to_read(make: Make, four: tuple[int, int, int, int]) -> None:
    gita, mo, _bo, _esi = four
    entries = sa.select(sa.func.count()).select_from(AuditEntry)
    before = make.read(lambda: db.session.scalar(entries))
    apart(make, gita, mo, "block")
    viewer = make.viewer(gita)
    make.do(lambda: services.undo_boundary(viewer=viewer, other_id=mo))
    assert make.read(lambda: db.session.scalar(entries)) == before


# ---- the pages ---------------------------------------------------------------------------------------------


def test_never_and_block_on_a_profile_and_undone_on_my_list(client: Client, make: Make) -> None:
    gita, mo = make.member("Gita Rao"), make.member("Mo Mate")
    handle = make.handle(mo)
    client.sign_in(make.email(gita))
    profile = client.get("people.person", handle=handle)
    done = client.follow(profile.submit(action=client.url("moderation.never", handle=handle)))
    assert done.flashes == ["Mo is never suggested to you. Nobody is told."]
    assert client.url("moderation.kept_apart") in done.links()
    mine = client.get("moderation.kept_apart")
    assert "Mo Mate Never suggested" in mine.main
    undone = client.follow(mine.submit(action=client.url("moderation.undo_apart", person_id=mo)))
    assert undone.flashes == ["Undone. Nobody is told."] and "Mo Mate" not in undone.main
    asked = client.get("moderation.block", handle=handle)
    assert "no admin sees it" in asked.main and rows(make) == set()
    blocked = client.follow(asked.submit(action=client.url("moderation.block", handle=handle)))
    assert blocked.flashes == ["Mo is blocked. Nobody is told."] and "You blocked Mo." in blocked.main
    assert "Mo Mate Blocked" in client.get("moderation.kept_apart").main


def test_the_other_sees_the_same_pages_as_before(client: Client, make: Make) -> None:
    make.noise()
    gita, mo = make.member("Gita Rao"), make.member("Mo Mate")
    hers = client.another().sign_in(make.email(mo))
    pages = [f"/p/{make.handle(gita)}", f"/p/{make.handle(mo)}", "/me/kept-apart"]

    def seen() -> list[str]:
        return [hers.get(path).main for path in pages]

    before = seen()
    apart(make, gita, mo, "block")
    assert seen() == before


def test_one_does_not_keep_apart_from_oneself(client: Client, make: Make) -> None:
    gita = make.member("Gita Rao")
    handle = make.handle(gita)
    client.sign_in(make.email(gita))
    assert not client.get("people.person", handle=handle).root.xpath("//details[contains(., 'Keep apart')]")
    client.get("moderation.block", handle=handle, status=404)
