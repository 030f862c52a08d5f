"""What the worker keeps. In a lane of its own: mail does not wait for a backup."""

from __future__ import annotations

from portal.core.worker import Duty

from . import backup, checks, tested

DUTIES = [
    Duty("backup", backup.nightly, at_hour=2, lane="keeping"),
    Duty("erasures_kept", backup.keep_erasures, at_hour=2, lane="keeping"),
    Duty("files_swept", checks.sweep, at_hour=3, lane="keeping"),
    Duty("backup_test", tested.see_to_test, lane="keeping"),
]
