"""The shape of what people type about a goal."""

from __future__ import annotations

from wtforms import HiddenField

from portal.core.forms import Form, LineField, WordsField
from portal.core.i18n import lazy as _

from .services import MAX_NOTE, MAX_TITLE, MAX_WHY


class KeptForm(Form):
    """Knows which version of the goal it was opened on, so that two who keep it notice each other."""

    version = HiddenField(default="0")

    @property
    def opened_on(self) -> int:
        text = str(self.version.data or "0")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


class GoalForm(KeptForm):
    title = LineField(_("Goal"), most=MAX_TITLE, needed=_("Say what is to be reached, in a few words"))
    why = WordsField(_("Why"), most=MAX_WHY)
    owner = LineField(_("Who to ask about it"), most=120)
    note = WordsField(_("How it stands"), most=MAX_NOTE)


class CloseForm(KeptForm):
    note = WordsField(_("How it ended"), most=MAX_NOTE)
