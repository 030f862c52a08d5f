"""Thanks in search: found by whoever may see them, as they are today, and guessed by nobody."""

from __future__ import annotations

from portal.kudos import reporting, services
from portal.people import merging
from portal.people.erasing import erase_person
from portal.search import checks, queries
from portal.topics import curating
from tests.makers import Make
from tests.search.conftest import Index

WORDS = "You untangled the xylophone ledger in one night."


def seen(make: Make, *people: int, text: str = "xylophone") -> list[bool]:
    """For each of these people: do they find the thanks?"""
    index = Index(make)
    return [bool(index.find(one, text).hits.get("kudos")) for one in people]


def why(make: Make, viewer: int, text: str = "xylophone") -> dict[int, set[str]]:
    return {hit.person_id: {one.kind for one in hit.reasons} for hit in Index(make).find(viewer, text).people}


def test_who_finds_them(make: Make) -> None:
    make.noise()
    giver, receiver, other = make.member("Ben Ode"), make.member("Priya Raman"), make.member("Mara Weiss")
    inside, outside = make.guest("Gil Guest"), make.guest("Olga Outside")
    team = make.project("Blue Harbour", giver, receiver, inside)
    everybody = (giver, receiver, other, inside, outside)

    def given(shown_to: str, **more: object) -> tuple[list[bool], str]:
        made = make.kudos(giver, receiver, why=WORDS, shown_to=shown_to, **more)
        return seen(make, *everybody), made

    found, wide = given("everyone")
    assert found == [True, True, True, False, False]
    assert receiver in why(make, other) and giver not in why(make, other)
    viewer = make.viewer(giver)
    make.do(lambda: services.edit_kudos(viewer=viewer, public_id=wide, why="You mended the marimba.", value_id=None,
                                        goal_id=None, topic_id=None))  # fmt: skip
    assert seen(make, other) == [False] and seen(make, other, text="marimba") == [True]
    make.do(lambda: services.take_back(viewer=viewer, public_id=wide))
    assert seen(make, *everybody, text="marimba") == [False] * 5

    found, inner = given("team", team_id=team)
    assert found == [True, True, False, True, False]
    make.do(lambda: services.take_back(viewer=viewer, public_id=inner))

    found, ours = given("us")
    assert found == [True, True, False, False, False]
    Index(make).count()
    # Not even that the word stands anywhere: what a typo may mean, and what a beginning, come from what all may see.
    assert seen(make, other, text="xylophnoe") == [False] and not why(make, other)
    asked = make.read(lambda: queries.understand("xylo", as_typed=True))
    assert asked.words == ["xylo"]
    make.do(lambda: services.take_back(viewer=viewer, public_id=ours))
    assert [line for one in checks.CHECKS for line in make.read(one.look)] == []


def test_what_its_people_and_moderators_decide(make: Make) -> None:
    make.noise()
    giver, receiver, other = make.member("Ben Ode"), make.member("Priya Raman"), make.member("Mara Weiss")
    judge = make.member("Jo Judge", role="moderator")
    made = make.kudos(giver, receiver, why=WORDS)
    mine = make.viewer(receiver)

    def place(*, off_wall: bool, off_profile: bool) -> None:
        make.do(
            lambda: services.place_mine(
                viewer=mine, public_id=made, off_wall=off_wall, off_profile=off_profile, off_screen=False
            )
        )

    place(off_wall=True, off_profile=False)
    assert seen(make, giver, receiver, other) == [True, True, False] and not why(make, other)
    place(off_wall=False, off_profile=True)
    assert seen(make, other) == [True] and not why(make, other)
    place(off_wall=False, off_profile=False)
    assert why(make, other) == {receiver: {"kudos"}}

    asks, judges = make.viewer(other), make.viewer(judge, "moderator")
    report = make.do(lambda: reporting.report(viewer=asks, public_id=made, why="This is not kind at all."))
    for hide, before in ((True, None), (False, "hidden")):
        make.do(lambda h=hide, b=before: reporting.decide(viewer=judges, report_id=report, seen=b, hide=h))
        assert seen(make, giver, receiver, other) == [not hide] * 3

    make.do(lambda: erase_person(person_id=receiver, actor_id=None))
    assert seen(make, giver, other) == [False, False]
    assert [line for one in checks.CHECKS for line in make.read(one.look)] == []


def test_they_follow_what_and_whom_they_name(make: Make) -> None:
    make.noise()
    giver, gone, kept, other = (make.member(name) for name in ("Ben Ode", "P. Raman", "Priya Raman", "Mara Weiss"))
    admin = make.member("Ada Admin", role="admin")
    make.claim(other, "Marimbas")
    topic, curator = make.topic("Marimbas"), make.viewer(admin, "admin")
    made = make.kudos(giver, gone, why=WORDS, topic_id=topic)
    assert seen(make, other, text="marimbas") == [True]
    make.do(lambda: curating.rename(viewer=curator, topic_id=topic, name="Vibraphones"))
    assert seen(make, other, text="vibraphones") == [True]
    # Two entries that are one, changed meanwhile, and two again.
    merge = make.do(lambda: merging.merge_people(kept_id=kept, gone_id=gone, actor_id=admin))
    viewer = make.viewer(giver)
    make.do(lambda: services.edit_kudos(viewer=viewer, public_id=made, why=f"{WORDS} Twice.", value_id=None,
                                        goal_id=None, topic_id=topic))  # fmt: skip
    assert list(why(make, other)) == [kept]
    assert make.do(lambda: merging.undo_merge(merge_id=merge, actor_id=admin)) == 0
    assert list(why(make, other)) == [gone]
