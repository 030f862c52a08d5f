"""Claiming topics, vouching, naming a colleague: services, search, and the pages."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.core import clock
from portal.core.db import db, unit_of_work
from portal.core.errors import NotVisible, RuleBroken
from portal.moderation import services as moderation
from portal.notifications.models import Notice
from portal.people import services as people
from portal.people.merging import merge_people, undo_merge
from portal.people.models import Person
from portal.search import queries as search
from portal.topics import asking, queries, services
from portal.topics.models import Topic, TopicClaim, TopicVouch
from tests.client import Client
from tests.makers import Make


def vouch(make: Make, by: int, topic: int, person_id: int, why: str = "Saw it myself") -> int:
    who = make.viewer(by)
    return make.do(lambda: services.vouch(viewer=who, topic_id=topic, person_id=person_id, why=why))


def found(make: Make, by: int, text: str) -> list[int]:
    who = make.viewer(by)
    return make.read(lambda: [one.person_id for one in search.find(who, text).people])


def test_a_claim_is_found_by_whoever_sees_the_person_and_by_nobody_else(app: Flask, make: Make) -> None:
    make.noise()
    priya, jonas, hana = make.person("Priya Raman"), make.person("Jonas Weber"), make.person("Hana Kim")
    guest, stranger = make.guest("Gus Guest"), make.guest("Una Seen")
    make.team(priya, guest)
    make.claim(priya, "Kubernetes", line="Moved three clusters")
    make.claim(hana, "Kubernetes", level="learning")
    topic = make.topic("Kubernetes")
    assert found(make, jonas, "kubernetes")[0] == priya
    assert priya in found(make, guest, "clusters") and found(make, stranger, "clusters") == []
    assert hana not in found(make, jonas, "clusters")
    # Whoever knows of neither does not see the vouch, and cannot find the person by its words.
    vouch(make, jonas, topic, priya, "Found the leak in the zeppelin")
    assert priya in found(make, hana, "zeppelin") and found(make, guest, "zeppelin") == []
    seen = make.read(lambda: queries.claims_of(make.viewer(hana), priya))
    assert [(one.topic.name, one.level, one.vouches[0].by.name) for one in seen] == [
        ("Kubernetes", "expert", "Jonas Weber")
    ]
    assert make.read(lambda: queries.claims_of(make.viewer(guest), priya))[0].vouches == ()
    with pytest.raises(NotVisible):
        vouch(make, stranger, topic, priya)
    # Taken back, found no more.
    make.do(lambda: services.withdraw_vouch(viewer=make.viewer(jonas), topic_id=topic, person_id=priya))
    assert found(make, hana, "zeppelin") == []
    # Whoever leaves the team does not find them any more; whoever leaves the company is not found.
    make.do(lambda: people.mark_left(person_id=priya, actor_id=None))
    assert found(make, jonas, "kubernetes") == []
    assert make.read(lambda: asking.who_to_ask(make.viewer(jonas), topic)) == ([], False)
    make.do(lambda: people.come_back(person_id=priya, actor_id=None))
    assert found(make, jonas, "kubernetes")[0] == priya
    make.do(lambda: services.drop_claim(viewer=make.viewer(priya), topic_id=topic))
    assert found(make, jonas, "clusters") == []


def test_at_most_fifteen_and_nobody_vouches_for_themselves(app: Flask, make: Make) -> None:
    priya, jonas = make.person("Priya Raman"), make.person("Jonas Weber")
    make.claim(priya, *(f"Topic {n}" for n in range(15)))
    with pytest.raises(RuleBroken, match="1 too many"):
        make.claim(priya, "One more")
    assert make.topic("One more") == 0  # nothing is left behind
    make.claim(priya, "topic-3")  # I have it already
    topic = make.topic("Topic 1")
    with pytest.raises(RuleBroken, match="themselves"):
        vouch(make, priya, topic, priya)
    with pytest.raises(RuleBroken):
        vouch(make, jonas, topic, priya, " \u200b ")
    with pytest.raises(RuleBroken, match="letter"):
        make.claim(jonas, "🚀")
    # By a second entry, which turns out to be the same person: it speaks for nobody.
    other = make.person("Priya R", email="priya.r@example.org")
    make.claim(other, "Topic 1", "Else")
    vouch(make, other, topic, priya, "Quite a zeppelin")
    admin = make.person("Amara Admin")
    merge_id = make.do(lambda: merge_people(kept_id=priya, gone_id=other, actor_id=admin))
    claims = make.read(lambda: queries.claims_of(make.viewer(jonas), priya))
    assert len(claims) == 16 and all(one.vouches == () for one in claims)
    assert found(make, jonas, "zeppelin") == []
    make.do(lambda: undo_merge(merge_id=merge_id, actor_id=admin))
    assert len(make.read(lambda: queries.claims_of(make.viewer(jonas), priya))) == 15
    assert found(make, jonas, "zeppelin") == [priya]


def test_two_tabs_at_once_hold_the_limit(app: Flask, make: Make) -> None:
    priya = make.person("Priya Raman")
    make.claim(priya, *(f"Topic {n}" for n in range(13)))
    who = make.viewer(priya)
    start, refused = threading.Barrier(2), []

    def tab(number: int) -> None:
        with app.app_context():
            start.wait(10)
            names = [f"Tab {number} {letter}" for letter in "ab"]
            try:
                unit_of_work(lambda: services.claim_topics(viewer=who, names=names))
            except RuleBroken as broken:
                refused.append(broken.field)

    tabs = [threading.Thread(target=tab, args=(number,)) for number in range(2)]
    for one in tabs:
        one.start()
    for one in tabs:
        one.join(30)
    assert refused == ["topics"]
    assert make.read(lambda: db.session.scalar(sa.select(sa.func.count(TopicClaim.id)))) == 15


def test_the_same_word_for_somebody_from_two_tabs_is_said_once(app: Flask, make: Make) -> None:
    priya, jonas = make.person("Priya Raman"), make.person("Jonas Weber")
    make.claim(priya, "GDPR")
    topic, who = make.topic("GDPR"), make.viewer(jonas)
    start, said = threading.Barrier(2), []

    def tab() -> None:
        with app.app_context():
            start.wait(10)
            say = lambda: services.vouch(viewer=who, topic_id=topic, person_id=priya, why="Saw it myself")  # noqa: E731
            said.append(unit_of_work(say))

    tabs = [threading.Thread(target=tab) for _ in range(2)]
    for one in tabs:
        one.start()
    for one in tabs:
        one.join(30)
    assert len(said) == 2 and said[0] == said[1]


def test_whom_somebody_blocked_vouches_into_the_void(app: Flask, make: Make) -> None:
    priya, jonas, hana = make.person("Priya Raman"), make.person("Jonas Weber"), make.person("Hana Kim")
    make.claim(priya, "GDPR")
    topic = make.topic("GDPR")
    make.do(lambda: moderation.set_boundary(viewer=make.viewer(priya), other_id=jonas, kind="block"))
    vouch(make, jonas, topic, priya, "Found the leak in the zeppelin")

    def read(by: int) -> list[str]:
        (claim,) = make.read(lambda: queries.claims_of(make.viewer(by), priya))
        return [one.why for one in claim.vouches]

    assert [read(one) for one in (jonas, priya, hana)] == [["Found the leak in the zeppelin"], [], []]
    assert found(make, hana, "zeppelin") == [] and make.read(lambda: asking._vouch_counts(topic, [priya])) == {}
    # Nor is anybody asked who keeps them apart, whether by a block or not.
    make.do(lambda: moderation.set_boundary(viewer=make.viewer(hana), other_id=jonas, kind="never"))
    make.do(lambda: services.name_somebody(viewer=make.viewer(jonas), topic_id=topic, person_id=hana))
    assert make.read(lambda: queries.named(make.viewer(hana))) == []
    told = sa.select(sa.func.count(Notice.id)).where(Notice.person_id.in_([priya, hana]))
    assert make.read(lambda: db.session.scalar(told)) == 0


def test_near_equals_take_turns_and_who_cannot_be_reached_comes_last(app: Flask, make: Make) -> None:
    ids = [make.person(f"Expert {n}") for n in range(6)]
    for one in ids:
        make.claim(one, "Kubernetes")
    helper, away, asker = make.person("Hel Per"), make.person("Ava Way"), make.person("Ask Er")
    make.claim(helper, "Kubernetes", "Docker", level="helping")
    make.claim(away, "Kubernetes", "Docker")
    make.do(lambda: people.set_away(viewer=make.viewer(away), until=clock.today() + timedelta(days=3)))
    topic = make.topic("Kubernetes")

    def order(who: int) -> list[int]:
        return [one.card.id for one in make.read(lambda: asking.who_to_ask(make.viewer(who), topic))[0]]

    assert order(asker) == order(asker)
    assert order(asker)[6:] == [helper, away] and set(order(asker)[:6]) == set(ids)
    assert len({tuple(order(one)) for one in (asker, *ids)}) > 1
    vouch(make, asker, topic, ids[4])
    assert order(asker)[0] == ids[4]
    assert [one.name for one in make.read(lambda: asking.related(make.viewer(asker), topic))] == ["Docker"]


def test_a_title_that_changes_asks_and_a_name_is_answered(app: Flask, make: Make) -> None:
    priya, jonas = make.person("Priya Raman", title="Engineer"), make.person("Jonas Weber")
    make.claim(priya, "Kubernetes")
    asks = lambda: [one.name for one in make.read(lambda: queries.asks_still_right(make.viewer(priya)))]  # noqa: E731
    assert asks() == []
    make.do(lambda: setattr(db.session.get_one(Person, priya), "title", "Head of platforms"))
    assert asks() == ["Kubernetes"]
    make.do(lambda: services.confirm(viewer=make.viewer(priya)))
    assert asks() == []
    make.claim(jonas, "Terraform")
    topic = make.topic("Terraform")

    def name(by: int, who: int) -> None:
        make.do(lambda: services.name_somebody(viewer=make.viewer(by), topic_id=topic, person_id=who))

    name(jonas, priya)
    name(jonas, priya)
    assert [one.by.name for one in make.read(lambda: queries.named(make.viewer(priya))) if one.by] == ["Jonas Weber"]
    with pytest.raises(RuleBroken):
        name(jonas, jonas)
    make.do(lambda: services.set_off(viewer=make.viewer(priya), topic_id=topic, off=True))
    assert make.read(lambda: queries.named(make.viewer(priya))) == []
    assert make.read(lambda: queries.not_listed_for("TERRAFORM")) == {priya}
    make.claim(priya, "terraform")
    assert make.read(lambda: queries.not_listed_for("terraform")) == set()


def test_my_topics_by_the_page(client: Client, make: Make) -> None:
    make.noise()
    priya = make.member("Priya Raman", email="priya@example.org")
    make.member("Jonas Weber", email="jonas@example.org")
    client.sign_in("priya@example.org")
    page = client.get("topics.mine")
    done = client.follow(page.submit({"topics": "Kubernetes, C++, .NET, C#, Ärzte 🚀"}, containing="topics"))
    for name in ("Kubernetes", "C++", ".NET", "C#", "Ärzte 🚀"):
        assert name in done.main
    slugs = make.read(lambda: set(db.session.scalars(sa.select(Topic.slug))))
    assert slugs == {"kubernetes", "c-plus-plus", "dot-net", "c-sharp", "arzte"}
    # What is nearly a topic is asked about; what was typed stays.
    asked = client.read(page.submit({"topics": "kubernets, Postgres"}, containing="topics"), 422)
    assert asked.fields("topics")["topics"] == "kubernets, Postgres" and "Is “kubernets” one of these?" in asked.main
    field = queries.mark_of("kubernets")
    client.follow(asked.submit({field: "new"}, containing="topics"))
    assert make.topic("kubernets") and make.topic("Postgres")
    for bad, words in {
        "": "Say what you can be asked about",
        "🚀": "letter or a digit",
        "x" * 61: "1 character too long",
        ", ".join(f"T{n}" for n in range(3_000)): "2985 too many",
    }.items():
        back = client.read(client.get("topics.mine").submit({"topics": bad}, containing="topics"), 422)
        assert words in back.errors[0] and back.fields("topics")["topics"] == bad
    # A claim, and what it says, two tabs.
    one, two = (client.get("topics.claim", slug="kubernetes") for _ in range(2))
    client.follow(one.submit({"line": "Moved three clusters", "level": "expert"}, containing="line"))
    late = client.read(two.submit({"line": "Read a book"}, containing="line"), 422)
    assert "another tab" in late.errors[0] and "Moved three clusters" in late.main
    client.follow(client.get("topics.mine").submit({"hours": "Tuesdays at 2"}, action="/me/topics/hours"))
    # As others see it, and vouching.
    other = client.another().sign_in("jonas@example.org")
    profile = other.get("people.person", handle="priya-raman")
    assert "Moved three clusters" in profile.main and "Tuesdays at 2" in profile.main
    form = other.get("topics.vouch", slug="kubernetes", handle="priya-raman")
    assert other.read(form.submit({"why": ""}, containing="why"), 422).errors
    assert "Showed me pods" in other.follow(form.submit({"why": "Showed me pods"}, containing="why")).main
    seen = other.get("topics.topic", slug="kubernetes").main
    assert "Jonas Weber: Showed me pods" in seen and "Open for questions" in seen and "Tuesdays at 2" in seen
    assert "Kubernetes" in other.get("topics.topics").main
    assert 'data-value="Kubernetes"' in other.raw.get("/topics/search?q=kubernets").get_data(as_text=True)
    known = other.raw.get("/topics/search?q=kubernetes+operators&known=1").get_data(as_text=True)
    assert "as a new topic" not in known
    # The directory by a topic, as an address and as it was typed; one that nobody lists.
    for key in ("kubernetes", " KUBERNETES", "Kubern"):
        listed = other.get("people.directory", topic=key)
        assert "Priya Raman" in listed.main and "Jonas Weber" not in listed.main
    assert "Priya" in other.get("people.directory", topic="kubernetes", q="raman").main
    nobody = other.get("people.directory", topic="Zeppelins")
    assert "Nobody lists that topic yet" in nobody.main and "/topics/new?q=Zeppelins" in nobody.links()
    # Nobody yet: somebody comes to mind, and is told alone.
    who = other.get("topics.someone", q="Zeppelins")
    client.read(who.submit({"who": "Nobody Atall"}, containing="who"), 422)
    other.follow(who.submit({"who": "Priya"}, containing="who"))
    assert "Jonas Weber thinks you know about Zeppelins" in client.get("home.home").main
    told = client.get("notifications.notices")
    assert "Jonas thinks you know about Zeppelins" in told.main
    assert "Jonas vouches for you: Kubernetes" in told.main and "Showed me pods" in told.main
    assert {"/topics/zeppelins", "/topics/kubernetes"} <= set(told.links())
    client.raw.post(
        "/topics/zeppelins/not-me", data=client.get("home.home").fields(action="/topics/zeppelins/not-me")
    )
    assert "Zeppelins" not in client.get("home.home").main + client.get("notifications.notices").main
    # What others see of me.
    mine = client.get("topics.evidence")
    assert "A colleague vouches for you" in mine.main
    client.follow(mine.submit(action="/me/evidence/items"))
    assert "Hidden" in client.get("topics.evidence").main
    client.follow(mine.submit({"off": "1"}, action="/me/evidence/topics/kubernetes"))
    assert "You are not listed for this" in client.get("topics.evidence").main
    assert "Nobody yet" in other.get("topics.topic", slug="kubernetes").main
    assert "Nobody lists that topic yet" in other.get("people.directory", topic="kubernetes").main
    assert "Priya" not in other.get("finding.find", q="Kubernetes").main
    found = other.get("finding.find", q="Postgres").main
    assert "Can help with Postgres" in found and "Tuesdays at 2" in found
    assert "/topics/new?q=Qwxzv" in other.get("finding.find", q="Qwxzv").links()
    missed = other.get("topics.someone", q="Qwxzv")
    assert "Qwxzv" in other.follow(missed.submit({"who": "Priya"}, containing="who")).h1
    assert "Jonas Weber thinks you know about Qwxzv" in client.get("home.home").main
    assert make.read(lambda: db.session.scalar(sa.select(TopicVouch.person_id))) == priya
