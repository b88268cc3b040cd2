"""Occasions -> decisions -> tasks: who is contacted today, and why everybody else is not.

Per customer across all stores and under the customer's lock, so that two nights or two stores cannot
spend one contact budget twice. Planning twice changes nothing: a decision is written when its verdict
changes, a task is unique on (occasion, step, attempt).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain

from campaigns.assigning import Draws
from campaigns.composing import compose_messages
from campaigns.deciding import Decided, record_decisions, works_of
from campaigns.loading import Store, load_customer_facts
from campaigns.models import ContactTask
from campaigns.playbook import History, Members, Playbook, Run
from campaigns.rules.blast import needs_release
from campaigns.rules.cadence import Next, Tried, next_contact
from campaigns.rules.facts import Candidate, CustomerFacts, InFlight
from campaigns.rules.gates import decide, ruling_of, shut_gates
from campaigns.rules.holdout import is_eligible, may_be_held_out
from campaigns.rules.hours import window_of
from campaigns.rules.priority import place_of_call, value_of_call
from campaigns.rules.ruling import NEVER, Ruling
from campaigns.withdrawing import close_overtaken, find_overtaken
from customers.models import Channel, Customer
from dealercrm.accounts.writing import insert_many
from lifecycle.models import Occasion

# What planning reads of an occasion; a night plans a hundred thousand of them.
READ = (
    *("kind", "purpose", "cycle", "opens_on", "due_on", "closes_on", "evidence", "why"),
    *("customer_id", "ownership_id", "dealership_id", "ownership__ended_on", "is_safety_work"),
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The next contact of an occasion, as a question to the gates."""

    occasion: Occasion
    next: Next
    candidate: Candidate
    campaign_id: int  # 0 where a run is in flight


@dataclass(frozen=True, slots=True)
class Planned:
    """What planning would write for some customers; nothing of it is written yet.

    The night writes it, a what-if only counts it: both come from `plan_for`.
    """

    overtaken: list[ContactTask]
    decided: list[Decided]
    tasks: list[ContactTask]
    draws: Draws
    facts: Mapping[int, CustomerFacts]


def plan_customers(
    store: Store,
    customers: list[Customer],
    *,
    now: datetime,
    playbook: Playbook | None = None,
    only_occasion: int | None = None,
    is_whole: bool = True,
) -> Counter[str]:
    """Plan these customers' contacts for the store's today; they must be locked by the caller's transaction.

    `only_occasion` lets one cadence go on right after a call, by the same rules as at night. Of a day that is
    planned in parts (not `is_whole`) messages, announcements and calls of campaigns with minutes of their own
    wait until it is whole (settling.py). About 20 queries, however many customers. Counts: candidates,
    planned, waiting, never, withdrawn, expired.
    """
    playbook = playbook or Playbook.load(store.dealership, store.today)
    planned = plan_for(store, customers, now=now, playbook=playbook, only_occasion=only_occasion)
    counts = close_overtaken(planned.overtaken)
    decided = planned.decided
    if not is_whole:
        for task in planned.tasks:
            task.is_released = not waits_for_the_day(task, playbook)
        undecided = {(task.occasion_id, task.step_id) for task in planned.tasks if _is_rationed(task, playbook)}
        decided = [item for item in decided if (item.occasion_id, item.step_id) not in undecided]
    counts["decisions"] += record_decisions(store.dealership.pk, decided, store.today)
    planned.draws.write()
    insert_many(planned.tasks)
    messages = [task for task in planned.tasks if task.channel != Channel.CALL and task.is_released]
    compose_messages(store, messages, playbook, facts=planned.facts, now=now)
    for item in planned.decided:
        counts[item.ruling.verdict] += 1
    counts["planned"] += len(planned.tasks)
    return counts


