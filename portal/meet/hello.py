"""Saying hello: words that follow from the reasons, and the way that the other wants to be reached."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import quote, urlsplit

from flask_babel import gettext

from portal.core import clock
from portal.core.i18n import long_day

from .news import News
from .reasons import Reason

_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
# Hosts of chats, and by which parameter the words go along where that is possible.
CHATS = {
    "slack.com": "", "teams.microsoft.com": "message", "chat.google.com": "", "matrix.to": "", "signal.me": "",
    "t.me": "text", "wa.me": "text", "webex.com": "", "zoom.us": "", "discord.com": "", "threema.id": "text",
}  # fmt: skip
_WORDS_FOR_A_CHAT = re.compile(r"chat|slack|teams|mattermost|matrix|signal|threema|webex|discord", re.IGNORECASE)

Know = Literal["no", "well", "silent"]  # do I know them, and have we not talked for a while?
FOR_STRANGERS = ("manager", "team", "new", "department")  # their words say that the two hardly know each other


@dataclass(frozen=True)
class Way:
    """Where a hello can be said. kind: mail or chat; url: with the words, where they go along; before: the same up to
    the words, "" where they do not."""

    kind: str
    label: str
    url: str
    before: str = ""


def words(
    name: str, me: str, reasons: Sequence[Reason], *, news: News | None = None, by: str = "", know: Know = "no"
) -> str:
    """A short hello to that first name, to be changed by whoever sends it. by: who brought the two together; news: of
    somebody one has not heard from."""
    if by:
        first = gettext("%(name)s brought us together", name=by)
    elif news is not None:
        first = _heard(news)
    elif know == "silent":
        first = gettext("we have not talked for a while")
    elif fit := [one for one in reasons if know == "no" or one.kind not in FOR_STRANGERS]:
        first = _said(fit[0])
    else:
        first = gettext("I thought of you") if know == "well" else gettext("I would like to get to know you")
    hello = gettext("Hi %(name)s, %(reason)s.", name=name, reason=first)
    return f"{hello} {gettext('15 minutes this week?')}\n{me}"


def _heard(news: News) -> str:
    if news.kind == "ask":
        return gettext("I saw your question “%(question)s” and thought of you", question=news.words.rstrip("."))
    if news.kind == "kudos":
        return gettext("I read what you were thanked for, and was glad")
    return gettext("I read your new intro, and we have not talked for a while")


def _said(reason: Reason) -> str:
    name = reason.name
    return {
        "manager": lambda: gettext("my manager thought that we two should meet"),
        "ask": lambda: gettext("I am learning about %(topic)s, and you know it: I have a question", topic=name),
        "offer": lambda: gettext("I saw that you are learning about %(topic)s, and I may be of help", topic=name),
        "team": lambda: gettext("we are both in %(team)s, and I would like to know whom I work with", team=name),
        "goal": lambda: gettext("we both work towards “%(goal)s”, and I wonder how you see it", goal=name),
        "both": lambda: gettext("we both know about %(topic)s, and I would like to compare notes", topic=name),
        "work": lambda: gettext("we both work on something about “%(word)s” and could compare notes", word=name),
        "new": lambda: gettext("welcome: you are new here, and I would like to hear what you see"),
        "department": lambda: gettext("we are both in %(department)s and hardly know each other", department=name),
        "elsewhere": lambda: gettext("I would like to hear how things look from %(department)s", department=name),
    }[reason.kind]()


def coffee_words(name: str, me: str, times: Sequence[tuple[str, str]]) -> str:
    """The same with a few times: (how I say it, how they say it, "" where that is the same)."""
    lines = [
        gettext("%(mine)s for me, %(theirs)s for you", mine=mine, theirs=theirs) if theirs else mine
        for mine, theirs in times
    ]
    hello = gettext("Hi %(name)s, shall we have a coffee, or a call with one? I could:", name=name)
    return "\n".join([hello, *(f"- {line}" for line in lines), gettext("Does one of these suit you?"), me])


def said_times(at: datetime, mine: str | None, theirs: str | None) -> tuple[str, str]:
    """That moment in both zones, with the other's day where it is another one; "" for them where it is the same."""
    here, there = at.astimezone(clock.zone(mine)), at.astimezone(clock.zone(theirs or mine))
    said = f"{long_day(here.date())}, {here:%H:%M}"
    if here.replace(tzinfo=None) == there.replace(tzinfo=None):
        return said, ""
    return said, f"{there:%H:%M}" if here.date() == there.date() else f"{long_day(there.date())}, {there:%H:%M}"


def ways(reach_me_by: str, links: Sequence[Mapping[str, str]], text: str) -> list[Way]:
    """What of how somebody wants to be reached can be opened: an address they named, and links to chats."""
    found = []
    subject = quote(gettext("Hello"))
    for address in dict.fromkeys(_ADDRESS.findall(reach_me_by)):
        before = f"mailto:{quote(address, safe='@')}?subject={subject}&body="
        found.append(Way("mail", address, before + quote(text), before))
    for link in links:
        host = urlsplit(link["url"]).hostname or ""
        chat = next((one for one in CHATS if host == one or host.endswith(f".{one}")), None)
        if chat is None and not _WORDS_FOR_A_CHAT.search(link["label"]):
            continue
        parameter = CHATS.get(chat or "", "")
        before = f"{link['url']}{'&' if '?' in link['url'] else '?'}{parameter}=" if parameter else ""
        found.append(Way("chat", link["label"], before + quote(text) if before else link["url"], before))
    return found
