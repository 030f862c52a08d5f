"""Teams: the list, starting one, its page, its people, its end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from portal.core import clock, links
from portal.core.auth import Viewer, public, safe_next, viewer, viewer_or_none
from portal.core.errors import NotVisible
from portal.core.forms import Form, act
from portal.core.i18n import long_day
from portal.people import queries as people
from portal.people.queries import Card

from . import pasted, queries, services
from .forms import CloseForm, InviteForm, JoinForm, NewTeamForm, PeopleFields, PlanForm
from .pasted import Invited
from .queries import Joinable, Meant, TeamView

bp = Blueprint("teams", __name__)
NEWCOMERS = 8  # announced on the page
MEMBERS_A_PAGE = 100
GUESTS_STAY = timedelta(days=90)  # what the form offers


def _team(slug: str) -> TeamView:
    """The team at that address, for this viewer; an old address leads on to today's."""
    who = viewer()
    try:
        return queries.team(who, slug)
    except NotVisible:
        today = queries.slug_today(who, slug)
        values = {**(request.view_args or {}), "slug": today}
        code = 308 if request.method in ("GET", "HEAD") else 307
        abort(redirect(url_for(str(request.endpoint), **values), code))


def _kept(slug: str) -> TeamView:
    """The same, for its lead and the admins; for all others it is not there. A form that a member sends who leads no
    more, or when the team is closed by now, is let through to the rules, so that it comes back with its words."""
    team = _team(slug)
    if not team.may_keep and not (request.method == "POST" and team.i_am_in and not viewer().is_guest):
        raise NotVisible
    return team


def _button(work: Callable[[], object], said: str, back: str) -> Response:
    """Do what a button asks, say so, and go back."""
    form = Form()
    if act(form, work):
        flash(said)
    else:
        flash(" ".join(words for _id, words in form.wrong), "error")
    return redirect(safe_next(request.form.get("next")) or back, 303)


def _page(team: TeamView) -> str:
    return url_for("teams.team", slug=team.slug)


# ---- lists -------------------------------------------------------------------------------------------------


@bp.get("/teams")
def teams() -> str:
    """My teams, and all the others."""
    who = viewer()
    q = " ".join(request.args.get("q", "").replace("\x00", "").split())[:100]
    closed = request.args.get("closed") == "1" and not who.is_guest
    page = queries.all_teams(who, q=q, closed=closed, cursor=request.args.get("after"))
    kept: dict[str, Any] = {"q": q or None, "closed": "1" if closed else None}
    return render_template(
        "teams/teams.html",
        mine=queries.my_teams(who) if who.is_guest or not (q or closed or request.args.get("after")) else [],
        teams=page.items,
        more=url_for("teams.teams", after=page.next, **kept) if page.next else None,
        q=q,
        closed=closed,
        first_page=not request.args.get("after"),
    )


# ---- starting one ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Checked:
    """What a pasted list came to: who is meant, whom to invite, and whether anything is left to say."""

    meant: list[Meant]
    invited: list[Invited]

    def of(self, *states: str) -> list[Meant]:
        return [one for one in self.meant if one.state in states]

    @property
    def person_ids(self) -> list[int]:
        return [one.person.id for one in self.of("known") if one.person]

    @property
    def is_clear(self) -> bool:
        """Nobody is left to pick, to find or to mend."""
        return not self.of("unclear", "nobody", "nonsense")

    @property
    def guests(self) -> list[Invited]:
        return [one for one in self.invited if one.kind == "guest"]


def _checked(who: Viewer, form: PeopleFields, already: Sequence[int]) -> Checked:
    """Whom the pasted words mean. "Leave these out" takes away what means nobody."""
    entries = pasted.read(form.people.data or "")
    meant = queries.who_is_meant(who, entries, request.form.to_dict(), frozenset(already))
    if "drop" in request.form:
        meant = [one for one in meant if one.state not in ("nobody", "nonsense")]
        form.people.data = "\n".join(one.entry.raw for one in meant)
    domains = set(queries.invite_domains())
    invited = []
    for one in meant:
        if one.state == "new":
            colleague = services.domain_of(one.entry.email) in domains or (who.is_admin and form.as_colleagues.data)
            kind, until = ("member", None) if colleague else ("guest", form.guests_until.data)
            invited.append(Invited(one.entry.email, one.entry.name, kind, until))
    return Checked(meant, invited)


