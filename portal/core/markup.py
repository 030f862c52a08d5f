"""Markdown to safe HTML, rendered when it is written and stored, never on the way out."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from xml.etree.ElementTree import Element

import markdown
import nh3
from markdown.inlinepatterns import InlineProcessor
from markupsafe import Markup

MAX_LENGTH = 4000
_IN_A_LINE = 160  # characters
# Nested brackets take time that grows with the square of their number: more than these are plain text.
_MAX_BRACKETS = 60
_TAGS = {"p", "br", "em", "strong", "del", "code", "pre", "blockquote", "ul", "ol", "li", "a"}


# "@priya-raman": not in the middle of an address, and without the full stop of a sentence.
_MENTION = r"(?<![\w@./-])@([a-z0-9](?:[a-z0-9-]{0,98}[a-z0-9])?)(?![\w@-]|\.\w)"
_PROFILE = "/p/"


def mentioned(text: str) -> list[str]:
    """The handles that a text mentions, in order, each once."""
    return list(dict.fromkeys(re.findall(_MENTION, text)))


class _Mentions(InlineProcessor):
    """ "@priya-raman" -> a link with her name, for those whose names are given."""

    def __init__(self, people: Mapping[str, str]) -> None:
        super().__init__(_MENTION)
        self.people = people

    def handleMatch(  # type: ignore[override]  # noqa: N802
        self, m: re.Match[str], data: str
    ) -> tuple[Element | None, int | None, int | None]:
        name = self.people.get(m.group(1))
        if name is None:
            return None, None, None
        link = Element("a", href=f"{_PROFILE}{m.group(1)}")
        link.text = markdown.util.AtomicString(f"@{name}")  # a name is no Markdown
        return link, m.start(0), m.end(0)


def safe_html(text: str, people: Mapping[str, str] | None = None) -> str:
    """HTML that can stand on anybody's page: no scripts, pictures, styles or headings; links do not follow.

    text: at most `MAX_LENGTH` characters (`ValueError` above). Links open only http, https and mailto. people: handle
    -> name of whom the text mentions ("@handle"); those become links to their profiles, all others stay words.
    """
    if len(text) > MAX_LENGTH:
        raise ValueError("text too long for Markdown")
    if text.count("[") > _MAX_BRACKETS or text.count("(") > _MAX_BRACKETS * 4:
        return _plain(text)
    known = people or {}

    def allowed(tag: str, attribute: str, value: str) -> str | None:
        if attribute != "href":
            return value
        # The one way within the house is to somebody who is mentioned.
        inside = value.startswith("/") or ":" not in value
        return None if inside and value.removeprefix(_PROFILE) not in known else value

    try:
        writer = markdown.Markdown(
            extensions=["pymdownx.magiclink", "pymdownx.tilde", "nl2br", "sane_lists"],
            extension_configs={"pymdownx.tilde": {"subscript": False}},
            output_format="html",
        )
        # What looks like HTML is words: "List<String>" has to come out as it was written.
        writer.preprocessors.deregister("html_block")
        writer.inlinePatterns.deregister("html")
        if known:
            writer.inlinePatterns.register(_Mentions(known), "mention", 75)
        rough = writer.convert(text)
    except RecursionError:  # lists in lists in lists
        return _plain(text)
    clean = nh3.clean(
        rough,
        tags=_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener noreferrer",
        attribute_filter=allowed,
    )
    # What is left of a link that may not lead anywhere is its words.
    return re.sub(r'<a rel="[^"]*">(.*?)</a>', r"\1", clean, flags=re.DOTALL)


def in_mail(clean: str, home: str) -> Markup:
    """What `safe_html` made, for a mail: links within the house begin with `home` ("https://…/"), and no stylesheet
    is asked."""
    away = clean.replace('<a href="/', f'<a href="{html.escape(home)}')
    return Markup(away.replace("<p>", '<p style="margin:0 0 8px">'))  # noqa: S704 - cleaned when it was written


def plain(clean: str) -> str:
    """What `safe_html` made, as words without marks: for a line, and for where no HTML is read."""
    lined = re.sub(r"<br>\n?|<li>", lambda found: "\n" if found[0].startswith("<br") else "- ", clean)
    lined = re.sub(r"</(?:p|ul|ol|pre|blockquote)>\n?", "\n\n", lined)
    words = html.unescape(re.sub(r"<[^>]*>", "", lined))
    return re.sub(r"\n{3,}", "\n\n", words).strip()


def in_a_line(text: str) -> str:
    """The beginning of a text, in one line; cut between words."""
    line = " ".join(text.split())
    return line if len(line) <= _IN_A_LINE else line[: _IN_A_LINE - 1].rsplit(" ", 1)[0] + "…"


def _plain(text: str) -> str:
    """The text as it is, in its paragraphs."""
    paragraphs = html.escape(text).split("\n\n")
    return "".join(f"<p>{part.replace(chr(10), '<br>')}</p>" for part in paragraphs)
