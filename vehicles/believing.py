"""Which odometer readings of a car are believed: its whole history judged again whenever one of them changes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any, NamedTuple

from django.db.models import Min, Q

from dealercrm.accounts.writing import update_fields
from vehicles.models import OdometerReading, Ownership, Vehicle
from vehicles.rules.odometer import VALUES, Reading, doubts

Flag = OdometerReading.Plausibility


class Kind(NamedTuple):
    """What is known of a car beside its readings: how its make drives, and when we sold it new (at nought km)."""

    km_per_year: int
    new_on: date | None = None


@dataclass(slots=True)
class Stored:
    """A reading's columns as plain values."""

    vehicle_id: int
    order_id: int | None
    read_on: date
    km: int
    plausibility: str = Flag.PLAUSIBLE.value
    note: dict[str, Any] = field(default_factory=dict)
    pk: int = 0  # none yet


def stored_readings(vehicle_ids: Collection[int]) -> list[Stored]:
    """All readings of these cars that count. One query."""
    names = [one.name for one in fields(Stored)]
    rows = OdometerReading.objects.standing().filter(vehicle__among=vehicle_ids).values_list(*names)
    return [Stored(*values) for values in rows]


def kinds_of(vehicle_ids: Collection[int]) -> dict[int, Kind]:
    """One query."""
    sold_new = Min("ownerships__started_on", filter=Q(ownerships__acquired=Ownership.Acquired.NEW))
    cars = Vehicle.objects.filter(pk__among=vehicle_ids).annotate(new_on=sold_new)
    return {
        pk: Kind(km_per_year or VALUES.km_per_year, new_on)
        for pk, km_per_year, new_on in cars.values_list("pk", "make__km_per_year", "new_on")
    }


def believe(rows: Iterable[Stored], kinds: Mapping[int, Kind]) -> dict[int, dict[str, Any]]:
    """Set the flags of these rows, the full history of each car; {pk: changed fields} of those stored already.

    A flag that a person set (confirmed, marked wrong) is never touched.
    """
    by_vehicle: dict[int, list[Stored]] = {}
    for row in rows:
        if row.plausibility != Flag.WRONG:
            by_vehicle.setdefault(row.vehicle_id, []).append(row)
    changes: dict[int, dict[str, Any]] = {}
    for vehicle_id, history in by_vehicle.items():
        history.sort(key=lambda row: (row.read_on, row.km))
        readings = [Reading(row.read_on, row.km, row.plausibility == Flag.CONFIRMED) for row in history]
        kind = kinds[vehicle_id]
        for row, reason in zip(history, doubts(readings, kind.km_per_year, new_on=kind.new_on), strict=True):
            if row.plausibility == Flag.CONFIRMED:
                continue
            flag = (Flag.SUSPECT if reason else Flag.PLAUSIBLE).value
            note = reason.as_json() if reason else {}
            if row.pk and (row.plausibility, row.note) != (flag, note):
                changes[row.pk] = {"plausibility": flag, "note": note}
            row.plausibility, row.note = flag, note
    return changes


def believe_again(vehicle_ids: Collection[int]) -> None:
    """Judge the histories of these cars again and write what differs. Three statements."""
    update_fields(OdometerReading, believe(stored_readings(vehicle_ids), kinds_of(vehicle_ids)))
