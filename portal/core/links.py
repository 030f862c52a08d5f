"""Links that let somebody in: an HMAC of purpose, row and nonce. Nothing usable is stored, and nothing is used up
by opening one: what a link allows is done by a POST."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets

from flask import current_app

from .db import MAX_ID

_TOKEN = re.compile(r"([0-9]{1,19})-[0-9a-f]{40}", re.ASCII)


def new_nonce() -> str:
    """A nonce for a row; a new one makes every earlier link to that row worthless."""
    return secrets.token_urlsafe(12)


def token_for(purpose: str, row_id: int, nonce: str) -> str:
    """The secret part of a link: "17-…"."""
    secret = str(current_app.secret_key).encode()
    signed = hmac.new(secret, f"link\x1f{purpose}\x1f{row_id}\x1f{nonce}".encode(), hashlib.sha256)
    return f"{row_id}-{signed.hexdigest()[:40]}"


def row_of(token: str) -> int | None:
    """The row that a token speaks of, unchecked; None for what cannot be one."""
    found = _TOKEN.fullmatch(token)
    return int(found[1]) if found and int(found[1]) <= MAX_ID else None


def fits(token: str, purpose: str, row_id: int, nonce: str | None) -> bool:
    """Is this the token for that row as it stands today? (Never without a nonce.)"""
    if nonce is None:
        return False
    wanted = token_for(purpose, row_id, nonce)
    return hmac.compare_digest(token.encode("utf-8", "surrogatepass"), wanted.encode())


def redacted(text: str) -> str:
    """The same text without what would let somebody in, should it have got in there."""
    return _TOKEN.sub("[link]", text)
