"""make words: collects the texts of modules and templates for translators.

Writes portal/translations/messages.pot and brings each language's messages.po up to date: new texts come in without
a translation, texts that are gone leave. What is read stands in pyproject.toml. A second run changes nothing: no line
numbers, no dates, sorted.
"""

from __future__ import annotations

import io
import re
import tempfile
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.frontend import CommandLineInterface
from babel.messages.pofile import read_po, write_po

HOUSE = Path(__file__).resolve().parent.parent
FOLDER = HOUSE / "portal" / "translations"
TEMPLATE = FOLDER / "messages.pot"
HEAD = "# Every text of Hallway, collected by `make words`."
# lines of a header that name a day, a machine or nobody
CHURN = re.compile(
    r'^"(?:Report-Msgid-Bugs-To|POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Generated-By): '
    r'.*\n(?:"[^:"]*"\n)?',
    re.MULTILINE,
)


def template() -> str:
    """What messages.pot should say."""
    with tempfile.TemporaryDirectory(prefix="hallway-words-") as folder:
        target = Path(folder) / "messages.pot"
        CommandLineInterface().run(  # type: ignore[no-untyped-call]
            ["pybabel", "-q", "extract", "-F", str(HOUSE / "pyproject.toml"), "-k", "lazy", "--no-location",
             "--sort-output", "--project=Hallway", "--version=1", f"--header-comment={HEAD}", "-o", str(target),
             str(HOUSE)]
        )  # fmt: skip
        return CHURN.sub("", target.read_text(encoding="utf-8"))


def sources() -> list[Path]:
    """The messages.po of each language."""
    return sorted(FOLDER.glob("*/LC_MESSAGES/messages.po"))


def catalogue(source: Path) -> Catalog:
    """One language as it is written."""
    with source.open("rb") as file:
        return read_po(file, locale=source.parent.parent.name, abort_invalid=True)


def brought_up_to_date(source: Path, wanted: str) -> str:
    """What a messages.po should say for that template: the same texts, with the translations there are."""
    catalog = catalogue(source)
    catalog.update(read_po(io.StringIO(wanted)), no_fuzzy_matching=True)
    written = io.BytesIO()
    write_po(written, catalog, sort_output=True, ignore_obsolete=True)
    return CHURN.sub("", written.getvalue().decode("utf-8"))


def untranslated(source: Path) -> int:
    """How many texts wait for a translator."""
    return sum(
        message.fuzzy or not message.string or not all(message.string) for message in catalogue(source) if message.id
    )


def write(target: Path, text: str) -> None:
    """Only where something changed: what is newer than its .mo is compiled again."""
    if not target.exists() or target.read_text(encoding="utf-8") != text:
        target.write_text(text, encoding="utf-8")
        print(f"{target.relative_to(HOUSE)} changed")


def main() -> None:
    wanted = template()
    FOLDER.mkdir(exist_ok=True)
    write(TEMPLATE, wanted)
    for source in sources():
        write(source, brought_up_to_date(source, wanted))
        if missing := untranslated(source):
            print(f"{source.relative_to(HOUSE)}: {missing} without a translation")


if __name__ == "__main__":
    main()
