"""What the car needs next: schedule lines, each counted from its own actual last work.

A work group counts against its own schedule only: a tyre repair does not reset the maintenance
clock, and an oil change inside its interval takes oil off the list while the rest stays due.
"""

from __future__ import annotations

import math
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


class Forecast(NamedTuple):
    """All that is forecast of one ownership; follows from facts alone and is stored on its Standing.

    `works` are all lines of the schedule, each by its own clock; `line`, `base` and `due` are the next
    scheduled maintenance, whose clock also counts what was done elsewhere.
    """

    driving: Driving
    line: Line
    base: Base
    due: Due
    works: tuple[Work, ...]
    interval_days: int
    started_on: date
    last_visit_on: date | None
    last_visit_cycle: str
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
    lines = [line for line in facts.lines if line.is_maintenance]
    line = lines[0] if lines else Line("maintenance", values.interval_km, values.interval_months, is_maintenance=True)
    groups = {line.group for line in lines} or {line.group}
    ours = [visit for visit in facts.visits if visit.is_ours]
    maintained = [visit for visit in ours if not groups.isdisjoint(visit.works)]
    base = _maintenance_base(facts, groups)
    due = due_of(line, base, facts, driving, has_window=True)
    last = ours[-1] if ours else None
    return Forecast(
        driving=driving,
        line=line,
        base=base,
        due=due,
        works=_works(facts, driving, Work(line, base, due)),
        interval_days=_interval_days(line, base.on, driving),
        started_on=facts.started_on,
        last_visit_on=last.on if last else None,
        last_visit_cycle=f"visit:{last.id}" if last else "sale",
        maintained_on=tuple([visit.on for visit in maintained]),
        warranty_until=warranty_end(facts, driving),
    )


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


def _maintenance_base(facts: Facts, groups: set[str]) -> Base:
    """Last maintenance here, or done elsewhere since; else the sale. A used car counts from its sale too."""
    counts_earlier_owners = not facts.bought_from_us
    base = Base(facts.started_on, "sale" if facts.bought_from_us else "start")
    for visit in facts.visits:
        if (visit.is_ours or counts_earlier_owners) and visit.on >= base.on and not groups.isdisjoint(visit.works):
            base = Base(visit.on, f"visit:{visit.id}")
    for touch in facts.touches:
        if touch.outcome == "done_elsewhere" and touch.topic in MAINTENANCE_TOPICS and touch.on > base.on:
            base = Base(touch.on, f"elsewhere:{touch.id}")
    return base


def _works(facts: Facts, driving: Driving, maintenance: Work) -> tuple[Work, ...]:
    """Every line of the schedule by its own clock: the last work of its group on this car, whoever owned it."""
    last: dict[str, Visit] = {}
    for visit in facts.visits:  # in order of time
        for group in visit.works:
            last[group] = visit
    start = Base(facts.started_on, "start")
    works = []
    for line in facts.lines or (maintenance.line,):
        if line == maintenance.line:
            works.append(maintenance)
            continue
        done = last.get(line.group)
        base = Base(done.on, f"visit:{done.id}") if done else start
        works.append(Work(line, base, due_of(line, base, facts, driving)))
    return tuple(works)


def due_of(line: Line, base: Base, facts: Facts, driving: Driving, *, has_window: bool = False) -> Due:
    """When a line is due next, counted from its base; `has_window` False leaves the quantiles at the day itself."""
    by_months = add_months(base.on, line.months) if line.months else None
    if not line.km:
        on = by_months or add_days(base.on, LONGEST_DAYS)
        return Due(on, on, on, None, is_by_km=False)
    base_km = _km_at_base(base, facts, driving)
    by_km, first, last = _km_window(line.km, base.on, base_km, driving, has_window=has_window)
    km = base_km + line.km if base_km is not None else None
    if by_months is None:
        return Due(by_km, first, last, km, is_by_km=True)
    return Due(min(by_km, by_months), min(first, by_months), min(last, by_months), km, is_by_km=by_km < by_months)


def _km_at_base(base: Base, facts: Facts, driving: Driving) -> int | None:
    if base.cycle in {"sale", "start"} and facts.acquired == "new" and base.on == facts.started_on:
        return 0
    return driving.km_on(base.on)


def _km_window(
    interval: int, base_on: date, base_km: int | None, driving: Driving, *, has_window: bool
) -> tuple[date, date, date]:
    """The day the km are reached, and the 10% and 90% quantiles of that day."""
    start, left = base_on, float(interval)
    if (
        base_km is not None
        and driving.last_km is not None
        and driving.last_on is not None
        and driving.last_on > base_on
    ):
        left = base_km + interval - driving.last_km
        if left <= 0:  # driven already: the day lies between the base and the last reading
            share = interval / max(driving.last_km - base_km, 1)
            on = add_days(base_on, round(share * (driving.last_on - base_on).days))
            return on, on, on
        start = driving.last_on
    on = _day_of(left, start, driving)
    if not has_window:
        return on, on, on
    width = math.exp(Q80 * driving.spread)
    return on, _day_of(left / width, start, driving), _day_of(left * width, start, driving)


def _day_of(km: float, start: date, driving: Driving) -> date:
    """The day on which so many km will have been driven."""
    return add_days(start, min(driving.days_until(start, km), LONGEST_DAYS))


def _interval_days(line: Line, base_on: date, driving: Driving) -> int:
    """The forecast interval between two scheduled maintenances of this car, days: months or km, whichever first."""
    spans = []
    if line.months:
        spans.append((add_months(base_on, line.months) - base_on).days)
    if line.km:
        spans.append(round(line.km / driving.km_per_day))
    return max(min(spans, default=LONGEST_DAYS), 1)


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


def works_due(current: Forecast, *, by: date) -> list[tuple[Line, Due]]:
    """Lines of the schedule that are due by a day, each by its own clock, soonest first: what the visit will hold."""
    found = [(work.line, work.due) for work in current.works if work.due.on <= by]
    return sorted(found, key=lambda item: (item[1].on, item[0].group))
