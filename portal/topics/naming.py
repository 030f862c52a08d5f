"""Names of topics: keys to compare them by, addresses, and what is nearly the same. Pure functions."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from portal.people import names
from portal.search.words import stem

LONGEST_NAME = 60
LONGEST_FIELD = 4_000  # characters of one field of names
NEARLY = 84  # of 100, by letters
OFFERED = 8
APART = re.compile(r"[,;\n\t،、，；]")
_HIDDEN = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff]"
)
_JOINERS = re.compile("[\u200c\u200d]")  # shown as they are, and of no account
_KEPT = "+#&."  # c++, c#, r&d, node.js


def tidy(name: str) -> str:
    """The name as it is shown: one space between words, no signs that turn the line round or show nothing."""
    return " ".join(_HIDDEN.sub("", unicodedata.normalize("NFC", name)).split())


def key_of(name: str) -> str:
    """What two names of one topic have in common: no case, accents, hyphens or emoji. "" where nothing is left.

    `c`, `c++`, `c#` and `.net`, `net` are different.
    """
    folded = names.fold(_JOINERS.sub("", _HIDDEN.sub("", unicodedata.normalize("NFKC", name))))
    plain = "".join(c if c in _KEPT or unicodedata.category(c)[0] in "LNM" else " " for c in folded)
    words = [re.sub(r"\.+$", "", word) for word in plain.split()]
    words = [word for word in words if word.strip(_KEPT)]
    return " ".join(words) if any(c.isalnum() for word in words for c in word) else ""


def address_words(name: str) -> str:
    """The name as its address is made of it: "c++" is "c plus plus", ".net" is "dot net"."""
    spelt = name.replace("+", " plus ").replace("#", " sharp ").replace("&", " and ")
    return re.sub(r"(?<!\w)\.(?=\w)", " dot ", spelt)


def split(text: str) -> list[str]:
    """The names in a field, each once, in order."""
    found: dict[str, str] = {}
    for part in APART.split(text):
        name = tidy(part)
        if name:
            found.setdefault(key_of(name) or name, name)
    return list(found.values())


def _bare(key: str) -> str:
    """A key without what hardly tells: order of words, plurals."""
    return " ".join(sorted(stem(word) for word in key.split()))


def near(key: str, known: Mapping[str, int], most: int = OFFERED) -> list[str]:
    """The keys that are nearly this one, the nearest first: a slip or two, another order, a plural, other signs."""
    if not key:
        return []
    if len(key) < 4:  # in three letters every letter tells
        return [other for other in sorted(known) if other != key and _bare(other) == _bare(key)][:most]
    choices = list(known)
    found = process.extract(key, choices, scorer=fuzz.ratio, score_cutoff=NEARLY, limit=most)
    kept = {other: score for other, score, _at in found if other != key and _same_signs(key, other)}
    bare = _bare(key)
    for other in choices:
        if other != key and len(other) == len(key) and OSA.distance(key, other, score_cutoff=1) <= 1:
            if _same_signs(key, other):
                kept.setdefault(other, 99.0)
        elif other != key and abs(len(other) - len(key)) <= 2 * key.count(" ") + 2 and _bare(other) == bare:
            kept.setdefault(other, 100.0)
    return sorted(kept, key=lambda other: (-kept[other], other))[:most]


def _same_signs(one: str, other: str) -> bool:
    """`c++` is no slip of `c`, nor `python 3` of `python 2`."""
    return re.findall(r"[+#\d]", one) == re.findall(r"[+#\d]", other)


def completing(typed: str, known: Mapping[str, int], most: int = OFFERED) -> list[int]:
    """Ids of the topics that go on from what was typed, the likeliest first: it begins the name, or a word of it,
    stands in it, or is nearly it."""
    key = key_of(typed)
    if not key:
        return []
    ranked = []
    for other, topic_id in known.items():
        if other == key:
            ranked.append((0, len(other), other, topic_id))
        elif other.startswith(key):
            ranked.append((1, len(other), other, topic_id))
        elif f" {key}" in f" {other}":
            ranked.append((2, len(other), other, topic_id))
        elif len(key) > 2 and key in other:
            ranked.append((3, len(other), other, topic_id))
    found = [topic_id for _place, _size, _other, topic_id in sorted(ranked)]
    found += [known[other] for other in near(key, known)]
    return list(dict.fromkeys(found))[:most]


def pairs_alike(keys: Sequence[tuple[str, int]]) -> list[tuple[int, int]]:
    """Pairs of ids whose keys are nearly the same. The cost grows with the number of keys, not with its square: two
    keys meet where one letter less makes them one."""
    by_form: dict[str, list[tuple[str, int]]] = {}
    for key, topic_id in keys:
        for form in _forms(key):
            by_form.setdefault(form, []).append((key, topic_id))
    found: dict[tuple[int, int], float] = {}
    for some in by_form.values():
        for place, (key, topic_id) in enumerate(some[:50]):
            for other, other_id in some[place + 1 : 50]:
                if topic_id != other_id and _same_signs(key, other):
                    pair = (min(topic_id, other_id), max(topic_id, other_id))
                    found[pair] = max(found.get(pair, 0.0), fuzz.ratio(key, other))
    return sorted(found, key=lambda pair: (-found[pair], pair))


def _forms(key: str) -> set[str]:
    bare = _bare(key)
    close = bare.replace(" ", "")
    if len(close) < 5:
        return {bare, close}
    return {bare, close, *(close[:at] + close[at + 1 :] for at in range(len(close)))}
