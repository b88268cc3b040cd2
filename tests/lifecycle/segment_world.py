"""A base that holds something of everything that a segment can ask, and what may be asked of it."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

from customers.models import ConsentEvent, ContactPoint
from dealercrm.accounts.models import Dealership
from lifecycle.models import Occasion, Standing
from lifecycle.rules.segments import Condition, Op
from lifecycle.segments.registry import FIELDS
from tests.factories import make_customer, make_ownership, make_vehicle, make_visit, moment
from vehicles.models import Appointment, Complaint, Cover, Ownership, Touch

STAGES = [("retention", "due"), ("retention", "thin_ice"), ("dormant", "quiet"), ("", ""), ("purchase", "delivered")]


def standing_of(ownership: Ownership, today: date, **fields: Any) -> Standing:
    """A standing as a night might have written it."""
    defaults = {"stage": "retention", "substage": "due", "since": today, "facts_version": 1, "judged_on": today}
    return Standing.objects.create(
        ownership=ownership, customer=ownership.customer, dealership=ownership.home_store, **(defaults | fields)
    )


def some_base(store: Dealership, today: date, *, size: int = 24, seed: int = 1) -> list[Standing]:
    """Cars of every colour: with and without visits, contacts, consent, covers, birth dates, forecasts."""
    dice = random.Random(seed)

    def ago(most: int) -> date:
        return today - timedelta(days=dice.randrange(most))

    found = []
    for number in range(size):
        customer = make_customer(
            store,
            name=f"Клиент{number} Имя",
            phone=dice.choice(["", None]),
            email=dice.choice([None, f"c{number}@example.com"]),
            consents=dice.random() < 0.5,
            kind=dice.choice(["person", "person", "company"]),
            city=dice.choice(["", "Казань", "Самара"]),
            is_premium=dice.random() < 0.3,
            birth_on=dice.choice([None, date(1980, 2, 29), today.replace(year=today.year - 40)]),
        )
        if dice.random() < 0.3:
            ContactPoint.objects.filter(customer=customer).update(invalid_at=moment(today))
        for _ in range(dice.randrange(3)):
            ConsentEvent.objects.create(
                customer=customer, at=moment(ago(3)), source="call", is_given=dice.random() < 0.5,
                purpose=dice.choice(["", "marketing", "service"]), channel=dice.choice(["", "call", "email"]),
            )  # fmt: skip
        make, model = dice.choice([("Kia", "Rio"), ("Lada", "Vesta"), ("Haval", "Jolion")])
        year: Any = dice.choice([None, 2014, 2020, 2024])
        car = make_vehicle(make, model, year=year) if dice.random() < 0.9 else make_vehicle(year=year, make_id=None)
        ownership = make_ownership(
            customer, store, vehicle=car, started_on=ago(2000), acquired=dice.choice(["new", "used", "elsewhere"])
        )
        if dice.random() < 0.1:
            ownership.end("sold", on=today)
        if dice.random() < 0.3:
            how = dice.choice(["suspect", "wrong"])
            car.odometer_readings.create(read_on=today, km=9, dealership=store, plausibility=how)
        if dice.random() < 0.3:
            type(car).objects.filter(pk=car.pk).update(vin_note="typed with O for 0")
        visits = [ago(1000) for _ in range(dice.randrange(4))]
        for on in visits:
            declined = ("brakes",) if dice.random() < 0.4 else ()
            make_visit(ownership, on, declined=declined, total=dice.choice([None, 5000, 40000]))
        is_deaf = dice.random() < 0.2
        for _ in range(4 if is_deaf else dice.randrange(5)):
            Touch.objects.create(
                customer=customer, ownership=ownership, dealership=store, at=moment(ago(300 if is_deaf else 700)),
                channel="call", purpose="service", direction="out" if is_deaf else dice.choice(["out", "in"]),
                was_reached=not is_deaf and dice.random() < 0.5,
            )  # fmt: skip
        if dice.random() < 0.4:
            Cover.objects.create(
                dealership=store, vehicle=car, kind=dice.choice(["insurance", "warranty"]), number=str(number),
                ownership=dice.choice([None, ownership]), ends_on=ago(400) + timedelta(days=200),
            )  # fmt: skip
        if dice.random() < 0.3:
            Appointment.objects.create(
                dealership=store, customer=customer, ownership=ownership, starts_at=moment(today + timedelta(days=2))
            )
        if dice.random() < 0.2:
            Complaint.objects.create(dealership=store, customer=customer, opened_at=moment(ago(30)), text="Скрип")
        stage, substage = dice.choice(STAGES)
        row = standing_of(
            ownership, today, stage=stage, substage=substage, since=ago(200),
            last_visit_on=max(visits, default=None), due_on=dice.choice([None, ago(100), today]),
            interval_days=dice.choice([None, 200, 365]), odometer_km=dice.choice([None, 30_000, 90_000]),
            health=dice.choice([None, 20, 80]), chance_soon=dice.choice([None, 3, 60]),
            visits_24m=dice.choice([None, 0, 1]),
            loyalty=dice.choice(["", "loyal", "unhappy"]), probably_sold=dice.choice([0, 50]),
            rfm_r=dice.choice([None, 1, 5]), rfm_f=dice.choice([None, 2, 5]), rfm_m=dice.choice([None, 3, 5]),
            value_24m=dice.choice([None, 8000, 50_000]),
            odometer_on=dice.choice([None, ago(600)]), km_per_year=dice.choice([None, 12_000]),
            forecasts=dice.choice(
                [{}, {"warranty_until": (today + timedelta(days=40)).isoformat(), "buying_from": today.isoformat()}]
            ),
        )  # fmt: skip
        if dice.random() < 0.4:
            Occasion.objects.create(
                ownership=ownership, customer=customer, dealership=store, kind="maintenance", purpose="service",
                cycle="visit:1", opens_on=today, due_on=today, closes_on=today, status="open",
            )  # fmt: skip
        found.append(row)
    return found


VALUES = {
    "substage": ("thin_ice",),
    "customer_kind": ("company",),
    "stage": ("retention", "dormant"),
    "occasion": ("maintenance",),
    "make": ("kia", "lada"),
    "model": ("kia/rio", "haval/jolion"),
    "cover": ("insurance",),
    "loyalty": ("loyal",),
    "price_class": ("chinese",),
    "work_done": ("oil",),
    "work_declined": ("brakes",),
    "city": ("Казань",),
    "consent": ("marketing/call", "service/email"),
    "warmth": ("warm", "deaf"),
}
RANGES = {
    "check": (10_000, 60_000),
    "mileage": (20_000, 40_000),
    "km_per_year": (10_000, 20_000),
    "interval": (100, 300),
    "owned_for": (6, 40),
    "age": (3, 8),
    "person_age": (35, 45),
    "visits": (1, 2),
    "value": (10_000, 60_000),
    "rfm_r": (2, 5),
    "rfm_f": (3, 5),
    "rfm_m": (4, 5),
    "touches": (1, 2),
    "due": (-60, 5),
    "warranty_end": (0, 90),
    "buying_from": (-10, 10),
    "cover": (-100, 150),
}


def every_condition() -> list[Condition]:
    """Each field of the registry in each of its ways: a range closed, open to the left, open to the right."""
    found = []
    for code, field in FIELDS.items():
        for op in field.ops:
            values: tuple[str, ...] = ()
            if op == Op.ANY:
                values = VALUES.get(code) or tuple(value for value, _words in (field.choices or list)()[:2])
            if op in {Op.NO, Op.YES, Op.UNKNOWN} or field.unit is None:
                found.append(Condition(code, op, values))
                continue
            low, high = RANGES.get(code, (30, 400))
            found += [
                Condition(code, op, values, low, high),
                Condition(code, op, values, low, None),
                Condition(code, op, values, None, high),
            ]
    return found
