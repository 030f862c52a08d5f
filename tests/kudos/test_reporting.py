"""Thanks that should not stand there: reported, hidden, shown again; and who neither sees nor settles a report."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.core import clock
from portal.core.audit import AuditEntry
from portal.core.auth import Viewer
from portal.core.db import db
from portal.core.errors import NotVisible, RuleBroken
from portal.core.events import subscribe
from portal.kudos import queries, reporting, reports, walls
from portal.kudos import services as kudos
from portal.kudos.events import KudosHidden, KudosRestored
from portal.kudos.models import Kudos
from portal.kudos.services import Thanks
from portal.moderation import queries as moderation_queries
from portal.moderation import services as moderation
from portal.moderation.events import PauseBegan, PauseEnded
from portal.moderation.models import WordsReport
from tests.client import Client
from tests.makers import Make

WHY = "For the napkin that saved the week."
assert reports  # its page is looked at here


class Cast:
    """Gita thanked Mo; Bo and Esi read it, Ada is an admin, Tim and Una are moderators."""

    def __init__(self, make: Make) -> None:
        self.make = make
        make.noise()
        self.gita, self.mo = make.member("Gita Rao"), make.member("Mo Mate")
        self.bo, self.esi = make.member("Bo Lindgren"), make.member("Esi Mensah")
        self.tim, self.una = make.member("Tim Tell", role="moderator"), make.member("Una Umber", role="moderator")
        self.ada = make.member("Ada Admin", role="admin")
        self.thanks = self.give(self.gita, self.mo)

    def give(self, by: int, *to: int, why: str = WHY, **more: str) -> str:
        viewer, thanks = self.make.viewer(by), Thanks(why, did_ids=to, **more)  # type: ignore[arg-type]
        return self.make.do(lambda: kudos.give_kudos(viewer=viewer, thanks=thanks))

    def report(self, by: int, public_id: str = "", why: str = "It names a client.") -> int:
        viewer, said = self.make.viewer(by), public_id or self.thanks
        return self.make.do(lambda: reporting.report(viewer=viewer, public_id=said, why=why))

    def moderator(self, who: int) -> Viewer:
        return self.make.viewer(who, "member", "admin" if who == self.ada else "moderator")

    def decide(self, by: int, report_id: int, hide: bool, seen: str | None = None) -> str:
        viewer = self.moderator(by)
        return self.make.do(
            lambda: reporting.decide(viewer=viewer, report_id=report_id, seen=seen, hide=hide),
        )

    def open_for(self, who: int, settled: bool = False) -> list[reporting.Reported]:
        viewer = self.moderator(who)
        return self.make.read(lambda: reporting.reports(viewer, settled=settled).items)

    def sees(self, who: int) -> bool:
        viewer = self.make.viewer(who)
        return bool(self.make.read(lambda: walls.wall(viewer).items))


@pytest.fixture
def cast(make: Make) -> Cast:
    return Cast(make)


@pytest.fixture
def told(cast: Cast) -> list[object]:
    """What was published, in order."""
    heard: list[object] = []
    kinds = (KudosHidden, KudosRestored, PauseBegan, PauseEnded)
    subscribe(cast.make.app, [(kind, heard.append) for kind in kinds])
    return heard


def refused(work: Callable[[], object]) -> str:
    with pytest.raises(RuleBroken) as broken:
        work()
    return broken.value.message


# ---- reporting ---------------------------------------------------------------------------------------------


def test_a_report_says_what_who_and_why(cast: Cast) -> None:
    cast.report(cast.bo)
    (one,) = cast.open_for(cast.tim)
    assert (one.giver, one.receivers, one.by, one.why) == (
        "Gita Rao",
        ("Mo Mate",),
        "Bo Lindgren",
        "It names a client.",
    )
    assert (one.words_then, one.words_now, one.changed, one.outcome) == (WHY, WHY, False, None)
    viewers = {who: cast.moderator(who) for who in (cast.tim, cast.ada)}
    assert [cast.make.read(lambda v=v: reporting.how_many_open(v)) for v in viewers.values()] == [1, 1]


def test_once_a_person_and_kudos_with_the_words_of_today(cast: Cast) -> None:
    first = cast.report(cast.bo)
    assert cast.report(cast.bo, why="It is not true.") == first
    assert [one.why for one in cast.open_for(cast.tim)] == ["It is not true."]
    cast.report(cast.mo)  # whoever is thanked may
    assert len(cast.open_for(cast.tim)) == 2
    cast.decide(cast.tim, first, hide=False)
    assert "settled it" in refused(lambda: cast.report(cast.bo))


def test_not_what_one_wrote_or_does_not_see_nor_without_a_word(cast: Cast) -> None:
    assert "your own words" in refused(lambda: cast.report(cast.gita))
    assert "Say why" in refused(lambda: cast.report(cast.bo, why=""))
    assert "At most 500" in refused(lambda: cast.report(cast.bo, why="x" * 501))
    between = cast.give(cast.gita, cast.esi, why="What nobody else is to read.", shown_to="us")
    for public_id in (between, "nothing", "ä" * 5):
        with pytest.raises(NotVisible):
            cast.report(cast.bo, public_id)
    assert cast.open_for(cast.tim) == []


def test_ten_in_a_day(cast: Cast) -> None:
    given = [cast.give(cast.gita, cast.mo, why=f"Thanks number {number}, at length.") for number in range(11)]
    for public_id in given[:10]:
        cast.report(cast.bo, public_id)
    assert "10 reports" in refused(lambda: cast.report(cast.bo, given[10]))
    cast.report(cast.bo, given[0], why="Said again.")
    with clock.pinned(clock.now() + timedelta(days=1, minutes=1)):
        cast.report(cast.bo, given[10])


def test_two_reports_at_once_by_one_person_are_one(cast: Cast) -> None:
    ready, made = threading.Barrier(2), []

    def one() -> None:
        ready.wait()
        made.append(cast.report(cast.bo))

    threads = [threading.Thread(target=one) for _twice in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 2 and len(set(made)) == 1 and len(cast.open_for(cast.tim)) == 1


# ---- who settles it ----------------------------------------------------------------------------------------


def test_whoever_is_named_neither_sees_nor_settles(cast: Cast) -> None:
    of_tim = cast.report(cast.bo, cast.give(cast.tim, cast.mo, why="From a moderator, to a colleague."))
    for_tim = cast.report(cast.bo, cast.give(cast.gita, cast.tim, why="From a colleague, to a moderator."))
    tim = cast.moderator(cast.tim)
    assert cast.open_for(cast.tim) == [] and cast.make.read(lambda: reporting.how_many_open(tim)) == 0
    for report_id in (of_tim, for_tim):
        with pytest.raises(NotVisible):
            cast.decide(cast.tim, report_id, hide=True)
        with pytest.raises(NotVisible):
            cast.make.read(lambda one=report_id: reporting.report_for(tim, one))
        with pytest.raises(NotVisible):
            cast.make.do(lambda one=report_id: reporting.pause_giver(viewer=tim, report_id=one, days=1, why="Mine."))
    assert {one.id for one in cast.open_for(cast.una)} == {of_tim, for_tim}
    assert cast.decide(cast.ada, of_tim, hide=True) == "hidden"


def test_no_colleague_reads_or_settles_any(cast: Cast) -> None:
    report_id = cast.report(cast.bo)
    esi = cast.make.viewer(cast.esi)
    for work in (
        lambda: reporting.reports(esi),
        lambda: reporting.report_for(esi, report_id),
        lambda: moderation_queries.paused(esi),
    ):
        with pytest.raises(NotVisible):
            cast.make.read(work)
    with pytest.raises(NotVisible):
        cast.make.do(lambda: reporting.decide(viewer=esi, report_id=report_id, seen=None, hide=True))
    with pytest.raises(NotVisible):
        cast.make.do(lambda: moderation.pause(viewer=esi, person_id=cast.gita, days=1, why="No."))
    assert cast.make.read(lambda: reporting.how_many_open(esi)) == 0


def test_where_the_only_moderator_is_named_nobody_settles_it(make: Make) -> None:
    gita, ada = make.member("Gita Rao"), make.member("Ada Admin", role="admin")
    viewer = make.viewer(gita)
    public_id = make.do(lambda: kudos.give_kudos(viewer=viewer, thanks=Thanks(WHY, did_ids=(ada,))))
    kudos_id = make.read(lambda: queries.id_of(viewer, public_id))
    assert not make.read(lambda: reporting.somebody_settles(kudos_id))
    make.member("Una Umber", role="moderator")
    assert make.read(lambda: reporting.somebody_settles(kudos_id))


@pytest.mark.parametrize("how", ["taken back", "undone"])
def test_a_moderator_who_was_thanked_reads_it_no_more_when_it_is_gone(cast: Cast, how: str) -> None:
    thanks = cast.give(cast.gita, cast.tim, why="For what you know, and nobody else.")
    report_id = cast.report(cast.bo, thanks)
    gita = cast.make.viewer(cast.gita)
    away = kudos.take_back if how == "taken back" else kudos.undo
    cast.make.do(lambda: away(viewer=gita, public_id=thanks))
    assert cast.open_for(cast.tim) == [] and [one.id for one in cast.open_for(cast.una)] == [report_id]
    assert cast.make.read(lambda: reporting.how_many_open(cast.moderator(cast.tim))) == 0
    with pytest.raises(NotVisible):
        cast.decide(cast.tim, report_id, hide=False)
    assert cast.decide(cast.una, report_id, hide=False) == "gone"
    assert cast.open_for(cast.tim, settled=True) == []


# ---- its page ----------------------------------------------------------------------------------------------


def test_the_page_says_what_is_missing_and_who_settles(client: Client, cast: Cast) -> None:
    client.sign_in(cast.make.email(cast.bo))
    page = client.get("kudos.report", public_id=cast.thanks)
    assert "waits until" not in page.main
    assert client.read(page.submit({"why": ""}, containing="why"), 422).errors == ["Say why, in a few words"]
    all_of_them = cast.give(cast.gita, cast.tim, cast.una, cast.ada, why="For looking after all of us.")
    page = client.get("kudos.report", public_id=all_of_them)
    assert "waits until somebody else is made a moderator" in page.main
    client.get("kudos.report", public_id=cast.give(cast.bo, cast.esi), status=404)  # one's own words


def test_taken_back_while_somebody_writes_their_words_are_not_lost(client: Client, cast: Cast) -> None:
    client.sign_in(cast.make.email(cast.bo))
    page = client.get("kudos.report", public_id=cast.thanks)
    gita = cast.make.viewer(cast.gita)
    cast.make.do(lambda: kudos.take_back(viewer=gita, public_id=cast.thanks))
    gone = client.read(page.submit({"why": "It names a client."}, containing="why"), 404)
    assert "taken back" in gone.main and gone.all("textarea")[0].text_content().strip() == "It names a client."
    client.get("kudos.report", public_id=cast.thanks, status=404)
    # The same words for what was never theirs to see.
    secret = cast.give(cast.gita, cast.mo, why="For what only we know.", shown_to="us")
    action = client.url("kudos.report", public_id=secret)
    sent = page.fields(containing="why") | {"why": "It names a client."}
    assert client.read(client.raw.post(action, data=sent), 404).h1 == gone.h1


# ---- hidden, kept, shown again -----------------------------------------------------------------------------


def test_hidden_it_is_seen_by_its_giver_alone_and_shown_again_by_all(cast: Cast, told: list[object]) -> None:
    report_id = cast.report(cast.bo)
    cast.report(cast.esi)
    assert cast.decide(cast.tim, report_id, hide=True) == "hidden"
    assert cast.open_for(cast.tim) == []  # all that say so are settled by it
    gita, esi = cast.make.viewer(cast.gita), cast.make.viewer(cast.esi)
    assert not cast.sees(cast.esi) and not cast.sees(cast.mo)
    assert cast.make.read(lambda: queries.kudos_for(gita, cast.thanks).is_hidden)
    with pytest.raises(NotVisible):
        cast.make.read(lambda: queries.kudos_for(esi, cast.thanks))
    assert {(one.outcome, one.settled_by, one.is_hidden) for one in cast.open_for(cast.una, settled=True)} == {
        ("hidden", "Tim Tell", True)
    }
    assert cast.decide(cast.una, report_id, hide=False, seen="hidden") == "kept"
    assert cast.sees(cast.esi)
    assert {one.outcome for one in cast.open_for(cast.una, settled=True)} == {"kept"}
    kudos_id = cast.make.read(lambda: queries.id_of(gita, cast.thanks))
    assert told == [KudosHidden(kudos_id), KudosRestored(kudos_id)]


def test_left_as_it_is_nobody_is_told(cast: Cast, told: list[object]) -> None:
    report_id = cast.report(cast.bo)
    assert cast.decide(cast.tim, report_id, hide=False) == "kept"
    assert cast.sees(cast.esi) and told == []
    assert cast.decide(cast.tim, report_id, hide=True, seen="kept") == "hidden"
    assert not cast.sees(cast.esi)


def test_of_two_moderators_one_is_told(cast: Cast, told: list[object]) -> None:
    report_id = cast.report(cast.bo)
    ready, came = threading.Barrier(2), []

    def one(by: int, hide: bool) -> None:
        ready.wait()
        try:
            came.append(cast.decide(by, report_id, hide=hide))
        except RuleBroken as broken:
            came.append(broken.message)

    threads = [threading.Thread(target=one, args=each) for each in ((cast.tim, True), (cast.una, False))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    late = "Somebody else settled this meanwhile. Look at what they decided."
    assert late in came and len({"hidden", "kept"} & set(came)) == 1
    assert cast.sees(cast.esi) == ("kept" in came) and len(told) == ("hidden" in came)


def test_the_same_decision_twice_is_one(cast: Cast, told: list[object]) -> None:
    report_id = cast.report(cast.bo)
    assert [cast.decide(cast.tim, report_id, hide=True) for _twice in range(2)] == ["hidden", "hidden"]
    assert len(told) == 1


def test_taken_back_meanwhile_the_report_can_still_be_read(cast: Cast, told: list[object]) -> None:
    report_id = cast.report(cast.bo)
    gita = cast.make.viewer(cast.gita)
    cast.make.do(lambda: kudos.take_back(viewer=gita, public_id=cast.thanks))
    (one,) = cast.open_for(cast.tim)
    assert (one.is_gone, one.words_then, one.words_now, one.giver) == (True, WHY, "", "Gita Rao")
    assert cast.decide(cast.tim, report_id, hide=True) == "gone"
    assert cast.open_for(cast.una, settled=True)[0].outcome == "gone" and told == []
    with pytest.raises(NotVisible):
        cast.report(cast.esi)


def test_undone_within_the_minute_as_well(cast: Cast) -> None:
    report_id = cast.report(cast.bo)
    gita = cast.make.viewer(cast.gita)
    cast.make.do(lambda: kudos.undo(viewer=gita, public_id=cast.thanks))
    assert cast.open_for(cast.tim)[0].is_gone and cast.decide(cast.tim, report_id, hide=False) == "gone"


def test_changed_since_it_was_reported_both_can_be_read(cast: Cast) -> None:
    cast.report(cast.bo)
    gita = cast.make.viewer(cast.gita)
    edit = {"value_id": None, "goal_id": None, "topic_id": None}
    cast.make.do(
        lambda: kudos.edit_kudos(viewer=gita, public_id=cast.thanks, why="For drawing it on a napkin.", **edit)
    )
    (one,) = cast.open_for(cast.tim)
    assert one.changed and (one.words_then, one.words_now) == (WHY, "For drawing it on a napkin.")


def test_pages_of_reports(cast: Cast) -> None:
    made = [cast.report(by) for by in (cast.bo, cast.esi, cast.mo)]
    tim = cast.moderator(cast.tim)
    first = cast.make.read(lambda: reporting.reports(tim, size=2))
    second = cast.make.read(lambda: reporting.reports(tim, size=2, cursor=first.next))
    assert [one.id for one in (*first.items, *second.items)] == made[::-1] and second.next is None


# ---- pauses ------------------------------------------------------------------------------------------------


def test_whoever_is_paused_cannot_thank_until_it_ends(cast: Cast, told: list[object]) -> None:
    report_id = cast.report(cast.bo)
    tim = cast.moderator(cast.tim)
    cast.make.do(lambda: reporting.pause_giver(viewer=tim, report_id=report_id, days=7, why="Be kinder."))
    assert "pause" in refused(lambda: cast.give(cast.gita, cast.bo, why="Once more, at length."))
    (one,) = cast.make.read(lambda: moderation_queries.paused(tim).items)
    assert (one.person_id, one.name, one.why, one.by_name) == (cast.gita, "Gita Rao", "Be kinder.", "Tim Tell")
    assert cast.open_for(cast.tim)[0].paused_until == one.until
    una = cast.moderator(cast.una)
    again = lambda: moderation.pause(viewer=una, person_id=cast.gita, days=28, why="More.")  # noqa: E731
    assert "meanwhile" in refused(lambda: cast.make.do(again))
    for _twice in range(2):
        cast.make.do(lambda: moderation.end_pause(viewer=una, person_id=cast.gita))
    cast.give(cast.gita, cast.bo, why="Once more, at length.")
    cast.make.do(again)
    with clock.pinned(clock.now() + timedelta(days=28)):
        cast.give(cast.gita, cast.esi, why="When it has run out.")
    assert told == [PauseBegan(cast.gita), PauseEnded(cast.gita), PauseBegan(cast.gita)]


@pytest.mark.parametrize(("days", "why"), [(2, "Why not"), (7, ""), (7, "x" * 501)])
def test_a_pause_has_its_lengths_and_a_reason(cast: Cast, days: int, why: str) -> None:
    tim = cast.moderator(cast.tim)
    with pytest.raises(RuleBroken) as broken:
        cast.make.do(lambda: moderation.pause(viewer=tim, person_id=cast.gita, days=days, why=why))
    assert broken.value.field == ("days" if days == 2 else "why")


def test_no_moderator_ends_their_own_pause(cast: Cast) -> None:
    una, tim = cast.moderator(cast.una), cast.moderator(cast.tim)
    cast.make.do(lambda: moderation.pause(viewer=una, person_id=cast.tim, days=1, why="Rest."))
    with pytest.raises(NotVisible):
        cast.make.do(lambda: moderation.end_pause(viewer=tim, person_id=cast.tim))
    assert cast.make.read(lambda: moderation_queries.paused(tim).items) == []


# ---- what is written down ----------------------------------------------------------------------------------


def test_the_log_holds_what_moderators_did_and_not_who_asked(cast: Cast) -> None:
    first = cast.report(cast.bo)
    cast.decide(cast.tim, first, hide=True)
    cast.decide(cast.tim, first, hide=False, seen="hidden")
    kept = cast.report(cast.bo, cast.give(cast.gita, cast.esi, why="Another one, at length."))
    cast.decide(cast.una, kept, hide=False)
    written = sa.select(AuditEntry.code, AuditEntry.actor_id, AuditEntry.subject_id).order_by(AuditEntry.id)
    found = cast.make.read(lambda: [tuple(row) for row in db.session.execute(written)])
    assert found[-3:] == [
        ("words_hidden", cast.tim, cast.gita),
        ("words_restored", cast.tim, cast.gita),
        ("words_kept", cast.una, None),
    ]
    assert cast.bo not in {actor for _code, actor, _subject in found}


def test_settled_reports_are_forgotten_and_open_ones_are_not(cast: Cast) -> None:
    cast.decide(cast.tim, cast.report(cast.bo), hide=False)
    cast.report(cast.esi, cast.give(cast.gita, cast.mo, why="Another one, at length."))
    with clock.pinned(clock.now() + timedelta(days=91)):
        cast.make.do(moderation.forget_old)
    left = cast.make.read(lambda: list(db.session.scalars(sa.select(WordsReport.by_id))))
    assert left == [cast.esi] and cast.make.read(lambda: db.session.scalar(sa.select(sa.func.count(Kudos.id)))) == 2
