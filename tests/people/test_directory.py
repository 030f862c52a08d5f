"""The directory: any part of a name in any order, filters, keyset pages, what a guest sees."""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from portal.core import clock
from portal.core.db import db
from portal.core.paging import cursor_of
from portal.core.panels import Narrowed
from portal.people import queries, services
from portal.people.models import Person
from portal.people.photos import Pictures
from tests.client import Client
from tests.makers import Make

NAMES = {
    "priya": "Priya Raman",
    "tomas": "Tomás Ferreira",
    "strasse": "Jürgen Groß",
    "soren": "Søren Ørsted",
    "arabic": "عبد الرحمن الخطيب",
    "japanese": "山田 花子",
    "russian": "Ольга Коваленко",
    "percent": "Max 100% Sure",
    "underscore": "snake_case",
    "slash": "back\\slash",
    "one": "Suryani",
    "emoji": "Grace 🎉 Mwangi",
    "quote": "Anne-Marie O'Neill",
}


@pytest.fixture
def people(make: Make) -> dict[str, int]:
    return {key: make.person(name) for key, name in NAMES.items()}


def found(make: Make, viewer_id: int, **more: Any) -> list[int]:
    viewer = make.viewer(viewer_id)
    return [card.id for card in make.read(lambda: queries.directory(viewer, size=100, **more)).items]


SEARCHES = [
    ("priya", {"priya"}),
    ("RAMAN pri", {"priya"}),
    ("iya", {"priya"}),
    ("ya man", {"priya"}),
    ("  priya   raman ", {"priya"}),
    ("priya raman x", set()),
    ("tomas", {"tomas"}),
    ("TOMÁS", {"tomas"}),
    (unicodedata.normalize("NFD", "tomás"), {"tomas"}),
    ("gross", {"strasse"}),
    ("groß", {"strasse"}),
    ("jurgen", {"strasse"}),
    ("søren", {"soren"}),
    ("soren orsted", {"soren"}),
    ("الرحمن", {"arabic"}),
    ("花子", {"japanese"}),
    ("花", {"japanese"}),
    ("子 山田", {"japanese"}),
    ("ольга", {"russian"}),
    ("olga kovalenko", {"russian"}),
    ("%", {"percent"}),
    ("100%", {"percent"}),
    ("_", {"underscore"}),
    ("e_c", {"underscore"}),
    ("p_iya", set()),
    ("p%a", set()),
    ("\\", {"slash"}),
    ("🎉", {"emoji"}),
    ("o'neill", {"quote"}),
    ("anne-marie", {"quote"}),
    ("marie neill", {"quote"}),
    ("'; DROP TABLE person; --", set()),
    ("x" * 5000, set()),
    ("a b c d e f g h i j k l m n", set()),
]


def test_any_part_of_a_name_in_any_order_and_script(make: Make, people: dict[str, int]) -> None:
    make.noise()
    viewer = make.viewer(people["one"])
    keys = {person_id: key for key, person_id in people.items()}

    def search() -> dict[str, set[str]]:
        return {q: {keys.get(c.id, "?") for c in queries.directory(viewer, q=q).items} for q, _ in SEARCHES}

    answers = make.read(search)
    assert {q: answers[q] for q, _ in SEARCHES} == dict(SEARCHES)


def test_the_preferred_name_is_found(make: Make) -> None:
    make.noise()
    me = make.person("Margarethe Vogt", preferred_name="Gretel")
    assert found(make, me, q="gretel vogt") == [me]


def test_people_are_in_the_order_of_their_names(make: Make) -> None:
    names = ["Zoe", "ada", "Émile", "Elena", "bo", "Ådne", "山田", "Ольга", "ada okoye"]
    ids = {make.person(name): name for name in names}
    listed = [ids[i] for i in found(make, next(iter(ids)))]
    assert listed == ["ada", "ada okoye", "Ådne", "bo", "Elena", "Émile", "Zoe", "Ольга", "山田"]