def plan_for(
    store: Store,
    customers: list[Customer],
    *,
    now: datetime,
    playbook: Playbook,
    only_occasion: int | None = None,
    announced: Iterable[Occasion] = (),
) -> Planned:
    """What the day would bring these customers, by the rules of the night. Reads only.

    `announced`: occasions of announcements that are not opened yet, as a what-if needs them.
    """
    facts = load_customer_facts(customers, store)
    overtaken: list[ContactTask] = []
    if only_occasion is None:
        overtaken = find_overtaken(store, facts, playbook.alive, now=now)
        gone = {task.occasion_id for task in overtaken}
        facts = {key: _without(customer, gone) for key, customer in facts.items()}
    offered = _occasions(store, facts, only_occasion)
    for occasion in announced:
        offered[occasion.customer_id].append(occasion)
    tried = tried_of(store, offered, {task.pk: task for task in overtaken})
    draws = Draws.load(store, offered)
    members = playbook.members_among(chain.from_iterable(offered.values()), store.dealership, store.today)
    decided: list[Decided] = []
    tasks: list[ContactTask] = []
    for customer_id, occasions in offered.items():
        rulings, granted = plan_customer(facts[customer_id], occasions, tried, playbook, members, store, draws)
        decided += rulings
        tasks += [_task(wanted, facts[customer_id], store, playbook.measured, now) for wanted in granted]
    return Planned(overtaken, decided, tasks, draws, facts)


def waits_for_the_day(task: ContactTask, playbook: Playbook) -> bool:
    """Whether this contact is handed out only when the plan of its day is whole."""
    return needs_release(task.kind, task.purpose, task.channel, has_minutes=_is_rationed(task, playbook))


def _is_rationed(task: ContactTask, playbook: Playbook) -> bool:
    return playbook.is_rationed(task.step_id, task.kind, task.purpose, task.channel)


def _occasions(store: Store, facts: dict[int, CustomerFacts], only: int | None) -> dict[int, list[Occasion]]:
    rows = (
        Occasion.objects.on_offer(store.today)
        .filter(dealership=store.dealership, customer_id__among=facts)
        .select_related("ownership")
        .only(*READ)
        .order_by("pk")
    )
    if only is not None:
        rows = rows.filter(pk=only)
    offered: dict[int, list[Occasion]] = defaultdict(list)
    for occasion in rows:
        offered[occasion.customer_id].append(occasion)
    return offered


def tried_of(
    store: Store, offered: dict[int, list[Occasion]], overtaken: Mapping[int, ContactTask]
) -> dict[int, History]:
    """What was done about each occasion: (step id, task as the cadence sees it), oldest first.

    What is about to leave the list counts as if it had left.
    """
    ids = [occasion.pk for occasions in offered.values() for occasion in occasions]
    rows = ContactTask.objects.filter(occasion_id__among=ids).order_by("pk")
    tried: dict[int, History] = defaultdict(list)
    fields = ("pk", "occasion_id", "step_id", "step__position", "attempt", "channel", "outcome")
    ended = ("status", "closed_at", "closed_why")
    for pk, occasion_id, step_id, position, attempt, channel, outcome, *end in rows.values_list(*fields, *ended):
        status, closed_at, why = [getattr(overtaken[pk], name) for name in ended] if pk in overtaken else end
        closed_on = store.dealership.today(closed_at) if closed_at else None
        was_stopped = why.get("code") == "closed.campaign_stopped"
        task = Tried(position, attempt, channel, status, outcome, closed_on, was_stopped)
        tried[occasion_id].append((step_id, task))
    return tried


def plan_customer(
    customer: CustomerFacts,
    occasions: list[Occasion],
    tried: Mapping[int, History],
    playbook: Playbook,
    members: Members,
    store: Store,
    draws: Draws,
) -> tuple[list[Decided], list[Wanted]]:
    """Rulings about every candidate of one customer, and the contacts that were granted.

    Cadences under way come first, then new occasions by value: whoever is granted holds the customer's
    attention in that channel, and its place in the budget counts for the next. So does a contact that is
    held out; it is settled by that and not decided again.
    """
    decided: list[Decided] = []
    wanted: list[Wanted] = []
    for occasion in occasions:
        if occasion.pk in customer.held_out:
            continue
        run = playbook.run_of(occasion, tried.get(occasion.pk, []), members)
        found, passed = _next_of(occasion, run, customer, store, playbook.measured)
        decided += passed
        if found is not None:
            wanted.append(found)
    wanted.sort(key=lambda item: (item.candidate.is_start, -item.candidate.value, item.occasion.pk))
    granted: list[Wanted] = []
    for item in wanted:
        candidate = replace(item.candidate, rival=_rival(item.candidate, customer))
        shut = shut_gates(candidate, customer, store.values, store.day())
        if candidate.may_be_held_out and is_eligible(shut):
            held_out = draws.draw(item.occasion, playbook.campaign_of(item.next.step.id))
            if held_out:
                candidate = replace(candidate, held_out=held_out)
                shut = shut_gates(candidate, customer, store.values, store.day())
        ruling = ruling_of(shut, candidate, customer)
        decided.append(_decided(item, ruling))
        if ruling.is_contact:
            granted.append(item)
        if ruling.is_contact or ruling.gate == "holdout":
            held = InFlight(
                candidate.occasion_id, candidate.kind, candidate.channel, candidate.purpose, candidate.value
            )
            customer = replace(customer, in_flight=(*customer.in_flight, held))
    return decided, granted


