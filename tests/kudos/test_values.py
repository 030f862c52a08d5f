"""What the organization stands for: 3 to 6, kept by the admins."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa

from portal.core.audit import AuditEntry
from portal.core.db import db
from portal.core.errors import ChangedMeanwhile, NotVisible, RuleBroken
from portal.kudos import queries, values
from portal.kudos.values import Words
from tests.makers import Make

NAMES = ("make it simple", "share what we know", "finish what we start", "start with the club", "be kind", "listen")


@pytest.fixture
def admin(make: Make) -> int:
    make.noise(1)
    return make.member("Amara Admin", role="admin")


def add(make: Make, by: int, *named: str) -> None:
    viewer = make.viewer(by, "admin")
    make.do(lambda: [values.add_value(viewer=viewer, words=Words(name)) for name in named])


def act(make: Make, who: int, work: str, slug: str, **more: object) -> None:
    viewer = make.viewer(who, "admin")
    make.do(lambda: getattr(values, work)(viewer=viewer, slug=slug, **more))


def offered(make: Make) -> list[str]:
    return make.read(lambda: [value.name for value in queries.open_values()])


def test_they_stand_in_their_order_and_are_moved_by_one(make: Make, admin: int) -> None:
    add(make, admin, *NAMES[:3])
    assert offered(make) == list(NAMES[:3])
    act(make, admin, "move_value", "finish-what-we-start", by=-1)
    assert offered(make) == [NAMES[0], NAMES[2], NAMES[1]]
    act(make, admin, "move_value", "make-it-simple", by=1)
    assert offered(make) == [NAMES[2], NAMES[0], NAMES[1]]
    for by, slug in ((-1, "finish-what-we-start"), (1, "share-what-we-know")):
        act(make, admin, "move_value", slug, by=by)
    assert offered(make) == [NAMES[2], NAMES[0], NAMES[1]]


def test_at_most_six_and_never_fewer_than_three_once_there_were(make: Make, admin: int) -> None:
    add(make, admin, *NAMES[:2])
    act(make, admin, "retire_value", "share-what-we-know")
    assert offered(make) == [NAMES[0]]
    act(make, admin, "bring_back", "share-what-we-know")
    add(make, admin, *NAMES[2:])
    with pytest.raises(RuleBroken, match="At most 6"):
        add(make, admin, "one more")
    for slug in ("make-it-simple", "listen", "be-kind"):
        act(make, admin, "retire_value", slug)
    with pytest.raises(RuleBroken, match="At least 3 stay"):
        act(make, admin, "retire_value", "share-what-we-know")
    act(make, admin, "retire_value", "listen")  # retired already
    add(make, admin, "one", "two", "three")
    with pytest.raises(RuleBroken, match="At most 6"):
        act(make, admin, "bring_back", "listen")
    assert offered(make) == [NAMES[1], NAMES[2], NAMES[3], "one", "two", "three"]


def test_a_retired_one_is_offered_no_more_and_comes_back_at_the_end(make: Make, admin: int) -> None:
    add(make, admin, *NAMES[:4])
    act(make, admin, "retire_value", "make-it-simple")
    found = make.read(lambda: queries.value_by_slug("make-it-simple"))
    assert found is not None and not found.is_open and found.name not in offered(make)
    act(make, admin, "bring_back", "make-it-simple")
    assert offered(make) == [*NAMES[1:4], NAMES[0]]


def test_a_slug_is_never_given_again(make: Make, admin: int) -> None:
    add(make, admin, *NAMES[:4])
    act(make, admin, "change_value", "make-it-simple", words=Words("less is more"))
    add(make, admin, "make it simple")
    slugs = make.read(lambda: {value.name: value.slug for value in queries.open_values()})
    assert slugs["less is more"] == "make-it-simple" and slugs["make it simple"] == "make-it-simple-2"


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (Words(""), "name"),
        (Words("\u200b"), "name"),
        (Words("x" * 41), "name"),
        (Words("fine", "x" * 121), "line"),
        (Words("fine", icon="skull"), "icon"),
        (Words("MAKE it  simple"), "name"),
        (Words("be kind"), "name"),  # retired
    ],
)
def test_what_cannot_be_kept_says_where(make: Make, admin: int, words: Words, field: str) -> None:
    add(make, admin, "make it simple", "be kind")
    act(make, admin, "retire_value", "be-kind")
    viewer = make.viewer(admin, "admin")
    with pytest.raises(RuleBroken) as broken:
        make.do(lambda: values.add_value(viewer=viewer, words=words))
    assert broken.value.field == field
    changed = "make-it-simple" if words.name == "be kind" else "be-kind"
    with pytest.raises(RuleBroken) as broken:
        act(make, admin, "change_value", changed, words=words)
    assert broken.value.field == field


def test_two_admins_notice_each_other(make: Make, admin: int) -> None:
    add(make, admin, *NAMES[:3])
    act(make, admin, "change_value", "make-it-simple", words=Words("keep it simple"), version=0)
    with pytest.raises(ChangedMeanwhile):
        act(make, admin, "change_value", "make-it-simple", words=Words("simple"), version=0)
    act(make, admin, "change_value", "make-it-simple", words=Words("keep it simple"), version=0)  # nothing to do
    assert offered(make)[0] == "keep it simple"


def test_two_at_once_do_not_make_seven(make: Make, admin: int) -> None:
    add(make, admin, *NAMES[:5])
    viewer = make.viewer(admin, "admin")
    ready, refused = threading.Barrier(2), []

    def one_more(name: str) -> None:
        def work() -> str:
            return values.add_value(viewer=viewer, words=Words(name))

        ready.wait()
        try:
            make.do(work)
        except RuleBroken as broken:
            refused.append(broken.message)

    threads = [threading.Thread(target=one_more, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1 and len(offered(make)) == 6


def test_for_admins_alone_and_audited(make: Make, admin: int) -> None:
    add(make, admin, *NAMES[:4])
    other = make.viewer(make.member("Mo Moderator", role="moderator"), "member", "moderator")
    with pytest.raises(NotVisible):
        make.do(lambda: values.add_value(viewer=other, words=Words("mine")))
    with pytest.raises(NotVisible):
        make.read(lambda: values.all_values(other))
    with pytest.raises(NotVisible):
        act(make, admin, "retire_value", "nothing")
    for work in ("retire_value", "retire_value", "bring_back", "bring_back"):
        act(make, admin, work, "make-it-simple")
    codes = sa.select(AuditEntry.code).where(AuditEntry.code.like("value%")).order_by(AuditEntry.id)
    found = make.read(lambda: list(db.session.scalars(codes)))
    assert found == ["value_added"] * 4 + ["value_retired", "value_brought_back"]
