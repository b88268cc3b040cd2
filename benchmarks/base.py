"""A large base for measuring, made fast: who drives what, their visits, lines and readings, and what was said.

Not the demo: nothing here has a story or a planted truth, only believable proportions (per 1,000
customers 1,300 cars, 8,000 repair orders, 24,000 lines). Seeded, so the same call makes the same
base on both databases (by COPY on PostgreSQL).

    fill(100_000, today=date(2026, 3, 2))
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
from django.db import connection, transaction

from customers.models import ContactPoint, Customer, CustomerStore
from dealercrm.accounts.models import Dealership
from dealercrm.demo.rows import Table
from vehicles.models import (
    Appointment,
    Complaint,
    Cover,
    MaintenanceSchedule,
    Make,
    OdometerReading,
    Ownership,
    Refusal,
    RepairOrder,
    RepairOrderLine,
    Touch,
    Vehicle,
    WorkGroup,
)

BLOCK = 5_000  # customers written in one transaction
SURNAMES = ("Иванов", "Петров", "Сидоров", "Кузнецов", "Смирнов", "Волков", "Фёдоров", "Козлов")
NAMES = ("Алексей", "Иван", "Пётр", "Олег", "Сергей", "Андрей")
REPAIRS = ("brakes", "brake_pads_front", "tyres", "battery", "diagnostics", "suspension", "electrics", "other")
EXTRAS = ("brake_fluid", "coolant", "spark_plugs", "brake_pads_front", "timing_belt", "wash")
Rows = list[tuple[Any, ...]]


class Tables(NamedTuple):
    """Rows of one block, by their columns; what refers to a row of the block names its place in the list."""

    people: Rows
    cars: Rows
    owners: Rows
    orders: Rows
    lines: Rows
    readings: Rows
    covers: Rows
    bookings: Rows
    touches: Rows
    refusals: Rows
    complaints: Rows

    @classmethod
    def empty(cls) -> Tables:
        return cls(*([] for _ in cls._fields))


class Catalogue:
    """Makes with the km of their service interval, and the ids of work groups."""

    def __init__(self) -> None:
        self.groups = dict(WorkGroup.objects.values_list("code", "pk"))
        every = {
            schedule.make_id: schedule.works.filter(is_maintenance=True).values_list("interval_km", flat=True)[0]
            for schedule in MaintenanceSchedule.objects.filter(model=None)
        }
        self.makes = [(make.pk, make.km_per_year, every.get(make.pk) or 15000) for make in Make.objects.order_by("pk")]


def fill(customers: int, *, today: date, seed: int = 20260302, history: int = 1) -> int:
    """Write so many customers with all that belongs to them into an empty base; the number of ownerships.

    `history` 2 gives every car twice as many visits, reaching back twice as far.
    """
    store, _ = Dealership.objects.get_or_create(code="bench", defaults={"name": "Bench"})
    catalogue, made = Catalogue(), 0
    for number in range(-(-customers // BLOCK)):
        size = min(BLOCK, customers - number * BLOCK)
        tables = _draw(np.random.default_rng([seed, number]), number, size, catalogue, today, history)
        made += _write(tables, store, number)
    return made


def settle() -> None:
    """Let the planner know the tables, as autovacuum would some minutes later."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


# ---------------------------------------------------------------- drawing


def _draw(dice: Any, block: int, size: int, catalogue: Catalogue, today: date, history: int) -> Tables:
    tables = Tables.empty()
    birth = dice.integers(0, 18_000, size)
    kind = dice.random(size)
    cars = 1 + (dice.random(size) < 0.30)
    for person in range(size):
        is_company = kind[person] < 0.06
        number = block * BLOCK + person
        name = "" if is_company else SURNAMES[number % len(SURNAMES)]
        tables.people.append(
            (
                "company" if is_company else "person", name, "" if is_company else NAMES[number % len(NAMES)],
                f"ООО Фирма {number}" if is_company else "", f"{name} {number}".casefold(),
                None if is_company or kind[person] > 0.7 else date(1956, 1, 1) + timedelta(days=int(birth[person])),
                bool(0.06 < kind[person] < 0.09),
            )
        )  # fmt: skip
        for _ in range(int(cars[person])):
            _draw_car(dice, tables, person, catalogue, today, history)
    return tables


