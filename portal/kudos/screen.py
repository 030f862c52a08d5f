"""Pages: thanks in a meeting. The host's choice, the stage, the room, and sending it round."""

from __future__ import annotations

import unicodedata
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, replace

import segno
from flask import abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from markupsafe import Markup
from werkzeug.wrappers import Response

from portal.core import clock
from portal.core.auth import public, viewer
from portal.core.db import MAX_ID, unit_of_work
from portal.core.error_pages import error_page
from portal.core.errors import NotVisible
from portal.core.forms import Form, act
from portal.core.storage import storage
from portal.people.queries import Card
from portal.teams import queries as teams
from portal.teams.queries import TeamView

from . import meetings
from .blueprint import bp
from .meetings import MOST_PICKED, MOST_SHOWN, Meeting, Slide

FACES = 6  # on one slide
# How many letters are shown smaller, and which step of screen.css that is.
SIZES = ((1300, "most"), (480, "longest"), (220, "longer"), (110, "long"))
STEP = 12  # seconds a slide, for whoever lets it go on by itself


def _team(slug: str) -> TeamView:
    """The team, for whoever is in it."""
    who = viewer()
    try:
        found = teams.team(who, slug)
    except NotVisible:
        today = teams.slug_today(who, slug)
        abort(redirect(url_for("kudos.screen", team=today), 307 if request.method == "POST" else 308))
    if not found.i_am_in:
        raise NotVisible
    return found


def _button(work: Callable[[], object], said: str, back: str) -> Response:
    """Do what a button asks, say so, and go back."""
    form = Form()
    if act(form, work):
        if said:
            flash(said)
    else:
        flash(" ".join(words for _id, words in form.wrong), "error")
    return redirect(back, 303)


# ---- choosing ----------------------------------------------------------------------------------------------


@bp.route("/kudos/screen", methods=["GET", "POST"])
def screen() -> Response | tuple[str, int]:
    """What the host picks from, and Start; who is in a meeting already goes on from here."""
    who, team = viewer(), _team(request.values.get("team", ""))
    if not meetings.may_host(team, who):
        return _for_a_guest(team)
    earlier = request.values.get("earlier") == "1"
    form = Form()
    if form.sent():
        picked = _in_order(request.form.getlist("pick"))
        team_id = team.id
        done = act(form, lambda: meetings.start(viewer=who, team_id=team_id, picked=picked, earlier=earlier))
        if done:
            return redirect(url_for("kudos.stage", public_id=done.result, position=0), 303)
    since = meetings.since(team.id, earlier=earlier)
    running = meetings.running(team.id) if team.is_open else None
    page = render_template(
        "kudos/screen_pick.html",
        team=team,
        form=form,
        running=meetings.meeting(who, running) if running else None,
        offered=meetings.offered(team, since) if team.is_open and not running else [],
        since=since,
        earlier=earlier,
        has_earlier=since > clock.now() - meetings.LOOKS_BACK,
        picked=request.form.getlist("pick"),
        places=request.form,
        most=MOST_PICKED,
    )
    return page, form.status


def _for_a_guest(team: TeamView) -> Response:
    """A guest hosts nothing, and watches what goes on."""
    running = meetings.running(team.id) if team.is_open else None
    if running is None:
        raise NotVisible
    return redirect(url_for("kudos.meeting", public_id=running), 303)


def _in_order(picked: list[str]) -> list[str]:
    """Those with a number first, by it; the others as they stand on the page."""
    places = {one: request.form.get(f"place-{one}", "") for one in picked}
    numbers = {one: int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 1000
               for one, text in places.items()}  # fmt: skip
    return sorted(picked, key=lambda one: numbers[one])


# ---- the room ----------------------------------------------------------------------------------------------


@bp.get("/kudos/screen/<public_id>")
def meeting(public_id: str) -> str:
    """The meeting's own page: I am here, say thanks, watch; for who runs it, the link for a TV, End, Send round."""
    found = meetings.meeting(viewer(), public_id)
    link = None
    if found.token:
        link = url_for("kudos.watch", public_id=public_id, token=found.token, _external=True)
    return render_template("kudos/screen_room.html", meeting=found, team=found.team, link=link, add=_add(found))


