"""Tables of invitations."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from portal.core import links
from portal.core.db import Base, Key, one_of

MAIL = "invitation"  # the kind of mail that is owed
INVITATION_LASTS = timedelta(days=14)
KEPT_FOR = timedelta(days=90)  # after it was accepted, was withdrawn or has expired
_LOOK_BACK = 50  # links before today's that are told apart from made-up ones


class Invitation(Base):
    """One person asked in, by address or (when the staff list knows them) as themselves.

    Open until it is accepted, withdrawn or 14 days old. Sending again makes a new nonce: the link before it is dead.
    A nonce is a random part and the number of the sending, so that an old link is known for what it was.
    """

    __tablename__ = "invitation"
    __table_args__ = (
        one_of("kind", "member", "guest"),
        Index(None, "team_id", "id"),
        Index(None, "email_key", "team_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    email: Mapped[str]
    email_key: Mapped[str] = mapped_column(Key)
    name: Mapped[str] = mapped_column(default="")  # as whoever invited wrote it; "" when only an address was given
    kind: Mapped[str] = mapped_column(Key, default="member")
    ends_on: Mapped[date | None]  # a guest's last day
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="CASCADE"))
    invited_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"), index=True)
    nonce: Mapped[str] = mapped_column(Key)
    times_sent: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]

    @property
    def expires_at(self) -> datetime:
        return self.sent_at + INVITATION_LASTS

    @property
    def is_open(self) -> bool:
        """Neither accepted nor withdrawn; it may have expired."""
        return self.accepted_at is None and self.withdrawn_at is None

    def is_good(self, now: datetime) -> bool:
        """Its link works."""
        return self.is_open and now < self.expires_at

    def fits(self, token: str) -> bool:
        """Is this the token of the last sending?"""
        return links.fits(token, "welcome", self.id, self.nonce)

    def once_fitted(self, token: str) -> bool:
        """Is this the token of a sending before the last?"""
        earlier = range(max(1, self.times_sent - _LOOK_BACK), self.times_sent)
        return any(links.fits(token, "welcome", self.id, nonce_of(self.nonce, number)) for number in earlier)


def nonce_of(earlier: str | None, number: int) -> str:
    """The nonce of that sending, after an earlier one of the same invitation."""
    base = earlier.partition(".")[0] if earlier else links.new_nonce()
    return f"{base}.{number}"
