"""Nights by themselves: after two in the morning of each store's own clock, once a date, and caught up when missed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from dealercrm.accounts.health import nights_of
from dealercrm.accounts.models import Dealership, JobRun
from dealercrm.celery import app
from lifecycle.models import Standing
from lifecycle.tasks import sweep_nights, work_on_night
from tests.factories import make_customer, make_ownership, make_visit


@pytest.fixture(autouse=True)
def at_once() -> Iterator[None]:
    """Workers are free: what is sent to them runs at once."""
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False


def nights(store: Dealership) -> list[str]:
    runs = JobRun.objects.filter(job="lifecycle", dealership=store).order_by("logical_on")
    return [f"{run.logical_on} {run.status}" for run in runs]


def state(store: Dealership) -> str:
    [night] = nights_of([store], timezone.now(), jobs=["lifecycle"])
    return night.state


def test_a_night_starts_at_two_by_the_clock_of_its_store(north: Dealership, south: Dealership) -> None:
    """Samara is an hour ahead of Moscow."""
    with time_machine.travel(datetime(2026, 3, 15, 21, 59, tzinfo=UTC), tick=False):
        sweep_nights()
    assert nights(north) == nights(south) == []
    with time_machine.travel(datetime(2026, 3, 15, 22, 1, tzinfo=UTC), tick=False):
        sweep_nights()
    assert nights(south) == ["2026-03-16 done"]
    assert nights(north) == []
    with time_machine.travel(datetime(2026, 3, 15, 23, 1, tzinfo=UTC), tick=False):
        sweep_nights()
        sweep_nights()
    assert nights(north) == ["2026-03-16 done"]


def test_a_machine_that_was_off_at_two_has_its_night_when_it_is_on_again(north: Dealership) -> None:
    car = make_ownership(make_customer(north), north, started_on=datetime(2026, 3, 1, tzinfo=UTC).date())
    with time_machine.travel(datetime(2026, 3, 1, 9, tzinfo=UTC), tick=False):
        sweep_nights()
    assert Standing.objects.get(ownership=car).substage == "delivered"
    with time_machine.travel(datetime(2026, 3, 20, 15, tzinfo=UTC), tick=False):
        assert state(north) == "late"
        sweep_nights()
        assert state(north) == "ok"
    assert nights(north) == ["2026-03-01 done", "2026-03-20 done"]
    assert Standing.objects.get(ownership=car).substage == "onboarding"


def test_an_inactive_store_has_no_nights(north: Dealership) -> None:
    north.is_active = False
    north.save()
    sweep_nights()
    assert nights(north) == []


def test_a_night_whose_worker_died_is_taken_up_by_the_next_sweep(north: Dealership) -> None:
    make_ownership(make_customer(north), north)
    with time_machine.travel(datetime(2026, 3, 16, 6, tzinfo=UTC), tick=False):
        sweep_nights()
        JobRun.objects.update(status="running", finished_at=None)
        run = JobRun.objects.get()
        run.chunks.update(status="claimed", lease_until=timezone.now() + timedelta(minutes=1))
        sweep_nights()
        assert nights(north) == ["2026-03-16 running"]  # its worker may still be alive
    with time_machine.travel(datetime(2026, 3, 16, 6, 2, tzinfo=UTC), tick=False):
        sweep_nights()
    assert nights(north) == ["2026-03-16 done"]


def test_a_rule_that_fails_fails_the_night_loudly_and_without_personal_data(
    north: Dealership, monkeypatch: pytest.MonkeyPatch
) -> None:
    car = make_ownership(make_customer(north), north)
    make_visit(car, car.started_on + timedelta(days=3))

    def broken(*args: object, **options: object) -> None:
        raise ZeroDivisionError("Ivanov")

    monkeypatch.setattr("lifecycle.evaluating.judge", broken)
    with time_machine.travel(datetime(2026, 3, 16, 6, tzinfo=UTC), tick=False):
        sweep_nights()
        run = JobRun.objects.get()
        assert (run.status, run.error) == ("failed", f"chunk 1 ({car.pk}-{car.pk}): builtins.ZeroDivisionError")
        assert state(north) == "failed"
        work_on_night(run.pk)  # harmless
    assert not Standing.objects.exists()
