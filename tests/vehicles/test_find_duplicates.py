"""The nightly look for people filed twice: what it writes, what it leaves alone, and that it runs once a night."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command

from customers.models import Customer, DuplicatePair, RelatedPair
from dealercrm.accounts.models import Dealership, JobRun, User
from dealercrm.accounts.running import claim_chunk
from tests.customers.looking import refresh_suggestions
from tests.factories import make_customer, make_ownership, make_visit
from vehicles.duplicates import JOB, LEASE, garages, is_due, look, start_looking
from vehicles.tasks import sweep_duplicates

PHONE = "+79123456789"


@pytest.fixture
def ivan(north: Dealership) -> Customer:
    return make_customer(north, name="Заболоцкий Ерофей Силантьевич", phone=PHONE)


@pytest.fixture
def ivan_again(north: Dealership, ivan: Customer) -> Customer:
    return make_customer(north, name="Zabolotskiy Erofey Silantevich", phone=PHONE)


def refresh(now: datetime) -> Counter[str]:
    return refresh_suggestions(garages(), now=now)


def test_one_person_on_two_cards_is_suggested_once_with_reasons(
    ivan: Customer, ivan_again: Customer, now: datetime
) -> None:
    assert refresh(now)["duplicates_new"] == 1
    pair = DuplicatePair.objects.get()
    assert (pair.first, pair.second) == (ivan, ivan_again)
    assert {reason["code"] for reason in pair.reasons} >= {"duplicate.full_name", "duplicate.same_phone"}
    assert pair.chance > 0.9
    again = refresh(now + timedelta(days=1))
    assert (again["duplicates_new"], again["duplicates_changed"], again["duplicates_open"]) == (0, 0, 1)


def test_reasons_hold_no_name_and_no_number(ivan: Customer, ivan_again: Customer, now: datetime) -> None:
    refresh(now)
    text = str(DuplicatePair.objects.get().reasons)
    assert "912" not in text
    assert "abolo" not in text


def test_a_suggestion_that_no_longer_holds_goes_away(ivan: Customer, ivan_again: Customer, now: datetime) -> None:
    refresh(now)
    ivan_again.correct({"first_name": "Анна", "last_name": "Орлова", "middle_name": ""})
    counts = refresh(now)
    assert counts["duplicates_gone"] == 1
    assert not DuplicatePair.objects.exists()


def test_what_a_person_rejected_is_never_suggested_again_also_after_a_merge(
    ivan: Customer, ivan_again: Customer, north: Dealership, boris: User, now: datetime
) -> None:
    refresh(now)
    assert DuplicatePair.objects.get().reject(by=boris, at=now)
    refresh(now)
    assert DuplicatePair.objects.get().status == "rejected"
    kept = make_customer(north, name="Заболоцкий Ерофей Силантьевич", phone=PHONE)
    Customer.objects.filter(pk=ivan_again.pk).update(merged_into=kept)
    refresh(now)
    assert not DuplicatePair.objects.filter(status="suggested").exists()


def test_two_who_answer_one_question_at_once_are_not_both_heard(
    ivan: Customer, ivan_again: Customer, boris: User, vera: User, now: datetime
) -> None:
    refresh(now)
    mine, theirs = DuplicatePair.objects.get(), DuplicatePair.objects.get()
    assert mine.reject(by=boris, at=now)
    assert not theirs.reject(by=vera, at=now)
    assert DuplicatePair.objects.get().decided_by == boris


def test_a_car_that_both_came_with_counts_and_a_wrong_number_does_not(north: Dealership, now: datetime) -> None:
    one = make_customer(north, name="Заболоцкий Ерофей Силантьевич", phone=PHONE)
    two = make_customer(north, name="Заболоцкий Ерофей", phone=PHONE)
    two.contact_points.get().mark_invalid("wrong_number", at=now)
    visit = make_visit(make_ownership(one, north), now.date())
    visit.customer = two
    visit.save()
    refresh(now)
    codes = {reason["code"] for reason in DuplicatePair.objects.get().reasons}
    assert "duplicate.same_car" in codes
    assert "duplicate.same_phone" not in codes


def test_a_relative_with_the_same_phone_is_suggested_as_a_relative(
    ivan: Customer, north: Dealership, now: datetime
) -> None:
    wife = make_customer(north, name="Заболоцкая Анна Петровна", phone=PHONE)
    refresh(now)
    assert not DuplicatePair.objects.exists()
    pair = RelatedPair.objects.get()
    assert (pair.first, pair.second, pair.kind) == (ivan, wife, "household")


def test_a_pair_is_seen_by_who_may_see_both(
    ivan: Customer, south: Dealership, boris: User, clara: User, now: datetime
) -> None:
    foreign = make_customer(south, name="Zabolotskiy Erofey Silantevich", phone=PHONE)
    refresh(now)
    assert DuplicatePair.objects.exists()
    assert not DuplicatePair.objects.for_user(boris).exists()
    assert not DuplicatePair.objects.for_user(clara).exists()
    foreign.become_known_to(ivan.stores.get(), at=now)
    assert DuplicatePair.objects.for_user(boris).exists()


def test_the_night_looks_once_and_a_dead_worker_is_replaced(
    ivan: Customer, ivan_again: Customer, north: Dealership, now: datetime
) -> None:
    early = now.replace(hour=2)
    assert not is_due(north, early)
    assert is_due(north, now)
    run = start_looking(north, now=now)
    assert run is not None
    assert start_looking(north, now=now) is None
    assert claim_chunk(run, now=now, lease=LEASE)  # a worker takes it and dies
    assert not look(run, clock=lambda: now + timedelta(minutes=1))
    assert not DuplicatePair.objects.exists()
    assert look(run, clock=lambda: now + LEASE)
    assert DuplicatePair.objects.count() == 1
    assert not is_due(north, now)
    assert is_due(north, now + timedelta(days=1))


def test_the_sweep_starts_the_night_and_sends_a_worker(
    ivan: Customer,
    ivan_again: Customer,
    time_machine_at: Callable[[str], None],
    django_capture_on_commit_callbacks: Callable[..., object],
) -> None:
    time_machine_at("2026-03-16T04:00:00+03:00")
    sweep_duplicates()
    assert JobRun.objects.get(job=JOB).status in {"running", "done"}


def test_the_command_says_what_it_found(ivan: Customer, ivan_again: Customer) -> None:
    out = StringIO()
    call_command("find_duplicates", stdout=out)
    assert "duplicates_new 1" in out.getvalue()
