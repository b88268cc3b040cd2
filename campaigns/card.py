"""The call card: everything an operator needs for one call, in a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Prefetch
from django.utils import translation

from campaigns.booking import offered_times
from campaigns.deciding import works_of
from campaigns.loading import Store
from campaigns.models import CallResult, ContactTask
from campaigns.pricing import Quote, quote
from campaigns.rules.plays import play_of
from campaigns.rules.slots import DaySlots, callback_times
from campaigns.wording import text_of, words_for
from customers.models import ContactPoint, Customer
from dealercrm.accounts.models import User
from lifecycle.models import Occasion, Standing
from vehicles.models import (
    Appointment,
    Complaint,
    Ownership,
    RepairOrder,
    RepairOrderLine,
    Touch,
    Vehicle,
    WorkGroup,
)

LAST_VISITS = 4
LAST_TOUCHES = 5
STALE_ODOMETER = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Visit:
    """Of another store's visit only the day is told."""

    order: RepairOrder
    works: list[str]
    declined: list[str]
    is_foreign: bool


@dataclass(frozen=True, slots=True)
class Card:
    """What stands on the card; lists are short enough for one screen."""

    task: ContactTask
    customer: Customer
    ownership: Ownership | None
    vehicle: Vehicle | None
    standing: Standing | None
    occasion: Occasion
    zone: ZoneInfo
    phones: list[ContactPoint]
    emails: list[ContactPoint]
    script: list[str]
    works: list[WorkGroup]
    price: Quote | None
    visits: list[Visit]
    touches: list[Touch]
    late_notes: list[CallResult]
    complaint: Complaint | None
    appointments: list[Appointment]
    other_cars: list[Ownership]
    also_due: list[Occasion]
    slots: list[DaySlots]
    callbacks: list[datetime]
    missing: list[str] = field(default_factory=list)


def load_card(task: ContactTask, user: User, store: Store, now: datetime) -> Card:
    """The card of a call. About 14 queries, none per row."""
    customer, ownership = task.customer, task.ownership
    vehicle = ownership.vehicle if ownership else None
    occasion = task.occasion
    groups = {group.code: group for group in WorkGroup.objects.all()}
    codes = works_of(occasion) or play_of(occasion.kind).works
    price = quote(task.dealership, vehicle, codes, store.today) if vehicle else None
    points = list(ContactPoint.objects.usable().filter(customer=customer))
    appointments = _appointments(task, now)
    zone = customer.zone(task.dealership)
    standing = Standing.objects.filter(ownership=ownership).first() if ownership else None
    card = Card(
        task=task,
        customer=customer,
        ownership=ownership,
        vehicle=vehicle,
        standing=standing,
        occasion=occasion,
        zone=zone,
        phones=[point for point in points if point.kind == ContactPoint.Kind.PHONE],
        emails=[point for point in points if point.kind == ContactPoint.Kind.EMAIL],
        script=_script(task, user, groups, price, appointments),
        works=[groups[code] for code in codes if code in groups],
        price=price,
        visits=_visits(vehicle, customer, user),
        touches=_touches(customer, user),
        late_notes=list(
            CallResult.objects.filter(task__occasion=occasion, was_late=True).exclude(note="").select_related("by")[:2]
        ),
        complaint=_complaint(customer, user),
        appointments=appointments,
        other_cars=_other_cars(task),
        also_due=list(
            Occasion.objects.on_offer(store.today)
            .filter(customer=customer, dealership=task.dealership)
            .exclude(pk=occasion.pk)
            .order_by("closes_on")[:3]
        ),
        slots=offered_times(store, now),
        callbacks=callback_times(now, zone, store.values, store.holidays),
    )
    card.missing.extend(_missing(card, store.today))
    return card


def _script(
    task: ContactTask,
    user: User,
    groups: dict[str, WorkGroup],
    price: Quote | None,
    appointments: list[Appointment],
) -> list[str]:
    """The script's sentences in the language the operator works in; the customer's own language wins."""
    language = task.customer.language or translation.get_language() or "en"
    language = "ru" if language.startswith("ru") else "en"
    about = task.occasion.evidence.get("appointment")
    expected = next((booking for booking in appointments if booking.pk == about), None)
    values = words_for(
        task.occasion,
        customer=task.customer,
        ownership=task.ownership,
        store=task.dealership,
        language=language,
        works=groups,
        price=price.amount if price else None,
        operator=str(user),
        appointment_at=expected.starts_at if expected else None,
    )
    return text_of(task.step, language, values)[1].splitlines()


def _touches(customer: Customer, user: User) -> list[Touch]:
    """The last contacts of all stores; what was said to another store stays there."""
    found = list(Touch.objects.filter(customer=customer).select_related("by").order_by("-at")[:LAST_TOUCHES])
    for touch in found:
        touch.is_foreign = not user.sees_store(touch.dealership_id)  # type: ignore[attr-defined]
    return found


def _complaint(customer: Customer, user: User) -> Complaint | None:
    """The oldest open complaint, at any store: whoever calls must know of it, if not what it is about."""
    found = Complaint.objects.open().filter(customer=customer).order_by("opened_at").first()
    if found is not None and not user.sees_store(found.dealership_id):
        found.text = ""  # never saved from here
    return found


def _visits(vehicle: Vehicle | None, customer: Customer, user: User) -> list[Visit]:
    if vehicle is None:
        return []
    labour = RepairOrderLine.objects.filter(kind=RepairOrderLine.Kind.LABOUR).order_by("position")
    orders = (
        RepairOrder.objects.standing()
        .filter(vehicle=vehicle, customer=customer)
        .prefetch_related(Prefetch("lines", labour, to_attr="labour"))
        .order_by("-opened_on", "-pk")[:LAST_VISITS]
    )
    visits = []
    for order in orders:
        lines: list[RepairOrderLine] = order.labour  # type: ignore[attr-defined]
        visits.append(
            Visit(
                order,
                works=[line.name for line in lines if not line.is_declined],
                declined=[line.name for line in lines if line.is_declined],
                is_foreign=not user.sees_store(order.dealership_id),
            )
        )
    return visits


def _appointments(task: ContactTask, now: datetime) -> list[Appointment]:
    return list(
        Appointment.objects.open()
        .filter(customer=task.customer, starts_at__gte=now - timedelta(days=1))
        .order_by("starts_at")[:3]
    )


def _other_cars(task: ContactTask) -> list[Ownership]:
    cars = Ownership.objects.open().filter(customer=task.customer).exclude(pk=task.ownership_id or 0)
    return list(cars.select_related("vehicle__model__make", "vehicle__make")[:4])


def _missing(card: Card, today: date) -> list[str]:
    """What we do not know and the operator may ask in passing: codes, worded by the page."""
    missing = []
    if not card.emails:
        missing.append("email")
    read_on = card.standing.odometer_on if card.standing else None
    if card.ownership is not None and (read_on is None or read_on < today - STALE_ODOMETER):
        missing.append("mileage")
    if card.customer.kind == Customer.Kind.PERSON and card.customer.birth_on is None:
        missing.append("birth_date")
    if not card.customer.city:
        missing.append("city")
    return missing
