"""A fact that disappears takes its effects back: through the real writers, a night, and beside a full one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from customers.merging import merge, undo
from customers.models import Customer, ExternalId
from customers.rules.records import CustomerRecord
from customers.upserting import upsert_customers
from dealercrm.accounts.models import Dealership, JobRun, User
from lifecycle.models import Occasion, StageChange, Standing
from lifecycle.nights import start_night, work_on
from tests.factories import moment
from vehicles.models import Appointment, Complaint, Ownership, RepairOrder
from vehicles.rules.records import CoverRecord, OrderLine, OrderRecord, VehicleRecord
from vehicles.upserting import upsert_covers, upsert_orders, upsert_vehicles
from vehicles.upserting.orders import void_missing

VIN, OTHER_VIN = "Z94CB41AAGR000001", "Z94CB41AAGR000002"
CAR = VehicleRecord(VIN, "", "О684УМ02", "Kia", "Rio", 2022, "1", date(2022, 10, 1), "new", Decimal(1500000))
SERVICE = (OrderLine("ТО плановое", code="M01", work_group="maintenance", amount=Decimal(9000)),)
VISIT = OrderRecord("ЗН1", date(2023, 5, 12), VIN, "1", 15200, "customer", "", Decimal(9000), SERVICE)
LAST = replace(VISIT, number="ЗН3", opened_on=date(2025, 5, 8), odometer_km=45100)
VISITS = (VISIT, replace(VISIT, number="ЗН2", opened_on=date(2024, 5, 10), odometer_km=30150), LAST)
Tonight = Callable[[], None]


class Dms:
    """The other system: what it says is taken over by the importer's own writers."""

    def __init__(self, store: Dealership, now: datetime) -> None:
        self.store, self.now = store, now

    def people(self, **names: str) -> None:
        records = [CustomerRecord(code=code.lstrip("c"), last_name=name) for code, name in names.items()]
        upsert_customers(self.store, "dms", records, now=self.now)

    def cars(self, *records: VehicleRecord) -> None:
        upsert_vehicles(self.store, "dms", records, now=self.now)

    def orders(self, *records: OrderRecord) -> None:
        upsert_orders(self.store, "dms", records, now=self.now)

    def covers(self, *records: CoverRecord) -> None:
        upsert_covers(self.store, "dms", records, now=self.now)


@pytest.fixture
def dms(north: Dealership, now: datetime) -> Dms:
    """A car of ours that came each May; the next service is due in two months."""
    dms = Dms(north, now)
    dms.people(c1="Первый", c2="Второй")
    dms.cars(CAR)
    dms.orders(*VISITS)
    return dms


@pytest.fixture
def tonight(north: Dealership, today: date) -> Tonight:
    """The next night, and beside it a full one from the rows: it must find nothing else."""
    days = iter(range(100))

    def judge() -> None:
        on = today + timedelta(days=next(days))
        for is_full in (False, True):
            run = start_night(north, on=on, now=moment(on, 3), is_full=is_full, by_hand=True)
            assert run is not None
            work_on(run, clock=lambda: moment(on, 3))
            run.refresh_from_db()
            assert run.status == JobRun.Status.DONE, run.error
        assert run is not None
        written = {name: run.counts.get(name, 0) for name in ("standings", "moved", "opened", "updated", "differences")}
        assert set(written.values()) == {0}, f"the full night found what the other had not: {written}"

    return judge


def place(vin: str = VIN) -> str:
    standing = Standing.objects.get(ownership__vehicle__vin=vin, ownership__ended_on=None)
    return f"{standing.stage}/{standing.substage}"


def on_offer(vin: str = VIN) -> set[str]:
    return set(Occasion.objects.open().filter(ownership__vehicle__vin=vin).values_list("kind", flat=True))


def forecast(vin: str = VIN) -> tuple[Any, ...]:
    fields = ("last_visit_on", "due_on", "due_km", "odometer_km", "odometer_on", "km_per_year")
    standing = Standing.objects.get(ownership__vehicle__vin=vin)
    return tuple(getattr(standing, name) for name in fields)


def test_an_order_that_vanished_from_the_dms_is_gone_and_comes_back(
    dms: Dms, tonight: Tonight, north: Dealership, now: datetime
) -> None:
    tonight()
    assert place() == "retention/on_schedule"
    before = forecast()
    assert void_missing(RepairOrder.objects.filter(dealership=north), {LAST.number}, at=now) == 1
    tonight()
    assert place().startswith("dormant/")
    assert "win_back" in on_offer()
    assert forecast()[0] == date(2024, 5, 10)
    assert forecast()[3] == 30150, "its odometer reading went with it"
    dms.orders(LAST)
    tonight()
    assert place() == "retention/on_schedule"
    assert forecast() == before
    assert "win_back" not in on_offer()
    assert Occasion.objects.get(kind="win_back").status != "open"


def test_an_order_that_was_moved_in_time_moves_what_follows_from_it(dms: Dms, tonight: Tonight) -> None:
    tonight()
    on_time = forecast()
    dms.orders(replace(LAST, opened_on=date(2024, 11, 20), odometer_km=37700))
    tonight()
    assert place() == "retention/overdue"
    assert forecast()[0] == date(2024, 11, 20)
    assert "overdue_maintenance" in on_offer()
    dms.orders(LAST)
    tonight()
    assert forecast() == on_time
    assert place() == "retention/on_schedule"


