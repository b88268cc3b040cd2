"""The numbers of the whole population: segment medians, scorecard points, life tables, quintile cuts (DOMAIN 5).

A store's policy says what the business wants; a calibration says what customers do. It is estimated
from the base by `lifecycle/calibrating.py`, kept in versions, and given to `judge` like the policy, so
that a night can be repeated exactly. `SHIPPED` is what stands before a base is large enough to speak.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

FLAT_SEASON = (1.0,) * 12


@dataclass(frozen=True, slots=True)
class Segment:
    """How cars of one kind drive: median km a year; variance of ln(km a year) between cars and within one.

    `cars` is how many cars said so.
    """

    km_per_year: float
    between: float
    within: float
    cars: int = 0


@dataclass(frozen=True, slots=True)
class Driving:
    """`segments` by key (see `segment_key`); `season` is each month's share of the mean month, January first.

    `width` makes the 80% interval hold 80% of the next readings of this base, whatever the formula says.
    """

    segments: Mapping[str, Segment] = field(default_factory=dict)
    season: tuple[float, ...] = FLAT_SEASON
    width: float = 1.0


@dataclass(frozen=True, slots=True)
class Scorecard:
    """Points of each band of each part, in the order of `health.PARTS`; 20 points double the odds."""

    base: int
    points: tuple[tuple[int, ...], ...]


# From ten years of a simulated base of 40,000 cars (lifecycle/estimating/scorecard.py); a base's own replace them.
SHIPPED_YEAR = Scorecard(
    base=-39,
    points=(
        (10, 10, 6, 5, 10, 5, 2, -8, -9, -11, -12),
        (42, 37, 32, 17, 20, 2, -8, -12, -25, -49),
        (14, 21, 22, 22, 8, -3, -19, -13),
        (19, 7, 2, -4, 1, -3, -6, -4, -14, 0),
        (5, 0, -2, 0, -4),
        (9, 1, -8, -2, -2),
        (7, 16, 22, 20, 12, 11, 0, -11, -8),
        (1, 3, -6),
    ),
)
SHIPPED_MONTH = Scorecard(
    base=-111,
    points=(
        (17, 15, 1, 2, 2, 3, -4, -8, -4, -11, -17),
        (40, 37, 32, 15, 33, 12, -8, -16, -23, -46),
        (-23, -2, 42, 47, 31, 31, -4, 3),
        (7, 5, 5, -2, -2, 3, 3, -7, -18, -1),
        (1, -5, 4, 2, 0),
        (2, 2, -8, 2, -1),
        (-3, 5, 18, 18, 20, 17, 11, -8, -1),
        (0, 1, -2),
    ),
)


@dataclass(frozen=True, slots=True)
class Life:
    """Cumulative hazard of an ownership's end by month of ownership, by make id as text.

    `finance_ratio`: how much likelier an end is around the end of a finance contract.
    """

    tables: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    finance_ratio: float = 2.9


@dataclass(frozen=True, slots=True)
class Spend:
    """Gamma-Gamma of what a paid visit costs in one price class (p, q, gamma), and how often the active come.

    `visits_per_interval`: visits a year of those who come, times interval / 365. `retention`: share of those
    who came in a year who come in the next, by the band of the car's age (`health.AGE`).
    """

    p: float
    q: float
    gamma: float
    visits_per_interval: float
    retention: tuple[float, ...]
    customers: int = 0


@dataclass(frozen=True, slots=True)
class Calibration:
    """Everything that is population-wide, in one version. Version 0 is the shipped one.

    `year` and `month` are the scorecards of a visit within 12 months and within 30 days; `spend` and the
    quintile cuts of `margins` (margin per owned year) go by price class, and say nothing until the base has.
    """

    version: int = 0
    driving: Driving = Driving()
    year: Scorecard = SHIPPED_YEAR
    month: Scorecard = SHIPPED_MONTH
    life: Life = Life()
    spend: Mapping[str, Spend] = field(default_factory=dict)
    margins: Mapping[str, tuple[float, ...]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The parameters as plain JSON, without the version, which is the row's own column."""
        found = asdict(self)
        del found["version"]
        return found

    @classmethod
    def from_json(cls, version: int, data: Mapping[str, Any]) -> Self:
        """Parameters as a row keeps them; what an older version did not estimate is as shipped."""
        found = cls(version=version)
        if "driving" in data:
            segments = {key: Segment(**row) for key, row in data["driving"]["segments"].items()}
            driving = Driving(segments, tuple(data["driving"]["season"]), data["driving"].get("width", 1.0))
            found = replace(found, driving=driving)
        if "year" in data:
            found = replace(found, year=_scorecard(data["year"]), month=_scorecard(data["month"]))
        if "life" in data:
            tables = {key: tuple(table) for key, table in data["life"]["tables"].items()}
            found = replace(found, life=Life(tables, data["life"]["finance_ratio"]))
        if "spend" in data:
            spend = {key: Spend(**{**row, "retention": tuple(row["retention"])}) for key, row in data["spend"].items()}
            found = replace(found, spend=spend)
        if "margins" in data:
            found = replace(found, margins={key: tuple(cuts) for key, cuts in data["margins"].items()})
        return found


def _scorecard(data: Mapping[str, Any]) -> Scorecard:
    return Scorecard(data["base"], tuple([tuple(row) for row in data["points"]]))


def segment_key(make_id: int | None, *, is_company: bool) -> str:
    """Cars of a make in private hands, or in a company's: those drive differently enough to part them."""
    return f"{make_id or 0}:{'company' if is_company else 'person'}"


SHIPPED = Calibration()
