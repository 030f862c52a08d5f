"""Markdown to safe HTML, rendered when it is written and stored, never on the way out."""

from __future__ import annotations

import html
import re

import markdown
import nh3

MAX_LENGTH = 4000
# Nested brackets take time that grows with the square of their number: more than these are plain text.
_MAX_BRACKETS = 60
_TAGS = {"p", "br", "em", "strong", "del", "code", "pre", "blockquote", "ul", "ol", "li", "a"}


def safe_html(text: str) -> str:
    """HTML that can stand on anybody's page: no scripts, pictures, styles or headings; links do not follow.

    text: at most `MAX_LENGTH` characters (`ValueError` above). Links open only http, https and mailto.
    """
    if len(text) > MAX_LENGTH:
        raise ValueError("text too long for Markdown")
    if text.count("[") > _MAX_BRACKETS or text.count("(") > _MAX_BRACKETS * 4:
        return _plain(text)
    try:
        writer = markdown.Markdown(
            extensions=["pymdownx.magiclink", "pymdownx.tilde", "nl2br", "sane_lists"],
            extension_configs={"pymdownx.tilde": {"subscript": False}},
            output_format="html",
        )
        # What looks like HTML is words: "List<String>" has to come out as it was written.
        writer.preprocessors.deregister("html_block")
        writer.inlinePatterns.deregister("html")
        rough = writer.convert(text)
    except RecursionError:  # lists in lists in lists
        return _plain(text)
    clean = nh3.clean(
        rough,
        tags=_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener noreferrer",
        url_relative="deny",
    )
    # What is left of a link that may not lead anywhere is its words.
    return re.sub(r'<a rel="[^"]*">(.*?)</a>', r"\1", clean, flags=re.DOTALL)


def _plain(text: str) -> str:
    """The text as it is, in its paragraphs."""
    paragraphs = html.escape(text).split("\n\n")
    return "".join(f"<p>{part.replace(chr(10), '<br>')}</p>" for part in paragraphs)
