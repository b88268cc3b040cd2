"""Every link and every panel that a page offers leads somewhere for whoever reads the page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from dealercrm.accounts.models import Dealership, Role, User
from tests.factories import make_user
from tests.house import ADDRESSES, World, addresses

AsUser = Callable[[User], Client]
ROLES = [Role.OPERATOR, Role.MANAGER, Role.ADMINISTRATOR]
OFFERED = re.compile(r'\s(?:href|hx-get)="([^"]*)"')
ELSEWHERE = re.compile(r"^(?:[a-z]+:|//|/static/|/media/|#)")


@pytest.fixture
def world(north: Dealership, now: datetime) -> Iterator[World]:
    with time_machine.travel(now, tick=False):
        yield World(north, now)


def offered(html: str, address: str) -> Iterator[str]:
    """Addresses of this house that a page links to or fetches into itself."""
    for raw in OFFERED.findall(html):
        found = unescape(raw)
        if found and not ELSEWHERE.match(found):
            parts = urlsplit(urljoin(address, found))
            yield f"{parts.path}?{parts.query}" if parts.query else parts.path


@pytest.mark.parametrize("role", ROLES)
def test_what_a_page_offers_opens(role: str, world: World, north: Dealership, as_user: AsUser) -> None:
    browser = as_user(make_user(f"reader-{role}", role, north))
    here = {name for name, _pattern in addresses()}
    waiting = [
        (reverse(name, args=address.args(world) if address.args else []), "the table of addresses")
        for name, address in ADDRESSES.items()
        if name in here and address.method == "get" and role in address.roles
    ]
    asked: set[str] = set()
    broken: list[str] = []
    pages = len(waiting)
    for number, (address, where) in enumerate(waiting):
        if address in asked or "/logout/" in address:
            continue
        asked.add(address)
        response = browser.get(address)
        if response.status_code >= 400 and where != "the table of addresses":
            broken.append(f"{where} offers {address}: {response.status_code}")
        if number < pages and "text/html" in response.headers.get("Content-Type", "") and not response.streaming:
            waiting += [(link, address) for link in offered(response.content.decode(), address)]
    assert len(asked) > pages, "pages offer more than the table names"
    assert not broken, "\n".join(broken)


def test_a_dead_link_is_found(world: World, north: Dealership, as_user: AsUser) -> None:
    """The control: what the reader of links makes of a page, and what a dead one answers."""
    html = (
        '<a href="?page=2">b</a> <a href="/no-such/">a</a> <a href="tel:+7999">c</a> <div hx-get="/base/?a=1&amp;b=2">'
    )
    assert list(offered(html, "/today/")) == ["/today/?page=2", "/no-such/", "/base/?a=1&b=2"]
    assert as_user(make_user("reader", Role.MANAGER, north)).get("/no-such/").status_code == 404
