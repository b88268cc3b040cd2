"""Whose visits were they: every booked call, good answer and good review gets its entry in the monthly sheet.

A customer's bookings are always judged with all of their bookings and visits, so that a night, which takes only those
with something new, finds what a run over everybody would find. Twice changes nothing.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from campaigns.came import margin_of
from campaigns.credit_facts import Called, Order, booked_calls, calls_of, orders_around, with_days
from campaigns.entering import JOB, Ledger, Wanted, enter, last_entries
from campaigns.models import Credit
from campaigns.rules.credit import CREDITED, OPEN, REFUSED, Ruling, judge
from dealercrm.accounts.models import Dealership, JobRun
from dealercrm.accounts.running import (
    LeaseLostError,
    chunk_work,
    claim_chunk,
    finish_run,
    give_back_chunk,
    ranges_of,
    start_run,
)
from dealercrm.why import Why
from vehicles.models import Feedback, RepairOrder, Review
from vehicles.models.feedback import ASKED_WITHIN_DAYS, PROMOTER_FROM
from vehicles.models.review import BAD_TO

STARTS = time(4, 0)  # after the lifecycle's night and the look for duplicates
CHUNK = 500  # customers
LOOK_BACK = timedelta(days=100)  # what lies further back is looked at again only where an order was voided

logger = logging.getLogger(__name__)


def is_due(store: Dealership, now: datetime) -> bool:
    """Has the hour come, and is no run of this local date on record?"""
    local = now.astimezone(store.zone)
    if local.time() < STARTS:
        return False
    return not JobRun.objects.filter(job=JOB, dealership=store, logical_on=local.date(), sequence=0).exists()


def start_crediting(
    dealership: Dealership, *, on: date, now: datetime, is_full: bool = False, by_hand: bool = False
) -> JobRun | None:
    """Open the run of a date over the customers with something new; None where it was started already."""
    ids = concerned(dealership, None if is_full else on - LOOK_BACK)
    options = {"full": True} if is_full else {}
    return start_run(JOB, dealership, on=on, now=now, ranges=ranges_of(ids, CHUNK), options=options, by_hand=by_hand)


def work(run: JobRun, *, clock: Callable[[], datetime] = timezone.now) -> bool:
    """Take chunks until none is left; True for the worker that closed the run."""
    since = date.min if run.options.get("full") else run.logical_on - LOOK_BACK
    while chunk := claim_chunk(run, now=clock()):
        try:
            with chunk_work(chunk) as counts:
                ids = concerned(run.dealership, None if since == date.min else since)
                some = [pk for pk in ids if chunk.first_id <= pk <= chunk.last_id]
                ledger = Ledger.load(run.dealership, today=run.logical_on, now=clock(), since=since)
                counts.update(credit_customers(ledger, some))
        except LeaseLostError:
            continue  # another worker has it; what was computed here was not written
        except Exception as error:
            logger.exception("credits run %s: chunk %s failed", run.pk, chunk.number)
            give_back_chunk(chunk, error, now=clock())
    return finish_run(run, now=clock())


def concerned(dealership: Dealership, since: date | None) -> list[int]:
    """Customers whose sheet may say something new: booked, answered or reviewed of late, still open, or voided."""
    booked = booked_calls(dealership)
    answers = Feedback.objects.filter(dealership=dealership)
    reviews = Review.objects.filter(dealership=dealership, customer__isnull=False)
    ids: set[int] = set()
    if since is not None:
        moment = datetime.combine(since, time.min, tzinfo=dealership.zone)
        booked, answers, reviews = (rows.filter(at__gte=moment) for rows in (booked, answers, reviews))  # type: ignore[assignment]
        entries = Credit.objects.filter(dealership=dealership)
        voided = Q(verdict=CREDITED, order__voided_at__gte=F("decided_at"))
        ids |= set(entries.filter(voided | Q(verdict=OPEN)).values_list("customer_id", flat=True))
    ids |= set(booked.values_list("task__customer_id", flat=True))
    ids |= set(answers.filter(_is_praise("feedback", score__gte=PROMOTER_FROM)).values_list("customer_id", flat=True))
    ids |= set(reviews.filter(_is_praise("review", stars__gt=BAD_TO)).values_list("customer_id", flat=True))
    return sorted(pk for pk in ids if pk)


def _is_praise(subject: str, **good: Any) -> Q:
    """Good by now, or it was when it was entered."""
    return Q(**good) | Q(Exists(Credit.objects.filter(**{subject: OuterRef("pk")})))


def credit_customers(ledger: Ledger, ids: Collection[int]) -> dict[str, int]:
    """Bring the entries of these customers up to date; how many were written. About twelve queries a chunk."""
    calls = calls_of(ledger, ids)
    orders = orders_around(calls, ids)
    last = last_entries("result", [one.booking.id for one in calls])
    calls = [with_days(one, last.get(one.booking.id)) for one in calls]
    rulings = judge(
        [one.booking for one in calls], [order.visit for order in orders.values()], today=ledger.store.today
    )
    wanted = [
        _wanted_visit(ledger, one, rulings[one.booking.id], orders)
        for one in calls
        if one.booking.on >= ledger.since or one.booking.id in last
    ]
    written = enter(ledger, wanted, {("result", pk): row for pk, row in last.items()})
    praise = [*_answers(ledger, ids), *_reviews(ledger, ids)]
    told = {
        (subject, pk): row
        for subject in ("feedback", "review")
        for pk, row in last_entries(subject, [one.pk for one in praise if one.subject == subject]).items()
    }
    written += enter(ledger, [one for one in praise if _counts(one, told)], told)
    return {"customers": len(ids), "credits": written}


def _wanted_visit(ledger: Ledger, one: Called, ruling: Ruling, orders: dict[int, Order]) -> Wanted:
    booking = one.booking
    wanted = Wanted(
        "result", booking.id, booking.customer, ruling.verdict, ruling.why, booking.on, one.operator_id,
        days=booking.days,
    )  # fmt: skip
    if ruling.verdict != CREDITED:
        return wanted
    wanted = wanted._replace(visits=1, points=ledger.store.values.credit_points)
    if ruling.visit is None:
        return wanted
    order = orders[ruling.visit]
    margin = round(Decimal(margin_of(order.total, order.pay_type, ledger.margin_share)), 2)
    return wanted._replace(order_id=ruling.visit, advisor=order.advisor, margin=margin)


def _answers(ledger: Ledger, ids: Collection[int]) -> list[Wanted]:
    """Answers of promoters to the visit they are about."""
    rows = Feedback.objects.filter(dealership=ledger.store.dealership, customer_id__in=ids, order__isnull=False)
    found = list(rows.filter(_is_praise("feedback", score__gte=PROMOTER_FROM)).select_related("order").order_by("pk"))
    booked_by = _operators({one.order_id for one in found if one.order_id})
    return [
        _praise(
            ledger, "feedback", one.pk, one.customer_id, one.at, one.order, booked_by,
            Why("credit.promoter", {"score": one.score}) if one.is_promoter else None,
        )
        for one in found
    ]  # fmt: skip


def _reviews(ledger: Ledger, ids: Collection[int]) -> list[Wanted]:
    """Good reviews of people whom we know, about their last visit of the two months before."""
    store = ledger.store.dealership
    rows = Review.objects.filter(dealership=store, customer_id__in=ids)
    found = list(rows.filter(_is_praise("review", stars__gt=BAD_TO)).order_by("pk"))
    if not found:
        return []
    visits: dict[int, list[RepairOrder]] = defaultdict(list)
    people = {one.customer_id for one in found if one.customer_id}
    orders = RepairOrder.objects.standing().filter(dealership=store, customer_id__in=people)
    for order in orders.order_by("opened_on", "pk"):
        visits[order.customer_id].append(order)
    about = {one.pk: _visit_before(visits[one.customer_id or 0], store.today(one.at)) for one in found}
    booked_by = _operators({order.pk for order in about.values() if order})
    return [
        _praise(
            ledger, "review", one.pk, one.customer_id or 0, one.at, about[one.pk], booked_by,
            None if one.is_bad else Why("credit.reviewed", {"stars": one.stars, "site": one.site}),
        )
        for one in found
    ]  # fmt: skip


def _visit_before(orders: Iterable[RepairOrder], on: date) -> RepairOrder | None:
    since = on - timedelta(days=ASKED_WITHIN_DAYS)
    return next((one for one in reversed(list(orders)) if since <= one.opened_on <= on), None)


def _operators(orders: set[int]) -> dict[int, int | None]:
    """Who booked these visits, where they are credited."""
    rows = Credit.objects.standing().of_visits().filter(order_id__in=orders, verdict=CREDITED)
    return {order: operator for order, operator in rows.values_list("order_id", "operator_id") if order}


def _praise(
    ledger: Ledger,
    subject: str,
    pk: int,
    customer_id: int,
    at: datetime,
    order: RepairOrder | None,
    booked_by: dict[int, int | None],
    why: Why | None,
) -> Wanted:
    """A good word, to be entered for the advisor and, where the visit was booked by a call, for who made it."""
    on = ledger.store.dealership.today(at)
    if why is None or order is None:
        return Wanted(subject, pk, customer_id, REFUSED, Why("credit.praise_gone"), on)
    operator = booked_by.get(order.pk)
    points = ledger.store.values.praise_points if operator else 0
    return Wanted(
        subject, pk, customer_id, CREDITED, why, on, operator, order.pk, order.advisor, praises=1, points=points
    )


def _counts(one: Wanted, told: dict[tuple[str, int], Credit]) -> bool:
    """Praise that was never entered is entered only where it praises somebody."""
    return (one.subject, one.pk) in told or (one.verdict == CREDITED and bool(one.advisor or one.operator_id))
