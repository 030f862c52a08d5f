"""Makes a PDF of a page; run as a child process by :mod:`portal.reel.printing`.

It reads what people wrote and sent, so it has memory and time limits, none of the portal's secrets, no network and
no file but our stylesheet and fonts, and it can be killed.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from pathlib import Path
from typing import Any, BinaryIO

try:
    from weasyprint import HTML
    from weasyprint.urls import URLFetcher, URLFetcherResponse
except (ImportError, OSError):  # OSError: pango is not on this machine
    if __name__ != "__main__":
        raise
    sys.stdout.write("missing\n")
    sys.exit()

# Where the page believes it is; nobody is ever asked there.
BASE = "https://static.invalid/css/"
MEMORY = 3 * 1024 * 1024 * 1024
LARGEST_FILE = 32 * 1024 * 1024  # fonts are unpacked into a folder of our own
DOTS_PER_INCH = 220  # of pictures on paper


class OnlyOurs(URLFetcher):  # type: ignore[misc]
    """Answers for the stylesheet, the fonts, and pictures that the page itself holds; for nothing else."""

    def __init__(self, static: Path) -> None:
        super().__init__(allowed_protocols=["data"], allow_redirects=False)
        self._ours = {f"{BASE}sheet.css": (static / "css" / "sheet.css", "text/css")} | {
            f"{BASE.removesuffix('css/')}fonts/{font.name}": (font, "font/woff2")
            for font in (static / "fonts").glob("*.woff2")
        }

    def fetch(self, url: str, headers: Any = None) -> Any:
        if url in self._ours:
            path, kind = self._ours[url]
            return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": kind})
        if url.startswith("data:image/"):
            return super().fetch(url, headers)
        raise ValueError("not ours")


def pdf(page: str, static: Path) -> bytes:
    """The page as PDF, in this process."""
    document = HTML(string=page, base_url=BASE, url_fetcher=OnlyOurs(static))
    made: bytes = document.write_pdf(optimize_images=True, jpeg_quality=80, dpi=DOTS_PER_INCH)
    return made


def _limit(cpu: int) -> None:
    """`cpu` seconds of work, no large files, no core dump (it would hold what people wrote)."""
    limits = [(resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, LARGEST_FILE), (resource.RLIMIT_CPU, cpu)]
    if sys.platform == "linux":
        limits.append((resource.RLIMIT_AS, MEMORY))  # macOS does not keep it
    for kind, amount in limits:
        hard = resource.getrlimit(kind)[1]
        # A limit can be lowered but not raised.
        least = amount if hard == resource.RLIM_INFINITY else min(amount, hard)
        resource.setrlimit(kind, (least, hard))


def _answer(source: BinaryIO) -> bytes:
    """The child's work: read one request, return the answer."""
    header = json.loads(source.readline(2000))
    _limit(header["cpu"])
    return pdf(source.read().decode(), Path(header["static"]))


def _main() -> None:
    # A library that prints something must not end up within the answer.
    answer_to = os.dup(1)
    os.dup2(2, 1)
    answer = _answer(sys.stdin.buffer)
    with open(answer_to, "wb") as target:
        target.write(answer)


if __name__ == "__main__":
    _main()
