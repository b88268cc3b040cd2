"""One refit: two passes over a sample of histories, every part beside the numbers in force, the better one kept.

What is fitted sees only the customers who are not `is_unseen`; what is compared sees only those who are.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np

from lifecycle.estimating.driving import Stretch, estimate_driving, stretches_of
from lifecycle.estimating.scorecard import FEWEST as FEWEST_LABELLED
from lifecycle.estimating.scorecard import Quality, fit_scorecard, quality_of
from lifecycle.estimating.spend import FEWEST as FEWEST_SPENDERS
from lifecycle.estimating.spend import fit_gamma_gamma, quintile_cuts
from lifecycle.estimating.survival import Owned, estimate_life, kaplan_meier, median_of
from lifecycle.rules.calibration import Calibration, Scorecard, Spend, segment_key
from lifecycle.rules.clock import Clock
from lifecycle.rules.facts import Facts, known_on
from lifecycle.rules.health import AGE, PARTS, Bands, bands_of
from lifecycle.rules.life import MARKET_MEDIAN, MONTH
from lifecycle.rules.maintenance import forecast, readings_of
from lifecycle.rules.odometer import Q80
from lifecycle.rules.policy import LifecycleValues
from lifecycle.rules.selling import owned_since
from lifecycle.rules.worth import YEAR, margin_of
from vehicles.rules.driving import epochs_of
from vehicles.rules.odometer import VALUES as BELIEVED
from vehicles.rules.odometer import Reading as Shown
from vehicles.rules.odometer import doubts

HORIZON, SOON = 365, 30  # days
AGE_PART = list(PARTS).index("age")
NO_WORSE = 1.02  # of the median error: less is the luck of the sample
PRIOR_CUSTOMERS = 20  # weight of the overall retention in an age band


class Sample(NamedTuple):
    """One ownership; customers fall into the seen or the unseen with all their cars."""

    number: int
    facts: Facts
    values: LifecycleValues
    is_unseen: bool


class Estimate(NamedTuple):
    """The numbers that shall stand, and for every part its sizes, its errors and whether the new ones were kept."""

    numbers: Calibration
    quality: dict[str, Any]

    @property
    def is_kept(self) -> bool:
        return any(part["kept"] for part in self.quality.values())


class Snapshot(NamedTuple):
    """An ownership as it stood on an earlier day, and what came of it."""

    bands: Bands
    came: bool
    visits: int
    came_before: bool
    interval_days: int
    price_class: str


def refit(samples: Callable[[], Iterable[Sample]], current: Calibration, today: date) -> Estimate:
    """`samples` is asked twice: for what each history says by itself, then for what new driving numbers make of it."""
    first = _FirstPass(today)
    for sample in samples():
        first.take(sample)
    numbers = replace(
        current,
        driving=estimate_driving(first.stretches),
        life=estimate_life(first.owned),
        margins={name: quintile_cuts(rows) for name, rows in first.margins.items() if len(rows) >= FEWEST_SPENDERS},
    )
    second = _SecondPass(today, current, numbers)
    for sample in samples():
        second.take(sample)
    quality: dict[str, Any] = {"driving": second.driving_quality()}
    if quality["driving"]["kept"]:
        numbers = replace(numbers, driving=replace(numbers.driving, width=second.width()))
    else:
        numbers = replace(numbers, driving=current.driving)
    numbers, quality["year"] = _better_card(numbers, "year", current.year, second.year)
    numbers, quality["month"] = _better_card(numbers, "month", current.month, second.month)
    quality["life"] = first.life_quality()
    spend, quality["spend"] = _spend(first, second.year[False] + second.year[True])
    numbers = replace(numbers, spend={**current.spend, **spend}, margins={**current.margins, **numbers.margins})
    quality["margins"] = {
        "kept": bool(numbers.margins), "sizes": {name: len(rows) for name, rows in sorted(first.margins.items())}
    }  # fmt: skip
    return Estimate(numbers, quality)


class _FirstPass:
    """Driving, terms of ownership, spend and margins."""

    def __init__(self, today: date) -> None:
        self.today = today
        self.stretches: list[Stretch] = []
        self.owned: list[Owned] = []
        self.makes: dict[str, int] = {}
        self.spend: dict[str, list[tuple[int, float]]] = defaultdict(list)
        self.margins: dict[str, list[float]] = defaultdict(list)

    def take(self, sample: Sample) -> None:
        facts, values = known_on(sample.facts, Clock(self.today)), sample.values
        if facts.is_gone or facts.started_on > self.today:
            return
        if not sample.is_unseen:
            key = segment_key(facts.market.make_id, is_company=facts.is_company)
            epochs = epochs_of([row for row in readings_of(facts) if not row.is_doubted], BELIEVED.drop_km)
            self.stretches += stretches_of(sample.number, key, epochs, values.odometer_gap_days)
        if facts.bought_from_us:
            self.owned.append(owned_by(facts))
        paid = [visit.paid for visit in facts.visits if visit.is_ours and visit.paid > 0]
        if paid:
            self.spend[facts.market.price_class].append((len(paid), sum(paid) / len(paid)))
            years = max((self.today - facts.started_on).days / YEAR, 1.0)
            self.margins[facts.market.price_class].append(margin_of(facts, values) / years)

    def life_quality(self) -> dict[str, Any]:
        """Half of the ownerships of a make have ended by so many months, by Kaplan and Meier; None: not yet."""
        ends: dict[str, list[Owned]] = defaultdict(list)
        for row in self.owned:
            ends[row.make].append(row)
        medians = {}
        for make, rows in sorted(ends.items()):
            curve = kaplan_meier([row.months for row in rows], [row.has_ended for row in rows])
            medians[make] = {
                "cars": len(rows),
                "ended": sum(row.has_ended for row in rows),
                "median_months": round(found, 1) if (found := median_of(curve)) is not None else None,
            }
        return {"kept": bool(self.owned), "makes": medians}


def owned_by(facts: Facts) -> Owned:
    """The term of an ownership; one that is open ends where we last heard of it, never today."""
    has_ended = facts.ended_on is not None and facts.end_reason != "moved_away"
    until = facts.ended_on or owned_since(facts)[0]
    finance = [cover.ends_on for cover in facts.covers if cover.kind == "finance"]
    return Owned(
        make=str(facts.market.make_id or 0),
        median=facts.market.first_ownership_months or MARKET_MEDIAN,
        months=max((until - facts.started_on).days, 0) / MONTH,
        has_ended=has_ended,
        finance_month=(max(finance) - facts.started_on).days / MONTH if finance else None,
    )


class Miss(NamedTuple):
    """How far a reading lay from its forecast: in km, and in spreads of ln(driven km)."""

    km: float
    deviation: float


class _SecondPass:
    """Earlier snapshots with what came of them, and the odometer's errors, under the old and the new numbers."""

    def __init__(self, today: date, current: Calibration, numbers: Calibration) -> None:
        self.today, self.current, self.numbers = today, current, numbers
        self.year: dict[bool, list[Snapshot]] = {False: [], True: []}
        self.month: dict[bool, list[Snapshot]] = {False: [], True: []}
        self.errors: dict[str, list[Miss]] = {"old": [], "new": []}
        self.seen_misses: list[Miss] = []

    def take(self, sample: Sample) -> None:
        facts = sample.facts
        if facts.is_gone:
            return
        numbers = self.numbers
        found = snapshot(facts, sample.values, numbers, self.today - timedelta(days=HORIZON), HORIZON)
        if found:
            self.year[sample.is_unseen].append(found)
        # A month's chance depends on the season: the snapshots of the sample are spread over a year.
        month = self.today - timedelta(days=SOON * (1 + sample.number % 12))
        found = snapshot(facts, sample.values, numbers, month, SOON)
        if found:
            self.month[sample.is_unseen].append(found)
        known = known_on(facts, Clock(self.today))
        if not sample.is_unseen:
            self.seen_misses += _misses(known, sample.values, self.numbers)
            return
        self.errors["old"] += _misses(known, sample.values, self.current)
        self.errors["new"] += _misses(known, sample.values, self.numbers)

    def width(self) -> float:
        """What the spread must be multiplied by for 80% of the seen cars' last readings to lie inside."""
        if len(self.seen_misses) < FEWEST_LABELLED:
            return 1.0
        found = np.quantile([abs(miss.deviation) for miss in self.seen_misses], 0.8) / Q80
        return round(float(min(max(found, 0.3), 3.0)), 3)

    def driving_quality(self) -> dict[str, Any]:
        """Median error in km at the next reading, and how many lie inside the 80% interval."""
        found: dict[str, Any] = {"size": len(self.errors["new"]), "segments": len(self.numbers.driving.segments)}
        widths = {"old": 1.0, "new": self.width()}
        for name, rows in self.errors.items():
            inside = sum(abs(miss.deviation) <= Q80 * widths[name] for miss in rows)
            found[name] = {
                "median_km": round(float(np.median([miss.km for miss in rows]))) if rows else None,
                "inside": round(inside / len(rows), 4) if rows else None,
            }
        old, new = found["old"], found["new"]
        found["kept"] = (
            bool(self.numbers.driving.segments)
            and old["median_km"] is not None
            and new["median_km"] <= old["median_km"] * NO_WORSE
            and abs(new["inside"] - 0.8) <= abs(old["inside"] - 0.8)
        )
        return found


