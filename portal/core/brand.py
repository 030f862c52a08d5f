"""What an organization makes its own: name, logo, language of its mail, and one colour.

Only the colour of the main acts may change, and only to one that can be read: white words on it by light, dark words
on its lighter sister in the dark, each at 4.5:1 or better (WCAG 2.2, 1.4.3).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from flask import g
from sqlalchemy.exc import SQLAlchemyError

from . import settings
from .db import db
from .storage import storage

NAME = "Hallway"
LEAST = 4.5  # contrast of words
_KEY = "organization"
_HEX = re.compile(r"#[0-9a-f]{6}")
Rgb = tuple[int, int, int]

# From static/css/palette.css: what a colour has to stand on, or under.
_WHITE: Rgb = (255, 255, 255)
_LIGHT_CANVAS: Rgb = (0xF4, 0xF4, 0xF8)
_DARK_SURFACE: Rgb = (0x19, 0x18, 0x22)
_DARK_WORDS: Rgb = (0x10, 0x0F, 0x16)
_BLACK: Rgb = (0, 0, 0)


@dataclass(frozen=True)
class Organization:
    """colour: "#rrggbb" or "" for Hallway's own; logo: content name in storage or ""; language: of mail to people
    who chose none."""

    name: str = NAME
    colour: str = ""
    logo: str = ""
    language: str = "en"

    @property
    def version(self) -> str:
        """Another one for every look, so that browsers may keep the stylesheet and the logo."""
        return hashlib.sha256(f"{self.colour} {self.logo}".encode()).hexdigest()[:12]


def organization() -> Organization:
    """This installation's, asked for once in a request."""
    if "organization" not in g:
        try:
            kept = settings.get(_KEY) or {}
        except SQLAlchemyError:  # the door is shown all the same
            db.session.rollback()
            return Organization()
        known = {key: value for key, value in kept.items() if key in Organization.__dataclass_fields__}
        g.organization = Organization(**known)
    found: Organization = g.organization
    return found


def keep(wanted: Organization) -> None:
    """Keep it (inside a unit of work)."""
    settings.put(_KEY, {name: getattr(wanted, name) for name in Organization.__dataclass_fields__})
    g.pop("organization", None)


def logo() -> bytes | None:
    """The logo's bytes (WebP), None where there is none."""
    name = organization().logo
    return storage().get(name) if name else None


# ---- colours -----------------------------------------------------------------------------------------------


def colour_of(text: str) -> str | None:
    """ "#3F3ADC", "3f3adc" or "#33d" as "#rrggbb"; None for what is no colour."""
    bare = text.strip().lower().removeprefix("#")
    if len(bare) == 3:
        bare = "".join(2 * letter for letter in bare)
    return f"#{bare}" if _HEX.fullmatch(f"#{bare}") else None


def _rgb(colour: str) -> Rgb:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _hex(colour: Rgb) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def _luminance(colour: Rgb) -> float:
    """Relative luminance, as WCAG defines it."""
    parts = [c / 255 for c in colour]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _ratio(one: Rgb, other: Rgb) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _mixed(colour: Rgb, other: Rgb, share: float) -> Rgb:
    """`share` (0 to 1) of the other in it."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(colour, other, strict=True))
    return red, green, blue


def contrast(colour: str) -> float:
    """How well white words are read on it, and it on our lightest ground: the worse of the two ratios."""
    return min(_ratio(_rgb(colour), _WHITE), _ratio(_rgb(colour), _LIGHT_CANVAS))


def nearest_readable(colour: str) -> str:
    """The colour, as much darker as it takes to be read."""
    rgb = _rgb(colour)
    for percent in range(101):
        darker = _hex(_mixed(rgb, _BLACK, percent / 100))
        if contrast(darker) >= LEAST:
            return darker
    raise AssertionError("black can be read")


def _in_the_dark(colour: Rgb) -> Rgb:
    """Its lighter sister, on dark ground and under dark words."""
    for percent in range(101):
        lighter = _mixed(colour, _WHITE, percent / 100)
        # A little more than the least: it is also what stands out from the surface.
        if min(_ratio(lighter, _DARK_WORDS), _ratio(lighter, _DARK_SURFACE)) >= LEAST + 2:
            return lighter
    raise AssertionError("white can be read")


def stylesheet(colour: str) -> str:
    """The few tokens that change, for both themes; "" for Hallway's own colour."""
    if not colour:
        return ""
    light = _rgb(colour)
    dark = _in_the_dark(light)
    tokens = {
        "primary": (light, dark),
        "primary-hover": (_mixed(light, _BLACK, 0.15), _mixed(dark, _WHITE, 0.3)),
        "on-primary": (_WHITE, _DARK_WORDS),
        "primary-soft": (_mixed(light, _WHITE, 0.9), _mixed(dark, _DARK_SURFACE, 0.8)),
    }
    said = "".join(f"--{name}:light-dark({_hex(one)},{_hex(two)});" for name, (one, two) in tokens.items())
    return f"@layer tokens{{:root{{{said}}}}}"
