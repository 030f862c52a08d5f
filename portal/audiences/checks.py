"""What has to be so about audiences."""

from __future__ import annotations

import sqlalchemy as sa

from portal.core.auth import EVERYONE, NAMED
from portal.core.checks import Check
from portal.core.db import db, unit_of_work

from .models import Audience, AudienceMember

_WITHOUT_LIST = {EVERYONE: "everyone", NAMED: "named"}


def _without_list() -> list[str]:
    lines = []
    for audience_id, kind in _WITHOUT_LIST.items():
        if db.session.scalar(sa.select(Audience.kind).where(Audience.id == audience_id)) != kind:
            lines.append(f"the audience {kind!r} is missing")
        member = sa.select(AudienceMember.person_id).where(AudienceMember.audience_id == audience_id)
        if db.session.scalar(member.limit(1)):
            lines.append(f"somebody was put into the audience {kind!r}, which has no list")
    return lines


def _mend() -> None:
    def mend() -> None:
        for audience_id, kind in _WITHOUT_LIST.items():
            db.session.merge(Audience(id=audience_id, kind=kind))
        db.session.execute(sa.delete(AudienceMember).where(AudienceMember.audience_id.in_(_WITHOUT_LIST)))

    unit_of_work(mend)


CHECKS = [Check("there are the audiences of everyone and of who is named", _without_list, _mend)]
