"""How a job runs: a run row that people can see, chunks that workers take, results that commit with their chunk.

    run = start_run("lifecycle", store, on=day, now=now, ranges=[(1, 500), (501, 998)])
    while chunk := claim_chunk(run, now=timezone.now()):
        with chunk_work(chunk) as counts:            # one transaction
            counts["judged"] = judge(chunk.first_id, chunk.last_id)
    finish_run(run, now=timezone.now())              # True for exactly one worker

A worker that dies leaves its chunk claimed; when the lease runs out another worker takes it with
the next epoch. If the first one was only slow, its commit finds the epoch moved and is refused as
a whole, so that no result is written twice. A nightly run has sequence 0 and the database lets it
exist once per job, store and date: a doubled beat meets the unique key.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Max, Q

from dealercrm.accounts.models import Dealership, JobChunk, JobRun

LEASE = timedelta(minutes=5)
TRIES = 3  # a chunk that fails this often fails its run, loudly
Range = tuple[int, int]


class LeaseLostError(Exception):
    """Another worker has taken this chunk since; what was computed here must not be written."""


@transaction.atomic
def start_run(
    job: str,
    dealership: Dealership,
    *,
    on: date,
    now: datetime,
    ranges: Iterable[Range] = (),
    options: dict[str, Any] | None = None,
    by_hand: bool = False,
) -> JobRun | None:
    """Open a run with its chunks; None where the night of this date has been started already.

    `by_hand` never collides: it takes the next sequence number of the date.
    """
    sequence = 0
    if by_hand:
        last = JobRun.objects.filter(job=job, dealership=dealership, logical_on=on).aggregate(last=Max("sequence"))
        sequence = (last["last"] or 0) + 1
    run, is_new = JobRun.objects.get_or_create(
        job=job,
        dealership=dealership,
        logical_on=on,
        sequence=sequence,
        defaults={"options": options or {}, "started_at": now},
    )
    if not is_new:
        return None
    add_chunks(run, ranges)
    return run


def add_chunks(run: JobRun, ranges: Iterable[Range]) -> int:
    """Cut the work of a run into ranges of ids (both ends included); the number of chunks added."""
    first = (run.chunks.aggregate(last=Max("number"))["last"] or 0) + 1
    chunks = [
        JobChunk(run=run, number=number, first_id=first_id, last_id=last_id)
        for number, (first_id, last_id) in enumerate(ranges, start=first)
    ]
    JobChunk.objects.bulk_create(chunks, batch_size=500)
    return len(chunks)


def ranges_of(ids: Iterable[int], size: int) -> Iterator[Range]:
    """Sorted ids as ranges that hold `size` of them each."""
    first = last = None
    held = 0
    for number in ids:
        if first is None:
            first = number
        last = number
        held += 1
        if held == size:
            yield first, last
            first, held = None, 0
    if first is not None and last is not None:
        yield first, last


@transaction.atomic
def claim_chunk(run: JobRun, *, now: datetime, lease: timedelta = LEASE) -> JobChunk | None:
    """The next chunk that nobody holds, now held by us; None where nothing is left to take."""
    free = JobChunk.objects.filter(
        Q(status=JobChunk.Status.PENDING) | Q(status=JobChunk.Status.CLAIMED, lease_until__lte=now),
        run=run,
        run__status=JobRun.Status.RUNNING,
    ).order_by("number")
    if connection.features.has_select_for_update_skip_locked:
        free = free.select_for_update(skip_locked=True, of=("self",))
    chunk = free.first()
    if chunk is None:
        return None
    taken = JobChunk.objects.filter(pk=chunk.pk, epoch=chunk.epoch).update(
        status=JobChunk.Status.CLAIMED, epoch=F("epoch") + 1, lease_until=now + lease
    )
    if not taken:  # only without row locks, and then the next sweep takes another
        return None
    chunk.refresh_from_db()
    return chunk


@contextmanager
def chunk_work(chunk: JobChunk) -> Iterator[dict[str, int]]:
    """One transaction for the results of a chunk and its completion; fill the yielded counts.

    Raises LeaseLostError, and writes nothing, when another worker has taken the chunk since.
    """
    counts: dict[str, int] = {}
    with transaction.atomic():
        yield counts
        finish_chunk(chunk, counts)


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    """A chunk makes half a million small tuples with no cycle among them; the collector would walk them all again
    and again, for a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def finish_chunk(chunk: JobChunk, counts: dict[str, int]) -> None:
    """Mark a chunk done in the transaction of its results; LeaseLostError where its epoch has moved."""
    if not connection.in_atomic_block:
        raise RuntimeError("A chunk is finished in the transaction of its results; see chunk_work().")
    done = JobChunk.objects.filter(pk=chunk.pk, epoch=chunk.epoch, status=JobChunk.Status.CLAIMED).update(
        status=JobChunk.Status.DONE, lease_until=None, counts=counts
    )
    if not done:
        raise LeaseLostError(f"Chunk {chunk} was taken by another worker; its results are dropped.")


def give_back_chunk(chunk: JobChunk, error: BaseException, *, now: datetime) -> None:
    """After an exception: another worker may try at once; the third failure of a chunk fails its run."""
    given = JobChunk.objects.filter(pk=chunk.pk, epoch=chunk.epoch, status=JobChunk.Status.CLAIMED).update(
        status=JobChunk.Status.PENDING, lease_until=None
    )
    if given and chunk.epoch >= TRIES:
        fail_run(chunk.run, f"chunk {chunk.number} ({chunk.first_id}-{chunk.last_id}): {error_text(error)}", now=now)


def error_text(error: BaseException) -> str:
    """What went wrong without the values it went wrong with: those may be personal data."""
    return f"{type(error).__module__}.{type(error).__qualname__}"


@transaction.atomic
def finish_run(run: JobRun, *, now: datetime, counts: dict[str, int] | None = None) -> bool:
    """Close a run whose chunks are all done; True for exactly one caller, who may then do what comes after it.

    Call it in a transaction with what must happen once at the end of a run.
    """
    if run.chunks.exclude(status=JobChunk.Status.DONE).exists():
        return False
    total: Counter[str] = Counter()
    for part in run.chunks.values_list("counts", flat=True):
        total.update(part)
    total.update(counts or {})
    closed = JobRun.objects.filter(pk=run.pk, status=JobRun.Status.RUNNING).update(
        status=JobRun.Status.DONE, counts=dict(total), finished_at=now, error=""
    )
    if closed:
        run.refresh_from_db()
    return bool(closed)


def fail_run(run: JobRun, error: str, *, now: datetime) -> None:
    """Stop a run and say why on its row; `resume_run` takes it up again where it stopped."""
    JobRun.objects.filter(pk=run.pk, status=JobRun.Status.RUNNING).update(
        status=JobRun.Status.FAILED, error=error[:2000], finished_at=now
    )


def resume_run(run: JobRun) -> bool:
    """Take a failed run up again: its done chunks stay done."""
    resumed = JobRun.objects.filter(pk=run.pk, status=JobRun.Status.FAILED).update(
        status=JobRun.Status.RUNNING, finished_at=None
    )
    if resumed:
        run.refresh_from_db()
    return bool(resumed)
