"""An offer made with the intro: one form, one tick; kept in step with the words, never twice, never lost."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from portal.core.auth import Viewer
from portal.core.db import db
from portal.core.errors import NotVisible, RuleBroken
from portal.help import offers, queries, services
from portal.help.models import HelpOffer
from portal.help.services import Question
from portal.infomercials import services as intros
from portal.people import services as people
from tests.client import Client
from tests.makers import Make

PLAN = "15 minutes for any *migration plan*"
WORDS = "15 minutes for any migration plan"


def publish(
    make: Make, viewer: Viewer, offer: str = PLAN, *, stands: bool = True, shown_to: str = "everyone"
) -> None:
    def work() -> None:
        intros.save_facts(viewer=viewer, headline="Plans", facts=[{"prompt": "", "text": "Radios"}], lang="en")
        intros.save_work(viewer=viewer, working_on="", so_that="", offer=offer, offer_stands=stands)
        intros.publish(viewer=viewer, shown_to=shown_to)

    make.do(work)


def offered(make: Make, person_id: int) -> list[tuple[str, str]]:
    query = sa.select(HelpOffer.what, HelpOffer.state).where(HelpOffer.person_id == person_id)
    return make.read(lambda: [tuple(row) for row in db.session.execute(query.order_by(HelpOffer.id))])


def seen(make: Make, viewer: Viewer) -> list[str]:
    return make.read(lambda: [one.what for one in offers.offers(viewer).items])


def test_it_is_made_once_changed_with_its_words_and_closed_with_them(make: Make) -> None:
    """Whatever is published how often: one offer, under its own topics, as its owner left it."""
    jonas = make.viewer(make.member())
    maya = make.viewer(make.member())
    make.claim(maya.person_id, "Migration plan")
    topic = make.topic("Migration plan")
    publish(make, jonas)
    publish(make, jonas)
    assert offered(make, jonas.person_id) == [(WORDS, "open")] and seen(make, maya) == [WORDS]
    assert make.read(lambda: [one.id for one in offers.offers(maya, topic_id=topic).items]) != []
    mine = make.read(lambda: offers.offers_of(jonas, jonas.person_id)[0])
    make.do(
        lambda: offers.change(
            viewer=jonas,
            offer_id=mine.id,
            words=offers.Words("Look over any plan", 15, "Tuesdays"),
            version=mine.version,
        )
    )
    # What was changed there stays, as long as the intro says nothing new.
    publish(make, jonas)
    assert offered(make, jonas.person_id) == [("Look over any plan", "open")]
    publish(make, jonas, "A tour of the workshop")
    assert offered(make, jonas.person_id) == [("A tour of the workshop", "open")]
    assert make.read(lambda: offers.offers_of(jonas, jonas.person_id)[0].when) == "Tuesdays"
    # Paused, and closed, it stays so; with other words it is a new one.
    make.do(lambda: offers.pause(viewer=jonas, offer_id=mine.id))
    publish(make, jonas, "A tour of the workshop")
    assert seen(make, maya) == []
    make.do(lambda: offers.close(viewer=jonas, offer_id=mine.id))
    publish(make, jonas, "A tour of the workshop")
    assert offered(make, jonas.person_id) == [("A tour of the workshop", "closed")]
    publish(make, jonas, "I read first drafts")
    assert offered(make, jonas.person_id)[1:] == [("I read first drafts", "open")]
    # Without the tick, or without an intro, it is over; with it, it stands again.
    publish(make, jonas, "I read first drafts", stands=False)
    assert seen(make, maya) == []
    publish(make, jonas, "I read first drafts")
    assert seen(make, maya) == ["I read first drafts"]
    make.do(lambda: intros.withdraw(viewer=jonas))
    assert seen(make, maya) == [] and {state for _what, state in offered(make, jonas.person_id)} == {"closed"}
    publish(make, jonas, " ")
    assert seen(make, maya) == []


def test_who_leaves_offers_nothing_and_who_returns_offers_it_again(make: Make) -> None:
    jonas, maya = make.viewer(make.member()), make.viewer(make.member())
    publish(make, jonas)
    make.do(lambda: people.mark_left(person_id=jonas.person_id, actor_id=None))
    assert seen(make, maya) == []
    make.do(lambda: people.come_back(person_id=jonas.person_id, actor_id=None))
    assert seen(make, maya) == [WORDS]


def test_an_intro_for_my_teams_offers_to_my_teams_alone(make: Make) -> None:
    lead, mate, maya = make.member(), make.member(), make.viewer(make.member())
    make.team(lead, mate)
    jonas, near = make.viewer(lead), make.viewer(mate)
    publish(make, jonas, shown_to="teams")
    assert seen(make, near) == [WORDS] and seen(make, maya) == []
    one = make.read(lambda: offers.offers_of(near, lead)[0])
    assert make.read(lambda: offers.offers_of(maya, lead)) == []
    with pytest.raises(NotVisible):
        make.read(lambda: offers.offer_for(maya, one.public_id))
    with pytest.raises(NotVisible):
        make.do(lambda: services.ask(viewer=maya, question=Question("May I ask you something?"), offer_id=one.id))
    # Taken up in front of everyone, what it is stays between the two.
    mine = Question("Would you look at mine?")
    public_id = make.do(lambda: services.ask(viewer=near, question=mine, offer_id=one.id))
    assert make.read(lambda: queries.ask_for(near, public_id).offer) == WORDS
    assert make.read(lambda: queries.ask_for(maya, public_id).offer) == ""
    publish(make, jonas)
    assert seen(make, maya) == [WORDS]


def test_too_many_offers_is_said_where_the_intro_is_published(make: Make) -> None:
    jonas = make.viewer(make.member())
    for number in range(offers.MOST_OFFERS):
        words = offers.Words(f"Thing number {number}")
        make.do(lambda words=words: offers.make_offer(viewer=jonas, words=words))
    with pytest.raises(RuleBroken):
        publish(make, jonas)
    assert len(offered(make, jonas.person_id)) == offers.MOST_OFFERS


def test_one_tick_in_the_form(make: Make, client: Client) -> None:
    """Typed and ticked in the intro's form, it stands on the profile once and can be taken up; in another tab, what
    was ticked meanwhile is said."""
    jonas, maya = make.member("Jonas Adler"), make.member("Maya Brandt")
    make.intro(jonas, offer="")
    client.sign_in(make.email(jonas))
    stale = client.get("infomercials.work")
    page = client.follow(stale.submit({"offer": WORDS, "offer_stands": "y"}, containing="offer"))
    assert "Colleagues may take it up: it stands among your offers once this is out." in page.text
    assert offered(make, jonas) == []
    assert page.submit(containing="seen").status_code == 303
    assert "checked" in client.get("infomercials.work").form("offer").cssselect("[name=offer_stands]")[0].attrib
    beside = client.read(stale.submit({"offer": "Cake"}, containing="offer"), 422)
    assert "Colleagues may take it upYes" in beside.text
    client = client.another().sign_in(make.email(maya))
    profile = client.get("people.person", handle=make.handle(jonas))
    assert profile.text.count(WORDS) == 2, "the offer, and the words of its button"
    assert "Happy to help" not in profile.text and "Take it up" in profile.text
    assert WORDS in client.get("home.home").text
