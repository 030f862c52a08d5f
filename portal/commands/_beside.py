"""The worker beside the web process: started with it, started again when it dies, ended with it."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time

log = logging.getLogger("hallway.run")

SHORTEST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # seconds before it is started again
STAYED_UP = 60.0  # whoever lived so long has not died of the same cause again
GRACE = 60.0  # seconds that it has to finish what is under way


class Beside:
    """`hallway worker` as a child process. It holds the other end of a pipe: when we are gone, even by SIGKILL, the
    pipe ends and so does the child."""

    def __init__(self, **environ: str) -> None:
        self._environ = {**os.environ, **environ}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._keep_up, name="beside", daemon=True)
        self._thread.start()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "portal.cli", "worker", "--with-parent"],
            env=self._environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
        )

    def _keep_up(self) -> None:
        pause = SHORTEST_PAUSE
        while not self._stop.is_set():
            began = time.monotonic()
            try:
                started = self._start()
            except OSError:  # no memory, too many processes: it will pass
                log.exception("worker_not_started")
                self._stop.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
                continue
            with started as child:
                log.info("worker_started", extra={"pid": child.pid})
                while not self._stop.is_set() and child.poll() is None:
                    self._stop.wait(0.5)
                if self._stop.is_set():
                    _end(child)
                    return
            log.error("worker_died", extra={"code": child.returncode})
            if time.monotonic() - began > STAYED_UP:
                pause = SHORTEST_PAUSE
            self._stop.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def end(self) -> None:
        """Let it finish what is under way."""
        self._stop.set()
        self._thread.join(GRACE + 5)


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.stdin is not None:
        child.stdin.close()
    try:
        child.wait(GRACE)
    except subprocess.TimeoutExpired:
        child.kill()
