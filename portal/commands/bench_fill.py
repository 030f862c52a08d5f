"""hallway bench fill: made-up people in bulk, the very rows that the services would have made.

The same number on the same day gives the same people and teams (password salts and join links apart). The first
few can sign in. Nobody is invited: where everybody is made up, nobody reads mail.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

import click
import sqlalchemy as sa

from portal.accounts import passwords
from portal.accounts.services import set_password
from portal.audiences.models import Audience, AudienceMember
from portal.core import clock, links
from portal.core.auth import EVERYONE
from portal.core.db import Base, db, unit_of_work
from portal.core.errors import Refused
from portal.core.markup import safe_html
from portal.goals.models import Goal
from portal.infomercials.models import PITCH, Draft, Infomercial, InfomercialListing
from portal.kudos.models import Kudos
from portal.people import names
from portal.people.models import HUES, OPTIONAL, WEEK, Person, PersonListing, Place
from portal.people.queries import anybody
from portal.people.services import department_named, listing_row, place_named
from portal.teams import kickoff
from portal.teams.models import Team, TeamMember

from . import bench_asks, bench_kudos, bench_ties
from ._app import hallway_app, make_schema

PASSWORD = "bench-password"  # noqa: S105 - it is printed, and only made-up people have it
MOST = 1_000_000
BATCH = 2_000  # people (or teams) in one insert
HIDDEN_AT_MOST = 50_000
# Numbers of people; those up to WITH_ACCOUNT can sign in. LEAD leads the three teams below and MATE is in them;
# MEMBER and GUEST are in the one of 8 alone.
ADMIN, MEMBER, OUTSIDER, GUEST, LEAD, MATE = 1, 2, 3, 4, 5, 6
WITH_ACCOUNT = 20
KNOWN = {
    ADMIN: ("Augusta Byron", "admin"),
    MEMBER: ("Merle Okonkwo-Brandt", "member"),
    OUTSIDER: ("Xaver Quillfeather", "outsider"),
    GUEST: ("Zdeněk Vrba", "guest"),
}
# Teams that are there in any installation, by the address: one of 8 people; one of all (but guests) of the first
# 1,000 people, who are the same people whatever the number; one of 5,000, where there are so many.
TEAM_OF_8, TEAM_OF_1000, TEAM_OF_5000 = "bench-8", "bench-1000", "bench-5000"
LARGE = {TEAM_OF_1000: (1_000, 1_000), TEAM_OF_5000: (MOST, 5_000)}  # address: (up to that number, that many)

# ---- words ---------------------------------------------------------------------------------------------------

_TWICE = (
    "Research", "Sales", "Support", "Finance", "Legal", "People", "Design", "Data", "Security", "Platform", "Mobile",
    "Web", "Payments", "Logistics",
)  # fmt: skip
_ONCE = (
    "Procurement", "Facilities", "Marketing", "Press", "Quality", "Clinics", "Field", "Training", "Export",
    "Accounts", "Werkstatt Köln", "総務部",
)  # fmt: skip
DEPARTMENTS = (*(f"{name} {side}" for side in ("North", "South") for name in _TWICE), *_ONCE)
PLACES = (
    ("Utrecht", "Europe/Amsterdam"), ("Köln", "Europe/Berlin"), ("Porto", "Europe/Lisbon"),
    ("Lagos", "Africa/Lagos"), ("Chennai", "Asia/Kolkata"), ("Osaka", "Asia/Tokyo"),
    ("São Paulo", "America/Sao_Paulo"),
    ("Denver", "America/Denver"), ("Tbilisi", "Asia/Tbilisi"), ("Amman", "Asia/Amman"), ("Kyiv", "Europe/Kyiv"),
    ("From home", None),
)  # fmt: skip
# Given names and surnames by script; how many of a hundred people have one of these. The first are the most common.
SCRIPTS: tuple[tuple[int, str, str], ...] = (
    (52,
     "Anna Maria Thomas Daniel Laura Peter Sarah Michael Julia Martin Lisa David Emma Lukas Sofia Paul Eva Jan Nina "
     "Max Grace Ben Oskar Clara Felix Ruth Hugo Alma Otto Ida Karl Lena Emil Marta Simon Tessa Victor Wanda Bruno",
     "Smith Meyer Jansen Silva Rossi Brown Weber Novak Peeters Costa Martin Wagner Visser Santos Bianchi Taylor "
     "Becker Bakker Ferreira Romano Evans Hoffmann Mulder Almeida Ricci Walker Schulz Dekker Ribeiro Conti Hughes "
     "Koch Bos Carvalho Greco Ward Richter Vos Teixeira Gallo"),
    (16,
     "José Zoë Søren Łukasz Çağla Jiří Renée Åsa Mária İpek Šárka Björn Ngọc Anaïs Kadri",
     "García Müller Ødegård Żak Şahin Dvořák Lefèvre Åkesson Nagy Yıldız Nguyễn Håland Jiménez Öztürk Škoda"),
    (8,
     "Priya Arjun Ananya Rahul Kavya Vikram Meera Sanjay Amara Chidi Ngozi Kwame Esi Leila Yusuf Hana",
     "Raman Sharma Iyer Patel Okafor Mensah Haddad Rahmani Nair Rao Adeyemi Diallo Farouk Aziz"),
    (6, "Олена Іван Наталія Дмитро Анна Сергій Юлия Борис", "Шевченко Коваль Бондар Иванова Петров Ткач"),
    (4, "Ελένη Γιώργος Μαρία Νίκος", "Παπαδόπουλος Γεωργίου Νικολάου"),
    (5, "محمد فاطمة أحمد ليلى يوسف", "الحسن حداد الخطيب منصور"),
    (2, "נועה יוסף תמר", "כהן לוי מזרחי"),
    (2, "अनन्या राहुल मीरा", "शर्मा पटेल राव"),
    (3, "佐藤 鈴木 高橋 田中", "健 美咲 翔 陽菜"),
    (2, "김 이 박", "민준 서연 지우"),
)  # fmt: skip
TITLES = (
    "Engineer", "Nurse lead", "Account keeper", "Designer", "Analyst", "Team lead", "Buyer", "Trainer", "Editor",
    "Field technician", "Counsel", "Planner",
)  # fmt: skip
HEADLINES = (
    "Keeps the queues short.", "Makes forms that people finish.", "Finds the bolt that fits.",
    "Reads contracts so that you need not.", "I turn meetings into one page.",
    "Ask me when the numbers do not add up, and bring the numbers.", "Ich halte Maschinen am Laufen.",
    "Translates between sales and the workshop.", "部署の予定をまとめています。", "Пишу коротко и по делу.",
)  # fmt: skip
FACTS = (
    "A cable holder from a coat hanger: nine years, four desks.", "I can tell apart 30 birds by ear.",
    "Printers. I only once turned one off and on.", "Dutch, from a baker who refuses to switch to English.",
    "I referee under-12 handball and have learned to say no kindly.", "A walk instead of a meeting.",
    "I booked the wrong Vienna and now have friends in Virginia.", "To solder. Two of five radios speak.",
)  # fmt: skip
SUBJECTS = (
    "Spreadsheets", "Migrations", "Tenders", "First aid", "Bicycles", "Contracts", "C++", "Onboarding", "Rota",
    "Postgres", "Photography", "Payroll", "日本語", "Interviews", "Accessibility", "Export rules",
)  # fmt: skip
WORK = (
    "the **export queue** of the clubs", "a shorter sign-up for clinics", "moving the archive to the new building",
    "the rota for the summer, see https://rota.example", "a list of *all* suppliers", "one form instead of five",
)  # fmt: skip
SO_THAT = ("every club can leave with its data", "nobody waits on a Monday", "the night shift sleeps")
OFFERS = ("15 minutes for any migration plan", "I read first drafts, however rough", "A tour of the *workshop*")
TEAM_WORDS = (
    "Harbour", "Lantern", "Maple", "Ferry", "Orchard", "Signal", "Tandem", "Quarry", "Meadow", "Compass", "Åland",
    "Bridge", "Pilot", "Sparrow", "Kiln", "Anchor", "Windmill", "Delta", "Almanac", "Rowan", "Tram", "Zephyr",
)  # fmt: skip
PURPOSES = (
    "One calendar for all four clinics", "", "Half the forms, all of the answers", "A new home for the archive",
    "Every club can leave with its data", "Weniger Papier im Lager", "Suppliers are paid on time",
)  # fmt: skip
GOALS = (
    ("Nobody waits longer than a week", "Whoever asks us for something hears from us within five days."),
    ("Leave without losing anything", "Every club can take its data with it, in a form that others can read."),
    ("Half the paper", "What is written once is not typed again."),
    ("Quiet nights", "Nobody is called at night for what could have waited."),
    ("Everyone finds who knows", ""),
    ("Two hundred clinics", "From 120 today; those that we have recommend us."),
)
LANGS = ("en", "en", "en", "de", "nl", "ja", "uk")


# ---- who is there ----------------------------------------------------------------------------------------------


class Organization:
    """N made-up people, numbered from 1 in the order they joined, with their teams; rows on demand."""

    def __init__(self, count: int, today: date) -> None:
        self.count, self.today = count, today
        self._handles: Counter[str] = Counter()
        self.published: dict[int, datetime] = {n: self._published(n) for n in range(1, count + 1) if _has_intro(n)}
        by_time = sorted(self.published, key=lambda n: (self.published[n], n), reverse=True)
        # The newest half is shown to teams only.
        self.hidden_intros = frozenset(by_time[: min(len(by_time) // 2, HIDDEN_AT_MOST)])
        self.first_hidden = count - min(count // 2, HIDDEN_AT_MOST) + 1
        self.slugs: dict[str, int] = {}  # the place in `teams` of each team that has an address of its own
        self.teams = self._make_teams(by_time)
        self.teams_of: dict[int, list[int]] = {n: [] for n in range(1, count + 1)}
        for index, team in enumerate(self.teams):
            for number in team:
                self.teams_of[number].append(index)

    # -- dates

    def joined(self, number: int) -> date:
        """The newest 3 % within the last 30 days (a few of them start next week), the others over 12 years."""
        age = (self.count - number) / self.count
        days = age / 0.03 * 33 - 4 if age < 0.03 else 30 + (age - 0.03) / 0.97 * 4_350
        return self.today - timedelta(days=int(days))

    def _morning(self, day: date, number: int) -> datetime:
        moment = datetime.combine(day, time(5), clock.zone("UTC"))
        return moment + timedelta(seconds=number % 7200, microseconds=number)

    def _published(self, number: int) -> datetime:
        """Some time in the last two years, after they joined."""
        oldest = min(max((self.today - self.joined(number)).days, 0), 730)
        days = random.Random(-number).uniform(0, oldest)  # noqa: S311 - made-up people
        if number <= WITH_ACCOUNT:
            days = min(400 + number, oldest)  # old enough not to be among the hidden ones
        return self._morning(self.today - timedelta(days=int(days)), number)

    # -- teams

    def _make_teams(self, newest_intros: Sequence[int]) -> list[list[int]]:
        """Everybody in 1 to 3 teams of 5 to 12, guests in teams of 8 to 12 (smaller where there are few people); and
        many in the large ones besides."""
        rng = random.Random(self.count)  # noqa: S311
        teams = []
        newest = [n for n in newest_intros if _is_plain(n)]
        old = [n for n in range(1, self.first_hidden) if _is_plain(n) and n not in self.hidden_intros]
        taken: set[int] = set()

        def picked(pool: Iterable[int], size: int) -> list[int]:
            found = [n for _, n in zip(range(size), (n for n in pool if n not in taken), strict=False)]
            taken.update(found)
            return found

        # Two teams for each of the known ones: theirs are the same whatever the number of people. One sees the newest
        # through a team, one has no team with any of them, and neither has the guest.
        for number, pools in ((MEMBER, (newest, old)), (OUTSIDER, (old, old)), (GUEST, (old, old))):
            if number <= self.count:
                teams += [[number, *picked(pool, 9)] for pool in pools]
                if number == GUEST:  # who leads no team, and needs somebody who does
                    teams[-2:] = [team if len(team) > 1 else [*team, ADMIN] for team in teams[-2:]]
        of_8 = [n for n in (LEAD, MATE, MEMBER, GUEST) if n <= self.count]
        of_8 += picked(old, 8 - len(of_8)) if self.count >= LEAD else []
        others = [n for n in range(1, self.count + 1) if not _is_guest(n) and n not in (MEMBER, OUTSIDER)]
        in_two = [n for n in others if rng.random() < 0.5]
        in_three = [n for n in in_two if n not in taken and rng.random() < 0.35]
        for group in (others, in_two, in_three):
            if group is not others and len(group) < 5:
                continue
            shuffled = list(group)
            rng.shuffle(shuffled)
            teams += _split(shuffled, rng)
        known = 2 * len({MEMBER, OUTSIDER, GUEST} & set(range(1, self.count + 1)))
        roomy = [team for team in teams[known:] if 7 <= len(team) < 12] or teams[known:] or teams
        for number in range(GUEST + 1, self.count + 1):
            if _is_guest(number):
                team = roomy[rng.randrange(len(roomy))]
                while len(team) >= 12 and any(len(other) < 12 for other in roomy):
                    team = roomy[rng.randrange(len(roomy))]
                team.append(number)
        if self.count >= LEAD:
            self.slugs[TEAM_OF_8] = len(teams)
            teams.append(of_8)
            for slug, (last, most) in LARGE.items():
                # Whoever sees only what shared teams see keeps out of it.
                some = [n for n in range(LEAD, min(last, self.count) + 1) if not _is_guest(n) and not _has_left(n)]
                if len(some) >= most or slug != TEAM_OF_5000:
                    self.slugs[slug] = len(teams)
                    teams.append(some[:most])
        return teams

    def team(self, index: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """A team's row (without the audience, and the link), and those of who is in it today."""
        people = [n for n in self.teams[index] if not _has_left(n)]
        lead = next((n for n in people if not _is_guest(n)), None)
        slug = next((slug for slug, place in self.slugs.items() if place == index), None)
        kind = index if slug is None else 1  # what is measured says the same, whatever the number of people
        name = (
            slug.replace("-", " ").capitalize()
            if slug
            else f"{TEAM_WORDS[kind % len(TEAM_WORDS)]} {kind // len(TEAM_WORDS) + 1}"
        )
        zone = PLACES[kind % (len(PLACES) - 1)][1] or "UTC"
        # Most of them met in the last months, a few are still to.
        started = self.today - timedelta(days=40 if slug else 5 + kind % 150)
        at = self._morning(started, kind)
        row = {
            "id": index + 1,
            "slug": names.handle_for(name),
            "name": name,
            "sort_key": names.fold(name),
            "purpose": PURPOSES[kind % len(PURPOSES)],
            "goal_id": kind % 9 + 1 if kind % 9 < len(GOALS) else None,
            "talks_at": f"https://chat.example/{index}" if kind % 3 else "The big table, Mondays",
            "kickoff_at": kickoff.moment(started + timedelta(days=9), time(10, 30 * (kind % 2)), zone),
            "kickoff_zone": zone,
            "kickoff_place": f"Room {kind % 40}",
            "calendar_uid": f"kickoff-{index:024x}@hallway",
            "calendar_sequence": 0,
            "join_made_at": at,
            "created_by_id": lead,
            "closed_at": None,
            "learned": "",
            "version": 0,
            "created_at": at,
        }
        in_order = [n for n in people if n == lead] + [n for n in people if n != lead]
        members = [
            {
                "team_id": index + 1,
                "person_id": n,
                "is_lead": n == lead,
                "joined_at": at + timedelta(microseconds=place),
                "was_there": None,
            }
            for place, n in enumerate(in_order)
        ]
        return row, members

    # -- goals

    def goals(self) -> list[dict[str, Any]]:
        """The goals, each with an owner among the first people."""
        owners = [n for n in (LEAD, MATE, ADMIN) if n <= self.count]
        return [
            {
                "id": number,
                "slug": names.handle_for(title),
                "audience_id": EVERYONE,
                "title": title,
                "sort_key": names.fold(title),
                "why": why,
                "owner_id": owners[number % len(owners)],
                "note": "",
                "noted_at": None,
                "closed_at": None,
                "version": 0,
                "created_at": self._morning(self.today - timedelta(days=200), number),
            }
            for number, (title, why) in enumerate(GOALS, start=1)
        ]

    def audiences_for(self, number: int, shown_to: str, audience_ids: range) -> list[int]:
        """As `audiences.queries.audiences_for`, without asking the database."""
        if shown_to == "nobody":
            return []
        teams = [audience_ids[index] for index in self.teams_of[number]]
        return [EVERYONE, *teams] if shown_to == "everyone" else teams

    # -- one person

    def _handle(self, name: str) -> str:
        base = names.handle_for(name)
        self._handles[base] += 1
        return base if self._handles[base] == 1 else f"{base}-{self._handles[base]}"

    def person(self, number: int, departments: Sequence[int], places: Sequence[Place]) -> Person:
        """The person of that number (asked in order, since handles count up)."""
        rng = random.Random(number)  # noqa: S311
        joined = self.joined(number)
        name, local = KNOWN.get(number, ("", f"p{number}"))
        name = name or made_up_name(rng)
        place = places[number % len(places)] if number % 9 else None
        email = f"{local}@bench.example"
        manager = max(number // 9, 1)
        person = Person(
            id=number,
            external_id=f"B{number:07d}",
            name=name,
            preferred_name=names.first_name(name)[:4] if rng.random() < 0.05 else None,
            handle=self._handle(name),
            email=email,
            email_key=names.fold(email),
            kind="guest" if _is_guest(number) else "member",
            title=rng.choice(TITLES),
            department_id=departments[number % len(departments)],
            place_id=place.id if place else None,
            place_detail=f"Floor {rng.randrange(1, 9)}" if place and rng.random() < 0.5 else None,
            manager_id=None if number == 1 else manager - 1 if _is_guest(manager) else manager,
            starts_on=joined,
            ends_on=self.today + timedelta(days=90 + number % 200) if _is_guest(number) else None,
            left_at=self._morning(self.today - timedelta(days=number % 300), number) if _has_left(number) else None,
            time_zone="Europe/Madrid" if rng.random() < 0.05 else None,
            pronouns=rng.choice(("she/her", "he/him", "they/them")) if rng.random() < 0.3 else None,
            say_name="say it slowly, I like to hear it" if rng.random() < 0.2 else None,
            languages=rng.sample(("English", "Deutsch", "Français", "Nederlands", "日本語"), rng.randrange(3)),
            working_days=list(WEEK[: rng.randrange(3, 6)]) if rng.random() < 0.7 else [],
            links=[{"label": "Page", "url": f"https://people.example/{number}"}] if rng.random() < 0.3 else [],
            reach_me_by=rng.choice(("Chat, any time", "Mail", "Phone before noon")) if rng.random() < 0.4 else None,
            away_until=self.today + timedelta(days=number % 21) if number % 25 == 24 else None,
            stand_in_id=manager if number % 50 == 24 and not _is_guest(manager) else None,
            hue=rng.choice(HUES) if rng.random() < 0.3 else None,
            portrait=None,
            square=None,
            cutout=False,
            shown=self._shown(number, rng),
            locked=["department", "email", "name"],
            version=1,
            created_at=self._morning(min(joined, self.today), number),
        )
        person.place = place
        return person

    def _shown(self, number: int, rng: random.Random) -> dict[str, str]:
        if number >= self.first_hidden:
            return dict.fromkeys(OPTIONAL, "teams")
        if number > WITH_ACCOUNT and rng.random() < 0.1:
            return {rng.choice(OPTIONAL): rng.choice(("teams", "nobody"))}
        return {}

    def listings(self, person: Person, audience_ids: range) -> Iterator[dict[str, Any]]:
        """What `people.services.relist` writes for them."""
        if person.left_at is not None:
            return
        values = person.optional_values()
        allowed = {
            field: set(self.audiences_for(person.id, person.shown.get(field, "everyone"), audience_ids))
            for field in values
        }
        for audience_id in self.audiences_for(person.id, "everyone", audience_ids):
            shown = {field: value for field, value in values.items() if audience_id in allowed[field]}
            yield listing_row(person, audience_id, shown)

    # -- one intro

    def intro(self, number: int) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """What one wrote: the rows of their draft and of what is published."""
        at = self.published.get(number)
        if at is None:
            return None
        rng = random.Random(number + MOST)  # noqa: S311
        has_work = rng.random() < 0.8
        serves = has_work and number % 9 < len(GOALS) and not _is_guest(number)  # guests see no goals
        words: dict[str, Any] = {
            "lang": rng.choice(LANGS),
            "headline": rng.choice(HEADLINES),
            "facts": [{"prompt": "made", "text": text} for text in rng.sample(FACTS, rng.randrange(1, 4))],
            "ask_about": rng.sample(SUBJECTS, rng.randrange(6)),
            "working_on": rng.choice(WORK) if has_work else "",
            "so_that": rng.choice(SO_THAT) if has_work else "",
            "goal_id": number % 9 + 1 if serves else None,
            "offer": rng.choice(OFFERS) if has_work else "",
            "offer_stands": False,
            "shown_to": "teams" if number in self.hidden_intros else "everyone",
        }
        changed_at = at if has_work else None
        draft = {
            "person_id": number,
            "versions": {"facts": 1, "ask": 1, "work": 1},
            "photo_settled": True,
            "work_changed_at": changed_at,
            "saved_at": at,
        }
        published = {
            "person_id": number,
            "working_on_html": _html(words["working_on"]),
            "offer_html": _html(words["offer"]),
            "work_changed_at": changed_at,
            "published_at": at,
            "confirmed_at": at,
        }
        pitch = {name: words[name] for name in PITCH}
        return {**pitch, **draft}, {**pitch, **published}


_html = cache(safe_html)


def _is_guest(number: int) -> bool:
    return number % 50 == GUEST


def _has_intro(number: int) -> bool:
    return number % 5 != 0 or number <= WITH_ACCOUNT


def _has_left(number: int) -> bool:
    return number % 100 == 99


def _is_plain(number: int) -> bool:
    """A member who is still here, and none of those who can sign in."""
    return number > WITH_ACCOUNT and not _is_guest(number) and not _has_left(number)


def _split(people: list[int], rng: random.Random) -> list[list[int]]:
    """Teams of 5 to 12 of these people, in their order; one smaller team where there are fewer than 5."""
    teams = []
    start = 0
    while start < len(people):
        left = len(people) - start
        size = left if left <= 12 else min(rng.randrange(5, 13), left - 5)
        teams.append(people[start : start + size])
        start += size
    return teams


def made_up_name(rng: random.Random) -> str:
    """One of some thousands, with the common ones much more often than the rare ones."""
    _weight, given, family = rng.choices(_SCRIPTS, _WEIGHTS)[0]
    first, last = _often_first(rng, given), _often_first(rng, family)
    if rng.random() < 0.01:
        return first
    return f"{first} {_often_first(rng, given)} {last}" if rng.random() < 0.04 else f"{first} {last}"


_SCRIPTS = [(weight, given.split(), family.split()) for weight, given, family in SCRIPTS]
_WEIGHTS = [weight for weight, _given, _family in SCRIPTS]


def _often_first(rng: random.Random, words: Sequence[str]) -> str:
    return words[int(len(words) * rng.random() ** 1.7)]


# ---- writing it ------------------------------------------------------------------------------------------------


def fill(count: int, progress: Callable[[int], object] = lambda _done: None) -> Organization:
    """Fill an empty database, all or nothing. `progress` hears how many more people are in."""
    made = Organization(count, clock.today())
    # One hash for all: argon2id takes its time, and the password is no secret.
    hashed = passwords.hashed(PASSWORD)
    unit_of_work(lambda: _write(made, hashed, progress))
    unit_of_work(lambda: db.session.execute(sa.text("ANALYZE")))
    return made


def _write(made: Organization, hashed: str, progress: Callable[[int], object]) -> None:
    if anybody():
        raise Refused("This installation is not empty; made-up people move only into an empty one.")
    departments = [department_named(name) for name in DEPARTMENTS]
    # Detached copies, for what a person knows about themselves.
    places = [Place(id=place_named(name, zone), name=name, time_zone=zone) for name, zone in PLACES]
    first = (db.session.scalar(sa.select(sa.func.max(Audience.id))) or EVERYONE) + 1
    audience_ids = range(first, first + len(made.teams))
    _insert(Audience, [{"id": audience_id, "kind": "team"} for audience_id in audience_ids])
    for start in range(1, made.count + 1, BATCH):
        numbers = range(start, min(start + BATCH, made.count + 1))
        people = [made.person(number, departments, places) for number in numbers]
        _insert(Person, [_row(person) for person in people])
        if start == 1:
            _insert(Goal, made.goals())
        _insert(PersonListing, [row for person in people for row in made.listings(person, audience_ids)])
        members = [
            {"audience_id": audience_ids[index], "person_id": number}
            for number in numbers
            if not _has_left(number)
            for index in made.teams_of[number]
        ]
        _insert(AudienceMember, members)
        _write_intros(made, numbers, audience_ids)
        progress(len(numbers))
    here = [number for number in range(1, made.count + 1) if not _has_left(number) and not _is_guest(number)]
    for start in range(0, len(made.teams), BATCH):
        teams = [made.team(index) for index in range(start, min(start + BATCH, len(made.teams)))]
        _insert(Team, [_with_link(row, audience_ids) for row, _members in teams])
        _insert(TeamMember, [member for _row, members in teams for member in members])
    bench_kudos.fill(here, made.teams_of, audience_ids)
    bench_asks.fill(here, made.teams_of, audience_ids)
    bench_ties.fill(here)
    _go_on_counting(Person, Audience, Goal, Team, Kudos, *bench_asks.COUNTED)
    for number in range(1, min(WITH_ACCOUNT, made.count) + 1):
        set_password(person_id=number, password_hash=hashed, role="admin" if number == ADMIN else None)


def _with_link(team: Mapping[str, Any], audience_ids: range) -> dict[str, Any]:
    return {**team, "audience_id": audience_ids[team["id"] - 1], "join_nonce": links.new_nonce()}


def _write_intros(made: Organization, numbers: Iterable[int], audience_ids: range) -> None:
    written = [(number, found) for number in numbers if (found := made.intro(number))]
    _insert(Draft, [draft for _number, (draft, _published) in written])
    _insert(Infomercial, [published for _number, (_draft, published) in written])
    listings = [
        {"audience_id": audience_id, "person_id": number, "published_at": published["published_at"]}
        for number, (_draft, published) in written
        if not _has_left(number)
        for audience_id in made.audiences_for(number, published["shown_to"], audience_ids)
    ]
    _insert(InfomercialListing, listings)


def _insert(table: type[Base], rows: list[dict[str, Any]]) -> None:
    if rows:
        db.session.execute(sa.insert(table.__table__), rows)  # type: ignore[arg-type]


def _row(person: Person) -> dict[str, Any]:
    return {column.key: getattr(person, column.key) for column in Person.__table__.columns}


def _go_on_counting(*tables: type[Base]) -> None:
    """PostgreSQL counts by a sequence, which does not notice ids that were given; SQLite does."""
    if db.engine.dialect.name == "postgresql":
        for table in tables:
            name = table.__tablename__
            db.session.execute(
                sa.text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), max(id)) FROM {name}")  # noqa: S608
            )


@click.command("fill", help="Fill an empty installation with made-up people, to measure on.")
@click.option("--people", type=click.IntRange(1, MOST), required=True, help="How many.")
def command(people: int) -> None:
    with hallway_app(state=("ok", "empty", "behind")):
        make_schema()
        if anybody():
            raise Refused("This installation is not empty; made-up people move only into an empty one.")
        hidden = not sys.stderr.isatty()
        with click.progressbar(length=people, label="People", file=sys.stderr, hidden=hidden) as bar:
            made = fill(people, bar.update)
    click.echo(f"{people} made-up people are in, {len(made.teams)} teams and {len(made.published)} intros.")
    click.echo(f"These can sign in, the password is {PASSWORD}:")
    roles = {
        ADMIN: "admin",
        MEMBER: "member, sees the newest through a team",
        OUTSIDER: "member, from whom the newest are hidden",
        GUEST: "guest",
    }
    for number, (_name, local) in KNOWN.items():
        if number <= people:
            click.echo(f"  {local}@bench.example ({roles[number]})")
    if people > GUEST:
        click.echo(f"  p{GUEST + 1}@bench.example to p{min(people, WITH_ACCOUNT)}@bench.example (members)")
