"""What is kept about me, as a file: what every domain claims (`core/personal`), and the pictures."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from portal.core import clock, personal
from portal.core.auth import Viewer
from portal.core.db import db
from portal.core.personal import Held
from portal.core.storage import storage

from .models import Person
from .queries import cards

_AT_ONCE = 900  # ids in one question


def export(viewer: Viewer) -> bytes:
    """A zip: one JSON file for each table, and pictures. Other people stand in it as the addresses of their pages,
    where I may see those, and not at all elsewhere."""
    tables = tables_of(viewer)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for name, parts in tables.items():
            file.writestr(f"data/{name}.json", json.dumps(parts, ensure_ascii=False, indent=2))
        for name, picture in _pictures(viewer).items():
            file.writestr(f"pictures/{name}", picture)
        about = {"made_at": clock.now().isoformat(), "tables": sorted(tables)}
        file.writestr("about.json", json.dumps(about, indent=2))
    return made.getvalue()


def _pictures(viewer: Viewer) -> dict[str, bytes]:
    row = db.session.execute(sa.select(Person.portrait, Person.square).where(Person.id == viewer.person_id)).one()
    found = {f"{what}.webp": storage().get(name) for what, name in row._mapping.items() if name}
    return {name: data for name, data in found.items() if data is not None}


def tables_of(viewer: Viewer) -> dict[str, list[dict[str, Any]]]:
    """Table -> its claims, each with what it is, why it is kept, and the rows."""
    claims = [claim for claim in personal.everything_held() if claim.whose]
    rows = [_rows(claim, viewer.person_id) for claim in claims]
    handles = _handles(viewer, claims, rows)
    made: dict[str, list[dict[str, Any]]] = {}
    for claim, found in zip(claims, rows, strict=True):
        said = {
            "what": str(claim.title),
            "why": str(claim.purpose),
            "who_sees_it": str(claim.viewers),
            "how_long": claim.how_long,
            "rows": [_plain(claim, row, handles) for row in found],
        }
        made.setdefault(claim.table, []).append(said)
    return made


def _rows(claim: Held, person_id: int) -> list[Mapping[str, Any]]:
    table = claim.of_table
    shown = [name for name in (*claim.columns, *claim.beside) if name not in claim.secret]
    mine = claim.rows(person_id) if claim.rows else claim.about(person_id)
    query = sa.select(*(table.c[name] for name in shown)).where(mine).order_by(*table.primary_key)
    return [dict(row) for row in db.session.execute(query).mappings()]


def _people(claim: Held) -> set[str]:
    """The columns that hold the id of a person."""
    keys = {c.name for c in claim.of_table.columns if any(k.column.table.name == "person" for k in c.foreign_keys)}
    return keys | {*claim.whose, *claim.named} - {"id"}


def _handles(
    viewer: Viewer, claims: Sequence[Held], rows: Sequence[Sequence[Mapping[str, Any]]]
) -> Mapping[int, str]:
    """The pages of those whom I may see."""
    pairs = zip(claims, rows, strict=True)
    ids = {row[name] for claim, some in pairs for row in some for name in _people(claim) if row.get(name)}
    wanted = sorted(ids | {viewer.person_id})
    found = [card for at in range(0, len(wanted), _AT_ONCE) for card in cards(viewer, wanted[at : at + _AT_ONCE])]
    return {card.id: card.handle for card in found}


def _plain(claim: Held, row: Mapping[str, Any], handles: Mapping[int, str]) -> dict[str, Any]:
    """As JSON holds it: people by the address of their page, "" where I may not see them."""
    people = _people(claim)
    return {
        name: handles.get(value, "") if name in people and value is not None else _value(value)
        for name, value in row.items()
    }


def _value(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value
