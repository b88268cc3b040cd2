"""Letters leave the outbox: each once, none against the customer's word, and none sent again blindly.

    queued -> sending (claimed, with our Message-ID, gates checked in the same transaction)
           -> sent | failed | queued again, where the server said no in words | unknown

A sender that dies leaves its letter in `sending`; when the lease runs out it becomes `unknown`: it may
have left or not, so a person looks it up by its Message-ID and decides on the page of messages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from campaigns.channels import email
from campaigns.claiming import SKIP_LOCKED
from campaigns.deciding import Decided, candidate_of, record_decisions
from campaigns.loading import Store, facts_at_the_door
from campaigns.models import ContactTask, OutboxMessage
from campaigns.rules.gates import AT_THE_DOOR, ruling_of, shut_gates
from campaigns.rules.hours import next_window
from campaigns.rules.relay import AGAIN, FAILED, Fate, fate_of, wait_before
from campaigns.rules.ruling import NEVER
from customers.models import ContactPoint, Customer
from dealercrm.why import Why
from vehicles.models import Ownership, Touch

LEASE = timedelta(minutes=3)  # longer than the longest talk with a relay (EMAIL_TIMEOUT per command)
Status = OutboxMessage.Status


def send_due(*, now: datetime, limit: int = 200, open_relay: Callable[[], Any] = email.open_relay) -> Counter[str]:
    """Send what is due, one letter after the other over one connection; counts by what became of them.

    `open_relay` gives the mail backend: the configured one, unless a replay must reach nobody.
    """
    counts: Counter[str] = Counter(unknown=give_up_lost(now))
    stores: dict[int, Store] = {}
    relay: Any = None
    try:
        for _ in range(limit):
            message = claim_message(now, stores)
            if message is None:
                break
            if message.status != Status.SENDING:
                counts["put off" if message.status == Status.QUEUED else "cancelled"] += 1
                continue
            try:
                if relay is None:
                    relay = open_relay()
            except Exception as error:
                relay = None
                counts[_settle(message, fate_of(error, was_connected=False, attempts=message.attempts), now)] += 1
                break  # the relay is down for the next one too
            counts[_hand_over(message, relay, now)] += 1
    finally:
        if relay is not None:
            relay.close()
    return +counts


def give_up_lost(now: datetime) -> int:
    """Letters whose sender died in the middle: nobody knows whether they left."""
    return OutboxMessage.objects.filter(status=Status.SENDING, lease_until__lte=now).update(
        status=Status.UNKNOWN, lease_until=None, error="sender lost"
    )


@transaction.atomic
def claim_message(now: datetime, stores: dict[int, Store]) -> OutboxMessage | None:
    """The next due letter, now ours; with another status than `sending` where a gate was shut. None: nothing due."""
    message_id = _take_next(now)
    if message_id is None:
        return None
    message = OutboxMessage.objects.select_related("dealership", "task__ownership", "contact_point").get(pk=message_id)
    store = stores.get(message.dealership_id)
    if store is None:
        store = stores.setdefault(message.dealership_id, Store.load(message.dealership, now))
    _check_at_the_door(message, store, now)
    return message


def _take_next(now: datetime) -> int | None:
    table = OutboxMessage._meta.db_table
    lock = SKIP_LOCKED if connection.vendor == "postgresql" else ""
    sql = f"""
        UPDATE {table} SET status = 'sending', lease_until = %s, epoch = epoch + 1, attempts = attempts + 1
        WHERE id = (
            SELECT id FROM {table} WHERE status = 'queued' AND not_before <= %s
            ORDER BY not_before, id LIMIT 1 {lock}
        )
        RETURNING id
    """  # noqa: S608 - the table's own name and a constant
    moments: list[Any] = [now + LEASE, now]
    if connection.vendor == "sqlite":
        moments = [connection.ops.adapt_datetimefield_value(moment) for moment in moments]
    with connection.cursor() as cursor:
        cursor.execute(sql, moments)
        row = cursor.fetchone()
    return row[0] if row else None


def _check_at_the_door(message: OutboxMessage, store: Store, now: datetime) -> None:
    """Every gate at the door, under the customer's lock; changes the status of the letter where one is shut."""
    task = message.task
    if task.status not in ContactTask.OPEN:
        _cancel(message, Why("message.task_withdrawn"))
        return
    if task.closes_at <= now:
        _cancel(message, Why("closed.window_over"))
        ContactTask.objects.filter(pk=task.pk, status=ContactTask.Status.OPEN).update(
            status=ContactTask.Status.EXPIRED, closed_at=now, closed_why=Why("closed.window_over").as_json()
        )
        return
    locked = Customer.objects.held([message.customer_id], wait=False)
    if not locked:
        _put_off(message, now + timedelta(seconds=5))
        return
    facts = facts_at_the_door(locked[0], store)
    candidate = candidate_of(task, task.ownership)
    shut = shut_gates(candidate, facts, store.values, store.day(now), only=AT_THE_DOOR)
    if not shut:
        _use_a_living_address(message)
        return
    ruling = ruling_of(shut, candidate, facts)
    record_decisions(
        message.dealership_id, [Decided(task.occasion_id, task.step_id, task.customer_id, ruling)], store.today
    )
    if ruling.verdict == NEVER:
        _cancel(message, ruling.why)
        task.take_off(ruling.why, at=now)
        return
    start = now
    if ruling.eligible_on is not None and ruling.eligible_on > store.today:
        start = datetime.combine(ruling.eligible_on, datetime.min.time(), facts.zone)
    window = next_window(start, facts.zone, store.values, store.holidays, is_greeting=candidate.is_message_only)
    _put_off(message, max(window.opens, start) if window else start + timedelta(days=1))


