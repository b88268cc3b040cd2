"""Two cards are compared, merged and taken apart again by keyboard, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime

import pytest
import time_machine
from playwright.sync_api import expect

from customers.models import Customer, DuplicatePair
from dealercrm.accounts.models import User
from tests.browser.conftest import OpenAs
from tests.factories import make_customer, make_dealership, make_ownership, make_user, make_visit


@pytest.fixture
def boris(transactional_db: None, now: datetime) -> Iterator[User]:
    with time_machine.travel(now, tick=True):
        store = make_dealership("north", name="North", city="Казань")
        yield make_user("boris", "manager", store)


@pytest.fixture
def pair(boris: User, now: datetime) -> DuplicatePair:
    store = boris.memberships.get().dealership
    first = make_customer(store, name="Константинопольская Александра Валентиновна", phone="+79123456789", city="Уфа")
    second = make_customer(store, name="KONSTANTINOPOLSKAYA ALEKSANDRA", phone="+79123456789", city="Казань")
    make_visit(make_ownership(second, store), date(2025, 1, 20), km=14000)
    reason = {"code": "duplicate.same_phone", "params": {"number": 1}, "points": 45}
    return DuplicatePair.objects.create(first=first, second=second, points=45, reasons=[reason], found_at=now)


def test_a_pair_is_found_compared_merged_and_undone_by_keys(boris: User, pair: DuplicatePair, open_as: OpenAs) -> None:
    page = open_as(boris)
    page.goto("/duplicates/")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(rf"/duplicates/{pair.pk}/$"))
    expect(page.locator("#preview-title")).to_contain_text("belongs to Константинопольская")
    expect(page.locator(".sides")).to_contain_text("1 visit")
    page.keyboard.press("2")
    expect(page.locator("#preview-title")).to_contain_text("belongs to KONSTANTINOPOLSKAYA")
    page.locator("#city-first").check()
    expect(page.locator("#merge dl")).to_contain_text("Уфа")
    page.locator("h1").click()
    page.keyboard.press("m")
    page.wait_for_url(re.compile(r"/merges/\d+/$"))
    kept = Customer.objects.get(pk=pair.second_id)
    assert (kept.last_name, kept.city) == ("Константинопольская", "Уфа")
    page.keyboard.press("z")
    expect(page.locator(".lede")).to_contain_text("Undone")
    kept.refresh_from_db()
    assert (kept.last_name, kept.city) == ("KONSTANTINOPOLSKAYA", "Казань")


def test_a_row_of_the_list_is_answered_by_one_key(boris: User, pair: DuplicatePair, open_as: OpenAs) -> None:
    page = open_as(boris, width=360, scheme="dark")
    page.goto("/duplicates/")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator(".duplicates")).to_contain_text("Ask again")
    pair.refresh_from_db()
    assert pair.status == DuplicatePair.Status.REJECTED
