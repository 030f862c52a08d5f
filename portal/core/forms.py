"""Forms: what may be typed, CSRF, the `once` nonce, and rules that land on their field.

Every form of a signed-in person carries `once`, a signed nonce that names its writer: the same form sent twice
is done once, and words that arrive after the session has ended are kept for their writer alone.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from flask import Flask, current_app, request
from flask_babel import gettext, ngettext
from flask_wtf import FlaskForm
from flask_wtf.csrf import CSRFProtect, generate_csrf
from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug.datastructures import MultiDict
from wtforms import Field, HiddenField, StringField, TextAreaField, ValidationError
from wtforms.validators import StopValidation

from . import clock
from .auth import viewer_or_none
from .db import Base, Key, db, unit_of_work
from .errors import RuleBroken
from .events import Acted, publish

T = TypeVar("T")


class FormOnce(Base):
    """A form that was done: sent again, it is answered with what came of it the first time."""

    __tablename__ = "form_once"
    __table_args__ = ()

    # No foreign key: core knows no domain. The rows go after a day (see `claim`).
    person_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    nonce: Mapped[str] = mapped_column(Key, primary_key=True)
    at: Mapped[datetime]
    result: Mapped[Any] = mapped_column(sa.JSON, nullable=True)


# ---- the nonce ---------------------------------------------------------------------------------------------


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="hallway-once")


def new_once() -> str:
    """A nonce signed for the viewer; "" when nobody is signed in."""
    who = viewer_or_none()
    return _serializer().dumps([who.person_id, secrets.token_urlsafe(9)]) if who else ""


def author_of(once: str | None) -> int | None:
    """The person for whom a form was made, from its nonce; None for a forged one."""
    try:
        person_id, _nonce = _serializer().loads(once or "")
    except (BadData, ValueError, TypeError):
        return None
    return person_id if isinstance(person_id, int) else None


class _DoneBefore(Exception):
    def __init__(self, result: Any) -> None:
        super().__init__()
        self.result = result


def _sent_words() -> str:
    """A mark of what was sent. The same form with other words (after Back) is another thing to do."""
    digest = hashlib.sha256()
    for name, values in sorted(request.form.lists()):
        if name not in ("csrf_token", "once"):
            digest.update(json.dumps([name, values]).encode())
    for name, file in sorted(request.files.items()):
        digest.update(name.encode())
        file.stream.seek(0)
        digest.update(file.stream.read())
        file.stream.seek(0)
    return digest.hexdigest()[:20]


def _claim(person_id: int, once: str) -> FormOnce:
    """Take the nonce inside the unit of work; raises `_DoneBefore` when these words were sent with it before."""
    _writer, nonce = _serializer().loads(once)
    row = FormOnce(person_id=person_id, nonce=f"{str(nonce)[:40]}.{_sent_words()}", at=clock.now(), result=None)
    db.session.execute(
        sa.delete(FormOnce).where(FormOnce.person_id == person_id, FormOnce.at < clock.now() - timedelta(days=1))
    )
    try:
        with db.session.begin_nested():
            db.session.add(row)
            db.session.flush()
    except sa.exc.IntegrityError:
        first = db.session.get(FormOnce, (person_id, row.nonce), populate_existing=True)
        raise _DoneBefore(first.result if first else None) from None
    return row


# ---- fields ------------------------------------------------------------------------------------------------


def tidy(value: str | None) -> str:
    """What was typed, with line ends of one kind and no space around it."""
    return (value or "").replace("\r\n", "\n").replace("\r", "\n").strip()


_CONTROL = {chr(code): None for code in (*range(32), 127, *range(128, 160)) if chr(code) not in "\n\r\t"}
_OUT = str.maketrans({**_CONTROL, **{chr(code): None for code in range(0xD800, 0xE000)}})


class Storable:
    """Refuses what no database keeps (NUL, lone surrogates) and what no page shows (other control characters)."""

    def __call__(self, form: Any, field: Field) -> None:
        kept = (field.data or "").translate(_OUT)
        if kept != (field.data or ""):
            field.data = kept
            raise StopValidation(
                gettext("There was a character in here that cannot be kept. We took it out: look again.")
            )


class Needed:
    """Something has to be said; `message` says what, as an instruction."""

    field_flags = {"required": True}  # noqa: RUF012 - WTForms reads it by this name

    def __init__(self, message: Any) -> None:
        self.message = message

    def __call__(self, form: Any, field: Field) -> None:
        if not field.data:
            raise StopValidation(str(self.message))


class AtMost:
    """At most so many characters (code points, a line end is one)."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.field_flags = {"max_length": most}

    def __call__(self, form: Any, field: Field) -> None:
        over = len(field.data or "") - self.most
        if over > 0:
            raise ValidationError(ngettext("%(num)d character over", "%(num)d characters over", over))


class LineField(StringField):
    """One line of words."""

    data: Any

    def __init__(self, label: Any, *, most: int, needed: Any = None, **kwargs: Any) -> None:
        rules: list[Any] = [Storable(), *([Needed(needed)] if needed else []), AtMost(most)]
        super().__init__(label, rules, filters=[lambda v: " ".join(tidy(v).split("\n"))], **kwargs)


class WordsField(TextAreaField):
    """Several lines of words."""

    data: Any

    def __init__(self, label: Any, *, most: int, needed: Any = None, **kwargs: Any) -> None:
        rules: list[Any] = [Storable(), *([Needed(needed)] if needed else []), AtMost(most)]
        super().__init__(label, rules, filters=[tidy], **kwargs)


