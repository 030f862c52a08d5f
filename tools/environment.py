"""Brings a virtual environment up to date with its lock, for tools/setup.py; standard library only.

Half built, moved, or left by a Python that is gone: built anew. Only the lock or pyproject.toml changed: changed in
place. Whatever cannot be done ends in one sentence with the command that mends it.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator

from setup import ROOT, stale_catalogues, stamp, wanted

SUDO = "" if os.geteuid() == 0 else "sudo "


class CannotSetUp(Exception):
    """The one sentence."""


def bring_up_to_date(venv: str, lock: str) -> None:
    try:
        with one_at_a_time():
            if not is_usable(venv):
                create(venv, lock)
            update(venv, lock)
            if stale_catalogues():
                compile_catalogues(venv)
    except CannotSetUp as sentence:
        sys.exit(str(sentence))
    except OSError as error:
        sys.exit(in_plain_words(error.strerror or str(error), venv, "Writing files"))
    except KeyboardInterrupt:
        sys.exit("Stopped half way: `make setup` starts over.")


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """`make run` in one window and `make test` in another wait for each other."""
    folder = os.open(ROOT, os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Waiting for another make that is setting up this folder …")
            fcntl.flock(folder, fcntl.LOCK_EX)
        except OSError as error:  # some network file systems have no locks
            if error.errno not in (errno.ENOLCK, errno.ENOTSUP, errno.EINVAL):
                raise
        yield
    finally:
        os.close(folder)


def is_usable(venv: str) -> bool:
    has = stamp(venv)
    return (
        has.get("place") == venv
        and has.get("source") == ROOT
        and has.get("python") == version_in(venv)
        and (not os.environ.get("PYTHON") or has["python"] == sys.version)
    )


def version_in(venv: str) -> str:
    try:
        command = [python_in(venv), "-ISc", "import sys; print(sys.version, end='')"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return ""


def python_in(venv: str) -> str:
    return os.path.join(venv, "bin", "python")


def create(venv: str, lock: str) -> None:
    try:
        import ensurepip  # noqa: F401  (Debian keeps it in a package of its own)
    except ImportError:
        raise CannotSetUp(without_venv()) from None
    again = "Building anew" if os.path.lexists(venv) else "Building"
    say(
        f"{again} {short(venv)} with Python {platform.python_version()} from requirements/{lock}.txt, "
        "which takes a minute or two …"
    )
    # this Python itself may be the one in the folder that goes away, so the one underneath builds
    underneath = getattr(sys, "_base_executable", "")
    builder = underneath if os.path.isfile(underneath) else os.path.realpath(sys.executable)
    remove(venv)
    for command in (
        [builder, "-m", "venv", "--without-pip", venv],
        [python_in(venv), "-I", "-m", "ensurepip", "--default-pip"],
    ):
        result = run(command)
        if result.returncode:
            raise CannotSetUp(in_plain_words(result.stdout + result.stderr, venv, "Making .venv"))


def update(venv: str, lock: str) -> None:
    has, wants = stamp(venv), wanted(venv, lock, version_in(venv))
    if has == wants:
        return
    if has:
        say(f"Bringing {short(venv)} up to date with requirements/{wants['lock']}.txt …")
        os.unlink(os.path.join(venv, ".stamp"))  # from here to the end it is half built
    if has.get("packages") != wants["packages"]:
        lock_file = os.path.join(ROOT, "requirements", f"{wants['lock']}.txt")
        # The lock is complete, so nothing is left to resolve: a pip with constraints of its own, as some machines
        # have, would else meet `coverage[toml]` and ask for a release that is not in the lock.
        pip(venv, "install", "--require-hashes", "--no-deps", "-r", lock_file)
        if has:
            remove_what_left_the_lock(venv, lock_file)
    pip(venv, "install", "--no-deps", "--no-build-isolation", "--no-index", "-e", ROOT)
    new = os.path.join(venv, ".stamp.new")
    with open(new, "w", encoding="utf-8") as file:
        json.dump(wants, file, indent=1)
    os.replace(new, os.path.join(venv, ".stamp"))
    say(f"{short(venv)} is ready.")


def remove_what_left_the_lock(venv: str, lock_file: str) -> None:
    def plain(name: str) -> str:
        return re.sub(r"[-_.]+", "-", name).lower()

    with open(lock_file, encoding="utf-8") as file:
        locked = {plain(name) for name in re.findall(r"^([\w.-]+)(?:\[.*\])?==", file.read(), re.MULTILINE)}
    there = [package["name"] for package in json.loads(pip(venv, "list", "--format=json"))]
    if gone := [name for name in there if plain(name) not in locked | {"pip", "hallway"}]:
        pip(venv, "uninstall", "--yes", *gone)


def compile_catalogues(venv: str) -> None:
    folder = os.path.join(ROOT, "portal", "translations")
    result = run([os.path.join(venv, "bin", "pybabel"), "compile", "-d", folder])
    if result.returncode:
        raise CannotSetUp(in_plain_words(result.stdout + result.stderr, venv, "Compiling the translations"))
    # pybabel passes over a catalogue whose header is marked fuzzy, and says all is well
    if skipped := stale_catalogues():
        name = os.path.relpath(skipped[0], ROOT)
        raise CannotSetUp(
            f"{name} was not compiled: take `#, fuzzy` from its header (`sed -n 1,20p {name}`), then make again."
        )


def pip(venv: str, *arguments: str) -> str:
    """pip as the machine has it configured (index, proxy, certificates), but into this folder only."""
    result = run([python_in(venv), "-I", "-m", "pip", "--no-input", "--disable-pip-version-check", *arguments])
    if result.returncode:
        raise CannotSetUp(in_plain_words(result.stdout + result.stderr, venv, f"pip {arguments[0]}"))
    return result.stdout


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    unwanted = ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_DRY_RUN")
    environment = {name: value for name, value in os.environ.items() if name not in unwanted}
    environment |= {"PIP_USER": "0", "PIP_ROOT_USER_ACTION": "ignore", "PYTHONUTF8": "1", "LC_ALL": "C"}
    return subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )


def remove(path: str) -> None:
    if os.path.islink(path) or os.path.isfile(path):
        os.unlink(path)
    elif os.path.isdir(path):
        shutil.rmtree(path)


def without_venv() -> str:
    version = "{}.{}".format(*sys.version_info[:2])
    if shutil.which("apt-get"):
        mend = f"{SUDO}apt install python{version}-venv"
    else:
        mend = "PYTHON=/path/to/another/python make setup"
    return (
        f"Python {version} on this machine comes without venv, which .venv is made with: "
        f"run `{mend}`, then make again."
    )


def space_or_rights(output: str) -> str:
    if re.search(r"no space left|quota exceeded", output, re.IGNORECASE):
        return "space"
    return "rights" if re.search(r"read-only file system|permission denied", output, re.IGNORECASE) else ""


def in_plain_words(output: str, venv: str, what: str) -> str:
    place = os.path.dirname(venv)
    match space_or_rights(output):
        case "space":
            return (
                f"The disk is full before .venv was complete: free 1 GB (`df -h '{place}' /tmp` shows "
                "where it is tight), then run make again."
            )
        case "rights":
            return (
                f"{place} cannot be written by this user, and .venv belongs there: run "
                f"`sudo chown -R $(id -un) '{place}'` or clone to a folder of your own, then make again."
            )
    if "do not match the hashes" in output.lower():
        return (
            "A downloaded package is not the one the lock names (its hash differs), so it was not installed: run "
            "`.venv/bin/pip cache purge && make setup`, and if it stays so, trust that package index no more."
        )
    unreachable = (
        r"name resolution|failed to establish|connection (?:refused|reset|broken|aborted)|timed out|TimeoutError"
        r"|max retries|SSLError|certificate verify failed|ProxyError|network is unreachable|could not fetch url"
    )
    if re.search(unreachable, output, re.IGNORECASE):
        return (
            "pip reached no package index: look at the network, or name an index that this machine reaches "
            "with `PIP_INDEX_URL=https://… make setup` (a proxy with HTTPS_PROXY=…)."
        )
    if missing := re.search(r"No matching distribution found for (\S+)", output):
        return (
            f"The package index in use does not have {missing[1]} or did not answer: name one that does with "
            "`PIP_INDEX_URL=https://… make setup`."
        )
    with contextlib.suppress(OSError), open(os.path.join(venv, "setup.log"), "w", encoding="utf-8") as log:
        log.write(output)
    lines = [line.strip() for line in output.splitlines() if line.strip()] or ["without a word"]
    reason = next((line for line in lines if "error" in line.lower()), lines[-1])
    return f"{what} failed ({reason[:200]}): see `cat '{venv}/setup.log'`, then run `make clean setup`."


def short(path: str) -> str:
    return os.path.relpath(path, ROOT) if path.startswith(ROOT + os.sep) else path


def say(line: str) -> None:
    print(line, flush=True)
