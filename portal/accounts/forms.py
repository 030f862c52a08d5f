"""The shape of what people type to get in."""

from __future__ import annotations

from wtforms import PasswordField

from portal.core.forms import AtMost, Form, LineField, Needed, Storable
from portal.core.i18n import lazy as _


class SignInForm(Form):
    email = LineField(
        _("Mail address or login name"), most=254, needed=_("Type your mail address or your login name")
    )
    password = PasswordField(_("Password"), [Storable(), Needed(_("Type your password")), AtMost(1000)])


class ForgottenForm(Form):
    email = LineField(_("Mail address"), most=254, needed=_("Type your mail address"))


class NewPasswordForm(Form):
    password = PasswordField(
        _("Choose a password"), [Storable(), Needed(_("Type the password you want")), AtMost(1000)]
    )


class PasswordForm(Form):
    current = PasswordField(
        _("Your password now"), [Storable(), Needed(_("Type the password you have now")), AtMost(1000)]
    )
    new_password = PasswordField(
        _("The new one"), [Storable(), Needed(_("Type the password you want")), AtMost(1000)]
    )


class EndForm(Form):
    """A button, with its CSRF token."""
