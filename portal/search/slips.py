"""How likely a typed word is a slip of another one. Pure functions."""

from __future__ import annotations

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890")
_BESIDE = {letter: row[max(i - 1, 0) : i + 2] for row in _ROWS for i, letter in enumerate(row)}
_BESIDE["y"] += "asx"  # where y and z have changed places
_BESIDE["z"] += "tu"

LIKELY, UNLIKELY, TWICE = 1.0, 0.1, 0.02


def likelihood(typed: str, word: str, slips: int) -> float:
    """How likely somebody types so who means that word (1 to 0). slips: the distance between them."""
    if slips != 1:
        return TWICE
    if len(typed) < len(word):  # a letter left out
        return LIKELY
    at = next((i for i, (one, other) in enumerate(zip(typed, word, strict=False)) if one != other), len(word))
    if len(typed) > len(word):  # a letter too much: the one before it again, or its neighbour
        again = (at > 0 and typed[at] == typed[at - 1]) or (at + 1 < len(typed) and typed[at] == typed[at + 1])
        return LIKELY if again else UNLIKELY
    if typed[at + 1 : at + 2] == word[at] and typed[at] == word[at + 1 : at + 2]:  # two changed places
        return LIKELY
    return LIKELY if typed[at] in _BESIDE.get(word[at], "") else UNLIKELY
