"""Many rows in one statement say exactly what one row after another would."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dealercrm.accounts.models import Dealership
from dealercrm.accounts.writing import insert_keyed, replace_keyed, update_fields
from lifecycle.models import FactSheet
from tests.factories import make_customer, make_ownership, moment
from vehicles.models import Make, Ownership, RepairOrder, Vehicle

pytestmark = pytest.mark.django_db


def make_orders(north: Dealership, count: int) -> list[RepairOrder]:
    owner = make_ownership(make_customer(north), north)
    return [
        RepairOrder.objects.create(
            dealership=north, number=f"N{number}", vehicle=owner.vehicle, customer=owner.customer, ownership=owner,
            opened_on=date(2024, 3, 1), total=Decimal("100.00"), odometer_km=1000, voided_at=moment(date(2024, 4, 1)),
        )
        for number in range(count)
    ]  # fmt: skip


def test_every_row_gets_its_own_values_and_other_rows_keep_theirs(north: Dealership) -> None:
    first, second, third = make_orders(north, 3)
    update_fields(
        RepairOrder,
        {
            first.pk: {
                "opened_on": date(2025, 1, 2),
                "total": Decimal("7.50"),
                "pay_type": RepairOrder.PayType.WARRANTY,
            },
            second.pk: {"opened_on": date(2025, 5, 6), "total": None, "pay_type": "internal"},
        },
    )
    rows = RepairOrder.objects.order_by("pk").values_list("opened_on", "total", "pay_type", "odometer_km")
    assert list(rows) == [
        (date(2025, 1, 2), Decimal("7.50"), "warranty", 1000),
        (date(2025, 5, 6), None, "internal", 1000),
        (third.opened_on, third.total, "customer", 1000),
    ]


def test_a_column_may_become_empty_in_every_row(north: Dealership) -> None:
    orders = make_orders(north, 2)
    nothing = {"voided_at": None, "ownership_id": None, "odometer_km": None, "total": None}
    update_fields(RepairOrder, {one.pk: nothing for one in orders})
    rows = RepairOrder.objects.values_list("voided_at", "ownership_id", "odometer_km", "total")
    assert {value for row in rows for value in row} == {None}


def test_documents_and_rows_of_other_tables_are_written_too(north: Dealership) -> None:
    car = make_ownership(make_customer(north), north).vehicle
    make = Make.objects.create(key="wanderer", name="Wanderer")
    update_fields(Vehicle, {car.pk: {"make": make, "source_values": {"north:dms": {"plate": "100% 'Ё'"}}}})
    car.refresh_from_db()
    assert (car.make, car.source_values) == (make, {"north:dms": {"plate": "100% 'Ё'"}})


def test_rows_that_change_alike_cost_one_statement(north: Dealership) -> None:
    orders = make_orders(north, 5)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        update_fields(RepairOrder, {one.pk: {"digest": f"{one.pk}"} for one in orders})
    assert len(queries) == 1
    assert {one.digest for one in RepairOrder.objects.all()} == {str(one.pk) for one in orders}


@pytest.mark.parametrize("write", [insert_keyed, replace_keyed])
def test_rows_that_hang_on_others_are_written_with_keys_of_their_own(north: Dealership, write: Any) -> None:
    first, second = (make_ownership(make_customer(north), north) for _ in range(2))
    names = ("ownership_id", "facts_version", "layout", "store_zone", "make_id", "model_id", "packed")
    write(FactSheet, names, [(car.pk, 1, "a", "Europe/Moscow", None, 2, "[]") for car in (first, second)])
    replace_keyed(FactSheet, names, [(second.pk, 9, "b", "Europe/Moscow", 3, None, "[1]")])
    rows = FactSheet.objects.order_by("pk").values_list(*names)
    assert list(rows) == [
        (first.pk, 1, "a", "Europe/Moscow", None, 2, "[]"),
        (second.pk, 9, "b", "Europe/Moscow", 3, None, "[1]"),
    ]


def test_a_key_among_none_is_nobody(north: Dealership) -> None:
    car = make_ownership(make_customer(north), north)
    assert not Ownership.objects.filter(pk__among=[]).exists()
    assert Ownership.objects.filter(vehicle_id__among=[car.vehicle_id, 10**12]).get() == car
