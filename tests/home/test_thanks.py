"""How I like to be thanked: the page."""

from __future__ import annotations

from tests.client import Client
from tests.makers import Make


def test_the_page_shows_what_holds_and_keeps_what_is_sent(client: Client, make: Make) -> None:
    guest = make.guest("Gus Guest")
    client.sign_in(make.email(guest))
    assert client.url("home.thanks") in client.get("home.me").links()
    page = client.get("home.thanks")
    assert (page.fields("shown")["shown"], page.fields("shown")["on_screen"]) == ("wall", "ask")
    done = client.follow(page.submit({"shown": "me", "on_screen": "no"}, containing="shown"))
    assert done.flashes == ["Saved."]
    assert (done.fields("shown")["shown"], done.fields("shown")["on_screen"]) == ("me", "no")
    missed = client.read(page.submit({"shown": "moon"}, containing="shown"), 422)
    assert missed.errors == ["Pick one from the list"]
