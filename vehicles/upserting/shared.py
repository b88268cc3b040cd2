"""What the three upserts have in common: looking up by codes and VINs, the line of owners, retry."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from django.db import IntegrityError, transaction

from customers.models import Customer, ExternalId
from customers.rules.records import REJECTED, UNCHANGED, RowResult
from dealercrm.accounts.models import Dealership
from dealercrm.accounts.writing import insert_many, update_fields
from dealercrm.why import Why
from vehicles.models import Ownership
from vehicles.rules.owning import Span

Result = TypeVar("Result")


def again_on_clash(work: Callable[[], Result]) -> Result:
    """Run `work` in a transaction; once more where somebody created the same row between our read and write."""
    try:
        with transaction.atomic():
            return work()
    except IntegrityError:
        with transaction.atomic():
            return work()


def customers_by_code(dealership: Dealership, source: str, codes: Iterable[str]) -> dict[str, Customer]:
    """{code: customer}, after a merge the one that was kept. One query."""
    rows = ExternalId.objects.filter(dealership=dealership, source=source, code__among=set(codes) - {""})
    return {row.code: row.customer.survivor() for row in rows.select_related("customer__merged_into")}


def customer_ids_by_code(dealership: Dealership, source: str, codes: Iterable[str]) -> dict[str, int]:
    """The same where only who it is matters, without loading them. One query; one more where some were merged."""
    rows = ExternalId.objects.filter(dealership=dealership, source=source, code__among=set(codes) - {""})
    found = list(rows.values_list("code", "customer_id", "customer__merged_into_id"))
    merged = [one for _, one, into in found if into]
    kept = Customer.objects.select_related("merged_into").in_bulk(merged) if merged else {}
    return {code: kept[one].survivor().pk if into else one for code, one, into in found}


def twin(result: RowResult, field: str) -> RowResult:
    """The result of a row whose key a later row of the batch repeats: the later one was taken."""
    if result.status == REJECTED:
        return result
    return RowResult(UNCHANGED, result.object_id, field, Why("import.repeated"))


class OwnerLines:
    """The ownerships of some vehicles as plain spans; `save` writes the differences and what they touched."""

    def __init__(self, vehicle_ids: Iterable[int]) -> None:
        self.by_vehicle: dict[int, list[Span]] = {pk: [] for pk in vehicle_ids}
        self._before: dict[int, Span] = {}
        self.touched: set[int] = set()
        stored = Ownership.objects.standing().filter(vehicle__among=self.by_vehicle)
        for vehicle_id, *values in stored.values_list("vehicle_id", *_SPAN):
            self.by_vehicle[vehicle_id].append(span := Span(*values))
            self._before[values[0]] = span.copy()

    def of(self, vehicle_id: int) -> list[Span]:
        return self.by_vehicle.setdefault(vehicle_id, [])

    def changed_vehicles(self) -> set[int]:
        """Vehicles whose line of owners is not what it was; their visits may belong to another owner now."""
        return {
            vehicle_id
            for vehicle_id, spans in self.by_vehicle.items()
            if any(span.pk is None or self._before[span.pk] != span for span in spans)
        }

    def save(self) -> None:
        """Ends first, so that a car never has two open owners; then moves; then the new ones."""
        changed, fresh = self._differences()
        for is_over in (True, False):
            # All fields in one statement: the constraints tie the end to its start and its reason.
            rows = {pk: values for pk, values in changed.items() if bool(values["ended_on"]) is is_over}
            update_fields(Ownership, rows)
        self.touched |= set(changed)
        opened = [
            Ownership(
                customer_id=span.customer_id, vehicle_id=vehicle_id, home_store_id=span.home_store_id,
                acquired=span.acquired, started_on=span.started_on, ended_on=span.ended_on,
                end_reason=span.end_reason, price=span.price,
            )
            for vehicle_id, span in fresh
        ]  # fmt: skip
        insert_many(opened)
        for row, (_, span) in zip(opened, fresh, strict=True):
            span.pk = row.pk

    def _differences(self) -> tuple[dict[int, dict[str, Any]], list[tuple[int, Span]]]:
        changed: dict[int, dict[str, Any]] = {}
        fresh: list[tuple[int, Span]] = []
        for vehicle_id, spans in self.by_vehicle.items():
            for span in spans:
                if span.pk is None:
                    fresh.append((vehicle_id, span))
                elif self._before[span.pk] != span:
                    changed[span.pk] = {name: getattr(span, name) for name in _FIELDS}
        return changed, fresh

    def note_facts(self) -> None:
        if self.touched:
            Ownership.objects.note_new_facts(sorted(self.touched))


_FIELDS = ("acquired", "started_on", "ended_on", "end_reason", "price", "home_store_id")
_SPAN = ("pk", "customer_id", *_FIELDS)
