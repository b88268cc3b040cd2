"""What campaigns earned: visits, margin and cost of everyone drawn, and the verdict on its planned day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from django.db.models import Count, Max, Min, Q

from campaigns.came import is_inside, span_of, visits_within
from campaigns.loading import Store
from campaigns.models import Assignment, Campaign, CampaignVerdict
from campaigns.rules.holdout import GLOBAL, GLOBAL_SALT
from campaigns.rules.verdicts import (
    CONTRACT,
    EARNS,
    INSURANCE,
    LOSES,
    PURCHASE,
    VERSION,
    VISIT,
    Customer,
    Result,
    goals_of,
    judge,
    worth_of_call,
)
from dealercrm.accounts.models import Dealership
from lifecycle.models import LifecyclePolicy
from vehicles.models import Cover, Ownership, Touch

AT_ONCE = 5000  # customers read with one set of queries

_COVERS = {INSURANCE: Cover.Kind.INSURANCE, CONTRACT: Cover.Kind.SERVICE_CONTRACT}


class Subject(NamedTuple):
    """What is measured at a store: a campaign with its salt through all versions, or everything together."""

    code: str
    salt: str
    kinds: tuple[str, ...]  # empty: all
    share: float  # held out now
    verdict_on: date | None  # as the manager planned it
    campaign: Campaign | None  # the version that runs; None for the global group

    @property
    def is_global(self) -> bool:
        return self.code == GLOBAL


class Progress(NamedTuple):
    """How far a measurement has come. Says nothing about who came: that is for the planned day."""

    subject: Subject
    asked: int
    held: int
    complete: int  # whose horizon is over
    set_aside: int
    since: date | None
    last: date | None
    verdict_on: date | None
    verdict: CampaignVerdict | None

    @property
    def size(self) -> int:
        return self.asked + self.held


def subjects_of(dealership: Dealership, store: Store) -> list[Subject]:
    """The global group and every campaign of a store, the version that runs speaking for all. One query."""
    speaks: dict[str, Campaign] = {}
    kinds: dict[str, set[str]] = defaultdict(set)
    rows = list(Campaign.objects.filter(dealership=dealership).order_by("rank", "code", "is_active", "version"))
    for row in rows:
        speaks[row.code] = row
    for row in rows:
        if row.version <= speaks[row.code].version:  # what a draft would answer was never answered
            kinds[row.code].update(row.kinds)
    share = store.values.global_holdout_share
    found = [Subject(GLOBAL, GLOBAL_SALT, (), share, None, None)]
    for code, row in speaks.items():
        found.append(Subject(code, row.salt, tuple(sorted(kinds[code])), row.holdout_share, row.verdict_on, row))
    return found


def progress_of(dealership: Dealership, store: Store, today: date) -> list[Progress]:
    """Every measurement of a store and how far it has come. Three queries, of counts only."""
    subjects = subjects_of(dealership, store)
    over = today - timedelta(days=store.values.horizon_days)
    counted = Q(is_mixed=False, customer__merged_into=None)
    rows = Assignment.objects.filter(dealership=dealership).order_by()
    groups = {
        (row["campaign"], row["salt"]): row
        for row in rows.values("campaign", "salt").annotate(
            held=Count("pk", filter=counted & Q(is_held_out=True)),
            asked=Count("pk", filter=counted & Q(is_held_out=False)),
            complete=Count("pk", filter=counted & Q(assigned_on__lte=over)),
            aside=Count("pk", filter=~counted),
            since=Min("assigned_on"),
            last=Max("assigned_on"),
        )
    }
    said: dict[tuple[str, str], CampaignVerdict] = {}
    for verdict in CampaignVerdict.objects.filter(dealership=dealership).order_by("planned_on", "pk"):
        said[verdict.campaign, verdict.salt] = verdict
    found = []
    for subject in subjects:
        row = groups.get((subject.code, subject.salt))
        last = said.get((subject.code, subject.salt))
        if row is None:
            found.append(Progress(subject, 0, 0, 0, 0, None, None, subject.verdict_on, last))
            continue
        planned = planned_day(subject, row["since"], last, store)
        found.append(
            Progress(
                subject, row["asked"], row["held"], row["complete"], row["aside"],
                row["since"], row["last"], planned, last,
            )
        )  # fmt: skip
    return found


def planned_day(subject: Subject, since: date, last: CampaignVerdict | None, store: Store) -> date | None:
    """The day of the next verdict; None where the planned one was said and no other is planned.

    Without a planned day: customers are drawn for `enrolment_days`, and the last of them get their horizon. A
    further verdict has at least a horizon between itself and the one before: looking again and again until
    chance is kind is no measurement.
    """
    values = store.values
    planned = subject.verdict_on or since + timedelta(days=values.enrolment_days + values.horizon_days)
    if last is None:
        return planned
    if subject.verdict_on is None or subject.verdict_on <= last.planned_on:
        return None
    return max(planned, last.planned_on + timedelta(days=values.horizon_days))


def measure(dealership: Dealership, subject: Subject, store: Store, *, as_of: date) -> Result:
    """Everyone whose horizon was over on a day, contacted against held out. Some queries per 5,000 customers."""
    values = store.values
    over = as_of - timedelta(days=values.horizon_days)
    rows = (
        Assignment.objects.filter(dealership=dealership, campaign=subject.code, salt=subject.salt)
        .measured()
        .filter(assigned_on__lte=over)
        .order_by("pk")
        .values_list("customer_id", "is_held_out", "assigned_on", "share")
    )
    drawn = [Drawn(*row) for row in rows]
    margin_share = LifecyclePolicy.of(dealership).values().service_margin
    goals = goals_of(subject.kinds)
    sides: dict[bool, list[Customer]] = {False: [], True: []}
    for first in range(0, len(drawn), AT_ONCE):
        some = drawn[first : first + AT_ONCE]
        facts = _what_became(dealership, subject, some, goals, values.horizon_days, margin_share)
        for one in some:
            sides[one.is_held_out].append(facts[one.customer_id])
    share = sum(one.share for one in drawn) / len(drawn) if drawn else subject.share
    return judge(
        sides[False],
        sides[True],
        share=share,
        least_effect=values.least_effect,
        has_money=VISIT in goals,
    )


class Drawn(NamedTuple):
    customer_id: int
    is_held_out: bool
    assigned_on: date
    share: float


def _what_became(
    dealership: Dealership,
    subject: Subject,
    drawn: list[Drawn],
    goals: Collection[str],
    horizon_days: int,
    margin_share: float,
) -> dict[int, Customer]:
    """Of each of these customers: came within the horizon? which margin? what did contacts cost?"""
    ends = {one.customer_id: (one.assigned_on, one.assigned_on + timedelta(days=horizon_days)) for one in drawn}
    first, last = span_of(ends)
    visited, margin = visits_within(dealership, ends, margin_share)
    came: set[int] = visited if VISIT in goals else set()
    cost: dict[int, float] = defaultdict(float)
    if PURCHASE in goals:
        bought = Ownership.objects.filter(customer_id__in=ends, started_on__range=(first, last))
        bought = bought.exclude(acquired=Ownership.Acquired.ELSEWHERE)
        rows = bought.values_list("customer_id", "started_on")
        came.update(customer_id for customer_id, on in rows if is_inside(ends, customer_id, on))
    for goal, kind in _COVERS.items():
        if goal in goals:
            covers = Cover.objects.filter(
                ownership__customer_id__in=ends, kind=kind, voided_at=None, starts_on__range=(first, last)
            )
            dated = covers.values_list("ownership__customer_id", "starts_on")
            came.update(
                customer_id
                for customer_id, on in dated
                if customer_id is not None and on is not None and is_inside(ends, customer_id, on)
            )
    midnight = datetime.combine(first, time.min, dealership.zone)
    touches = Touch.objects.outgoing().filter(
        customer_id__in=ends,
        dealership__currency=dealership.currency,
        at__gte=midnight,
        at__lt=midnight + (last - first) + timedelta(days=1),
        cost__gt=0,
    )
    if not subject.is_global:
        touches = touches.filter(dealership=dealership, topic__in=subject.kinds)
    for customer_id, at, amount in touches.values_list("customer_id", "at", "cost"):
        if is_inside(ends, customer_id, dealership.today(at)):
            cost[customer_id] += float(amount)
    return {pk: Customer(pk in came, margin.get(pk, 0.0), cost[pk]) for pk in ends}


def standing_verdicts(dealership: Dealership) -> dict[str, CampaignVerdict]:
    """By kind of occasion, the last verdict that knew whether the contacts earn. One query.

    A later "not enough data" takes back nothing that was known.
    """
    rows = CampaignVerdict.objects.filter(dealership=dealership, word__in=[EARNS, LOSES]).exclude(campaign=GLOBAL)
    return {kind: row for row in rows.order_by("planned_on", "pk") for kind in row.kinds}


def measured_worths(dealership: Dealership) -> dict[str, float]:
    """What one call about a kind was measured to bring, for the order of the list. One query."""
    found = {}
    for kind, row in standing_verdicts(dealership).items():
        worth = row.figures.get("worth_of_call")
        if worth is not None:
            found[kind] = float(worth)
    return found


def write_verdicts(dealership: Dealership, *, now: datetime) -> int:
    """Say the verdicts whose planned day has come, as of that day; how many. Saying one twice changes nothing.

    A night that was missed is caught up with the figures of the planned day, not of the day it was caught up.
    """
    store = Store.load(dealership, now)
    due = [one for one in progress_of(dealership, store, store.today) if one.since is not None]
    written = 0
    for progress in due:
        planned = progress.verdict_on
        if planned is None or planned > store.today:
            continue
        subject = progress.subject
        result = measure(dealership, subject, store, as_of=planned)
        verdict = CampaignVerdict(
            dealership=dealership,
            campaign=subject.code,
            salt=subject.salt,
            planned_on=planned,
            written_at=now,
            word=result.verdict,
            figures=result.as_json() | {"worth_of_call": worth_of_call(result, store.values.call_cost)},
            currency=dealership.currency,
            horizon_days=store.values.horizon_days,
            rules_version=VERSION,
            kinds=list(subject.kinds),
        )
        CampaignVerdict.objects.bulk_create([verdict], ignore_conflicts=True)  # another worker may have said it
        written += 1
    return written
