"""Why somebody was found, in words: each kind of reason is told by the domain that knows it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from flask_babel import gettext

from portal.core.auth import Viewer
from portal.core.findable import Why, source_of

from .queries import Reason


def reasons_told(viewer: Viewer, reasons: Sequence[Reason], looked_for: Collection[str]) -> dict[int, Why]:
    """By item: why it speaks for somebody, in one line; without what the viewer may not open. Each kind is asked
    once, and asks a fixed number of queries."""
    by_kind: dict[str, list[Reason]] = {}
    for one in reasons:
        by_kind.setdefault(one.kind, []).append(one)
    told: dict[int, Why] = {}
    for kind, some in sorted(by_kind.items()):
        source = source_of(kind)
        if source is not None and source.why is not None:
            known = source.why(viewer, sorted({one.subject_id or 0 for one in some}), looked_for)
            told |= {one.item_id: known[one.subject_id or 0] for one in some if (one.subject_id or 0) in known}
        elif kind == "work":
            told |= {one.item_id: Why(_did(one.role), one.title, one.url or "") for one in some}
    return told


def _did(role: str) -> str:
    """What somebody did with a piece of work."""
    if role == "reviewer":
        return gettext("Reviewed")
    return gettext("Wrote") if role == "author" else gettext("Work from elsewhere")
