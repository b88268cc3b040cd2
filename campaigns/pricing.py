"""What the due works cost: a fixed price where the store's list names them all, else what its orders usually cost.

An honest nothing where neither is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from statistics import median
from typing import NamedTuple

from django.core.cache import cache

from dealercrm.accounts.models import Dealership
from dealercrm.remembering import Remembered
from vehicles.models import RepairOrder, Vehicle
from vehicles.pricing import prices_at
from vehicles.rules.pricing import PriceLine, PriceList, fixed_price

LOOK_BACK = timedelta(days=730)
ENOUGH = 4  # fewer orders than this make no price
AT_MOST = 40
KEPT_FOR = 3600
FIXED = "fixed"
_PRICES: Remembered[PriceList] = Remembered(10)


class Quote(NamedTuple):
    """`basis` fixed: the price list, with its `lines`; model or make: the median of so many `orders` of that kind."""

    amount: Decimal
    basis: str
    orders: int = 0
    lines: tuple[PriceLine, ...] = ()

    @property
    def is_fixed(self) -> bool:
        return self.basis == FIXED


def quote(store: Dealership, vehicle: Vehicle, works: Sequence[str], today: date) -> Quote | None:
    """What the operator may say these works cost. Seldom a query: the list of a make is kept for ten seconds."""
    prices = _PRICES.get((store.pk, vehicle.make_id), lambda: prices_at(store, [vehicle.make_id]))
    return fixed_quote(vehicle, works, today, prices) or _usual(store, vehicle, works, today)


def fixed_quote(vehicle: Vehicle, works: Sequence[str], today: date, prices: PriceList) -> Quote | None:
    """The price that may be promised in writing, or None where a work has none."""
    found = fixed_price(works, vehicle.make_id, vehicle.model_id, today, prices)
    return Quote(found.amount, FIXED, lines=found.lines) if found.is_whole else None


def _usual(store: Dealership, vehicle: Vehicle, works: Sequence[str], today: date) -> Quote | None:
    """Median total of paid visits with these works: of this model, else of the make. Kept for an hour.

    The cache holds prices of models, nothing of a customer.
    """
    if not works or vehicle.make_id is None:
        return None
    key = f"usual-price:{store.pk}:{vehicle.make_id}:{vehicle.model_id}:{'+'.join(sorted(works))}:{today}"
    found: Quote | str | None = cache.get(key)
    if found is None:
        found = _of_orders(store, vehicle, works, today) or "none"
        cache.set(key, found, KEPT_FOR)
    return found if isinstance(found, Quote) else None


def _of_orders(store: Dealership, vehicle: Vehicle, works: Sequence[str], today: date) -> Quote | None:
    narrowing: list[tuple[str, dict[str, int | None]]] = [("make", {"vehicle__make_id": vehicle.make_id})]
    if vehicle.model_id is not None:
        narrowing.insert(0, ("model", {"vehicle__model_id": vehicle.model_id}))
    for basis, same in narrowing:
        orders = (
            RepairOrder.objects.standing()
            .filter(
                **same,
                dealership=store,
                pay_type=RepairOrder.PayType.CUSTOMER,
                opened_on__gt=today - LOOK_BACK,
                total__gt=0,
                lines__work_group__code=works[0],
                lines__is_declined=False,
            )
            .order_by("-opened_on", "-pk")
        )
        totals = list(orders.values_list("total", flat=True)[:AT_MOST])
        amounts = [total for total in totals if total is not None]
        if len(amounts) >= ENOUGH:
            middle = Decimal(median(amounts))
            return Quote((middle / 100).quantize(Decimal(1)) * 100, basis, orders=len(amounts))
    return None
