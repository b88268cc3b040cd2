"""The registry of occasions: what kinds of reasons to talk exist, and what each one is in the eyes of the law.

A kind is a row here and a column in the database, never a class or a table of its own. Its window
is a value of the store's policy (`window_<code>` in policy.py); its label is in `sentences.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Purpose(StrEnum):
    """Purpose classes; the same words as customers.Purpose, which rules may not import."""

    SAFETY = "safety"
    SERVICE = "service"
    COURTESY = "courtesy"
    SURVEY = "survey"
    MARKETING = "marketing"


class HeldOut(StrEnum):
    """May an occasion of this kind be kept back from a share of customers, to measure what calling earns?"""

    MAY = "may"
    OUTSIDE_WARRANTY = "outside_warranty"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of occasion (DOMAIN section 4)."""

    code: str
    purpose: Purpose
    held_out: HeldOut = HeldOut.MAY
    is_message_only: bool = False
    # False: it stands until it is settled; its window ends only so that nothing stays open for ever.
    has_last_day: bool = True
    # False: no rule finds it in the facts; a campaign opens it and closes it again.
    is_judged: bool = True

    def may_be_held_out(self, *, in_warranty: bool, is_safety_work: bool) -> bool:
        """Safety work of any kind is never held out, and no scheduled service that keeps a warranty alive."""
        if is_safety_work or self.held_out is HeldOut.NEVER:
            return False
        return not (in_warranty and self.held_out is HeldOut.OUTSIDE_WARRANTY)


_ALL = (
    Kind("recall", Purpose.SAFETY, HeldOut.NEVER, has_last_day=False),
    Kind("complaint_follow_up", Purpose.COURTESY, HeldOut.NEVER, has_last_day=False),
    Kind("courtesy_call", Purpose.COURTESY),
    Kind("onboarding", Purpose.COURTESY),
    Kind("service_feedback", Purpose.SURVEY),
    Kind("appointment_confirmation", Purpose.SERVICE, HeldOut.NEVER),
    Kind("no_show", Purpose.SERVICE, HeldOut.NEVER),
    Kind("first_service", Purpose.SERVICE, HeldOut.OUTSIDE_WARRANTY),
    Kind("maintenance", Purpose.SERVICE, HeldOut.OUTSIDE_WARRANTY),
    Kind("overdue_maintenance", Purpose.SERVICE),
    Kind("component_wear", Purpose.SERVICE),
    Kind("declined_work", Purpose.SERVICE),
    Kind("seasonal_tyres", Purpose.SERVICE),
    Kind("insurance_renewal", Purpose.MARKETING),
    Kind("warranty_end", Purpose.SERVICE),
    Kind("service_contract_end", Purpose.MARKETING),
    Kind("finance_end", Purpose.MARKETING),
    Kind("repurchase", Purpose.MARKETING),
    Kind("win_back", Purpose.MARKETING),
    Kind("birthday", Purpose.COURTESY, is_message_only=True),
    Kind("public_holiday", Purpose.COURTESY, is_message_only=True),
    Kind("data_check", Purpose.SERVICE),
    Kind("announcement", Purpose.MARKETING, is_judged=False),
    Kind("inbound_message", Purpose.COURTESY, HeldOut.NEVER, is_judged=False),
    Kind("visit_booked", Purpose.SERVICE, HeldOut.NEVER, is_judged=False),
)

KINDS: dict[str, Kind] = {kind.code: kind for kind in _ALL}
JUDGED: dict[str, Kind] = {kind.code: kind for kind in _ALL if kind.is_judged}  # what the night opens and closes
