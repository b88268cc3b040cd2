"""The clock of a judgement: rules ask it, and it remembers when the first answer will change.

A rule never sees today's date. It asks "has this day come?", and every "not yet" leaves its day as
a boundary. A judgement asks the same questions and gets the same answers on every day before the
earliest boundary, so its outputs cannot differ before `next_on`. This is what lets a night touch
only the ownerships whose `evaluate_on` has come.

A judgement asks a hundred such questions: days are compared as dates and kept as numbers.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Sequence
from datetime import date
from functools import lru_cache

from lifecycle.rules.calendar import add_months

_NEVER = date.max.toordinal() + 2


class Clock:
    __slots__ = ("_next", "_number", "_today")

    def __init__(self, today: date) -> None:
        self._today = today
        self._number = today.toordinal()
        self._next = _NEVER

    @property
    def next_on(self) -> date | None:
        """The first day on which an answer will be another one; None where all are final."""
        return date.fromordinal(self._next) if self._next <= date.max.toordinal() else None

    def reached(self, day: date | None) -> bool:
        """Has this day come? Never, where there is no such day."""
        if day is None:
            return False
        if day <= self._today:
            return True
        number = day.toordinal()
        if number < self._next:
            self._next = number
        return False

    def all_reached(self, days: Collection[date]) -> bool:
        """Have all of these days come?"""
        if not days or max(days) <= self._today:
            return True
        for day in days:
            self.reached(day)
        return False

    def passed(self, day: date) -> bool:
        """Is this day over?"""
        if day < self._today:
            return True
        number = day.toordinal() + 1
        if number < self._next:
            self._next = number
        return False

    def lies_behind(self, day: date) -> bool:
        """Is this day over? Keeps no boundary: only to spare questions whose answers could decide nothing then."""
        return day < self._today

    def months_behind(self, day: date) -> int:
        """How many months of the calendar lie between a day and now. Keeps no boundary, like `lies_behind`."""
        return (self._today.year - day.year) * 12 + self._today.month - day.month

    def within(self, first: date, last: date) -> bool:
        """Is it between the two days, both included?"""
        return self.reached(first) and not self.passed(last)

    def first_ahead(self, days: Sequence[date]) -> int:
        """The place of the first of these rising days that is not over; their number where all are."""
        place = bisect_left(days, self._today)
        if place < len(days):
            self.passed(days[place])
        return place

    def anniversary(self, day: date) -> date:
        """The next day, today included, on which so many whole years lie behind a day."""
        on = add_months(day, 12 * max(self._today.year - day.year, 0))
        if on < self._today:
            on = add_months(day, 12 * (on.year - day.year + 1))
        self.passed(on)
        return on

    def band(self, start: date, edges: Sequence[float], unit: float = 1.0) -> int:
        """In which band lie the days since `start`: 0 before the first edge. Edges rise, counted in `unit` days."""
        days = _in_days(edges, unit)
        first = start.toordinal()
        number = bisect_right(days, self._number - first)
        if number < len(days) and first + days[number] < self._next:
            self._next = first + days[number]
        return number

    def steps(self, start: date, unit: float) -> int:
        """How many whole steps of `unit` days have passed since `start`; 0 before it."""
        first = start.toordinal()
        passed = max(math.floor((self._number - first) / unit), 0)
        while (ahead := first + math.ceil((passed + 1) * unit)) <= self._number:  # a step that rounding hid
            passed += 1
        if ahead < self._next:
            self._next = ahead
        return passed


@lru_cache(maxsize=2**14)
def _in_days(edges: Sequence[float], unit: float) -> list[int]:
    return [math.ceil(edge * unit) for edge in edges]
