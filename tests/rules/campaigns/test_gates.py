"""The gates, in DOMAIN's order, over plain facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.rules.facts import (
    Booking,
    Candidate,
    Consent,
    Contacted,
    CustomerFacts,
    Day,
    InFlight,
    Refused,
    Work,
)
from campaigns.rules.gates import AT_THE_DOOR, GATES, decide, shut_gates
from campaigns.rules.policy import ContactValues
from campaigns.rules.ruling import NEVER, WAIT

MOSCOW = ZoneInfo("Europe/Moscow")
TODAY = date(2026, 3, 16)
DAY = Day(TODAY)
VALUES = ContactValues()
LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)

YES = Consent("", "", True, LONG_AGO)
NOBODY = CustomerFacts(customer_id=1, zone=MOSCOW)
ALEXEY = CustomerFacts(customer_id=1, zone=MOSCOW, phones=1, emails=1, consents=(YES,))
SERVICE = Candidate(1, 10, 100, "maintenance", "service", "call", opens_on=TODAY)
MARKETING = Candidate(2, 10, 100, "insurance_renewal", "marketing", "call", opens_on=TODAY)
LETTER = replace(MARKETING, channel="email")
RECALL = Candidate(3, 10, 100, "recall", "safety", "call", opens_on=TODAY)
COMPLAINT = Candidate(4, 10, 100, "complaint_follow_up", "courtesy", "call", opens_on=TODAY)
SALE = Candidate(5, 10, 100, "repurchase", "marketing", "call", opens_on=TODAY)


def local(day: int, hour: int, minute: int) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=MOSCOW)


def days_ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def said(purpose: str, channel: str, is_given: bool, days: int) -> Consent:
    return Consent(purpose, channel, is_given, datetime(2026, 3, 16, 9, tzinfo=UTC) - timedelta(days=days))


def contacted(
    days: int, channel: str = "call", purpose: str = "marketing", store: int = 100, topic: str = ""
) -> Contacted:
    return Contacted(days_ago(days), channel, purpose, topic or "insurance_renewal", store)


def failed(candidate: Candidate, customer: CustomerFacts, day: Day = DAY, values: ContactValues = VALUES) -> list[str]:
    return [shut.gate for shut in shut_gates(candidate, customer, values, day)]


def test_nothing_stands_between_a_consenting_customer_and_a_due_service() -> None:
    ruling = decide(SERVICE, ALEXEY, VALUES, DAY)
    assert ruling.is_contact
    assert (ruling.gate, ruling.failed, ruling.eligible_on) == ("", (), None)


def test_the_first_shut_gate_is_the_reason_and_all_are_kept_in_order() -> None:
    customer = replace(NOBODY, refusals=(Refused("insurance_renewal", None, None),), complaint_since=days_ago(3))
    ruling = decide(MARKETING, customer, VALUES, DAY)
    assert ruling.failed == ("no_contact_point", "refusal", "no_consent", "complaint")
    assert ruling.gate == "no_contact_point"
    assert ruling.verdict == NEVER


def test_the_gates_stand_in_domains_order() -> None:
    assert list(GATES) == [
        "ended", "no_contact_point", "message_only", "refusal", "no_consent", "complaint", "recent_work", "booked",
        "more_valuable", "contact_budget", "silence_after_purchase", "sister_store", "holdout", "quiet_hours",
    ]  # fmt: skip


def test_it_is_asked_again_when_the_last_dated_gate_opens() -> None:
    customer = replace(
        ALEXEY, refusals=(Refused("repurchase", None, TODAY + timedelta(days=5)),), bought_on=days_ago(300)
    )
    ruling = decide(SALE, customer, VALUES, DAY)
    assert (ruling.gate, ruling.verdict, ruling.eligible_on) == ("refusal", WAIT, date(2026, 5, 20))


@pytest.mark.parametrize(
    ("refused", "is_shut"),
    [
        (Refused("maintenance", 10, TODAY + timedelta(days=1)), True),
        (Refused("maintenance", 10, TODAY), False),  # until that day, not through it
        (Refused("maintenance", 11, None), False),  # another car
        (Refused("insurance_renewal", None, None), False),  # another topic
        (Refused("", None, None), True),
    ],
)
def test_a_refusal_is_about_a_topic_a_car_and_a_term(refused: Refused, is_shut: bool) -> None:
    assert ("refusal" in failed(SERVICE, replace(ALEXEY, refusals=(refused,)))) is is_shut


@pytest.mark.parametrize(
    ("candidate", "consents", "is_shut"),
    [
        (SERVICE, (), False),
        (MARKETING, (), True),
        (MARKETING, (YES,), False),
        (SERVICE, (said("", "call", False, 1),), True),
        (SERVICE, (said("marketing", "", False, 1),), False),
        (MARKETING, (YES, said("marketing", "call", False, 1)), True),
        (LETTER, (YES, said("", "call", False, 1)), False),
        (MARKETING, (said("marketing", "call", False, 2), said("marketing", "", True, 1)), False),
        (COMPLAINT, (said("courtesy", "", False, 1),), False),
        (COMPLAINT, (said("", "call", False, 1),), True),
        (RECALL, (said("", "call", False, 1),), False),
    ],
)
def test_consent_is_the_latest_word_about_purpose_and_channel(
    candidate: Candidate, consents: tuple[Consent, ...], is_shut: bool
) -> None:
    assert ("no_consent" in failed(candidate, replace(ALEXEY, consents=consents))) is is_shut


def test_a_complaint_blocks_survey_and_marketing_and_nothing_else() -> None:
    unhappy = replace(ALEXEY, complaint_since=days_ago(3))
    assert failed(MARKETING, unhappy) == ["complaint"]
    assert failed(replace(SERVICE, kind="service_feedback", purpose="survey"), unhappy) == ["complaint"]
    assert failed(SERVICE, unhappy) == []


def test_recent_work_counts_for_its_own_group_and_car_only() -> None:
    def with_work(group: str, days: int, car: int = 10) -> CustomerFacts:
        return replace(ALEXEY, works=(Work(car, group, days_ago(days)),))

    assert failed(SERVICE, with_work("maintenance", 3)) == ["recent_work"]
    assert failed(SERVICE, with_work("tyres", 3)) == []
    assert failed(SERVICE, with_work("maintenance", 3, car=11)) == []
    assert failed(SERVICE, with_work("maintenance", 40)) == []
    assert failed(replace(SERVICE, opens_on=days_ago(50)), with_work("maintenance", 40)) == ["recent_work"]
    assert failed(replace(SERVICE, kind="component_wear", works=("brakes",)), with_work("brakes", 3)) == ["recent_work"]


def test_a_booking_stops_what_it_settles() -> None:
    booked = replace(ALEXEY, bookings=(Booking(10, "service", TODAY + timedelta(days=2)),))
    assert failed(SERVICE, booked) == ["booked"]
    assert failed(MARKETING, booked) == []
    assert failed(SALE, booked) == []
    test_drive = replace(ALEXEY, bookings=(Booking(10, "test_drive", TODAY + timedelta(days=2)),))
    assert failed(SALE, test_drive) == ["booked"]
    assert failed(SERVICE, test_drive) == []


@pytest.mark.parametrize(
    ("contacts", "candidate", "is_shut"),
    [
        ((contacted(13),), MARKETING, True),  # one call in 14 days
        ((contacted(14),), MARKETING, False),
        ((contacted(13),), SERVICE, False),
        ((contacted(2),), SERVICE, True),  # one call in 3 days for service
        ((contacted(3),), SERVICE, False),
        ((contacted(20, "email"), contacted(29, "email")), MARKETING, True),  # two touches in 30 days
        ((contacted(20, "email"), contacted(30, "email")), MARKETING, False),
        ((contacted(20, purpose="service"), contacted(25, "email", "courtesy")), MARKETING, True),  # they count too
        ((contacted(1, purpose="safety", topic="recall"),), MARKETING, False),  # safety is free
        ((contacted(1, purpose="service", topic="appointment_confirmation"),), MARKETING, False),
        ((contacted(20), contacted(25)), replace(MARKETING, is_repeat=True, is_start=False), False),
        ((contacted(1), contacted(2)), replace(MARKETING, is_promised=True), False),
        ((contacted(1), contacted(2)), RECALL, False),
        ((contacted(1), contacted(2)), COMPLAINT, False),
    ],
)
def test_the_contact_budget(contacts: tuple[Contacted, ...], candidate: Candidate, is_shut: bool) -> None:
    assert ("contact_budget" in failed(candidate, replace(ALEXEY, contacts=contacts))) is is_shut


def test_a_cadence_under_way_holds_its_place_in_the_budget() -> None:
    busy = replace(ALEXEY, in_flight=(InFlight(9, "repurchase", "call", "marketing"),))
    assert "contact_budget" in failed(MARKETING, busy)
    own = replace(ALEXEY, in_flight=(InFlight(2, "insurance_renewal", "call", "marketing"),))
    assert failed(MARKETING, own) == []


def test_emails_keep_their_distance_and_fall_silent_without_reaction() -> None:
    yesterday = replace(ALEXEY, last_email_on=days_ago(1), unanswered_emails=1)
    shut = shut_gates(LETTER, yesterday, VALUES, DAY)[0]
    assert (shut.gate, shut.eligible_on) == ("contact_budget", TODAY + timedelta(days=2))
    silent = replace(ALEXEY, last_email_on=days_ago(40), unanswered_emails=5)
    assert shut_gates(LETTER, silent, VALUES, DAY)[0].eligible_on == date(2027, 2, 4)
    assert failed(LETTER, replace(silent, unanswered_emails=4)) == []
    assert failed(replace(LETTER, kind="maintenance", purpose="service"), silent) == []


def test_no_limit_and_none_at_all_are_two_things() -> None:
    many = replace(ALEXEY, contacts=tuple(contacted(day) for day in range(20)))
    free = ContactValues(marketing_touches=None, marketing_calls=None)
    assert "contact_budget" not in failed(MARKETING, many, values=free)
    none = ContactValues(marketing_calls=0)
    assert decide(MARKETING, ALEXEY, none, DAY).verdict == NEVER


@given(st.lists(st.integers(0, 60), max_size=8))
def test_on_the_day_it_names_the_budget_is_open_if_nothing_else_happened(ages: list[int]) -> None:
    customer = replace(ALEXEY, contacts=tuple(contacted(age) for age in ages))
    shut = [item for item in shut_gates(MARKETING, customer, VALUES, DAY) if item.gate == "contact_budget"]
    if shut:
        assert shut[0].eligible_on is not None
        assert shut[0].eligible_on > TODAY
        # Touches and calls may open on different days; at the latest one more look is needed.
        later = Day(shut[0].eligible_on)
        assert "contact_budget" not in failed(MARKETING, customer, later)


def test_sales_offers_are_silent_for_a_year_after_a_purchase() -> None:
    buyer = replace(ALEXEY, bought_on=date(2025, 3, 17))
    assert failed(SALE, buyer) == ["silence_after_purchase"]
    assert failed(MARKETING, buyer) == []
    assert failed(SALE, replace(ALEXEY, bought_on=date(2025, 3, 16))) == []


def test_a_sister_store_is_waited_for_in_marketing_only() -> None:
    elsewhere = replace(ALEXEY, contacts=(contacted(13, "email", store=200),))
    assert failed(MARKETING, elsewhere) == ["sister_store"]
    assert failed(SERVICE, elsewhere) == []
    assert failed(MARKETING, replace(ALEXEY, contacts=(contacted(14, "email", store=200),))) == []


def test_a_recall_passes_everything_but_ended_and_no_contact() -> None:
    forbidden = replace(
        ALEXEY,
        consents=(said("", "", False, 1),),
        refusals=(Refused("", None, None),),
        complaint_since=TODAY,
        contacts=(contacted(1),),
    )
    holiday = Day(TODAY, holidays=frozenset({TODAY}))
    assert failed(RECALL, forbidden, holiday) == []
    assert failed(RECALL, replace(forbidden, phones=0)) == ["no_contact_point"]
    assert failed(RECALL, replace(forbidden, is_gone=True)) == ["ended"]


def test_complaints_keep_quiet_hours_and_pass_refusals() -> None:
    customer = replace(ALEXEY, refusals=(Refused("", None, None),), contacts=(contacted(0),), complaint_since=TODAY)
    assert failed(COMPLAINT, customer) == []
    at_night = Day(TODAY, datetime(2026, 3, 16, 21, tzinfo=MOSCOW))
    assert failed(COMPLAINT, customer, at_night) == ["quiet_hours"]


@pytest.mark.parametrize(
    ("at", "zone", "is_open"),
    [
        (local(16, 8, 59), "Europe/Moscow", False),
        (local(16, 9, 0), "Europe/Moscow", True),
        (local(16, 19, 59), "Europe/Moscow", True),
        (local(16, 20, 0), "Europe/Moscow", False),
        (local(14, 9, 59), "Europe/Moscow", False),  # Saturday
        (local(14, 17, 59), "Europe/Moscow", True),
        (local(14, 18, 0), "Europe/Moscow", False),
        (local(16, 13, 0), "Asia/Vladivostok", False),  # 20:00 there
        (local(16, 12, 59), "Asia/Vladivostok", True),
    ],
)
def test_quiet_hours_are_the_customers_own(at: datetime, zone: str, is_open: bool) -> None:
    customer = replace(ALEXEY, zone=ZoneInfo(zone))
    day = Day(TODAY, at)
    assert (shut_gates(SERVICE, customer, VALUES, day, only=AT_THE_DOOR) == []) is is_open


def test_a_promised_hour_is_kept_even_when_it_is_quiet() -> None:
    late = Day(TODAY, datetime(2026, 3, 16, 21, tzinfo=MOSCOW))
    assert failed(replace(SERVICE, is_promised=True), ALEXEY, late) == []


def test_a_holiday_is_quiet_and_names_the_next_day() -> None:
    shut = shut_gates(SERVICE, ALEXEY, VALUES, Day(TODAY, holidays=frozenset({TODAY, TODAY + timedelta(days=1)})))
    assert [(item.gate, item.eligible_on) for item in shut] == [("quiet_hours", TODAY + timedelta(days=2))]


def test_a_greeting_arrives_on_the_holiday_and_is_never_a_call() -> None:
    greeting = Candidate(6, 10, 100, "birthday", "courtesy", "email", opens_on=TODAY)
    holiday = Day(TODAY, holidays=frozenset({TODAY}))
    assert failed(greeting, ALEXEY, holiday) == []
    assert failed(replace(greeting, channel="call"), ALEXEY) == ["message_only"]


def test_an_ended_ownership_ends_every_contact() -> None:
    assert failed(replace(SERVICE, ownership_ended_on=TODAY), ALEXEY) == ["ended"]
    assert failed(replace(SERVICE, ownership_ended_on=TODAY + timedelta(days=1)), ALEXEY) == []
