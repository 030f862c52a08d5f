"""What is found, and what is not, alike on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.core import settings
from portal.core.auth import EVERYONE
from portal.core.db import db
from portal.people import services as people
from portal.search import queries, services
from portal.search.models import SearchItem, SearchLink, SearchWord
from tests.makers import Make
from tests.search.conftest import Index

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def test_a_person_is_found_by_any_part_of_a_name_in_any_order_and_script(make: Make, index: Index) -> None:
    me = make.person("Noor Haddad")
    priya = make.person("Priya Raman-Müller")
    wang = make.person("王小明")
    maria = make.person("Мария Ковальська")
    index.count()
    for text in ("priya", "RAMAN priya", "muller", "Müller Priya", "raman-müller"):
        assert index.people(me, text) == [priya], text
    assert index.people(me, "小明") == [wang]
    assert index.people(me, "мария") == [maria]
    assert index.people(me, "mariya") == [maria]
    assert index.find(me, "priya").people[0].is_called_so


def test_letters_as_they_come(make: Make, index: Index) -> None:
    me, priya = make.person("Noor Haddad"), make.person("Priya Raman")
    for text in ("p", "pr", "priy", "raman pr", "priya"):
        assert index.people(me, text, as_typed=True) == [priya], text
    assert index.people(me, "priy ", as_typed=True) == [priya]  # ended: now it is a typo
    assert index.people(me, "pr") == []


@pytest.mark.parametrize(
    "typed", ["kubernets", "kuberrnetes", "kubrenetes", "kubernetrs", "pyhton", "pythn", "oython"]
)
def test_typos_and_swapped_letters(make: Make, index: Index, typed: str) -> None:
    me, jonas, hana = make.person("Noor Haddad"), make.person("Jonas Weber"), make.person("Hana Sato")
    index.put(1, "Kubernetes upgrade", people=[jonas])
    index.put(2, "Python packaging", people=[hana])
    assert index.people(me, typed) == [jonas if typed.startswith("k") else hana]


def test_a_rarer_word_that_goes_on_is_worth_no_more_and_a_beginning_may_be_a_slip(make: Make, index: Index) -> None:
    exact, longer, me = make.person("Ada"), make.person("Bo"), make.person("Noor")
    for number in range(1, 21):
        index.put(number, "code", people=[exact])
    index.put(30, "codec", people=[longer])
    index.put(31, "coefficient", people=[longer])
    index.count()
    assert index.people(me, "code", as_typed=True) == [exact, longer]
    assert index.people(me, "codec", as_typed=True)[0] == longer
    # One thing goes on from these letters, and a far commoner word is one slip away: both are found.
    assert set(index.people(me, "coe", as_typed=True)) == {exact, longer}
    assert index.people(me, "coef", as_typed=True) == [longer]


def test_why_names_only_what_the_viewer_may_open(make: Make, index: Index) -> None:
    me, jonas, ben = make.person("Noor Haddad"), make.person("Jonas Weber"), make.person("Ben Okri")
    team = make.team(jonas, ben)
    index.put(1, "GDPR export for all clubs", "Made the export", [jonas])
    index.put(2, "GDPR audit saved", "Said what to keep", [jonas], audience_ids=[team])
    index.put(3, "Unicorn launch", "", [jonas], audience_ids=[team])
    index.count()
    (seen,) = index.find(me, "gdpr").people
    assert [reason.subject_id for reason in seen.reasons] == [1]
    (seen,) = index.find(ben, "gdpr").people
    assert {reason.subject_id for reason in seen.reasons} == {1, 2}
    assert not index.find(me, "unicorn")  # not even that there is something
    assert not index.find(me, "unicornn")
    assert [hit.subject_id for hit in index.find(ben, "unicorn").hits["kudos"]] == [3]


def test_a_hidden_field_is_found_by_nobody(make: Make, index: Index) -> None:
    me = make.person("Noor Haddad")
    lena = make.person("Lena Vogel", place="Utrecht", place_detail="Attic", title="Librarian")
    mate = make.person("Ada Mate")
    make.team(lena, mate)
    assert index.people(me, "attic") == [lena]
    viewer = make.viewer(lena)

    def hide(shown_to: str) -> None:
        details = people.Details(
            name="Lena Vogel", preferred_name=None, pronouns=None, say_name=None, place_detail="Attic",
            time_zone=None, languages=[], working_days=[], links=[], reach_me_by=None, hue=None,
            shown={"place": shown_to},
        )  # fmt: skip
        people.change_details(viewer=viewer, details=details)

    make.do(lambda: hide("teams"))
    assert index.people(me, "attic") == [] == index.people(me, "utrecht")
    assert index.people(mate, "attic") == [lena]
    make.do(lambda: hide("nobody"))
    assert index.people(mate, "attic utrecht") == []
    assert index.people(me, "librarian") == [lena]


def test_a_guest_finds_whom_they_share_a_team_with(make: Make, index: Index) -> None:
    guest, mate, other = make.person("Gast Gerda", kind="guest"), make.person("Ada Mate"), make.person("Ada Other")
    make.team(guest, mate)
    index.put(1, "Ada compilers", "", [mate, other])
    assert index.people(guest, "ada") == [mate]
    assert not index.find(guest, "compilers")
    member = make.person("Noor Haddad")
    assert set(index.people(member, "ada")) == {mate, other}


def test_a_leaver_is_not_found(make: Make, index: Index) -> None:
    me, jonas = make.person("Noor Haddad"), make.person("Jonas Weber")
    index.put(1, "Kafka cluster", "", [jonas])
    assert index.people(me, "kafka") == [jonas]
    make.do(lambda: people.mark_left(person_id=jonas, actor_id=None))
    assert index.people(me, "kafka") == [] == index.people(me, "jonas")
    make.do(lambda: people.come_back(person_id=jonas, actor_id=None))
    assert index.people(me, "kafka") == [jonas] == index.people(me, "jonas")


def test_teams_and_goals_are_found(make: Make, index: Index) -> None:
    me, lead = make.member("Noor Haddad"), make.member("Jonas Weber")
    team_id = make.project("Blue Harbour", lead, purpose="Move every invoice")
    found = index.find(me, "invoice harbour")
    assert [hit.subject_id for hit in found.hits["team"]] == [team_id]
    assert found.hits["team"][0].title == "Blue Harbour"


def test_who_is_the_expert_and_who_can_answer_now(make: Make, index: Index) -> None:
    me, old, new = make.person("Noor Haddad"), make.person("Olga Alt"), make.person("Nils Neu")
    for number in range(6):
        index.put(number, f"Scheduler part {number}", "", [old], at=NOW - timedelta(days=1500 + number))
    for number in range(6, 9):
        index.put(number, f"Scheduler part {number}", "", [new], at=NOW - timedelta(days=number))
    index.put(20, "Something else", "", [new, old], at=NOW)
    index.count()
    assert [hit.person_id for hit in index.who_knows(me, "scheduler", "expert")] == [old, new]
    assert [hit.person_id for hit in index.who_knows(me, "scheduler", "answer")] == [new, old]
    assert [hit.person_id for hit in index.who_knows(new, "scheduler", "expert")] == [old]  # not oneself


def test_golden_order(make: Make, index: Index) -> None:
    """The same on both databases: what holds all words before what holds one, a rarer one before a common one."""
    me = make.person("Noor Haddad")
    some = [make.person(f"Person Number{number}") for number in range(5)]
    index.put(1, "Queue depth in the export", "export queue", [some[0]])
    index.put(2, "Export", "A queue in passing", [some[1]])
    index.put(3, "Queue", "many other words here about nothing", [some[2]])
    index.put(4, "Nothing", "queue export queue export queue", [some[3]])
    for number in range(10, 30):
        index.put(number, "Export of the month", "", [some[4]] if number == 10 else [])
    index.count()
    found = index.find(me, "export queue")
    assert [hit.subject_id for hit in found.hits["kudos"]][:5] == [4, 1, 2, 3, 29]
    assert [hit.person_id for hit in found.people][:4] == [some[3], some[0], some[1], some[2]]


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "a", "the and of", "word " * 500, '"', "'", "\"'); DROP TABLE person; --", "AND OR NOT", "NEAR(a b)",
        "a* b* (c", "{words}: x", "-x ^y", "x & y | !z <-> w", ":*", "\\", "'\\'",
        "😀", "שלום עולם", "\u202eabc", "\u200b",
        "日本", "c++", ".net", "%_%", "a" * 5000, "\x00", "\ud800", "﷽" * 100,
    ],
)  # fmt: skip
def test_anything_may_be_asked(make: Make, index: Index, text: str) -> None:
    me = make.person("Noor Haddad")
    index.put(1, "Something", "or other", [me])
    for as_typed in (False, True):
        found = index.find(me, text, as_typed=as_typed)
        assert isinstance(found.people, list)


def test_words_with_signs_are_found(make: Make, index: Index) -> None:
    me, cpp, net, go = (make.person(name) for name in ("Noor Haddad", "Cara Plus", "Dora Dot", "Gora Go"))
    index.put(1, "Templates in C++", "", [cpp])
    index.put(2, "Moving to .NET", "", [net])
    index.put(3, "C bindings", "", [go])
    assert index.people(me, "c++") == [cpp]
    assert index.people(me, ".net") == [net]


def test_putting_again_replaces_and_removing_removes(make: Make, index: Index, app: Flask) -> None:
    me, jonas = make.person("Noor Haddad"), make.person("Jonas Weber")
    index.put(1, "Terraform modules", "", [jonas])
    item = make.read(lambda: db.session.scalar(sa.select(SearchItem.id).where(SearchItem.kind == "kudos")))
    make.do(lambda: services.hide_from_others(person_id=jonas, item_ids=[item or 0]))
    assert index.people(me, "terraform") == []
    index.put(1, "Ansible roles", "", [jonas])
    assert not index.find(me, "terraform")
    assert index.people(me, "ansible") == []  # still hidden by its person
    assert index.find(me, "ansible").hits["kudos"]
    make.do(lambda: services.remove(kind="kudos", subject_id=1))
    assert not index.find(me, "ansible")
    left = sa.select(sa.func.count()).select_from(SearchLink)
    assert make.read(lambda: db.session.scalar(left)) == 0


def test_it_is_all_or_nothing(make: Make, index: Index) -> None:
    me = make.person("Noor Haddad")

    def half() -> None:
        services.put(
            kind="kudos", subject_id=1, title="Terraform", people=[(me, "receiver")], audience_ids=[EVERYONE]
        )
        raise RuntimeError

    with pytest.raises(RuntimeError):
        make.do(half)
    assert not index.find(me, "terraform")
    assert (
        make.read(lambda: db.session.scalar(sa.select(SearchWord.id).where(SearchWord.word == "terraform"))) is None
    )


def test_the_index_made_anew_is_the_same(make: Make, index: Index) -> None:
    me = make.person("Noor Haddad", title="Gardener")
    make.project("Blue Harbour", make.member("Jonas Weber"))
    index.put(1, "Terraform", "", [me], kind="work")

    def rows() -> list[tuple[object, ...]]:
        item = SearchItem
        query = sa.select(item.kind, item.subject_id, item.audience_id, item.words).order_by(
            item.kind, item.subject_id, item.audience_id
        )
        return [tuple(row) for row in db.session.execute(query)]

    before = make.read(rows)
    make.read(services.rebuild)
    assert make.read(rows) == before
    assert index.people(me, "gardener") == [me]


def test_asking_takes_the_same_number_of_statements(app: Flask, make: Make, index: Index) -> None:
    me = make.person("Noor Haddad")
    viewer = make.viewer(me)

    def count(text: str) -> int:
        statements: list[str] = []
        with app.app_context():
            listen = sa.event.listens_for(db.engine, "before_cursor_execute")
            listen(lambda _c, _cur, statement, *_more: statements.append(statement))
            queries.find(viewer, text, as_typed=True)
        return len([one for one in statements if not one.startswith("BEGIN")])

    for number in range(5):
        index.put(number, f"Terraform modules {number}", "", [me])
    index.count()
    few = count("terraform mod")
    for number in range(10, 60):
        index.put(number, f"Terraform modules {number}", "", [make.person(f"Person {number}")])
    index.count()
    assert count("terraform mod") == few


def test_work_from_elsewhere_shows_once_the_admins_said_so(make: Make) -> None:
    assert not make.read(queries.work_is_shown)
    make.do(lambda: settings.put(queries.WORK_SHOWN, True))
    assert make.read(queries.work_is_shown)
