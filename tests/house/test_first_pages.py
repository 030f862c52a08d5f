"""Every page opens, for each kind of person, and is a proper page."""

from __future__ import annotations

import pytest

from tests.client import Client
from tests.makers import Make

pytestmark = pytest.mark.both_databases

PAGES = (
    "home.home", "home.me", "home.menu", "home.guide", "home.about_data", "home.settings", "people.directory",
    "people.details", "people.away", "infomercials.photo", "infomercials.facts", "infomercials.ask",
    "infomercials.work", "infomercials.preview", "accounts.sessions", "accounts.password",
    "kudos.wall", "kudos.new", "kudos.yours",
)  # fmt: skip


@pytest.mark.parametrize("who", ["member", "guest", "admin"])
@pytest.mark.parametrize("with_intro", [False, True])
def test_every_page_opens(client: Client, make: Make, who: str, with_intro: bool) -> None:
    make.noise()
    person = make.guest("Gita Rao") if who == "guest" else make.member("Gita Rao", role=who)
    if with_intro:
        make.intro(person)
    client.sign_in(make.email(person))
    for endpoint in PAGES:
        client.get(endpoint)
    assert client.get("people.person", handle="gita-rao").h1 == "Gita Rao"
