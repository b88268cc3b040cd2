"""A real browser over a real server. `open_as(anna)` gives a page that is signed in and reports foreign requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from dealercrm.accounts.models import User
from tests.browser.chromium import Chromium, chromium, executable

OpenAs = Callable[..., Page]
PATIENCE = 300.0  # seconds; the longest journey takes one minute on an idle machine


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/" in str(item.path):
            item.add_marker(pytest.mark.browser)
            if executable() is None:
                item.add_marker(pytest.mark.skip(reason="needs Chromium: apt-get install chromium, or set CHROMIUM"))


@pytest.fixture(scope="session")
def the_chromium() -> Iterator[Chromium]:
    with chromium() as found:
        yield found


@pytest.fixture
def the_browser(the_chromium: Chromium) -> Iterator[Browser]:
    """A browser for one test, ended where the test does not come to an end."""
    browser = the_chromium.browser()
    with the_chromium.patience(PATIENCE):
        yield browser


@pytest.fixture
def complaints_of_pages() -> list[str]:
    """What pages asked from other hosts, and errors of scripts; must be empty at the end of a test."""
    return []


@pytest.fixture
def open_as(
    live_server: LiveServer, the_browser: Browser, complaints_of_pages: list[str], settings: Settings
) -> Iterator[OpenAs]:
    """`open_as(anna, width=360, scheme="dark")`: a page of her browser; `open_as(None)`: a stranger's."""
    # The server's clock may be turned back by a test; a cookie with a date would then be born expired.
    settings.SESSION_EXPIRE_AT_BROWSER_CLOSE = True
    settings.CSRF_COOKIE_AGE = None
    contexts = []

    def opened(user: User | None, *, width: int = 1440, scheme: str = "light", locale: str = "en-GB") -> Page:
        context = the_browser.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": 780 if width < 600 else 900},
            color_scheme=scheme,  # type: ignore[arg-type]
            locale=locale,
            reduced_motion="reduce",
        )
        contexts.append(context)
        if user is not None:
            client = Client()
            client.force_login(user)
            value = client.cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": live_server.url}])
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("request", lambda request: _note_foreign(request.url, live_server.url, complaints_of_pages))
        page.on("pageerror", lambda error: complaints_of_pages.append(f"script error: {error}"))
        return page

    yield opened
    for context in contexts:
        if the_browser.is_connected():
            context.close()
    assert not complaints_of_pages


def _note_foreign(url: str, own: str, notes: list[str]) -> None:
    parts = urlsplit(url)
    if parts.scheme not in {"data", "blob", "about"} and parts.netloc != urlsplit(own).netloc:
        notes.append(f"asked another host: {parts.netloc}")
