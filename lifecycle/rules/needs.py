"""What one car will need: its schedule applied again and again along the forecast, put together to visits."""

from __future__ import annotations

import math
from datetime import date
from typing import NamedTuple

from lifecycle.rules.calendar import add_days, add_months
from lifecycle.rules.facts import Facts
from lifecycle.rules.maintenance import LONGEST_DAYS, Base, Due, Forecast, Work, due_of, works_of
from lifecycle.rules.odometer import Q80, Driving
from lifecycle.rules.policy import LifecycleValues

MOST_STOPS = 60  # of a schedule with an interval of a few days


class Stop(NamedTuple):
    """One visit that the car will need: on about this day, most likely between the two others, at about so many km.

    `is_late`: it was due before the day that is asked about, on `due_on`.
    """

    on: date
    due_on: date
    first_on: date
    last_on: date
    km: int | None
    works: tuple[str, ...]
    is_late: bool


def needs(facts: Facts, current: Forecast, values: LifecycleValues, *, today: date, until: date) -> list[Stop]:
    """The visits from today up to a day, soonest first; what is late is due today.

    Works that fall due near a maintenance are done with it, as its occasion says (`component_wear_apart_days`);
    each work's clock then starts again on that day.
    """
    works = list(works_of(facts, current))
    stops: list[Stop] = []
    while works and len(stops) < MOST_STOPS:
        stop = _next_stop(works, values, current.driving, today)
        if stop is None or stop.on > until:
            break
        stops.append(stop)
        base = Base(stop.on, f"stop:{len(stops)}")
        works = [_done(work, base, facts, current.driving) if work.line.group in stop.works else work for work in works]
    return stops


def _next_stop(works: list[Work], values: LifecycleValues, driving: Driving, today: date) -> Stop | None:
    """The soonest work, or the maintenance soon after it that it can wait for, with all that goes along."""
    apart = values.component_wear_apart_days
    first = min(works, key=lambda work: work.due.on)
    wait = add_days(max(first.due.on, today), apart)
    near = [work for work in works if work.line.is_maintenance and work.due.on <= wait]
    head = min(near, key=lambda work: work.due.on) if near else first
    on = max(head.due.on, today)
    together = [work for work in works if work.due.on <= add_days(on, apart)]
    first_on, last_on = _window(head, driving)
    return Stop(
        on=on,
        due_on=head.due.on,
        first_on=max(first_on, today),
        last_on=max(last_on, on),
        km=driving.km_on(on),
        works=tuple([work.line.group for work in together]),
        is_late=head.due.on < today,
    )


def _done(work: Work, base: Base, facts: Facts, driving: Driving) -> Work:
    """The work's clock after it is done on a day to come; it is never due again on that day."""
    due = due_of(work.line, base, facts, driving)
    return Work(work.line, base, due if due.on > base.on else due._replace(on=add_days(base.on, 1)))


def _window(work: Work, driving: Driving) -> tuple[date, date]:
    """The 10% and 90% quantiles of the day a work is due, counted from the last reading; months are certain."""
    due: Due = work.due
    if not work.line.km or due.km is None or driving.last_km is None or driving.last_on is None:
        return due.on, due.on
    left = due.km - driving.last_km
    if left <= 0:
        return due.on, due.on
    width = math.exp(Q80 * driving.spread)
    early, late = (
        add_days(driving.last_on, min(driving.days_until(driving.last_on, km), LONGEST_DAYS))
        for km in (left / width, left * width)
    )
    if work.line.months:
        late = min(late, add_months(work.base.on, work.line.months))
    return min(early, due.on), max(late, due.on)