def _use_a_living_address(message: OutboxMessage) -> None:
    """The address may have been marked invalid since it was written down; the gate found another that works."""
    if message.contact_point is not None and message.contact_point.is_usable:
        return
    point = ContactPoint.objects.usable().filter(customer=message.customer_id, kind=ContactPoint.Kind.EMAIL).first()
    if point is not None:
        message.contact_point = point
        message.save(update_fields=["contact_point"])


def _hand_over(message: OutboxMessage, relay: Any, now: datetime) -> str:
    """Give one letter to the relay and record what it said; the word for the count."""
    try:
        email.send(message, relay)
    except Exception as error:
        return _settle(message, fate_of(error, was_connected=True, attempts=message.attempts), now)
    return "sent" if mark_sent(message, now) else "late"


@transaction.atomic
def mark_sent(message: OutboxMessage, now: datetime) -> bool:
    """It left: the task is done and the touch counts. False where another sender has it by now."""
    Customer.objects.held([message.customer_id])
    held = OutboxMessage.objects.filter(
        pk=message.pk, status__in=[Status.SENDING, Status.UNKNOWN], epoch=message.epoch
    ).update(status=Status.SENT, sent_at=now, lease_until=None, error="")
    if not held:
        return False
    task = message.task
    ContactTask.objects.filter(pk=task.pk, status__in=ContactTask.OPEN).update(
        status=ContactTask.Status.DONE, closed_at=now
    )
    cost = Store.load(message.dealership, now).values.email_cost
    Touch.objects.create(
        customer_id=message.customer_id,
        ownership_id=task.ownership_id,
        dealership_id=message.dealership_id,
        at=now,
        channel=message.channel,
        purpose=task.purpose,
        topic=task.kind,
        outcome="sent",
        cost=Decimal(str(cost)),
    )
    if task.ownership_id is not None:
        Ownership.objects.note_new_facts([task.ownership_id])
    return True


@transaction.atomic
def _settle(message: OutboxMessage, fate: Fate, now: datetime) -> str:
    rows = OutboxMessage.objects.filter(pk=message.pk, status=Status.SENDING, epoch=message.epoch)
    if fate.what == AGAIN:
        rows.update(
            status=Status.QUEUED, lease_until=None, error=fate.reason, not_before=now + wait_before(message.attempts)
        )
        return "again"
    settled = rows.update(
        status=Status.FAILED if fate.what == FAILED else Status.UNKNOWN, lease_until=None, error=fate.reason
    )
    if settled and fate.what == FAILED:
        message.task.take_off(Why("message.failed"), at=now)
        if fate.is_address_bad and message.contact_point is not None:
            message.contact_point.mark_invalid("bounced", at=now)
    return fate.what


def _cancel(message: OutboxMessage, why: Why) -> None:
    message.status = Status.CANCELLED
    OutboxMessage.objects.filter(pk=message.pk).update(
        status=Status.CANCELLED, lease_until=None, why_cancelled=why.as_json()
    )


def _put_off(message: OutboxMessage, until: datetime) -> None:
    """Nothing was tried: the attempt does not count."""
    message.status = Status.QUEUED
    OutboxMessage.objects.filter(pk=message.pk).update(
        status=Status.QUEUED, lease_until=None, not_before=until, attempts=message.attempts - 1
    )


@transaction.atomic
def decide_unknown(message: OutboxMessage, *, has_left: bool, send_again: bool = False, now: datetime) -> bool:
    """A person looked the letter up: it left, it did not and shall be sent again, or it shall rest."""
    if has_left:
        return mark_sent(message, now)
    status = Status.QUEUED if send_again else Status.FAILED
    decided = OutboxMessage.objects.filter(pk=message.pk, status=Status.UNKNOWN, epoch=message.epoch).update(
        status=status, not_before=now, error=""
    )
    if decided and not send_again:
        message.task.take_off(Why("message.by_hand"), at=now)
    return bool(decided)
