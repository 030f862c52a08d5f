"""What `hallway check` sees and mends of help."""

from __future__ import annotations

import sqlalchemy as sa

from portal.core import clock
from portal.core.auth import EVERYONE
from portal.core.db import db
from portal.help import offers, promises
from portal.help.checks import CHECKS
from portal.help.models import MOST_PROMISES, HelpAskListing, HelpOfferListing, HelpPromise
from tests.help.test_promises import FRIDAY, NOON
from tests.help.test_services import ask, lists
from tests.makers import Make


def test_what_is_listed_wrongly_is_listed_again_and_a_promise_too_many_is_said(make: Make) -> None:
    with clock.pinned(NOON):
        maya, *others = (make.member() for _ in range(MOST_PROMISES + 2))
        make.team(maya, others[0])
        viewer = make.viewer(maya)
        make.do(lambda: offers.make_offer(viewer=viewer, words=offers.Words("Look over any plan")))
        ask_id = ask(make, maya)
        looks = lambda: make.read(lambda: [line for check in CHECKS for line in check.look()])  # noqa: E731
        assert looks() == []

        def spoil() -> None:
            db.session.execute(sa.delete(HelpAskListing).where(HelpAskListing.audience_id == EVERYONE))
            db.session.execute(sa.delete(HelpOfferListing).where(HelpOfferListing.audience_id == EVERYONE))

        make.do(spoil)
        assert looks() == ["1 asks are listed wrongly: 1", "1 offers are listed wrongly: 1"]
        assert lists(make, others[1]) == []
        for check in CHECKS:
            if check.mend is not None:
                make.read(check.mend)
        assert looks() == [] and lists(make, others[1]) == [ask_id]
        for one in others[:MOST_PROMISES]:
            helper = make.viewer(one)
            make.do(
                lambda helper=helper: promises.make_promise(viewer=helper, what="Look", due_on=FRIDAY, ask_id=ask_id)
            )
        one_more = {"giver_id": others[-1], "receiver_id": maya, "ask_id": ask_id, "what": "x", "due_on": FRIDAY}
        make.do(lambda: db.session.add(HelpPromise(public_id="more", at=NOON, **one_more)))
        assert looks() == [f"1 asks have more promises than they take: {ask_id}"]