def _only_checks() -> bool:
    """Was a button pressed that looks, and does not act?"""
    return "check" in request.form or "drop" in request.form


def _settles(form: PeopleFields, checked: Checked, may_ask_guests: bool = True) -> bool:
    """Is everything clear enough to go on? If not, the words stand by the field."""
    if checked.guests and not may_ask_guests:
        form.people.errors = [gettext("Only the lead of the team can invite guests")]
    elif len(checked.meant) > pasted.MOST:
        form.people.errors = [gettext("At most %(most)d people at a time", most=pasted.MOST)]
    elif checked.of("unclear"):
        form.people.errors = [gettext("Some names fit several people. Pick who you mean below.")]
    elif checked.of("nobody", "nonsense"):
        form.people.errors = [gettext("Some lines match nobody here. Change them or leave them out.")]
    elif checked.guests and not form.guests_until.data:
        form.guests_until.errors = [gettext("Until when are the guests here?")]
    else:
        return True
    form.status = 422
    return False


def _lead(who: Viewer, form: NewTeamForm) -> tuple[int | None, list[Card], bool]:
    """Who leads: their id (None: whoever starts it), else those it could be, and whether that is settled."""
    if not form.lead.data:
        return None, [], True
    entries = pasted.read(form.lead.data)
    meant = queries.who_is_meant(who, entries[:1], _lead_pick(entries)) if entries else []
    if len(entries) == 1 and meant[0].person:
        return meant[0].person.id, list(meant[0].choices), True
    form.status = 422
    choices = list(meant[0].choices) if meant else []
    several = gettext("Several people are called that. Pick one.")
    form.lead.errors = [several if choices else gettext("Nobody here with that name")]
    return None, choices, False


def _lead_pick(entries: Sequence[pasted.Pasted]) -> dict[str, str]:
    """The pick for the lead stands in a field of its own: the same name in the list may mean somebody else."""
    return {Meant(entry, "").field: request.form.get("lead_handle", "") for entry in entries[:1]}


@bp.route("/teams/new", methods=["GET", "POST"])
def new() -> Response | tuple[str, int]:
    """One page: the plan and the people; checked first, then started."""
    who = viewer()
    if who.is_guest:
        raise NotVisible
    form = NewTeamForm(data={"guests_until": clock.today(who.zone) + GUESTS_STAY})
    checked, was_checked = Checked([], []), False
    leads: list[Card] = []
    if form.sent():
        checked = _checked(who, form, [who.person_id])
        lead_id, leads, led = _lead(who, form)
        clear = _settles(form, checked, who.is_admin or lead_id in (None, who.person_id))
        was_checked = True
        # "Check" shows who is meant; whatever is clear is started by the button below that.
        if clear and led and not _only_checks():
            done = act(
                form,
                lambda: services.start_team(
                    viewer=who,
                    plan=form.plan,
                    lead_id=lead_id,
                    person_ids=checked.person_ids,
                    invited=checked.invited,
                ),
            )
            if done:
                # The viewer of this request was built before the team was there.
                slug = queries.slug_of(done.result)
                if not done.again:
                    flash(gettext("The team is there. Pass on the links below, or look at its page."))
                return redirect(url_for("teams.invite", slug=slug), 303)
    page = render_template("teams/new.html", form=form, checked=checked, leads=leads, was_checked=was_checked)
    return page, form.status


# ---- its page ----------------------------------------------------------------------------------------------


@bp.get("/t/<slug>")
def team(slug: str) -> str:
    """The team: its line-up, and what other domains lend."""
    who, found = viewer(), _team(slug)
    members = queries.members(who, found)
    late = queries.came_late(found, members)
    cards = queries.line_up(who, members)
    known = {card.id: card for card in cards}
    beyond = [one.person_id for one in late[:NEWCOMERS] if one.person_id not in known]
    known |= {card.id: card for card in people.cards(who, beyond)}
    newcomers = [known[one.person_id] for one in late[:NEWCOMERS] if one.person_id in known]
    return render_template(
        "teams/team.html",
        team=found,
        cards=cards,
        newcomers=newcomers,
        buddies=_buddies(who, found, newcomers, known) if found.i_am_in or who.is_admin else {},
        kept=queries.whom_i_keep(who, found.id) if found.i_am_in and not found.is_open else None,
        form=Form(),
    )


