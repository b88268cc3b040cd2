"""A night that is late, has failed or found differences is loud: above pages, for monitoring, by email, in the log."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client

from dealercrm.accounts.alarming import raise_alarms
from dealercrm.accounts.health import nights_of, progress_of
from dealercrm.accounts.models import Dealership, Heartbeat, JobChunk, JobRun, NightAlarm, User
from dealercrm.accounts.tasks import watch_nights
from tests.factories import moment

AsUser = Callable[[User], Client]


def run(store: Dealership, on: date, status: str = "done", **fields: Any) -> JobRun:
    at = moment(on, 2)
    defaults = {"job": "lifecycle", "started_at": at, "finished_at": None if status == "running" else at}
    return JobRun.objects.create(dealership=store, logical_on=on, status=status, **(defaults | fields))


def state(store: Dealership, now: datetime) -> str:
    [night] = nights_of([store], now, jobs=["lifecycle"])
    return night.state


def test_yesterdays_night_is_fine_until_six_and_late_after(north: Dealership, today: date) -> None:
    assert state(north, moment(today, 5)) == "never"
    run(north, today - timedelta(days=1))
    assert state(north, moment(today, 5)) == "ok"
    assert state(north, moment(today, 7)) == "late"


def test_a_run_by_hand_mends_a_failed_night_of_its_date(north: Dealership, today: date) -> None:
    run(north, today, "failed")
    assert state(north, moment(today, 7)) == "failed"
    run(north, today, sequence=1, started_at=moment(today, 6), finished_at=moment(today, 6))
    assert state(north, moment(today, 7)) == "ok"


def test_a_run_by_hand_that_fails_is_as_loud_as_a_night(north: Dealership, today: date) -> None:
    run(north, today)
    run(north, today, "failed", sequence=1)
    assert state(north, moment(today, 7)) == "failed"


def test_a_run_for_another_date_says_nothing_about_today(north: Dealership, today: date) -> None:
    run(north, today)
    late: dict[str, Any] = {"sequence": 1, "started_at": moment(today, 6), "finished_at": moment(today, 6)}
    run(north, today - timedelta(days=20), "failed", **late)
    run(north, today + timedelta(days=3), **late)
    assert state(north, moment(today, 7)) == "ok"
    JobRun.objects.filter(logical_on=today).delete()
    assert state(north, moment(today, 7)) == "failed"


def test_a_run_that_hangs_for_two_hours_is_late(north: Dealership, today: date) -> None:
    run(north, today, "running")
    assert state(north, moment(today, 3)) == "running"
    assert state(north, moment(today, 5)) == "late"


def test_chunks_are_counted_in_one_query(north: Dealership, today: date, django_assert_num_queries: Any) -> None:
    runs = [run(north, today, "running"), run(north, today, sequence=1)]
    for number, status in enumerate(["done", "claimed", "pending"], start=1):
        JobChunk.objects.create(run=runs[0], number=number, first_id=number, last_id=number, status=status)
    with django_assert_num_queries(1):
        progress = progress_of(runs)
    assert (progress[runs[0].pk].done, progress[runs[0].pk].total) == (1, 3)


@pytest.fixture
def failed(north: Dealership, today: date) -> JobRun:
    run(north, today, job="plan_contacts")
    return run(north, today, "failed", error="chunk 7 (1-500): builtins.ZeroDivisionError")


@pytest.mark.usefixtures("failed")
def test_a_failed_night_stands_above_every_page_of_those_who_can_do_something(
    vera: User, boris: User, anna: User, as_user: AsUser, now: datetime
) -> None:
    with time_machine.travel(now, tick=False):
        for user, address in ((vera, "/users/"), (boris, "/base/"), (boris, "/customers/")):
            shown = as_user(user).get(address).content.decode()
            assert "failed in the night of" in shown
            assert 'href="/health/"' in shown
        assert "failed in the night of" not in as_user(anna).get("/customers/").content.decode()


def test_a_good_night_stands_above_no_page(
    north: Dealership, boris: User, as_user: AsUser, today: date, now: datetime
) -> None:
    for job in ("lifecycle", "plan_contacts"):
        run(north, today, job=job)
    with time_machine.travel(now, tick=False):
        assert "alert--frame" not in as_user(boris).get("/base/").content.decode()


@pytest.mark.usefixtures("failed")
def test_nobody_hears_of_nights_of_other_stores(
    clara: User, south: Dealership, as_user: AsUser, today: date, now: datetime
) -> None:
    for job in ("lifecycle", "plan_contacts"):
        run(south, today, job=job)
    clara.memberships.update(role="manager")
    with time_machine.travel(now, tick=False):
        assert "alert--frame" not in as_user(clara).get("/base/").content.decode()


def test_background_work_that_stands_still_is_loud_where_it_once_ran(
    boris: User, as_user: AsUser, now: datetime
) -> None:
    browser = as_user(boris)
    with time_machine.travel(now, tick=False):
        assert "stood still" not in browser.get("/base/").content.decode()
        Heartbeat.strike("jobs", at=now - timedelta(hours=3))
        assert "Background work has stood still since" in browser.get("/base/").content.decode()


def test_differences_of_the_nightly_check_are_loud(
    north: Dealership, boris: User, as_user: AsUser, today: date, now: datetime
) -> None:
    run(north, today, counts={"judged": 40, "differences": 2})
    run(north, today, job="plan_contacts")
    with time_machine.travel(now, tick=False):
        assert "found 2 cars that stood otherwise" in as_user(boris).get("/base/").content.decode()
        shown = as_user(boris).get("/health/").content.decode()
    assert "1 nightly job needs attention." in shown
    assert '<span class="pill pill--danger">2</span>' in shown


def test_a_manager_looks_at_the_health_and_an_administrator_starts_a_run(
    failed: JobRun, vera: User, boris: User, anna: User, as_user: AsUser, now: datetime
) -> None:
    with time_machine.travel(now, tick=False):
        looked, ruled = (as_user(user).get("/health/").content.decode() for user in (boris, vera))
        assert as_user(anna).get("/health/").status_code == 403
    assert failed.error in looked
    assert "Run now" not in looked
    assert "Run now" in ruled


def test_monitoring_sees_states_ages_and_no_names(client: Client, failed: JobRun, now: datetime) -> None:
    with time_machine.travel(now, tick=False):
        answer = client.get("/healthz/nights")
        assert (answer.status_code, answer.json()["state"]) == (503, "attention")
        JobRun.objects.filter(pk=failed.pk).update(status="done")
        answer = client.get("/healthz/nights")
    assert (answer.status_code, answer.json()["state"]) == (200, "ok")
    [lifecycle, _planning] = answer.json()["nights"]
    assert lifecycle == {
        "store": "north", "job": "lifecycle", "state": "ok", "last_done_for": "2026-03-16",
        "age_seconds": 9 * 3600, "took_seconds": 0.0, "differences": 0,
    }  # fmt: skip
    assert "North" not in answer.content.decode()


@pytest.mark.usefixtures("failed")
def test_administrators_get_one_letter_and_the_log_one_error(
    vera: User, boris: User, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    User.objects.filter(pk__in=[vera.pk, boris.pk]).update(email="somebody@dealer.test", language="ru")
    with time_machine.travel(now, tick=False), caplog.at_level(logging.ERROR):
        watch_nights()
        watch_nights()
    [letter] = mail.outbox
    assert letter.to == ["somebody@dealer.test"]
    assert "/health/" in letter.body
    assert NightAlarm.objects.get().reason == "failed"
    assert len([record for record in caplog.records if "night of store north" in record.getMessage()]) == 1
    assert "somebody" not in caplog.text


def test_a_relay_that_is_away_does_not_keep_the_alarm_from_the_log(
    failed: JobRun, vera: User, now: datetime, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*args: object) -> None:
        raise OSError("vera@dealer.test")

    User.objects.filter(pk=vera.pk).update(email="vera@dealer.test")
    monkeypatch.setattr("dealercrm.accounts.alarming.send_mail", refused)
    with caplog.at_level(logging.ERROR):
        assert raise_alarms(now)
    assert f"{failed.dealership.code}: lifecycle is failed" in caplog.text
    assert "vera@" not in caplog.text


def test_each_day_that_stays_late_is_told_once_more(north: Dealership, today: date) -> None:
    for job in ("lifecycle", "plan_contacts"):
        run(north, today - timedelta(days=5), job=job)
    told = [len(raise_alarms(moment(today + timedelta(days=days), 12))) for days in (0, 0, 1)]
    assert told == [2, 0, 2]


@pytest.mark.usefixtures("north")
def test_a_store_that_never_had_a_night_is_being_set_up_and_calls_nobody(now: datetime) -> None:
    assert raise_alarms(now) == []
