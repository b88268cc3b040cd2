"""What a day has overtaken leaves the list: the window is over, the car came in, the customer said no."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import F

from campaigns.deciding import candidate_of, works_named
from campaigns.loading import Store
from campaigns.models import ContactTask, OutboxMessage
from campaigns.rules.facts import CustomerFacts
from campaigns.rules.gates import AT_THE_DOOR, WITHDRAWING, shut_gates
from dealercrm.why import Why
from lifecycle.models import Occasion

# A promise outlives the reason for it: only what stands at the door takes a promised call off the list.
_EVEN_PROMISED = tuple(gate for gate in WITHDRAWING if gate in AT_THE_DOOR)

_READ = (
    *("occasion_id", "ownership_id", "dealership_id", "customer_id", "kind", "purpose", "channel", "value"),
    *("due_on", "promised_at", "closes_at", "status", "step_id"),
)
# What it must know of others than the task: as values, since a night looks at every task of the list.
_BESIDES = {
    "campaign_code": F("step__campaign__code"),
    "owned_until": F("ownership__ended_on"),
    "its_status": F("occasion__status"),
    "its_opening": F("occasion__opens_on"),
    "its_evidence": F("occasion__evidence"),
}


def find_overtaken(
    store: Store, facts: dict[int, CustomerFacts], alive: Collection[str] | None = None, *, now: datetime
) -> list[ContactTask]:
    """Overtaken tasks that nobody has in hand, as they would be closed; nothing is written. One query.

    `alive`: codes of the campaigns that were not stopped; None where nobody asks.
    """
    tasks = (
        ContactTask.objects.filter(
            dealership=store.dealership, customer_id__among=facts, status=ContactTask.Status.OPEN
        )
        .annotate(**_BESIDES)
        .only(*_READ)
        .order_by("pk")
    )
    found: list[ContactTask] = []
    for task in tasks:
        end = _end_of(task, facts[task.customer_id], store, alive, now)
        if end is not None:
            task.status, why = end
            task.closed_at = now
            task.closed_why = why.as_json()
            found.append(task)
    return found


def close_overtaken(overtaken: list[ContactTask]) -> Counter[str]:
    """Take them off the list, and the letters that wait for them; counts."""
    counts: Counter[str] = Counter()
    for task in overtaken:  # a claim of this very second wins: it changes the status first
        ContactTask.objects.filter(pk=task.pk, status=ContactTask.Status.OPEN).update(
            status=task.status, closed_at=task.closed_at, closed_why=task.closed_why
        )
        counts["expired" if task.status == ContactTask.Status.EXPIRED else "withdrawn"] += 1
    if overtaken:
        OutboxMessage.objects.filter(
            task__in=overtaken, task__status__in=["cancelled", "expired"], status=OutboxMessage.Status.QUEUED
        ).update(status=OutboxMessage.Status.CANCELLED, why_cancelled=Why("message.task_withdrawn").as_json())
    return counts


def _end_of(
    task: Any, customer: CustomerFacts, store: Store, alive: Collection[str] | None, now: datetime
) -> tuple[str, Why] | None:
    """How this task ends, or None where it stands."""
    is_promised = task.promised_at is not None
    if task.closes_at <= now:
        return ContactTask.Status.EXPIRED, Why("closed.window_over")
    if not is_promised and task.its_status == Occasion.Status.EXPIRED:
        return ContactTask.Status.EXPIRED, Why("closed.window_over")
    if not is_promised and task.its_status in {Occasion.Status.SERVED, Occasion.Status.OBSOLETE}:
        return ContactTask.Status.CANCELLED, Why(f"closed.occasion_{task.its_status}")
    if not is_promised and alive is not None and task.campaign_code not in alive:
        return ContactTask.Status.CANCELLED, Why("closed.campaign_stopped")
    only = _EVEN_PROMISED if is_promised else WITHDRAWING
    candidate = candidate_of(
        task, task.owned_until, opens_on=task.its_opening, works=works_named(task.its_evidence or {})
    )
    shut = shut_gates(candidate, customer, store.values, store.day(), only=only)
    if not shut:
        return None
    # A gate with a day keeps a message or a call of a complaint waiting on the list only until the night:
    # it is decided afresh each day, never blindly rescheduled.
    return ContactTask.Status.CANCELLED, shut[0].why
