"""hallway run"""

from __future__ import annotations

import errno
import signal
import sys
import threading
from types import FrameType

import click
from flask import Flask
from waitress import wasyncore
from waitress.server import create_server

from portal.accounts.last_use import flush_regularly
from portal.config import Config
from portal.core import settings
from portal.core.db import db
from portal.core.errors import Refused
from portal.core.logs import log_to_stderr

from ._app import hallway_app
from ._beside import Beside

GRACE = 30.0  # seconds that requests under way have to finish


@click.command("run", help="Serve Hallway. HOST, PORT, BASE_URL, DATABASE_URL, INSTANCE_PATH, SECRET_KEY are obeyed.")
def command() -> None:
    with hallway_app() as app:
        serve(app)


def is_demo(config: Config) -> bool:
    """Demo mode, as DEMO says, else as the database does."""
    if config.demo == "0":
        return False
    return bool(config.demo) or bool(settings.get("demo", False))


def serve(app: Flask) -> None:
    """Serve until a signal says stop; requests under way are finished."""
    config: Config = app.config["HALLWAY"]
    app.config["HALLWAY_DEMO"] = is_demo(config)
    # Whatever DEMO says: if the demo company is in, everybody's password is known.
    demo_inside = bool(settings.get("demo", False))
    db.session.remove()
    if (demo_inside or app.config["HALLWAY_DEMO"]) and not config.on_loopback and config.demo != "anywhere":
        raise Refused(
            "This is a demo installation, where everybody's password is known: it listens on 127.0.0.1 only. "
            "To let others reach it all the same, set DEMO=anywhere."
        )
    log_to_stderr()
    sockets: dict[int, object] = {}
    try:
        server = create_server(
            app,
            map=sockets,  # "localhost" may be two of them
            host=config.host,
            port=config.port,
            threads=8,
            connection_limit=1000,
            asyncore_use_poll=True,
            clear_untrusted_proxy_headers=config.trusted_proxies == 0,
            max_request_body_size=app.config["MAX_CONTENT_LENGTH"] + 1024 * 1024,
            ident=None,
        )
    except OSError as error:
        raise Refused(_cannot_listen(config, error)) from None
    stop = threading.Event()
    flusher = flush_regularly(app, stop)

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        # Leaves waitress's loop; what is under way is finished below.
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    listens = getattr(server, "effective_listen", None)
    url = _url(config, int(listens[0][1] if listens else server.effective_port))
    beside = Beside(BASE_URL=url) if config.worker else None
    _say(url, app.config["HALLWAY_DEMO"])
    try:
        wasyncore.loop(timeout=server.adj.asyncore_loop_timeout, map=sockets, use_poll=True)
    except SystemExit:
        pass
    finally:
        server.close()
        server.task_dispatcher.shutdown(cancel_pending=True, timeout=GRACE)
        stop.set()
        flusher.join(10)
        if beside is not None:
            beside.end()


def _cannot_listen(config: Config, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {config.port} on {config.host} is in use by another program. Stop that one, or choose another "
            f"port: PORT={config.port + 1}"
        )
    if error.errno == errno.EACCES:
        return f"This user may not listen on port {config.port}. Choose one above 1023: PORT=8000"
    return f"Hallway cannot listen on {config.host} port {config.port}: {error.strerror}"


def _url(config: Config, port: int) -> str:
    """The address people type; where any free port was asked for, the one it became."""
    url = config.base_url
    return f"{url[:-2]}:{port}" if config.port == 0 and url.endswith(":0") else url


def _say(url: str, demo: bool) -> None:
    click.echo(f"Hallway is at {url}")
    if demo:
        click.echo("Sign in as maya@hallway.example (new), tomas@hallway.example (lead) or amara@hallway.example")
        click.echo('(admin). Everybody\'s password is "demo". Stop with Ctrl+C.')
    sys.stdout.flush()
