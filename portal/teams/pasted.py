"""Addresses and names pasted in any form: "Hana Kim <hana@…>, jonas@…; Ben". Pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from portal.people import names

MOST = 6_000  # people in one paste
LONGEST = 200  # characters of one name or address


@dataclass(frozen=True)
class Pasted:
    """One person as pasted. raw: what stood there; email and name: what it says ("" for what it does not)."""

    raw: str
    email: str
    name: str

    @property
    def key(self) -> str:
        """The same for what reads the same."""
        return self.email_key or names.fold(self.name or self.raw)

    @property
    def email_key(self) -> str:
        return names.fold(self.email) if self.email else ""

    @property
    def is_nonsense(self) -> bool:
        """Neither an address nor anything like a name."""
        return not self.email and not self.name


# What parts people: a line, a semicolon, a comma or a tab, outside of quotes and angle brackets. In any script.
_SEGMENT = re.compile(r'(?:"[^"\n]*"|<[^<>\n]*>|[^;\t\n；؛])+')
_PART = re.compile(r'(?:"[^"\n]*"|<[^<>\n]*>|[^;,\t\n；؛，、،])+')
_LINE_MARK = re.compile(r"^(?:[-*•·–]+\s+|\d{1,4}[.)]\s+)+")
_ANGLED = re.compile(r"<\s*(?:mailto:)?([^<>]*)>", re.IGNORECASE)
_BRACKETS = str.maketrans(dict.fromkeys('<>()[]{}"“”„«»', " "))
_BIT = re.compile(r"[^,;:]+:?")


def read(text: str) -> list[Pasted]:
    """The people in a pasted text, in order, each once."""
    found: dict[str, Pasted] = {}
    for line in text.replace("\r", "\n").splitlines():
        for part in _parts(_LINE_MARK.sub("", line.strip())):
            for one in _read_part(part):
                before = found.setdefault(one.key, one)
                if one.name and not before.name:  # once as a bare address, once with a name
                    found[one.key] = one
    return list(found.values())


def _parts(line: str) -> list[str]:
    parts: list[str] = []
    for segment in _SEGMENT.findall(line):
        some = [part.strip() for part in _PART.findall(segment)]
        parts += _family_first(some) if len(some) == 2 else some
    return parts


def _family_first(parts: list[str]) -> list[str]:
    """ "Kim, Hana <hana@…>" is one person who writes the family name first, not somebody called Kim."""
    family, rest = parts
    angled, given = _ANGLED.findall(rest), _ANGLED.sub(" ", rest).split()
    if len(angled) != 1 or not given or any(c in family for c in '@ <"') or "@" in " ".join(given):
        return parts
    if len(given) > 1 and names.fold(family) not in names.fold(angled[0]):
        return parts  # "Ben, Hana Kim <hana@…>" may well be two
    return [f"{' '.join(given)} {family} <{angled[0]}>"]


def _read_part(part: str) -> list[Pasted]:
    """The people between two commas: mostly one, but addresses may stand there with spaces alone between them."""
    raw = " ".join(part.split())
    if not any(c.isalnum() for c in raw):
        return []
    if "@" not in raw:
        return [_named(raw)]
    words = _words(raw)
    addresses = {names.fold(word) for word in words if names.is_email(word)}
    if not addresses:
        return [_nonsense(raw)]
    # Neither an address nor somebody's "@handle".
    bad = [w for w in words if "@" in w and not names.is_email(w) and w != "@" + w.strip("@")]
    if len(addresses) == 1:
        email = next(word for word in words if names.is_email(word))
        name = _name(word for word in words if "@" not in word)
        fits = len(raw) <= LONGEST and not bad
        people = [Pasted(raw if fits else _written(name, email), email, name)]
    else:
        people = _several(words)
    return people + [_nonsense(word) for word in bad]


def _words(raw: str) -> list[str]:
    """What stands between spaces and brackets; addresses without what clings to them."""
    words: list[str] = []
    for word in raw.translate(_BRACKETS).split():
        if "@" not in word:
            words.append(word)
            continue
        for bit in _BIT.findall(word):
            if "@" in bit:
                words.append(bit.lstrip("'`*.").rstrip("'`*.!?…:"))
            elif not bit.endswith(":"):  # "mailto:"
                words.append(bit)
    return [word for word in words if word]


def _several(words: list[str]) -> list[Pasted]:
    """Several addresses, each with the words before it, or behind it where an address comes first."""
    people: list[tuple[list[str], str]] = []
    waiting: list[str] = []
    behind = names.is_email(words[0])
    for word in words:
        if names.is_email(word):
            people.append(([] if behind else waiting, word))
            waiting = []
        elif "@" not in word:
            (people[-1][0] if behind else waiting).append(word)
    found = [(_name(some), email) for some, email in people]
    read = [Pasted(_written(name, email), email, name) for name, email in found]
    left = _name(waiting)
    return [*read, _named(left)] if left else read


def _written(name: str, email: str) -> str:
    return f"{name} <{email}>" if name else email


def _named(raw: str) -> Pasted:
    name = _ANGLED.sub(" ", raw)
    if len(raw) > LONGEST or any(angled.strip() for angled in _ANGLED.findall(raw)):
        return _nonsense(raw)
    name = _turned(" ".join(word.strip("()[]'\"") for word in name.split()))
    if not names.is_visible(name) or not any(c.isalpha() for c in name):
        return _nonsense(raw)
    return Pasted(raw, "", name)


def _nonsense(raw: str) -> Pasted:
    return Pasted(raw if len(raw) <= LONGEST else raw[: LONGEST - 1] + "…", "", "")


def _name(words: Iterable[str]) -> str:
    """What of the words beside an address can be a name; "" for none. "To:" is none, nor is a dash."""
    name = _turned(" ".join(w for w in words if not w.endswith(":") and not _ONLY_SIGNS.fullmatch(w)))
    return name if any(c.isalpha() for c in name) and len(name) <= LONGEST else ""


_ONLY_SIGNS = re.compile(r"[-–—·•*|/\\=+~,;.'`]*")


def _turned(name: str) -> str:
    """Quotes off; "Kim, Hana" inside them turned round."""
    inner = " ".join(name.split()).strip("\"'").strip()
    family, comma, given = inner.partition(",")
    return " ".join(f"{given} {family}".replace(",", " ").split()) if comma else inner


def name_of_address(email: str) -> str:
    """A first guess at a name, for its owner to mend: "ada.lovelace@…" -> "Ada Lovelace"."""
    whole = email.partition("@")[0]
    local = whole.partition("+")[0] or whole
    words = [word for word in re.split(r"[._\-\d]+", local) if any(c.isalpha() for c in word)]
    return " ".join(word[:1].upper() + word[1:] for word in words) or local


@dataclass(frozen=True)
class Invited:
    """An address that nobody here has; a guest has a last day."""

    email: str
    name: str = ""
    kind: str = "member"
    ends_on: date | None = None
