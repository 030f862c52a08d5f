"""How well suggestions foretell who will meet, on data that lies beside the house (`make measure`).

A fresh installation, filled and asked by the commands alone: `hallway import people`, `hallway import contacts`,
`hallway meet export`. Scored by the tool that comes with the data, as of its last contact. --cut DAYS measures on a
slice of the known contacts alone: what came in the last so many days is the truth, and the rest is known.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tools.ranking import DATA, hallway

# At least: NDCG@10; share from elsewhere, for everybody; recall of those from elsewhere; NDCG@10 of people with at
# most five ties; share of people with a contact who stand in somebody's ten.
NDCG, ELSEWHERE, RECALL_ELSEWHERE, FEW_TIES, SPREAD = 0.240, 0.5, 0.18, 0.20, 0.70


def _read(path: Path) -> list[dict[str, str]]:
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8")
    return list(csv.DictReader(io.StringIO(text)))


def _write(path: Path, columns: list[str], rows: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, columns)
        writer.writeheader()
        writer.writerows(rows)
    return path


def _met(rows: list[dict[str, str]]) -> dict[str, set[str]]:
    met: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        met[row["a"]].add(row["b"])
        met[row["b"]].add(row["a"])
    return met


def slice_of(contacts: Path, days: float, folder: Path) -> tuple[Path, Path]:
    """(contacts until so many days before the last one, who met for the first time after that) as files."""
    rows = sorted(_read(contacts), key=lambda row: row["at"])
    cut = _moment(rows[-1]["at"]) - timedelta(days=days)
    known = [row for row in rows if _moment(row["at"]) <= cut]
    before, after = _met(known), _met([row for row in rows if _moment(row["at"]) > cut])
    truth = [
        {"person": one, "met": other, "mutual": "0"}
        for one in sorted(after.keys() & before.keys())
        for other in sorted(after[one] & before.keys() - before[one] - {one})
    ]
    past = _write(folder / "known.csv", ["a", "b", "at", "medium"], known)
    return past, _write(folder / "truth.csv", ["person", "met", "mutual"], truth)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def measured(people: Path, contacts: Path, truth: Path, folder: Path, data: Path) -> tuple[dict[str, Any], float]:
    """The figures, and the share of people with a contact who stand in somebody's ten."""
    as_of = max(row["at"] for row in _read(contacts))
    ranks = folder / "ranks.csv"
    hallway(folder / "instance", "import", "people", str(people), "--yes")
    hallway(folder / "instance", "import", "contacts", str(contacts))
    words = ("meet", "export", "--k", "10", "--new-only", "--as-of", as_of, "--out", str(ranks))
    hallway(folder / "instance", *words)
    command = [
        sys.executable, str(data.parent / "tools" / "score_ranking.py"), "meet", "--people", str(people),
        "--contacts", str(contacts), "--truth", str(truth), "--ranks", str(ranks), "--json",
    ]  # fmt: skip
    figures = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    ties = _met(_read(contacts))
    shown = {row["suggested"] for row in _read(ranks)}
    return figures, len(shown & ties.keys()) / len(ties)


def meeting(data: Path = DATA, cut: float | None = None) -> bool:
    """Print the figures; True when they are as promised, or when there is no data to measure on."""
    source = data / "who-to-meet"
    people, contacts, truth = source / "people.csv", source / "contacts.csv.gz", source / "truth.csv.gz"
    if not contacts.is_file():
        print(f"whom to meet: not measured, there is no {contacts}")
        return True
    with tempfile.TemporaryDirectory(prefix="hallway-meeting-") as name:
        folder = Path(name)
        if cut is not None:
            contacts, truth = slice_of(contacts, cut, folder)
        figures, spread = measured(people, contacts, truth, folder, data)
    mine, reference = figures["yours"], figures["adamic_adar"]
    low, high = figures["ndcg_difference_95"]
    right = (
        mine["ndcg"] >= NDCG
        and low > 0
        and mine["x_share_min"] >= ELSEWHERE
        and mine["x_recall"] >= RECALL_ELSEWHERE
        and mine["ndcg_cold"] >= FEW_TIES
        and spread >= SPREAD
    )
    words = [
        f"NDCG@10 {mine['ndcg']:.3f} of {NDCG:.3f}",
        f"Adamic-Adar {reference['ndcg']:.3f} (difference {low:+.3f} to {high:+.3f})",
        f"from elsewhere at least {mine['x_share_min']:.0%} for everybody",
        f"recall of those {mine['x_recall']:.3f} ({reference['x_recall']:.3f})",
        f"at most five ties {mine['ndcg_cold']:.3f} ({reference['ndcg_cold']:.3f})",
        f"in somebody's ten {spread:.1%}",
    ]
    verdict = "" if cut is not None else "  OK" if right else "  MISSED"  # what is promised is of the whole
    print(f"whom to meet{f', {cut:g} days cut off' if cut is not None else ''}: {'; '.join(words)}{verdict}")
    return right or cut is not None
