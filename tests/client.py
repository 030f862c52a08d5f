"""A browser without JavaScript: endpoints in, pages out, and every page it reads is checked.

Checked on each: the status that was expected, a title that says what the h1 says, one h1, unique ids, a label for
every field, a CSRF token in every form that posts, no inline script or style, a strict CSP.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import lxml.html
from flask import Flask, url_for
from werkzeug.test import TestResponse
from werkzeug.wrappers import Response

from portal.accounts import passwords
from portal.accounts.queries import credentials, email_key
from portal.accounts.routes import let_in
from portal.accounts.services import Try
from portal.core.web import CSP
from tests.makers import PASSWORD


class Page:
    """An answer that is a page."""

    def __init__(self, client: Client, response: TestResponse) -> None:
        self.client = client
        self.response = response
        self.status = response.status_code
        self.html = response.get_data(as_text=True)
        self.root = lxml.html.document_fromstring(self.html)
        self.path = response.request.path

    @property
    def text(self) -> str:
        """What can be read on it, with single spaces."""
        return " ".join(self.root.text_content().split())

    @property
    def main(self) -> str:
        """What can be read in its main part."""
        return " ".join(self.root.xpath("//main")[0].text_content().split())

    @property
    def h1(self) -> str:
        return " ".join(self.root.xpath("//h1")[0].text_content().split())

    @property
    def title(self) -> str:
        return str(self.root.findtext(".//title") or "")

    def all(self, css: str) -> list[Any]:
        return list(self.root.cssselect(css))

    def links(self) -> list[str]:
        return [str(a.get("href")) for a in self.root.xpath("//a[@href]")]

    @property
    def errors(self) -> list[str]:
        """The lines of the error summary."""
        return [" ".join(li.text_content().split()) for li in self.root.cssselect(".errors li")]

    @property
    def flashes(self) -> list[str]:
        return [" ".join(t.text_content().split()) for t in self.root.cssselect(".toast")]

    def form(self, containing: str | None = None, action: str | None = None) -> Any:
        """The posting form that holds this field or button (by name), or goes to this path."""
        for form in self.root.xpath("//form[translate(@method, 'POST', 'post')='post']"):
            names = {e.get("name") for e in form.iter("input", "select", "textarea", "button")}
            if (containing is None or containing in names) and (action is None or form.get("action") == action):
                return form
        raise AssertionError(f"no form with {containing or action} on {self.path}")

    def fields(self, containing: str | None = None, action: str | None = None) -> dict[str, Any]:
        """What that form would send as it stands (without buttons)."""
        form = self.form(containing, action)
        return dict(form.form_values())

    def submit(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        containing: str | None = None,
        action: str | None = None,
        **more: Any,
    ) -> TestResponse:
        """Fill that form in and send it, as a browser does. Files: (stream, name) tuples."""
        form = self.form(containing, action)
        sent: dict[str, Any] = {}
        for name, value in form.form_values():
            sent.setdefault(name, []).append(value)
        for name, value in (data or {}).items():
            if value is None:
                sent.pop(name, None)
            else:
                sent[name] = value
        return self.client.raw.post(form.get("action") or self.response.request.full_path, data=sent, **more)


class Client:
    """See the module's docstring. `raw` is Flask's own test client."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.raw = app.test_client()

    def url(self, endpoint: str, **values: Any) -> str:
        if endpoint.startswith("/"):
            return endpoint
        with self.app.test_request_context():
            return url_for(endpoint, **values)

    def get(self, endpoint: str, *, status: int = 200, headers: Any = None, **values: Any) -> Page:
        """Read a page (an endpoint or a path) and check it. Redirects are not followed."""
        return self.read(self.raw.get(self.url(endpoint, **values), headers=headers), status)

    def follow(self, response: TestResponse, status: int = 200) -> Page:
        """The page that a 303 leads to, checked."""
        assert response.status_code == 303, f"{response.status_code} {response.get_data(as_text=True)[:400]}"
        return self.get(response.headers["Location"], status=status)

    def read(self, response: TestResponse, status: int = 200) -> Page:
        """An answer as a checked page."""
        assert response.status_code == status, (
            f"{response.request.method} {response.request.path}: {response.status_code}, not {status}: "
            f"{response.headers.get('Location', '')} {response.get_data(as_text=True)[:600]}"
        )
        page = Page(self, response)
        check_page(page)
        return page

    def submit(self, endpoint: str, data: Mapping[str, Any] | None = None, **more: Any) -> TestResponse:
        """Open a page, fill its form in, send it."""
        values = more.pop("values", {})
        return self.get(endpoint, **values).submit(data, **more)

    def sign_in(self, email: str, password: str = PASSWORD) -> Client:
        """As the form lets in, without reading and sending it: tests/accounts goes through the form itself."""
        with self.app.test_request_context("/sign-in"):
            key = email_key(email)
            found = credentials(key)
            assert found is not None and passwords.fits(password, found.password_hash), email
            self._take(let_in(found.person_id, key, Try("", "", 0), "/"))
        return self

    def sign_in_by_form(self, email: str, password: str = PASSWORD) -> Client:
        """Through the form, as a person does."""
        page = self.get("accounts.sign_in")
        response = page.submit({"email": email, "password": password}, containing="password")
        assert response.status_code == 303, self.read(response, response.status_code).errors
        return self

    def _take(self, response: Response) -> None:
        """The cookies of an answer to a request that was not sent."""
        cookies = self.app.process_response(response).headers.getlist("Set-Cookie")
        self.raw._update_cookies_from_response("localhost", "/sign-in", cookies)

    def another(self) -> Client:
        """Another browser, on the same app."""
        return Client(self.app)