def _next_of(
    occasion: Occasion,
    run: Run,
    customer: CustomerFacts,
    store: Store,
    measured: Mapping[str, float],
) -> tuple[Wanted | None, list[Decided]]:
    """The next due contact of an occasion, walking past message steps that are closed to this customer for good."""
    steps, tried, campaign_id = run
    passed_over: set[int] = set()
    passed: list[Decided] = []
    while True:
        found = next_contact(
            steps,
            tried,
            opens_on=occasion.opens_on,
            due_on=occasion.due_on,
            passed_over=passed_over,
        )
        if found is None or found.on > store.today:
            return None, passed
        wanted = Wanted(occasion, found, _candidate(occasion, found, store, measured), campaign_id)
        is_last = not any(step.position > found.step.position for step in steps)
        if found.step.channel == Channel.CALL or is_last:
            return wanted, passed
        ruling = decide(wanted.candidate, customer, store.values, store.day())
        if ruling.verdict != NEVER or ruling.gate not in {"no_contact_point", "no_consent"}:
            return wanted, passed
        passed.append(_decided(wanted, ruling))
        passed_over.add(found.step.position)


def _candidate(occasion: Occasion, found: Next, store: Store, measured: Mapping[str, float]) -> Candidate:
    return Candidate(
        occasion_id=occasion.pk,
        ownership_id=occasion.ownership_id,
        dealership_id=store.dealership.pk,
        kind=occasion.kind,
        purpose=occasion.purpose,
        channel=found.step.channel,
        value=value_of_call(
            occasion.kind,
            store.values,
            today=store.today,
            opens_on=occasion.opens_on,
            due_on=occasion.due_on,
            closes_on=occasion.closes_on,
            measured=measured,
        ),
        opens_on=occasion.opens_on,
        ownership_ended_on=occasion.ownership.ended_on,
        works=works_of(occasion),
        is_start=found.is_start,
        is_repeat=found.is_repeat,
        may_be_held_out=found.is_start
        and may_be_held_out(occasion.kind, occasion.evidence, is_safety_work=occasion.is_safety_work),
    )


def _decided(item: Wanted, ruling: Ruling) -> Decided:
    return Decided(item.occasion.pk, item.next.step.id, item.occasion.customer_id, ruling, item.campaign_id)


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


def _task(
    wanted: Wanted, customer: CustomerFacts, store: Store, measured: Mapping[str, float], now: datetime
) -> ContactTask:
    occasion, candidate = wanted.occasion, wanted.candidate
    window = window_of(store.today, customer.zone, store.values, store.holidays, is_greeting=candidate.is_message_only)
    opens = window.opens if window else now
    midnight = datetime.combine(occasion.closes_on + timedelta(days=1), datetime.min.time(), store.dealership.zone)
    place = place_of_call(
        occasion.kind,
        candidate.value,
        store.values,
        measured,
        occasion_id=occasion.pk,
        step_id=wanted.next.step.id,
        attempt=wanted.next.attempt,
    )
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
        value=candidate.value,
        priority=place.priority,
        is_by_chance=place.is_by_chance,
        propensity=place.propensity,
        planned_on=store.today,
    )


def _without(customer: CustomerFacts, gone: Iterable[int]) -> CustomerFacts:
    """The customer's facts after tasks of these occasions were taken off the list."""
    left = tuple(cadence for cadence in customer.in_flight if cadence.occasion_id not in gone)
    return customer if len(left) == len(customer.in_flight) else replace(customer, in_flight=left)
