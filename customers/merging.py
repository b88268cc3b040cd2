"""Two cards become one, with a preview and an undo.

    plan = plan_merge(keep, other, now=now)          reads only: what the page shows
    merge(keep, other, choices=..., by=, now=)       the same plan, carried out under the lock of both customers
    undo(merge, by=, now=)                           the plan backwards; says what it could not put back

Nothing is deleted. Rows move to the one who is kept; what both have (a phone) stays with the merged card, out of
sight. The merged id and its external ids keep resolving to the survivor (customers/finding.py, upserting).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from django.db import models, transaction

from customers.belonging import Belonging
from customers.models import Customer, DuplicatePair
from customers.models.merge import Merge
from customers.models.pair import pair_values
from customers.moving import New, Plan, StaleError, Step, relations_to
from customers.rules.merging import CHOICES, prefers_other
from customers.rules.names import search_key
from dealercrm.why import Why

if TYPE_CHECKING:
    from dealercrm.accounts.models import Dealership, User

OWN, OTHER = "own", "other"
Choices = Mapping[str, str]


class MergeRefusedError(Exception):
    """Why these two cannot be merged, or this merge not undone, now."""

    def __init__(self, why: Why) -> None:
        super().__init__(why.code)
        self.why = why


def belongings() -> Iterator[tuple[type[models.Model], str, Belonging]]:
    """(model, name of its relation to a customer, what it declares), every model of every room."""
    for relation in relations_to(Customer):
        model = relation.related_model
        yield model, relation.field.name, model.belonging


def default_choices(survivor: Customer, merged: Customer) -> dict[str, str]:
    """The value that survives, field by field, where nobody chooses."""
    return {
        choice: OTHER if prefers_other(choice, _values(survivor, choice), _values(merged, choice)) else OWN
        for choice in CHOICES
    }


def _values(customer: Customer, choice: str) -> tuple[Any, ...]:
    return tuple(getattr(customer, name) for name in CHOICES[choice])


def plan_merge(survivor: Customer, merged: Customer, *, choices: Choices | None = None, now: datetime) -> Plan:
    """What a merge would do, read from the database as it is now. A query or two a kind of row."""
    why = _what_forbids(survivor, merged)
    if why is not None:
        raise MergeRefusedError(why)
    plan = Plan(survivor.pk, merged.pk, at=now)
    chosen = default_choices(survivor, merged) | dict(choices or {})
    for choice, names in CHOICES.items():  # a step each: an undo puts back those that nobody touched since
        if chosen.get(choice) == OTHER:
            plan.set(survivor, **{name: getattr(merged, name) for name in names})
    spelled = (plan.value(survivor, name) for name in ("company_name", *CHOICES["name"]))
    plan.set(survivor, search_key=search_key(*spelled)[:320])
    settling = []
    for model, name, belonging in belongings():
        if not belonging.moves:
            continue
        rows: models.QuerySet[Any] = model._base_manager.order_by("pk")
        kept, gone = list(rows.filter(**{name: survivor.pk})), list(rows.filter(**{name: merged.pk}))
        if gone:
            _move(plan, belonging, name, kept, gone)
        settling.append((belonging, kept, gone))
    for belonging, kept, gone in settling:
        belonging.settle(plan, kept, gone)
    plan.set(merged, merged_into=survivor.pk)
    return plan


def _move(plan: Plan, belonging: Belonging, name: str, kept: list[Any], gone: list[Any]) -> None:
    own = {tuple(plan.value(row, field) for field in belonging.once): row for row in kept} if belonging.once else {}
    for row in gone:
        twin = own.get(tuple(plan.value(row, field) for field in belonging.once)) if belonging.once else None
        if twin is None:
            plan.move(row, name)
        else:
            belonging.clash(plan, twin, row)


def _what_forbids(survivor: Customer, merged: Customer) -> Why | None:
    if survivor.pk == merged.pk:
        return Why("merge.one_card")
    if not (survivor.is_living and merged.is_living):
        return Why("merge.gone")
    if survivor.kind != merged.kind:
        return Why("merge.two_kinds")
    return None


@transaction.atomic
def merge(
    survivor_id: int, merged_id: int, *, by: User, store: Dealership, now: datetime, choices: Choices | None = None
) -> Merge:
    """Merge one card into another. MergeRefusedError where one of them is gone by now; all or nothing.

    Both customers are held meanwhile: two merges wait for each other, and so does whoever writes an objection.
    """
    held = {row.pk: row for row in Customer.objects.held([survivor_id, merged_id])}
    if len(held) < 2:
        raise MergeRefusedError(Why("merge.one_card" if survivor_id == merged_id else "merge.gone"))
    survivor, merged = held[survivor_id], held[merged_id]
    plan = plan_merge(survivor, merged, choices=choices, now=now)
    try:
        for step in plan.steps:
            step.apply()
    except StaleError as error:  # a row that no lock of ours holds; the transaction is rolled back
        raise MergeRefusedError(Why("merge.stale")) from error
    created = [[new.model, new.create()] for new in plan.new]
    journal = Merge.objects.create(
        survivor=survivor,
        merged=merged,
        dealership=store,
        at=now,
        by=by,
        steps=[step.as_json() for step in plan.steps],
        created=created,
        moved=plan.moved,
        notes=[why.as_json() for why in plan.notes],
        last_ids=_last_ids(),
    )
    pair = DuplicatePair.objects.notice(survivor.pk, merged.pk, by=by, at=now)
    DuplicatePair.objects.filter(pk=pair.pk).update(status=DuplicatePair.Status.MERGED, decided_by=by, decided_at=now)
    _note(survivor, merged)
    return journal


def _last_ids() -> dict[str, int]:
    """The greatest id of every kind of row that moves: what is greater was written after the merge."""
    found = {}
    for model, _name, belonging in belongings():
        if belonging.moves:
            found[model._meta.label] = model._base_manager.aggregate(last=models.Max("pk"))["last"] or 0
    return found


def _note(*customers: Customer) -> None:
    """The note of new facts goes to the cars of both: stages and occasions are judged again by the next night."""
    for customer in customers:
        customer.note_new_facts()


def what_stays(journal: Merge) -> list[Why]:
    """What an undo would not put back, for the page: facts written since stay with the survivor."""
    since = 0
    for model, name, belonging in belongings():
        if belonging.moves:
            last = journal.last_ids.get(model._meta.label, 0)
            created = {pk for label, pk in journal.created if label == model._meta.label}
            rows = model._base_manager.filter(**{name: journal.survivor_id}, pk__gt=last).exclude(pk__in=created)
            since += rows.count()
    return [Why("merge.facts_since", {"number": since})] if since else []


@transaction.atomic
def undo(journal_id: int, *, by: User, now: datetime) -> Merge:
    """Take a merge back: every value that still stands as the merge left it becomes what it was.

    Later facts, and values that somebody changed since, stay with the survivor; `undone_notes` says how many.
    """
    found = Merge.objects.get(pk=journal_id)
    held = {row.pk: row for row in Customer.objects.held([found.survivor_id, found.merged_id])}
    journal = Merge.objects.get(pk=journal_id)  # as it is now that nobody else can undo it
    survivor, merged = held[journal.survivor_id], held[journal.merged_id]
    why = _what_forbids_undo(journal, survivor, merged)
    if why is not None:
        raise MergeRefusedError(why)
    notes = what_stays(journal)
    changed = 0
    for model, pk in cast("list[tuple[str, int]]", journal.created):
        New(model, {}).take_back(pk)
    for step in reversed([Step.from_json(written) for written in journal.steps]):
        changed += len(step.pks) - step.revert()
    if changed:
        notes.append(Why("merge.changed_since", {"number": changed}))
    for customer in (survivor, merged):
        customer.refresh_from_db()
        customer.save(update_fields=["search_key"])  # a name that was corrected since is found by its spelling now
    journal.undone_at, journal.undone_by = now, by
    journal.undone_notes = [why.as_json() for why in notes]
    journal.save(update_fields=["undone_at", "undone_by", "undone_notes"])
    pair = DuplicatePair.objects.filter(**pair_values(survivor.pk, merged.pk)).first()
    if pair is not None:
        pair.suspect_again()
    _note(survivor, merged)
    return journal


@transaction.atomic
def gather_stragglers() -> int:
    """Move rows that were written to a merged card while its merge went on; how many. Journaled, for the undo.

    A letter on its way or an import that had looked a code up may know the old id for some seconds.
    """
    moved = 0
    for model, name, belonging in belongings():
        if not belonging.moves or belonging.is_derived:  # the night makes derived rows anew, under the right name
            continue
        late = model._base_manager.filter(**{f"{name}__merged_into__isnull": False})
        for row in belonging.movable(late).order_by("pk"):
            journal = Merge.objects.standing().filter(merged=getattr(row, f"{name}_id")).first()
            if journal is None:
                continue
            plan = Plan(journal.survivor_id, journal.merged_id, at=journal.at)
            plan.move(row, name)
            for step in plan.steps:
                step.apply()
            journal.steps += [step.as_json() for step in plan.steps]
            journal.save(update_fields=["steps"])
            journal.survivor.note_new_facts()
            moved += 1
    return moved


def _what_forbids_undo(journal: Merge, survivor: Customer, merged: Customer) -> Why | None:
    if journal.undone_at is not None:
        return Why("merge.undone_already")
    if survivor.erased_at is not None or merged.erased_at is not None:
        return Why("merge.erased")
    if survivor.merged_into_id is not None:
        return Why("merge.merged_on")
    return None
