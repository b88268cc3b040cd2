"""How well and how fast people filed twice are found, on worlds of the demo generator, which knows who is who.

    python -m benchmarks.duplicates [--vehicles 2000 20000 105000] [--seeds 20261122 31]

Seeds here are used for nothing else. The truth is read only after the pairs are found. Targets: precision 0.98,
recall 0.90. No database: the rules on plain cards; `manage.py find_duplicates` prints the seconds with one.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from datetime import date
from typing import NamedTuple

from customers.rules.duplicates import Base, Card, card_of, find
from customers.rules.names import fold
from dealercrm.demo.world.making import World, make_world

PRECISION, RECALL = 0.98, 0.90


class Result(NamedTuple):
    cards: int
    true: int
    found: int
    right: int
    seconds: float

    @property
    def precision(self) -> float:
        return self.right / max(self.found, 1)

    @property
    def recall(self) -> float:
        return self.right / max(self.true, 1)


def cards_of(world: World) -> dict[int, Card]:
    """The cards of a world as the product would load them; cars by ownership and by visit."""
    cars: dict[int, set[int]] = {}
    for spell in world.spells:
        cars.setdefault(spell.customer, set()).add(spell.car)
    for visit in world.visits:
        cars.setdefault(visit.customer, set()).add(world.spells[visit.spell].car)
    return {
        pk: card_of(
            pk, one.kind, one.last, one.first, one.middle, one.company, one.inn, birth_on=one.birth_on, sex=one.sex,
            city=fold(one.city), phones=frozenset(one.phones), emails=frozenset({one.email} - {""}),
            cars=frozenset(cars.get(pk, ())), has_history=pk in cars,
        )
        for pk, one in enumerate(world.people)
    }  # fmt: skip


def measure(vehicles: int, seed: int) -> Result:
    world = make_world(vehicles=vehicles, seed=seed, today=date(2026, 3, 16))
    started = time.perf_counter()
    cards = cards_of(world)
    base = Base()
    base.add(cards.values())
    found = {(match.first, match.second) for match in find(cards, base)}
    seconds = time.perf_counter() - started
    true = {(one.duplicate_of, pk) for pk, one in enumerate(world.people) if one.duplicate_of is not None}
    true = {(min(pair), max(pair)) for pair in true}
    return Result(len(cards), len(true), len(found), len(found & true), seconds)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vehicles", type=int, nargs="+", default=[2_000, 20_000, 105_000])
    parser.add_argument("--seeds", type=int, nargs="+", default=[20261122, 31])
    options = parser.parse_args()
    missed = 0
    print(f"{'vehicles':>9} {'seed':>9} {'cards':>8} {'twice':>6} {'found':>6} {'precision':>9} {'recall':>7} {'s':>6}")
    for vehicles in options.vehicles:
        for seed in options.seeds:
            one = measure(vehicles, seed)
            print(
                f"{vehicles:>9,} {seed:>9} {one.cards:>8,} {one.true:>6,} {one.found:>6,}"
                f" {one.precision:>9.4f} {one.recall:>7.4f} {one.seconds:>6.1f}",
                flush=True,
            )
            missed += one.precision < PRECISION or one.recall < RECALL
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB, the generator's included")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
