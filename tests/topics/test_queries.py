"""What a guest reads of topics: of those whom they see, and what those claim; whoever is hidden takes no place."""

from __future__ import annotations

import pytest
from flask import Flask

from portal.core.errors import NotVisible, RuleBroken
from portal.topics import asking, queries, services
from tests.makers import Make
from tests.topics.test_claiming import vouch


def test_a_guest_learns_of_topics_and_people_by_whom_they_see(
    app: Flask, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.noise()
    hidden = [make.person(name) for name in ("Tomás Rivera", "Hana Kim", "Ben Achterberg")]
    priya, leila, gus = make.person("Priya Raman"), make.person("Leila Haddad"), make.guest("Gus Guest")
    make.team(priya, leila, gus)
    for one in hidden:  # before whom the guest sees
        make.claim(one, "Kubernetes", "Contract reading")
    make.claim(priya, "Kubernetes", level="helping")
    clusters, contracts = make.topic("Kubernetes"), make.topic("Contract reading")
    for one in (leila, *hidden):  # the newest first
        vouch(make, one, clusters, priya)
    monkeypatch.setattr(asking, "PEOPLE", 1)
    monkeypatch.setattr(queries, "VOUCHES_SHOWN", 1)
    who = make.viewer(gus)

    def read() -> None:
        page = asking.everybody(who, clusters, None)
        assert [one.card.id for one in page.items] == [priya] and page.next is None
        claims = queries.claims_on(who, clusters, learning=False, most=1)
        assert [one.person_id for one in claims] == [priya]
        (told,) = queries.with_vouches(who, claims)
        assert [one.by.id for one in told.vouches] == [leila] and not told.more_vouches
        theirs = [one.id for one in queries.claims_of(make.viewer(hidden[0]), hidden[0])]
        assert len(theirs) == 2 and queries.plain_claims_by_id(who, theirs) == {}
        assert asking.related(who, clusters) == []
        (line,) = queries.topics(who).items
        assert (line.id, line.to_ask) == (clusters, 1)
        assert queries.completions(who, "Contract") == ([], True)
        assert queries.called(who, "Contract reading") is None
        assert queries.called_many(who, ["Contract reading", "kubernetes"]).keys() == {"kubernetes"}
        assert queries.may_be_named(who, clusters) and not queries.may_be_named(who, contracts)

    make.read(read)
    with pytest.raises(NotVisible):
        make.do(lambda: services.name_somebody(viewer=who, topic_id=contracts, person_id=leila))
    with pytest.raises(RuleBroken, match="Nobody with that name"):
        make.do(lambda: services.name_somebody(viewer=who, topic_id=clusters, person_id=hidden[0]))
