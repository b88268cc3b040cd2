"""Rows to facts: the only door between the database and the rules.

A chunk costs the same number of queries however many ownerships it holds, and none per row.
What does not change during a run is in its `Library` (library.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection
from datetime import date, datetime
from operator import itemgetter
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import (
    Aggregate,
    Case,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Subquery,
    TextField,
    When,
)

from customers.models import ContactPoint, Referral
from lifecycle.library import Library
from lifecycle.rules.facts import (
    AnswerFact,
    Booking,
    ComplaintFact,
    CoverFact,
    Facts,
    PointFact,
    Reading,
    RecallFact,
    RefusalFact,
    TouchFact,
    Visit,
)
from vehicles.models import (
    Appointment,
    Complaint,
    Cover,
    Feedback,
    OdometerReading,
    Ownership,
    Refusal,
    RepairOrder,
    RepairOrderLine,
    Touch,
    Vehicle,
)
from vehicles.recalling import recalls_of

Rows = dict[int, list[Any]]
NONE: list[Any] = []


class Loaded(NamedTuple):
    """One ownership ready to be judged. `facts_version` was read before the facts, so it is never too new."""

    ownership_id: int
    customer_id: int
    dealership_id: int
    make_id: int | None
    model_id: int | None
    facts_version: int
    facts: Facts


OWNERSHIP_FIELDS = (
    "pk",
    "customer_id",
    "vehicle_id",
    "home_store_id",
    "acquired",
    "started_on",
    "ended_on",
    "end_reason",
    "facts_version",
    "customer__kind",
    "customer__is_premium",
    "customer__birth_on",
    "customer__merged_into_id",
    "customer__erased_at",
    "vehicle__make_id",
    "vehicle__model_id",
    "vehicle__vin",
    "vehicle__year",
)


def load_facts(ids: Collection[int], library: Library) -> list[Loaded]:
    """Facts of these ownerships, ordered by id. Thirteen queries, whatever their number, and one for recalls."""
    rows = list(Ownership.objects.filter(pk__among=ids).order_by("pk").values(*OWNERSHIP_FIELDS))
    vehicles = {row["vehicle_id"] for row in rows}
    customers = {row["customer_id"] for row in rows}
    visits = _visits(vehicles, library)
    readings = _by(
        OdometerReading.objects.filter(vehicle_id__among=vehicles).order_by(),
        "vehicle_id",
        *("read_on", "pk", "km", "plausibility", "order_id"),
        is_sorted=False,
    )
    standing = {visit[0] for of_car in visits.values() for visit in of_car}
    covers = _by(
        Cover.objects.filter(vehicle_id__among=vehicles, voided_at=None).order_by("ends_on", "pk"),
        "vehicle_id",
        *("ownership_id", "pk", "kind", "product", "starts_on", "ends_on", "limit_km"),
    )
    bookings = _by(
        Appointment.objects.filter(ownership_id__among=ids).order_by("starts_at", "pk"),
        "ownership_id",
        *("pk", "purpose", "starts_at", "status", "created_at"),
    )
    touches = _by(
        Touch.objects.filter(ownership_id__among=ids).order_by(),
        "ownership_id",
        *("at", "pk", "topic", "outcome", "was_reached", "direction"),
        is_sorted=False,
    )
    refusals = _by(
        Refusal.objects.filter(customer_id__among=customers).order_by("at", "pk"),
        "customer_id",
        *("ownership_id", "at", "topic", "until"),
    )
    complaints = _by(
        Complaint.objects.filter(customer_id__among=customers).order_by("opened_at", "pk"),
        "customer_id",
        *("ownership_id", "pk", "opened_at", "resolved_at"),
    )
    points = _by(
        ContactPoint.objects.filter(customer_id__among=customers).order_by("pk"),
        "customer_id",
        *("kind", "invalid_at", "invalid_reason"),
    )
    answers = _by(
        Feedback.objects.filter(customer_id__among=customers).order_by("at", "pk"),
        "customer_id",
        *("ownership_id", "at", "score"),
    )
    referrals = _by(
        Referral.objects.filter(referrer_id__among=customers).exclude(referred=F("referrer")).order_by("at", "pk"),
        "referrer_id",
        "at",
    )
    recalls = recalls_of(Vehicle.objects.filter(pk__among=vehicles).values("vin"))
    cars = _by(
        Ownership.objects.filter(customer_id__among=customers).order_by("pk"),
        "customer_id",
        *("pk", "started_on", "acquired", "ended_on"),
    )
    loaded = []
    for row in rows:
        pk, vehicle, customer = row["pk"], row["vehicle_id"], row["customer_id"]
        store, make, model = row["home_store_id"], row["vehicle__make_id"], row["vehicle__model_id"]
        day = _day_in(library.zone(store))
        others = cars.get(customer, NONE)
        is_main, bought = _other_cars(pk, row["started_on"], others)
        facts = Facts(
            ownership_id=pk,
            acquired=row["acquired"],
            started_on=row["started_on"],
            ended_on=row["ended_on"],
            end_reason=row["end_reason"],
            is_gone=bool(row["customer__merged_into_id"] or row["customer__erased_at"]),
            is_company=row["customer__kind"] == "company",
            is_premium=row["customer__is_premium"],
            is_main_car=is_main,
            birth_on=row["customer__birth_on"],
            later_purchases=bought,
            visits=_own_visits(row, visits.get(vehicle, NONE), library.currency(store)),
            readings=tuple(
                [
                    Reading(on, km, how == "suspect")
                    for _, on, _, km, how, order in readings.get(vehicle, NONE)
                    if how != "wrong" and (order is None or order in standing)
                ]
            ),
            covers=tuple(
                [CoverFact(*cover[2:]) for cover in covers.get(vehicle, NONE) if cover[1] is None or cover[1] == pk]
            ),
            bookings=tuple(
                [
                    Booking(number, purpose, day(starts_at), status, min(day(made_at), day(starts_at)))
                    for _, number, purpose, starts_at, status, made_at in bookings.get(pk, NONE)
                ]
            ),
            touches=tuple(
                [
                    TouchFact(number, day(at), topic, outcome, was_reached, direction == "out")
                    for _, at, number, topic, outcome, was_reached, direction in touches.get(pk, NONE)
                ]
            ),
            refusals=tuple(
                [
                    RefusalFact(day(at), topic, until)
                    for _, car, at, topic, until in refusals.get(customer, NONE)
                    if car is None or car == pk
                ]
            ),
            complaints=tuple(
                [
                    ComplaintFact(
                        number,
                        day(opened_at),
                        day(resolved_at) if resolved_at else None,
                        is_about_this=car == pk or (car is None and is_main),
                    )
                    for _, car, number, opened_at, resolved_at in complaints.get(customer, NONE)
                ]
            ),
            points=tuple(
                [
                    PointFact(kind, day(invalid_at) if invalid_at else None, reason)
                    for _, kind, invalid_at, reason in points.get(customer, NONE)
                ]
            ),
            recalls=tuple(
                [
                    RecallFact(one.code, one.title, one.since, one.done_on)
                    for one in recalls.get(row["vehicle__vin"], NONE)
                ]
            ),
            answers=tuple(
                [
                    AnswerFact(day(at), score)
                    for _, car, at, score in answers.get(customer, NONE)
                    if car == pk or (car is None and is_main)
                ]
            ),
            referrals=tuple([day(at) for _, at in referrals.get(customer, NONE)]),
            built_year=row["vehicle__year"],
            customer_since=min([start for _, _, start, _, _ in others], default=row["started_on"]),
            cars_bought=sum(
                [start <= row["started_on"] and acquired != "elsewhere" for _, _, start, acquired, _ in others]
            ),
            **library.shared(store, make, model),
        )
        loaded.append(Loaded(pk, customer, store, make, model, row["facts_version"], facts))
    return loaded


def _by(queryset: Any, key: str, *fields: str, is_sorted: bool = True) -> Rows:
    """{key: [(key, *fields), ...]} in one query.

    Not `is_sorted`: the few rows of each key are put in order of their first two fields here, as the database would
    sort all the rows of a chunk at once, for more than it takes to find them.
    """
    rows: Rows = defaultdict(list)
    for row in queryset.values_list(key, *fields):
        rows[row[0]].append(row)
    return rows if is_sorted else _sorted(rows, itemgetter(1, 2))


def _sorted(rows: Rows, by: Callable[[Any], Any]) -> Rows:
    for of_one in rows.values():
        if len(of_one) > 1:
            of_one.sort(key=by)
    return rows


def _day_in(zone: ZoneInfo) -> Callable[[datetime], date]:
    def day(at: datetime) -> date:
        return at.astimezone(zone).date()

    return day


class Listed(Aggregate):
    """The values of a group as text, with commas between."""

    function = "GROUP_CONCAT"
    output_field = TextField()

    def as_postgresql(self, compiler: Any, connection: Any) -> Any:
        return self.as_sql(
            compiler, connection, function="STRING_AGG", template="%(function)s((%(expressions)s)::text, ',')"
        )


def _visits(vehicles: Collection[int], library: Library) -> Rows:
    """{vehicle: [(order, ownership, customer, day, pay type, works, declined, paid, currency), ...]} in order of time.

    One query, which groups the lines of each order. Only what the customer paid counts as paid.
    """
    group = Case(
        When(is_declined=True, then=ExpressionWrapper(-F("work_group_id"), IntegerField())),
        default="work_group_id",
        output_field=IntegerField(),
    )
    lines = RepairOrderLine.objects.filter(order_id=OuterRef("pk")).order_by().values("order_id")
    orders = RepairOrder.objects.filter(vehicle_id__among=vehicles, voided_at=None).annotate(
        groups=Subquery(lines.annotate(groups=Listed(group)).values("groups"))
    )
    fields = ("vehicle_id", "pk", "ownership_id", "customer_id", "opened_on", "pay_type")
    values = orders.order_by().values_list(*fields, "total", "dealership_id", "groups")
    rows: Rows = defaultdict(list)
    for vehicle, *visit, pay_type, total, store, groups in values:
        paid = round(total) if total and pay_type == RepairOrder.PayType.CUSTOMER else 0
        rows[vehicle].append((*visit, pay_type, *library.works(groups), paid, library.currency(store)))
    return _sorted(rows, itemgetter(3, 0))


def _own_visits(row: dict[str, Any], visits: list[Any], currency: str) -> tuple[Visit, ...]:
    """Visits of the car; `is_ours` where the order names this ownership, or none and its day lies inside it.

    Money in another currency than the home store's is not counted: currencies are never summed.
    """
    pk, start, end = row["pk"], row["started_on"], row["ended_on"] or date.max
    is_sold_by_us = row["acquired"] != Ownership.Acquired.ELSEWHERE
    found = []
    for order, ownership, visitor, on, pay_type, works, declined, paid, paid_in in visits:
        is_ours = ownership == pk or (ownership is None and start <= on <= end)
        if is_ours and is_sold_by_us and on < start:  # preparing a car for its sale is no visit of the buyer
            is_ours = False
        is_by_other = visitor != row["customer_id"] and on >= start
        in_currency = paid if paid_in == currency else 0
        is_internal = pay_type == "internal"
        found.append(Visit(order, on, works, declined, is_ours, is_by_other, is_internal, in_currency))
    return tuple(found)


def _other_cars(pk: int, started_on: date, cars: list[Any]) -> tuple[bool, tuple[date, ...]]:
    """Is this the customer's first open ownership, and when did they buy another car from us since?"""
    still_open = [number for _, number, _, _, ended_on in cars if ended_on is None]
    bought = sorted(
        start
        for _, number, start, acquired, _ in cars
        if number != pk and start > started_on and acquired != "elsewhere"
    )
    return (not still_open or still_open[0] == pk), tuple(bought)
