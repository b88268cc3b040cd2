"""Taking a call: never a colleague's, never one that must not be made, back on the list when the browser dies."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from campaigns.claiming import NotClaimableError, claim, claim_next, extend_lease, give_back
from campaigns.models import ContactTask, Decision
from campaigns.rules.priority import value_of_promise
from dealercrm.accounts.models import Dealership, Role, User
from tests.campaigns.building import planned_call
from tests.factories import make_user, moment
from vehicles.models import Complaint, Refusal


@pytest.fixture
def dora(north: Dealership) -> User:
    return make_user("dora", Role.OPERATOR, north)


def test_the_most_valuable_call_comes_first(north: Dealership, anna: User, now: datetime) -> None:
    planned_call(north, now, "component_wear")
    first = planned_call(north, now, "first_service")
    task = claim_next(anna, north, now=now)
    assert task == first
    assert (task.claimed_by, task.epoch, task.lease_until) == (anna, 1, now + timedelta(seconds=120))


def test_two_operators_get_two_calls_and_the_third_none(
    north: Dealership, anna: User, dora: User, now: datetime
) -> None:
    planned_call(north, now)
    planned_call(north, now)
    mine, hers = claim_next(anna, north, now=now), claim_next(dora, north, now=now)
    assert mine is not None
    assert hers is not None
    assert mine != hers
    assert claim_next(make_user("eva", Role.OPERATOR, north), north, now=now) is None


def test_next_gives_the_call_in_hand_until_it_is_answered(north: Dealership, anna: User, now: datetime) -> None:
    planned_call(north, now)
    planned_call(north, now)
    first = claim_next(anna, north, now=now)
    again = claim_next(anna, north, now=now + timedelta(seconds=30))
    assert again == first
    assert again is not None
    assert again.epoch == 1


def test_a_dead_browser_gives_its_call_back_with_the_next_epoch(
    north: Dealership, anna: User, dora: User, now: datetime
) -> None:
    task = planned_call(north, now)
    claim_next(anna, north, now=now)
    assert claim_next(dora, north, now=now + timedelta(seconds=119)) is None
    taken = claim_next(dora, north, now=now + timedelta(seconds=120))
    assert taken == task
    assert taken is not None
    assert taken.epoch == 2
    assert not extend_lease(task, anna, 1, now + timedelta(seconds=121))


def test_a_heartbeat_keeps_the_call(north: Dealership, anna: User, dora: User, now: datetime) -> None:
    task = planned_call(north, now)
    claim_next(anna, north, now=now)
    assert extend_lease(task, anna, 1, now + timedelta(seconds=60))
    assert claim_next(dora, north, now=now + timedelta(seconds=150)) is None


def test_a_call_given_back_is_free_at_once(north: Dealership, anna: User, dora: User, now: datetime) -> None:
    task = planned_call(north, now)
    claim_next(anna, north, now=now)
    assert give_back(task, anna, 1, now)
    assert not give_back(task, anna, 1, now)
    assert claim_next(dora, north, now=now) == task


def test_a_call_is_not_taken_before_its_hour(north: Dealership, anna: User, now: datetime) -> None:
    planned_call(north, now)
    ContactTask.objects.update(not_before=now + timedelta(minutes=1))
    assert claim_next(anna, north, now=now) is None


def test_a_withdrawn_consent_takes_the_call_away_at_the_door(north: Dealership, anna: User, now: datetime) -> None:
    task = planned_call(north, now)
    task.customer.withdraw_consent(channel="call", at=now, source="web")
    other = planned_call(north, now, "data_check")
    assert claim_next(anna, north, now=now) == other
    task.refresh_from_db()
    assert (task.status, task.closed_why["code"]) == ("cancelled", "gate.objected")
    assert Decision.objects.get(occasion=task.occasion).gate == "no_consent"


def test_a_refusal_of_this_morning_is_seen_at_the_door(north: Dealership, anna: User, now: datetime) -> None:
    task = planned_call(north, now)
    Refusal.objects.create(
        customer=task.customer, dealership=north, topic="maintenance", at=now, until=now.date() + timedelta(days=5)
    )
    assert claim_next(anna, north, now=now) is None
    task.refresh_from_db()
    assert task.status == "open"
    assert task.not_before == moment(now.date() + timedelta(days=7), 9) - timedelta(days=2) + timedelta(hours=1)


def test_a_complaint_of_this_morning_puts_marketing_off_until_tomorrow(
    north: Dealership, anna: User, now: datetime
) -> None:
    task = planned_call(north, now, "insurance_renewal")
    Complaint.objects.create(dealership=north, customer=task.customer, opened_at=now, text="rattles")
    assert claim_next(anna, north, now=now) is None
    task.refresh_from_db()
    assert task.not_before == moment(now.date() + timedelta(days=1), 9)


def test_after_eight_in_the_evening_nobody_is_called(north: Dealership, anna: User, now: datetime) -> None:
    task = planned_call(north, now)
    assert claim_next(anna, north, now=now.replace(hour=20)) is None
    task.refresh_from_db()
    assert task.not_before == moment(now.date() + timedelta(days=1), 9)
    assert claim_next(anna, north, now=moment(now.date() + timedelta(days=1), 9)) == task


def test_a_promised_call_is_personal_until_it_is_half_an_hour_late(
    north: Dealership, anna: User, dora: User, now: datetime
) -> None:
    task = planned_call(north, now)
    ContactTask.objects.filter(pk=task.pk).update(
        promised_at=now, assigned_to=anna, priority=value_of_promise(now), not_before=now
    )
    assert claim_next(dora, north, now=now + timedelta(minutes=29)) is None
    with pytest.raises(NotClaimableError) as refused:
        claim(task.pk, dora, now=now + timedelta(minutes=29))
    assert refused.value.why.code == "claim.personal"
    assert claim_next(dora, north, now=now + timedelta(minutes=30)) == task


def test_a_promised_call_comes_before_the_most_valuable(north: Dealership, anna: User, now: datetime) -> None:
    planned_call(north, now, "first_service")
    promised = planned_call(north, now, "data_check")
    ContactTask.objects.filter(pk=promised.pk).update(promised_at=now, priority=value_of_promise(now), assigned_to=anna)
    assert claim_next(anna, north, now=now) == promised


def test_choosing_a_call_that_a_colleague_has_says_who(
    north: Dealership, anna: User, dora: User, now: datetime
) -> None:
    task = planned_call(north, now)
    claim(task.pk, anna, now=now)
    with pytest.raises(NotClaimableError) as refused:
        claim(task.pk, dora, now=now)
    assert (refused.value.why.code, refused.value.why.params["by"]) == ("claim.taken", "Anna")
