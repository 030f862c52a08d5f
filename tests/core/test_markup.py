"""Markdown to HTML that may stand on anybody's page."""

from __future__ import annotations

import re
import time

import lxml.html
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.core import markup
from portal.core.markup import MAX_LENGTH, plain, safe_html

ALLOWED = {"p", "br", "em", "strong", "del", "code", "pre", "blockquote", "ul", "ol", "li", "a"}


def check(html: str) -> None:
    """Only allowed tags, only links with attributes, only three schemes, nothing that runs."""
    readable = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", html)  # lxml takes no control characters
    root = lxml.html.fragment_fromstring(readable, create_parent="main")
    for element in root.iterdescendants():
        assert isinstance(element.tag, str) and element.tag in ALLOWED, html
        # words of a title and a language do nothing
        attributes = set(element.attrib) - {"title", "lang"}
        if element.tag != "a":
            assert not attributes, html
            continue
        assert attributes <= {"href", "rel"} and element.get("rel") == "nofollow noopener noreferrer", html
        # as a browser reads it: no control characters; with a space in it, it is no scheme
        href = re.sub(r"^[\x00-\x20]+|[\t\r\n]", "", element.get("href", ""))
        scheme = re.match(r"([a-z][a-z0-9+.-]*):", href, re.IGNORECASE)
        assert scheme is None or scheme.group(1).lower() in ("http", "https", "mailto"), html


ATTACKS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    "<img src=x onerror=alert(1)//",
    "<svg onload=alert(1)>",
    "<svg><script>alert&#40;1&#41;</script></svg>",
    "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
    "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data=javascript:alert(1)>",
    "<embed src=javascript:alert(1)>",
    "<base href=//evil.example/>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<style>*{display:none}</style>",
    "<p style='position:fixed;inset:0'>over it all</p>",
    "<form action=//evil.example><input name=password></form>",
    "<button formaction=javascript:alert(1)>x</button>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href='JaVaScRiPt:alert(1)'>x</a>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<a href='&#106;avascript:alert(1)'>x</a>",
    "<a href='&#x6A;avascript&colon;alert(1)'>x</a>",
    "<a href=' javascript:alert(1)'>x</a>",
    "<a href='\x01javascript:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='vbscript:msgbox(1)'>x</a>",
    "<a href='file:///etc/passwd'>x</a>",
    "<a href='https://ok.example' onclick='alert(1)' target=_blank style=x class=y id=z>x</a>",
    "[x](javascript:alert(1))",
    "[x](JAVASCRIPT:alert(1))",
    "[x](java\nscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:x)",
    "[x](<javascript:alert(1)>)",
    '[x](https://ok.example "onmouseover=alert(1)")',
    '[x](https://ok.example"onmouseover="alert(1))',
    "![x](javascript:alert(1))",
    "![x](https://evil.example/track.png)",
    '![x"onerror="alert(1)](x)',
    "<javascript:alert(1)>",
    '<https://ok.example/"onmouseover=alert(1)>',
    "[x][1]\n\n[1]: javascript:alert(1)",
    "[x]: javascript:alert(1)\n\n[x]",
    "`<script>alert(1)</script>`",
    "    <script>alert(1)</script>",
    "```\n<script>alert(1)</script>\n```",
    "```html onload=alert(1)\n<b>\n```",
    "> <script>alert(1)</script>",
    "- <img src=x onerror=alert(1)>",
    "# heading <script>alert(1)</script>",
    "| a | b |\n|---|---|\n| <script> | x |",
    "<!-- <script>alert(1)</script> -->",
    "<!--><script>alert(1)</script>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?php echo 1 ?>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<template><script>alert(1)</script></template>",
    "<details open ontoggle=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<p/onclick=alert(1)>x</p>",
    "<p\nonclick\n=\nalert(1)>x</p>",
    "<a/href='javascript:alert(1)'>x</a>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "</main><script>alert(1)</script>",
    "</p></div></body></html><script>alert(1)</script>",
    "*[x](javascript:alert(1))*",
    "~~<script>alert(1)</script>~~",
    "www.evil.example/<script>alert(1)</script>",
    "https://ok.example/<script>alert(1)</script>",
    'https://ok.example/"onmouseover="alert(1)',
    "mailto:a@example.org?body=<script>alert(1)</script>",
    "javascript:alert(1)",
    "STX\x02klzzwxh:0001\x03 placeholder",
    "\x02wzxhzdk:0\x03",
    "\x02amp\x03lt;script\x02amp\x03gt;",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_attacks_do_nothing(attack: str) -> None:
    for text in (attack, f"Hello {attack} there", f"{attack}\n\n{attack}", f"**{attack}**", "[" * 70 + attack):
        html = safe_html(text)
        check(html)
        for word in ("<script", "<img", "<svg", "<iframe", "<style", "<form"):
            assert word not in html.lower()


