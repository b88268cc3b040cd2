"""Rules of the occasions, by the code of their kind: adding a kind is one function and one line here."""

from __future__ import annotations

from collections.abc import Callable

from lifecycle.rules.occasions import care, checks, contracts, service
from lifecycle.rules.occasions.candidate import Candidate, Case, Found, State

RULES: dict[str, Callable[[Case], Found]] = {
    "recall": service.recall,
    "complaint_follow_up": care.complaint_follow_up,
    "courtesy_call": care.courtesy_call,
    "onboarding": care.onboarding,
    "service_feedback": care.service_feedback,
    "appointment_confirmation": care.appointment_confirmation,
    "no_show": care.no_show,
    "first_service": service.first_service,
    "maintenance": service.maintenance,
    "overdue_maintenance": service.overdue_maintenance,
    "component_wear": service.component_wear,
    "declined_work": service.declined_work,
    "seasonal_tyres": service.seasonal_tyres,
    "insurance_renewal": contracts.insurance_renewal,
    "warranty_end": contracts.warranty_end,
    "service_contract_end": contracts.service_contract_end,
    "finance_end": contracts.finance_end,
    "repurchase": contracts.repurchase,
    "win_back": service.win_back,
    "birthday": care.birthday,
    "public_holiday": care.public_holiday,
    "data_check": checks.data_check,
}

__all__ = ["RULES", "Candidate", "Case", "Found", "State"]
