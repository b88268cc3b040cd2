"""Once a month the base says anew how its customers behave: a sample of histories becomes a calibration.

The sample is spread evenly over all ownerships, and which customers are kept for the comparison hangs on their
id alone, so that a refit of the same facts gives the same numbers.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from dealercrm.accounts.models import Dealership
from lifecycle.library import Library
from lifecycle.loading import load_facts
from lifecycle.models import Calibration
from vehicles.models import Ownership

if TYPE_CHECKING:
    from lifecycle.estimating.refit import Sample

CHUNK = 500
MOST = 40_000  # ownerships of a sample: more would only take longer
FEWEST = 500
STARTS = time(4, 0)  # after the nights
UNSEEN_SHARE = 0.25

logger = logging.getLogger(__name__)


def is_calibration_due(now: datetime) -> bool:
    """Has this month no calibration yet, kept or refused, and is the base large enough to speak? Three queries."""
    store = Dealership.objects.active().order_by("pk").first()
    if store is None or now.astimezone(store.zone).time() < STARTS:
        return False
    if Calibration.objects.filter(made_on__gte=store.today(now).replace(day=1)).exists():
        return False
    return Ownership.objects.order_by()[:FEWEST].count() >= FEWEST


def calibrate(today: date, *, sample: int = MOST) -> Calibration | None:
    """Refit on facts up to a day and store the next version, kept or refused; None where another worker was faster.

    Reads the sample twice and holds only what the estimates need. Nights go on meanwhile with the old numbers.
    """
    from lifecycle.estimating.refit import refit  # numpy and scipy: for a refit, never for a request

    numbers = list(Ownership.objects.order_by("pk").values_list("pk", flat=True))
    chosen = numbers[:: max(len(numbers) // max(sample, 1), 1)]
    library = Library()
    version = library.calibration.version
    found = refit(lambda: _samples(chosen, library), library.calibration, today)
    first = Ownership.objects.order_by("started_on").values_list("started_on", flat=True).first()
    logger.info("calibration after version %s: %s ownerships, kept: %s", version, len(chosen), found.is_kept)
    try:
        with transaction.atomic():
            return Calibration.store(
                found.numbers,
                made_on=today,
                facts_from=first or today,
                facts_to=today,
                quality={**found.quality, "sample": len(chosen), "before": version},
                kept=found.is_kept,
            )
    except IntegrityError:
        return None


def _samples(ids: Sequence[int], library: Library) -> Iterator[Sample]:
    from lifecycle.estimating.refit import Sample

    for start in range(0, len(ids), CHUNK):
        for row in load_facts(ids[start : start + CHUNK], library):
            values = library.values(row.dealership_id, row.facts.category)
            yield Sample(row.ownership_id, row.facts, values, is_unseen(row.customer_id))


def is_unseen(customer_id: int) -> bool:
    """Is this customer kept for the comparison? By the customer, so that two cars of one never stand on both sides."""
    digest = hashlib.md5(f"calibration:{customer_id}".encode(), usedforsecurity=False).hexdigest()
    return int(digest[:8], 16) / 2**32 < UNSEEN_SHARE
