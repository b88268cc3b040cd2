"""The appointment book: visits that were booked, customers who did not come, and the days ahead."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import numpy as np

from dealercrm.demo.world.dice import Dice
from dealercrm.demo.world.records import Booking
from dealercrm.demo.world.service import MAINTENANCE, TYRES

KEPT_FOR_DAYS = 3 * 365  # the book goes back three years
BOOKED_VISITS = 0.7
NO_SHOWS = 0.15  # of the appointments that came to their hour
CANCELLED = 0.03
# The next days fill up as they come nearer.
BOOKED_AHEAD = {0: 0.9, 1: 0.8, 2: 0.7, 3: 0.55, 4: 0.45, 5: 0.4, 6: 0.3, 7: 0.25, 8: 0.2, 9: 0.15, 10: 0.1}
MINUTES = {MAINTENANCE: (90, 120), TYRES: (60,)}
GROUPS = {MAINTENANCE: "maintenance", TYRES: "tyres"}


def booked_visits(
    rng: np.random.Generator, visits: list[tuple[int, int, int, date, int]], *, today: date
) -> list[Booking]:
    """Appointments of the visits (spell, customer, store, day, kind), past and soon to come.

    A visit after today is what this customer would do by themselves; some of them have called already.
    """
    dice = Dice(rng)
    book: list[Booking] = []
    missed_first = NO_SHOWS / (1 - NO_SHOWS)
    for spell, customer, store, on, kind in visits:
        ahead = (on - today).days
        if ahead < -KEPT_FOR_DAYS or ahead > 60:
            continue
        minutes = dice.one_of(MINUTES.get(kind, (60, 120, 180)))
        group = GROUPS.get(kind, "")
        if dice.chance(missed_first * BOOKED_VISITS):
            missed = _workday(on - timedelta(days=2 + dice.below(9) + dice.below(14)))
            if missed < today:
                book.append(Booking(spell, customer, store, _hour(dice, missed), minutes, "no_show", group))
        if ahead < 0:
            if dice.chance(BOOKED_VISITS):
                book.append(Booking(spell, customer, store, _hour(dice, on), minutes, "arrived", group))
            elif dice.chance(CANCELLED):
                off = _workday(on - timedelta(days=1 + dice.below(20)))
                book.append(Booking(spell, customer, store, _hour(dice, off), minutes, "cancelled", group))
        elif dice.chance(BOOKED_AHEAD.get(ahead, 0.0)):
            status = "confirmed" if ahead <= 1 and dice.chance(0.5) else "booked"
            book.append(Booking(spell, customer, store, _hour(dice, _workday(on)), minutes, status, group))
    return book


def _hour(dice: Dice, on: date) -> datetime:
    """Every half hour from 9:00, the last car at 17:00; mornings fill first."""
    slot = min(dice.below(17), dice.below(20))
    return datetime.combine(on, time(9 + slot // 2, 30 * (slot % 2)))


def _workday(on: date) -> date:
    return on + timedelta(days=1) if on.weekday() == 6 else on
