"""Points over REST: read by filters, spent and put right once by the code of another system."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
import time_machine
from rest_framework.test import APIClient

from customers.models import Customer, ExternalId
from dealercrm.accounts.models import Dealership, User
from tests.factories import make_customer, make_ownership, make_visit
from vehicles.loyalty import post_points
from vehicles.models import LoyaltyEntry, LoyaltyPolicy

Program = Callable[..., APIClient]
ENTRIES, ACCOUNTS = "/api/v1/loyalty-entries/", "/api/v1/loyalty-accounts/"


@pytest.fixture(autouse=True)
def clock(now: datetime):
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def robot(dms: User, program: Program) -> APIClient:
    return program(dms)


@pytest.fixture
def ivan(north: Dealership, now: datetime) -> Customer:
    """With 500 points of a visit."""
    policy = LoyaltyPolicy.of(north)
    policy.today = date(2026, 1, 1)
    policy.change({"is_on": True})
    found = make_customer(north)
    ExternalId.objects.create(customer=found, dealership=north, code="K-17")
    make_visit(make_ownership(found, north), date(2026, 2, 1), total=10_000)
    post_points(north, now=now)
    return found


def spent(robot: APIClient, **said: Any) -> Any:
    body = {"dealership": "north", "customer_code": "K-17", "kind": "spent", "points": 300, "external_id": "T-1"}
    return robot.post(ENTRIES, body | said, format="json")


def test_points_are_spent_once_however_often_it_is_sent(robot: APIClient, ivan: Customer) -> None:
    first, again = spent(robot), spent(robot)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json()["points"] == -300
    (account,) = robot.get(f"{ACCOUNTS}?customer={ivan.pk}").json()["results"]
    assert (account["balance"], account["dealership"], account["expires_on"]) == (200, "north", "2027-02-01")


def test_a_code_that_meant_something_else_is_a_conflict(robot: APIClient, ivan: Customer) -> None:
    spent(robot)
    assert spent(robot, points=200).status_code == 409
    assert spent(robot, points=100, source="till").status_code == 400, "the code of a customer of that system"
    assert spent(robot, points=100, source="till", customer=ivan.pk, customer_code=None).status_code == 400


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"points": 501}, "points", "loyalty.too_few"),
        ({"points": 0}, "points", "sign"),
        ({"points": -10}, "points", "sign"),
        ({"kind": "adjusted", "points": -501}, "points", "loyalty.too_few"),
        ({"kind": "earned"}, "kind", "invalid_choice"),
        ({"external_id": ""}, "external_id", "blank"),
        ({"customer_code": "K-99"}, "customer_code", "unknown"),
    ],
)
def test_what_cannot_be_posted_is_named(
    robot: APIClient, ivan: Customer, change: dict[str, Any], field: str, code: str
) -> None:
    response = spent(robot, **change)
    assert response.status_code == 400
    assert (field, code) in {(one["field"], one["code"]) for one in response.json()["errors"]}
    assert LoyaltyEntry.objects.count() == 1


def test_where_the_programme_is_off_nothing_is_posted(robot: APIClient, ivan: Customer, north: Dealership) -> None:
    LoyaltyPolicy.of(north).change({"is_on": False})
    response = spent(robot)
    assert (response.status_code, response.json()["errors"][0]["code"]) == (400, "loyalty.off")


def test_entries_are_narrowed_and_only_programs_write(
    robot: APIClient, ivan: Customer, anna: User, clara: User, program: Program
) -> None:
    robot.post(
        ENTRIES,
        {"dealership": "north", "customer": ivan.pk, "kind": "adjusted", "points": 50, "external_id": "A", "note": "x"},
        format="json",
    )

    def count(query: str, client: APIClient = robot) -> int:
        return len(client.get(f"{ENTRIES}?{query}").json()["results"])

    assert count(f"customer={ivan.pk}") == 2
    assert count("kind=adjusted") == 1
    assert count(f"ownership={ivan.ownerships.get().pk}") == 1
    assert count("on__lt=2026-03-01") == 1
    assert count("", program(clara)) == 0
    assert spent(program(anna)).status_code == 403


def test_a_customer_carries_the_balances_of_ones_own_stores_whose_programme_is_on(
    robot: APIClient, ivan: Customer, north: Dealership
) -> None:
    address = f"/api/v1/customers/{ivan.pk}/"
    mine = {"dealership": "north", "balance": 500, "expiring": 500, "expires_on": "2027-02-01"}
    assert robot.get(address).json()["loyalty"] == [mine]
    assert robot.get("/api/v1/customers/by-code/north/dms/K-17/").json()["loyalty"] == [mine]
    LoyaltyPolicy.of(north).change({"is_on": False})
    assert robot.get(address).json()["loyalty"] == []


def test_points_spent_come_with_a_pushed_order_and_stand_in_it(
    robot: APIClient, ivan: Customer, north: Dealership, now: datetime
) -> None:
    order = {
        "opened_on": "2026-03-01", "vin": ivan.ownerships.get().vehicle.vin, "customer_code": "K-17",
        "total": "2000.00", "points_spent": 400,
    }  # fmt: skip
    address = "/api/v1/repair-orders/by-number/north/dms/RO-9/"
    assert robot.put(address, order, format="json").json()["result"] == "created"
    assert robot.put(address, order, format="json").json()["result"] == "unchanged"
    assert robot.get(address).json()["points_spent"] == 400
    post_points(north, now=now)
    (account,) = robot.get(ACCOUNTS).json()["results"]
    assert account["balance"] == 500 - 400 + 100
    robot.put(address, {**order, "points_spent": 100}, format="json")
    post_points(north, now=now)
    assert robot.get(ACCOUNTS).json()["results"][0]["balance"] == 500 - 100 + 100