def _misses(facts: Facts, values: LifecycleValues, numbers: Calibration) -> list[Miss]:
    """The last reading, forecast from those before it and, as customers stay away, from those before the one before.

    Empty where there is nothing to compare.
    """
    believed = [row for row in facts.readings if not row.is_doubted]
    found = []
    for left_out in (1, 2):
        if len(believed) <= left_out:
            break
        last, earlier = believed[-1], _as_of(facts, believed[-left_out].on)
        driving = forecast(earlier, values, numbers).driving
        about = driving.km_on(last.on)
        if about is None or driving.last_km is None or driving.last_on is None or last.km <= driving.last_km:
            continue
        if (last.on - driving.last_on).days < values.odometer_gap_days:
            continue
        ratio = math.log((last.km - driving.last_km) / max(about - driving.last_km, 1))
        found.append(Miss(abs(about - last.km), ratio / driving.spread))
    return found


def _as_of(facts: Facts, day: date) -> Facts:
    """The readings before a day, believed as they were then: later ones have not yet spoken for or against them."""
    rows = [row for row in facts.readings if row.on < day]
    usual = facts.market.km_per_year or BELIEVED.km_per_year
    new_on = facts.started_on if facts.acquired == "new" else None
    flags = doubts([Shown(row.on, row.km) for row in rows], usual, new_on=new_on)
    return facts._replace(
        readings=tuple([row._replace(is_doubted=bool(why)) for row, why in zip(rows, flags, strict=True)])
    )


