"""What colleagues say is not right on profiles."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.core.auth import for_role, viewer
from portal.core.db import MAX_ID, unit_of_work
from portal.moderation import queries, services
from portal.moderation.forms import KIND_WORDS

from .blueprint import bp


@bp.get("/reports")
@for_role("admin")
def reports() -> str:
    """Open ones, or settled ones."""
    settled = request.args.get("settled") == "1"
    page = queries.reports(viewer(), settled=settled, cursor=request.args.get("after"))
    more = url_for("admin.reports", settled="1" if settled else None, after=page.next) if page.next else None
    return render_template(
        "admin/reports.html", reports=page.items, more=more, settled=settled, kinds=KIND_WORDS,
        first_page=not request.args.get("after"),
    )  # fmt: skip


@bp.post("/reports/<int:report_id>/settle")
@for_role("admin")
def settle_report(report_id: int) -> Response:
    """It is done, or right as it is."""
    if report_id > MAX_ID:
        abort(404)
    who = viewer()
    unit_of_work(lambda: services.settle(viewer=who, report_id=report_id))
    flash(gettext("Settled."))
    return redirect(url_for("admin.reports"), 303)
