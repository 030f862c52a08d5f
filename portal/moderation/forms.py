"""The shape of a report."""

from __future__ import annotations

from wtforms import RadioField
from wtforms.validators import InputRequired

from portal.core.forms import Form, WordsField
from portal.core.i18n import lazy as _

KIND_WORDS = {
    "missing": _("Something is missing"),
    "wrong": _("Something is wrong"),
    "left": _("They do not work here any more"),
    "duplicate": _("They stand here twice"),
}


class ReportForm(Form):
    kind = RadioField(
        _("What is it?"), choices=list(KIND_WORDS.items()), validators=[InputRequired(_("Pick what it is"))]
    )
    words = WordsField(_("In a few words"), most=500)
    goes_to = RadioField(
        _("Who should read it?"),
        choices=[("person", _("The person, without your name")), ("admins", _("The admins"))],
        default="person",
    )
