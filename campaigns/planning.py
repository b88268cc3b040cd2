"""Occasions -> decisions -> tasks: who is contacted today, and why everybody else is not.

Per customer across all stores and under the customer's lock, so that two nights or two stores cannot
spend one contact budget twice. Planning twice changes nothing: a decision is written when its verdict
changes, a task is unique on (occasion, step, attempt).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from campaigns.composing import compose_messages
from campaigns.deciding import Decided, record_decisions, works_of
from campaigns.loading import Store, load_customer_facts
from campaigns.models import ContactTask
from campaigns.playbook import Playbook
from campaigns.rules.cadence import Next, Tried, next_contact
from campaigns.rules.facts import Candidate, CustomerFacts, InFlight
from campaigns.rules.gates import decide
from campaigns.rules.hours import window_of
from campaigns.rules.priority import value_of_call
from campaigns.rules.ruling import NEVER, Ruling
from campaigns.withdrawing import withdraw_tasks
from customers.models import Channel, Customer
from dealercrm.accounts.writing import insert_many
from lifecycle.models import Occasion

# What planning reads of an occasion; a night plans a hundred thousand of them.
_READ = (
    *("kind", "purpose", "cycle", "opens_on", "due_on", "closes_on", "evidence", "why"),
    *("customer_id", "ownership_id", "dealership_id", "ownership__ended_on"),
)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The next contact of an occasion, as a question to the gates."""

    occasion: Occasion
    next: Next
    candidate: Candidate


def plan_customers(
    store: Store,
    customers: list[Customer],
    *,
    now: datetime,
    playbook: Playbook | None = None,
    only_occasion: int | None = None,
) -> Counter[str]:
    """Plan these customers' contacts for the store's today; they must be locked by the caller's transaction.

    `only_occasion` lets one cadence go on right after a call, by the same rules as at night. About 20
    queries, however many customers. Counts: candidates, planned, waiting, never, withdrawn, expired.
    """
    playbook = playbook or Playbook.load(store.dealership)
    facts = load_customer_facts(customers, store)
    counts: Counter[str] = Counter()
    if only_occasion is None:
        counts, gone = withdraw_tasks(store, facts, now=now)
        facts = {key: _without(customer, gone) for key, customer in facts.items()}
    offered = _occasions(store, facts, only_occasion)
    tried = _tried(store, offered)
    decided: list[Decided] = []
    tasks: list[ContactTask] = []
    for customer_id, occasions in offered.items():
        rulings, granted = _plan_customer(facts[customer_id], occasions, tried, playbook, store)
        decided += rulings
        tasks += [_task(wanted, facts[customer_id], store, now) for wanted in granted]
    counts["decisions"] += record_decisions(store.dealership.pk, decided, store.today)
    insert_many(tasks)
    compose_messages(store, [task for task in tasks if task.channel == Channel.EMAIL], playbook)
    for item in decided:
        counts[item.ruling.verdict] += 1
    counts["planned"] += len(tasks)
    return counts


def _occasions(store: Store, facts: dict[int, CustomerFacts], only: int | None) -> dict[int, list[Occasion]]:
    rows = (
        Occasion.objects.on_offer(store.today)
        .filter(dealership=store.dealership, customer_id__in=list(facts))
        .select_related("ownership")
        .only(*_READ)
        .order_by("pk")
    )
    if only is not None:
        rows = rows.filter(pk=only)
    offered: dict[int, list[Occasion]] = defaultdict(list)
    for occasion in rows:
        offered[occasion.customer_id].append(occasion)
    return offered


def _tried(store: Store, offered: dict[int, list[Occasion]]) -> dict[int, list[tuple[int, Tried]]]:
    """What was done about each occasion: (step id, task as the cadence sees it), oldest first."""
    ids = [occasion.pk for occasions in offered.values() for occasion in occasions]
    rows = ContactTask.objects.filter(occasion_id__in=ids).order_by("pk")
    tried: dict[int, list[tuple[int, Tried]]] = defaultdict(list)
    fields = ("occasion_id", "step_id", "step__position", "attempt", "channel", "status", "outcome", "closed_at")
    for occasion_id, step_id, position, attempt, channel, status, outcome, closed_at in rows.values_list(*fields):
        closed_on = store.dealership.today(closed_at) if closed_at else None
        tried[occasion_id].append((step_id, Tried(position, attempt, channel, status, outcome, closed_on)))
    return tried


