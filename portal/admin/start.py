"""The first hour: a checklist that can be left and resumed. What is done shows by itself; nothing is ticked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_wtf.file import FileField
from werkzeug.wrappers import Response
from wtforms import BooleanField, SelectField

from portal.core import audit, brand, settings
from portal.core.auth import for_role, viewer
from portal.core.brand import Organization
from portal.core.db import after_commit, db
from portal.core.errors import RuleBroken
from portal.core.forms import Form, LineField, WordsField, act
from portal.core.i18n import LANGUAGES
from portal.core.i18n import lazy as _
from portal.core.storage import storage
from portal.keeping.tested import ask_for_test
from portal.kudos.queries import open_values
from portal.kudos.values import LEAST, MOST
from portal.people.forms import refusal_words
from portal.people.models import Person
from portal.people.photos import MAX_BYTES, PhotoRefused, fit_in_child
from portal.teams import services as teams
from portal.teams.models import Team
from portal.teams.queries import invite_domains

from .blueprint import bp
from .outbox import test_state

LOGO_SIZE = (480, 128)  # pixels that it fits into: twice the largest it is shown at


# ---- the steps -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """One thing to see to. key: its anchor; done: the facts say so; skipped: the admin said "not for us"."""

    key: str
    title: Any
    done: bool
    skipped: bool = False

    @property
    def is_settled(self) -> bool:
        return self.done or self.skipped


def steps() -> list[Step]:
    """All of them, as the facts say. A fixed number of queries."""
    skipped = set(settings.get("start_skipped") or [])
    mail_test = test_state()
    backup_test = settings.get("backup_test") or {}
    config = current_app.config["HALLWAY"]
    one_more = sa.select(Person.id).where(Person.left_at.is_(None)).order_by(Person.id).offset(1).limit(1)
    found = (
        ("mail", _("Mail that arrives"), bool(config.smtp_url) and mail_test.get("state") == "sent"),
        ("organization", _("Name, logo and colour"), settings.get("organization") is not None),
        ("domains", _("Whose addresses are colleagues"), bool(invite_domains())),
        ("people", _("Your people"), db.session.scalar(one_more) is not None),
        ("team", _("A first team"), db.session.scalar(sa.select(Team.id).limit(1)) is not None),
        ("values", _("What you stand for"), len(open_values()) >= LEAST),
        ("backup", _("A backup that comes back"), backup_test.get("state") == "good"),
    )
    return [Step(key, title, done, key in skipped) for key, title, done in found]


# ---- forms -----------------------------------------------------------------------------------------------------


class OrganizationForm(Form):
    name = LineField(_("Name"), most=40, needed=_("Say what your organization is called"))
    colour = LineField(_("Colour"), most=20)
    logo = FileField(_("Logo"))
    no_logo = BooleanField(_("Take the logo away"))
    language = SelectField(_("Language of mail"), choices=list(LANGUAGES.items()))


class DomainsForm(Form):
    domains = WordsField(_("Domains, one a line"), most=5000)


# ---- pages -----------------------------------------------------------------------------------------------------


def _page(organization: OrganizationForm | None = None, domains: DomainsForm | None = None) -> tuple[str, int]:
    kept = brand.organization()
    said = {"name": kept.name, "colour": kept.colour, "language": kept.language}
    sent = organization or domains
    found = steps()
    page = render_template(
        "admin/start.html",
        steps={step.key: step for step in found},
        settled=sum(step.is_settled for step in found),
        organization_form=organization or OrganizationForm(formdata=None, data=said),
        domains_form=domains or DomainsForm(formdata=None, data={"domains": "\n".join(invite_domains())}),
        mail_test=test_state(),
        backup_test=settings.get("backup_test") or {},
        config=current_app.config["HALLWAY"],
        least=LEAST,
        most=MOST,
        **({"form": sent} if sent else {}),
    )
    return page, sent.status if sent else 200


@bp.get("/start")
@for_role("admin")
def start() -> tuple[str, int]:
    """The checklist."""
    return _page()


@bp.post("/start/organization", endpoint="organization")
@for_role("admin")
def keep_organization() -> Response | tuple[str, int]:
    """Keep name, colour, logo and language."""
    form = OrganizationForm()
    if form.sent():
        wanted = _wanted(form)
        if wanted is not None and act(form, lambda: _keep(*wanted)):
            flash(gettext("Saved."))
            return redirect(url_for("admin.start", _anchor="at-domains"), 303)
    return _page(organization=form)


def _wanted(form: OrganizationForm) -> tuple[Organization, bytes | None, bool] | None:
    """What is to be kept, a new logo, whether the old one goes; None where the form says what is wrong."""
    said = form.colour.data or ""
    colour = brand.colour_of(said) if said else ""
    if colour is None:
        form.lands(RuleBroken("colour", gettext("Write the colour like #3f3adc")))
        return None
    if colour and brand.contrast(colour) < brand.LEAST:
        words = gettext(
            "White words cannot be read on %(colour)s: %(ratio)s to 1, and it takes 4.5. %(darker)s would do.",
            colour=colour,
            ratio=f"{brand.contrast(colour):.1f}",
            darker=brand.nearest_readable(colour),
        )
        form.lands(RuleBroken("colour", words))
        return None
    upload = form.logo.data
    data = upload.stream.read(MAX_BYTES + 1) if upload else b""
    logo = None
    if data:
        width, height = LOGO_SIZE
        lock = Path(current_app.config["HALLWAY"].instance_path) / "pictures.lock"
        try:
            logo = fit_in_child(data, width=width, height=height, lock_path=lock)
        except PhotoRefused as refused:
            form.lands(RuleBroken("logo", refusal_words(refused.code)))
            return None
    kept = replace(brand.organization(), name=form.name.data, colour=colour, language=form.language.data)
    return kept, logo, bool(form.no_logo.data)


def _keep(wanted: Organization, logo: bytes | None, no_logo: bool) -> bool:
    before = wanted.logo
    if logo is not None:
        wanted = replace(wanted, logo=storage().put(logo, "webp"))
    elif no_logo:
        wanted = replace(wanted, logo="")
    brand.keep(wanted)
    audit.record("organization_changed", actor_id=viewer().person_id)
    if before and before != wanted.logo:
        after_commit(lambda: storage().drop(before))
    return True


@bp.post("/start/domains", endpoint="domains")
@for_role("admin")
def keep_domains() -> Response | tuple[str, int]:
    """Keep whose addresses come in as colleagues."""
    form = DomainsForm()
    who = viewer()
    if form.sent():
        words = (form.domains.data or "").replace(",", " ").replace(";", " ").split()

        def work() -> bool:
            teams.set_invite_domains(domains=words, actor_id=who.person_id)
            return True

        if act(form, work):
            flash(gettext("Saved."))
            return redirect(url_for("admin.start", _anchor="at-people"), 303)
    return _page(domains=form)


@bp.post("/start/backup")
@for_role("admin")
def test_backup() -> Response:
    """Ask the worker to make a backup, bring it back in a place of its own, and compare."""
    form = Form()

    def work() -> bool:
        ask_for_test()
        audit.record("backup_test_wanted", actor_id=viewer().person_id)
        return True

    if act(form, work):
        flash(gettext("The worker tests a backup now. Look again in a minute."))
    return redirect(url_for("admin.start", _anchor="at-backup"), 303)


@bp.post("/start/skip")
@for_role("admin")
def skip() -> Response:
    """Not for us (field `step`), or after all."""
    key = request.form.get("step", "")

    def work() -> bool:
        skipped = set(settings.get("start_skipped") or [])
        settings.put("start_skipped", sorted(skipped ^ {key}))
        return True

    if key in {step.key for step in steps()}:
        act(Form(), work)
    return redirect(url_for("admin.start", _anchor=f"at-{key}"), 303)
