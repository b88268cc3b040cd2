"""Staff say that a decision not to contact a customer is wrong."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from campaigns.models import Contest, Decision, Verdict
from customers.models import Customer
from dealercrm.accounts.models import User


@transaction.atomic
def contest(decision: Decision, text: str, *, by: User, at: datetime) -> Contest | None:
    """Write down what is wrong; None where somebody has said so already, or where the customer is contacted by now.

    Raises ValueError without a reason: "wrong" alone helps nobody to mend it.
    """
    if not text.strip():
        raise ValueError("A contested decision says what is wrong with it.")
    person = Customer.objects.held_person(decision.customer_id)
    decision.refresh_from_db(fields=["verdict", "gate"])
    if decision.verdict == Verdict.CONTACT or decision.contests.open().exists():
        return None
    return Contest.objects.create(
        decision=decision,
        customer=person,
        dealership_id=decision.dealership_id,
        gate=decision.gate,
        text=text.strip(),
        by=by,
        at=at,
    )
