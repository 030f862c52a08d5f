"""The page on which thanks are reported."""

from __future__ import annotations

import pytest

from portal.kudos import services as kudos
from portal.kudos.services import Thanks
from tests.client import Client
from tests.makers import Make

WHY = "For the <b>napkin</b> that saved the week."


@pytest.fixture
def people(make: Make) -> dict[str, int]:
    make.noise()
    return {
        "gita": make.member("Gita Rao"),
        "mo": make.member("Mo Mate"),
        "bo": make.member("Bo Lindgren"),
        "tim": make.member("Tim Tell", role="moderator"),
        "ada": make.member("Ada Admin", role="admin"),
    }


@pytest.fixture
def thanks(make: Make, people: dict[str, int]) -> str:
    viewer = make.viewer(people["gita"])
    return make.do(lambda: kudos.give_kudos(viewer=viewer, thanks=Thanks(WHY, did_ids=(people["mo"],))))


def browser(client: Client, make: Make, person_id: int) -> Client:
    return client.another().sign_in(make.email(person_id))


def test_taken_back_while_somebody_writes_a_report(
    client: Client, make: Make, people: dict[str, int], thanks: str
) -> None:
    bos = browser(client, make, people["bo"])
    page = bos.get("kudos.report", public_id=thanks)
    assert bos.read(page.submit({"why": ""}, containing="why"), 422).errors == ["Say why, in a few words"]
    gita = make.viewer(people["gita"])
    make.do(lambda: kudos.take_back(viewer=gita, public_id=thanks))
    gone = bos.read(page.submit({"why": "It names a client."}, containing="why"), 404)
    assert "taken back" in gone.main
    bos.get("kudos.report", public_id=thanks, status=404)


def test_where_nobody_is_left_to_settle_it_the_page_says_so(client: Client, make: Make) -> None:
    gita, ada, bo = make.member("Gita Rao"), make.member("Ada Admin", role="admin"), make.member("Bo Lindgren")
    viewer = make.viewer(gita)
    given = make.do(lambda: kudos.give_kudos(viewer=viewer, thanks=Thanks(WHY, did_ids=(ada,))))
    bos = browser(client, make, bo)
    assert "waits until somebody else is made a moderator" in bos.get("kudos.report", public_id=given).main
    make.member("Tim Tell", role="moderator")
    assert "waits until" not in bos.get("kudos.report", public_id=given).main


def test_my_own_words_are_not_reported(client: Client, make: Make, people: dict[str, int], thanks: str) -> None:
    browser(client, make, people["gita"]).get("kudos.report", public_id=thanks, status=404)
