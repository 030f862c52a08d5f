"""Forms of meeting."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask_babel import gettext
from wtforms import Field, SelectMultipleField, ValidationError

from portal.core import clock
from portal.core.forms import Form, LineField, WordsField
from portal.core.i18n import lazy as _

MOST_TIMES = 3
FAR = timedelta(days=400)
_FORMAT = "%Y%m%dT%H%MZ"


def time_key(at: datetime) -> str:
    """A moment in a form or an address, "20261201T0930Z"."""
    return at.astimezone(UTC).strftime(_FORMAT)


def times_of(keys: list[str]) -> list[datetime] | None:
    """The moments behind these, in order, each once; None where one is nothing, is over, or is far off."""
    try:
        found = sorted({datetime.strptime(key, _FORMAT).replace(tzinfo=UTC) for key in keys})
    except ValueError:
        return None
    now = clock.now()
    return found if all(now < at < now + FAR for at in found) else None


class HelloForm(Form):
    words = WordsField(_("Your words"), most=1000, needed=_("Write a few words"))


class ColleaguesForm(Form):
    q = LineField(_("Find somebody else"), most=100)


class CoffeeForm(Form):
    """Times first, then the words about them."""

    at = SelectMultipleField(_("When?"), validate_choice=False)
    words = WordsField(_("Your words"), most=1000)

    @property
    def has_words(self) -> bool:
        """Were they seen before they were sent?"""
        return bool(self.words.raw_data)

    @property
    def times(self) -> list[datetime]:
        return times_of(self.at.data or []) or []

    def validate_at(self, field: Field) -> None:
        if not field.data:
            raise ValidationError(gettext("Pick one to three times"))
        if len(set(field.data)) > MOST_TIMES:
            raise ValidationError(gettext("Pick three times at most"))
        if times_of(field.data) is None:
            raise ValidationError(gettext("One of these times is over. Pick again."))

    def validate_words(self, field: Field) -> None:
        if self.has_words and not field.data:
            raise ValidationError(gettext("Write a few words"))
