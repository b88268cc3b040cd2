"""A customer's page and the lists of the day, worked by keyboard in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime

import pytest
import time_machine
from playwright.sync_api import Page, expect

from customers.models import Customer
from dealercrm.accounts.models import User
from tests.browser.conftest import OpenAs
from tests.factories import make_customer, make_dealership, make_ownership, make_user, make_visit, moment
from vehicles.models import Appointment, Ownership


@pytest.fixture
def anna(transactional_db: None, now: datetime) -> Iterator[User]:
    with time_machine.travel(now, tick=True):
        store = make_dealership("north", name="North", city="Казань")
        yield make_user("anna", "operator", store)


@pytest.fixture
def rio(anna: User) -> Ownership:
    store = anna.memberships.get().dealership
    customer = make_customer(store, name="Константинопольская Александра Валентиновна", phone="+79123456789")
    ownership = make_ownership(customer, store)
    make_visit(ownership, date(2025, 1, 20), km=14000)
    return ownership


def opened(page: Page, customer: Customer) -> Page:
    page.goto(f"/customers/{customer.pk}/")
    expect(page.locator(".timeline").first).to_be_visible()
    expect(page.locator(".car")).to_be_visible()
    return page


def test_the_search_box_is_one_key_away_and_opens_the_only_one_who_fits(
    anna: User, rio: Ownership, open_as: OpenAs
) -> None:
    page = open_as(anna)
    page.goto("/appointments/")
    page.keyboard.press("/")
    page.keyboard.type("6789")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(rf"/customers/{rio.customer_id}/$"))
    expect(page.locator("h1")).to_have_text("Константинопольская Александра Валентиновна")


def test_a_withdrawal_shows_in_the_head_and_in_the_timeline_at_once(
    anna: User, rio: Ownership, open_as: OpenAs
) -> None:
    page = opened(open_as(anna), rio.customer)
    page.get_by_role("button", name="Does not want calls").click()
    expect(page.locator("#customer-head")).to_contain_text("Does not want calls")
    expect(page.locator(".customer-timeline")).to_contain_text("Forbade")


def test_a_booking_into_the_past_comes_back_open_with_its_reason(anna: User, rio: Ownership, open_as: OpenAs) -> None:
    page = opened(open_as(anna), rio.customer)
    page.keyboard.press("b")
    dialog = page.locator("dialog#booking")
    dialog.get_by_label("Day").fill("2026-03-15")
    dialog.get_by_role("button", name="Write down").click()
    expect(dialog).to_contain_text("This time has passed.")
    dialog.get_by_label("Day").fill("2026-03-20")
    dialog.get_by_role("button", name="Write down").click()
    expect(page.locator(".customer-timeline")).to_contain_text("Appointment")
    assert Appointment.objects.get().ownership == rio


def test_the_day_is_worked_off_by_keys_and_a_slip_is_undone(anna: User, rio: Ownership, open_as: OpenAs) -> None:
    visit = Appointment.objects.book(
        customer=rio.customer, ownership=rio, dealership=rio.home_store, starts_at=moment(date(2026, 3, 16), 10)
    )
    page = open_as(anna)
    page.goto("/appointments/")
    row = page.locator(f"#appointment-{visit.pk}")
    for key, state in (("v", "confirmed"), ("h", "arrived"), ("z", "booked"), ("x", "did not come")):
        page.keyboard.press("j")
        page.keyboard.press(key)
        expect(row.locator(".pill")).to_have_text(state)
        expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)
    visit.refresh_from_db()
    assert visit.status == Appointment.Status.NO_SHOW


def test_a_doubted_reading_is_confirmed_with_one_more_click(anna: User, rio: Ownership, open_as: OpenAs) -> None:
    page = open_as(anna, width=360, scheme="dark")
    page.goto(f"/vehicles/{rio.vehicle_id}/")
    page.get_by_label("Odometer, km").fill("1400")
    page.get_by_role("button", name="Add reading").click()
    page.get_by_role("button", name="Yes, that is what it shows").click()
    expect(page.locator("#odometer")).to_contain_text("confirmed by a person")
