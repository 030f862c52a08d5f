"""Why somebody was found, in words."""

from __future__ import annotations

from flask import Flask

from portal.core import clock
from portal.core.findable import Why
from portal.search.queries import Reason
from portal.search.telling import reasons_told
from tests.makers import Make


def told(app: Flask, make: Make, by: int, reasons: list[Reason]) -> dict[int, Why]:
    who = make.viewer(by)
    with app.test_request_context():
        return reasons_told(who, reasons, ["kubernetes"])


def test_each_kind_is_told_by_whoever_knows_it_and_only_what_may_be_opened(app: Flask, make: Make) -> None:
    priya, hana = make.intro(make.member("Priya Raman")), make.member("Hana Kim")
    (claim,) = make.claim(priya, "Kubernetes")
    reasons = [
        Reason(1, "work", None, "author", "The export queue", "https://h.example/1", clock.now()),
        Reason(2, "work", None, "reviewer", "The import queue", None, clock.now()),
        Reason(3, "work", None, "", "A queue", None, clock.now()),
        Reason(4, "claim", claim, "expert", "Kubernetes", None, clock.now()),
        Reason(5, "claim", claim + 1, "expert", "Gone meanwhile", None, clock.now()),
    ]
    words = told(app, make, hana, reasons)
    assert [(number, one.words, one.quoted, one.url) for number, one in sorted(words.items())] == [
        (1, "Wrote", "The export queue", "https://h.example/1"),
        (2, "Reviewed", "The import queue", ""),
        (3, "Work from elsewhere", "A queue", ""),
        (4, "Expert in Kubernetes", "", "/topics/kubernetes"),
    ]
    stranger = make.guest("Una Seen")
    assert told(app, make, stranger, reasons[3:]) == {}
