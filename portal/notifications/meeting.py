"""One person to meet and one to hear from, along with the digest: chosen once, and told as far as it still holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext

from portal.core.auth import Viewer
from portal.core.i18n import day
from portal.meet import pages, queries
from portal.meet.pages import ToHearFrom
from portal.meet.reasons import Reason, said
from portal.people.queries import Card


@dataclass(frozen=True)
class Meeting:
    """Somebody to meet and why, and somebody to hear from; None for either where there is nobody."""

    meet: tuple[Card, Reason] | None
    hear: ToHearFrom | None

    @property
    def why(self) -> str:
        """Why they might meet, in the language that is spoken when this is asked."""
        words = said(self.meet[1]) if self.meet else ""
        return words[:1].upper() + words[1:]

    @property
    def silence(self) -> str:
        """What there is to say to whom one has not heard from."""
        if self.hear is None:
            return ""
        nothing = gettext("Nothing here since %(day)s.", day=day(self.hear.last_on))
        news = self.hear.news
        if news is None:
            return nothing
        kinds = {
            "ask": lambda: gettext("They ask:"),
            "kudos": lambda: gettext("They were thanked:"),
            "intro": lambda: gettext("Their intro is new since then:"),
        }
        return f"{nothing} {kinds[news.kind]()} {news.words}"


def chosen(viewer: Viewer) -> dict[str, list[int]]:
    """Ids: of the first whom they might meet, and of the first whom they have not heard from."""
    if viewer.is_guest:
        return {}
    new = queries.suggestions(viewer) if pages.has_intros_enough() else []
    meet = [one.person_id for one in new if one.reasons][:1]
    hear = [tie.other_id for tie in queries.to_warm_up(viewer, 1)]
    return {part: ids for part, ids in (("meet", meet), ("hear", hear)) if ids}


def told(viewer: Viewer, ids: Mapping[str, Any]) -> Meeting:
    """What still holds of that for its reader."""
    meet, hear = (next(iter(ids.get(part, [])), None) for part in ("meet", "hear"))
    return Meeting(
        meet=pages.still_to_meet(viewer, int(meet)) if meet else None,
        hear=pages.still_to_hear_from(viewer, int(hear)) if hear else None,
    )