def test_filters_narrow_together(make: Make) -> None:
    make.noise()
    one = make.person("Ada", department="Data", place="Utrecht")
    make.person("Ada", department="Data", place="Berlin")
    make.person("Ada", department="Design", place="Utrecht")
    make.person("Bo", department="Data", place="Utrecht")
    viewer = make.viewer(one)
    filters = make.read(lambda: queries.filters(viewer))
    assert [c.name for c in filters.departments] == ["Data", "Design", "Noise"]
    assert [c.name for c in filters.places] == ["Berlin", "Elsewhere", "Utrecht"]
    data, utrecht = filters.departments[0].id, filters.places[2].id
    assert len(found(make, one, department_id=data)) == 3
    assert found(make, one, department_id=data, place_id=utrecht, q="ada") == [one]
    assert found(make, one, department_id=999_999) == []


def test_a_guest_is_offered_only_what_their_teams_have(make: Make) -> None:
    make.noise()
    guest = make.guest("Gita", department="Agency")
    mate = make.member("Mate", department="Data", place="Utrecht")
    shy = make.member("Shy", department="Design", place="Hidden place")
    viewer = make.viewer(shy)
    details = services.Details("Shy", None, None, None, None, None, [], [], [], None, None, {"place": "nobody"})
    make.do(lambda: services.change_details(viewer=viewer, details=details))
    make.team(guest, mate, shy)
    viewer = make.viewer(guest)
    filters = make.read(lambda: queries.filters(viewer))
    assert [c.name for c in filters.departments] == ["Agency", "Data", "Design"]
    assert [c.name for c in filters.places] == ["Utrecht"]


def test_new_here_is_the_newest_first_for_30_days(make: Make) -> None:
    make.noise()
    today = clock.today()
    days = {n: make.person(f"P{n}", starts_on=today - timedelta(days=n)) for n in (0, 1, 29, 30, 31, 400)}
    make.person("Soon", starts_on=today + timedelta(days=1))
    make.person("Unknown")
    with clock.pinned(clock.now()):
        assert found(make, days[400], new=True) == [days[n] for n in (0, 1, 29, 30)]
        assert found(make, days[400], new=True, q="p29") == [days[29]]
    viewer = make.viewer(days[0])
    cards = {c.id: c for c in make.read(lambda: queries.directory(viewer, size=100)).items}
    assert cards[days[0]].is_new
    assert not cards[days[31]].is_new


def test_whoever_starts_later_is_not_called_new(make: Make) -> None:
    me = make.person("Soon", starts_on=clock.today() + timedelta(days=9))
    viewer = make.viewer(me)
    (card,) = make.read(lambda: queries.cards(viewer, [me]))
    assert (card.is_new, card.starts_on) == (False, clock.today() + timedelta(days=9))


def test_today_is_today_where_they_are(make: Make) -> None:
    """Their own zone, else their place's: there, Tuesday begins on Monday at 10:00 UTC."""
    monday, there = date(2027, 1, 11), "Pacific/Kiritimati"
    moment = datetime(2027, 1, 11, 9, tzinfo=UTC)
    first = {"starts_on": monday + timedelta(days=1)}
    people = {
        "own zone": make.person("Own", **first),
        "place": make.person("Placed", place="London, Kiribati", place_time_zone=there, **first),
        "own before place": make.person("Both", place="London, Kiribati", **first),
        "neither": make.person("Neither", **first),
    }
    with clock.pinned(moment):
        for which, zone in (("own zone", there), ("own before place", "Europe/London")):
            viewer = make.viewer(people[which])
            details = services.Details("Name", None, None, None, None, zone, [], [], [], None, None, {})
            make.do(lambda viewer=viewer, details=details: services.change_details(viewer=viewer, details=details))
        for person_id in people.values():
            viewer = make.viewer(person_id)
            make.do(lambda viewer=viewer: services.set_away(viewer=viewer, until=monday))
    viewer = make.viewer(make.person("Reader", place="Honolulu", place_time_zone="Pacific/Honolulu"))

    def begun() -> set[str]:
        """Who has begun, as their cards say: all of it at once."""
        cards = make.read(lambda: queries.cards(viewer, list(people.values())))
        found = set()
        for which, card in zip(people, cards, strict=True):
            state = (card.starts_on is None, card.is_new, card.away_until is None)
            assert state in {(True,) * 3, (False,) * 3}, which
            if all(state):
                found.add(which)
        return found

    for hours, who in ((0.9, set()), (1, {"own zone", "place"}), (14.9, {"own zone", "place"}), (15, set(people))):
        with clock.pinned(moment + timedelta(hours=hours)):
            assert begun() == who, hours


