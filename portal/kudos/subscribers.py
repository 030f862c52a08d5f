"""What kudos do when something happened to them: search finds them as they are now."""

from __future__ import annotations

from portal.core.db import at_the_end

from .events import KudosChanged, KudosGiven, KudosWithdrawn
from .findable import put_kudos


def on_kudos(event: KudosGiven | KudosChanged | KudosWithdrawn) -> None:
    at_the_end(put_kudos, [event.kudos_id])


SUBSCRIPTIONS = ((KudosGiven, on_kudos), (KudosChanged, on_kudos), (KudosWithdrawn, on_kudos))
