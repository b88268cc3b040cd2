"""Odometers as people write them down: rounded, forgotten, mistyped, rolled back before a resale."""

from __future__ import annotations

import numpy as np

from dealercrm.demo.world.driving import Bools, Ints

WRONG, ROUNDED, MISSING = 0.03, 0.15, 0.02
ROLLED_BACK = 0.02  # of cars, at resale
MILE_KM = 1.609344


def written_down(rng: np.random.Generator, true_km: Ints, last_km: Ints) -> tuple[Ints, Bools]:
    """What stands on each order (-1: nothing), and which are wrong. `last_km`: of the car's visit before, or -1."""
    draw = rng.random(len(true_km))
    how = rng.integers(0, 6, len(true_km))
    place = rng.random(len(true_km))
    written = np.where(rng.random(len(true_km)) < ROUNDED, np.round(true_km, -3), true_km)
    written = np.maximum(written, 1)
    for row in np.flatnonzero(draw < WRONG):
        written[row] = _mistake(int(true_km[row]), int(last_km[row]), int(how[row]), float(place[row]))
    written = np.where((draw >= WRONG) & (draw < WRONG + MISSING), -1, written)
    wrong = (draw < WRONG) & (np.abs(written - true_km) > 500)
    return written, wrong


def _mistake(km: int, last_km: int, how: int, place: float) -> int:
    digits = str(max(km, 10))
    at = int(place * (len(digits) - 1))
    if how == 0:
        return int(digits[:at] + digits[at + 1 :])  # a digit lost
    if how == 1:
        return int(digits[: at + 1] + digits[at] + digits[at + 1 :])  # typed twice
    if how == 2:
        return int(digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :])  # swapped
    if how == 3:
        return int(str(int(digits[0]) % 9 + 1) + digits[1:])  # wrong leading digit
    if how == 4 and last_km > 0:
        return last_km  # copied from the last visit
    return round(km / MILE_KM)
