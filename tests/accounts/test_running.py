"""Runs and chunks: what a dying, slow or doubled worker must not be able to do."""

from __future__ import annotations

import threading
from datetime import date, datetime, timedelta

import pytest
from django.db import connections

from dealercrm.accounts.models import Dealership, JobChunk, JobRun
from dealercrm.accounts.running import (
    LeaseLostError,
    add_chunks,
    chunk_work,
    claim_chunk,
    fail_run,
    finish_chunk,
    finish_run,
    give_back_chunk,
    ranges_of,
    resume_run,
    start_run,
)
from tests.staging import Stop, one_stops_while_another_works


def a_run(store: Dealership, today: date, now: datetime, chunks: int = 2) -> JobRun:
    run = start_run("test", store, on=today, now=now, ranges=[(n * 10, n * 10 + 9) for n in range(chunks)])
    assert run is not None
    return run


def test_a_night_is_started_once_per_store_and_date(north: Dealership, today: date, now: datetime) -> None:
    assert start_run("test", north, on=today, now=now) is not None
    assert start_run("test", north, on=today, now=now) is None


def test_a_run_asked_for_by_hand_takes_the_next_number(north: Dealership, today: date, now: datetime) -> None:
    first = start_run("test", north, on=today, now=now, by_hand=True)
    second = start_run("test", north, on=today, now=now, by_hand=True)
    assert first is not None
    assert second is not None
    assert (first.sequence, second.sequence) == (1, 2)
    assert start_run("test", north, on=today, now=now) is not None


def test_ranges_hold_the_asked_number_of_ids() -> None:
    assert list(ranges_of([3, 5, 8, 9, 20], 2)) == [(3, 5), (8, 9), (20, 20)]
    assert list(ranges_of([], 2)) == []


def test_each_chunk_is_taken_once(north: Dealership, today: date, now: datetime) -> None:
    run = a_run(north, today, now)
    first, second, third = (claim_chunk(run, now=now) for _ in range(3))
    assert first is not None
    assert second is not None
    assert third is None
    assert {first.number, second.number} == {1, 2}


def test_a_dead_workers_chunk_is_taken_when_its_lease_runs_out(north: Dealership, today: date, now: datetime) -> None:
    run = a_run(north, today, now, chunks=1)
    lost = claim_chunk(run, now=now)
    assert lost is not None
    assert claim_chunk(run, now=now + timedelta(minutes=4)) is None
    taken = claim_chunk(run, now=now + timedelta(minutes=6))
    assert taken is not None
    assert (taken.pk, taken.epoch) == (lost.pk, lost.epoch + 1)


def test_a_late_worker_is_refused_and_its_results_are_not_written(
    north: Dealership, today: date, now: datetime
) -> None:
    run = a_run(north, today, now, chunks=1)
    slow = claim_chunk(run, now=now)
    quick = claim_chunk(run, now=now + timedelta(minutes=6))
    assert slow is not None
    assert quick is not None
    with chunk_work(quick) as counts:
        counts["rows"] = 1
    with pytest.raises(LeaseLostError), chunk_work(slow):
        add_chunks(run, [(900, 999)])
    assert run.chunks.count() == 1


def test_a_chunk_is_not_finished_outside_the_transaction_of_its_results(
    transactional_db: None, today: date, now: datetime
) -> None:
    run = a_run(Dealership.objects.create(code="x", name="X"), today, now, chunks=1)
    chunk = claim_chunk(run, now=now)
    assert chunk is not None
    with pytest.raises(RuntimeError):
        finish_chunk(chunk, {})


def test_a_run_ends_once_when_all_chunks_are_done_and_sums_their_counts(
    north: Dealership, today: date, now: datetime
) -> None:
    run = a_run(north, today, now)
    assert not finish_run(run, now=now)
    while chunk := claim_chunk(run, now=now):
        with chunk_work(chunk) as counts:
            counts["rows"] = 5
    assert finish_run(run, now=now)
    assert not finish_run(run, now=now)
    run.refresh_from_db()
    assert (run.status, run.counts) == (JobRun.Status.DONE, {"rows": 10})


def test_the_third_failure_of_a_chunk_fails_the_run_and_resuming_goes_on_where_it_stopped(
    north: Dealership, today: date, now: datetime
) -> None:
    run = a_run(north, today, now)
    done = claim_chunk(run, now=now)
    assert done is not None
    with chunk_work(done):
        pass
    for _ in range(3):
        chunk = claim_chunk(run, now=now)
        assert chunk is not None
        give_back_chunk(chunk, ValueError("Ivanov +79121234567"), now=now)
    run.refresh_from_db()
    assert run.status == JobRun.Status.FAILED
    assert "ValueError" in run.error
    assert "Ivanov" not in run.error
    assert claim_chunk(run, now=now) is None
    assert resume_run(run)
    again = claim_chunk(run, now=now)
    assert again is not None
    assert again.number == 2


def test_a_failed_run_is_not_failed_twice(north: Dealership, today: date, now: datetime) -> None:
    run = a_run(north, today, now)
    fail_run(run, "first", now=now)
    fail_run(run, "second", now=now)
    run.refresh_from_db()
    assert run.error == "first"


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_parallel_workers_never_hold_the_same_chunk(today: date, now: datetime) -> None:
    run = a_run(Dealership.objects.create(code="x", name="X"), today, now, chunks=40)
    taken: list[int] = []
    ready = threading.Barrier(8)

    def work() -> None:
        ready.wait()
        try:
            while chunk := claim_chunk(run, now=now):
                taken.append(chunk.number)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(taken) == list(range(1, 41))


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_chunk_that_is_just_being_taken_is_walked_past(
    today: date, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = a_run(Dealership.objects.create(code="x", name="X"), today, now)
    stop = Stop.after(monkeypatch, JobChunk, "refresh_from_db")  # taken, and not committed yet
    first, second, has_waited = one_stops_while_another_works(
        stop, lambda: claim_chunk(run, now=now), lambda: claim_chunk(run, now=now)
    )
    assert not has_waited
    assert {first.number, second.number} == {1, 2}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_control_without_row_lock_and_epoch_two_workers_hold_one_chunk(today: date, now: datetime) -> None:
    run, stop = a_run(Dealership.objects.create(code="x", name="X"), today, now), Stop()

    def claim_without_protection() -> JobChunk:
        chunk = run.chunks.filter(status=JobChunk.Status.PENDING).order_by("number")[0]
        stop.pass_by()
        JobChunk.objects.filter(pk=chunk.pk).update(status=JobChunk.Status.CLAIMED)
        return chunk

    first, second, _ = one_stops_while_another_works(stop, claim_without_protection, claim_without_protection)
    assert first.number == second.number == 1
