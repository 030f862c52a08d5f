"""Who can probably answer, and why, told to them alone: alike on both databases."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from flask import Flask

from portal.core.findable import Why
from portal.help import able as module
from portal.help.able import able, why_you
from portal.help.routing import Candidate
from portal.people import services as people
from portal.topics import services as topics
from portal.topics.queries import TopicName
from tests.makers import Make

QUESTION = "How do we export a GDPR archive?"


class Asked:
    """One colleague's question."""

    def __init__(self, app: Flask, make: Make) -> None:
        self.app, self.make = app, make
        self.asker = make.member("Noor Haddad", department="Clubs")

    def able(
        self, question: str = QUESTION, *, details: str = "", on: Sequence[TopicName] = (), teams_only: bool = False
    ) -> list[Candidate]:
        who = self.make.viewer(self.asker)
        return self.make.read(lambda: able(who, question, details=details, topics=on, teams_only=teams_only))

    def ids(self, question: str = QUESTION, *, on: Sequence[TopicName] = (), teams_only: bool = False) -> list[int]:
        return [one.person_id for one in self.able(question, on=on, teams_only=teams_only)]

    def why(self, person_id: int, question: str = QUESTION, on: Sequence[TopicName] = ()) -> list[Why]:
        who = self.make.viewer(person_id)
        with self.app.test_request_context():
            return why_you(who, asker_id=self.asker, question=question, topics=on)

    def topic(self, name: str) -> TopicName:
        return TopicName(self.make.topic(name), "", name)


@pytest.fixture
def asked(app: Flask, make: Make) -> Asked:
    return Asked(app, make)


def test_colleagues_with_an_account_whom_the_asker_may_see_and_why_in_words_for_them(
    make: Make, asked: Asked
) -> None:
    priya, hana = make.member("Priya Raman"), make.member("Hana Kim", department="Sales")
    make.claim(priya, "GDPR exports", level="helping", line="Three of them so far")
    make.kudos(asked.asker, hana, why="Your GDPR archive saved the export.")
    make.intro(make.member("Ada Okoye", department="Clubs"), ask=["Archive export"])
    make.claim(make.person("Never Here"), "GDPR export")
    make.claim(make.member("Lena Vogel"), "GDPR exports archive", level="learning")
    make.claim(make.guest("Una Seen"), "GDPR exports")
    found = asked.able()
    assert {one.person_id for one in found[:2]} == {priya, hana} and len(found) == 3
    assert found[0].score == 1 and found == sorted(found, key=lambda one: -one.score)
    assert {one.person_id for one in found if one.elsewhere} == {hana}  # Priya's department nobody knows
    assert asked.able("nothing that anybody knows") == []
    assert [one.person_id for one in asked.able("Whatever", details="A GDPR archive")] == [
        one.person_id for one in asked.able("GDPR archive")
    ]
    (claim,) = asked.why(priya)
    assert (claim.words, claim.quoted, claim.url) == (
        "You can help with GDPR exports", "Three of them so far", "/topics/gdpr-exports",
    )  # fmt: skip
    (thanks,) = asked.why(hana)
    assert (thanks.words, thanks.quoted) == ("You were thanked for this", "Your GDPR archive saved the export.")
    assert [one.words for one in asked.why(found[2].person_id)] == ["Your intro speaks of this"]
    assert asked.why(asked.asker) == []
    # What only some may see neither brings the question to them, nor is it told.
    make.kudos(make.member("Bo Lindgren"), make.member("Cy Rossi"), why="Your unicorn launch.", shown_to="us")
    assert asked.able("unicorn launch") == []
    assert asked.why(found[0].person_id, "unicorn launch") == []


def test_a_topic_counts_as_much_as_the_words_and_who_takes_no_questions_is_left_alone(
    make: Make, asked: Asked
) -> None:
    priya, hana, jonas, off = (make.member(name) for name in ("Priya Raman", "Hana Kim", "Jonas Weber", "Ola Off"))
    make.kudos(asked.asker, hana, why="Your archive saved the export.")
    make.claim(priya, "Data retention")
    make.claim(jonas, "Data retention", "Archive export")
    (shut,) = make.claim(off, "Data retention")
    on = [asked.topic("Data retention")]
    assert set(asked.ids("archive export")) == {hana, jonas}
    assert set(asked.ids("archive export", on=on)) == {priya, hana, jonas, off}
    assert asked.ids("archive export", on=on)[0] == jonas  # by both
    assert [one.words for one in asked.why(jonas, "archive export", on)] == [
        "You are an expert in Archive export",
        "You are an expert in Data retention",
    ]
    closing = make.viewer(off)
    make.do(lambda: topics.change_claim(viewer=closing, claim_id=shut, level="expert", line="", is_open=False))
    assert set(asked.ids("archive export", on=on)) == {priya, hana, jonas}
    unlisted = make.viewer(hana)
    make.do(lambda: topics.set_off(viewer=unlisted, topic_id=on[0].id, off=True))
    assert set(asked.ids("archive export", on=on)) == {priya, jonas}
    assert set(asked.ids("archive export")) == {hana, jonas}
    # Hana's word for Priya is told to Priya.
    by = make.viewer(hana)
    make.do(lambda: topics.vouch(viewer=by, topic_id=on[0].id, person_id=priya, why="Found the lost archive"))
    told = [(one.words, one.quoted) for one in asked.why(priya, "data retention", on)]
    assert told == [("You are an expert in Data retention", ""), ("Hana Kim vouches", "Found the lost archive")]


def test_my_teams_alone_and_guests_of_them(make: Make, asked: Asked) -> None:
    mate, other, guest = make.member("Priya Raman"), make.member("Hana Kim"), make.guest("Una Seen")
    for one in (mate, other):
        make.claim(one, "GDPR archive")
    make.kudos(mate, guest, why="Your GDPR archive export.", shown_to="everyone")
    assert set(asked.ids()) == {mate, other}
    make.team(asked.asker, mate, guest)
    assert set(asked.ids()) == {mate, other, guest}
    assert set(asked.ids(teams_only=True)) == {mate, guest}
    make.do(lambda: people.mark_left(person_id=mate, actor_id=None))
    assert set(asked.ids()) == {other, guest}


def test_somebody_from_elsewhere_is_among_them_however_far_down(
    make: Make, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "POOL", 2)
    near = [make.member(department="Clubs") for _ in range(3)]
    far = make.member("Hana Kim", department="Sales")
    for one in near:
        make.claim(one, "GDPR export archive")
    make.intro(far, ask=["Archive"])
    found = asked.able()
    assert [one.person_id for one in found] == [*near[:2], far] and found[-1].elsewhere
