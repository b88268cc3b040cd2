"""What a customer says by a link that we sent: how it was, and whether a complaint was made good."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from campaigns.models import ContactTask, OutboxMessage
from dealercrm.why import Why
from vehicles.models import Feedback, RepairOrder

SURVEY = "service_feedback"


@transaction.atomic
def answer_survey(order: RepairOrder, score: int, *, now: datetime) -> tuple[Feedback, bool]:
    """(the answer, was it taken): once a visit, changed for a while. Nobody asks by phone any more."""
    answer, is_taken = Feedback.objects.answer_by_link(order, score=score, at=now)
    if is_taken:
        why = Why("closed.answered", {"score": answer.score})
        waiting = ContactTask.objects.filter(
            customer=answer.customer_id, ownership=answer.ownership_id, kind=SURVEY, status=ContactTask.Status.OPEN
        )
        for task in waiting.order_by("pk"):
            if task.take_off(why, at=now):
                OutboxMessage.objects.filter(task=task, status=OutboxMessage.Status.QUEUED).update(
                    status=OutboxMessage.Status.CANCELLED, why_cancelled=why.as_json()
                )
    return answer, is_taken