def snapshot(facts: Facts, values: LifecycleValues, numbers: Calibration, day: date, horizon: int) -> Snapshot | None:
    """The bands of a day from what was known then, and whether a visit followed within so many days.

    None for an ownership that the scorecard would not have been asked about.
    """
    if facts.started_on > day:
        return None
    clock = Clock(day)
    known = known_on(facts, clock)
    if known.ended_on is not None:
        return None
    current = forecast(known, values, numbers)
    if not known.bought_from_us and current.last_visit_on is None:
        return None
    until, since = day + timedelta(days=horizon), day - timedelta(days=HORIZON)
    followed = sum(visit.is_ours and day < visit.on <= until for visit in facts.visits)
    return Snapshot(
        bands=bands_of(known, current, clock),
        came=followed > 0,
        visits=followed,
        came_before=any(visit.is_ours and visit.on > since for visit in known.visits),
        interval_days=current.interval_days,
        price_class=facts.market.price_class,
    )


def _better_card(
    numbers: Calibration, name: str, old: Scorecard, found: dict[bool, list[Snapshot]]
) -> tuple[Calibration, dict[str, Any]]:
    """Fit on the seen, compare on the unseen; the log loss decides, because it also punishes bad calibration."""
    seen, unseen = found[False], found[True]
    size = {"fitted_on": len(seen), "unseen": len(unseen)}
    if len(seen) < FEWEST_LABELLED or not unseen or len({row.came for row in seen}) < 2:
        return numbers, {"kept": False, "why": "too_few", **size}
    card = fit_scorecard([row.bands for row in seen], [row.came for row in seen])
    bands, came = [row.bands for row in unseen], [row.came for row in unseen]
    new, before = quality_of(card, bands, came), quality_of(old, bands, came)
    kept = new.log_loss <= before.log_loss
    quality = {"kept": kept, "why": "better" if kept else "worse", **size, "new": _plain(new), "old": _plain(before)}
    if kept:
        numbers = replace(numbers, year=card) if name == "year" else replace(numbers, month=card)
    return numbers, quality


def _plain(quality: Quality) -> dict[str, Any]:
    return {**quality._asdict(), "table": [list(row) for row in quality.table]}


def _spend(first: _FirstPass, snapshots: list[Snapshot]) -> tuple[dict[str, Spend], dict[str, Any]]:
    """Spend of the classes with enough payers; the retention of an age band is drawn to that of all ages."""
    found: dict[str, Spend] = {}
    quality: dict[str, Any] = {"sizes": {name: len(rows) for name, rows in sorted(first.spend.items())}}
    retention = _retention(snapshots)
    for name, rows in sorted(first.spend.items()):
        active = [row for row in snapshots if row.came and row.price_class == name]
        if len(rows) < FEWEST_SPENDERS or len(active) < FEWEST_SPENDERS:
            continue
        fit = fit_gamma_gamma([count for count, _ in rows], [mean for _, mean in rows])
        if fit.q <= 1:  # no mean to be drawn to
            continue
        a_year = sum(row.visits * row.interval_days / 365 for row in active) / len(active)
        found[name] = Spend(
            p=round(fit.p, 4),
            q=round(fit.q, 4),
            gamma=round(fit.gamma, 4),
            visits_per_interval=round(a_year, 4),
            retention=retention,
            customers=len(rows),
        )
        quality[name] = {"mean": round(fit.p * fit.gamma / (fit.q - 1)), "log_likelihood": round(fit.log_likelihood, 2)}
    return found, {"kept": bool(found), **quality}


def _retention(snapshots: list[Snapshot]) -> tuple[float, ...]:
    """Of those who came in a year, who came in the next, by age band."""
    bands = len(AGE) + 2
    came, were = [0] * bands, [0] * bands
    for row in snapshots:
        if row.came_before:
            were[row.bands[AGE_PART]] += 1
            came[row.bands[AGE_PART]] += row.came
    overall = sum(came) / max(sum(were), 1)
    return tuple(
        round((hit + PRIOR_CUSTOMERS * overall) / (size + PRIOR_CUSTOMERS), 4)
        for hit, size in zip(came, were, strict=True)
    )
