"""A night of one store: started once per local date, worked in chunks by any number of workers, seen by people.

A night that was missed is caught up by the next one, because every ownership keeps the day on
which it must be looked at again, and "on or before" is asked, never "equals".
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date, datetime, time

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from dealercrm.accounts.models import Dealership, JobChunk, JobRun
from dealercrm.accounts.running import (
    LeaseLostError,
    chunk_work,
    claim_chunk,
    finish_run,
    give_back_chunk,
    ranges_of,
    start_run,
)
from lifecycle.evaluating import bump_siblings, evaluate, to_judge
from lifecycle.loading import Library
from lifecycle.models import Calibration, LifecyclePolicy, StageCount, Standing

JOB = "lifecycle"
CHUNK = 500
NIGHT_STARTS = time(2, 0)

logger = logging.getLogger(__name__)


def is_night_due(store: Dealership, now: datetime) -> bool:
    """Has this store's night hour come, and is no night of its local date on record?"""
    local = now.astimezone(store.zone)
    if local.time() < NIGHT_STARTS:
        return False
    return not JobRun.objects.filter(job=JOB, dealership=store, logical_on=local.date(), sequence=0).exists()


@transaction.atomic
def start_night(
    store: Dealership, *, on: date, now: datetime, is_full: bool = False, by_hand: bool = False
) -> JobRun | None:
    """Open a run over what is due on a date, or join the one that is still running; None where it was done already.

    One run of a store at a time: two would write the same stage change twice.
    """
    Dealership.objects.select_for_update(no_key=True).get(pk=store.pk)
    running = JobRun.objects.filter(job=JOB, dealership=store, status=JobRun.Status.RUNNING).first()
    if running is not None:
        return running
    bump_siblings(store)
    policy = LifecyclePolicy.of(store)
    due = to_judge(
        store,
        on,
        policy_version=policy.version,
        calibration_version=Calibration.objects.current_version(),
        is_full=is_full,
    ).order_by("pk")
    ids = list(due.values_list("pk", flat=True))  # no server-side cursor: PostgreSQL plans those for the first row
    return start_run(
        JOB,
        store,
        on=on,
        now=now,
        ranges=ranges_of(ids, CHUNK),
        options={"full": is_full},
        by_hand=by_hand,
    )


def work_on(run: JobRun, *, clock: Callable[[], datetime] = timezone.now) -> bool:
    """Take chunks until none is left, then close the run; True for the worker that closed it."""
    library = None
    while chunk := claim_chunk(run, now=clock()):
        try:
            library = library or Library()
            _judge_chunk(run, chunk, library, now=clock())
        except LeaseLostError:
            logger.warning("lifecycle run %s: chunk %s was taken over by another worker", run.pk, chunk.number)
        except Exception as error:
            logger.exception("lifecycle run %s: chunk %s failed", run.pk, chunk.number)
            give_back_chunk(chunk, error, now=clock())
    return end_night(run, now=clock())


def _judge_chunk(run: JobRun, chunk: JobChunk, library: Library, *, now: datetime) -> None:
    with chunk_work(chunk) as counts:
        due = to_judge(
            run.dealership,
            run.logical_on,
            policy_version=library.policy_version(run.dealership_id),
            calibration_version=library.calibration.version,
            is_full=run.options.get("full", False),
        ).filter(pk__range=(chunk.first_id, chunk.last_id))
        ids = list(due.order_by("pk").values_list("pk", flat=True))
        counts.update(evaluate(ids, day=run.logical_on, now=now, library=library))


@transaction.atomic
def end_night(run: JobRun, *, now: datetime) -> bool:
    """Close a run whose chunks are done and count the base, in one transaction; True for exactly one worker."""
    if not finish_run(run, now=now):
        return False
    count_stages(run.dealership, on=run.logical_on)
    return True


@transaction.atomic
def count_stages(store: Dealership, *, on: date) -> None:
    """The snapshot of a day, which movement figures compare with; counting again replaces it."""
    rows = Standing.objects.filter(dealership=store).values("stage", "substage").annotate(number=Count("pk"))
    StageCount.objects.filter(dealership=store, on=on).delete()
    StageCount.objects.bulk_create(
        [
            StageCount(dealership=store, on=on, stage=row["stage"], substage=row["substage"], ownerships=row["number"])
            for row in rows.order_by("stage", "substage")
        ]
    )
