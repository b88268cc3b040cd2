"""Who is deliberately not contacted, so that a campaign can be measured; and what is never kept back.

A customer is drawn for a campaign by `customers.rules.drawing` when the gates before the budget pass for the first
time, and stays where the draw put them. Besides, a small control group is contacted by no campaign at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from campaigns.rules.gates import BEFORE_BUDGET
from campaigns.rules.ruling import Shut
from lifecycle.rules.kinds import KINDS

GLOBAL = "global"  # the campaign of the control group, for the whole group of dealerships
GLOBAL_SALT = "v1"


def may_be_held_out(kind: str, evidence: Mapping[str, Any], *, is_safety_work: bool) -> bool:
    """Is keeping quiet about this occasion allowed? DOMAIN section 4: never where a contact is owed.

    An occasion that does not say whether the car is in warranty counts as in warranty; a kind that the
    registry does not know is never held out.
    """
    known = KINDS.get(kind)
    if known is None:
        return False
    return known.may_be_held_out(in_warranty=evidence.get("in_warranty") is not False, is_safety_work=is_safety_work)


def is_eligible(shut: list[Shut]) -> bool:
    """Do all gates before the budget stand open? Then the customer is drawn: whom a full budget or a holiday
    keeps away today belongs to the group all the same."""
    return not any(item.gate in BEFORE_BUDGET for item in shut)
