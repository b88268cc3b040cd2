"""Public holidays of a store's country: data for the rules, which know no library and no law."""

from __future__ import annotations

from collections import Counter
from datetime import date
from functools import lru_cache

import holidays

from lifecycle.rules.facts import Holiday

YEARS = range(2010, 2051)


def public_holidays(country: str, around: date) -> frozenset[date]:
    """Days off of the year of `around` and the next; empty where the country is not known to the library."""
    return _of_years(country, around.year)


@lru_cache(maxsize=64)
def _of_years(country: str, year: int) -> frozenset[date]:
    try:
        return frozenset(holidays.country_holidays(country, years=[year, year + 1]))
    except NotImplementedError:
        return frozenset()


@lru_cache(maxsize=64)
def greeted_holidays(country: str) -> tuple[Holiday, ...]:
    """The holidays themselves in order, the first day of each; a day off that was moved from elsewhere is none.

    Many years at once, so that the facts of a replay and of tonight are the same. Empty for an unknown country.
    """
    own, english, russian = (_names(country, language) for language in (None, "en_US", "ru"))
    years_of = Counter(own.values())
    found, seen = [], set()
    for day, name in sorted(own.items()):
        # A moved day off is named after its date, so its name stands in one year only.
        if (day.year, name) not in seen and years_of[name] > 1:
            seen.add((day.year, name))
            found.append(Holiday(day, english.get(day, name), russian.get(day, name)))
    return tuple(found)


def _names(country: str, language: str | None) -> dict[date, str]:
    try:
        return dict(holidays.country_holidays(country, years=YEARS, observed=False, language=language))
    except NotImplementedError:
        return {}
