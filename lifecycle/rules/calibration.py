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
    """`segments` by key (see `segment_key`); `season` is each month's share of the mean month, January first."""

    segments: Mapping[str, Segment] = field(default_factory=dict)
    season: tuple[float, ...] = FLAT_SEASON


@dataclass(frozen=True, slots=True)
class Calibration:
    """Everything that is population-wide, in one version. Version 0 is the shipped one."""

    version: int = 0
    driving: Driving = Driving()

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
            found = replace(found, driving=Driving(segments, tuple(data["driving"]["season"])))
        return found


def segment_key(make_id: int | None, *, is_company: bool) -> str:
    """Cars of a make in private hands, or in a company's: those drive differently enough to part them."""
    return f"{make_id or 0}:{'company' if is_company else 'person'}"


SHIPPED = Calibration()
