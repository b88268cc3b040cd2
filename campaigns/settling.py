"""When the plan of a day is whole: minutes are rationed, blasts are held for a manager, the rest is handed out.

Chunks of a night are planned by several workers, and none of them knows how many contacts the day will have
in all. So contacts that must be counted first are written unreleased: nobody can take or send them. Here they
are counted, once, and again by every sweep until nothing is left to hand out: twice is harmless.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import Count, QuerySet

from campaigns.composing import compose_messages
from campaigns.deciding import Decided, record_decisions
from campaigns.loading import Store, load_customer_facts
from campaigns.models import ContactTask, HeldPlan, OutboxMessage
from campaigns.playbook import Playbook
from campaigns.rules.blast import most_without_a_word, needs_release, room_for_calls, too_many
from campaigns.rules.ruling import CONTACT, WAIT, Ruling
from campaigns.withdrawing import close_overtaken, find_overtaken
from customers.models import Channel, Customer
from dealercrm.accounts.models import Dealership, JobRun
from dealercrm.accounts.running import ranges_of
from dealercrm.why import Why
from lifecycle.models import Standing
from lifecycle.rules.kinds import JUDGED

JOB = "plan_contacts"
CUSTOMERS_AT_ONCE = 500
ONE_DAY = timedelta(days=1)


class Waiting(NamedTuple):
    """A contact that waits for the day to be whole, as the limits see it."""

    task_id: int
    occasion_id: int
    step_id: int
    customer_id: int
    kind: str
    channel: str
    priority: float
    code: str
    is_rationed: bool


@dataclass(slots=True)
class Settled:
    """What becomes of a day's waiting contacts: handed out, left for another day, held for a word."""

    released: list[Waiting] = field(default_factory=list)
    rationed: list[Waiting] = field(default_factory=list)  # beyond the minutes of their campaign
    held: list[Waiting] = field(default_factory=list)
    asked: dict[str, int] = field(default_factory=dict)  # code ("" for all) -> contacts that need a word
    most: int = 0
    base: int = 0


def settle(store: Store, playbook: Playbook, waiting: Iterable[Waiting], *, confirmed: Iterable[str] = ()) -> Settled:
    """Decide about them all at once. Reads only: the night writes the answer, a what-if shows it. Four queries."""
    settled = Settled()
    left = _within_minutes(store, playbook, list(waiting), settled)
    if not left:
        return settled
    people: dict[str, set[int]] = defaultdict(set)
    for item in left:
        people[item.code].add(item.customer_id)
    gone = _handed_out_today(store)
    by_code = {code: len(ids) + gone.get(code, 0) for code, ids in people.items()}
    in_all = len(set().union(*people.values())) + sum(gone.values())
    asked: list[str] = []
    if in_all > store.values.blast_floor:  # below it no base is so small that anybody is asked
        settled.base = base_of(store.dealership)
        settled.most = most_without_a_word(settled.base, store.values)
        asked = too_many(by_code, in_all, settled.most)
    confirmed = set(confirmed)
    if "" in confirmed:
        asked = []
    asked = [code for code in asked if code not in confirmed]
    for item in left:
        (settled.held if "" in asked or item.code in asked else settled.released).append(item)
    settled.asked = {code: by_code[code] if code else in_all for code in asked}
    return settled


def settle_day(store: Store, playbook: Playbook, *, now: datetime) -> Counter[str]:
    """Settle the store's day and write what came out; counts: released, rationed, held_back.

    Under the store's row: two sweeps do not settle at once. A run that is under way is waited for by its caller.
    """
    with transaction.atomic():
        Dealership.objects.select_for_update().get(pk=store.dealership.pk)
        waiting = waiting_of(store, playbook)
        settled = settle(store, playbook, waiting, confirmed=HeldPlan.confirmed_for(store.dealership, store.today))
        _leave_for_another_day(store, settled, waiting)
        _ask(store, settled, now)
    _hand_out(store, playbook, settled.released, now)
    counts = Counter(released=len(settled.released), rationed=len(settled.rationed), held_back=len(settled.held))
    _tell(store, counts["held_back"])
    return counts


