"""Text as words to look for: one way of taking text apart, for what is written and for what is asked. Pure functions.

Words are folded (compatibility forms, no case, no accents). "net/mlx5" and "e-mail" are their parts and the whole
("netmlx5", "email"), "getName" too; `c++`, `c#` and `.net` stay what they are; scripts without spaces become pairs of
letters. A plural in -s is its singular.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable
from functools import lru_cache
from itertools import chain

from anyascii import anyascii

from portal.people.names import fold

MOST_TEXT = 200_000  # letters of one text; what comes later is not looked at
MOST_WORDS = 4_000  # different words of one item
LONGEST = 40  # letters; longer ones are keys and checksums
MOST_KNOWN = 100_000  # pieces of text of which this process remembers the words
MOST_ASKED = 16  # words of one question

# Looked for only where nothing else was asked.
_COMMON = """
a about all also an and any are as at be been but by can could do does for from get had has have help how i if
in into is it its just know knows let me my need no not of on one or our so some someone such that the their
them then there these they this to up us use used uses using want was we were what when where which who whom
whose why will with would you your aber alle als am an auf aus bei bin bis das dass dem den der des die doch
ein eine einem einen einer eines er es fur hat ich ihr im in ist jemand kann kennt man mich mir mit nach nicht
noch oder sich sie sind so uber um und uns unser vom von war was wenn wer wie wir wird wo zu zum zur
"""
STOP = frozenset(_COMMON.split())

# Han, kana, Thai, Lao, Burmese, Khmer: written without spaces between words.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
# Signs that are part of a word to its readers: accents, points, vowel signs.
_SIGNS = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u0711\u0730-\u074a\u07a6-\u07b0\u0900-\u0963\u0970-\u0dff\u0f71-\u0f84"
)
_HIDDEN = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff]"
)
_HUMP = re.compile("[a-z0-9][A-Z]")
_HUMPED = re.compile(r"\b[A-Za-z0-9]*[a-z0-9][A-Z][A-Za-z0-9]*")
_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z][a-z])|(?<=[a-z])(?=[A-Z])")
_RUNS = re.compile(f"[{_UNSPACED}]+")
_HAS_UNSPACED = re.compile(f"[{_UNSPACED}]")
# c++, c#, f#, g++; .net; else letters, with single signs between them.
_SIGNED = r"[a-z](?:\+\+|\#)(?!\w)|(?<![\w.])\.net\b"
_PLAIN_PIECE = re.compile(r"[a-z0-9]+(?:['\-_./+][a-z0-9]+)*")
_ASCII_PIECE = re.compile(rf"{_SIGNED}|{_PLAIN_PIECE.pattern}")
_LETTER = rf"(?:[^\W_]|[{_SIGNS}{_UNSPACED}])"
_PIECE = re.compile(rf"{_SIGNED}|{_LETTER}+(?:['’\-_./+]{_LETTER}+)*")
_PART = re.compile(rf"{_LETTER}+")


@lru_cache(50_000)
def stem(word: str) -> str:
    """The singular of an English plural, more or less; the same word for what is asked and what is written."""
    if len(word) < 4 or not word.endswith("s") or not word.isascii() or not word.isalpha():
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ss", "us", "is")):
        return word
    if word.endswith(("sses", "shes", "ches", "xes", "zes")):
        return word[:-2]
    return word[:-1]


def _pairs(run: str) -> list[str]:
    return [run] if len(run) == 1 else [run[i : i + 2] for i in range(len(run) - 1)]


def _of_piece(piece: str) -> list[str]:
    """The words of one piece of folded text without spaces."""
    if piece.endswith(("+", "#")):
        return [piece]
    if piece == ".net":
        return [".net", "net"]
    parts = _PART.findall(piece)
    found = []
    for part in parts:
        if len(part) > LONGEST:
            continue
        if part.isascii() or not _HAS_UNSPACED.search(part):
            found.append(stem(part))
            continue
        at = 0
        for run in _RUNS.finditer(part):
            if run.start() > at:
                found.append(part[at : run.start()])
            found += _pairs(run[0])
            at = run.end()
        if at < len(part):
            found.append(part[at:])
    if 1 < len(parts) <= 3:
        whole = "".join(parts)
        if len(whole) <= LONGEST and whole.isascii():
            found.append(stem(whole))
    return found


class _Pieces(dict[str, list[str]]):
    """The words of each piece; those of short ones are remembered."""

    def __missing__(self, piece: str) -> list[str]:
        found = _of_piece(piece)
        if len(piece) < 30 and len(self) < MOST_KNOWN:
            self[piece] = found
        return found


_known_pieces = _Pieces()


def words_of(text: str) -> list[str]:
    """Every word of a text, as often as it stands there."""
    text = text[:MOST_TEXT]
    if text.isascii():
        lower = text.lower()
        is_plain = "++" not in lower and "#" not in lower and ".net" not in lower
        pieces = (_PLAIN_PIECE if is_plain else _ASCII_PIECE).findall(lower)  # the first takes half of the time
    else:
        text = _HIDDEN.sub("", unicodedata.normalize("NFKC", text))
        pieces = _PIECE.findall(fold(text))
    found = list(chain.from_iterable(map(_known_pieces.__getitem__, pieces)))
    if not text.islower() and _HUMP.search(text):
        for humped in _HUMPED.findall(text):  # "getName" is get and name, besides getname
            if len(humped) <= LONGEST:
                found += [stem(part) for part in _HUMPS.sub(" ", humped).lower().split() if len(part) > 1]
    return found


def name_words(name: str) -> list[str]:
    """The words of a name, and how they read in Latin letters."""
    found = words_of(name)
    if not name.isascii():
        found += words_of(anyascii(name))
    return found


# ---- what is kept of an item -------------------------------------------------------------------------------


def bag(title: Iterable[str], text: Iterable[str]) -> str:
    """What is kept of an item's words: each once, in the order of the alphabet, with marks behind it.

    "=" stands in the title, "*" several times in the text, "**" often. Nobody can read the text back out of it.
    """
    in_title, counted = set(title), Counter(text)
    for word in STOP.intersection(counted) - in_title:
        del counted[word]
    every: Collection[str] = in_title.union(counted)
    if len(every) > MOST_WORDS:
        often = sorted(counted, key=lambda word: (-counted[word], word))[:MOST_WORDS]
        every = set(often) | set(sorted(in_title)[:MOST_WORDS])
    marked = {word: word if count == 1 else word + _often(count) for word, count in counted.items()}
    marked |= {word: f"{word}={_often(counted[word])}" for word in in_title}
    return " ".join([marked[word] for word in sorted(every)])


def _often(count: int) -> str:
    return "" if count < 2 else "*" if count < 4 else "**"


def bare(bag: str) -> list[str]:
    """The words of a bag (or of several, with a space between) without their marks."""
    return bag.replace("=", "").replace("*", "").split()


def titled(bag: str) -> list[str]:
    """Those that stand in the title."""
    return [word.rstrip("=*") for word in bag.split() if "=" in word]


def asked_for(text: str) -> list[str]:
    """The words of a question, each once; common ones are left out where others stand beside them."""
    every = list(dict.fromkeys(words_of(text[:2_000])))
    telling = [word for word in every if word not in STOP]
    return (telling or every)[: 4 * MOST_ASKED]


def last_piece(text: str) -> str:
    """The last word of a question as far as it is typed; "" where it has ended."""
    if not text or text[-1].isspace():
        return ""
    pieces = text.split()
    last = fold(_HIDDEN.sub("", unicodedata.normalize("NFKC", pieces[-1]))) if pieces else ""
    parts = list(_PART.finditer(last))
    # "c++" and "gdpr." have ended; "c" and "gdpr" may go on.
    return parts[-1][0][-LONGEST:] if parts and parts[-1].end() == len(last) else ""
