"""The contact policy: who may be contacted how often and when, as DOMAIN sections 6, 7 and 9 give it."""

from __future__ import annotations

from dataclasses import dataclass

from dealercrm.values import Values


@dataclass(frozen=True, slots=True)
class ContactValues(Values):
    """None means no limit, 0 means none at all; the policy screen says so in words."""

    marketing_touches: int | None = 2
    marketing_days: int = 30
    marketing_calls: int | None = 1
    marketing_call_days: int = 14
    days_between_emails: int | None = 3
    service_calls: int | None = 1
    service_call_days: int = 3
    email_silence_after: int | None = 5
    email_silence_months: int = 12
    silence_after_purchase_months: int = 12
    sister_store_days: int = 14
    recent_work_days: int = 14

    quiet_until_hour: int = 9
    quiet_from_hour: int = 20
    weekend_quiet_until_hour: int = 10
    weekend_quiet_from_hour: int = 18
    are_holidays_quiet: bool = True

    # A day's messages beyond this share of the base (but never below the number) wait for a manager's word.
    blast_share: float = 0.05
    blast_floor: int = 50
    announcement_days: int = 7

    lease_seconds: int = 120
    dials: int = 4
    dial_days: int = 10
    busy_minutes: int = 120
    thinks_days: int = 3
    callback_grace_minutes: int = 30
    call_url: str = "tel:{number}"  # what a click on a number opens (rules/dialling.py)
    refusal_days: int = 180
    complaint_days: int = 2
    review_url: str = ""  # where a customer who would recommend us is asked to say so in public
    call_cost: float = 90.0
    email_cost: float = 0.3
    sms_cost: float = 6.5  # a part of a text message, DOMAIN section 9: 5-8
    messenger_cost: float = 1.0

    # What a talk is worth before results are measured: share of dials that reach somebody, minutes a call
    # takes, and per group of kinds (rules/plays.py) the margin of a taken offer times the share that takes it.
    reach_share: float = 0.42
    call_minutes: float = 4.0
    operator_minutes: int = 360
    worth_first_service: float = 3200.0
    worth_maintenance: float = 1750.0
    worth_overdue: float = 1400.0
    worth_small_work: float = 700.0
    worth_insurance: float = 900.0
    worth_contract: float = 600.0
    worth_repurchase: float = 1500.0
    worth_win_back: float = 800.0
    worth_courtesy: float = 1200.0
    worth_data: float = 250.0
    # What it costs in a year not to know something: the margin of the contacts that do not come about.
    lost_without_email: float = 240.0
    lost_without_mileage: float = 400.0
    lost_without_birth_date: float = 30.0
    lost_without_city: float = 50.0
    urgency_days: int = 7
    urgency_factor: float = 1.5
    ageing_bonus: float = 0.25  # what waiting from the first to the last day adds to a call's value
    class_share: float = 0.05  # of the day's calls at least so many for each purpose class (rules/order.py)

    # Measuring: what counts as having come because of us, and when we say so.
    global_holdout_share: float = 0.03
    horizon_days: int = 90
    enrolment_days: int = 90
    least_effect: float = 0.02
    random_share: float = 0.07

    # Whose visit it is: how far from the booked day it may lie, what it is worth to who booked it, and for how long
    # after its end a month takes what is found out late.
    credit_days: int = 5
    credit_points: int = 10
    praise_points: int = 5
    credit_close_days: int = 10

    # The workshop's day until capacity has a model of its own: hours, length of a visit, cars at once.
    opening_hour: int = 9
    closing_hour: int = 18
    slot_minutes: int = 60
    cars_at_once: int = 3
