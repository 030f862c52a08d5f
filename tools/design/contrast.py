"""Check every pair of colours the design uses, in both themes, by WCAG 2.2.

Text needs 4.5 to 1; large text, borders of controls and focus rings need 3 to 1. Exits with 1 when a
pair misses its target; `-v` prints every pair. `tests/house/test_contrast.py` runs the same check.
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

PALETTE = Path(__file__).resolve().parents[2] / "static" / "css" / "palette.css"

TEXT = 4.5
LARGE = 3.0
GROUNDS = ("canvas", "surface", "raised")
HUES = ("coral", "amber", "lemon", "leaf", "lagoon", "sky", "iris", "orchid")

# token: (light theme, dark theme)
Colours = dict[str, tuple[str, str]]


@dataclass(frozen=True)
class Result:
    """One pair of colours, measured in both themes."""

    front: str
    ground: str
    target: float
    light: float
    dark: float

    @property
    def passes(self) -> bool:
        """Tell whether both themes reach the target."""
        return min(self.light, self.dark) >= self.target

    def __str__(self) -> str:
        """Write it as a line of the report."""
        word = "ok " if self.passes else "BAD"
        ratios = f"light {self.light:5.2f}  dark {self.dark:5.2f}"
        return f"{word} {self.front:12} on {self.ground:14} need {self.target}  {ratios}"


def colours_in(css: str) -> Colours:
    """Read the tokens of a palette."""
    both = re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", css)
    fixed = re.findall(r"--([\w-]+): (#\w{6});", css)
    return {name: (light, dark) for name, light, dark in both} | {name: (c, c) for name, c in fixed}


def luminance(colour: str) -> float:
    """Give the relative luminance of #rrggbb."""

    def channel(start: int) -> float:
        value = int(colour[start : start + 2], 16) / 255
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)


def ratio(one: str, other: str) -> float:
    """Give the contrast of two colours, 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def pairs() -> list[tuple[str, str, float]]:
    """List what stands on what, and the contrast it needs."""
    wanted = [
        (front, ground, TEXT) for ground in GROUNDS for front in ("ink", "ink-2", "ink-3", "link", "danger", "ok")
    ]
    wanted += [(front, ground, LARGE) for ground in GROUNDS for front in ("line-strong", "focus")]
    wanted += [
        ("ink", "sunken", TEXT),
        ("ink-2", "sunken", TEXT),
        ("ink-3", "sunken", TEXT),
        ("on-primary", "primary", TEXT),
        ("on-primary", "primary-hover", TEXT),
        ("ink", "primary-soft", TEXT),
        ("on-sun", "sun", TEXT),
        ("sun-ink", "sun-soft", TEXT),
        ("on-onair", "onair", TEXT),
        ("danger", "danger-soft", TEXT),
        ("ok", "ok-soft", TEXT),
        ("surface", "ok", TEXT),
        ("canvas", "ink", TEXT),
        ("primary", "surface", LARGE),
        ("ok", "sunken", LARGE),
        ("onair", "sunken", LARGE),
    ]
    for hue in HUES:
        wanted += [
            ("on-field", hue, TEXT),
            (f"{hue}-ink", f"{hue}-soft", TEXT),
            (f"{hue}-ink", "surface", TEXT),
            (f"{hue}-ink", "canvas", LARGE),
            ("ink", f"{hue}-soft", TEXT),
            ("ink-2", f"{hue}-soft", TEXT),
            ("ink-3", f"{hue}-soft", TEXT),
            ("link", f"{hue}-soft", TEXT),
            ("focus", f"{hue}-soft", LARGE),
        ]
    return wanted


def measure(css: str) -> list[Result]:
    """Measure every pair of a palette."""
    colours = colours_in(css)
    return [
        Result(
            front,
            ground,
            target,
            light=ratio(colours[front][0], colours[ground][0]),
            dark=ratio(colours[front][1], colours[ground][1]),
        )
        for front, ground, target in pairs()
    ]


def main() -> int:
    """Print the report and give the exit code."""
    results = measure(PALETTE.read_text(encoding="utf-8"))
    misses = [result for result in results if not result.passes]
    for result in results if "-v" in sys.argv else misses:
        print(result)
    texts = [result for result in results if result.target == TEXT]
    lowest = f"light {min(r.light for r in texts):.2f}, dark {min(r.dark for r in texts):.2f}"
    print(f"{len(results)} pairs x 2 themes, {len(misses)} below target; lowest text ratio {lowest}")
    return 1 if misses else 0


if __name__ == "__main__":
    sys.exit(main())
