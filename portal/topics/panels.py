"""What topics lend to other pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.core.auth import Viewer
from portal.core.errors import NotVisible
from portal.core.i18n import lazy as _
from portal.core.panels import Narrowed, Narrowing, Panel

from . import naming, queries


def on_person(viewer: Viewer, person_id: int) -> Mapping[str, Any] | None:
    """Topics on a profile."""
    claims = queries.claims_of(viewer, person_id)
    if not claims:
        return None
    is_me = person_id == viewer.person_id
    return {
        "claims": claims,
        "is_me": is_me,
        "said": {} if is_me else queries.my_vouches_for(viewer, person_id),
        "hours": queries.hours_of([person_id]).get(person_id, ""),
    }


def mine(viewer: Viewer, _person_id: int) -> Mapping[str, Any]:
    """My topics, in a word each."""
    return {"claims": queries.my_topics(viewer)}


def owed(viewer: Viewer, _person_id: int) -> Mapping[str, Any] | None:
    """A line in what I owe: topics claimed under another title, topics for which I was named."""
    asks, named = queries.asks_still_right(viewer), queries.named(viewer)
    return {"asks": asks, "named": named} if asks or named else None


def _find(viewer: Viewer, key: str) -> Narrowed | None:
    """A topic by its address or any of its names, or the likeliest that goes on from what was typed."""
    found = queries.called(viewer, key[: naming.LONGEST_NAME])
    if found is None:
        try:
            found = queries.topic(viewer, key)
        except NotVisible:
            near, _may_be_new = queries.completions(viewer, naming.tidy(key))
            found = near[0] if near else None
    return Narrowed(found.name, people=queries.ids_of_claimers(found.id)) if found else None


PANELS: list[Panel | Narrowing] = [
    Panel("person", 12, "topics/_on_person.html", on_person),
    Panel("me", 12, "topics/_on_me.html", mine),
    Panel("home_owed", 11, "topics/_owed.html", owed),
    Narrowing(
        "topic", _("Topic"), _("Any topic"), lambda _viewer: [], _find,
        typed="topics.complete", nobody=_("Nobody lists that topic yet"),
    ),
]  # fmt: skip
