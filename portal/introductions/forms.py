"""The shape of what people type about introductions."""

from __future__ import annotations

from portal.core.forms import Form, LineField
from portal.core.i18n import lazy as _
from portal.kudos.forms import NamesField

from . import managers, services


class IntroduceForm(Form):
    """In the order of the page, so that what is to be fixed stands in it as well."""

    one = NamesField(_("Bring together"), needed=_("Say who the first is"))
    line_one = LineField(
        _("A line for the first"), most=services.MAX_LINE, needed=_("Say in a line why, for the first")
    )
    other = NamesField(_("with"), needed=_("Say who the second is"))
    line_other = LineField(
        _("A line for the second"), most=services.MAX_LINE, needed=_("Say in a line why, for the second")
    )


class AskManagerForm(Form):
    line = LineField(_("What you would like to find"), most=managers.MAX_LINE)


class NamePeopleForm(Form):
    name_1 = NamesField(_("A colleague"), needed=_("Say whom you mean: a colleague"))
    reason_1 = LineField(_("Why the two of them"), most=services.MAX_LINE, needed=_("Say in a line why"))
    name_2 = NamesField(_("A second one"))
    reason_2 = LineField(_("Why the two of them"), most=services.MAX_LINE)
    name_3 = NamesField(_("A third one"))
    reason_3 = LineField(_("Why the two of them"), most=services.MAX_LINE)
