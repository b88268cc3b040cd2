"""Customers by what others call them: our ids, also of customers who were merged into another since."""

from __future__ import annotations

from collections.abc import Iterable

from customers.models import Customer
from dealercrm.accounts.models import User


def cards_of(ids: Iterable[int]) -> list[int]:
    """These customers and every card that was merged into one of them, through every merge. A query a generation."""
    found = list(ids)
    newest = found
    while newest:
        newest = list(Customer.objects.filter(merged_into__in=newest).values_list("pk", flat=True))
        found = found + newest
    return found


def find_customers(user: User, ids: Iterable[int]) -> dict[int, Customer]:
    """{id asked for: the customer it means today}, those whom this user may see. Two queries, one more a merge.

    A merged customer may be known to no store any more, so the scope is asked of the one who was kept.
    """
    means = {pk: pk for pk in ids}
    while True:
        merged = Customer.objects.filter(pk__in=means.values()).exclude(merged_into=None)
        following = {row.pk: row.merged_into_id for row in merged.only("pk", "merged_into") if row.merged_into_id}
        if not following:
            break
        means = {asked: following.get(pk, pk) for asked, pk in means.items()}
    seen = Customer.objects.for_user(user).in_bulk(set(means.values()))
    return {asked: seen[pk] for asked, pk in means.items() if pk in seen}
