"""What the car needs next: schedule lines, each counted from its own actual last work.

A work group counts against its own schedule only: a tyre repair does not reset the maintenance
clock, and an oil change inside its interval takes oil off the list while the rest stays due.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from lifecycle.rules.calendar import add_days, add_months
from lifecycle.rules.calibration import SHIPPED, Calibration, segment_key
from lifecycle.rules.facts import Facts, Line, Reading, Visit
from lifecycle.rules.odometer import Q80, Driving, forecast_driving
from lifecycle.rules.policy import LifecycleValues
from lifecycle.rules.season import season_of

MAINTENANCE_TOPICS = frozenset({"", "first_service", "maintenance", "overdue_maintenance", "win_back"})
LONGEST_DAYS = 15 * 365
MOST_LINES = 1024  # schedules whose maintenance is remembered


class Base(NamedTuple):
    """The fact a clock counts from: a visit, work done elsewhere, or the start of the ownership."""

    on: date
    cycle: str


class Due(NamedTuple):
    """When a line is due: the earlier of km reached and months passed, with the window of its quantiles."""

    on: date
    first_on: date
    last_on: date
    km: int | None
    is_by_km: bool


def about(km: int | None) -> int | None:
    """Forecast km as one says them: to the hundred."""
    return None if km is None else round(km, -2)


class Work(NamedTuple):
    """One line of the car's schedule with the clock it runs on and the day it is due."""

    line: Line
    base: Base
    due: Due


# Of each schedule that was met: itself, so that no other takes its place in memory, and its maintenance.
_LINES: dict[tuple[int, int, int], tuple[tuple[Line, ...], tuple[Line, frozenset[str]]]] = {}


class Forecast(NamedTuple):
    """All that is forecast of one ownership; follows from facts alone and is stored on its Standing.

    `line`, `base` and `due` are the next scheduled maintenance, whose clock also counts what was done elsewhere;
    the other lines of the schedule are in `works_of`.
    """

    driving: Driving
    line: Line
    base: Base
    due: Due
    interval_days: int
    started_on: date
    last_visit_on: date | None
    last_visit_cycle: str
    visits: int  # of this ownership
    maintained_on: tuple[date, ...]
    warranty_until: date | None

    @property
    def silent_since(self) -> date:
        """The last visit of any kind, else the acquisition: the day R counts from."""
        return self.last_visit_on or self.started_on

    def ratio_on(self, ratio: float) -> date:
        """The day on which R reaches `ratio`."""
        return add_days(self.silent_since, math.ceil(ratio * self.interval_days))


def forecast(facts: Facts, values: LifecycleValues, calibration: Calibration = SHIPPED) -> Forecast:
    """Driving, last works and the next maintenance of one ownership."""
    driving = _driving(facts, values, calibration)
    line, groups = _maintenance_line(facts.lines, values.interval_km, values.interval_months)
    ours = [visit for visit in facts.visits if visit.is_ours]
    base = _maintenance_base(facts, facts.visits if not facts.bought_from_us else ours, groups)
    due = due_of(line, base, facts, driving, has_window=True)
    last = ours[-1] if ours else None
    return Forecast(
        driving=driving,
        line=line,
        base=base,
        due=due,
        interval_days=_interval_days(line, base.on, driving),
        started_on=facts.started_on,
        last_visit_on=last.on if last else None,
        last_visit_cycle=f"visit:{last.id}" if last else "sale",
        visits=len(ours),
        maintained_on=tuple([visit.on for visit in ours if not groups.isdisjoint(visit.works)]),
        warranty_until=warranty_end(facts, driving),
    )


def _maintenance_line(lines: tuple[Line, ...], interval_km: int, interval_months: int) -> tuple[Line, frozenset[str]]:
    """The first maintenance of a schedule, or the policy's where it has none, and all groups that count as one.

    Cars of a model share one schedule, which is known again as the same object: its lines are many to compare.
    """
    key = id(lines), interval_km, interval_months
    kept = _LINES.get(key)
    if kept is None or kept[0] is not lines:
        if len(_LINES) >= MOST_LINES:
            _LINES.clear()
        kept = _LINES[key] = lines, _find_maintenance(lines, interval_km, interval_months)
    return kept[1]


def _find_maintenance(lines: tuple[Line, ...], interval_km: int, interval_months: int) -> tuple[Line, frozenset[str]]:
    found = [line for line in lines if line.is_maintenance]
    if not found:
        found = [Line("maintenance", interval_km, interval_months, is_maintenance=True)]
    return found[0], frozenset([line.group for line in found])


def _driving(facts: Facts, values: LifecycleValues, calibration: Calibration) -> Driving:
    """The car's own rate beside that of its segment: by the calibration, else the make's, else the policy's."""
    readings = readings_of(facts)
    season = season_of(calibration.driving.season)
    segment = calibration.driving.segments.get(segment_key(facts.market.make_id, is_company=facts.is_company))
    if segment is not None:
        return forecast_driving(
            readings,
            segment.km_per_year,
            values,
            between=segment.between,
            within=segment.within,
            season=season,
            width=calibration.driving.width,
        )
    usual = float(facts.market.km_per_year or values.km_per_day_prior * 365.25)
    return forecast_driving(readings, usual, values, season=season, width=calibration.driving.width)


def readings_of(facts: Facts) -> tuple[Reading, ...]:
    """A car that we sold new started at nought: one visit is enough to know how fast it drives."""
    if facts.acquired != "new" or not facts.readings:
        return facts.readings
    return (Reading(facts.started_on, 0), *[one for one in facts.readings if one.on >= facts.started_on])


