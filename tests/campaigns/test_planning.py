"""Planning: occasions become decisions and tasks; doing it twice changes nothing."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.models import Campaign, ContactTask, Decision, DecisionChange, OutboxMessage
from dealercrm.accounts.models import Dealership, JobRun
from lifecycle.models import Occasion
from tests.campaigns.building import customer_with_occasion, make_occasion, plan, planned_call
from tests.factories import make_customer, make_ownership, make_visit, moment
from vehicles.models import Appointment, Complaint, Refusal, Touch


def test_a_due_occasion_becomes_a_call_with_its_reason(north: Dealership, today: date, now: datetime) -> None:
    occasion = customer_with_occasion(north, today=today)
    counts = plan(north, now)
    task = ContactTask.objects.get()
    assert (task.channel, task.kind, task.due_on, task.status) == ("call", "maintenance", today, "open")
    assert task.why == occasion.why
    assert counts["planned"] == 1
    decision = Decision.objects.get()
    assert (decision.verdict, decision.gate) == ("contact", "")
    assert DecisionChange.objects.count() == 1


def test_planning_twice_changes_nothing(north: Dealership, today: date, now: datetime) -> None:
    for kind in ("maintenance", "insurance_renewal", "birthday"):
        customer_with_occasion(north, kind, today=today, email=f"{kind}@inbox.test")
    plan(north, now)
    before = list(ContactTask.objects.values()), list(Decision.objects.values()), OutboxMessage.objects.count()
    counts = plan(north, now + timedelta(minutes=5))
    assert counts["planned"] == 0
    assert counts["decisions"] == 0
    after = list(ContactTask.objects.values()), list(Decision.objects.values()), OutboxMessage.objects.count()
    assert after == before


def test_a_call_waits_for_the_due_day(north: Dealership, today: date, now: datetime) -> None:
    customer_with_occasion(north, today=today, occasion={"due_on": today + timedelta(days=3)})
    plan(north, now)
    assert not ContactTask.objects.exists()
    plan(north, now + timedelta(days=3))
    assert ContactTask.objects.get().due_on == today + timedelta(days=3)


def test_a_missed_night_is_caught_up(north: Dealership, today: date, now: datetime) -> None:
    customer_with_occasion(north, today=today, occasion={"due_on": today - timedelta(days=3)})
    plan(north, now)
    assert ContactTask.objects.get().due_on == today


def test_a_refusal_is_the_reason_and_says_until_when(north: Dealership, today: date, now: datetime) -> None:
    occasion = customer_with_occasion(north, today=today)
    until = today + timedelta(days=10)
    Refusal.objects.create(
        customer=occasion.customer, dealership=north, topic="maintenance", until=until, at=now - timedelta(days=30)
    )
    plan(north, now)
    decision = Decision.objects.get()
    assert (decision.verdict, decision.gate, decision.eligible_on) == ("wait", "refusal", until)
    assert not ContactTask.objects.exists()
    plan(north, now + timedelta(days=10))
    assert ContactTask.objects.get().occasion == occasion
    assert [change.verdict for change in DecisionChange.objects.order_by("pk")] == ["wait", "contact"]


def test_an_appointment_keeps_the_call_away(north: Dealership, today: date, now: datetime) -> None:
    occasion = customer_with_occasion(north, today=today)
    Appointment.objects.create(
        dealership=north, customer=occasion.customer, ownership=occasion.ownership, starts_at=now + timedelta(days=2)
    )
    plan(north, now)
    assert Decision.objects.get().gate == "booked"


def test_a_visit_takes_the_planned_call_off_the_list(north: Dealership, today: date, now: datetime) -> None:
    task = planned_call(north, now)
    assert task.ownership is not None
    make_visit(task.ownership, today)
    counts = plan(north, now + timedelta(days=1))
    task.refresh_from_db()
    assert (task.status, task.closed_why["code"]) == ("cancelled", "gate.recent_work")
    assert counts["withdrawn"] == 1
    assert Decision.objects.get().gate == "recent_work"


def test_a_tyre_visit_does_not_cover_the_maintenance(north: Dealership, today: date, now: datetime) -> None:
    task = planned_call(north, now)
    assert task.ownership is not None
    make_visit(task.ownership, today, works=("tyres",))
    plan(north, now + timedelta(days=1))
    task.refresh_from_db()
    assert task.status == "open"


def test_a_customer_with_an_open_complaint_is_not_offered_insurance(
    north: Dealership, today: date, now: datetime
) -> None:
    occasion = customer_with_occasion(north, "insurance_renewal", today=today)
    Complaint.objects.create(dealership=north, customer=occasion.customer, opened_at=now, text="rattles")
    plan(north, now)
    assert set(Decision.objects.values_list("gate", flat=True)) == {"no_contact_point", "complaint"}
    assert not ContactTask.objects.exists()


def test_the_more_valuable_occasion_goes_first(north: Dealership, today: date, now: datetime) -> None:
    ownership = make_ownership(make_customer(north), north)
    make_occasion(ownership, "component_wear", today=today)
    first = make_occasion(ownership, "first_service", today=today)
    plan(north, now)
    assert ContactTask.objects.get().occasion == first
    other = Decision.objects.get(verdict="wait")
    assert (other.gate, other.why["params"]["kind"]) == ("more_valuable", "first_service")
    assert "contact_budget" in other.failed_gates


def test_an_expired_window_closes_the_call(north: Dealership, today: date, now: datetime) -> None:
    task = planned_call(north, now, occasion={"closes_on": today})
    plan(north, now + timedelta(days=1))
    task.refresh_from_db()
    assert task.status == "expired"


def test_a_served_occasion_takes_its_call_away_but_not_one_in_hand(
    north: Dealership, today: date, now: datetime, anna
) -> None:
    left, held = planned_call(north, now), planned_call(north, now)
    ContactTask.objects.filter(pk=held.pk).update(status="claimed", claimed_by=anna, lease_until=now, epoch=1)
    Occasion.objects.update(status="served", closed_on=today)
    plan(north, now)
    left.refresh_from_db()
    held.refresh_from_db()
    assert (left.status, held.status) == ("cancelled", "claimed")


def test_marketing_without_consent_is_refused_and_service_is_not(north: Dealership, today: date, now: datetime) -> None:
    customer_with_occasion(north, "insurance_renewal", today=today, consents=False)
    customer_with_occasion(north, "maintenance", today=today, consents=False)
    plan(north, now)
    assert ContactTask.objects.get().kind == "maintenance"
    verdicts = set(Decision.objects.filter(occasion__kind="insurance_renewal").values_list("verdict", "gate"))
    assert verdicts == {("never", "no_contact_point"), ("never", "no_consent")}


def test_insurance_starts_with_a_letter_when_there_is_an_address(north: Dealership, today: date, now: datetime) -> None:
    customer_with_occasion(
        north,
        "insurance_renewal",
        today=today,
        email="petrov@inbox.test",
        occasion={"opens_on": today, "due_on": today + timedelta(days=15), "closes_on": today + timedelta(days=45)},
    )
    plan(north, now)
    message = OutboxMessage.objects.get()
    assert (message.task.channel, message.status) == ("email", "queued")
    assert "/unsubscribe/" in message.body
    assert "{" not in message.subject + message.body
    ContactTask.objects.update(status="done", closed_at=now)
    plan(north, now + timedelta(days=14))
    assert ContactTask.objects.count() == 1
    plan(north, now + timedelta(days=15))
    assert ContactTask.objects.filter(channel="call", step__position=2).count() == 1


def test_a_public_holiday_is_decided_afresh_the_next_day(north: Dealership) -> None:
    holiday = date(2026, 5, 1)
    occasion = customer_with_occasion(north, today=holiday)
    plan(north, moment(holiday, 2))
    decision = Decision.objects.get()
    assert (decision.gate, decision.eligible_on) == ("quiet_hours", date(2026, 5, 2))
    plan(north, moment(date(2026, 5, 2), 2))
    assert ContactTask.objects.get().occasion == occasion


def test_the_call_opens_at_nine_of_the_customers_clock(north: Dealership, today: date) -> None:
    customer_with_occasion(north, today=today, city="Владивосток")
    plan(north, moment(today, 1))
    assert ContactTask.objects.get().not_before == moment(today, 2)


def test_another_stores_marketing_keeps_ours_away_for_two_weeks(
    north: Dealership, south: Dealership, today: date, now: datetime
) -> None:
    occasion = customer_with_occasion(north, "insurance_renewal", today=today)
    Touch.objects.create(
        customer=occasion.customer,
        dealership=south,
        at=now - timedelta(days=13),
        channel="email",
        purpose="marketing",
    )
    plan(north, now)
    decision = Decision.objects.get(step__channel="call")
    assert (decision.gate, decision.eligible_on) == ("sister_store", today + timedelta(days=1))


def test_a_run_in_flight_finishes_on_its_version(north: Dealership, today: date, now: datetime) -> None:
    task = planned_call(north, now)
    old = task.step.campaign
    Campaign.objects.filter(pk=old.pk).update(is_active=False)
    new = Campaign.objects.create(
        dealership=north, code=old.code, version=2, name_en="x", name_ru="x", kinds=old.kinds, rank=old.rank
    )
    step = new.steps.create(position=1, channel="call")
    ContactTask.objects.filter(pk=task.pk).update(status="done", outcome="thinks", closed_at=now)
    other = customer_with_occasion(north, today=today)
    plan(north, now + timedelta(days=4))
    assert ContactTask.objects.exclude(pk=task.pk).get(occasion=task.occasion).step.campaign == old
    assert ContactTask.objects.get(occasion=other).step == step


@pytest.mark.parametrize("people", [3, 12])
def test_planning_asks_the_same_number_of_queries_for_any_number_of_customers(
    north: Dealership, today: date, now: datetime, people: int
) -> None:
    for number in range(people):
        customer_with_occasion(north, today=today, email=f"a{number}@inbox.test")
    plan(north, now - timedelta(days=300))  # installs the campaigns
    with CaptureQueriesContext(
        connection,
    ) as queries:
        counts = plan(north, now)
    assert counts["planned"] == people
    assert len(queries) == 29


def test_the_command_plans_each_store_and_leaves_a_run_to_look_at(
    north: Dealership, today: date, now: datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    customer_with_occasion(north, today=today)
    call_command("plan_contacts", date=today, dealership="north")
    assert "planned 1" in capsys.readouterr().out
    run = JobRun.objects.get(job="plan_contacts")
    assert (run.status, run.counts["planned"]) == ("done", 1)
