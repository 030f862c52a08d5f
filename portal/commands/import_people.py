"""hallway import people"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import click

from portal.core.db import db, unit_of_work
from portal.core.errors import Refused, RuleBroken
from portal.people import importing
from portal.people.importing import Imported, Run
from portal.people.staff_list import (
    FIELDS,
    MAX_BYTES,
    Sheet,
    StaffList,
    StaffListRefused,
    field_named,
    open_sheet,
    read_sheet,
)
from portal.people.staff_plan import Plan, Step, plan_of

from ._app import hallway_app, make_schema
from ._progress import Bar

SHOWN = 50  # lines of a dry run, and names


@click.command(
    "people",
    help="Bring people from a CSV file, or bring them up to date. It takes the columns id, name (or given name and "
    "family name), preferred name, email, login, title, department, place, time zone, manager (by id or address), "
    "start date, end date and kind (member or guest): as many as there are, in any order. Commas, semicolons or "
    "tabs; UTF-8; packed as .gz or not. All of it is checked before anything is written.",
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would happen, and write nothing.")
@click.option("--verbose", is_flag=True, help="With --dry-run: every line, not only the first 50 that do something.")
@click.option("--yes", is_flag=True, help="Ask nothing.")
@click.option("--full", is_flag=True, help="Everybody stands in the file: name those of earlier lists who do not.")
@click.option("--left", is_flag=True, help="With --full: whoever is missing has left.")
@click.option("--back", is_flag=True, help="Whoever had left and stands in the file is here again.")
@click.option("--map", "said", multiple=True, metavar="HEADER=FIELD", help="What a column holds; may be repeated.")
def command(
    file: Path, dry_run: bool, verbose: bool, yes: bool, full: bool, left: bool, back: bool, said: tuple[str, ...]
) -> None:
    if left and not full:
        raise click.UsageError("--left goes with --full: only a full list can say who has left.")
    staff = _read(file, said)
    may_ask = sys.stdin.isatty() and not yes
    if not (yes or dry_run or may_ask):
        raise click.UsageError("There is no terminal to ask at: say --yes to import without asking.")
    with hallway_app(state=("ok", "empty", "behind")):
        make_schema()
        plan = _planned(staff, full)
        if dry_run:
            _tell_plan(staff, plan, verbose)
            return
        if may_ask:
            _tell_counts(plan)
            click.confirm("Import them?", abort=True, err=True)
        run = _begin(file.name, staff, full)
        plan = _planned_anew(run, staff, full)
        done = _written(run, staff, plan)
        click.echo(f"{done.added} added, {done.changed} changed, {done.same} as before.")
        _settle(plan.missing, left=left, may_ask=may_ask)
        _settle_returned(plan.returned, back=back, may_ask=may_ask)


def _refused(refused: StaffListRefused) -> Refused:
    return Refused("\n".join([*refused.lines(), "Nothing was written."]))


def _read(file: Path, said: Sequence[str]) -> StaffList:
    try:
        with file.open("rb") as source:
            data = source.read(MAX_BYTES + 1)
    except OSError as error:
        raise Refused(f"{file.name}: {error.strerror}") from None
    if len(data) > MAX_BYTES:
        raise Refused(f"{file.name} is larger than {MAX_BYTES // 1024 // 1024} MB. Pack it as .gz.")
    try:
        sheet = open_sheet(data)
        staff = read_sheet(sheet, _mapping(sheet, said) if said else None)
    except StaffListRefused as refused:
        raise _refused(refused) from None
    if staff.passed_over:
        click.echo(f"Columns that are passed over: {', '.join(staff.passed_over)}", err=True)
    return staff


def _mapping(sheet: Sheet, said: Sequence[str]) -> dict[str, int]:
    """What was guessed, and what --map says."""
    mapping = sheet.guess()
    for words in said:
        header, _equals, name = words.rpartition("=")
        field = field_named(name)
        if not header or field is None:
            raise click.UsageError(f"--map {words!r}: write HEADER=FIELD; the fields are {', '.join(FIELDS)}.")
        numbers = [n for n, column in enumerate(sheet.columns) if column.casefold() == header.strip().casefold()]
        if not numbers:
            raise click.UsageError(f"--map {words!r}: the columns of this file are {', '.join(sheet.columns)}.")
        mapping = {one: number for one, number in mapping.items() if number != numbers[0]}
        mapping[field] = numbers[0]
    if "name" in mapping and any(field_named(words.rpartition("=")[2]) == "name" for words in said):
        mapping = {one: number for one, number in mapping.items() if one not in ("given_name", "family_name")}
    return mapping


def _planned(staff: StaffList, full: bool) -> Plan:
    plan = plan_of(staff, is_full=full)
    if plan.problems:
        raise _refused(StaffListRefused(plan.problems, plan.more_problems))
    return plan


def _planned_anew(run: Run, staff: StaffList, full: bool) -> Plan:
    """People may have changed while we were asked, or waited for our turn."""
    try:
        return _planned(staff, full)
    except Refused as refused:
        words = str(refused)
        db.session.rollback()
        unit_of_work(partial(importing.refuse, run, [words]))
        raise


# ---- what would happen ---------------------------------------------------------------------------------------


def _tell_plan(staff: StaffList, plan: Plan, verbose: bool) -> None:
    told = [step for step in plan.steps if verbose or step.what != "same" or step.note]
    for step in told if verbose else told[:SHOWN]:
        click.echo(_words(step))
    if not verbose and len(told) > SHOWN:
        click.echo(f"and {len(told) - SHOWN} more lines; --verbose shows them")
    _tell_counts(plan)
    _tell_names("Missing from the file, so offered as left:", plan.missing, have_left=False)
    _tell_names("Had left, so offered as here again:", plan.returned, have_left=True)
    click.echo("Nothing was written.")


def _words(step: Step) -> str:
    changes = ", ".join(
        f"{FIELDS.get(one.field, one.field)}: {one.before or '-'} -> {one.after or '-'}" for one in step.changes
    )
    what = {"add": "added", "change": "changed", "same": "as before", "pass": "passed over"}[step.what]
    more = [changes] if changes else []
    more += [str(step.note)] if step.note else []
    return f"line {step.line.number}: {step.line.name}: {what}{' (' + '; '.join(more) + ')' if more else ''}"


def _tell_counts(plan: Plan) -> None:
    same = plan.count("same") + plan.count("pass")
    click.echo(f"{plan.count('add')} to add, {plan.count('change')} to change, {same} as before.")


def _tell_names(words: str, person_ids: Sequence[int], *, have_left: bool) -> None:
    if person_ids:
        names = importing.people_of(person_ids, have_left=have_left, most=SHOWN)
        more = f", and {len(person_ids) - SHOWN} more" if len(person_ids) > SHOWN else ""
        click.echo(f"{words} {', '.join(one.name for one in names)}{more}")


# ---- doing it ------------------------------------------------------------------------------------------------


def _begin(called: str, staff: StaffList, full: bool) -> Run:
    """Our turn; another list that is on its way goes first."""
    waited = False
    while True:
        run = unit_of_work(partial(importing.begin, called=called, lines=len(staff.lines), is_full=full))
        if run is not None:
            return run
        if not waited:
            click.echo("Another staff list is being imported. Waiting for it to end ...", err=True)
            waited = True
        time.sleep(1)


def _written(run: Run, staff: StaffList, plan: Plan) -> Imported:
    with Bar("Importing") as bar:
        bar.begin(len(plan.steps))
        try:
            return importing.write_or_refuse(run, staff, plan, tell=bar.step)
        except RuleBroken as broken:
            done = importing.lines_in(run)
            where = f"{done} lines before it are in; the same file again does the rest." if done else (
                "Nothing was written."
            )  # fmt: skip
            raise Refused(f"{broken.field}: {broken.message}\n{where}") from None


def _settle(missing: Sequence[int], *, left: bool, may_ask: bool) -> None:
    """Nobody leaves because a line is missing: somebody has to say so."""
    if not missing:
        return
    _tell_names("Missing from the file:", missing, have_left=False)
    if not left and may_ask:
        left = click.confirm(f"Have these {len(missing)} people left?", err=True)
    if not left:
        click.echo("They stay as they are. --left says that they have left.")
        return
    done, stay = importing.say_left(person_ids=missing, actor_id=None)
    click.echo(f"{done} have left.")
    for words in stay:
        click.echo(words, err=True)


def _settle_returned(returned: Sequence[int], *, back: bool, may_ask: bool) -> None:
    if not returned:
        return
    _tell_names("Had left, and stand in the file:", returned, have_left=True)
    if not back and may_ask:
        back = click.confirm(f"Are these {len(returned)} people here again?", err=True)
    if not back:
        click.echo("They stay away. --back says that they are here again.")
        return
    done, stay = importing.bring_back(person_ids=returned, actor_id=None)
    click.echo(f"{done} are here again.")
    for words in stay:
        click.echo(words, err=True)
