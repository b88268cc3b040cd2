"""Messages leave the outbox: each once, none against the customer's word, and none sent again blindly.

    queued -> sending (claimed, with our Message-ID, gates checked in the same transaction)
           -> sent | failed | queued again, where the server said no in words | unknown

A sender that dies leaves its message in `sending`. When the lease runs out the provider is asked, where it
can be: what it has is sent, what it has not goes out again. Where nobody can be asked the message becomes
`unknown`: it may have left or not, so a person looks it up by its Message-ID and decides on the page of messages.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from campaigns.channels import Adapter, SendError, can_look_up, open_channels
from campaigns.claiming import SKIP_LOCKED
from campaigns.deciding import Decided, candidate_of, record_decisions
from campaigns.enclosing import note_told, open_without_offer
from campaigns.loading import Store, facts_at_the_door
from campaigns.models import ContactTask, OutboxMessage
from campaigns.rules.gates import AT_THE_DOOR, ruling_of, shut_gates
from campaigns.rules.hours import next_window
from campaigns.rules.policy import ContactValues
from campaigns.rules.relay import AGAIN, FAILED, UNKNOWN, Fate, fate_of, wait_before
from campaigns.rules.ruling import NEVER
from campaigns.rules.sms import length_of
from customers.models import Channel, ContactPoint, Customer
from dealercrm.why import Why
from vehicles.models import Ownership, Touch

LEASE = timedelta(minutes=3)  # longer than the longest talk with a relay (EMAIL_TIMEOUT per command)
LOOK_UP_AFTER = timedelta(minutes=1)  # a provider may need a moment to find what it took
Status = OutboxMessage.Status


def send_due(*, now: datetime, limit: int = 200, channels: Mapping[str, Adapter] | None = None) -> Counter[str]:
    """Send what is due, one message after the other; counts by what became of them.

    `channels` are the adapters to send by: those of the settings, unless a replay must reach nobody. One
    connection a channel, opened anew after every error: what the other side thinks of an old one is not known.
    """
    adapters = open_channels() if channels is None else channels
    counts: Counter[str] = Counter(unknown=give_up_lost(now))
    stores: dict[int, Store] = {}
    post = _Post(adapters)
    try:
        for _ in range(limit):
            message = claim_message(now, stores, channels=[name for name in adapters if name not in post.down])
            if message is None:
                break
            if message.status != Status.SENDING:
                counts["put off" if message.status == Status.QUEUED else "cancelled"] += 1
                continue
            try:
                post.open(message.channel)
            except Exception as error:
                post.down.add(message.channel)
                counts[_settle(message, _not_even_connected(error, message), now)] += 1
                continue
            counts[_hand_over(message, post, now)] += 1
    finally:
        post.close()
    return +counts


class _Post:
    """The open connections of one sweep, one a channel."""

    def __init__(self, adapters: Mapping[str, Adapter]) -> None:
        self._adapters = adapters
        self._relays: dict[str, Any] = {}
        self.down: set[str] = set()  # channels that are down for the next message too

    def open(self, channel: str) -> None:
        """An error here means that nothing was sent."""
        if channel not in self._relays:
            self._relays[channel] = self._adapters[channel].open_relay()

    def send(self, message: OutboxMessage) -> None:
        self._adapters[message.channel].send(message, self._relays[message.channel])

    def hang_up(self, channel: str) -> None:
        """What goes wrong in saying goodbye changes nothing about what was said before."""
        relay = self._relays.pop(channel, None)
        if hasattr(relay, "close"):
            with contextlib.suppress(Exception):
                relay.close()

    def close(self) -> None:
        for channel in list(self._relays):
            self.hang_up(channel)


def _not_even_connected(error: Exception, message: OutboxMessage) -> Fate:
    failure = SendError(f"connect: {type(error).__name__}", permanent=False, is_house_down=True)
    return fate_of(failure, attempts=message.attempts)


def give_up_lost(now: datetime) -> int:
    """Messages whose sender died in the middle, or that nobody answered for: ask, and where that is impossible
    nobody knows whether they left. How many became unknown."""
    lost = OutboxMessage.objects.filter(status=Status.SENDING, lease_until__lte=now)
    for channel, adapter in open_channels().items():
        if can_look_up(adapter, channel):
            for message in lost.filter(channel=channel).select_related("task", "dealership", "contact_point"):
                _look_up(message, adapter, now)
    return lost.update(status=Status.UNKNOWN, lease_until=None, error="sender lost")


def _look_up(message: OutboxMessage, adapter: Any, now: datetime) -> None:
    """The provider has it: it was sent. It has not: again, under the same id. It does not say: left for a person."""
    has_it = adapter.look_up(message)
    if has_it:
        mark_sent(message, now)
    elif has_it is False:
        rows = OutboxMessage.objects.filter(pk=message.pk, status=Status.SENDING, epoch=message.epoch)
        rows.update(status=Status.QUEUED, lease_until=None, not_before=now, error="not at the provider")


@transaction.atomic
def claim_message(
    now: datetime, stores: dict[int, Store], *, channels: list[str] | None = None
) -> OutboxMessage | None:
    """The next due message, now ours; with another status than `sending` where a gate was shut. None: nothing due."""
    message_id = _take_next(now, list(open_channels()) if channels is None else channels)
    if message_id is None:
        return None
    message = OutboxMessage.objects.select_related(
        "dealership", "task__ownership", "task__occasion", "contact_point", "offer"
    ).get(pk=message_id)
    store = stores.get(message.dealership_id)
    if store is None:
        store = stores.setdefault(message.dealership_id, Store.load(message.dealership, now))
    _check_at_the_door(message, store, now)
    return message


def _take_next(now: datetime, channels: list[str]) -> int | None:
    if not channels:
        return None
    table = OutboxMessage._meta.db_table
    lock = SKIP_LOCKED if connection.vendor == "postgresql" else ""
    places = ", ".join(["%s"] * len(channels))
    sql = f"""
        UPDATE {table} SET status = 'sending', lease_until = %s, epoch = epoch + 1, attempts = attempts + 1
        WHERE id = (
            SELECT id FROM {table} WHERE status = 'queued' AND not_before <= %s AND channel IN ({places})
            ORDER BY not_before, id LIMIT 1 {lock}
        )
        RETURNING id
    """  # noqa: S608 - the table's own name, constants and places
    moments: list[Any] = [now + LEASE, now]
    if connection.vendor == "sqlite":
        moments = [connection.ops.adapt_datetimefield_value(moment) for moment in moments]
    with connection.cursor() as cursor:
        cursor.execute(sql, [*moments, *channels])
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
    candidate = candidate_of(task, task.ownership.ended_on if task.ownership else None)
    shut = shut_gates(candidate, facts, store.values, store.day(now), only=AT_THE_DOOR)
    if not shut:
        open_without_offer(message, facts, store)
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
    point = message.contact_point
    if point is not None and point.is_usable and point.customer_id == message.customer_id:
        return
    points = ContactPoint.objects.for_messages(message.channel).filter(customer=message.customer_id)
    living = next((one for one in points if one.takes(message.channel)), None)
    if living is not None:
        message.contact_point = living
        message.save(update_fields=["contact_point"])


def _hand_over(message: OutboxMessage, post: _Post, now: datetime) -> str:
    """Give one message to its relay and record what it said; the word for the count."""
    try:
        post.send(message)
    except Exception as error:
        post.hang_up(message.channel)
        if isinstance(error, SendError) and error.is_house_down:
            post.down.add(message.channel)
        return _settle(message, fate_of(error, attempts=message.attempts), now)
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
    store = Store.load(message.dealership, now)
    note_told(message, store, now)
    cost = cost_of(message, store.values)
    Touch.objects.create(
        customer_id=message.customer_id,
        ownership_id=task.ownership_id,
        dealership_id=message.dealership_id,
        at=now,
        channel=message.channel,
        purpose=message.purpose,
        topic=task.kind,
        outcome="sent",
        cost=cost,
    )
    if task.ownership_id is not None:
        Ownership.objects.note_new_facts([task.ownership_id])
    return True


def cost_of(message: OutboxMessage, values: ContactValues) -> Decimal:
    """What this message cost, in the store's currency; a long text is paid in parts."""
    if message.channel == Channel.SMS:
        cost = values.sms_cost * length_of(message.body).parts
    else:
        cost = values.messenger_cost if message.channel == Channel.MESSENGER else values.email_cost
    return Decimal(str(cost)).quantize(Decimal("0.01"))


@transaction.atomic
def _settle(message: OutboxMessage, fate: Fate, now: datetime) -> str:
    rows = OutboxMessage.objects.filter(pk=message.pk, status=Status.SENDING, epoch=message.epoch)
    if fate.what == AGAIN:
        rows.update(
            status=Status.QUEUED, lease_until=None, error=fate.reason, not_before=now + wait_before(message.attempts)
        )
        return "again"
    adapter = open_channels().get(message.channel)
    if fate.what == UNKNOWN and adapter is not None and can_look_up(adapter, message.channel):
        rows.update(lease_until=now + LOOK_UP_AFTER, error=fate.reason)  # give_up_lost asks the provider
        return "to look up"
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
