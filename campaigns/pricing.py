"""What the due works usually cost here: the median of the store's own orders. An honest nothing where too few exist."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from statistics import median
from typing import NamedTuple

from django.core.cache import cache

from dealercrm.accounts.models import Dealership
from vehicles.models import RepairOrder, Vehicle

LOOK_BACK = timedelta(days=730)
ENOUGH = 4  # fewer orders than this make no price
AT_MOST = 40
KEPT_FOR = 3600


class UsualPrice(NamedTuple):
    """`basis`: whose orders these were: "model", "make" or "store"."""

    amount: Decimal
    orders: int
    basis: str


def usual_price(store: Dealership, vehicle: Vehicle, works: Sequence[str], today: date) -> UsualPrice | None:
    """Median total of paid visits with these works: of this model, else of the make. Kept for an hour.

    The cache holds prices of models, nothing of a customer.
    """
    if not works or vehicle.make_id is None:
        return None
    key = f"usual-price:{store.pk}:{vehicle.make_id}:{vehicle.model_id}:{'+'.join(sorted(works))}:{today}"
    found: UsualPrice | str | None = cache.get(key)
    if found is None:
        found = _of_orders(store, vehicle, works, today) or "none"
        cache.set(key, found, KEPT_FOR)
    return found if isinstance(found, UsualPrice) else None


def _of_orders(store: Dealership, vehicle: Vehicle, works: Sequence[str], today: date) -> UsualPrice | None:
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
            return UsualPrice((middle / 100).quantize(Decimal(1)) * 100, len(amounts), basis)
    return None
