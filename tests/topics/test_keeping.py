"""What others see of me, hiding it, and being forgotten: the index goes along."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Flask

from portal.core.db import db
from portal.people import erasing
from portal.search import queries as search
from portal.search import services as index
from portal.search.models import SearchItem
from portal.topics import keeping, services, showing
from portal.topics.models import Topic, TopicClaim, TopicVouch
from tests.client import Client
from tests.makers import Make


def items(make: Make) -> list[tuple[str, int | None]]:
    query = sa.select(SearchItem.kind, SearchItem.subject_id).where(SearchItem.kind.in_(("claim", "vouch")))
    return make.read(lambda: sorted(tuple(row) for row in db.session.execute(query)))  # type: ignore[misc]


def test_the_index_is_made_anew_as_it_was_and_forgets_who_is_erased(app: Flask, make: Make) -> None:
    make.noise()
    priya, jonas = make.person("Priya Raman"), make.person("Jonas Weber")
    make.team(priya, make.guest("Gus Guest"))
    make.claim(priya, "Kubernetes")
    make.claim(jonas, "Kubernetes", "Terraform")
    topic = make.topic("Kubernetes")
    for by, of in ((priya, jonas), (jonas, priya)):
        who = make.viewer(by)
        make.do(lambda who=who, of=of: services.vouch(viewer=who, topic_id=topic, person_id=of, why="Saw it"))
    before = items(make)
    make.do(lambda: keeping.put_people([priya, jonas]))
    assert items(make) == before
    make.read(index.rebuild)
    assert items(make) == before and len(before) > 4
    make.do(lambda: erasing.erase_person(person_id=priya, actor_id=None))
    left = make.read(lambda: (db.session.scalars(sa.select(TopicClaim.person_id)).all(),
                              db.session.scalars(sa.select(TopicVouch.id)).all()))  # fmt: skip
    assert set(left[0]) == {jonas} and left[1] == []
    assert {kind for kind, _subject in items(make)} == {"claim"}
    assert make.read(lambda: db.session.get_one(Topic, topic).made_by_id) is None


def test_what_others_see_of_me_by_topic(app: Flask, make: Make) -> None:
    make.noise()
    priya, jonas = make.person("Priya Raman"), make.person("Jonas Weber")
    make.claim(jonas, "Zeppelins", "Knots")
    me = make.viewer(priya)

    def seen() -> dict[str, tuple[list[str], bool, str]]:
        found, _rest = make.read(lambda: showing.what_others_see(me))
        return {one.topic.name: ([item.kind for item in one.items], one.off, one.clearer) for one in found}

    assert seen() == {}
    make.kudos(jonas, priya, why="For showing me how zeppelins land, and other crafts")
    assert {name: kinds for name, (kinds, _off, _words) in seen().items()} == {"Zeppelins": ["kudos"]}
    assert "Claim it" in seen()["Zeppelins"][2]
    others = lambda: [hit.person_id for hit in make.read(lambda: search.find(make.viewer(jonas), "land").people)]  # noqa: E731
    assert others() == [priya]
    (item,) = make.read(lambda: search.what_shows(me, 10))
    make.do(lambda: index.hide_from_others(person_id=priya, item_ids=item.item_ids))
    assert others() == [] and make.read(lambda: search.what_shows(me, 10))[0].hidden
    make.claim(priya, "zeppelins", level="learning")
    assert "learning" in seen()["Zeppelins"][2]
    (claim_id,) = make.claim(priya, "zeppelins")
    for change, words in (
        ({"level": "expert", "line": "", "is_open": True}, "in a line"),
        ({"level": "expert", "line": "Landed three", "is_open": True}, "vouch"),
    ):
        make.do(lambda change=change: services.change_claim(viewer=me, claim_id=claim_id, **change))
        assert words in seen()["Zeppelins"][2]
    topic = make.topic("Zeppelins")
    make.do(lambda: services.set_off(viewer=me, topic_id=topic, off=True))
    assert seen()["Zeppelins"][1] and "not listed" in seen()["Zeppelins"][2]


def test_thanks_carry_a_topic_and_show_that_somebody_knows_it(client: Client, make: Make) -> None:
    make.member("Hana Kim", email="hana@example.org")
    ben, jonas = make.person("Ben Achterberg"), make.person("Jonas Weber")
    make.claim(jonas, "Zeppelins")
    client.sign_in("hana@example.org")
    page = client.get("kudos.new")
    said = {"to": "Ben Achterberg", "why": "You landed it in the storm, twice", "topic": "Airships"}
    back = client.read(page.submit(said, containing="why"), 422)
    assert "Take a topic that is there" in back.errors[0] and back.fields("why")["topic"] == "Airships"
    posted = client.follow(page.submit({**said, "topic": "zeppelins"}, containing="why"))
    assert "/topics/zeppelins" in posted.links()
    seen = client.get("topics.topic", slug="zeppelins").main
    assert "Who seems to know" in seen and "Ben Achterberg Thanked by Hana" in seen
    who = make.viewer(jonas)
    assert ben in [hit.person_id for hit in make.read(lambda: search.find(who, "zeppelin").people)]
