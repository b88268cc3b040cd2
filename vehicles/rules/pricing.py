"""What some works cost together: one price per work, the most specific one, added up to a fixed price."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

MODEL, MAKE, STORE = "model", "make", "store"  # what a price was made for; the first that exists counts


class Price(NamedTuple):
    """A row of the price list. Without a make it is for every car, without a model for every model of the make."""

    group: str
    make_id: int | None
    model_id: int | None
    labour: Decimal
    parts: Decimal
    valid_from: date
    valid_until: date | None = None

    @property
    def basis(self) -> str:
        return MODEL if self.model_id else MAKE if self.make_id else STORE

    def fits(self, make_id: int | None, model_id: int | None, on: date) -> bool:
        """Is this price one of that car on that day?"""
        if self.valid_from > on or (self.valid_until is not None and self.valid_until < on):
            return False
        if self.model_id is not None:
            return self.model_id == model_id
        return self.make_id is None or self.make_id == make_id


class PriceLine(NamedTuple):
    """A work of a fixed price."""

    group: str
    labour: Decimal
    parts: Decimal
    basis: str

    @property
    def amount(self) -> Decimal:
        return self.labour + self.parts


class FixedPrice(NamedTuple):
    """The works with a price, and the groups that have none. Only without `missing` it may be promised."""

    lines: tuple[PriceLine, ...]
    missing: tuple[str, ...]

    @property
    def amount(self) -> Decimal:
        return sum((line.amount for line in self.lines), Decimal(0))

    @property
    def is_whole(self) -> bool:
        return bool(self.lines) and not self.missing


PriceList = Mapping[str, Sequence[Price]]


def price_list(prices: Iterable[Price]) -> PriceList:
    """{work group: its prices}, the most specific and among those the latest first."""
    order = {MODEL: 0, MAKE: 1, STORE: 2}
    found: dict[str, list[Price]] = {}
    for price in sorted(prices, key=lambda one: (order[one.basis], -one.valid_from.toordinal())):
        found.setdefault(price.group, []).append(price)
    return found


def price_of(group: str, make_id: int | None, model_id: int | None, on: date, prices: PriceList) -> PriceLine | None:
    """The price of one work for a car on a day, or None where the store has not said one."""
    for price in prices.get(group, ()):
        if price.fits(make_id, model_id, on):
            return PriceLine(group, price.labour, price.parts, price.basis)
    return None


def fixed_price(
    groups: Iterable[str], make_id: int | None, model_id: int | None, on: date, prices: PriceList
) -> FixedPrice:
    """These works together, each counted once, in the order given."""
    found = {group: price_of(group, make_id, model_id, on, prices) for group in dict.fromkeys(groups)}
    return FixedPrice(
        tuple([line for line in found.values() if line is not None]),
        tuple([group for group, line in found.items() if line is None]),
    )
