"""The nightly look for people filed twice: cars and visits of this room beside the names and phones of the lower one.

One run for the whole group, on the run row of its first store: customers belong to the group.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, time, timedelta

from django.db.models import F
from django.utils import timezone

from customers.merging import gather_stragglers
from customers.models import Referral
from customers.suggesting import Garages, look_through, write_suggestions
from dealercrm.accounts.models import Dealership, JobRun
from dealercrm.accounts.running import LeaseLostError, chunk_work, claim_chunk, finish_run, give_back_chunk, start_run
from vehicles.models import Ownership, RepairOrder

JOB = "duplicates"
STARTS = time(3, 30)  # after the lifecycle's night
LEASE = timedelta(minutes=30)  # one chunk is the whole base

logger = logging.getLogger(__name__)


def garages() -> Garages:
    """Which cars each customer owned or came with, and who came with the car of another. Three queries."""
    cars: dict[int, set[int]] = {}
    for customer, vehicle in Ownership.objects.values_list("customer_id", "vehicle_id"):
        cars.setdefault(customer, set()).add(vehicle)
    visits = RepairOrder.objects.standing().order_by()
    for customer, vehicle in visits.values_list("customer_id", "vehicle_id").distinct():
        cars.setdefault(customer, set()).add(vehicle)
    brought = visits.exclude(customer_id=F("ownership__customer_id")).filter(ownership__isnull=False)
    return Garages(
        cars={pk: frozenset(own) for pk, own in cars.items()},
        brought=list(brought.values_list("customer_id", "ownership__customer_id")),
        are_known=True,
    )


def is_due(store: Dealership, now: datetime) -> bool:
    """Has the hour come, and is no run of this local date on record?"""
    local = now.astimezone(store.zone)
    if local.time() < STARTS:
        return False
    return not JobRun.objects.filter(job=JOB, dealership=store, logical_on=local.date(), sequence=0).exists()


def start_looking(store: Dealership, *, now: datetime, by_hand: bool = False) -> JobRun | None:
    """Open the run of this date; None where it was started already."""
    return start_run(JOB, store, on=store.today(now), now=now, ranges=[(1, 1)], by_hand=by_hand)


def look(run: JobRun, *, clock: Callable[[], datetime] = timezone.now) -> bool:
    """Do a run, or go on where a worker died; True for the worker that closed it."""
    while chunk := claim_chunk(run, now=clock(), lease=LEASE):
        try:
            found = look_through(garages())
            with chunk_work(chunk) as counts:
                counts["moved_late"] = gather_stragglers()
                counts["referrals_met"] = Referral.objects.match()
                counts.update(write_suggestions(found, now=clock()))
        except LeaseLostError:
            logger.warning("looking for duplicates, run %s: taken over by another worker", run.pk)
        except Exception as error:
            logger.exception("looking for duplicates, run %s failed", run.pk)
            give_back_chunk(chunk, error, now=clock())
    return finish_run(run, now=clock())
