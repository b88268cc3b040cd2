"""Months and days on a wall calendar."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache, lru_cache

_LAST_DAY = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@lru_cache(maxsize=2**15)  # a base asks for the same few thousand days and a dozen numbers of months all night
def add_months(day: date, months: int) -> date:
    """The same day of the month so many months on; the last day of the month where it has no such day."""
    month = day.year * 12 + day.month - 1 + months
    year, month = divmod(month, 12)
    last = 29 if month == 1 and (year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)) else _LAST_DAY[month]
    return date(year, month + 1, min(day.day, last))


_span = cache(timedelta)  # a judgement adds a few dozen spans, nearly always the same few


def add_days(day: date, days: int) -> date:
    return day + _span(days)
