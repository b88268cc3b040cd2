"""Points of a customer at a store: earned with visits, spent, expired, taken back. Whole numbers only.

A ledger is read in the order in which it was written. What comes in is a lot with a last day; what goes out is
taken from the lots that expire first, but for points of a repair order that are taken back: from its own lot first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from dealercrm.dates import add_months
from vehicles.rules.policy import LoyaltyValues

EARNED, SPENT, EXPIRED, ADJUSTED = "earned", "spent", "expired", "adjusted"
TAKEN_BACK, GIVEN_BACK = "taken_back", "given_back"
COMES_IN, GOES_OUT = frozenset({EARNED, GIVEN_BACK}), frozenset({SPENT, EXPIRED, TAKEN_BACK})
OF_EARNING = frozenset({EARNED, ADJUSTED, TAKEN_BACK})  # with a repair order: what its points came to

CAMPAIGN, SALT = "loyalty", "v1"  # of the draw: one for the group, since customers belong to the group
PAID_BY_CUSTOMER = "customer"


class Entry(NamedTuple):
    """A line of the ledger. `amount` and `rate` say what an earned one was reckoned from."""

    kind: str
    points: int
    on: date
    expires_on: date | None = None
    order: int | None = None
    amount: Decimal | None = None
    rate: int | None = None


class Order(NamedTuple):
    """A repair order as the ledger asks for it. `counts`: it stands, and is this customer's.

    `rate` is that of its earned entry, whosever it is; None where it has earned nothing yet.
    """

    pk: int
    on: date
    amount: Decimal | None
    pay_type: str
    counts: bool
    points_spent: int | None = None
    rate: int | None = None


@dataclass(slots=True)
class Lot:
    """Points that came in together; good through `expires_on`."""

    points: int
    left: int
    expires_on: date
    order: int | None
    expired: int = 0


def points_for(amount: Decimal | None, pay_type: str, per_hundred: int) -> int:
    """Points of a visit: only what the customer paid earns, and a part of a point is none."""
    if pay_type != PAID_BY_CUSTOMER or amount is None or amount <= 0:
        return 0
    return int(amount * per_hundred // 100)


def last_day(on: date, values: LoyaltyValues) -> date:
    """Until when points of that day may be spent."""
    return add_months(on, values.expiry_months)


@dataclass(slots=True)
class Ledger:
    """The lots of one customer at one store as the entries leave them."""

    lots: list[Lot] = field(default_factory=list)
    earned_by: dict[int, int] = field(default_factory=dict)  # order: points that its amount came to, so far
    spent_by: dict[int, int] = field(default_factory=dict)
    owed: int = 0  # went out beyond what was there: only after a merge that was undone; the next points pay it

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> Ledger:
        found = cls()
        for entry in entries:
            found.add(entry)
        return found

    @property
    def balance(self) -> int:
        return sum(lot.left for lot in self.lots)

    @property
    def next_expiry(self) -> tuple[int, date] | None:
        """How many points go first, and their last day; None where there are none."""
        first = min((lot.expires_on for lot in self.lots if lot.left), default=None)
        if first is None:
            return None
        return sum(lot.left for lot in self.lots if lot.expires_on == first), first

    def add(self, entry: Entry) -> Entry:
        """The ledger after one more entry, which is handed back."""
        if entry.order is not None and entry.kind in OF_EARNING:
            self.earned_by[entry.order] = self.earned_by.get(entry.order, 0) + entry.points
        if entry.order is not None and entry.kind in {SPENT, GIVEN_BACK}:
            self.spent_by[entry.order] = self.spent_by.get(entry.order, 0) - entry.points
        if entry.points > 0:
            pays = min(self.owed, entry.points)
            self.owed -= pays
            self.lots.append(Lot(entry.points, entry.points - pays, entry.expires_on or date.max, entry.order))
        else:
            self._take(entry)
        return entry

    def _take(self, entry: Entry) -> None:
        wanted = -entry.points
        own = entry.order if entry.kind == TAKEN_BACK else None
        for lot in sorted(self.lots, key=lambda lot: (own is None or lot.order != own, lot.expires_on)):
            taken = min(lot.left, wanted)
            lot.left -= taken
            wanted -= taken
            if entry.kind == EXPIRED:
                lot.expired += taken
        self.owed += wanted

    def expire(self, today: date) -> list[Entry]:
        """Write off what was good until before `today`: one entry for each last day."""
        days = sorted({lot.expires_on for lot in self.lots if lot.left and lot.expires_on < today})
        return [
            self.add(Entry(EXPIRED, -sum(lot.left for lot in self.lots if lot.expires_on == day), _after(day)))
            for day in days
        ]

    def settle(
        self, orders: Sequence[Order], *, values: LoyaltyValues, since: date, today: date, is_member: bool
    ) -> list[Entry]:
        """What these repair orders and the calendar add to the ledger; nothing where all is settled.

        Orders before `since` earn nothing. An order keeps the rate at which it has earned: a new rate is for new
        visits. What cannot be taken, because it has been spent meanwhile, is taken from the next points.
        """
        added: list[Entry] = []
        waiting = sorted(orders, key=lambda one: (one.on, one.pk))
        while True:
            more: list[Entry] = []
            for order in waiting:
                more += self.expire(order.on)
                more += self._settle_spent(order, values)
                more += self._settle_earned(order, values, since=since, is_member=is_member)
            more += self.expire(today)
            added += more
            if not more:
                return added
            # Points that came in may pay what an earlier order could not; an order earns at one rate from now on.
            rates = {one.order: one.rate for one in more if one.kind == EARNED}
            waiting = [one._replace(rate=rates.get(one.pk, one.rate)) for one in waiting]

    def _settle_spent(self, order: Order, values: LoyaltyValues) -> list[Entry]:
        missing = (order.points_spent or 0 if order.counts else 0) - self.spent_by.get(order.pk, 0)
        if missing > 0:
            points = min(missing, self.balance)
            return [self.add(Entry(SPENT, -points, order.on, order=order.pk))] if points else []
        if missing < 0:
            return [self.add(Entry(GIVEN_BACK, -missing, order.on, last_day(order.on, values), order.pk))]
        return []

    def _settle_earned(self, order: Order, values: LoyaltyValues, *, since: date, is_member: bool) -> list[Entry]:
        has, wanted = self.earned_by.get(order.pk, 0), 0
        if order.counts and is_member and (order.rate is not None or order.on >= since):
            rate = values.points_per_hundred if order.rate is None else order.rate
            wanted = points_for(order.amount, order.pay_type, rate)
        if wanted > has:
            expires_on = last_day(order.on, values)
            if order.rate is None:
                entry = Entry(EARNED, wanted, order.on, expires_on, order.pk, order.amount, values.points_per_hundred)
            else:
                entry = Entry(ADJUSTED, wanted - has, order.on, expires_on, order.pk)
            return [self.add(entry)]
        gone = sum(lot.expired for lot in self.lots if lot.order == order.pk)
        points = min(has - gone - wanted, self.balance)
        return [self.add(Entry(TAKEN_BACK, -points, order.on, order=order.pk))] if points > 0 else []


def _after(day: date) -> date:
    return day + timedelta(days=1) if day < date.max else day
