"""Everything that happened between us and one customer, newest first, page by page.

Ten kinds of facts are read from their own tables, each at most a page long, and merged. What
another store owns shows its date and purpose only.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import F, Model, Q, QuerySet

from customers.models import Customer, Referral
from dealercrm.accounts.models import User

PAGE = 30


class Place(NamedTuple):
    """Where an entry stands in the timeline; later facts are greater. `rank` settles equal moments by kind."""

    at: datetime
    rank: int
    pk: int

    def as_text(self) -> str:
        """For the link to older entries: a moment and numbers, nothing personal."""
        return f"{self.at.astimezone(UTC):%Y%m%dT%H%M%S.%f}_{self.rank}_{self.pk}"

    @classmethod
    def from_text(cls, text: str) -> Place | None:
        """The place a link names, or None where somebody typed something else."""
        try:
            at, rank, pk = text.split("_")
            return cls(datetime.strptime(at, "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC), int(rank), int(pk))
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Entry:
    """One fact. `kind` names its words in the template; of a foreign one only date and purpose may be shown.

    `day` is the date on the store's calendar.
    """

    place: Place
    kind: str
    row: Any
    is_foreign: bool
    day: date


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of fact: its rows of a customer, the field that dates it, and the field of the store that owns it."""

    kind: str
    rows: Callable[[Customer], QuerySet[Any]]
    field: str
    store: str = "dealership_id"
    is_date: bool = False
    is_shared: bool = False


def _visits(customer: Customer) -> QuerySet[Any]:
    orders = customer.repair_orders.filter(voided_at=None)
    return orders.select_related("vehicle__model__make", "vehicle__make").prefetch_related("lines")


def _ownerships(customer: Customer) -> QuerySet[Any]:
    return customer.ownerships.select_related("vehicle__model__make", "vehicle__make", "home_store")


def _of_a_car(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.select_related("ownership__vehicle__model__make", "ownership__vehicle__make")


# Of facts at one moment the first of this list is the oldest. Ownerships and consents belong to the whole group.
SOURCES = (
    Source("sale", _ownerships, "started_on", "home_store_id", is_date=True, is_shared=True),
    Source("visit", _visits, "opened_on", is_date=True),
    Source("consent", lambda one: one.consent_events.select_related("recorded_by"), "at", is_shared=True),
    Source("touch", lambda one: _of_a_car(one.touches.select_related("by")), "at"),
    Source("refusal", lambda one: _of_a_car(one.refusals.select_related("by")), "at"),
    Source("complaint", lambda one: _of_a_car(one.complaints.select_related("resolved_by")), "opened_at"),
    Source("feedback", lambda one: _of_a_car(one.feedback.select_related("by")), "at"),
    Source("appointment", lambda one: _of_a_car(one.appointments.select_related("work_group")), "starts_at"),
    Source("referral", lambda one: Referral.objects.about(one).select_related("referrer", "referred", "by"), "at"),
    Source(
        "end",
        lambda one: _ownerships(one).exclude(ended_on=None),
        "ended_on",
        "home_store_id",
        is_date=True,
        is_shared=True,
    ),
)


def timeline(
    customer: Customer, user: User, zone: ZoneInfo, before: Place | None = None, size: int = PAGE
) -> tuple[list[Entry], Place | None]:
    """The newest `size` facts older than `before`, and the place to go on from (None at the end). A query a kind."""
    streams = [_entries(rank, source, customer, user, zone, before, size + 1) for rank, source in enumerate(SOURCES)]
    merged = list(heapq.merge(*streams, key=lambda entry: entry.place, reverse=True))
    shown = merged[:size]
    return shown, shown[-1].place if len(merged) > size else None


def _entries(
    rank: int, source: Source, customer: Customer, user: User, zone: ZoneInfo, before: Place | None, limit: int
) -> Iterator[Entry]:
    rows = source.rows(customer).order_by(F(source.field).desc(), "-pk")
    if before is not None:
        rows = rows.filter(_older(source, rank, before, zone))
    for row in rows[:limit]:
        value = getattr(row, source.field)
        yield Entry(
            place=Place(_midnight(value, zone) if source.is_date else value, rank, row.pk),
            kind=source.kind,
            row=row,
            is_foreign=not source.is_shared and not user.sees_store(_store_id(row, source)),
            day=value if source.is_date else value.astimezone(zone).date(),
        )


def _older(source: Source, rank: int, place: Place, zone: ZoneInfo) -> Q:
    """The rows of a source that stand below `place`."""
    value: date | datetime = place.at
    if source.is_date:
        value = place.at.astimezone(zone).date()
        if place.at > _midnight(value, zone):
            return Q(**{f"{source.field}__lte": value})
    older = Q(**{f"{source.field}__lt": value})
    if rank < place.rank:
        return older | Q(**{source.field: value})
    if rank == place.rank:
        return older | Q(**{source.field: value, "pk__lt": place.pk})
    return older


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone)


def _store_id(row: Model, source: Source) -> int | None:
    store_id: int | None = getattr(row, source.store)
    return store_id
