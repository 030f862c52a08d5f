"""The switch for contacts from elsewhere: off at first, and written down."""

from __future__ import annotations

import gzip
import io

import sqlalchemy as sa

from portal.admin import contacts
from portal.core import audit
from portal.core.db import db
from portal.ties.models import ImportedContact
from portal.ties.queries import contacts_order
from portal.ties.services import leave_out, let_contacts_order
from tests.client import Client, Page
from tests.makers import Make

assert contacts  # what is looked at here, through its page


def test_on_and_off(client: Client, make: Make) -> None:
    make.member("Ada Admin", role="admin", email="ada@example.org")
    client.sign_in("ada@example.org")
    assert not make.read(contacts_order)
    for sent, on in (({"order": "1"}, True), ({"order": "1"}, True), ({}, False)):
        token = client.get("admin.contacts").fields(action="/admin/contacts")["csrf_token"]
        assert client.raw.post("/admin/contacts", data={"csrf_token": token, **sent}).status_code == 303
        assert make.read(contacts_order) is on
    codes = make.read(lambda: [one.code for one in audit.entries().items])
    assert [code for code in codes if code.startswith("contacts_")] == ["contacts_rest", "contacts_order"]


def send(client: Client, content: bytes, status: int = 422) -> Page:
    page = client.get("admin.contacts")
    data = page.fields(action="/admin/contacts/file") if page.all("form[action='/admin/contacts/file']") else {}
    token = page.fields(action="/admin/contacts")["csrf_token"]
    sent = {**data, "csrf_token": token, "file": (io.BytesIO(content), "contacts.csv")}
    return client.read(client.raw.post("/admin/contacts/file", data=sent), status)


def test_a_file_is_brought_in_where_it_is_turned_on(client: Client, make: Make) -> None:
    """Its good lines, once; the others are named; nothing where the switch is off or the file is none."""
    make.member("Ada Admin", role="admin", email="ada@example.org")
    bo = make.member("Bo", email="bo@example.org")
    client.sign_in("ada@example.org")
    lines = b"a,b,at,medium\nada@example.org,bo@example.org,2020-03-04,email\n"
    held = sa.select(sa.func.count()).select_from(ImportedContact)

    def count() -> int:
        return make.read(lambda: db.session.scalar(held) or 0)

    assert "Bring some in" not in client.get("admin.contacts").main
    assert "turned off meanwhile" in send(client, lines).main and count() == 0
    make.do(lambda: let_contacts_order(order=True))
    broken = send(client, lines + b"bo@example.org,nobody@example.org,2020-03-04,email\n", 200)
    assert "1 contact read" in broken.main and count() == 1
    assert "1 line could not be taken" in broken.main and "nobody here is nobody@example.org" in broken.main
    # The same words for what was here already, and for somebody who takes no part: nobody learns who does not.
    again = send(client, lines, 200).main
    viewer = make.viewer(bo)
    make.do(lambda: leave_out(viewer=viewer))
    assert send(client, lines, 200).main == again and "1 contact read" in again and count() == 0
    unread = send(client, b"a,b\n1,2\n")
    assert unread.errors and unread.all("#file[aria-invalid]") and "This file cannot be read" in unread.main
    assert "This file is empty" in send(client, b"").main
    assert "not packed" in send(client, gzip.compress(lines)).main
    codes = make.read(lambda: [one.code for one in audit.entries().items])
    assert codes.count("contacts_imported") == 3
