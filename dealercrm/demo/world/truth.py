"""What nobody at the stores knows: who really left, sold, would come anyway, would come for a call, who is who.

Kept apart from the product's tables, so that forecasts and measurements can be tested against it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self

import numpy as np

# Chance that one call brings a customer who would not have come in the next 60 days, by where they stand.
CALL_BRINGS_LATE, CALL_BRINGS_NOT_DUE = 0.16, 0.02
CALL_BRINGS_LEFT = ((365, 0.09), (730, 0.05), (10_000, 0.02))
EMAIL_BRINGS = 0.4  # of what a call brings


@dataclass(frozen=True)
class Truth:
    """Columns by known ownership, then the duplicates and the wrong readings. Dates are ISO text; "" is never."""

    vin: Any
    started_on: Any
    sold_on: Any  # the true end of the ownership, whether the store knows it or not
    left_on: Any  # the last visit before leaving; "" while they still come
    comes_anyway_on: Any  # the next visit if nobody contacts them
    call_chance: Any
    call_brings: Any  # one draw with that chance
    email_brings: Any
    loyalty: Any
    late_chance: Any
    duplicate_code: Any
    duplicate_of_code: Any
    reading_store: Any
    reading_order: Any
    reading_true_km: Any

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(path, **{field.name: getattr(self, field.name) for field in fields(self)})

    @classmethod
    def load(cls, path: Path) -> Self:
        with np.load(path, allow_pickle=False) as columns:
            return cls(**{field.name: columns[field.name] for field in fields(cls)})


def chance_that_a_call_brings(
    *, is_owner: bool, days_since_left: int | None, days_to_visit: int, days_late: int
) -> float:
    """Planted uplift of one call for an ownership as it stands today."""
    if not is_owner or days_to_visit <= 60:
        return 0.0
    if days_since_left is None:
        return CALL_BRINGS_LATE if days_late > 0 else CALL_BRINGS_NOT_DUE
    return next(chance for limit, chance in CALL_BRINGS_LEFT if days_since_left <= limit)
