"""Prices of works of another system or of a spreadsheet, by their natural key."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from customers.rules.records import CREATED, REJECTED, UNCHANGED, UPDATED, RowResult
from dealercrm.accounts.models import Dealership
from dealercrm.accounts.writing import update_fields
from dealercrm.why import Why
from vehicles.models import Make, VehicleModel, WorkGroup, WorkPrice
from vehicles.rules.catalogue import make_key, model_key
from vehicles.rules.records import PriceRecord
from vehicles.upserting.shared import again_on_clash, twin

MOST = Decimal("99999999.99")
About = tuple[int, int | None, int | None]  # work group, make, model
Key = tuple[int, int | None, int | None, date]


def upsert_prices(dealership: Dealership, records: Sequence[PriceRecord], *, today: date) -> list[RowResult]:
    """Create or change prices by work, make, model and first day; one result each, in order. Five queries and one
    for each new price. Without a first day a price counts from today on.
    """
    return again_on_clash(lambda: _upsert(dealership, records, today))


def _upsert(dealership: Dealership, records: Sequence[PriceRecord], today: date) -> list[RowResult]:
    groups = dict(WorkGroup.objects.values_list("code", "pk"))
    makes = dict(Make.objects.values_list("key", "pk"))
    models = {(make, key): pk for pk, make, key in VehicleModel.objects.values_list("pk", "make_id", "key")}
    known: dict[Key, WorkPrice] = {
        (row.work_group_id, row.make_id, row.model_id, row.valid_from): row
        for row in WorkPrice.objects.order_by().select_for_update().filter(dealership=dealership)
    }
    results: list[RowResult] = []
    last: dict[Key, int] = {}
    changes: dict[int, dict[str, Any]] = {}
    for index, record in enumerate(records):
        about = _about(record, groups, makes, models)
        if isinstance(about, RowResult):
            results.append(about)
            continue
        values = {"labour": record.labour, "parts": record.parts, "valid_until": record.valid_until}
        found: Key = (*about, record.valid_from or _begins(about, values, known, today))
        if record.valid_until and record.valid_until < found[3]:
            reason = Why("import.ends_before_start", {"on": record.valid_until})
            results.append(RowResult(REJECTED, None, "valid_until", reason))
            continue
        if found in last:  # the later row of a file counts; the earlier one is told so
            results[last[found]] = twin(results[last[found]], "work_group")
        last[found] = index
        row = known.get(found)
        if row is None:
            work_group_id, make_id, model_id, valid_from = found
            row = known[found] = WorkPrice.objects.create(
                dealership=dealership, work_group_id=work_group_id, make_id=make_id, model_id=model_id,
                valid_from=valid_from, **values,
            )  # fmt: skip
            results.append(RowResult(CREATED, row.pk))
        elif all(getattr(row, name) == value for name, value in values.items()):
            results.append(RowResult(UNCHANGED, row.pk))
        else:
            for name, value in values.items():
                setattr(row, name, value)
            changes[row.pk] = values
            results.append(RowResult(UPDATED, row.pk))
    update_fields(WorkPrice, changes)
    return results


def _begins(about: About, values: dict[str, Any], known: dict[Key, WorkPrice], today: date) -> date:
    """The first day of a price that names none: today, unless the present one says the same."""
    begun = [row for key, row in known.items() if key[:3] == about and row.valid_from <= today]
    present = max(begun, key=lambda row: row.valid_from, default=None)
    if present is not None and all(getattr(present, name) == value for name, value in values.items()):
        return present.valid_from
    return today


def _about(
    record: PriceRecord, groups: dict[str, int], makes: dict[str, int], models: dict[tuple[int, str], int]
) -> About | RowResult:
    """Which work of which cars the record is about, or why there can be no such price."""
    if record.work_group not in groups:
        return RowResult(REJECTED, None, "work_group", Why("price.unknown_work", {"code": record.work_group[:60]}))
    make_id = makes.get(make_key(record.make)) if record.make else None
    if record.make and make_id is None:
        return RowResult(REJECTED, None, "make", Why("price.unknown_make", {"name": record.make[:60]}))
    model_id = models.get((make_id or 0, model_key(record.model))) if record.model else None
    if record.model and model_id is None:
        return RowResult(REJECTED, None, "model", Why("price.unknown_model", {"name": record.model[:60]}))
    for name in ("labour", "parts"):
        if not 0 <= getattr(record, name) <= MOST:
            return RowResult(REJECTED, None, name, Why("price.impossible", {"amount": getattr(record, name)}))
    return groups[record.work_group], make_id, model_id
