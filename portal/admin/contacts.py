"""The admin's room of contacts from elsewhere: may they order whom somebody is suggested?"""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.core import audit
from portal.core.auth import for_role, viewer
from portal.core.forms import Form, act
from portal.ties.queries import contacts_order
from portal.ties.services import let_contacts_order

from .blueprint import bp


@bp.route("/contacts", methods=["GET", "POST"])
@for_role("admin")
def contacts() -> Response | tuple[str, int]:
    """On or off (field `order`)."""
    who, form = viewer(), Form()
    if form.sent():
        order = request.form.get("order") == "1"

        def work() -> None:
            if order != contacts_order():
                let_contacts_order(order=order)
                audit.record("contacts_order" if order else "contacts_rest", actor_id=who.person_id)

        if act(form, work):
            flash(gettext("Saved."))
            return redirect(url_for("admin.contacts"), 303)
    return render_template("admin/contacts.html", form=form, order=contacts_order()), form.status