@dataclass(frozen=True)
class BuddyState:
    """How far it is with a newcomer's buddy: whoever said yes; and, for whoever may ask, who is asked, who said not
    this time, and who is left."""

    buddy: Card | None
    asked: Card | None
    declined: list[Card]
    left: list[Card]
    may_ask: bool


def _buddies(who: Viewer, team: TeamView, newcomers: list[Card], known: dict[int, Card]) -> dict[int, BuddyState]:
    """For each newcomer, for those in the team and the admins."""
    states: dict[int, BuddyState] = {}
    asked = queries.buddies(team.id)
    for newcomer in newcomers:
        mine = [one for one in asked if one.newcomer_id == newcomer.id]
        yes = next((known.get(one.buddy_id) for one in mine if one.said_yes), None)
        waits = next((known.get(one.buddy_id) for one in mine if one.said_yes is None), None)
        no = [known[one.buddy_id] for one in mine if one.said_yes is False and one.buddy_id in known]
        tried = {one.buddy_id for one in mine} | {newcomer.id}
        left = [card for person_id, card in known.items() if person_id not in tried]
        states[newcomer.id] = BuddyState(yes, waits, no, left, may_ask=team.i_lead or who.is_admin)
    return states


@bp.get("/t/<slug>/kickoff.ics")
def kickoff_ics(slug: str) -> Response:
    """The kick-off for a calendar."""
    found = _team(slug)
    if found.kickoff_at is None:
        abort(404)
    from .calendar import kickoff_ics as write  # icalendar takes 100 ms to load, and few ask for it

    data = write(
        uid=found.calendar_uid,
        sequence=found.calendar_sequence,
        at=found.kickoff_at,
        zone=found.kickoff_zone,
        name=gettext("Kick-off of %(team)s", team=found.name),
        place=found.kickoff_place,
        words=found.purpose,
        url=url_for("teams.team", slug=found.slug, _external=True),
        now=clock.now(),
    )
    response: Response = make_response(data)
    response.headers["Content-Type"] = "text/calendar; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="{found.slug}-kickoff.ics"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


# ---- inviting ----------------------------------------------------------------------------------------------


@bp.route("/t/<slug>/invite", methods=["GET", "POST"])
def invite(slug: str) -> Response | tuple[str, int]:
    """More people, the join link, and who was invited."""
    who, found = viewer(), _team(slug)
    late = request.method == "POST" and (found.i_am_in or who.is_admin) and not who.is_guest  # closed meanwhile
    if not found.may_invite and not late:
        raise NotVisible
    form = InviteForm(data={"guests_until": _guests_until(found, who)})
    checked = Checked([], [])
    if form.sent():
        already = [member.person_id for member in queries.members(who, found)]
        checked = _checked(who, form, already)
        if not checked.meant:
            form.people.errors, form.status = [gettext("Type a name or a mail address")], 422
        elif _settles(form, checked, found.may_keep) and not _only_checks():
            done = act(form, lambda: _added(who, found.id, checked))
            if done:
                flash(_said(*done.result))
                return redirect(url_for("teams.invite", slug=found.slug), 303)
    link = queries.join_link(who, found.id)
    page = render_template(
        "teams/invite.html",
        form=form,
        team=found,
        checked=checked,
        link=link,
        link_url=url_for("teams.join", token=link.token, _external=True) if link.token else None,
        domains=queries.invite_domains(),
    )
    return page, form.status


def _guests_until(team: TeamView, who: Viewer) -> date:
    starts = team.kickoff_at.astimezone(clock.zone(who.zone)).date() if team.kickoff_at else clock.today(who.zone)
    return max(starts, clock.today(who.zone)) + GUESTS_STAY


