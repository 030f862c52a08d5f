"""What happens to kudos."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class KudosGiven:
    """Somebody was thanked: for what they did, for helping, for unblocking.

    to_many: more were thanked than one event names (a large team); the ids are empty then, and the worker tells them
    in batches from `kudos_person`. mentioned_ids: whom the words name besides, and who may read them. unheard_ids:
    who was thanked and hears nothing of this giver, who must not notice.
    """

    kudos_id: int
    giver_id: int
    did_ids: tuple[int, ...]
    helped_ids: tuple[int, ...]
    unblocked_ids: tuple[int, ...]
    mentioned_ids: tuple[int, ...]
    to_many: bool
    unheard_ids: tuple[int, ...] = ()

    @property
    def receiver_ids(self) -> tuple[int, ...]:
        return self.did_ids + self.helped_ids + self.unblocked_ids

    @property
    def took_part(self) -> int | None:
        """How many, with the giver: that decides whether two of them were in touch. None for more than are named."""
        return None if self.to_many else 1 + len(self.receiver_ids) + len(self.unheard_ids)


@dataclass(frozen=True)
class KudosChanged:
    """Its words, its value, or who sees it where."""

    kudos_id: int


@dataclass(frozen=True)
class KudosWithdrawn:
    """It is gone: undone within the minute, or taken back later."""

    kudos_id: int


@dataclass(frozen=True)
class KudosCheered:
    kudos_id: int
    person_id: int


@dataclass(frozen=True)
class CheerWithdrawn:
    """Nothing of this person's cheers is left on it."""

    kudos_id: int
    person_id: int


@dataclass(frozen=True)
class KudosHidden:
    """By a moderator; giver and receivers are told."""

    kudos_id: int


@dataclass(frozen=True)
class KudosRestored:
    kudos_id: int


@dataclass(frozen=True)
class ScreenAsked:
    """These people are asked whether a kudos for them may be shown in a meeting."""

    screen_id: int
    kudos_id: int
    person_ids: tuple[int, ...]


@dataclass(frozen=True)
class ScreenShared:
    """What a meeting's screen showed goes to those who were there."""

    screen_id: int
    person_ids: tuple[int, ...]
