"""Saying on a page that something is not right, and answering."""

from __future__ import annotations

from tests.client import Client
from tests.makers import Make


def test_from_a_profile_to_whom_it_is_about_and_settled(client: Client, make: Make) -> None:
    gita, mo = make.member("Gita Rao"), make.member("Mo Mate")
    handle = make.handle(gita)
    client.sign_in(make.email(mo))
    profile = client.get("people.person", handle=handle)
    assert client.url("moderation.wrong", handle=handle) in profile.links()
    page = client.get("moderation.wrong", handle=handle)
    missed = client.read(page.submit({"words": "Bees on a roof"}, containing="kind"), 422)
    assert missed.errors and missed.fields("kind")["words"].strip() == "Bees on a roof"
    done = missed.submit({"kind": "wrong", "words": "<b>The title</b> is old"}, containing="kind")
    assert client.follow(done).flashes == ["Thank you. It was passed on."]
    hers = client.another().sign_in(make.email(gita))
    home = hers.get("home.home")
    assert "<b>The title</b> is old" in home.main and "Mo Mate" not in home.text
    action = next(f for f in home.root.xpath("//form/@action") if "/reports/" in f)
    assert hers.follow(home.submit(action=action)).flashes == ["Thank you."]
    assert "The title" not in hers.get("home.home").text


def test_ones_own_page_is_changed_and_guests_are_not_asked(client: Client, make: Make) -> None:
    gita, guest = make.member("Gita Rao"), make.guest("Gus Guest")
    make.project("Elm", gita, guest)
    handle = make.handle(gita)
    client.sign_in(make.email(gita))
    assert client.raw.get(f"/p/{handle}/wrong").headers["Location"].endswith("/me/details")
    assert "/wrong" not in "".join(client.get("people.person", handle=handle).links())
    hers = client.another().sign_in(make.email(guest))
    assert hers.raw.get(f"/p/{handle}/wrong").status_code == 404
    assert "/wrong" not in "".join(hers.get("people.person", handle=handle).links())
