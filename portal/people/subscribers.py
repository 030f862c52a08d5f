"""What people do when something happened elsewhere."""

from __future__ import annotations

from portal.audiences.events import MembershipChanged
from portal.core.events import MailAccepted, MailRefused

from . import services


def on_membership_changed(event: MembershipChanged) -> None:
    """A team sees what its members show to their teams."""
    services.relist_in(audience_id=event.audience_id, person_ids=event.person_ids)


def on_mail_refused(event: MailRefused) -> None:
    services.mark_address(person_id=event.person_id, takes_mail=False)


def on_mail_accepted(event: MailAccepted) -> None:
    services.mark_address(person_id=event.person_id, takes_mail=True)


SUBSCRIPTIONS = (
    (MembershipChanged, on_membership_changed),
    (MailRefused, on_mail_refused),
    (MailAccepted, on_mail_accepted),
)