@pytest.mark.parametrize("new", [False, True])
@pytest.mark.parametrize("teams", [0, 3])
def test_pages_are_complete_and_without_doubles(make: Make, new: bool, teams: int) -> None:
    start = clock.today()
    ids = [make.person("Ada Okoye", starts_on=start) for _ in range(60)]
    for _ in range(teams):
        make.team(*ids[:20])
    viewer = make.viewer(ids[0])
    seen: list[int] = []
    sizes: list[int] = []
    cursor: str | None = None
    while True:
        page = make.read(lambda cursor=cursor: queries.directory(viewer, new=new, cursor=cursor, size=7))
        seen += [card.id for card in page.items]
        sizes.append(len(page.items))
        if page.next is None:
            break
        cursor = page.next
    assert seen == sorted(ids, reverse=new)
    assert sizes == [7] * 8 + [4], "every page but the last is full"


def test_whoever_comes_or_goes_between_pages_moves_nobody_else(make: Make) -> None:
    ids = [make.person(f"P {n:02}") for n in range(10)]
    viewer = make.viewer(ids[0])
    first = make.read(lambda: queries.directory(viewer, size=4))
    make.person("P 00 earlier")
    make.do(lambda: services.mark_left(person_id=ids[3], actor_id=None))
    make.do(lambda: services.mark_left(person_id=ids[5], actor_id=None))
    second = make.read(lambda: queries.directory(viewer, size=4, cursor=first.next))
    assert [c.id for c in second.items] == [ids[4], ids[6], ids[7], ids[8]]


@pytest.mark.parametrize(
    "cursor",
    ["x", "%%%", "[]", cursor_of("a"), cursor_of(1, "a"), cursor_of("a", 2**64), cursor_of("a\x00", 1), "é" * 9,
     "A" * 5000, cursor_of("a", 1, 2), "e30", "bnVsbA", "W251bGwsMV0"],
)  # fmt: skip
@pytest.mark.parametrize("new", [False, True])
def test_a_damaged_cursor_is_the_first_page(make: Make, cursor: str, new: bool) -> None:
    ids = [make.person(f"P{n}", starts_on=clock.today()) for n in range(3)]
    assert found(make, ids[0], cursor=cursor, new=new) == (ids[::-1] if new else ids)


def test_a_cursor_of_the_other_order_harms_nothing(make: Make) -> None:
    ids = [make.person(f"P{n}", starts_on=clock.today()) for n in range(3)]
    assert found(make, ids[0], cursor=cursor_of("not a day", 1), new=True) == ids[::-1]
    assert found(make, ids[0], cursor=cursor_of(str(date.max), 1)) == ids


def test_a_name_that_unfolds_into_thousands_of_letters_can_be_paged_past(make: Make) -> None:
    ids = [make.person("\ufdfa" * 120) for _ in range(3)]
    viewer = make.viewer(ids[0])
    first = make.read(lambda: queries.directory(viewer, size=1))
    second = make.read(lambda: queries.directory(viewer, size=1, cursor=first.next))
    assert [first.items[0].id, second.items[0].id] == ids[:2]


def test_more_teams_than_a_query_has_branches(make: Make) -> None:
    guest, mate = make.guest("Gita"), make.person("Bo")
    for _ in range(103):
        make.team(guest, mate)
    assert found(make, guest) == [mate, guest]


# ---- a team's people ---------------------------------------------------------------------------------------


def shy(make: Make, person_id: int, shown: str) -> None:
    """They show their place to `shown` only."""
    viewer = make.viewer(person_id)
    name = make.read(lambda: queries.me(viewer).name)
    details = services.Details(name, None, None, None, None, None, [], [], [], None, None, {"place": shown})
    make.do(lambda: services.change_details(viewer=viewer, details=details))


