"""What another system says about cars, visits and covers, in our canonical values.

The same records come from files and over the API. Fields that the source does not have are left
out of `given` and blank nothing here; `given=None` means every field was given.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any


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


@dataclass(frozen=True, slots=True)
class OrderLine:
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

    def digest(self) -> str:
        """Equal digests mean that nothing in the order or its lines changed."""
        lines: list[Any] | None = None
        if self.lines is not None:
            lines = [
                [
                    one.name,
                    one.kind,
                    one.code,
                    one.work_group,
                    _money(one.quantity),
                    _money(one.amount),
                    one.is_declined,
                ]
                for one in self.lines
            ]
        values = [
            self.number, self.opened_on.isoformat(), self.vin, self.customer_code, self.odometer_km,
            self.pay_type, self.advisor, _money(self.total), lines,
        ]  # fmt: skip
        if self.points_spent is not None:  # an order without points keeps the digest it always had
            values.append(self.points_spent)
        text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


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


def _money(value: Decimal | None) -> str | None:
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
