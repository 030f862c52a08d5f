"""The `hallway` command. Commands load when they are called; --help builds no app.

Exit codes: 0 done, 1 refused (said on standard error), 2 wrong use.
"""

from __future__ import annotations

import importlib
import sys

import click

# name: (module, what it does); "a b" is the command b of the group a
COMMANDS = {
    "run": ("run", "Serve Hallway."),
    "worker": ("worker", "Send the mail that is owed and see to what recurs (`hallway run` starts one)."),
    "up": ("up", "What `make run` does: fill an empty installation with the demo company, upgrade, serve."),
    "init": ("init", "Make the first admin on an empty installation."),
    "demo": ("demo", "Fill an empty installation with the demo company."),
    "reset-password": ("reset_password", "Let somebody (back) in with a new password."),
    "backup": ("backup", "Keep everything in one file, while Hallway runs on."),
    "restore": ("restore", "Put a backup into an empty installation."),
    "check": ("check", "Compare what has to be so with what is, and put it right."),
    "db move": ("db_move", "Copy everything into another database, from SQLite to PostgreSQL or back."),
    "db upgrade": ("db_upgrade", "Bring the database to this version's shape."),
    "db revision": ("db_revision", "For developers: write a migration from the models."),
    "import people": ("import_people", "Bring people from a CSV file, or bring them up to date."),
    "import evidence": ("import_evidence", "Bring work that shows who knows what from a CSV file."),
    "import contacts": ("import_contacts", "Bring who was in touch with whom elsewhere from a CSV file."),
    "search rebuild": ("search_rebuild", "Make the index of the search anew."),
    "search check": ("search_check", "Compare the index of the search with what it is made of."),
    "search experts": ("search_experts", "For measuring: who knows, for many questions at once."),
    "meet export": ("meet_export", "For measuring: whom everybody might meet, as a CSV file."),
    "meet learn": ("meet_learn", "Learn how much each signal is worth, from whom people here got to know."),
    "meet refresh": ("meet_refresh", "Make everybody's suggestions of whom to meet anew."),
    "erase person": ("erase_person", "Erase somebody: an empty entry stays, which leads to nobody."),
    "invite-domains": ("invite_domains", "Say whose addresses come in as colleagues by a team's join link."),
    "bench fill": ("bench_fill", "Fill an empty installation with made-up people, to measure on."),
    "bench help": ("bench_help", "A year of asks among made-up people: who is asked, and how many are answered."),
    "bench route": ("bench_route", "Who is asked first, for many questions at once."),
}
GROUPS = {
    "db": "The database.",
    "import": "Bring data from elsewhere.",
    "search": "What can be found, and who knows.",
    "meet": "Whom to meet.",
    "erase": "Forget somebody.",
    "bench": "For measuring.",
}


class Lazy(click.Group):
    """A group that knows its commands by name and loads the one that is called."""

    def __init__(self, prefix: str = "", help: str | None = None) -> None:
        super().__init__(name=prefix.strip() or "hallway", help=help)
        self.prefix = prefix

    def list_commands(self, ctx: click.Context) -> list[str]:
        own = [name[len(self.prefix) :] for name in COMMANDS if name.startswith(self.prefix)]
        return sorted({name.split()[0] for name in own})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        full = self.prefix + cmd_name
        if full in COMMANDS:
            command: click.Command = importlib.import_module(f"portal.commands.{COMMANDS[full][0]}").command
            return command
        return Lazy(f"{full} ", GROUPS[full]) if full in GROUPS else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = []
        for name in self.list_commands(ctx):
            full = self.prefix + name
            rows.append((name, COMMANDS[full][1] if full in COMMANDS else GROUPS[full]))
        with formatter.section("Commands"):
            formatter.write_dl(rows)


hallway = Lazy(help="Hallway: where a new project team meets itself and anyone finds the person who knows.")


def main() -> None:
    """The console script."""
    from portal.core.errors import Refused

    try:
        hallway.main(prog_name="hallway", standalone_mode=False)
    except Refused as refused:
        click.echo(str(refused), err=True)
        sys.exit(1)
    except click.ClickException as wrong:
        wrong.show()
        sys.exit(wrong.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(1)


if __name__ == "__main__":
    main()
