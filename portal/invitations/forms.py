"""The shape of what somebody types who was invited."""

from __future__ import annotations

from wtforms import PasswordField

from portal.core.forms import AtMost, Form, LineField, Needed, Storable
from portal.core.i18n import lazy as _
from portal.people.services import MAX_NAME


class WelcomeForm(Form):
    """The route takes the name out where the staff list has said it."""

    name = LineField(_("Your name"), most=MAX_NAME, needed=_("Say your name; one word is enough"))
    password = PasswordField(
        _("Choose a password"), [Storable(), Needed(_("Type the password you want")), AtMost(1000)]
    )
