"""Every page in a real browser, light and dark, wide and narrow: readable for all, and nothing runs off the screen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import time_machine
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Page

from dealercrm.accounts.models import Role
from tests.browser.conftest import OpenAs
from tests.factories import make_dealership, make_user
from tests.house import ADDRESSES, World, addresses

ROLES = [Role.OPERATOR, Role.MANAGER, Role.ADMINISTRATOR]

# A translation may be 40% longer than the words at hand: let every short label grow by that much.
GROW = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const nodes = [];
  while (walker.nextNode()) nodes.push(walker.currentNode);
  for (const node of nodes) {
    const text = node.textContent.trim();
    const kept = "code, script, style, template, input, select, svg";
    if (!text || !/[A-Za-zА-я]{3}/.test(text) || node.parentElement.closest(kept)) continue;
    node.textContent = node.textContent.trimEnd() + "-" + "щ".repeat(Math.ceil(Math.min(text.length, 30) * 0.4)) + " ";
  }
}"""
TOO_WIDE = """() => {
  const edge = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= edge) return [];
  const inside = (element) => {  // a part that scrolls by itself
    const part = element.closest(".table-wrap, .tabs, .scrolls");
    return part !== null && getComputedStyle(part).overflowX !== "visible";
  };
  const isShown = (element) => element.checkVisibility({contentVisibilityAuto: true});
  const reach = (element) => {  // of its box or of the words that run out of it
    const words = getComputedStyle(element).overflowX === "visible" ? element.scrollWidth : 0;
    const box = element.getBoundingClientRect();
    return Math.max(box.right, box.left + words);
  };
  const found = [...document.querySelectorAll("main *, header *")]
    .filter((element) => isShown(element) && !inside(element) && reach(element) > edge + 1)
    .reverse()  // the innermost first: it is what is too wide
    .slice(0, 5)
    .map((element) => `${element.tagName}.${element.className} "${(element.textContent || "").trim().slice(0, 40)}"`);
  return found.length ? found : [`something is ${document.documentElement.scrollWidth} px wide`];
}"""


@pytest.fixture
def world(transactional_db: None, now: datetime) -> Iterator[World]:
    with time_machine.travel(now, tick=True):
        yield World(make_dealership("north", name="North", city="Казань"), now)


def pages_of(role: str, world: World) -> Iterator[tuple[str, str]]:
    """(name, address) of every whole page that a role may open."""
    here = {name for name, _pattern in addresses()}
    for name, address in ADDRESSES.items():
        if name in here and address.method == "get" and not address.is_download and role in address.roles:
            yield name, reverse(name, args=address.args(world) if address.args else [])


def faults(page: Page) -> list[str]:
    """Serious and critical findings of axe, each with the place."""
    found: dict[str, Any] = Axe().run(page).response
    return [
        f"{rule['id']}: {node['target']} {node.get('failureSummary', '')[:160]}"
        for rule in found["violations"]
        if rule["impact"] in {"serious", "critical"}
        for node in rule["nodes"][:3]
    ]


@pytest.mark.parametrize("role", ROLES)
def test_pages_are_readable_in_light_and_dark_and_fit_a_narrow_screen(role: str, world: World, open_as: OpenAs) -> None:
    page = open_as(make_user(f"reader-{role}", role, world.store, language="ru"), locale="ru-RU")
    wrong: list[str] = []
    for name, address in pages_of(role, world):
        page.set_viewport_size({"width": 1440, "height": 900})
        page.emulate_media(color_scheme="light")
        answer = page.goto(address)
        assert answer is not None
        assert answer.ok, name
        if page.locator("h1").count() == 0:
            continue  # a fragment; it is looked at inside its page
        page.wait_for_load_state("networkidle")
        wrong += [f"{name} light {fault}" for fault in faults(page)]
        page.emulate_media(color_scheme="dark")
        wrong += [f"{name} dark {fault}" for fault in faults(page)]
        page.set_viewport_size({"width": 360, "height": 780})
        wrong += [f"{name} at 360 px: {what}" for what in page.evaluate(TOO_WIDE)]
        page.evaluate(GROW)
        wrong += [f"{name} at 360 px with long words: {what}" for what in page.evaluate(TOO_WIDE)]
    assert not wrong, "\n".join(wrong)


def test_pages_before_signing_in_are_readable_too(transactional_db: None, open_as: OpenAs) -> None:
    page = open_as(None, width=360)
    wrong: list[str] = []
    for address in ("/login/", "/no-such-page/"):
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.goto(address)
            wrong += [f"{address} {scheme} {fault}" for fault in faults(page)]
            wrong += [f"{address}: {what}" for what in page.evaluate(TOO_WIDE)]
    assert not wrong, "\n".join(wrong)


def test_the_measures_find_what_is_wrong(transactional_db: None, open_as: OpenAs) -> None:
    """The control: a pale text and a wide box are found."""
    page = open_as(None, width=360)
    page.goto("/login/")
    page.evaluate(
        """() => { const box = document.createElement('p'); box.textContent = 'pale'; box.style.width = '900px';
        box.style.color = '#ccc'; box.style.background = '#fff'; document.querySelector('main').append(box); }"""
    )
    assert any("color-contrast" in fault for fault in faults(page))
    assert page.evaluate(TOO_WIDE)
