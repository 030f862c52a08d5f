"""The shape of what people type about help."""

from __future__ import annotations

from wtforms import BooleanField, DateField, HiddenField, IntegerField, RadioField, SelectField
from wtforms.validators import Optional

from portal.core.forms import Form, LineField, Needed, VersionedForm, WordsField
from portal.core.i18n import lazy as _
from portal.kudos.forms import NamesField
from portal.topics.forms import TopicsField

from . import offers, promises, services
from .models import MINUTES

MINUTES_WORDS = {
    5: _("About 5 minutes"),
    15: _("About 15 minutes"),
    30: _("About half an hour"),
    60: _("About an hour"),
    120: _("About two hours"),
}
SHOWN_WORDS = {"everyone": _("Everyone"), "teams": _("My teams"), "asked": _("Only those who are asked")}
LIMITS = [("2", _("Twice at most")), ("1", _("Once at most")), ("0", _("Not at all"))]
_HOW_LONG = [("", _("I cannot tell")), *((str(one), MINUTES_WORDS[one]) for one in MINUTES)]


def minutes_of(field: SelectField) -> int | None:
    """The minutes that were chosen; 0, which is none of the choices, for what is no number."""
    text = str(field.data or "")
    return (int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0) if text else None


class AskForm(Form):
    question = LineField(
        _("What do you need?"), most=services.MAX_QUESTION, needed=_("Ask your question, in a few words")
    )
    details = WordsField(_("What helps to know"), most=services.MAX_DETAILS)
    topics = TopicsField(_("What it is about"))
    due_on = DateField(_("Needed by"), validators=[Optional()])
    minutes = SelectField(_("About how long it takes"), choices=_HOW_LONG, validate_choice=False)
    shown_to = RadioField(_("Who may see it"), choices=list(SHOWN_WORDS.items()), default="everyone",
                          validate_choice=False)  # fmt: skip
    fresh_eyes = BooleanField(_("Fresh eyes: ask somebody from another department, too"))
    sure = HiddenField()
    to = HiddenField()
    offer = HiddenField()

    def narrow(self, is_guest: bool) -> None:
        """A guest is in nobody's "everyone"."""
        if is_guest:
            self.shown_to.choices = [choice for choice in SHOWN_WORDS.items() if choice[0] != "everyone"]
            if self.shown_to.data == "everyone" and not self.is_submitted():  # type: ignore[no-untyped-call]
                self.shown_to.data = "teams"


class EditAskForm(VersionedForm, AskForm):
    """Other words for what was asked."""


class OfferForm(VersionedForm):
    what = LineField(_("What do you help with?"), most=offers.MAX_WHAT, needed=_("Say what you help with"))
    topics = TopicsField(_("What it is about"))
    minutes = SelectField(_("About how long it takes"), choices=_HOW_LONG, validate_choice=False)
    when = LineField(_("When it suits you"), most=offers.MAX_WHEN)
    at_once = IntegerField(_("How many at a time"), default=1, validators=[Optional()])


class PromiseForm(Form):
    what = LineField(_("What will you do?"), most=promises.MAX_WHAT, needed=_("Say in a few words what you will do"))
    due_on = DateField(_("By when?"), validators=[Needed(_("Pick a day"))])


class PromiseToForm(PromiseForm):
    to = NamesField(_("To whom?"), needed=_("Say whom you promise it"))


class NameForm(Form):
    who = NamesField(_("Who can help?"), needed=_("Say who can help"))
    line = LineField(_("A line for them"), most=services.MAX_LINE)


class PostForm(Form):
    words = WordsField(_("Write something"), most=services.MAX_POST, needed=_("Write a few words"))


class MoveForm(Form):
    move_to = DateField(_("Another day"), validators=[Needed(_("Pick a day"))])


class CallOffForm(Form):
    word = LineField(_("A word of why"), most=promises.MAX_WORD, needed=_("A word of why, for the other"))


class OutcomeForm(Form):
    outcome = LineField(_("What came of it?"), most=promises.MAX_OUTCOME)
    shared = BooleanField(_("Show this line on home, under my name"))


class LimitForm(Form):
    a_week = RadioField(_("In any seven days"), choices=LIMITS)
