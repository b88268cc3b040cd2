"""Taking a call: never the same as a colleague's, never one that must not be made.

A claim is a lease with an epoch. The browser extends the lease while the card is open; one that dies
lets it run out, and the next claim takes the call with the next epoch, so that a late result of the
first is recognised and refused.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F

from campaigns.deciding import Decided, candidate_of, record_decisions
from campaigns.loading import Store, facts_at_the_door
from campaigns.models import ContactTask
from campaigns.narrowing import EVERYTHING, Part
from campaigns.rules.facts import CustomerFacts
from campaigns.rules.gates import AT_THE_DOOR, ruling_of, shut_gates
from campaigns.rules.hours import next_window
from campaigns.rules.ruling import NEVER, Ruling
from customers.models import Customer
from dealercrm.accounts.models import Dealership, User
from dealercrm.why import Why

TRIES = 5  # blocked calls that one claim walks past before it gives up
SKIP_LOCKED = "FOR UPDATE SKIP LOCKED"  # PostgreSQL; SQLite lets one writer in at a time
FREE = "(t.status = 'open' OR t.lease_until <= %s)"  # on the list, or in a hand whose lease is over


class NotClaimableError(Exception):
    """This call cannot be taken now; `why` is the sentence for the operator."""

    def __init__(self, why: Why) -> None:
        super().__init__(why.code)
        self.why = why


def claim_next(user: User, dealership: Dealership, *, now: datetime, part: Part = EVERYTHING) -> ContactTask | None:
    """The next call of the store's list, now this operator's; the one already in hand where there is one.

    None where nothing is left to call now; `part` narrows the list. Gates are checked in the same transaction: a
    call that is blocked is put off or taken off the list, and the next one is tried.
    """
    store = Store.load(dealership, now)
    for _ in range(TRIES):
        with transaction.atomic():
            _one_at_a_time(user)
            held = in_hand_of(user, now, dealership)
            if held is not None and extend_lease(held, user, held.epoch, now):
                return held
            task_id = _take_next(user, store, now, part)
            if task_id is None:
                return None
            task = _with_names(task_id)
            if _may_be_shown(task, store, now) is None:
                return task
    return None


def claim(task_id: int, user: User, *, now: datetime, is_inbound: bool = False) -> ContactTask:
    """This very call, chosen from the list or opened by a callback. Raises NotClaimableError with the sentence why.

    Inbound: the customer has called us, so neither the gates nor a pause nor a colleague's promise stand in the way;
    that a colleague has it in hand does.
    """
    task = ContactTask.objects.select_related("dealership").get(pk=task_id)
    store = Store.load(task.dealership, now)
    is_mine = task.status == ContactTask.Status.CLAIMED and task.claimed_by_id == user.pk
    if is_mine and extend_lease(task, user, task.epoch, now):
        return _with_names(task.pk)
    with transaction.atomic():
        grace = timedelta(minutes=store.values.callback_grace_minutes)
        mine = ContactTask.objects.filter(pk=task_id, closes_at__gt=now).calls().not_held(now)
        if not is_inbound:
            mine = mine.filter(is_released=True).free_for(user, now, grace).not_paused(now)
        if not mine.update(**_held_by(user, store, now), epoch=F("epoch") + 1):
            raise NotClaimableError(_why_not(task_id, user, now))
        task = _with_names(task_id)
        blocked = None if is_inbound else _may_be_shown(task, store, now)
    if blocked is not None:
        raise NotClaimableError(blocked.why)
    return task


def extend_lease(task: ContactTask, user: User, epoch: int, now: datetime) -> bool:
    """The heartbeat of an open card; False where the call is no longer this operator's."""
    store = Store.load(task.dealership, now)
    until = now + timedelta(seconds=store.values.lease_seconds)
    held = ContactTask.objects.filter(
        pk=task.pk, status=ContactTask.Status.CLAIMED, claimed_by=user, epoch=epoch
    ).update(lease_until=until)
    if held:
        task.lease_until = until
    return bool(held)


def give_back(task: ContactTask, user: User, epoch: int, now: datetime) -> bool:
    """Put the call back on the list as it was; False where it is no longer this operator's."""
    return bool(
        ContactTask.objects.filter(pk=task.pk, status=ContactTask.Status.CLAIMED, claimed_by=user, epoch=epoch).update(
            status=ContactTask.Status.OPEN, claimed_by=None, lease_until=None
        )
    )


def _held_by(user: User, store: Store, now: datetime) -> dict[str, object]:
    return {
        "status": ContactTask.Status.CLAIMED,
        "claimed_by": user,
        "lease_until": now + timedelta(seconds=store.values.lease_seconds),
    }


def _one_at_a_time(user: User) -> None:
    """Two clicks of one operator queue up here, so that the second gets the call of the first and not another."""
    rows = User.objects.filter(pk=user.pk)
    if connection.features.has_select_for_update:
        rows = rows.select_for_update(no_key=True, of=("self",))
    rows.values_list("pk", flat=True).first()


