"""Rows -> facts of the gates: the one place where campaigns' SQL meets its rules. A fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from campaigns.channels import closed_channels
from campaigns.models import ContactPolicy, ContactTask, Decision, OutboxMessage
from campaigns.rules.facts import Booking, Consent, Contacted, CustomerFacts, Day, InFlight, Refused, Work
from campaigns.rules.policy import ContactValues
from customers.models import ConsentEvent, ContactPoint, Customer
from customers.rules.contacts import takes_texts
from dealercrm.accounts.models import Dealership
from lifecycle.public_holidays import public_holidays
from vehicles.models import Appointment, Complaint, Ownership, Refusal, RepairOrderLine, Touch

REMEMBERED_DAYS = 400  # how far back contacts and works matter to any gate


@dataclass(frozen=True, slots=True)
class Store:
    """A store's policy and calendar, read once for many customers."""

    dealership: Dealership
    values: ContactValues
    today: date
    holidays: frozenset[date]
    closed_channels: frozenset[str] = frozenset()

    @classmethod
    def load(cls, dealership: Dealership, now: datetime, *, today: date | None = None) -> Store:
        """Seldom a query. `today` only where a past or coming night is planned by hand."""
        day = today or dealership.today(now)
        values = ContactPolicy.values_of(dealership)
        return cls(dealership, values, day, public_holidays(dealership.country, day), closed_channels())

    def day(self, moment: datetime | None = None) -> Day:
        return Day(self.today, moment, self.holidays)


@dataclass(slots=True)
class _Parts:
    """The facts of one customer while they are collected."""

    counts: dict[str, int] = field(default_factory=dict)
    consents: list[Consent] = field(default_factory=list)
    refusals: list[Refused] = field(default_factory=list)
    complaint_since: date | None = None
    contacts: list[Contacted] = field(default_factory=list)
    sent_emails: list[datetime] = field(default_factory=list)
    last_sign: datetime | None = None
    in_flight: list[InFlight] = field(default_factory=list)
    bookings: list[Booking] = field(default_factory=list)
    works: list[Work] = field(default_factory=list)
    bought_on: date | None = None
    held_out: set[int] = field(default_factory=set)


def facts_at_the_door(customer: Customer, store: Store) -> CustomerFacts:
    """What may have changed since a contact was planned: contact points, consent, refusals, complaints and
    appointments. 5 queries."""
    parts = {customer.pk: _Parts()}
    _permissions(parts, store)
    _bookings(parts, store)
    return _facts(customer, parts[customer.pk], store)


def load_customer_facts(customers: list[Customer], store: Store) -> dict[int, CustomerFacts]:
    """Everything the gates look at, of these customers across all stores. 11 queries, however many customers."""
    parts = {customer.pk: _Parts() for customer in customers}
    _permissions(parts, store)
    _touches(parts, store)
    _held_out(parts, store)
    _under_way(parts, store)
    _bookings(parts, store)
    _visits(parts, store)
    return {customer.pk: _facts(customer, parts[customer.pk], store) for customer in customers}


def _permissions(parts: dict[int, _Parts], store: Store) -> None:
    ids = list(parts)
    points = ContactPoint.objects.usable().filter(customer_id__among=ids).values_list("customer_id", "kind", "value")
    for customer_id, kind, value in points:
        counts = parts[customer_id].counts
        counts[kind] = counts.get(kind, 0) + 1
        if kind == "phone" and takes_texts(value):
            counts["mobile"] = counts.get("mobile", 0) + 1
    events = ConsentEvent.objects.filter(customer_id__among=ids).order_by("at", "pk")
    for customer_id, purpose, channel, is_given, at in events.values_list(
        "customer_id", "purpose", "channel", "is_given", "at"
    ):
        parts[customer_id].consents.append(Consent(purpose, channel, is_given, at))
    refusals = Refusal.objects.filter(customer_id__among=ids).values_list(
        "customer_id", "topic", "ownership_id", "until"
    )
    for customer_id, topic, ownership_id, until in refusals:
        parts[customer_id].refusals.append(Refused(topic, ownership_id, until))
    complaints = Complaint.objects.open().filter(customer_id__among=ids).order_by("-opened_at")
    for customer_id, opened_at in complaints.values_list("customer_id", "opened_at"):
        parts[customer_id].complaint_since = store.dealership.today(opened_at)


def _touches(parts: dict[int, _Parts], store: Store) -> None:
    """Contacts that count against the budget, and the last sign of life."""
    since = datetime.combine(store.today - timedelta(days=REMEMBERED_DAYS), datetime.min.time(), store.dealership.zone)
    touches = Touch.objects.filter(customer_id__among=list(parts), at__gte=since).order_by("at")
    fields = ("customer_id", "at", "channel", "purpose", "topic", "dealership_id", "direction", "was_reached")
    for customer_id, at, channel, purpose, topic, dealership_id, direction, was_reached in touches.values_list(*fields):
        part = parts[customer_id]
        if direction == Touch.Direction.IN or was_reached:
            part.last_sign = at
        if direction == Touch.Direction.IN or (channel == "call" and not was_reached):
            continue  # an unanswered dial is a touch but no contact
        part.contacts.append(Contacted(store.dealership.today(at), channel, purpose, topic, dealership_id))
        if channel == "email":
            part.sent_emails.append(at)
    opened = OutboxMessage.objects.filter(customer_id__in=list(parts), opened_at__gte=since)
    for customer_id, opened_at in opened.values_list("customer_id", "opened_at"):
        part = parts[customer_id]
        if opened_at is not None and (part.last_sign is None or opened_at > part.last_sign):
            part.last_sign = opened_at


