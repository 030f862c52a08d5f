"""Whether a slip of the finger leads to what the right word finds (`make measure`), in an installation of its own.

`python -m tools.typos WORDS [--fill]`: {"typos", "found", "missed"}. Each of the commonest words of people and topics
(of all words, where nothing but work has come in) is typed wrong by four rules: a letter left out, one
twice, two swapped, a neighbour's key. Right is what leads, among the first three, to the person and to the topic that
the word itself finds first.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa

from portal.app import create_app
from portal.audiences.queries import audiences_of
from portal.core import clock, settings
from portal.core.auth import Viewer
from portal.core.db import batches, db, unit_of_work
from portal.people.models import Person
from portal.search import words
from portal.search.models import SearchItem, SearchWord
from portal.search.queries import WORK_SHOWN, Found, find
from portal.search.services import recount
from portal.topics.services import claim_topics

FIRST = 3
SHORTEST = 3  # letters of a word that is typed wrong
_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")

# What people claim, in any organization.
TOPICS = """
Accessibility, Accounting, Agile coaching, Analytics, Android, Ansible, Apprenticeships, Arabic, Archiving,
Auditing, Automation, Backups, Biology, Bookkeeping, Branding, Budgets, Calibration, Catering, Certificates,
Chemistry, Cloud hosting, Compliance, Contracts, Copywriting, Cryptography, Customs, Cybersecurity, Dashboards,
Data protection, Databases, Debugging, Deployment, Design systems, Diversity, Django, Docker, Documentation,
Drawing, Electronics, Embedded systems, Energy, Ergonomics, Excel, Export, Facilitation, Feedback, Figma,
Finance, Fire safety, First aid, Forecasting, French, Fundraising, Gardening, German, Git, Grafana, Grants,
Graphics, Hardware, Hiring, Illustration, Incident response, Insurance, Interviews, Invoices, Italian, Japanese,
Java, JavaScript, Journalism, Kanban, Kubernetes, Laboratory, Leadership, Licensing, Linux, Logistics, Machine
learning, Maintenance, Mandarin, Marketing, Mechanics, Mediation, Mentoring, Microscopy, Migration, Mobile,
Moderation, Monitoring, Negotiation, Networking, Nursing, Observability, Onboarding, Oracle, Packaging, Parental
leave, Patents, Payroll, Pensions, Photography, Planning, Plumbing, Podcasts, Portuguese, PostgreSQL,
Presentations, Pricing, Printing, Procurement, Prototyping, Psychology, Purchasing, Python, Quality, Recruiting,
Recycling, Regulation, Release management, Reporting, Research, Retirement, Robotics, Rust, Safety, Scheduling,
Scrum, Sensors, Shipping, Sketching, Soldering, Spanish, Spreadsheets, Statistics, Storage, Strategy, Surveys,
Sustainability, Swedish, Taxes, Teaching, Telephony, Tenders, Terraform, Testing, Training, Translation, Travel,
Turkish, Typography, Ukrainian, Usability, Vaccination, Video editing, Virtualization, Visas, Warehouse,
Welding, Wellbeing, Workshops, Writing
"""


def _beside(letter: str, rule: random.Random) -> str:
    """A key beside this one."""
    row = next((row for row in _KEYS if letter in row), "as")
    at = row.find(letter)
    return rule.choice([row[one] for one in (at - 1, at + 1) if 0 <= one < len(row)])


def slips(word: str) -> Iterator[tuple[str, str]]:
    """(rule, the word typed wrong by it), the same each time."""
    rule = random.Random(word)
    at = rule.randrange(len(word))
    yield "drop", word[:at] + word[at + 1 :]
    at = rule.randrange(len(word))
    yield "double", word[:at] + word[at] + word[at:]
    pairs = [one for one in range(len(word) - 1) if word[one] != word[one + 1]]
    if pairs:
        at = rule.choice(pairs)
        yield "swap", word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    at = rule.randrange(len(word))
    yield "neighbour", word[:at] + _beside(word[at], rule) + word[at + 1 :]


def _claimed() -> None:
    """Everybody claims three of the topics."""
    names = [name.strip() for name in TOPICS.split(",")]
    ids = list(db.session.scalars(sa.select(Person.id).where(Person.left_at.is_(None)).order_by(Person.id)))
    for some in batches(ids, 100):
        unit_of_work(partial(_claim, some, names))
    unit_of_work(recount)


def _claim(person_ids: list[int], names: list[str]) -> None:
    for person_id in person_ids:
        some = random.Random(person_id).sample(names, 3)
        claim_topics(viewer=_viewer(person_id), names=some, level="helping")


def _viewer(person_id: int) -> Viewer:
    return Viewer(person_id, frozenset({"member"}), audiences_of(person_id, is_guest=False))


def commonest(most: int) -> list[str]:
    """The commonest words of names and topics; where there are none, of everything."""
    named = db.session.scalar(sa.select(SearchItem.id).where(SearchItem.kind == "topic").limit(1)) is not None
    query = sa.select(SearchWord.word).order_by(SearchWord.items.desc(), SearchWord.word)
    query = query.where(SearchWord.named > 0) if named else query.limit(10 * most)
    every = [
        word for word in db.session.scalars(query) if len(word) >= SHORTEST and word.isascii() and word.isalpha()
    ]
    return [word for word in every if word not in words.STOP][:most]


def _first(found: Found, most: int) -> dict[str, list[int]]:
    """Who and what was found first, by kind."""
    kinds = {kind: [hit.subject_id for hit in hits[:most]] for kind, hits in found.hits.items()}
    return {"person": [hit.person_id for hit in found.people[:most]], "topic": kinds.get("topic", [])}


def measured(most: int) -> dict[str, Any]:
    """All slips of so many words, as the page looks for them."""
    viewer_id = db.session.scalars(sa.select(Person.id).where(Person.left_at.is_(None)).order_by(Person.id)).first()
    assert viewer_id is not None
    who = _viewer(viewer_id)
    count, missed = 0, []
    for word in commonest(most):
        meant = {kind: ids for kind, ids in _first(find(who, word, as_typed=True), 1).items() if ids}
        for rule, typed in slips(word) if meant else ():
            got = _first(find(who, typed, as_typed=True), FIRST)
            count += 1
            if any(ids[0] not in got[kind] for kind, ids in meant.items()):
                missed.append(f"{typed} ({rule}: {word})")
        db.session.rollback()
    return {"typos": count, "found": count - len(missed), "missed": missed}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.typos", description=__doc__)
    parser.add_argument("words", type=int)
    parser.add_argument("--fill", action="store_true", help="let everybody claim topics first")
    asked = parser.parse_args()
    app = create_app()
    with app.app_context():
        if asked.fill:
            _claimed()
        unit_of_work(lambda: settings.put(WORK_SHOWN, True))
        with clock.pinned(clock.now() + timedelta(days=15)):
            print(json.dumps(measured(asked.words)))


if __name__ == "__main__":
    main()
