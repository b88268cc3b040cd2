"""Decisions as rows: written where a verdict changed, with a journal row that says since when and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from campaigns.models import ContactTask, Decision, DecisionChange
from campaigns.rules.facts import Candidate
from campaigns.rules.ruling import Ruling
from dealercrm.accounts.writing import insert_many, insert_values, update_fields
from lifecycle.models import Occasion

Key = tuple[int, int]  # occasion and step; or occasion and campaign
WRITTEN = ("step_id", "verdict", "gate", "failed_gates", "facts", "why", "eligible_on", "decided_on")


class Decided(NamedTuple):
    """A ruling about one step of one occasion of a customer."""

    occasion_id: int
    step_id: int
    customer_id: int
    ruling: Ruling
    campaign_id: int = 0  # whose step it is, where nobody has begun to answer the occasion


def candidate_of(
    task: ContactTask, owned_until: date | None, *, opens_on: date | None = None, works: tuple[str, ...] = ()
) -> Candidate:
    """A task on the list as a question to the gates; it was planned, so it is no new start.

    `opens_on` and `works` of its occasion are needed only where recent work is asked about.
    """
    return Candidate(
        occasion_id=task.occasion_id,
        ownership_id=task.ownership_id or 0,
        dealership_id=task.dealership_id,
        kind=task.kind,
        purpose=task.purpose,
        channel=task.channel,
        value=task.value,
        opens_on=opens_on or task.due_on,
        works=works,
        ownership_ended_on=owned_until,
        is_start=False,
        is_repeat=True,
        is_promised=task.promised_at is not None,
    )


def works_of(occasion: Occasion) -> tuple[str, ...]:
    """Codes of the work groups that the occasion's evidence names."""
    return works_named(occasion.evidence)


def works_named(evidence: Mapping[str, Any]) -> tuple[str, ...]:
    named = evidence.get("works") or []
    return tuple(str(code) for code in named) if isinstance(named, list) else ()


def record_decisions(dealership_id: int, decided: Iterable[Decided], today: date) -> int:
    """Write what changed: new decisions, other verdicts, other gates. At most 4 queries; how many were written."""
    wanted = {(item.occasion_id, item.step_id): item for item in decided}
    if not wanted:
        return 0
    known: dict[Key, tuple[int, str, str]] = {}
    said_by: dict[Key, list[int]] = defaultdict(list)
    rows = Decision.objects.filter(occasion_id__among={occasion_id for occasion_id, _ in wanted})
    fields = ("occasion_id", "step_id", "pk", "verdict", "gate", "step__campaign_id")
    for occasion_id, step_id, pk, verdict, gate, campaign_id in rows.order_by("pk").values_list(*fields):
        known[occasion_id, step_id] = (pk, verdict, gate)
        said_by[occasion_id, campaign_id].append(step_id)
    moved = _moved(wanted, known, said_by)
    new: list[Decision] = []
    changed: list[Decision] = []
    only_moved: set[int] = set()
    for key, item in wanted.items():
        before = known[key[0], moved[key]] if key in moved else known.get(key)
        is_same = before is not None and before[1:] == (item.ruling.verdict, item.ruling.gate)
        if is_same and key not in moved:
            continue  # the same verdict by the same gate: a day that only moved on is no other verdict
        row = Decision(
            pk=before[0] if before else None,
            occasion_id=item.occasion_id,
            step_id=item.step_id,
            customer_id=item.customer_id,
            dealership_id=dealership_id,
        )
        _write(row, item.ruling, today)
        (changed if before else new).append(row)
        if is_same:
            only_moved.add(row.pk)  # the same verdict by another campaign's step
    insert_many(new)
    update_fields(Decision, {row.pk: {name: getattr(row, name) for name in WRITTEN} for row in changed})
    insert_values(
        DecisionChange,
        ("decision_id", "on", "verdict", "gate", "why"),
        [(row.pk, today, row.verdict, row.gate, row.why) for row in new + changed if row.pk not in only_moved],
    )
    return len(new) + len(changed)


def _moved(wanted: Mapping[Key, Decided], known: Mapping[Key, Any], said_by: Mapping[Key, list[int]]) -> dict[Key, int]:
    """Decisions that go with their occasion from one campaign or version to another: {(occasion, step): old step}.

    Nobody was contacted under the old one. Left behind, what was said there would be counted as a second
    reason why nobody is contacted.
    """
    moved: dict[Key, int] = {}
    takers: dict[int, list[Key]] = defaultdict(list)
    for key, item in wanted.items():
        if item.campaign_id and key not in known:
            takers[key[0]].append(key)
    for (occasion_id, campaign_id), steps in said_by.items():
        free = [key for key in takers[occasion_id] if wanted[key].campaign_id != campaign_id and key not in moved]
        moved.update(zip(free, steps, strict=False))
    return moved


def _write(row: Decision, ruling: Ruling, today: date) -> None:
    row.verdict = ruling.verdict
    row.gate = ruling.gate
    row.failed_gates = list(ruling.failed)
    row.facts = ruling.facts
    row.why = ruling.why.as_json()
    row.eligible_on = ruling.eligible_on
    row.decided_on = today
