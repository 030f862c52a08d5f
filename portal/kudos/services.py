"""Rules and writes of kudos."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import gettext, ngettext

from portal.core import audit, clock
from portal.core.auth import EVERYONE, NAMED, Viewer
from portal.core.db import db, insert_missing
from portal.core.errors import ChangedMeanwhile, NotVisible, RuleBroken
from portal.core.events import publish
from portal.core.i18n import day, hour
from portal.goals.queries import goal_line
from portal.invitations import services as invitations
from portal.moderation import services as moderation
from portal.moderation.queries import pause_of, who_blocked
from portal.people.models import Person
from portal.people.queries import above, cards
from portal.teams.models import Team, TeamMember
from portal.teams.queries import still_here, team_by_id
from portal.topics.queries import may_be_named

from . import queries, words
from .events import CheerWithdrawn, KudosChanged, KudosCheered, KudosGiven, KudosWithdrawn
from .models import (
    CHEERS,
    ROLES,
    SHOWN_TO,
    CompanyValue,
    Kudos,
    KudosCheer,
    KudosMention,
    KudosPerson,
    ThanksWish,
)

MAX_WHY = 1000
MOST_PEOPLE = 20  # named one by one
MOST_AT_ONCE = 200  # told in the transaction; more are told by the worker
A_DAY = 20  # kudos from one person in any 24 hours
KIND = "kudos"  # of words that are reported
_WIDEST = {"wall": 0, "team": 1, "me": 2}  # what a wish allows, as a place in SHOWN_TO


@dataclass(frozen=True)
class Thanks:
    """What is said to whom. People by id, each once; `to_team`: the team itself is thanked, and nobody by name.

    team_id: the team that it has to do with, if any. shown_to: one of `SHOWN_TO`; None is what fits the receivers.
    """

    why: str
    did_ids: tuple[int, ...] = ()
    helped_ids: tuple[int, ...] = ()
    unblocked_ids: tuple[int, ...] = ()
    to_team: bool = False
    team_id: int | None = None
    value_id: int | None = None
    goal_id: int | None = None
    shown_to: str | None = None
    topic_id: int | None = None

    @property
    def people(self) -> list[tuple[int, str]]:
        """(person, role) of whoever is named, in order."""
        named = zip(ROLES, (self.did_ids, self.helped_ids, self.unblocked_ids), strict=True)
        return [(person_id, role) for role, ids in named for person_id in ids]


# ---- giving ------------------------------------------------------------------------------------------------


def give_kudos(*, viewer: Viewer, thanks: Thanks) -> str:
    """Thank somebody; the public id of the kudos.

    The audience may come out narrower than asked for, never wider: as each receiver likes it. Raises `RuleBroken` on
    "to", "why", "value", "goal", "team" and "audience".
    """
    # One at a time from each giver, so that what is counted and compared below stays so. Those who thank each other
    # at the same moment do not wait for one another: a row may name somebody who is held like this.
    db.session.execute(sa.select(Person.id).where(Person.id == viewer.person_id).with_for_update(key_share=True))
    _not_paused(viewer)
    team = _team(viewer, thanks)
    _check_people(viewer, thanks, team)
    check_why(why=thanks.why)
    _check_facts(viewer, thanks)
    _not_too_many(viewer.person_id)
    _not_again(viewer, thanks)

    now = clock.now()
    receivers = [person_id for person_id, _role in thanks.people]
    shown_to, audience_id, team_id = settle_audience(viewer=viewer, thanks=thanks, team=team)
    blockers = _blockers(viewer, thanks, team)
    only_blockers = bool(receivers) and blockers >= set(receivers)
    html, mentioned = words.render(thanks.why)
    kudos = Kudos(
        public_id=_public_id(),
        giver_id=viewer.person_id,
        why=thanks.why,
        why_html=html,
        why_key=words.key_of(thanks.why),
        value_id=thanks.value_id,
        goal_id=thanks.goal_id,
        topic_id=thanks.topic_id,
        team_id=team_id,
        to_team=thanks.to_team,
        shown_to=shown_to,
        audience_id=NAMED if only_blockers else audience_id,
        at=now,
    )
    db.session.add(kudos)
    db.session.flush()
    kudos.wall_audience_id = None if kudos.audience_id == NAMED else kudos.audience_id
    told = _name_people(kudos, thanks, team, blockers)
    _note_mentions(kudos.id, mentioned)
    if not thanks.to_team:
        # Whoever has no account yet comes to know of Hallway by being thanked.
        invitations.invite_thanked(person_ids=[one for one in receivers if one not in blockers], by_id=kudos.giver_id)
    _tell(viewer, kudos, thanks, told, mentioned, blockers)
    return kudos.public_id


def _public_id() -> str:
    return secrets.token_hex(8)


def _not_paused(viewer: Viewer) -> None:
    pause = pause_of(viewer.person_id)
    if pause is not None:
        until = day(pause.until.astimezone(clock.zone(viewer.zone)).date())
        words_ = gettext("A moderator asked you to pause. You can thank colleagues again after %(day)s.", day=until)
        raise RuleBroken("", words_)


def _team(viewer: Viewer, thanks: Thanks) -> Team | None:
    """The team that it has to do with, if the viewer may see it."""
    if thanks.team_id is None:
        if thanks.to_team:
            raise RuleBroken("to", gettext("Say whom you thank: a name, or a team"))
        return None
    try:
        team_by_id(viewer, thanks.team_id)
    except NotVisible:
        raise RuleBroken("team", gettext("Pick one from the list")) from None
    return db.session.get_one(Team, thanks.team_id)


def _check_people(viewer: Viewer, thanks: Thanks, team: Team | None) -> None:
    people = [person_id for person_id, _role in thanks.people]
    if thanks.to_team:
        _check_whole_team(viewer, thanks, team)
        return
    if not people:
        raise RuleBroken("to", gettext("Say whom you thank: a name, or a team"))
    if viewer.person_id in people:
        raise RuleBroken("to", gettext("You cannot thank yourself. Who made it possible?"))
    if len(set(people)) < len(people):
        raise RuleBroken("to", gettext("Name each person once"))
    over = len(people) - MOST_PEOPLE
    if over > 0:
        raise RuleBroken(
            "to",
            ngettext(
                "At most 20 people: %(num)d too many. Thank the whole team instead, or in two goes.",
                "At most 20 people: %(num)d too many. Thank the whole team instead, or in two goes.",
                over,
            ),
        )
    if len(cards(viewer, people)) < len(people):  # whoever is gone stands on no list
        raise RuleBroken("to", gettext("Somebody you named does not work here any more. Take their name out."))


def _check_whole_team(viewer: Viewer, thanks: Thanks, team: Team | None) -> None:
    if team is None or thanks.people:
        raise RuleBroken("to", gettext("Thank a team or people, one after the other"))
    others = sa.select(sa.func.count()).select_from(TeamMember).join(Person, Person.id == TeamMember.person_id)
    others = others.where(TeamMember.team_id == team.id, Person.id != viewer.person_id, still_here(viewer))
    count = db.session.scalar(others) or 0
    if not count:
        raise RuleBroken("to", gettext("Nobody else is in %(team)s yet", team=team.name))
    if count > MOST_PEOPLE and not _is_in(viewer.person_id, team.id):
        raise RuleBroken(
            "to",
            gettext(
                "%(team)s is large, so only its own people thank all of it. Name those you mean.", team=team.name
            ),
        )


def _is_in(person_id: int, team_id: int) -> bool:
    return db.session.get(TeamMember, (team_id, person_id)) is not None


def check_why(*, why: str) -> None:
    """Enough words, and not too many. `RuleBroken` on "why"."""
    if not words.says_enough(why):
        raise RuleBroken("why", gettext("Say what they did, in a few words"))
    over = len(why) - MAX_WHY
    if over > 0:
        raise RuleBroken("why", ngettext("%(num)d character over", "%(num)d characters over", over))


def _check_facts(viewer: Viewer, thanks: Thanks, kept: Kudos | None = None) -> None:
    """Value, goal and topic are open ones, or those that stand there already."""
    if thanks.value_id is not None and (kept is None or thanks.value_id != kept.value_id):
        value = db.session.get(CompanyValue, thanks.value_id)
        if value is None or value.retired_at is not None:
            raise RuleBroken("value", gettext("Pick one from the list"))
    if thanks.goal_id is not None and (kept is None or thanks.goal_id != kept.goal_id):
        goal = goal_line(viewer, thanks.goal_id)
        if goal is None or not goal.is_open:
            raise RuleBroken("goal", gettext("Pick one from the list"))
    is_other = kept is None or thanks.topic_id != kept.topic_id
    if thanks.topic_id is not None and is_other and not may_be_named(viewer, thanks.topic_id):
        raise RuleBroken("topic", gettext("Take a topic that is there, or leave it empty"))
    if thanks.shown_to not in (None, *SHOWN_TO):
        raise RuleBroken("audience", gettext("Pick one from the list"))


def _not_too_many(person_id: int) -> None:
    given = sa.select(sa.func.count()).select_from(Kudos)
    given = given.where(Kudos.giver_id == person_id, Kudos.at > clock.ago(days=1))
    if (db.session.scalar(given) or 0) >= A_DAY:
        raise RuleBroken("", gettext("You have thanked %(most)d times in 24 hours. Go on tomorrow.", most=A_DAY))


def _not_again(viewer: Viewer, thanks: Thanks) -> None:
    """The same words to the same person, twice within a day."""
    before = sa.select(Kudos.at).where(
        Kudos.giver_id == viewer.person_id,
        Kudos.at > clock.ago(days=1),
        Kudos.why_key == words.key_of(thanks.why),
        Kudos.taken_back_at.is_(None),
    )
    if thanks.to_team:
        before = before.where(Kudos.to_team, Kudos.team_id == thanks.team_id)
    else:
        people = [person_id for person_id, _role in thanks.people]
        named = sa.select(KudosPerson.kudos_id).where(KudosPerson.person_id.in_(people), KudosPerson.side == "to")
        before = before.where(Kudos.id.in_(named))
    at = db.session.scalar(before.limit(1))
    if at is not None:
        raise RuleBroken("why", gettext("You said just this to them at %(hour)s already", hour=hour(at, viewer.zone)))


# ---- who may see it ----------------------------------------------------------------------------------------


def settle_audience(*, viewer: Viewer, thanks: Thanks, team: Team | None) -> tuple[str, int, int | None]:
    """(shown to, audience, team): never wider than the giver asked and than each receiver likes it.

    Where nothing was asked: everyone; only us when somebody above the giver is thanked. A team that all of them share
    is found where one is needed.
    """
    receivers = [person_id for person_id, _role in thanks.people]
    asked = thanks.shown_to or ("us" if above(viewer.person_id) & set(receivers) else "everyone")
    narrowest = max((_WIDEST[wish.shown] for wish in queries.wishes(receivers).values()), default=0)
    place = max(SHOWN_TO.index(asked), narrowest, 1 if viewer.is_guest else 0)
    team_id = team.id if team else None
    if SHOWN_TO[place] == "team":
        shared = team_id if team is not None and _all_in(team, receivers) else None
        if shared is None and not thanks.to_team:
            shared = shared_team(viewer=viewer, person_ids=receivers)
        if thanks.to_team and team is not None:
            shared = team.id
        if shared is None and thanks.shown_to == "team" and narrowest < 2:
            if team is not None and narrowest == 0:
                shared = team.id  # the giver chose whose thanks these are
            elif narrowest == 0:
                raise RuleBroken("team", gettext("Say which team may see it"))
        if shared is None:
            place = SHOWN_TO.index("us")
        else:
            team_id = shared
    audience = {"everyone": EVERYONE, "us": NAMED}.get(SHOWN_TO[place])
    if audience is None:
        audience = db.session.scalars(sa.select(Team.audience_id).where(Team.id == team_id)).one()
    return SHOWN_TO[place], audience, team_id


def _all_in(team: Team, person_ids: Sequence[int]) -> bool:
    count = sa.select(sa.func.count()).select_from(TeamMember)
    count = count.where(TeamMember.team_id == team.id, TeamMember.person_id.in_(person_ids))
    return bool(person_ids) and db.session.scalar(count) == len(set(person_ids))


def shared_team(*, viewer: Viewer, person_ids: Sequence[int]) -> int | None:
    """The open team that the viewer and all of these people are in, the youngest where there are several."""
    if not person_ids:
        return None
    members = (
        sa.select(TeamMember.team_id)
        .where(TeamMember.person_id.in_({viewer.person_id, *person_ids}))
        .group_by(TeamMember.team_id)
        .having(sa.func.count() == len({viewer.person_id, *person_ids}))
    )
    teams = sa.select(Team.id).where(Team.id.in_(members), Team.closed_at.is_(None))
    return db.session.scalar(teams.order_by(Team.created_at.desc(), Team.id.desc()).limit(1))


def _blockers(viewer: Viewer, thanks: Thanks, team: Team | None) -> set[int]:
    """Who of those thanked had blocked the giver."""
    if not thanks.to_team:
        return who_blocked(viewer.person_id, [person_id for person_id, _role in thanks.people])
    assert team is not None
    return who_blocked(viewer.person_id, list(db.session.scalars(_members(team.id, viewer.person_id))))


def _members(team_id: int, giver_id: int) -> sa.Select[int]:
    """Everybody in a team but the giver, as it is today."""
    return (
        sa.select(TeamMember.person_id)
        .join(Person, Person.id == TeamMember.person_id)
        .where(TeamMember.team_id == team_id, TeamMember.person_id != giver_id, Person.left_at.is_(None))
    )


def _name_people(kudos: Kudos, thanks: Thanks, team: Team | None, blockers: set[int]) -> list[tuple[int, str]] | None:
    """Write down who is named; (person, role) of whoever is told, or None where they are too many for that."""
    giver = {"kudos_id": kudos.id, "person_id": kudos.giver_id, "side": "from", "role": "gave", "at": kudos.at}
    db.session.execute(sa.insert(KudosPerson), [giver])
    if not thanks.to_team:
        rows = [
            {"kudos_id": kudos.id, "person_id": person_id, "side": "to", "role": role, "at": kudos.at,
             "place": place, "muted": person_id in blockers}
            for place, (person_id, role) in enumerate(thanks.people)
        ]  # fmt: skip
        db.session.execute(sa.insert(KudosPerson), rows)
        return [(person_id, role) for person_id, role in thanks.people if person_id not in blockers]
    assert team is not None
    members = _members(team.id, kudos.giver_id)
    # Nobody of them is named, so it is for all to read; on the profile of who likes it quieter it does not stand.
    too_wide = [wish for wish, widest in _WIDEST.items() if widest > SHOWN_TO.index(kudos.shown_to)]
    wish = sa.select(ThanksWish.person_id).where(
        ThanksWish.person_id == TeamMember.person_id, ThanksWish.shown.in_(too_wide)
    )
    named = members.with_only_columns(
        sa.literal(kudos.id), TeamMember.person_id, sa.literal("to"), sa.literal("did"),
        sa.literal(kudos.at, KudosPerson.at.type), sa.literal(0), sa.false(), wish.exists(), sa.false(), sa.false(),
    )  # fmt: skip
    columns = [
        "kudos_id",
        "person_id",
        "side",
        "role",
        "at",
        "place",
        "off_wall",
        "off_profile",
        "off_screen",
        "muted",
    ]
    db.session.execute(sa.insert(KudosPerson).from_select(columns, named))
    if blockers:
        muted = sa.update(KudosPerson).where(
            KudosPerson.kudos_id == kudos.id, KudosPerson.person_id.in_(sorted(blockers))
        )
        db.session.execute(muted.values(muted=True).execution_options(synchronize_session=False))
    ids = db.session.scalars(members.limit(MOST_AT_ONCE + 1)).all()
    return None if len(ids) > MOST_AT_ONCE else [(one, "did") for one in ids if one not in blockers]


def _note_mentions(kudos_id: int, mentioned: Sequence[int]) -> None:
    db.session.execute(sa.delete(KudosMention).where(KudosMention.kudos_id == kudos_id))
    if mentioned:
        insert_missing(KudosMention, [{"kudos_id": kudos_id, "person_id": one} for one in mentioned])


def _tell(
    viewer: Viewer,
    kudos: Kudos,
    thanks: Thanks,
    told: list[tuple[int, str]] | None,
    mentioned: Sequence[int],
    blockers: set[int],
) -> None:
    by_role = {role: tuple(one for one, its in told or () if its == role) for role in ROLES}
    named = {person_id for person_id, _role in thanks.people} | {viewer.person_id}
    others = [one for one in mentioned if one not in named]
    others = sorted(queries.who_may_see(kudos, others) - who_blocked(viewer.person_id, others) - blockers)
    did, helped, unblocked = (by_role[role] for role in ROLES)
    to_many = told is None
    unheard = () if to_many else tuple(sorted(blockers))
    by, names = viewer.person_id, tuple(others)
    publish(KudosGiven(kudos.id, by, did, helped, unblocked, names, to_many=to_many, unheard_ids=unheard))


# ---- changing, undoing, taking back ------------------------------------------------------------------------


def _mine(viewer: Viewer, public_id: str) -> Kudos:
    """The viewer's own kudos, held until the end of the unit of work."""
    row = db.session.scalar(sa.select(Kudos).where(Kudos.public_id == public_id).with_for_update())
    if row is None or row.giver_id != viewer.person_id or row.taken_back_at is not None:
        raise NotVisible
    return row


