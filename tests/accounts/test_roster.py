"""Everybody as the admins see them: searched, filtered, paged."""

from __future__ import annotations

import pytest

from portal.accounts.roster import entry, names_of, roster
from portal.core import clock
from portal.core.db import db
from portal.core.errors import NotVisible
from portal.people import services as people
from portal.people.models import Person
from tests.makers import Make


@pytest.fixture
def boss(make: Make) -> int:
    make.noise()
    return make.member("Ada Admin", role="admin")


def test_people_are_found_by_any_part_and_filter(make: Make, boss: int) -> None:
    make.member("Zoë Ångström", email="zoe@other.example")
    gone, guest = make.member("Gone Person"), make.guest("Gus Guest")
    make.person("Nora Never")
    mod = make.member("Mo Moderator", role="moderator")
    refused = make.member("Rex Refused")

    def refuse() -> None:
        db.session.get_one(Person, refused).email_refused_at = clock.now()

    make.do(refuse)
    make.do(lambda: people.mark_left(person_id=gone, actor_id=boss))
    admin = make.viewer(boss, "member", "admin")

    def found(**more: str) -> set[str]:
        return {one.name for one in make.read(lambda: roster(admin, **more)).items}

    for q in ("zoe", "ANGSTROM", "ång", "other.example", "zoe ang"):
        assert found(q=q) == {"Zoë Ångström"}, q
    assert found(q="%") == found(q="nobody-here") == set()
    assert found(shown="admins") == {"Ada Admin", "Mo Moderator"}
    assert found(shown="guests") == {"Gus Guest"}
    assert found(shown="never") == {"Nora Never"}
    assert found(shown="refused") == {"Rex Refused"}
    assert found(shown="left") == {"Gone Person"}
    assert "Gone Person" not in found()
    with pytest.raises(NotVisible):
        make.read(lambda: roster(make.viewer(mod)))
    with pytest.raises(NotVisible):
        make.read(lambda: names_of(make.viewer(guest), [boss]))


def test_the_list_is_paged_whole(make: Make, boss: int) -> None:
    for n in range(7):
        make.person(f"Person {n}")
    admin = make.viewer(boss, "member", "admin")
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = make.read(lambda at=cursor: roster(admin, cursor=at, size=3))  # type: ignore[misc]
        seen += [one.handle for one in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert seen == sorted(seen) and len(seen) == len(set(seen)) == 11


def test_an_entry_says_what_an_admin_has_to_know(make: Make, boss: int) -> None:
    admin = make.viewer(boss, "member", "admin")
    make.guest("Gus Guest", department="Lab")
    found = make.read(lambda: entry(admin, "gus-guest"))
    assert (found.name, found.department, found.role, found.is_guest, found.is_gone) == (
        "Gus Guest", "Lab", "member", True, False,
    )  # fmt: skip
    assert make.read(lambda: entry(admin, make.handle(make.person("Nora Never"))).role) is None
    for handle in ("nobody-such", "No Handle!", ""):
        with pytest.raises(NotVisible):
            make.read(lambda handle=handle: entry(admin, handle))  # type: ignore[misc]
