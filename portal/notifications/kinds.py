"""The kinds of notices: what each is called, how it may be had, and what it says. The one table of them.

Pure: words are made of `Facts`, which hold only what the reader may see.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask_babel import gettext

from portal.core.i18n import day
from portal.core.i18n import lazy as _

WAY_WORDS = {
    "mail": _("Mail at once"),
    "digest": _("Weekly digest"),
    "here": _("Only here"),
    "off": _("Off"),
}


@dataclass(frozen=True)
class Facts:
    """What a notice speaks of, as its reader may know it.

    by: the names of whoever did it, "" for somebody they may not know of; more: others did so as well; to_team: the
    team that was thanked as such; team: whose meeting it is; topic: what it is about; is_mine: the reader gave these
    thanks, or this promise; until: the last day of a pause, or the day of a promise; what: the words of an ask or a
    promise.
    """

    by: tuple[str, ...] = ()
    more: bool = False
    to_team: str = ""
    team: str = ""
    topic: str = ""
    is_mine: bool = False
    until: date | None = None
    what: str = ""

    @property
    def name(self) -> str:
        return self.by[0] if self.by else gettext("Somebody")


def in_a_row(names: tuple[str, ...], more: bool = False) -> str:
    """ "Hana, Ben and Leila"; with `more` "Hana, Ben and others"."""
    if not names:
        return gettext("Somebody")
    if more:
        return gettext("%(names)s and others", names=", ".join(names))
    if len(names) == 1:
        return names[0]
    return gettext("%(names)s and %(last)s", names=", ".join(names[:-1]), last=names[-1])


def thanked(giver: str, receivers: tuple[str, ...], more: bool = False) -> str:
    """ "Hana thanked Ben and Leila", of other people's thanks."""
    name = giver or gettext("A former colleague")
    return gettext("%(name)s thanked %(team)s", name=name, team=in_a_row(receivers, more))


def _kudos(facts: Facts) -> str:
    if facts.to_team:
        return gettext("%(name)s thanked %(team)s", name=facts.name, team=facts.to_team)
    return gettext("%(name)s thanked you", name=facts.name)


def _mention(facts: Facts) -> str:
    return gettext("%(name)s named you in thanks to somebody else", name=facts.name)


def _cheer(facts: Facts) -> str:
    return gettext("%(names)s cheered", names=in_a_row(facts.by, facts.more))


def _screen_ask(facts: Facts) -> str:
    return gettext("May this be shown in the meeting of %(team)s?", team=facts.team)


def _screen_shared(facts: Facts) -> str:
    return gettext("The thanks that the meeting of %(team)s showed", team=facts.team)


def _hidden(facts: Facts) -> str:
    if facts.is_mine:
        return gettext("A moderator took your thanks off the pages. Only you see them now.")
    return gettext("A moderator took thanks that were for you off the pages")


def _restored(facts: Facts) -> str:
    if facts.is_mine:
        return gettext("A moderator looked again: your thanks stand where they stood")
    return gettext("A moderator looked again: thanks for you stand where they stood")


def _paused(facts: Facts) -> str:
    on = day(facts.until) if facts.until else ""
    return gettext("A moderator asked you to pause thanking until %(day)s", day=on)


def _topic_named(facts: Facts) -> str:
    return gettext("%(name)s thinks you know about %(topic)s", name=facts.name, topic=facts.topic)


def _vouched(facts: Facts) -> str:
    return gettext("%(name)s vouches for you: %(topic)s", name=facts.name, topic=facts.topic)


def _asked(facts: Facts) -> str:
    return gettext("%(name)s asks: %(what)s", name=facts.name, what=facts.what)


def _helper_named(facts: Facts) -> str:
    return gettext("%(name)s thinks you can help: %(what)s", name=facts.name, what=facts.what)


def _answered(facts: Facts) -> str:
    return gettext("%(names)s wrote about: %(what)s", names=in_a_row(facts.by, facts.more), what=facts.what)


def _promised(facts: Facts) -> str:
    return gettext("%(name)s promised you: %(what)s", name=facts.name, what=facts.what)


def _moved(facts: Facts) -> str:
    on = day(facts.until) if facts.until else ""
    return gettext("%(name)s would rather have %(day)s: %(what)s", name=facts.name, day=on, what=facts.what)


