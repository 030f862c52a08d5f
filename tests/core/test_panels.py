"""Panels: blocks lent to another's page, in order, silent where there is nothing to show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from flask import Flask, g
from jinja2 import DictLoader

from portal.core.auth import Viewer
from portal.core.panels import CardLine, Panel, card_lines, filled, register

ME = Viewer(1, frozenset({"member"}), frozenset({1}))


def says(word: str | None) -> Any:
    def query(viewer: Viewer, subject_id: int) -> Mapping[str, Any] | None:
        return None if word is None else {"word": word, "who": viewer.person_id, "subject": subject_id}

    return query


@pytest.fixture
def bare() -> Flask:
    """A house without rooms."""
    app = Flask("bare")
    app.jinja_loader = DictLoader(
        {f"{n}.html": f"{n} {{{{ word }}}} {{{{ who }}}}/{{{{ subject }}}}{{{{ more }}}}" for n in "abc"}
    )
    return app


def shown(app: Flask, slot: str, **more: Any) -> list[str]:
    with app.test_request_context():
        g.viewer = ME
        return [str(block) for block in filled(slot, 7, **more)]


def test_blocks_stand_in_their_order_and_empty_ones_are_left_out(bare: Flask) -> None:
    register(bare, [Panel("person", 20, "b.html", says("two")), Panel("person", 10, "a.html", says("one"))])
    register(bare, [Panel("person", 15, "c.html", says(None)), Panel("home", 1, "c.html", says("elsewhere"))])
    assert shown(bare, "person") == ["a one 1/7", "b two 1/7"]
    assert shown(bare, "home") == ["c elsewhere 1/7"]
    assert shown(bare, "me") == []


def test_what_the_page_shows_already_reaches_the_block(bare: Flask) -> None:
    register(bare, [Panel("person", 1, "a.html", says("one"))])
    assert shown(bare, "person", more="!") == ["a one 1/7!"]


def test_words_of_people_are_escaped_in_a_block(bare: Flask) -> None:
    register(bare, [Panel("person", 1, "a.html", says("<script>"))])
    assert shown(bare, "person") == ["a &lt;script&gt; 1/7"]


def test_an_unknown_slot_is_refused(bare: Flask) -> None:
    with pytest.raises(ValueError, match="no slot attic"):
        register(bare, [Panel("attic", 1, "a.html", says("x"))])


def test_without_a_viewer_there_are_no_panels(bare: Flask) -> None:
    register(bare, [Panel("person", 1, "a.html", says("one"))])
    with bare.test_request_context():
        g.viewer = None
        with pytest.raises(RuntimeError, match="no viewer"):
            filled("person", 7)


def test_lines_under_names_come_from_whoever_lends_them(bare: Flask) -> None:
    asked: list[list[int]] = []

    def lines(_viewer: Viewer, ids: list[int]) -> Mapping[int, tuple[str, str]]:
        asked.append(ids)
        return {2: ("headline", "en")}

    with bare.app_context():
        assert card_lines(ME, [1, 2]) == {}
    register(bare, [CardLine(lines)])
    with bare.app_context():
        assert card_lines(ME, [1, 2]) == {2: ("headline", "en")}
        assert card_lines(ME, []) == {}
    assert asked == [[1, 2]]