def _maintenance_base(facts: Facts, visits: Sequence[Visit], groups: frozenset[str]) -> Base:
    """The last maintenance of these visits (in order of time), or one done elsewhere since; else the sale.

    A used car counts from its sale too.
    """
    on, cycle = facts.started_on, "sale" if facts.bought_from_us else "start"
    for visit in reversed(visits):
        if visit.on < on:
            break
        if not groups.isdisjoint(visit.works):
            on, cycle = visit.on, f"visit:{visit.id}"
            break
    for touch in facts.touches:
        if touch.outcome == "done_elsewhere" and touch.topic in MAINTENANCE_TOPICS and touch.on > on:
            on, cycle = touch.on, f"elsewhere:{touch.id}"
    return Base(on, cycle)


def works_of(facts: Facts, current: Forecast) -> tuple[Work, ...]:
    """Every line of the schedule by its own clock: the last work of its group on this car, whoever owned it."""
    last: dict[str, Visit] = {}
    for visit in facts.visits:  # in order of time
        for group in visit.works:
            last[group] = visit
    driving = current.driving
    start = Base(facts.started_on, "start")
    bases = {0: (start, _km_at_base(start, facts, driving))}
    works = []
    for line in facts.lines or (current.line,):
        if line is current.line or line == current.line:
            works.append(Work(line, current.base, current.due))
            continue
        done = last.get(line.group)
        number = done.id if done else 0
        if done and number not in bases:  # what was done at one visit counts from the same base
            base = Base(done.on, f"visit:{number}")
            bases[number] = base, _km_at_base(base, facts, driving)
        base, base_km = bases[number]
        works.append(Work(line, base, _due(line, base.on, base_km, driving)))
    return tuple(works)


def due_of(line: Line, base: Base, facts: Facts, driving: Driving, *, has_window: bool = False) -> Due:
    """When a line is due next, counted from its base; `has_window` False leaves the quantiles at the day itself."""
    base_km = _km_at_base(base, facts, driving) if line.km else None
    return _due(line, base.on, base_km, driving, has_window=has_window)


def _due(line: Line, base_on: date, base_km: int | None, driving: Driving, *, has_window: bool = False) -> Due:
    by_months = add_months(base_on, line.months) if line.months else None
    if not line.km:
        on = by_months or add_days(base_on, LONGEST_DAYS)
        return Due(on, on, on, None, is_by_km=False)
    start, left = _left(line.km, base_on, base_km, driving)
    on = _day_of(start, left, driving)
    km = base_km + line.km if base_km is not None else None
    first, last = _quantiles(start, left, driving) if has_window else (on, on)
    if by_months is None:
        return Due(on, first, last, km, is_by_km=True)
    first, last = min(first, by_months), min(last, by_months)
    if by_months <= on:
        return Due(by_months, first, last, km, is_by_km=False)
    return Due(on, first, last, km, is_by_km=True)


def _km_at_base(base: Base, facts: Facts, driving: Driving) -> int | None:
    if base.cycle in {"sale", "start"} and facts.acquired == "new" and base.on == facts.started_on:
        return 0
    return driving.km_on(base.on)


def _left(interval: int, base_on: date, base_km: int | None, driving: Driving) -> tuple[date, float]:
    """How many km are left of an interval, and from which day on; nought where they are driven already."""
    read_on = driving.last_on
    if base_km is None or driving.last_km is None or read_on is None or read_on <= base_on:
        return base_on, float(interval)
    left = base_km + interval - driving.last_km
    if left > 0:
        return read_on, float(left)
    # the day lies between the base and the last reading
    share = interval / max(driving.last_km - base_km, 1)
    return add_days(base_on, round(share * (read_on - base_on).days)), 0.0


def _quantiles(start: date, left: float, driving: Driving) -> tuple[date, date]:
    """The 10% and 90% quantiles of the day the km that are left from a day on are driven."""
    width = math.exp(Q80 * driving.spread)
    return _day_of(start, left / width, driving), _day_of(start, left * width, driving)


def _day_of(start: date, km: float, driving: Driving) -> date:
    """The day on which so many km will have been driven."""
    days = driving.days_until(start, km) if km else 0
    return add_days(start, days if days < LONGEST_DAYS else LONGEST_DAYS)


def _interval_days(line: Line, base_on: date, driving: Driving) -> int:
    """The forecast interval between two scheduled maintenances of this car, days: months or km, whichever first."""
    days = LONGEST_DAYS if not line.months else add_months(base_on, line.months).toordinal() - base_on.toordinal()
    if line.km:
        by_km = round(line.km / driving.km_per_day)
        days = by_km if by_km < days or not line.months else days
    return max(days, 1)


def warranty_end(facts: Facts, driving: Driving) -> date | None:
    """The last day of warranty: the longest warranty cover, else the maker's for a car bought new from us."""
    ends = [_or_km(cover.ends_on, cover.limit_km, driving) for cover in facts.covers if cover.kind == "warranty"]
    if ends:
        return max(ends)
    if facts.acquired != "new" or not facts.market.warranty_months:
        return None
    return _or_km(add_months(facts.started_on, facts.market.warranty_months), facts.market.warranty_km, driving)


def _or_km(ends_on: date, limit_km: int | None, driving: Driving) -> date:
    """The end by date, or the day the forecast reaches the limit of km, whichever first."""
    if not limit_km or driving.last_km is None or driving.last_on is None:
        return ends_on
    days = driving.days_until(driving.last_on, max(limit_km - driving.last_km, 0))
    return min(ends_on, add_days(driving.last_on, min(days, LONGEST_DAYS)))


def works_due(facts: Facts, current: Forecast, *, by: date) -> list[tuple[Line, Due]]:
    """Lines of the schedule that are due by a day, each by its own clock, soonest first: what the visit will hold."""
    found = [(work.line, work.due) for work in works_of(facts, current) if work.due.on <= by]
    return sorted(found, key=lambda item: (item[1].on, item[0].group))
