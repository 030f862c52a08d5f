"""Addresses and names pasted in any form: "Hana Kim <hana@…>, jonas@…; Ben". Pure functions."""

from __future__ import annotations

import re
from dataclasses import dataclass

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


# What parts people: a line, a semicolon, a comma or a tab, outside of quotes and angle brackets.
_PART = re.compile(r'(?:"[^"\n]*"|<[^<>\n]*>|[^;,\t\n])+')
_LINE_MARK = re.compile(r"^(?:[-*•·–]+\s+|\d{1,4}[.)]\s+)")
_ANGLED = re.compile(r"<\s*(?:mailto:)?([^<>]*)>")


def read(text: str) -> list[Pasted]:
    """The people in a pasted text, in order, each once."""
    found: dict[str, Pasted] = {}
    for line in text.replace("\r", "\n").splitlines():
        for part in _parts(_LINE_MARK.sub("", line.strip())):
            one = _read_one(part)
            if one is not None:
                found.setdefault(one.key, one)
    return list(found.values())


def _parts(line: str) -> list[str]:
    parts = [part.strip() for part in _PART.findall(line)]
    # "Kim, Hana <hana@…>" is one person who writes the family name first, not somebody called Kim.
    comma = line.count(",")
    if comma == 1 and len(parts) == 2 and ";" not in line and "\t" not in line:
        family, rest = parts
        angled = _ANGLED.search(rest)
        if angled and "@" not in family and " " not in family and _ANGLED.sub("", rest).strip():
            return [f"{_ANGLED.sub('', rest).strip()} {family} <{angled[1]}>"]
    return parts


def _read_one(part: str) -> Pasted | None:
    raw = " ".join(part.split())
    if not raw or not any(c.isalnum() for c in raw):
        return None
    if len(raw) > LONGEST:
        return Pasted(raw[: LONGEST - 1] + "…", "", "")
    angled = _ANGLED.search(raw)
    if angled:
        email, name = angled[1].strip(), _ANGLED.sub(" ", raw)
    else:
        words = [word.removeprefix("mailto:").strip("()[]'\"") for word in raw.split()]
        email = next((word for word in words if "@" in word), "")
        name = " ".join(word for word in words if word != email)
    name = _turned(" ".join(name.split()).strip())
    if email and not names.is_email(email):
        return Pasted(raw, "", "")
    if not email and ("@" in raw or not names.is_visible(name) or not any(c.isalpha() for c in name)):
        return Pasted(raw, "", "")
    return Pasted(raw, email, name)


def _turned(name: str) -> str:
    """Quotes off; "Kim, Hana" inside them turned round."""
    inner = name.strip("\"'").strip()
    family, comma, given = inner.partition(",")
    return f"{given.strip()} {family.strip()}".strip() if comma else inner


def name_of_address(email: str) -> str:
    """A first guess at a name, for its owner to mend: "ada.lovelace@…" -> "Ada Lovelace"."""
    local = re.split(r"[+@]", email)[0]
    words = [word for word in re.split(r"[._\-\d]+", local) if word]
    return " ".join(word[:1].upper() + word[1:] for word in words) or local
