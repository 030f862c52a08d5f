"""When sessions were last used: collected in memory, written now and then, so that no GET writes."""

from __future__ import annotations

import threading
from datetime import datetime

from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError

from portal.core import clock
from portal.core.db import unit_of_work

from . import services
from .models import LAST_USE_GRAIN

FLUSH_EVERY = 60.0  # seconds


class LastUse:
    """Session id -> last use. Losing it is harmless."""

    def __init__(self) -> None:
        self._uses: dict[int, datetime] = {}
        self._lock = threading.Lock()

    def note(self, session_id: int, known: datetime) -> bool:
        """Used now. `known` is what the database says: within 10 minutes that is good enough (False)."""
        now = clock.now()
        if now - known < LAST_USE_GRAIN:
            return False
        with self._lock:
            self._uses[session_id] = now
        return True

    def of(self, session_id: int, known: datetime) -> datetime:
        """The last use of a session, memory and database together."""
        return max(known, self._uses.get(session_id, known))

    def flush(self) -> None:
        """Write what was collected; what cannot be written now is tried again at the next flush."""
        with self._lock:
            uses, self._uses = self._uses, {}
        if not uses:
            return
        try:
            unit_of_work(lambda: services.note_last_use(uses))
        except SQLAlchemyError:
            with self._lock:
                self._uses = {**uses, **self._uses}


def last_use() -> LastUse:
    """This process's collection."""
    found: LastUse = current_app.extensions["hallway.last_use"]
    return found


def flush_regularly(app: Flask, stop: threading.Event) -> threading.Thread:
    """Flush every minute until `stop` is set, and once more then."""

    def loop() -> None:
        while True:
            stopping = stop.wait(FLUSH_EVERY)
            with app.app_context():
                last_use().flush()
            if stopping:
                return

    thread = threading.Thread(target=loop, name="last-use", daemon=True)
    thread.start()
    return thread
