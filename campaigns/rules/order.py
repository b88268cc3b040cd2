"""The order of a day's calls: by value, yet so that every purpose class has its least share of the minutes.

All calls take the same minutes, so a share of the minutes is a share of the calls. The share holds from the top of
the list down to any line through it: of its first n calls at least floor(share x n) are of each class that has so
many. So it needs not to know how many operators come, and the line of Today may move as the day goes. Only what a
share needs is lifted, and as late as it may be: between two such places the most valuable call comes first.

Where a day holds fewer calls than 1 / share, each class has its turn on other days: the count begins at another
place each day.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from math import ceil
from typing import NamedTuple

# What law and budget tell apart (lifecycle/rules/kinds.py).
CLASSES = ("safety", "service", "courtesy", "survey", "marketing")
MOST_SHARE = 1 / len(CLASSES)  # more than this for each class would promise more than there is
STEP = 1e-6  # between neighbours of equal value, so that the database reads exactly this order
_GOLDEN = 0.6180339887498949  # multiples of it spread days evenly over the whole period


class Waits(NamedTuple):
    """A call that can wait. `rank`: its value, or the place a draw gave it; what was drawn is never lifted."""

    key: tuple[int, ...]  # of equal ranks the smaller key goes first
    purpose: str
    rank: float
    is_drawn: bool = False


class Stands(NamedTuple):
    """Where it comes: `priority` falls strictly from one call to the next."""

    key: tuple[int, ...]
    priority: float
    is_lifted: bool


def arrange(calls: Sequence[Waits], share: float, today: date) -> list[Stands]:
    """The day's calls in the order to make them. A share of 0 leaves them by rank."""
    by_rank = deque(sorted(calls, key=lambda call: (-call.rank, call.key)))
    of_class = {name: deque(call for call in by_rank if call.purpose == name and not call.is_drawn) for name in CLASSES}
    deadlines = _Deadlines(share, today)
    placed: set[tuple[int, ...]] = set()
    order: list[Stands] = []
    while by_rank:
        head = by_rank[0]
        if head.key in placed:
            by_rank.popleft()
            continue
        for waiting in of_class.values():
            while waiting and waiting[0].key in placed:
                waiting.popleft()
        due = deadlines.due(len(order) + 1, [name for name, waiting in of_class.items() if waiting])
        call = of_class[due][0] if due else head
        above = order[-1].priority - STEP if order else head.rank
        order.append(Stands(call.key, round(min(head.rank, above), 6), call is not head))
        placed.add(call.key)
        deadlines.count(call.purpose)
    return order


class _Deadlines:
    """The last place at which each class must have its next call."""

    def __init__(self, share: float, today: date) -> None:
        self.period = 1 / Fraction(share).limit_denominator(10_000) if share > 0 else None
        turn = Fraction(today.toordinal() * _GOLDEN % 1).limit_denominator(1000)
        self.begun = {name: (turn + Fraction(number, len(CLASSES))) % 1 for number, name in enumerate(CLASSES)}
        self.had = dict.fromkeys(CLASSES, 0)
        self.last = {name: self._next(name) for name in CLASSES}

    def count(self, purpose: str) -> None:
        if purpose in self.had:
            self.had[purpose] += 1
            self.last[purpose] = self._next(purpose)

    def _next(self, name: str) -> int:
        return ceil((self.had[name] + 1 - self.begun[name]) * self.period) if self.period else 0

    def due(self, place: int, waiting: Sequence[str]) -> str:
        """The class whose call can wait no longer than this place, or ""; several that meet are begun in time."""
        if self.period is None:
            return ""
        ahead = sorted((self.last[name], name) for name in waiting)
        meets = any(last <= place + number for number, (last, _name) in enumerate(ahead))
        return ahead[0][1] if meets else ""
