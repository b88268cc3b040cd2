"""The numbers of this room that a store may change: its loyalty programme."""

from __future__ import annotations

from dataclasses import dataclass

from dealercrm.values import Values


@dataclass(frozen=True, slots=True)
class LoyaltyValues(Values):
    """Off until a store switches it on. Points are whole; `point_value` is in the store's currency."""

    is_on: bool = False
    points_per_hundred: int = 5
    point_value: float = 1.0
    expiry_months: int = 12
    holdout_share: float = 0.1
