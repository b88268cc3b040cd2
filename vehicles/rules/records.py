"""What another system says about cars, visits and covers, in our canonical values.

The same records come from files and over the API. Fields that the source does not have are left
out of `given` and blank nothing here; `given=None` means every field was given.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class VehicleRecord:
    """A car of the source and, with `customer_code`, who owns it since when.

    `vin` is canonical (vehicles.rules.vin); `vin_note` is the VIN as it was typed where that differs.
    `sold_on` is our sale to that customer; without it the ownership begins with the first visit.
    `acquired` is new or used; `price` is what the customer paid.
    """

    vin: str
    vin_note: str = ""
    plate: str = ""
    make: str = ""
    model: str = ""
    year: int | None = None
    customer_code: str = ""
    sold_on: date | None = None
    acquired: str = "new"
    price: Decimal | None = None
    given: frozenset[str] | None = None

    def has(self, field: str) -> bool:
        return self.given is None or field in self.given


class OrderLine(NamedTuple):
    """A labour operation or a part; `work_group` is the code of ours, empty where none fits."""

    name: str
    kind: str = "labour"
    code: str = ""
    work_group: str = ""
    quantity: Decimal = Decimal(1)
    amount: Decimal | None = None
    is_declined: bool = False


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """A repair order with its lines; `lines=None`: the source says nothing of lines, keep ours.

    `is_void`: the source deleted the order. Money is gross, in the store's currency.
    `known_digest` is given by whoever has the record as packed text (`digest_of`).
    """

    number: str
    opened_on: date
    vin: str
    customer_code: str
    odometer_km: int | None = None
    pay_type: str = "customer"
    advisor: str = ""
    total: Decimal | None = None
    lines: tuple[OrderLine, ...] | None = None
    is_void: bool = False
    points_spent: int | None = None  # loyalty points that paid a part of it
    known_digest: str = field(default="", compare=False, repr=False)

    def digest(self) -> str:
        """Equal digests mean that nothing in the order or its lines changed."""
        if self.known_digest:
            return self.known_digest
        order = [
            self.number, self.opened_on.isoformat(), self.vin, self.customer_code, self.odometer_km,
            self.pay_type, self.advisor, money(self.total), self.is_void, self.points_spent,
        ]  # fmt: skip
        lines = None
        if self.lines is not None:
            lines = [_text([*one[:4], money(one.quantity), money(one.amount), one.is_declined]) for one in self.lines]
        return digest_of(_text(order), lines)


def digest_of(order: str, lines: Sequence[str] | None) -> str:
    """The digest of an order and its lines as packed JSON texts (`packing.pack`).

    Whether it is void is left out: what is void is compared with nothing. An order without points keeps the digest
    it always had.
    """
    said = "null" if lines is None else f"[{','.join(lines)}]"
    head, _is_void, points = order[:-1].rsplit(",", 2)  # the last two are a word and a number
    text = f"{head},{said}]" if points == "null" else f"{head},{said},{points}]"
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


_text = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class CoverRecord:
    """An insurance policy, warranty, service or finance contract of a car; `kind` is a Cover.Kind."""

    vin: str
    kind: str
    ends_on: date
    number: str = ""
    product: str = ""
    starts_on: date | None = None
    limit_km: int | None = None


def money(value: Decimal | None) -> str | None:
    """As it stands in digests and packed records: always with two decimals."""
    return None if value is None else f"{value:.2f}"


@dataclass(frozen=True, slots=True)
class PriceRecord:
    """What a work costs, gross, in the store's currency; without make and model for every car.

    Without `valid_from` it is the price from now on: a day of its own only where it differs from the present one.
    """

    work_group: str
    labour: Decimal
    parts: Decimal = Decimal(0)
    make: str = ""
    model: str = ""
    valid_from: date | None = None
    valid_until: date | None = None
