"""The planning of a store's day, in chunks of customers whose results commit with their chunk."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date, datetime

from django.db.models import QuerySet
from django.utils import timezone

from campaigns.announcing import open_announcements
from campaigns.loading import Store
from campaigns.models import ContactTask
from campaigns.ordering import order_day
from campaigns.planning import plan_customers
from campaigns.playbook import Playbook
from campaigns.settling import JOB, settle_day
from customers.models import Customer
from dealercrm.accounts.models import Dealership, JobRun
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
from lifecycle.models import Occasion

CUSTOMERS_PER_CHUNK = 1000

logger = logging.getLogger(__name__)


def plan_store(
    dealership: Dealership,
    *,
    on: date,
    now: datetime,
    by_hand: bool = False,
    clock: Callable[[], datetime] = timezone.now,
) -> JobRun | None:
    """Plan a store's contacts for a day: open the run, or join the one that is under way.

    None where the night of this date is done already. A run that died is taken up where it stopped.
    `clock` tells the time while it works; a replay of past days brings its own.
    """
    open_announcements(Store.load(dealership, now, today=on), Playbook.load(dealership, on))
    ids = concerned(dealership, on).values_list("pk", flat=True)
    run = start_run(JOB, dealership, on=on, now=now, ranges=ranges_of(ids, CUSTOMERS_PER_CHUNK), by_hand=by_hand)
    if run is None:
        run = JobRun.objects.filter(
            job=JOB, dealership=dealership, logical_on=on, sequence=0, status=JobRun.Status.RUNNING
        ).first()
    if run is not None:
        work(run, clock=clock)
    return run


def concerned(dealership: Dealership, on: date) -> QuerySet[Customer]:
    """Customers with an occasion on offer at this store, or with a contact on its list."""
    offered = Occasion.objects.on_offer(on).filter(dealership=dealership).values("customer_id")
    listed = ContactTask.objects.open().filter(dealership=dealership).values("customer_id")
    return (Customer.objects.filter(pk__in=offered) | Customer.objects.filter(pk__in=listed)).order_by("pk")


def work(run: JobRun, *, clock: Callable[[], datetime] = timezone.now) -> None:
    """Take chunks until none is left; several workers may do so at once."""
    dealership = run.dealership
    playbook = Playbook.load(dealership, run.logical_on)
    while chunk := claim_chunk(run, now=clock()):
        now = clock()
        store = Store.load(dealership, now, today=run.logical_on)
        try:
            with no_garbage_collection(), chunk_work(chunk) as counts:
                ids = concerned(dealership, run.logical_on).filter(pk__range=(chunk.first_id, chunk.last_id))
                customers = Customer.objects.held(ids.values_list("pk", flat=True))
                counts.update(plan_customers(store, customers, now=now, playbook=playbook, is_whole=False))
        except LeaseLostError:
            continue  # another worker has it; what was computed here was not written
        except Exception as error:
            logger.exception("planning run %s: chunk %s failed", run.pk, chunk.number)
            give_back_chunk(chunk, error, now=clock())
    finish_run(run, now=clock())
    run.refresh_from_db(fields=["status"])
    if run.status != JobRun.Status.RUNNING:  # whole, or as whole as it will be
        store = Store.load(dealership, clock(), today=run.logical_on)
        settle_day(store, playbook, now=clock())
        order_day(store, playbook.measured)
