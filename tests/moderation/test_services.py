""" "Something wrong here?": who may say it, to whom it goes, how often."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.core import clock
from portal.core.audit import AuditEntry
from portal.core.db import db, unit_of_work
from portal.core.errors import NotVisible, RuleBroken
from portal.moderation import queries, services
from portal.moderation.duties import forget_reports
from portal.moderation.models import Report
from portal.people import merging
from portal.people import services as people
from tests.makers import Make


def say(
    make: Make, by: int, about: int, kind: str = "wrong", words: str = "The title.", goes_to: str = "person"
) -> int:
    viewer = make.viewer(by)
    return make.do(lambda: services.report(viewer=viewer, person_id=about, kind=kind, words=words, goes_to=goes_to))


def rows(make: Make) -> list[Report]:
    return make.read(lambda: list(db.session.scalars(sa.select(Report).order_by(Report.id))))


def open_for_an_admin(make: Make) -> int:
    viewer = make.viewer(make.member("Olu Other", role="admin"), "member", "admin")
    return make.read(lambda: queries.how_many_open(viewer))


@pytest.fixture
def two(make: Make) -> tuple[int, int]:
    make.noise()
    return make.member("Gita Rao"), make.member("Mo Mate")


def test_it_goes_to_whom_it_is_meant_for(make: Make, two: tuple[int, int]) -> None:
    gita, mo = two
    say(make, mo, gita, "missing", "A place.", "person")
    say(make, mo, gita, "wrong", "The title.", "admins")
    for kind in ("left", "duplicate"):
        say(make, mo, gita, kind, "", "person")
    assert [row.goes_to for row in rows(make)] == ["person", "admins", "admins", "admins"]
    asked = make.read(lambda: queries.asked_of_me(make.viewer(gita)))
    assert [(one.kind, one.words) for one in asked] == [("missing", "A place.")]
    assert open_for_an_admin(make) == 3


def test_the_same_said_again_is_said_once_with_the_words_of_today(make: Make, two: tuple[int, int]) -> None:
    gita, mo = two
    first = say(make, mo, gita, words="The title.")
    assert say(make, mo, gita, words="The title is old.", goes_to="admins") == first
    assert [(row.words, row.goes_to) for row in rows(make)] == [("The title is old.", "admins")]


@pytest.mark.parametrize(
    ("kind", "words", "field"),
    [("wrong", "", "words"), ("missing", "", "words"), ("wrong", "x" * 501, "words"), ("odd", "Words", "kind")],
)
def test_what_is_not_right_has_to_be_said(
    make: Make, two: tuple[int, int], kind: str, words: str, field: str
) -> None:
    with pytest.raises(RuleBroken) as broken:
        say(make, two[1], two[0], kind, words)
    assert broken.value.field == field and rows(make) == []


def test_nobody_reports_themselves_and_guests_report_nobody(make: Make, two: tuple[int, int]) -> None:
    gita, mo = two
    guest, left = make.guest(), make.member()
    make.project("Elm", gita, guest)
    make.do(lambda: people.mark_left(person_id=left, actor_id=None))
    with pytest.raises(RuleBroken, match="own page"):
        say(make, gita, gita)
    for by, about in ((guest, gita), (mo, left), (mo, 10**9)):
        with pytest.raises(NotVisible):
            say(make, by, about)


def test_ten_in_any_24_hours(app: Flask, make: Make, two: tuple[int, int]) -> None:
    _gita, mo = two
    others = [make.person(f"Person {n}") for n in range(services.A_DAY + 1)]
    for other in others[:-1]:
        say(make, mo, other)
    with pytest.raises(RuleBroken, match="tomorrow"):
        say(make, mo, others[-1])
    with app.app_context(), clock.pinned(clock.now() + timedelta(hours=25)):
        viewer = make.viewer(mo)
        unit_of_work(
            lambda: services.report(viewer=viewer, person_id=others[-1], kind="left", words="", goes_to="admins")
        )


def test_whom_it_was_sent_to_settles_it(make: Make, two: tuple[int, int]) -> None:
    gita, mo = two
    admin = make.viewer(make.member("Ada Admin", role="admin"), "member", "admin")
    mine, theirs = say(make, mo, gita), say(make, mo, gita, "left")
    for viewer, report_id in ((make.viewer(mo), mine), (admin, mine), (make.viewer(gita), theirs), (admin, 10**9)):
        with pytest.raises(NotVisible):
            make.do(lambda v=viewer, r=report_id: services.settle(viewer=v, report_id=r))  # type: ignore[misc]
    make.do(lambda: services.settle(viewer=make.viewer(gita), report_id=mine))
    make.do(lambda: services.settle(viewer=admin, report_id=theirs))
    make.do(lambda: services.settle(viewer=admin, report_id=theirs))
    assert [row.settled_by_id for row in rows(make)] == [gita, admin.person_id]
    assert make.read(lambda: queries.asked_of_me(make.viewer(gita))) == []


def test_admins_alone_read_what_was_sent_to_them(make: Make, two: tuple[int, int]) -> None:
    gita, mo = two
    admin = make.viewer(make.member("Ada Admin", role="admin"), "member", "admin")
    for n in range(3):
        say(make, make.member(f"Writer {n}"), gita, "left")
    say(make, mo, gita)
    page = make.read(lambda: queries.reports(admin, size=2))
    more = make.read(lambda: queries.reports(admin, size=2, cursor=page.next))
    found = [*page.items, *more.items]
    assert [line.by_name for line in found] == ["Writer 2", "Writer 1", "Writer 0"]
    assert {line.name for line in found} == {"Gita Rao"}
    with pytest.raises(NotVisible):
        make.read(lambda: queries.reports(make.viewer(mo)))


def test_leaving_and_merging_settle_what_was_said_about_it(make: Make, two: tuple[int, int]) -> None:
    gita, mo = two
    boss = make.member("Ada Admin", role="admin")
    again = make.member("Gita Rao")
    say(make, mo, gita, "duplicate")
    make.do(lambda: merging.merge_people(kept_id=again, gone_id=gita, actor_id=boss))
    assert open_for_an_admin(make) == 0
    say(make, mo, again, "left")
    say(make, mo, again, "wrong")
    make.do(lambda: people.mark_left(person_id=again, actor_id=boss))
    assert all(row.settled_at for row in rows(make))


def test_settled_ones_are_forgotten_after_the_days_in_force(app: Flask, make: Make, two: tuple[int, int]) -> None:
    gita, mo = two
    first = say(make, mo, gita)
    say(make, mo, gita, "missing")
    make.do(lambda: services.settle(viewer=make.viewer(gita), report_id=first))
    with app.app_context(), clock.pinned(clock.now() + timedelta(days=91)):
        forget_reports()
    assert [row.kind for row in rows(make)] == ["missing"]


def test_an_admin_learns_nothing_of_what_is_said_about_them(make: Make, two: tuple[int, int]) -> None:
    """Neither who wrote it nor that it was written; another admin sees to it."""
    _gita, mo = two
    boss = make.viewer(make.member("Ada Admin", role="admin"), "member", "admin")
    number = say(make, mo, boss.person_id, "wrong", "The title.", "admins")
    assert make.read(lambda: queries.reports(boss)).items == []
    assert make.read(lambda: queries.how_many_open(boss)) == 0 and open_for_an_admin(make) == 1
    with pytest.raises(NotVisible):
        make.do(lambda: services.settle(viewer=boss, report_id=number))
    log = make.read(lambda: [(e.code, e.subject_id) for e in db.session.scalars(sa.select(AuditEntry))])
    assert ("profile_reported", boss.person_id) not in log
