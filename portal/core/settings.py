"""What the admin chose for this installation, by key."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON
from sqlalchemy.orm import Mapped, mapped_column

from .db import Base, Key, db


class Setting(Base):
    __tablename__ = "setting"

    key: Mapped[str] = mapped_column(Key, primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)


def get(key: str, default: Any = None) -> Any:
    """The value kept under `key`, else `default`."""
    row = db.session.get(Setting, key)
    return default if row is None else row.value


def put(key: str, value: Any) -> None:
    """Keep a JSON value (inside a unit of work)."""
    db.session.merge(Setting(key=key, value=value))
