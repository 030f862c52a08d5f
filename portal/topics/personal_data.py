"""What topics hold about a person."""

from __future__ import annotations

from portal.core.i18n import lazy as _
from portal.core.personal import Held

from .keeping import forget_claims, forget_vouches
from .models import TopicNamed

_SEEN = _("Whoever may see you")

HELD = [
    Held(
        "topic_claim",
        ("id", "topic_id", "person_id", "level", "line", "is_open", "title_mark", "version", "at", "changed_at"),
        _("What you can be asked about, or are learning"),
        _("So that colleagues find who can help"),
        _SEEN,
        _("Until you take it back, or are erased"),
        secret=("title_mark",),
        erase=forget_claims,
    ),
    Held(
        "topic_vouch",
        ("id", "topic_id", "person_id", "voucher_id", "why", "at"),
        _("What colleagues vouch for, of you, and you of them"),
        _("So that others can rely on it"),
        _("Whoever may see you both"),
        _("Until whoever said it takes it back, or one of you is erased"),
        whose=("person_id", "voucher_id"),
        erase=forget_vouches,
    ),
    Held(
        "topic_hours",
        ("person_id", "words"),
        _("When you are easily asked"),
        _("So that questions come when they suit you"),
        _SEEN,
        _("Until you change it, or are erased"),
        merge="if_free",
    ),
    Held(
        "topic_off",
        ("topic_id", "person_id", "at"),
        _("Topics for which you do not want to be listed"),
        _("So that nobody finds you there"),
        _("You alone"),
        _("Until you change it, or are erased"),
    ),
    Held(
        "topic_named",
        ("id", "topic_id", "person_id", "by_id", "at", "answered_at"),
        _("Topics for which a colleague named you, and you a colleague"),
        _("To ask you whether you can be asked about it"),
        _("The two of you; whether you answered you alone"),
        _("Until one of you is erased"),
        whose=("person_id", "by_id"),
        rows=lambda person_id: TopicNamed.person_id == person_id,
    ),
    Held(
        "topic",
        ("made_by_id",),
        _("Which topics you were the first to name"),
        _("To be able to ask you about it"),
        _("Nobody; it is read by Hallway alone"),
        _("Until you are erased"),
        whose=("made_by_id",),
        beside=("slug", "name"),
        erase="unlink",
    ),
    Held(
        "topic",
        ("id", "slug", "name", "key", "sort_key", "merged_into_id", "retired_at", "version", "created_at"),
        _("The topics themselves"),
        _("So that what people know has one name"),
        _("Everyone who works here; guests those of people they see"),
        _("While Hallway is here"),
        whose=(),
        erase="stays",
    ),
    Held(
        "topic_alias",
        ("key", "topic_id", "name"),
        _("Other names of topics"),
        _("So that a topic is found by each of them"),
        _("Everyone who works here"),
        _("While Hallway is here"),
        whose=(),
        erase="stays",
    ),
    Held(
        "old_topic_slug",
        ("slug", "topic_id"),
        _("Addresses a topic had before"),
        _("So that old links still find it"),
        _("Everyone who works here"),
        _("While Hallway is here"),
        whose=(),
        erase="stays",
    ),
    Held(
        "topic_merge",
        ("id", "kept_id", "gone_id", "by_id", "at", "undone_at", "moved"),
        _("Which topics you made one"),
        _("To undo it within a month"),
        _("Admins and moderators"),
        _("While Hallway is here; your part in it until you are erased"),
        whose=("by_id",),
        erase="unlink",
    ),
]
