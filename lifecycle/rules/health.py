"""Will this customer come again? A scorecard of DOMAIN section 5: bands of a few facts, points for each band.

Fitted by binned logistic regression (lifecycle/estimating/scorecard.py), used by looking points up:
the score is the sum of the points, 20 points double the odds, and the chance of a visit within
12 months is read off it. Health is that chance as 0-100. The same bands with other points give the
chance of a visit within 30 days.
"""

from __future__ import annotations

import math
from datetime import date
from functools import cache
from typing import NamedTuple

from lifecycle.rules.calibration import Calibration, Scorecard
from lifecycle.rules.clock import Clock
from lifecycle.rules.facts import Facts
from lifecycle.rules.maintenance import Forecast

YEAR = 365.25
POINTS_PER_LOGIT = 20 / math.log(2)
RATIO = (0.5, 0.9, 1.0, 1.1, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0)  # of the forecast interval since the last visit
SILENCE = (0.15, 0.35, 0.6, 0.9, 1.05, 1.2, 1.4, 1.7, 2.2)  # years since any visit
DUE = (-90, -30, -14, 0, 30, 90, 180)  # days past the due date of the next maintenance
AGE = (1, 2, 3, 4, 5, 6, 8, 11)  # years of the car; after the last band: not known
SERVICES = 4  # maintenances here; so many or more are one band
WARRANTY = (-365, 1, 366)  # days past its end; after the last band: none known
RHYTHM = (0.5, 0.8, 1.0, 1.2, 1.5, 2.0, 3.0)  # silence / usual gap of this customer; after the last: no gap yet
ACQUIRED = ("new", "used", "elsewhere")

# How many bands each part has, in the order of `bands_of`.
PARTS: dict[str, int] = {
    "ratio": len(RATIO) + 1,
    "silence": len(SILENCE) + 1,
    "due": len(DUE) + 1,
    "age": len(AGE) + 2,
    "services": SERVICES + 1,
    "warranty": len(WARRANTY) + 2,
    "rhythm": len(RHYTHM) + 2,
    "acquired": len(ACQUIRED),
}

Bands = tuple[int, ...]


class Health(NamedTuple):
    """`chance` of any visit within 12 months and `soon` within 30 days, in percent; `points` by part of `PARTS`."""

    chance: int
    soon: int
    bands: Bands
    points: tuple[int, ...]


def health_of(facts: Facts, current: Forecast, calibration: Calibration, clock: Clock) -> Health:
    """The scorecard of an ownership that has not ended."""
    bands = bands_of(facts, current, clock)
    found = points(calibration.year, bands)
    return Health(
        chance=_percent(calibration.year.base + sum(found)),
        soon=chance(calibration.month, bands),
        bands=bands,
        points=found,
    )


def points(card: Scorecard, bands: Bands) -> tuple[int, ...]:
    return tuple([row[band] for row, band in zip(card.points, bands, strict=True)])


def chance(card: Scorecard, bands: Bands) -> int:
    """The chance in percent."""
    return _percent(card.base + sum(points(card, bands)))


@cache
def _percent(score: int) -> int:
    """Of a score, which is a whole number of a few hundred. Nothing is certain: it ends at 1 and 99."""
    return min(max(round(100 / (1 + math.exp(-score / POINTS_PER_LOGIT))), 1), 99)


def bands_of(facts: Facts, current: Forecast, clock: Clock) -> Bands:
    """The band of each part, in the order of `PARTS`; the clock keeps the day on which one is left."""
    since = current.silent_since
    gap = _usual_gap(facts, current)
    built = _built_on(facts)
    return (
        clock.band(since, RATIO, current.interval_days),
        clock.band(since, SILENCE, YEAR),
        clock.band(current.due.on, DUE),
        clock.band(built, AGE, YEAR) if built else len(AGE) + 1,
        min(len(current.maintained_on), SERVICES),
        clock.band(current.warranty_until, WARRANTY) if current.warranty_until else len(WARRANTY) + 1,
        clock.band(since, RHYTHM, gap) if gap else len(RHYTHM) + 1,
        ACQUIRED.index(facts.acquired),
    )


def _usual_gap(facts: Facts, current: Forecast) -> float | None:
    """Mean days between this customer's visits, the sale counted as the first; None before there is a gap."""
    if current.last_visit_on is None:
        return None
    gaps = current.visits if facts.bought_from_us else current.visits - 1
    days = (current.last_visit_on - facts.started_on).days
    return days / gaps if gaps and days > 0 else None


def _built_on(facts: Facts) -> date | None:
    """A car sold new is as old as its sale; of another one the middle of its year is known at best."""
    if facts.acquired == "new":
        return facts.started_on
    return date(facts.built_year, 7, 1) if facts.built_year else None
