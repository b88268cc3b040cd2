"""The clock of a judgement: rules ask it, and it remembers when the first answer will change.

A rule never sees today's date. It asks "has this day come?", and every "not yet" leaves its day as
a boundary. A judgement asks the same questions and gets the same answers on every day before the
earliest boundary, so its outputs cannot differ before `next_on`. This is what lets a night touch
only the ownerships whose `evaluate_on` has come.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date


class Clock:
    __slots__ = ("_today", "next_on")

    def __init__(self, today: date) -> None:
        self._today = today
        self.next_on: date | None = None

    def reached(self, day: date | None) -> bool:
        """Has this day come? Never, where there is no such day."""
        if day is None:
            return False
        if day <= self._today:
            return True
        if self.next_on is None or day < self.next_on:
            self.next_on = day
        return False

    def passed(self, day: date) -> bool:
        """Is this day over?"""
        return day < self._today or self.reached(date.fromordinal(day.toordinal() + 1))

    def within(self, first: date, last: date) -> bool:
        """Is it between the two days, both included?"""
        return self.reached(first) and not self.passed(last)

    def band(self, start: date, edges: Sequence[float], unit: float = 1.0) -> int:
        """In which band lie the days since `start`: 0 before the first edge. Edges rise, counted in `unit` days."""
        first = start.toordinal()
        elapsed = self._today.toordinal() - first
        for number, edge in enumerate(edges):
            if elapsed < edge * unit:
                self.reached(date.fromordinal(first + math.ceil(edge * unit)))
                return number
        return len(edges)

    def steps(self, start: date, unit: float) -> int:
        """How many whole steps of `unit` days have passed since `start`; 0 before it."""
        first = start.toordinal()
        passed = max(math.floor((self._today.toordinal() - first) / unit), 0)
        while first + math.ceil((passed + 1) * unit) <= self._today.toordinal():  # a step that rounding hid
            passed += 1
        self.reached(date.fromordinal(first + math.ceil((passed + 1) * unit)))
        return passed
