"""The pages of teams, as a browser without JavaScript reads and sends them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from portal.core import clock, settings
from portal.core.db import db
from portal.teams import queries, services
from portal.teams.models import Team
from portal.teams.services import KickOff
from tests.client import Client, Page
from tests.makers import Make

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)


def started(client: Client, page: Page) -> Page:
    """The page behind the button that starts (or adds), pressed on a checked form."""
    return client.follow(page.submit(containing="people"))


def checked(client: Client, page: Page, status: int = 200, **fields: str) -> Page:
    return client.read(page.submit({**fields, "check": "1"}, containing="people"), status)


# ---- starting ----------------------------------------------------------------------------------------------


def test_a_team_is_started_on_one_page(client: Client, make: Make) -> None:
    make.noise()
    me = make.member("Tomás Rivera")
    make.person("Ben Carter", title="Finance")
    make.person("Hana Kim", email="hana@example.org")
    berg = make.person("Jonas Berg")
    make.person("Jonas Weber")
    client.sign_in(make.email(me))
    people = "Hana Kim <HANA@example.org>, Ben; Jonas\nnew@elsewhere.example\nben carter"
    page = checked(client, client.get("teams.new"), 422, name="Lighthouse", people=people)
    assert page.errors == ["Some names fit several people. Pick who you mean below."]
    assert "Ben Carter" in page.main and "Named twice, added once" in page.main
    pick = page.all("input[type=radio]")[0].get("name")
    page = checked(client, page, **{pick: make.handle(berg)})
    assert "1 address is new here and gets an invitation" in page.main
    assert "as a guest" in page.main
    page = started(client, page)
    assert page.path == "/t/lighthouse/invite"
    assert "The team is there" in page.flashes[0]
    team = client.get("teams.team", slug="lighthouse")
    for name in ("Tomás", "Hana", "Ben", "Jonas"):
        assert name in team.main
    assert "Jonas Weber" not in client.get("/people?team=lighthouse").main
    assert "Jonas Berg" in client.get("/people?team=lighthouse").main


def test_whoever_starts_it_may_name_another_lead(client: Client, make: Make) -> None:
    me, other = make.member("Tomás"), make.member("Aoi Mori")
    client.sign_in(make.email(me))
    page = checked(client, client.get("teams.new"), name="Elm", lead="aoi")
    page = started(client, page)
    settings_of_it = make.read(lambda: queries.team(make.viewer(other), "elm"))
    assert settings_of_it.i_lead
    assert client.raw.get("/t/elm/settings").status_code == 404
    assert client.raw.get("/t/elm").status_code == 200


def test_a_lead_with_a_name_that_several_have_is_a_choice(client: Client, make: Make) -> None:
    me = make.member("Tomás")
    first, _second = make.person("Jonas Berg"), make.person("Jonas Weber")
    client.sign_in(make.email(me))
    page = checked(client, client.get("teams.new"), 422, name="Elm", lead="Jonas")
    assert page.errors == ["Several people are called that. Pick one."]
    page = checked(client, page, lead_handle=make.handle(first))
    started(client, page)
    viewer = make.viewer(first)
    assert make.read(lambda: queries.team(viewer, "elm")).i_lead


@pytest.mark.parametrize("lead", ["nobody at all", "gita"])
def test_a_lead_has_to_work_here(client: Client, make: Make, lead: str) -> None:
    me = make.member("Tomás")
    make.guest("Gita Rao")
    client.sign_in(make.email(me))
    page = checked(client, client.get("teams.new"), 200 if lead == "gita" else 422, name="Elm", lead=lead)
    if lead == "gita":
        page = client.read(page.submit(containing="people"), 422)
        assert page.errors == ["The lead has to be somebody who works here. Name somebody else."]
    else:
        assert page.errors == ["Nobody here with that name"]
    assert make.read(lambda: db.session.query(Team).count()) == 0


def test_a_double_click_starts_one_team(client: Client, make: Make) -> None:
    client.sign_in(make.email(make.member("Tomás")))
    page = checked(client, client.get("teams.new"), name="Elm")
    first, second = page.submit(containing="people"), page.submit(containing="people")
    assert first.headers["Location"] == second.headers["Location"] == "/t/elm/invite"
    assert make.read(lambda: db.session.query(Team).count()) == 1


def test_what_was_typed_is_kept_and_each_mistake_stands_by_its_field(client: Client, make: Make) -> None:
    client.sign_in(make.email(make.member("Tomás")))
    page = checked(
        client,
        client.get("teams.new"),
        422,
        name="",
        purpose="x" * 212,
        kickoff_day="2030-02-31",
        kickoff_time="25:00",
        people="Somebody Unknown\n@@@ nobody@\n",
    )
    assert page.errors == [
        "Give the team a name",
        "12 characters over",
        "Pick a day, or write it like 2030-12-31",
        "Write the time like 14:30",
    ]
    fields = page.fields("people")
    assert fields["kickoff_day"] == "2030-02-31" and fields["people"].strip().startswith("Somebody Unknown")
    page = checked(client, page, 422, name="Elm", purpose="", kickoff_day="", kickoff_time="")
    assert page.errors == ["Some lines match nobody here. Change them or leave them out."]
    assert "2 lines match nobody here" in page.main
    page = client.read(page.submit({"drop": "1"}, containing="people"))
    assert page.fields("people")["people"].strip() == ""
    assert started(client, page).path == "/t/elm/invite"


def test_three_hundred_lines_with_half_of_them_nonsense(client: Client, make: Make) -> None:
    client.sign_in(make.email(make.member("Tomás")))
    known = [make.person(f"Person Number{n}", email=f"n{n}@example.org") for n in range(5)]
    lines = [f"n{n % 5}@example.org" if n % 2 else f"}}{{ {n} ??" for n in range(300)]
    page = checked(client, client.get("teams.new"), 422, name="Elm", people="\n".join(lines))
    assert "150 lines match nobody here" in page.main
    assert "These are the first 100." in page.main
    page = client.read(page.submit({"drop": "1"}, containing="people"))
    started(client, page)
    assert "6 people" in client.get("teams.teams").main
    assert known


def test_a_guest_starts_no_team(client: Client, make: Make) -> None:
    guest = make.guest("Gita")
    team = make.project("Elm", make.member("Tomás"), guest)
    client.sign_in(make.email(guest))
    client.get("teams.new", status=404)
    assert "Start a team" not in client.get("teams.teams").main
    assert team


@pytest.mark.parametrize(
    ("day", "at", "words"),
    [
        ("2026-05-31", "10:00", "This has passed already. Pick a day and an hour that lie ahead."),
        ("2027-03-28", "02:30", "The clocks skip this hour that day. Pick another one."),
        ("2027-03-28", "", "And at what time?"),
        ("", "10:00", "And on which day?"),
        ("2031-01-01", "10:00", "Pick a day within two years"),
    ],
)
def test_a_kickoff_that_cannot_be(client: Client, make: Make, day: str, at: str, words: str) -> None:
    client.sign_in(make.email(make.member("Tomás")))
    sent = {"name": "Elm", "kickoff_day": day, "kickoff_time": at, "kickoff_zone": "Europe/Amsterdam"}
    with clock.pinned(NOW):
        page = client.read(client.get("teams.new").submit(sent, containing="people"), 422)
    assert page.errors == [words]
    assert page.fields("people")["kickoff_day"] == day


# ---- the page ----------------------------------------------------------------------------------------------


def test_the_kickoff_is_on_the_wall_there_and_for_me(client: Client, make: Make) -> None:
    me = make.member("Tomás", place="Bengaluru", place_time_zone="Asia/Kolkata")
    with clock.pinned(NOW):
        make.project("Elm", me, kickoff=KickOff(date(2026, 6, 4), time(10, 0), "Europe/Amsterdam"), place="room Oak")
        client.sign_in(make.email(me))
        page = client.get("teams.team", slug="elm")
    assert "Kick-off Thursday 4 June, 10:00 in Amsterdam (13:30 for you), room Oak" in page.main


def test_where_we_talk_is_for_the_team(client: Client, make: Make) -> None:
    lead, other = make.member("Tomás"), make.member("Bo")
    make.project("Elm", lead, talks_at="https://chat.example/elm")
    client.sign_in(make.email(lead))
    assert "https://chat.example/elm" in client.get("teams.team", slug="elm").links()
    stranger = client.another().sign_in(make.email(other))
    assert "chat.example" not in stranger.get("teams.team", slug="elm").html


def test_an_old_address_leads_on_for_whoever_may_see_the_team(client: Client, make: Make) -> None:
    lead, guest, stranger = make.member("Tomás"), make.guest("Gita"), make.guest("Imogen")
    team = make.project("Elm", lead, guest)
    viewer = make.viewer(lead)
    make.do(lambda: services.change_team(viewer=viewer, team_id=team, plan=services.Plan("Oak Room")))
    for person, status in ((lead, 308), (guest, 308), (stranger, 404)):
        browser = client.another().sign_in(make.email(person))
        response = browser.raw.get("/t/elm")
        assert response.status_code == status
        if status == 308:
            assert response.headers["Location"] == "/t/oak-room"
    assert client.another().sign_in(make.email(lead)).raw.get("/t/elm/kickoff.ics").status_code == 308


def test_a_guest_reaches_only_their_teams(client: Client, make: Make) -> None:
    lead, guest = make.member("Tomás"), make.guest("Gita")
    ahead = KickOff(date(2026, 6, 4), time(10, 0), "UTC")
    with clock.pinned(NOW):
        make.project("Elm", lead, guest, kickoff=ahead)
        make.project("Oak", lead, kickoff=ahead)
        client.sign_in(make.email(guest))
        for address in ("", "/kickoff.ics"):
            assert client.raw.get(f"/t/elm{address}").status_code == 200
            assert client.raw.get(f"/t/oak{address}").status_code == 404
        for address in ("/invite", "/settings", "/close"):
            assert client.raw.get(f"/t/elm{address}").status_code == 404
        assert client.raw.get("/people?team=oak").status_code == 404
        page = client.get("teams.teams")
        assert "Elm" in page.main and "Oak" not in page.main
        assert "Oak" not in client.get("people.person", handle=make.handle(lead)).main


def test_more_people_than_a_line_up_holds(sqlite_client: Client, sqlite_make: Make) -> None:
    make, client = sqlite_make, sqlite_client
    lead = make.member("Tomás")
    people = [make.person(f"Person {n}") for n in range(queries.LINE_UP + 3)]
    make.project("Elm", lead, *people)
    client.sign_in(make.email(lead))
    page = client.get("teams.team", slug="elm")
    assert len(page.all(".lineup li")) == queries.LINE_UP
    assert f"See all {queries.LINE_UP + 4} people" in page.main
    assert "/people?team=elm" in page.links()


def test_the_calendar_file(client: Client, make: Make) -> None:
    from icalendar import Calendar

    lead = make.member("Tomás")
    with clock.pinned(NOW):
        plan = {"kickoff": KickOff(date(2026, 6, 4), time(10, 0), "Europe/Amsterdam"), "place": "Oak, or online; see"}
        team = make.project("Elm", lead, purpose="Überall, 日本\nzwei", **plan)
        client.sign_in(make.email(lead))

        def event() -> dict[str, object]:
            response = client.raw.get("/t/elm/kickoff.ics")
            assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
            assert 'filename="elm-kickoff.ics"' in response.headers["Content-Disposition"]
            assert b"\r\n" in response.data and b"VTIMEZONE" in response.data
            return dict(Calendar.from_ical(response.data).walk("VEVENT")[0])

        first = event()
        assert first["SEQUENCE"] == 0
        assert first["LOCATION"] == "Oak, or online; see"
        assert first["DTSTART"].dt.astimezone(UTC) == datetime(2026, 6, 4, 8, 0, tzinfo=UTC)  # type: ignore[attr-defined]
        viewer = make.viewer(lead)
        moved = services.Plan("Elm", kickoff=KickOff(date(2026, 6, 5), time(10, 0), "Europe/Amsterdam"))
        make.do(lambda: services.change_team(viewer=viewer, team_id=team, plan=moved))
        second = event()
        assert second["UID"] == first["UID"] and second["SEQUENCE"] == 1
        make.do(lambda: services.change_team(viewer=viewer, team_id=team, plan=services.Plan("Elm")))
        assert client.raw.get("/t/elm/kickoff.ics").status_code == 404


# ---- settings ----------------------------------------------------------------------------------------------


def test_two_leads_editing_at_once_lose_nothing(client: Client, make: Make) -> None:
    lead, other = make.member("Tomás"), make.member("Aoi")
    team = make.project("Elm", lead, other)
    viewer = make.viewer(lead)
    make.do(lambda: services.set_lead(viewer=viewer, team_id=team, person_id=other, leads=True))
    client.sign_in(make.email(lead))
    second = client.another().sign_in(make.email(other))
    mine, theirs = client.get("teams.settings", slug="elm"), second.get("teams.settings", slug="elm")
    second.follow(theirs.submit({"purpose": "Theirs"}, containing="purpose"))
    page = client.read(mine.submit({"purpose": "Mine"}, containing="purpose"), 422)
    assert "Somebody else changed this meanwhile" in page.errors[0]
    assert "Theirs" in page.main
    assert page.fields("purpose")["purpose"] == "Mine"
    client.follow(page.submit({"purpose": "Mine and theirs"}, containing="purpose"))
    assert "Mine and theirs" in client.get("teams.team", slug="elm").main


def test_leads_come_and_go_and_the_last_one_stays(client: Client, make: Make) -> None:
    lead, other = make.member("Tomás Rivera"), make.member("Aoi Mori")
    make.project("Elm", lead, other)
    client.sign_in(make.email(lead))

    def press(person: int, what: str) -> Page:
        page = client.get("teams.settings", slug="elm")
        token = page.fields("handle")["csrf_token"]
        sent = {"csrf_token": token, "handle": make.handle(person), "do": what}
        return client.follow(client.raw.post("/t/elm/members", data=sent))

    assert "Somebody has to lead" in press(lead, "unlead").flashes[0]
    assert "the only lead" in press(lead, "remove").flashes[0]
    assert press(other, "lead").flashes == ["Saved."]
    page = press(lead, "unlead")
    assert page.path == "/t/elm"
    assert client.raw.get("/t/elm/settings").status_code == 404


def test_a_member_leaves_and_a_guest_sees_nothing_of_it_then(client: Client, make: Make) -> None:
    lead, guest = make.member("Tomás"), make.guest("Gita")
    make.project("Elm", lead, guest)
    client.sign_in(make.email(guest))
    page = client.follow(client.get("teams.team", slug="elm").submit(action="/t/elm/leave"))
    assert page.path == "/teams"
    assert "You have left Elm." in page.flashes
    assert client.raw.get("/t/elm").status_code == 404


def test_whoever_is_not_in_a_team_cannot_be_taken_out_of_it(client: Client, make: Make) -> None:
    lead, outsider = make.member("Tomás"), make.member("Aoi")
    make.project("Elm", lead)
    page = client.sign_in(make.email(outsider)).get("home.me")
    sent = {**page.fields(action="/sign-out"), "handle": make.handle(outsider), "do": "remove"}
    assert client.raw.post("/t/elm/members", data=sent).status_code == 404


def test_the_only_lead_is_told_to_hand_over_first(client: Client, make: Make) -> None:
    lead = make.member("Tomás")
    make.project("Elm", lead, make.member("Aoi"))
    client.sign_in(make.email(lead))
    page = client.follow(client.get("teams.team", slug="elm").submit(action="/t/elm/leave"))
    assert "Hand the lead over first" in page.flashes[0]


def test_a_team_whose_lead_left_the_company_finds_another(client: Client, make: Make) -> None:
    from portal.people import services as people

    lead, member, guest = make.member("Tomás"), make.member("Aoi"), make.guest("Gita")
    make.project("Elm", lead, member, guest)
    make.do(lambda: people.mark_left(person_id=lead, actor_id=None))
    as_guest = client.another().sign_in(make.email(guest)).get("teams.team", slug="elm")
    assert "no lead" in as_guest.main and "Take the lead" not in as_guest.main
    client.sign_in(make.email(member))
    page = client.get("teams.team", slug="elm")
    assert "This team has no lead at the moment." in page.main
    page = client.follow(page.submit(action="/t/elm/take-lead"))
    assert "You lead it now." in page.flashes
    assert "no lead" not in page.main
    client.get("teams.settings", slug="elm")


# ---- the join link -----------------------------------------------------------------------------------------


def link_of(client: Client, slug: str = "elm") -> str:
    (field,) = client.get("teams.invite", slug=slug).all("#join-link")
    return str(field.get("value")).removeprefix("http://localhost").partition("/join/")[2]


def test_a_signed_in_person_joins_by_the_link_and_opening_it_changes_nothing(client: Client, make: Make) -> None:
    lead, other = make.member("Tomás"), make.member("Aoi Mori")
    team = make.project("Elm", lead)
    token = link_of(client.sign_in(make.email(lead)))
    second = client.another().sign_in(make.email(other))
    for _ in range(2):
        page = second.get("teams.join", token=token)
    assert page.response.headers["Cache-Control"] == "no-store"
    viewer = make.viewer(lead)
    assert make.read(lambda: queries.team_by_id(viewer, team)).size == 1
    first = second.follow(page.submit(action=f"/join/{token}"))
    assert first.path == "/t/elm" and "You are in." in first.flashes
    again = second.follow(second.get("teams.join", token=token).submit(action=f"/join/{token}"))
    assert again.path == "/t/elm"
    assert make.read(lambda: queries.team_by_id(viewer, team)).size == 2


def test_a_renewed_switched_off_expired_or_closed_link(client: Client, make: Make) -> None:
    lead, other = make.member("Tomás"), make.member("Aoi")
    team = make.project("Elm", lead)
    client.sign_in(make.email(lead))
    second = client.another().sign_in(make.email(other))
    old = link_of(client)
    client.follow(client.get("teams.invite", slug="elm").submit(action="/t/elm/link"))
    new = link_of(client)
    gone = second.get("teams.join", token=old, status=410)
    assert "Ask whoever gave it to you for a new one." in gone.main
    second.get("teams.join", token=new)
    with clock.pinned(clock.now() + timedelta(days=31)):
        later = client.another().sign_in(make.email(other))
        page = later.get("teams.join", token=new)
        assert "This link has expired." in page.main and "Ask Tomás for a new one." in page.main
        page = later.read(later.raw.post(f"/join/{new}", data=later.get("home.me").fields(action="/sign-out")), 422)
        assert page.errors == ["This link has expired. Ask the lead of the team for a new one."]
    client.follow(client.get("teams.invite", slug="elm").submit({"off": "1"}, action="/t/elm/link"))
    second.get("teams.join", token=new, status=410)
    assert "It is switched off." in client.get("teams.invite", slug="elm").main
    viewer = make.viewer(lead)
    assert make.read(lambda: queries.team_by_id(viewer, team)).size == 1


@pytest.mark.parametrize(
    ("token", "status"),
    [("x", 404), ("1-" + "0" * 40, 410), ("99999999999999999999-" + "0" * 40, 404), ("1-" + "0" * 39 + "é", 404)],
)
def test_a_link_that_never_was(client: Client, make: Make, token: str, status: int) -> None:
    make.project("Elm", make.member("Tomás"))
    client.get("teams.join", token=token, status=status)


def test_a_guest_does_not_join_by_a_link(client: Client, make: Make) -> None:
    lead, guest = make.member("Tomás"), make.guest("Gita")
    make.project("Elm", lead)
    token = link_of(client.sign_in(make.email(lead)))
    second = client.another().sign_in(make.email(guest))
    page = second.get("teams.join", token=token)
    assert "Tomás can add you to the team." in page.main
    sent = second.get("home.me").fields(action="/sign-out")
    page = second.read(second.raw.post(f"/join/{token}", data=sent), 422)
    assert page.errors == ["Only the lead of the team can add guests"]


def test_an_address_comes_in_by_the_link_only_from_a_listed_domain(client: Client, make: Make) -> None:
    lead = make.member("Tomás", email="tomas@example.org")
    make.project("Elm", lead)
    token = link_of(client.sign_in(make.email(lead)))
    make.do(lambda: settings.put("invite_domains", ["example.org"]))
    nobody = client.another()
    page = nobody.get("teams.join", token=token)
    assert "Elm" in page.h1 and "Rivera" not in page.main
    wrong = nobody.read(page.submit({"email": "not an address"}, containing="email"), 422)
    assert wrong.errors == ["This does not look like a mail address: name@example.org"]
    other = nobody.read(page.submit({"email": "eve@elsewhere.example"}, containing="email"), 422)
    assert "Tomás can invite you as a guest." in other.main
    assert other.fields("email")["email"] == "eve@elsewhere.example"
    addresses = ("new@example.org", "tomas@example.org", "NEW@EXAMPLE.ORG")
    said = {nobody.read(page.submit({"email": email}, containing="email")).main for email in addresses}
    assert len(said) == 1, "nobody learns whether an address has an account"


# ---- more people -------------------------------------------------------------------------------------------


def test_a_member_adds_colleagues_and_the_lead_adds_guests(client: Client, make: Make) -> None:
    lead, member = make.member("Tomás"), make.member("Aoi")
    make.person("Ben Carter")
    make.project("Elm", lead, member)
    client.sign_in(make.email(member))
    page = checked(client, client.get("teams.invite", slug="elm"), people="Ben; Tomás")
    assert "In already: Tomás" in page.main
    page = started(client, page)
    assert page.flashes == ["1 person is in."]
    page = checked(client, page, 422, people="new@elsewhere.example")
    assert page.errors == ["Only the lead of the team can invite guests"]
    boss = client.another().sign_in(make.email(lead))
    page = started(boss, checked(boss, boss.get("teams.invite", slug="elm"), people="new@elsewhere.example"))
    assert page.flashes == ["1 invitation is below, to pass on."]


def test_nobody_is_added_by_an_empty_list(client: Client, make: Make) -> None:
    lead = make.member("Tomás")
    make.project("Elm", lead)
    client.sign_in(make.email(lead))
    page = checked(client, client.get("teams.invite", slug="elm"), 422, people=" ;,, \n")
    assert page.errors == ["Type a name or a mail address"]


def test_a_leaver_is_not_added(client: Client, make: Make) -> None:
    from portal.people import services as people

    lead, gone = make.member("Tomás"), make.member("Willem", email="willem@example.org")
    make.do(lambda: people.mark_left(person_id=gone, actor_id=None))
    make.project("Elm", lead)
    client.sign_in(make.email(lead))
    page = checked(client, client.get("teams.invite", slug="elm"), people="willem@example.org")
    assert "Left, not added: willem@example.org" in page.main


# ---- after the kick-off -------------------------------------------------------------------------------------


def test_were_you_there(client: Client, make: Make) -> None:
    lead, late = make.member("Tomás"), make.member("Aoi")
    with clock.pinned(NOW):
        team = make.project("Elm", lead, kickoff=KickOff(date(2026, 6, 4), time(10, 0), "UTC"))
        client.sign_in(make.email(lead))
        assert "Were you at the kick-off" not in client.get("home.home").main
    with clock.pinned(NOW + timedelta(days=4)):
        viewer = make.viewer(lead)
        make.do(lambda: services.add_people(viewer=viewer, team_id=team, person_ids=[late]))
        client = client.another().sign_in(make.email(lead))
        page = client.get("home.home")
        assert "Were you at the kick-off of Elm?" in page.main
        page = client.follow(page.submit({"there": "yes"}, action="/t/elm/was-there"))
        assert page.path == "/" and "Were you at the kick-off" not in page.main
        assert "You were at the kick-off." in client.get("teams.team", slug="elm").main
        newcomer = client.another().sign_in(make.email(late))
        assert "kick-off of Elm?" not in newcomer.get("home.home").main
        assert "Came in since the kick-off" in newcomer.get("teams.team", slug="elm").main


def test_a_buddy_says_yes_first(client: Client, make: Make) -> None:
    lead, late, buddy = make.member("Tomás Rivera"), make.member("Aoi Mori"), make.member("Ben Carter")
    mate, outsider, admin = make.member("Mo Mate"), make.member("Olga Out"), make.member("Ada Admin", "admin")
    with clock.pinned(NOW):
        team = make.project("Elm", lead, buddy, mate, kickoff=KickOff(date(2026, 6, 4), time(10, 0), "UTC"))
    with clock.pinned(NOW + timedelta(days=5)):
        viewer = make.viewer(lead)
        make.do(lambda: services.add_people(viewer=viewer, team_id=team, person_ids=[late]))
        boss = client.another().sign_in(make.email(lead))
        page = boss.get("teams.team", slug="elm")
        page = boss.follow(page.submit({"buddy": make.handle(buddy)}, action="/t/elm/buddy"))
        assert "Ben was asked and answers first." in page.main
        newcomer = client.another().sign_in(make.email(late))
        assert "was asked" not in newcomer.get("teams.team", slug="elm").main
        for who, words in ((mate, "Aoi is new and has no buddy yet."), (outsider, "")):
            page = client.another().sign_in(make.email(who)).get("teams.team", slug="elm")
            assert "Came in since the kick-off" in page.main and words in page.main
            assert "Ben was asked" not in page.main and "Who could it be?" not in page.main
            assert bool(page.all("form[action='/t/elm/buddy']")) == bool(words)
        asked = client.another().sign_in(make.email(buddy))
        page = asked.get("home.home")
        assert "Will you be the buddy of Aoi Mori?" in page.main
        asked.follow(page.submit({"answer": "yes"}, action="/t/elm/buddy/answer"))
        assert "Your buddy BCBen Carter" in newcomer.get("teams.team", slug="elm").main
        for who, shown in ((mate, True), (admin, True), (outsider, False)):
            page = client.another().sign_in(make.email(who)).get("teams.team", slug="elm")
            assert ("The buddy of Aoi BCBen Carter" in page.main) == shown
            assert not page.all("form[action='/t/elm/buddy']"), "nobody is left to ask"


# ---- the end -----------------------------------------------------------------------------------------------


def test_a_closed_team_is_read_and_opened_again(client: Client, make: Make) -> None:
    lead, member, guest = make.member("Tomás"), make.member("Aoi Mori"), make.guest("Gita")
    make.project("Elm", lead, member, guest)
    client.sign_in(make.email(lead))
    as_guest = client.another().sign_in(make.email(guest))
    as_guest.get("teams.team", slug="elm")
    page = client.get("teams.close", slug="elm")
    over = client.read(page.submit({"learned": "x" * 501}, containing="learned"), 422)
    assert over.errors == ["1 character over"]
    page = client.follow(page.submit({"learned": "Begin with the keys."}, containing="learned"))
    assert "Begin with the keys." in page.main and "Invite people" not in page.main
    as_guest.get("teams.team", status=404, slug="elm")
    assert "Tomás" not in as_guest.get("people.directory").main
    for address in ("/invite", "/close", "/settings"):
        assert client.raw.get(f"/t/elm{address}").status_code in (303, 404)
    assert "Elm" in client.get("teams.teams", closed=1).main
    as_member = client.another().sign_in(make.email(member))
    page = as_member.get("teams.team", slug="elm")
    page = as_member.follow(page.submit({"keep": make.handle(lead)}, containing="keep"))
    assert page.flashes == ["Kept. Only you see it."]
    assert [box.get("value") for box in page.all("input[name=keep][checked]")] == [make.handle(lead)]
    assert not client.get("teams.team", slug="elm").all("input[name=keep][checked]")
    assert "Open it again" not in page.main
    as_outsider = client.another().sign_in(make.email(make.member("Olga Out")))
    page = as_outsider.get("teams.team", slug="elm")
    assert "Begin with the keys." in page.main and not page.all("main form"), "nobody they have met there"
    page = client.follow(client.get("teams.team", slug="elm").submit(action="/t/elm/reopen"))
    assert "It is open again." in page.flashes
    as_guest.get("teams.team", slug="elm")


# ---- lists -------------------------------------------------------------------------------------------------


def test_teams_are_found_by_name_and_paged(sqlite_client: Client, sqlite_make: Make) -> None:
    make, client = sqlite_make, sqlite_client
    lead, other = make.member("Tomás"), make.member("Aoi")
    for number in range(26):
        make.project(f"Team {number:02}", other)
    make.project("Überblick", lead)
    client.sign_in(make.email(lead))
    page = client.get("teams.teams")
    assert page.main.count("Überblick") == 1, "mine alone: the first page of all ends before it"
    more = next(link for link in page.links() if "after=" in link)
    assert "Team 25" in client.get(more).main
    assert "Überblick" in client.get("teams.teams", q="uberb").main
    assert "Your teams" in page.main
    for narrowed in (client.get(more), client.get("teams.teams", q="b"), client.get("teams.teams", closed=1)):
        assert "Your teams" not in narrowed.main
    assert "No team with that name" in client.get("teams.teams", q="nothing like it").main
    assert "No team has closed yet" in client.get("teams.teams", closed=1).main


def test_nobody_has_a_team_yet(client: Client, make: Make) -> None:
    client.sign_in(make.email(make.member("Tomás")))
    assert "No team yet" in client.get("teams.teams").main
    guest = client.another().sign_in(make.email(make.guest("Gita")))
    assert "As soon as somebody adds you to a team, it is here." in guest.get("teams.teams").main


def test_a_profile_names_the_teams_that_the_reader_may_see(client: Client, make: Make) -> None:
    lead, guest = make.member("Tomás"), make.guest("Gita")
    make.project("Elm", lead, guest)
    make.project("Oak", lead)
    member = client.another().sign_in(make.email(make.member("Aoi")))
    page = member.get("people.person", handle=make.handle(lead)).main
    assert "Elm" in page and "Oak" in page
    page = client.sign_in(make.email(guest)).get("people.person", handle=make.handle(lead)).main
    assert "Elm" in page and "Oak" not in page


def test_a_form_of_somebody_who_leads_no_more_comes_back_with_its_words(client: Client, make: Make) -> None:
    lead, other = make.member("Tomás"), make.member("Aoi")
    team = make.project("Elm", lead, other)
    boss = make.viewer(lead)
    make.do(lambda: services.set_lead(viewer=boss, team_id=team, person_id=other, leads=True))
    client.sign_in(make.email(other))
    settings_page, close_page = client.get("teams.settings", slug="elm"), client.get("teams.close", slug="elm")
    make.do(lambda: services.set_lead(viewer=boss, team_id=team, person_id=other, leads=False))
    page = client.read(settings_page.submit({"purpose": "My words"}, containing="purpose"), 422)
    assert page.fields("purpose")["purpose"] == "My words"
    page = client.read(close_page.submit({"learned": "My words"}, containing="learned"), 422)
    assert "My words" in page.fields("learned")["learned"]


def test_forms_that_come_after_the_closing_keep_their_words(client: Client, make: Make) -> None:
    lead = make.member("Tomás")
    team = make.project("Elm", lead)
    client.sign_in(make.email(lead))
    pages = [client.get(f"teams.{name}", slug="elm") for name in ("settings", "invite", "close")]
    boss = make.viewer(lead)
    make.do(lambda: services.close_team(viewer=boss, team_id=team, learned="Theirs"))
    page = client.read(pages[0].submit({"purpose": "My words"}, containing="purpose"), 422)
    assert page.fields("purpose")["purpose"] == "My words"
    page = client.read(pages[1].submit({"people": "ben@elsewhere.example"}, containing="people"), 422)
    assert "ben@elsewhere.example" in page.fields("people")["people"]
    page = client.read(pages[2].submit({"learned": "My words"}, containing="learned"), 422)
    assert "My words" in page.fields("learned")["learned"]


def test_the_day_is_said_where_it_is_another_one_for_the_reader(client: Client, make: Make) -> None:
    me = make.member("Tomás", place="Utrecht", place_time_zone="Europe/Amsterdam")
    with clock.pinned(NOW):
        make.project("Elm", me, kickoff=KickOff(date(2026, 6, 4), time(6, 0), "Asia/Tokyo"))
        page = client.sign_in(make.email(me)).get("teams.team", slug="elm")
    assert "Thursday 4 June, 06:00 in Tokyo (Wednesday 3 June, 23:00 for you)" in page.main


def test_a_second_address_of_a_colleague_is_asked_about(client: Client, make: Make) -> None:
    lead = make.member("Tomás")
    hana = make.person("Hana Kim", title="Designer")
    make.project("Elm", lead)
    client.sign_in(make.email(lead))
    people = "Hana Kim <hana@private.example>"
    page = checked(client, client.get("teams.invite", slug="elm"), 422, people=people)
    pick = page.all("input[type=radio]")[0].get("name")
    assert "Somebody else, invite this address" in page.main
    page = checked(client, page, **{pick: make.handle(hana)})
    assert "1 person found" in page.main and page.all(f"input[name={pick}][checked]")
    page = checked(client, page, **{pick: "new"})
    assert "1 address is new here" in page.main


def test_the_lead_moves_a_guests_last_day(client: Client, make: Make) -> None:
    lead, guest = make.member("Tomás"), make.guest("Gita Rao", ends_on=date.today() + timedelta(days=3))
    make.project("Elm", lead, guest)
    client.sign_in(make.email(lead))
    page = client.get("teams.settings", slug="elm")
    (field,) = page.all("input[name=until]")
    assert field.get("value") == str(date.today() + timedelta(days=3))
    token = page.fields("handle")["csrf_token"]
    for until, said in (
        (date.today() + timedelta(days=30), "Saved."),
        (date(2999, 1, 1), "Pick a day within a year"),
    ):
        sent = {"csrf_token": token, "handle": make.handle(guest), "do": "stay", "until": str(until)}
        answer = client.follow(client.raw.post("/t/elm/members", data=sent))
        assert said in answer.flashes[0]
    assert "until" not in client.get("teams.team", slug="elm").main