def _kept(facts: Facts) -> str:
    return gettext("It is done: %(what)s", what=facts.what)


def _off(facts: Facts) -> str:
    return gettext("Called off: %(what)s", what=facts.what)


def _reminded(facts: Facts) -> str:
    on = day(facts.until) if facts.until else ""
    if facts.is_mine:
        return gettext("You promised %(name)s, by %(day)s: %(what)s", name=facts.name, day=on, what=facts.what)
    return gettext("%(name)s promised you, by %(day)s: %(what)s", name=facts.name, day=on, what=facts.what)


def _useful(facts: Facts) -> str:
    return gettext("Your answer was useful: %(what)s", what=facts.what)


def _introduction(facts: Facts) -> str:
    return gettext("%(name)s would like to bring you together with %(other)s", name=facts.name, other=facts.what)


def _introduced(facts: Facts) -> str:
    if facts.is_mine:
        return gettext("You and %(other)s: both said yes, as %(name)s thought", other=facts.what, name=facts.name)
    return gettext("%(name)s brought you together with %(other)s: both said yes", name=facts.name, other=facts.what)


def _manager_ask(facts: Facts) -> str:
    return gettext("%(name)s asks you whom to meet", name=facts.name)


def _manager_named(facts: Facts) -> str:
    return gettext("%(name)s thinks you should meet %(other)s", name=facts.name, other=facts.what)


def _manager_quiet(_facts: Facts) -> str:
    return gettext("Nobody was named this time. It says nothing about you, and you can ask again in a while.")


@dataclass(frozen=True)
class Kind:
    """A kind of notice.

    about: what `Notice.subject_id` is the id of: "kudos", "hidden" (a kudos, seen or not), "screen", "ask" (a
    kudos, and the screen as occasion), "topic" (and whoever did it as occasion), "question" (an ask), "promise",
    "introduction", "manager_ask", "pause" (the person's own), or "" where no notice is written. ways: how it may be
    had, the first one unless somebody chose. words: the line itself. wish: whose choice holds for it ("" is its own).
    act: the words of the link in a mail. waits: its mail keeps to the quiet hours (the digest comes at an hour that
    was chosen). icon: beside it.
    """

    code: str
    about: str
    name: Any
    ways: tuple[str, ...] = ("mail",)
    words: Callable[[Facts], str] = field(default=lambda _facts: "")
    hint: Any = ""
    wish: str = ""
    act: Any = ""
    waits: bool = True
    icon: str = "heart"

    @property
    def chosen_by(self) -> str:
        """The code under which its way is kept."""
        return self.wish or self.code

    @property
    def mailed_as(self) -> str:
        """The way that brings its mail: the digest is a kind of its own."""
        return "digest" if self.code == "digest" else "mail"