def test_a_teams_people_are_found_as_far_as_the_viewer_may_see_them(make: Make) -> None:
    make.noise()
    outsider, guest = make.person("Out"), make.person("Gita", kind="guest")
    ada, bo = make.person("Ada", place="Utrecht", department="Data"), make.person("Bo", place="Utrecht")
    hidden = make.person("Cy", place="Utrecht")
    shy(make, bo, "teams")
    shy(make, hidden, "nobody")
    team, other = make.team(ada, bo, hidden, guest), make.team(ada, outsider)
    place_id = make.read(lambda: queries.filters(make.viewer(ada)).places[-1].id)
    everybody = [ada, bo, hidden, guest]
    for who in (outsider, ada, guest):
        assert found(make, who, narrowed=[Narrowed("", team)]) == everybody
        assert found(make, who, narrowed=[Narrowed("", team)], q="a") == [ada, guest]
    assert found(make, outsider, narrowed=[Narrowed("", team)], place_id=place_id) == [ada]
    assert found(make, ada, narrowed=[Narrowed("", team)], place_id=place_id) == [ada, bo], (
        "what is shown to my teams"
    )
    assert found(make, hidden, narrowed=[Narrowed("", team)], place_id=place_id) == [ada, bo]
    assert found(make, guest, narrowed=[Narrowed("", other)]) == [], "whom they see, yes, but not that they are in it"
    assert found(make, outsider, narrowed=[Narrowed("", 999_999)]) == []
    assert found(make, make.person("Hana", kind="guest"), narrowed=[Narrowed("", team)]) == []
    make.do(lambda: services.mark_left(person_id=ada, actor_id=None))
    assert ada not in found(make, outsider, narrowed=[Narrowed("", team)])


