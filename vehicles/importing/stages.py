"""The steps of an import in their order; each step takes batches from the spool until there are none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from typing import Any

from customers.rules.records import CREATED, REJECTED, UNCHANGED, UPDATED, RowResult
from customers.upserting import upsert_customers
from dealercrm.accounts.models import Dealership
from dealercrm.why import Why
from vehicles.exports.spool import Spool, SpooledFile, SpooledRow, records_of
from vehicles.importing.accounting import Account
from vehicles.models import RepairOrder
from vehicles.rules.columns import COVERS, CUSTOMERS, ORDER_LINES, ORDERS, VEHICLES
from vehicles.rules.profiles import Profile
from vehicles.rules.records import OrderRecord, digest_of
from vehicles.upserting import upsert_covers, upsert_orders, upsert_vehicles
from vehicles.upserting.orders import void_missing

After = Any  # where the next batch begins: plain JSON, stored in the run's cursor


@dataclass
class Work:
    """What every step needs. `is_dry_run`: the batch will be rolled back, so it brings along what it stands on."""

    spool: Spool
    profile: Profile
    dealership: Dealership
    source: str
    account: Account
    now: datetime
    is_dry_run: bool

    def __post_init__(self) -> None:
        self.files: dict[str, SpooledFile] = {file.name: file for file in self.spool.files()}
        self.kinds = {file.kind for file in self.files.values()}
        self.givens = {file.name: file.given for file in self.files.values()}

    def records(self, kind: str, rows: Sequence[SpooledRow], **more: Sequence[Any]) -> list[Any]:
        return records_of(kind, rows, self.givens, **more)

    # A dry run of cars and visits first takes, in the same rolled-back transaction, what they refer to.

    def bring_customers(self, codes: Sequence[str]) -> None:
        if self.is_dry_run:
            rows = self.spool.customers(sorted(set(codes)))
            records = self.records(CUSTOMERS, rows)
            upsert_customers(self.dealership, self.source, records, now=self.now)

    def bring_vehicles(self, vins: Sequence[str], codes: Sequence[str]) -> None:
        if self.is_dry_run:
            records = self.records(VEHICLES, self.spool.vehicles(sorted(set(vins))))
            self.bring_customers([*codes, *(one.customer_code for one in records)])
            upsert_vehicles(self.dealership, self.source, records, now=self.now)


def take_problems(work: Work, after: After) -> After:
    problems = work.spool.problems(after or 0, 2000)
    for problem in problems:
        work.account.problem(problem)
    return problems[-1].id if problems else None


def take_repeated(work: Work, after: After) -> After:
    rows = work.spool.repeated(after or 0, 2000)
    for row, later_line, says_the_same in rows:
        work.account.repeated(row, later_line, says_the_same=says_the_same)
    return rows[-1][0].id if rows else None


def take_customers(work: Work, after: After) -> After:
    rows = work.spool.batch(CUSTOMERS, after, 1000)
    records = work.records(CUSTOMERS, rows)
    return _settle(work, rows, upsert_customers(work.dealership, work.source, records, now=work.now))


def take_vehicles(work: Work, after: After) -> After:
    rows = work.spool.whole_cars(work.spool.batch(VEHICLES, after, 1000), 1000)
    records = work.records(VEHICLES, rows)
    work.bring_customers([record.customer_code for record in records])
    return _settle(work, rows, upsert_vehicles(work.dealership, work.source, records, now=work.now))


def take_orders(work: Work, after: After) -> After:
    """Orders with their lines; an order one of whose lines cannot be read is rejected with all of them."""
    rows = work.spool.batch(ORDERS, after, 1000)
    numbers = [row.key for row in rows]
    lines = work.spool.lines_of(numbers)
    spoilt = work.spool.spoilt(numbers)
    good = [row for row in rows if row.key not in spoilt]
    records = _orders(work, good, lines)
    work.bring_vehicles([one.vin for one in records], [one.customer_code for one in records])
    results = upsert_orders(work.dealership, work.source, records, now=work.now)
    by_number = {row.key: result for row, result in zip(good, results, strict=True)}
    for row in rows:
        result = by_number.get(row.key) or RowResult(REJECTED, None, "", Why("import.line_unreadable"))
        work.account.row(row, result)
        for line in lines.get(row.key, ()):
            work.account.row(line, _OF_LINES[result.status])
    return _next(rows)


def _orders(work: Work, rows: Sequence[SpooledRow], lines: Mapping[str, Sequence[SpooledRow]]) -> list[OrderRecord]:
    """The records of these orders with their lines, and with their digests while they are texts still."""
    if ORDER_LINES not in work.kinds:
        digests = [digest_of(row.text, None) for row in rows]
        return work.records(ORDERS, rows, lines=[None] * len(rows), known_digest=digests)
    of_rows = [lines.get(row.key, ()) for row in rows]
    digests = [digest_of(row.text, [line.text for line in mine]) for row, mine in zip(rows, of_rows, strict=True)]
    every = iter(work.records(ORDER_LINES, list(chain.from_iterable(of_rows))))
    return work.records(ORDERS, rows, lines=[tuple(islice(every, len(mine))) for mine in of_rows], known_digest=digests)


# Lines share the fate of their order.
_OF_LINES = {status: RowResult(status) for status in (CREATED, UPDATED, UNCHANGED)} | {
    REJECTED: RowResult(REJECTED, None, "number", Why("import.order_rejected"))
}


def take_orphan_lines(work: Work, after: After) -> After:
    rows = work.spool.orphan_lines(after or 0, 2000)
    rejected = work.spool.has(ORDERS, [row.key for row in rows])
    for row in rows:
        reason = Why("import.order_rejected" if row.key in rejected else "import.unknown_order")
        work.account.row(row, RowResult(REJECTED, None, "number", reason))
    return rows[-1].id if rows else None


def take_covers(work: Work, after: After) -> After:
    rows = work.spool.batch(COVERS, after, 1000)
    records = work.records(COVERS, rows)
    work.bring_vehicles([record.vin for record in records], [])
    return _settle(work, rows, upsert_covers(work.dealership, work.source, records, now=work.now))


def void_deleted(work: Work, after: After) -> After:
    """Only where the profile declares the file of orders complete: an order that is not in it was deleted there.

    A row that was rejected is still in the file, so its order stays.
    """
    if ORDERS not in work.kinds or not work.profile.files[ORDERS].is_complete:
        return None
    mine = RepairOrder.objects.filter(dealership=work.dealership, source=work.source).standing()
    numbers = list(mine.filter(number__gt=after or "").order_by("number").values_list("number", flat=True)[:1000])
    void_missing(mine, set(numbers) - work.spool.has(ORDERS, numbers), at=work.now)
    return numbers[-1] if numbers else None


def _settle(work: Work, rows: Sequence[SpooledRow], results: Sequence[RowResult]) -> After:
    for row, result in zip(rows, results, strict=True):
        work.account.row(row, result)
    return _next(rows)


def _next(rows: Sequence[SpooledRow]) -> After:
    return [rows[-1].sort, rows[-1].id] if rows else None


STEPS: dict[str, Callable[[Work, After], After]] = {
    "problems": take_problems,
    "repeated": take_repeated,
    CUSTOMERS: take_customers,
    VEHICLES: take_vehicles,
    ORDERS: take_orders,
    ORDER_LINES: take_orphan_lines,
    COVERS: take_covers,
    "deleted": void_deleted,
}
