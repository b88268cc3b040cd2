"""A store's price list, as the rules read it."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q

from dealercrm.accounts.models import Dealership
from vehicles.models import WorkPrice
from vehicles.rules.pricing import Price, PriceList, price_list


def prices_at(store: Dealership | int, make_ids: Collection[int | None] | None = None) -> PriceList:
    """The prices of a store for cars of these makes (None: of all), with those for every car. One query."""
    rows = WorkPrice.objects.filter(dealership=store)
    if make_ids is not None:
        rows = rows.filter(Q(make=None) | Q(make__in=[pk for pk in make_ids if pk]))
    fields = ("work_group__code", "make_id", "model_id", "labour", "parts", "valid_from", "valid_until")
    return price_list(Price(*values) for values in rows.values_list(*fields))
