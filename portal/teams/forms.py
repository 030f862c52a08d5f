"""The shape of what people type about teams."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from wtforms import BooleanField, DateField, HiddenField, SelectField, TimeField
from wtforms.validators import Optional

from portal.core.auth import viewer
from portal.core.forms import Form, LineField, WordsField
from portal.core.i18n import lazy as _
from portal.goals.queries import goal_choices
from portal.people.forms import ZoneField, zone_choices

from . import services
from .services import KickOff, Plan

MAX_PASTE = 500_000  # characters: room for 5,000 names with their addresses


class PlanForm(Form):
    """What a team's page says."""

    version = HiddenField()
    name = LineField(_("Name"), most=services.MAX_NAME, needed=_("Give the team a name"))
    purpose = LineField(_("What for, in one line"), most=services.MAX_PURPOSE)
    kickoff_day = DateField(_("Day of the kick-off"), validators=[Optional()])
    kickoff_time = TimeField(_("Time"), validators=[Optional()])
    kickoff_zone = ZoneField(_("Time zone"), validators=[Optional()])
    kickoff_place = LineField(_("Place"), most=services.MAX_PLACE)
    goal = SelectField(_("The goal it serves"), validators=[Optional()])
    talks_at = LineField(_("Where we talk"), most=services.MAX_TALKS)

    def __init__(self, *args: Any, goal_id: int | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zone = self.kickoff_zone.data or viewer().zone
        zones = zone_choices()
        known = any(value == zone for value, _name in zones)
        self.kickoff_zone.choices = zones if known else [(zone, zone), *zones]
        if not self.kickoff_zone.data:
            self.kickoff_zone.data = zone
        goals = [(str(one), title) for one, title in goal_choices(viewer(), goal_id)]
        self.goal.choices = [("", _("None")), *goals]

    @property
    def has_goals(self) -> bool:
        return len(self.goal.choices or ()) > 1

    def validate(self, extra_validators: Any = None) -> bool:
        fits = super().validate(extra_validators)
        day, time = self.kickoff_day, self.kickoff_time
        if day.data and time.data is None and not time.errors:
            time.errors = [gettext("And at what time?")]
            return False
        if time.data is not None and not day.data and not day.errors:
            day.errors = [gettext("And on which day?")]
            return False
        return bool(fits)

    @property
    def plan(self) -> Plan:
        """The words as a plan (of a valid form)."""
        kickoff = None
        if self.kickoff_day.data and self.kickoff_time.data is not None:
            kickoff = KickOff(self.kickoff_day.data, self.kickoff_time.data, self.kickoff_zone.data or "UTC")
        return Plan(
            name=self.name.data,
            purpose=self.purpose.data,
            goal_id=int(self.goal.data) if self.goal.data else None,
            talks_at=self.talks_at.data,
            kickoff=kickoff,
            place=self.kickoff_place.data,
        )


class PeopleFields(Form):
    """Addresses and names, pasted in any form."""

    people = WordsField(_("People"), most=MAX_PASTE)
    guests_until = DateField(_("Last day of guests"), validators=[Optional()])
    as_colleagues = BooleanField(_("Invite new addresses as colleagues, not as guests"))


class NewTeamForm(PlanForm, PeopleFields):
    """A team and its people, on one page."""

    lead = LineField(_("Who leads it"), most=120)


class InviteForm(PeopleFields):
    """More people for a team."""


class JoinForm(Form):
    """An address of somebody who has no account yet."""

    email = LineField(_("Your mail address"), most=254, needed=_("Type your mail address"))


class CloseForm(Form):
    """What we learned, in a line."""

    learned = WordsField(_("What we learned, in a line or two"), most=services.MAX_LEARNED)
