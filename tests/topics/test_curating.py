"""Curating topics: names, two that are one and two again, retiring; by services and by the pages."""

from __future__ import annotations

import threading

import pytest
from flask import Flask

from portal.core import clock
from portal.core.audit import AuditEntry
from portal.core.db import db, unit_of_work
from portal.core.errors import NotVisible, RuleBroken
from portal.search import queries as search
from portal.topics import asking, curating, queries, services
from portal.topics.models import UNDO_FOR
from tests.client import Client
from tests.makers import Make


def asked(make: Make, by: int, topic_id: int) -> list[tuple[int, int]]:
    """(person, number of vouches) of whom to ask."""
    found = make.read(lambda: asking.who_to_ask(make.viewer(by), topic_id))[0]
    return sorted((one.card.id, len(one.claim.vouches)) for one in found)


def test_two_topics_are_one_and_two_again(app: Flask, make: Make) -> None:
    make.noise()
    priya, jonas, hana = make.person("Priya Raman"), make.person("Jonas Weber"), make.person("Hana Kim")
    admin = make.viewer(make.person("Amara Admin"), "moderator")
    make.claim(priya, "Kubernetes", level="helping")
    make.claim(priya, "k8s", "K-eights", level="expert", line="By hand")
    make.claim(jonas, "k8s")
    kept, gone, third = make.topic("Kubernetes"), make.topic("k8s"), make.topic("K-eights")
    said = make.viewer(hana)
    make.do(lambda: services.vouch(viewer=said, topic_id=gone, person_id=jonas, why="Fixed the zeppelin"))
    for who, into in ((make.viewer(hana), kept), (make.viewer(make.guest("Gus Guest")), kept)):
        with pytest.raises(NotVisible):
            make.do(lambda who=who, into=into: curating.merge(viewer=who, kept_id=into, gone_id=gone))
    with pytest.raises(RuleBroken, match="itself"):
        make.do(lambda: curating.merge(viewer=admin, kept_id=gone, gone_id=gone))
    make.do(lambda: curating.merge(viewer=admin, kept_id=gone, gone_id=third))
    merge = make.do(lambda: curating.merge(viewer=admin, kept_id=kept, gone_id=gone))
    with pytest.raises(RuleBroken, match="already"):
        make.do(lambda: curating.merge(viewer=admin, kept_id=gone, gone_id=kept))  # in a circle
    with pytest.raises(RuleBroken, match="already"):
        make.do(lambda: curating.merge(viewer=admin, kept_id=kept, gone_id=third))
    # Each is asked once, at their best; the vouch, the addresses and the names are there.
    assert asked(make, hana, kept) == [(priya, 0), (jonas, 1)]
    best = make.read(lambda: queries.claims_of(make.viewer(hana), priya))
    assert [(one.topic.name, one.level, one.line) for one in best] == [("Kubernetes", "expert", "By hand")]
    assert make.read(lambda: [queries.topic(said, slug).slug for slug in ("k8s", "k-eights")]) == ["kubernetes"] * 2
    found = make.read(lambda: search.find(said, "k8s"))
    assert [hit.title.split(" · ")[0] for hit in found.hits["topic"]] == ["Kubernetes"]
    assert {one.person_id for one in found.people} == {priya, jonas}
    # Whoever types the old name claims the one that stays, and has it once.
    assert make.claim(priya, "K8S") == [best[0].id]
    make.claim(hana, "k eights")
    # Two again, each with what was said of it; the one that went into the other goes along.
    make.do(lambda: curating.undo_merge(viewer=admin, merge_id=merge))
    assert asked(make, hana, kept) == [(priya, 0), (hana, 0)]
    assert asked(make, hana, gone) == [(priya, 0), (jonas, 1)]
    assert make.read(lambda: queries.topic(said, "k-eights").slug) == "k8s"
    make.do(lambda: curating.undo_merge(viewer=admin, merge_id=merge))  # once is enough
    again = make.do(lambda: curating.merge(viewer=admin, kept_id=kept, gone_id=gone))
    with clock.pinned(clock.now() + UNDO_FOR), pytest.raises(RuleBroken, match="month"):
        make.do(lambda: curating.undo_merge(viewer=admin, merge_id=again))
    codes = make.read(lambda: [row.code for row in db.session.query(AuditEntry).order_by(AuditEntry.id)])
    assert codes.count("topics_merged") == 3 and codes.count("topic_merge_undone") == 1