def waiting_of(store: Store, playbook: Playbook) -> list[Waiting]:
    """Everything of the store that is planned and not handed out. One query."""
    rows = ContactTask.objects.filter(
        dealership=store.dealership, status=ContactTask.Status.OPEN, is_released=False
    ).order_by("pk")
    fields = ("pk", "occasion_id", "step_id", "customer_id", "kind", "purpose", "channel", "priority")
    found = []
    for pk, occasion_id, step_id, customer_id, kind, purpose, channel, priority in rows.values_list(*fields):
        campaign = playbook.campaign_of(step_id)
        is_rationed = playbook.is_rationed(step_id, kind, purpose, channel)
        found.append(
            Waiting(pk, occasion_id, step_id, customer_id, kind, channel, priority, campaign.code, is_rationed)
        )
    return found


def has_something_waiting(dealership: Dealership) -> bool:
    """One query, answered by the first row."""
    return ContactTask.objects.filter(dealership=dealership, status=ContactTask.Status.OPEN, is_released=False).exists()


def base_of(dealership: Dealership) -> int:
    """Customers whose home is this store: what the share of a blast is taken of."""
    rows = Standing.objects.filter(dealership=dealership, ownership__ended_on=None)
    return rows.aggregate(people=Count("customer_id", distinct=True))["people"] or 0


def _within_minutes(store: Store, playbook: Playbook, waiting: list[Waiting], settled: Settled) -> list[Waiting]:
    """Of each rationed campaign the most valuable calls that its minutes hold; the others go to `settled.rationed`."""
    rationed: dict[str, list[Waiting]] = defaultdict(list)
    left: list[Waiting] = []
    for item in waiting:
        (rationed[item.code] if item.is_rationed else left).append(item)
    if not rationed:
        return left
    taken = _calls_of_today(store, rationed)
    for code, calls in rationed.items():
        minutes = playbook.campaign_of(calls[0].step_id).minutes_a_day
        room = len(calls) if minutes is None else room_for_calls(minutes, taken.get(code, 0), store.values)
        calls.sort(key=lambda item: (-item.priority, item.occasion_id))
        left += calls[:room]
        settled.rationed += calls[room:]
    return left


def _calls_of_today(store: Store, codes: Iterable[str]) -> dict[str, int]:
    """{code: calls that are on the list, or were made today}."""
    midnight = datetime.combine(store.today, datetime.min.time(), store.dealership.zone)
    rows = ContactTask.objects.filter(
        dealership=store.dealership, channel=Channel.CALL, step__campaign__code__in=list(codes)
    )
    listed = rows.open().filter(is_released=True)
    made = rows.filter(status=ContactTask.Status.DONE, closed_at__gte=midnight)
    found: Counter[str] = Counter()
    for part in (listed, made):
        found.update(dict(part.order_by().values_list("step__campaign__code").annotate(number=Count("pk"))))
    return found


def _handed_out_today(store: Store) -> dict[str, int]:
    """{code: customers whose contact of today was handed out already}: a day in two parts is still one day."""
    rows = ContactTask.objects.filter(dealership=store.dealership, planned_on=store.today, is_released=True)
    fields = ("step__campaign__code", "customer_id", "kind", "purpose", "channel")
    people: dict[str, set[int]] = defaultdict(set)
    for code, customer_id, kind, purpose, channel in _not_free(rows).values_list(*fields):
        if needs_release(kind, purpose, channel, has_minutes=False):
            people[code].add(customer_id)
    return {code: len(ids) for code, ids in people.items()}


