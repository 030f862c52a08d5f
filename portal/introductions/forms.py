"""The shape of what people type about introductions."""

from __future__ import annotations

from portal.core.forms import Form, LineField
from portal.core.i18n import lazy as _
from portal.kudos.forms import NamesField

from . import managers, services


class IntroduceForm(Form):
    one = NamesField(_("Bring together"), needed=_("Say whom you mean: a colleague"))
    other = NamesField(_("with"), needed=_("Say whom you mean: a colleague"))
    line_one = LineField(_("A line for the first"), most=services.MAX_LINE, needed=_("Say in a line why"))
    line_other = LineField(_("A line for the second"), most=services.MAX_LINE, needed=_("Say in a line why"))


class AskManagerForm(Form):
    line = LineField(_("What you would like to find"), most=managers.MAX_LINE)


class NamePeopleForm(Form):
    name_1 = NamesField(_("A colleague"), needed=_("Say whom you mean: a colleague"))
    reason_1 = LineField(_("Why the two of them"), most=services.MAX_LINE, needed=_("Say in a line why"))
    name_2 = NamesField(_("A second one"))
    reason_2 = LineField(_("Why the two of them"), most=services.MAX_LINE)
    name_3 = NamesField(_("A third one"))
    reason_3 = LineField(_("Why the two of them"), most=services.MAX_LINE)
