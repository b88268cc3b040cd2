"""The numbers of the lifecycle, as DOMAIN sections 3-5 and 9 give them; a store may change each."""

from __future__ import annotations

from dataclasses import dataclass, fields

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
    interval_km: int = 15000
    interval_months: int = 12

    odometer_credibility_years: float = 0.025
    odometer_between_variance: float = 0.2
    odometer_within_variance: float = 0.06
    odometer_readings: int = 12
    odometer_drop_km: int = 100
    odometer_km_per_day: int = 900
    odometer_gap_days: int = 20

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

    def __post_init__(self) -> None:
        for field in fields(self):
            if field.name.startswith("window_"):
                _check_window(field.name, getattr(self, field.name))


def _check_window(name: str, window: tuple[object, ...]) -> None:
    days = [day for day in window if isinstance(day, int) and not isinstance(day, bool)]
    if len(days) != 3 or len(window) != 3 or not days[0] <= days[1] <= days[2]:
        raise ValueError(f"{name}: three whole numbers of days are needed, opens <= due <= closes, not {window!r}.")
