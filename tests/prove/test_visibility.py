"""Each condition of who may see what is taken out of the house, one at a time, and a test is seen to fail."""

from __future__ import annotations

import ast

from tests.prove.visibility import HOLDERS, HOUSE, conditions, in_file, run


def test_conditions_are_found_by_themselves() -> None:
    found = conditions()
    assert len(found) > 100
    assert {one.file.split("/")[1] for one in found} >= {
        "accounts", "audiences", "goals", "infomercials", "invitations", "people", "reel", "teams",
    }  # fmt: skip
    # A new one is among them the moment it is written.
    new = "def names(viewer):\n    return sa.select(Team.name).where(visible_to(viewer, Team.audience_id))\n"
    assert [(one.function, one.line, one.instead) for one in in_file("portal/new/queries.py", new)] == [
        ("names", 2, "sa.true()")
    ]


def test_whoever_holds_a_thing_for_its_keepers_is_known() -> None:
    """A new `_kept` has to be entered among the HOLDERS."""
    holders = set()
    for path in (HOUSE / "portal").rglob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if not isinstance(node, ast.FunctionDef) or not node.args.args or node.args.args[0].arg != "viewer":
                continue
            if node.name in ("_kept", "_locked", "_led", "_managed"):
                holders.add((path.relative_to(HOUSE).as_posix(), node.name))
    assert holders <= set(HOLDERS)
    assert len(holders) == len(HOLDERS) - 1  # that of the pages of teams takes an address


# Where another condition stands behind that says the same, so that nothing is seen without this one; and which.
SECOND_LOCKS: dict[tuple[str, str, str], str] = {
    ("portal/kudos/naming.py", "team_id_of", "seen_by(viewer)"): "services._team asks again; no name is said before",
    ("portal/help/happening.py", "near_asks", "visible_to(viewer, row.audience_id + 0)"): "queries.views asks again",
    ("portal/help/queries.py", "newest_about", "audience_ids"): "views, of asks and of offers, ask again",
    # So that nobody who is not seen takes a place of the first so many; who they are is asked of `cards`.
    ("portal/introductions/queries.py", "my_sides", "listed(viewer, IntroductionSide.other_id)"): "cards asks again",
    ("portal/introductions/queries.py", "asks_of_me", "listed(viewer, ManagerAsk.person_id)"): "cards asks again",
    ("portal/meet/beginning.py", "colleagues", "listed(viewer, Person.id)"): "cards asks again",
    ("portal/meet/beginning.py", "_who_fits", "listed(viewer, Person.id)"): "cards and queries.not_over ask again",
    # Guests are suggested nobody, so everybody who works here is seen; who left is asked about beside it.
    ("portal/meet/queries.py", "suggestions", "listed(viewer, Suggestion.other_id)"): "cards asks again",
    ("portal/meet/queries.py", "not_over", "listed(viewer, Person.id)"): "cards asks again",
    (
        "portal/meet/queries.py",
        "_shown",
        "visible_to(viewer, Goal.audience_id)",
    ): "guests have none in common",
}


def test_a_test_fails_without_each_condition() -> None:
    missed = {(one.file, one.function, one.words): str(one) for one, failed in run() if not failed}
    unknown = [words for place, words in missed.items() if place not in SECOND_LOCKS]
    assert not unknown, "no test notices that this is missing:\n" + "\n".join(unknown)
    assert set(SECOND_LOCKS) <= set(missed), "these are noticed by now: take them off the list"
