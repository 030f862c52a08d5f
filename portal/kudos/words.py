"""The words of a kudos: their key, whom they mention, and how they stand on a page."""

from __future__ import annotations

import hashlib
import re
import unicodedata

import sqlalchemy as sa

from portal.core.db import db
from portal.core.markup import mentioned, safe_html
from portal.people.models import Person
from portal.people.names import fold

# Scripts that put no spaces between words, and say more with each sign.
_DENSE = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
LEAST_LETTERS, LEAST_SIGNS = 10, 4


def says_enough(text: str) -> bool:
    """Does it hold enough letters to say something?"""
    letters = [sign for sign in text if unicodedata.category(sign)[0] in "LN"]
    return len(letters) >= LEAST_LETTERS or sum(1 for sign in letters if _DENSE.match(sign)) >= LEAST_SIGNS


def key_of(why: str) -> str:
    """The same for words that read the same."""
    return hashlib.sha256(fold(why).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def render(why: str) -> tuple[str, list[int]]:
    """(HTML, ids of whom it mentions). One query where anybody may be mentioned; whoever is gone stays words."""
    handles = mentioned(why)[:50]
    if not handles:
        return safe_html(why), []
    rows = db.session.execute(
        sa.select(Person.id, Person.handle, Person.name).where(Person.handle.in_(handles), Person.left_at.is_(None))
    ).all()
    return safe_html(why, {row.handle: row.name for row in rows}), sorted(row.id for row in rows)
