"""Runs and chunks: what a dying, slow or doubled worker must not be able to do."""

from __future__ import annotations

import threading
from datetime import date, datetime, timedelta

import pytest
from django.db import connection, connections

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
@pytest.mark.parametrize("is_protected", [True, False])
def test_parallel_workers_never_hold_the_same_chunk(
    today: date, now: datetime, is_protected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eight workers, forty chunks. The control switches lock and epoch off and sees chunks taken twice."""
    run = a_run(Dealership.objects.create(code="x", name="X"), today, now, chunks=40)
    taken: list[int] = []
    ready = threading.Barrier(8)

    def without_protection() -> JobChunk | None:
        chunk = run.chunks.filter(status=JobChunk.Status.PENDING).order_by("number").first()
        if chunk is not None:
            JobChunk.objects.filter(pk=chunk.pk).update(status=JobChunk.Status.CLAIMED)
        return chunk

    def work() -> None:
        ready.wait()
        try:
            while chunk := claim_chunk(run, now=now) if is_protected else without_protection():
                taken.append(chunk.number)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    connection.close()
    assert set(taken) == set(range(1, 41))
    assert (len(taken) == 40) is is_protected
