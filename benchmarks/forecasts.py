"""How good the forecasts are, on a simulated base whose truth is known: odometer, return, spend, next car.

    python benchmarks/forecasts.py [--vehicles 20000] [--fit 11] [--test 4711]

The numbers are fitted on the world of one seed and tested on the world of another, beside the rules that
dealers use today. Needs no database.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

from dealercrm.demo.world.brands import BRANDS  # noqa: E402
from dealercrm.demo.world.driving import Odometers  # noqa: E402
from dealercrm.demo.world.making import AHEAD_DAYS, YEARS, World, make_world  # noqa: E402
from lifecycle.estimating.refit import Estimate, Sample, refit, snapshot  # noqa: E402
from lifecycle.estimating.scorecard import auc, quality_of  # noqa: E402
from lifecycle.rules.calibration import SHIPPED, Calibration  # noqa: E402
from lifecycle.rules.clock import Clock  # noqa: E402
from lifecycle.rules.facts import CoverFact, Facts, Line, Market, Reading, Visit, known_on  # noqa: E402
from lifecycle.rules.maintenance import forecast  # noqa: E402
from lifecycle.rules.odometer import Q80  # noqa: E402
from lifecycle.rules.policy import LifecycleValues  # noqa: E402
from vehicles.rules.odometer import Reading as Shown  # noqa: E402
from vehicles.rules.odometer import doubts  # noqa: E402

TODAY = date(2026, 3, 16)
VALUES = LifecycleValues()
MAKES = {name: number for number, name in enumerate(BRANDS, start=1)}


def facts_of(world: World) -> list[Facts]:
    """What the product would load of each ownership on file: readings as written down, dirt and all."""
    visits: dict[int, list[Any]] = defaultdict(list)
    covers: dict[int, list[CoverFact]] = defaultdict(list)
    ends = [spell.ended_on or date.max for spell in world.spells]
    for visit in world.visits:
        visits[visit.spell].append(visit)
    for number, cover in enumerate(world.covers):
        covers[cover.spell].append(
            CoverFact(number, cover.kind, cover.product, cover.starts_on, cover.ends_on, cover.limit_km)
        )
    readings: dict[int, list[Reading]] = defaultdict(list)  # of a car, whoever owned it
    for number, spell in enumerate(world.spells):
        readings[spell.car] += [Reading(visit.on, visit.km) for visit in visits[number] if visit.km is not None]
    for of_car, rows in readings.items():
        # As the product flags them on arrival.
        rows.sort()
        usual = BRANDS[world.cars[of_car].brand].km_per_year
        flags = doubts([Shown(row.on, row.km) for row in rows], usual)
        readings[of_car] = [row._replace(is_doubted=bool(why)) for row, why in zip(rows, flags, strict=True)]
    found = []
    for number, spell in enumerate(world.spells):
        car, brand = world.cars[spell.car], BRANDS[world.cars[spell.car].brand]
        person = world.people[spell.customer]
        found.append(
            Facts(
                ownership_id=number,
                acquired=spell.acquired,
                started_on=spell.started_on,
                ended_on=spell.ended_on,
                end_reason=spell.end_reason,
                is_company=person.kind == "company",
                market=Market(
                    brand.price_class, brand.km_per_year, brand.warranty_months, brand.warranty_km,
                    make_id=MAKES[brand.name], first_ownership_months=brand.first_ownership_months,
                ),
                lines=(Line("maintenance", brand.interval_km, brand.interval_months, is_maintenance=True),),
                visits=tuple(
                    Visit(
                        place, visit.on, tuple({line.group for line in visit.lines if not line.is_declined}),
                        paid=visit.total if visit.pay_type == "customer" else 0,
                    )
                    for place, visit in enumerate(visits[number])
                ),
                readings=tuple(row for row in readings[spell.car] if row.on <= ends[number]),
                covers=tuple(sorted(covers[number])),
                built_year=car.year,
            )
        )  # fmt: skip
    return found


def samples_of(world: World, facts: list[Facts]) -> Iterator[Sample]:
    """A quarter of the customers is kept for the comparison."""
    for spell, one in zip(world.spells, facts, strict=True):
        yield Sample(one.ownership_id, one, VALUES, is_unseen=spell.customer * 2654435761 % 2**32 < 2**30)


def fitted(world: World, current: Calibration = SHIPPED) -> Estimate:
    facts = facts_of(world)
    return refit(lambda: samples_of(world, facts), current, world.today)


class OdometerFigures(NamedTuple):
    """km; `flat` is the rule "15,000 a year since the last reading"."""

    cars: int
    median_error: float
    flat_error: float
    inside: float


def odometer_figures(
    world: World, facts: Iterable[Facts], numbers: Calibration, *, ahead: int = 90, seen_within: int = 430
) -> OdometerFigures:
    """Forecasts for so many days after today from what is written down, against the truth.

    Of cars with a reading of the last 14 months: of older ones the product says that their odometer is out of date.
    """
    themes = np.random.SeedSequence([world.seed, 0]).spawn(12)
    days = YEARS * 365 + 2
    first = world.today - timedelta(days=days)
    fleet = world.fleet
    truth = Odometers(
        np.random.default_rng(themes[2]), first=first, days=days + AHEAD_DAYS, yearly=fleet.yearly, km0=fleet.km0,
        day0=fleet.day,
    )  # fmt: skip
    errors: list[float] = []
    flat: list[float] = []
    inside: list[bool] = []
    target = world.today + timedelta(days=ahead)
    for one, spell in zip(facts, world.spells, strict=True):
        if spell.ended_on is not None or not one.readings:
            continue
        if (world.today - one.readings[-1].on).days > seen_within:
            continue
        driving = forecast(one, VALUES, numbers).driving
        about = driving.km_on(target)
        if about is None or driving.last_km is None or driving.last_on is None:
            continue
        true = float(truth.at(np.array([spell.car]), np.array([(target - first).days]))[0])
        errors.append(abs(about - true))
        last = one.readings[-1]
        flat.append(abs(last.km + 15000 / 365 * (target - last.on).days - true))
        middle = max(about - driving.last_km, 1)
        wide = np.exp(Q80 * driving.spread)
        inside.append(bool(driving.last_km + middle / wide <= true <= driving.last_km + middle * wide))
    return OdometerFigures(len(errors), float(np.median(errors)), float(np.median(flat)), float(np.mean(inside)))


def return_figures(
    facts: Iterable[Facts], numbers: Calibration, today: date, *, horizon: int = 365, seen_within: int = 730
) -> dict[str, Any]:
    """AUC of the scorecard and of single rules among customers seen in so many days before the snapshot.

    Those who have been gone for years are easy to tell, by any rule: with them in, every AUC is near .9.
    """
    day = today - timedelta(days=horizon)
    bands, came = [], []
    rules: dict[str, list[float]] = defaultdict(list)
    for one in facts:
        found = snapshot(one, VALUES, numbers, day, horizon)
        if found is None:
            continue
        known = known_on(one, Clock(day))
        current = forecast(known, VALUES, numbers)
        silent = (day - current.silent_since).days
        if silent > seen_within:
            continue
        ours = [visit.on for visit in known.visits]
        gap = (ours[-1] - one.started_on).days / len(ours) if ours else 365
        bands.append(found.bands)
        came.append(found.came)
        rules["days since the last visit"].append(-silent)
        rules["x times the forecast interval"].append(-silent / current.interval_days)
        rules["x times the usual gap"].append(-silent / max(gap, 30))
        rules["visits so far"].append(len(ours))
    quality = quality_of(numbers.year if horizon > 100 else numbers.month, bands, came)
    return {
        "ownerships": quality.size,
        "came": quality.came / quality.size,
        "auc": quality.auc,
        "table": quality.table,
        "rules": {name: round(auc(score, came), 4) for name, score in rules.items()},
    }


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--vehicles", type=int, default=20_000)
    options.add_argument("--fit", type=int, default=11)
    options.add_argument("--test", type=int, default=4711)
    options.add_argument("--shipped", action="store_true", help="print the scorecards as the product ships them")
    chosen = options.parse_args()
    if chosen.fit == chosen.test:
        options.error("fit and test need different seeds")
    started = time.perf_counter()
    estimate = fitted(make_world(vehicles=chosen.vehicles, seed=chosen.fit, today=TODAY))
    print(f"fitted in {time.perf_counter() - started:.0f} s: {json.dumps(estimate.quality, default=str)[:3000]}")
    if chosen.shipped:
        print("year", estimate.numbers.year)
        print("month", estimate.numbers.month)
    world = make_world(vehicles=chosen.vehicles, seed=chosen.test, today=TODAY)
    facts = facts_of(world)
    for name, numbers in (("shipped", SHIPPED), ("calibrated", estimate.numbers)):
        print(name, "odometer", odometer_figures(world, facts, numbers))
        print(name, "12 months", return_figures(facts, numbers, TODAY))
        print(name, "30 days", return_figures(facts, numbers, TODAY, horizon=30))


if __name__ == "__main__":
    main()
