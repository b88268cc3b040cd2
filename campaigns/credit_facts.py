"""Rows to the facts of credits: booked calls, and the repair orders around the booked days. Four queries a chunk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.dateparse import parse_datetime

from campaigns.deciding import works_named
from campaigns.entering import Ledger
from campaigns.models import CallResult, Credit, Outcome
from campaigns.rules.credit import FAR, Booking, Visit
from campaigns.rules.plays import play_of
from dealercrm.accounts.models import Dealership
from vehicles.models import Appointment, RepairOrder, RepairOrderLine


class Called(NamedTuple):
    """A booked call with what the rule and the sheet need of it."""

    booking: Booking
    operator_id: int


class Order(NamedTuple):
    visit: Visit
    advisor: str
    total: Decimal | None
    pay_type: str


def booked_calls(dealership: Dealership) -> QuerySet[CallResult]:
    """Booked calls of a store; what was taken back before anybody looked is no booking."""
    rows = CallResult.objects.filter(outcome=Outcome.BOOKED, was_late=False, task__dealership=dealership)
    return rows.filter(Q(undone_at=None) | Q(Exists(Credit.objects.filter(result=OuterRef("pk")))))


_CALL = (
    "pk", "at", "by_id", "details", "undone_at", "task__customer_id", "task__ownership__vehicle_id", "task__kind",
    "task__occasion__evidence",
)  # fmt: skip


def calls_of(ledger: Ledger, ids: Collection[int]) -> list[Called]:
    """All booked calls of these customers, and of whoever else was called about their cars."""
    booked = booked_calls(ledger.store.dealership).order_by("pk")
    rows = list(booked.filter(task__customer_id__in=ids).values_list(*_CALL))
    cars = {row[6] for row in rows if row[6]}
    known = {row[0] for row in rows}
    others = booked.filter(task__ownership__vehicle_id__in=cars).exclude(task__customer_id__in=ids)
    rows += [row for row in others.values_list(*_CALL) if row[0] not in known] if cars else []
    made = {row[3]["appointment"] for row in rows if row[3].get("appointment")}
    appointments = {
        pk: (purpose, group, status)
        for pk, purpose, group, status in Appointment.objects.filter(pk__in=made).values_list(
            "pk", "purpose", "work_group__code", "status"
        )
    }
    return [one for row in rows if (one := _called(ledger, row, made, appointments)) is not None]


def _called(ledger: Ledger, row: tuple[Any, ...], made: set[int], appointments: dict[int, Any]) -> Called | None:
    """None where the call no longer says what was booked: its customer was erased."""
    pk, at, by, details, undone_at, customer, car, kind, evidence = row
    starts_at = parse_datetime(str(details.get("starts_at", "")))
    if starts_at is None:
        return None
    dealership = ledger.store.dealership
    purpose, group, status = appointments.get(details.get("appointment", 0), (Appointment.Purpose.SERVICE, None, ""))
    works = frozenset(works_named(evidence) or play_of(kind).works)
    moved, was_at = details.get("instead_of"), parse_datetime(str(details.get("was_at", "")))
    by_themselves = moved and moved not in made and was_at is not None
    waits = status in Appointment.OPEN
    booking = Booking(
        id=pk,
        customer=customer,
        car=car,
        store=dealership.pk,
        called_on=dealership.today(at),
        on=dealership.today(starts_at),
        days=ledger.store.values.credit_days,
        groups=works | {group} if group else works,
        is_drive=purpose == Appointment.Purpose.TEST_DRIVE,
        has_arrived=None if waits else status == Appointment.Status.ARRIVED,
        booked_before_on=dealership.today(was_at) if by_themselves and was_at else None,
        is_taken_back=undone_at is not None,
    )
    return Called(booking, by)


def with_days(one: Called, entry: Credit | None) -> Called:
    """A booking is judged by the days that the policy had when it was first looked at."""
    if entry is None or entry.days is None:
        return one
    return one._replace(booking=one.booking._replace(days=entry.days))


def orders_around(calls: Collection[Called], ids: Collection[int]) -> dict[int, Order]:
    """Orders around the booked days, voided ones and those of other stores among them. Two queries."""
    bookings = [one.booking for one in calls if not one.booking.is_drive]
    if not bookings:
        return {}
    days = [one.on for one in bookings]
    cars = {one.car for one in bookings if one.car}
    near = RepairOrder.objects.filter(opened_on__range=(min(days) - FAR, max(days) + FAR)).order_by("pk")
    rows = list(
        near.filter(Q(vehicle_id__in=cars) | Q(customer_id__in=ids)).values_list(
            "pk", "customer_id", "vehicle_id", "dealership_id", "opened_on", "voided_at", "advisor", "total", "pay_type"
        )
    )
    groups: dict[int, set[str]] = defaultdict(set)
    lines = RepairOrderLine.objects.filter(
        order_id__in=[row[0] for row in rows], is_declined=False, work_group__isnull=False
    )
    for order, code in lines.values_list("order_id", "work_group__code"):
        groups[order].add(code)
    return {
        pk: Order(
            Visit(pk, customer, car, store, on, frozenset(groups[pk]), voided_at is not None), advisor, total, pay_type
        )
        for pk, customer, car, store, on, voided_at, advisor, total, pay_type in rows
    }