def edit_kudos(
    *,
    viewer: Viewer,
    public_id: str,
    why: str,
    value_id: int | None,
    goal_id: int | None,
    topic_id: int | None,
    version: int | None = None,
) -> None:
    """Other words, within 15 minutes; the card says that they were changed. Whom it is for stays as it is."""
    kudos = _mine(viewer, public_id)
    if not kudos.may_be_edited_by(viewer.person_id, clock.now()):
        raise RuleBroken("", gettext("It can be changed for 15 minutes. You can still take it back."))
    if version is not None and version != kudos.version:
        raise ChangedMeanwhile(
            "", gettext("You changed this in another tab meanwhile. Your words are below: look, then save again.")
        )
    if (why, value_id, goal_id, topic_id) == (kudos.why, kudos.value_id, kudos.goal_id, kudos.topic_id):
        return
    check_why(why=why)
    _check_facts(viewer, Thanks(why, value_id=value_id, goal_id=goal_id, topic_id=topic_id), kudos)
    kudos.why, kudos.value_id, kudos.goal_id, kudos.topic_id = why, value_id, goal_id, topic_id
    kudos.why_html, mentioned = words.render(why)
    kudos.why_key = words.key_of(why)
    kudos.edited_at = clock.now()
    kudos.version += 1
    _note_mentions(kudos.id, mentioned)
    db.session.flush()
    publish(KudosChanged(kudos.id))