def _added(who: Viewer, team_id: int, checked: Checked) -> list[int]:
    added = services.add_people(viewer=who, team_id=team_id, person_ids=checked.person_ids, invited=checked.invited)
    return [added.people, added.invited]


def _said(people_added: int, invited: int) -> str:
    words = []
    if people_added:
        words.append(ngettext("%(num)d person is in.", "%(num)d people are in.", people_added))
    if invited:
        words.append(
            ngettext(
                "%(num)d invitation is below, to pass on.", "%(num)d invitations are below, to pass on.", invited
            )
        )
    return " ".join(words) or gettext("Nobody was added.")


@bp.post("/t/<slug>/link")
def link(slug: str) -> Response:
    """Renew the join link, or switch it off."""
    who, found = viewer(), _team(slug)
    back = url_for("teams.invite", slug=found.slug)
    if "off" in request.form:
        return _button(
            lambda: services.switch_off_link(viewer=who, team_id=found.id), gettext("The link is switched off."), back
        )
    return _button(
        lambda: services.renew_link(viewer=who, team_id=found.id),
        gettext("Here is a new link. The one before does not work any more."),
        back,
    )


@bp.route("/join/<token>", methods=["GET", "POST"])
@public
def join(token: str) -> Response:
    """Somebody holds a join link: signed in they join; others give an address."""
    who = viewer_or_none()
    if links.row_of(token) is None:
        raise NotVisible
    try:
        found = queries.joinable(token)
    except NotVisible:
        # Renewed, switched off, closed or never there: the same words for all of them.
        gone: Response = make_response(render_template("teams/join_gone.html"), 410)
        return gone
    if who is None:
        return _asks(token, found)
    form = Form()
    if form.sent() and act(form, lambda: services.join_by_link(viewer=who, token=token)):
        flash(gettext("You are in."))
        return redirect(url_for("teams.team", slug=queries.slug_of(found.team_id)), 303)
    return _join_page(token, found, form)


def _asks(token: str, found: Joinable) -> Response:
    form, asked = JoinForm(), False
    if form.sent():
        done = act(form, lambda: services.ask_by_link(token=token, email=form.email.data))
        asked = bool(done and done.result)
        if done and not done.result:
            form.email.errors = [gettext("Addresses of this domain do not come in by a link.")]
            form.status = 422
    return _join_page(token, found, form, asked)


def _join_page(token: str, found: Joinable, form: Form, asked: bool = False) -> Response:
    back = url_for("teams.join", token=token)
    page = render_template("teams/join.html", form=form, joinable=found, asked=asked, back=back)
    response: Response = make_response(page, form.status)
    response.headers["Cache-Control"] = "no-store"
    return response


# ---- settings ----------------------------------------------------------------------------------------------


def _plan_values(team: TeamView) -> dict[str, Any]:
    """What the form's fields hold for a team."""
    at = team.kickoff_at.astimezone(clock.zone(team.kickoff_zone)) if team.kickoff_at else None
    return {
        "name": team.name,
        "purpose": team.purpose,
        "kickoff_day": at.date() if at else None,
        "kickoff_time": at.time() if at else None,
        "kickoff_zone": team.kickoff_zone if at else None,
        "kickoff_place": team.kickoff_place,
        "goal": str(team.goal.id) if team.goal else "",
        "talks_at": team.talks_at,
    }


def _saved(form: PlanForm, team: TeamView) -> dict[str, Any]:
    """What is saved by now, in words."""
    saved = _plan_values(team)
    if saved["goal"] == form.goal.data:
        del saved["goal"]
    else:
        saved["goal"] = team.goal.title if team.goal else ""
    if saved["kickoff_day"] is None:
        del saved["kickoff_zone"]
    return saved


