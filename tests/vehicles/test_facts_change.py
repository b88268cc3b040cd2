"""Verbs that change a fact: the change, who was faster, and the note for the next night."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

from customers.rules.consent import allows
from dealercrm.accounts.models import Dealership, User
from tests.factories import make_customer, make_ownership
from vehicles.models import Appointment, Complaint, Ownership


@pytest.fixture
def ownership(north: Dealership) -> Ownership:
    return make_ownership(make_customer(north), north)


@pytest.fixture
def raises_facts(ownership: Ownership) -> Callable[[Callable[[], object]], bool]:
    def raised(act: Callable[[], object]) -> bool:
        before = Ownership.objects.get(pk=ownership.pk).facts_version
        act()
        return Ownership.objects.get(pk=ownership.pk).facts_version > before

    return raised


def make_appointment(of: Ownership, starts_at: datetime, **fields: object) -> Appointment:
    return Appointment.objects.create(
        dealership=of.home_store,
        customer=of.customer,
        **({"ownership": of, "starts_at": starts_at} | fields),
    )


def test_an_appointment_goes_from_booked_to_arrived(
    ownership: Ownership, now: datetime, raises_facts: Callable[[Callable[[], object]], bool]
) -> None:
    visit = make_appointment(ownership, now)
    assert raises_facts(visit.confirm)
    assert visit.status == Appointment.Status.CONFIRMED
    assert raises_facts(visit.arrive)
    assert not visit.is_open
    assert not raises_facts(visit.cancel)
    assert visit.status == Appointment.Status.ARRIVED


def test_nobody_is_late_before_the_time(ownership: Ownership, now: datetime) -> None:
    visit = make_appointment(ownership, now + timedelta(hours=1))
    assert not visit.miss(at=now)
    assert visit.miss(at=now + timedelta(hours=2))
    assert visit.arrive(), "who comes after all has come"


def test_a_slower_colleague_learns_that_the_state_has_moved(ownership: Ownership, now: datetime) -> None:
    visit = make_appointment(ownership, now)
    in_another_window = Appointment.objects.get(pk=visit.pk)
    assert visit.cancel()
    assert not in_another_window.confirm()
    assert in_another_window.status == Appointment.Status.CANCELLED
    assert in_another_window.reopen()


def test_a_test_drive_without_a_car_is_a_fact_for_every_car_of_the_customer(
    ownership: Ownership, now: datetime, raises_facts: Callable[[Callable[[], object]], bool]
) -> None:
    drive = make_appointment(ownership, now, ownership=None, purpose="test_drive")
    assert raises_facts(drive.confirm)


def test_the_day_of_a_store_is_its_own_calendar_day(south: Dealership) -> None:
    theirs = make_ownership(make_customer(south), south)
    late = make_appointment(theirs, datetime.fromisoformat("2026-03-16T23:30:00+04:00"))
    early = make_appointment(theirs, datetime.fromisoformat("2026-03-16T00:10:00+04:00"))
    make_appointment(theirs, datetime.fromisoformat("2026-03-17T00:10:00+04:00"))
    assert list(Appointment.objects.on_day(date(2026, 3, 16), south)) == [early, late]


def test_a_complaint_is_resolved_once_and_says_how(
    ownership: Ownership, anna: User, now: datetime, raises_facts: Callable[[Callable[[], object]], bool]
) -> None:
    complaint = Complaint.objects.create(
        dealership=ownership.home_store, customer=ownership.customer, opened_at=now, text="Скрипит дверь"
    )
    with pytest.raises(ValueError, match="how it was resolved"):
        complaint.resolve("  ", by=anna, at=now)
    assert raises_facts(lambda: complaint.resolve("Смазали петли", by=anna, at=now))
    assert (complaint.solution, complaint.resolved_by, complaint.is_open) == ("Смазали петли", anna, False)
    assert not complaint.resolve("Ещё раз", by=anna, at=now)
    assert complaint.reopen()
    assert complaint.is_open
    assert complaint.solution == "Смазали петли"


def test_a_car_sold_by_mistake_comes_back_unless_it_has_a_new_owner(
    ownership: Ownership, north: Dealership, today: date
) -> None:
    ownership.end("sold", on=today)
    assert ownership.reopen()
    assert ownership.is_open
    ownership.end("sold", on=today)
    make_ownership(make_customer(north), north, vehicle=ownership.vehicle, started_on=today)
    assert not ownership.reopen()
    assert not ownership.is_open


def test_a_withdrawal_given_on_a_call_ends_calls_at_once(ownership: Ownership, anna: User, now: datetime) -> None:
    customer = ownership.customer
    assert allows(customer.consent_events.all(), "marketing", "call")
    customer.withdraw_consent(channel="call", at=now, source="call", dealership=ownership.home_store, by=anna)
    said = list(customer.consent_events.all())
    assert not allows(said, "marketing", "call")
    assert allows(said, "marketing", "email")
    assert said[-1].recorded_by == anna
