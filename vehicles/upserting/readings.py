"""Odometer readings of imported orders, and whether each reading of those cars is believable."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Protocol

from dealercrm.accounts.models import Dealership
from dealercrm.accounts.writing import append_values, update_fields
from vehicles.believing import Flag, Stored, believe, kinds_of, stored_readings
from vehicles.models import OdometerReading


class Visit(Protocol):
    """A repair order, of which a reading is kept."""

    pk: int
    vehicle_id: int
    opened_on: date


def judge_readings(
    dealership: Dealership, source: str, visits: Sequence[tuple[Visit, int | None]], corrected: Iterable[int]
) -> None:
    """Store the readings of these visits, then judge the whole history of each car again.

    Those of the visits that are `corrected` (ids) may have a reading already. A flag that a person set (confirmed,
    marked wrong) is never touched. Seven statements at most.
    """
    touched = {order.vehicle_id for order, _ in visits}
    # An order corrected to another car takes its reading along, and both histories are judged again.
    stored = OdometerReading.objects.filter(order__among=list(corrected))
    touched.update(stored.values_list("vehicle_id", flat=True))
    rows = stored_readings(touched)
    of_order = {row.order_id: row for row in rows if row.order_id}
    fresh: list[Stored] = []
    changes: dict[int, dict[str, Any]] = {}
    gone: set[int] = set()
    for order, km in visits:
        row = of_order.get(order.pk)
        if km is None and row is not None:
            gone.add(row.pk)
        elif km is not None and row is None:
            fresh.append(Stored(order.vehicle_id, order.pk, order.opened_on, km))
        elif row is not None and (row.km, row.read_on, row.vehicle_id) != (km, order.opened_on, order.vehicle_id):
            row.km, row.read_on, row.vehicle_id = km or 0, order.opened_on, order.vehicle_id
            row.plausibility, row.note = Flag.PLAUSIBLE.value, {}  # another reading: judged afresh
            changes[row.pk] = {
                name: getattr(row, name) for name in ("km", "read_on", "vehicle_id", "plausibility", "note")
            }
    if gone:
        OdometerReading.objects.filter(pk__in=gone).delete()
    kept = [row for row in rows if row.pk not in gone]
    for pk, values in believe([*kept, *fresh], kinds_of(touched)).items():
        changes.setdefault(pk, {}).update(values)
    update_fields(OdometerReading, changes)
    append_values(
        OdometerReading,
        ("vehicle_id", "order_id", "read_on", "km", "plausibility", "note", "dealership_id", "source", "entered_by_id"),
        [
            (row.vehicle_id, row.order_id, row.read_on, row.km, row.plausibility, row.note, dealership.pk, source[:16],
             None)
            for row in fresh
        ],
    )  # fmt: skip
