"""What a call ended with: recorded once per claim, with everything that follows from it, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from campaigns.following import Answer, follow
from campaigns.loading import Store
from campaigns.models import CallResult, ContactTask
from campaigns.offered import read_offers
from campaigns.recommending import note_referrals
from campaigns.rules.outcomes import EFFECTS, BadDetails, check_details
from campaigns.undoing import difference, picture_of
from customers.models import Channel, Customer, Purpose
from dealercrm.accounts.models import User
from vehicles.models import Ownership, Touch

__all__ = ["BadDetails", "LateResultError", "complete"]


class LateResultError(Exception):
    """The call is no longer this operator's: the lease ran out and somebody else took it, or it was closed.

    The result is not recorded; the note is kept on `kept` and shown with the call's history.
    """

    def __init__(self, kept: CallResult) -> None:
        super().__init__("The call was no longer yours; the note is kept.")
        self.kept = kept


def complete(
    task_id: int,
    *,
    outcome: str,
    by: User,
    epoch: int,
    now: datetime,
    note: str = "",
    details: Mapping[str, Any] | None = None,
) -> CallResult:
    """Record the result of a claimed call and do what DOMAIN section 7 says follows.

    `details` by outcome: rules/outcomes.py; moments and dates as ISO text or as values. Raises
    BadDetails (nothing written) and LateResultError (only the note written; call it outside of a
    transaction of your own, or the note goes with your rollback). A repeated result of the same
    claim returns the first one.
    """
    given = dict(details or {})
    check_details(outcome, given)
    task = ContactTask.objects.select_related("dealership", "ownership", "step").get(pk=task_id)
    with transaction.atomic():
        # The customer first, then the task: the same order as planning, so that nobody waits in a circle.
        customer = Customer.objects.held([task.customer_id])[0]
        before = picture_of(customer, task)
        held = in_their_hand(task, by, epoch).update(
            status=ContactTask.Status.DONE, outcome=outcome, closed_at=now, lease_until=None
        )
        if held:
            task.refresh_from_db(fields=["status", "outcome", "closed_at", "lease_until", "epoch", "claimed_by"])
            result = _record(Answer(task, customer, outcome, by, now, note, given, Store.load(task.dealership, now)))
            result.trace = difference(customer, before, task)
            result.save(update_fields=["trace"])
            return result
    first = CallResult.objects.filter(task=task, epoch=epoch, by=by, outcome=outcome, was_late=False).first()
    if first is not None:
        return first  # the same answer sent twice: a double click, or a reply that got lost
    raise LateResultError(
        CallResult.objects.create(
            task=task, epoch=epoch, by=by, at=now, outcome=outcome, note=note, details={}, was_late=True
        )
    )


def in_their_hand(task: ContactTask, by: User, epoch: int) -> QuerySet[ContactTask]:
    """The call, if this very claim of this operator still holds it: whoever took it meanwhile has the next epoch."""
    return ContactTask.objects.filter(pk=task.pk, status=ContactTask.Status.CLAIMED, claimed_by=by, epoch=epoch)


def _record(answer: Answer) -> CallResult:
    task = answer.task
    effect = EFFECTS[answer.outcome]
    said = read_offers(answer)
    touch = Touch.objects.create(
        customer=answer.customer,
        ownership=task.ownership,
        dealership=task.dealership,
        at=answer.now,
        channel=Channel.CALL,
        purpose=Purpose.MARKETING if said.is_marketing else task.purpose,  # what was sold counts as selling
        topic=task.kind,
        outcome=answer.outcome,
        was_reached=effect.was_reached,
        note=answer.note,
        by=answer.by,
        cost=Decimal(str(answer.store.values.call_cost)),
    )
    result = CallResult.objects.create(
        task=task,
        epoch=task.epoch,
        by=answer.by,
        at=answer.now,
        outcome=answer.outcome,
        note=answer.note,
        details=follow(replace(answer, proposal=said.proposal(answer))) | said.write(answer) | note_referrals(answer),
        touch=touch,
    )
    if task.ownership_id is not None:
        Ownership.objects.note_new_facts([task.ownership_id])
    return result
