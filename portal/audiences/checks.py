"""What has to be so about audiences."""

from __future__ import annotations

import sqlalchemy as sa

from portal.core.auth import EVERYONE
from portal.core.checks import Check
from portal.core.db import db, unit_of_work

from .models import Audience, AudienceMember


def _everyone() -> list[str]:
    lines = []
    if db.session.scalar(sa.select(Audience.kind).where(Audience.id == EVERYONE)) != "everyone":
        lines.append("the audience of everyone is missing")
    if db.session.scalar(sa.select(AudienceMember.person_id).where(AudienceMember.audience_id == EVERYONE).limit(1)):
        lines.append("somebody was put into the audience of everyone, which has no list")
    return lines


def _mend() -> None:
    def mend() -> None:
        db.session.merge(Audience(id=EVERYONE, kind="everyone"))
        db.session.execute(sa.delete(AudienceMember).where(AudienceMember.audience_id == EVERYONE))

    unit_of_work(mend)


CHECKS = [Check("there is an audience of everyone", _everyone, _mend)]
