"""The loyalty ledger at work: what the night posts, and what people and other systems spend.

Every writer holds the customers' rows first and counts their entries anew, so that two of them never spend the same
points, and posting the same repair orders a second time writes nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from customers.models import Customer
from customers.rules.drawing import is_held_out
from dealercrm.accounts.models import Dealership, User
from dealercrm.accounts.writing import insert_many, update_fields
from dealercrm.why import Why
from vehicles.models import LoyaltyAccount, LoyaltyEntry, LoyaltyPolicy, Ownership, RepairOrder
from vehicles.models.loyalty import LoyaltyEntryQuerySet
from vehicles.models.repair_order import RepairOrderQuerySet
from vehicles.rules.loyalty import (
    ADJUSTED,
    CAMPAIGN,
    EARNED,
    GIVEN_BACK,
    PAID_BY_CUSTOMER,
    SALT,
    SPENT,
    Entry,
    Ledger,
    Order,
    last_day,
)
from vehicles.rules.policy import LoyaltyValues

AT_ONCE = 200  # customers of one short transaction


class PointsRefusedError(Exception):
    """These points cannot be posted; `why` says it in words and nothing was written."""

    def __init__(self, why: Why) -> None:
        super().__init__(why.code)
        self.why = why


class Programme(NamedTuple):
    """A store's programme that runs, as of a day."""

    store: Dealership
    values: LoyaltyValues
    since: date
    today: date
    now: datetime


def programme_of(store: Dealership, now: datetime) -> Programme | None:
    """The programme of a store; None where it is switched off. One query, seldom a write."""
    policy = LoyaltyPolicy.of(store)
    values: LoyaltyValues = policy.values()
    if not values.is_on:
        return None
    today = store.today(now)
    return Programme(store, values, policy.start(today), today, now)


# ---------------------------------------------------------------- what the night posts


def post_points(store: Dealership, *, now: datetime) -> Counter[str]:
    """Post what the store's repair orders have earned and spent, take back what no longer stands, expire lots.

    Counts of points by kind. Whatever was not posted yet is found, however old; nothing happens where the programme
    is off. A fixed number of queries per 200 customers who have something to post.
    """
    counts: Counter[str] = Counter()
    programme = programme_of(store, now)
    if programme is None:
        return counts
    waiting = sorted(who_waits(programme))
    for first in range(0, len(waiting), AT_ONCE):
        with transaction.atomic():
            counts += settle_customers(programme, waiting[first : first + AT_ONCE])
    return counts


def who_waits(programme: Programme) -> set[int]:
    """Customers with an order, a change of one, a last day or a merge that the ledger does not know. Seven queries."""
    store = programme.store
    entries = LoyaltyEntry.objects.filter(dealership=store)
    accounts = LoyaltyAccount.objects.filter(dealership=store)
    held_out = accounts.filter(customer=OuterRef("customer")).exclude(pk__in=accounts.members().values("pk"))
    earned = entries.filter(repair_order=OuterRef("pk"), kind=EARNED)
    orders = RepairOrder.objects.filter(dealership=store, opened_on__lte=programme.today)
    fresh = orders.standing().filter(opened_on__gte=programme.since, pay_type=PAID_BY_CUSTOMER, total__gt=0)
    fresh = fresh.filter(customer__erased_at=None)
    waiting = set(fresh.exclude(Exists(earned)).exclude(Exists(held_out)).values_list("customer_id", flat=True))
    changed = entries.filter(kind=EARNED).exclude(
        repair_order__voided_at=None,
        repair_order__pay_type=PAID_BY_CUSTOMER,
        repair_order__total=F("amount"),
        repair_order__customer=F("customer"),
    )
    for pair in changed.values_list("customer_id", "repair_order__customer_id"):
        waiting.update(pk for pk in pair if pk is not None)
    waiting |= _unpaid(entries, orders)
    theirs = entries.filter(customer=OuterRef("customer")).order_by().values("customer").annotate(sum=Sum("points"))
    stale = accounts.living().annotate(counted=Coalesce(Subquery(theirs.values("sum")), 0))
    stale = stale.filter(Q(expires_on__lt=programme.today) | ~Q(balance=F("counted")))
    waiting.update(stale.values_list("customer_id", flat=True))
    return waiting


