"""A visit booked on the web is confirmed by one letter, with the file for the customer's calendar.

The letter goes the way of all letters: a reason that a campaign answers, the gates, the outbox. A visit that is moved
is a new booking with a letter of its own, and what has not left about the old time never leaves.
"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from campaigns.loading import Store
from campaigns.models import Campaign
from campaigns.planning import plan_customers
from campaigns.ready_made import install
from campaigns.rules.invitation import Visit
from customers.models import Channel, ContactPoint, Customer
from dealercrm.accounts.links import VISIT, public_url
from dealercrm.why import Why
from lifecycle.models import Occasion
from lifecycle.rules.kinds import KINDS
from vehicles.models import Appointment, VisitRequest

VISIT_BOOKED = "visit_booked"


def confirm_by_letter(store: Store, asked: VisitRequest, customer: Customer, *, now: datetime) -> bool:
    """Queue the letter about this booking, once. False where no address is known or nobody sends email here.

    The caller holds the customer's lock. Whether the customer has objected is asked by the gates, now and at the door.
    """
    booked = asked.appointment
    if booked is None or booked.ownership is None or Channel.EMAIL in store.closed_channels:
        return False
    if not ContactPoint.objects.for_messages(Channel.EMAIL).filter(customer=customer).exists():
        return False
    on = store.dealership.today(booked.starts_at)
    occasion, is_new = Occasion.objects.get_or_create(
        ownership=booked.ownership,
        kind=VISIT_BOOKED,
        cycle=_cycle(booked),
        defaults={
            "customer": customer,
            "dealership": store.dealership,
            "purpose": KINDS[VISIT_BOOKED].purpose.value,
            "opens_on": store.today,
            "due_on": store.today,
            "closes_on": max(on, store.today),
            "evidence": {"visit_request": asked.pk, "starts_at": booked.starts_at.isoformat()},
            "why": Why("occasion.visit_booked", {"on": on}).as_json(),
        },
    )
    if not is_new:
        return False
    if not Campaign.objects.filter(dealership=store.dealership, code="visit-booked").exists():
        install(store.dealership)  # a store that began before there was a campaign for these letters gets it now
    plan_customers(store, [customer], now=now, only_occasion=occasion.pk)
    return True


def forget_letter(booked: Appointment, *, now: datetime) -> None:
    """The visit is moved or called off: its letter is about nothing any more. What waits is taken off by the caller."""
    about = Occasion.objects.open().filter(kind=VISIT_BOOKED, ownership=booked.ownership, cycle=_cycle(booked))
    about.update(
        status=Occasion.Status.OBSOLETE,
        closed_on=booked.dealership.today(now),
        closed_why=Why("occasion.visit_changed").as_json(),
    )


def calendar_entry(asked: VisitRequest, *, now: datetime) -> Visit:
    """The visit as the customer's calendar keeps it, in the language that is active."""
    at, link = asked.dealership, public_url("visit", VISIT.sign(asked.pk))
    return Visit(
        uid=f"visit-{asked.pk}@{urlsplit(settings.PUBLIC_URL).hostname}",
        starts_at=asked.starts_at,
        minutes=asked.minutes,
        title=_("Service at %(store)s") % {"store": at.name},
        place=", ".join(part for part in (at.name, at.city) if part),
        notes=_("Another time or cancel: %(link)s") % {"link": link},
        is_cancelled=asked.is_called_off,
        sequence=int((now - asked.asked_at).total_seconds()),
    )


def _cycle(booked: Appointment) -> str:
    return f"appointment:{booked.pk}"
