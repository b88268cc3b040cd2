"""The night of the loyalty ledger: once a local date and store, and again where a worker died."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, time, timedelta

from django.utils import timezone

from dealercrm.accounts.models import Dealership, JobRun
from dealercrm.accounts.running import LeaseLostError, chunk_work, claim_chunk, finish_run, give_back_chunk, start_run
from vehicles.loyalty import post_points
from vehicles.models import LoyaltyPolicy

JOB = "loyalty"
STARTS = time(3, 0)  # after the lifecycle's night, before people come
LEASE = timedelta(minutes=30)  # one chunk is the whole store

logger = logging.getLogger(__name__)


def is_due(store: Dealership, now: datetime) -> bool:
    """Is the programme on, has the hour come, and is no run of this local date on record?"""
    local = now.astimezone(store.zone)
    if local.time() < STARTS or not LoyaltyPolicy.of(store).values().is_on:
        return False
    return not JobRun.objects.filter(job=JOB, dealership=store, logical_on=local.date(), sequence=0).exists()


def start_posting(store: Dealership, *, now: datetime, by_hand: bool = False) -> JobRun | None:
    """Open the run of this date; None where it was started already."""
    return start_run(JOB, store, on=store.today(now), now=now, ranges=[(1, 1)], by_hand=by_hand)


def post(run: JobRun, *, clock: Callable[[], datetime] = timezone.now) -> bool:
    """Do a run, or go on where a worker died; True for the worker that closed it.

    What was posted before a death stays posted: the next worker finds the rest.
    """
    while chunk := claim_chunk(run, now=clock(), lease=LEASE):
        try:
            posted = post_points(run.dealership, now=clock())
            with chunk_work(chunk) as counts:
                counts.update({f"points_{kind}" if kind != "accounts" else kind: n for kind, n in posted.items()})
        except LeaseLostError:
            logger.warning("posting points, run %s: taken over by another worker", run.pk)
        except Exception as error:
            logger.exception("posting points, run %s failed", run.pk)
            give_back_chunk(chunk, error, now=clock())
    return finish_run(run, now=clock())
