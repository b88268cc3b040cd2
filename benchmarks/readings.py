"""How well wrong odometer readings are told from right ones, against the truth that the demo world plants.

    python benchmarks/readings.py [--vehicles 4000] [--seeds 90001 90002 90003] [--max-wrongly 0.01]

Two questions. In the history: every car's readings judged together, as an import does it. At entry: each
reading alone after those before it, as a form asks. The seeds are used by nothing else. A planted mistake of less
than 1,000 km, and a reading of a car known from it alone, cannot be seen by anybody; the second is told apart.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from dealercrm.demo.world.brands import BRANDS, STORES
from dealercrm.demo.world.making import World, make_world
from vehicles.rules.odometer import Reading, check_entry, doubts

TODAY = date(2026, 3, 16)


class Car(NamedTuple):
    """`is_wrong` by reading; `km_per_year` of its make; sold new by a store on `new_on`, at nought km."""

    readings: list[Reading]
    is_wrong: list[bool]
    km_per_year: int
    new_on: date | None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vehicles", type=int, default=4000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[90001, 90002, 90003])
    parser.add_argument("--max-wrongly", type=float, default=0.01, help="largest share of right readings flagged")
    options = parser.parse_args()
    total: Counter[str] = Counter()
    for seed in options.seeds:
        counts = measure(make_world(vehicles=options.vehicles, seed=seed, today=TODAY))
        show(f"seed {seed}", counts)
        total += counts
    wrongly = show("all", total)
    return 1 if wrongly > options.max_wrongly else 0


def measure(world: World) -> Counter[str]:
    counts: Counter[str] = Counter()
    for car in cars_of(world):
        started = time.perf_counter()
        found = doubts(car.readings, car.km_per_year, new_on=car.new_on)
        counts["ns"] += round((time.perf_counter() - started) * 1e9)
        for index, (is_wrong, why) in enumerate(zip(car.is_wrong, found, strict=True)):
            truth = "wrong" if is_wrong else "right"
            counts[truth] += 1
            counts[f"{truth} alone"] += len(car.readings) == 1 and car.new_on is None
            counts[f"{truth} flagged"] += why is not None
            asked = check_entry(car.readings[index], car.readings[:index], car.km_per_year, new_on=car.new_on)
            counts[f"{truth} asked"] += asked is not None
    return counts


def cars_of(world: World) -> Iterator[Car]:
    truth = world.truth
    planted = set(zip(truth.reading_store.tolist(), truth.reading_order.tolist(), strict=True))
    new_on = {spell.car: spell.started_on for spell in reversed(world.spells) if spell.acquired == "new"}
    rows = sorted(
        (world.spells[visit.spell].car, visit.on, visit.km, (STORES[visit.store].code, visit.number) in planted)
        for visit in world.visits
        if visit.km is not None
    )
    for car, group in groupby(rows, key=lambda row: row[0]):
        history = list(group)
        yield Car(
            [Reading(on, km) for _, on, km, _ in history],
            [is_wrong for *_, is_wrong in history],
            BRANDS[world.cars[car].brand].km_per_year,
            new_on.get(car),
        )


def show(name: str, counts: Counter[str]) -> float:
    """Print one line; the share of right readings that the history flags."""
    wrong, right = counts["wrong"], counts["right"]
    seen = wrong - counts["wrong alone"]
    wrongly = counts["right flagged"] / right
    flagged = counts["wrong flagged"]
    print(
        f"{name}: {right + wrong} readings, {wrong} planted wrong ({counts['wrong alone']} of cars read once). "
        f"History: {flagged / wrong:.1%} of the wrong flagged ({flagged / seen:.1%} of those with another reading), "
        f"{wrongly:.2%} of the right wrongly, precision {flagged / (flagged + counts['right flagged']):.1%}. "
        f"At entry: {counts['wrong asked'] / wrong:.1%} asked about, {counts['right asked'] / right:.2%} needlessly. "
        f"{counts['ns'] / (right + wrong) / 1000:.1f} us a reading."
    )
    return wrongly


if __name__ == "__main__":
    sys.exit(main())
