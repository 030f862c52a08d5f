"""Fill an empty installation with the demo company, through the services, the same for the same day."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from flask import current_app

from portal.accounts import passwords
from portal.accounts import services as accounts
from portal.core import clock, settings
from portal.core.auth import EVERYONE, Viewer
from portal.core.db import alone, unit_of_work
from portal.goals import services as goals
from portal.help import offers, promises
from portal.help import services as asks
from portal.help.queries import ask_id_of
from portal.help.routing import Candidate
from portal.infomercials import services as intros
from portal.introductions import managers
from portal.introductions import services as introductions
from portal.kudos import queries as thanks_queries
from portal.kudos import services as thanks
from portal.kudos import values, wishes
from portal.meet import met
from portal.meet import services as meet
from portal.notifications import services as notices
from portal.people import services as people
from portal.people.models import NEW_FOR
from portal.people.photos import Crop, Pictures, process_in_child
from portal.people.queries import anybody
from portal.teams import services as teams
from portal.teams.queries import audience_of
from portal.ties import services as ties
from portal.topics import curating
from portal.topics import services as topics

HERE = Path(__file__).parent
VALUES_SET_DAYS_AGO = 700
NOTICES_READ_DAYS_AGO = 4
NAMED_DAYS_AGO = 40
PASSWORD = "demo"  # noqa: S105 - it is printed on the sign-in page


def company() -> dict[str, Any]:
    """The words of the demo company."""
    with open(HERE / "company.toml", "rb") as file:
        return tomllib.load(file)


def fill() -> int | None:
    """Move everybody in, all or nothing; how many people there are, None where somebody is here already."""
    words = company()
    photos = {person["key"]: _pictures(person["portrait"]) for person in words["people"] if "portrait" in person}
    # One hash for all: argon2id takes its time, and the password is no secret.
    hashed = passwords.hashed(PASSWORD)

    def move_in() -> int | None:
        alone("demo")
        if anybody():
            return None
        steps = _Steps(words, clock.today())
        steps.add_people()
        steps.open_accounts(hashed)  # before the teams: whoever has an account is invited to none
        steps.set_goals()
        steps.set_values()
        steps.say_wishes()
        steps.start_teams()
        for key, pictures in photos.items():
            people.set_photo(person_id=steps.ids[key], pictures=pictures)
        steps.write_intros()
        steps.claim_topics()
        steps.give_thanks()
        steps.help_each_other()
        steps.bring_together()
        steps.write_to_each_other()
        steps.read_notices()
        steps.know_each_other()
        steps.come_and_go()
        settings.put("demo", True)
        return len(words["people"])

    moved_in = unit_of_work(move_in)
    if moved_in is not None:
        meet.refresh()  # home has people to meet at the first look
    return moved_in


def _pictures(portrait: str) -> Pictures:
    """A drawn portrait, taken in as an upload is. The heads are in the upper half: the round one is cut closer."""
    lock = Path(current_app.config["HALLWAY"].instance_path) / "pictures.lock"
    return process_in_child((HERE / "portraits" / portrait).read_bytes(), Crop(0.5, 0.4, 1.5), lock_path=lock)


class _Steps:
    """All in one unit of work. Everything happens in the morning of its day, whatever the hour is now."""

    def __init__(self, words: dict[str, Any], today: date) -> None:
        self.people: list[dict[str, Any]] = words["people"]
        self.zones = {place["name"]: place["time_zone"] for place in words["places"]}
        self.today = today
        self.ids: dict[str, int] = {}
        self.with_account: set[int] = set()
        self.teams: dict[int, set[int]] = {}
        self.goals: dict[str, int] = {}
        self.team_ids: dict[str, int] = {}
        self.words = words
        self._by_key = {person["key"]: person for person in self.people}

    def _on(self, days_ago: int) -> date:
        return self.today - timedelta(days=days_ago)

    def _morning(self, days_ago: int, minute: int = 0) -> datetime:
        return datetime.combine(self._on(days_ago), time(6, minute % 60), clock.zone("UTC"))

    def _viewer(self, person: dict[str, Any], *roles: str) -> Viewer:
        person_id = self.ids[person["key"]]
        guest = person.get("kind") == "guest"
        audience_ids = {*self.teams.get(person_id, []), *([] if guest else [EVERYONE])}
        return Viewer(person_id, frozenset({"guest" if guest else "member", *roles}), frozenset(audience_ids))

    def add_people(self) -> None:
        for person in self.people:
            ends = person.get("ends_in_days")
            with clock.pinned(self._morning(max(person["started_days_ago"], 0))):
                self.ids[person["key"]] = people.add_person(
                    name=person["name"],
                    email=f"{person['key']}@hallway.example",
                    kind=person.get("kind", "member"),
                    preferred_name=person.get("preferred_name"),
                    title=person["title"],
                    department=person["department"],
                    place=person["place"],
                    place_time_zone=self.zones[person["place"]],
                    place_detail=person.get("place_detail"),
                    starts_on=self._on(person["started_days_ago"]),
                    ends_on=self._on(-ends) if ends else None,
                    hue=person.get("hue"),
                )

        for person in self.people:
            details = people.Details(
                name=person["name"],
                preferred_name=person.get("preferred_name"),
                pronouns=person.get("pronouns"),
                say_name=person.get("say_name"),
                place_detail=person.get("place_detail"),
                time_zone=person.get("time_zone"),
                languages=person.get("languages", []),
                working_days=person.get("working_days", []),
                links=person.get("links", []),
                reach_me_by=person.get("reach_me_by"),
                hue=person.get("hue"),
                shown=person.get("shown", {}),
            )
            people.change_details(viewer=self._viewer(person), details=details)
            if "manager" in person:
                people.set_manager(person_id=self.ids[person["key"]], manager_id=self.ids[person["manager"]])

    def set_goals(self) -> None:
        for goal in self.words["goals"]:
            admin = self._viewer(self._by_key[goal["by"]], "admin")
            with clock.pinned(self._morning(goal["added_days_ago"])):
                words = goals.Words(goal["title"], goal["why"], self.ids[goal["owner"]])
                goal_id = self.goals[goal["title"]] = goals.add_goal(viewer=admin, words=words)
            if "note" in goal:
                owner = self._viewer(self._by_key[goal["owner"]])
                with clock.pinned(self._morning(goal["noted_days_ago"])):
                    noted = replace(words, note=goal["note"])
                    goals.change_goal(viewer=owner, goal_id=goal_id, words=noted)

    def set_values(self) -> None:
        admin = self._viewer(next(person for person in self.people if person.get("role") == "admin"), "admin")
        with clock.pinned(self._morning(VALUES_SET_DAYS_AGO)):
            for value in self.words["values"]:
                values.add_value(viewer=admin, words=values.Words(value["name"], value["line"], value["icon"]))

    def say_wishes(self) -> None:
        """Most say nothing, and are thanked on the wall."""
        for person in self.people:
            if "thanks" in person:
                wishes.set_wish(viewer=self._viewer(person), **person["thanks"])

    def start_teams(self) -> None:
        """Each on its day, with the people it began with; whoever came later joined later."""
        for team in self.words["teams"]:
            starter, lead = self._by_key[team["started_by"]], self.ids[team["lead"]]
            began = max(team["started_days_ago"], 0)
            plan = teams.Plan(
                name=team["name"],
                purpose=team["purpose"],
                goal_id=self.goals.get(team.get("goal", "")),
                talks_at=team.get("talks_at", ""),
                kickoff=self._kickoff(team),
                place=team.get("kickoff_place", ""),
            )
            with clock.pinned(self._morning(began)):
                team_id = teams.start_team(
                    viewer=self._viewer(starter),
                    plan=plan,
                    lead_id=lead,
                    person_ids=[self.ids[key] for key in team["people"]],
                )
            self.team_ids[team["name"]] = team_id
            for key in [team["lead"], *team["people"], team["started_by"], *team.get("later", {})]:
                self.teams.setdefault(self.ids[key], set()).add(audience_of(team_id))
            leader = self._viewer(self._by_key[team["lead"]])
            for key, days_ago in team.get("later", {}).items():
                with clock.pinned(self._morning(days_ago)):
                    teams.add_people(viewer=leader, team_id=team_id, person_ids=[self.ids[key]])
            for key in team.get("were_there", []):
                teams.say_was_there(viewer=self._viewer(self._by_key[key]), team_id=team_id, was_there=True)
            if "closed_days_ago" in team:
                with clock.pinned(self._morning(team["closed_days_ago"])):
                    teams.close_team(viewer=leader, team_id=team_id, learned=team["learned"])

    def _kickoff(self, team: dict[str, Any]) -> teams.KickOff | None:
        if "kickoff_in_days" not in team:
            return None
        day = self.today + timedelta(days=team["kickoff_in_days"])
        while team["kickoff_in_days"] > 0 and day.weekday() > 4:
            day += timedelta(days=1)  # nobody begins on a weekend
        return teams.KickOff(day, time.fromisoformat(team["kickoff_time"]), team["kickoff_zone"])

    def write_intros(self) -> None:
        for number, person in enumerate(self.people):
            intro = person.get("intro")
            if intro is None:
                continue
            viewer = self._viewer(person)
            days_ago = intro.get("published_days_ago", 1)
            with clock.pinned(self._morning(days_ago, number)):
                if "portrait" not in person:
                    intros.use_initials(viewer=viewer)
                intros.save_facts(viewer=viewer, headline=intro["headline"], facts=intro["facts"], lang=intro["lang"])
                if intro.get("ask"):
                    intros.save_ask(viewer=viewer, ask_about=intro["ask"])
                if intro.get("working_on") or intro.get("offer"):
                    intros.save_work(
                        viewer=viewer,
                        working_on=intro.get("working_on", ""),
                        so_that=intro.get("so_that", ""),
                        goal_id=self.goals.get(intro.get("goal", "")),
                        offer=intro.get("offer", ""),
                        offer_stands=intro.get("offer_stands", False),
                    )
                if intro["state"] == "published":
                    intros.publish(viewer=viewer, shown_to=intro.get("shown_to", "everyone"))

    def claim_topics(self) -> None:
        """What some say they can be asked about, who vouches for it, and the other names that a moderator gave."""
        for number, claim in enumerate(self.words["claims"]):
            viewer = self._viewer(self._by_key[claim["by"]])
            with clock.pinned(self._morning(claim["days_ago"], number)):
                if "hours" in claim:
                    topics.set_hours(viewer=viewer, words=claim["hours"])
                topics.claim_topics(
                    viewer=viewer,
                    names=[claim["topic"]],
                    level=claim.get("level", "helping"),
                    line=claim.get("line", ""),
                    is_open=claim.get("open", True),
                )
        admin = next(person for person in self.people if person.get("role") == "admin")
        with clock.pinned(self._morning(NAMED_DAYS_AGO)):
            for topic, others in self.words["topic_names"].items():
                for name in others:
                    topic_id = topics.topic_for(viewer=self._viewer(admin), name=topic)
                    curating.add_alias(viewer=self._viewer(admin, "admin"), topic_id=topic_id, name=name)
        for number, said in enumerate(self.words["vouches"]):
            viewer = self._viewer(self._by_key[said["by"]])
            with clock.pinned(self._morning(said["days_ago"], number)):
                topic_id = topics.topic_for(viewer=viewer, name=said["topic"])
                topics.vouch(viewer=viewer, topic_id=topic_id, person_id=self.ids[said["for"]], why=said["why"])

    def give_thanks(self) -> None:
        value_ids = {value.name: value.id for value in thanks_queries.open_values()}
        for number, said in enumerate(self.words["kudos"]):
            with clock.pinned(self._morning(said["days_ago"], number * 4)):
                public_id = thanks.give_kudos(
                    viewer=self._viewer(self._by_key[said["by"]]),
                    thanks=thanks.Thanks(
                        why=said["why"],
                        did_ids=self._ids(said.get("did", [])),
                        helped_ids=self._ids(said.get("helped", [])),
                        unblocked_ids=self._ids(said.get("unblocked", [])),
                        to_team=said.get("to_team", False),
                        team_id=self.team_ids.get(said.get("team", "")),
                        value_id=value_ids.get(said.get("value", "")),
                        goal_id=self.goals.get(said.get("goal", "")),
                        shown_to=said.get("shown_to"),
                    ),
                )
                for kind, keys in said.get("cheers", {}).items():
                    for key in keys:
                        thanks.cheer(viewer=self._viewer(self._by_key[key]), public_id=public_id, kind=kind)

    def help_each_other(self) -> None:
        """What some offer, ask, answer and promise. Whom a question goes to is said here: search does not know
        anything yet."""
        for number, said in enumerate(self.words["offers"]):
            viewer = self._viewer(self._by_key[said["by"]])
            with clock.pinned(self._morning(said["days_ago"], number)):
                words = offers.Words(
                    what=said["what"],
                    minutes=said.get("minutes"),
                    when=said.get("when", ""),
                    at_once=said.get("at_once", 1),
                    topic_ids=self._topic_ids(viewer, said),
                )
                offers.make_offer(viewer=viewer, words=words)
        for number, said in enumerate(self.words["asks"]):
            self._ask(said, number)
        for number, said in enumerate(self.words["promises"]):
            self._promise(said, number)

    def _topic_ids(self, viewer: Viewer, said: dict[str, Any]) -> tuple[int, ...]:
        return tuple(topics.topic_for(viewer=viewer, name=name) for name in said.get("topics", []))

    def _ask(self, said: dict[str, Any], number: int) -> None:
        viewer = self._viewer(self._by_key[said["by"]])
        with clock.pinned(self._morning(said["days_ago"], number * 7)):
            question = asks.Question(
                question=said["question"],
                details=said.get("details", ""),
                topic_ids=self._topic_ids(viewer, said),
                minutes=said.get("minutes"),
                due_on=self._on(-said["due_in_days"]) if "due_in_days" in said else None,
                shown_to="teams" if said.get("team") else "everyone",
            )
            able = [Candidate(one, 1.0) for one in self._ids(said["asked"])]
            public_id = asks.ask(viewer=viewer, question=question, able=able)
            ask_id = ask_id_of(viewer, public_id)
        for place, post in enumerate(said.get("posts", [])):
            writer = self._viewer(self._by_key[post["by"]])
            with clock.pinned(self._morning(post["days_ago"], 30 + place)):
                post_id = asks.write(viewer=writer, ask_id=ask_id, words=post["words"])
                if post.get("useful"):
                    asks.mark_useful(viewer=viewer, ask_id=ask_id, post_id=post_id, useful=True)
                    asks.let_be_found(viewer=writer, post_id=post_id, may=True)

    def _promise(self, said: dict[str, Any], number: int) -> None:
        giver, receiver = (self._viewer(self._by_key[said[name]]) for name in ("by", "to"))
        due_on = self._on(-said["due_in_days"])
        with clock.pinned(self._morning(said["days_ago"], number)):
            public_id = promises.make_promise(
                viewer=giver, what=said["what"], due_on=due_on, to_id=receiver.person_id
            )
            promise_id = promises.promise_for(giver, public_id).id
        if "done_days_ago" in said:
            with clock.pinned(self._morning(said["done_days_ago"], number)):
                promises.done(viewer=giver, promise_id=promise_id)
                promises.settle_thanks(viewer=receiver, promise_id=promise_id)
                promises.tell_outcome(viewer=receiver, promise_id=promise_id, outcome=said["outcome"], shared=True)

    def bring_together(self) -> None:
        """Who would like two others to meet, and who asked their manager whom to meet."""
        for number, said in enumerate(self.words["introductions"]):
            (one, line_one), (other, line_other) = said["lines"].items()
            with clock.pinned(self._morning(said["days_ago"], number)):
                public_id = introductions.propose(
                    viewer=self._viewer(self._by_key[said["by"]]),
                    one_id=self.ids[one],
                    other_id=self.ids[other],
                    line_one=line_one,
                    line_other=line_other,
                )
                for key in said.get("yes", []):
                    viewer = self._viewer(self._by_key[key])
                    introductions.answer(viewer=viewer, public_id=public_id, yes=True)
        for number, said in enumerate(self.words["manager_asks"]):
            with clock.pinned(self._morning(said["days_ago"], number)):
                managers.ask(viewer=self._viewer(self._by_key[said["by"]]), line=said["line"])

    def write_to_each_other(self) -> None:
        """A hello and a coffee, of which home asks what came of them."""
        for said in self.words["hellos"]:
            viewer = self._viewer(self._by_key[said["by"]])
            with clock.pinned(self._morning(said["days_ago"])):
                met.say_hello_was_sent(viewer=viewer, other_id=self.ids[said["to"]], medium=said["medium"])

    def read_notices(self) -> None:
        """What is older than some days has been read."""
        for person in self.people:
            with clock.pinned(self._morning(NOTICES_READ_DAYS_AGO, 59)):
                notices.mark_all_read(viewer=self._viewer(person), until=clock.now())

    def _ids(self, keys: list[str]) -> tuple[int, ...]:
        return tuple(self.ids[key] for key in keys)

    def open_accounts(self, hashed: str) -> None:
        for person in self.people:
            if person["started_days_ago"] >= 0 and "left_days_ago" not in person:
                person_id = self.ids[person["key"]]
                role = person.get("role", "member")
                accounts.set_password(person_id=person_id, password_hash=hashed, role=role)
                self.with_account.add(person_id)

    def know_each_other(self) -> None:
        """Whoever has been here for a while, or says so, has said whom they know; the others are asked on their home.
        Who came in late has a buddy."""
        for person in self.people:
            asked = self.ids[person["key"]] in self.with_account and person.get("kind") != "guest"
            if asked and (person["started_days_ago"] > NEW_FOR.days or "knows" in person):
                known = self._ids(person.get("knows", []))
                with clock.pinned(self._morning(0)):
                    meet.say_whom_i_know(viewer=self._viewer(person), shown=known, ticked=known)
            for other, days in person.get("talked", {}).items():
                for days_ago in days:
                    with clock.pinned(self._morning(days_ago)):
                        ties.say_we_talked(viewer=self._viewer(person), other_id=self.ids[other])
        for team in self.words["teams"]:
            for newcomer, buddy in team.get("buddies", {}).items():
                with clock.pinned(self._morning(0)):
                    teams.ask_buddy(
                        viewer=self._viewer(self._by_key[buddy]),
                        team_id=self.team_ids[team["name"]],
                        newcomer_id=self.ids[newcomer],
                        buddy_id=self.ids[buddy],
                    )

    def come_and_go(self) -> None:
        for person in self.people:
            if "away_days" in person:
                stand_in = self.ids[person["stand_in"]] if "stand_in" in person else None
                until = self._on(-person["away_days"])
                people.set_away(viewer=self._viewer(person), until=until, stand_in_id=stand_in)
            if "left_days_ago" in person:
                with clock.pinned(self._morning(person["left_days_ago"])):
                    people.mark_left(person_id=self.ids[person["key"]], actor_id=None)
