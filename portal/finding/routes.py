"""Pages: finding, as a page and as letters come."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from portal.core.auth import viewer

from . import queries

bp = Blueprint("finding", __name__)
MOST_TYPED = 5_000  # letters that the page keeps of what was typed


def _typed() -> str:
    return " ".join(request.args.get("q", "").replace("\x00", "").split())[:MOST_TYPED]


@bp.get("/find")
def find() -> str:
    """One box for everybody and everything that the viewer may see."""
    q, only = _typed(), request.args.get("kind")
    kinds = {"person", *(kind for kind, _name, _icon in queries.KINDS)}
    only = only if only in kinds else None
    part = request.headers.get("HX-Request") == "true"
    template = "finding/_results.html" if part else "finding/find.html"
    return render_template(template, q=q, only=only, answer=queries.answer(viewer(), q, only=only))


@bp.get("/find/suggest")
def suggest() -> str:
    """The few best as letters come, as the options of a list."""
    q = _typed()
    return render_template("finding/_options.html", q=q, answer=queries.as_typed(viewer(), q))
