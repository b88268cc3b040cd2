"""Decisions as rows: written where a verdict changed, with a journal row that says since when and why."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from campaigns.models import ContactTask, Decision, DecisionChange
from campaigns.rules.facts import Candidate
from campaigns.rules.ruling import Ruling
from dealercrm.accounts.writing import insert_many, insert_values, update_fields
from lifecycle.models import Occasion
from vehicles.models import Ownership

WRITTEN = ("verdict", "gate", "failed_gates", "facts", "why", "eligible_on", "decided_on")


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
    known: dict[tuple[int, int], tuple[int, str, str]] = {}
    rows = Decision.objects.filter(occasion_id__in={occasion_id for occasion_id, _ in wanted})
    for occasion_id, step_id, pk, verdict, gate in rows.values_list("occasion_id", "step_id", "pk", "verdict", "gate"):
        known[occasion_id, step_id] = (pk, verdict, gate)
    new: list[Decision] = []
    changed: list[Decision] = []
    for key, item in wanted.items():
        before = known.get(key)
        if before is not None and before[1:] == (item.ruling.verdict, item.ruling.gate):
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
    insert_many(new)
    update_fields(Decision, {row.pk: {name: getattr(row, name) for name in WRITTEN} for row in changed})
    insert_values(
        DecisionChange,
        ("decision_id", "on", "verdict", "gate", "why"),
        [(row.pk, today, row.verdict, row.gate, row.why) for row in new + changed],
    )
    return len(new) + len(changed)


def _write(row: Decision, ruling: Ruling, today: date) -> None:
    row.verdict = ruling.verdict
    row.gate = ruling.gate
    row.failed_gates = list(ruling.failed)
    row.facts = ruling.facts
    row.why = ruling.why.as_json()
    row.eligible_on = ruling.eligible_on
    row.decided_on = today
