"""Does the measurement tell the truth? Campaigns with a planted effect, drawn and judged by the product's own rules.

    python benchmarks/measuring.py [--worlds 1000] [--customers 3000]

Each world has customers who come anyway, the more loyal ones more often; the loyal also answer the telephone more
often. A call brings some of those who answer and would not have come. Shown beside the holdout's figures: what one
would believe by comparing reached with not reached.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from campaigns.rules.measuring import difference_of_shares  # noqa: E402
from campaigns.rules.verdicts import ALARM, EARNS, LOSES, Customer, Result, judge  # noqa: E402
from customers.rules.drawing import is_held_out  # noqa: E402

CALL_COST, CALLS = 90.0, 2  # roubles, dials to a contacted customer
MARGIN = 5000.0  # of a visit, lognormal around it
LEAST = 0.02


class World(NamedTuple):
    """What is planted: `brings` is the chance that a call answered brings who would not have come."""

    name: str
    brings: float
    share: float = 0.10
    cost: float = CALL_COST


class Seen(NamedTuple):
    truth: float  # customers of 100 in 1, brought by the campaign, over everybody contacted
    result: Result
    reached: tuple[float, float, float]  # reached less not reached: what a naive report would show


def live(world: World, customers: int, seed: int) -> Seen:
    """One campaign from the draw to the verdict."""
    dice = random.Random(seed)
    asked: list[Customer] = []
    held: list[Customer] = []
    came = {True: [0, 0], False: [0, 0]}  # reached: came, all
    truth = 0.0
    for number in range(customers):
        loyalty = dice.betavariate(1.2, 2.8)
        answers = 0.2 + 0.6 * loyalty
        truth += (1 - loyalty) * answers * world.brings
        comes = dice.random() < loyalty
        spends = MARGIN * dice.lognormvariate(-0.32, 0.8)
        reached = dice.random() < answers
        brought = reached and dice.random() < world.brings
        if is_held_out("due", f"world{seed}", number, world.share):
            held.append(Customer(comes, spends * comes, 0.0))
            continue
        comes = comes or brought
        asked.append(Customer(comes, spends * comes, world.cost * CALLS))
        came[reached][0] += comes
        came[reached][1] += 1
    result = judge(asked, held, share=world.share, least_effect=LEAST)
    return Seen(truth / customers, result, difference_of_shares(*came[True], *came[False]))


class Score(NamedTuple):
    """Shares of worlds: interval holds the truth, verdicts, false alarms; means of what was seen."""

    truth: float
    covered: float
    mean: float
    earns: float
    loses: float
    alarms: float
    naive: float
    naive_covered: float
    needed: float


def score(world: World, customers: int, worlds: int, *, first: int = 0) -> Score:
    seen = [live(world, customers, seed) for seed in range(first, first + worlds)]

    def share(flags: list[bool]) -> float:
        return sum(flags) / worlds

    uplifts = [(one.truth, one.result.uplift) for one in seen if one.result.uplift is not None]
    return Score(
        sum(one.truth for one in seen) / worlds,
        share([uplift.low <= truth <= uplift.high for truth, uplift in uplifts]),
        sum(uplift.value for _, uplift in uplifts) / worlds,
        share([one.result.verdict == EARNS for one in seen]),
        share([one.result.verdict == LOSES for one in seen]),
        share([(one.result.sample_ratio_p or 1) < ALARM for one in seen]),
        sum(one.reached[0] for one in seen) / worlds,
        share([one.reached[1] <= one.truth <= one.reached[2] for one in seen]),
        sum(one.result.needed for one in seen) / worlds,
    )


WORLDS = (
    World("nothing, for nothing", 0.0, cost=0.0),
    World("nothing, at a cost", 0.0),
    World("a little", 0.10),
    World("a good campaign", 0.25),
    World("a good campaign, half held out", 0.25, share=0.5),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", type=int, default=1000)
    parser.add_argument("--customers", type=int, default=3000)
    options = parser.parse_args()
    print(f"{options.worlds} worlds of {options.customers} customers; shares of worlds, effects in points")
    print(f"{'':32}{'truth':>7}{'seen':>7}{'covers':>8}{'earns':>7}{'loses':>7}{'alarm':>7}{'naive':>8}{'covers':>8}")
    for world in WORLDS:
        started = time.process_time()
        found = score(world, options.customers, options.worlds)
        print(
            f"{world.name:32}{100 * found.truth:7.2f}{100 * found.mean:7.2f}{found.covered:8.1%}{found.earns:7.1%}"
            f"{found.loses:7.1%}{found.alarms:7.2%}{100 * found.naive:8.2f}{found.naive_covered:8.1%}"
            f"   {time.process_time() - started:.0f} s",
            flush=True,
        )


if __name__ == "__main__":
    main()
