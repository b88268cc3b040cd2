"""A week ago operators of the demo called some owners who were due: most of them came, and the sheet of the month says
whose visits those were. Planned, booked, received and judged by the product's own functions; the orders come in as the
dealer's own system would push them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db import transaction

from campaigns.booking import offered_times
from campaigns.claiming import NotClaimableError, claim
from campaigns.completing import BadDetails, complete
from campaigns.crediting import start_crediting, work
from campaigns.loading import Store
from campaigns.models import CallResult, ContactTask, Outcome
from campaigns.planning import plan_customers
from customers.models import Customer, ExternalId, Referral
from dealercrm.accounts.models import Dealership, User
from lifecycle.models import Occasion
from vehicles.models import Appointment, Feedback, RepairOrder
from vehicles.rules.records import OrderLine, OrderRecord
from vehicles.upserting import upsert_orders

KINDS = ("maintenance", "overdue_maintenance", "first_service")
CALLED = 14  # of each store
MORNING = time(10, 0)
LATER = (0, 0, 1, -1, 2)  # days from the booked one on which they come, in turn
RECOMMENDED = (("Павел", "+79750010101"), ("Ирина", "+79750010202"))


def call_those_due(store: Dealership, staff: list[User], *, day: date) -> None:
    """Some owners whom the night found due are called; each who is reached takes a free time of the next days."""
    now = datetime.combine(day, MORNING, tzinfo=store.zone)
    loaded = Store.load(store, now, today=day)
    due = Occasion.objects.on_offer(day).filter(dealership=store, kind__in=KINDS).order_by("pk")
    with transaction.atomic():
        people = Customer.objects.held(due.values_list("customer_id", flat=True)[: 3 * CALLED])
        plan_customers(loaded, people, now=now)
    tasks = ContactTask.objects.filter(dealership=store, customer__in=people, kind__in=KINDS).callable_at(now)
    for number, pk in enumerate(list(tasks.order_by("pk").values_list("pk", flat=True)[:CALLED])):
        by, at = staff[number % len(staff)], now + timedelta(minutes=7 * number)
        free = offered_times(loaded, at, days=4)
        if not free:
            return
        slots = free[number % min(len(free), 3)].times
        try:
            task = claim(pk, by, now=at)
            starts_at = slots[number % len(slots)].isoformat()
            result = complete(
                pk, outcome="booked", by=by, epoch=task.epoch, now=at + timedelta(minutes=4),
                details={"starts_at": starts_at},
            )  # fmt: skip
        except (NotClaimableError, BadDetails):
            continue
        if number < len(RECOMMENDED):
            name, phone = RECOMMENDED[number]
            Referral.objects.note(
                result.task.customer, name=name, phone=f"{phone[:-1]}{store.pk % 10}", dealership=store, by=by, at=at
            )


def receive(store: Dealership, staff: list[User], *, until: datetime) -> None:
    """Who was booked comes, but for every fifth; every seventh only for tyres. One order is voided afterwards."""
    advisors = RepairOrder.objects.filter(dealership=store).exclude(advisor="").order_by("-opened_on", "-pk")
    names = list(dict.fromkeys(advisors.values_list("advisor", flat=True)[:50]))[:3] or [""]
    booked = CallResult.objects.counting().filter(task__dealership=store, outcome=Outcome.BOOKED, at__lt=until)
    orders: list[RepairOrder] = []
    for number, result in enumerate(booked.select_related("task__ownership__vehicle", "task__customer").order_by("pk")):
        appointment = Appointment.objects.filter(pk=result.details.get("appointment"), starts_at__lt=until).first()
        if appointment is None or result.task.ownership is None:
            continue
        if number % 5 == 4:
            appointment.miss(at=until)
            continue
        on = store.today(appointment.starts_at) + timedelta(days=LATER[number % len(LATER)])
        order = _push(store, result, min(on, store.today(until)), names[number % len(names)], is_tyres=number % 7 == 3)
        if order is not None:
            appointment.arrive()
            orders.append(order)
    for order in orders[:3]:
        Feedback.objects.record(
            dealership=store, customer=order.customer, ownership=order.ownership, order=order, score=10,
            at=min(datetime.combine(order.opened_on, time(19), tzinfo=store.zone), until), channel="call", by=staff[0],
        )  # fmt: skip
    if len(orders) > 4:
        orders[4].void(at=until)


def _push(store: Dealership, result: CallResult, on: date, advisor: str, *, is_tyres: bool) -> RepairOrder | None:
    """The order as the dealer's system would send it; None where that system does not know the customer."""
    known = ExternalId.objects.filter(dealership=store, customer=result.task.customer_id).order_by("pk").first()
    if known is None or result.task.ownership is None:
        return None
    group = "tyres" if is_tyres else "maintenance"
    lines = (OrderLine("Шиномонтаж" if is_tyres else "Техническое обслуживание", work_group=group),)
    record = OrderRecord(
        number=f"W-{result.pk}",
        opened_on=on,
        vin=result.task.ownership.vehicle.vin,
        customer_code=known.code,
        advisor=advisor,
        total=Decimal(6400) if is_tyres else Decimal(11800 + 700 * (result.pk % 9)),
        lines=lines,
    )
    at = datetime.combine(on, time(18), tzinfo=store.zone)
    upsert_orders(store, known.source, [record], now=at)
    return RepairOrder.objects.filter(dealership=store, source=known.source, number=record.number).first()


def credit(store: Dealership, *, on: date, now: datetime) -> None:
    """Tonight's look at whose visits they were."""
    run = start_crediting(store, on=on, now=now)
    if run is not None:
        work(run, clock=lambda: now)
