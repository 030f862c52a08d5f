"""Starts `hallway` again and again, each call in a process of its own, without reading the libraries anew.

Libraries are half of what a short command costs, and the house's own modules most of the rest. They are loaded here
once, and a call is a fork of this process, in which an app was built and looked at already. Without `house` only
libraries are: everything of portal/ is imported in the fork, in the order of that command, as from a shell. One line
of JSON asks for a call, one line answers with its exit code.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import signal
import sys
import tempfile
from typing import Any

LIBRARIES = (
    *("alembic.command", "alembic.autogenerate", "anyascii", "argon2", "babel.dates", "babel.support", "click"),
    *("flask", "flask_babel", "flask_compress", "flask_login", "flask_sqlalchemy", "flask_wtf.csrf", "markdown"),
    *("nh3", "sqlalchemy.dialects.postgresql", "sqlalchemy.dialects.sqlite", "sqlalchemy.orm", "waitress"),
    *("wtforms", "zoneinfo"),
)
LONGEST = 90  # seconds


def next_call() -> bool:
    """Serve calls; comes back in the process of a call (True), and when nobody asks any more (False)."""
    requests, answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
    for line in requests:
        call = json.loads(line)
        child = os.fork()
        if not child:
            requests.close()
            answers.close()
            become(call)
            return True
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        print(code, file=answers, flush=True)
    return False


def become(call: dict[str, Any]) -> None:
    """Take on what a shell would have given: words, environment, and where to read and write."""
    signal.alarm(LONGEST)
    new = os.O_WRONLY | os.O_CREAT
    for number, (file, flags) in enumerate(zip(call["files"], (os.O_RDONLY, new, new), strict=True)):
        opened = os.open(file, flags, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    os.environ.clear()
    os.environ.update(call["environ"])
    sys.argv[1:] = call["words"]


def build() -> None:
    """What every app computes anew is computed here, on an installation that is thrown away."""
    from portal.app import create_app
    from portal.config import from_environ
    from portal.core.db import db
    from portal.core.schema import upgrade
    from portal.keeping import checks
    from tests import computed_once  # noqa: F401 - for what it does

    with tempfile.TemporaryDirectory() as folder, create_app(from_environ({"INSTANCE_PATH": folder})).app_context():
        upgrade()
        assert not [result.found for result in checks.run(mend=True) if result.found]
        db.session.remove()
        db.engine.dispose()


if __name__ == "__main__":
    for name in LIBRARIES:
        importlib.import_module(name)
    assert not [name for name in sys.modules if name.startswith("portal")]
    if sys.argv[1:] == ["house"]:
        importlib.import_module("portal.app")
        for module, _words in importlib.import_module("portal.cli").COMMANDS.values():
            importlib.import_module(f"portal.commands.{module}")
        build()
    gc.collect()
    gc.freeze()
    if next_call():
        sys.modules.pop("portal.cli", None)
        runpy.run_module("portal.cli", run_name="__main__", alter_sys=True)
