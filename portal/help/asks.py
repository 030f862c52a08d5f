"""Pages: what can be helped with, asking, one ask and what its asker does with it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from portal.accounts.services import keep_words
from portal.core import clock
from portal.core.auth import Viewer, viewer
from portal.core.db import MAX_ID
from portal.core.errors import NotVisible, RuleBroken
from portal.core.findable import Why
from portal.core.forms import Form, act, kept_words
from portal.people.queries import Card, cards, id_of_handle
from portal.teams import queries as teams
from portal.topics import naming
from portal.topics import queries as topics
from portal.topics.queries import TopicName

from . import asking, findable, offers, promises, queries, services
from .able import why_you
from .blueprint import bp
from .forms import MINUTES_WORDS, SHOWN_WORDS, AskForm, EditAskForm, LimitForm, PostForm, minutes_of
from .offers import OfferView
from .queries import AskView
from .services import Question

SHOWS = ("open", "answered", "mine", "offers")
UNDO_FOR = 60  # seconds
TYPED = ("question", "details", "words", "what", "line", "word", "outcome")  # fields of the forms of help

bp.add_app_template_global(lambda minutes: MINUTES_WORDS[minutes], "minutes_words")


# ---- the list ----------------------------------------------------------------------------------------------


@bp.get("/help")
def index() -> str:
    """Asks I could answer first, then open ones; answered ones; my own; offers. By topic, by team."""
    who = viewer()
    show = request.args.get("show", "open")
    show = show if show in SHOWS else "open"
    typed = request.args.get("topic", "").strip()
    topic, team = _topic(who, typed), _team(who, request.args.get("team", ""))
    after = request.args.get("after")
    kept = {
        "show": show if show != "open" else None,
        "topic": topic.slug if topic else None,
        "team": team[0] if team else None,
    }
    teams_of_mine = teams.my_team_names(who) if show in ("open", "answered") else []
    shown: dict[str, Any] = {
        "show": show, "topic": topic, "typed": typed, "team": team, "my_teams": teams_of_mine, "kept": kept,
        "first_page": not after,
    }  # fmt: skip
    if show == "offers":
        page = offers.offers(who, topic_id=topic.id if topic else None, cursor=after)
        mine = offers.offers_of(who, who.person_id) if not after and topic is None else []
        return _page(shown, page.next, offers=page.items, my_offers=mine)
    if show == "mine":
        found = queries.my_asks(who, cursor=after)
        return _page(shown, found.next, asks=found.items)
    plain = topic is None and team is None and not after and show == "open"
    first = queries.i_could_answer(who) if plain else []
    found = queries.asks(
        who,
        answered=show == "answered",
        topic_id=topic.id if topic else None,
        team_audience_id=team[2] if team else None,
        cursor=after,
    )
    seen = {one.id for one in first}
    return _page(shown, found.next, first=first, asks=[one for one in found.items if one.id not in seen])


def _page(shown: dict[str, Any], following: str | None, **lists: Any) -> str:
    more = url_for("help.index", after=following, **shown["kept"]) if following else None
    empty: dict[str, Any] = {"first": [], "asks": [], "offers": [], "my_offers": []}
    return render_template("help/help.html", more=more, **shown, **(empty | lists))


def _topic(who: Viewer, typed: str) -> TopicName | None:
    """A topic by its address, or as somebody types its name."""
    try:
        return topics.topic(who, typed) if typed else None
    except NotVisible:
        return topics.called(who, typed)


def _team(who: Viewer, slug: str) -> tuple[str, str, int] | None:
    """(slug, name, audience) of a team that the viewer may see."""
    try:
        found = teams.team(who, slug) if slug else None
    except NotVisible:
        return None
    return (found.slug, found.name, teams.audience_of(found.id)) if found else None


# ---- asking ------------------------------------------------------------------------------------------------


@bp.route("/help/new", methods=["GET", "POST"])
def new() -> Response | tuple[str, int]:
    """Ask, or offer. The query fills the fields in: kind, question, topic, team, to (a handle), offer."""
    if request.values.get("kind") == "offer":
        return redirect(url_for("help.new_offer", topics=request.args.get("topic") or None), 303)
    who = viewer()
    form = AskForm(formdata=_given(who))
    form.narrow(who.is_guest)
    to, offer = _addressed(who, form)
    gone = _gone(form, to, offer)
    if request.method != "POST" or not form.sent() or gone:
        return _asking(form, to, offer)
    named = named_topics(who, form)
    if named is None:
        return _asking(form, to, offer)
    if not form.sure.data and offer is None and to is None:
        text = f"{form.question.data}\n{form.details.data}"
        like = asking.alike(who, form.question.data)
        suggested = asking.suggested(who, text) if not named else []
        if like or suggested:
            form.sure.data = "1"
            form.topics.data = ", ".join(one.name for one in suggested) or form.topics.data
            return _asking(form, to, offer, like=like, suggested=suggested, looked=True)
    question = _question(form, named)
    able = asking.able_now(who, question, named) if to is None and offer is None else []
    done = act(
        form,
        lambda: services.ask(
            viewer=who,
            question=question,
            able=able,
            to_id=to.id if to else None,
            offer_id=offer.id if offer else None,
        ),
    )
    if done is None:
        if form.broken_on == "to":  # sent once more, it is an ask like any
            form.to.data, to = "", None
        return _asking(form, to, offer)
    return redirect(url_for("help.ask", public_id=done.result, posted=1), 303)


def _given(who: Viewer) -> MultiDict[str, Any] | None:
    """What was sent, kept after the session ended, or stands in the address."""
    if request.method == "POST":
        return request.form
    kept = kept_words()
    if kept is not None:
        return MultiDict(kept)
    given: dict[str, Any] = {
        name: request.args[name] for name in ("question", "details", "to", "offer") if name in request.args
    }
    topic = _topic(who, request.args.get("topic", ""))
    if topic is not None:
        given["topics"] = topic.name
    return MultiDict({"shown_to": "teams" if who.is_guest else "everyone", **given}) if given else None


def _addressed(who: Viewer, form: AskForm) -> tuple[Card | None, OfferView | None]:
    """The one colleague it is put to, or the offer that is taken up."""
    offer = None
    if form.offer.data:
        try:
            offer = offers.offer_for(who, str(form.offer.data))
        except NotVisible:
            return None, None
    person_id = id_of_handle(who, str(form.to.data)) if form.to.data and offer is None else None
    some = cards(who, [person_id]) if person_id else []
    return (some[0] if some else None), offer


def _gone(form: AskForm, to: Card | None, offer: OfferView | None) -> bool:
    """Whom it was to be put to is not there any more: said, instead of asking others unasked."""
    if form.offer.data and offer is None:
        form.lands(
            RuleBroken("", gettext("This offer does not stand any more. You can ask all the same, without it."))
        )
    elif form.to.data and to is None and offer is None:
        form.lands(RuleBroken("", gettext("Whom you wanted to ask is not here. You can ask all the same.")))
    else:
        return False
    form.offer.data = form.to.data = ""
    return True


def named_topics(who: Viewer, form: AskForm | Any) -> list[TopicName] | None:
    """The topics of these names; None where there is one that nobody knows, which is said beside the field."""
    written = naming.split(str(form.topics.data or ""))
    known = topics.called_many(who, written)
    missing = [one for one in written if one not in known]
    if missing:
        words = gettext(
            "We know no topic called “%(name)s”. Leave it out, or pick one that is there.", name=missing[0]
        )
        form.lands(RuleBroken("topics", words))
        return None
    return list({one.id: one for one in known.values()}.values())


def _question(form: AskForm, named: list[TopicName]) -> Question:
    return Question(
        question=form.question.data,
        details=form.details.data or "",
        topic_ids=tuple(one.id for one in named),
        minutes=minutes_of(form.minutes),
        due_on=form.due_on.data,
        shown_to=str(form.shown_to.data or ""),
        fresh_eyes=bool(form.fresh_eyes.data),
    )


def _asking(
    form: AskForm,
    to: Card | None,
    offer: OfferView | None,
    *,
    like: list[AskView] | None = None,
    suggested: list[TopicName] | None = None,
    looked: bool = False,
) -> tuple[str, int]:
    page = render_template(
        "help/new.html",
        form=form,
        to=to,
        offer=offer,
        like=like or [],
        suggested=suggested or [],
        looked=looked,
        before=_before(form),
        today=clock.today(viewer().zone).isoformat(),
    )
    return page, form.status


def _before(form: AskForm | EditAskForm, but: int = 0) -> str | None:
    """What reads the same and stands against it."""
    if form.broken_on != "question":
        return None
    return queries.open_already(viewer(), findable.key_of(str(form.question.data or "")), but=but)


# ---- while somebody writes ------------------------------------------------------------------------------------


def words_are_kept(view: Callable[..., Any]) -> Callable[..., Any]:
    """What was sent about something that is gone by now (or was never theirs to see, which reads the same) is on the
    page that says so."""

    @wraps(view)
    def kept(**named: Any) -> Any:
        try:
            return view(**named)
        except NotVisible:
            typed = [request.form.get(name, "") for name in TYPED]
            words = "\n\n".join(one for one in typed if one.strip())
            if not words:
                raise
            return render_template("help/gone.html", words=words), 404

    return kept


# ---- one ask -----------------------------------------------------------------------------------------------


@bp.get("/h/<public_id>")
def ask(public_id: str) -> str:
    """One ask, its thread, and what I can do about it."""
    return page_of_ask(viewer(), public_id, PostForm())[0]


def page_of_ask(who: Viewer, public_id: str, form: PostForm) -> tuple[str, int]:
    """The page of an ask, with what was typed under it."""
    found = queries.ask_for(who, public_id)
    after = queries.page_with(who, found.id, MAX_ID) if "last" in request.args else request.args.get("after")
    thread = queries.posts(who, found.id, cursor=after)
    may_undo = (clock.now() - found.at).total_seconds() < UNDO_FOR
    return render_template(
        "help/ask.html",
        ask=found,
        thread=thread.items,
        more=at(public_id, after=thread.next) if thread.next else None,
        last=at(public_id, last=1) if thread.next else None,
        start=at(public_id) if after else None,
        promised=promises.promised_on(who, found.id) if found.is_mine and found.has_promise else [],
        form=form,
        why=_why_me(who, found),
        shown_words=SHOWN_WORDS,
        just_posted=found.is_mine and "posted" in request.args,
        may_undo=found.is_mine and may_undo,
    ), form.status


def _why_me(who: Viewer, found: AskView) -> list[Why]:
    """Why I was asked, while it waits for me."""
    if found.asked is None or found.asked.source != "found" or found.asked.said or not found.is_open:
        return []
    return why_you(who, asker_id=found.asker_id, question=found.question, topics=found.topics)


def at(public_id: str, **more: Any) -> str:
    return url_for("help.ask", public_id=public_id, **more)


def at_post(who: Viewer, ask_id: int, public_id: str, post_id: int) -> str:
    """The page of a thread on which a post stands (or stood)."""
    return at(public_id, after=queries.page_with(who, ask_id, post_id), _anchor=f"post-{post_id}")


def said(form: Form) -> str:
    """What stood against it, in one line."""
    return " ".join(words for _field, words in form.wrong) or gettext("That did not work. Look at how it stands now.")


@bp.route("/h/<public_id>/edit", methods=["GET", "POST"])
@words_are_kept
def edit(public_id: str) -> Response | tuple[str, int]:
    """Other words, another day, other readers."""
    who = viewer()
    found = queries.ask_for(who, public_id)
    if not found.is_mine or (request.method == "GET" and "change" not in found.may):
        raise NotVisible
    form = EditAskForm(data=_values(found))
    form.narrow(who.is_guest)
    if form.sent() and (named := named_topics(who, form)) is not None:
        question = _question(form, named)
        if act(
            form,
            lambda: services.change(viewer=who, ask_id=found.id, question=question, version=form.opened_on),
        ):
            flash(gettext("Saved."))
            return redirect(at(public_id), 303)
        if form.form_errors:
            now = queries.ask_for(who, public_id)
            form.set_beside({"question": now.question, "details": now.details})
            form.version.data = str(now.version)
    page = render_template("help/edit.html", form=form, ask=found, before=_before(form, but=found.id))
    return page, form.status


def _values(found: AskView) -> dict[str, Any]:
    return {
        "version": str(found.version),
        "question": found.question,
        "details": found.details,
        "topics": ", ".join(one.name for one in found.topics),
        "due_on": found.due_on,
        "minutes": str(found.minutes or ""),
        "shown_to": found.shown_to,
        "fresh_eyes": found.fresh_eyes,
    }


@bp.post("/h/<public_id>/undo")
def undo(public_id: str) -> Response:
    """As if it had not been asked; the form opens with the words in it."""
    who = viewer()
    found = queries.ask_for(who, public_id)
    form = Form()

    def work() -> str:
        if (clock.now() - found.at).total_seconds() >= UNDO_FOR:
            raise RuleBroken("", gettext("The minute for undoing is over. You can take it back instead."))
        services.take_back(viewer=who, ask_id=found.id)
        return _kept_url(who, found)

    done = act(form, work)
    if done is None:
        flash(said(form), "error")
        return redirect(at(public_id), 303)
    flash(gettext("Undone. Your words are below."))
    return redirect(done.result, 303)


def _kept_url(who: Viewer, found: AskView) -> str:
    """The form with these words in it (inside a unit of work)."""
    fields = {
        name: ["y" if value is True else str(value)]
        for name, value in _values(found).items()
        if value and name != "version"
    }
    path = url_for("help.new")
    return url_for("help.new", kept=keep_words(person_id=who.person_id, path=path, fields=fields))


@bp.route("/h/<public_id>/take-back", methods=["GET", "POST"])
def take_back(public_id: str) -> Response | str:
    """It is gone for everybody, with what was written under it."""
    who = viewer()
    found = queries.ask_for(who, public_id)
    if "take back" not in found.may:
        raise NotVisible
    form = Form()
    if form.sent() and act(form, lambda: services.take_back(viewer=who, ask_id=found.id)):
        flash(gettext("Taken back."))
        return redirect(url_for("help.index", show="mine"), 303)
    return render_template("help/take_back.html", ask=found, form=form)


@bp.post("/h/<public_id>/close")
def close(public_id: str) -> Response:
    """Not needed any more."""
    return _simply(public_id, services.close, gettext("Closed. You can open it again."))


@bp.post("/h/<public_id>/open")
def open_again(public_id: str) -> Response:
    """Needed after all. Where what reads the same is open by now, on to that."""
    return _simply(public_id, services.open_again, gettext("It is open again."))


def _simply(public_id: str, do: Any, words: str) -> Response:
    who = viewer()
    found = queries.ask_for(who, public_id)
    form = Form()
    if act(form, lambda: do(viewer=who, ask_id=found.id)):
        flash(words)
        return redirect(at(public_id), 303)
    flash(said(form), "error")
    before = queries.open_already(who, findable.key_of(found.question), but=found.id) if found.is_mine else None
    return redirect(at(before or public_id), 303)


# ---- how often I am asked ----------------------------------------------------------------------------------


@bp.route("/me/asked", methods=["GET", "POST"])
def limit() -> Response | tuple[str, int]:
    """How often I may be asked."""
    who = viewer()
    form = LimitForm(data={"a_week": str(queries.my_limit(who))})
    if form.sent() and act(form, lambda: services.choose_limit(viewer=who, a_week=int(form.a_week.data))):
        flash(gettext("Saved."))
        return redirect(url_for("help.limit"), 303)
    return render_template("help/limit.html", form=form), form.status
