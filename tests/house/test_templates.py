"""Rules about templates: each is used, and none holds script or style of its own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import meta

from portal.core.happening import sources
from portal.core.panels import Panel

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
NAMES = sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html"))
# Components that are ready before the room that needs them; the styleguide shows each.
READY: dict[str, str] = {}


def text_of(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def without_comments(text: str) -> str:
    return re.sub(r"{#.*?#}", "", text, flags=re.DOTALL)


def rendered_by_code() -> set[str]:
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "portal").rglob("*.py"))
    found = set(re.findall(r"[\"']([\w/]+\.html)[\"']", code))
    # f"infomercials/{step}.html": whichever fits
    for pattern in re.findall(r"f[\"']([\w/{}]+\.html)[\"']", code):
        shape = re.compile(re.sub(r"{\w+}", r"\\w+", pattern))
        found |= {name for name in NAMES if shape.fullmatch(name)}
    # A letter names its template without its folder: there are two of each, as text and as HTML.
    found |= {f"mail/{name}.html" for name in re.findall(r"template=[\"'](\w+)[\"']", code)}
    return found


def test_every_template_is_reachable(sqlite_app: Flask) -> None:
    env = sqlite_app.jinja_env
    used = {name: set(meta.find_referenced_templates(env.parse(text_of(name)))) for name in NAMES}
    panels = sqlite_app.extensions["hallway.panels"].values()
    reached: set[str | None] = set()
    todo: set[str | None] = rendered_by_code() | {p.template for slot in panels for p in slot if isinstance(p, Panel)}
    while todo:
        name = todo.pop()
        if name in used and name not in reached:
            todo |= used[name]
        reached.add(name)
    assert set(NAMES) - reached == set(READY)


def test_every_template_that_is_named_exists(sqlite_app: Flask) -> None:
    env = sqlite_app.jinja_env
    for name in NAMES:
        for other in meta.find_referenced_templates(env.parse(text_of(name))):
            # The page of what happened includes the template of each source.
            assert other in NAMES or (other is None and name == "home/_lines.html"), (name, other)
    with sqlite_app.app_context():
        assert {source.template for source in sources()} <= set(NAMES)
    assert {name for name in rendered_by_code() if "{" not in name} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_no_template_holds_script_or_style(name: str) -> None:
    text = without_comments(text_of(name))
    assert not re.search(r"<style\b", text), "a style element"
    # Mail programs read no stylesheet and know no policy: the frame of a mail is the one place for style attributes.
    assert name == "mail/_base.html" or not re.search(r"\sstyle\s*=", text), "a style attribute"
    assert not re.search(r"<script\b(?![^>]*\bsrc=)", text), "a script without src"
    assert not re.search(r"[\s\"']on[a-z]+\s*=\s*[\"']", text), "an event handler"
    assert "hx-on" not in text, "hx-on"
    assert not re.search(r"hx-(vals|headers|vars)\s*=\s*[\"']\s*(js|javascript):", text), "hx-vals with js:"
    assert "hx-vars" not in text
    # every[x>1] or click[cond] would need eval
    assert not re.search(r"hx-trigger\s*=\s*[\"'][^\"']*\[", text), "a trigger filter"
    assert not re.search(r"(href|src|action)\s*=\s*[\"']\s*(javascript|data):", text), "javascript: or data:"
    assert not re.search(r"(href|src|action)\s*=\s*[\"'](https?:)?//", text), "something from another host"


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_called_safe_but_what_was_made_safe(name: str) -> None:
    """`| safe` stands only behind columns that core/markup rendered."""
    text = without_comments(text_of(name))
    assert "autoescape false" not in text
    for words in re.findall(r"{{([^}]*\|\s*safe[^}]*)}}", text):
        assert re.search(r"_html\s*\|\s*safe", words), words


def test_every_mail_has_both_parts() -> None:
    parts = {path.name for path in (TEMPLATES / "mail").iterdir()}
    assert {name.rpartition(".")[0] for name in parts if name.endswith(".html")} == {
        name.rpartition(".")[0] for name in parts if name.endswith(".txt")
    }


@pytest.mark.parametrize("name", [n for n in NAMES if not n.startswith(("components/", "errors/"))])
def test_fragments_and_pages_say_which_they_are(name: str) -> None:
    text, is_fragment = text_of(name), name.split("/")[-1].startswith("_")
    if name == "base.html" or name.startswith("layouts/") or (is_fragment and "{% block" in text):
        return  # frames that pages fill in
    assert ("{% extends" in text) != is_fragment


@pytest.mark.parametrize("name", [n for n in NAMES if n.startswith("components/")])
def test_a_component_is_one_macro_of_its_own_name_and_says_how_it_is_used(name: str) -> None:
    text = text_of(name)
    own = name.removeprefix("components/").removesuffix(".html")
    macros = re.findall(r"{%-? macro (\w+)\(", text)
    assert own in macros and all(macro == own or macro.startswith("_") for macro in macros)
    assert text.startswith("{#-") and "Usage:" in text


@pytest.mark.parametrize("name", NAMES)
def test_forms_that_post_carry_a_token(name: str) -> None:
    text = without_comments(text_of(name))
    for form in re.findall(r"<form\b[^>]*method=\"post\".*?</form>", text, flags=re.DOTALL | re.IGNORECASE):
        assert "csrf()" in form or "csrf_token" in form or "hidden(" in form or "hidden_tag()" in form, form[:200]


@pytest.mark.parametrize("name", NAMES)
def test_words_of_people_say_their_direction(name: str) -> None:
    """What people wrote may run from right to left: a textarea of words is dir=auto."""
    for area in re.findall(r"<textarea\b[^>]*>", without_comments(text_of(name))):
        assert "dir=" in area, area
