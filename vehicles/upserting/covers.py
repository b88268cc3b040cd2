"""Insurance policies, service and finance contracts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from customers.rules.records import CREATED, REJECTED, UNCHANGED, UPDATED, RowResult
from customers.settling import settle
from dealercrm.accounts.models import Dealership
from dealercrm.accounts.writing import insert_many, update_fields
from dealercrm.why import Why
from vehicles.models import Cover, Vehicle
from vehicles.rules.owning import in_force
from vehicles.rules.records import CoverRecord
from vehicles.upserting.shared import OwnerLines, twin

_FIELDS = ("product", "starts_on", "ends_on", "limit_km")


def upsert_covers(
    dealership: Dealership, source: str, records: Sequence[CoverRecord], *, now: datetime
) -> list[RowResult]:
    """Create or update covers by kind, number and car. The owner is who had the car when the cover began."""
    return settle(records, lambda batch: _upsert(dealership, source, batch))


def _upsert(dealership: Dealership, source: str, records: Sequence[CoverRecord]) -> list[RowResult]:
    vehicles = dict(Vehicle.objects.filter(vin__among={one.vin for one in records}).values_list("vin", "pk"))
    mine = Cover.objects.filter(dealership=dealership, source=source, vehicle__among=vehicles.values())
    known = {(row.kind, row.number, row.vehicle_id): row for row in mine}
    lines = OwnerLines(vehicles.values())
    last = {_key(one): index for index, one in enumerate(records)}
    results: dict[int, RowResult] = {}
    fresh: list[tuple[int, Cover]] = []
    changes: dict[int, dict[str, Any]] = {}
    for index in last.values():
        record = records[index]
        refusal = _what_forbids(record, vehicles)
        if refusal:
            results[index] = refusal
            continue
        vehicle_id = vehicles[record.vin]
        row = known.get((record.kind, record.number, vehicle_id))
        span = in_force(lines.of(vehicle_id), record.starts_on or record.ends_on)
        values = {name: getattr(record, name) for name in _FIELDS}
        if row is None:
            row = Cover(
                dealership=dealership, source=source, vehicle_id=vehicle_id, kind=record.kind, number=record.number,
                ownership_id=span.pk if span else None, **values,
            )  # fmt: skip
            fresh.append((index, row))
        else:
            fields = {name: value for name, value in values.items() if getattr(row, name) != value}
            if row.voided_at is not None:
                fields["voided_at"] = None  # the source has it again
            results[index] = RowResult(UPDATED if fields else UNCHANGED, row.pk)
            if not fields:
                continue
            changes[row.pk] = fields
        if span and span.pk:
            lines.touched.add(span.pk)
    _move(changes)
    insert_many([row for _, row in fresh])
    results |= {index: RowResult(CREATED, row.pk) for index, row in fresh}
    lines.note_facts()
    return [results.get(i) or twin(results[last[_key(one)]], "number") for i, one in enumerate(records)]


def _move(changes: dict[int, dict[str, Any]]) -> None:
    """Dates move together: the constraint ties the end to the start."""
    dated = {pk: fields for pk, fields in changes.items() if {"starts_on", "ends_on"} & set(fields)}
    rows = list(Cover.objects.filter(pk__in=list(dated))) if dated else []
    for row in rows:
        for name in ("starts_on", "ends_on"):
            setattr(row, name, dated[row.pk].pop(name, getattr(row, name)))
    Cover.objects.bulk_update(rows, ["starts_on", "ends_on"], batch_size=500)
    update_fields(Cover, changes)


def _key(record: CoverRecord) -> tuple[str, str, str]:
    return record.kind, record.number, record.vin


def _what_forbids(record: CoverRecord, vehicles: dict[str, int]) -> RowResult | None:
    if record.vin not in vehicles:
        return RowResult(REJECTED, None, "vin", Why("import.unknown_vehicle", {"vin": record.vin}))
    if record.starts_on and record.starts_on > record.ends_on:
        return RowResult(REJECTED, None, "ends_on", Why("import.ends_before_start", {"on": record.ends_on}))
    return None
