"""Files under content names: written whole or not at all, found only under names that are names."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from flask import Flask

from portal.core.storage import LocalStorage, storage
from tests.client import Client
from tests.makers import Make


@pytest.fixture
def store(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "files")


def every_file(store: LocalStorage) -> list[Path]:
    return [path for path in store.folder.rglob("*") if path.is_file()]


def test_a_name_says_what_is_in_it(store: LocalStorage) -> None:
    name = store.put(b"picture", "webp")
    assert name == hashlib.sha256(b"picture").hexdigest() + ".webp"
    assert store.get(name) == b"picture"
    assert [path.name for path in every_file(store)] == [name]


def test_the_same_twice_is_one_file(store: LocalStorage) -> None:
    first = store.put(b"picture", "webp")
    before = every_file(store)[0].stat().st_mtime_ns
    assert store.put(b"picture", "webp") == first
    assert len(every_file(store)) == 1 and every_file(store)[0].stat().st_mtime_ns == before
    assert store.put(b"picture", "png") != first


def test_what_is_dropped_is_gone_and_may_be_dropped_again(store: LocalStorage) -> None:
    name = store.put(b"picture", "webp")
    store.drop(name)
    store.drop(name)
    assert store.get(name) is None and every_file(store) == []
    assert store.put(b"picture", "webp") == name and store.get(name) == b"picture"


def test_nothing_and_large_things(store: LocalStorage) -> None:
    for data in (b"", os.urandom(3_000_000)):
        assert store.get(store.put(data, "bin")) == data


HASH = "a" * 64
NAMES = [
    *("", ".", "..", "/", "../../etc/passwd", "/etc/passwd", HASH, HASH + ".", HASH + ".a", HASH + ".toolong"),
    *(HASH + ".webp/..", HASH + ".webp\n", "\x00", HASH + ".we\x00", HASH.upper() + ".webp", "g" * 64 + ".webp"),
    *("../" + HASH + ".webp", HASH[:62] + "/.webp", ".." + HASH[2:] + ".webp", HASH + ".WEBP", " " + HASH + ".webp"),
]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_no_name_finds_and_removes_nothing(store: LocalStorage, tmp_path: Path, name: str) -> None:
    (tmp_path / "outside").write_text("secret")
    store.put(b"picture", "webp")
    assert store.get(name) is None
    store.drop(name)
    assert (tmp_path / "outside").exists() and len(every_file(store)) == 1


@pytest.mark.parametrize("suffix", ["", "a", "../x", "toolong", "we/b", "WEBP", "we bp", "web\n"])
def test_what_is_no_suffix_is_refused_and_writes_nothing(store: LocalStorage, suffix: str) -> None:
    with pytest.raises(ValueError, match="suffix"):
        store.put(b"picture", suffix)
    assert not store.folder.exists()


def test_a_crash_while_writing_leaves_no_file(store: LocalStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last moment before it is there: the rename itself fails."""
    name = hashlib.sha256(b"picture").hexdigest() + ".webp"
    (store.folder / name[:2] / name).mkdir(parents=True)  # in the way: a folder under the file's name
    (store.folder / name[:2] / name / "x").touch()

    monkeypatch.setattr(Path, "exists", lambda _self: False)
    with pytest.raises(OSError):
        store.put(b"picture", "webp")
    assert [path.name for path in every_file(store)] == ["x"]


def test_half_a_file_is_never_read(store: LocalStorage) -> None:
    """What a killed process leaves beside it has a name that is none."""
    name = store.put(b"picture", "webp")
    aside = store.folder / name[:2] / ".new-abc"
    aside.write_bytes(b"pic")
    assert store.get(".new-abc") is None and store.get(name) == b"picture"


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "files").write_text("a file is in the way")
    with pytest.raises(OSError):
        LocalStorage(tmp_path / "files").put(b"picture", "webp")


def test_an_installation_keeps_its_files_in_its_folder(sqlite_app: Flask) -> None:
    with sqlite_app.app_context():
        name = storage().put(b"picture", "webp")
        folder = sqlite_app.config["HALLWAY"].instance_path / "files"
        assert (folder / name[:2] / name).read_bytes() == b"picture"


@pytest.mark.parametrize("name", ["../hallway.sqlite3", "..%2fhallway.sqlite3", HASH + ".webp", "x.webp"])
def test_photos_that_are_none_are_not_there(sqlite_client: Client, sqlite_make: Make, name: str) -> None:
    sqlite_client.sign_in(sqlite_make.email(sqlite_make.member()))
    assert sqlite_client.raw.get(f"/photos/{name}").status_code == 404
