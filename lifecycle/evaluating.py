"""Judge a chunk of ownerships and write what differs: standings, stage changes, occasions.

The caller opens the transaction. Judging twice writes nothing the second time: what stands is read and
compared first, as plain values, because a model instance costs more than the judgement it would hold.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from dealercrm.accounts.models import Dealership
from dealercrm.accounts.writing import insert_keyed, insert_values, replace_keyed
from lifecycle.alarming import Turn, remember_health
from lifecycle.library import Library
from lifecycle.loading import Loaded
from lifecycle.models import JudgedBase, StageChange, Standing, Versions
from lifecycle.opening import Judged, write_occasions
from lifecycle.rules.judging import RULES_VERSION, Judgement, judge
from lifecycle.rules.policy import LifecycleValues
from lifecycle.sheets import read_facts
from vehicles.models import Ownership

Values = dict[str, Any]
Row = tuple[Any, ...]
COMPARED = (
    "ownership_id",
    "customer_id",
    "dealership_id",
    "stage",
    "substage",
    "why",
    "last_visit_on",
    "interval_days",
    "due_on",
    "due_from",
    "due_to",
    "due_km",
    "km_per_year",
    "odometer_km",
    "odometer_on",
    "forecasts",
    "health",
    "chance_soon",
    "loyalty",
    "probably_sold",
    "visits_24m",
    "rfm_r",
    "rfm_f",
    "rfm_m",
    "value_24m",
    "evaluate_on",
    "facts_version",
    "policy_version",
    "rules_version",
    "calibration_version",
)
MOST = 2_000_000_000

logger = logging.getLogger(__name__)


def to_judge(store: Dealership, day: date, versions: Versions, *, is_full: bool = False) -> QuerySet[Ownership]:
    """Ownerships of a store that a run of this date must judge: due, changed, new, or all of them. One query more.

    Judged by other `versions` is who neither says these himself nor belongs to a base that stands judged by them.
    """
    ours = Ownership.objects.filter(home_store=store)
    if is_full:
        return ours
    # Each condition by itself, on a join by the key: asked as "no standing exists that is right in all of them",
    # PostgreSQL believes after a new policy that there is next to none, and compares every car with every standing.
    wanted = (
        Q(standing=None)
        | Q(standing__evaluate_on__lte=day)
        | ~Q(standing__facts_version=F("facts_version"))
        | ~Q(standing__dealership=store)
    )
    if JudgedBase.objects.versions_of(store.pk) != versions:
        wanted |= (
            ~Q(standing__policy_version=versions.policy)
            | ~Q(standing__calibration_version=versions.calibration)
            | ~Q(standing__rules_version=versions.rules)
        )
    return ours.filter(wanted)


def evaluate(
    ids: Collection[int], *, day: date, now: datetime, library: Library, afresh: Collection[int] = ()
) -> Counter[str]:
    """Judge these ownerships as of a local date; returns what was judged, changed, opened and closed.

    `afresh`: ownerships whose facts are read from their rows, whatever is kept of them. "differences" are
    judgements that came out otherwise though no day had come and nobody had noted a new fact: a fault.
    """
    before = {row[0]: row for row in Standing.objects.filter(pk__among=ids).values_list(*COMPARED, *_BESIDES)}
    rows, unnoted = read_facts(ids, library, afresh=afresh)
    calibration = library.calibration
    judged = [(row, judge(row.facts, _values_of(row, library), day, calibration, only_open=True)) for row in rows]
    current = {row.ownership_id for row in rows if _is_current(before.get(row.ownership_id), row, library, day)}
    written, written_counts = _write_standings(judged, before, day=day, now=now, library=library)
    talked_about, counts = write_occasions(judged, day, library)
    counts.update(written_counts, judged=len(judged))
    counts["differences"] = _report_faults(current & (written | talked_about | unnoted), rows)
    return counts


def _values_of(row: Loaded, library: Library) -> LifecycleValues:
    return library.values(row.dealership_id, row.facts.category)


_BESIDES = ("since", "judged_on")
STAMPS = ("policy_version", "rules_version", "calibration_version")  # by what it was judged; no output of a rule
_OUTPUTS = len(COMPARED) - len(STAMPS)  # so many columns before the stamps


def _is_current(before: Row | None, row: Loaded, library: Library, day: date) -> bool:
    """Was the standing right by all that is noted? The question of `to_judge`, asked of one row."""
    if before is None:
        return False
    old = dict(zip(COMPARED, before[: len(COMPARED)], strict=True))
    return bool(
        old["facts_version"] == row.facts_version
        and old["dealership_id"] == row.dealership_id
        and (
            library.is_settled(row.dealership_id)
            or tuple([old[name] for name in STAMPS]) == library.versions(row.dealership_id)
        )
        and (old["evaluate_on"] is None or old["evaluate_on"] > day)
    )


def _write_standings(
    judged: Judged, before: dict[int, Row], *, day: date, now: datetime, library: Library
) -> tuple[set[int], Counter[str]]:
    """Write the standings that differ, journal the moves, watch the health; whose were written, and the counts.

    The same judgement by a newer policy is no difference: `JudgedBase` says it of all of them at once.
    """
    fresh: list[Row] = []
    changed: list[Row] = []
    turns: list[Turn] = []
    moves: list[Row] = []
    for row, judgement in judged:
        new = standing_values(row, judgement, library)
        stands = before.get(row.ownership_id)
        values = tuple(new.values())
        if stands is None:
            fresh.append((*values, day, day))
            if new["stage"]:
                moves.append(_move("", "", new, day=day, now=now))
            continue
        if stands[:_OUTPUTS] == values[:_OUTPUTS]:
            continue
        *old_values, since, judged_on = stands
        old = dict(zip(COMPARED, old_values, strict=True))
        turns.append(Turn(old, new, judged_on, _values_of(row, library).health_fall_points))
        if (old["stage"], old["substage"]) != (new["stage"], new["substage"]):
            moves.append(_move(old["stage"], old["substage"], new, day=day, now=now))
            since = day
        changed.append((*values, since, day))
    insert_keyed(Standing, _WRITTEN, fresh)
    replace_keyed(Standing, _WRITTEN, changed)
    insert_values(StageChange, _MOVE, moves)
    alarms = remember_health(turns, day=day, card=library.calibration.year)
    written = {values[0] for values in (*fresh, *changed)}
    return written, Counter(standings=len(written), moved=len(moves), alarms=alarms)


_WRITTEN = (*COMPARED, *_BESIDES)


_MOVE = (
    "ownership_id", "dealership_id", "on", "at", "from_stage", "from_substage", "to_stage", "to_substage", "why",
)  # fmt: skip


def _move(stage: str, substage: str, new: Values, *, day: date, now: datetime) -> tuple[Any, ...]:
    return (
        new["ownership_id"], new["dealership_id"], day, now, stage, substage, new["stage"], new["substage"], new["why"],
    )  # fmt: skip


def _report_faults(suspects: set[int], rows: Collection[Loaded]) -> int:
    """Say loudly which judgements differ without a cause; a fact that was noted while we judged is a cause."""
    if not suspects:
        return 0
    judged = {row.ownership_id: row.facts_version for row in rows}
    now = Ownership.objects.filter(pk__among=suspects).values_list("pk", "facts_version")
    faults = sorted(pk for pk, version in now if version == judged[pk])
    if faults:
        logger.error("%s judgements differ though nothing was noted, of ownerships %s", len(faults), faults[:20])
    return len(faults)


def standing_values(row: Loaded, judgement: Judgement, library: Library) -> Values:
    """The judgement as the columns in `COMPARED`, in their order: what stood before has no say in these."""
    current, driving = judgement.forecast, judgement.forecast.driving
    health, worth = judgement.health, judgement.worth
    return {
        "ownership_id": row.ownership_id,
        "customer_id": row.customer_id,
        "dealership_id": row.dealership_id,
        "stage": judgement.place.stage,
        "substage": judgement.place.substage,
        "why": judgement.place.why.as_json(),
        "last_visit_on": current.last_visit_on,
        "interval_days": current.interval_days,
        "due_on": current.due.on,
        "due_from": current.due.first_on,
        "due_to": current.due.last_on,
        "due_km": _whole(current.due.km),
        "km_per_year": _whole(driving.km_per_year),
        "odometer_km": _whole(driving.last_km),
        "odometer_on": driving.last_on,
        "forecasts": _forecasts(judgement),
        "health": health.chance if health else None,
        "chance_soon": health.soon if health else None,
        "loyalty": judgement.loyalty,
        "probably_sold": judgement.sold.points,
        "visits_24m": worth.visits if worth else None,
        "rfm_r": worth.r if worth else None,
        "rfm_f": worth.f if worth else None,
        "rfm_m": worth.m if worth else None,
        "value_24m": _whole(worth.value) if worth else None,
        "evaluate_on": judgement.evaluate_on,
        "facts_version": row.facts_version,
        "policy_version": library.policy_version(row.dealership_id),
        "rules_version": RULES_VERSION,
        "calibration_version": library.calibration.version,
    }


def _whole(number: float | None) -> int | None:
    """As the column holds it."""
    return None if number is None else min(max(round(number), 0), MOST)


def _forecasts(judgement: Judgement) -> dict[str, Any]:
    """Forecast parameters that screens read besides the columns; dates as ISO text."""
    current, window = judgement.forecast, judgement.window
    found: dict[str, Any] = {
        "spread": round(current.driving.spread, 4),
        "is_by_km": current.due.is_by_km,
        "silent_since": current.silent_since.isoformat(),
    }
    if current.warranty_until:
        found["warranty_until"] = current.warranty_until.isoformat()
    if window:
        found["buying_from"] = window.opens_on.isoformat()
        found["buying_to"] = window.closes_on.isoformat()
    if judgement.health:
        found["health_bands"] = list(judgement.health.bands)
        found["health_points"] = list(judgement.health.points)
    if judgement.next_car:
        found["next_car_in_window"] = judgement.next_car.in_window
        found["next_car_in_year"] = judgement.next_car.in_year
    return found


def bump_siblings(store: Dealership) -> int:
    """A new ownership is a fact about its customer's other cars: leave the note on them. One UPDATE.

    Only on cars that have a standing already; a first build judges everything anyway.
    """
    new = Ownership.objects.filter(
        ~Exists(Standing.objects.filter(ownership_id=OuterRef("pk"))), home_store=store
    ).values("customer_id")
    judged = Ownership.objects.filter(customer_id__in=new, standing__isnull=False).values("pk")
    return Ownership.objects.filter(pk__in=judged).update(facts_version=F("facts_version") + 1)