def undo(*, viewer: Viewer, public_id: str) -> Thanks:
    """As if it had never been, within 60 seconds; what it said, so that it can be said otherwise."""
    kudos = _mine(viewer, public_id)
    if not kudos.may_be_undone_by(viewer.person_id, clock.now()):
        raise RuleBroken("", gettext("The minute for undoing is over. You can still take it back."))
    rows = db.session.execute(
        sa.select(KudosPerson.person_id, KudosPerson.role)
        .where(KudosPerson.kudos_id == kudos.id, KudosPerson.side == "to")
        .order_by(KudosPerson.place)
    ).tuples()
    by_role: dict[str, list[int]] = {role: [] for role in ROLES}
    for person_id, role in [] if kudos.to_team else rows:
        by_role[role].append(person_id)
    thanks = Thanks(
        kudos.why, tuple(by_role["did"]), tuple(by_role["helped"]), tuple(by_role["unblocked"]), kudos.to_team,
        kudos.team_id, kudos.value_id, kudos.goal_id, kudos.shown_to, kudos.topic_id,
    )  # fmt: skip
    invitations.withdraw_thanked(
        person_ids=[one for one, _role in thanks.people], by_id=viewer.person_id, since=kudos.at
    )
    publish(KudosWithdrawn(kudos.id))
    _remember_reported(kudos.id)
    db.session.execute(sa.delete(Kudos).where(Kudos.id == kudos.id))
    return thanks


