from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from customers.models import Customer, ExternalId
from customers.rules.records import CustomerRecord
from customers.upserting import upsert_customers
from dealercrm.accounts.models import Dealership
from vehicles.models import Cover, OdometerReading, Ownership, RepairOrder, Vehicle
from vehicles.rules.records import CoverRecord, OrderLine, OrderRecord, VehicleRecord
from vehicles.upserting import upsert_covers, upsert_orders, upsert_vehicles

VIN = "Z94CB41AAGR000001"
CAR = VehicleRecord(VIN, "", "О684УМ02", "Kia", "Rio", 2022, "1", date(2022, 5, 10), "new", Decimal("1500000"))
LINES = (
    OrderLine("ТО плановое", code="M01", work_group="maintenance", amount=Decimal("9000.10")),
    OrderLine("Замена тормозной жидкости", code="R14", work_group="brake_fluid", is_declined=True),
)
VISIT = OrderRecord("ЗН1", date(2023, 5, 12), VIN, "1", 15200, "customer", "Белова К.", Decimal("9000.10"), LINES)
Take = Callable[..., list[str]]


@pytest.fixture
def take(north: Dealership, now: datetime) -> Take:
    people = [CustomerRecord(code=code, last_name=name) for code, name in {"1": "Первый", "2": "Второй"}.items()]
    upsert_customers(north, "dms", people, now=now)
    kinds: dict[type, Any] = {VehicleRecord: upsert_vehicles, OrderRecord: upsert_orders, CoverRecord: upsert_covers}

    def taken(*records: VehicleRecord | OrderRecord | CoverRecord, store: Dealership = north) -> list[str]:
        return [result.status for result in kinds[type(records[0])](store, "dms", records, now=now)]

    return taken


def owners() -> list[tuple[str, str, date, date | None, str]]:
    rows = Ownership.objects.order_by("started_on").select_related("customer")
    return [(row.customer.last_name, row.acquired, row.started_on, row.ended_on, row.end_reason) for row in rows]


def version() -> int:
    return Ownership.objects.get(ended_on=None).facts_version


def test_a_car_sold_by_us_has_an_owner_and_a_home(take: Take, north: Dealership) -> None:
    assert take(CAR) == ["created"]
    car = Vehicle.objects.get()
    assert (str(car), car.plate, car.vin_tail) == ("Kia Rio 2022", "О684УМ02", "GR000001")
    assert owners() == [("Первый", "new", date(2022, 5, 10), None, "")]
    assert Ownership.objects.get().home_store == north
    assert take(CAR) == ["unchanged"]
    assert version() == 1


def test_two_owners_of_one_car_follow_each_other(take: Take) -> None:
    second = replace(CAR, customer_code="2", sold_on=date(2024, 3, 1), acquired="used", plate="А001АА16")
    assert take(second, CAR) == ["created", "created"]
    assert owners() == [
        ("Первый", "new", date(2022, 5, 10), date(2024, 3, 1), "traded_in"),
        ("Второй", "used", date(2024, 3, 1), None, ""),
    ]
    assert Vehicle.objects.get().plate == "А001АА16"
    assert take(second, CAR) == ["unchanged", "unchanged"]


def test_a_second_sale_that_comes_later_ends_the_first_and_moves_its_visits(take: Take) -> None:
    take(CAR)
    take(VISIT, replace(VISIT, number="ЗН2", opened_on=date(2025, 1, 10), customer_code="2"))
    take(replace(CAR, customer_code="2", sold_on=date(2024, 3, 1), acquired="used"))
    assert dict(RepairOrder.objects.values_list("number", "ownership__customer__last_name")) == {
        "ЗН1": "Первый",
        "ЗН2": "Второй",
    }


def test_a_corrected_sale_date_moves_the_ownership(take: Take) -> None:
    take(CAR)
    assert take(replace(CAR, sold_on=date(2022, 6, 1))) == ["updated"]
    assert owners() == [("Первый", "new", date(2022, 6, 1), None, "")]


