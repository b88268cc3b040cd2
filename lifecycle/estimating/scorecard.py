"""Points of the return scorecard: logistic regression on bands, and how well it tells who comes (DOMAIN section 5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lifecycle.rules.calibration import Scorecard
from lifecycle.rules.health import PARTS, POINTS_PER_LOGIT, Bands

FEWEST = 500  # labelled ownerships for a fit
RIDGE = 2.0  # a band draws to no effect with the weight of a few customers
STEPS = 30

Floats = npt.NDArray[np.float64]


class Quality(NamedTuple):
    """On customers the points were not fitted on. `table`: (customers, mean forecast, share who came) by tenth."""

    size: int
    came: int
    auc: float
    log_loss: float
    table: tuple[tuple[int, float, float], ...]


def fit_scorecard(bands: Sequence[Bands], came: Sequence[bool]) -> Scorecard:
    """Newton's method on the penalised likelihood; points are whole and centred, so that 0 is the mean customer."""
    matrix, target = _one_hot(bands), np.array(came, dtype=np.float64)
    design = np.hstack([np.ones((len(matrix), 1)), matrix])
    penalty = np.full(design.shape[1], RIDGE)
    penalty[0] = 0.0
    weights = np.zeros(design.shape[1])
    share = min(max(float(target.mean()), 0.001), 0.999)
    weights[0] = np.log(share / (1 - share))
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-design @ weights))
        gradient = design.T @ (target - chance) - penalty * weights
        curvature = (design * (chance * (1 - chance))[:, None]).T @ design + np.diag(penalty)
        step = np.linalg.solve(curvature + 1e-9 * np.eye(len(penalty)), gradient)
        # A full step may overshoot where hardly anybody comes: halve it until the likelihood does not fall.
        before = _penalised(weights, design, target, penalty)
        while _penalised(weights + step, design, target, penalty) < before and np.abs(step).max() > 1e-8:
            step = step / 2
        weights += step
        if np.abs(step).max() < 1e-6:
            break
    return _points(weights, matrix)


def _penalised(weights: Floats, design: Floats, target: Floats, penalty: Floats) -> float:
    score = design @ weights
    return float((target * score - np.logaddexp(0, score)).sum() - (penalty * weights**2).sum() / 2)


def _points(weights: Floats, matrix: Floats) -> Scorecard:
    base, rows, place = float(weights[0]), [], 0
    for count in PARTS.values():
        part = weights[1 + place : 1 + place + count]
        mean = float((matrix[:, place : place + count] @ part).mean())
        base += mean
        rows.append(tuple(round(float(weight - mean) * POINTS_PER_LOGIT) for weight in part))
        place += count
    return Scorecard(round(base * POINTS_PER_LOGIT), tuple(rows))


def _one_hot(bands: Sequence[Bands]) -> Floats:
    rows = np.array(bands, dtype=np.int64)
    columns = [np.eye(count)[rows[:, part]] for part, count in enumerate(PARTS.values())]
    return np.hstack(columns)


def forecasts(card: Scorecard, bands: Sequence[Bands]) -> Floats:
    """The chance of each customer, from the whole points that the night uses."""
    rows = np.array(bands, dtype=np.int64)
    score = np.full(len(rows), float(card.base))
    for part, points in enumerate(card.points):
        score += np.array(points, dtype=np.float64)[rows[:, part]]
    return np.asarray(1 / (1 + np.exp(-score / POINTS_PER_LOGIT)))


def quality_of(card: Scorecard, bands: Sequence[Bands], came: Sequence[bool]) -> Quality:
    chance, target = forecasts(card, bands), np.array(came, dtype=np.float64)
    held = np.clip(chance, 0.001, 0.999)
    order = np.argsort(chance, kind="stable")
    table = tuple(
        (len(tenth), round(float(chance[tenth].mean()), 4), round(float(target[tenth].mean()), 4))
        for tenth in np.array_split(order, 10)
        if len(tenth)
    )
    return Quality(
        size=len(target),
        came=int(target.sum()),
        auc=round(auc(chance, target), 4),
        log_loss=round(float(-(target * np.log(held) + (1 - target) * np.log(1 - held)).mean()), 5),
        table=table,
    )


def auc(score: npt.ArrayLike, came: npt.ArrayLike) -> float:
    """Chance that one who came scores higher than one who did not; ties count half (Mann-Whitney)."""
    values, target = np.asarray(score, dtype=np.float64), np.asarray(came, dtype=bool)
    positive, negative = int(target.sum()), int((~target).sum())
    if not positive or not negative:
        return 0.5
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    rank = (last - (counts - 1) / 2)[place]
    return float((rank[target].sum() - positive * (positive + 1) / 2) / (positive * negative))
