"""German says all that English says, with the same placeholders."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from portal.core.i18n import LANGUAGES
from tools import words

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|(?<!%)%[sd]|\{\w*\}|%%")
OTHERS = [language for language in LANGUAGES if language != "en"]


@pytest.fixture(scope="module")
def said() -> Catalog:
    """Every text in portal/ and templates/ that goes through gettext."""
    return read_po(io.StringIO(words.template()))


@pytest.fixture(scope="module", params=OTHERS)
def catalogue(request: pytest.FixtureRequest) -> Catalog:
    path = words.FOLDER / request.param / "LC_MESSAGES" / "messages.po"
    assert path.is_file(), f"{path} is not there"
    with open(path, "rb") as file:
        return read_po(file, locale=request.param)


def placeholders(text: str) -> list[str]:
    return sorted(p for p in PLACEHOLDER.findall(text) if p != "%%")


def forms(text: str | tuple[str, ...]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def each(catalog: Catalog) -> Iterator[Any]:
    return (message for message in catalog if message.id)


def where(message: Any) -> str:
    return repr(message.id)


def test_much_is_said(said: Catalog) -> None:
    assert len(said) > 200
    assert said.get("People") is not None and said.get("Skip to content") is not None
    assert any(isinstance(message.id, tuple) for message in each(said))


def test_every_text_is_translated(said: Catalog, catalogue: Catalog) -> None:
    missing = []
    for message in each(said):
        found = catalogue.get(message.id, message.context)
        if found is None or found.fuzzy or not all(part.strip() for part in forms(found.string)):
            missing.append(where(message))
    assert not missing, f"{len(missing)} texts without a translation: {missing[:20]}"


def test_plurals_have_every_form(said: Catalog, catalogue: Catalog) -> None:
    for message in each(said):
        found = catalogue.get(message.id, message.context)
        if isinstance(message.id, tuple) and found is not None:
            assert len(forms(found.string)) == catalogue.num_plurals, where(message)


def test_placeholders_are_the_same(said: Catalog, catalogue: Catalog) -> None:
    wrong = []
    for message in each(said):
        found = catalogue.get(message.id, message.context)
        if found is None:
            continue
        asked = forms(message.id)
        for number, text in enumerate(forms(found.string)):
            # "One thing to fix" may leave its number out in either language.
            may = {tuple(placeholders(part)) for part in (asked if number == 0 else asked[-1:])}
            if text and tuple(placeholders(text)) not in may:
                wrong.append(f"{where(message)} -> {text!r}")
    assert wrong == []


def test_markup_is_the_same(said: Catalog, catalogue: Catalog) -> None:
    for message in each(said):
        found = catalogue.get(message.id, message.context)
        if found is not None and isinstance(message.id, str) and found.string:
            tags = re.findall(r"</?\w+", message.id)
            assert sorted(tags) == sorted(re.findall(r"</?\w+", str(found.string))), where(message)
            assert message.id[:1].isspace() == str(found.string)[:1].isspace(), where(message)
            assert message.id[-1:].isspace() == str(found.string)[-1:].isspace(), where(message)


def test_nothing_is_kept_that_nobody_says(said: Catalog, catalogue: Catalog) -> None:
    extra = [where(m) for m in each(catalogue) if said.get(m.id, m.context) is None]
    assert not extra, f"{len(extra)} texts that no page says any more: {extra[:20]}"


def test_the_catalogue_can_be_compiled(catalogue: Catalog) -> None:
    assert not catalogue.fuzzy, "its header is marked fuzzy: pybabel passes over it"
    for message in each(catalogue):
        assert not list(message.check(catalogue)), where(message)


def test_make_words_would_change_nothing() -> None:
    wanted = words.template()
    assert words.TEMPLATE.read_text(encoding="utf-8") == wanted, "run `make words`"
    for source in words.sources():
        assert source.read_text(encoding="utf-8") == words.brought_up_to_date(source, wanted), "run `make words`"
