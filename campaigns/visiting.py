"""A visit that a customer asks for on the web: booked at once where we know whose car it is, else kept for an operator.

Whoever asks by plate and phone learns nothing: known or not, the time is taken and the answer is the same
(docs/decisions/0071).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from campaigns.booking import SERVICE, book, check_room, hold_workshop
from campaigns.loading import Store, facts_at_the_door
from campaigns.models import ContactTask
from campaigns.visit_letters import confirm_by_letter, forget_letter
from campaigns.withdrawing import close_overtaken, find_overtaken
from customers.models import ContactPoint, Customer
from dealercrm.accounts.models import User
from vehicles.models import Appointment, Ownership, VisitRequest, WorkGroup

WEB = "web"
Status = VisitRequest.Status


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for; `once` is the mark of the form it was written in."""

    starts_at: datetime
    once: str
    work_group: WorkGroup | None = None
    note: str = ""
    name: str = ""
    phone: str = ""
    plate: str = ""
    language: str = ""


@transaction.atomic
def ask_for_visit(store: Store, wish: Wish, ownership: Ownership | None, *, now: datetime) -> VisitRequest:
    """Keep the time. `ownership`: the car of a signed link; None where plate and phone were typed.

    Raises BadDetails where the time was taken meanwhile. The same form sent twice is one request.
    """
    by_link = ownership is not None
    if ownership is None:
        ownership = _known_by_plate_and_phone(wish)
        if ownership is not None and _is_expected(ownership, now):
            ownership = None  # whoever knows plate and phone must not move what the owner has arranged
    customer = _held(ownership.customer_id) if ownership is not None else None
    hold_workshop(store)
    before = VisitRequest.objects.filter(once=wish.once, dealership=store.dealership).first()
    if before is not None:
        return before
    asked = VisitRequest(
        dealership=store.dealership,
        asked_at=now,
        starts_at=wish.starts_at,
        minutes=store.values.slot_minutes,
        work_group=wish.work_group,
        note=wish.note[:300],
        language=wish.language,
        by_link=by_link,
        once=wish.once,
    )
    if ownership is None or customer is None:
        check_room(store, asked.starts_at, asked.minutes)
        asked.name, asked.phone, asked.plate = wish.name[:100], wish.phone, wish.plate[:16]
        asked.save(force_insert=True)
        return asked
    asked.appointment = _booked(store, asked, customer, ownership, now)
    asked.customer, asked.status, asked.settled_at = customer, Status.BOOKED, now
    asked.save(force_insert=True)
    confirm_by_letter(store, asked, customer, now=now)
    return asked


@transaction.atomic
def move_visit(store: Store, asked: VisitRequest, starts_at: datetime, *, now: datetime) -> bool:
    """Another time for the same visit; False where it is over or was called off. Raises BadDetails where full."""
    appointment = asked.appointment
    if appointment is None:
        hold_workshop(store)
        check_room(store, starts_at, asked.minutes, but_for=asked.pk)
        waiting = VisitRequest.objects.waiting().filter(pk=asked.pk)
        return bool(waiting.update(starts_at=starts_at))
    customer = _held(appointment.customer_id)
    hold_workshop(store)
    appointment.refresh_from_db()
    if not appointment.cancel():
        return False
    forget_letter(appointment, now=now)
    asked.starts_at = starts_at
    asked.appointment = _booked(store, asked, customer, appointment.ownership, now)
    asked.save(update_fields=["starts_at", "appointment"])
    confirm_by_letter(store, asked, customer, now=now)
    return True


@transaction.atomic
def call_off(asked: VisitRequest, *, now: datetime) -> bool:
    """The customer will not come: the time is free again at once."""
    if asked.appointment is not None:
        customer = _held(asked.appointment.customer_id)
        if not asked.appointment.cancel():
            return False
        forget_letter(asked.appointment, now=now)
        take_calls_off(Store.load(asked.dealership, now), customer, now=now)
        return True
    return asked.settle(Status.CANCELLED, at=now)


@transaction.atomic
def confirm_request(
    store: Store,
    asked: VisitRequest,
    customer: Customer | None,
    ownership: Ownership | None,
    *,
    by: User,
    now: datetime,
) -> bool:
    """An operator knows who it is, or writes a new customer down; now it is an appointment like any other."""
    if customer is None:
        customer = _new_customer(store, asked, now)
    customer = _held(customer.pk)
    hold_workshop(store)
    if not asked.settle(Status.BOOKED, at=now, by=by, customer=customer):
        return False
    asked.appointment = _booked(store, asked, customer, ownership, now, by=by)
    asked.save(update_fields=["appointment"])
    confirm_by_letter(store, asked, customer, now=now)
    return True


def take_calls_off(store: Store, customer: Customer, *, now: datetime) -> None:
    """What the new appointment makes needless leaves the list now, not at the next claim."""
    close_overtaken(find_overtaken(store, {customer.pk: facts_at_the_door(customer, store)}, now=now))


def _booked(
    store: Store,
    asked: VisitRequest,
    customer: Customer,
    ownership: Ownership | None,
    now: datetime,
    by: User | None = None,
) -> Appointment:
    customer.become_known_to(store.dealership, at=now)
    note = " · ".join(part for part in (asked.plate if ownership is None else "", asked.note) if part)
    appointment, _moved = book(
        store,
        customer,
        ownership,
        purpose=SERVICE,
        starts_at=asked.starts_at,
        minutes=asked.minutes,
        now=now,
        work_group=asked.work_group,
        note=note[:300],
        source=WEB,
        booked_by=by,
    )
    take_calls_off(store, customer, now=now)
    return appointment


def _held(customer_id: int) -> Customer:
    """The customer under lock, and the calls that wait for them: customer, then tasks, then the workshop."""
    customer = Customer.objects.held_person(customer_id)
    open_tasks: Any = ContactTask.objects.filter(customer=customer, status=ContactTask.Status.OPEN).order_by("pk")
    list(open_tasks.select_for_update(of=("self",)).values_list("pk"))
    return customer


def _known_by_plate_and_phone(wish: Wish) -> Ownership | None:
    """The one car with this plate whose owner has this phone; None where there is none, or a choice to make."""
    asked = VisitRequest(plate=wish.plate)
    if not asked.plate_key or not wish.phone:
        return None
    owners = ContactPoint.objects.filter(value=wish.phone, kind=ContactPoint.Kind.PHONE).values("customer")
    cars = Ownership.objects.open().standing().filter(vehicle__plate_key=asked.plate_key, customer__in=owners)
    found = list(cars.filter(customer__erased_at=None, customer__merged_into=None)[:2])
    return found[0] if len(found) == 1 else None


def _is_expected(ownership: Ownership, now: datetime) -> bool:
    return Appointment.objects.open().filter(ownership=ownership, purpose=SERVICE, starts_at__gt=now).exists()


def _new_customer(store: Store, asked: VisitRequest, now: datetime) -> Customer:
    customer = Customer.objects.create(first_name=asked.name or asked.phone, language=asked.language)
    customer.become_known_to(store.dealership, at=now)
    customer.add_contact_point(ContactPoint.Kind.PHONE, asked.phone, country=store.dealership.country, source=WEB)
    return customer
