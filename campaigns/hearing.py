"""What comes back: receipts and bounces of our messages, and what customers write to us.

An answer is matched by the exact contact point, stands on the timeline, and opens a call that nobody holds out
(docs/decisions/0069). STOP withdraws at once, for everybody who is reached at that address.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import transaction
from django.db.models import Q

from campaigns.loading import Store
from campaigns.models import InboundMessage, OutboxMessage, Sender
from campaigns.planning import plan_customers
from campaigns.ready_made import install
from campaigns.rules.hooks import Event, asks_to_stop
from campaigns.unsubscribing import OptOut, withdraw
from campaigns.visit_letters import VISIT_BOOKED
from customers.models import Channel, ContactPoint, Customer, Purpose
from customers.rules.contacts import normalise_email, normalise_phone
from dealercrm.accounts.models import Dealership
from dealercrm.why import Why
from lifecycle.models import Occasion
from lifecycle.rules.kinds import KINDS
from vehicles.models import Ownership, Touch

INBOUND = "inbound_message"
_CLOSED_BY_US = {INBOUND: Why("occasion.closed.answered"), VISIT_BOOKED: Why("occasion.closed.confirmed")}
ANSWERED_WITHIN_DAYS = 7
_KINDS = {Channel.EMAIL.value: ContactPoint.Kind.EMAIL, Channel.MESSENGER.value: ContactPoint.Kind.MESSENGER}


def hear(channel: str, event: Event, *, now: datetime) -> bool:
    """Do what one event of a provider means; False where it is about no message of ours. Twice is harmless."""
    if event.what == "answer":
        return receive(channel, event, now=now)
    message = _ours(channel, event.id)
    if message is None:
        return False
    if event.what == "undelivered":
        _undelivered(message, event.text)
    else:
        _RECEIPTS[event.what](message, now)
    return True


def _ours(channel: str, number: str) -> OutboxMessage | None:
    """Our message by the provider's number or by our own, with or without the brackets of a Message-ID."""
    rows = OutboxMessage.objects.filter(channel=channel).select_related("task", "contact_point", "dealership")
    return rows.filter(Q(provider_id=number) | Q(message_id__in=[number, f"<{number}>"])).first()


def _delivered(message: OutboxMessage, now: datetime) -> None:
    OutboxMessage.objects.filter(pk=message.pk, delivered_at=None).update(delivered_at=now)


def _opened(message: OutboxMessage, now: datetime) -> None:
    """A sign of life: the silence after letters without a reaction counts anew."""
    OutboxMessage.objects.filter(pk=message.pk, opened_at=None).update(opened_at=now)
    _delivered(message, now)


def _bounced(message: OutboxMessage, now: datetime) -> None:
    """Nobody lives there: the address is marked, so that the next contact takes another way."""
    OutboxMessage.objects.filter(pk=message.pk).update(error="bounced")
    if message.contact_point is not None:
        message.contact_point.mark_invalid("bounced", at=now)


def _undelivered(message: OutboxMessage, status: str) -> None:
    """It did not arrive, but somebody may live there: full, refused as spam, given up. The address stays."""
    OutboxMessage.objects.filter(pk=message.pk, delivered_at=None).update(error=f"undelivered {status}".strip()[:300])


def _complained(message: OutboxMessage, now: datetime) -> None:
    """The customer called it spam: that is the clearest way to say no."""
    OutboxMessage.objects.filter(pk=message.pk).update(error="complained")
    withdraw(OptOut(message.customer_id, message.dealership_id, message.channel), now=now)


_RECEIPTS = {"delivered": _delivered, "opened": _opened, "bounced": _bounced, "complained": _complained}


@transaction.atomic
def receive(channel: str, event: Event, *, now: datetime) -> bool:
    """Keep what somebody wrote, once. True where it is new."""
    if InboundMessage.objects.filter(channel=channel, provider_id=event.id).exists():
        return False
    people = _people_at(channel, event.sender)
    message = _last_to(channel, event, people, now)
    person = message.customer.survivor() if message else (people[0] if people else None)
    store = message.dealership if message else _store_of(person, event, channel)
    is_stop = asks_to_stop(event.text)
    heard = InboundMessage(
        dealership=store,
        customer=person,
        channel=channel,
        sender=event.sender,
        text=event.text,
        provider_id=event.id,
        at=now,
        is_stop=is_stop,
        handled_at=now if is_stop and person else None,
    )
    if is_stop:
        for one in Customer.objects.held({one.pk for one in people} | ({person.pk} if person else set())):
            one.withdraw_consent(channel=channel, at=now, source=_source(channel), dealership=store)
    if person is not None:
        ownership = _ownership_of(person, message)
        heard.touch = _touch(heard, person, ownership, message, now)
        if ownership is not None and not is_stop:
            heard.save()
            heard.occasion = _call_back(heard, ownership, now)
    heard.save()
    return True


@transaction.atomic
def ask_on_page(ownership: Ownership, question: str, *, now: datetime) -> bool:
    """What an owner asked on a page of ours: their words on the timeline, and a call back. Sent twice, asked once."""
    person = Customer.objects.held_person(ownership.customer_id)
    number = f"page-{ownership.pk}-{sha256(question.encode()).hexdigest()[:16]}"
    if InboundMessage.objects.filter(channel=Channel.EMAIL, provider_id=number).exists():
        return False
    heard = InboundMessage(
        dealership=ownership.home_store,
        customer=person,
        channel=Channel.EMAIL,
        text=question,
        provider_id=number,
        at=now,
    )
    heard.touch = _touch(heard, person, ownership, None, now)
    heard.save()
    heard.occasion = _call_back(heard, ownership, now)
    heard.save(update_fields=["occasion"])
    return True


