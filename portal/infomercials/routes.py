"""Writing one's intro: four steps that save alone, preview, publish."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from flask import Blueprint, current_app, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.core import clock
from portal.core.auth import safe_next, viewer
from portal.core.forms import Form, VersionedForm, act
from portal.core.i18n import WRITTEN_IN, chosen_locale, hour
from portal.goals.queries import goal_choices
from portal.people.forms import refusal_words
from portal.people.photos import MAX_BYTES, Crop, PhotoRefused, process_in_child

from . import services
from .forms import AskForm, FactsForm, PhotoForm, PublishForm, WorkForm
from .prompts import BY_KEY, Prompt, prompts_for
from .queries import STEPS, MyIntro, my_intro

bp = Blueprint("infomercials", __name__, url_prefix="/me/intro")
_AXIS = {"left": 0.0, "top": 0.0, "middle": 0.5, "right": 1.0, "bottom": 1.0}
_CLOSE = {"all": 1.0, "closer": 1.4, "close": 1.8}


def _next_url(step: str) -> str:
    """The step after this one; after the last the preview."""
    place = STEPS.index(step) + 1
    return url_for(f"infomercials.{STEPS[place]}") if place < len(STEPS) else url_for("infomercials.preview")


def _autosave() -> bool:
    return request.headers.get("X-Autosave") == "1"


def _step(
    step: str,
    form: VersionedForm,
    values: Callable[[MyIntro], Mapping[str, Any]],
    save: Callable[[int], int],
    **more: Any,
) -> Response | tuple[Response, int] | tuple[str, int]:
    """One step: save and go on, save quietly (autosave), or show the form with what is wrong.

    values: what the form's fields hold for an intro; save: writes them over the version it was opened on.
    """
    who = viewer()
    opened_on = form.opened_on
    if form.sent():
        if _autosave():
            # A quiet save leaves the nonce for the button.
            form.once.data = ""
        done = act(form, lambda: save(opened_on))
        if done is not None:
            if _autosave():
                words = gettext("Saved %(time)s", time=hour(clock.now(), who.zone))
                return jsonify(version=done.result, saved=words)
            return redirect(_next_url(step), 303)
    if form.status != 200 and _autosave():
        return jsonify(error=" ".join(words for _id, words in form.wrong)), form.status
    mine = my_intro(who)
    if form.form_errors:
        # Another tab was quicker. (A field that is wrong leaves the version: what the tab saved would go unseen.)
        form.set_beside(values(mine))
        form.version.data = str(mine.versions[step])
    return render_template(f"infomercials/{step}.html", form=form, mine=mine, step=step, **more), form.status


@bp.get("")
def begin() -> Response:
    """To the first step that is not done, else to the preview."""
    missing = my_intro(viewer()).missing
    return redirect(url_for(f"infomercials.{missing[0]}" if missing else "infomercials.preview"), 303)


def intro_steps(mine: MyIntro, now: str = "") -> list[dict[str, str]]:
    """The steps for components/steps.html; with `now` ("all": none of them) the preview is the last."""
    names = {
        "photo": gettext("Photo"),
        "facts": gettext("Headline and facts"),
        "ask": gettext("Ask me about"),
        "work": gettext("Working on"),
    }
    items = [
        {
            "label": names[step.name],
            "url": url_for(f"infomercials.{step.name}"),
            "state": "now" if step.name == now else "done" if step.done else "",
        }
        for step in mine.steps
    ]
    if now:
        state = "now" if now == "preview" else "done" if mine.is_published and not mine.has_changes else ""
        items.append({"label": gettext("Look it over"), "url": url_for("infomercials.preview"), "state": state})
    return items


bp.add_app_template_filter(intro_steps)


# ---- the steps ---------------------------------------------------------------------------------------------


@bp.route("/photo", methods=["GET", "POST"])
def photo() -> Response | tuple[str, int]:
    """A photo, or initials, which are as good."""
    who = viewer()
    form = PhotoForm()
    if form.sent():
        if "initials" in request.form:
            if act(form, lambda: services.use_initials(viewer=who)):
                return redirect(_next_url("photo"), 303)
        elif _photo_taken(form):
            return redirect(url_for("infomercials.photo", done=1), 303)
    page = render_template(
        "infomercials/photo.html",
        form=form,
        mine=my_intro(who),
        step="photo",
        next_url=_next_url("photo"),
    )
    return page, form.status


def _photo_taken(form: PhotoForm) -> bool:
    who = viewer()
    upload = form.photo.data
    data = upload.stream.read(MAX_BYTES + 1) if upload else b""
    if not data:
        form.photo.errors = [gettext("Choose a photo first, or use your initials")]
        form.status = 422
        return False
    crop = Crop(x=_AXIS[form.across.data], y=_AXIS[form.down.data], closeness=_CLOSE[form.close.data])
    try:
        lock = Path(current_app.config["HALLWAY"].instance_path) / "pictures.lock"
        pictures = process_in_child(data, crop, lock_path=lock)
    except PhotoRefused as refused:
        form.photo.errors = [refusal_words(refused.code)]
        form.status = 422
        return False
    return act(form, lambda: services.keep_photo(viewer=who, pictures=pictures)) is not None


def _prompts(mine: MyIntro, turn: int) -> list[Prompt]:
    """A prompt beside each fact: the one it was written for, else one that turns."""
    turning = prompts_for(mine.person_id, turn)
    facts = mine.words["facts"]
    kept = [BY_KEY.get(fact.get("prompt", "")) for fact in facts]
    free = [p for p in turning if p not in kept] or turning
    chosen = []
    for number in range(services.MAX_FACTS):
        prompt = kept[number] if number < len(kept) else None
        chosen.append(prompt or free.pop(0) if (prompt or free) else turning[number])
    return chosen


def _facts_values(mine: MyIntro) -> dict[str, Any]:
    written = mine.words["lang"]
    values = {"headline": mine.words["headline"], "lang": written if written in WRITTEN_IN else chosen_locale()}
    facts = [fact["text"] for fact in mine.words["facts"]]
    return values | {f"fact{n + 1}": facts[n] if n < len(facts) else "" for n in range(services.MAX_FACTS)}


@bp.route("/facts", methods=["GET", "POST"])
def facts() -> Any:
    """Headline and one to three facts."""
    who = viewer()
    mine = my_intro(who)
    turn = request.args.get("turn", "0")
    number = int(turn) if turn.isascii() and turn.isdigit() and len(turn) < 4 else 0
    prompts = _prompts(mine, number)
    hidden = {f"prompt{n}": prompt.key for n, prompt in enumerate(prompts, start=1)}
    form = FactsForm(data={"version": str(mine.versions["facts"]), **_facts_values(mine), **hidden})
    # After a refused save each fact keeps the prompt it was written for.
    prompts = [BY_KEY.get(form[f"prompt{n}"].data, prompt) for n, prompt in enumerate(prompts, start=1)]

    def save(version: int) -> int:
        written = [
            {
                "prompt": form[f"prompt{n}"].data if form[f"prompt{n}"].data in BY_KEY else "",
                "text": form[f"fact{n}"].data,
            }
            for n in range(1, services.MAX_FACTS + 1)
        ]
        return services.save_facts(
            viewer=who, headline=form.headline.data, facts=written, lang=form.lang.data, version=version
        )

    return _step("facts", form, _facts_values, save, prompts=prompts, turn=number + 1)


def _ask_values(mine: MyIntro) -> dict[str, Any]:
    return {"ask_about": "\n".join(mine.words["ask_about"])}


@bp.route("/ask", methods=["GET", "POST"])
def ask() -> Any:
    """What to be asked about."""
    who = viewer()
    mine = my_intro(who)
    form = AskForm(data={"version": str(mine.versions["ask"]), **_ask_values(mine)})
    return _step(
        "ask",
        form,
        _ask_values,
        lambda version: services.save_ask(viewer=who, ask_about=form.subjects, version=version),
    )


def _work_values(mine: MyIntro) -> dict[str, Any]:
    words = mine.words
    return {
        "working_on": words["working_on"],
        "so_that": words["so_that"],
        "goal": str(words["goal_id"] or ""),
        "offer": words["offer"],
        "offer_stands": words["offer_stands"],
    }


@bp.route("/work", methods=["GET", "POST"])
def work() -> Any:
    """What I work on now, what for, the goal it serves, and an offer."""
    who = viewer()
    mine = my_intro(who)
    form = WorkForm(data={"version": str(mine.versions["work"]), **_work_values(mine)})
    form.offer_goals(goal_choices(who, mine.words["goal_id"]))

    def values(saved: MyIntro) -> dict[str, Any]:
        # What another tab chose has a title here, be it open or not.
        form.offer_goals(goal_choices(who, saved.words["goal_id"]))
        return _work_values(saved)

    return _step(
        "work",
        form,
        values,
        lambda version: services.save_work(
            viewer=who,
            working_on=form.working_on.data,
            so_that=form.so_that.data,
            offer=form.offer.data,
            offer_stands=bool(form.offer_stands.data),
            goal_id=form.goal_id,
            version=version,
        ),
    )


# ---- preview and after -------------------------------------------------------------------------------------


@bp.route("/preview", methods=["GET", "POST"])
def preview() -> Response | tuple[str, int]:
    """As others will see it; POST publishes."""
    who = viewer()
    mine = my_intro(who)
    form = PublishForm(data={"shown_to": mine.words["shown_to"], "seen": mine.mark})
    if form.sent():
        done = act(form, lambda: services.publish(viewer=who, shown_to=form.shown_to.data, seen=form.seen.data or ""))
        if done:
            flash(gettext("Your intro is out.") if done.result else gettext("Your changes are out."))
            return redirect(url_for("people.me"), 303)
        mine = my_intro(who)
        form.seen.data = mine.mark
    return render_template("infomercials/preview.html", form=form, mine=mine, step="preview"), form.status


def _button(work: Callable[[], object], said: str) -> Response:
    form = Form()
    if act(form, work):
        flash(said)
    else:
        flash(" ".join(words for _id, words in form.wrong), "error")
    return redirect(safe_next(request.form.get("next")) or url_for("home.me"), 303)


@bp.post("/confirm")
def confirm() -> Response:
    """Still right."""
    who = viewer()
    return _button(lambda: services.confirm(viewer=who), gettext("Good. We will ask again in half a year."))


@bp.post("/discard")
def discard() -> Response:
    """Drop what I changed since I published."""
    who = viewer()
    return _button(lambda: services.discard_changes(viewer=who), gettext("Your changes are dropped."))


@bp.post("/withdraw")
def withdraw() -> Response:
    """Take my intro off every page."""
    who = viewer()
    return _button(
        lambda: services.withdraw(viewer=who),
        gettext("Nobody sees your intro now. Your words are kept here for you."),
    )
