"""What can go wrong in words, apart from how it is shown (see `web`)."""

from __future__ import annotations


class RuleBroken(Exception):
    """A rule of the house was not kept.

    field: the form field it lands on ("" for the form as a whole); message: what to do, in the reader's words.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


class ChangedMeanwhile(RuleBroken):
    """Somebody's own words were changed in another tab since this form was opened."""


class NotVisible(Exception):
    """It is not there, or this viewer may not see it; nobody is told which (answers 404)."""


class Refused(Exception):
    """Something asked for on the command line cannot be done; the message goes to standard error, exit 1."""
