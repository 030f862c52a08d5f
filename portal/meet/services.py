"""What changes whom somebody is suggested."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import pairwise

import sqlalchemy as sa
from flask_babel import gettext

from portal.accounts.models import Account
from portal.accounts.queries import has_anybody_signed_in
from portal.core import audit, clock, settings
from portal.core.auth import Viewer
from portal.core.db import among, batches, db, insert_many, insert_missing, unit_of_work
from portal.core.errors import NotVisible, RuleBroken
from portal.people.models import Person
from portal.people.queries import listed
from portal.ties import services as ties
from portal.ties.queries import contacts_order, i_know

from . import learning, pages, ranking, trial
from .models import NOT_NOW_FOR, MeetDue, MeetWish, MetQuestion, SetAside, Suggestion
from .queries import NEW_ONES
from .signals import WEIGHTS, Everybody, load

AT_A_TIME = 500  # people in one unit of work
SLICE = timedelta(days=30)  # that weights are learned from, and measured on
WAITS_FOR = timedelta(minutes=30)  # others may be due by then
TAKEN = datetime(1970, 1, 1, tzinfo=UTC)  # `MeetDue.since` of those whose suggestions are being made anew


def not_now(*, viewer: Viewer, other_id: int) -> None:
    """Do not suggest them to me for 90 days."""
    if db.session.scalar(sa.select(Person.id).where(Person.id == other_id, listed(viewer, Person.id))) is None:
        raise NotVisible
    set_aside(person_id=viewer.person_id, other_id=other_id)


def set_aside(*, person_id: int, other_id: int) -> None:
    """The same, whoever says it for them."""
    db.session.merge(SetAside(person_id=person_id, other_id=other_id, until=clock.now() + NOT_NOW_FOR))


def take_back_not_now(*, viewer: Viewer, other_id: int) -> None:
    """Suggest them to me after all; nothing happens where it was not said."""
    mine = sa.delete(SetAside).where(SetAside.person_id == viewer.person_id, SetAside.other_id == other_id)
    db.session.execute(mine.execution_options(synchronize_session=False))


def choose_signals(*, viewer: Viewer, off: Collection[str]) -> None:
    """By which families of signals I do not want to be suggested people."""
    if set(off) - set(ranking.FAMILIES):
        raise RuleBroken("off", gettext("One of these is not there any more; look again"))
    db.session.merge(MeetWish(person_id=viewer.person_id, off=sorted(set(off))))
    mine = Suggestion.person_id == viewer.person_id
    # Whoever turned everything off is suggested nobody from now on; the others see the old ones until there are new.
    old = sa.delete(Suggestion) if set(off) == set(ranking.FAMILIES) else sa.update(Suggestion).values(week=None)
    db.session.execute(old.where(mine).execution_options(synchronize_session=False))
    note_due(person_ids=[viewer.person_id])


def say_whom_i_know(*, viewer: Viewer, shown: Collection[int], ticked: Collection[int]) -> None:
    """Of those who were shown to me I know these already, and no others; the others are told nothing."""
    ties.say_known(viewer=viewer, other_ids=ticked)
    for one in sorted((set(shown) - set(ticked)) & i_know(viewer)):
        ties.unsay_known(viewer=viewer, other_id=one)
    db.session.merge(MeetWish(person_id=viewer.person_id, known_at=clock.now()))


def note_due(*, person_ids: Collection[int]) -> None:
    """Something changed for these people: their suggestions are made anew soon."""
    now = clock.now()
    for some in batches(person_ids):
        insert_missing(MeetDue, [{"person_id": one, "since": now} for one in some])
        # What is under way for them may have looked before this.
        again = sa.update(MeetDue).where(among(MeetDue.person_id, some), MeetDue.since == TAKEN).values(since=now)
        db.session.execute(again.execution_options(synchronize_session=False))


# ---- weights ---------------------------------------------------------------------------------------------------


def learn_weights(*, as_of: datetime) -> learning.Learned:
    """Learn weights from two slices before that moment, and use them if they are better on the later one. In units of
    work of its own."""
    with_imported = contacts_order() or not has_anybody_signed_in()
    moments = [as_of - turns * SLICE for turns in (2, 1, 0)]
    then = [load(moment, with_imported=with_imported) for moment in moments]
    earlier, later = (
        learning.cases(before.world, _met(before, after, _wrote_to(*slice_)))
        for (before, after), slice_ in zip(pairwise(then), pairwise(moments), strict=True)
    )
    found = learning.learn(earlier, later)
    unit_of_work(lambda: _keep_weights(found.weights if found.is_better else None))
    return found


def forget_weights() -> None:
    """Use the plain ones again (a unit of work of its own)."""
    unit_of_work(lambda: _keep_weights(None))


def _keep_weights(weights: dict[str, float] | None) -> None:
    settings.put(WEIGHTS, weights or {})
    audit.record("meet_weights_learned" if weights else "meet_weights_plain", actor_id=None)


def _wrote_to(since: datetime, until: datetime) -> dict[int, set[int]]:
    """To whom people said hello, or proposed a coffee, in that time (ids)."""
    query = sa.select(MetQuestion.person_id, MetQuestion.other_id).where(
        MetQuestion.medium.in_(["hello", "coffee"]), MetQuestion.at > since, MetQuestion.at <= until
    )
    found: dict[int, set[int]] = {}
    for person_id, other_id in db.session.execute(query).tuples():
        found.setdefault(person_id, set()).add(other_id)
    return found


def _met(before: Everybody, after: Everybody, wrote_to: dict[int, set[int]]) -> dict[int, frozenset[int]]:
    """Whom everybody who had a contact before got to know since or wrote to, of those who had one as well."""
    numbers, world = before.numbers, before.world
    met = {}
    for number, person_id in enumerate(after.ids):
        one = numbers.get(person_id)
        if one is None or not world.degree[one]:
            continue
        theirs = [*(after.ids[other] for other in after.world.ties.others(number)), *wrote_to.get(person_id, ())]
        now = {numbers.get(other, one) for other in theirs}
        met[one] = frozenset(
            other for other in now - set(world.ties.others(one)) - {one} if world.degree[other] and world.open[other]
        )
    return met


# ---- making them anew ------------------------------------------------------------------------------------------


def refresh(
    *, begin: Callable[[int], None] = lambda _total: None, step: Callable[[int], None] = lambda _done: None
) -> int:
    """Everybody's suggestions anew; for how many. In units of work of its own, each of some people."""
    unit_of_work(_take_due)
    everybody = load(clock.now(), with_imported=contacts_order())
    people = [number for number, is_open in enumerate(everybody.world.open) if is_open]
    begin(len(people))
    lists = {}
    for done, number in enumerate(people, start=1):
        lists[number] = ranking.order(everybody.world, number)
        if done % AT_A_TIME == 0 or done == len(people):
            step(AT_A_TIME if done % AT_A_TIME == 0 else done % AT_A_TIME)
    _write(everybody, ranking.spread(everybody.world, lists))
    # Who has none any more (left, or became a guest).
    here = [everybody.ids[number] for number in people]
    unit_of_work(lambda: _drop_others(here))
    return len(people)