def _draw_car(dice: Any, tables: Tables, person: int, catalogue: Catalogue, today: date, history: int) -> None:
    make, km_per_year, interval_km = catalogue.makes[int(dice.integers(len(catalogue.makes)))]
    speed = km_per_year * float(np.exp(dice.normal(0, 0.45)))
    interval = min(365.0, 365.0 * interval_km / speed)
    u = dice.random(12)
    visits = int(min(dice.geometric(1 / 7.15) - 1, 40)) * history
    silent = interval * (1.1 * u[0] if u[1] < 0.6 else 1.0 + 3 * u[0] if u[1] < 0.85 else 3 + 6 * u[0])
    gaps = np.maximum(dice.lognormal(np.log(0.62 * interval), 0.5, visits + 1), 5)
    back = silent + np.concatenate(([0.0], np.cumsum(gaps)))
    days = [today - timedelta(days=int(back[-1 - index])) for index in range(visits + 1)]
    start, on = days[0], days[1:]
    car, ended = len(tables.cars), u[2] < 0.10
    acquired = "new" if u[3] < 0.55 else "used" if u[3] < 0.75 else "elsewhere"
    if acquired == "elsewhere" and on:
        start = on[0]
    tables.cars.append((make, start.year))
    last = on[-1] if on else start
    ended_on = min(today, last + timedelta(days=int(200 * u[4]))) if ended else None
    tables.owners.append((person, car, acquired, start, ended_on, "sold" if ended else ""))
    _draw_visits(dice, tables, catalogue, car, start, on, speed, interval, 0.0 if acquired == "new" else 60_000 * u[5])
    _draw_talk(dice, tables, person, car, start, today, u)


def _draw_visits(
    dice: Any, tables: Tables, catalogue: Catalogue, car: int, start: date, on: list[date], speed: float,
    interval: float, km_at_start: float,
) -> None:  # fmt: skip
    groups, u = catalogue.groups, dice.random((len(on), 6))
    maintained = start
    for index, day in enumerate(on):
        order, dirt = len(tables.orders), u[index]
        km = int(km_at_start + speed * (day - start).days / 365.25 * (0.95 + 0.1 * dirt[0]))
        shown = km * 10 if dirt[1] < 0.015 else max(km - 30_000, 1) if dirt[1] < 0.03 else km
        if (day - maintained).days > 0.8 * interval:
            maintained = day
            works = ["maintenance", "oil", "filters"]
            if dirt[2] < 0.35:
                works.append(EXTRAS[int(dirt[3] * len(EXTRAS))])
        else:
            first = int(dirt[3] * len(REPAIRS))
            works = [REPAIRS[first], REPAIRS[(first + 1) % len(REPAIRS)], "other"][: 2 + (dirt[4] < 0.6)]
        tables.orders.append((car, day, km, Decimal(4000 + int(20000 * dirt[4]))))
        for position, work in enumerate(works, start=1):
            is_declined = position == len(works) and dirt[5] < 0.08
            tables.lines.append((order, position, work, groups[work], Decimal(2500), is_declined))
        if dirt[1] < 0.98:
            tables.readings.append(
                (car, order, day, shown, "suspect" if shown != km and dirt[0] < 0.7 else "plausible")
            )


def _draw_talk(dice: Any, tables: Tables, person: int, car: int, start: date, today: date, u: Any) -> None:
    """Covers, appointments, touches, refusals and complaints of one car."""
    if u[6] < 0.4:
        ends_on = today + timedelta(days=int(365 * u[7]) - 60)
        tables.covers.append((car, "insurance", "OSAGO", ends_on - timedelta(days=365), ends_on))
    if u[6] > 0.9:
        tables.covers.append((car, "service_contract", "", start, start + timedelta(days=1095)))
    if u[8] < 0.03:
        tables.bookings.append((person, car, today + timedelta(days=int(20 * u[7]) - 4), "booked"))
    elif u[8] < 0.15:
        tables.bookings.append((person, car, today - timedelta(days=int(300 * u[7]) + 5), "arrived"))
    elif u[8] < 0.17:
        tables.bookings.append((person, car, today - timedelta(days=int(100 * u[7]) + 1), "no_show"))
    topics = ("courtesy_call", "maintenance", "win_back", "repurchase")
    for number in range(int(dice.integers(0, 3))):
        day = max(start, today - timedelta(days=int(500 * u[9]) + 40 * number))
        tables.touches.append((person, car, day, topics[int(u[10] * len(topics))], bool(u[11] < 0.5)))
    if u[11] < 0.01:
        tables.refusals.append((person, car, today - timedelta(days=int(400 * u[7])), "maintenance"))
    if u[11] > 0.995:
        tables.complaints.append((person, car, today - timedelta(days=int(400 * u[7])), u[9] < 0.9))


