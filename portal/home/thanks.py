"""How I like to be thanked."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response
from wtforms import RadioField

from portal.core.auth import viewer
from portal.core.forms import Form, act
from portal.core.i18n import lazy as _
from portal.kudos.queries import wishes
from portal.kudos.wishes import ON_SCREEN_WORDS, SHOWN_WORDS, set_wish

from .blueprint import bp


class WishForm(Form):
    shown = RadioField(_("Where do you like to be thanked?"), choices=list(SHOWN_WORDS.items()))
    on_screen = RadioField(_("May it be shown on the screen in a meeting?"), choices=list(ON_SCREEN_WORDS.items()))


@bp.route("/me/thanks", methods=["GET", "POST"])
def thanks() -> Response | tuple[str, int]:
    """Where thanks for me may stand, and whether a meeting may show them."""
    who = viewer()
    now = wishes([who.person_id])[who.person_id]
    form = WishForm(data={"shown": now.shown, "on_screen": now.on_screen})

    def work() -> bool:
        set_wish(viewer=who, shown=form.shown.data, on_screen=form.on_screen.data)
        return True

    if form.sent() and act(form, work):
        flash(gettext("Saved."))
        return redirect(url_for("home.thanks"), 303)
    return render_template("home/thanks.html", form=form), form.status