@bp.post("/kudos/screen/<public_id>/here")
def here(public_id: str) -> Response:
    """I am here."""
    who = viewer()
    meetings.meeting(who, public_id)
    back = url_for("kudos.meeting", public_id=public_id)
    said = gettext("You are in. What is shown goes to you afterwards as well.")
    return _button(lambda: meetings.come_in(viewer=who, public_id=public_id), said, back)


@bp.post("/kudos/screen/<public_id>/over")
def end_screen(public_id: str) -> Response:
    """The meeting is over."""
    who = viewer()
    if not meetings.meeting(who, public_id).may_run:
        raise NotVisible
    said = gettext("The meeting is over. Its link shows nothing any more.")
    back = url_for("kudos.send_round", public_id=public_id)
    return _button(lambda: meetings.end(viewer=who, public_id=public_id), said, back)


# ---- the stage ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Stage:
    """What stage and link have in common: what is shown, and how an address is made from a position."""

    slides: list[Slide]
    address: Callable[[int], str]
    more: Callable[[int], str]
    leave: str | None
    team_name: str
    public_id: str
    watching: bool
    host_at: int = 0  # where the host is, for a screen that follows

    @property
    def last(self) -> str:
        return self.address(self.slides[-1].position if self.slides else 0)

    def at(self, position: int) -> int | None:
        """The place of the slide with that position; None where it is not shown (any more)."""
        return next((place for place, one in enumerate(self.slides) if one.position == position), None)

    def after(self, position: int) -> int | None:
        """The position of the first one behind that."""
        return next((one.position for one in self.slides if one.position > position), None)


END = MAX_ID  # the position of the last card


def _inside(found: Meeting) -> Stage:
    public_id = found.public_id
    return Stage(
        slides=meetings.slides_of(viewer(), found),
        address=lambda position: url_for("kudos.stage", public_id=public_id, position=_named(position)),
        more=lambda position: url_for("kudos.more", public_id=public_id, position=_named(position)),
        leave=url_for("kudos.meeting", public_id=public_id),
        team_name=found.team.name,
        public_id=public_id,
        watching=False,
    )


def _named(position: int) -> str:
    return "end" if position == END else str(position)


def _position(text: str) -> int:
    """A position from an address: 0 is the opening card, "end" the last one."""
    if text == "end":
        return END
    if not text.isascii() or not text.isdigit() or len(text) > 6:
        raise NotVisible
    return int(text)


@bp.get("/kudos/screen/<public_id>/<position>")
def stage(public_id: str, position: str) -> Response | str:
    """One card: the opening (0), a kudos, or the last ("end")."""
    found = meetings.meeting(viewer(), public_id)
    if not found.is_open:
        return redirect(url_for("kudos.meeting", public_id=public_id), 303)  # where it says so
    return _card(_inside(found), _position(position), meeting=found)


@bp.post("/kudos/screen/<public_id>/<position>/at")
def step(public_id: str, position: str) -> Response:
    """The host is at this card, says the card itself: screens that nobody is signed in on go there as well."""
    who, at = viewer(), _position(position)
    unit_of_work(lambda: meetings.step(viewer=who, public_id=public_id, position=at))
    return Response(status=204)


@bp.get("/kudos/screen/<public_id>/<position>/more")
def more(public_id: str, position: str) -> Response | str:
    """Asked by an open card every few seconds: is there more by now, and is this one still to be shown?"""
    try:
        found = meetings.meeting(viewer(), public_id)
    except NotVisible:
        return _reload()
    return _news(_inside(found), _position(position)) if found.is_open else _reload()