_READ = _("Read it")
_TABLE = (
    Kind("kudos", "kudos", _("Somebody thanks you"), ("mail", "digest", "here"), _kudos, act=_READ),
    Kind("mention", "kudos", _("Somebody names you in thanks"), ("digest", "mail", "here", "off"), _mention,
         act=_READ, icon="at-sign"),
    Kind("cheer", "kudos", _("Colleagues cheer"), ("digest", "mail", "here", "off"), _cheer,
         hint=_("For thanks that you gave, or that are for you"), act=_READ, icon="party-popper"),
    Kind("screen_ask", "ask", _("May thanks for you be shown in a meeting?"), ("mail", "here"), _screen_ask,
         act=_("Answer"), icon="monitor-play"),
    Kind("screen_shared", "screen", _("What a meeting showed"), ("mail", "here", "off"), _screen_shared,
         hint=_("When you were there"), act=_READ, icon="monitor-play"),
    Kind("topic_named", "topic", _("Somebody thinks you know about a topic"), ("mail", "digest", "here", "off"),
         _topic_named, hint=_("You choose whether to be asked about it"), act=_("Answer"), icon="hash"),
    Kind("vouched", "topic", _("Somebody vouches for you"), ("digest", "mail", "here", "off"), _vouched,
         hint=_("For something that you can be asked about"), act=_READ, icon="badge-check"),
    Kind("asked", "question", _("A colleague asks you for help"), ("mail", "here"), _asked,
         hint=_("Twice a week at most, or less if you like"), act=_("Look"), icon="hand-helping"),
    Kind("helper_named", "question", _("A colleague asks you for help"), ("mail", "here"), _helper_named,
         wish="asked", act=_("Look"), icon="hand-helping"),
    Kind("answered", "question", _("Somebody writes under your question, or after you under one"),
         ("mail", "digest", "here", "off"), _answered, act=_READ, icon="message-circle"),
    Kind("useful", "question", _("Your answer was useful"), ("digest", "mail", "here", "off"), _useful,
         hint=_("You choose whether it may be found"), act=_("Answer"), icon="check"),
    Kind("promised", "promise", _("Promises to you and by you"), ("mail", "here", "off"), _promised, act=_("Look"),
         icon="handshake"),
    Kind("promise_move", "promise", _("Promises to you and by you"), ("mail", "here", "off"), _moved, wish="promised",
         act=_("Answer"), icon="calendar"),
    Kind("promise_kept", "promise", _("Promises to you and by you"), ("mail", "here", "off"), _kept, wish="promised",
         act=_("Look"), icon="handshake"),
    Kind("promise_off", "promise", _("Promises to you and by you"), ("mail", "here", "off"), _off, wish="promised",
         act=_("Look"), icon="handshake"),
    Kind("promise_before", "promise", _("A promise is due"), ("mail", "here", "off"), _reminded,
         hint=_("The working day before, and on the day"), act=_("Look"), icon="handshake"),
    Kind("promise_day", "promise", _("A promise is due"), ("mail", "here", "off"), _reminded, wish="promise_before",
         act=_("Look"), icon="handshake"),
    Kind("introduction", "introduction", _("Somebody brings you together with a colleague"), ("mail", "here", "off"),
         _introduction, hint=_("Three at a time at most; a no is told to nobody"), act=_("Answer"), icon="users"),
    Kind("introduced", "introduction", _("Somebody brings you together with a colleague"), ("mail", "here", "off"),
         _introduced, wish="introduction", act=_("Say hello"), icon="message-circle"),
    Kind("manager_ask", "manager_ask", _("Asking a manager whom to meet"), ("mail", "here", "off"), _manager_ask,
         hint=_("When somebody asks you, and what comes of your own ask"), act=_("Answer"), icon="users"),
    Kind("manager_named", "manager_ask", _("Asking a manager whom to meet"), ("mail", "here", "off"), _manager_named,
         wish="manager_ask", act=_("Look"), icon="users"),
    Kind("manager_quiet", "manager_ask", _("Asking a manager whom to meet"), ("mail", "here", "off"), _manager_quiet,
         wish="manager_ask", act=_("Look"), icon="users"),
    Kind("hidden", "hidden", _("What moderators decide"), ("mail", "here"), _hidden,
         hint=_("About thanks that you gave, or that are for you"), act=_("See your notices"), icon="eye-off"),
    Kind("restored", "hidden", _("What moderators decide"), ("mail", "here"), _restored, wish="hidden", act=_READ,
         icon="eye"),
    Kind("paused", "pause", _("What moderators decide"), ("mail", "here"), _paused, wish="hidden",
         act=_("See your notices"), icon="pause"),
    Kind("intro_nudge", "", _("Your lead would like your intro"), ("mail", "off"),
         hint=_("Home says so as well, as long as it is not there")),
    Kind("still_right", "", _("Is your intro still right?"), ("mail", "off"),
         hint=_("Once in half a year; home asks as well")),
    Kind("digest", "", _("Weekly digest"), ("digest", "off"),
         hint=_("What happened around you. An empty one is not sent."), waits=False),
)  # fmt: skip
KINDS: dict[str, Kind] = {kind.code: kind for kind in _TABLE}
CHOICES = tuple(kind for kind in _TABLE if not kind.wish)  # what stands on the page of preferences
ABOUT_KUDOS = tuple(kind.code for kind in _TABLE if kind.about in ("kudos", "hidden", "ask"))


def of(about: str) -> list[str]:
    """The codes of the kinds about that."""
    return [kind.code for kind in _TABLE if kind.about == about]
