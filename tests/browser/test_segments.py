"""A segment built by keyboard in a real browser: the count follows each change; nothing runs off a phone's screen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

import pytest
import time_machine
from playwright.sync_api import expect

from dealercrm.accounts.models import User
from lifecycle.models import Segment
from tests.browser.conftest import OpenAs
from tests.factories import make_customer, make_dealership, make_ownership, make_user, make_vehicle
from tests.lifecycle.segment_world import standing_of


@pytest.fixture
def boris(transactional_db: None, now: datetime) -> Iterator[User]:
    """Manager of a store with two Kias and a Lada."""
    with time_machine.travel(now, tick=True):
        store = make_dealership("north", name="North", city="Казань")
        for make, model in (("Kia", "Rio"), ("Kia", "Ceed"), ("Lada", "Vesta")):
            ownership = make_ownership(make_customer(store), store, vehicle=make_vehicle(make, model))
            standing_of(ownership, now.date())
        yield make_user("boris", "manager", store)


def test_conditions_come_by_keyboard_and_the_count_follows(boris: User, open_as: OpenAs) -> None:
    page = open_as(boris)
    page.goto("/segments/")
    page.keyboard.press("n")
    page.wait_for_url(re.compile("/segments/new/$"))
    number = page.locator(".segment-number strong")
    expect(number).to_have_text("3")
    page.keyboard.press("a")
    expect(page.locator("#add-all")).to_be_focused()
    page.locator("#add-all").select_option("make")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#all-0 input[type=checkbox]").first).to_be_focused()
    page.locator("#all-0 label", has_text="Kia").locator("input").press("Space")
    expect(number).to_have_text("2")
    expect(page.locator("#live")).to_contain_text("Current owners: make – Kia.")
    page.get_by_label("Name").fill("All Kias")
    page.get_by_label("Name").press("Escape")
    page.keyboard.press("s")
    page.wait_for_url(re.compile(r"/segments/\d+/$"))
    expect(page.locator(".lede")).to_contain_text("2 cars")
    assert Segment.objects.get().name == "All Kias"


def test_on_a_phone_the_export_opens_inside_the_screen(boris: User, open_as: OpenAs) -> None:
    page = open_as(boris, width=360)
    page.goto("/segments/never-contacted-buyers/")
    page.locator(".actions summary").click()
    button = page.get_by_role("button", name="Text, CSV")
    expect(button).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    with page.expect_download() as download:
        button.click()
    assert download.value.suggested_filename.endswith(".csv")
