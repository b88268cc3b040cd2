"""An operator's hour: a call of every outcome, by keyboard alone, in English and in Russian; the keys are counted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime

import pytest
import time_machine
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from campaigns.models import CallResult, ContactTask, Outcome
from customers.models import ContactPoint, Referral
from dealercrm.accounts.models import Dealership, User
from tests.browser.conftest import OpenAs
from tests.campaigns.building import customer_with_occasion, plan
from tests.factories import make_dealership, make_user, make_visit
from vehicles.models import Appointment, Complaint, Touch

# What is pressed on the card after `n`. "text:" is typed into the field that has the focus.
KEYS = {
    Outcome.BOOKED: ["1", "1"],
    Outcome.CALLBACK: ["2", "1"],
    Outcome.NO_ANSWER: ["3"],
    Outcome.BUSY: ["4"],
    Outcome.THINKS: ["5"],
    Outcome.REFUSED: ["6", "2"],
    Outcome.NO_CALLS: ["7", "1"],
    Outcome.WRONG_NUMBER: ["8", "1"],
    Outcome.DONE: ["9", "1"],
    Outcome.SOLD: ["9", "2"],
    Outcome.DONE_ELSEWHERE: ["9", "3"],
    Outcome.DUPLICATE: ["9", "4"],
    Outcome.MOVED: ["9", "7"],
    Outcome.COMPLAINT: ["i", "text:The door rattles", "Escape", "9", "6"],
}
COMMON = set(list(Outcome)[:8])


@pytest.fixture
def store(transactional_db: None, now: datetime) -> Iterator[Dealership]:
    with time_machine.travel(now, tick=True):
        yield make_dealership("north", name="North", city="Казань")


@pytest.fixture
def anna(store: Dealership, now: datetime) -> User:
    for number in range(len(KEYS) + 2):
        occasion = customer_with_occasion(
            store, today=store.today(now), email=f"a{number}@b.test",
            name=f"Константинопольский{number} Александр Сергеевич",
        )  # fmt: skip
        make_visit(occasion.ownership, date(2025, 2, 1), km=14000)
    plan(store, now)
    return make_user("anna", "operator", store, first_name="Anna")


def press(page: Page, keys: list[str]) -> int:
    """Keys pressed, letters of a note not counted."""
    for key in keys:
        if key.startswith("text:"):
            page.keyboard.type(key.removeprefix("text:"))
        else:
            page.keyboard.press(key)
    return sum(not key.startswith("text:") for key in keys)


def take_next(page: Page) -> None:
    page.locator("[aria-keyshortcuts=n]").first.wait_for()
    page.keyboard.press("n")
    page.wait_for_url(re.compile(r"/tasks/\d+/$"))
    page.locator("[aria-keyshortcuts='9']").first.wait_for()


def serious(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [
        f"{rule['id']}: {rule['nodes'][0]['target']}" for rule in found if rule["impact"] in {"serious", "critical"}
    ]


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_call_of_every_outcome_is_answered_by_keyboard_alone(
    language: str, store: Dealership, anna: User, open_as: OpenAs
) -> None:
    User.objects.filter(pk=anna.pk).update(language=language)
    page = open_as(anna, locale="ru-RU" if language == "ru" else "en-GB")
    page.set_default_timeout(20_000)
    page.goto("/today/")
    assert not serious(page)
    counted: dict[str, int] = {}
    for outcome, keys in KEYS.items():
        take_next(page)
        if outcome == Outcome.BOOKED:
            assert not serious(page)
            assert page.evaluate("document.documentElement.scrollHeight") <= 900, "one screen at 1440 x 900"
        counted[outcome] = 1 + press(page, keys)
        page.wait_for_url(re.compile(r"/today/$"))
        assert CallResult.objects.latest("pk").outcome == outcome
    print(f"\nkeys a call ({language}): {counted}")
    assert all(number <= 3 for outcome, number in counted.items() if outcome in COMMON)
    assert Appointment.objects.count() == 1
    assert Complaint.objects.get().text == "The door rattles"
    assert Touch.objects.filter(by=anna).count() == len(KEYS)


def test_the_wrong_key_is_taken_back_and_contacts_change_without_leaving_the_card(
    store: Dealership, anna: User, open_as: OpenAs
) -> None:
    page = open_as(anna)
    page.set_default_timeout(20_000)
    page.goto("/today/")
    take_next(page)
    page.keyboard.press("4")
    page.wait_for_url(re.compile(r"/today/$"))
    page.locator("[aria-keyshortcuts=z]").first.wait_for()
    page.keyboard.press("z")
    page.wait_for_url(re.compile(r"/tasks/\d+/$"))
    page.locator("[aria-keyshortcuts='9']").first.wait_for()  # keys work from here on
    task = ContactTask.objects.get(status="claimed")
    page.keyboard.press("i")
    page.keyboard.type("prefers mornings")
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    page.locator("#box-edit #contacts").wait_for()
    assert not serious(page)
    page.locator("#box-edit #written").fill("+79990001122")
    page.keyboard.press("Enter")
    expect(page.locator("#box-edit #contacts")).to_contain_text(re.compile(r"999\s000"))
    page.locator("#box-edit [data-close]").first.click()
    expect(page.locator("#actions")).to_contain_text(re.compile(r"999\s000"))
    expect(page.locator("#note")).to_have_value("prefers mornings")
    assert ContactPoint.objects.filter(customer=task.customer, value="+79990001122").exists()
    page.keyboard.press("b")
    expect(page.locator("dialog#box-booked")).to_be_visible()
    page.keyboard.press("1")
    page.wait_for_url(re.compile(r"/today/$"))
    assert CallResult.objects.counting().get().note == "prefers mornings"


def test_a_recommendation_is_noted_by_keyboard_and_goes_with_the_outcome(
    store: Dealership, anna: User, open_as: OpenAs
) -> None:
    page = open_as(anna)
    page.set_default_timeout(20_000)
    page.goto("/today/")
    take_next(page)
    page.keyboard.press("i")
    page.keyboard.type("likes us")
    press(page, ["Escape", "r"])
    expect(page.locator("#referral-name")).to_be_focused()
    assert not serious(page)
    press(page, ["text:Olga", "Tab", "text:12", "Enter"])
    expect(page.locator("#call-referral")).to_contain_text("cannot be dialled")
    page.locator("#call-referral:not(.htmx-added)").wait_for()  # htmx minds the new form from here on
    page.locator("#referral-phone").fill("8 912 111-22-33")
    page.keyboard.press("Enter")
    expect(page.locator("#call-referral [role=status]")).to_contain_text("Olga")
    page.keyboard.press("Escape")
    expect(page.locator("#box-referral")).to_be_hidden()
    expect(page.locator("#note")).to_have_value("likes us")
    page.keyboard.press("5")
    page.wait_for_url(re.compile(r"/today/$"))
    noted = Referral.objects.get()
    result = CallResult.objects.counting().get()
    assert (result.note, result.details["referrals"]) == ("likes us", [noted.pk])
    assert (noted.name, noted.phone, noted.by) == ("Olga", "+79121112233", anna)