def take_back(*, viewer: Viewer, public_id: str) -> None:
    """It is gone for everybody. What is left is an empty row that counts for the day. Again does no harm."""
    mine = sa.select(Kudos).where(Kudos.public_id == public_id, Kudos.giver_id == viewer.person_id)
    kudos = db.session.scalar(mine.with_for_update())
    if kudos is None:
        raise NotVisible
    if kudos.taken_back_at is not None:
        return
    empty(kudos=kudos)
    audit.record("kudos_taken_back", actor_id=viewer.person_id, subject_id=kudos.id)
    publish(KudosWithdrawn(kudos.id))


def empty(*, kudos: Kudos) -> None:
    """Take the words out, and everybody who is named."""
    _remember_reported(kudos.id)
    kudos.why = kudos.why_html = kudos.why_key = ""
    kudos.taken_back_at = clock.now()
    kudos.audience_id, kudos.wall_audience_id = NAMED, None
    kudos.value_id = kudos.goal_id = kudos.topic_id = kudos.team_id = None
    db.session.flush()
    for table in (KudosPerson, KudosCheer, KudosMention):
        db.session.execute(sa.delete(table).where(table.kudos_id == kudos.id))


def _remember_reported(kudos_id: int) -> None:
    thanked = sa.select(KudosPerson.person_id).where(KudosPerson.kudos_id == kudos_id, KudosPerson.side == "to")
    moderation.remember_named(subject_kind=KIND, subject_id=kudos_id, people=thanked)