def _unpaid(entries: LoyaltyEntryQuerySet, orders: RepairOrderQuerySet) -> set[int]:
    """Customers of orders whose points spent, as the DMS has them, are not what the ledger has. Three queries."""
    told: dict[int, int] = {
        pk: points or 0 for pk, points in orders.standing().filter(points_spent__gt=0).values_list("pk", "points_spent")
    }
    posted: Counter[int] = Counter()
    holders: dict[int, set[int]] = defaultdict(set)
    rows = entries.filter(kind__in=[SPENT, GIVEN_BACK], repair_order__isnull=False)
    for order, customer, points in rows.values_list("repair_order_id", "customer_id", "points"):
        assert order is not None
        posted[order] -= points
        holders[order].add(customer)
    different = [pk for pk in told.keys() | posted.keys() if told.get(pk, 0) != posted[pk]]
    waiting = set(orders.filter(pk__among=different).values_list("customer_id", flat=True))
    return waiting.union(*(holders[pk] for pk in different))


def settle_customers(programme: Programme, ids: Collection[int]) -> Counter[str]:
    """Bring the ledgers of these customers up to date, in the caller's transaction, under their locks."""
    return _settled(programme, ids)[1]


def _settled(programme: Programme, ids: Collection[int]) -> tuple[Desk, Counter[str]]:
    people = [row.pk for row in Customer.objects.held(ids) if row.is_living]
    desk = Desk.load(programme, people)
    counts: Counter[str] = Counter()
    added: list[LoyaltyEntry] = []
    for pk in people:
        account = desk.account_of(pk)
        if account is None:
            continue
        for entry in desk.ledgers[pk].settle(
            desk.orders[pk],
            values=programme.values,
            since=programme.since,
            today=programme.today,
            is_member=account.is_member,
        ):
            counts[entry.kind] += abs(entry.points)
            added.append(desk.row_of(pk, entry))
    insert_many(added)
    counts["accounts"] += desk.write_accounts(people)
    return desk, counts


@dataclass
class Desk:
    """Ledgers, orders and accounts of some customers whose rows are held."""

    programme: Programme
    ledgers: dict[int, Ledger]
    orders: dict[int, list[Order]]
    accounts: dict[int, LoyaltyAccount]
    ownerships: dict[int, int | None]  # of orders

    @classmethod
    def load(cls, programme: Programme, people: Collection[int]) -> Desk:
        """Four queries."""
        store = programme.store
        lines: dict[int, list[Entry]] = defaultdict(list)
        named: dict[int, set[int]] = defaultdict(set)  # order: who has entries of it
        for row in LoyaltyEntry.objects.filter(dealership=store, customer_id__among=people).in_order():
            lines[row.customer_id].append(row.as_line)
            if row.repair_order_id is not None:
                named[row.repair_order_id].add(row.customer_id)
        accounts = LoyaltyAccount.objects.filter(dealership=store, customer_id__among=people)
        desk = cls(
            programme,
            {pk: Ledger.of(lines[pk]) for pk in people},
            {pk: [] for pk in people},
            {account.customer_id: account for account in accounts},
            {},
        )
        theirs = RepairOrder.objects.filter(dealership=store, customer_id__among=people)
        theirs = theirs.filter(opened_on__lte=programme.today).filter(
            Q(opened_on__gte=programme.since, voided_at=None) | Q(points_spent__gt=0)
        )
        desk._take_orders(theirs, named)
        return desk

    def _take_orders(self, theirs: QuerySet[RepairOrder], named: dict[int, set[int]]) -> None:
        """Orders of these customers, and orders that earned for them and belong to somebody else by now."""
        found = {row.pk: row for row in theirs}
        missing = named.keys() - found.keys()
        found.update({row.pk: row for row in RepairOrder.objects.filter(pk__among=missing)} if missing else {})
        earned = LoyaltyEntry.objects.filter(repair_order_id__among=list(found), kind=EARNED)
        rates = dict(earned.values_list("repair_order_id", "rate"))
        for row in found.values():
            self.ownerships[row.pk] = row.ownership_id
            for pk in {row.customer_id, *named.get(row.pk, ())} & self.orders.keys():
                counts = row.customer_id == pk and row.voided_at is None
                rate = rates.get(row.pk)
                self.orders[pk].append(
                    Order(row.pk, row.opened_on, row.total, row.pay_type, counts, row.points_spent, rate)
                )

    def account_of(self, pk: int) -> LoyaltyAccount | None:
        """The customer's account, drawn now where one of their visits is the first that would earn."""
        if pk not in self.accounts:
            since = self.programme.since
            if not any(one.counts and one.on >= since and one.pay_type == PAID_BY_CUSTOMER for one in self.orders[pk]):
                return None
            self.accounts[pk] = self.drawn(pk)
        return self.accounts[pk]

    def drawn(self, pk: int) -> LoyaltyAccount:
        share = self.programme.values.holdout_share
        return LoyaltyAccount(
            dealership=self.programme.store,
            customer_id=pk,
            is_held_out=is_held_out(CAMPAIGN, SALT, pk, share),
            share=share,
            assigned_on=self.programme.today,
        )

    def row_of(self, pk: int, entry: Entry, **said: Any) -> LoyaltyEntry:
        """The entry as a row of the journal."""
        return LoyaltyEntry(
            dealership=self.programme.store,
            customer_id=pk,
            repair_order_id=entry.order,
            ownership_id=said.pop("ownership_id", self.ownerships.get(entry.order) if entry.order else None),
            kind=entry.kind,
            points=entry.points,
            on=entry.on,
            expires_on=entry.expires_on,
            amount=entry.amount,
            rate=entry.rate,
            at=self.programme.now,
            **said,
        )

    def write_accounts(self, people: Iterable[int]) -> int:
        """Balances and next expiries as the ledgers leave them; how many accounts were opened."""
        fresh: list[LoyaltyAccount] = []
        changes: dict[int, dict[str, Any]] = {}
        for pk in people:
            account = self.accounts.get(pk)
            if account is None:
                continue
            ledger = self.ledgers[pk]
            points, on = ledger.next_expiry or (0, None)
            told = {"balance": ledger.balance, "expiring": points, "expires_on": on}
            different = {name: value for name, value in told.items() if getattr(account, name) != value}
            for name, value in different.items():
                setattr(account, name, value)
            if account._state.adding:
                fresh.append(account)
            elif different:
                changes[account.pk] = different
        insert_many(fresh)
        update_fields(LoyaltyAccount, changes)
        return len(fresh)


