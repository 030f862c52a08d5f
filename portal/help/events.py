"""What happens to offers, asks and promises. Each is a step of the table in `states`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class AskPosted:
    """A question was asked. offer_id: the offer that was taken up by it, if any."""

    ask_id: int
    asker_id: int
    offer_id: int | None = None


@dataclass(frozen=True)
class AskChanged:
    """Its words, its topics, or who sees it."""

    ask_id: int


@dataclass(frozen=True)
class AskWithdrawn:
    """It is gone, and what was written under it with it."""

    ask_id: int


@dataclass(frozen=True)
class AskClosed:
    """Its asker needs it no longer."""

    ask_id: int


@dataclass(frozen=True)
class AskReopened:
    ask_id: int


@dataclass(frozen=True)
class PeopleAsked:
    """These people were asked; nobody else learns who they are."""

    ask_id: int
    person_ids: tuple[int, ...]


@dataclass(frozen=True)
class AskRaised:
    """A week went by without an answer: once, it stands on top again."""

    ask_id: int


@dataclass(frozen=True)
class AskDeclined:
    """Somebody who was asked would rather not. Nobody is told."""

    ask_id: int
    person_id: int


@dataclass(frozen=True)
class HelperNamed:
    """Somebody thinks that a colleague can help. That colleague alone is told."""

    ask_id: int
    person_id: int
    by_id: int


@dataclass(frozen=True)
class PostWritten:
    """Somebody wrote under an ask. is_muted: its asker blocked whoever wrote it, and nobody else reads it."""

    ask_id: int
    post_id: int
    person_id: int
    is_muted: bool = False


@dataclass(frozen=True)
class PostWithdrawn:
    ask_id: int
    post_id: int


@dataclass(frozen=True)
class AnswerMarked:
    """The asker says that a post answered the question; its author is asked whether it may be found."""

    ask_id: int
    post_id: int
    person_id: int


@dataclass(frozen=True)
class AnswerUnmarked:
    ask_id: int
    post_id: int
    person_id: int


@dataclass(frozen=True)
class AnswerConsented:
    """The author of a useful answer said whether colleagues may find it under their name."""

    ask_id: int
    post_id: int
    person_id: int


@dataclass(frozen=True)
class PromiseMade:
    """is_muted: the receiver blocked the giver, and never learns of it."""

    promise_id: int
    giver_id: int
    receiver_id: int
    ask_id: int | None
    is_muted: bool = False


@dataclass(frozen=True)
class PromiseMoveProposed:
    promise_id: int
    by_id: int
    other_id: int


@dataclass(frozen=True)
class PromiseMoved:
    """Both agree on another day."""

    promise_id: int


@dataclass(frozen=True)
class PromiseMoveDropped:
    """The day stays what it was."""

    promise_id: int


@dataclass(frozen=True)
class PromiseFulfilled:
    """It is done: the two were in touch."""

    promise_id: int
    giver_id: int
    receiver_id: int
    by_id: int


@dataclass(frozen=True)
class PromiseReopened:
    """It was not done after all."""

    promise_id: int
    giver_id: int
    receiver_id: int


@dataclass(frozen=True)
class PromiseDropped:
    """by_id: which of the two did it; None where one of them left, was erased, or blocked the other."""

    promise_id: int
    by_id: int | None
    other_id: int | None


@dataclass(frozen=True)
class PromiseReminded:
    """One of the two is reminded: the working day before (is_before), or on the day."""

    promise_id: int
    person_id: int
    is_before: bool


@dataclass(frozen=True)
class OutcomeNoted:
    """The receiver wrote down what came of it."""

    promise_id: int


@dataclass(frozen=True)
class OfferMade:
    offer_id: int


@dataclass(frozen=True)
class OfferChanged:
    """Its words, or whether it stands at the moment."""

    offer_id: int


@dataclass(frozen=True)
class OfferClosed:
    offer_id: int
