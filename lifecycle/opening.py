"""Open, refresh and close occasions, so that the open rows are exactly what the judgements hold open."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

from dealercrm.accounts.writing import insert_values, update_fields
from lifecycle.library import Library
from lifecycle.loading import Loaded
from lifecycle.models import Occasion
from lifecycle.rules.closing import closure
from lifecycle.rules.judging import Judgement, judge
from lifecycle.rules.kinds import JUDGED, KINDS
from lifecycle.rules.occasions import Candidate

Judged = list[tuple[Loaded, Judgement]]
Key = tuple[int, str, str]
Values = dict[str, Any]
KEY = ("ownership_id", "kind", "cycle")
REFRESHED = ("customer_id", "dealership_id", "opens_on", "due_on", "closes_on", "evidence", "why", "is_safety_work")
_OPENED: Values = {"status": Occasion.Status.OPEN.value, "closed_on": None, "closed_why": {}}


def write_occasions(judged: Judged, day: date, library: Library) -> tuple[set[int], Counter[str]]:
    """Write the differences; the ownerships whose occasions changed, and what was opened, updated and closed."""
    wanted: dict[Key, tuple[Loaded, Candidate]] = {
        (row.ownership_id, item.kind, item.cycle): (row, item) for row, judgement in judged for item in judgement.open
    }
    ids = [row.ownership_id for row, _ in judged]
    rows = Occasion.objects.open().filter(ownership_id__among=ids, kind__in=JUDGED)  # a campaign closes its own
    stands = {_key(row): row for row in rows.values(*_READ)}
    settled = _settled(wanted.keys() - stands.keys())
    counts: Counter[str] = Counter()
    fresh: list[tuple[Any, ...]] = []
    changes: dict[int, Values] = {}
    touched: set[int] = set()
    for key, (row, item) in sorted(wanted.items(), key=lambda entry: entry[0]):
        new = _values(row, item)
        old = stands.get(key)
        if old is not None:
            if all(old[name] == new[name] for name in REFRESHED):
                continue
            counts["updated"] += 1
            changes[old["pk"]] = new
        elif key in settled:
            pk, status = settled[key]
            if status == Occasion.Status.EXPIRED:
                continue  # an interval that changed does not reopen what was settled
            counts["reopened"] += 1
            changes[pk] = new | _OPENED
        else:
            counts["opened"] += 1
            fresh.append((*key, *new.values(), KINDS[item.kind].purpose.value, *_OPENED.values()))
        touched.add(row.ownership_id)
    closed = _closed(judged, [stands[key] for key in sorted(stands.keys() - wanted.keys())], day, library, counts)
    touched.update(row["ownership_id"] for key, row in stands.items() if key not in wanted)
    insert_values(Occasion, (*KEY, *REFRESHED, "purpose", *_OPENED), fresh)
    update_fields(Occasion, changes | closed)
    return touched, counts


_READ = ("pk", *KEY, *REFRESHED)


def _key(row: Values) -> Key:
    return row["ownership_id"], row["kind"], row["cycle"]


def _settled(keys: set[Key]) -> dict[Key, tuple[int, str]]:
    """{key: (row, status)} of these occasions that were opened and closed before. One query, if any are asked for."""
    rows = Occasion.objects.filter(ownership_id__among={key[0] for key in keys}).exclude(status=Occasion.Status.OPEN)
    return {
        (owner, kind, cycle): (pk, status) for owner, kind, cycle, pk, status in rows.values_list(*KEY, "pk", "status")
    }


def _values(row: Loaded, item: Candidate) -> Values:
    """The columns in `REFRESHED`, in their order."""
    return {
        "customer_id": row.customer_id,
        "dealership_id": row.dealership_id,
        "opens_on": item.opens_on,
        "due_on": item.due_on,
        "closes_on": item.closes_on,
        "evidence": dict(item.evidence),
        "why": item.why.as_json(),
        "is_safety_work": item.is_safety_work,
    }


def _closed(judged: Judged, rows: list[Values], day: date, library: Library, counts: Counter[str]) -> dict[int, Values]:
    """What becomes of rows that are open no longer, with the fact that closed them.

    The night's judgement knows only what is open: these few are judged once more, with all that is not.
    """
    by_id = {row.ownership_id: row for row, _ in judged}
    changes: dict[int, Values] = {}
    for row in rows:
        loaded = by_id[row["ownership_id"]]
        values = library.values(loaded.dealership_id, loaded.facts.category)
        judgement = judge(loaded.facts, values, day, library.calibration)
        status, why = closure(row["kind"], row["cycle"], row["closes_on"], judgement, loaded.facts, day)
        changes[row["pk"]] = {"status": status, "closed_on": day, "closed_why": why.as_json()}
        counts[status] += 1
    return changes
