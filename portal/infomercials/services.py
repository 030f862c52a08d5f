"""Rules and writes of intros."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext, ngettext

from portal.audiences.queries import audiences_for, members_of
from portal.core import clock
from portal.core.auth import Viewer
from portal.core.db import Id, at_the_end, batches, db, insert_missing
from portal.core.errors import ChangedMeanwhile, RuleBroken
from portal.core.events import publish as tell
from portal.core.i18n import WRITTEN_IN
from portal.core.markup import safe_html
from portal.goals.queries import goal_line
from portal.people import services as people
from portal.people.models import Person
from portal.people.photos import Pictures

from . import findable
from .events import IntroPublished, IntroWithdrawn
from .models import PITCH, Draft, Infomercial, InfomercialListing
from .queries import versions_mark

MAX_HEADLINE, MAX_FACT, MAX_ASK, MAX_WORK = 140, 200, 60, 280
MAX_FACTS, MAX_ASKS = 3, 15


def _draft(person_id: int) -> Draft:
    """The working copy, begun from what is published when there is none."""
    draft = db.session.get(Draft, person_id, with_for_update=True)
    if draft is None:
        published = db.session.get(Infomercial, person_id)
        words = published.words() if published else {}
        words |= {"work_changed_at": published.work_changed_at if published else None}
        # Two tabs may begin at once: whoever is second goes on with the first one's.
        insert_missing(Draft, [{"person_id": person_id, "versions": {}, "saved_at": clock.now(), **words}])
        draft = db.session.get_one(Draft, person_id, with_for_update=True, populate_existing=True)
    return draft


def _save(draft: Draft, step: str, version: int | None, words: Mapping[str, Any]) -> int:
    """Write one step's words. `version` is the one its form showed; None writes whatever the version."""
    current = int(draft.versions.get(step, 0))
    changed = {name: value for name, value in words.items() if getattr(draft, name) != value}
    if not changed and current:
        return current
    if version is not None and version != current:
        raise ChangedMeanwhile(
            "", gettext("This was changed in another tab meanwhile. Your words are below: look, then save again.")
        )
    for name, value in changed.items():
        setattr(draft, name, value)
    draft.versions = {**draft.versions, step: current + 1}
    draft.saved_at = clock.now()
    return current + 1


def _short(field: str, text: str, most: int) -> str:
    over = len(text) - most
    if over > 0:
        raise RuleBroken(field, ngettext("%(num)d character over", "%(num)d characters over", over))
    return text


def save_facts(
    *, viewer: Viewer, headline: str, facts: Sequence[Mapping[str, str]], lang: str, version: int | None = None
) -> int:
    """Keep headline and facts ({"prompt", "text"}) in the working copy; the step's new version."""
    if lang not in WRITTEN_IN:
        raise RuleBroken("lang", gettext("Pick a language from the list"))
    kept = []
    for number, fact in enumerate(facts[:MAX_FACTS], start=1):
        if text := _short(f"fact{number}", fact["text"], MAX_FACT):
            kept.append({"prompt": fact.get("prompt", ""), "text": text})
    words = {"headline": _short("headline", headline, MAX_HEADLINE), "facts": kept, "lang": lang}
    return _save(_draft(viewer.person_id), "facts", version, words)


def save_ask(*, viewer: Viewer, ask_about: Sequence[str], version: int | None = None) -> int:
    """Keep what to be asked about; the step's new version."""
    kept: list[str] = []
    for subject in ask_about:
        if subject and subject.casefold() not in (k.casefold() for k in kept):
            kept.append(_short("ask_about", subject, MAX_ASK))
    over = len(kept) - MAX_ASKS
    if over > 0:
        raise RuleBroken(
            "ask_about",
            ngettext("At most 15 subjects: %(num)d too many", "At most 15 subjects: %(num)d too many", over),
        )
    return _save(_draft(viewer.person_id), "ask", version, {"ask_about": kept})


def save_work(
    *,
    viewer: Viewer,
    working_on: str,
    so_that: str,
    offer: str,
    offer_stands: bool = False,
    goal_id: int | None = None,
    version: int | None = None,
) -> int:
    """Keep what I work on, what for, the goal it serves, and an offer (`offer_stands`: one that colleagues may take
    up); the step's new version."""
    words = {
        "working_on": _short("working_on", working_on, MAX_WORK),
        "so_that": _short("so_that", so_that, MAX_WORK),
        "goal_id": goal_id,
        "offer": _short("offer", offer, MAX_WORK),
        "offer_stands": offer_stands,
    }
    draft = _draft(viewer.person_id)
    if goal_id is not None and goal_id != draft.goal_id:
        _check_goal(viewer, goal_id)
    fresh = (draft.working_on, draft.so_that, draft.goal_id) != (working_on, so_that, goal_id)
    saved = _save(draft, "work", version, words)
    if fresh:
        draft.work_changed_at = clock.now()
    return saved


def _check_goal(viewer: Viewer, goal_id: int) -> None:
    """May it be chosen? (The one that was chosen before stays, open or not.)"""
    goal = goal_line(viewer, goal_id)
    if goal is None:
        raise RuleBroken("goal", gettext("Pick one from the list"))
    if not goal.is_open:
        raise RuleBroken("goal", gettext("This goal is closed by now. Pick another one, or none."))


def keep_photo(*, viewer: Viewer, pictures: Pictures) -> None:
    """My photo; it shows at once, everywhere."""
    people.set_photo(person_id=viewer.person_id, pictures=pictures)


