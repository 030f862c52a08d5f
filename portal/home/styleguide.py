"""What the page with every component shows: made-up people, and forms with and without mistakes."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from flask_wtf.file import FileField
from wtforms import BooleanField, EmailField, PasswordField, RadioField, SelectField

from portal.core import clock
from portal.core.forms import Form, LineField, WordsField
from portal.core.i18n import lazy as _
from portal.people.models import HUES
from portal.people.names import initials
from portal.people.queries import Card

_LONG = "Maria-Magdalena Freifrau von und zu Hohenberg-Oberstolzenfels auf Niederwiesenbach an der Unteren Altmühl"


def _card(number: int, name: str, title: str, **more: Any) -> Card:
    plain: dict[str, Any] = {
        "id": number,
        "handle": "nobody",
        "name": name,
        "first_name": name.split()[0],
        "initials": initials(name),
        "hue": HUES[number % len(HUES)],
        "title": title,
        "department": "",
        "place": "Utrecht" if number % 2 else "",
        "portrait_url": None,
        "square_url": None,
        "cutout": False,
        "is_new": False,
        "starts_on": None,
        "away_until": None,
        "is_guest": False,
    }
    return Card(**(plain | more))


def sample_people(drawn: str, photo: str) -> dict[str, Any]:
    """One card of each kind; `drawn` and `photo` are addresses of a cut-out drawing and of a photo."""
    named = {
        "drawn": _card(1, "Priya Raman", "Data engineer", portrait_url=drawn, square_url=drawn, cutout=True),
        "photo": _card(5, "Jonas Weber", "Platform", portrait_url=photo, square_url=photo),
        "initials": _card(4, "Oskar Nilsen", "Quality engineer"),
        "long": _card(0, _LONG, "Head of the department for names that do not fit"),
        "arabic": _card(6, "عبد الرحمن الخطيب", "مهندس"),
        "japanese": _card(3, "山田 花子", "デザイナー"),
        "one_word": _card(7, "Suryani", "Support"),
        "new": _card(2, "Grace Mwangi", "Support specialist", is_new=True),
        "away": _card(5, "Ольга Коваленко", "Облік", away_until=clock.today() + timedelta(days=9)),
        "guest": _card(6, "Imogen Ash", "Agency", is_guest=True),
    }
    return {"people": list(named.values()), **named}


class SampleForm(Form):
    name = LineField(_("Name"), most=30, needed=_("Say the name; one word is enough"))
    about = WordsField(_("A few words"), most=60)
    mail = EmailField(_("Mail address"))
    password = PasswordField(_("Password"))
    place = SelectField(_("Place"), choices=[("u", "Utrecht"), ("b", "Berlin")])
    photo = FileField(_("A photo of you"))
    theme = RadioField(_("Theme"), choices=[("light", _("Light")), ("dark", _("Dark"))], default="light")
    hue = RadioField(_("Your colour"), choices=[(hue, hue) for hue in HUES], default="amber")
    agree = BooleanField(_("Remember this"))


def sample_forms() -> dict[str, dict[str, SampleForm]]:
    """`forms` as they begin, `wrong` with something to mend in every field; one of each per theme."""
    forms, wrong = {}, {}
    for theme in ("light", "dark"):
        forms[theme] = SampleForm(formdata=None, prefix=f"{theme}-")
        broken = wrong[theme] = SampleForm(formdata=None, prefix=f"wrong-{theme}-")
        broken.about.data = "x" * 72
        said = {
            "name": _("Say the name; one word is enough"),
            "about": _("12 characters over"),
            "mail": _("This does not look like a mail address: name@example.org"),
            "password": _("Type your password"),
            "place": _("Pick one from the list"),
            "photo": _("Choose a photo first, or use your initials"),
            "theme": _("Pick one"),
            "hue": _("Pick one of the eight colours"),
            "agree": _("Tick this, or leave the page"),
        }
        for name, words in said.items():
            broken[name].errors = [words]
    return {"forms": forms, "wrong": wrong}


def icon_names(sprite: bytes) -> list[str]:
    """The symbols in the sprite."""
    return re.findall(r'id="([a-z0-9-]+)"', sprite.decode())
