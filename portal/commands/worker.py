"""hallway worker"""

from __future__ import annotations

import signal
import sys
import threading
from types import FrameType

import click

from portal.core import worker
from portal.core.db import db
from portal.core.logs import log_to_stderr

from ._app import hallway_app


@click.command("worker", help="See to what recurs and send the mail that is owed, until told to stop.")
@click.option("--with-parent", is_flag=True, help="Stop when standard input ends (as `hallway run` starts it).")
def command(with_parent: bool) -> None:
    with hallway_app() as app:
        db.session.remove()
        log_to_stderr()
        stop = threading.Event()

        def on_signal(_number: int, _frame: FrameType | None) -> None:
            stop.set()

        signal.signal(signal.SIGTERM, on_signal)
        signal.signal(signal.SIGINT, on_signal)
        if with_parent:
            threading.Thread(target=_wait_for_the_parent, args=(stop,), name="parent", daemon=True).start()
        # A lane does not wait for another: mail goes while a backup is made.
        lanes = [
            threading.Thread(target=worker.work, args=(app, stop), kwargs={"lane": lane}, name=f"lane {lane}")
            for lane in worker.lanes(app)
        ]
        for lane in lanes:
            lane.start()
        # The main thread hears the signals; what is under way in a lane is finished.
        while any(lane.is_alive() for lane in lanes):
            stop.wait(1)
            if stop.is_set():
                for lane in lanes:
                    lane.join()


def _wait_for_the_parent(stop: threading.Event) -> None:
    """Standard input is a pipe from the parent: it ends with it, however that ended."""
    while sys.stdin.buffer.read(1024):
        pass
    stop.set()
