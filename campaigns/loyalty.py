"""What the loyalty programme holds and earns: points outstanding, months, who loses points soon, the net effect."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncMonth

from campaigns.came import is_inside, span_of, visits_within
from campaigns.loading import Store
from campaigns.rules.verdicts import Customer, Result, judge
from dealercrm.dates import add_months
from lifecycle.models import LifecyclePolicy
from vehicles.models import LoyaltyAccount, LoyaltyEntry
from vehicles.rules.policy import LoyaltyValues

AT_ONCE = 5000  # customers read with one set of queries
MONTHS = 12
SOON = timedelta(days=60)
Kind = LoyaltyEntry.Kind


class Month(NamedTuple):
    """Points of a calendar month, by the day on which they came or went. Spent and expired are shown positive."""

    first: date
    earned: int
    spent: int
    expired: int
    corrected: int


@dataclass(frozen=True, slots=True)
class Outstanding:
    """Points that customers have, and what they would cost us if all were spent today."""

    points: int
    customers: int
    held_out: int
    worth: Decimal


def outstanding_of(store: Store, values: LoyaltyValues) -> Outstanding:
    """One query."""
    accounts = LoyaltyAccount.objects.filter(dealership=store.dealership).living()
    found = accounts.aggregate(
        points=Sum("balance"),
        customers=Count("pk", filter=Q(balance__gt=0)),
        held_out=Count("pk", filter=Q(is_held_out=True, is_mixed=False)),
    )
    points = found["points"] or 0
    return Outstanding(points, found["customers"], found["held_out"], points * Decimal(str(values.point_value)))


def months_of(store: Store) -> list[Month]:
    """The last twelve months, this one first; a month without points stands with noughts. One query."""
    this = store.today.replace(day=1)
    first = add_months(this, 1 - MONTHS)
    sums: dict[date, dict[str, int]] = defaultdict(dict)
    rows = LoyaltyEntry.objects.filter(dealership=store.dealership, on__gte=first).order_by()
    for row in rows.annotate(month=TruncMonth("on")).values("month", "kind").annotate(sum=Sum("points")):
        sums[row["month"]][row["kind"]] = row["sum"]
    found = []
    for back in range(MONTHS):
        month = add_months(this, -back)
        of = sums[month].get
        found.append(
            Month(
                month,
                of(Kind.EARNED, 0),
                -of(Kind.SPENT, 0) - of(Kind.GIVEN_BACK, 0),
                -of(Kind.EXPIRED, 0),
                of(Kind.ADJUSTED, 0) + of(Kind.TAKEN_BACK, 0),
            )
        )
    return found


class Effect(NamedTuple):
    """Members beside those held out, as of the first of a month; None where nobody's days are over."""

    as_of: date
    drawn: int
    complete: int
    result: Result | None


def effect_of(store: Store, values: LoyaltyValues) -> Effect:
    """Everyone drawn, whether they ever spent a point or not: visits and margin in their days, less points spent.

    Looked at once a month, as of its first day: whoever looks every day finds a win by chance sooner or later. The
    days of a customer begin on the day after the draw, because the visit that led to it belongs to both groups.
    """
    dealership, horizon = store.dealership, store.values.horizon_days
    as_of = store.today.replace(day=1)
    rows = LoyaltyAccount.objects.filter(dealership=dealership).measured()
    drawn = [
        _Drawn(*row) for row in rows.order_by("pk").values_list("customer_id", "is_held_out", "assigned_on", "share")
    ]
    complete = [one for one in drawn if one.assigned_on + timedelta(days=horizon) < as_of]
    if not complete:
        return Effect(as_of, len(drawn), 0, None)
    margin_share = LifecyclePolicy.of(dealership).values().service_margin
    sides: dict[bool, list[Customer]] = {False: [], True: []}
    for first in range(0, len(complete), AT_ONCE):
        some = complete[first : first + AT_ONCE]
        facts = _what_became(store, values, some, margin_share)
        for one in some:
            sides[one.is_held_out].append(facts[one.customer_id])
    result = judge(
        sides[False],
        sides[True],
        share=sum(one.share for one in complete) / len(complete),
        least_effect=store.values.least_effect,
    )
    return Effect(as_of, len(drawn), len(complete), result)


class _Drawn(NamedTuple):
    customer_id: int
    is_held_out: bool
    assigned_on: date
    share: float


def _what_became(
    store: Store, values: LoyaltyValues, drawn: Iterable[_Drawn], margin_share: float
) -> dict[int, Customer]:
    """Two queries. A point costs what it is worth when it is spent."""
    windows = {
        one.customer_id: (
            one.assigned_on + timedelta(days=1),
            one.assigned_on + timedelta(days=1 + store.values.horizon_days),
        )
        for one in drawn
    }
    came, margin = visits_within(store.dealership, windows, margin_share)
    points: dict[int, int] = defaultdict(int)
    spent = LoyaltyEntry.objects.filter(
        dealership=store.dealership,
        customer_id__in=windows,
        kind__in=[Kind.SPENT, Kind.GIVEN_BACK],
        on__range=span_of(windows),
    )
    for customer_id, on, number in spent.values_list("customer_id", "on", "points"):
        if is_inside(windows, customer_id, on):
            points[customer_id] -= number
    return {pk: Customer(pk in came, margin.get(pk, 0.0), points[pk] * values.point_value) for pk in windows}