def refresh_due() -> bool:
    """Those for whom something changed, once the first of them waits long enough; at once where somebody has no
    suggestions yet. Was there anybody?"""
    first = db.session.scalar(sa.select(sa.func.min(MeetDue.since)))
    if first is None or (first > clock.now() - WAITS_FOR and not _is_anybody_without()):
        return False
    unit_of_work(_take_due)
    waiting = db.session.scalars(sa.select(MeetDue.person_id).where(MeetDue.since == TAKEN)).all()
    everybody = load(clock.now(), with_imported=contacts_order())
    numbers = everybody.numbers
    people = [numbers[one] for one in sorted(waiting) if one in numbers and everybody.world.open[numbers[one]]]
    _write(everybody, {number: ranking.order(everybody.world, number) for number in people})
    for some in batches(waiting):
        unit_of_work(partial(_settle, some))
    return True


def _is_anybody_without() -> bool:
    """Is somebody due who has come in, and has no suggestions yet? Guests never have any, nor has whoever turned
    everything off."""
    has_some = sa.select(Suggestion.person_id).where(Suggestion.person_id == MeetDue.person_id).exists()
    off = (
        sa.select(MeetWish.off)
        .select_from(MeetDue)
        .join(Account, Account.person_id == MeetDue.person_id)
        .join(Person, Person.id == MeetDue.person_id)
        .outerjoin(MeetWish, MeetWish.person_id == MeetDue.person_id)
        .where(~has_some, Person.kind != "guest", Person.left_at.is_(None))
    )
    return any(set(its or ()) != set(ranking.FAMILIES) for its in db.session.scalars(off))