def test_an_ownership_ended_here_is_not_reopened_by_the_same_export(take: Take) -> None:
    take(CAR)
    Ownership.objects.get().end(Ownership.EndReason.SOLD, on=date(2026, 1, 10))
    assert take(CAR) == ["unchanged"]
    assert owners()[0][3] == date(2026, 1, 10)


def test_a_plate_corrected_here_survives_until_the_source_changes_it(take: Take) -> None:
    take(CAR)
    car = Vehicle.objects.get()
    car.plate = "А001АА16"
    car.save()
    assert take(replace(CAR, year=2021)) == ["updated"]
    assert Vehicle.objects.get().plate == "А001АА16"
    take(replace(CAR, year=2021, plate="В002ВВ16"))
    assert (Vehicle.objects.get().plate, Vehicle.objects.get().plate_key) == ("В002ВВ16", "B002BB16")


def test_a_car_of_an_unknown_customer_is_taken_with_a_warning(north: Dealership, now: datetime, take: Take) -> None:
    result = upsert_vehicles(north, "dms", [replace(CAR, customer_code="9")], now=now)[0]
    assert (result.status, result.field) == ("created", "customer_code")
    assert not Ownership.objects.exists()


def test_a_sale_in_the_future_is_rejected(take: Take) -> None:
    assert take(replace(CAR, sold_on=date(2027, 1, 1))) == ["rejected"]
    assert not Vehicle.objects.exists()


def test_a_visit_arrives_with_lines_reading_and_owner(take: Take) -> None:
    take(CAR)
    assert take(VISIT) == ["created"]
    order = RepairOrder.objects.get()
    assert list(order.lines.values_list("position", "work_group__code", "is_declined")) == [
        (1, "maintenance", False),
        (2, "brake_fluid", True),
    ]
    assert order.ownership == Ownership.objects.get()
    assert (order.reading.km, order.reading.plausibility) == (15200, "plausible")
    assert version() == 2
    assert take(VISIT) == ["unchanged"]
    assert version() == 2


def test_a_changed_line_replaces_the_lines(take: Take) -> None:
    take(CAR)
    take(VISIT)
    assert take(replace(VISIT, lines=LINES[:1])) == ["updated"]
    assert RepairOrder.objects.get().lines.count() == 1
    assert take(replace(VISIT, lines=None, advisor="Гришин А.")) == ["updated"]
    assert RepairOrder.objects.get().lines.count() == 1


def test_a_changed_reading_is_judged_again(take: Take) -> None:
    take(CAR)
    take(replace(VISIT, odometer_km=1520000))
    take(replace(VISIT, number="ЗН2", opened_on=date(2024, 5, 12), odometer_km=31000))
    take(replace(VISIT, number="ЗН3", opened_on=date(2025, 5, 12), odometer_km=46000))
    flags = dict(OdometerReading.objects.values_list("order__number", "plausibility"))
    assert flags == {"ЗН1": "suspect", "ЗН2": "plausible", "ЗН3": "plausible"}
    take(VISIT)
    assert set(OdometerReading.objects.values_list("plausibility", flat=True)) == {"plausible"}
    take(replace(VISIT, odometer_km=None))
    assert OdometerReading.objects.count() == 2


def test_an_order_corrected_to_another_car_takes_its_reading_along(take: Take) -> None:
    other = "Z94CB41AAGR000002"
    take(CAR, replace(CAR, vin=other, plate="А001АА16"))
    take(VISIT)
    assert take(replace(VISIT, vin=other)) == ["updated"]
    assert OdometerReading.objects.get().vehicle.vin == other


def test_a_reading_a_person_confirmed_keeps_its_flag(take: Take) -> None:
    take(CAR)
    take(VISIT)
    OdometerReading.objects.update(plausibility="confirmed")
    take(replace(VISIT, number="ЗН2", opened_on=date(2024, 5, 12), odometer_km=100))
    assert OdometerReading.objects.get(order__number="ЗН1").plausibility == "confirmed"


