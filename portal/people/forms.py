"""The shape of what people type about themselves."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from markupsafe import Markup, escape
from wtforms import DateField, HiddenField, RadioField, SelectField, SelectMultipleField
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput, ListWidget, Select

from portal.core.clock import available_zones
from portal.core.forms import Form, LineField, WordsField
from portal.core.i18n import lazy as _

from .models import HUES, OPTIONAL

WHO = [("everyone", _("Everyone")), ("teams", _("My teams")), ("nobody", _("Nobody"))]
DAYS = [
    ("mon", _("Monday")), ("tue", _("Tuesday")), ("wed", _("Wednesday")), ("thu", _("Thursday")),
    ("fri", _("Friday")), ("sat", _("Saturday")), ("sun", _("Sunday")),
]  # fmt: skip
COLOURS = {
    "coral": _("Coral"), "amber": _("Amber"), "lemon": _("Lemon"), "leaf": _("Leaf"),
    "lagoon": _("Lagoon"), "sky": _("Sky"), "iris": _("Iris"), "orchid": _("Orchid"),
}  # fmt: skip


def zone_choices() -> list[tuple[str, str]]:
    """Every zone of an area and a city that this machine knows."""
    zones = [z for z in available_zones() if "/" in z and not z.startswith(("Etc/", "SystemV/", "posix/", "right/"))]
    return [(z, z.replace("_", " ")) for z in sorted(zones)]


class _PlainOptions(Select):
    """Options without attributes of their own: looking for some is half of what a page with all zones takes."""

    @classmethod
    def render_option(cls, choice: Any, **_kwargs: Any) -> Markup:  # type: ignore[override]
        chosen = Markup(" selected") if choice.selected else ""
        return Markup(f'<option{chosen} value="{escape(choice.value)}">{escape(choice.label)}</option>')  # noqa: S704


class ZoneField(SelectField):
    """One of hundreds of time zones."""

    widget = _PlainOptions()


class DetailsForm(Form):
    """Everything about oneself that is not the intro."""

    version = HiddenField()
    name = LineField(_("Name"), most=120, needed=_("Say your name; one word is enough"))
    preferred_name = LineField(_("What people call you"), most=60)
    pronouns = LineField(_("Pronouns, in your words"), most=40)
    say_name = LineField(_("How to say your name"), most=60)
    place_detail = LineField(_("Where to find you there"), most=80)
    time_zone = ZoneField(_("Time zone"), validators=[Optional()])
    languages = LineField(_("Languages you speak"), most=200)
    working_days = SelectMultipleField(
        _("Days you work"),
        choices=DAYS,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    reach_me_by = LineField(_("How to reach you best"), most=140)
    links = WordsField(_("Links"), most=1500)
    hue = RadioField(_("Your colour"), choices=[(hue, COLOURS[hue]) for hue in HUES])
    shown_place = SelectField(_("Who sees your place"), choices=WHO)
    shown_time_zone = SelectField(_("Who sees your time"), choices=WHO)
    shown_pronouns = SelectField(_("Who sees your pronouns"), choices=WHO)
    shown_say_name = SelectField(_("Who sees how to say your name"), choices=WHO)
    shown_languages = SelectField(_("Who sees your languages"), choices=WHO)
    shown_working_days = SelectField(_("Who sees your days"), choices=WHO)
    shown_links = SelectField(_("Who sees your links"), choices=WHO)
    shown_reach_me_by = SelectField(_("Who sees how to reach you"), choices=WHO)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.time_zone.choices = [("", _("The same as my place")), *zone_choices()]

    @property
    def shown_choices(self) -> dict[str, str]:
        """Per optional field, who sees it."""
        return {field: self[f"shown_{field}"].data for field in OPTIONAL}

    @property
    def linked(self) -> list[dict[str, str]]:
        """The links, one a line: words, then the address (which is the last word)."""
        found = []
        for line in self.links.data.split("\n"):
            words = line.split()
            if words:
                found.append({"label": " ".join(words[:-1]), "url": words[-1]})
        return found


class AwayForm(Form):
    """Until when, and who stands in."""

    until = DateField(_("Last day away"), validators=[Optional()])
    stand_in = LineField(_("Who stands in"), most=120)


def refusal_words(code: str) -> str:
    """Why a picture cannot be used (`photos.PhotoRefused`), and what to do."""
    return {
        "too_large_file": gettext("This file is larger than 15 MB. Send a smaller one."),
        "not_a_photo": gettext("This is not a photo we can read. Send a JPEG, PNG, WebP or HEIC file."),
        "too_many_pixels": gettext("This picture has more pixels than we can work on. Send a smaller one."),
        "damaged": gettext("This file is damaged or not complete. Try to send it again, or send another."),
        "too_small": gettext("This picture is too small: at least 128 pixels on each side."),
        "too_slow": gettext("That took too long. Try again in a minute."),
    }[code]
