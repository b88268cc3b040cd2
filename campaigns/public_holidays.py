"""Public holidays of a store's country: data for the rules of quiet hours, which know no library and no law."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import holidays


def public_holidays(country: str, around: date) -> frozenset[date]:
    """Days off of the year of `around` and the next; empty where the country is not known to the library."""
    return _of_years(country, around.year)


@lru_cache(maxsize=64)
def _of_years(country: str, year: int) -> frozenset[date]:
    try:
        return frozenset(holidays.country_holidays(country, years=[year, year + 1]))
    except NotImplementedError:
        return frozenset()