def _card(stage: Stage, position: int, meeting: Meeting | None = None) -> Response | str:
    """The card at a position. Where nothing is shown, on to the next one."""
    place = stage.at(position)
    if position not in (0, END) and place is None:
        behind = stage.after(position)
        return redirect(stage.address(END if behind is None else behind), 303)
    before = [one.position for one in stage.slides if one.position < position]
    slide = stage.slides[place] if place is not None else None
    back = before[-1] if before else 0
    return render_template(
        "kudos/screen_stage.html",
        stage=stage,
        slide=slide,
        number=place + 1 if place is not None else 0,
        total=len(stage.slides),
        faces=FACES,
        step=STEP,
        size=_size(slide.kudos.words) if slide else "",
        is_start=position == 0,
        is_end=position == END,
        host=_named(stage.host_at),
        here=url_for("kudos.step", public_id=stage.public_id, position=_named(position)),
        meeting=meeting,
        qr=_qr(_add_address(stage.public_id)) if position == 0 else None,
        short=_short(stage.public_id),
        next=None if position == END else stage.address(position + 1),
        back=stage.address(back) if position else None,
        first=stage.address(0),
        more=stage.more(position),
    )


def _size(words: str) -> str:
    """The largest letters in which the words fit: a step of screen.css. A sign as wide as two counts twice, and a
    new line leaves some of the last one empty."""
    wide = sum(1 for sign in words if unicodedata.east_asian_width(sign) in "WF")
    takes = len(words) + wide + 15 * words.count("\n")
    return next((size for least, size in SIZES if takes > least), "")


def _news(stage: Stage, position: int) -> Response | str:
    """A line when more came in; where this kudos is not to be shown any more, away from it at once."""
    if position not in (0, END) and stage.at(position) is None:
        return _reload()
    if stage.watching and _named(stage.host_at) != request.args.get("host", _named(stage.host_at)):
        return Response("", headers={"HX-Redirect": stage.address(stage.host_at)})
    known, said = (_count(name) for name in ("of", "said"))
    count = max(0, len(stage.slides) - known)
    if count == said:
        return Response(status=204)
    return render_template(
        "kudos/_screen_more.html",
        count=count,
        to=stage.address(stage.slides[known].position) if count else None,
        more=stage.more(position),
        known=known,
        stage=stage,
        host=_named(stage.host_at),
    )


def _count(name: str) -> int:
    text = request.args.get(name, "0")
    return min(int(text), MOST_SHOWN) if text.isascii() and text.isdigit() and len(text) < 4 else 0


def _reload() -> Response:
    """Asks the page to load anew; that answers as things are by now."""
    return Response("", headers={"HX-Refresh": "true"})


# ---- by its link, without signing in -----------------------------------------------------------------------


def _by_link(public_id: str, token: str) -> Stage:
    found = meetings.watched(public_id, token)
    if not found.is_open:
        words = gettext("What was shown goes to those who were there, if the host sends it round.")
        abort(_apart(error_page(410, gettext("This meeting is over"), words)))
    return Stage(
        slides=meetings.slides(found.id, found.audience_id),
        address=lambda position: url_for("kudos.watch", public_id=public_id, token=token, position=_named(position)),
        more=lambda position: url_for(
            "kudos.watch_more", public_id=public_id, token=token, position=_named(position)
        ),
        leave=None,
        team_name=found.team_name,
        public_id=public_id,
        watching=True,
        host_at=found.at,
    )


def _apart(page: Response | str) -> Response:
    """Kept in no cache, and named to nobody who is linked from it."""
    response: Response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@bp.get("/kudos/screen/<public_id>/watch/<token>")
@bp.get("/kudos/screen/<public_id>/watch/<token>/<position>")
@public
def watch(public_id: str, token: str, position: str | None = None) -> Response:
    """The same stage on a screen that nobody is signed in on: it begins where the host is, and goes where they go.
    The link ends with the meeting."""
    stage = _by_link(public_id, token)
    stage = replace(stage, slides=_with_pictures(stage.slides))
    return _apart(_card(stage, stage.host_at if position is None else _position(position)))


@bp.get("/kudos/screen/<public_id>/watch/<token>/<position>/more")
@public
def watch_more(public_id: str, token: str, position: str) -> Response:
    """As `more`, by the link."""
    if not meetings.watched(public_id, token).is_open:
        return _apart(_reload())
    return _apart(_news(_by_link(public_id, token), _position(position)))


