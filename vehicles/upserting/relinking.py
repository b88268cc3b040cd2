"""After the line of owners of a car changed, its visits and covers may belong to another owner."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from dealercrm.accounts.writing import update_fields
from vehicles.models import Cover, RepairOrder
from vehicles.rules.owning import in_force
from vehicles.upserting.shared import OwnerLines

Dated = tuple[int, int, date, int | None]  # row, vehicle, day, ownership


def relink(lines: OwnerLines, vehicle_ids: Iterable[int]) -> None:
    """Point each visit and cover of these cars at the ownership in force on its date. Four queries at most."""
    moved = list(vehicle_ids)
    if not moved:
        return
    visits = RepairOrder.objects.filter(vehicle__among=moved).values_list(
        "pk", "vehicle_id", "opened_on", "ownership_id"
    )
    update_fields(RepairOrder, _differences(lines, list(visits)))
    covers = Cover.objects.filter(vehicle__among=moved).values_list(
        "pk", "vehicle_id", "starts_on", "ownership_id", "ends_on"
    )
    rows = [(pk, vehicle, starts_on or ends_on, owner) for pk, vehicle, starts_on, owner, ends_on in covers]
    update_fields(Cover, _differences(lines, rows))


def _differences(lines: OwnerLines, rows: Sequence[Dated]) -> dict[int, dict[str, Any]]:
    changes: dict[int, dict[str, Any]] = {}
    for pk, vehicle_id, on, owner in rows:
        span = in_force(lines.of(vehicle_id), on)
        right = span.pk if span else None
        if right != owner:
            changes[pk] = {"ownership_id": right}
            lines.touched |= {one for one in (right, owner) if one}
    return changes
