"""The whole house: every page opens for its role and for nobody else, and is a decent page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from html.parser import HTMLParser
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db.models import CharField, JSONField, TextField
from django.test import Client
from django.urls import reverse

from customers.belonging import Belonging
from customers.models import Customer
from customers.moving import relations_to
from dealercrm.accounts.models import Dealership, Role, User
from dealercrm.accounts.navigation import pages
from tests.factories import make_user
from tests.house import ADDRESSES, ELSEWHERE, ELSEWHERE_PREFIXES, STAFF, World, addresses

AsUser = Callable[[User], Client]
ROLES = [Role.OPERATOR, Role.MANAGER, Role.ADMINISTRATOR, Role.INTEGRATION]
NAMES = {name for name, _pattern in addresses()}
HERE = sorted(NAMES & set(ADDRESSES))
GETS = [name for name in HERE if ADDRESSES[name].method == "get"]
WITH_ROWS = [name for name in HERE if ADDRESSES[name].args and not ADDRESSES[name].is_shared]


@pytest.fixture
def world(north: Dealership, now: datetime) -> Iterator[World]:
    with time_machine.travel(now, tick=False):
        yield World(north, now)


def ask(browser: Client, name: str, world: World) -> Any:
    address = ADDRESSES[name]
    url = reverse(name, args=address.args(world) if address.args else [])
    return getattr(browser, address.method)(url, address.data)


def test_every_address_is_in_the_table() -> None:
    known = set(ADDRESSES) | ELSEWHERE
    strangers = [
        f"{name} ({pattern})"
        for name, pattern in addresses()
        if name not in known and not name.startswith(ELSEWHERE_PREFIXES)
    ]
    assert not strangers, "say in tests/house.py who may open these"


def test_the_table_names_no_address_that_is_gone() -> None:
    assert set(ADDRESSES) <= NAMES


def test_the_rail_leads_to_pages_that_exist_and_open() -> None:
    for page in pages():
        assert page.url_name in NAMES, f"{page.url_name} stands in the rail and nowhere else"
        assert page.roles <= ADDRESSES[page.url_name].roles, f"{page.url_name} is offered to somebody it refuses"
    for role in STAFF:
        keys = [page.key for page in pages() if role in page.roles]
        assert len(keys) == len(set(keys)), f"two pages of the {role} share a key"


@pytest.mark.parametrize("name", HERE)
def test_a_page_opens_for_its_roles_and_for_no_other(
    name: str, world: World, north: Dealership, as_user: AsUser
) -> None:
    for role in ROLES:
        response = ask(as_user(make_user(f"some-{role}", role, north)), name, world)
        allowed = ADDRESSES[name].statuses if role in ADDRESSES[name].roles else {403}
        assert response.status_code in allowed, f"{name} as {role}: {response.status_code}"


@pytest.mark.parametrize("name", HERE)
def test_a_stranger_is_sent_to_sign_in(name: str, world: World, client: Client) -> None:
    response = ask(client, name, world)
    assert response.status_code == 302
    assert response["Location"].startswith("/login/")


@pytest.mark.parametrize("name", WITH_ROWS)
def test_rows_of_north_do_not_exist_for_people_of_south(
    name: str, world: World, south: Dealership, as_user: AsUser
) -> None:
    for role in ADDRESSES[name].roles:
        response = ask(as_user(make_user(f"south-{role}", role, south)), name, world)
        assert response.status_code == 404, f"{name} as {role} of South: {response.status_code}"


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("name", GETS)
def test_a_page_is_decent_html(name: str, language: str, world: World, north: Dealership, as_user: AsUser) -> None:
    address = ADDRESSES[name]
    role = next(role for role in ROLES if role in address.roles)
    response = ask(as_user(make_user("reader", role, north, language=language)), name, world)
    assert "Content-Security-Policy" in response
    if "text/html" not in response["Content-Type"]:
        return
    html = Page(response.content.decode())
    if "<html" in html.text:
        assert f'<html lang="{language}"' in html.text
        assert html.tags.count("h1") == 1, "a page has one heading of the first level"
        assert "main" in html.tags
        offered = [code for code, _name in settings.LANGUAGES if f'name="language" value="{code}"' in html.text]
        assert len(offered) == len(settings.LANGUAGES), "the frame lost its languages: a view has its name"
    assert not html.foreign, f"asks another host: {html.foreign}"
    assert not html.inline, f"the content policy forbids {html.inline}"
    assert not html.unlabelled, f"without a label: {html.unlabelled}"
    assert len(html.ids) == len(set(html.ids)), f"ids twice: {sorted(i for i in html.ids if html.ids.count(i) > 1)}"


def test_pages_with_personal_data_are_not_kept_by_caches(world: World, north: Dealership, as_user: AsUser) -> None:
    browser = as_user(make_user("reader", Role.OPERATOR, north))
    for name in ("customer", "vehicle"):
        assert "no-store" in ask(browser, name, world).headers.get("Cache-Control", "")


def test_no_template_or_style_names_another_host() -> None:
    roots = [settings.BASE_DIR / name for name in ("templates", "static", "customers", "vehicles", "lifecycle")]
    roots += [settings.BASE_DIR / "campaigns", settings.BASE_DIR / "dealercrm"]
    for path in (found for root in roots for found in root.rglob("*") if found.suffix in {".html", ".css", ".js"}):
        text = path.read_text().replace("http://www.w3.org/", "")
        assert not re.search(r"""(?:src|href|action|url|import)\s*[=(]?\s*["']?(?:https?:)?//[a-z]""", text), path


def test_every_row_that_hangs_on_a_customer_says_what_a_merge_and_an_erasure_do_with_it() -> None:
    """A model with a relation to Customer declares `belonging` (customers/belonging.py), and every text of it is
    either personal (an erasure empties it) or plain (somebody looked: it says nothing about the person)."""
    for relation in relations_to(Customer):
        model, name = relation.related_model, relation.field.name
        belonging = getattr(model, "belonging", None)
        assert isinstance(belonging, Belonging), f"{model.__name__} must declare: belonging = Belonging(...)"
        texts = {
            field.name
            for field in model._meta.concrete_fields
            if isinstance(field, CharField | TextField | JSONField) and not field.choices and not field.generated
        }
        fields = {field.name for field in model._meta.concrete_fields}
        said = {*belonging.personal, *belonging.plain}
        assert said <= fields, f"{model.__name__} has no {sorted(said - fields)}"
        unsaid = texts - said
        assert not unsaid, f"{model.__name__}: personal or plain? {sorted(unsaid)}"
        for constraint in model._meta.constraints:
            together = set(getattr(constraint, "fields", ()))
            if belonging.moves and name in together:
                assert together == {name, *belonging.once}, f"{model.__name__}: `once` must name {constraint.name}"


def test_every_role_has_a_first_page_that_opens(north: Dealership, as_user: AsUser) -> None:
    for role in STAFF:
        response = as_user(make_user(f"first-{role}", role, north)).get("/", follow=True)
        assert response.status_code == 200


class Page(HTMLParser):
    """What matters of a page: its tags, hosts it asks, scripts and styles inside it, fields without a label."""

    LABELLED = {"input", "select", "textarea"}

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.foreign: list[str] = []
        self.inline: list[str] = []
        self.fields: list[dict[str, str | None]] = []
        self.labels: set[str | None] = set()
        self.depth_of_label = 0
        self.feed(text)
        self.unlabelled = [
            given.get("name") or given.get("id")
            for given in self.fields
            if not (given.get("aria-label") or given.get("aria-labelledby") or given.get("id") in self.labels)
        ]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append(tag)
        if "id" in given:
            self.ids.append(str(given["id"]))
        for name in ("src", "href", "action", "hx-get", "hx-post", "srcset"):
            value = given.get(name) or ""
            if re.match(r"(https?:)?//", value):
                self.foreign.append(value)
        if "style" in given or any(name.startswith("on") for name in given):
            self.inline.append(f"<{tag} {given}>")
        if tag == "style" or (tag == "script" and "src" not in given and given.get("type") != "application/json"):
            self.inline.append(tag)
        if tag == "label":
            self.labels.add(given.get("for"))
            self.depth_of_label += 1
        is_field = tag in self.LABELLED and given.get("type") not in {"hidden", "submit", "button"}
        if is_field and not self.depth_of_label:
            self.fields.append(given)

    def handle_endtag(self, tag: str) -> None:
        if tag == "label":
            self.depth_of_label -= 1


def test_the_page_reader_sees_what_is_wrong() -> None:
    """The control: each fault that the test above looks for is found in a page that has it."""
    page = Page('<input name="x"><img src="https://a.b/c"><p style="x">y</p><script>1</script><i id="a"></i><i id="a">')
    assert page.unlabelled == ["x"]
    assert page.foreign == ["https://a.b/c"]
    assert len(page.inline) == 2
    assert page.ids == ["a", "a"]
    assert not Page('<label>a <input name="x"></label><input id="y"><label for="y">b</label>').unlabelled