# ---- cheering ----------------------------------------------------------------------------------------------


def _seen(viewer: Viewer, public_id: str) -> Kudos:
    """A kudos that the viewer may see, held so that it is not taken back meanwhile."""
    kudos_id = queries.id_of(viewer, public_id)
    row = db.session.scalar(
        sa.select(Kudos).where(Kudos.id == kudos_id, Kudos.taken_back_at.is_(None)).with_for_update(key_share=True)
    )
    if row is None:
        raise NotVisible
    return row


def cheer(*, viewer: Viewer, public_id: str, kind: str) -> None:
    """Be glad with somebody, once of each kind; again does no harm."""
    kudos = _seen(viewer, public_id)
    if kind not in CHEERS or kudos.giver_id == viewer.person_id or kudos.hidden_at is not None:
        raise NotVisible
    if db.session.get(KudosCheer, (kudos.id, viewer.person_id, kind)) is not None:
        return
    row = {"kudos_id": kudos.id, "person_id": viewer.person_id, "kind": kind, "at": clock.now()}
    insert_missing(KudosCheer, [row])
    publish(KudosCheered(kudos.id, viewer.person_id))


def uncheer(*, viewer: Viewer, public_id: str, kind: str) -> None:
    """Take a cheer back; nothing happens where there was none."""
    kudos = _seen(viewer, public_id)
    mine = sa.and_(KudosCheer.kudos_id == kudos.id, KudosCheer.person_id == viewer.person_id)
    gone = db.session.execute(sa.delete(KudosCheer).where(mine, KudosCheer.kind == kind))
    if not gone.rowcount:  # type: ignore[attr-defined]
        return
    if db.session.scalar(sa.select(KudosCheer.kind).where(mine).limit(1)) is None:
        publish(CheerWithdrawn(kudos.id, viewer.person_id))


# ---- the receiver decides ----------------------------------------------------------------------------------


def place_mine(*, viewer: Viewer, public_id: str, off_wall: bool, off_profile: bool, off_screen: bool) -> None:
    """Take a kudos for me off the wall, my profile or the screen, or let it stand there again. Nobody is told."""
    kudos = _seen(viewer, public_id)
    row = db.session.get(KudosPerson, (kudos.id, viewer.person_id), with_for_update=True)
    if row is None or row.side != "to" or row.muted:
        raise NotVisible
    row.off_wall, row.off_profile, row.off_screen = off_wall, off_profile, off_screen
    db.session.flush()
    relist(kudos=kudos)


def relist(*, kudos: Kudos) -> None:
    """Whose walls list it: those of its audience, unless it is hidden, or somebody thanked by name took it off."""
    off = sa.select(KudosPerson.kudos_id).where(KudosPerson.kudos_id == kudos.id, KudosPerson.off_wall)
    taken_off = not kudos.to_team and db.session.scalar(off.limit(1)) is not None
    shown = kudos.hidden_at is None and kudos.audience_id != NAMED and not taken_off  # as in checks.py
    kudos.wall_audience_id = kudos.audience_id if shown else None
    db.session.flush()
    publish(KudosChanged(kudos.id))
