"""My thanks of a year, for me alone: a page to print, and a file for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from flask import Response, render_template, request
from flask_babel import gettext

from portal.core import clock
from portal.core.auth import Viewer, viewer
from portal.core.errors import NotVisible
from portal.people.staff_list import safe_cell

from . import walls
from .blueprint import bp
from .models import ROLES
from .queries import KudosView


@dataclass(frozen=True)
class Year:
    """A year as it is in the viewer's zone, and the thanks in it."""

    number: int
    first: int  # the year of the first thanks that name the viewer
    to_me: list[KudosView]
    from_me: list[KudosView]

    @property
    def others(self) -> list[int]:
        """The years that can be looked at, this one first."""
        return list(range(max(self.number, clock.now().year), self.first - 1, -1))


def _year(who: Viewer) -> Year:
    """The year that is asked for, this one when none is. `NotVisible` for what is none of theirs."""
    zone = clock.zone(who.zone)
    this = clock.today(who.zone).year
    began = walls.first_of_mine(who)
    first = began.astimezone(zone).year if began else this
    asked = request.args.get("year", str(this))
    if not (asked.isascii() and asked.isdigit() and len(asked) == 4 and first <= int(asked) <= this):
        raise NotVisible
    number = int(asked)
    since, until = datetime(number, 1, 1, tzinfo=zone), datetime(number + 1, 1, 1, tzinfo=zone)
    return Year(
        number,
        first,
        walls.mine_between(who, "to", since, until),
        walls.mine_between(who, "from", since, until),
    )


@bp.get("/me/kudos")
def yours() -> str:
    """What I was thanked for this year, and whom I thanked, to read and to print."""
    return render_template("kudos/yours.html", year=_year(viewer()))


@bp.get("/me/kudos.csv")
def yours_csv() -> Response:
    """The same as a file."""
    who = viewer()
    year = _year(who)
    answer = Response(_csv(who, year), mimetype="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="my-thanks-{year.number}.csv"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _csv(who: Viewer, year: Year) -> str:
    made = io.StringIO()
    writer = csv.writer(made)
    writer.writerow(
        map(
            safe_cell,
            (
                gettext("Day"), gettext("To me or from me"), gettext("From"), gettext("To"), gettext("Who helped"),
                gettext("Who cleared the way"), gettext("Words"), gettext("Value"), gettext("Goal"), gettext("Team"),
            ),
        )
    )  # fmt: skip
    for side, some in ((gettext("to me"), year.to_me), (gettext("from me"), year.from_me)):
        for k in some:
            writer.writerow(map(safe_cell, (_day(k, who), side, *_cells(k))))
    return "\ufeff" + made.getvalue()


def _day(k: KudosView, who: Viewer) -> str:
    return k.at.astimezone(clock.zone(who.zone)).date().isoformat()


def _cells(k: KudosView) -> Iterable[str]:
    yield k.giver.name if k.giver else giver_words(k)
    for role in ROLES:
        whole = [k.to_team.name] if k.to_team and role == "did" else []
        yield ", ".join([*whole, *(card.name for card in k.did(role))])
    yield k.why
    yield k.value.name if k.value else ""
    yield k.goal.name if k.goal else ""
    yield k.team.name if k.team else ""


def giver_words(k: KudosView) -> str:
    """What stands for a giver whose name is not seen."""
    return gettext("A former colleague") if k.giver_is_gone else gettext("A colleague")
