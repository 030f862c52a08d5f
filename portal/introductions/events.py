"""What happens to introductions and asks to managers. Each is a step of the table in `states`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class IntroductionProposed:
    """Somebody brings two together. Neither has been asked yet."""

    introduction_id: int
    by_id: int


@dataclass(frozen=True)
class IntroductionOffered:
    """One of the two is asked."""

    introduction_id: int
    person_id: int


@dataclass(frozen=True)
class IntroductionAccepted:
    """One of the two says yes. Nobody is told."""

    introduction_id: int
    person_id: int


@dataclass(frozen=True)
class IntroductionDeclined:
    """One of the two would rather not. Nobody is told."""

    introduction_id: int
    person_id: int
    other_id: int


@dataclass(frozen=True)
class IntroductionMade:
    """Both said yes."""

    introduction_id: int
    one_id: int
    other_id: int


@dataclass(frozen=True)
class IntroductionWithdrawn:
    introduction_id: int


@dataclass(frozen=True)
class IntroductionLapsed:
    """It ended without a word."""

    introduction_id: int


@dataclass(frozen=True)
class ManagerAsked:
    """Somebody asks whom to meet. is_muted: one of the two keeps the other apart, and nobody is told."""

    ask_id: int
    manager_id: int
    is_muted: bool = False


@dataclass(frozen=True)
class ManagerAskPassed:
    """The manager would rather name nobody. Nobody is told."""

    ask_id: int
    manager_id: int


@dataclass(frozen=True)
class ManagerAskAnswered:
    """The manager named somebody."""

    ask_id: int
    person_id: int
    manager_id: int


@dataclass(frozen=True)
class ManagerAskWithdrawn:
    ask_id: int


@dataclass(frozen=True)
class ManagerAskLapsed:
    """Nobody was named."""

    ask_id: int
    person_id: int