def test_an_order_that_was_moved_to_another_car_leaves_nothing_behind(dms: Dms, tonight: Tonight) -> None:
    dms.cars(replace(CAR, vin=OTHER_VIN, customer_code="2", sold_on=date(2025, 5, 1), plate="А001АА16"))
    tonight()
    assert place(OTHER_VIN).startswith("first_service/")
    dms.orders(replace(LAST, vin=OTHER_VIN, customer_code="2", odometer_km=15000))
    tonight()
    assert place().startswith("dormant/")
    assert place(OTHER_VIN).startswith("retention/")
    assert forecast()[3] == 30150
    dms.orders(LAST)
    tonight()
    assert place() == "retention/on_schedule"
    assert place(OTHER_VIN).startswith("first_service/")


def test_a_work_that_was_declined_after_all_not_declined_is_not_spoken_of(
    dms: Dms, tonight: Tonight, today: date
) -> None:
    declined = OrderLine("Замена колодок", code="R2", work_group="brakes", is_declined=True)
    order = replace(LAST, number="ЗН4", opened_on=today - timedelta(days=40), odometer_km=58000)
    dms.orders(replace(order, lines=(*SERVICE, declined)))
    tonight()
    assert "declined_work" in on_offer()
    dms.orders(order)
    tonight()
    assert "declined_work" not in on_offer()


def test_a_policy_that_ends_on_another_day_takes_its_occasion_with_it(dms: Dms, tonight: Tonight, today: date) -> None:
    policy = CoverRecord(VIN, "insurance", ends_on=today + timedelta(days=30), number="ХХХ1")
    dms.covers(policy)
    tonight()
    assert "insurance_renewal" in on_offer()
    dms.covers(replace(policy, ends_on=today + timedelta(days=300)))
    tonight()
    assert "insurance_renewal" not in on_offer()
    dms.covers(policy)
    tonight()
    assert "insurance_renewal" in on_offer()
    dms.covers(replace(policy, ends_on=today - timedelta(days=5)))
    tonight()
    assert "insurance_renewal" not in on_offer()


def test_a_merged_customer_has_one_history_and_gets_the_other_back(
    dms: Dms, tonight: Tonight, boris: User, north: Dealership, now: datetime
) -> None:
    dms.cars(replace(CAR, vin=OTHER_VIN, customer_code="2", sold_on=date(2025, 5, 1), plate="А001АА16"))
    tonight()
    first, second = (ExternalId.objects.get(code=code).customer for code in "12")
    journal = merge(first.pk, second.pk, by=boris, store=north, now=now)
    tonight()
    assert set(Standing.objects.values_list("customer_id", flat=True)) == {first.pk}
    assert set(Occasion.objects.open().values_list("customer_id", flat=True)) <= {first.pk}
    undo(journal.pk, by=boris, now=now)
    tonight()
    assert set(Standing.objects.values_list("customer_id", flat=True)) == {first.pk, second.pk}
    assert Customer.objects.living().count() == 2


def test_a_cancelled_appointment_leaves_the_stage_it_kept(
    dms: Dms, tonight: Tonight, north: Dealership, today: date, now: datetime
) -> None:
    car = Ownership.objects.get()
    booked = Appointment.objects.book(
        dealership=north, customer=car.customer, ownership=car, starts_at=moment(today + timedelta(days=2))
    )
    Appointment.objects.filter(pk=booked.pk).update(created_at=now - timedelta(days=2))
    tonight()
    assert place() == "retention/booked"
    assert "appointment_confirmation" in on_offer()
    assert booked.cancel()
    tonight()
    assert place() == "retention/on_schedule"
    assert "appointment_confirmation" not in on_offer()


def test_a_closed_complaint_opens_the_way_and_an_opened_one_closes_it(
    dms: Dms, tonight: Tonight, north: Dealership, boris: User, now: datetime
) -> None:
    void_missing(RepairOrder.objects.filter(dealership=north), {LAST.number}, at=now)
    car = Ownership.objects.get()
    complaint = Complaint.objects.record(
        dealership=north, customer=car.customer, ownership=car, opened_at=now - timedelta(days=1), text="Скрип"
    )
    tonight()
    assert place() == "dormant/blocked_by_complaint"
    assert "complaint_follow_up" in on_offer()
    assert complaint.resolve("Смазано", by=boris, at=now)
    tonight()
    assert place() == "dormant/quiet"
    assert "complaint_follow_up" not in on_offer()
    assert complaint.reopen()
    tonight()
    assert place() == "dormant/blocked_by_complaint"
    assert "complaint_follow_up" in on_offer()


def test_an_ownership_that_was_ended_by_mistake_is_what_it_was(dms: Dms, tonight: Tonight, today: date) -> None:
    tonight()
    before = forecast()
    car = Ownership.objects.get()
    car.end("sold", on=today)
    tonight()
    assert Standing.objects.get().stage == "ended"
    assert not on_offer()
    assert car.reopen()
    tonight()
    assert (place(), forecast()) == ("retention/on_schedule", before)
    assert [change.to_stage for change in StageChange.objects.order_by("pk")] == ["retention", "ended", "retention"]