def test_a_visit_of_a_car_without_owner_makes_the_visitor_its_owner_from_the_first_visit(take: Take) -> None:
    take(replace(CAR, customer_code="", sold_on=None))
    take(VISIT)
    assert owners() == [("Первый", "elsewhere", date(2023, 5, 12), None, "")]
    take(replace(VISIT, number="ЗН0", opened_on=date(2022, 11, 1)))
    assert owners() == [("Первый", "elsewhere", date(2022, 11, 1), None, "")]
    assert set(RepairOrder.objects.values_list("ownership", flat=True)) == {Ownership.objects.get().pk}


def test_somebody_who_brings_anothers_car_does_not_own_it(take: Take) -> None:
    take(CAR)
    take(replace(VISIT, customer_code="2"))
    names = RepairOrder.objects.values_list("customer__last_name", "ownership__customer__last_name")
    assert names.get() == ("Второй", "Первый")


def test_our_own_work_on_a_stock_car_makes_nobody_an_owner(take: Take) -> None:
    take(replace(CAR, customer_code="", sold_on=None))
    take(replace(VISIT, pay_type="internal"))
    assert not Ownership.objects.exists()


def test_a_service_only_customers_home_is_the_store_of_the_latest_visit(
    take: Take, north: Dealership, south: Dealership, now: datetime
) -> None:
    take(replace(CAR, customer_code="", sold_on=None))
    take(VISIT)
    upsert_customers(south, "dms", [CustomerRecord(code="7", last_name="Первый")], now=now)
    theirs = replace(VISIT, number="Ю1", customer_code="7", opened_on=date(2024, 6, 1))
    take(theirs, store=south)
    assert Ownership.objects.get().home_store == south
    take(replace(VISIT, number="ЗН0", opened_on=date(2023, 1, 1)))
    assert Ownership.objects.get().home_store == south


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        (replace(VISIT, opened_on=date(2027, 12, 20)), "opened_on"),
        (replace(VISIT, vin="XXXAFJ6KMUW220195"), "vin"),
        (replace(VISIT, customer_code="999"), "customer_code"),
    ],
)
def test_what_cannot_be_a_visit_is_rejected_with_its_field(
    take: Take, north: Dealership, now: datetime, bad: OrderRecord, field: str
) -> None:
    take(CAR)
    result = upsert_orders(north, "dms", [bad], now=now)[0]
    assert (result.status, result.field) == ("rejected", field)
    assert not RepairOrder.objects.exists()


def test_a_deleted_order_is_voided_and_comes_back_with_the_same_id(take: Take) -> None:
    take(CAR)
    take(VISIT)
    row = RepairOrder.objects.get()
    assert take(replace(VISIT, is_void=True)) == ["updated"]
    assert not RepairOrder.objects.standing().exists()
    assert take(replace(VISIT, is_void=True)) == ["unchanged"]
    assert take(VISIT) == ["updated"]
    assert RepairOrder.objects.standing().get().pk == row.pk


def test_a_cover_belongs_to_the_owner_of_its_first_day(take: Take) -> None:
    take(CAR)
    osago = CoverRecord(VIN, "insurance", date(2023, 5, 9), "XXX1", "ОСАГО", date(2022, 5, 10))
    assert take(osago) == ["created"]
    assert Cover.objects.get().ownership == Ownership.objects.get()
    assert take(osago) == ["unchanged"]
    moved = replace(osago, starts_on=date(2023, 6, 1), ends_on=date(2024, 5, 31))
    assert take(moved) == ["updated"]
    assert version() == 3
    assert take(replace(osago, starts_on=date(2024, 1, 1))) == ["rejected"]


def test_a_batch_of_orders_costs_the_same_number_of_queries_whatever_its_size(
    take: Take, django_assert_max_num_queries
) -> None:
    cars = [replace(CAR, vin=f"Z94CB41AAGR{number:06d}") for number in range(60)]
    take(*cars)
    for size in (5, 60):
        orders = [replace(VISIT, number=f"{size}-{i}", vin=car.vin) for i, car in enumerate(cars[:size])]
        with django_assert_max_num_queries(26):
            assert set(take(*orders)) == {"created"}
    assert ExternalId.objects.count() == Customer.objects.count() == 2
