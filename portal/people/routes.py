"""The directory, profiles, photos, and what one says about oneself."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from portal.core import clock
from portal.core.auth import viewer
from portal.core.errors import NotVisible
from portal.core.forms import act
from portal.core.panels import card_lines, narrowings
from portal.core.storage import storage

from . import queries, services
from .forms import AwayForm, DetailsForm
from .models import OPTIONAL, Person
from .queries import Card

bp = Blueprint("people", __name__)


def _with_lines(found: list[Card]) -> list[Card]:
    lines = card_lines(viewer(), [card.id for card in found])
    return [card.with_line(lines.get(card.id)) for card in found]


@bp.get("/people")
def directory() -> Response:
    """Everybody the viewer may see, by name or the newest first."""
    who = viewer()
    q = " ".join(request.args.get("q", "").replace("\x00", "").split())[:100]
    new = request.args.get("new") == "1"
    filters = queries.filters(who)
    department = next((d for d in filters.departments if d.key == request.args.get("department")), None)
    place = next((p for p in filters.places if p.key == request.args.get("place")), None)
    narrow = [(n, request.args.get(n.name, "")) for n in narrowings()]
    found = {n.name: n.find(who, key) for n, key in narrow if key}
    if any(found.get(n.name, n) is None and not n.typed for n, _key in narrow):
        raise NotVisible
    page = queries.directory(
        who,
        q=q,
        narrowed=list(found.values()),
        department_id=department.id if department else None,
        place_id=place.id if place else None,
        new=new,
        cursor=request.args.get("after"),
    ).map(_with_lines)
    kept: dict[str, Any] = {
        "q": q or None,
        "department": department.key if department else None,
        "place": place.key if place else None,
        "new": "1" if new else None,
        **{n.name: key or None for n, key in narrow},
    }
    more = url_for("people.directory", after=page.next, **kept) if page.next else None
    partial = request.headers.get("HX-Request") == "true"
    template = "people/_results.html" if partial else "people/directory.html"
    return make_response(
        render_template(
            template,
            people=page.items,
            more=more,
            first_page=not request.args.get("after"),
            q=q,
            filters=filters,
            narrow=[(n, key, n.choices(who), found.get(n.name)) for n, key in narrow],
            nobody=next((n.nobody for n, key in narrow if key and n.nobody), ""),
            kept={name: value for name, value in kept.items() if value and name != "new"},
            department=department,
            place=place,
            new=new,
            narrowed=bool(q or department or place or new or found),
        )
    )


@bp.get("/p/<handle>")
def person(handle: str) -> AnyResponse | str:
    """A profile: the poster, and what other domains lend to it."""
    who = viewer()
    try:
        profile = queries.profile(who, handle)
    except NotVisible:
        return redirect(url_for("people.person", handle=queries.handle_today(who, handle)), 308)
    lines = card_lines(who, [profile.card.id])
    return render_template(
        "people/person.html",
        profile=profile,
        card=profile.card.with_line(lines.get(profile.card.id)),
        there=clock.local(profile.time_zone).strftime("%H:%M") if profile.time_zone else None,
    )


@bp.get("/p/me")
def me() -> AnyResponse:
    """My own profile, whatever my handle is."""
    return redirect(url_for("people.person", handle=queries.me(viewer()).handle), 303)


@bp.get("/photos/<name>")
def photo(name: str) -> Response:
    """A photo under its content name: it never changes, and only signed-in people have it; a guest only those of
    people they may see."""
    data = storage().get(name) if queries.may_see_photo(viewer(), name) else None
    if data is None:
        abort(404)
    response = Response(data, mimetype="image/webp")
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    return response


# ---- about me ----------------------------------------------------------------------------------------------


def _details_values(person: Person) -> dict[str, Any]:
    """What the form's fields hold for a person."""
    values: dict[str, Any] = {
        "name": person.name,
        "preferred_name": person.preferred_name,
        "pronouns": person.pronouns,
        "say_name": person.say_name,
        "place_detail": person.place_detail,
        "time_zone": person.time_zone or "",
        "languages": ", ".join(person.languages),
        "working_days": person.working_days,
        "reach_me_by": person.reach_me_by,
        "links": "\n".join(f"{link['label']} {link['url']}" for link in person.links),
        "hue": person.colour,
    }
    return values | {f"shown_{field}": person.shown.get(field, "everyone") for field in OPTIONAL}


