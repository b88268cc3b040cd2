"""How long cars are owned: Kaplan and Meier's curve, and the shrunk monthly tables of DOMAIN section 5."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lifecycle.rules.calibration import Life
from lifecycle.rules.life import FINANCE, LONGEST, weibull

SMOOTHING = np.array([1, 2, 3, 2, 1]) / 9
SHRINKAGE = 200  # months of ownership with which the pool speaks in every table
PSEUDO_EVENTS = 30  # weight of the configured median of a make
FEWEST_ENDS = 30  # of one kind for a ratio of rates

Floats = npt.NDArray[np.float64]


class Owned(NamedTuple):
    """One ownership: months until it ended, or until the last day we know it still went on (`has_ended` false).

    `finance_month`: the month in which a finance contract ended, if there was one.
    """

    make: str
    median: int
    months: float
    has_ended: bool
    finance_month: float | None = None


def kaplan_meier(durations: Sequence[float], has_ended: Sequence[bool]) -> list[tuple[float, float]]:
    """(time, share that goes on beyond it) at each time of an end. Kaplan and Meier (1958)."""
    ends: dict[float, int] = defaultdict(int)
    leaves: dict[float, int] = defaultdict(int)
    for time, ended in zip(durations, has_ended, strict=True):
        leaves[time] += 1
        ends[time] += ended
    at_risk, share, curve = len(durations), 1.0, []
    for time in sorted(leaves):
        if ends[time]:
            share *= 1 - ends[time] / at_risk
            curve.append((time, share))
        at_risk -= leaves[time]
    return curve


def median_of(curve: Sequence[tuple[float, float]]) -> float | None:
    """The time at which half have ended; None where fewer have."""
    return next((time for time, share in curve if share <= 0.5), None)


def estimate_life(owned: Sequence[Owned]) -> Life:
    """h_g(m) = (K d_g + 200 h_pool) / (K n_g + 200), as cumulative hazards; and the signal's ratio of rates."""
    counts: dict[str, tuple[Floats, Floats]] = {}
    medians: dict[str, int] = {}
    for row in owned:
        ends, exposed = counts.setdefault(row.make, (np.zeros(LONGEST), np.zeros(LONGEST)))
        _count(row, ends, exposed)
        medians[row.make] = row.median
    if not counts:
        return Life()
    pool_ends = sum((ends for ends, _ in counts.values()), np.zeros(LONGEST))
    pool_exposed = sum((exposed for _, exposed in counts.values()), np.zeros(LONGEST))
    pool = _smooth(pool_ends) / np.maximum(_smooth(pool_exposed), 1.0)
    tables = {make: _table(ends, exposed, pool, medians[make]) for make, (ends, exposed) in counts.items()}
    return Life(tables, _finance_ratio(owned, tables))


def _count(row: Owned, ends: Floats, exposed: Floats) -> None:
    whole = min(int(row.months), LONGEST - 1)
    exposed[:whole] += 1
    if row.has_ended and row.months < LONGEST:
        ends[whole] += 1
        exposed[whole] += 1
    else:
        exposed[whole] += row.months - whole if row.months < LONGEST else 1


def _smooth(counts: Floats) -> Floats:
    """K of DOMAIN: (1, 2, 3, 2, 1) / 9 over the neighbouring months; the ends are repeated."""
    padded = np.pad(counts, 2, mode="edge")
    return np.convolve(padded, SMOOTHING, mode="valid")


def _table(ends: Floats, exposed: Floats, pool: Floats, median: int) -> tuple[float, ...]:
    prior = np.array(weibull(median))
    alive = PSEUDO_EVENTS * np.exp(-prior[:-1])
    hazard = 1 - np.exp(-np.diff(prior))
    with_prior = _smooth(ends) + alive * hazard, _smooth(exposed) + alive
    shrunk = (with_prior[0] + SHRINKAGE * pool) / (with_prior[1] + SHRINKAGE)
    steps = -np.log(1 - np.clip(shrunk, 0, 0.5))
    return tuple(round(float(value), 5) for value in np.concatenate([[0.0], np.cumsum(steps)]))


def _finance_ratio(owned: Sequence[Owned], tables: Mapping[str, Sequence[float]]) -> float:
    """Ends seen around the end of finance contracts / ends that the tables expect there."""
    seen = expected = 0.0
    for row in owned:
        if row.finance_month is None:
            continue
        first = max(row.finance_month + FINANCE[0], 0.0)
        last = min(row.finance_month + FINANCE[1], row.months, LONGEST)
        if last <= first:
            continue
        table = tables[row.make]
        months = np.arange(len(table))
        expected += float(np.interp(last, months, table) - np.interp(first, months, table))
        seen += row.has_ended and first <= row.months <= row.finance_month + FINANCE[1]
    if seen < FEWEST_ENDS or expected <= 0:
        return Life().finance_ratio
    return round(min(max(seen / expected, 1.0), 6.0), 2)
