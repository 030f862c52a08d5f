"""Pages: the composer, and what helps while it is filled in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from portal.accounts.services import keep_words
from portal.core.auth import Viewer, viewer
from portal.core.db import db
from portal.core.errors import NotVisible, RuleBroken
from portal.core.forms import act, kept_words, new_once
from portal.goals.queries import goal_choices
from portal.moderation.queries import pause_of
from portal.people.queries import Card, cards
from portal.teams.models import Team
from portal.teams.queries import my_team_names
from portal.topics.queries import called, names_by_id

from . import meetings, naming, queries, services
from .blueprint import bp
from .forms import AUDIENCES, ThanksForm, WordsForm
from .models import ROLES, SHOWN_TO
from .naming import Who
from .services import Thanks

FIELDS = {"did": "to", "helped": "helped", "unblocked": "unblocked"}  # role -> field


def composer(who: Viewer, *, named: str = "", **filled: Any) -> dict[str, Any]:
    """What `kudos/_composer.html` needs on another page: an empty form, or one with people filled in."""
    given: MultiDict[str, Any] = MultiDict({"to": named, **filled} if named or filled else kept_words() or {})
    form = ThanksForm(formdata=given or None)
    return _shown(who, form, _meant(who, form, given))


@bp.route("/kudos/new", methods=["GET", "POST"])
@bp.post("/kudos", endpoint="post")
def new() -> Response | tuple[str, int]:
    """Say thanks. The query fills the fields in: to (a handle, a name or a team, as often as needed), why, value,
    goal, team, audience; the button `whole` puts a team in the place of its people."""
    who = viewer()
    given: MultiDict[str, Any] = MultiDict(request.form if request.method == "POST" else kept_words() or request.args)
    form = ThanksForm(formdata=given or None)
    meant = _meant(who, form, given)
    whole = request.form.get("whole")
    if whole is not None:
        form.to.data, form.helped.data, form.unblocked.data = whole, "", ""
        meant = naming.read(who, {"did": whole}, {})
    elif request.method == "POST" and all([form.sent(), _is_clear(form, meant)]):  # what is wrong is said at once
        thanks = _thanks(who, form, meant)
        screen = str(form.screen.data or "")
        done = act(form, lambda: _given(who, thanks, screen))
        if done is not None and (
            leads_to := _posted(who, *done.result, thanks, str(form.audience.data or ""), again=done.again)
        ):
            return leads_to
        if done is not None:  # Back, after it was undone or taken back
            form.once.data, form.status = new_once(), 422
            form.form_errors.append(gettext("You took this back. Post it again if you mean it."))
    return render_template("kudos/new.html", **_shown(who, form, meant)), form.status


def _given(who: Viewer, thanks: Thanks, screen: str) -> tuple[str, str]:
    """(public id, what became of it on the screen of a meeting, if it came from there)."""
    public_id = services.give_kudos(viewer=who, thanks=thanks)
    return public_id, meetings.add_live(who, screen, public_id) if screen else ""


def _meant(who: Viewer, form: ThanksForm, given: Mapping[str, Any]) -> Who:
    texts = {role: str(form[name].data or "") for role, name in FIELDS.items()}
    return naming.read(who, texts, given)


def _is_clear(form: ThanksForm, meant: Who) -> bool:
    """Does every name mean one person? If not, it is said beside its field, and what may be meant is offered; so is
    what is wrong with the words."""
    for role, name in FIELDS.items():
        words = list(meant.problems[role])
        if meant.unclear[role]:
            words.append(gettext("Say whom you mean: there is more than one"))
        if words:
            form[name].errors = [*form[name].errors, ". ".join(words)]
            form.status = 422
    if not meant.is_clear and not form.why.errors:
        try:
            services.check_why(why=str(form.why.data or ""))
        except RuleBroken as broken:
            form.lands(broken)
    return meant.is_clear


def _thanks(who: Viewer, form: ThanksForm, meant: Who) -> Thanks:
    value = queries.value_by_slug(str(form.value.data)) if form.value.data else None
    slug = meant.team.slug if meant.team else str(form.team.data or "")
    team_id = naming.team_id_of(who, slug) if slug else None
    return Thanks(
        why=form.why.data,
        did_ids=meant.ids("did"),
        helped_ids=meant.ids("helped"),
        unblocked_ids=meant.ids("unblocked"),
        to_team=meant.team is not None,
        team_id=team_id if team_id is not None or not slug else 0,
        value_id=(value.id if value else 0) if form.value.data else None,
        goal_id=form.goal_id,
        shown_to=form.chosen_audience,
        topic_id=topic_id(who, form),
    )


def topic_id(who: Viewer, form: WordsForm) -> int | None:
    """The topic of that name; 0, which none has, where there is none."""
    if not form.topic.data:
        return None
    found = called(who, form.topic.data)
    return found.id if found else 0


def _posted(who: Viewer, public_id: str, live: str, thanks: Thanks, asked: str, *, again: bool) -> Response | None:
    """Off to what was posted; None where it is not there any more."""
    try:
        found = queries.kudos_for(who, public_id)
    except NotVisible:
        return None
    wishes = queries.wishes([person_id for person_id, _role in thanks.people]).values()
    if asked not in ("", found.shown_to) and not again and any(wish.shown != "wall" for wish in wishes):
        flash(_narrowed(found.shown_to))
    if live and not again:
        flash(meetings.live_words(live))
    return redirect(url_for("kudos.one", public_id=public_id, posted=1), 303)


def _narrowed(shown_to: str) -> str:
    if shown_to == "team":
        return gettext("One of them likes to be thanked among their team, so only the team sees it.")
    return gettext("One of them likes to be thanked in private, so only you and they see it.")


# ---- what the composer shows -------------------------------------------------------------------------------


def _shown(who: Viewer, form: ThanksForm, meant: Who) -> dict[str, Any]:
    form.offer(
        [(value.slug, value.name) for value in queries.open_values()],
        goal_choices(who),
    )
    form.offer_teams(my_team_names(who))
    sight = _sight(who, form, meant)
    if form.chosen_audience is None:
        form.audience.data = sight["start"]
    form.started.data = sight["start"]
    icons = {value.slug: value.icon for value in queries.open_values()}
    return {
        "form": form,
        "meant": meant,
        "people": {name: [_token(card) for card in meant.people[role]] for role, name in FIELDS.items()},
        "whole": naming.whole_team(who, meant.everybody) if meant.team is None else None,
        "pause": pause_of(who.person_id),
        "icons": icons,
        **sight,
    }


def _token(card: Card) -> dict[str, str]:
    return {"value": f"@{card.handle}", "name": card.name, "hue": card.hue}


def _sight(who: Viewer, form: ThanksForm, meant: Who) -> dict[str, Any]:
    """Who may see it: where the choice starts, how far it goes, and how those who are thanked like it."""
    people = meant.everybody
    wishes = queries.wishes([card.id for card in people])
    alone = [card for card in people if wishes[card.id].shown == "me"]
    among = [card for card in people if wishes[card.id].shown == "team"]
    team_id = naming.team_id_of(who, meant.team.slug if meant.team else str(form.team.data or ""))
    thanks = Thanks("", tuple(card.id for card in people), to_team=meant.team is not None, team_id=team_id)
    team = db.session.get(Team, team_id) if team_id else None
    start, _audience, _team_id = services.settle_audience(viewer=who, thanks=thanks, team=team)
    widest = "us" if alone else "team" if among or who.is_guest else "everyone"
    return {
        "start": start,
        "narrower": [name for name in SHOWN_TO if SHOWN_TO.index(name) >= SHOWN_TO.index(widest)],
        "audiences": AUDIENCES,
        "alone": alone,
        "among": among,
        "above": start == "us" and not alone and not among and bool(people),
        "invited": queries.without_account(people),
    }


# ---- while it is filled in ---------------------------------------------------------------------------------


@bp.get("/kudos/names")
def complete() -> str:
    """People and teams that go on from `q`, as options of a list."""
    found = naming.complete(viewer(), request.args.get("q", ""))
    return render_template("kudos/_names.html", found=found, with_teams=request.args.get("teams") == "1")


@bp.post("/kudos/new/hints")
def hints() -> str:
    """How those who are named like to be thanked, who may see it, and whether the whole team is meant. Nothing is
    written."""
    who = viewer()
    form = ThanksForm()
    return render_template("kudos/_hints.html", **_shown(who, form, _meant(who, form, request.form)))


def kept_url(who: Viewer, thanks: Thanks) -> str:
    """The composer with these thanks filled in, to say them otherwise (inside a unit of work). The words are kept for
    their writer alone, a day long: an address would be too short for them, and stands in too many places."""
    known = {card.id: card.handle for card in cards(who, [one for one, _role in thanks.people])}
    fields = {
        FIELDS[role]: [known[one] for one, its in thanks.people if its == role and one in known] for role in ROLES
    }
    team = db.session.get(Team, thanks.team_id) if thanks.team_id else None
    if team is not None:
        fields["to" if thanks.to_team else "team"] = [team.slug]
    value = queries.value_by_id(thanks.value_id)
    more = {
        "why": thanks.why,
        "value": value.slug if value else "",
        "goal": str(thanks.goal_id or ""),
        "topic": names_by_id([thanks.topic_id])[thanks.topic_id].name if thanks.topic_id else "",
        "audience": thanks.shown_to or "",
    }
    fields |= {name: [text] for name, text in more.items()}
    path = url_for("kudos.new")
    return url_for("kudos.new", kept=keep_words(person_id=who.person_id, path=path, fields=fields))