def _plan_customer(
    customer: CustomerFacts,
    occasions: list[Occasion],
    tried: dict[int, list[tuple[int, Tried]]],
    playbook: Playbook,
    store: Store,
) -> tuple[list[Decided], list[_Wanted]]:
    """Rulings about every candidate of one customer, and the contacts that were granted.

    Cadences under way come first, then new occasions by value: whoever is granted holds the customer's
    attention in that channel, and its place in the budget counts for the next.
    """
    decided: list[Decided] = []
    wanted: list[_Wanted] = []
    for occasion in occasions:
        history = tried.get(occasion.pk, [])
        found, passed = _next_of(occasion, history, playbook, customer, store)
        decided += passed
        if found is not None:
            wanted.append(found)
    wanted.sort(key=lambda item: (item.candidate.is_start, -item.candidate.value, item.occasion.pk))
    granted: list[_Wanted] = []
    for item in wanted:
        candidate = replace(item.candidate, rival=_rival(item.candidate, customer))
        ruling = decide(candidate, customer, store.values, store.day())
        decided.append(_decided(item, ruling))
        if ruling.is_contact:
            granted.append(item)
            held = InFlight(
                candidate.occasion_id, candidate.kind, candidate.channel, candidate.purpose, candidate.value
            )
            customer = replace(customer, in_flight=(*customer.in_flight, held))
    return decided, granted


def _next_of(
    occasion: Occasion,
    history: list[tuple[int, Tried]],
    playbook: Playbook,
    customer: CustomerFacts,
    store: Store,
) -> tuple[_Wanted | None, list[Decided]]:
    """The next due contact of an occasion, walking past message steps that are closed to this customer for good."""
    steps = playbook.cadence_for(occasion.kind, (step_id for step_id, _ in reversed(history)))
    passed_over: set[int] = set()
    passed: list[Decided] = []
    while True:
        found = next_contact(
            steps,
            [task for _, task in history],
            opens_on=occasion.opens_on,
            due_on=occasion.due_on,
            passed_over=passed_over,
        )
        if found is None or found.on > store.today:
            return None, passed
        wanted = _Wanted(occasion, found, _candidate(occasion, found, store))
        is_last = not any(step.position > found.step.position for step in steps)
        if found.step.channel == Channel.CALL or is_last:
            return wanted, passed
        ruling = decide(wanted.candidate, customer, store.values, store.day())
        if ruling.verdict != NEVER or ruling.gate not in {"no_contact_point", "no_consent"}:
            return wanted, passed
        passed.append(_decided(wanted, ruling))
        passed_over.add(found.step.position)


def _candidate(occasion: Occasion, found: Next, store: Store) -> Candidate:
    return Candidate(
        occasion_id=occasion.pk,
        ownership_id=occasion.ownership_id,
        dealership_id=store.dealership.pk,
        kind=occasion.kind,
        purpose=occasion.purpose,
        channel=found.step.channel,
        value=value_of_call(
            occasion.kind, store.values, today=store.today, due_on=occasion.due_on, closes_on=occasion.closes_on
        ),
        opens_on=occasion.opens_on,
        ownership_ended_on=occasion.ownership.ended_on,
        works=works_of(occasion),
        is_start=found.is_start,
        is_repeat=found.is_repeat,
    )


def _decided(item: _Wanted, ruling: Ruling) -> Decided:
    return Decided(item.occasion.pk, item.next.step.id, item.occasion.customer_id, ruling)


def _rival(candidate: Candidate, customer: CustomerFacts) -> str:
    """The kind of the more valuable occasion that holds the customer's attention in this channel.

    A less valuable one under way is a matter of the contact budget. Greetings compete with nothing.
    """
    if candidate.is_message_only:
        return ""
    is_call = candidate.channel == Channel.CALL
    rivals = [
        cadence
        for cadence in customer.in_flight
        if cadence.occasion_id != candidate.occasion_id
        and (cadence.channel == Channel.CALL) == is_call
        and cadence.value >= candidate.value
    ]
    return max(rivals, key=lambda cadence: cadence.value).kind if rivals else ""


def _task(wanted: _Wanted, customer: CustomerFacts, store: Store, now: datetime) -> ContactTask:
    occasion, candidate = wanted.occasion, wanted.candidate
    window = window_of(store.today, customer.zone, store.values, store.holidays, is_greeting=candidate.is_message_only)
    opens = window.opens if window else now
    midnight = datetime.combine(occasion.closes_on + timedelta(days=1), datetime.min.time(), store.dealership.zone)
    return ContactTask(
        dealership=store.dealership,
        customer_id=occasion.customer_id,
        ownership_id=occasion.ownership_id,
        occasion=occasion,
        step_id=wanted.next.step.id,
        attempt=wanted.next.attempt,
        channel=candidate.channel,
        purpose=occasion.purpose,
        kind=occasion.kind,
        why=occasion.why,
        due_on=store.today,
        not_before=max(opens, now),
        closes_at=midnight,
        priority=candidate.value,
        planned_on=store.today,
    )


def _without(customer: CustomerFacts, gone: Iterable[int]) -> CustomerFacts:
    """The customer's facts after tasks of these occasions were taken off the list."""
    left = tuple(cadence for cadence in customer.in_flight if cadence.occasion_id not in gone)
    return customer if len(left) == len(customer.in_flight) else replace(customer, in_flight=left)
