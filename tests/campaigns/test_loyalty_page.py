"""The manager's page of the loyalty programme: what is outstanding, months, who loses points, and what it brings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from campaigns.loading import Store
from campaigns.loyalty import effect_of, months_of
from customers.models import Customer
from dealercrm.accounts.models import Dealership, User
from tests.factories import make_customer, make_ownership, make_visit
from vehicles.loyalty import post_points, spend
from vehicles.models import LoyaltyAccount, LoyaltyPolicy
from vehicles.rules.policy import LoyaltyValues

AsUser = Callable[[User], Client]


@pytest.fixture(autouse=True)
def clock(now: datetime):
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def programme(north: Dealership) -> LoyaltyPolicy:
    policy = LoyaltyPolicy.of(north)
    policy.today = date(2025, 1, 1)
    policy.change({"is_on": True, "point_value": 0.5, "holdout_share": 0.5})
    return policy


def page(browser: Client) -> str:
    return browser.get(reverse("loyalty")).text.replace("\N{NO-BREAK SPACE}", " ")


def drawn(store: Dealership, number: int, *, held: bool, came: int, on: date, total: int = 10_000) -> list[Customer]:
    """So many customers on one side, of whom some came in their days and paid."""
    people = [make_customer(store) for _ in range(number)]
    for place, person in enumerate(people):
        LoyaltyAccount.objects.create(dealership=store, customer=person, is_held_out=held, share=0.5, assigned_on=on)
        if place < came:
            make_visit(make_ownership(person, store), on + timedelta(days=30), total=total, works=())
    return people


def test_the_page_says_what_is_outstanding_and_who_loses_points_soon(
    programme: LoyaltyPolicy, north: Dealership, boris: User, now: datetime, as_user: AsUser
) -> None:
    ivan, maria = make_customer(north), make_customer(north, name="Соколова Мария")
    make_visit(make_ownership(ivan, north), date(2025, 4, 1), total=10_000)
    make_visit(make_ownership(maria, north), date(2026, 3, 2), total=4_000)
    post_points(north, now=now)
    spend(north, ivan.pk, 100, now=now)
    text = page(as_user(boris))
    for said in ("5 points for each 100 paid", ">600<", "of 2 customers", "300 ₽", ivan.name, "1 Apr"):
        assert said in text, said
    assert maria.name not in text, "hers are good for a year"


def test_months_sum_what_came_and_went_by_its_own_day(
    programme: LoyaltyPolicy, north: Dealership, now: datetime
) -> None:
    ivan = make_customer(north)
    car = make_ownership(ivan, north)
    make_visit(car, date(2025, 1, 20), total=10_000)
    voided = make_visit(car, date(2026, 2, 3), total=2_000)
    make_visit(car, date(2026, 3, 3), total=4_000)
    post_points(north, now=now)
    voided.void(at=now)
    post_points(north, now=now)
    spend(north, ivan.pk, 50, now=now)
    months = months_of(Store.load(north, now))
    assert len(months) == 12
    assert months[0] == (date(2026, 3, 1), 200, 50, 0, 0)
    assert months[1] == (date(2026, 2, 1), 100, 0, 0, -100)
    assert months[2] == (date(2026, 1, 1), 0, 0, 500, 0)
    assert months[-1].first == date(2025, 4, 1)


def test_members_are_compared_with_those_held_out_less_the_points_they_spent(
    programme: LoyaltyPolicy, north: Dealership, boris: User, now: datetime, as_user: AsUser
) -> None:
    on = date(2025, 9, 1)
    members = drawn(north, 70, held=False, came=56, on=on)
    drawn(north, 80, held=True, came=48, on=on)
    drawn(north, 5, held=True, came=5, on=date(2026, 2, 20))
    post_points(north, now=now)
    spend(north, members[0].pk, 500, now=datetime(2025, 10, 20, 12, tzinfo=now.tzinfo))
    effect = effect_of(Store.load(north, now), LoyaltyPolicy.values_of(north))
    assert (effect.as_of, effect.drawn, effect.complete) == (date(2026, 3, 1), 155, 150)
    result = effect.result
    assert result is not None
    assert (result.asked.size, result.asked.came, result.held.size, result.held.came) == (70, 56, 80, 48)
    assert result.uplift is not None
    assert result.uplift.low == pytest.approx(0.0524, abs=0.0001), "Newcombe's example"
    assert result.uplift.high == pytest.approx(0.3339, abs=0.0001)
    assert result.asked.cost == pytest.approx(500 * 0.5 / 70)
    assert result.asked.margin == pytest.approx(0.8 * 5_000), "half of what was paid"
    assert result.verdict == "earns"
    text = page(as_user(boris))
    assert "It earns. Of 100 members 20 come only because of the programme (between 5.2 and 33)." in text
    assert "As of 1 Mar, of 150 of 155 drawn customers" in text


def test_the_visit_that_led_to_the_draw_and_visits_after_the_days_count_for_nobody(
    programme: LoyaltyPolicy, north: Dealership, now: datetime
) -> None:
    on = date(2025, 9, 1)
    (one, two) = drawn(north, 2, held=False, came=0, on=on)
    drawn(north, 2, held=True, came=0, on=on)
    make_visit(make_ownership(one, north), on)
    make_visit(make_ownership(two, north), on + timedelta(days=91))
    result = effect_of(Store.load(north, now), LoyaltyValues(is_on=True)).result
    assert result is not None
    assert result.asked.came == 0


def test_few_customers_are_told_how_many_it_takes(
    programme: LoyaltyPolicy, north: Dealership, boris: User, as_user: AsUser
) -> None:
    assert "Nobody has been drawn yet" in page(as_user(boris))
    drawn(north, 4, held=False, came=2, on=date(2026, 2, 20))
    assert "none of them has had 90 days yet" in page(as_user(boris))
    drawn(north, 20, held=False, came=10, on=date(2025, 9, 1))
    drawn(north, 20, held=True, came=9, on=date(2025, 9, 1))
    assert "Not enough data: " in page(as_user(boris))


def test_where_the_programme_is_off_the_page_leads_to_its_rules(boris: User, as_user: AsUser) -> None:
    text = page(as_user(boris))
    assert "switched off" in text
    assert reverse("loyalty-policy") in text
    assert "outstanding" not in text


def test_another_store_shows_its_own(
    programme: LoyaltyPolicy, north: Dealership, south: Dealership, clara: User, now: datetime, as_user: AsUser
) -> None:
    LoyaltyPolicy.of(south).change({"is_on": True})
    ivan = make_customer(north)
    make_visit(make_ownership(ivan, north), date(2025, 4, 1), total=10_000)
    post_points(north, now=now)
    text = page(as_user(clara))
    assert ivan.name not in text
    assert ">500<" not in text


def test_the_page_takes_the_same_queries_for_many_customers(
    programme: LoyaltyPolicy, north: Dealership, boris: User, now: datetime, as_user: AsUser
) -> None:
    browser = as_user(boris)

    def queries(number: int) -> int:
        for held in (True, False):
            drawn(north, number, held=held, came=number, on=date(2025, 9, 1))
        post_points(north, now=now)
        page(browser)
        with CaptureQueriesContext(connection) as caught:
            page(browser)
        return len(caught)

    few = queries(2)
    assert queries(20) == few <= 14
