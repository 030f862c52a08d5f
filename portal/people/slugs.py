"""Addresses of things that have a name: teams, goals. Pure function."""

from __future__ import annotations

from collections.abc import Collection

from . import names


def free_slug(name: str, taken: Collection[str], nothing_left: str) -> str:
    """ "lighthouse", then "lighthouse-2": the first that is not in `taken`.

    nothing_left: what it begins with where no letter can be transliterated ("team" gives "team-kqwzpm").
    """
    base = names.handle_for(name, nothing_left=nothing_left)
    slug, number = base, 1
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug
