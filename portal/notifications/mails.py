"""How the mail of notices is written, and what people wish of all mail that can be turned off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flask import Flask, url_for
from flask_babel.speaklater import LazyString
from markupsafe import Markup

from portal.core import clock, links, mail
from portal.core.i18n import lazy as _
from portal.core.mail import Letter, NotYet
from portal.core.markup import in_mail
from portal.kudos.queries import KudosView
from portal.people.queries import Card

from . import queries, when
from .kinds import KINDS, in_a_row, thanked
from .models import ENDS_AFTER, GOOD_FOR, MONTHLY_AFTER

NAMES = 4  # in a line; more are "and others"


def notice(notice_id: int, _occasion: int) -> Letter | None:
    """One notice, in the words of today; None for what was read, taken back or is a week old."""
    found = queries.told_by_mail(notice_id, clock.now() - GOOD_FOR)
    if found is None:
        return None
    to, told = found
    return Letter(
        to=to.email,
        name=to.name,
        locale=to.locale,
        subject=LazyString(lambda: told.words),  # said in the reader's language, once that is known
        template="notice",
        context={
            "first_name": to.first_name,
            "told": told,
            "marked": _marked,
            "link": url_for("notifications.notices", _external=True) if told.path is None else _at(told.path),
            "yes": url_for("help.answer_yes", token=told.answer, _external=True) if told.answer else "",
            "no": url_for("help.answer_no", token=told.answer, _external=True) if told.answer else "",
        },
        person_id=to.person_id,
    )


def _at(path: str) -> str:
    return url_for("home.home", _external=True).rstrip("/") + path


def _marked(one: KudosView) -> Markup:
    return in_mail(one.why_html, url_for("home.home", _external=True))


def _thanked(one: KudosView) -> str:
    names = (one.to_team.name,) if one.to_team else tuple(to.person.first_name for to in one.receivers[:NAMES])
    return thanked(one.giver.first_name if one.giver else "", names, len(one.receivers) + one.more > len(names) > 1)


def _in_a_row(people: Sequence[Card]) -> str:
    return in_a_row(tuple(card.name for card in people[:NAMES]), more=len(people) > NAMES)


def digest(digest_id: int, _occasion: int) -> Letter | None:
    """What happened around somebody, as it was chosen; None when nothing of it is left."""
    found = queries.digest_letter(digest_id)
    if found is None:
        return None
    return Letter(
        to=found.to.email,
        name=found.to.name,
        locale=found.to.locale,
        subject=_("What happened around you"),
        template="digest",
        context={
            "first_name": found.to.first_name,
            "told": found.told,
            "thanked": _thanked,
            "in_a_row": _in_a_row,
            "at": _at,
            "around": found.around,
            "meeting": found.meeting,
            "gets_rarer": found.number == MONTHLY_AFTER,
            "ends": found.number >= ENDS_AFTER,
            "link": url_for("home.home", _external=True),
        },
        person_id=found.to.person_id,
    )


def as_wished(kind: str, letter: Letter) -> Letter | None:
    """A letter of one of our kinds goes to whoever wants it by mail, outside their quiet hours, with a way to turn it
    off. All other mail passes."""
    known = KINDS.get(kind)
    if known is None or letter.person_id is None:
        return letter
    if queries.my_ways(letter.person_id)[known.chosen_by] != known.mailed_as:
        return None
    if known.waits:
        until = when.out_of_quiet(clock.now(), queries.my_hours(letter.person_id))
        if until > clock.now():
            raise NotYet(until)
    token = token_for(known.code, letter.person_id)
    return replace(letter, unsubscribe=url_for("notifications.unsubscribe", code=kind, token=token, _external=True))


def token_for(code: str, person_id: int) -> str:
    """The secret part of the address that turns mail of a kind off. It lasts: so does the mail that it stands in."""
    return links.token_for(f"unsubscribe {code}", person_id, code)


def is_token(token: str, code: str, person_id: int) -> bool:
    return links.fits(token, f"unsubscribe {code}", person_id, code)


def init_app(app: Flask) -> None:
    """Every letter is shown to `as_wished`."""
    mail.ask_about(app, as_wished)


MAILS = {
    "digest": digest,
    **{code: notice for code, kind in KINDS.items() if kind.about},
}
