"""The audit log: who did what to whom, with the names of today."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Response, render_template, request, url_for

from portal.accounts.roster import entry, names_of
from portal.core import audit, clock
from portal.core.auth import for_role, viewer
from portal.core.errors import NotVisible
from portal.goals.queries import titles_by_id
from portal.teams.queries import names_by_id

from .blueprint import bp
from .log_words import ABOUT_PEOPLE, WORDS, words_of

MOST_IN_A_FILE = 50_000


@dataclass(frozen=True)
class Line:
    """An entry in plain words. actor and subject: (name, where it leads or ""); None where there is none."""

    at: datetime
    code: str
    words: Any
    actor: tuple[str, str] | None
    subject: tuple[str, str] | None
    subject_is: str


@dataclass(frozen=True)
class Wanted:
    """What the log is narrowed to."""

    code: str
    handle: str
    day: date | None
    person_id: int | None
    nobody: bool  # a name was typed that nobody has

    @property
    def kept(self) -> dict[str, Any]:
        """For links."""
        day = self.day.isoformat() if self.day else None
        return {"code": self.code or None, "who": self.handle or None, "day": day}


def _wanted() -> Wanted:
    who = viewer()
    code = request.args.get("code", "")
    handle = request.args.get("who", "").strip()[:100]
    person_id = None
    if handle:
        try:
            person_id = entry(who, handle.rsplit("/", 1)[-1].lower()).id
        except NotVisible:
            person_id = None
    try:
        day = date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        day = None
    in_time = day is not None and date.min < day < date.max - timedelta(days=1)
    return Wanted(
        code if code in WORDS else "", handle, day if in_time else None, person_id, bool(handle) and not person_id
    )


def _lines(wanted: Wanted, cursor: str | None, size: int) -> tuple[list[Line], str | None]:
    if wanted.nobody:
        return [], None
    zone = clock.zone(viewer().zone)
    since = until = None
    if wanted.day is not None:
        since = datetime.combine(wanted.day, time(), zone)
        until = datetime.combine(wanted.day + timedelta(days=1), time(), zone)
    page = audit.entries(
        codes=[wanted.code] if wanted.code else None,
        person_id=wanted.person_id,
        about_people=ABOUT_PEOPLE,
        since=since,
        until=until,
        cursor=cursor,
        size=size,
    )
    return _in_words(page.items), page.next


def _in_words(rows: list[audit.AuditEntry]) -> list[Line]:
    subjects: dict[str, set[int]] = {"person": set(), "team": set(), "goal": set()}
    for row in rows:
        kind = WORDS.get(row.code, ("", ""))[1]
        if kind and row.subject_id is not None:
            subjects[kind].add(row.subject_id)
    people = names_of(viewer(), subjects["person"] | {row.actor_id for row in rows if row.actor_id is not None})
    teams = names_by_id(subjects["team"]) if subjects["team"] else {}
    goals = titles_by_id(subjects["goal"]) if subjects["goal"] else {}

    def subject(kind: str, one: int | None) -> tuple[str, str] | None:
        if not kind or one is None:
            return None
        if kind == "person":
            return person(one)
        if kind == "team":
            return (teams[one].name, url_for("teams.team", slug=teams[one].slug)) if one in teams else ("", "")
        return (goals[one][1], url_for("goals.goal", slug=goals[one][0])) if one in goals else ("", "")

    def person(one: int) -> tuple[str, str]:
        handle, name = people.get(one, ("", ""))
        return (name, url_for("admin.person", handle=handle)) if name else ("", "")

    return [
        Line(
            at=row.at,
            code=row.code,
            words=words_of(row.code),
            actor=None if row.actor_id is None else person(row.actor_id),
            subject=subject(WORDS.get(row.code, ("", ""))[1], row.subject_id),
            subject_is=WORDS.get(row.code, ("", ""))[1],
        )
        for row in rows
    ]


@bp.get("/log")
@for_role("admin")
def log() -> str:
    """The newest first."""
    wanted = _wanted()
    lines, following = _lines(wanted, request.args.get("after"), audit.ROWS)
    more = url_for("admin.log", after=following, **wanted.kept) if following else None
    codes = sorted(((code, str(words)) for code, (words, _subject) in WORDS.items()), key=lambda one: one[1])
    return render_template(
        "admin/log.html", lines=lines, more=more, wanted=wanted, codes=codes, first_page=not request.args.get("after")
    )


@bp.get("/log.csv")
@for_role("admin")
def log_csv() -> Response:
    """The same as a file for a spreadsheet."""
    lines, _following = _lines(_wanted(), None, MOST_IN_A_FILE)
    answer = Response(_csv(lines), mimetype="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="hallway-log.csv"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _csv(lines: Iterable[Line]) -> str:
    made = io.StringIO()
    writer = csv.writer(made)
    writer.writerow(["at", "who", "code", "what", "whom"])
    for line in lines:
        who, whom = (one[0] if one else "" for one in (line.actor, line.subject))
        writer.writerow([line.at.isoformat(), *map(_safe, (who, line.code, str(line.words), whom))])
    return "\ufeff" + made.getvalue()


def _safe(cell: str) -> str:
    """A spreadsheet would carry out what begins like a formula."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
