"""Every route is answered for: who gets what from it. A new route has to be entered here."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import time, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.accounts.models import WayIn
from portal.core import clock, links
from portal.core.db import db, unit_of_work
from portal.goals import services as goals
from portal.help import offers, promises
from portal.help import services as help_services
from portal.help.models import HelpAsked
from portal.help.queries import token_of
from portal.introductions import managers
from portal.introductions import services as introductions
from portal.invitations.models import Invitation
from portal.kudos import meetings, values
from portal.notifications import mails
from portal.people import services as people
from portal.people.models import Person
from portal.people.photos import Pictures
from portal.teams import queries as teams_queries
from portal.teams import services as teams
from portal.teams.pasted import Invited
from portal.teams.services import KickOff
from portal.topics import services as topics
from tests.client import Client
from tests.conftest import built
from tests.makers import Make

pytestmark = pytest.mark.both_databases

# Who walks: `guest` is in the team "Elm", `stranger` is a guest of another team; `lead` leads Elm.
WHO = ("nobody", "guest", "stranger", "member", "lead", "admin")
DOOR = "door"  # 303 to the sign-in page
Answers = tuple[Any, ...]  # one for each of WHO


def all_get(status: int) -> Answers:
    return (status,) * 6


def signed_in(status: Any) -> Answers:
    return (DOOR, *(status,) * 5)


def colleagues(status: Any) -> Answers:
    """Not there for guests."""
    return (DOOR, 404, 404, status, status, status)


def in_sight(status: Any) -> Answers:
    """Not there for guests of other teams."""
    return (DOOR, status, 404, status, status, status)


def leads(status: Any) -> Answers:
    """For the lead of Elm and the admins."""
    return (DOOR, 404, 404, 404, status, status)


def admins(status: Any) -> Answers:
    return (DOOR, 404, 404, 404, 404, status)


def in_elm(status: Any, guest: Any = 404) -> Answers:
    """For the people of Elm alone, whoever else is an admin."""
    return (DOOR, guest, 404, 404, status, 404)


PAGE = signed_in(200)
# What each answers to a GET. {handle} is a member who shares no team with the guests; {slug} is Elm.
GETS: dict[str, Answers] = {
    "accounts.password": PAGE,
    "accounts.reset": all_get(200),
    "accounts.reset_password": all_get(200),
    "accounts.sessions": PAGE,
    "accounts.sign_in": (200, 303, 303, 303, 303, 303),
    "admin.check_import": admins(404),  # no list was sent in
    "admin.export_people": admins(200),
    "admin.imports": admins(200),
    "admin.index": admins(200),
    "admin.code_sheet": admins(200),
    "admin.codes": admins(200),
    "admin.erase": admins(200),
    "admin.erasures": admins(200),
    "admin.contacts": admins(200),
    "admin.evidence": admins(200),
    "admin.log": admins(200),
    "admin.log_csv": admins(200),
    "admin.merge": admins(200),
    "admin.people": admins(200),
    "admin.person": admins(200),
    "admin.reports": admins(200),
    "admin.retention": admins(200),
    "admin.invite": admins(200),
    "admin.outbox": admins(200),
    "admin.staff_import": admins(404),
    "admin.start": admins(200),
    "admin.moderation": admins(200),  # and moderators: tests/admin/test_moderation.py
    "admin.pause": admins(404),  # nothing is reported
    "admin.topic": admins(200),  # and moderators: tests/topics/test_curating.py
    "admin.topics": admins(200),
    "admin.value": admins(200),
    "admin.values": admins(200),
    "finding.find": PAGE,
    "finding.suggest": PAGE,
    "goals.edit": admins(200),
    "goals.goal": colleagues(200),
    "goals.goals": colleagues(200),
    "goals.new": admins(200),
    "home.about_data": PAGE,
    "home.erase": PAGE,
    "home.feed": PAGE,
    "home.brand": all_get(200),
    "home.logo": all_get(404),  # until there is one
    "home.guide": PAGE,
    "home.home": PAGE,
    "home.me": PAGE,
    "home.menu": PAGE,
    "home.my_export": PAGE,
    "home.settings": all_get(200),
    "home.styleguide": all_get(404),  # in a demo and in development alone
    "home.thanks": PAGE,
    "infomercials.ask": PAGE,
    "infomercials.begin": signed_in(303),
    "infomercials.facts": PAGE,
    "infomercials.photo": PAGE,
    "infomercials.preview": PAGE,
    "infomercials.work": PAGE,
    "invitations.welcome": all_get(200),
    "kudos.add_live": in_elm(303, 303),
    "kudos.asked": PAGE,
    "kudos.complete": PAGE,
    "kudos.edit": signed_in(404),  # whoever gave it
    "kudos.meeting": in_elm(200, 200),
    "introductions.ask_manager": colleagues(200),
    "introductions.index": PAGE,
    "introductions.name_people": signed_in(404),  # somebody else was asked
    "introductions.new": PAGE,
    "kudos.more": (DOOR, 204, 200, 200, 204, 200),  # whoever may not see it (any more) loads anew, and finds nothing
    "kudos.new": PAGE,
    "kudos.newer": signed_in(400),  # since when?
    "kudos.one": colleagues(200),
    "kudos.report": colleagues(200),
    "kudos.screen": in_elm(200, 303),  # a guest hosts nothing, and goes on to the one that is running
    "kudos.send_round": in_elm(200),
    "kudos.shown": signed_in(404),  # it was not sent round
    "kudos.stage": in_elm(200, 200),
    "kudos.take_back": signed_in(404),
    "kudos.wall": PAGE,
    "kudos.watch": all_get(200),
    "kudos.watch_more": all_get(204),
    "kudos.yours": PAGE,
    "kudos.yours_csv": PAGE,
    "meet.colleagues": colleagues(200),
    "meet.about_measures": PAGE,
    "meet.coffee": colleagues(200),
    "meet.coffee_ics": colleagues(404),  # no time is chosen
    "meet.hello": colleagues(200),
    "meet.how": PAGE,
    "meet.meet": colleagues(200),
    "meet.network": PAGE,
    "meet.settings": colleagues(200),
    "moderation.block": colleagues(200),  # of that member; guests block people they may see
    "moderation.kept_apart": PAGE,
    "moderation.wrong": colleagues(200),
    "notifications.notices": PAGE,
    "notifications.preferences": PAGE,
    "notifications.unsubscribe": all_get(200),
    "people.away": PAGE,
    "people.details": PAGE,
    "people.directory": PAGE,
    "people.me": signed_in(303),
    "people.person": colleagues(200),
    "people.photo": colleagues(200),  # of that member; guests have those of people they may see
    "reel.start": in_sight(200),
    "reel.sheet": in_sight(200),
    "reel.sheet_pdf": in_sight(200),
    "reel.slide": in_sight(200),
    "teams.close": leads(200),
    "teams.invite": (DOOR, 404, 404, 404, 200, 200),
    "teams.join": all_get(200),
    "teams.kickoff_ics": in_sight(200),
    "teams.new": colleagues(200),
    "teams.settings": leads(200),
    "teams.team": in_sight(200),
    "teams.teams": PAGE,
    "ties.elsewhere": PAGE,
    "topics.claim": signed_in(404),  # they claim another
    **dict.fromkeys(
        ("help.index", "help.limit", "help.new", "help.new_offer", "help.new_promise", "help.promise_list"), PAGE
    ),
    **dict.fromkeys(("help.ask", "help.name", "help.offer", "help.promise"), colleagues(200)),
    **dict.fromkeys(("help.edit", "help.edit_offer", "help.promise_page", "help.take_back"), signed_in(404)),
    "help.answer_no": all_get(200),
    "help.answer_yes": all_get(200),
    "topics.complete": PAGE,
    "topics.evidence": PAGE,
    "topics.mine": PAGE,
    "topics.someone": PAGE,
    "topics.topic": colleagues(200),  # of somebody who shares no team with the guests
    "topics.topics": PAGE,
    "topics.vouch": colleagues(200),
    "web.favicon": all_get(200),
    "web.healthz": all_get(200),
    "web.readyz": all_get(200),
    "web.static": all_get(200),
}
# What each answers to a POST with a good CSRF token and nothing else in it.
POSTS: dict[str, Answers] = {
    "accounts.end_sessions": signed_in(303),
    "accounts.password": signed_in(422),
    "accounts.reset": all_get(200),  # no mail is set up here
    "accounts.reset_password": all_get(422),
    "accounts.sign_in": all_get(422),
    "accounts.sign_out": signed_in(DOOR),
    "admin.codes": admins(422),  # nobody was chosen
    "admin.erase": admins(422),  # without the tick
    "admin.contacts": admins(303),
    "admin.send_contacts": admins(422),  # no file
    "admin.evidence": admins(303),
    "admin.merge": admins(422),
    "admin.person": admins(404),  # no button was pressed
    "admin.retention": admins(303),  # what was not sent stays
    "admin.settle_report": admins(404),
    "admin.undo_merge": admins(404),
    "admin.withdraw_code": admins(303),  # it is gone already
    "admin.drop_import": admins(404),
    "admin.import_back": admins(404),
    "admin.import_left": admins(404),
    "admin.imports": admins(422),  # no file
    "admin.run_import": admins(404),
    "admin.staff_import": admins(404),
    "admin.domains": admins(303),  # an empty list is one
    "admin.invite": admins(200),  # nobody is chosen
    "admin.organization": admins(422),
    "admin.send_again": admins(303),
    "admin.skip": admins(303),
    "admin.test_backup": admins(303),
    "admin.test_mail": admins(303),
    "admin.bring_value_back": admins(303),
    "admin.decide": admins(404),
    "admin.end_pause": admins(303),  # they are not paused
    "admin.pause": admins(404),
    "admin.move_value": admins(400),  # no button was pressed
    "admin.retire_value": admins(303),
    "admin.merge_topic": admins(422),
    "admin.retire_topic": admins(303),
    "admin.topic": admins(422),
    "admin.topic_names": admins(422),
    "admin.undo_topic_merge": admins(404),
    "admin.value": admins(303),  # what was not sent stays
    "admin.values": admins(422),
    "goals.close": admins(303),
    "goals.edit": admins(303),  # as with details: what was not sent stays
    "goals.new": admins(422),
    "goals.reopen": admins(303),
    "home.set_keys": all_get(400),
    "home.erase": signed_in(303),
    "home.set_language": all_get(400),
    "home.set_theme": all_get(400),
    "home.thanks": signed_in(303),  # what was not sent stays
    "infomercials.ask": signed_in(303),
    "infomercials.confirm": signed_in(303),
    "infomercials.discard": signed_in(303),
    "infomercials.facts": signed_in(303),  # a step saves what there is
    "infomercials.photo": signed_in(422),
    "infomercials.preview": signed_in(422),
    "infomercials.withdraw": signed_in(303),
    "infomercials.work": signed_in(303),
    "invitations.again": leads(303),
    "invitations.welcome": (422, 409, 409, 409, 409, 409),  # somebody else is signed in
    "invitations.withdraw": leads(303),
    "introductions.ask_manager": colleagues(422),  # nobody has a manager
    "introductions.known": signed_in(404),  # they are not asked
    "introductions.name_people": signed_in(404),
    "introductions.new": signed_in(422),
    "introductions.no": signed_in(404),
    "introductions.pass_on": signed_in(404),
    "introductions.take_back": signed_in(404),
    "introductions.take_back_ask": signed_in(404),
    "introductions.yes": signed_in(404),
    "kudos.answer": signed_in(404),  # nobody was asked
    "kudos.cheer": signed_in(400),  # with what?
    "kudos.edit": signed_in(404),
    "kudos.end_screen": in_elm(303),
    "kudos.here": in_elm(303, 303),
    "kudos.hints": signed_in(200),
    "kudos.new": signed_in(422),
    "kudos.place": signed_in(404),  # it is for somebody else
    "kudos.post": signed_in(422),
    "kudos.report": colleagues(422),  # without a word
    "kudos.screen": in_elm(303, 303),
    "kudos.send_round": in_elm(422),  # nothing was shown
    "kudos.step": signed_in(404),  # the meeting is over by then
    "kudos.take_back": signed_in(404),
    "kudos.undo": signed_in(404),
    "meet.colleagues": colleagues(303),  # nobody
    "meet.coffee": colleagues(422),  # no time is chosen
    "meet.hello": colleagues(422),  # no words
    "meet.met_answer": colleagues(400),  # yes, no?
    "meet.not_now": colleagues(303),
    "meet.settings": colleagues(303),  # nothing ticked: everything is off
    "meet.undo_met": signed_in(404),  # nothing was said
    "meet.undo_not_now": colleagues(303),
    "meet.undo_wrote": colleagues(303),
    "meet.wrote": signed_in(404),  # what?
    "moderation.block": colleagues(303),
    "moderation.never": colleagues(303),
    "moderation.settle": signed_in(404),  # none was sent to them
    "moderation.undo_apart": signed_in(303),  # it is gone already
    "moderation.wrong": colleagues(422),
    "notifications.preferences": signed_in(422),
    "notifications.read": signed_in(404),  # it is somebody else's
    "notifications.read_all": signed_in(303),
    "notifications.unsubscribe": all_get(200),
    "people.away": signed_in(422),
    "people.details": signed_in(303),  # a field that was not sent stays as it was
    "reel.nudge": (DOOR, 404, 404, 404, 303, 404),
    "reel.quiet": (DOOR, 303, 404, 404, 303, 404),
    "reel.seen": in_sight(303),
    "teams.answer_buddy": signed_in(404),  # nobody was named
    "teams.buddy": signed_in(404),
    "teams.close": leads(303),
    "teams.invite": (DOOR, 404, 404, 404, 422, 422),
    "teams.join": (422, 422, 422, 303, 303, 303),  # guests are added by the lead
    "teams.keep": (DOOR, 303, 404, 404, 303, 404),
    "teams.leave": (DOOR, 303, 404, 404, 303, 404),
    "teams.link": (DOOR, 404, 404, 303, 303, 303),  # a member (who has just joined) is told whose it is to do
    "teams.member": leads(404),
    "teams.new": colleagues(422),
    "teams.reopen": leads(303),
    "teams.settings": leads(303),
    "teams.take_lead": (DOOR, 404, 404, 404, 303, 404),
    "teams.was_there": (DOOR, 303, 404, 404, 303, 404),
    "ties.elsewhere": signed_in(303),
    "ties.known": colleagues(303),
    "ties.talked": colleagues(303),
    "ties.undo_known": colleagues(303),
    "ties.undo_talked": colleagues(303),
    "topics.claim": signed_in(404),
    "topics.confirm": signed_in(303),
    "topics.hide_items": signed_in(303),
    "help.answer_no": all_get(200),
    "help.answer_yes": all_get(200),
    **dict.fromkeys(("help.new", "help.new_offer", "help.new_promise"), signed_in(422)),
    **dict.fromkeys(("help.name", "help.write"), colleagues(422)),
    "help.limit": signed_in(303),  # what was not sent stays
    "help.promise": colleagues(303),  # as it is proposed
    **dict.fromkeys(  # for whoever asks, whoever was asked, whose offer it is, the two of a promise
        (
            "help.agree",
            "help.call_off",
            "help.close",
            "help.edit",
            "help.edit_offer",
            "help.keep_day",
            "help.let_be_found",
            "help.move_promise",
            "help.no",
            "help.open_again",
            "help.outcome",
            "help.promise_done",
            "help.promise_not_done",
            "help.set_offer",
            "help.settle_thanks",
            "help.take_back",
            "help.take_post_back",
            "help.undo",
            "help.useful",
        ),
        signed_in(404),
    ),
    "topics.hours": signed_in(303),  # what was not sent stays
    "topics.know_who": colleagues(422),
    "topics.list_for": colleagues(303),
    "topics.mine": signed_in(422),
    "topics.not_me": colleagues(303),
    "topics.someone": signed_in(422),
    "topics.vouch": colleagues(422),
    "topics.work_shows": signed_in(303),
}
PUBLIC = {
    "accounts.reset",  # who has forgotten the password cannot sign in
    "accounts.reset_password",  # the link is the key
    "accounts.sign_in",  # the door
    "help.answer_no",  # the link in a mail is the key
    "help.answer_yes",
    "home.brand",  # the door has the organization's colour and logo
    "home.logo",
    "home.set_keys",  # cookies of the browser, no person's
    "home.set_language",
    "home.set_theme",
    "home.settings",
    "invitations.welcome",  # the link is the key
    "kudos.watch",  # a screen in a meeting; the link is the key, and ends with the meeting
    "kudos.watch_more",
    "notifications.unsubscribe",  # the link in a mail is the key
    "teams.join",
    "home.styleguide",  # drawn with made-up people; answers 404 outside a demo
    "web.favicon",
    "web.healthz",
    "web.readyz",
    "web.static",
}


def endpoints(app: Flask, method: str) -> set[str]:
    return {rule.endpoint for rule in app.url_map.iter_rules() if method in (rule.methods or set())}


def test_no_route_is_lost_and_none_unknown(sqlite_app: Flask) -> None:
    assert set(GETS) == endpoints(sqlite_app, "GET")
    assert set(POSTS) == endpoints(sqlite_app, "POST")


def test_no_route_takes_other_methods(sqlite_app: Flask) -> None:
    for rule in sqlite_app.url_map.iter_rules():
        assert (rule.methods or set()) <= {"GET", "HEAD", "OPTIONS", "POST"}, rule


def test_every_view_of_the_admins_names_its_roles(sqlite_app: Flask) -> None:
    """Whatever the services behind it ask besides."""
    views = {name: view for name, view in sqlite_app.view_functions.items() if name.startswith("admin.")}
    bare = {name for name, view in views.items() if not hasattr(view, "hallway_roles")}
    assert len(views) > 40 and not bare


def test_one_address_has_one_meaning(sqlite_app: Flask) -> None:
    rules = [
        (rule.rule, method)
        for rule in sqlite_app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    ]
    assert len(rules) == len(set(rules))


def test_the_public_list_is_short_and_exact(sqlite_app: Flask) -> None:
    public = {name for name, view in sqlite_app.view_functions.items() if getattr(view, "hallway_public", False)}
    assert public == PUBLIC
    # What the table says about nobody agrees with it.
    for name, (nobody, *_others) in {**GETS, **POSTS}.items():
        assert (nobody != DOOR) == (name in PUBLIC), name


Values = dict[str, dict[str, Any]]  # by endpoint: what its address is made of
House = tuple[Values, dict[str, int]]  # and the people who can look, by what they are there


class Visit:
    """One kind of person in a browser, and an address for every endpoint. `house`: what is there already."""

    def __init__(self, client: Client, make: Make, who: str, house: House | None = None) -> None:
        self.client, self.make = client, make
        self.house = house or self._moved_in()
        self.values, people_there = self.house
        self.elsewhere = {"slug": "elm"}
        person = people_there.get(who)
        if who != "nobody":
            person = make.account(person) if person else make.member("Wim Walker", role=who, email="wim@example.org")
            client.sign_in(make.email(person))

    def _moved_in(self) -> House:
        """People, a team and all that has an address."""
        client, make = self.client, self.make
        hidden = make.member("Ines Hidden")
        make.intro(hidden)
        version = client.app.extensions["hallway.static"].version
        pictures = Pictures(b"a portrait", b"a square", cutout=False)
        make.do(lambda: people.set_photo(person_id=hidden, pictures=pictures))
        lead, guest, mate = make.member("Lea Lead"), make.guest("Gita Rao"), make.person("Mo Mate")
        stranger = make.guest("Suki Strange")
        make.project("Oak", make.member("Olga Other"), stranger)
        ahead = KickOff(clock.today() + timedelta(days=9), time(10), "UTC")
        team = make.project("Elm", lead, guest, mate, kickoff=ahead)
        boss = make.viewer(lead)
        asked = Invited("new@elsewhere.example", "New One", "guest", clock.today() + timedelta(days=30))
        make.do(lambda: teams.add_people(viewer=boss, team_id=team, person_ids=[], invited=[asked]))
        admin = make.viewer(make.member("Ada Admin"), "member", "admin")
        make.do(lambda: goals.add_goal(viewer=admin, words=goals.Words("Grow")))
        made = make.read(lambda: (teams_queries.join_link(boss, team).token, self._invitation()))
        given = make.kudos(hidden, mate)
        make.do(lambda: values.add_value(viewer=admin, words=values.Words("Keep it simple")))
        knows = make.viewer(hidden)
        make.do(lambda: topics.claim_topics(viewer=knows, names=["Slides"]))
        screen = make.do(lambda: meetings.start(viewer=boss, team_id=team))
        watched = {"public_id": screen, "token": make.read(lambda: meetings.meeting(boss, screen).token)}
        slug = {"slug": "elm"}
        values_of: Values = {
            "goals.goal": {"slug": "grow"}, "goals.edit": {"slug": "grow"}, "goals.close": {"slug": "grow"},
            "goals.reopen": {"slug": "grow"},
            "invitations.again": {"invitation_id": made[1][0]},
            "invitations.withdraw": {"invitation_id": made[1][0]},
            "invitations.welcome": {"token": made[1][1]},
            "accounts.reset_password": {"token": self._reset_token(lead)},
            "admin.person": {"handle": make.handle(hidden)}, "admin.erase": {"handle": make.handle(hidden)},
            **{
                f"admin.{name}": {"slug": "keep-it-simple"}
                for name in ("bring_value_back", "move_value", "retire_value", "value")
            },
            "admin.decide": {"report_id": 999}, "admin.pause": {"report_id": 999},
            "admin.end_pause": {"person_id": 999},
            "admin.withdraw_code": {"code_id": 999},
            "admin.settle_report": {"report_id": 999}, "admin.undo_merge": {"merge_id": 999},
            **{f"moderation.{name}": {"handle": make.handle(hidden)} for name in ("block", "never", "wrong")},
            **{f"meet.{name}": {"handle": make.handle(hidden)} for name in (
                "hello", "coffee", "coffee_ics", "not_now", "undo_not_now",
                "met_answer", "undo_met", "wrote", "undo_wrote"
            )},
            **{
                f"ties.{name}": {"handle": make.handle(hidden)}
                for name in ("known", "talked", "undo_known", "undo_talked")
            },
            "moderation.undo_apart": {"person_id": 999},
            "moderation.settle": {"report_id": 999},
            "home.brand": {"version": "x"}, "home.logo": {"version": "x"},
            **{
                f"kudos.{name}": {"public_id": screen}
                for name in ("add_live", "end_screen", "here", "meeting", "send_round", "shown")
            },
            "kudos.answer": {"public_id": screen, "kudos_id": given},
            "kudos.more": {"public_id": screen, "position": "0"},
            "kudos.screen": {"team": "elm"},
            "kudos.stage": {"public_id": screen, "position": "0"},
            "kudos.step": {"public_id": screen, "position": "0"},
            "kudos.watch": watched,
            "kudos.watch_more": {**watched, "position": "0"},
            "notifications.read": {"notice_id": 999},
            "notifications.unsubscribe": {
                "code": "kudos", "token": make.read(lambda: mails.token_for("kudos", hidden)),
            },
            "people.person": {"handle": make.handle(hidden)},
            **{
                f"kudos.{name}": {"public_id": given}
                for name in ("one", "edit", "take_back", "undo", "cheer", "place", "report")
            },
            "people.photo": {"name": make.read(lambda: db.session.get_one(Person, hidden).portrait)},
            "reel.slide": {**slug, "handle": make.handle(mate)},
            "reel.seen": {**slug, "handle": make.handle(mate)},
            "teams.join": {"token": made[0]},
            **{
                f"admin.{name}": {"import_id": 1}
                for name in (
                    "check_import", "drop_import", "import_back", "import_left", "run_import", "staff_import",
                )
            },
            **{
                f"admin.{name}": {"slug": "slides"}
                for name in ("merge_topic", "retire_topic", "topic", "topic_names")
            },
            "admin.undo_topic_merge": {"merge_id": 999},
            **{f"topics.{name}": {"slug": "slides"} for name in ("claim", "know_who", "list_for", "not_me", "topic")},
            "topics.vouch": {"slug": "slides", "handle": make.handle(hidden)},
            **self._help(hidden),
            **self._introductions(hidden),
            "web.static": {"version": version, "path": "css/base.css"},
        }  # fmt: skip
        return values_of, {"guest": guest, "stranger": stranger, "lead": lead}

    def _help(self, asker: int) -> dict[str, dict[str, Any]]:
        """An ask, an offer and a promise of somebody who shares no team with the guests; and who was asked."""
        put_to = self.make.member("Ana Asked")
        who = self.make.viewer(asker)
        ask = self.make.do(
            lambda: help_services.ask(
                viewer=who, question=help_services.Question("How do we name branches?"), to_id=put_to
            )
        )
        offer = self.make.do(lambda: offers.make_offer(viewer=who, words=offers.Words("Naming of branches")))
        due = clock.today() + timedelta(days=3)
        promise = self.make.do(
            lambda: promises.make_promise(viewer=who, what="Names of branches", due_on=due, to_id=put_to)
        )
        token = self.make.read(lambda: token_of(db.session.scalars(sa.select(HelpAsked)).one()))
        of_ask = ("ask", "close", "edit", "name", "no", "open_again", "promise", "take_back", "undo", "write")
        of_promise = (
            "agree",
            "call_off",
            "keep_day",
            "move_promise",
            "outcome",
            "promise_done",
            "promise_not_done",
            "promise_page",
            "settle_thanks",
        )
        return {
            **{f"help.{name}": {"public_id": ask} for name in of_ask},
            **{f"help.{name}": {"public_id": ask, "post_id": 999} for name in
               ("let_be_found", "take_post_back", "useful")},
            **{f"help.{name}": {"public_id": offer} for name in ("edit_offer", "offer", "set_offer")},
            **{f"help.{name}": {"public_id": promise} for name in of_promise},
            **{f"help.{name}": {"token": token} for name in ("answer_no", "answer_yes")},
        }  # fmt: skip

    def _introductions(self, by: int) -> dict[str, dict[str, Any]]:
        """Two brought together by somebody else, and an ask to a manager who is somebody else."""
        one, two, manager = (self.make.member(name) for name in ("Una One", "Tia Two", "Max Manager"))
        self.make.do(lambda: people.set_manager(person_id=by, manager_id=manager))
        who = self.make.viewer(by)
        this = self.make.do(
            lambda: introductions.propose(viewer=who, one_id=one, other_id=two, line_one="Tia.", line_other="Una.")
        )
        ask = self.make.do(lambda: managers.ask(viewer=who, line=""))
        return {
            **{f"introductions.{name}": {"public_id": this} for name in ("known", "no", "take_back", "yes")},
            **{f"introductions.{name}": {"public_id": ask} for name in ("name_people", "pass_on", "take_back_ask")},
        }

    def _reset_token(self, person_id: int) -> str:
        def token() -> str:
            way_in = WayIn(person_id=person_id, kind="link", nonce=links.new_nonce(), made_at=clock.now())
            db.session.add(way_in)
            db.session.flush()
            return links.token_for("reset", way_in.id, way_in.nonce)

        return self.make.do(token)

    @staticmethod
    def _invitation() -> tuple[int, str]:
        row = db.session.scalars(sa.select(Invitation).where(Invitation.email == "new@elsewhere.example")).one()
        return row.id, links.token_for("welcome", row.id, row.nonce)

    def url(self, endpoint: str) -> str:
        at_team = endpoint.startswith(("teams.", "reel.")) and endpoint not in ("teams.teams", "teams.new")
        return self.client.url(endpoint, **self.values.get(endpoint, self.elsewhere if at_team else {}))


@pytest.fixture(scope="module")
def inhabited(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, House]:
    """An installation that a house moved into, copied for each of those who look."""
    folder = tmp_path_factory.mktemp("inhabited") / "instance"
    folder.mkdir()
    shutil.copy(sqlite_template, folder)
    app = built({"INSTANCE_PATH": str(folder)})
    make = Make(app)
    make.noise()
    house = Visit(Client(app), make, "nobody").house
    with app.app_context():
        db.engine.dispose()
    return folder, house


@pytest.fixture(params=WHO)
def visit(
    request: pytest.FixtureRequest, inhabited: tuple[Path, House], tmp_path: Path
) -> Iterator[tuple[str, Visit]]:
    folder, house = inhabited
    app = built({"INSTANCE_PATH": str(shutil.copytree(folder, tmp_path / "instance"))})
    yield request.param, Visit(Client(app), Make(app), request.param, house)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def answer(response: Any) -> Any:
    at_the_door = response.status_code == 303 and urlsplit(response.headers["Location"]).path == "/sign-in"
    return DOOR if at_the_door else response.status_code


def table_of(who: str) -> dict[str, Any]:
    """What each GET answers them."""
    return {name: answers[WHO.index(who)] for name, answers in GETS.items()}


def test_each_get_answers_as_the_table_says_from_a_database_opened_for_reading(visit: tuple[str, Visit]) -> None:
    """Whoever looks, a GET writes nothing: the file could not be written. (What a lead is answered where it can be:
    test_reading_never_writes.)"""
    who, there = visit
    config = there.client.app.config["HALLWAY"]
    file = config.database_url.removeprefix("sqlite:///")
    closed = built(
        {"INSTANCE_PATH": str(config.instance_path), "DATABASE_URL": f"sqlite:///file:{file}?mode=ro&uri=true"}
    )
    client = closed.test_client()
    if cookie := there.client.raw.get_cookie("hallway"):
        client.set_cookie("hallway", cookie.value)
    assert {name: answer(client.get(there.url(name))) for name in GETS} == table_of(who)
    with closed.app_context():
        with pytest.raises(sa.exc.OperationalError, match="readonly"):
            db.session.execute(sa.text("DELETE FROM setting"))
        db.session.remove()
        db.engine.dispose()


def test_each_post_answers_as_the_table_says(visit: tuple[str, Visit]) -> None:
    who, there = visit
    said = {}
    # What ends something comes after what needs it, and signing out comes last.
    last = ["teams.was_there", "teams.keep", "teams.close", "teams.reopen", "teams.leave", "invitations.again",
            "invitations.withdraw", "teams.join", "teams.link", "accounts.sign_out"]  # fmt: skip
    token = there.client.get("home.settings").form("csrf_token").xpath("string(.//input[@name='csrf_token']/@value)")
    for name in sorted(POSTS, key=lambda name: (last.index(name) if name in last else -1, name)):
        said[name] = answer(there.client.raw.post(there.url(name), data={"csrf_token": token}))
    assert said == {name: answers[WHO.index(who)] for name, answers in POSTS.items()}


# What a mail program sends has no token (RFC 8058): the address itself is signed.
WITHOUT_TOKEN = {"notifications.unsubscribe"}


def test_no_post_passes_without_a_token(visit: tuple[str, Visit]) -> None:
    who, there = visit
    for name, answers in POSTS.items():
        if name in WITHOUT_TOKEN:
            assert answer(there.client.raw.post(there.url(name))) == answers[WHO.index(who)], name
            assert answer(there.client.raw.post(there.url(name) + "0")) == 404, name
            continue
        said = answers[WHO.index(who)]
        # What is only there for a role is not there for others, token or no token.
        expected = {DOOR} if said == DOOR and name not in PUBLIC and who == "nobody" else {400, said} & {400, 404}
        assert answer(there.client.raw.post(there.url(name))) in expected, name


def test_closed_pages_tell_nobody_anything_by_other_methods(sqlite_client: Client, sqlite_make: Make) -> None:
    there = Visit(sqlite_client, sqlite_make, "nobody")
    for name in set(GETS) - PUBLIC:
        for method in ("HEAD", "OPTIONS"):
            assert answer(there.client.raw.open(there.url(name), method=method)) == DOOR, (name, method)


def test_the_way_back_is_kept_at_the_door(sqlite_client: Client) -> None:
    response = sqlite_client.raw.get("/people?q=ada&new=1")
    assert response.status_code == 303
    assert response.headers["Location"] == "/sign-in?next=/people?q%3Dada%26new%3D1"


def test_a_person_who_is_gone_is_at_the_door_at_once(client: Client, make: Make) -> None:
    person = make.member("Gita Rao")
    client.sign_in(make.email(person))
    client.get("home.home")
    with client.app.app_context():
        unit_of_work(lambda: people.mark_left(person_id=person, actor_id=None))
    for name in ("home.home", "people.directory", "accounts.password"):
        assert answer(client.raw.get(client.url(name))) == DOOR
