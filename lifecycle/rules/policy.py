"""The numbers of the lifecycle, as DOMAIN sections 3-5 and 9 give them; a store may change each."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from functools import lru_cache

from dealercrm.values import Values

Window = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class LifecycleValues(Values):
    """Days unless a name says otherwise. A window is (opens, due, closes) in days from its fact."""

    purchase_days: int = 30
    due_soon_days: int = 14
    overdue_days: int = 30
    ratio_due: float = 1.0
    ratio_overdue: float = 1.25
    ratio_dormant: float = 1.75
    ratio_lost: float = 2.5
    lost_after_months: int = 24
    thin_ice_months: int = 3
    thin_ice_share_of_interval: float = 0.25

    repurchase_months_corporate: int = 36
    repurchase_months_premium: int = 30
    repurchase_months_chinese: int = 24
    repurchase_months_mass: int = 36
    repurchase_half_width_months: int = 2
    repurchase_again_months: int = 12

    km_per_day_prior: float = 48.0
    health_fall_points: int = 15
    at_risk_below: int = 15
    service_margin: float = 0.5
    loyal_after_months: int = 36
    complaint_remembered_months: int = 6
    answer_remembered_months: int = 24
    referral_remembered_months: int = 24

    interval_km: int = 15000
    interval_months: int = 12

    odometer_credibility_years: float = 0.025
    odometer_between_variance: float = 0.2
    odometer_within_variance: float = 0.06
    odometer_gap_days: int = 20

    window_recall: Window = (0, 7, 3650)
    window_service_feedback: Window = (1, 1, 15)
    window_complaint_follow_up: Window = (0, 1, 365)
    window_courtesy_call: Window = (3, 3, 15)
    onboarding_days: tuple[int, ...] = (14, 30)
    window_onboarding: Window = (0, 0, 7)
    window_appointment_confirmation: Window = (-3, -1, 0)
    window_no_show: Window = (1, 1, 14)
    window_first_service: Window = (-14, -7, 60)
    window_maintenance: Window = (-14, -7, 60)
    overdue_maintenance_due_days: int = 7
    window_component_wear: Window = (-14, 0, 60)
    component_wear_apart_days: int = 60
    window_declined_work: Window = (30, 30, 120)
    declined_safety_work_days: int = 7
    window_insurance_renewal: Window = (-45, -30, 0)
    window_warranty_end: Window = (-90, -60, 0)
    window_service_contract_end: Window = (-90, -60, 0)
    window_finance_end: Window = (-90, -60, 0)
    window_win_back: Window = (0, 7, 120)

    is_birthday_greeted: bool = True
    is_public_holiday_greeted: bool = False

    are_tyres_seasonal: bool = True
    tyres_spring: tuple[int, ...] = (25, 3, 30, 4)
    tyres_autumn: tuple[int, ...] = (1, 10, 31, 10)
    tyres_early_days: int = 30

    window_data_check: Window = (0, 14, 180)
    data_check_odometer_days: int = 540
    probably_sold_line: int = 60
    sold_points_missed_service: int = 15
    sold_points_wrong_number: int = 25
    sold_points_other_visitor: int = 40
    sold_points_usual_term: int = 15
    sold_points_bounced_mail: int = 15

    def __post_init__(self) -> None:
        for field in fields(self):
            if field.name.startswith("window_"):
                _check_window(field.name, getattr(self, field.name))
        _check_season("tyres_spring", self.tyres_spring)
        _check_season("tyres_autumn", self.tyres_autumn)


def _check_window(name: str, window: tuple[object, ...]) -> None:
    days = [day for day in window if isinstance(day, int) and not isinstance(day, bool)]
    if len(days) != 3 or len(window) != 3 or not days[0] <= days[1] <= days[2]:
        raise ValueError(f"{name}: three whole numbers of days are needed, opens <= due <= closes, not {window!r}.")


@lru_cache
def season(year: int, spec: tuple[int, ...]) -> tuple[date, date]:
    """First and last day of (day, month, day, month) in a year. ValueError where the calendar has no such day."""
    day, month, last_day, last_month = spec
    return date(year, month, day), date(year, last_month, last_day)


def _check_season(name: str, spec: tuple[int, ...]) -> None:
    try:
        first, last = season(2023, spec)
    except (TypeError, ValueError):
        first, last = date.max, date.min
    if first > last:
        raise ValueError(f"{name}: day, month, day, month are needed, the first day before the last, not {spec!r}.")