@bp.route("/t/<slug>/settings", methods=["GET", "POST"])
def settings(slug: str) -> Response | tuple[str, int]:
    """What the page says, who is in it, and its end."""
    who, found = viewer(), _kept(slug)
    if not found.is_open and request.method == "GET":
        return redirect(_page(found), 303)
    form = PlanForm(
        data={"version": str(found.version), **_plan_values(found)}, goal_id=found.goal.id if found.goal else None
    )
    if form.sent():
        text = str(form.version.data)
        version = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
        plan = form.plan
        done = act(form, lambda: services.change_team(viewer=who, team_id=found.id, plan=plan, version=version))
        if done:
            flash(gettext("Saved."))
            return redirect(url_for("teams.settings", slug=done.result), 303)
        found = queries.team_by_id(who, found.id)
        form.set_beside(_saved(form, found))
        form.version.data = str(found.version)
    members = queries.members(who, found)
    text = request.args.get("from", "")
    first = int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0
    listed = members[first : first + MEMBERS_A_PAGE]
    known = {card.id: card for card in people.cards(who, [one.person_id for one in listed])}
    rest = first + MEMBERS_A_PAGE if len(members) > first + MEMBERS_A_PAGE else None
    page = render_template(
        "teams/settings.html",
        form=form,
        team=found,
        members=[(one, known[one.person_id]) for one in listed if one.person_id in known],
        last_days=queries.last_days([one.person_id for one in listed if one.is_guest]),
        more=f"{url_for('teams.settings', slug=found.slug)}?from={rest}#people" if rest else None,
    )
    return page, form.status


def _person_of(who: Viewer, field: str = "handle") -> int:
    person_id = people.id_of_handle(who, request.form.get(field, ""))
    if person_id is None:
        raise NotVisible
    return person_id


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@bp.post("/t/<slug>/members")
def member(slug: str) -> Response:
    """Take somebody out, make them a lead, or no lead any more."""
    who, found = viewer(), _kept(slug)
    person_id = _person_of(who)
    back = url_for("teams.settings", slug=found.slug) + "#people"
    what = request.form.get("do", "")
    if what not in ("remove", "lead", "unlead", "stay"):
        abort(400)
    if what == "stay":
        until = _day(request.form.get("until", ""))
        return _button(
            lambda: services.let_guest_stay(viewer=who, team_id=found.id, person_id=person_id, until=until),
            gettext("Saved."),
            back,
        )
    mine = person_id == who.person_id and not who.is_admin
    if what == "remove":
        return _button(
            lambda: services.remove_member(viewer=who, team_id=found.id, person_id=person_id),
            gettext("They are out of the team. You can add them again at any time."),
            _page(found) if mine else back,
        )
    leads = what == "lead"
    return _button(
        lambda: services.set_lead(viewer=who, team_id=found.id, person_id=person_id, leads=leads),
        gettext("Saved."),
        back if leads or not mine else _page(found),
    )


@bp.post("/t/<slug>/leave")
def leave(slug: str) -> Response:
    """Leave a team; a guest does not see it any more then."""
    who, found = viewer(), _team(slug)
    if not found.i_am_in:
        raise NotVisible
    back = url_for("teams.teams") if who.is_guest else _page(found)
    form = Form()
    work = act(form, lambda: services.remove_member(viewer=who, team_id=found.id, person_id=who.person_id))
    if work:
        flash(gettext("You have left %(team)s.", team=found.name))
        return redirect(back, 303)
    flash(" ".join(words for _id, words in form.wrong), "error")
    return redirect(_page(found), 303)


@bp.post("/t/<slug>/take-lead")
def take_lead(slug: str) -> Response:
    """Lead a team that has no lead any more."""
    who, found = viewer(), _team(slug)
    return _button(
        lambda: services.take_lead(viewer=who, team_id=found.id), gettext("You lead it now."), _page(found)
    )


# ---- after the kick-off ------------------------------------------------------------------------------------


@bp.post("/t/<slug>/was-there")
def was_there(slug: str) -> Response:
    """Were you there?"""
    who, found = viewer(), _team(slug)
    there = request.form.get("there") == "yes"
    said = gettext("Good to know.") if there else gettext("Noted. The intros are here for you at any time.")
    return _button(lambda: services.say_was_there(viewer=who, team_id=found.id, was_there=there), said, _page(found))


