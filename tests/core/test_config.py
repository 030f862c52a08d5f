"""Settings from the environment: nothing needs to be set on loopback; what is wrong is said with what to do."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest
from flask import request

from portal.app import create_app
from portal.config import Config, from_environ, is_loopback
from portal.core.errors import Refused

SECRET = "s" * 32


def read(tmp_path: Path, **environ: str) -> Config:
    return from_environ({"INSTANCE_PATH": str(tmp_path / "instance"), **environ})


def test_nothing_needs_to_be_set(tmp_path: Path) -> None:
    config = read(tmp_path)
    assert (config.host, config.port, config.base_url) == ("127.0.0.1", 8000, "http://127.0.0.1:8000")
    assert config.database_url == f"sqlite:///{tmp_path}/instance/hallway.sqlite3"
    assert (config.demo, config.trusted_proxies, config.on_loopback) == ("", 0, True)


def test_empty_is_as_good_as_not_set(tmp_path: Path) -> None:
    names = ("DATABASE_URL", "BASE_URL", "SECRET_KEY", "HOST", "PORT", "DEMO", "TRUSTED_PROXIES")
    assert read(tmp_path, **dict.fromkeys(names, " ")) == read(tmp_path)


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    first = read(tmp_path).secret_key
    assert len(first) == 64 and read(tmp_path).secret_key == first
    mode = (tmp_path / "instance" / "secret_key").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600
    assert from_environ({"INSTANCE_PATH": str(tmp_path / "other")}).secret_key != first


def test_processes_that_start_at_once_have_the_same_key(tmp_path: Path) -> None:
    keys: list[str] = []
    together = threading.Barrier(8)

    def one() -> None:
        together.wait()
        keys.append(read(tmp_path).secret_key)

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 8 and len(set(keys)) == 1


def test_a_key_that_is_given_is_used_and_none_is_written(tmp_path: Path) -> None:
    assert read(tmp_path, SECRET_KEY=SECRET).secret_key == SECRET
    assert not (tmp_path / "instance").exists()


@pytest.mark.parametrize("kept", ["", "short", "\n"])
def test_a_key_file_that_is_damaged_is_said(tmp_path: Path, kept: str) -> None:
    (tmp_path / "instance").mkdir()
    (tmp_path / "instance" / "secret_key").write_text(kept)
    with pytest.raises(Refused, match="holds no usable key"):
        read(tmp_path)


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "instance").write_text("a file is in the way")
    with pytest.raises(Refused, match=r"cannot write to .*instance"):
        read(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_the_right_to_write_is_said(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(Refused, match="right to write there"):
            read(tmp_path)
    finally:
        tmp_path.chmod(0o700)


@pytest.mark.parametrize(
    ("host", "inside"),
    [
        ("127.0.0.1", True), ("127.9.9.9", True), ("localhost", True), ("::1", True), ("[::1]", True),
        ("0.0.0.0", False), ("::", False), ("192.168.1.4", False), ("example.org", False),
        ("127.0.0.1.example", False), ("localhost.example", False), ("", False),
    ],
)  # fmt: skip
def test_what_is_loopback(host: str, inside: bool) -> None:
    assert is_loopback(host) is inside


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.5", "hallway.example"])
def test_others_reach_it_only_with_address_and_key(tmp_path: Path, host: str) -> None:
    whole = {"HOST": host, "BASE_URL": "https://hallway.example/", "SECRET_KEY": SECRET}
    config = read(tmp_path, **whole)
    assert (config.base_url, config.on_loopback) == ("https://hallway.example", False)
    for missing in ("BASE_URL", "SECRET_KEY"):
        with pytest.raises(Refused, match=r"set BASE_URL .* and SECRET_KEY"):
            read(tmp_path, **(whole | {missing: ""}))


@pytest.mark.parametrize(
    ("host", "url"),
    [("::1", "http://[::1]:9000"), ("localhost", "http://localhost:9000"), ("127.0.0.2", "http://127.0.0.2:9000")],
)
def test_the_address_follows_from_host_and_port(tmp_path: Path, host: str, url: str) -> None:
    assert read(tmp_path, HOST=host, PORT="9000").base_url == url


WRONG = [
    ("PORT", "http", "PORT must be a number"),
    ("PORT", "-1", "PORT must be a number"),
    ("PORT", "65536", "from 0 to 65535"),
    ("PORT", "9" * 30, "from 0 to 65535"),
    ("PORT", "80.5", "PORT must be"),
    ("PORT", "٨٠٨٠", "PORT must be"),
    ("PORT", "²", "PORT must be"),
    ("TRUSTED_PROXIES", "11", "from 0 to 10"),
    ("TRUSTED_PROXIES", "yes", "TRUSTED_PROXIES must be"),
    ("DEMO", "2", "DEMO must be"),
    ("DEMO", "true", "DEMO must be"),
    ("SECRET_KEY", "s" * 31, "SECRET_KEY is too short"),
    ("BASE_URL", "hallway.example", "BASE_URL must start with"),
    ("BASE_URL", "ftp://hallway.example", "BASE_URL must start with"),
    ("BASE_URL", "javascript:alert(1)", "BASE_URL must start with"),
    ("DATABASE_URL", "mysql://localhost/x", "DATABASE_URL must start with"),
    ("DATABASE_URL", "hallway.sqlite3", "DATABASE_URL must start with"),
    ("DATABASE_URL", "sqlite://", "DATABASE_URL must start with"),
    ("SMTP_URL", "mail.example.org", "SMTP_URL must start with"),
    ("SMTP_URL", "smtp://me@mail.example.org", "a user without a password"),
    ("SMTP_URL", "smtp://mail.example.org:0", "a port or a host that cannot be"),
    ("MAIL_FROM", "Hallway", "MAIL_FROM must be one address"),
    ("MAIL_FROM", "a@b.example, c@d.example", "MAIL_FROM must be one address"),
    ("MAIL_PER_MINUTE", "0", "from 1 to 100000"),
    ("MAIL_PER_MINUTE", "many", "MAIL_PER_MINUTE must be a number"),
    ("BACKUPS", "backups", "BACKUPS must be the whole path"),
    ("BACKUPS", __file__, "BACKUPS must be a folder"),
    ("BACKUPS_KEEP", "0", "from 1 to 1000"),
    ("WORKER", "yes", "WORKER must be"),
]


@pytest.mark.parametrize(("name", "value", "said"), WRONG)
def test_what_is_wrong_is_refused_in_words(tmp_path: Path, name: str, value: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        read(tmp_path, **{name: value})


def test_a_refusal_repeats_no_secret(tmp_path: Path) -> None:
    for name, value in (
        ("SECRET_KEY", "swordfish"),
        ("DATABASE_URL", "mysql://me:swordfish@db/x"),
        ("SMTP_URL", "http://me:swordfish@mail.example.org"),
        ("SMTP_URL", "smtp://me:sword/fish@mail.example.org"),
    ):
        with pytest.raises(Refused) as refused:
            read(tmp_path, **{name: value})
        assert "fish" not in str(refused.value)


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgres://u:p@db/x", "postgresql+psycopg://u:p@db/x"),
        ("postgresql://u:p@db/x?sslmode=require", "postgresql+psycopg://u:p@db/x?sslmode=require"),
        ("postgresql+psycopg://db/x", "postgresql+psycopg://db/x"),
        ("sqlite:////var/lib/x.sqlite3", "sqlite:////var/lib/x.sqlite3"),
    ],
)
def test_addresses_of_databases(tmp_path: Path, given: str, used: str) -> None:
    assert read(tmp_path, DATABASE_URL=given).database_url == used


@pytest.mark.parametrize("demo", ["0", "1", "anywhere", "ANYWHERE"])
def test_demo(tmp_path: Path, demo: str) -> None:
    assert read(tmp_path, DEMO=demo).demo == demo.lower()


def test_only_trusted_proxies_say_who_asks(tmp_path: Path) -> None:
    seen = {}
    for hops in ("0", "1"):
        app = create_app(read(tmp_path, TRUSTED_PROXIES=hops, BASE_URL="https://hallway.example"))

        @app.before_request
        def _note(hops: str = hops) -> None:
            seen[hops] = (request.remote_addr, request.scheme)

        forwarded = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
        app.test_client().get("/healthz", headers=forwarded)
    assert seen == {"0": ("127.0.0.1", "http"), "1": ("203.0.113.9", "https")}


def test_mail_and_what_stands_beside_the_web_process(tmp_path: Path) -> None:
    plain = read(tmp_path)
    assert (plain.smtp_url, plain.mail_from, plain.mail_per_minute, plain.worker) == (
        "",
        "hallway@localhost",
        60,
        True,
    )
    assert (plain.backups, plain.backups_keep) == (None, 14)
    url = "smtps://me:p%40w@mail.example.org"
    set_up = read(tmp_path, SMTP_URL=url, MAIL_FROM="Hi <hi@example.org>", MAIL_PER_MINUTE="300", WORKER="0")
    assert (set_up.smtp_url, set_up.mail_from, set_up.mail_per_minute) == (url, "Hi <hi@example.org>", 300)
    assert set_up.worker is False
    kept = read(tmp_path, BACKUPS=str(tmp_path / "kept"), BACKUPS_KEEP="3")
    assert (kept.backups, kept.backups_keep) == (tmp_path / "kept", 3)


@pytest.mark.parametrize(
    ("url", "sender"),
    [
        ("https://hallway.example.org/inside", "hallway@hallway.example.org"),
        ("http://192.0.2.1:8000", "hallway@localhost"),
        ("http://localhost:8000", "hallway@localhost"),
    ],
)
def test_who_mail_comes_from_follows_from_the_address(tmp_path: Path, url: str, sender: str) -> None:
    assert read(tmp_path, BASE_URL=url).mail_from == sender
