"""Repair orders with their lines and odometer readings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any

from django.db.models import Max

from customers.rules.records import CREATED, REJECTED, UNCHANGED, UPDATED, RowResult
from customers.settling import settle
from dealercrm.accounts.models import Dealership
from dealercrm.accounts.writing import append_values, insert_values, update_fields
from dealercrm.why import Why
from vehicles.believing import believe_again
from vehicles.models import Ownership, RepairOrder, RepairOrderLine, Vehicle, WorkGroup
from vehicles.models.repair_order import RepairOrderQuerySet
from vehicles.rules.owning import ELSEWHERE, Span, visit
from vehicles.rules.records import OrderRecord
from vehicles.upserting.readings import judge_readings
from vehicles.upserting.relinking import relink
from vehicles.upserting.shared import OwnerLines, customer_ids_by_code, twin


def upsert_orders(
    dealership: Dealership, source: str, records: Sequence[OrderRecord], *, now: datetime
) -> list[RowResult]:
    """Create, update or void repair orders by number. Lines are replaced as a whole when any of them changed.

    A number that stands twice in a batch is taken once, as it stands last. An order of a car or a
    customer that nobody knows, or of a day to come, is rejected; an odometer reading never is.
    """
    return settle(records, lambda batch: _Batch(dealership, source, now).run(batch))


@dataclass(slots=True)
class StoredOrder:
    """The columns of a repair order as plain values: a model instance costs more than all the rest of a row."""

    number: str
    vehicle_id: int
    customer_id: int
    opened_on: date
    pay_type: str
    advisor: str
    odometer_km: int | None
    total: Decimal | None
    digest: str
    points_spent: int | None = None
    ownership_id: int | None = None
    voided_at: datetime | None = None
    pk: int = 0  # none yet


_STORED = tuple(one.name for one in fields(StoredOrder))
_WRITTEN = tuple(name for name in _STORED if name != "pk")
_values = attrgetter(*_WRITTEN)


@dataclass
class _Batch:
    dealership: Dealership
    source: str
    now: datetime
    results: dict[int, RowResult] = field(default_factory=dict)
    written: list[tuple[int, OrderRecord, StoredOrder, Span | None]] = field(default_factory=list)
    changes: dict[int, dict[str, Any]] = field(default_factory=dict)

    def run(self, records: Sequence[OrderRecord]) -> list[RowResult]:
        last = {record.number: index for index, record in enumerate(records)}
        self._read(records)
        news: list[tuple[int, OrderRecord, str]] = []
        for index in last.values():
            self._look_at(index, records[index], news)
        self._take(sorted(news, key=lambda item: (item[1].vin, item[1].opened_on, item[1].number)))
        return [self.results.get(i) or twin(self.results[last[one.number]], "number") for i, one in enumerate(records)]

    def _read(self, records: Sequence[OrderRecord]) -> None:
        mine = RepairOrder.objects.filter(dealership=self.dealership, source=self.source)
        stored = mine.filter(number__among={one.number for one in records}).values_list(*_STORED)
        self.known = {row.number: row for row in (StoredOrder(*values) for values in stored)}
        cars = Vehicle.objects.filter(vin__among={one.vin for one in records})
        self.vehicles = dict(cars.values_list("vin", "pk"))
        self.customers = customer_ids_by_code(self.dealership, self.source, {one.customer_code for one in records})

    def _look_at(self, index: int, record: OrderRecord, news: list[tuple[int, OrderRecord, str]]) -> None:
        """Decide what becomes of one record; what must be written goes to `news` with its digest."""
        row = self.known.get(record.number)
        if record.is_void:
            self.results[index] = self._void(row)
            return
        refusal = self._what_forbids(record)
        if refusal:
            self.results[index] = refusal
            return
        digest = record.digest()
        if row and row.digest == digest and row.voided_at is None:
            self.results[index] = RowResult(UNCHANGED, row.pk)
        else:
            news.append((index, record, digest))

    def _what_forbids(self, record: OrderRecord) -> RowResult | None:
        if not record.number or len(record.number) > 40:
            return RowResult(REJECTED, None, "number", Why("import.empty"))
        if record.opened_on > self.dealership.today(self.now):
            return RowResult(REJECTED, None, "opened_on", Why("import.future_date", {"on": record.opened_on}))
        if record.vin not in self.vehicles:
            return RowResult(REJECTED, None, "vin", Why("import.unknown_vehicle", {"vin": record.vin}))
        if record.customer_code not in self.customers:
            reason = Why("import.unknown_customer", {"code": record.customer_code})
            return RowResult(REJECTED, None, "customer_code", reason)
        return None

    def _void(self, row: StoredOrder | None) -> RowResult:
        """Deleted in the source: the row and its id stay, it is no visit any more."""
        if row is None:
            return RowResult(REJECTED, None, "number", Why("import.unknown_order"))
        if row.voided_at is not None:
            return RowResult(UNCHANGED, row.pk)
        RepairOrder(pk=row.pk, ownership_id=row.ownership_id).void(at=self.now)
        return RowResult(UPDATED, row.pk)

    def _take(self, news: list[tuple[int, OrderRecord, str]]) -> None:
        if not news:
            return
        moved_before = {self.known[record.number].vehicle_id for _, record, _ in news if record.number in self.known}
        self.lines = OwnerLines({self.vehicles[record.vin] for _, record, _ in news} | moved_before)
        self.latest = self._latest_visits()
        for index, record, digest in news:
            self._place(index, record, digest)
        moved = {pk for pk in self.lines.changed_vehicles() if self._had_visits(pk)}
        self.lines.save()
        self._write_orders()
        self._write_lines()
        judge_readings(
            self.dealership,
            self.source,
            [(order, record.odometer_km) for _, record, order, _ in self.written],
            self.changes,
        )
        relink(self.lines, moved)
        self.lines.note_facts()

    def _latest_visits(self) -> dict[int, date]:
        """{vehicle: latest standing visit so far}: the ownership's home store follows the latest one."""
        rows = RepairOrder.objects.filter(vehicle__among=self.lines.by_vehicle).standing().order_by()
        return dict(rows.values_list("vehicle_id").annotate(Max("opened_on")))

    def _had_visits(self, vehicle_id: int) -> bool:
        return vehicle_id in self.latest

    def _place(self, index: int, record: OrderRecord, digest: str) -> None:
        """The order's row and the ownership it belongs to."""
        vehicle_id, customer_id = self.vehicles[record.vin], self.customers[record.customer_code]
        spans = self.lines.of(vehicle_id)
        span = visit(
            spans, customer_id, record.opened_on, self.dealership.pk,
            opens_ownership=record.pay_type != RepairOrder.PayType.INTERNAL,
        )  # fmt: skip
        if span and span.acquired == ELSEWHERE and record.opened_on >= self.latest.get(vehicle_id, date.min):
            span.home_store_id = self.dealership.pk
        told = StoredOrder(
            record.number, vehicle_id, customer_id, record.opened_on, record.pay_type, record.advisor[:80],
            record.odometer_km, record.total, digest, record.points_spent,
        )  # fmt: skip
        row = self.known.get(record.number)
        if row is not None:
            self._compare(told, row)
        self.written.append((index, record, told, span))

    def _compare(self, told: StoredOrder, row: StoredOrder) -> None:
        """The order is here already: only what the source changed is written."""
        if row.ownership_id is not None:
            self.lines.touched.add(row.ownership_id)
        told.pk, told.ownership_id = row.pk, row.ownership_id
        names = [name for name in _STORED if getattr(told, name) != getattr(row, name)]
        self.changes[row.pk] = {name: getattr(told, name) for name in names}

    def _write_orders(self) -> None:
        fresh: list[tuple[int, StoredOrder]] = []
        for index, _, row, span in self.written:
            owner = span.pk if span else None
            if span and span.pk:
                self.lines.touched.add(span.pk)
            if row.pk:
                if row.ownership_id != owner:
                    self.changes[row.pk]["ownership_id"] = owner
                self.results[index] = RowResult(UPDATED, row.pk)
            else:
                fresh.append((index, row))
            row.ownership_id = owner
        store = self.dealership.pk
        keys = insert_values(
            RepairOrder,
            ["dealership_id", "source", *_WRITTEN],
            [(store, self.source, *_values(row)) for _, row in fresh],
        )
        for pk, (_, row) in zip(keys, fresh, strict=True):
            row.pk = pk
        self.results |= {index: RowResult(CREATED, row.pk) for index, row in fresh}
        update_fields(RepairOrder, self.changes)

    def _write_lines(self) -> None:
        groups = dict(WorkGroup.objects.values_list("code", "pk"))
        given = [(row, record.lines) for _, record, row, _ in self.written if record.lines is not None]
        stale = [row.pk for row, _ in given if row.pk in self.changes]
        if stale:
            RepairOrderLine.objects.filter(order__among=stale).delete()
        append_values(
            RepairOrderLine,
            ("order_id", "position", "kind", "code", "name", "work_group_id", "quantity", "amount", "is_declined"),
            [
                (row.pk, position, one.kind, one.code[:40], one.name[:200], groups.get(one.work_group), one.quantity,
                 one.amount, one.is_declined)
                for row, lines in given
                for position, one in enumerate(lines or (), start=1)
            ],
        )  # fmt: skip


def void_missing(mine: RepairOrderQuerySet, numbers: Iterable[str], *, at: datetime) -> int:
    """Void these orders of `mine` at once: the source has them no longer.

    Their odometer readings go with them, so the others of those cars are judged again. Six statements.
    """
    rows = mine.filter(number__among=list(numbers))
    vehicles = set(rows.values_list("vehicle_id", flat=True))
    voided: int = rows.update(voided_at=at)
    if vehicles:
        believe_again(vehicles)
        Ownership.objects.filter(vehicle_id__in=vehicles).note_new_facts()
    return voided