@bp.post("/t/<slug>/buddy")
def buddy(slug: str) -> Response:
    """Ask somebody to be a newcomer's buddy, or offer to be."""
    who, found = viewer(), _team(slug)
    newcomer, chosen = _person_of(who, "newcomer"), _person_of(who, "buddy")
    said = gettext("You are the buddy.") if chosen == who.person_id else gettext("Asked. They answer first.")
    return _button(
        lambda: services.ask_buddy(viewer=who, team_id=found.id, newcomer_id=newcomer, buddy_id=chosen),
        said,
        _page(found),
    )


@bp.post("/t/<slug>/buddy/answer")
def answer_buddy(slug: str) -> Response:
    """Yes, or not this time."""
    who, found = viewer(), _team(slug)
    newcomer = _person_of(who, "newcomer")
    yes = request.form.get("answer") == "yes"
    said = (
        gettext("Good. It stands on the team's page now.")
        if yes
        else gettext("Fine. It stays between you and the lead.")
    )
    return _button(
        lambda: services.answer_buddy(viewer=who, team_id=found.id, newcomer_id=newcomer, yes=yes),
        said,
        _page(found),
    )


# ---- the end -----------------------------------------------------------------------------------------------


@bp.route("/t/<slug>/close", methods=["GET", "POST"])
def close(slug: str) -> Response | tuple[str, int]:
    """What we learned; then it is only read."""
    who, found = viewer(), _kept(slug)
    if not found.is_open and request.method == "GET":
        return redirect(_page(found), 303)
    form = CloseForm(data={"learned": found.learned})
    if form.sent():
        learned = form.learned.data
        if act(form, lambda: services.close_team(viewer=who, team_id=found.id, learned=learned)):
            flash(gettext("%(team)s is closed. Everything can still be read here.", team=found.name))
            return redirect(_page(found), 303)
    return render_template("teams/close.html", form=form, team=found), form.status


@bp.post("/t/<slug>/reopen")
def reopen(slug: str) -> Response:
    """Go on with it."""
    who, found = viewer(), _team(slug)
    return _button(
        lambda: services.reopen_team(viewer=who, team_id=found.id), gettext("It is open again."), _page(found)
    )


@bp.post("/t/<slug>/keep")
def keep(slug: str) -> Response:
    """Whom I want to keep in touch with: mine alone."""
    who, found = viewer(), _team(slug)
    chosen = [people.id_of_handle(who, handle) for handle in request.form.getlist("keep")[:200]]
    wanted = [person_id for person_id in chosen if person_id]
    return _button(
        lambda: services.keep_in_touch(viewer=who, team_id=found.id, person_ids=wanted),
        gettext("Kept. Only you see it."),
        _page(found),
    )


def kickoff_words(team: Any) -> str:
    """ "Thursday 26 November, 10:00", on the wall where it is; and what that is for the reader elsewhere."""
    who = viewer_or_none()
    if team.kickoff_at is None or who is None:
        return kickoff_there(team)
    at = team.kickoff_at.astimezone(clock.zone(team.kickoff_zone))
    mine = team.kickoff_at.astimezone(clock.zone(who.zone))
    if mine.utcoffset() == at.utcoffset():
        return kickoff_there(team)
    time = mine.strftime("%H:%M")
    if mine.date() != at.date():
        time = gettext("%(day)s, %(time)s", day=long_day(mine.date()), time=time)
    return gettext("%(words)s (%(time)s for you)", words=kickoff_there(team), time=time)


def kickoff_there(team: Any) -> str:
    """The same for whoever is there, in print: "Thursday 26 November, 10:00 in Amsterdam", the city where it is not
    the reader's own zone."""
    if team.kickoff_at is None:
        return ""
    who = viewer_or_none()
    at = team.kickoff_at.astimezone(clock.zone(team.kickoff_zone))
    words = gettext("%(day)s, %(time)s", day=long_day(at.date()), time=at.strftime("%H:%M"))
    mine = team.kickoff_at.astimezone(clock.zone(who.zone)) if who else at
    if mine.utcoffset() == at.utcoffset():
        return words
    city = team.kickoff_zone.rpartition("/")[2].replace("_", " ")
    return gettext("%(words)s in %(city)s", words=words, city=city)


bp.add_app_template_filter(kickoff_words)
bp.add_app_template_filter(kickoff_there)
