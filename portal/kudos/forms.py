"""The shape of a thank-you."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms import HiddenField, RadioField, SelectField, StringField

from portal.core.forms import AtMost, Form, LineField, Needed, Storable, VersionedForm, WordsField, tidy
from portal.core.i18n import lazy as _
from portal.topics.naming import LONGEST_NAME

from .naming import LONGEST
from .services import MAX_WHY

AUDIENCES = [("everyone", _("Everyone")), ("team", _("The team")), ("us", _("Only us"))]


class NamesField(StringField):
    """Names, handles or a team, with commas between them; the field may be sent several times."""

    data: Any

    def __init__(self, label: Any, *, needed: Any = None, **kwargs: Any) -> None:
        rules: list[Any] = [Storable(), *([Needed(needed)] if needed else []), AtMost(LONGEST)]
        super().__init__(label, rules, filters=[lambda value: " ".join(tidy(value).split())], **kwargs)

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = ", ".join(text for text in (str(one).strip(" ,") for one in valuelist) if text)


class NamesForm(Form):
    """Who is thanked. It stands before the words, also among what is to be mended."""

    to = NamesField(_("Thank you,"), needed=_("Say whom you thank: a name, or a team"))
    helped = NamesField(_("Who helped"))
    unblocked = NamesField(_("Who cleared the way"))


class WordsForm(Form):
    """What can be changed later, too."""

    why = WordsField(_("for"), most=MAX_WHY, needed=_("Say what they did, in a few words"))
    # What there is to choose from is a rule of the service: it may be retired between the page and the answer.
    value = RadioField(_("It shows how we"), validate_choice=False)
    goal = SelectField(_("The goal it serves"), validate_choice=False)
    topic = LineField(_("The topic it shows they know"), most=LONGEST_NAME)

    def offer(self, values: Sequence[tuple[str, str]], goals: Sequence[tuple[int, str]]) -> None:
        """Values by slug, goals by number."""
        self.value.choices = [*values, ("", _("none of these"))]
        self.value.data = self.value.data or ""
        self.goal.choices = [("", _("None")), *((str(number), title) for number, title in goals)]

    @property
    def goal_id(self) -> int | None:
        """The goal that was chosen; 0, which none has, for what is no number."""
        text = str(self.goal.data or "")
        return (int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0) if text else None


class EditForm(VersionedForm, WordsForm):
    """Other words for what was posted."""


class ThanksForm(NamesForm, WordsForm):
    team = SelectField(_("The team it has to do with"), validate_choice=False)
    audience = RadioField(_("Who may see it"), choices=AUDIENCES, validate_choice=False)
    started = HiddenField()  # where the choice of the audience stood before anybody touched it
    screen = HiddenField()

    @property
    def chosen_audience(self) -> str | None:
        """What the giver chose; None where they left it as it was, so that it follows from who is thanked."""
        return str(self.audience.data) if self.audience.data and self.audience.data != self.started.data else None

    def offer_teams(self, teams: Sequence[tuple[str, str]]) -> None:
        """(slug, name) of the teams I am in."""
        self.team.choices = [("", _("None")), *teams]
