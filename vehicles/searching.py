"""Who or what was meant by the text in the search box. Every reading of it is answered by an index."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Case, Prefetch, Q, QuerySet, When

from customers.models import Customer
from customers.rules.asking import Asked
from dealercrm.accounts.models import User
from vehicles.models import Ownership, Vehicle

MOST = 50


@dataclass(frozen=True, slots=True)
class Found:
    """At most MOST customers and MOST cars, in the order of their names; `is_cut` where there are more."""

    customers: list[Customer]
    cars: list[Vehicle]
    is_cut: bool = False

    def __len__(self) -> int:
        return len(self.customers) + len(self.cars)

    @property
    def only_customer(self) -> Customer | None:
        """The one customer that was meant, also through their car; None where there is a choice to make."""
        if len(self.customers) == 1 and not self.cars:
            return self.customers[0]
        if len(self.cars) == 1 and not self.customers:
            owners = [one.customer for one in self.cars[0].present_owners]  # type: ignore[attr-defined]
            return owners[0] if owners else None
        return None


def search(user: User, asked: Asked) -> Found:
    """What this user may see of what was asked for; three queries for customers, two for cars."""
    customers = _customers(user, asked)
    cars = _cars(user, asked)
    return Found(customers[:MOST], cars[:MOST], len(customers) > MOST or len(cars) > MOST)


def _customers(user: User, asked: Asked) -> list[Customer]:
    rows = Customer.objects.for_user(user).living()
    if asked.phone:
        return _loaded(rows.reached_at(asked.phone).order_by("search_key", "pk"))
    if asked.phone_tail:
        return _loaded(rows.reached_at_tail(asked.phone_tail).order_by("search_key", "pk"))
    if asked.name:
        # "ив" means the Ivanovs first, then everybody whose father was an Ivan.
        is_last_name = Case(When(search_key__startswith=asked.name.split()[0], then=0), default=1)
        return _loaded(rows.named_like(asked.name).order_by(is_last_name, "search_key", "pk"))
    return []


def _loaded(rows: QuerySet[Customer]) -> list[Customer]:
    cars = Ownership.objects.open().select_related("vehicle__model__make", "vehicle__make")
    rows = rows.prefetch_related("contact_points", Prefetch("ownerships", cars, to_attr="cars"))
    return list(rows[: MOST + 1])


def _cars(user: User, asked: Asked) -> list[Vehicle]:
    meant = Q()
    if asked.plate:
        meant |= Q(pk__in=Vehicle.objects.with_plate(asked.plate).values("pk"))
    if asked.vin:
        meant |= Q(vin=asked.vin)
    if asked.vin_tail:
        meant |= Q(vin_tail=asked.vin_tail)
    if not meant:
        return []
    owners = Ownership.objects.for_user(user).open().filter(customer__erased_at=None).select_related("customer")
    rows = Vehicle.objects.for_user(user).filter(meant).select_related("model__make", "make").order_by("plate", "pk")
    return list(rows.prefetch_related(Prefetch("ownerships", owners, to_attr="present_owners"))[: MOST + 1])
