"""The shape of what people type about a goal."""

from __future__ import annotations

from portal.core.forms import LineField, VersionedForm, WordsField
from portal.core.i18n import lazy as _

from .services import MAX_NOTE, MAX_TITLE, MAX_WHY


class GoalForm(VersionedForm):
    title = LineField(_("Goal"), most=MAX_TITLE, needed=_("Say what is to be reached, in a few words"))
    why = WordsField(_("Why"), most=MAX_WHY)
    owner = LineField(_("Who to ask about it"), most=120)
    note = WordsField(_("How it stands"), most=MAX_NOTE)


class CloseForm(VersionedForm):
    note = WordsField(_("How it ended"), most=MAX_NOTE)
