"""Inviting those who are on the staff list: all, or a department at a time. Nothing goes out before the button."""

from __future__ import annotations

from functools import partial

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from portal.core import clock, mail
from portal.core.auth import for_role, viewer
from portal.core.db import MAX_ID, batches, unit_of_work
from portal.core.forms import Form
from portal.invitations import queries, services
from portal.invitations.models import INVITATION_LASTS
from portal.people import names
from portal.people.queries import cards

from .blueprint import bp

SHOWN = 50  # names in the preview


def _chosen(texts: list[str], groups: list[queries.StaffGroup]) -> list[queries.StaffGroup]:
    """The departments whose boxes were ticked ("none": people of no department); what is unknown is left out."""
    wanted = {None if text == "none" else int(text) for text in texts if text == "none" or _is_id(text)}
    return [group for group in groups if group.department_id in wanted]


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= MAX_ID


@bp.route("/invite", methods=["GET", "POST"])
@for_role("admin")
def invite() -> Response | tuple[str, int]:
    """Which departments, then who that is and what they will read, then the button."""
    form = Form()
    groups = queries.staff_by_department()
    chosen = _chosen(request.values.getlist("department"), groups)
    where = [queries.in_department(group.department_id) for group in chosen]
    if form.sent() and "invite" in request.form:
        people = [one.person_id for some in where for one in queries.staff_waiting(some)]
        who, asked = viewer(), 0
        # A unit of work for each 500: nobody else waits for long, and sent again it goes on where it stopped.
        for some in batches(people):
            asked += unit_of_work(partial(services.invite_staff, viewer=who, person_ids=some))
        if asked:
            flash(ngettext("%(num)d person is invited.", "%(num)d people are invited.", asked))
        else:
            flash(gettext("Nobody was left to invite: all of them have been asked, or are in."), "error")
        return redirect(url_for("admin.invite"), 303)
    preview = [one for some in where for one in queries.staff_waiting(some, most=SHOWN)][:SHOWN]
    page = render_template(
        "admin/invite.html",
        form=form,
        groups=groups,
        chosen={group.department_id for group in chosen},
        preview=preview,
        count=sum(group.waiting for group in chosen),
        letter=_letter(names.first_name(preview[0].name)) if preview else None,
        today=clock.today(viewer().zone),
        has_mail=mail.is_set_up(),
    )
    return page, form.status


def _letter(first_name: str) -> dict[str, str]:
    """What the first of them will read, with a link that opens nothing."""
    who = viewer()
    subject = gettext("You are invited")
    text = render_template(
        "mail/invitation.txt",
        subject=subject,
        first_name=first_name,
        team="",
        inviter=cards(who, [who.person_id])[0].first_name,
        link=f"{current_app.config['HALLWAY'].base_url}/welcome/…",
        until=clock.now() + INVITATION_LASTS,
    )
    return {"subject": subject, "text": text}
