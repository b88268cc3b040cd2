"""How campaigns treat each kind of occasion: what it is worth, what settles it, which gates it passes.

The kinds themselves are the registry of `lifecycle/rules/kinds.py`; a kind that is missing here is an
ordinary service contact.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class Privilege(Enum):
    """Which gates a kind may pass: DOMAIN section 6, "recalls pass all gates but ..."."""

    NONE = "none"
    URGENT = "urgent"  # complaints and confirmations: only ended, contact point, objection and quiet hours
    RECALL = "recall"  # only ended and contact point


class Play(NamedTuple):
    worth: str  # field of ContactValues
    booking: str = ""  # purpose of the appointment that makes the contact needless
    works: tuple[str, ...] = ()  # work groups that settle it where the evidence names none
    privilege: Privilege = Privilege.NONE
    is_sales_offer: bool = False  # silent for a while after a purchase


_SERVICE = ("maintenance",)

PLAYS: dict[str, Play] = {
    "recall": Play("worth_courtesy", privilege=Privilege.RECALL),
    "complaint_follow_up": Play("worth_courtesy", privilege=Privilege.URGENT),
    "appointment_confirmation": Play("worth_courtesy", privilege=Privilege.URGENT),
    "inbound_message": Play("worth_courtesy", privilege=Privilege.URGENT),
    "visit_booked": Play("worth_courtesy", privilege=Privilege.URGENT),
    "courtesy_call": Play("worth_courtesy"),
    "onboarding": Play("worth_data"),
    "service_feedback": Play("worth_data"),
    "no_show": Play("worth_maintenance", booking="service"),
    "first_service": Play("worth_first_service", booking="service", works=_SERVICE),
    "maintenance": Play("worth_maintenance", booking="service", works=_SERVICE),
    "overdue_maintenance": Play("worth_overdue", booking="service", works=_SERVICE),
    "component_wear": Play("worth_small_work", booking="service"),
    "declined_work": Play("worth_small_work", booking="service"),
    "seasonal_tyres": Play("worth_small_work", booking="service", works=("tyres",)),
    "insurance_renewal": Play("worth_insurance"),
    "warranty_end": Play("worth_small_work", booking="service"),
    "service_contract_end": Play("worth_contract"),
    "finance_end": Play("worth_contract", is_sales_offer=True),
    "repurchase": Play("worth_repurchase", booking="test_drive", is_sales_offer=True),
    "win_back": Play("worth_win_back", booking="service", works=_SERVICE),
    "birthday": Play("worth_data"),
    "public_holiday": Play("worth_data"),
    "data_check": Play("worth_data"),
    "announcement": Play("worth_small_work"),
}
_ORDINARY = Play("worth_small_work", booking="service")


def play_of(kind: str) -> Play:
    return PLAYS.get(kind, _ORDINARY)
