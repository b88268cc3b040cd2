"""What a customer answers in a call that asks: how the visit was, and whether a complaint was made good."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from campaigns.rules.outcomes import BadDetails
from customers.models import Channel
from vehicles.models import Complaint, Feedback, RepairOrder

if TYPE_CHECKING:
    from campaigns.following import Answer

SURVEY, FOLLOW_UP = "service_feedback", "complaint_follow_up"


def note_answer(answer: Answer) -> dict[str, Any]:
    """The score of a survey, or the solution that the customer is content with; nothing where nothing was said."""
    if answer.task.kind == SURVEY and answer.details.get("score"):
        return _score(answer)
    if answer.task.kind == FOLLOW_UP and answer.details.get("solution"):
        return _solution(answer)
    return {}


def _score(answer: Answer) -> dict[str, Any]:
    said = str(answer.details["score"])
    if not (said.isdecimal() and len(said) < 3 and int(said) <= 10):
        raise BadDetails("score", _("A number from 0 to 10 is needed."))
    visit = answer.task.occasion.evidence.get("visit")
    row = Feedback.objects.record(
        dealership=answer.task.dealership,
        customer=answer.customer,
        ownership=answer.task.ownership,
        order=RepairOrder.objects.filter(pk=visit, customer=answer.customer).first() if visit else None,
        at=answer.now,
        score=int(said),
        comment=str(answer.details.get("comment") or answer.note)[:4000],
        channel=Channel.CALL,
        by=answer.by,
    )
    return {"score": row.score, "feedback": row.pk, "complaint": row.complaint_id}


def _solution(answer: Answer) -> dict[str, Any]:
    """Solved, and the customer says so: both at once."""
    number = answer.task.occasion.evidence.get("complaint")
    complaint = Complaint.objects.filter(pk=number, customer=answer.customer).first() if number else None
    if complaint is None:
        raise BadDetails("solution", _("This complaint is gone."))
    complaint.resolve(str(answer.details["solution"]), by=answer.by, at=answer.now)
    complaint.confirm(by=answer.by, at=answer.now)
    return {"complaint": complaint.pk, "is_content": True}
