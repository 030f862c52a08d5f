"""Names in any script and addresses: handles, initials, keys to sort and to look for. Pure functions."""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata

from anyascii import anyascii

RESERVED = {"new", "me", "all", "search", "import", "people", "merge"}
MAX_HANDLE = 60


def fold(text: str) -> str:
    """A key for comparing: compatibility forms, no case, no accents, one space between words."""
    if text.isascii():
        return " ".join(text.lower().split())
    spread = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    bare = "".join(c for c in spread if not unicodedata.combining(c) or not _is_latin_accent(c))
    return " ".join(unicodedata.normalize("NFC", bare).split())


def _is_latin_accent(mark: str) -> bool:
    """Marks that European scripts put on letters; vowel signs of other scripts are letters to their readers."""
    return "\u0300" <= mark <= "\u036f"


def handle_for(name: str, nothing_left: str = "person") -> str:
    """ "Priya Raman" -> "priya-raman". Transliterated; "person-" and 6 letters when nothing is left."""
    if name.isascii():
        ascii_only = name.lower()
    else:
        letters = "".join(c if unicodedata.category(c)[0] in "LNMZ" else " " for c in name)
        # Soft signs and the like are transliterated to apostrophes, which part no words: "olga", not "ol-ga".
        ascii_only = anyascii(unicodedata.normalize("NFC", letters)).lower().replace("'", "")
    plain = re.sub(r"[^a-z0-9]+", "-", ascii_only)
    handle = plain[:MAX_HANDLE].strip("-")
    if not handle:
        return f"{nothing_left}-" + "".join(secrets.choice("abcdefghijkmnpqrstuvwxyz") for _ in range(6))
    return f"{handle}-1" if handle in RESERVED else handle


def may_be_handle(text: str) -> bool:
    """Can anybody have this handle? (What no database can be asked for is nobody's.)"""
    return re.fullmatch(r"[a-z0-9-]{1,100}", text) is not None


def first_name(name: str, preferred: str | None = None) -> str:
    """What people call them."""
    return preferred or (name.split() or [name])[0]


def initials(name: str) -> str:
    """The first letters of the first and the last word, with the marks that belong to them."""
    words = [w for w in name.split() if any(c.isalnum() for c in w)] or name.split()
    picked = [words[0], words[-1]] if len(words) > 1 else words[:1]
    return "".join(_capital(_first_letter(word)) for word in picked)


def _capital(letter: str) -> str:
    """As a name begins. Georgian names begin small: their capitals are for headlines, and in few fonts."""
    capital = letter.upper()
    return letter if "\u1c90" <= capital[:1] <= "\u1cbf" else capital


def _first_letter(word: str) -> str:
    start = next((i for i, c in enumerate(word) if c.isalnum()), 0)
    end = start + 1
    while end < len(word) and (unicodedata.combining(word[end]) or word[end] in "\u200d\ufe0f"):
        end += 1
    return word[start:end]


_BLANK = {"\u115f", "\u1160", "\u2800", "\u3164", "\uffa0"}  # letters and signs that show nothing


def is_visible(text: str) -> bool:
    """Is there anything to see and to click on? Spaces, joiners and lone marks are not."""
    return any(unicodedata.category(c)[0] in "LNPS" and c not in _BLANK for c in text)


_EMAIL = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,64}@[^\s@<>,;:\"()\[\]\\]{1,189}")


def is_email(text: str) -> bool:
    """Does it look like an address? (Only a mail that arrives can tell whether it is one.)"""
    return bool(_EMAIL.fullmatch(text)) and ".." not in text and not text.endswith(".")


def mark(key: str) -> str:
    """A short name for a key, fit for the name of a field."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:12]
