"""Reasons in words, from what is shown."""

from __future__ import annotations

from flask import Flask

from portal.meet.reasons import Reason, Shown, gained, reasons_for, said


def test_what_says_most_comes_first_and_only_what_both_have(sqlite_app: Flask) -> None:
    me = Shown({1: "Harbour"}, {3: "Fewer lost parcels"}, {7: "SQL"}, {8: "Rust"}, frozenset({"export"}), "Data")
    other = Shown(
        {1: "Harbour", 2: "Dock"}, {4: "Another"}, {7: "SQL", 8: "Rust"}, {}, frozenset({"export"}), "Design", True
    )
    found = reasons_for(me, other, most=9)
    assert [reason.kind for reason in found] == ["ask", "team", "both", "work", "new", "elsewhere"]
    assert found[0] == Reason("ask", 8, "Rust") and reasons_for(me, other) == found[:3]
    assert reasons_for(Shown(), Shown()) == []
    assert [one.kind for one in reasons_for(Shown(department="Data"), Shown(department="Data"))] == ["department"]
    kinds = [*found, *reasons_for(other, me, 9), Reason("goal", 3, "G"), Reason("department", 0, "Data")]
    assert {one.kind for one in kinds} >= {"offer", "goal", "department"}
    with sqlite_app.test_request_context("/"):
        for reason in kinds:
            assert reason.name in said(reason) and gained(reason)
