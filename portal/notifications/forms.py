"""The shape of what people choose about notices."""

from __future__ import annotations

from typing import Any

from wtforms import BooleanField, RadioField, SelectField, TimeField
from wtforms.validators import InputRequired

from portal.core.forms import Form
from portal.core.i18n import lazy as _
from portal.people.forms import DAYS

from .kinds import CHOICES, WAY_WORDS

_TIME = _("Write the time like 14:30")


class PreferencesForm(Form):
    """How each kind comes, and when. The kinds add their fields below."""

    is_quiet = BooleanField(_("Keep my quiet hours"))
    quiet_from = TimeField(_("Quiet from"), validators=[InputRequired(_TIME)])
    quiet_to = TimeField(_("Quiet until"), validators=[InputRequired(_TIME)])
    days_off = BooleanField(_("Quiet on the days I do not work, too"))
    digest_day = SelectField(_("Day of the digest"), choices=[("", _("The first day I work")), *DAYS])
    digest_hour = SelectField(_("Hour of the digest"), choices=[(str(one), f"{one:02d}:00") for one in range(24)])

    def ways(self) -> dict[str, str]:
        """How each kind is wanted."""
        return {kind.code: str(self[f"way-{kind.code}"].data) for kind in CHOICES}

    def hours(self) -> dict[str, Any]:
        """As columns of `NoticeHours`."""
        return {
            "is_quiet": bool(self.is_quiet.data),
            "quiet_from": self.quiet_from.data.hour * 60 + self.quiet_from.data.minute,  # type: ignore[union-attr]
            "quiet_to": self.quiet_to.data.hour * 60 + self.quiet_to.data.minute,  # type: ignore[union-attr]
            "days_off": bool(self.days_off.data),
            "digest_day": self.digest_day.data or None,
            "digest_hour": int(self.digest_hour.data),
        }


for _kind in CHOICES:
    setattr(
        PreferencesForm,
        f"way-{_kind.code}",
        RadioField(
            _kind.name,
            description=_kind.hint,
            choices=[(way, WAY_WORDS[way]) for way in _kind.ways],
            validators=[InputRequired(_("Pick one from the list"))],
        ),
    )
