"""What is left of kudos when somebody is erased. On both databases."""

from __future__ import annotations

import sqlalchemy as sa

from portal.core.db import db
from portal.kudos import erasing, queries, words
from portal.kudos.models import Kudos, KudosMention, KudosPerson
from portal.people import services as people
from portal.people.erasing import erase_person
from tests.makers import Make

assert erasing and words  # what is looked at here, through the erasing of people


def test_thanks_for_them_alone_go_and_their_name_leaves_all_others(make: Make) -> None:
    make.noise(1)
    hana, tomas, ben = make.member("Hana Kim"), make.member("Tomás Rivera"), make.member("Ben Ode")
    alone = make.kudos(hana, tomas, why="Tomás, you saved the week.")
    both = make.kudos(hana, tomas, ben, why="Tomás drew it and Ben built it. Tomásina watched.")
    mention = make.kudos(hana, ben, why="You and @tomas-rivera made it look easy.")
    given = make.kudos(tomas, ben, why="You always answer on the same day.")
    make.do(lambda: erase_person(person_id=tomas, actor_id=None))
    viewer = make.viewer(ben)

    left = {row.public_id: row for row in make.read(lambda: list(db.session.scalars(sa.select(Kudos))))}
    assert alone not in left
    assert left[both].why == "a former colleague drew it and Ben built it. Tomásina watched."
    assert left[mention].why == "You and a former colleague made it look easy."
    for row in left.values():
        assert "omás R" not in row.why_html and "tomas-rivera" not in row.why_html
    assert make.read(lambda: list(db.session.scalars(sa.select(KudosMention.person_id)))) == []
    sides = sa.select(KudosPerson.side).where(KudosPerson.person_id == tomas)
    assert make.read(lambda: list(db.session.scalars(sides))) == []
    view = make.read(lambda: queries.kudos_for(viewer, given))
    assert view.giver is None and view.why == "You always answer on the same day."
    assert [one.person.id for one in make.read(lambda: queries.kudos_for(viewer, both)).receivers] == [ben]


def test_a_leaver_keeps_what_they_gave_under_their_name(make: Make) -> None:
    make.noise(1)
    hana, tomas = make.member("Hana Kim"), make.member("Tomás Rivera")
    given = make.kudos(hana, tomas)
    make.do(lambda: people.mark_left(person_id=hana, actor_id=None))
    view = make.read(lambda: queries.kudos_for(make.viewer(tomas), given))
    assert view.giver is not None and (view.giver.name, view.giver.handle) == ("Hana Kim", "")
