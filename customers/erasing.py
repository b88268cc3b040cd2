"""A person asks to be forgotten: what says who they are is emptied, what happened stays without them.

Every model says itself what is personal (`Belonging`); this walks them. It cannot be undone. The person's codes in
other systems stay, emptied, so that the next import does not bring the person back: it reports the row instead.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models, transaction

from customers.finding import cards_of
from customers.merging import belongings
from customers.models import Customer
from customers.models.erasure import Erasure

if TYPE_CHECKING:
    from dealercrm.accounts.models import Dealership, User


def what_goes(customer: Customer) -> Counter[str]:
    """How many rows an erasure would empty or delete, by the plural of their kind: the preview."""
    return _walk(cards_of([customer.pk]), None)


@transaction.atomic
def erase(customer: Customer, *, by: User, store: Dealership, now: datetime) -> Erasure:
    """Empty everything personal about this customer, their merged cards included. For good."""
    ids = cards_of([customer.pk])
    Customer.objects.held(ids)
    counts = _walk(ids, now)
    Customer.objects.filter(pk__in=ids).update(erased_at=now, **_emptied(Customer, Customer.belonging.personal))
    journal, _is_new = Erasure.objects.get_or_create(
        customer=customer, defaults={"at": now, "by": by, "dealership": store, "counts": dict(counts)}
    )
    for card in Customer.objects.filter(pk__in=ids):
        card.note_new_facts()
    return journal


def _walk(ids: list[int], now: datetime | None) -> Counter[str]:
    """Count the rows with something personal in them; with a moment, empty them as well."""
    counts: Counter[str] = Counter()
    for model, name, belonging in belongings():
        if model is Customer:
            continue
        rows: models.QuerySet[Any] = model._base_manager.filter(**{f"{name}__in": ids})
        if belonging.personal or belonging.is_deleted:
            counts[model._meta.label] += rows.count()
        if now is None:
            continue
        belonging.close(rows, at=now)
        if belonging.is_deleted:
            rows.delete()
        elif belonging.personal:
            rows.update(**_emptied(model, belonging.personal))
    return +counts


def _emptied(model: type[models.Model], names: tuple[str, ...]) -> dict[str, Any]:
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    return {field.name: None if field.null else field.get_default() for field in fields}
