"""What each car will need in 24 months, on the customer's and the car's page, at the store's prices."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from dealercrm.accounts.models import Dealership, User
from lifecycle.outlook import outlook
from tests.factories import make_customer, make_ownership, make_vehicle, make_visit
from vehicles.models import Ownership, WorkGroup, WorkPrice

AsUser = Callable[[User], Client]
TODAY = date(2026, 3, 16)


@pytest.fixture(autouse=True)
def on_a_monday_at_eleven(time_machine_at: Callable[[str], None]) -> None:
    time_machine_at("2026-03-16T11:00:00+03:00")


@pytest.fixture
def rio(north: Dealership) -> Ownership:
    ownership = make_ownership(make_customer(north), north, started_on=date(2024, 1, 15))
    make_visit(ownership, date(2025, 1, 20), km=14000)
    make_visit(ownership, date(2026, 1, 20), km=28000)
    return ownership


def price(store: Dealership, code: str, amount: int) -> None:
    group = WorkGroup.objects.get(code=code)
    WorkPrice.objects.create(dealership=store, work_group=group, labour=amount, valid_from=date(2026, 1, 1))


def test_the_needs_are_dated_with_works_km_and_price(rio: Ownership, north: Dealership) -> None:
    price(north, "maintenance", 6000)
    price(north, "oil", 4400)
    found = outlook(rio, TODAY).needs
    dated = {need.stop.on: need for need in found}
    yearly = dated[date(2027, 1, 20)]
    assert {"maintenance", "oil"} <= set(yearly.stop.works)
    assert yearly.stop.km
    assert 40000 < yearly.stop.km < 44000
    whole = [need.price.amount for need in found if need.price.is_whole]
    assert whole == [Decimal(10400)] * len(whole)


def test_the_fragment_shows_them_and_what_they_cost(
    rio: Ownership, north: Dealership, anna: User, as_user: AsUser
) -> None:
    for code in ("maintenance", "oil", "brake_fluid", "spark_plugs", "brake_pads_front", "battery", "coolant"):
        price(north, code, 1000)
    text = as_user(anna).get(reverse("ownership-needs", args=[rio.pk])).text.replace("\xa0", " ")
    assert "What it will need in 24 months" in text
    assert "20 Jan 2027" in text
    assert "in all" in text
    page = as_user(anna).get(reverse("vehicle", args=[rio.vehicle_id])).text
    assert reverse("ownership-needs", args=[rio.pk]) in page
    cars = as_user(anna).get(reverse("customer-cars", args=[rio.customer_id])).text
    assert reverse("ownership-needs", args=[rio.pk]) in cars


def test_a_late_service_is_due_now_and_says_since_when(rio: Ownership, anna: User, as_user: AsUser) -> None:
    rio.repair_orders.filter(opened_on=date(2026, 1, 20)).delete()
    text = as_user(anna).get(reverse("ownership-needs", args=[rio.pk])).text.replace("\xa0", " ")
    assert "due since 20 Jan" in text


def test_a_car_that_was_sold_needs_nothing_from_us(rio: Ownership, anna: User, as_user: AsUser) -> None:
    rio.end("sold", on=TODAY)
    assert "no longer own" in as_user(anna).get(reverse("ownership-needs", args=[rio.pk])).text.replace("\xa0", " ")


def test_the_chart_draws_the_forecast_behind_the_readings_and_says_it_in_words(
    rio: Ownership, anna: User, as_user: AsUser
) -> None:
    order = rio.repair_orders.latest("opened_on")
    text = as_user(anna).get(reverse("ownership-odometer", args=[rio.pk])).text
    assert 'class="odometer-cone"' in text
    assert "forecast for 2027-03-16: 4" in text
    assert f'href="#visit-{order.pk}"' in text
    page = as_user(anna).get(reverse("vehicle", args=[rio.vehicle_id])).text
    assert f'id="visit-{order.pk}"' in page
    assert reverse("ownership-odometer", args=[rio.pk]) in page


def test_a_car_without_readings_has_no_cone_and_no_crash(north: Dealership, anna: User, as_user: AsUser) -> None:
    bare = make_ownership(make_customer(north), north, vehicle=make_vehicle())
    response = as_user(anna).get(reverse("ownership-odometer", args=[bare.pk]))
    assert response.status_code == 200
    assert "odometer-cone" not in response.text