def _held_out(parts: dict[int, _Parts], store: Store) -> None:
    """A contact that was kept back counts like one that was made: it gives its slot to no other.

    On its day it holds the customer's attention, afterwards it fills the budget. Otherwise the control group
    would hear more of everything else, and the campaign look smaller than it is.
    """
    since = store.today - timedelta(days=REMEMBERED_DAYS)
    rows = Decision.objects.filter(customer_id__among=list(parts), gate="holdout", decided_on__gt=since).order_by("pk")
    for customer_id, occasion_id, on, facts, dealership_id, channel, purpose, kind in rows.values_list(
        *("customer_id", "occasion_id", "decided_on", "facts", "dealership_id"),
        *("step__channel", "occasion__purpose", "occasion__kind"),
    ):
        part = parts[customer_id]
        part.held_out.add(occasion_id)
        if on == store.today:
            part.in_flight.append(InFlight(occasion_id, kind, channel, purpose, facts.get("value", 0.0)))
        else:
            part.contacts.append(Contacted(on, channel, purpose, kind, dealership_id))


def _under_way(parts: dict[int, _Parts], store: Store) -> None:
    """Cadences with an open task, at what they are worth wherever they stand, or planning the same day again would
    weigh them anew. A promised call goes before everything."""
    tasks = ContactTask.objects.open().filter(customer_id__among=list(parts)).order_by("pk")
    fields = ("customer_id", "occasion_id", "kind", "channel", "purpose", "value", "priority", "promised_at")
    for customer_id, occasion_id, kind, channel, purpose, value, priority, promised_at in tasks.values_list(*fields):
        worth = value if promised_at is None else priority
        parts[customer_id].in_flight.append(InFlight(occasion_id, kind, channel, purpose, worth))


def _bookings(parts: dict[int, _Parts], store: Store) -> None:
    midnight = datetime.combine(store.today, datetime.min.time(), store.dealership.zone)
    bookings = Appointment.objects.open().filter(customer_id__among=list(parts), starts_at__gte=midnight)
    for customer_id, ownership_id, purpose, starts_at in bookings.values_list(
        "customer_id", "ownership_id", "purpose", "starts_at"
    ):
        parts[customer_id].bookings.append(Booking(ownership_id, purpose, store.dealership.today(starts_at)))


def _visits(parts: dict[int, _Parts], store: Store) -> None:
    ids = list(parts)
    lines = RepairOrderLine.objects.filter(
        order__customer_id__among=ids,
        order__voided_at=None,
        order__opened_on__gt=store.today - timedelta(days=REMEMBERED_DAYS),
        order__ownership__isnull=False,
        is_declined=False,
        work_group__isnull=False,
    )
    for customer_id, owned_as, group, on in lines.values_list(
        "order__customer_id", "order__ownership_id", "work_group__code", "order__opened_on"
    ).distinct():
        if owned_as is not None and group is not None:
            parts[customer_id].works.append(Work(owned_as, group, on))
    bought = Ownership.objects.filter(customer_id__among=ids).exclude(acquired=Ownership.Acquired.ELSEWHERE)
    for customer_id, started_on in bought.order_by("started_on").values_list("customer_id", "started_on"):
        parts[customer_id].bought_on = started_on


def _facts(customer: Customer, part: _Parts, store: Store) -> CustomerFacts:
    emails = part.sent_emails
    alive = part.last_sign
    visited = max((work.on for work in part.works), default=None)
    silent = [
        at
        for at in emails
        if (alive is None or at > alive) and (visited is None or store.dealership.today(at) > visited)
    ]
    known: dict[str, Any] = part.counts
    return CustomerFacts(
        customer_id=customer.pk,
        zone=customer.zone(store.dealership),
        is_gone=customer.erased_at is not None or customer.merged_into_id is not None,
        phones=known.get("phone", 0),
        mobiles=known.get("mobile", 0),
        emails=known.get("email", 0),
        messengers=known.get("messenger", 0),
        consents=tuple(part.consents),
        refusals=tuple(part.refusals),
        complaint_since=part.complaint_since,
        contacts=tuple(part.contacts),
        unanswered_emails=len(silent),
        last_email_on=store.dealership.today(emails[-1]) if emails else None,
        in_flight=tuple(part.in_flight),
        bookings=tuple(part.bookings),
        works=tuple(part.works),
        bought_on=part.bought_on,
        held_out=frozenset(part.held_out),
        closed_channels=store.closed_channels,
    )