def _source(channel: str) -> str:
    return "email" if channel == Channel.EMAIL else "api"


def _people_at(channel: str, sender: str) -> list[Customer]:
    """Everybody who is reached at exactly this address, living cards only; oldest first."""
    kind = _KINDS.get(channel, ContactPoint.Kind.PHONE)
    value = sender.strip()
    if kind == ContactPoint.Kind.EMAIL:
        value = str(normalise_email(value))
    elif kind == ContactPoint.Kind.PHONE:
        value = str(normalise_phone(value if value.startswith("+") else f"+{value}"))
    points = ContactPoint.objects.filter(kind=kind, value=value)
    return list(Customer.objects.living().filter(pk__in=points.values("customer_id")).order_by("pk"))


def _last_to(channel: str, event: Event, people: Iterable[Customer], now: datetime) -> OutboxMessage | None:
    """The message it answers: the one it names, else the last that went to this address in two months."""
    if event.about and (named := _ours(channel, event.about)):
        return named
    rows = OutboxMessage.objects.filter(channel=channel, customer__in=list(people), status=OutboxMessage.Status.SENT)
    recent = rows.filter(sent_at__gte=now - timedelta(days=60)).select_related("task", "dealership", "customer")
    return recent.order_by("-sent_at", "-pk").first()


def _store_of(person: Customer | None, event: Event, channel: str) -> Dealership:
    """Whose message it is: of the store whose sender was written to, else the customer's, else the first one."""
    if event.to and (sender := Sender.objects.filter(channel=channel, address__iexact=event.to).first()):
        return sender.dealership
    if person is not None:
        owned = person.ownerships.filter(ended_on=None).order_by("-started_on", "-pk").first()
        known = owned.home_store if owned else person.stores.order_by("pk").first()
        if known is not None:
            return known
    return Dealership.objects.active().order_by("pk")[0]


def _ownership_of(person: Customer, message: OutboxMessage | None) -> Ownership | None:
    """The car we wrote about, else the one they have had for the shortest time."""
    mine = person.ownerships.filter(ended_on=None)
    about = mine.filter(pk=message.task.ownership_id).first() if message and message.task.ownership_id else None
    return about or mine.order_by("-started_on", "-pk").first()


def _touch(
    heard: InboundMessage,
    person: Customer,
    ownership: Ownership | None,
    message: OutboxMessage | None,
    now: datetime,
) -> Touch:
    touch = Touch.objects.create(
        customer=person,
        ownership=ownership,
        dealership=heard.dealership,
        at=now,
        channel=heard.channel,
        direction=Touch.Direction.IN,
        purpose=message.task.purpose if message else Purpose.COURTESY,
        topic=message.task.kind if message else "",
        outcome="stop" if heard.is_stop else "wrote",
        was_reached=True,
        note=heard.text,
    )
    if ownership is not None:
        Ownership.objects.note_new_facts([ownership.pk])
    return touch


def _call_back(heard: InboundMessage, ownership: Ownership, now: datetime) -> Occasion:
    """The reason to call back, and the call on today's list by the very rules that plan the night."""
    store = Store.load(heard.dealership, now)
    occasion = Occasion.objects.create(
        ownership=ownership,
        customer_id=ownership.customer_id,
        dealership=heard.dealership,
        kind=INBOUND,
        purpose=KINDS[INBOUND].purpose.value,
        cycle=f"inbound:{heard.pk}",
        opens_on=store.today,
        due_on=store.today,
        closes_on=store.today + timedelta(days=ANSWERED_WITHIN_DAYS),
        evidence={"inbound": heard.pk},
        why=Why("occasion.inbound_message", {"channel": heard.channel, "on": store.today}).as_json(),
    )
    install(heard.dealership)  # a store that began before there was a campaign for answers gets it now
    (held,) = Customer.objects.held([ownership.customer_id])
    plan_customers(store, [held], now=now, only_occasion=occasion.pk)
    return occasion


def close_answered(now: datetime) -> int:
    """Reasons that a campaign opened and whose contact was made, or whose days are over; how many. No night knows
    of them."""
    return sum(_close(kind, why, now) for kind, why in _CLOSED_BY_US.items())


def _close(kind: str, done: Why, now: datetime) -> int:
    rows = Occasion.objects.open().filter(kind=kind)
    made = rows.filter(contact_tasks__status="done").exclude(contact_tasks__status__in=["open", "claimed"])
    closed = 0
    for pks, status, why in (
        (made.values_list("pk", flat=True), Occasion.Status.SERVED, done),
        (
            rows.filter(closes_on__lt=now.date() - timedelta(days=1)).values_list("pk", flat=True),
            Occasion.Status.EXPIRED,
            Why("occasion.closed.expired", {"on": now.date()}),
        ),
    ):
        closed += Occasion.objects.filter(pk__in=list(pks[:500])).update(
            status=status, closed_on=now.date(), closed_why=why.as_json()
        )
    return closed