def test_a_teams_people_are_paged_and_narrowed(make: Make) -> None:
    crew = [make.person(f"P {n:02}", department="Data" if n % 2 else "Design") for n in range(11)]
    outsider = make.person("Out", department="Data")
    new = make.person("New", starts_on=clock.today(), department="Data")
    team = make.team(*crew, new)
    viewer = make.viewer(outsider)
    seen: list[int] = []
    cursor = None
    while True:
        page = make.read(
            lambda cursor=cursor: queries.directory(viewer, narrowed=[Narrowed("", team)], size=5, cursor=cursor)
        )
        seen += [card.id for card in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert seen == [new, *crew]
    data = make.read(lambda: queries.filters(viewer).departments[0].id)
    assert found(make, outsider, narrowed=[Narrowed("", team)], department_id=data) == [new, *crew[1::2]]
    assert found(make, outsider, narrowed=[Narrowed("", team)], new=True) == [new]


def test_a_guest_past_their_last_day_is_in_no_team(make: Make) -> None:
    today = clock.today()
    guest, me = make.person("Gita", kind="guest", ends_on=today), make.person("Me")
    team = make.team(guest, me)
    assert found(make, me, narrowed=[Narrowed("", team)]) == [guest, me]
    with clock.pinned(clock.now() + timedelta(days=2)):
        assert found(make, me, narrowed=[Narrowed("", team)]) == [me]


def test_whoever_is_past_their_last_day_takes_nobodys_place_on_a_page(make: Make) -> None:
    today = clock.today()
    me = make.person("Me")
    make.person("Gita", kind="guest", ends_on=today)
    viewer = make.viewer(me)
    with clock.pinned(clock.now() + timedelta(days=2)):
        page = make.read(lambda: queries.directory(viewer, size=1))
    assert ([card.id for card in page.items], page.next) == ([me], None)


def test_a_guest_is_offered_nothing_of_whoever_is_past_their_last_day(make: Make) -> None:
    guest = make.guest("Gita", department="Agency")
    mate = make.person("Mate", kind="guest", ends_on=clock.today(), department="Data", place="Utrecht")
    make.team(guest, mate)
    viewer = make.viewer(guest)

    def offered() -> list[str]:
        filters = make.read(lambda: queries.filters(viewer))
        return [choice.name for choice in filters.departments + filters.places]

    assert offered() == ["Agency", "Data", "Utrecht"]
    with clock.pinned(clock.now() + timedelta(days=2)):
        assert offered() == ["Agency"]


def test_a_guest_has_the_photos_of_whom_they_see(make: Make) -> None:
    guest, mate, other = make.guest("Gita"), make.person("Mate"), make.person("Other")
    leaving = make.person("Leaving", kind="guest", ends_on=clock.today())
    make.team(guest, mate, leaving)
    for person_id in (guest, mate, other, leaving):
        some = Pictures(b"portrait %d" % person_id, b"square %d" % person_id, cutout=False)
        make.do(lambda person_id=person_id, some=some: services.set_photo(person_id=person_id, pictures=some))

    def seen() -> list[str]:
        viewer = make.viewer(guest)

        def work() -> list[str]:
            people = [db.session.get_one(Person, one) for one in (guest, mate, other, leaving)]
            return [one.name for one in people if queries.may_see_photo(viewer, str(one.square))]

        return make.read(work)

    assert seen() == ["Gita", "Mate", "Leaving"]
    with clock.pinned(clock.now() + timedelta(days=2)):
        assert seen() == ["Gita", "Mate"]


# ---- who is meant ------------------------------------------------------------------------------------------


def named(make: Make, viewer_id: int, *written: str, **more: Any) -> list[list[int]]:
    viewer = make.viewer(viewer_id)
    answers = make.read(lambda: queries.by_names(viewer, list(written), **more))
    return [answers[text] for text in written]


def test_who_is_meant_by_a_name(make: Make) -> None:
    ben, benedikt = make.person("Ben Carter"), make.person("Benedikt Berg")
    bens = make.person("Benson Adams")
    tomas, gretel = make.person("Tomás Groß"), make.person("Margarethe Vogt", preferred_name="Gretel")
    yamada, percent = make.person("山田 花子"), make.person("Max 100% Sure")
    assert named(make, ben, "Ben", "bene", "Ben Carter", "carter ben", "tomas gross", "TOMÁS", "gretel vogt") == [
        [ben], [benedikt], [ben], [ben], [tomas], [tomas], [gretel],
    ]  # fmt: skip
    assert named(make, ben, "Be") == [[ben, benedikt, bens]], "by name"
    assert named(make, ben, "花子", "100%", "%", "enedikt", "", "Ben Carter Berg", "\\", "_") == [
        [yamada], [percent], [], [], [], [], [], [],
    ]  # fmt: skip
    assert named(make, ben, "Be", most=2) == [[ben, benedikt]]
    many = ["Nobody 1", "Nobody 2", "Nobody 3", "Nobody 4", "Nobody 5", "Ben", "Be", "carter ben"]
    assert named(make, ben, *many) == [[], [], [], [], [], [ben], [ben, benedikt, bens], [ben]], "in any number"


def test_whoever_is_called_just_that_comes_before_whoever_has_the_words(make: Make) -> None:
    just, more = make.person("Ada Okoye"), make.person("Ada Okoye Berg")
    same = [make.person("Ada Okoye") for _ in range(9)]
    rare = make.person("Zed Zed")
    assert named(make, more, "Ada Okoye") == [[just, *same][:8]]
    assert named(make, more, "Ada Okoye", "Zed Zed", most=2) == [[just, same[0]], [rare]]


def test_a_whole_word_is_found_behind_many_that_only_begin_so(make: Make) -> None:
    others = [make.person(f"A{n:02} Bennett") for n in range(35)]
    ben = make.person("Zoe Ben")
    assert named(make, others[0], "Ben") == [[ben]]


def test_a_guest_means_only_whom_they_see(make: Make) -> None:
    guest, mate, hidden = make.person("Gita", kind="guest"), make.person("Ada One"), make.person("Ada Two")
    for _ in range(2):
        make.team(guest, mate)
    assert named(make, guest, "Ada", "Ada Two", "Ada One") == [[mate], [], [mate]]
    assert named(make, hidden, "Ada") == [[mate, hidden]]


def test_nobody_means_whoever_is_past_their_last_day(make: Make) -> None:
    me, late = make.person("Ada Berg"), make.person("Ada", kind="guest", ends_on=clock.today())
    assert named(make, me, "Ada") == [[late]]
    with clock.pinned(clock.now() + timedelta(days=2)):
        assert named(make, me, "Ada") == [[me]]


def test_who_has_an_address(make: Make) -> None:
    guest = make.person("Gita", kind="guest")
    mate, other = make.person("Mate", email="Mate@Example.org"), make.person("Other", email="other@example.org")
    gone = make.person("Gone", email="gone@example.org")
    late = make.person("Late", kind="guest", email="late@example.org", ends_on=clock.today() - timedelta(days=2))
    make.team(guest, mate)
    make.do(lambda: services.mark_left(person_id=gone, actor_id=None))
    keys = ["mate@example.org", "other@example.org", "gone@example.org", "late@example.org", "nobody@example.org"]

    def who(viewer_id: int) -> dict[str, tuple[int, bool]]:
        viewer = make.viewer(viewer_id)
        answer = make.read(lambda: queries.by_addresses(viewer, keys))
        return {key.partition("@")[0]: (one.person_id, one.has_left) for key, one in answer.items()}

    assert who(mate) == {"mate": (mate, False), "other": (other, False), "gone": (gone, True), "late": (late, True)}
    assert who(guest) == {"mate": (mate, False)}, "nothing about whom they do not see, not even that they have left"


# ---- the page ----------------------------------------------------------------------------------------------


def listed(page: Any) -> list[str]:
    return [" ".join(h.text_content().split()) for h in page.all(".pcard-name")]


def test_the_page_pages_on_with_its_filters(client: Client, make: Make) -> None:
    for n in range(30):
        make.person(f"Ada {n:02}", department="R & D", place="Utrecht")
    make.noise()
    client.sign_in(make.email(make.member("Zed")))
    page = client.get("people.directory", q="ada", department="r & d", place="utrecht")
    names = listed(page)
    more = next(h for h in page.links() if "after=" in h)
    assert len(names) == 24
    assert parse_qs(urlsplit(more).query)["department"] == ["r & d"]
    second = client.get(more)
    assert names + listed(second) == [f"Ada {n:02}" for n in range(30)]
    assert not [h for h in second.links() if "after=" in h]


def test_the_page_of_new_people(client: Client, make: Make) -> None:
    make.person("Ada", starts_on=clock.today())
    client.sign_in(make.email(make.member("Zed")))
    page = client.get("people.directory", new=1)
    assert listed(page) == ["Ada"]
    assert "New here" in page.all("article")[0].text_content()
    assert [a.text_content() for a in page.all("[aria-current=true]")] == ["New here"]


def test_a_fragment_for_htmx(client: Client, make: Make) -> None:
    make.person("Ada Okoye")
    client.sign_in(make.email(make.member("Zed")))
    answer = client.raw.get("/people?q=okoye", headers={"HX-Request": "true"})
    html = answer.get_data(as_text=True)
    assert html.lstrip().startswith('<section id="results"')
    assert "<html" not in html
    assert "Ada Okoye" in html
    assert "HX-Request" in answer.headers["Vary"]
    assert "HX-Request" in client.raw.get("/people").headers["Vary"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"q": "nobody like this"}, "Nobody with that name"),
        ({"new": "1"}, "Nobody is new here"),
        ({"department": "data", "place": "elsewhere"}, "Nobody matches that"),
    ],
)
def test_empty_pages_say_what_to_do(client: Client, make: Make, query: dict[str, str], said: str) -> None:
    make.noise()
    make.person("Ada", department="Data", place="Utrecht")
    client.sign_in(make.email(make.member("Zed")))
    page = client.get("people.directory", **query)
    assert said in page.main
    assert listed(page) == []
    assert "Show everyone" in page.main


