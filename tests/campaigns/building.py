"""Occasions and calls for the tests of this room, built directly: what the night would have found."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from campaigns.loading import Store
from campaigns.models import ContactTask
from campaigns.planning import plan_customers
from campaigns.running import concerned
from customers.models import Customer
from dealercrm.accounts.models import Dealership
from lifecycle.models import Occasion
from lifecycle.rules.kinds import KINDS
from tests.factories import make_customer, make_ownership
from vehicles.models import Ownership


def make_occasion(ownership: Ownership, kind: str = "maintenance", *, today: date, **fields: Any) -> Occasion:
    """An open occasion of this car, due today, with three weeks left."""
    defaults: dict[str, Any] = {
        "purpose": KINDS[kind].purpose.value,
        "cycle": f"visit:{kind}",
        "opens_on": today - timedelta(days=7),
        "due_on": today,
        "closes_on": today + timedelta(days=21),
        "why": {"code": "occasion.test", "params": {}},
        "is_safety_work": True,  # never held out: which customers the draw keeps back is a matter of their ids
    }
    return Occasion.objects.create(
        ownership=ownership,
        customer=ownership.customer,
        dealership=ownership.home_store,
        kind=kind,
        **(defaults | fields),
    )


def customer_with_occasion(store: Dealership, kind: str = "maintenance", *, today: date, **person: Any) -> Occasion:
    occasion = person.pop("occasion", {})
    return make_occasion(make_ownership(make_customer(store, **person), store), kind, today=today, **occasion)


@transaction.atomic
def plan(store: Dealership, now: datetime, *, on: date | None = None) -> dict[str, int]:
    """What the night does for a store, without its run row."""
    loaded = Store.load(store, now, today=on)
    ids = concerned(store, loaded.today).values_list("pk", flat=True)
    return plan_customers(loaded, Customer.objects.held(ids), now=now)


def planned_call(store: Dealership, now: datetime, kind: str = "maintenance", **person: Any) -> ContactTask:
    """A customer with an occasion, planned: the call as it stands on today's list."""
    occasion = customer_with_occasion(store, kind, today=store.today(now), **person)
    plan(store, now)
    return ContactTask.objects.get(occasion=occasion, channel="call")


def customers_of(store: Dealership) -> list[Customer]:
    return list(Customer.objects.filter(stores=store).order_by("pk"))