@bp.route("/me/details", methods=["GET", "POST"])
def details() -> AnyResponse | tuple[str, int]:
    """What I say about myself, and to whom."""
    who = viewer()
    me = queries.me(who)
    form = DetailsForm(data={"version": str(me.version), **_details_values(me)})
    locked, chosen_hue = list(me.locked), me.hue
    if form.sent():
        wanted = services.Details(
            name=form.name.data,
            preferred_name=form.preferred_name.data,
            pronouns=form.pronouns.data,
            say_name=form.say_name.data,
            place_detail=form.place_detail.data,
            time_zone=form.time_zone.data,
            languages=[word.strip() for word in form.languages.data.split(",") if word.strip()],
            working_days=form.working_days.data or [],
            links=form.linked,
            reach_me_by=form.reach_me_by.data,
            # The colour that follows from the id stays unchosen, so that it is not kept for nothing.
            hue=form.hue.data if form.hue.data != me.colour else chosen_hue,
            shown=form.shown_choices,
        )
        text = str(form.version.data)
        version = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
        if act(form, lambda: services.change_details(viewer=who, details=wanted, version=version)):
            flash(gettext("Saved."))
            return redirect(url_for("people.details"), 303)
        me = queries.me(who)
        if form.form_errors:  # another tab was quicker; a mistake in a field must not hide that
            form.set_beside(_details_values(me))
            form.version.data = str(me.version)
    return render_template("people/details.html", form=form, me=me, locked=locked), form.status


@bp.route("/me/away", methods=["GET", "POST"])
def away() -> AnyResponse | tuple[str, int]:
    """When I am away, and who stands in."""
    who = viewer()
    me = queries.me(who)
    stand_in = queries.cards(who, [me.stand_in_id]) if me.stand_in_id else []
    away_until = me.away_until if me.is_away(clock.today(who.zone)) else None
    form = AwayForm(data={"until": away_until, "stand_in": stand_in[0].name if stand_in else ""})
    choices: list[Card] = []
    if form.sent():
        back = "back" in request.form
        picked, choices = (None, []) if back else _picked(form.stand_in.data)
        named = form.stand_in.data or request.form.get("stand_in_handle")
        if choices:
            form.stand_in.errors = [gettext("Who do you mean? Pick one, or leave it empty.")]
            form.status = 422
        elif named and picked is None and not back:
            form.stand_in.errors = [gettext("Nobody with that name")]
            form.status = 422
        elif form.until.data is None and not back:
            form.until.errors = [gettext("Pick the last day you are away")]
            form.status = 422
        else:
            until = None if back else form.until.data
            if act(form, lambda: services.set_away(viewer=who, until=until, stand_in_id=picked)):
                flash(gettext("Saved."))
                return redirect(url_for("people.away"), 303)
    return render_template("people/away.html", form=form, away_until=away_until, choices=choices), form.status


def _picked(typed: str) -> tuple[int | None, list[Card]]:
    """The one person meant by a typed name or a picked handle; else those it could be (an empty card list and
    None when nobody was named)."""
    who = viewer()
    handle = request.form.get("stand_in_handle", "")
    if handle:
        return queries.id_of_handle(who, handle), []
    if not typed:
        return None, []
    meant = queries.by_names(who, [typed])[typed]
    found = [card for card in queries.cards(who, meant) if card.id != who.person_id]
    return (found[0].id, []) if len(found) == 1 else (None, found)
