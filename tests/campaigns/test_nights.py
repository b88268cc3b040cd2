"""After the night of the lifecycle comes the planning, once per store and local date; letters leave by themselves."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.core.management import CommandError, call_command

from campaigns import running
from campaigns.models import ContactTask, Decision
from campaigns.tasks import sweep_messages, sweep_planning
from dealercrm.accounts.health import nights_of
from dealercrm.accounts.models import Dealership, JobRun
from dealercrm.accounts.running import claim_chunk, start_run
from dealercrm.celery import app
from lifecycle.models import Occasion
from lifecycle.tasks import sweep_nights, work_on_night
from tests.campaigns.building import customer_with_occasion, plan
from tests.factories import make_customer, make_ownership, moment


def night_done(store: Dealership, on: date, *, hour: int = 2, sequence: int = 0) -> None:
    JobRun.objects.create(
        job="lifecycle",
        dealership=store,
        logical_on=on,
        status="done",
        sequence=sequence,
        started_at=moment(on, hour),
        finished_at=moment(on, hour),
    )


def test_planning_waits_for_the_lifecycle_and_runs_once(north: Dealership, today: date) -> None:
    customer_with_occasion(north, today=today)
    with time_machine.travel(moment(today, 2, 30), tick=False):
        sweep_planning()
        assert not JobRun.objects.filter(job="plan_contacts").exists()
        night_done(north, today)
        sweep_planning()
        sweep_planning()
    run = JobRun.objects.get(job="plan_contacts")
    assert (run.status, run.sequence, run.counts["planned"]) == ("done", 0, 1)
    assert ContactTask.objects.get().not_before == moment(today, 9)


def test_a_night_by_hand_is_planned_too_and_once(north: Dealership, today: date) -> None:
    night_done(north, today)
    with time_machine.travel(moment(today, 2, 30), tick=False):
        sweep_planning()
    customer_with_occasion(north, today=today)
    with time_machine.travel(moment(today, 10), tick=False):
        sweep_planning()
        assert not ContactTask.objects.exists(), "the control: nobody asked for another night"
        night_done(north, today, hour=10, sequence=1)
        sweep_planning()
    with time_machine.travel(moment(today, 10, 5), tick=False):
        sweep_planning()
    assert list(JobRun.objects.filter(job="plan_contacts").values_list("sequence", flat=True).order_by("sequence")) == [
        0,
        1,
    ]
    assert ContactTask.objects.count() == 1


def test_a_failed_chunk_is_tried_again_and_fails_its_run_loudly(
    north: Dealership, today: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer_with_occasion(north, today=today)

    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("a phone number nobody may see")

    monkeypatch.setattr(running, "plan_customers", broken)
    with pytest.raises(CommandError, match="chunk 1"):
        call_command("plan_contacts", date=today, dealership="north")
    run = JobRun.objects.get(job="plan_contacts")
    assert run.status == "failed"
    assert "phone number" not in run.error


def test_a_planner_that_died_is_taken_up_by_the_next_sweep(north: Dealership, today: date) -> None:
    customer_with_occasion(north, today=today)
    night_done(north, today)
    start = start_run("plan_contacts", north, on=today, now=moment(today, 2), ranges=[(1, 10**9)])
    assert start is not None
    chunk = claim_chunk(start, now=moment(today, 2))  # and then its worker is gone
    assert chunk is not None
    with time_machine.travel(moment(today, 2, 1), tick=False):
        sweep_planning()
        assert not ContactTask.objects.exists()
    with time_machine.travel(moment(today, 2, 10), tick=False):
        sweep_planning()
    assert ContactTask.objects.count() == 1
    start.refresh_from_db()
    assert start.status == "done"


def test_three_days_without_a_night_are_caught_up_as_the_day_says(north: Dealership, today: date) -> None:
    due = customer_with_occasion(north, today=today, occasion={"due_on": today + timedelta(days=1)})
    over = customer_with_occasion(
        north, today=today, occasion={"due_on": today + timedelta(days=1), "closes_on": today + timedelta(days=2)}
    )
    plan(north, moment(today + timedelta(days=3), 2))
    assert ContactTask.objects.get().occasion == due
    assert not Decision.objects.filter(occasion=over).exists()


def test_due_letters_leave_by_themselves(north: Dealership, today: date, now: datetime) -> None:
    customer_with_occasion(north, "birthday", today=today, email="petrov@inbox.test")
    plan(north, now)
    with time_machine.travel(now, tick=False):
        sweep_messages()
    assert len(mail.outbox) == 1


def test_both_sweeps_stand_in_the_schedule() -> None:
    entries = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert {"campaigns.tasks.sweep_planning", "campaigns.tasks.sweep_messages"} <= entries


def test_nothing_of_a_customer_is_written_to_the_log(
    north: Dealership, today: date, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    customer_with_occasion(north, "birthday", today=today, email="petrov@inbox.test", name="Петров Пётр Петрович")
    plan(north, now)
    with time_machine.travel(now, tick=False):
        sweep_messages()
    assert "petrov" not in caplog.text
    assert "Петров" not in caplog.text


def test_three_days_without_power_are_caught_up_and_nothing_is_done_twice(north: Dealership, today: date) -> None:
    """The worker dies in the middle of both nights of Monday; beat and workers come back on Thursday."""
    back = moment(today + timedelta(days=3), 10)
    delivered = make_ownership(make_customer(north), north, started_on=today - timedelta(days=1))  # due on Wednesday
    greeted = make_customer(north, birth_on=date(1980, today.month, today.day + 1), email="a@inbox.test")
    make_ownership(greeted, north, started_on=today - timedelta(days=200))  # his birthday was on Tuesday
    for job in ("lifecycle", "plan_contacts"):
        run = start_run(job, north, on=today, now=moment(today, 2), ranges=[(1, 10**9)])
        assert run is not None
        assert claim_chunk(run, now=moment(today, 2)) is not None
    with time_machine.travel(back, tick=False):
        assert {night.state for night in nights_of([north], back)} == {"late"}
        for _minute in range(3):
            sweep_nights()
            for left in JobRun.objects.filter(job="lifecycle", status="running"):
                work_on_night(left.pk)
            sweep_planning()
        assert {night.state for night in nights_of([north], back)} == {"ok"}
    nights = JobRun.objects.order_by("job", "logical_on").values_list("job", "logical_on", "status")
    thursday = today + timedelta(days=3)
    assert list(nights) == [
        ("lifecycle", today, "done"),
        ("lifecycle", thursday, "done"),
        ("plan_contacts", today, "failed"),
        ("plan_contacts", thursday, "done"),
    ]
    assert [(task.kind, task.ownership) for task in ContactTask.objects.all()] == [("courtesy_call", delivered)]
    assert not mail.outbox, "a birthday that is over is greeted no more"
    assert not Occasion.objects.filter(kind="birthday", status="open").exists()
