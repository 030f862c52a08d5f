"""Events: frozen dataclasses of ids in the past tense, told to subscribers inside the same transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

from flask import Flask, current_app

from .db import inside_unit_of_work

Subscription: TypeAlias = tuple[type, Callable[[Any], None]]


@dataclass(frozen=True)
class MailAccepted:
    """A mail server took a mail for this person."""

    person_id: int


@dataclass(frozen=True)
class MailRefused:
    """A mail server will never take mail for the address of this person."""

    person_id: int


@dataclass(frozen=True)
class Acted:
    """Somebody sent a form in, and it was done. Looking at pages is nothing of the kind."""

    person_id: int


def subscribe(app: Flask, subscriptions: Iterable[Subscription]) -> None:
    """Register what a domain does when something happened elsewhere."""
    registry: dict[type, list[Callable[[Any], None]]]
    registry = app.extensions.setdefault("hallway.events", defaultdict(list))
    for event_type, reaction in subscriptions:
        registry[event_type].append(reaction)


def publish(event: object) -> None:
    """Tell everyone who listens, at once and in the same transaction: all of it happens, or nothing."""
    if not inside_unit_of_work():
        raise RuntimeError("events are published inside a unit of work")
    for reaction in current_app.extensions["hallway.events"].get(type(event), ()):
        reaction(event)