def use_initials(*, viewer: Viewer) -> None:
    """Initials instead of a photo: a choice like any other."""
    people.remove_photo(person_id=viewer.person_id)
    draft = _draft(viewer.person_id)
    draft.photo_settled = True
    draft.saved_at = clock.now()


def publish(*, viewer: Viewer, shown_to: str = "everyone", seen: str | None = None) -> bool:
    """Show the working copy to everyone, or to my teams. True when it is the first time.

    seen: the `mark` of the preview that was looked at; words saved since are not published unseen.
    """
    draft = _draft(viewer.person_id)
    if not draft.headline:
        raise RuleBroken("", gettext("A headline is missing: one line that says what you do"))
    if not draft.facts:
        raise RuleBroken("", gettext("One fact is missing; one is enough"))
    if shown_to not in ("everyone", "teams"):
        raise RuleBroken("shown_to", gettext("Choose everyone or my teams"))
    if seen is not None and seen != versions_mark(draft.versions):
        raise ChangedMeanwhile(
            "", gettext("This was changed in another tab meanwhile. Here it is as it stands now: look, then publish.")
        )
    draft.shown_to = shown_to
    now = clock.now()
    intro = db.session.get(Infomercial, viewer.person_id)
    first = intro is None
    if intro is None:
        intro = Infomercial(person_id=viewer.person_id, published_at=now)
        db.session.add(intro)
    for name in PITCH:
        setattr(intro, name, getattr(draft, name))
    intro.working_on_html = safe_html(draft.working_on)
    intro.offer_html = safe_html(draft.offer)
    intro.work_changed_at = draft.work_changed_at
    intro.confirmed_at = now
    db.session.flush()
    relist(viewer.person_id)
    tell(IntroPublished(viewer.person_id, first))
    return first


def discard_changes(*, viewer: Viewer) -> None:
    """Back to what is published; nothing to do where nothing is."""
    draft = db.session.get(Draft, viewer.person_id, with_for_update=True)
    published = db.session.get(Infomercial, viewer.person_id)
    if draft is None or published is None:
        return
    for name in PITCH:
        setattr(draft, name, getattr(published, name))
    draft.work_changed_at = published.work_changed_at
    # An open tab of any step has to notice.
    draft.versions = {step: int(n) + 1 for step, n in draft.versions.items()}


def confirm(*, viewer: Viewer) -> None:
    """Still right: nobody asks for another 180 days, and "working on" is fresh again."""
    intro = db.session.get(Infomercial, viewer.person_id, with_for_update=True)
    if intro is None:
        raise RuleBroken("", gettext("There is no intro to confirm yet"))
    now = clock.now()
    intro.confirmed_at = now
    at_the_end(findable.put_intros, [viewer.person_id])
    draft = db.session.get(Draft, viewer.person_id, with_for_update=True)
    if intro.working_on or intro.so_that or intro.goal_id:
        intro.work_changed_at = now
        if draft is not None:
            draft.work_changed_at = now


def withdraw(*, viewer: Viewer) -> None:
    """Take the intro off every page. The working copy stays, so that nothing is lost."""
    _draft(viewer.person_id)
    intro = db.session.get(Infomercial, viewer.person_id)
    if intro is None:
        return
    db.session.execute(sa.delete(InfomercialListing).where(InfomercialListing.person_id == viewer.person_id))
    db.session.delete(intro)
    at_the_end(findable.put_intros, [viewer.person_id])
    tell(IntroWithdrawn(viewer.person_id))


def relist(person_id: int) -> None:
    """Write anew who may read somebody's intro. A leaver's is read by nobody."""
    db.session.flush()
    at_the_end(findable.put_intros, [person_id])
    # Locked and read anew: they may be coming into a team, or change whom it is shown to, at this moment.
    person = db.session.get(Person, person_id, with_for_update=True, populate_existing=True)
    intro = db.session.get(Infomercial, person_id, with_for_update=True, populate_existing=True)
    db.session.execute(sa.delete(InfomercialListing).where(InfomercialListing.person_id == person_id))
    if intro is None or person is None or person.left_at is not None:
        return
    rows = [
        {"audience_id": audience_id, "person_id": person_id, "published_at": intro.published_at}
        for audience_id in audiences_for(person_id, intro.shown_to)
    ]
    if rows:
        db.session.execute(sa.insert(InfomercialListing), rows)


def relist_in(*, audience_id: int, person_ids: Collection[int]) -> None:
    """Write anew whose intros one team's audience may read, among these people. Two statements a batch."""
    at_the_end(findable.put_intros, person_ids)
    for some in batches(person_ids):
        db.session.execute(
            sa.delete(InfomercialListing).where(
                InfomercialListing.audience_id == audience_id, InfomercialListing.person_id.in_(some)
            )
        )
        # Whatever somebody chose, "everyone" or "my teams", their teams read it.
        readable = sa.select(sa.literal(audience_id, Id), Infomercial.person_id, Infomercial.published_at).where(
            Infomercial.person_id.in_(members_of(audience_id, some))
        )
        # Held, so that none of them is taken back between the look and the write.
        readable = readable.with_for_update(read=True, key_share=True)
        columns = ["audience_id", "person_id", "published_at"]
        db.session.execute(sa.insert(InfomercialListing).from_select(columns, readable))


def unlist(person_id: int) -> None:
    """A leaver's intro is read by nobody."""
    at_the_end(findable.put_intros, [person_id])
    db.session.execute(sa.delete(InfomercialListing).where(InfomercialListing.person_id == person_id))
