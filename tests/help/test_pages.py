"""The pages of help, as those who use them: asking, answering, promising, offering, and the links in mail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import render_template

from portal.core import clock, outbox
from portal.core.auth import Viewer
from portal.core.db import db
from portal.core.findable import Why
from portal.help import asking, findable, offers, queries, services
from portal.help.models import HelpAsk, HelpAsked, HelpOffer, HelpPromise
from portal.help.services import Question
from portal.notifications import mails
from portal.notifications.models import Notice
from portal.people import services as people
from tests.client import Client, Page
from tests.help.test_services import ask, told
from tests.makers import Make

NOON = datetime(2030, 5, 7, 12, 0, tzinfo=UTC)  # a Tuesday


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with clock.pinned(NOON):
        yield


def send(
    page: Page, data: dict[str, str] | None = None, *, action: str = "", containing: str = "", status: int = 303
) -> Page:
    """Fill in the form that goes to an address with this end, or whose words hold these; the page that follows."""
    for form in page.root.cssselect("main form"):
        if form.get("method") != "post" or not (form.get("action") or "").endswith(action):
            continue
        if containing in " ".join(form.getparent().text_content().split()):
            sent = dict(form.form_values())
            for button in form.cssselect("button[name]")[:1]:
                sent.setdefault(button.get("name"), button.get("value"))
            address = form.get("action") or page.path
            answer = page.client.raw.post(address, data=sent | (data or {}))
            if "/help/answer/" in address or (status == 303 and answer.status_code == 200):
                return page.client.read(answer)
            return page.client.follow(answer) if status == 303 else page.client.read(answer, status)
    raise AssertionError(f"no form with {containing or action}")


def typed(page: Page) -> dict[str, str]:
    """What stands in the form for an ask."""
    return {name: str(value).lstrip("\n") for name, value in page.fields(action="/help/new").items()}


def why(client: Client, viewer: Viewer, post_id: int) -> Mapping[int, Why]:
    with client.app.test_request_context():
        return findable.why_answers(viewer, [post_id], ())


def one(make: Make, model: type) -> object:
    return make.read(lambda: db.session.scalars(sa.select(model).order_by(model.id.desc()).limit(1)).one())  # type: ignore[attr-defined]


def test_asking(client: Client, make: Make) -> None:
    maya, hana = make.member("Maya Lind"), make.member("Hana Kim")
    make.claim(hana, "Screen readers", level="expert")
    client.sign_in(make.email(maya))
    page = client.get("help.new", question="How do we use screen readers here?")
    assert typed(page)["question"] == "How do we use screen readers here?"
    # A topic stands in the words: it is proposed, and asking again asks.
    page = send(page, {"due_on": "2030-05-09"}, action="/help/new")
    assert "We took these topics from your words: Screen readers." in page.text
    assert typed(page)["topics"] == "Screen readers"
    page = send(page, {}, action="/help/new")
    assert page.h1 == "How do we use screen readers here?" and "Posted." in page.text
    assert "One colleague was asked." in page.text and "Hana" not in page.main
    assert told(make, hana) == ["asked"]
    # Undo brings the words back, and nobody was asked.
    page = send(page, {}, containing="Undo")
    assert typed(page)["question"] == "How do we use screen readers here?"
    assert typed(page)["due_on"] == "2030-05-09"
    assert told(make, hana) == []
    # What is wrong is said, and nothing typed is lost.
    page = send(page,
        {"question": "Why?", "details": "Because.", "topics": "Zeppelins", "due_on": "2030-02-31"},
        action="/help/new", status=422,
    )  # fmt: skip
    kept = typed(page)
    assert (kept["question"], kept["details"], kept["topics"]) == ("Why?", "Because.", "Zeppelins")
    assert page.errors
    # The same once more: refused, and the way to what is open already.
    first = send(client.get("help.new"), {"question": "Who knows about ramps?"}, action="/help/new")
    again = send(client.get("help.new"), {"question": "who knows about ramps"}, action="/help/new", status=422)
    assert first.path in again.links() and "To what you asked before" in again.main
    closed = send(first, {}, action="/close")
    second = send(client.get("help.new"), {"question": "Who knows about ramps?"}, action="/help/new")
    assert send(closed, {}, action="/open").path == second.path


def test_is_it_this(client: Client, make: Make) -> None:
    maya, hana = make.member("Maya Lind"), make.member("Hana Kim")
    ask_id = ask(make, maya, question=Question("How do we rename a release branch?"))
    writer, asker = make.viewer(hana), make.viewer(maya)
    post_id = make.do(lambda: services.write(viewer=writer, ask_id=ask_id, words="With *git branch* -m, then push."))
    make.do(lambda: services.mark_useful(viewer=asker, ask_id=ask_id, post_id=post_id, useful=True))
    client.sign_in(make.email(make.member()))
    page = send(client.get("help.new"), {"question": "How can we rename the release branch"}, action="/help/new")
    assert "Is it this?" in page.text and "How do we rename a release branch?" in page.main
    page = send(page, {}, action="/help/new")  # another question after all
    assert page.h1 == "How can we rename the release branch"
    # Not once its answer is gone.
    make.do(lambda: services.mark_useful(viewer=asker, ask_id=ask_id, post_id=post_id, useful=False))
    page = send(client.get("help.new"), {"question": "Can we rename that release branch"}, action="/help/new")
    assert page.h1 == "Can we rename that release branch"
    make.do(lambda: services.mark_useful(viewer=asker, ask_id=ask_id, post_id=post_id, useful=True))
    # The answer is evidence only once its author agrees.
    reader = make.viewer(make.member())
    assert why(client, reader, post_id) == {}
    other = client.another().sign_in(make.email(hana))
    home = other.get("home.home")
    assert "Your answer was useful" in home.text
    send(home, {"may": "yes"}, containing="Your answer was useful")
    assert [one.quoted for one in why(client, reader, post_id).values()] == ["With git branch -m, then push."]
    found = client.get("finding.find", q="rename branch push")
    assert "Hana Kim" in found.main and "How do we rename a release branch?" in found.main


def test_a_miss_becomes_an_ask(client: Client, make: Make) -> None:
    client.sign_in(make.email(make.member()))
    page = client.get("finding.find", q="zeppelin moorings")
    way = next(link for link in page.links() if link.startswith("/help/new"))
    assert typed(client.get(way))["question"] == "zeppelin moorings"
    links = client.get("home.me").links()
    assert {"/me/promises", "/me/asked"} <= set(links)


def test_two_questions_are_alike() -> None:
    words = {"rename", "release", "branch"}
    assert asking.likeness(words, {"rename", "branch", "old"}) == pytest.approx(2 / 3)
    assert asking.likeness(words, {"branch", "manager", "lunch"}) == 0
    assert asking.likeness(words, set()) == 0


def test_answering_promising_and_thanking(client: Client, make: Make) -> None:
    maya, hana = make.member("Maya Lind"), make.member("Hana Kim")
    ask(make, maya, hana, question=Question("Who can read the old contracts?"))
    client.sign_in(make.email(hana))
    assert "Maya Lind asks you:" in client.get("home.home").text
    page = client.get("help.index")
    assert "You could answer" in page.text and "You were asked" in page.text
    public_id = one(make, HelpAsk).public_id  # type: ignore[attr-defined]
    page = client.get("help.promise", public_id=public_id)
    page = send(page, {"what": ""}, action="/promise", status=422)
    page = send(page, {"what": "Read the first one", "due_on": "2030-05-09"}, action="/promise")
    assert page.h1 == "Read the first one" and "By 9 May" in page.text
    asker = client.another().sign_in(make.email(maya))
    promise = one(make, HelpPromise).public_id  # type: ignore[attr-defined]
    page = asker.get("help.ask", public_id=public_id)
    assert "Hana Kim promised to help, by 9 May" in page.main
    page = send(page, {}, action="/close")
    assert "What was promised still stands." in page.main
    note = "The ask has been answered or closed meanwhile."
    assert note in client.get("help.promise_page", public_id=promise).main
    send(page, {}, action="/open")
    assert note not in client.get("help.promise_page", public_id=promise).main
    page = asker.get("help.promise_page", public_id=promise)
    assert "Hana Kim promised you" in page.text
    page = send(page, {}, containing="It is done")
    assert "Thank Hana?" in page.text
    composer = send(page, {"thank": "1"}, containing="Say thanks")
    assert composer.fields("why")["why"].strip() == "helping with “Who can read the old contracts?”"
    assert "hana-kim" in composer.html
    # Moving and calling off keep what was typed where it is wrong.
    page = send(client.get("help.promise_page", public_id=promise), {}, containing="Not done after all")
    page = send(page, {"move_to": "2030-05-01"}, action="/move", status=422)
    assert page.errors
    page = send(page, {"move_to": "2030-05-13"}, action="/move")
    assert "You proposed 13 May instead" in page.text
    page = send(asker.get("help.promise_page", public_id=promise), {}, containing="Agree")
    assert "By 13 May" in page.text
    page = send(page, {"word": "Found it myself"}, action="/call-off")
    assert "Found it myself" in client.get("help.promise_page", public_id=promise).text
    assert "Called off" in client.get("help.promise_list", ended=1).text


def test_naming_somebody_says_the_same_whether_they_are_told_or_not(client: Client, make: Make) -> None:
    maya, ben, hana, full = make.member(), make.member("Ben Small"), make.member("Hana Kim"), make.member("Ada Full")
    ask(make, maya, question=Question("Who can read the old contracts?"))
    public_id = one(make, HelpAsk).public_id  # type: ignore[attr-defined]
    never = make.viewer(full)
    make.do(lambda: services.choose_limit(viewer=never, a_week=0))
    client.sign_in(make.email(ben))
    said = []
    for name in ("Hana Kim", "Ada Full"):
        page = client.get("help.name", public_id=public_id)
        said.append(send(page, {"who": name, "line": "You read contracts for fun"}, action="/name").flashes)
    assert said[0] == said[1] and len(said[0]) == 1
    assert told(make, hana) == ["helper_named"] and told(make, full) == []
    for wrong in ("", "Nobody Here", "Hana Kim, Ada Full"):
        page = client.get("help.name", public_id=public_id)
        assert send(page, {"who": wrong}, action="/name", status=422).errors
    home = client.another().sign_in(make.email(hana)).get("notifications.notices")
    assert "Ben thinks you can help: Who can read the old contracts?" in home.text
    assert "You read contracts for fun" in home.text


def test_offering(client: Client, make: Make) -> None:
    maya, hana = make.member("Maya Lind"), make.member("Hana Kim")
    make.claim(maya, "Data migration")
    client.sign_in(make.email(maya))
    page = client.get("help.new_offer", topics="data-migration")
    assert page.fields(action="/help/offers/new")["topics"] == "Data migration"
    send(page, {"what": "x", "at_once": "99"}, action="/help/offers/new", status=422)
    page = send(page, {"what": "Look over any plan", "when": "Tuesdays", "at_once": "1"}, action="/help/offers/new")
    assert page.h1 == "Look over any plan"
    public_id = one(make, HelpOffer).public_id  # type: ignore[attr-defined]
    other = client.another().sign_in(make.email(hana))
    for endpoint, values in (
        ("people.person", {"handle": make.handle(maya)}),
        ("topics.topic", {"slug": "data-migration"}),
        ("home.home", {}),
        ("help.index", {"show": "offers"}),
    ):
        assert "Look over any plan" in other.get(endpoint, **values).main, endpoint
    # By what is typed, too; what is no topic is said, and hides nothing.
    for typed, words in (("data MIGRATION", "Show all"), ("Falconry", "No topic is called “Falconry”")):
        page = other.get("help.index", show="offers", topic=typed)
        assert words in page.main and "Look over any plan" in page.main
    page = send(other.get("help.new", offer=public_id), {"question": "Would you look at ours?"}, action="/help/new")
    assert page.h1 == "Would you look at ours?" and told(make, maya) == ["asked"]
    assert "Taken up at the moment" in other.get("help.offer", public_id=public_id).text
    again = other.get("help.new", offer=public_id)
    assert send(again, {"question": "And at the other one?"}, action="/help/new", status=422).errors
    # Paused it is not there for others; after 90 days it is asked whether it stands.
    send(client.get("help.offer", public_id=public_id), {"do": "pause"}, containing="Pause it")
    other.get("help.offer", public_id=public_id, status=404)
    assert "Look over any plan" not in other.get("help.index", show="offers").main
    send(client.get("help.offer", public_id=public_id), {"do": "go-on"}, containing="Let it stand again")
    with clock.pinned(NOON + timedelta(days=91)):
        client.sign_in(make.email(maya))
        home = client.get("home.home")
        assert "Does your offer still stand?" in home.text
        assert "Does your offer still stand?" not in send(home, {"do": "still"}, containing="still stand").text
    make.do(lambda: people.mark_left(person_id=maya, actor_id=None))
    assert make.read(lambda: db.session.scalars(sa.select(HelpOffer.state)).all()) == ["closed"]


def test_an_offer_in_two_tabs(make: Make) -> None:
    viewer = make.viewer(make.member())
    public_id = make.do(lambda: offers.make_offer(viewer=viewer, words=offers.Words("Look over any plan")))
    offer = make.read(lambda: offers.offer_for(viewer, public_id))
    make.do(
        lambda: offers.change(
            viewer=viewer, offer_id=offer.id, words=offers.Words("Look over short plans"), version=offer.version
        )
    )
    with pytest.raises(offers.ChangedMeanwhile):
        make.do(
            lambda: offers.change(
                viewer=viewer, offer_id=offer.id, words=offers.Words("Look over long plans"), version=offer.version
            )
        )
    for _ in range(9):
        make.do(lambda: offers.make_offer(viewer=viewer, words=offers.Words("Look over any plan")))
    with pytest.raises(offers.RuleBroken):
        make.do(lambda: offers.make_offer(viewer=viewer, words=offers.Words("One too many of them")))


def test_the_links_in_the_mail(client: Client, make: Make) -> None:
    maya, hana = make.member("Maya Lind"), make.member("Hana Kim")
    ask(make, maya, hana, question=Question("Who can read the old contracts?", due_on=date(2030, 5, 9)))
    asked = one(make, HelpAsked)
    notice = make.read(lambda: db.session.scalars(sa.select(Notice.id).where(Notice.person_id == hana)).one())
    with client.app.test_request_context():
        letter = mails.notice(notice, 1)
        assert letter is not None
        yes, no = letter.context["yes"], letter.context["no"]
        assert "Needed by 9 May." in render_template("mail/notice.txt", **letter.context)
    assert yes.endswith("/yes") and no.endswith("/no")
    token = make.read(lambda: queries.token_of(asked))  # type: ignore[arg-type]
    # A scanner follows every link: nothing happens.
    for _ in range(2):
        for endpoint in ("help.answer_yes", "help.answer_no"):
            page = client.get(endpoint, token=token)
            assert "Who can read the old contracts?" in page.text and len(page.all("main form button")) == 1
    client.get("help.answer_yes", token=token[:-1] + ("0" if token[-1] != "0" else "1"), status=404)
    assert make.read(lambda: db.session.scalar(sa.select(sa.func.count(HelpPromise.id)))) == 0
    page = send(client.get("help.answer_yes", token=token), {}, containing="I can help")
    assert page.h1 == "Promised"
    row = one(make, HelpPromise)
    assert (row.giver_id, row.receiver_id) == (hana, maya)  # type: ignore[attr-defined]
    # Used, it says so, whichever is pressed.
    for endpoint in ("help.answer_yes", "help.answer_no"):
        assert client.get(endpoint, token=token).h1 == "This is settled"
    other = make.member("Ben Small")
    ask(make, maya, other, question=Question("Who can read the new contracts?"))
    token = make.read(lambda: queries.token_of(one(make, HelpAsked)))  # type: ignore[arg-type]
    page = send(client.get("help.answer_no", token=token), {}, containing="Not me, this time")
    assert page.h1 == "Fine" and told(make, maya) == ["promised"]
    assert client.get("help.answer_yes", token=token).h1 == "This is settled"


def test_a_link_after_the_end(client: Client, make: Make) -> None:
    maya, hana = make.member("Maya Lind"), make.member("Hana Kim")
    ask_id = ask(make, maya, hana, question=Question("Who can read the old contracts?"))
    token = make.read(lambda: queries.token_of(one(make, HelpAsked)))  # type: ignore[arg-type]
    page = client.get("help.answer_yes", token=token)
    viewer = make.viewer(maya)
    make.do(lambda: services.close(viewer=viewer, ask_id=ask_id))
    assert send(page, {}, containing="I can help").h1 == "This is settled"
    assert make.read(lambda: db.session.scalar(sa.select(sa.func.count(HelpPromise.id)))) == 0
    make.do(lambda: services.open_again(viewer=viewer, ask_id=ask_id))
    with clock.pinned(NOON + timedelta(days=31)):
        assert client.get("help.answer_yes", token=token).h1 == "This is settled"
    make.do(lambda: services.take_back(viewer=viewer, ask_id=ask_id))
    assert client.get("help.answer_yes", token=token, status=404).h1 == "This is settled"
    owed = make.read(
        lambda: db.session.scalars(sa.select(outbox.OwedMail.kind).where(outbox.OwedMail.sent_at.is_(None))).all()
    )
    assert "asked" not in owed


def test_a_thread_of_five_hundred(client: Client, make: Make) -> None:
    maya = make.member("Maya Lind")
    ask_id = ask(make, maya, question=Question("Who can read the old contracts?"))
    viewer = make.viewer(maya)

    def write() -> None:
        for number in range(500):
            services.write(viewer=viewer, ask_id=ask_id, words=f"Number {number}")

    make.do(write)
    client.sign_in(make.email(maya))
    public_id = one(make, HelpAsk).public_id  # type: ignore[attr-defined]
    page = client.get("help.ask", public_id=public_id)
    assert len(page.all("ol > li")) == queries.POSTS
    # Whoever writes reads it, at the end; from there it is a step to the beginning, and the other way round.
    page = client.follow(page.submit({"words": "Number 500"}, containing="words"))
    assert "Number 500" in page.main and "Number 450" not in page.main
    start = client.get(next(link.get("href") for link in page.all("main a") if link.text == "From the beginning"))
    assert "Number 0" in start.main
    last = next(link.get("href") for link in start.all("main a") if link.text == "To the latest")
    assert "Number 500" in client.get(last).main
    seen = 0
    cursor = None
    while True:
        found = make.read(lambda cursor=cursor: queries.posts(viewer, ask_id, cursor=cursor))
        seen += len(found.items)
        cursor = found.next
        if cursor is None:
            break
    assert seen == 501


def test_a_week_without_an_answer(make: Make) -> None:
    maya, hana = make.member(), make.member()
    quiet = ask(make, maya, question=Question("Who can read the old contracts?"))
    heard = ask(make, maya, question=Question("Who can read the new contracts?"))
    writer = make.viewer(hana)
    make.do(lambda: services.write(viewer=writer, ask_id=heard, words="I could try"))
    with clock.pinned(NOON + timedelta(days=5)):
        newer = ask(make, maya, question=Question("Who has the keys of the archive?"))
    with clock.pinned(NOON + timedelta(days=7, minutes=1)):
        while make.do(services.raise_due):
            pass
        listed = [found.id for found in make.read(lambda: queries.asks(make.viewer(hana)).items)]
        assert listed == [quiet, newer, heard]
    with clock.pinned(NOON + timedelta(days=30)):
        while make.do(services.raise_due):
            pass
        assert make.read(lambda: queries.asks(writer).items)[0].id in (quiet, newer)


def test_whatever_happens_while_somebody_writes_nothing_is_lost(client: Client, make: Make) -> None:
    """Closed, it says so beside the words; taken back, the words are on the page that says that."""
    maya, jonas = make.member(), make.member()
    ask_id = ask(make, maya, jonas)
    asker, public_id = make.viewer(maya), make.read(lambda: db.session.get_one(HelpAsk, ask_id).public_id)
    client.sign_in(make.email(jonas))
    here = f"/h/{public_id}"
    thread, promising, naming = (client.get(path) for path in (here, f"{here}/promise", f"{here}/name"))
    written = [
        (thread, "words", {"words": "Tab, tab, tab."}),
        (promising, "what", {"what": "I sit with you"}),
        (naming, "line", {"who": make.handle(make.member()), "line": "You did it once."}),
    ]
    make.do(lambda: services.close(viewer=asker, ask_id=ask_id))
    for page, field, typed in written:
        answer = client.read(page.submit(typed, containing=field), 422)
        assert answer.errors == ["This ask has been closed meanwhile."] and typed[field] in answer.html
    for path in (f"{here}/promise", f"{here}/name"):
        assert client.follow(client.raw.get(path)).flashes == ["This ask has been closed meanwhile."]
    make.do(lambda: services.take_back(viewer=asker, ask_id=ask_id))
    for page, field, typed in written:
        answer = client.read(page.submit(typed, containing=field), 404)
        assert answer.h1 == "This is not here any more" and typed[field] in answer.html
    assert client.read(thread.submit({"words": " "}, containing="words"), 404).h1 != answer.h1


def test_an_offer_or_a_colleague_who_is_gone_is_said_and_nobody_else_is_asked(client: Client, make: Make) -> None:
    maya, jonas = make.member(), make.member("Jonas Adler")
    owner = make.viewer(jonas)
    client.sign_in(make.email(maya))
    offered = make.do(lambda: offers.make_offer(viewer=owner, words=offers.Words("Look over any plan")))
    by_offer, to = client.get("help.new", offer=offered), client.get("help.new", to=make.handle(jonas))
    offer_id = make.read(lambda: offers.offer_for(owner, offered).id)
    make.do(lambda: offers.close(viewer=owner, offer_id=offer_id))
    make.do(lambda: people.mark_left(person_id=jonas, actor_id=None))
    for page in (by_offer, to):
        answer = client.read(page.submit({"question": "Would you look at my plan?"}, containing="question"), 422)
        assert "You can ask all the same" in answer.errors[0] and typed(answer)["question"]
        assert make.read(lambda: db.session.scalar(sa.select(sa.func.count()).select_from(HelpAsk))) == 0
    # Asked again, it is an ask like any.
    assert answer.submit(containing="question").status_code == 303


def test_whoever_is_asked_enough_or_is_oneself_is_not_asked_and_the_words_go_to_others(
    client: Client, make: Make
) -> None:
    maya, jonas = make.member("Maya Lind"), make.member("Jonas Adler")
    able = make.viewer(jonas)
    make.do(lambda: services.choose_limit(viewer=able, a_week=0))
    client.sign_in(make.email(maya))
    for one in (jonas, maya):
        page = client.get("help.new", to=make.handle(one))
        answer = client.read(page.submit({"question": f"Would you look at {one}?"}, containing="question"), 422)
        assert "Sent once more, your question goes to" in answer.errors[0] and answer.h1 == "Ask for help"
        page = client.follow(answer.submit(containing="question"))
        assert page.h1 == f"Would you look at {one}?"
    # Put to nobody yet, and only for those who are asked: nobody sees it, which is said.
    page = send(client.get("help.new"), {"question": "Who knows zeppelins?", "shown_to": "asked"}, action="/help/new")
    assert "Nobody could be asked so far, so nobody sees it yet." in page.main
    assert told(make, jonas) == []


def test_a_day_off_is_said_and_never_proposed(client: Client, make: Make) -> None:
    maya, hana = make.member("Maya Lind"), make.member("Hana Kim")
    ask(make, maya, hana, question=Question("Who can read the old contracts?"))
    with clock.pinned(NOON + timedelta(days=2)):  # a Thursday
        client.sign_in(make.email(hana))
        public_id = one(make, HelpAsk).public_id  # type: ignore[attr-defined]
        page = client.get("help.promise", public_id=public_id)
        assert page.fields("what")["due_on"] == "2030-05-13"
        token = make.read(lambda: queries.token_of(one(make, HelpAsked)))  # type: ignore[arg-type]
        assert "You promise it by 13 May." in client.get("help.answer_yes", token=token).main
        page = send(page, {"due_on": "2030-05-12"}, action="/promise")
        assert "That is a day off for you: you are reminded before it." in page.flashes[0]