# ---------------------------------------------------------------- writing


@transaction.atomic
def _write(tables: Tables, store: Dealership, block: int) -> int:
    """One block, parents first; each list's places become the keys its children name."""
    _trust_the_keys()
    known_since = datetime(2020, 1, 1, 9, tzinfo=UTC)
    people = Table(
        Customer, "kind", "last_name", "first_name", "company_name", "search_key", "birth_on", "is_premium"
    ).write(tables.people)
    Table(CustomerStore, "customer", "dealership", "since").write((pk, store.pk, known_since) for pk in people)
    Table(ContactPoint, "customer", "kind", "value", "source").write(
        (pk, "phone", f"+7912{block * BLOCK + place:07d}", "bench") for place, pk in enumerate(people)
    )
    cars = Table(Vehicle, "vin", "vin_tail", "make", "year").write(
        (f"Z94CB41A{block:03d}{place:06d}", f"{block:03d}{place:06d}"[-8:], make, year)
        for place, (make, year) in enumerate(tables.cars)
    )
    owners = Table(
        Ownership, "customer", "vehicle", "acquired", "started_on", "ended_on", "end_reason", "home_store"
    ).write((people[person], cars[car], *rest, store.pk) for person, car, *rest in tables.owners)
    driver = [person for person, *_ in tables.owners]
    orders = Table(
        RepairOrder, "number", "dealership", "vehicle", "customer", "ownership", "opened_on", "odometer_km", "total"
    ).write(
        (f"{block}-{place}", store.pk, cars[car], people[driver[car]], owners[car], *rest)
        for place, (car, *rest) in enumerate(tables.orders)
    )
    Table(RepairOrderLine, "order", "position", "name", "work_group", "amount", "is_declined").write(
        (orders[order], *rest) for order, *rest in tables.lines
    )
    Table(OdometerReading, "vehicle", "order", "dealership", "read_on", "km", "plausibility").write(
        (cars[car], orders[order], store.pk, *rest) for car, order, *rest in tables.readings
    )
    Table(Cover, "vehicle", "ownership", "dealership", "number", "kind", "product", "starts_on", "ends_on").write(
        (cars[car], owners[car], store.pk, str(place), *rest) for place, (car, *rest) in enumerate(tables.covers)
    )
    Table(
        Appointment, "customer", "ownership", "dealership", "purpose", "starts_at", "status", "created_at"
    ).write(
        (people[person], owners[car], store.pk, "service", _at(day), status, _at(day - timedelta(days=9)))
        for person, car, day, status in tables.bookings
    )  # fmt: skip
    Table(
        Touch, "customer", "ownership", "dealership", "at", "channel", "purpose", "topic", "outcome", "was_reached"
    ).write(
        (people[person], owners[car], store.pk, _at(day), "call", "service", topic, "done", was_reached)
        for person, car, day, topic, was_reached in tables.touches
    )  # fmt: skip
    Table(Refusal, "customer", "ownership", "dealership", "at", "topic").write(
        (people[person], owners[car], store.pk, _at(day), topic) for person, car, day, topic in tables.refusals
    )
    Table(Complaint, "customer", "ownership", "dealership", "opened_at", "resolved_at", "text").write(
        (people[person], owners[car], store.pk, _at(day), _at(day) if is_resolved else None, "x")
        for person, car, day, is_resolved in tables.complaints
    )
    return len(owners)


def _trust_the_keys() -> None:
    """The keys below hold by construction, and looking each of them up would take two thirds of the time."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
            if cursor.fetchone() == (True,):
                cursor.execute("SET LOCAL session_replication_role = replica")


def _at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
