"""A night of one store: started once per local date, worked in chunks by any number of workers, seen by people.

A night that was missed is caught up by the next one, because every ownership keeps the day on
which it must be looked at again, and "on or before" is asked, never "equals".
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date, datetime, time

from django.db import transaction
from django.db.models import Count, QuerySet
from django.db.models.functions import Mod
from django.utils import timezone

from dealercrm.accounts.models import Dealership, JobChunk, JobRun
from dealercrm.accounts.running import (
    LeaseLostError,
    chunk_work,
    claim_chunk,
    finish_run,
    give_back_chunk,
    no_garbage_collection,
    ranges_of,
    start_run,
)
from lifecycle.evaluating import bump_siblings, evaluate, to_judge
from lifecycle.library import Library
from lifecycle.models import Calibration, JudgedBase, LifecyclePolicy, Stage, StageCount, Standing, Versions
from lifecycle.prospects import count_prospects
from lifecycle.rules.judging import RULES_VERSION
from vehicles.models import Ownership

JOB = "lifecycle"
CHUNK = 2000
RECHECKED = 30  # a night reads one in so many ownerships afresh, another one each night
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
    versions = Versions(LifecyclePolicy.of(store).version, RULES_VERSION, Calibration.objects.current_version())
    options = {"full": is_full, "recheck": not by_hand and not is_full, "versions": list(versions)}
    due = to_judge(store, on, versions, is_full=is_full)
    ids = set(due.values_list("pk", flat=True))  # no server-side cursor: PostgreSQL plans those for the first row
    if options["recheck"]:
        ids.update(to_recheck(store, on).values_list("pk", flat=True))
    run = start_run(JOB, store, on=on, now=now, ranges=ranges_of(sorted(ids), CHUNK), options=options, by_hand=by_hand)
    if run is not None and JudgedBase.objects.versions_of(store.pk) != versions:
        JudgedBase.objects.unsettle(store.pk)
    return run


def to_recheck(store: Dealership, on: date) -> QuerySet[Ownership]:
    """The ownerships whose turn it is to be judged from their rows, due or not.

    Nothing of them should change. Whatever does is a fault of ours (a note that was forgotten, a
    boundary that was missed), and is counted on the run and logged: see `evaluate`.
    """
    ours = Ownership.objects.filter(home_store=store).annotate(turn=Mod("pk", RECHECKED))
    return ours.filter(turn=on.toordinal() % RECHECKED)


def work_on(run: JobRun, *, clock: Callable[[], datetime] = timezone.now) -> bool:
    """Take chunks until none is left, then close the run; True for the worker that closed it."""
    library = None
    while chunk := claim_chunk(run, now=clock()):
        try:
            library = library or _library_of(run)
            _judge_chunk(run, chunk, library, now=clock())
        except LeaseLostError:
            logger.warning("lifecycle run %s: chunk %s was taken over by another worker", run.pk, chunk.number)
        except Exception as error:
            logger.exception("lifecycle run %s: chunk %s failed", run.pk, chunk.number)
            give_back_chunk(chunk, error, now=clock())
    return end_night(run, now=clock())


def _library_of(run: JobRun) -> Library:
    """What this worker judges by. A policy that was saved since the run began is no longer what the base is said to
    stand judged by: that is taken back here, before a chunk's transaction could hold the row against other workers.
    """
    library = Library()
    if list(library.versions(run.dealership_id)) != run.options.get("versions"):
        JudgedBase.objects.unsettle(run.dealership_id)
    return library


def _judge_chunk(run: JobRun, chunk: JobChunk, library: Library, *, now: datetime) -> None:
    with no_garbage_collection(), chunk_work(chunk) as counts:
        versions = library.versions(run.dealership_id)
        if list(versions) != run.options.get("versions"):
            counts["other_versions"] = 1
        due = to_judge(run.dealership, run.logical_on, versions, is_full=run.options.get("full", False))
        span = (chunk.first_id, chunk.last_id)
        ids = set(due.filter(pk__range=span).values_list("pk", flat=True))
        afresh = ids if run.options.get("full") else set()
        if run.options.get("recheck"):
            afresh = set(to_recheck(run.dealership, run.logical_on).filter(pk__range=span).values_list("pk", flat=True))
        counts.update(
            evaluate(sorted(ids | afresh), day=run.logical_on, now=now, library=library, afresh=afresh),
            judged=len(ids),
            rechecked=len(afresh - ids),
        )


@transaction.atomic
def end_night(run: JobRun, *, now: datetime) -> bool:
    """Close a run whose chunks are done and count the base, in one transaction; True for exactly one worker."""
    if not finish_run(run, now=now):
        return False
    if "versions" in run.options and not run.counts.get("other_versions"):
        JudgedBase.objects.settle(run.dealership_id, Versions(*run.options["versions"]))
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
        + [
            StageCount(dealership=store, on=on, stage=Stage.PROSPECT, substage=substage, ownerships=number)
            for substage, number in count_prospects([store]).items()
        ]
    )
