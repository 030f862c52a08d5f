"""The log: JSON lines with the request's id, without names, addresses, paths or anything that people wrote."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from typing import Any

from flask import g, has_request_context

from . import links

_PLAIN = set(logging.LogRecord("", 0, "", 0, "", (), None).__dict__) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """One JSON object a line, with the request's id. Paths and messages stay out: they may name people, and a path
    may let somebody in. Should one get here all the same, its secret is taken out."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage() if record.name.startswith("hallway") else record.name,
        }
        if has_request_context():
            line["request"] = g.get("request_id", "")
        line.update({k: v for k, v in record.__dict__.items() if k not in _PLAIN})
        if record.exc_info and record.exc_info[1]:
            line["error"] = type(record.exc_info[1]).__name__
            line["trace"] = trace_of(record.exc_info[1])
        return links.redacted(json.dumps(line, default=str))


def log_to(stream: Any) -> None:
    """Send the house's log to a stream, as JSON lines."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("hallway").setLevel(logging.INFO)
    # It warns for each request that waits for a thread, thousands of times under load.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)


def trace_of(error: BaseException) -> list[str]:
    """Where it happened, without the messages: they may hold what people wrote."""
    return [f"{f.filename.rsplit('/', 3)[-1]}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)]


def log_to_stderr() -> None:
    """What `hallway run` does."""
    log_to(sys.stderr)