def in_hand_of(user: User, now: datetime, dealership: Dealership | None = None) -> ContactTask | None:
    """The call that this operator holds now (at one store, or at any of theirs)."""
    held = ContactTask.objects.filter(claimed_by=user, status=ContactTask.Status.CLAIMED, lease_until__gt=now)
    if dealership is not None:
        held = held.filter(dealership=dealership)
    return held.select_related("dealership", "customer", "ownership__vehicle").first()


def _take_next(user: User, store: Store, now: datetime, part: Part) -> int | None:
    """One statement: the best free call becomes ours. A walk down the partial index of open calls in order."""
    table = ContactTask._meta.db_table
    narrowed, narrowing = part.sql(user, store.dealership)
    lock = SKIP_LOCKED if connection.vendor == "postgresql" else ""
    sql = f"""
        UPDATE {table} SET status = 'claimed', claimed_by_id = %s, lease_until = %s, epoch = epoch + 1
        WHERE id = (
            SELECT t.id FROM {table} t
            WHERE t.dealership_id = %s AND t.channel = 'call' AND t.status IN ('open', 'claimed')
              AND {FREE}
              AND t.is_released AND t.not_before <= %s AND t.closes_at > %s
              AND (t.assigned_to_id IS NULL OR t.assigned_to_id = %s OR t.promised_at <= %s)
              AND NOT EXISTS (
                SELECT 1 FROM campaigns_pause p WHERE p.dealership_id = t.dealership_id AND p.until > %s
                  AND (p.task_id = t.id OR (p.kind = t.kind AND t.promised_at IS NULL))
              ){narrowed}
            ORDER BY t.priority DESC, t.id
            LIMIT 1 {lock}
        )
        RETURNING id
    """  # noqa: S608 - the table's own name and a constant
    lease = now + timedelta(seconds=store.values.lease_seconds)
    public_since = now - timedelta(minutes=store.values.callback_grace_minutes)
    moments = [lease, now, now, now, public_since]
    if connection.vendor == "sqlite":
        moments = [connection.ops.adapt_datetimefield_value(moment) for moment in moments]  # type: ignore[misc]
    lease_value, *three, overdue = moments
    with connection.cursor() as cursor:
        cursor.execute(sql, [user.pk, lease_value, store.dealership.pk, *three, user.pk, overdue, three[0], *narrowing])
        row = cursor.fetchone()
    return row[0] if row else None


def _with_names(task_id: int) -> ContactTask:
    return ContactTask.objects.select_related(
        "dealership", "customer", "ownership__vehicle__model__make", "ownership__vehicle__make"
    ).get(pk=task_id)


def _may_be_shown(task: ContactTask, store: Store, now: datetime) -> Ruling | None:
    """None where the call may be made; else why not, with the call put off or taken off the list.

    Runs in the transaction of the claim and under the customer's lock, so that a word against being
    called that was committed before is always seen.
    """
    locked = Customer.objects.held([task.customer_id], wait=False)
    if not locked:  # being planned or answered elsewhere this second: waiting here could be for each other
        _put_off(task, now + timedelta(seconds=5))
        return Ruling("wait", "", (), Why("claim.busy"), None, {})
    facts = facts_at_the_door(locked[0], store)
    candidate = candidate_of(task, task.ownership.ended_on if task.ownership else None)
    shut = shut_gates(candidate, facts, store.values, store.day(now), only=AT_THE_DOOR)
    if not shut:
        return None
    ruling = ruling_of(shut, candidate, facts)
    record_decisions(
        task.dealership_id, [Decided(task.occasion_id, task.step_id, task.customer_id, ruling)], store.today
    )
    if ruling.verdict == NEVER:
        task.take_off(ruling.why, at=now)
    else:
        _put_off(task, _opens_again(ruling, facts, store, now))
    return ruling


def _opens_again(ruling: Ruling, facts: CustomerFacts, store: Store, now: datetime) -> datetime:
    """The first allowed minute of the day the gates name."""
    start = now
    if ruling.eligible_on is not None and ruling.eligible_on > store.today:
        start = datetime.combine(ruling.eligible_on, datetime.min.time(), facts.zone)
    window = next_window(start, facts.zone, store.values, store.holidays)
    return max(window.opens, start) if window else start + timedelta(days=1)


def _put_off(task: ContactTask, until: datetime) -> None:
    ContactTask.objects.filter(pk=task.pk).update(
        status=ContactTask.Status.OPEN, claimed_by=None, lease_until=None, not_before=until
    )


def _why_not(task_id: int, user: User, now: datetime) -> Why:
    task = ContactTask.objects.select_related("claimed_by", "assigned_to").get(pk=task_id)
    if task.status not in ContactTask.OPEN:
        return Why("claim.closed")
    if task.status == ContactTask.Status.CLAIMED and task.claimed_by_id != user.pk:
        return Why("claim.taken", {"by": str(task.claimed_by)})
    pause = task.pause(now)
    if pause is not None:
        return Why("claim.paused", {"until": pause.until.isoformat(), "why": pause.why})
    if task.assigned_to_id not in {None, user.pk}:
        return Why("claim.personal", {"by": str(task.assigned_to)})
    return Why("claim.closed")
