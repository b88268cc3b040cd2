"""Staff say that a decision not to contact a customer is wrong."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from campaigns.models import Contest, Decision, Verdict
from customers.models import Customer
from dealercrm.accounts.models import User
from dealercrm.why import Why

HOLDOUT = "holdout"  # the gate of rules/gates.py that keeps a control group


class NotContestableError(Exception):
    """This decision is not contested; `why` is the sentence for whoever wants to."""

    def __init__(self, why: Why) -> None:
        super().__init__(why.code)
        self.why = why


@transaction.atomic
def contest(decision: Decision, text: str, *, by: User, at: datetime) -> Contest:
    """Write down what is wrong.

    Raises ValueError without a reason: "wrong" alone helps nobody to mend it. Raises NotContestableError where
    somebody has said so already, where the customer is contacted by now, and of a control group: whom the staff
    would choose to take out of it, and whom not, is what the draw is there to prevent.
    """
    if not text.strip():
        raise ValueError("A contested decision says what is wrong with it.")
    person = Customer.objects.held_person(decision.customer_id)
    decision.refresh_from_db(fields=["verdict", "gate"])
    if decision.verdict == Verdict.CONTACT:
        raise NotContestableError(Why("contest.contacted"))
    if decision.gate == HOLDOUT:
        raise NotContestableError(Why("contest.control_group"))
    if decision.contests.open().exists():
        raise NotContestableError(Why("contest.open_already"))
    return Contest.objects.create(
        decision=decision,
        customer=person,
        dealership_id=decision.dealership_id,
        gate=decision.gate,
        text=text.strip(),
        by=by,
        at=at,
    )