def check_page(page: Page) -> None:
    """All that has to be true of every page."""
    root, where = page.root, page.path
    assert page.response.headers["Content-Security-Policy"] == CSP, where
    assert page.response.headers["X-Content-Type-Options"] == "nosniff", where
    assert root.get("lang"), f"{where}: no lang"
    headings = root.xpath("//h1")
    assert len(headings) == 1, f"{where}: {len(headings)} h1"
    assert page.title.strip(), f"{where}: no title"
    assert page.h1, f"{where}: an empty h1"
    assert len(root.xpath("//main")) == 1, f"{where}: not one main"
    ids = root.xpath("//@id")
    twice = {i for i in ids if ids.count(i) > 1}
    assert not twice, f"{where}: ids twice: {twice}"
    _check_fields(page, set(ids))
    for form in root.xpath("//form[translate(@method, 'POST', 'post')='post']"):
        assert form.xpath(".//input[@name='csrf_token']"), f"{where}: a form without CSRF"
    assert not root.xpath("//style"), f"{where}: inline style"
    assert not root.xpath("//@style"), f"{where}: style attribute"
    assert not root.xpath("//script[not(@src)]"), f"{where}: inline script"
    handlers = [a for e in root.iter() if isinstance(e.tag, str) for a in e.attrib if a.startswith(("on", "hx-on"))]
    assert not handlers, f"{where}: {handlers}"
    for image in root.xpath("//img"):
        assert image.get("alt") is not None, f"{where}: an image without alt"
    for link in root.xpath("//a[starts-with(@href, '#')]"):
        assert link.get("href")[1:] in ids, f"{where}: {link.get('href')} leads nowhere"
    for link in root.xpath("//a[not(@href)]"):
        raise AssertionError(f"{where}: a link without href: {link.text_content()!r}")


def _check_fields(page: Page, ids: set[str]) -> None:
    root, where = page.root, page.path
    for field in root.xpath("//input | //select | //textarea"):
        if field.get("type") in ("hidden", "submit", "button") or field.get("aria-hidden") == "true":
            continue
        labelled = (
            field.get("aria-label")
            or field.get("aria-labelledby")
            or field.xpath("ancestor::label")
            or (field.get("id") and root.xpath(f"//label[@for='{field.get('id')}']"))
        )
        assert labelled, f"{where}: no label for {field.get('name')}"
        for described in (field.get("aria-describedby") or "").split():
            assert described in ids, f"{where}: {field.get('name')} is described by {described}, which is not there"
