"""The base by stage as a manager reads it: counts, shares and movement, ready to be drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from dealercrm.accounts.models import Dealership
from lifecycle.models import Stage, StageChange, StageCount, Standing, Substage
from lifecycle.prospects import count_prospects

Counts = Mapping[tuple[str, str], int]
ACTIVE = (Stage.PURCHASE, Stage.FIRST_SERVICE, Stage.RETENTION, Stage.REPEAT_PURCHASE)
SHOWN = (Stage.PROSPECT, *ACTIVE, Stage.DORMANT, Stage.LOST, Stage.ENDED)
WITHOUT_CAR = (Stage.PROSPECT, Stage.ENDED)  # shown, and no owners
IN_ORDER: dict[str, int] = {substage.value: position for position, substage in enumerate(Substage)}
PERIODS = {"week": 7, "month": 30}


@dataclass(frozen=True, slots=True)
class Part:
    """A substage inside its stage's bar; `start` and `width` are thousandths of the longest bar."""

    substage: str
    label: str
    number: int
    share: float
    start: float
    width: float
    tone: float


@dataclass(frozen=True, slots=True)
class Bar:
    """A stage: its number, its share of all owners (None: no owners stand there), its movement, its substages."""

    stage: str
    label: str
    number: int
    share: float | None
    week: int | None
    month: int | None
    parts: list[Part] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Summary:
    """`owners` counts cars that have an owner and a stage; prospects and the ended are shown and not counted."""

    owners: int
    active: int
    active_share: float | None
    active_change: float | None
    thin_ice: int
    bars: list[Bar]

    @property
    def active_change_points(self) -> float | None:
        return None if self.active_change is None else self.active_change * 100


def summary_of(stores: list[Dealership], today: date) -> Summary:
    """Four queries: now with the prospects, a week ago, a month ago."""
    now = Standing.objects.filter(dealership__in=stores).count_by_stage()
    now |= {(Stage.PROSPECT.value, substage): number for substage, number in count_prospects(stores).items()}
    snapshots = StageCount.objects.filter(dealership__in=stores)
    week, month = (snapshots.as_of(today - timedelta(days=days)) for days in PERIODS.values())
    owners, active = _owners(now), _active(now)
    then = _owners(month)
    share = active / owners if owners else None
    return Summary(
        owners=owners,
        active=active,
        active_share=share,
        active_change=share - _active(month) / then if share is not None and then else None,
        thin_ice=now.get((Stage.RETENTION, Substage.THIN_ICE), 0),
        bars=_bars(now, week, month),
    )


def moves(stores: list[Dealership], *, since: date) -> list[tuple[str, str, int]]:
    """(from, to, ownerships) since a day, most first. One query."""
    return StageChange.objects.filter(dealership__in=stores).moves_between_stages(since=since)


def _owners(counts: Counts) -> int:
    return sum(number for (stage, _), number in counts.items() if stage and stage not in WITHOUT_CAR)


def _active(counts: Counts) -> int:
    return sum(number for (stage, _), number in counts.items() if stage in ACTIVE)


def _of_stage(counts: Counts, stage: str) -> int:
    return sum(number for (one, _), number in counts.items() if one == stage)


def _bars(now: Counts, week: Counts, month: Counts) -> list[Bar]:
    owners = _owners(now)
    longest = max((_of_stage(now, stage) for stage in SHOWN), default=0) or 1
    bars = []
    for stage in SHOWN:
        number = _of_stage(now, stage)
        bars.append(
            Bar(
                stage=stage.value,
                label=str(stage.label),
                number=number,
                share=number / owners if owners and stage not in WITHOUT_CAR else None,
                week=number - _of_stage(week, stage) if week else None,
                month=number - _of_stage(month, stage) if month else None,
                parts=_parts(stage, now, longest),
            )
        )
    return bars


def _parts(stage: Stage, counts: Counts, longest: int) -> list[Part]:
    """Substages in the order of DOMAIN, the later ones in a fainter tone of the stage's hue."""
    found = sorted(
        ((substage, number) for (one, substage), number in counts.items() if one == stage and number),
        key=lambda item: IN_ORDER.get(item[0], 99),
    )
    parts, start = [], 0.0
    whole = sum(number for _, number in found) or 1
    for position, (substage, number) in enumerate(found):
        width = 1000 * number / longest
        tone = round(1 - 0.6 * position / max(len(found) - 1, 1), 2)
        parts.append(
            Part(
                substage, str(Substage(substage).label), number, number / whole, round(start, 1), round(width, 1), tone
            )
        )
        start += width
    return parts
