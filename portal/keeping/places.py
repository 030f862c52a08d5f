"""Where things lie, and what is said when they cannot be written."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from flask import Flask, current_app

from portal.config import Config
from portal.core.errors import Refused


def config() -> Config:
    """This installation's."""
    found: Config = current_app.config["HALLWAY"]
    return found


def another_app(of: Config) -> Flask:
    """Hallway on another database, for a while."""
    app: Flask = current_app.extensions["hallway.another"](of)
    return app


def backups_folder() -> Path:
    """Where the nightly backups lie, and those of before an upgrade."""
    return config().backups or config().instance_path / "backups"


def made_backups_folder() -> Path:
    """The same; it is there, for its owner alone."""
    folder = backups_folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def trouble(error: OSError, where: Path) -> Refused:
    """What is wrong with a disk, in words."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return Refused(f"There is no room left in {where}. Nothing half done was left there; make room, then again.")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return Refused(f"Hallway may not write in {where}. Give this user the right to, or choose another folder.")
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return Refused(f"There is no folder {where}.")
    return Refused(f"{where} cannot be written: {error.strerror or error}.")


@contextlib.contextmanager
def alone_on_this_machine() -> Iterator[None]:
    """One restore (or move) at a time on one installation; the system forgets it when the process ends."""
    folder = config().instance_path
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused("Another restore or move is under way here. Wait for it to end.") from None
        yield
    finally:
        os.close(handle)
