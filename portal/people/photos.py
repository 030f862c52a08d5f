"""Photos of people: what may be sent, and the child process that makes the two pictures of it.

Nothing here knows the database or the web: bytes go in, :class:`Pictures` or :class:`PhotoRefused` come out. The
work itself is in :mod:`portal.people.pictures`, which runs as a short-lived child with memory and time limits.
"""

import contextlib
import json
import logging
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

MAX_BYTES = 15 * 1024 * 1024
"""The largest file taken, in bytes."""

_HEIF_BRANDS = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"))

_MESSAGES = {
    "too_large_file": "The file is larger than 15 MB.",
    "not_a_photo": "The file is not a JPEG, PNG, WebP or HEIC picture.",
    "too_many_pixels": "The picture has too many pixels.",
    "damaged": "The picture is damaged or incomplete.",
    "too_small": "The picture is smaller than 128 pixels on a side.",
    "too_slow": "Working on the picture took too long.",
}

_CHILD_COMMAND: tuple[str, ...] = (sys.executable, "-m", "portal.people.pictures")
_CHILD_FOLDER = Path(__file__).resolve().parents[2]

# The child reads hostile bytes, so it gets none of the portal's secrets from the environment, only what
# Python and the system need to start.
_CHILD_ENVIRONMENT = (
    "PATH",
    "PYTHONHOME",
    "PYTHONPATH",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "SYSTEMROOT",
    "WINDIR",
    "TEMP",
    "TMP",
)

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Crop:
    """Where the face is and how close to cut.

    ``x`` and ``y`` are 0 to 1 from the left and the top of the picture as it is seen (after its orientation
    has been applied). ``closeness`` is 1.0 (the largest square that fits) to 2.0 (half that side).
    Values outside are moved to the nearest allowed one, NaN to the default.
    """

    x: float = 0.5
    y: float = 0.5
    closeness: float = 1.0


MIDDLE = Crop()


@dataclass(frozen=True)
class Pictures:
    """The two pictures made from an upload, as WebP files without any metadata.

    ``portrait`` is exactly 4:5 and at most 800 x 1000 pixels, ``square`` is 256 x 256 pixels. ``cutout`` says
    that at least one of them has transparent pixels, so that it needs a backdrop.
    """

    portrait: bytes
    square: bytes
    cutout: bool


class PhotoRefused(ValueError):
    """The upload cannot be used.

    ``code`` is one of ``too_large_file``, ``not_a_photo``, ``too_many_pixels``, ``damaged``, ``too_small``
    and ``too_slow``. The message is plain English and says nothing about the file; callers translate by code.
    """

    code: str

    def __init__(self, code: str) -> None:
        super().__init__(_MESSAGES[code])
        self.code = code


def process_in_child(data: bytes, crop: Crop = MIDDLE, *, timeout: float = 30, lock_path: Path) -> Pictures:
    """Make the pictures in a child process that has limits and can be killed; same result as
    :func:`portal.people.pictures.process`.

    Only one child runs at a time among all processes that use the same ``lock_path`` (a file, created when
    missing; its folder must exist). ``timeout`` is in seconds and counts twice: for waiting until it is our
    turn, then for the work itself. Raises :class:`PhotoRefused`: ``too_slow`` when either takes longer,
    ``damaged`` also when the child crashes or runs out of memory. Raises ``OSError`` only when the lock file
    cannot be opened or locked.
    """
    return _two_pictures(*_asked_of_child(data, asdict(crop), timeout, lock_path))


def fit_in_child(data: bytes, *, width: int, height: int, timeout: float = 30, lock_path: Path) -> bytes:
    """The picture as a WebP file that fits into ``width`` x ``height`` pixels, uncut; otherwise as
    :func:`process_in_child`."""
    head, body = _asked_of_child(data, {"width": width, "height": height}, timeout, lock_path)
    if head != {} or not body or format_of(body) != "WEBP":
        raise _no_usable_answer(0)
    return body


