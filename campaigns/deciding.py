"""Decisions as rows: written where a verdict changed, with a journal row that says since when and why."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from campaigns.models import ContactTask, Decision, DecisionChange
from campaigns.rules.facts import Candidate
from campaigns.rules.ruling import Ruling
from lifecycle.models import Occasion
from vehicles.models import Ownership


class Decided(NamedTuple):
    """A ruling about one step of one occasion of a customer."""

    occasion_id: int
    step_id: int
    customer_id: int
    ruling: Ruling


def candidate_of(task: ContactTask, ownership: Ownership | None, occasion: Occasion | None = None) -> Candidate:
    """A task on the list as a question to the gates; it was planned, so it is no new start.

    The occasion is needed only where recent work is asked about.
    """
    return Candidate(
        occasion_id=task.occasion_id,
        ownership_id=task.ownership_id or 0,
        dealership_id=task.dealership_id,
        kind=task.kind,
        purpose=task.purpose,
        channel=task.channel,
        value=task.priority,
        opens_on=occasion.opens_on if occasion else task.due_on,
        works=works_of(occasion) if occasion else (),
        ownership_ended_on=ownership.ended_on if ownership else None,
        is_start=False,
        is_repeat=True,
        is_promised=task.promised_at is not None,
    )


def works_of(occasion: Occasion) -> tuple[str, ...]:
    """Codes of the work groups that the occasion's evidence names."""
    named = occasion.evidence.get("works") or []
    return tuple(str(code) for code in named) if isinstance(named, list) else ()


def record_decisions(dealership_id: int, decided: Iterable[Decided], today: date) -> int:
    """Write what changed: new decisions, other verdicts, other gates. At most 4 queries; how many were written."""
    wanted = {(item.occasion_id, item.step_id): item for item in decided}
    if not wanted:
        return 0
    rows = Decision.objects.filter(occasion_id__in={occasion_id for occasion_id, _ in wanted})
    known = {(row.occasion_id, row.step_id): row for row in rows}
    new, changed = [], []
    for key, item in wanted.items():
        row = known.get(key)
        if row is None:
            row = Decision(
                occasion_id=item.occasion_id,
                step_id=item.step_id,
                customer_id=item.customer_id,
                dealership_id=dealership_id,
            )
            new.append(row)
        elif _says(row, item.ruling):
            continue
        else:
            changed.append(row)
        _write(row, item.ruling, today)
    Decision.objects.bulk_create(new, batch_size=500)
    Decision.objects.bulk_update(
        changed,
        ["verdict", "gate", "failed_gates", "facts", "why", "eligible_on", "decided_on"],
        batch_size=200,
    )
    DecisionChange.objects.bulk_create(
        [
            DecisionChange(decision=row, on=today, verdict=row.verdict, gate=row.gate, why=row.why)
            for row in new + changed
        ],
        batch_size=500,
    )
    return len(new) + len(changed)


def _says(row: Decision, ruling: Ruling) -> bool:
    """The same verdict by the same gate. A day that only moved on is no other verdict."""
    return (row.verdict, row.gate) == (ruling.verdict, ruling.gate)


def _write(row: Decision, ruling: Ruling, today: date) -> None:
    row.verdict = ruling.verdict
    row.gate = ruling.gate
    row.failed_gates = list(ruling.failed)
    row.facts = ruling.facts
    row.why = ruling.why.as_json()
    row.eligible_on = ruling.eligible_on
    row.decided_on = today
