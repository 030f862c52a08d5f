"""The shape of what people type into their intro."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask_wtf.file import FileField
from wtforms import BooleanField, HiddenField, RadioField, SelectField

from portal.core.forms import Form, LineField, VersionedForm, WordsField
from portal.core.i18n import WRITTEN_IN
from portal.core.i18n import lazy as _

from .services import MAX_FACT, MAX_HEADLINE, MAX_WORK


class PhotoForm(Form):
    photo = FileField(_("A photo of you"))
    across = RadioField(
        _("Where you are in it, across"),
        choices=[("left", _("Left")), ("middle", _("Middle")), ("right", _("Right"))],
        default="middle",
    )
    down = RadioField(
        _("And down"),
        choices=[("top", _("Top")), ("middle", _("Middle")), ("bottom", _("Bottom"))],
        default="middle",
    )
    close = RadioField(
        _("In small round pictures"),
        choices=[("all", _("All of it")), ("closer", _("Closer")), ("close", _("Face only"))],
        default="all",
    )


class FactsForm(VersionedForm):
    headline = LineField(_("Your headline"), most=MAX_HEADLINE)
    lang = SelectField(_("You write in"), choices=list(WRITTEN_IN.items()))
    prompt1, prompt2, prompt3 = HiddenField(), HiddenField(), HiddenField()
    fact1 = WordsField(_("First fact"), most=MAX_FACT)
    fact2 = WordsField(_("Second fact"), most=MAX_FACT)
    fact3 = WordsField(_("Third fact"), most=MAX_FACT)


class AskForm(VersionedForm):
    ask_about = WordsField(_("Ask me about"), most=1200)

    @property
    def subjects(self) -> list[str]:
        """One a line, or separated by commas of any script."""
        return [" ".join(part.split()) for part in re.split(r"[\n,;،؛、，；]", self.ask_about.data)]


class WorkForm(VersionedForm):
    working_on = WordsField(_("I am working on"), most=MAX_WORK)
    so_that = WordsField(_("so that"), most=MAX_WORK)
    # Which goals may be chosen is a rule of the service: one may close between the page and the answer.
    goal = SelectField(_("The goal it serves"), validate_choice=False)
    offer = WordsField(_("I am happy to help with"), most=MAX_WORK)
    offer_stands = BooleanField(_("Colleagues may take it up"))

    def offer_goals(self, goals: Sequence[tuple[int, str]]) -> None:
        """What there is to choose from: (id, title)."""
        self.titles = {str(goal_id): title for goal_id, title in goals}
        self.goal.choices = [("", _("None")), *self.titles.items()]

    @property
    def shows_goals(self) -> bool:
        """Is there anything to choose, or to say about it?"""
        return bool(self.titles or self.goal.errors)

    @property
    def goal_id(self) -> int | None:
        """The goal that was chosen; 0, which none has, for what is no number."""
        text = str(self.goal.data or "")
        return (int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0) if text else None

    def set_beside(self, saved: Mapping[str, Any]) -> None:
        """A goal is said by its title, a tick by a word."""
        super().set_beside(saved)
        said = {str(True): str(_("Yes")), "": str(_("No"))}
        tick = str(self.offer_stands.label.text)
        label = str(self.goal.label.text)
        self.saved_meanwhile = [
            (name, self.titles.get(words, "") if name == label else said[words] if name == tick else words)
            for name, words in self.saved_meanwhile
        ]


class PublishForm(Form):
    seen = HiddenField()
    shown_to = RadioField(
        _("Who may read it"),
        choices=[("everyone", _("Everyone who works here, and my teams")), ("teams", _("My teams alone"))],
        default="everyone",
    )