def _asked_of_child(
    data: bytes, wanted: Mapping[str, float], timeout: float, lock_path: Path
) -> tuple[dict[str, Any], bytes]:
    """What the child answers: the first line, and what follows it."""
    # Settled here, so that an obviously wrong file neither waits for its turn nor costs a process.
    format_of(data)
    header = {**wanted, "size": len(data), "cpu": max(1, math.ceil(min(timeout, 3600))) + 1}
    environment = {name: os.environ[name] for name in _CHILD_ENVIRONMENT if name in os.environ}
    # One heap instead of one for each thread: those reserve address space, which is limited in the child.
    environment["MALLOC_ARENA_MAX"] = "1"
    with _one_at_a_time(lock_path, timeout):
        try:
            # run() kills the child and waits for it on a timeout and on any other exception.
            done = subprocess.run(
                _CHILD_COMMAND,
                input=json.dumps(header).encode() + b"\n" + data,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=_CHILD_FOLDER,
                env=environment,
                timeout=timeout,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise PhotoRefused("too_slow") from None
        except OSError as error:
            _log.error("The photo process could not be started: %s", type(error).__name__)
            raise PhotoRefused("damaged") from None
    return _read_answer(done.returncode, done.stdout)


# --- What kind of file --------------------------------------------------------------------------------------


def format_of(data: bytes) -> str:
    """Pillow's name of the file's format, from its first bytes."""
    if len(data) > MAX_BYTES:
        raise PhotoRefused("too_large_file")
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS:
        return "HEIF"
    raise PhotoRefused("not_a_photo")


# --- The child process --------------------------------------------------------------------------------------
#
# To the child:   one line of JSON {"x", "y", "closeness", "size", "cpu"}, then the file's bytes.
# From the child: one line of JSON {"portrait", "square", "cutout"}, then the bytes of both pictures,
#                 or one line of JSON {"code"}.


@contextlib.contextmanager
def _one_at_a_time(lock_path: Path, timeout: float) -> Iterator[None]:
    """Hold the lock file; PhotoRefused("too_slow") when it is still taken after ``timeout`` seconds."""
    deadline = time.monotonic() + timeout
    # The lock belongs to this opened file: it works between threads as well, and ends with the process.
    with open(os.open(lock_path, os.O_RDWR | os.O_CREAT, 0o600), "rb+", buffering=0) as file:
        while not _lock(file.fileno()):
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                raise PhotoRefused("too_slow")
            time.sleep(min(0.05, remaining))
        try:
            yield
        finally:
            _unlock(file.fileno())


if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> bool:
        """Take the lock if it is free."""
        os.lseek(file, 0, os.SEEK_SET)
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        return True

    def _unlock(file: int) -> None:
        os.lseek(file, 0, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_UNLCK, 1)

    def _over_cpu_limit(status: int) -> bool:
        return False

else:
    import fcntl

    def _lock(file: int) -> bool:
        """Take the lock if it is free."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _unlock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)

    def _over_cpu_limit(status: int) -> bool:
        return status == -signal.SIGXCPU


def _read_answer(status: int, answer: bytes) -> tuple[dict[str, Any], bytes]:
    """The first line of the child's answer and what follows; PhotoRefused for a refusal and for a crash."""
    if _over_cpu_limit(status):
        raise PhotoRefused("too_slow")
    head, _, body = answer.partition(b"\n")
    try:
        if status:
            raise ValueError("The child did not end well.")
        fields = json.loads(head)
        code = fields.get("code")
        refusal = PhotoRefused(code) if code is not None else None
    except (ValueError, LookupError, TypeError, AttributeError):
        raise _no_usable_answer(status) from None
    if refusal is not None:
        raise refusal
    return fields, body


def _two_pictures(fields: dict[str, Any], body: bytes) -> Pictures:
    # The child has read hostile bytes. What it says is not taken on trust.
    try:
        length, cutout = fields["portrait"], fields["cutout"]
        portrait, square = body[:length], body[length:]
        if len(square) != fields["square"] or not isinstance(cutout, bool):
            raise ValueError("The answer does not match its first line.")
        if format_of(portrait) != "WEBP" or format_of(square) != "WEBP":
            raise ValueError("The answer is not two pictures.")
    except (ValueError, LookupError, TypeError):
        raise _no_usable_answer(0) from None
    return Pictures(portrait, square, cutout)


def _no_usable_answer(status: int) -> PhotoRefused:
    _log.warning("The photo process gave no usable answer, exit status %d", status)
    return PhotoRefused("damaged")
