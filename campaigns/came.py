"""Who came within their days, and what they brought: the facts that everything measured here is made of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from dealercrm.accounts.models import Dealership
from vehicles.models import RepairOrder

Windows = Mapping[int, tuple[date, date]]  # customer: the first day that counts, and the first that does not


def is_inside(windows: Windows, customer_id: int, on: date) -> bool:
    start, end = windows[customer_id]
    return start <= on < end


def span_of(windows: Windows) -> tuple[date, date]:
    """From the first day that counts for anybody to the last."""
    return min(start for start, _ in windows.values()), max(end for _, end in windows.values())


def visits_within(dealership: Dealership, windows: Windows, margin_share: float) -> tuple[set[int], dict[int, float]]:
    """Which of these customers visited in their days, and the margin of those visits. One query.

    A visit at any store counts as having come; money only in the store's currency: currencies are never summed.
    The DMS gives no cost of an order, so margin is the policy's share of its total; internal orders earn nothing.
    """
    came: set[int] = set()
    margin: dict[int, float] = defaultdict(float)
    orders = RepairOrder.objects.standing().filter(customer_id__in=windows, opened_on__range=span_of(windows))
    for customer_id, on, total, pay_type, currency in orders.values_list(
        "customer_id", "opened_on", "total", "pay_type", "dealership__currency"
    ):
        if not is_inside(windows, customer_id, on):
            continue
        came.add(customer_id)
        if currency == dealership.currency:
            margin[customer_id] += margin_of(total, pay_type, margin_share)
    return came, margin


def margin_of(total: Decimal | None, pay_type: str, share: float) -> float:
    """What an order earned, as the policy estimates it: the DMS gives no cost. Internal orders earn nothing."""
    return 0.0 if pay_type == RepairOrder.PayType.INTERNAL else float(total or 0) * share
