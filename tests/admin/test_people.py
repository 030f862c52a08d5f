"""The admins' pages about people: finding, leaving, coming back, roles, merging."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.accounts.roster import entry
from portal.core import clock
from portal.core.db import db
from portal.people.models import Person
from tests.client import Client
from tests.makers import Make


@pytest.fixture
def boss(client: Client, make: Make) -> int:
    make.noise()
    found = make.member("Ada Admin", role="admin")
    client.sign_in(make.email(found))
    return found


def row(make: Make, person_id: int) -> Person:
    return make.read(lambda: db.session.get_one(Person, person_id))


@pytest.mark.parametrize("shown", ["here", "admins", "guests", "never", "refused", "left", "odd"])
def test_each_filter_has_a_page(client: Client, make: Make, boss: int, shown: str) -> None:
    make.person("Nora Never")
    client.get("admin.people", show=shown)
    assert client.get("admin.people", show=shown, q="qqqq").all(".empty")
    assert client.get("admin.people", show=shown, after="damaged").status == 200


def test_leaving_tells_what_they_lead_and_they_can_come_back(client: Client, make: Make, boss: int) -> None:
    lead = make.member("Lea Lead")
    make.project("Elm", lead, boss)
    page = client.get("admin.person", handle="lea-lead")
    assert "Leads: Elm" in page.main
    yesterday, ahead = clock.today() - timedelta(days=2), clock.today() + timedelta(days=9)
    wrong = client.read(page.submit({"ends_on": str(yesterday), "do": "last_day"}, containing="ends_on"), 422)
    assert "passed" in wrong.errors[0] and wrong.fields("ends_on")["ends_on"] == str(yesterday)
    client.follow(wrong.submit({"ends_on": str(ahead), "do": "last_day"}, containing="ends_on"))
    assert row(make, lead).ends_on == ahead
    page = client.get("admin.person", handle="lea-lead")
    after = client.follow(page.submit({"do": "left"}, containing="ends_on"))
    assert row(make, lead).left_at and "They are back" in after.main
    client.follow(after.submit({"do": "back"}))
    assert row(make, lead).left_at is None


def test_roles_and_kinds_by_buttons(client: Client, make: Make, boss: int) -> None:
    me = make.member("Gita Rao")
    page = client.get("admin.person", handle="gita-rao")
    client.follow(page.submit({"role": "moderator", "do": "role"}, containing="role"))
    admin = make.viewer(boss, "member", "admin")
    assert make.read(lambda: entry(admin, "gita-rao").role) == "moderator"
    missing = client.read(page.submit({"do": "guest"}, containing="guest_until"), 422)
    assert missing.all("#guest_until-error")
    ahead = str(clock.today() + timedelta(days=9))
    client.follow(missing.submit({"do": "guest", "guest_until": ahead}, containing="guest_until"))
    assert row(make, me).kind == "guest"
    assert make.read(lambda: entry(admin, "gita-rao").role) == "member"
    page = client.get("admin.person", handle="gita-rao")
    assert not page.all("#role")
    form = next(f for f in page.root.xpath("//form[.//button[@value='member']]"))
    sent = dict(form.form_values()) | {"do": "member"}
    client.follow(client.raw.post(form.get("action"), data=sent))
    assert row(make, me).kind == "member"
    assert client.raw.post(form.get("action"), data=sent | {"do": "explode"}).status_code == 404


def test_the_last_admin_is_told_so(client: Client, make: Make, boss: int) -> None:
    page = client.get("admin.person", handle="ada-admin")
    for values, containing in (({"do": "left"}, "ends_on"), ({"do": "role", "role": "member"}, "role")):
        said = client.read(page.submit(values, containing=containing), 422)
        assert "last admin" in said.errors[0]


def test_two_entries_are_looked_at_merged_and_parted_again(client: Client, make: Make, boss: int) -> None:
    kept = make.member("Gita Rao", email="gita@example.org")
    gone = make.person("Gita Rao", email="old@example.org", external_id="77")
    page = client.get("admin.merge", keep="gita-rao")
    unclear = client.read(page.submit({"gone": "Gita Rao"}, containing="gone"), 422)
    assert "gita-rao-2" in unclear.errors[0]
    same = client.read(unclear.submit({"gone": "gita@example.org"}, containing="gone"), 422)
    assert "one and the same" in same.errors[0]
    nobody = client.read(same.submit({"gone": "Nobody Such"}, containing="gone"), 422)
    assert "Nobody with that name" in nobody.errors[0]
    preview = client.read(nobody.submit({"gone": "old@example.org"}, containing="gone"))
    assert "What will happen" in preview.main and "number in the staff list" in preview.main
    assert row(make, gone).merged_into_id is None
    done = client.follow(preview.submit(containing="gone"))
    assert row(make, gone).merged_into_id == kept and "can be undone" in done.flashes[0]
    assert client.raw.get("/admin/people/gita-rao-2").headers["Location"].endswith("/gita-rao")
    again = client.follow(done.submit(action=next(a for a in done.root.xpath("//form/@action") if "undo" in a)))
    assert row(make, gone).merged_into_id is None and "as before" in again.flashes[0]
    late = client.raw.post("/admin/people/merge/1/undo", data=done.fields("gone"))
    assert "already" in client.follow(late).flashes[0]


def test_whoever_was_erased_has_no_page(client: Client, make: Make, boss: int) -> None:
    make.member("Gita Rao")
    page = client.get("admin.erase", handle="gita-rao")
    slip = client.read(page.submit(containing="sure"), 422)
    assert slip.errors
    client.follow(slip.submit({"sure": "y"}, containing="sure"))
    assert client.raw.get("/admin/people/gita-rao").status_code == 404
    left = make.read(lambda: db.session.scalars(sa.select(Person.name).where(Person.erased_at.is_not(None))).all())
    assert left == [""]
    assert client.read(page.submit({"sure": "y"}, containing="sure"), 404)
