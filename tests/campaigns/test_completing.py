"""What follows each outcome of a call."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from campaigns.claiming import claim
from campaigns.completing import BadDetails, LateResultError, complete
from campaigns.models import CallResult, ContactTask, OutboxMessage, Outcome
from customers.models import ConsentEvent, ContactPoint
from dealercrm.accounts.models import Dealership, Role, User
from tests.campaigns.building import plan, planned_call
from tests.factories import make_user, moment
from vehicles.models import Appointment, Complaint, Refusal, Touch


def answer(task: ContactTask, user: User, outcome: str, now: datetime, **details: Any) -> CallResult:
    """Take the call and record what it ended with, as the card does."""
    held = claim(task.pk, user, now=now)
    note = details.pop("note", "")
    return complete(task.pk, outcome=outcome, by=user, epoch=held.epoch, now=now, note=note, details=details)


def following(task: ContactTask) -> ContactTask:
    return ContactTask.objects.exclude(pk=task.pk).get(occasion=task.occasion)


@pytest.fixture
def task(north: Dealership, now: datetime) -> ContactTask:
    return planned_call(north, now, email="ivanov@inbox.test")


DETAILS: dict[str, dict[str, Any]] = {
    "booked": {"starts_at": "2026-03-18T10:00"},
    "callback": {"at": "2026-03-16T15:00"},
    "complaint": {"text": "The door rattles."},
}


@pytest.mark.parametrize("outcome", Outcome.values)
def test_every_outcome_leaves_a_touch_and_a_note_of_new_facts(
    task: ContactTask, anna: User, now: datetime, outcome: str
) -> None:
    assert task.ownership is not None
    version = task.ownership.facts_version
    result = answer(task, anna, outcome, now, note="spoke slowly", **DETAILS.get(outcome, {}))
    touch = Touch.objects.get(channel="call")
    assert (touch.outcome, touch.topic, touch.by, touch.note) == (outcome, "maintenance", anna, "spoke slowly")
    assert result.touch == touch
    task.refresh_from_db()
    assert (task.status, task.outcome, task.closed_at) == ("done", outcome, now)
    task.ownership.refresh_from_db()
    assert task.ownership.facts_version > version


def test_booked_makes_the_appointment(task: ContactTask, anna: User, now: datetime) -> None:
    answer(task, anna, "booked", now, starts_at="2026-03-18T10:00", minutes="90")
    appointment = Appointment.objects.get()
    assert (appointment.starts_at, appointment.minutes) == (moment(date(2026, 3, 18), 10), 90)
    assert (appointment.ownership, appointment.booked_by, appointment.purpose) == (task.ownership, anna, "service")


def test_an_appointment_in_the_past_is_refused_and_nothing_is_written(
    task: ContactTask, anna: User, now: datetime
) -> None:
    with pytest.raises(BadDetails) as refused:
        answer(task, anna, "booked", now, starts_at="2026-03-15T10:00")
    assert refused.value.field == "starts_at"
    task.refresh_from_db()
    assert task.status == "claimed"
    assert not Touch.objects.exists()


def test_a_callback_is_promised_to_the_same_operator_at_that_hour(task: ContactTask, anna: User, now: datetime) -> None:
    answer(task, anna, "callback", now, at="2026-03-16T15:00")
    again = following(task)
    assert (again.promised_at, again.assigned_to, again.attempt) == (moment(date(2026, 3, 16), 15), anna, 2)
    assert again.why == task.why


def test_no_answer_is_tried_tomorrow_at_another_time_of_day(task: ContactTask, anna: User, now: datetime) -> None:
    answer(task, anna, "no_answer", now)
    again = following(task)
    assert again.not_before == moment(date(2026, 3, 17), 12)  # called at 11 in the morning
    assert again.priority == task.priority


def test_the_fourth_unanswered_dial_closes_the_call_and_the_letter_follows(
    task: ContactTask, anna: User, now: datetime
) -> None:
    for _dial in range(4):
        last = ContactTask.objects.filter(channel="call").latest("pk")
        at = max(last.not_before, now)
        result = answer(last, anna, "no_answer", at)
    assert result.details["is_unreached"] is True
    assert ContactTask.objects.filter(channel="call").count() == 4
    letter = ContactTask.objects.get(channel="email")
    assert letter.step.position == 2
    assert OutboxMessage.objects.get().task == letter


def test_busy_is_tried_in_two_hours(task: ContactTask, anna: User, now: datetime) -> None:
    answer(task, anna, "busy", now)
    assert following(task).not_before == now + timedelta(hours=2)


def test_busy_in_the_evening_is_tried_in_the_morning(north: Dealership, anna: User, now: datetime) -> None:
    task = planned_call(north, now)
    answer(task, anna, "busy", now.replace(hour=19))
    assert following(task).not_before == moment(date(2026, 3, 17), 9)


def test_thinking_gets_the_letter_now_and_the_repeat_call_in_three_days(
    north: Dealership, task: ContactTask, anna: User, now: datetime
) -> None:
    answer(task, anna, "thinks", now)
    letter = ContactTask.objects.get(channel="email")
    ContactTask.objects.filter(pk=letter.pk).update(status="done", closed_at=now)
    plan(north, now + timedelta(days=2))
    assert ContactTask.objects.count() == 2
    plan(north, now + timedelta(days=3))
    assert ContactTask.objects.get(step__position=3).channel == "call"


def test_without_an_address_the_letter_is_passed_over(north: Dealership, anna: User, now: datetime) -> None:
    task = planned_call(north, now)
    answer(task, anna, "thinks", now)
    assert not OutboxMessage.objects.exists()
    plan(north, now + timedelta(days=3))
    assert following(task).step.position == 3


def test_a_refusal_keeps_its_reason_and_term(task: ContactTask, anna: User, now: datetime) -> None:
    answer(task, anna, "refused", now, reason="price", until="2026-09-01")
    refusal = Refusal.objects.get()
    assert (refusal.topic, refusal.reason, refusal.until) == ("maintenance", "price", date(2026, 9, 1))
    assert refusal.ownership == task.ownership


def test_no_calls_is_withdrawn_now_and_clears_the_customers_list(
    north: Dealership, task: ContactTask, anna: User, now: datetime
) -> None:
    other = ContactTask.objects.get(pk=task.pk)
    other.pk, other.attempt, other.claimed_by = None, 9, None
    other.save()
    answer(task, anna, "no_calls", now)
    said = ConsentEvent.objects.latest("pk")
    assert (said.channel, said.purpose, said.is_given, said.recorded_by) == ("call", "", False, anna)
    other.refresh_from_db()
    assert other.status == "cancelled"


def test_a_wrong_number_is_marked_and_the_next_number_tried(task: ContactTask, anna: User, now: datetime) -> None:
    second = ContactPoint.objects.create(customer=task.customer, kind="phone", value="+79990000001", position=1)
    answer(task, anna, "wrong_number", now)
    assert list(ContactPoint.objects.usable().filter(kind="phone")) == [second]
    assert following(task).channel == "call"


def test_the_last_wrong_number_leaves_the_letter(task: ContactTask, anna: User, now: datetime) -> None:
    answer(task, anna, "wrong_number", now)
    assert following(task).channel == "email"


def test_a_sold_car_ends_the_ownership(task: ContactTask, anna: User, now: datetime) -> None:
    answer(task, anna, "sold", now)
    assert task.ownership is not None
    task.ownership.refresh_from_db()
    assert (task.ownership.end_reason, task.ownership.ended_on) == ("sold", now.date())


def test_a_complaint_is_opened_with_a_day_to_solve_it(task: ContactTask, anna: User, now: datetime) -> None:
    answer(task, anna, "complaint", now, text="The door rattles.")
    complaint = Complaint.objects.get()
    assert (complaint.text, complaint.due_on) == ("The door rattles.", date(2026, 3, 18))


def test_a_move_changes_the_city_and_moving_away_ends_it(task: ContactTask, anna: User, now: datetime) -> None:
    answer(task, anna, "moved", now, city="Омск", is_away=True)
    task.customer.refresh_from_db()
    assert task.customer.city == "Омск"
    assert task.ownership is not None
    task.ownership.refresh_from_db()
    assert task.ownership.end_reason == "moved_away"


def test_a_deceased_customer_is_never_contacted_again(
    north: Dealership, task: ContactTask, anna: User, now: datetime
) -> None:
    answer(task, anna, "deceased", now)
    assert not ContactPoint.objects.usable().exists()
    plan(north, now + timedelta(days=1))
    assert not ContactTask.objects.open().exists()


def test_a_late_result_is_refused_and_its_note_kept(
    north: Dealership, task: ContactTask, anna: User, now: datetime
) -> None:
    dora = make_user("dora", Role.OPERATOR, north)
    mine = claim(task.pk, anna, now=now)
    later = now + timedelta(minutes=5)
    claim(task.pk, dora, now=later)
    with pytest.raises(LateResultError):
        complete(task.pk, outcome="done", by=anna, epoch=mine.epoch, now=later, note="wants the red one")
    kept = CallResult.objects.get()
    assert (kept.was_late, kept.note) == (True, "wants the red one")
    assert not Touch.objects.exists()
    task.refresh_from_db()
    assert task.claimed_by == dora


def test_a_lease_that_ran_out_but_was_taken_by_nobody_still_counts(
    task: ContactTask, anna: User, now: datetime
) -> None:
    mine = claim(task.pk, anna, now=now)
    complete(task.pk, outcome="done", by=anna, epoch=mine.epoch, now=now + timedelta(hours=1))
    assert CallResult.objects.get().was_late is False


def test_the_same_answer_twice_is_one_answer(task: ContactTask, anna: User, now: datetime) -> None:
    mine = claim(task.pk, anna, now=now)
    first = complete(task.pk, outcome="done", by=anna, epoch=mine.epoch, now=now)
    assert complete(task.pk, outcome="done", by=anna, epoch=mine.epoch, now=now) == first
    assert Touch.objects.count() == 1


def test_an_outcome_without_what_it_needs_says_which(task: ContactTask, anna: User, now: datetime) -> None:
    with pytest.raises(BadDetails) as refused:
        answer(task, anna, "callback", now)
    assert refused.value.field == "at"