def _with_pictures(slides: list[Slide]) -> list[Slide]:
    """With the faces within the page: who is not signed in is served no photo."""
    return [
        replace(
            one,
            kudos=replace(
                one.kudos,
                giver=_drawn(one.kudos.giver) if one.kudos.giver else None,
                receivers=tuple(
                    replace(each, person=_drawn(each.person)) if place < FACES else each
                    for place, each in enumerate(one.kudos.receivers)
                ),
            ),
        )
        for one in slides
    ]


def _drawn(card: Card) -> Card:
    data = storage().get(card.square_url.rpartition("/")[2]) if card.square_url else None
    return replace(card, square_url=f"data:image/webp;base64,{b64encode(data).decode()}" if data else None)


# ---- the way in --------------------------------------------------------------------------------------------


def _add(found: Meeting) -> str:
    """Where the room adds thanks."""
    return url_for("kudos.new", screen=found.public_id, team=found.team.slug)


def _add_address(public_id: str) -> str:
    return url_for("kudos.add_live", public_id=public_id, _external=True)


@bp.get("/kudos/screen/<public_id>/add")
def add_live(public_id: str) -> Response:
    """What the code in the room leads to: saying thanks, for this screen."""
    return redirect(_add(meetings.meeting(viewer(), public_id)), 303)


def _short(public_id: str) -> str:
    return url_for("kudos.meeting", public_id=public_id, _external=True).partition("://")[2]


def _qr(link: str) -> Markup:
    """The link as an SVG that is part of the page: no inline style, no file."""
    drawn = segno.make(link, error="m", micro=False)
    svg = drawn.svg_inline(omitsize=True, svgclass="meeting-qr", lineclass=None, border=3, light="#fff")
    return Markup(svg)  # noqa: S704 - drawn by segno from a link of our own


# ---- whoever was asked -------------------------------------------------------------------------------------


@bp.get("/kudos/screen/asked")
def asked() -> str:
    """May these thanks for me be shown in a meeting?"""
    return render_template("kudos/screen_asked.html", questions=meetings.my_questions(viewer()))


@bp.post("/kudos/screen/<public_id>/answer/<kudos_id>")
def answer(public_id: str, kudos_id: str) -> Response:
    """Yes, or not this time."""
    who = viewer()
    said = request.form.get("answer")
    if said not in ("yes", "no"):
        raise NotVisible
    words = gettext("It may be shown.") if said == "yes" else gettext("It is not shown. Nobody is told.")
    return _button(
        lambda: meetings.answer(viewer=who, screen_public_id=public_id, kudos_public_id=kudos_id, yes=said == "yes"),
        words,
        url_for("kudos.asked"),
    )


# ---- afterwards --------------------------------------------------------------------------------------------


@bp.route("/kudos/screen/<public_id>/round", methods=["GET", "POST"])
def send_round(public_id: str) -> Response | tuple[str, int]:
    """Who was there, and sending it to them."""
    who = viewer()
    found = meetings.meeting(who, public_id)
    if not found.may_run:
        raise NotVisible
    form = Form()
    people = meetings.attendees(who, found)
    if form.sent():
        by_handle = {one.card.handle: one.card.id for one in people}
        ticked = [by_handle[one] for one in request.form.getlist("person") if one in by_handle]
        done = act(form, lambda: meetings.send_round(viewer=who, public_id=public_id, person_ids=ticked))
        if done:
            if done.result is not None and not done.again:
                words = ngettext("Sent to %(num)d person.", "Sent to %(num)d people.", done.result)
                flash(words)
            return redirect(url_for("kudos.send_round", public_id=public_id), 303)
    page = render_template(
        "kudos/screen_round.html",
        meeting=found,
        team=found.team,
        people=people,
        ticked=request.form.getlist("person")
        if form.status != 200
        else [one.card.handle for one in people if one.here],
        count=len(meetings.slides_of(who, found)),
        form=form,
        me=who.person_id,
    )
    return page, form.status


@bp.get("/kudos/screen/<public_id>/shown")
def shown(public_id: str) -> str:
    """What was shown, for those who were there."""
    return render_template("kudos/screen_shown.html", shown=meetings.shown_in(viewer(), public_id))
