"""How people like to be thanked: the words for it, and saying it. Reading it is `queries.wishes`."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext

from portal.core.auth import Viewer
from portal.core.db import db, insert_missing
from portal.core.errors import RuleBroken
from portal.core.i18n import lazy as _

from .models import ON_SCREEN, WISHES, ThanksWish

SHOWN_WORDS = {
    "wall": _("On the wall, where everyone sees it"),
    "team": _("In my team"),
    "me": _("Only to me"),
}
ON_SCREEN_WORDS = {"yes": _("Yes"), "ask": _("Ask me first"), "no": _("No")}


def set_wish(*, viewer: Viewer, shown: str, on_screen: str) -> None:
    """From now on; what was given already stays where it stands. Raises `RuleBroken` on its fields."""
    for field, one, known in (("shown", shown, WISHES), ("on_screen", on_screen, ON_SCREEN)):
        if one not in known:
            raise RuleBroken(field, gettext("Pick one from the list"))
    said = {"shown": shown, "on_screen": on_screen}
    insert_missing(ThanksWish, [{"person_id": viewer.person_id, **said}])
    mine = sa.update(ThanksWish).where(ThanksWish.person_id == viewer.person_id).values(said)
    db.session.execute(mine.execution_options(synchronize_session=False))