def _not_free(rows: QuerySet[ContactTask]) -> QuerySet[ContactTask]:
    """Narrows to what can need a release: messages, and calls of announcements."""
    return rows.exclude(channel=Channel.CALL, kind__in=JUDGED).exclude(status=ContactTask.Status.CANCELLED)


def _leave_for_another_day(store: Store, settled: Settled, waiting: list[Waiting]) -> None:
    """Calls beyond the minutes are decided anew tomorrow; nobody has seen their rows, so these go."""
    beyond = {item.task_id for item in settled.rationed}
    decided = [_rationed(item, store, is_beyond=item.task_id in beyond) for item in waiting if item.is_rationed]
    record_decisions(store.dealership.pk, decided, store.today)
    ContactTask.objects.filter(pk__among=sorted(beyond), is_released=False).delete()


def _rationed(item: Waiting, store: Store, *, is_beyond: bool) -> Decided:
    facts = {"channel": item.channel, "value": item.priority}
    if is_beyond:
        why, tomorrow = Why("gate.campaign_minutes"), store.today + ONE_DAY
        ruling = Ruling(WAIT, "campaign_minutes", ("campaign_minutes",), why, tomorrow, facts)
    else:
        ruling = Ruling(CONTACT, "", (), Why("gate.open"), None, facts)
    return Decided(item.occasion_id, item.step_id, item.customer_id, ruling)


def _ask(store: Store, settled: Settled, now: datetime) -> None:
    """A row a question, with today's numbers; a question of which nothing is left is settled."""
    waiting = HeldPlan.objects.waiting().filter(dealership=store.dealership)
    waiting.exclude(campaign_code__in=settled.asked).update(settled_at=now)
    for code, contacts in settled.asked.items():
        numbers = {"contacts": contacts, "base": settled.base, "most": settled.most, "on": store.today}
        if not waiting.filter(campaign_code=code).update(**numbers):
            HeldPlan.objects.create(dealership=store.dealership, campaign_code=code, raised_at=now, **numbers)


def _hand_out(store: Store, playbook: Playbook, released: list[Waiting], now: datetime) -> None:
    """Calls stand on the list; messages are worded and queued, under the locks of those whom they are to reach."""
    calls = [item.task_id for item in released if item.channel == Channel.CALL]
    ContactTask.objects.filter(pk__among=calls).update(is_released=True)
    messages = sorted({item.customer_id for item in released if item.channel != Channel.CALL})
    ours = {item.task_id for item in released}
    for first, last in list(ranges_of(messages, CUSTOMERS_AT_ONCE)):
        with transaction.atomic():
            customers = Customer.objects.held([pk for pk in messages if first <= pk <= last])
            # What became of them since they were planned (a word, a booking) is looked at before a letter is written.
            facts = load_customer_facts(customers, store)
            close_overtaken(find_overtaken(store, facts, playbook.alive, now=now))
            tasks = list(
                ContactTask.objects.filter(
                    customer__in=customers,
                    dealership=store.dealership,
                    status=ContactTask.Status.OPEN,
                    is_released=False,
                )
                .exclude(channel=Channel.CALL)
                .select_related("occasion")
                .order_by("pk")
            )
            tasks = [task for task in tasks if task.pk in ours]
            ContactTask.objects.filter(pk__in=[task.pk for task in tasks]).update(is_released=True)
            written = set(OutboxMessage.objects.filter(task__in=tasks).values_list("task_id", flat=True))
            letters = [task for task in tasks if task.pk not in written]
            compose_messages(store, letters, playbook, facts=facts, now=now)


def _tell(store: Store, held: int) -> None:
    """On the run of the day, where the health of the nights reads it: loud while something waits for a word."""
    run = JobRun.objects.filter(job=JOB, dealership=store.dealership, logical_on__lte=store.today).order_by(
        "-logical_on", "-sequence"
    ).first()  # fmt: skip
    if run is not None and run.counts.get("held_back", 0) != held:
        run.counts = {**run.counts, "held_back": held}
        run.save(update_fields=["counts"])
