"""Customers of another system into ours: files and the API end here.

The rules of "Who owns a fact": a source's value changes a field of ours only when that value
itself changed since the source last told us, so a correction made here survives; the CRM owns
withdrawals of consent and the marks on dead phones. A batch costs a fixed number of queries.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any

from django.db.models import F

from customers.models import ConsentEvent, ContactPoint, Customer, CustomerStore, ExternalId
from customers.models.contact import REMOVED_BY_SOURCE
from customers.rules.records import (
    COLUMNS,
    CREATED,
    LENGTHS,
    REJECTED,
    UNCHANGED,
    UPDATED,
    CustomerRecord,
    RowResult,
)
from customers.settling import settle
from dealercrm.accounts.models import Dealership
from dealercrm.accounts.writing import append_values, insert_many, update_fields
from dealercrm.why import Why

_POINT_FIELDS = (("phones", ContactPoint.Kind.PHONE), ("emails", ContactPoint.Kind.EMAIL))


def upsert_customers(
    dealership: Dealership, source: str, records: Sequence[CustomerRecord], *, now: datetime
) -> list[RowResult]:
    """Create or update the store's customers by their codes in `source`; one result per record, in order.

    A code that stands twice in one batch is taken once, as it stands last. All or nothing: what
    raises has written nothing. Ownerships of customers that changed are left the note of new facts.
    """
    return settle(records, lambda batch: _Batch(dealership, source, now).run(batch))


NAMES = ("last_name", "first_name", "company_name")  # one of them at least
NAMELESS = RowResult(REJECTED, None, "name", Why("import.empty"))


@dataclass
class _Batch:
    """One batch on its way: what was read, and what is to be written."""

    dealership: Dealership
    source: str
    now: datetime
    ids: dict[str, ExternalId] = field(default_factory=dict)
    points: dict[int, dict[tuple[str, str], ContactPoint]] = field(default_factory=dict)
    changes: dict[int, dict[str, Any]] = field(default_factory=dict)
    id_changes: dict[int, dict[str, Any]] = field(default_factory=dict)
    point_changes: dict[int, dict[str, Any]] = field(default_factory=dict)
    dropped: list[ContactPoint] = field(default_factory=list)
    updated: set[int] = field(default_factory=set)
    new_points: list[ContactPoint] = field(default_factory=list)
    new_consents: list[ConsentEvent] = field(default_factory=list)

    def run(self, records: Sequence[CustomerRecord]) -> list[RowResult]:
        last = {record.code: index for index, record in enumerate(records)}
        self._read(list(last))
        results: dict[int, RowResult] = {}
        fresh: list[tuple[int, CustomerRecord]] = []
        for code, index in last.items():
            record = records[index]
            refusal = _what_forbids(record)
            if refusal:
                results[index] = refusal
            elif code in self.ids:
                results[index] = self._update(self.ids[code], record)
            elif not any(getattr(record, name) for name in NAMES):
                results[index] = NAMELESS
            else:
                fresh.append((index, record))
        results |= self._create(fresh)
        self._write()
        return [results.get(i) or _twin(results[last[record.code]]) for i, record in enumerate(records)]

    def _read(self, codes: list[str]) -> None:
        rows = ExternalId.objects.filter(dealership=self.dealership, source=self.source, code__among=codes)
        self.ids = {row.code: row for row in rows.select_related("customer__merged_into")}
        one_of_each: dict[int, Customer] = {}
        for row in self.ids.values():  # two codes may mean one customer after a merge
            row.customer = one_of_each.setdefault(_survivor(row).pk, _survivor(row))
        for point in ContactPoint.objects.filter(customer__among=one_of_each):
            self.points.setdefault(point.customer_id, {})[(point.kind, point.value)] = point

    def _update(self, row: ExternalId, record: CustomerRecord) -> RowResult:
        customer = row.customer
        if customer.erased_at is not None:
            return RowResult(REJECTED, customer.pk, "code", Why("import.customer_erased"))
        said, known = record.source_values(), row.source_values
        news = {name for name, value in said.items() if known.get(name, _NOTHING) != value}
        if not news:
            return RowResult(UNCHANGED, customer.pk)
        # What the source leaves out stays; what it blanks may not leave the customer without any name.
        if not any(_fitting(record, name) if name in news else getattr(customer, name) for name in NAMES):
            return NAMELESS
        self.id_changes[row.pk] = {"source_values": known | said}
        self.updated.add(customer.pk)
        self._columns(customer, record, news)
        for name, kind in _POINT_FIELDS:
            if name in news:
                self._contact_points(customer.pk, kind, known.get(name) or [], said[name])
        if news & {"consent", "consent_on"}:
            self._consent(customer, record, was_given=bool(known.get("consent")))
        return RowResult(UPDATED, customer.pk)

    def _columns(self, customer: Customer, record: CustomerRecord, news: set[str]) -> None:
        fields = {name: _fitting(record, name) for name in COLUMNS if name in news}
        if fields:
            for name, value in fields.items():
                setattr(customer, name, value)
            customer.refresh_search_key()
            self.changes.setdefault(customer.pk, {}).update(fields | {"search_key": customer.search_key})

    def _contact_points(self, customer_id: int, kind: str, before: list[str], after: list[str]) -> None:
        """Add what the source added; what it dropped stays as a mark, so nothing is lost and it may come back."""
        points = self.points.setdefault(customer_id, {})
        for position, value in enumerate(after):
            point = points.get((kind, value))
            if point is None:
                point = ContactPoint(
                    customer_id=customer_id, kind=kind, value=value, position=position, source=self.source
                )
                points[(kind, value)] = point
                self.new_points.append(point)
            elif point.invalid_reason == REMOVED_BY_SOURCE:
                self._mark(point, None, "")
        for value in set(before) - set(after):
            gone = points.get((kind, value))
            if gone and gone.pk and gone.source == self.source and gone.invalid_at is None:
                self.dropped.append(gone)

    def _mark(self, point: ContactPoint, at: datetime | None, reason: str) -> None:
        if point.pk:
            self.point_changes[point.pk] = {"invalid_at": at, "invalid_reason": reason}

    def _drop(self) -> None:
        """Mark what a source no longer gives; but after a merge another code of the customer may still give it."""
        if not self.dropped:
            return
        others = ExternalId.objects.filter(customer__in={point.customer_id for point in self.dropped})
        still = {
            (row.customer_id, kind, value)
            for row in others
            for name, kind in _POINT_FIELDS
            for value in self.id_changes.get(row.pk, {}).get("source_values", row.source_values).get(name) or ()
        }
        for point in self.dropped:
            if (point.customer_id, point.kind, point.value) not in still:
                self._mark(point, self.now, REMOVED_BY_SOURCE)

    def _consent(self, customer: Customer, record: CustomerRecord, *, was_given: bool) -> None:
        """A yes with a date is consent for every purpose and channel from that day; what follows a yes and is
        none is a withdrawal. Events count by their time, so an old yes never beats a later withdrawal."""
        if record.consent and not record.consent_on:
            return  # no date, no proof
        if not record.consent and not was_given and record.consent is not False:
            return
        at = datetime.combine(record.consent_on, time.min, self.dealership.zone) if record.consent_on else self.now
        self.new_consents.append(
            ConsentEvent(
                customer_id=customer.pk,
                is_given=bool(record.consent),
                at=at,
                source=self.source,
                dealership_id=self.dealership.pk,
            )
        )

    def _create(self, fresh: list[tuple[int, CustomerRecord]]) -> dict[int, RowResult]:
        customers = insert_many([_new_customer(record) for _, record in fresh])
        pairs = [(customer.pk, record) for customer, (_, record) in zip(customers, fresh, strict=True)]
        store = self.dealership.pk
        append_values(
            ExternalId,
            ("customer_id", "dealership_id", "source", "code", "source_values"),
            [(pk, store, self.source, record.code, record.source_values()) for pk, record in pairs],
        )
        append_values(
            CustomerStore, ("customer_id", "dealership_id", "since"), [(pk, store, self.now) for pk, _ in pairs]
        )
        append_values(
            ContactPoint,
            ("customer_id", "kind", "value", "position", "source", "invalid_at", "invalid_reason"),
            [
                (pk, kind, value, position, self.source, None, "")
                for pk, record in pairs
                for name, kind in _POINT_FIELDS
                for position, value in enumerate(dict.fromkeys(getattr(record, name)))
            ],
        )
        for customer, (_, record) in zip(customers, fresh, strict=True):
            self._consent(customer, record, was_given=False)
        return {index: RowResult(CREATED, customer.pk) for customer, (index, _) in zip(customers, fresh, strict=True)}

    def _write(self) -> None:
        # Whoever sends or shows a call reads consent and contact points under this lock.
        Customer.objects.held(self.updated)
        self._drop()
        update_fields(Customer, self.changes)
        update_fields(ExternalId, self.id_changes)
        update_fields(ContactPoint, self.point_changes)
        insert_many(self.new_points)
        insert_many(self.new_consents)
        if self.updated:
            # The note is a column above this room, written through its relation and understood only there.
            cars = Customer._meta.get_field("ownerships").related_model
            cars._default_manager.filter(customer__in=self.updated).update(facts_version=F("facts_version") + 1)


_NOTHING = object()


def _survivor(row: ExternalId) -> Customer:
    """The customer a code means today: after a merge, the one that was kept."""
    return row.customer.survivor()


def _what_forbids(record: CustomerRecord) -> RowResult | None:
    if not record.code:
        return RowResult(REJECTED, None, "code", Why("import.empty"))
    if len(record.code) > 64:
        return RowResult(REJECTED, None, "code", Why("import.too_long", {"most": 64}))
    return None


def _fitting(record: CustomerRecord, name: str) -> Any:
    value = getattr(record, name)
    return value[: LENGTHS[name]] if name in LENGTHS else value


def _new_customer(record: CustomerRecord) -> Customer:
    customer = Customer(**{name: _fitting(record, name) for name in COLUMNS})
    customer.refresh_search_key()
    return customer


def _twin(result: RowResult) -> RowResult:
    """The result of an earlier row with the same key as a later one: the later one was taken."""
    if result.status == REJECTED:
        return result
    return RowResult(UNCHANGED, result.object_id, "code", Why("import.repeated"))
