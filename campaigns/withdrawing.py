"""What a day has overtaken leaves the list: the window is over, the car came in, the customer said no."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from campaigns.deciding import candidate_of
from campaigns.loading import Store
from campaigns.models import ContactTask, OutboxMessage
from campaigns.rules.facts import CustomerFacts
from campaigns.rules.gates import AT_THE_DOOR, WITHDRAWING, shut_gates
from dealercrm.why import Why
from lifecycle.models import Occasion

# A promise outlives the reason for it: only what stands at the door takes a promised call off the list.
_EVEN_PROMISED = tuple(gate for gate in WITHDRAWING if gate in AT_THE_DOOR)

_READ = (
    *("occasion_id", "ownership_id", "dealership_id", "customer_id", "kind", "purpose", "channel", "priority"),
    *("due_on", "promised_at", "closes_at", "status", "occasion__status", "occasion__opens_on", "occasion__evidence"),
    "ownership__ended_on",
)


def withdraw_tasks(store: Store, facts: dict[int, CustomerFacts], *, now: datetime) -> tuple[Counter[str], set[int]]:
    """Take overtaken tasks that nobody has in hand off the list; counts, and the occasions they were about."""
    counts: Counter[str] = Counter()
    gone: set[int] = set()
    tasks = (
        ContactTask.objects.filter(
            dealership=store.dealership, customer_id__in=list(facts), status=ContactTask.Status.OPEN
        )
        .select_related("occasion", "ownership")
        .only(*_READ)
        .order_by("pk")
    )
    closed: list[ContactTask] = []
    for task in tasks:
        end = _end_of(task, facts[task.customer_id], store, now)
        if end is None:
            continue
        task.status, why = end
        task.closed_at = now
        task.closed_why = why.as_json()
        counts["expired" if task.status == ContactTask.Status.EXPIRED else "withdrawn"] += 1
        gone.add(task.occasion_id)
        closed.append(task)
    for task in closed:  # a claim of this very second wins: it changes the status first
        ContactTask.objects.filter(pk=task.pk, status=ContactTask.Status.OPEN).update(
            status=task.status, closed_at=task.closed_at, closed_why=task.closed_why
        )
    if closed:
        OutboxMessage.objects.filter(
            task__in=closed, task__status__in=["cancelled", "expired"], status=OutboxMessage.Status.QUEUED
        ).update(status=OutboxMessage.Status.CANCELLED, why_cancelled=Why("message.task_withdrawn").as_json())
    return counts, gone


def _end_of(task: ContactTask, customer: CustomerFacts, store: Store, now: datetime) -> tuple[str, Why] | None:
    """How this task ends, or None where it stands."""
    is_promised = task.promised_at is not None
    if task.closes_at <= now:
        return ContactTask.Status.EXPIRED, Why("closed.window_over")
    if not is_promised and task.occasion.status == Occasion.Status.EXPIRED:
        return ContactTask.Status.EXPIRED, Why("closed.window_over")
    if not is_promised and task.occasion.status in {Occasion.Status.SERVED, Occasion.Status.OBSOLETE}:
        return ContactTask.Status.CANCELLED, Why("closed.occasion_" + task.occasion.status)
    only = _EVEN_PROMISED if is_promised else WITHDRAWING
    candidate = candidate_of(task, task.ownership, task.occasion)
    shut = shut_gates(candidate, customer, store.values, store.day(), only=only)
    if not shut:
        return None
    # A gate with a day keeps a message or a call of a complaint waiting on the list only until the night:
    # it is decided afresh each day, never blindly rescheduled.
    return ContactTask.Status.CANCELLED, shut[0].why
