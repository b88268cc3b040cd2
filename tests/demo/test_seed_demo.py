"""`manage.py seed_demo` from an empty database to a dealership at work."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from campaigns.claiming import claim_next
from campaigns.models import CallResult, ContactTask, Decision, OutboxMessage
from campaigns.running import plan_store
from customers.models import ContactPoint, Customer, CustomerStore
from customers.rules.contacts import normalise_phone
from dealercrm.accounts.models import Dealership, JobRun, User
from dealercrm.demo.clearing import clear_demo
from dealercrm.demo.seeding import Demo, Report, write_demo
from dealercrm.demo.staffing import DEMO_PASSWORD, LOGINS
from dealercrm.demo.world.truth import Truth
from lifecycle.models import StageCount, Standing
from lifecycle.outlook import outlook
from lifecycle.prospects import count_prospects
from tests.factories import make_dealership, moment
from vehicles.models import (
    Complaint,
    Feedback,
    ImportProfile,
    Make,
    OdometerReading,
    Ownership,
    RecallCampaign,
    RecallVehicle,
    RepairOrder,
    Vehicle,
    WorkGroup,
)

TODAY = date(2026, 3, 16)


@pytest.fixture(autouse=True)
def var(settings: Any, tmp_path: Path) -> Path:
    settings.VAR_DIR = tmp_path
    return tmp_path


def seed_demo(*options: str) -> str:
    """The whole command: rows, nights, calls."""
    out = StringIO()
    call_command("seed_demo", "--vehicles", "240", "--today", TODAY.isoformat(), *options, stdout=out)
    return out.getvalue()


@pytest.fixture
def rows(db: None, var: Path, now: datetime) -> Demo:
    """Only the rows: no night has run."""
    return write_demo(vehicles=150, seed=1, today=TODAY, now=now, var_dir=var, report=Report())


@pytest.mark.django_db
def test_an_empty_database_becomes_two_stores_at_work(var: Path, mailoutbox: list[EmailMessage]) -> None:
    printed = seed_demo()
    assert list(Dealership.objects.values_list("code", flat=True).order_by("code")) == ["sever", "yug"]
    assert Vehicle.objects.count() == 240
    assert all(word in printed for word in ("anna", "galina", DEMO_PASSWORD))
    assert len(Truth.load(var / "demo-truth-1.npz").vin) == Ownership.objects.count()
    for store in Dealership.objects.all():
        _has_a_day_of_work(store)
    assert ContactTask.objects.open().exclude(promised_at=None).exists()
    assert CallResult.objects.values("outcome").distinct().count() >= 3
    connection.check_constraints()
    assert OutboxMessage.objects.filter(status="sent").exists()
    assert mailoutbox == []  # letters of past days are handed to nobody
    _tonight_is_done_and_planning_again_changes_nothing()
    _a_call_can_be_taken_at_any_hour()


def _a_call_can_be_taken_at_any_hour() -> None:
    anna = User.objects.get(username="anna")
    for store in Dealership.objects.all():
        assert claim_next(anna, store, now=moment(TODAY, 23)) is not None


def _tonight_is_done_and_planning_again_changes_nothing() -> None:
    for job in ("lifecycle", "plan_contacts"):
        done = JobRun.objects.filter(job=job, logical_on=TODAY, sequence=0, status=JobRun.Status.DONE)
        assert done.count() == 2  # beat finds tonight done
    before = ContactTask.objects.count(), Decision.objects.count()
    morning = moment(TODAY, 9)
    for store in Dealership.objects.all():
        plan_store(store, on=TODAY, now=morning, by_hand=True, clock=lambda: morning)
    assert (ContactTask.objects.count(), Decision.objects.count()) == before


def _has_a_day_of_work(store: Dealership) -> None:
    calls = ContactTask.objects.filter(dealership=store).calls().open()
    assert 8 <= calls.count() <= 150
    assert calls.values("kind").distinct().count() >= 3
    assert CallResult.objects.filter(task__dealership=store).count() >= 5
    counted = set(StageCount.objects.filter(dealership=store).values_list("on", flat=True))
    assert {TODAY, TODAY - timedelta(days=7), TODAY - timedelta(days=30)} <= counted
    assert Standing.objects.filter(dealership=store).count() == Ownership.objects.filter(home_store=store).count()


def test_search_keys_are_those_that_save_would_have_made(rows: Demo) -> None:
    for customer in Customer.objects.all():
        kept = customer.search_key
        customer.refresh_search_key()
        assert customer.search_key == kept
    for vehicle in Vehicle.objects.all():
        kept_keys = vehicle.vin_tail, vehicle.plate_key
        vehicle.refresh_keys()
        assert (vehicle.vin_tail, vehicle.plate_key) == kept_keys


def test_readings_that_nobody_would_believe_are_flagged_with_their_reason(rows: Demo) -> None:
    suspect = OdometerReading.objects.filter(plausibility="suspect")
    assert 0.005 < suspect.count() / OdometerReading.objects.count() < 0.08
    assert all(reading.note["code"].startswith("odometer.") for reading in suspect)


def test_the_next_row_finds_its_number(rows: Demo) -> None:
    last = Customer.objects.order_by("-pk").values_list("pk", flat=True)[0]
    assert Customer.objects.create(last_name="Новый").pk == last + 1


def test_every_store_knows_whom_it_served(rows: Demo) -> None:
    known = set(CustomerStore.objects.values_list("customer", "dealership"))
    assert set(RepairOrder.objects.values_list("customer", "dealership")) <= known
    assert set(Ownership.objects.values_list("customer", "home_store")) <= known


def test_phones_stand_as_an_import_would_have_stored_them(rows: Demo) -> None:
    for value in ContactPoint.objects.filter(kind="phone").values_list("value", flat=True)[:50]:
        assert normalise_phone(value) == value


@pytest.mark.django_db
def test_the_products_own_catalogue_is_used_and_not_doubled(var: Path, now: datetime) -> None:
    makes, groups = Make.objects.count(), WorkGroup.objects.count()
    write_demo(vehicles=150, seed=1, today=TODAY, now=now, var_dir=var, report=Report())
    assert (Make.objects.count(), WorkGroup.objects.count()) == (makes, groups)


def test_everybody_can_log_in_with_the_printed_password(rows: Demo) -> None:
    for login in LOGINS:
        assert Client().login(username=login.username, password=DEMO_PASSWORD)
    assert User.objects.get(username="galina").sees_all_dealerships


@pytest.mark.django_db
@pytest.mark.parametrize("code", ["north", "sever"])
def test_a_real_dealership_is_never_touched_whatever_its_code(code: str) -> None:
    store = make_dealership(code)
    with pytest.raises(CommandError, match="not the demo's"):
        seed_demo("--replace")
    assert list(Dealership.objects.all()) == [store]


def test_a_demo_beside_a_real_dealership_is_not_replaced(rows: Demo) -> None:
    make_dealership("north")
    with pytest.raises(CommandError, match="not the demo's"):
        seed_demo("--replace")
    assert Vehicle.objects.count() == 150


def test_a_second_demo_asks_to_replace_the_first(rows: Demo) -> None:
    with pytest.raises(CommandError, match="--replace"):
        seed_demo()
    assert Vehicle.objects.count() == 150


def test_replacing_leaves_the_catalogue_and_nothing_of_the_first_demo(rows: Demo, var: Path, now: datetime) -> None:
    makes, names = Make.objects.count(), set(Customer.objects.values_list("search_key", flat=True))
    profile = ImportProfile.objects.create(code="ours", name="Ours")
    clear_demo()
    assert not Customer.objects.exists()
    assert not User.objects.exists()
    write_demo(vehicles=150, seed=2, today=TODAY, now=now, var_dir=var, report=Report())
    assert Vehicle.objects.count() == 150
    assert Make.objects.count() == makes
    assert len(names & set(Customer.objects.values_list("search_key", flat=True))) < len(names) / 4
    assert list(ImportProfile.objects.filter(code="ours")) == [profile]
    assert ImportProfile.objects.create(code="next", name="Next").pk > profile.pk


def test_the_demo_shows_answers_recalls_and_people_who_ask(rows: Demo) -> None:
    answers = Feedback.objects.all()
    assert answers.of_group("promoter").exists()
    assert all(answer.order is not None and answer.at.date() > answer.order.opened_on for answer in answers)
    assert set(answers.of_group("detractor").values_list("complaint__source", flat=True)) <= {"nps"}
    assert Complaint.objects.filter(source="nps").count() == answers.of_group("detractor").count()
    for recall in RecallCampaign.objects.all():
        assert recall.last_list["known"] >= 1
        assert recall.last_list["unknown"] >= 50
        assert recall.last_list["bad"] == 2
    assert RecallVehicle.objects.filter(done_on=None).exists()
    assert count_prospects(rows.stores).keys() == {"enquiry", "test_drive"}


def test_the_works_due_at_a_demo_car_have_a_fixed_price(rows: Demo) -> None:
    car = Ownership.objects.open().select_related("vehicle", "home_store").filter(acquired="new").earliest("pk")
    needs = outlook(car, TODAY).needs
    assert needs
    assert all(need.price.is_whole for need in needs)
    assert all(1_000 < need.price.amount < 200_000 for need in needs)
