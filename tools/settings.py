"""Writes the table of settings into docs/operate.md: `.venv/bin/python -m tools.settings`.

Which settings there are, and within which bounds, is read from portal/config.py; what each means stands here. A test
compares (tests/house/test_operate.py).
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CONFIG = ROOT / "portal" / "config.py"
PAGE = ROOT / "docs" / "operate.md"
BEGIN, END = "<!-- settings: made by tools/settings.py -->", "<!-- end of settings -->"

# name: (what it is, what holds when it is not set)
WORDS = {
    "INSTANCE_PATH": ("the folder that holds everything of one installation", "`instance/` beside the code"),
    "DATABASE_URL": ("`postgresql://user:password@host:5432/database`, or `sqlite:////folder/file`",
                     "SQLite: `hallway.sqlite3` in `INSTANCE_PATH`"),
    "HOST": ("where it listens; off loopback `BASE_URL` and `SECRET_KEY` have to be set", "`127.0.0.1`"),
    "PORT": ("where it listens; 0 is any free port", ""),
    "BASE_URL": ("the address people type; `https://…` makes cookies secure. Links in mails begin with it",
                 "from `HOST` and `PORT`"),
    "SECRET_KEY": ("at least 32 random characters (`openssl rand -hex 32`). Sessions and links in mails hang on it: "
                   "with another one everybody signs in anew", "made once, kept in `INSTANCE_PATH/secret_key`"),
    "TRUSTED_PROXIES": ("how many proxies stand in front; their `X-Forwarded-…` are believed", ""),
    "SMTP_URL": ("the mail server: `smtp://user:password@mail.example.org:587` (STARTTLS) or `smtps://…:465`",
                 "no mail is sent; it waits"),
    "MAIL_FROM": ("the sender: `Hallway <hallway@example.org>`", "`hallway@` and the host of `BASE_URL`"),
    "MAIL_PER_MINUTE": ("how many mails leave in a minute, at most", ""),
    "WORKER": ("`0`: `hallway run` starts no worker beside itself; a process of its own does it (`hallway worker`)",
               "`1`"),
    "BACKUPS": ("the folder of the nightly backups, and of those before an upgrade; best on another disk",
                "`INSTANCE_PATH/backups`"),
    "BACKUPS_KEEP": ("how many of the nightly ones are kept", ""),
    "CONTACT_DAYS": ("how many days imported contacts are kept, counted from the newest by the same medium; then the "
                     "first and the last of each pair are left; 0 is for ever", ""),
    "DEMO": ("`0`: no demo company, no sign-in buttons; `anywhere`: a demo installation may listen off loopback",
             "as the database says"),
}  # fmt: skip


@dataclass(frozen=True)
class Known:
    """What portal/config.py does with a variable. bounds: default, lowest and highest of a number."""

    name: str
    bounds: tuple[int, int, int] | None = None


def known() -> dict[str, Known]:
    """Every variable that portal/config.py reads."""
    found: dict[str, Known] = {}
    for node in ast.walk(ast.parse(CONFIG.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        said = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
        if isinstance(node.func, ast.Name) and node.func.id == "_number" and len(said) == 4:
            found[said[0]] = Known(said[0], (said[1], said[2], said[3]))
        elif isinstance(node.func, ast.Attribute) and node.func.attr == "get":
            of = node.func.value
            if isinstance(of, ast.Name) and of.id == "environ" and isinstance(node.args[0], ast.Constant):
                found.setdefault(str(said[0]), Known(str(said[0])))
    return found


def table() -> str:
    """The settings as Markdown, in the order of WORDS."""
    lines = ["| variable | what | when it is not set |", "|---|---|---|"]
    settings = known()
    for name, (what, default) in WORDS.items():
        bounds = settings[name].bounds
        if bounds:
            what, default = f"{what} ({bounds[1]:,} to {bounds[2]:,})", default or f"`{bounds[0]}`"
        lines.append(f"| `{name}` | {what} | {default} |")
    return "\n".join(lines)


def written(page: str) -> str:
    """The page with today's table in it."""
    before, _, rest = page.partition(BEGIN)
    _old, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
