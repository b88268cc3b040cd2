"""Builders for the cast: one call makes one believable row; tests say only what their story needs."""

from __future__ import annotations

import itertools
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from customers.models import ConsentEvent, ContactPoint, Customer
from dealercrm.accounts.models import Dealership, Membership, User
from vehicles.models import Make, Ownership, RepairOrder, RepairOrderLine, Vehicle, VehicleModel, WorkGroup

_numbers = itertools.count(1)
MOSCOW = ZoneInfo("Europe/Moscow")
PASSWORD = "north-star-42"


def moment(day: date, hour: int = 12, minute: int = 0) -> datetime:
    """An aware moment on a Moscow wall clock."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=MOSCOW)


def make_dealership(code: str, **fields: Any) -> Dealership:
    return Dealership.objects.create(code=code, name=fields.pop("name", code.title()), **fields)


def make_user(username: str, role: str, *dealerships: Dealership, **fields: Any) -> User:
    user = User.objects.create_user(username=username, password=PASSWORD, **fields)
    for dealership in dealerships:
        Membership.objects.create(user=user, dealership=dealership, role=role)
    return user


def make_customer(
    dealership: Dealership,
    *,
    name: str = "Иванов Алексей Сергеевич",
    phone: str | None = "",
    email: str | None = None,
    consents: bool = True,
    known_since: date = date(2024, 1, 10),
    **fields: Any,
) -> Customer:
    """A person the store knows, with a phone (its own number unless given; None for none) and marketing consent."""
    last, first, middle = ([*name.split(" "), "", ""])[:3]
    customer = Customer.objects.create(last_name=last, first_name=first, middle_name=middle, **fields)
    customer.become_known_to(dealership, at=moment(known_since))
    number = next(_numbers)
    if phone is not None:
        ContactPoint.objects.create(
            customer=customer, kind=ContactPoint.Kind.PHONE, value=phone or f"+7912{number:07d}", source="test"
        )
    if email:
        ContactPoint.objects.create(customer=customer, kind=ContactPoint.Kind.EMAIL, value=email, source="test")
    if consents:
        ConsentEvent.objects.create(
            customer=customer, is_given=True, at=moment(known_since), source="dms", dealership=dealership
        )
    return customer


def make_model(make: str = "Kia", model: str = "Rio") -> VehicleModel:
    brand, _ = Make.objects.get_or_create(key=make.casefold(), defaults={"name": make})
    return VehicleModel.objects.get_or_create(make=brand, key=model.casefold(), defaults={"name": model})[0]


def make_vehicle(make: str = "Kia", model: str = "Rio", year: int = 2022, **fields: Any) -> Vehicle:
    number = next(_numbers)
    kind = make_model(make, model)
    defaults: dict[str, Any] = {"vin": f"Z94CB41AAGR{number:06d}", "plate": f"А{number % 1000:03d}ВС116"}
    return Vehicle.objects.create(make=kind.make, model=kind, year=year, **(defaults | fields))


def make_ownership(
    customer: Customer,
    dealership: Dealership,
    *,
    started_on: date = date(2024, 1, 15),
    acquired: str = Ownership.Acquired.NEW,
    vehicle: Vehicle | None = None,
    **fields: Any,
) -> Ownership:
    return Ownership.objects.create(
        customer=customer,
        vehicle=vehicle or make_vehicle(),
        home_store=dealership,
        acquired=acquired,
        started_on=started_on,
        **fields,
    )


def make_visit(
    ownership: Ownership,
    on: date,
    *,
    km: int | None = None,
    works: tuple[str, ...] = ("maintenance", "oil"),
    declined: tuple[str, ...] = (),
    **fields: Any,
) -> RepairOrder:
    """A repair order with a labour line per work group code; leaves the note of new facts."""
    order = RepairOrder.objects.create(
        dealership=fields.pop("dealership", ownership.home_store),
        number=f"T{next(_numbers):07d}",
        vehicle=ownership.vehicle,
        customer=fields.pop("customer", ownership.customer),
        ownership=ownership,
        opened_on=on,
        odometer_km=km,
        total=fields.pop("total", 12000),
        **fields,
    )
    for position, code in enumerate((*works, *declined), start=1):
        group, _ = WorkGroup.objects.get_or_create(code=code, defaults={"name_en": code, "name_ru": code})
        RepairOrderLine.objects.create(
            order=order,
            position=position,
            name=code,
            work_group=group,
            amount=6000,
            is_declined=position > len(works),
        )
    if km is not None:
        ownership.vehicle.odometer_readings.create(read_on=on, km=km, order=order, dealership=order.dealership)
    Ownership.objects.note_new_facts([ownership.pk])
    return order