# ---------------------------------------------------------------- what people and other systems post


@transaction.atomic
def post_by_hand(
    store: Dealership,
    customer_id: int,
    kind: str,
    points: int,
    *,
    now: datetime,
    by: User | None = None,
    note: str = "",
    source: str = "",
    external_code: str = "",
    ownership: Ownership | None = None,
) -> tuple[LoyaltyEntry, bool]:
    """Points spent or set right at the counter or by another system; True where it is new.

    `points` are signed as they change the balance. Waits for whoever posts for this customer. A code that its
    source has used gives the entry of that time. Raises PointsRefusedError where the programme is off, where the
    code meant something else, and where the balance would fall below zero.
    """
    person = Customer.objects.held_person(customer_id)
    if external_code:
        said = LoyaltyEntry.objects.filter(dealership=store, source=source, external_code=external_code).first()
        if said is not None:
            if (said.customer_id, said.kind, said.points) != (person.pk, kind, points):
                raise PointsRefusedError(Why("loyalty.code_used", {"code": external_code}))
            return said, False
    programme = programme_of(store, now)
    if programme is None or not person.is_living:
        raise PointsRefusedError(Why("loyalty.off"))
    # What is due comes first: visits of yesterday, points that expired.
    desk, _counts = _settled(programme, [person.pk])
    ledger = desk.ledgers[person.pk]
    if ledger.balance + points < 0:
        raise PointsRefusedError(Why("loyalty.too_few", {"points": -points, "balance": ledger.balance}))
    desk.accounts.setdefault(person.pk, desk.drawn(person.pk))
    expires_on = last_day(programme.today, programme.values) if points > 0 else None
    entry = ledger.add(Entry(kind, points, programme.today, expires_on))
    row = desk.row_of(
        person.pk,
        entry,
        by=by,
        note=note,
        source=source,
        external_code=external_code,
        ownership_id=ownership.pk if ownership else None,
    )
    row.save(force_insert=True)
    desk.write_accounts([person.pk])
    return row, True


def spend(store: Dealership, customer_id: int, points: int, **said: Any) -> LoyaltyEntry:
    """The customer pays with so many points; see `post_by_hand`."""
    return post_by_hand(store, customer_id, SPENT, -points, **said)[0]


def adjust(store: Dealership, customer_id: int, points: int, **said: Any) -> LoyaltyEntry:
    """Points set right by a person, up or down; see `post_by_hand`."""
    return post_by_hand(store, customer_id, ADJUSTED, points, **said)[0]
