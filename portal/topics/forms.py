"""The shape of what people type about topics."""

from __future__ import annotations

from typing import Any

from wtforms import BooleanField, RadioField, StringField

from portal.core.forms import AtMost, Form, LineField, Needed, Storable, VersionedForm, tidy
from portal.core.i18n import lazy as _

from .models import LEVELS
from .naming import LONGEST_FIELD
from .services import MAX_HOURS, MAX_LINE, MAX_WHY

LEVEL_WORDS = {"learning": _("Learning"), "helping": _("Can help"), "expert": _("Expert")}
LEVEL_CHOICES = [(level, LEVEL_WORDS[level]) for level in reversed(LEVELS)]


class TopicsField(StringField):
    """Names of topics with commas between them; the field may be sent several times."""

    data: Any

    def __init__(self, label: Any, *, needed: Any = None, most: int = LONGEST_FIELD, **kwargs: Any) -> None:
        rules: list[Any] = [Storable(), *([Needed(needed)] if needed else []), AtMost(most)]
        super().__init__(label, rules, filters=[tidy], **kwargs)

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = ", ".join(text for text in (str(one).strip(" ,") for one in valuelist) if text)


class AddForm(Form):
    # 3,000 names are pasted: they come back, and are counted by the service.
    topics = TopicsField(_("Topics"), needed=_("Say what you can be asked about"), most=400_000)
    level = RadioField(_("How well?"), choices=LEVEL_CHOICES, default="helping")


class ClaimForm(VersionedForm):
    level = RadioField(_("How well?"), choices=LEVEL_CHOICES)
    line = LineField(_("How others can tell, in a line"), most=MAX_LINE)
    is_open = BooleanField(_("I am open for questions about it"))


class HoursForm(Form):
    hours = LineField(_("When you are easily asked"), most=MAX_HOURS)


class VouchForm(Form):
    why = LineField(_("How do you know?"), most=MAX_WHY, needed=_("Say in a line how you know"))


class WhoForm(Form):
    """Somebody comes to mind."""

    who = LineField(_("Who comes to mind?"), most=120, needed=_("Say who comes to mind"))
