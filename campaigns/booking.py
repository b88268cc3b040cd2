"""Expecting a customer: the free times that a store can offer, and the booking that cannot be made twice."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from campaigns.loading import Store
from campaigns.rules.outcomes import BadDetails
from campaigns.rules.slots import DaySlots, Taken, free_slots, has_room
from customers.models import Customer
from dealercrm.accounts.models import Dealership
from vehicles.models import Appointment, Ownership, VisitRequest

SERVICE = Appointment.Purpose.SERVICE
LOOK_AHEAD = timedelta(days=22)


def offered_times(store: Store, now: datetime, *, days: int = 4) -> list[DaySlots]:
    """The free times of the workshop on the next days that have one. One query."""
    busy = _taken(store, now - timedelta(days=1), now + LOOK_AHEAD)
    return free_slots(busy, now, store.dealership.zone, store.values, store.holidays, days=days)


def expected_and_free(store: Store, customer: Customer, now: datetime) -> tuple[list[Appointment], list[DaySlots]]:
    """The customer's next appointments at any store, and the workshop's free times. One query for both."""
    since = now - timedelta(days=1)
    theirs = Q(customer=customer, starts_at__gte=since)
    workshop = Q(dealership=store.dealership, purpose=SERVICE, starts_at__gte=since, starts_at__lt=now + LOOK_AHEAD)
    rows = list(Appointment.objects.open().filter(theirs | workshop).defer("note", "external_code"))
    mine = sorted((row for row in rows if row.customer_id == customer.pk), key=lambda row: row.starts_at)
    busy = [
        Taken(row.starts_at, row.minutes)
        for row in rows
        if row.dealership_id == store.dealership.pk and row.purpose == SERVICE
    ]
    return mine[:3], free_slots(busy, now, store.dealership.zone, store.values, store.holidays)


@transaction.atomic
def book(
    store: Store,
    customer: Customer,
    ownership: Ownership | None,
    *,
    purpose: str,
    starts_at: datetime,
    minutes: int,
    now: datetime,
    **fields: Any,
) -> tuple[Appointment, Appointment | None]:
    """(the appointment, the one it takes the place of). The caller holds the customer's lock.

    A car is expected once: a second booking for the same purpose moves the first. Raises BadDetails
    where the workshop is full at that time; bookings of a store queue up here, so that two operators
    who saw the same last free time cannot both give it away.
    """
    hold_workshop(store)
    moved = _expected(ownership, purpose, now) if ownership is not None else None
    if moved is not None:
        moved.cancel()
    if purpose == SERVICE:
        check_room(store, starts_at, minutes)
    appointment = Appointment.objects.book(
        dealership=store.dealership,
        customer=customer,
        ownership=ownership,
        purpose=purpose,
        starts_at=starts_at,
        minutes=minutes,
        **fields,
    )
    return appointment, moved


def hold_workshop(store: Store) -> None:
    """Bookings of a store queue up here: whoever is next sees what the one before has taken."""
    Dealership.objects.select_for_update(no_key=True).get(pk=store.dealership.pk)


def check_room(store: Store, starts_at: datetime, minutes: int, *, but_for: int = 0) -> None:
    """Raise BadDetails where the workshop is full at that time. `but_for`: the request for a visit that is moved."""
    busy = _taken(store, starts_at - timedelta(days=1), starts_at + timedelta(minutes=minutes), but_for)
    if not has_room(starts_at, minutes, busy, store.values.cars_at_once):
        raise BadDetails("starts_at", _("That time has been taken meanwhile; choose another."))


def _expected(ownership: Ownership, purpose: str, now: datetime) -> Appointment | None:
    ahead = Appointment.objects.open().filter(ownership=ownership, purpose=purpose, starts_at__gt=now)
    return ahead.order_by("starts_at").first()


def _taken(store: Store, since: datetime, until: datetime, but_for: int = 0) -> list[Taken]:
    """Cars in the workshop between two moments, and those that were asked for; a test drive takes no bay."""
    span = {"dealership": store.dealership, "starts_at__gte": since, "starts_at__lt": until}
    found = Appointment.objects.open().filter(purpose=SERVICE, **span)
    asked = VisitRequest.objects.waiting().filter(**span).exclude(pk=but_for)
    rows = found.values_list("starts_at", "minutes").union(asked.values_list("starts_at", "minutes"), all=True)
    return [Taken(at, minutes) for at, minutes in rows]
