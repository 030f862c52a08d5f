"""Intros in search: found as they may be read, and no longer."""

from __future__ import annotations

from datetime import timedelta

from portal.core import clock
from portal.infomercials import duties, findable, services
from portal.people import merging
from portal.people import services as people
from portal.people.erasing import erase_person
from portal.search import checks
from tests.makers import Make
from tests.search.conftest import Index


def test_who_finds_somebody_by_their_intro(make: Make) -> None:
    make.noise()
    index = Index(make)
    priya, ben, mara = make.member("Priya Raman"), make.member("Ben Ode"), make.member("Mara Weiss")
    inside, outside = make.guest("Gil Guest"), make.guest("Olga Outside")
    make.project("Blue Harbour", ben, priya, inside)
    everybody = (ben, mara, inside, outside)

    def found(text: str = "marimba") -> list[bool]:
        return [priya in index.people(one, text) for one in everybody]

    make.intro(priya, ask=["Marimba tuning"], working_on="the carillon")
    assert found() == [True, True, True, False]
    (hit,) = index.find(mara, "marimba").people
    assert [one.kind for one in hit.reasons] == ["intro"]
    viewer = make.viewer(mara)
    with make.app.test_request_context():
        line = findable.why(viewer, [priya], ["marimba"])[priya]
    assert (line.words, line.quoted) == ("Priya can be asked about", "Marimba tuning")

    # Words change, and whom it is shown to.
    make.intro(priya, ask=["Ukulele repair"], working_on="the carillon", shown_to="teams")
    assert found() == [False] * 4 and found("ukulele") == [True, False, True, False]
    assert not index.people(mara, "ukelele")  # nor is it guessed

    # What the page drops since it is old is dropped here as well.
    assert found("carillon") == [True, False, True, False]
    with clock.pinned(clock.now() + timedelta(days=121)):
        make.read(duties.forget_old_work)
        assert found("carillon") == [False] * 4 and found("ukulele") == [True, False, True, False]

    mine = make.viewer(priya)
    make.do(lambda: services.withdraw(viewer=mine))
    assert found("ukulele") == [False] * 4
    assert [line for one in checks.CHECKS for line in make.read(one.look)] == []


def test_leaving_merging_erasing(make: Make) -> None:
    make.noise()
    index = Index(make)
    admin = make.member("Ada Admin", role="admin")
    priya, double = make.member("Priya Raman"), make.person("P. Raman")
    make.intro(priya, ask=["Marimba tuning"])
    make.do(lambda: people.mark_left(person_id=priya, actor_id=admin))
    assert index.people(admin, "marimba") == []
    make.do(lambda: people.come_back(person_id=priya, actor_id=admin))
    assert index.people(admin, "marimba") == [priya]
    make.do(lambda: merging.merge_people(kept_id=double, gone_id=priya, actor_id=admin))
    assert index.people(admin, "marimba") == [double]
    make.do(lambda: erase_person(person_id=double, actor_id=None))
    assert index.people(admin, "marimba") == []
    assert [line for one in checks.CHECKS for line in make.read(one.look)] == []
