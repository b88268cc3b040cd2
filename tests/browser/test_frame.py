"""The frame in a real browser: signing in by keyboard, keys, search, dialogs, colours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
import time_machine
from playwright.sync_api import Error, Page, expect

from dealercrm.accounts.models import Dealership, Role, User
from tests.browser.chromium import Chromium
from tests.browser.conftest import OpenAs
from tests.factories import PASSWORD, make_user
from tests.house import World


@pytest.fixture
def world(transactional_db: None, now: datetime) -> Iterator[World]:
    with time_machine.travel(now, tick=True):
        from tests.factories import make_dealership

        yield World(make_dealership("north", name="North", city="Казань"), now)


@pytest.fixture
def admin(world: World) -> User:
    return make_user("vera", Role.ADMINISTRATOR, world.store, first_name="Vera")


def arrived(page: Page, heading: str) -> None:
    """The page is there and its keys listen."""
    expect(page.locator("h1")).to_have_text(heading)
    page.locator("[aria-keyshortcuts='/']").wait_for()


def press_in_russian(page: Page, code: str, letter: str) -> None:
    """A key as a Russian layout sends it: the place is KeyN, the letter is т."""
    page.evaluate(
        "([code, key]) => document.body.dispatchEvent(new KeyboardEvent('keydown', {code, key, bubbles: true}))",
        [code, letter],
    )


def test_somebody_signs_in_by_keyboard_alone(transactional_db: None, open_as: OpenAs) -> None:
    from tests.factories import make_dealership

    make_user("vera", Role.ADMINISTRATOR, make_dealership("north", name="North"))
    page = open_as(None)
    page.goto("/users/")
    expect(page).to_have_url("**/login/?next=/users/".replace("**", page.url.split("/login")[0]))
    page.keyboard.type("vera")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Users")


def test_keys_work_and_are_listed(admin: User, open_as: OpenAs) -> None:
    page = open_as(admin)
    page.goto("/users/")
    arrived(page, "Users")
    page.keyboard.press("?")
    dialog = page.locator("dialog#keys")
    expect(dialog).to_be_visible()
    expect(dialog).to_contain_text("New user")
    expect(dialog).to_contain_text("Health of the nights")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.keyboard.press("g")
    page.keyboard.press("h")
    arrived(page, "Health of the nights")
    page.keyboard.press("/")
    expect(page.locator("input[name=q]")).to_be_focused()
    page.keyboard.type("gs?n")
    expect(page.locator("h1")).to_have_text("Health of the nights")
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("s")
    arrived(page, "Users")
    page.keyboard.press("j")
    expect(page.locator("tbody a").first).to_be_focused()


def test_a_key_of_a_field_is_listed_by_the_fields_label(admin: User, open_as: OpenAs) -> None:
    page = open_as(admin)
    page.goto("/imports/")
    arrived(page, "Imports")
    page.keyboard.press("?")
    expect(page.locator("dialog#keys")).to_contain_text("Files of the export: CSV, XLSX, or a zip of them")


def test_keys_work_in_a_russian_layout(admin: User, open_as: OpenAs) -> None:
    page = open_as(admin)
    page.goto("/users/")
    arrived(page, "Users")
    press_in_russian(page, "KeyN", "т")
    arrived(page, "New user")
    page.goto("/users/")
    arrived(page, "Users")
    press_in_russian(page, "Slash", ".")
    expect(page.locator("input[name=q]")).to_be_focused()


def test_a_browser_that_does_not_come_to_an_end_is_ended_and_the_next_test_has_a_new_one(
    the_chromium: Chromium,
) -> None:
    browser = the_chromium.browser()
    page = browser.new_page()
    with the_chromium.patience(0.5), pytest.raises(Error):
        page.evaluate("new Promise(() => {})")
    assert not browser.is_connected()
    page = the_chromium.browser().new_page()
    assert page.evaluate("1 + 1") == 2
    page.close()


def test_what_destroys_asks_first_and_no_means_no(admin: User, world: World, open_as: OpenAs) -> None:
    page = open_as(admin)
    page.goto("/tokens/")
    page.get_by_role("button", name="Revoke").click()
    expect(page.locator("dialog#confirm")).to_contain_text("Revoke this token?")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="Revoke")).to_be_visible()
    page.get_by_role("button", name="Revoke").click()
    page.get_by_role("button", name="Yes, do it").click()
    expect(page.locator(".empty h2")).to_have_text("No tokens yet")
    expect(page.locator(".toasts")).to_contain_text("Revoked")


def test_colours_are_chosen_and_stay(admin: User, open_as: OpenAs) -> None:
    page = open_as(admin)
    page.goto("/users/")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.locator(".menu summary").click()
    page.get_by_role("button", name="Dark").click()
    dark = page.evaluate(ground)
    assert dark != light
    page.reload()
    assert page.evaluate(ground) == dark


def test_the_language_is_switched_where_one_stands(admin: User, open_as: OpenAs) -> None:
    page = open_as(admin)
    page.goto("/stores/")
    page.locator(".menu summary").click()
    page.get_by_role("button", name="Русский").click()
    expect(page.locator("html")).to_have_attribute("lang", "ru")
    assert page.url.endswith("/stores/")


def test_the_rail_opens_and_closes_on_a_narrow_screen(admin: User, open_as: OpenAs) -> None:
    page = open_as(admin, width=360)
    page.goto("/users/")
    rail = page.locator("nav.rail")
    expect(rail).to_be_hidden()
    page.locator("[data-nav]").click()
    expect(rail).to_be_visible()
    page.keyboard.press("Escape")
    expect(rail).to_be_hidden()
    expect(page.locator("[data-nav]")).to_be_focused()


def test_a_second_press_of_an_impatient_finger_makes_one_account(admin: User, world: World, open_as: OpenAs) -> None:
    page = open_as(admin)
    page.goto("/users/new/")
    page.get_by_label("Sign-in name").fill("dora")
    page.get_by_role("button", name="Save").dblclick()
    expect(page.locator("h1")).to_have_text("dora")
    assert User.objects.filter(username="dora").count() == 1


def test_a_store_is_switched_and_one_lands_at_home(admin: User, open_as: OpenAs) -> None:
    from tests.factories import make_dealership

    south: Dealership = make_dealership("south", name="South")
    admin.memberships.create(dealership=south, role=Role.ADMINISTRATOR)
    page = open_as(admin)
    page.goto("/users/")
    page.locator("#store-switch").select_option(label="South")
    page.wait_for_url(lambda url: not url.endswith("/users/"))
    expect(page.locator("#store-switch option:checked")).to_have_text("South")
