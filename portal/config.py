"""Settings from the environment, typed and checked. Nothing needs to be set on loopback."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from .core import mail, smtp
from .core.errors import Refused

HOUSE = Path(__file__).resolve().parent.parent


def is_loopback(host: str) -> bool:
    """Does only this machine reach it?"""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True)
class Config:
    """One installation's settings."""

    instance_path: Path
    database_url: str
    base_url: str
    secret_key: str
    host: str
    port: int
    demo: str  # "" as the database says, "0" never, "1" yes, "anywhere" yes and also off loopback
    trusted_proxies: int
    smtp_url: str = ""  # smtp://user:password@host:587; "" is: no mail yet
    mail_from: str = ""  # "Hallway <hallway@example.org>", or an address alone
    mail_per_minute: int = 60
    worker: bool = True  # `hallway run` starts one
    backups: Path | None = None  # the folder of the nightly ones; None is INSTANCE_PATH/backups
    backups_keep: int = 14  # how many of them
    contact_days: int = 400  # how long imported contacts are kept; 0 is for ever

    @property
    def on_loopback(self) -> bool:
        return is_loopback(self.host)


def _number(environ: Mapping[str, str], name: str, default: int, lowest: int, highest: int) -> int:
    text = environ.get(name, "").strip()
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or not lowest <= int(text[:9]) <= highest:
        raise Refused(f"{name} must be a number from {lowest} to {highest}, not {text[:40]!r}.")
    return int(text)


def _own_secret(instance: Path) -> str:
    """A key that is made once and kept, readable by its owner alone."""
    path = instance / "secret_key"
    try:
        instance.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        except FileExistsError:
            pass
        else:
            with os.fdopen(handle, "w") as file:
                file.write(secrets.token_hex(32))
        for _ in range(20):
            key = path.read_text().strip()
            if key:
                break
            time.sleep(0.05)  # another process, started at the same moment, is just writing it
    except OSError as error:
        raise Refused(
            f"Hallway cannot write to {instance} ({error.strerror}). Give this user the right to write there, "
            "or set INSTANCE_PATH to another folder."
        ) from None
    if len(key) < 32:
        raise Refused(f"{path} holds no usable key. Remove that file and a new one is made (people sign in again).")
    return key


def _mail_from(environ: Mapping[str, str], base_url: str) -> str:
    """Who mail comes from; without a word from the admin an address at the host that people type."""
    text = environ.get("MAIL_FROM", "").strip()
    if not text:
        host = urlsplit(base_url).hostname or ""
        return f"hallway@{host}" if "." in host and not host.replace(".", "").isdigit() else "hallway@localhost"
    try:
        mail.sender(text)
    except ValueError:
        raise Refused("MAIL_FROM must be one address, like hallway@example.org or Hallway <hallway@example.org>.")
    return text


def _smtp_url(environ: Mapping[str, str]) -> str:
    text = environ.get("SMTP_URL", "").strip()
    try:
        if text:
            smtp.server_of(text)
    except ValueError as error:  # its words never hold the address: there may be a password in it
        raise Refused(f"SMTP_URL {error}. Write it like smtp://user:password@mail.example.org:587") from None
    return text


def _backups(environ: Mapping[str, str]) -> Path | None:
    text = environ.get("BACKUPS", "").strip()
    if not text:
        return None
    folder = Path(text).expanduser()
    if not folder.is_absolute():
        raise Refused("BACKUPS must be the whole path of a folder, from / on.")
    if folder.exists() and not folder.is_dir():
        raise Refused("BACKUPS must be a folder, and there is a file of that name.")
    return folder.resolve()


def from_environ(environ: Mapping[str, str] | None = None) -> Config:
    """Read and check the environment. `Refused` says what to mend."""
    environ = os.environ if environ is None else environ
    instance = Path(environ.get("INSTANCE_PATH") or HOUSE / "instance").expanduser().resolve()
    host = environ.get("HOST", "").strip() or "127.0.0.1"
    port = _number(environ, "PORT", 8000, 0, 65535)
    demo = environ.get("DEMO", "").strip().lower()
    if demo not in ("", "0", "1", "anywhere"):
        raise Refused('DEMO must be 0, 1 or "anywhere".')
    base_url = environ.get("BASE_URL", "").strip().rstrip("/")
    secret = environ.get("SECRET_KEY", "").strip()
    if not is_loopback(host) and not (base_url and secret):
        raise Refused(
            f"HOST is {host}, so others can reach Hallway: set BASE_URL (the address people type) and SECRET_KEY "
            "(at least 32 random characters; `openssl rand -hex 32` makes one) as well."
        )
    if secret and len(secret) < 32:
        raise Refused("SECRET_KEY is too short: at least 32 characters. `openssl rand -hex 32` makes one.")
    if base_url and urlsplit(base_url).scheme not in ("http", "https"):
        raise Refused("BASE_URL must start with http:// or https://.")
    url = environ.get("DATABASE_URL", "").strip() or f"sqlite:///{instance / 'hallway.sqlite3'}"
    if url.startswith(("postgres://", "postgresql://")):
        url = "postgresql+psycopg://" + url.split("://", 1)[1]
    if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise Refused("DATABASE_URL must start with sqlite:/// or postgresql://.")
    try:
        make_url(url)
    except (ValueError, ArgumentError):  # said without the address: there may be a password in it
        raise Refused("DATABASE_URL is not like postgresql://user:password@host:5432/database.") from None
    if environ.get("WORKER", "").strip() not in ("", "0", "1"):
        raise Refused("WORKER must be 0 (none beside the web process) or 1.")
    base_url = base_url or f"http://{'[::1]' if host == '::1' else host}:{port}"
    return Config(
        instance_path=instance,
        database_url=url,
        base_url=base_url,
        secret_key=secret or _own_secret(instance),
        host=host,
        port=port,
        demo=demo,
        trusted_proxies=_number(environ, "TRUSTED_PROXIES", 0, 0, 10),
        smtp_url=_smtp_url(environ),
        mail_from=_mail_from(environ, base_url),
        mail_per_minute=_number(environ, "MAIL_PER_MINUTE", 60, 1, 100_000),
        worker=environ.get("WORKER", "").strip() != "0",
        backups=_backups(environ),
        backups_keep=_number(environ, "BACKUPS_KEEP", 14, 1, 1000),
        contact_days=_number(environ, "CONTACT_DAYS", 400, 0, 36_500),
    )
