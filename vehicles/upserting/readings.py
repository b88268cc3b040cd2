"""Odometer readings of imported orders, and whether each reading of those cars is believable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any, Protocol

from dealercrm.accounts.models import Dealership
from dealercrm.accounts.writing import insert_values, update_fields
from vehicles.models import OdometerReading
from vehicles.rules.odometer import Reading, doubts

MARKET_KM_PER_YEAR = 17500  # where the make is not known
Flag = OdometerReading.Plausibility


@dataclass(slots=True)
class _Stored:
    """A reading's columns as plain values."""

    vehicle_id: int
    order_id: int | None
    read_on: date
    km: int
    plausibility: str = Flag.PLAUSIBLE.value
    note: dict[str, Any] = field(default_factory=dict)
    pk: int = 0  # none yet


_STORED = tuple(one.name for one in fields(_Stored))


class Visit(Protocol):
    """A repair order, of which a reading is kept."""

    pk: int
    vehicle_id: int
    opened_on: date


def judge_readings(
    dealership: Dealership,
    source: str,
    visits: Sequence[tuple[Visit, int | None]],
    km_per_year: Mapping[int, int | None],
) -> None:
    """Store the readings of these visits, then judge the whole history of each car again.

    `km_per_year`: {vehicle: what cars of its make drive}. A flag that a person set (confirmed, marked
    wrong) is never touched. Six statements at most.
    """
    touched = {order.vehicle_id for order, _ in visits}
    # An order corrected to another car takes its reading along, and both histories are judged again.
    stored = OdometerReading.objects.filter(order__in=[order.pk for order, _ in visits])
    touched.update(stored.values_list("vehicle_id", flat=True))
    found = OdometerReading.objects.filter(vehicle__in=touched).values_list(*_STORED)
    rows = [_Stored(*values) for values in found]
    of_order = {row.order_id: row for row in rows if row.order_id}
    fresh: list[_Stored] = []
    changes: dict[int, dict[str, Any]] = {}
    gone: set[int] = set()
    for order, km in visits:
        row = of_order.get(order.pk)
        if km is None and row is not None:
            gone.add(row.pk)
        elif km is not None and row is None:
            fresh.append(_Stored(order.vehicle_id, order.pk, order.opened_on, km))
        elif row is not None and (row.km, row.read_on, row.vehicle_id) != (km, order.opened_on, order.vehicle_id):
            row.km, row.read_on, row.vehicle_id = km or 0, order.opened_on, order.vehicle_id
            row.plausibility, row.note = Flag.PLAUSIBLE.value, {}  # another reading: judged afresh
            changes[row.pk] = {
                name: getattr(row, name) for name in ("km", "read_on", "vehicle_id", "plausibility", "note")
            }
    if gone:
        OdometerReading.objects.filter(pk__in=gone).delete()
    kept = [row for row in rows if row.pk not in gone]
    for pk, values in _judge([*kept, *fresh], km_per_year).items():
        changes.setdefault(pk, {}).update(values)
    update_fields(OdometerReading, changes)
    insert_values(
        OdometerReading,
        ("vehicle_id", "order_id", "read_on", "km", "plausibility", "note", "dealership_id", "source", "entered_by_id"),
        [
            (row.vehicle_id, row.order_id, row.read_on, row.km, row.plausibility, row.note, dealership.pk, source[:16],
             None)
            for row in fresh
        ],
    )  # fmt: skip


def _judge(rows: Sequence[_Stored], km_per_year: Mapping[int, int | None]) -> dict[int, dict[str, Any]]:
    """Set the flags of these rows; {pk: changed fields} of those that are stored already."""
    by_vehicle: dict[int, list[_Stored]] = {}
    for row in rows:
        if row.plausibility != Flag.WRONG:
            by_vehicle.setdefault(row.vehicle_id, []).append(row)
    changes: dict[int, dict[str, Any]] = {}
    for vehicle_id, history in by_vehicle.items():
        history.sort(key=lambda row: (row.read_on, row.km))
        readings = [Reading(row.read_on, row.km, row.plausibility == Flag.CONFIRMED) for row in history]
        reasons = doubts(readings, km_per_year.get(vehicle_id) or MARKET_KM_PER_YEAR)
        for row, reason in zip(history, reasons, strict=True):
            if row.plausibility == Flag.CONFIRMED:
                continue
            flag = (Flag.SUSPECT if reason else Flag.PLAUSIBLE).value
            note = reason.as_json() if reason else {}
            if row.pk and (row.plausibility, row.note) != (flag, note):
                changes[row.pk] = {"plausibility": flag, "note": note}
            row.plausibility, row.note = flag, note
    return changes
