"""The switch for contacts from elsewhere: off at first, and written down."""

from __future__ import annotations

from portal.admin import contacts
from portal.core import audit
from portal.ties.queries import contacts_order
from tests.client import Client
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
