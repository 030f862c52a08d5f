"""The admin's room of work from elsewhere: does it show what people know?"""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.core import audit
from portal.core.auth import for_role, viewer
from portal.core.forms import Form, act
from portal.search.evidence import let_work_show
from portal.search.queries import work_is_shown

from .blueprint import bp


@bp.route("/evidence", methods=["GET", "POST"])
@for_role("admin")
def evidence() -> Response | tuple[str, int]:
    """On or off (field `show`)."""
    who, form = viewer(), Form()
    if form.sent():
        shows = request.form.get("show") == "1"

        def work() -> None:
            if shows != work_is_shown():
                let_work_show(shows=shows)
                audit.record("work_shown" if shows else "work_hidden", actor_id=who.person_id)

        if act(form, work):
            flash(gettext("Saved."))
            return redirect(url_for("admin.evidence"), 303)
    return render_template("admin/evidence.html", form=form, shows=work_is_shown()), form.status
