"""Passwords: argon2id, at most two at a time (64 MiB each). No database, no Flask."""

from __future__ import annotations

import os
import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import CHEAPEST, RFC_9106_LOW_MEMORY

SHORTEST = 10
LONGEST = 1000
_at_a_time = threading.BoundedSemaphore(2)
# Tests make hundreds of accounts; what they check is not how long a hash takes.
_hasher = PasswordHasher.from_parameters(
    CHEAPEST if os.environ.get("HALLWAY_TEST_CHEAP_PASSWORDS") == "1" else RFC_9106_LOW_MEMORY
)
_nobody: str | None = None


def _same_letters(password: str) -> str:
    """The same password typed on another keyboard may come in other code points."""
    return unicodedata.normalize("NFC", password)


def hashed(password: str) -> str:
    """An argon2id hash with its salt and parameters."""
    with _at_a_time:
        return _hasher.hash(_same_letters(password))


def fits(password: str, stored: str | None) -> bool:
    """Is it the password? Takes the same time where there is no account (`stored` None)."""
    global _nobody
    if stored is None and _nobody is None:
        _nobody = hashed("nobody has this password")
    with _at_a_time:
        try:
            return _hasher.verify(stored or _nobody or "", _same_letters(password)) and stored is not None
        except (VerificationError, InvalidHashError):
            return False