def _take_due() -> None:
    """Whatever is due now is under way from here on. Killed half way, it is due all the same."""
    db.session.execute(sa.update(MeetDue).values(since=TAKEN).execution_options(synchronize_session=False))


def _write(everybody: Everybody, lists: dict[int, list[ranking.Ranked]]) -> None:
    ids, numbers = everybody.ids, everybody.numbers
    week = week_of(clock.today())
    # Where nobody is shown anybody yet, there is nothing to compare.
    secret = trial.secret() if pages.has_intros_enough() and has_anybody_signed_in() else None
    for some in batches(list(lists), AT_A_TIME):
        kept = _of_the_week([ids[number] for number in some], week)
        draws = trial.draws_of([ids[number] for number in some], secret, week, kept)
        rows: list[dict[str, object]] = []
        for number in some:
            first = [numbers[one] for one in kept.get(ids[number], ()) if one in numbers]
            mine, six = _without_left_out(everybody, number, lists[number], first, draws)
            rows += [
                {
                    "person_id": ids[number], "other_id": ids[one.person], "place": place, "score": one.score,
                    "week": week if one.person in six else None,
                }
                for place, one in enumerate(mine, start=1)
            ]  # fmt: skip
        unit_of_work(partial(_replace, [ids[number] for number in some], rows, draws.new))


def _without_left_out(
    everybody: Everybody, number: int, ranked: list[ranking.Ranked], kept: list[int], draws: trial.Draws
) -> tuple[list[ranking.Ranked], set[int]]:
    """Somebody's list with this week's first, and who these are. Whoever the lot leaves out is in neither, and the
    next ones take their places, which draws for those as well."""
    ids = everybody.ids
    me = ids[number]
    while True:
        fit = [one for one in ranked if not draws.leaves_out(me, ids[one.person])]
        first = [one for one in kept if not draws.leaves_out(me, ids[one])]
        mine, six = ranking.for_the_week(everybody.world, number, fit, first, NEW_ONES)
        if not draws.draw(me, [ids[one] for one in six]):
            return mine, six


def _of_the_week(person_ids: list[int], week: int) -> dict[int, list[int]]:
    """Who are this week's new ones of these people, in their order."""
    rows = sa.select(Suggestion.person_id, Suggestion.other_id).where(
        among(Suggestion.person_id, person_ids), Suggestion.week == week
    )
    found: dict[int, list[int]] = {}
    for person_id, other_id in db.session.execute(rows.order_by(Suggestion.person_id, Suggestion.place)).tuples():
        found.setdefault(person_id, []).append(other_id)
    return found


def week_of(day: date) -> int:
    """The number of the week, from Monday to Sunday, that a day is in."""
    return (day.toordinal() - 1) // 7


def _replace(person_ids: list[int], rows: list[dict[str, object]], drawn: list[dict[str, object]]) -> None:
    old = sa.delete(Suggestion).where(Suggestion.person_id.in_(person_ids))
    db.session.execute(old.execution_options(synchronize_session=False))
    insert_many(Suggestion, rows)
    trial.keep(drawn)


def _drop_others(here: list[int]) -> None:
    there = db.session.scalars(sa.select(Suggestion.person_id).distinct()).all()
    for some in batches(set(there) - set(here)):
        db.session.execute(sa.delete(Suggestion).where(Suggestion.person_id.in_(some)))
    db.session.execute(sa.delete(MeetDue).where(MeetDue.since == TAKEN))


def _settle(person_ids: list[int]) -> None:
    db.session.execute(sa.delete(MeetDue).where(MeetDue.person_id.in_(person_ids), MeetDue.since == TAKEN))
