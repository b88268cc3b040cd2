"""Points of the loyalty programme on a call card."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from campaigns.loading import Store
from vehicles.models import LoyaltyAccount, LoyaltyPolicy


class Points(NamedTuple):
    """What a member of the loyalty programme has, and which points go first."""

    balance: int
    worth: Decimal
    expiring: int
    expires_on: date | None
    is_soon: bool


def points_of(row: dict[str, Any] | None, store: Store) -> Points | None:
    """Nothing where the programme is off or there are none. Seldom a query: the policy is remembered."""
    values = LoyaltyPolicy.values_of(store.dealership)
    if row is None or not row["balance"] or not values.is_on:
        return None
    account = LoyaltyAccount(
        balance=row["balance"],
        expiring=row["expiring"],
        expires_on=date.fromisoformat(row["expires_on"]) if row["expires_on"] else None,
    )
    worth = account.balance * Decimal(str(values.point_value))
    return Points(account.balance, worth, account.expiring, account.expires_on, account.expires_soon(store.today))