def test_two_merges_at_once_make_no_circle(app: Flask, make: Make) -> None:
    admin = make.viewer(make.person("Amara Admin"), "admin")
    make.claim(make.person("Priya Raman"), "One", "Two")
    one, two = make.topic("One"), make.topic("Two")
    start, refused = threading.Barrier(2), []

    def merge(kept: int, gone: int) -> None:
        with app.app_context():
            start.wait(10)
            try:
                unit_of_work(lambda: curating.merge(viewer=admin, kept_id=kept, gone_id=gone))
            except RuleBroken as broken:
                refused.append(broken.field)

    both = [threading.Thread(target=merge, args=pair) for pair in ((one, two), (two, one))]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join(30)
    assert refused == ["into"]
    left = make.read(lambda: {found.id for found in queries.names_by_id([one, two]).values()})
    assert len(left) == 1


def test_a_moderator_curates_by_the_pages(client: Client, make: Make) -> None:
    make.noise()
    make.member("Mo Derator", "moderator", email="mo@example.org")
    make.claim(make.person("Priya Raman"), "Kubernets", "Kubernetes", "Terraform")
    make.claim(make.person("Jonas Weber"), "Kubernetes")
    client.sign_in("mo@example.org")
    page = client.get("admin.topics")
    assert "Perhaps the same" in page.main
    page.submit(action="/admin/topics/kubernets/merge")
    page = client.get("admin.topics")
    assert "Perhaps the same" not in page.main and "Kubernets → Kubernetes" in page.main
    assert client.raw.get("/topics/kubernets").headers["Location"] == "/topics/kubernetes"
    one = client.get("admin.topic", slug="terraform")
    for name, words in {"": "Say what it is called", "Kubernetes": "Another topic", "🚀": "letter"}.items():
        back = client.read(one.submit({"name": name}, containing="name"), 422)
        assert words in back.errors[0] and back.fields("name")["name"] == name
    done = client.follow(one.submit({"name": "OpenTofu"}, containing="name"))
    assert done.path == "/admin/topics/opentofu" and "Terraform" in done.main
    late = client.read(one.submit({"name": "Tofu"}, containing="name"), 422)
    assert "Somebody else" in late.errors[0] and "OpenTofu" in late.main
    assert client.raw.get("/topics/terraform").headers["Location"] == "/topics/opentofu"
    done = client.follow(done.submit({"alias": "tf"}, containing="alias"))
    assert "OpenTofu" in client.get("topics.topics", q="TF").main
    client.follow(done.submit({"drop": "tf"}, containing="drop"))
    assert "OpenTofu" not in client.get("topics.topics", q="tf").main
    client.read(done.submit({"into": "opentofu"}, containing="into"), 422)
    client.read(done.submit({"into": "Zeppelins"}, containing="into"), 422)
    client.follow(done.submit(action="/admin/topics/opentofu/retire"))
    assert "OpenTofu" not in client.get("topics.topics").main
    assert "OpenTofu" in client.get("admin.topics", show="retired").main
    assert "not offered" in client.get("topics.topic", slug="opentofu").main
    client.follow(client.get("topics.mine").submit({"topics": "Golang"}, containing="topics"))
    refused = client.read(client.get("topics.mine").submit({"topics": "OpenTofu"}, containing="topics"), 422)
    assert "not used any more" in refused.errors[0]