# ---- forms -------------------------------------------------------------------------------------------------


class _OurWords:
    """What WTForms itself says, as an instruction and in our catalogues."""

    def gettext(self, words: str) -> str:
        if "date" in words:
            return gettext("Pick a day, or write it like 2030-12-31")
        if "time" in words:
            return gettext("Write the time like 14:30")
        if "integer" in words:
            return gettext("Write a number")
        return gettext("Pick one from the list") if "hoice" in words else words

    def ngettext(self, one: str, many: str, count: int) -> str:
        return self.gettext(one if count == 1 else many)


class Form(FlaskForm):
    """The base of every form. `status` is what a page that shows it answers."""

    class Meta(FlaskForm.Meta):
        def get_translations(self, form: Any) -> _OurWords:
            return _OurWords()

    once = HiddenField()
    status = 200
    broken_on = ""  # the field of the rule that landed last, hidden or not
    saved_meanwhile: list[tuple[str, str]] = []  # noqa: RUF012 - (label, words) that another tab saved

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if "formdata" not in kwargs and request.method == "GET":
            kept = kept_words()
            if kept is not None:
                kwargs["formdata"] = MultiDict(kept)
        super().__init__(*args, **kwargs)  # type: ignore[no-untyped-call]
        if not self.once.data or author_of(self.once.data) is None:
            self.once.data = new_once()

    def sent(self) -> bool:
        """Was it sent, and is its shape right? If not, `status` becomes 422 and the words stand by the fields."""
        if not self.is_submitted():  # type: ignore[no-untyped-call]
            return False
        if self.validate():
            return True
        self.status = 422
        return False

    def lands(self, broken: RuleBroken) -> None:
        """Put a broken rule on its field."""
        self.status, self.broken_on = 422, broken.field
        field = self._fields.get(broken.field)
        if field is None or isinstance(field, HiddenField):
            self.form_errors.append(broken.message)
        else:
            field.errors = [*field.errors, broken.message]

    def set_beside(self, saved: Mapping[str, Any]) -> None:
        """After `ChangedMeanwhile`: what is saved by now, wherever it differs from what stands here."""
        self.saved_meanwhile = [
            (str(self[name].label.text), ", ".join(value) if isinstance(value, list) else str(value or ""))
            for name, value in saved.items()
            if self[name].type != "HiddenField" and (self[name].data or "") != (value or "")
        ]

    @property
    def wrong(self) -> list[tuple[str, str]]:
        """(field id, words) for the summary, in the order of the page."""
        found: list[tuple[str, str]] = [("", str(words)) for words in self.form_errors]
        for field in self:
            found += [(field.id, str(words)) for words in _flat(field.errors)]
        return found


def _flat(errors: Any) -> list[str]:
    if isinstance(errors, Mapping):
        return [words for value in errors.values() for words in _flat(value)]
    if isinstance(errors, str) or not isinstance(errors, Sequence):
        return [str(errors)]
    return [words for value in errors for words in _flat(value)]


class VersionedForm(Form):
    """Knows which version of what it changes it was opened on, so that two tabs, or two people, notice each other."""

    version = HiddenField(default="0")

    @property
    def opened_on(self) -> int:
        """The version; -1, which nothing has, for what is no number."""
        text = str(self.version.data or "0")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


@dataclass(frozen=True)
class Done(Generic[T]):
    """It is done. `again` when the same form had been done before."""

    result: T
    again: bool = False


def act(form: Form, work: Callable[[], T]) -> Done[T] | None:
    """Do what a valid form asks, once, in a unit of work. None: a rule was broken and stands on its field."""
    who = viewer_or_none()
    once = form.once.data or ""

    def inside() -> T:
        if who is None or author_of(once) != who.person_id:
            return work()
        row = _claim(who.person_id, once)
        result = work()
        publish(Acted(who.person_id))
        row.result = result
        return result

    try:
        return Done(unit_of_work(inside))
    except _DoneBefore as before:
        return Done(before.result, again=True)
    except RuleBroken as broken:
        form.lands(broken)
        return None


def kept_words() -> Mapping[str, Sequence[str]] | None:
    """Fields that arrived after the session had ended, for this page and this viewer (see accounts)."""
    find = current_app.extensions.get("hallway.kept_words")
    if find is None or "kept" not in request.args or viewer_or_none() is None:
        return None
    found: Mapping[str, Sequence[str]] | None = find()
    return found


# ---- CSRF --------------------------------------------------------------------------------------------------


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


def masked_csrf_token() -> str:
    """The token under a fresh mask: a compressed page never holds the same secret twice (BREACH)."""
    token = generate_csrf().encode()
    mask = secrets.token_bytes(len(token))
    return urlsafe_b64encode(mask + _xor(mask, token)).decode()


class MaskedCSRFProtect(CSRFProtect):
    """Flask-WTF's protection over masked tokens."""

    def _get_csrf_token(self) -> str | None:
        masked = request.form.get("csrf_token") or request.headers.get("X-CSRF-Token")
        try:
            raw = urlsafe_b64decode(masked or "")
            return _xor(raw[: len(raw) // 2], raw[len(raw) // 2 :]).decode()
        except ValueError:
            return None


def init_app(app: Flask) -> None:
    """Every POST needs a token."""
    app.config.update(WTF_CSRF_TIME_LIMIT=None, WTF_CSRF_SSL_STRICT=False)
    MaskedCSRFProtect(app)  # type: ignore[no-untyped-call]
    app.jinja_env.globals["csrf_token"] = masked_csrf_token
    app.context_processor(lambda: {"csrf_token": masked_csrf_token})
