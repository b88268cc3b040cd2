"""How the year is driven: more in summer than in winter. Days are counted by the km that fall into them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from itertools import accumulate

CYCLE = 4 * 365 + 1  # days of four years; the calendar repeats itself after them until the year 2100
_FIRST = date(2001, 1, 1).toordinal()
_KEPT = range(-10, 20)  # cycles whose days are looked up, not computed: from 1961 to 2080


_FIRST_KEPT = _FIRST + _KEPT.start * CYCLE
_DAYS_KEPT = len(_KEPT) * CYCLE


class Season:
    """Days weighed by their month's share of the mean month; a year of driving still weighs a year."""

    __slots__ = ("_kept", "_passed")

    def __init__(self, months: Sequence[float]) -> None:
        shares = [months[date.fromordinal(_FIRST + number).month - 1] for number in range(CYCLE)]
        scale = CYCLE / sum(shares)
        self._passed = [0.0, *accumulate(share * scale for share in shares)]
        self._kept = [rounds * CYCLE + passed for rounds in _KEPT for passed in self._passed[:CYCLE]]

    def between(self, first: date, last: date) -> float:
        """Days of usual driving from one day to another; negative where the last lies before the first."""
        return self.until(last) - self.until(first)

    def until(self, day: date) -> float:
        """Days of usual driving since 2001."""
        number = day.toordinal() - _FIRST_KEPT
        if 0 <= number < _DAYS_KEPT:
            return self._kept[number]
        rounds, place = divmod(day.toordinal() - _FIRST, CYCLE)
        return rounds * CYCLE + self._passed[place]

    def after(self, start: date, days: float) -> int:
        """In how many calendar days so many days of usual driving have passed; halves are rounded to even."""
        passed, number = self._passed, start.toordinal() - _FIRST
        rounds, rest = divmod(self.until(start) + days, CYCLE)
        place = bisect_right(passed, rest, 0, CYCLE) - 1
        into = (rest - passed[place]) / (passed[place + 1] - passed[place])
        return round(rounds * CYCLE + place + into) - number


@lru_cache(maxsize=8)
def season_of(months: tuple[float, ...]) -> Season:
    """One table per calibration, however many ownerships are judged by it."""
    return Season(months)
