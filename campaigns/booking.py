"""Expecting a customer: the free times that a store can offer, and the booking that cannot be made twice."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.loading import Store
from campaigns.rules.outcomes import BadDetails
from campaigns.rules.slots import DaySlots, Taken, free_slots, has_room
from customers.models import Customer
from dealercrm.accounts.models import Dealership
from vehicles.models import Appointment, Ownership

SERVICE = Appointment.Purpose.SERVICE


def offered_times(store: Store, now: datetime, *, days: int = 4) -> list[DaySlots]:
    """The free times of the workshop on the next days that have one. One query."""
    busy = _taken(store, now - timedelta(days=1), now + timedelta(days=22))
    return free_slots(busy, now, store.dealership.zone, store.values, store.holidays, days=days)


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
    Dealership.objects.select_for_update(no_key=True).get(pk=store.dealership.pk)
    moved = _expected(ownership, purpose, now) if ownership is not None else None
    if moved is not None:
        moved.cancel()
    if purpose == SERVICE:
        busy = _taken(store, starts_at - timedelta(days=1), starts_at + timedelta(minutes=minutes))
        if not has_room(starts_at, minutes, busy, store.values.cars_at_once):
            raise BadDetails("starts_at", _("That time has been taken meanwhile; choose another."))
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


def _expected(ownership: Ownership, purpose: str, now: datetime) -> Appointment | None:
    ahead = Appointment.objects.open().filter(ownership=ownership, purpose=purpose, starts_at__gt=now)
    return ahead.order_by("starts_at").first()


def _taken(store: Store, since: datetime, until: datetime) -> list[Taken]:
    """Cars in the workshop between two moments; a test drive takes no bay."""
    found = Appointment.objects.open().filter(
        dealership=store.dealership, purpose=SERVICE, starts_at__gte=since, starts_at__lt=until
    )
    return [Taken(at, minutes) for at, minutes in found.values_list("starts_at", "minutes")]
