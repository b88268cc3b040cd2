"""Appointments of another system (a website, a planner of the workshop) into ours, by their codes there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from customers.finding import find_customers
from customers.models import Customer, CustomerStore
from customers.rules.records import CREATED, REJECTED, UNCHANGED, UPDATED, RowResult
from dealercrm.accounts.models import Dealership
from dealercrm.accounts.writing import insert_many, update_fields
from dealercrm.why import Why
from vehicles.models import Appointment, Ownership, WorkGroup
from vehicles.upserting.shared import again_on_clash, customers_by_code, twin

if TYPE_CHECKING:
    from dealercrm.accounts.models import User


@dataclass(frozen=True, slots=True)
class AppointmentRecord:
    """An appointment as its source tells it; the customer by our id or by the code in that source.

    What stands not in `given` is left as it is (`given=None`: everything was given).
    """

    code: str
    starts_at: datetime
    customer: int | None = None
    customer_code: str = ""
    vin: str = ""
    purpose: str = Appointment.Purpose.SERVICE
    minutes: int = 60
    work_group: str = ""
    note: str = ""
    status: str = Appointment.Status.BOOKED
    given: frozenset[str] | None = None

    def has(self, field: str) -> bool:
        return self.given is None or field in self.given


def upsert_appointments(
    dealership: Dealership, source: str, records: Sequence[AppointmentRecord], *, by: User, now: datetime
) -> list[RowResult]:
    """Create or update the store's appointments by code; one result per record, in order.

    `by` must see a customer who is named by our id. The store knows the customer from then on: they
    asked to come. Cars that are expected, or no longer, are judged again by the next night.
    """
    return again_on_clash(lambda: _Batch(dealership, source, by, now).run(records))


class _Batch:
    def __init__(self, dealership: Dealership, source: str, by: User, now: datetime) -> None:
        self.dealership, self.source, self.by, self.now = dealership, source, by, now
        self.fresh: list[tuple[int, Appointment]] = []
        self.changes: dict[int, dict[str, Any]] = {}
        self.touched: list[Appointment] = []

    def run(self, records: Sequence[AppointmentRecord]) -> list[RowResult]:
        last = {record.code: index for index, record in enumerate(records)}
        self._read(records)
        results = {index: self._one(index, records[index]) for index in last.values()}
        self._write()
        results |= {index: RowResult(CREATED, row.pk) for index, row in self.fresh}
        return [results[i] if i in results else twin(results[last[one.code]], "code") for i, one in enumerate(records)]

    def _read(self, records: Sequence[AppointmentRecord]) -> None:
        mine = Appointment.objects.filter(dealership=self.dealership, source=self.source)
        self.known = {row.external_code: row for row in mine.filter(external_code__in={one.code for one in records})}
        ids = {one.customer for one in records if one.customer}
        self.by_id = find_customers(self.by, ids)
        self.by_code = customers_by_code(self.dealership, self.source, {one.customer_code for one in records})
        cars = Ownership.objects.open().filter(vehicle__vin__in={one.vin for one in records if one.vin})
        self.cars = {(row.customer_id, row.vehicle.vin): row.pk for row in cars.select_related("vehicle")}
        self.groups = dict(WorkGroup.objects.values_list("code", "pk"))

    def _one(self, index: int, record: AppointmentRecord) -> RowResult:
        if not record.code or len(record.code) > 64:
            return RowResult(REJECTED, None, "code", Why("import.empty"))
        customer = self.by_id.get(record.customer) if record.customer else self.by_code.get(record.customer_code)
        if customer is None:
            field = "customer" if record.customer else "customer_code"
            code = str(record.customer or record.customer_code)
            return RowResult(REJECTED, None, field, Why("import.unknown_customer", {"code": code}))
        if customer.erased_at is not None:
            return RowResult(REJECTED, None, "customer", Why("import.customer_erased"))
        if record.vin and (customer.pk, record.vin) not in self.cars:
            return RowResult(REJECTED, None, "vin", Why("import.not_their_car", {"vin": record.vin}))
        values = self._values(record, customer)
        row = self.known.get(record.code)
        if row is None:
            return self._create(index, record, values)
        fields = {name: value for name, value in values.items() if getattr(row, name) != value}
        if fields:
            self.changes[row.pk] = fields
            self.touched.append(Appointment(customer_id=row.customer_id, ownership_id=row.ownership_id))
            self.touched.append(Appointment(customer_id=customer.pk, ownership_id=values.get("ownership_id")))
        return RowResult(UPDATED if fields else UNCHANGED, row.pk)

    def _create(self, index: int, record: AppointmentRecord, values: dict[str, Any]) -> RowResult:
        row = Appointment(
            dealership=self.dealership, source=self.source, external_code=record.code, booked_by=self.by, **values
        )
        self.fresh.append((index, row))
        self.touched.append(row)
        return RowResult(CREATED)

    def _values(self, record: AppointmentRecord, customer: Customer) -> dict[str, Any]:
        values: dict[str, Any] = {
            "customer_id": customer.pk,
            "starts_at": record.starts_at,
        }
        if record.has("vin"):
            values["ownership_id"] = self.cars.get((customer.pk, record.vin))
        if record.has("work_group"):
            values["work_group_id"] = self.groups.get(record.work_group)
        return values | {
            name: getattr(record, name) for name in ("purpose", "minutes", "note", "status") if record.has(name)
        }

    def _write(self) -> None:
        insert_many([row for _, row in self.fresh])
        update_fields(Appointment, self.changes)
        people = {row.customer_id for row in self.touched}
        CustomerStore.objects.bulk_create(
            [CustomerStore(customer_id=pk, dealership=self.dealership, since=self.now) for pk in sorted(people)],
            ignore_conflicts=True,
        )
        cars = {row.ownership_id for row in self.touched if row.ownership_id}
        without_car = {row.customer_id for row in self.touched if not row.ownership_id}
        Ownership.objects.note_new_facts(cars)
        Ownership.objects.filter(customer__in=without_car).note_new_facts()
