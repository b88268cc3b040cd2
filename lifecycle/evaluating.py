"""Judge a chunk of ownerships and write what differs: standings, stage changes, occasions.

The caller opens the transaction. Judging twice writes nothing the second time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from dealercrm.accounts.models import Dealership
from lifecycle.alarming import Turn, remember_health
from lifecycle.loading import Library, Loaded, load_facts
from lifecycle.models import Occasion, StageChange, Standing
from lifecycle.rules.closing import closure
from lifecycle.rules.judging import RULES_VERSION, Judgement, judge
from lifecycle.rules.kinds import KINDS
from lifecycle.rules.occasions import Candidate
from vehicles.models import Ownership

COMPARED = (
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
REFRESHED = ("customer_id", "dealership_id", "opens_on", "due_on", "closes_on", "evidence", "why", "is_safety_work")
MOST = 2_000_000_000


def to_judge(
    store: Dealership, day: date, *, policy_version: int, calibration_version: int = 0, is_full: bool = False
) -> QuerySet[Ownership]:
    """Ownerships of a store that a run of this date must judge: due, changed, new, or all of them."""
    ours = Ownership.objects.filter(home_store=store)
    if is_full:
        return ours
    current = Standing.objects.filter(
        ownership_id=OuterRef("pk"),
        facts_version=OuterRef("facts_version"),
        policy_version=policy_version,
        rules_version=RULES_VERSION,
        calibration_version=calibration_version,
        dealership=store,
    ).filter(Q(evaluate_on=None) | Q(evaluate_on__gt=day))
    return ours.filter(~Exists(current))


def evaluate(ids: Collection[int], *, day: date, now: datetime, library: Library) -> Counter[str]:
    """Judge these ownerships as of a local date; returns what was judged, changed, opened and closed."""
    counts: Counter[str] = Counter()
    before = Standing.objects.in_bulk(ids)
    calibration = library.calibration
    judged = [
        (row, judge(row.facts, library.values(row.dealership_id), day, calibration)) for row in load_facts(ids, library)
    ]
    counts["judged"] = len(judged)
    standings, changes, turns = [], [], []
    for row, judgement in judged:
        old = before.get(row.ownership_id)
        new = standing_of(row, judgement, library, day=day)
        if old is None or (old.stage, old.substage) != (new.stage, new.substage):
            if old is not None or new.stage:
                changes.append(_change(old, new, day=day, now=now))
        else:
            new.since = old.since
        if old is None or any(getattr(old, name) != getattr(new, name) for name in COMPARED):
            standings.append(new)
            if old is not None:
                turns.append(Turn(old, new, library.values(row.dealership_id).health_fall_points))
    Standing.objects.bulk_create(
        standings,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["ownership"],
        update_fields=[*(name.removesuffix("_id") for name in COMPARED), "since", "judged_on"],
    )
    StageChange.objects.bulk_create(changes, batch_size=500)
    counts["standings"], counts["moved"] = len(standings), len(changes)
    counts["alarms"] = remember_health(turns, day=day)
    counts.update(_write_occasions(judged, day))
    return counts


def standing_of(row: Loaded, judgement: Judgement, library: Library, *, day: date) -> Standing:
    """The judgement as a row, not saved."""
    current, driving = judgement.forecast, judgement.forecast.driving
    health, worth = judgement.health, judgement.worth
    return Standing(
        ownership_id=row.ownership_id,
        customer_id=row.customer_id,
        dealership_id=row.dealership_id,
        stage=judgement.place.stage,
        substage=judgement.place.substage,
        why=judgement.place.why.as_json(),
        since=day,
        last_visit_on=current.last_visit_on,
        interval_days=current.interval_days,
        due_on=current.due.on,
        due_from=current.due.first_on,
        due_to=current.due.last_on,
        due_km=_whole(current.due.km),
        km_per_year=_whole(driving.km_per_year),
        odometer_km=_whole(driving.last_km),
        odometer_on=driving.last_on,
        forecasts=_forecasts(judgement),
        health=health.chance if health else None,
        chance_soon=health.soon if health else None,
        loyalty=judgement.loyalty,
        probably_sold=judgement.sold.points,
        visits_24m=worth.visits if worth else None,
        rfm_r=worth.r if worth else None,
        rfm_f=worth.f if worth else None,
        rfm_m=worth.m if worth else None,
        value_24m=_whole(worth.value) if worth else None,
        evaluate_on=judgement.evaluate_on,
        facts_version=row.facts_version,
        policy_version=library.policy_version(row.dealership_id),
        rules_version=RULES_VERSION,
        calibration_version=library.calibration.version,
        judged_on=day,
    )


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


def _change(old: Standing | None, new: Standing, *, day: date, now: datetime) -> StageChange:
    return StageChange(
        ownership_id=new.ownership_id,
        dealership_id=new.dealership_id,
        on=day,
        at=now,
        from_stage=old.stage if old else "",
        from_substage=old.substage if old else "",
        to_stage=new.stage,
        to_substage=new.substage,
        why=new.why,
    )


Judged = list[tuple[Loaded, Judgement]]
Key = tuple[int, str, str]


def _write_occasions(judged: Judged, day: date) -> Counter[str]:
    """Open, refresh and close occasions so that the open rows are exactly what the judgements hold open."""
    wanted: dict[Key, tuple[Loaded, Candidate]] = {
        (row.ownership_id, item.kind, item.cycle): (row, item) for row, judgement in judged for item in judgement.open
    }
    ids = [row.ownership_id for row, _ in judged]
    is_open = {_key(row): row for row in Occasion.objects.open().filter(ownership_id__in=ids)}
    missing = wanted.keys() - is_open.keys()
    settled = {
        _key(row): row
        for row in Occasion.objects.filter(ownership_id__in={key[0] for key in missing}).exclude(
            status=Occasion.Status.OPEN
        )
    }
    counts: Counter[str] = Counter()
    written: list[Occasion] = []
    for key, (row, item) in sorted(wanted.items(), key=lambda entry: entry[0]):
        new = _occasion(row, item)
        old = is_open.get(key)
        if old is not None:
            if all(getattr(old, name) == getattr(new, name) for name in REFRESHED):
                continue
            counts["updated"] += 1
        elif key in settled:
            if settled[key].status == Occasion.Status.EXPIRED:
                continue  # an interval that changed does not reopen what was settled
            counts["reopened"] += 1
        else:
            counts["opened"] += 1
        written.append(new)
    to_close = is_open.keys() - wanted.keys()
    written.extend(_closed(judged, [is_open[key] for key in sorted(to_close)], day, counts))
    Occasion.objects.bulk_create(
        written,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["ownership", "kind", "cycle"],
        update_fields=[
            *(name.removesuffix("_id") for name in REFRESHED),
            "purpose",
            "status",
            "closed_on",
            "closed_why",
        ],
    )
    return counts


def _key(row: Occasion) -> Key:
    return row.ownership_id, row.kind, row.cycle


def _occasion(row: Loaded, item: Candidate) -> Occasion:
    return Occasion(
        ownership_id=row.ownership_id,
        customer_id=row.customer_id,
        dealership_id=row.dealership_id,
        kind=item.kind,
        purpose=KINDS[item.kind].purpose.value,
        cycle=item.cycle,
        opens_on=item.opens_on,
        due_on=item.due_on,
        closes_on=item.closes_on,
        evidence=dict(item.evidence),
        why=item.why.as_json(),
        is_safety_work=item.is_safety_work,
    )


def _closed(judged: Judged, rows: Iterable[Occasion], day: date, counts: Counter[str]) -> Iterable[Occasion]:
    """Rows that are open no longer, with the fact that closed them; the pk goes, the unique key finds the row."""
    by_id = {row.ownership_id: (row, judgement) for row, judgement in judged}
    for row in rows:
        loaded, judgement = by_id[row.ownership_id]
        status, why = closure(row.kind, row.cycle, row.closes_on, judgement, loaded.facts, day)
        row.pk = None
        row.status, row.closed_on, row.closed_why = status, day, why.as_json()
        counts[status] += 1
        yield row


def bump_siblings(store: Dealership) -> int:
    """A new ownership is a fact about its customer's other cars: leave the note on them. One UPDATE.

    Only on cars that have a standing already; a first build judges everything anyway.
    """
    new = Ownership.objects.filter(
        ~Exists(Standing.objects.filter(ownership_id=OuterRef("pk"))), home_store=store
    ).values("customer_id")
    judged = Ownership.objects.filter(customer_id__in=new, standing__isnull=False).values("pk")
    return Ownership.objects.filter(pk__in=judged).update(facts_version=F("facts_version") + 1)