def test_a_guest_without_a_team(client: Client, make: Make) -> None:
    make.noise()
    client.sign_in(make.email(make.guest("Gita")))
    page = client.get("people.directory")
    assert "No team yet" in page.main
    assert listed(page) == []
    assert [o.get("value") for o in page.all("select option")] == ["", ""]


@pytest.mark.parametrize(
    "query",
    [
        "q=%00",
        "q=%ED%A0%80",
        "department=%00",
        "place=nowhere",
        "after=%00",
        "new=yes",
        "q=<script>alert(1)</script>",
        "q=" + "x" * 3000,
    ],
)
def test_odd_queries_are_answered(client: Client, make: Make, query: str) -> None:
    client.sign_in(make.email(make.member("Zed")))
    page = client.get(f"/people?{query}")
    assert "<script>alert" not in page.html


def test_names_are_text_and_not_html(client: Client, make: Make) -> None:
    name = '<script>alert(1)</script> & "quotes" <b>b</b>'
    make.person(name, title="<img src=x onerror=alert(1)>", department="<i>D</i>", place="</select><script>")
    client.sign_in(make.email(make.member("Zed")))
    page = client.get("people.directory", q="script")
    assert listed(page) == [name]
    assert "<img src=x onerror=alert(1)>" in page.main
    assert not page.all("main script, main b, main i, main img[onerror]")
