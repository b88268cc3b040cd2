"""Entries of the monthly sheet: what it should say is compared with its last word, and only the difference is written.

What was decided is never rewritten: the next entry of the same subject takes back what the one before it gave.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from campaigns.loading import Store
from campaigns.models import Credit
from campaigns.rules.credit import CREDITED, OPEN, REFUSED, month_that_counts
from dealercrm.accounts.models import Dealership, JobRun
from dealercrm.why import Why
from lifecycle.models import LifecyclePolicy

JOB = "credits"


class Wanted(NamedTuple):
    """What the sheet should say of one subject today."""

    subject: str
    pk: int
    customer_id: int
    verdict: str
    why: Why
    event_on: date
    operator_id: int | None = None
    order_id: int | None = None
    advisor: str = ""
    days: int | None = None
    visits: int = 0
    praises: int = 0
    points: int = 0
    margin: Decimal = Decimal(0)


@dataclass(frozen=True)
class Ledger:
    """A store's sheet on one night. `first_on`: the day of the first sheet; months that were over by then are history,
    and what is found of them stands in their own sheet."""

    store: Store
    margin_share: float
    now: datetime
    since: date
    first_on: date | None

    @classmethod
    def load(cls, dealership: Dealership, *, today: date, now: datetime, since: date) -> Ledger:
        store = Store.load(dealership, now, today=today)
        runs = JobRun.objects.filter(job=JOB, dealership=dealership, status=JobRun.Status.DONE, logical_on__lt=today)
        first = runs.order_by("logical_on").values_list("logical_on", flat=True).first()
        return cls(store, LifecyclePolicy.of(dealership).values().service_margin, now, since, first)

    def month_of(self, event_on: date, *, is_first: bool) -> date:
        close_days = self.store.values.credit_close_days
        if is_first and month_that_counts(event_on, self.first_on or self.store.today, close_days) != event_on.replace(
            day=1
        ):
            return event_on.replace(day=1)
        return month_that_counts(event_on, self.store.today, close_days)


def last_entries(subject: str, pks: Collection[int]) -> dict[int, Credit]:
    """The last entry about each of these."""
    rows = Credit.objects.filter(**{f"{subject}_id__in": pks}).order_by("number")
    return {getattr(row, f"{subject}_id"): row for row in rows}


def enter(ledger: Ledger, wanted: Iterable[Wanted], last: dict[tuple[str, int], Credit]) -> int:
    new: list[Credit] = []
    written = 0
    for one in wanted:
        entry = last.get((one.subject, one.pk))
        if entry is not None and entry.verdict == OPEN and not entry.visits:
            written += _decide(ledger, entry, one)
        elif entry is None or not _says(ledger, entry, one):
            new += _corrections(ledger, entry, one)
    Credit.objects.bulk_create(new, batch_size=200, ignore_conflicts=True)  # another run may have found it, too
    return written + len(new)


def _decide(ledger: Ledger, entry: Credit, one: Wanted) -> int:
    """What was open is decided where it stands; 0 where it is still open, or somebody was faster."""
    if one.verdict == OPEN:
        return 0
    row = _row(ledger, one, number=entry.number)
    names = ("verdict", "why", "order_id", "advisor", "month", "visits", "points", "margin", "decided_at")
    waiting = Credit.objects.filter(pk=entry.pk, verdict=OPEN, visits=0)
    return waiting.update(**{name: getattr(row, name) for name in names})


def _says(ledger: Ledger, entry: Credit, one: Wanted) -> bool:
    """Does the last entry say what is wanted? The reason of a refusal is not said anew once its month is closed."""
    if one.verdict != entry.verdict:
        return entry.verdict == REFUSED and one.verdict == OPEN
    if one.verdict != CREDITED:
        is_closed = entry.month != ledger.month_of(one.event_on, is_first=False)
        return is_closed or entry.why.get("code") == one.why.code or entry.is_praise
    return (entry.order_id, entry.operator_id, entry.advisor) == (one.order_id, one.operator_id, one.advisor)


def _corrections(ledger: Ledger, entry: Credit | None, one: Wanted) -> list[Credit]:
    """The entries that lead from the last one to what is wanted: what was given is taken back, then given anew."""
    if entry is None:
        return [_row(ledger, one, number=1)]
    number = entry.number + 1
    if entry.verdict != CREDITED:
        return [_row(ledger, one, number=number)]
    is_moved = one.verdict == CREDITED
    back = one._replace(
        verdict=REFUSED if is_moved else one.verdict,
        why=Why("credit.replaced") if is_moved else one.why,
        operator_id=entry.operator_id,
        order_id=entry.order_id,
        advisor=entry.advisor,
        visits=-entry.visits,
        praises=-entry.praises,
        points=-entry.points,
        margin=-entry.margin,
    )
    rows = [_row(ledger, back, number=number)]
    return [*rows, _row(ledger, one, number=number + 1)] if is_moved else rows


def _row(ledger: Ledger, one: Wanted, *, number: int) -> Credit:
    return Credit(
        dealership=ledger.store.dealership,
        customer_id=one.customer_id,
        number=number,
        verdict=one.verdict,
        why=one.why.as_json(),
        operator_id=one.operator_id,
        order_id=one.order_id,
        advisor=one.advisor,
        event_on=one.event_on,
        days=one.days,
        month=ledger.month_of(one.event_on, is_first=number == 1),
        visits=one.visits,
        praises=one.praises,
        points=one.points,
        margin=one.margin,
        decided_at=ledger.now,
        **{f"{one.subject}_id": one.pk},
    )
