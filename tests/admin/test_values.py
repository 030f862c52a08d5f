"""What the organization stands for: the admins' pages."""

from __future__ import annotations

import pytest

from portal.kudos import queries, values
from portal.kudos.values import Words
from tests.client import Client
from tests.makers import Make

NAMES = ("make it simple", "share what we know", "finish what we start", "start with the club")


@pytest.fixture
def admin(make: Make) -> int:
    make.noise(1)
    return make.member("Amara Admin", role="admin")


@pytest.fixture
def inside(client: Client, make: Make, admin: int) -> Client:
    return client.sign_in(make.email(admin))


def add(make: Make, by: int, *named: str) -> None:
    viewer = make.viewer(by, "admin")
    make.do(lambda: [values.add_value(viewer=viewer, words=Words(name)) for name in named])


def offered(make: Make) -> list[str]:
    return make.read(lambda: [value.name for value in queries.open_values()])


def test_from_none_to_three_settles_the_step_of_the_first_hour(inside: Client) -> None:
    assert "Name 3 to 6" in inside.get("admin.start").main
    for name in NAMES[:3]:
        page = inside.get("admin.values")
        sent = page.submit({"name": name, "line": "<b>Why</b>", "icon": "coffee"}, containing="icon")
        done = inside.follow(sent)
        assert done.flashes == ["Added. Whoever thanks can say it from now on."]
    assert done.main.count("<b>Why</b>") == 3
    step = inside.get("admin.start").all("#at-values .tag-ok")
    assert len(step) == 1


def test_what_is_wrong_stands_by_its_field_and_nothing_is_lost(inside: Client) -> None:
    page = inside.get("admin.values")
    sent = page.submit({"name": "", "line": "We ask first.", "icon": "eye"}, containing="icon")
    missed = inside.read(sent, 422)
    assert missed.errors == ["Say what you stand for, in a few words"]
    fields = missed.fields("icon")
    assert (fields["line"], fields["icon"]) == ("We ask first.", "eye")


def test_moved_renamed_retired_and_brought_back(inside: Client, make: Make, admin: int) -> None:
    add(make, admin, *NAMES[:4])

    def press(endpoint: str, slug: str, **fields: str) -> list[str]:
        done = inside.get("admin.values").submit(fields, action=inside.url(endpoint, slug=slug))
        return inside.follow(done).flashes

    press("admin.move_value", "make-it-simple", by="1")
    assert offered(make)[:2] == ["share what we know", "make it simple"]
    page = inside.get("admin.value", slug="make-it-simple")
    assert inside.follow(page.submit({"name": "keep it simple"}, containing="icon")).flashes == ["Saved."]
    late = inside.read(page.submit({"name": "simple"}, containing="icon"), 422)
    assert late.fields("icon")["name"] == "simple" and "keep it simple" in late.main
    assert press("admin.retire_value", "make-it-simple") == ["Retired. Old thanks keep it."]
    last = inside.get("admin.values").submit(action=inside.url("admin.retire_value", slug="share-what-we-know"))
    assert inside.read(last, 422).errors == ["At least 3 stay. Add or bring back another one first."]
    assert press("admin.bring_value_back", "make-it-simple") == ["It is back, at the end."]
    assert offered(make)[-1] == "keep it simple"
    inside.get("admin.value", slug="nothing", status=404)
