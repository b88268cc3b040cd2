"""What was before this call: visits with their works, contacts of all stores. Of other stores only the day is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from customers.models import Customer
from dealercrm.accounts.models import User
from vehicles.models import RepairOrder, RepairOrderLine, Touch, Vehicle

LAST_VISITS = 4
LAST_TOUCHES = 5


@dataclass(slots=True)
class Visit:
    """Of another store's visit only the day is told."""

    opened_on: date
    total: Decimal | None
    is_foreign: bool
    works: list[str] = field(default_factory=list)
    declined: list[str] = field(default_factory=list)


def last_visits(vehicle: Vehicle | None, customer: Customer, user: User) -> list[Visit]:
    """The last visits of this car with this customer, each with its labour. One query."""
    if vehicle is None:
        return []
    orders = RepairOrder.objects.standing().filter(vehicle=vehicle, customer=customer)
    last = orders.order_by("-opened_on", "-pk").values("pk")[:LAST_VISITS]
    rows = (
        RepairOrder.objects.filter(pk__in=last)
        .order_by("-opened_on", "-pk", "lines__position")
        .values_list(
            "pk", "opened_on", "total", "dealership_id", "lines__kind", "lines__name", "lines__is_declined"
        )
    )  # fmt: skip
    visits: dict[int, Visit] = {}
    for pk, opened_on, total, store_id, kind, name, is_declined in rows:
        visit = visits.setdefault(pk, Visit(opened_on, total, not user.sees_store(store_id)))
        if kind == RepairOrderLine.Kind.LABOUR:
            (visit.declined if is_declined else visit.works).append(str(name))
    return list(visits.values())


def last_touches(customer: Customer, user: User) -> list[Touch]:
    """The last contacts of all stores; what was said to another store stays there. One query."""
    found = list(Touch.objects.filter(customer=customer).select_related("by").order_by("-at")[:LAST_TOUCHES])
    for touch in found:
        touch.is_foreign = not user.sees_store(touch.dealership_id)  # type: ignore[attr-defined]
    return found