@given(
    st.lists(st.sampled_from([*ATTACKS, "\n", "\n\n", " ", "*", "`", "[", "]", "(", ")", "<", ">", "a"]), max_size=8)
)
@settings(max_examples=150)
def test_attacks_joined_at_random_do_nothing(parts: list[str]) -> None:
    check(safe_html("".join(parts)[:MAX_LENGTH]))


@given(st.text(max_size=300))
@settings(max_examples=150)
def test_any_text_becomes_safe_html(text: str) -> None:
    check(safe_html(text))


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("", ""),
        ("plain", "<p>plain</p>"),
        ("one\ntwo", "<p>one<br>\ntwo</p>"),
        ("one\n\ntwo", "<p>one</p>\n<p>two</p>"),
        ("**bold** and *soft*", "<p><strong>bold</strong> and <em>soft</em></p>"),
        ("~~gone~~", "<p><del>gone</del></p>"),
        ("`a < b`", "<p><code>a &lt; b</code></p>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("1. a\n2. b", "<ol>\n<li>a</li>\n<li>b</li>\n</ol>"),
        ("> so", "<blockquote>\n<p>so</p>\n</blockquote>"),
        ("# big", "big"),
        ("3 < 4 & 5", "<p>3 &lt; 4 &amp; 5</p>"),
        ("a ~ b", "<p>a ~ b</p>"),
    ],
)
def test_what_people_write(text: str, html: str) -> None:
    assert safe_html(text) == html


@pytest.mark.parametrize(
    ("text", "href"),
    [
        ("[x](https://ok.example/a?b=1&c=2)", "https://ok.example/a?b=1&c=2"),
        ("see https://ok.example/a now", "https://ok.example/a"),
        ("[x](http://ok.example)", "http://ok.example"),
        ("[x](mailto:a@example.org)", "mailto:a@example.org"),
    ],
)
def test_links_that_may_stay(text: str, href: str) -> None:
    html = safe_html(text)
    check(html)
    (link,) = lxml.html.fromstring(html).xpath("descendant-or-self::a")
    assert link.get("href") == href and link.get("rel") == "nofollow noopener noreferrer"


def test_words_in_any_script_stay() -> None:
    for words in ("مرحبا بالعالم", "山田 花子", "👩🏽‍🚀 über ÄÖÜ", "नमस्ते"):
        assert words in safe_html(words)


def test_too_long_is_refused() -> None:
    safe_html("x" * MAX_LENGTH)
    with pytest.raises(ValueError, match="too long"):
        safe_html("x" * (MAX_LENGTH + 1))


WORST = [
    *("[" * MAX_LENGTH, "(" * MAX_LENGTH, "![" * 2000, "[x](" * 1000, "[" * 60 + "(" * 240 + "x" * 3700),
    *("*" * MAX_LENGTH, "_a" * 2000, "`" * MAX_LENGTH, "~" * MAX_LENGTH, "> " * 2000, "- " * 2000),
    *("<" * MAX_LENGTH, "&" * MAX_LENGTH, "**a" * 1333, "<a" * 2000, "\n" * MAX_LENGTH, "a@" * 2000),
    *("www." * 1000, "http://" * 570, "[a]: x\n" * 50, " " * MAX_LENGTH, "1. " * 1300, "\\" * MAX_LENGTH),
]


@pytest.mark.parametrize("text", WORST, ids=lambda text: repr(text[:8]))
def test_the_worst_texts_take_a_bounded_time(text: str) -> None:
    """In processor time, so that a busy machine says nothing: two seconds is a hundred times what is usual."""
    begun = time.process_time()
    check(safe_html(text[:MAX_LENGTH]))
    assert time.process_time() - begun < 2


def test_many_brackets_are_plain_text_with_its_paragraphs() -> None:
    text = "[" * (markup._MAX_BRACKETS + 1) + "\nnext & <b>\n\nlast **x**"
    html = safe_html(text)
    check(html)
    assert html.startswith("<p>[[[") and "<br>next &amp; &lt;b&gt;</p><p>last **x**</p>" in html


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("You *found* **it** in `one` night.", "You found it in one night."),
        ("One\ntwo\n\nthree", "One\ntwo\n\nthree"),
        ("See:\n\n- a & b\n- <b>c</b>\n\nthen [it](https://x.example)", "See:\n\n- a & b\n- <b>c</b>\n\nthen it"),
        ("> said\n\n1. first\n2. second", "said\n\n- first\n- second"),
    ],
)
def test_words_without_marks(text: str, words: str) -> None:
    assert plain(safe_html(text)) == words
