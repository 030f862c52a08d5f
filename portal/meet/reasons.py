"""Why two people might meet, in words. Pure: from what each shows to the reader; contacts are no part of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from flask_babel import gettext

Kind: TypeAlias = Literal["manager", "team", "ask", "offer", "goal", "both", "work", "new", "department", "elsewhere"]
MOST = 3


@dataclass(frozen=True)
class Shown:
    """What a reader may see of one person. teams, goals: id and name; knows, learns: topics, id and name; words: of
    the line on what they work on; department: "" for none;
    is_named: the reader's manager named them to the reader."""

    teams: Mapping[int, str] = field(default_factory=dict)
    goals: Mapping[int, str] = field(default_factory=dict)
    knows: Mapping[int, str] = field(default_factory=dict)
    learns: Mapping[int, str] = field(default_factory=dict)
    words: frozenset[str] = frozenset()
    department: str = ""
    is_new: bool = False
    is_named: bool = False


@dataclass(frozen=True)
class Reason:
    """One fact that both can open. subject_id: the team, goal or topic; 0 for other kinds. name: of the subject."""

    kind: Kind
    subject_id: int
    name: str


def reasons_for(me: Shown, other: Shown, most: int = MOST) -> list[Reason]:
    """What speaks for meeting that person, what says most first; at least where they work, if that is known."""
    found = [Reason("manager", 0, "")] if other.is_named else []
    for kind, mine, theirs in (
        ("ask", me.learns, other.knows),
        ("offer", me.knows, other.learns),
        ("team", me.teams, other.teams),
        ("goal", me.goals, other.goals),
        ("both", me.knows, other.knows),
    ):
        common = sorted(mine.keys() & theirs.keys(), key=lambda one: (theirs[one], one))
        found += [Reason(kind, one, theirs[one]) for one in common[:1]]  # type: ignore[arg-type]
    found += [Reason("work", 0, word) for word in sorted(me.words & other.words, key=lambda w: (-len(w), w))[:1]]
    if other.is_new:
        found.append(Reason("new", 0, ""))
    if other.department:
        found.append(Reason("department" if other.department == me.department else "elsewhere", 0, other.department))
    return found[:most]


def said(reason: Reason) -> str:
    """The reason in the reader's language."""
    name = reason.name
    return {
        "manager": lambda: gettext("your manager thinks you should meet"),
        "ask": lambda: gettext("can be asked about %(topic)s, which you are learning", topic=name),
        "offer": lambda: gettext("is learning %(topic)s, which you know", topic=name),
        "team": lambda: gettext("is in %(team)s with you", team=name),
        "goal": lambda: gettext("works towards the same goal: %(goal)s", goal=name),
        "both": lambda: gettext("knows about %(topic)s, as you do", topic=name),
        "work": lambda: gettext("works on something like it: “%(word)s”", word=name),
        "new": lambda: gettext("is new here"),
        "department": lambda: gettext("is in your department: %(department)s", department=name),
        "elsewhere": lambda: gettext("works in another department: %(department)s", department=name),
    }[reason.kind]()


def gained(reason: Reason) -> str:
    """What each of the two gains by it."""
    name = reason.name
    return {
        "manager": lambda: gettext("You follow up on it, they hear what you are after"),
        "ask": lambda: gettext("You get an answer, they get a good question"),
        "offer": lambda: gettext("You pass on what you know, they learn it"),
        "team": lambda: gettext("You both know whom you work with"),
        "goal": lambda: gettext("You both learn what the other does towards it"),
        "both": lambda: gettext("You both have somebody to think about %(topic)s with", topic=name),
        "work": lambda: gettext("Neither of you does it twice"),
        "new": lambda: gettext("They find their way, you hear what a fresh eye sees"),
        "department": lambda: gettext("You both know one more face close by"),
        "elsewhere": lambda: gettext("You both hear how the other side works"),
    }[reason.kind]()
